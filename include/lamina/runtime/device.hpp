// SPDX-License-Identifier: Apache-2.0
// The devices of this machine: which there are, which one to take, what it can do.
// First stop of the run side; an engine, its programs and its buffers live in a device's context.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/core/linkage.hpp>
#include <lamina/runtime/cl.hpp>
#include <lamina/runtime/device_facts.hpp>

namespace lamina {

/// One OpenCL device and its context. Copies are cheap and share the context; there is one context
/// per device and process, made when it is first needed.
class device {
public:
    /// Every usable device, GPUs before accelerators before CPUs, own memory before shared memory.
    /// One whose facts cannot be read is not among them.
    /// Errors  LAM-R13 when there is no driver or no device at all, LAM-R16 when there are some and
    ///         no driver tells their facts.
    static const std::vector<device>& all();

    /// The device named by LAMINA_DEVICE (as in find) if that is set, else the first of all().
    /// Errors  LAM-R13, LAM-R14; LAM-R16 when the facts of some device cannot be read: it may have
    ///         been the best.
    static device best();

    /// "gpu", "cpu", "accelerator", an index into all(), or part of a name, in any case.
    /// Errors  LAM-R13, LAM-R14 with a list of the devices that there are; LAM-R16 when the facts
    ///         of some device cannot be read and the wanted one may be it.
    static device find(std::string_view wanted) { return find(wanted, "asked for"); }

    /// A device in a context of the user's own, so that buffers and queues made there can be used.
    /// Errors  LAM-R16 when its facts cannot be read.
    static device in_context(cl_context context, cl_device_id id);

    const device_facts& facts() const;
    const std::string& name() const { return facts().name; }
    cl_device_id id() const;
    cl_platform_id platform() const;

    /// Errors  LAM-R16 when the driver cannot make a context.
    cl_context context() const;

    /// "device 'NVIDIA H100'": how error sentences name it.
    std::string subject() const { return "device '" + name() + "'"; }

    /// One line: "gpu 'NVIDIA H100', 132 compute units, 79.1 GB, NVIDIA CUDA, driver 580.82".
    std::string describe() const;

    friend bool operator==(const device& a, const device& b) { return a.id() == b.id(); }

private:
    struct state;
    std::shared_ptr<state> state_;

    device(cl_platform_id platform, cl_device_id id);
    static device find(std::string_view wanted, std::string_view how);

    struct found;
    static found enumerate();
    static const found& known();
    static std::string list(const std::vector<device>&);
    [[noreturn]] static void fail_unknown(const found&);
    static cl_platform_id platform_of(cl_device_id id);
};

}  // namespace lamina

#ifndef LAMINA_COMPILED
#include <lamina/runtime/device.impl.hpp>
#endif
