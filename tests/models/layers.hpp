// SPDX-License-Identifier: Apache-2.0
// Makes tensors inside of a network outputs, under the names of the recorded files, so that
// networks of examples/ are compared layer by layer without being written for it.
#pragma once
#include <lamina/plan_at_run_time.hpp>
#include <lamina/plan_for.hpp>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace lamina_test {

/// A recorded layer: its name, and the layer that reads it first.
struct recorded_layer {
    const char* name;
    const char* reader;
};

/// `Net` with these layers as further outputs.
template <class Net> lamina::network with_layers(const std::vector<recorded_layer>& wanted) {
    lamina::network net;
    Net::define(net);
    for (const recorded_layer& layer : wanted) {
        int found = -1;
        for (const lamina::node& n : net.nodes)
            if (found < 0 && n.at.view() == layer.reader) found = n.inputs[0];
        if (found < 0) throw std::runtime_error(std::string("no layer is named ") + layer.reader);
        net.outputs.push_back({layer.name, found, 0});
    }
    return net;
}

/// Planned while the test runs, for the class of the device.
inline lamina::engine engine_of(const lamina::network& net, const std::string& weights) {
    const auto device = lamina::device::best();
    const auto plan = lamina::plan_at_run_time(net, lamina::target_for(device));
    return lamina::engine(plan.data(), lamina::weights::open(weights), device);
}

/// Where the shared data lies, with a slash behind; empty when a test cannot run.
inline std::string shared_data() {
    const char* folder = std::getenv("LAMINA_SHARED_DATA");
    return folder && *folder && std::filesystem::is_directory(folder) ? std::string(folder) + "/"
                                                                      : std::string();
}

}  // namespace lamina_test
