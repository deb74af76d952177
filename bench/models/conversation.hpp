// SPDX-License-Identifier: Apache-2.0
// How a worker process talks with compare.py: one JSON object a line in, one out, until the input
// ends. A command that fails is answered with {"failed": sentence} and the worker lives on.
#pragma once
#include <nlohmann/json.hpp>

#include <exception>
#include <fstream>
#include <iostream>
#include <string>

namespace bench {

using nlohmann::json;

inline void say(const json& answer) { std::cout << answer.dump() << std::endl; }

/// Answers {"cmd": name, ...} with `answer(name, command)` until the input ends or "quit".
template <class Answer> void converse(Answer answer) {
    for (std::string line; std::getline(std::cin, line);) {
        try {
            const json command = json::parse(line);
            const std::string name = command.value("cmd", "");
            if (name == "quit") return;
            say(answer(name, command));
        } catch (const std::exception& fault) {
            say({{"failed", fault.what()}});
        }
    }
}

/// A line of /proc/self/status in MB (1e6 bytes): "VmHWM" is the peak of resident memory.
inline double memory_mb(const std::string& what) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(what + ":")) return std::stod(line.substr(what.size() + 1)) * 1.024e-3;
    return 0;
}

}  // namespace bench
