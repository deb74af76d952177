// SPDX-License-Identifier: Apache-2.0
// The plan that suits a device: both classes' plans lie in the program, the device picks one.
// A door at the top, for main(): it knows compile.hpp and run.hpp, which do not know each other.
#pragma once
#include <lamina/compile.hpp>
#include <lamina/graph/print.hpp>
#include <lamina/run.hpp>

#include <cstddef>
#include <span>

namespace lamina {

/// The class whose layout suits a device: cpu for CPUs, gpu for everything else.
inline target target_for(const device& dev) {
    return dev.facts().type == device_type::cpu ? cpu : gpu;
}

/// plan<Net, cpu> or plan<Net, gpu>: `engine(plan_for<resnet18<>>(device), weights, device)`.
///
/// Errors   a wrong network is a compile error, as with plan<Net>.
/// LAMINA_SHOW=graph prints the network on stderr: here it is still known, engines hold plans.
/// Cost     compiles two plans; name plan<Net, gpu> yourself where one is enough.
template <class Net, precision Precision = precision::fp32>
std::span<const std::byte> plan_for(const device& dev) {
    if (read_show().graph) {
        network net;
        Net::define(net);
        print(net, stderr);
    }
    if (target_for(dev) == cpu) return plan<Net, cpu, Precision>;
    return plan<Net, gpu, Precision>;
}

}  // namespace lamina
