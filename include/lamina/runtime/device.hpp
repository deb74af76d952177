// SPDX-License-Identifier: Apache-2.0
// The devices of this machine: which there are, which one to use, and their properties. An engine, its
// programs and its buffers belong to a device's context.
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
    /// Devices whose properties cannot be read are not included.
    /// Errors  LAM-R13 if there is no driver or no device at all, LAM-R16 if there are some and no
    ///         driver reports their properties.
    static const std::vector<device>& all();

    /// The device named by LAMINA_DEVICE (as in find) if that is set, else the first of all().
    /// Errors  LAM-R13, LAM-R14; LAM-R16 if the properties of some device cannot be read: it might have
    ///         been the best.
    static device best();

    /// "gpu", "cpu", "accelerator", an index into all(), or part of a name, in any case.
    /// Errors  LAM-R13, LAM-R14 with a list of the available devices; LAM-R16 if the properties of some
    ///         device cannot be read and it might be the requested one.
    static device find(std::string_view wanted) { return find(wanted, "asked for"); }

    /// A device in the user's own context, so that buffers and queues of that context can be used.
    /// Errors  LAM-R16 if its properties cannot be read.
    static device in_context(cl_context context, cl_device_id id);

    const device_facts& facts() const;
    const std::string& name() const { return facts().name; }
    cl_device_id id() const;
    cl_platform_id platform() const;

    /// Errors  LAM-R16 if the driver cannot create a context.
    cl_context context() const;

    /// "device 'NVIDIA H100'": its name in messages.
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
