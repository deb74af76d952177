// SPDX-License-Identifier: Apache-2.0
// What a call throws, for tests of sentences.
#pragma once
#include <string>

#include <lamina/core/error.hpp>

namespace lamina_test {

struct caught {
    lamina::errc code{};
    std::string what;
    bool says(const std::string& part) const { return what.find(part) != std::string::npos; }
};

/// The lamina::error of a call; code 0 and an empty text when it throws none.
template <class Call> caught fault_of(Call call) {
    try {
        call();
    } catch (const lamina::error& fault) {
        return {fault.code(), fault.what()};
    }
    return {};
}

}  // namespace lamina_test
