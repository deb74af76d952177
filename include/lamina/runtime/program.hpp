// SPDX-License-Identifier: Apache-2.0
// Builds OpenCL programs from kernel text and options, once per device and driver; binary_cache.hpp stores
// the results.
//
// PoCL generates a kernel's machine code at its first launch with each work-group size, and a program's
// binary is fixed once it has been requested: requested before a run, it lacks the code that runs. So
// binaries are stored by store_binary, which an engine calls after the second run of a context, or at its
// end: PoCL then compiles the kernel once more, for work-groups of any size. Measured with 3 small kernels,
// PoCL 3.1, to the end of each kernel's first launch: cold 650 ms; from source with PoCL's own cache warm
// 36 ms; from our cache with PoCL's cold 3 ms, or 140 ms if the binary was requested before the run.
// Requesting it costs 60 ms per kernel, once.
#pragma once
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lamina/runtime/binary_cache.hpp>
#include <lamina/runtime/cl.hpp>
#include <lamina/runtime/device.hpp>
#include <lamina/runtime/launch_gate.hpp>
#include <lamina/runtime/sm_90a.hpp>
#include <lamina/runtime/without_bitcode.hpp>

namespace lamina {

/// How a program was built: for load reports and benchmarks.
struct build_report {
    bool hit = false;  ///< the binary came from the cache
    double ms = 0;     ///< wall time of the whole call
    /// "cache: hit", "cache: written", "cache: written after a run", "cache: off" or
    /// "cache: not written (reason)".
    std::string note;
};

class program;
namespace detail {
std::string store_at_rest(program& built);
std::vector<std::byte> binary_at_rest(const program& built);
program from_kept_binary(const device& dev, std::span<const std::byte> binary,
    std::string_view options, std::string_view subject, std::span<const std::byte> kept);
program find_program(const device& dev, std::string_view source, std::string_view options,
    std::string_view subject, build_report& report);
std::string keep_program(
    program& built, std::string_view source, std::string_view options, const device& dev);
}  // namespace detail

/// A built program for one device. Copies share it.
class program {
public:
    program() = default;
    program(opencl::program built, std::string subject, bool compiles_lazily)
        : built_(std::move(built)), subject_(std::move(subject)), lazily_(compiles_lazily) {}

    cl_program get() const { return built_.get(); }
    const std::string& subject() const { return subject_; }
    bool compiles_lazily() const { return lazily_; }  ///< as device_facts have it

    /// One kernel of the program; each has its own arguments, so each context makes its own.
    /// Errors  LAM-R16 if the text has no kernel of that name.
    opencl::kernel kernel(const std::string& name) const {
        cl_int code = CL_SUCCESS;
        opencl::kernel made(clCreateKernel(get(), name.c_str(), &code));
        opencl::check(code, "clCreateKernel '" + name + "'", subject_);
        return made;
    }

private:
    friend program detail::find_program(
        const device&, std::string_view, std::string_view, std::string_view, build_report&);
    friend std::string detail::keep_program(
        program&, std::string_view, std::string_view, const device&);
    friend std::string detail::store_at_rest(program&);
    friend std::vector<std::byte> detail::binary_at_rest(const program&);
    friend program detail::from_kept_binary(const device&, std::span<const std::byte>,
        std::string_view, std::string_view, std::span<const std::byte>);

    /// Its cache key, and whether its binary is in the cache.
    struct cached {
        cache_key key;
        std::atomic<bool> stored = false;
        bool lacks_bitcode = false;  ///< its driver must not be asked for its binary
        std::span<const std::byte>
            kept;  ///< the binary that it came from, unless that is in the cache
    };
    opencl::program built_;
    std::string subject_;
    bool lazily_ = false;
    std::shared_ptr<cached> cached_ = std::make_shared<cached>();
};

namespace detail {

inline double ms_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
        .count();
}

/// The first lines of the device compiler's log, each indented.
inline std::string build_log(const device& dev, cl_program built) {
    constexpr std::size_t lines_at_most = 12, line_at_most = 200;
    std::size_t size = 0;
    clGetProgramBuildInfo(built, dev.id(), CL_PROGRAM_BUILD_LOG, 0, nullptr, &size);
    std::string log(size, '\0');
    clGetProgramBuildInfo(built, dev.id(), CL_PROGRAM_BUILD_LOG, size, log.data(), nullptr);
    log.resize(std::min(log.find('\0'), log.size()));

    std::string result;
    std::size_t lines = 0;
    for (std::size_t at = 0; at < log.size() && lines < lines_at_most; ++lines) {
        const std::size_t end = std::min(log.find('\n', at), log.size());
        if (end > at) result += "\n    " + log.substr(at, std::min(end - at, line_at_most));
        at = end + 1;
    }
    return result.empty() ? "\n    (the compiler said nothing)" : result;
}

inline void build(
    const device& dev, cl_program made, std::string_view options, std::string_view subject) {
    cl_device_id id = dev.id();
    const cl_int code
        = clBuildProgram(made, 1, &id, std::string(options).c_str(), nullptr, nullptr);
    if (code == CL_SUCCESS) return;
    if (code == CL_OUT_OF_HOST_MEMORY)  // which says nothing about the text
        opencl::fail(code, "clBuildProgram on " + dev.subject(), subject);
    throw opencl::call_failed(errc::kernel_build, std::string(subject),
        std::string(subject) + ": the kernel does not build on " + dev.subject() + " ("
            + opencl::in_words(code) + ", options '" + std::string(options)
            + "'); the compiler's first lines:" + build_log(dev, made)
            + "\ncheck the kernel text at these lines, or try another device (LAMINA_DEVICE)",
        code);
}

/// Everything about a device that its binaries depend on.
inline std::string cache_material(const device& dev) {
    const device_facts& f = dev.facts();
    std::string text;
    for (const std::string* part : {&f.name, &f.vendor, &f.driver, &f.version, &f.platform,
             &f.platform_version, &f.extensions})
        text += *part + '\n';
    return text + std::to_string(cache_format);
}

}  // namespace detail

namespace detail {

/// program_binary() while no run is under way.
inline std::vector<std::byte> binary_at_rest(const program& built) {
    const program::cached& from = *built.cached_;
    if (from.lacks_bitcode) {
        if (!from.kept.empty()) return {from.kept.begin(), from.kept.end()};
        if (auto found = read_cache(cache_folder(), from.key)) return std::move(*found);
        throw error(errc::device_failure, built.subject(),
            built.subject()
                + ": its binary was in the cache when the engine was made, and is no longer; make "
                  "the engine again, or save without binaries");
    }
    cl_uint devices = 0;
    opencl::check(
        clGetProgramInfo(built.get(), CL_PROGRAM_NUM_DEVICES, sizeof devices, &devices, nullptr),
        "clGetProgramInfo CL_PROGRAM_NUM_DEVICES", built.subject());
    if (devices != 1)
        throw error(errc::device_failure, built.subject(),
            built.subject() + ": its context has " + std::to_string(devices)
                + " devices, a binary can be taken in a context of 1; make a context of that device "
                  "alone, or save without binaries");
    std::size_t size = 0;
    opencl::check(
        clGetProgramInfo(built.get(), CL_PROGRAM_BINARY_SIZES, sizeof size, &size, nullptr),
        "clGetProgramInfo CL_PROGRAM_BINARY_SIZES", built.subject());
    std::vector<std::byte> binary(size);
    auto* start = reinterpret_cast<unsigned char*>(binary.data());
    opencl::check(clGetProgramInfo(built.get(), CL_PROGRAM_BINARIES, sizeof start, &start, nullptr),
        "clGetProgramInfo CL_PROGRAM_BINARIES", built.subject());
    return binary;
}

}  // namespace detail

/// The device's own form of a built program: PTX text on NVIDIA; on PoCL an archive of objects with the
/// code for launches before the first call. Threads may call it at the same time, also while others run: on PoCL it
/// waits for the ends of all runs, and runs that begin meanwhile wait for it (launch_gate.hpp).
/// Errors  LAM-R16 if runs on PoCL do not end for 10 seconds, and in a context of several devices: a program there has
///         a binary for each, and drivers (PoCL 3.1) crash when asked for binaries of a device that it was not built for.
inline std::vector<std::byte> program_binary(const program& built) {
    constexpr std::chrono::seconds most(10);
    const detail::closed_gate gate(built.compiles_lazily(), most);
    if (!gate)
        throw error(errc::device_failure, built.subject(),
            built.subject()
                + ": its binary cannot be taken while runs are under way, and one has not ended for "
                + std::to_string(most.count())
                + " s; wait for the events of enqueued runs first, or save without binaries");
    return detail::binary_at_rest(built);
}

/// A program from bytes of program_binary(), which a plan may contain. Pass only bytes whose checksum was
/// verified: drivers trust them.
/// Errors  LAM-R16 if they belong to another device, LAM-R17 if they do not build.
inline program from_binary(const device& dev, std::span<const std::byte> binary,
    std::string_view options, std::string_view subject = "device binary") {
    cl_device_id id = dev.id();
    const auto* start = reinterpret_cast<const unsigned char*>(binary.data());
    const std::size_t size = binary.size();
    cl_int status = CL_SUCCESS, code = CL_SUCCESS;
    opencl::program made(
        clCreateProgramWithBinary(dev.context(), 1, &id, &size, &start, &status, &code));
    opencl::check(code != CL_SUCCESS ? code : status, "clCreateProgramWithBinary", subject);
    detail::build(dev, made.get(), options, subject);
    return program(std::move(made), std::string(subject), dev.facts().compiles_lazily);
}

namespace detail {

/// from_binary() of bytes that are still there when the program is asked for its binary: `kept`, or none where they are in
/// the cache. On PoCL the program lacks what none of its kernels needs.
inline program from_kept_binary(const device& dev, std::span<const std::byte> binary,
    std::string_view options, std::string_view subject, std::span<const std::byte> kept) {
    if (dev.facts().compiles_lazily)
        if (const auto less = without_bitcode(binary)) try {
                program made = from_binary(dev, *less, options, subject);
                made.cached_->lacks_bitcode = true;
                made.cached_->kept = kept;
                return made;
            } catch (const error&) {}  // as it is, then
    return from_binary(dev, binary, options, subject);
}

/// store_binary() while no run is under way.
inline std::string store_at_rest(program& built) {
    const std::string folder = cache_folder();
    if (folder.empty()) return "cache: off";
    if (built.cached_->stored) return "cache: up to date";
    if (built.cached_->key == cache_key())
        return "cache: not written (the program came without source)";
    try {
        const std::string reason = write_cache(folder, built.cached_->key, binary_at_rest(built));
        if (!reason.empty()) return "cache: not written (" + reason + ")";
        built.cached_->stored = true;
    } catch (const std::exception& fault) {
        return std::string("cache: not written (") + fault.what() + ")";
    }
    return "cache: written";
}

}  // namespace detail

/// Puts a program's binary into the cache if it is not there yet; call it after the first run.
/// Returns the note for a report; never throws for a cache that cannot be written, and never waits for runs.
inline std::string store_binary(program& built) {
    const detail::closed_gate gate(built.compiles_lazily(), std::chrono::milliseconds(0));
    return gate ? detail::store_at_rest(built) : "cache: not written (other runs are under way)";
}

namespace detail {

/// Builds `source` without the cache.
/// Errors  LAM-R17 with the first lines of the compiler's log.
inline program compile_program(const device& dev, std::string_view source, std::string_view options,
    std::string_view subject, compiler_target wanted) {
    const char* text = source.data();
    const std::size_t size = source.size();
    cl_int code = CL_SUCCESS;
    opencl::program made(clCreateProgramWithSource(dev.context(), 1, &text, &size, &code));
    opencl::check(code, "clCreateProgramWithSource", subject);
    build(dev, made.get(), options, subject);
    program built(std::move(made), std::string(subject), dev.facts().compiles_lazily);
    if (wanted == compiler_target::own) return built;
    return from_binary(dev, for_sm_90a(program_binary(built), subject), options, subject);
}

/// The program of a binary in the cache, if there is one that the driver takes: a complete binary that it
/// rejects is a miss like any other.
inline program find_program(const device& dev, std::string_view source, std::string_view options,
    std::string_view subject, build_report& report) {
    const auto start = std::chrono::steady_clock::now();
    const cache_key key = make_cache_key(source, options, cache_material(dev));
    if (const auto binary = read_cache(cache_folder(), key)) try {
            program found = from_kept_binary(dev, *binary, options, subject, {});
            found.cached_->key = key;
            found.cached_->stored = true;
            report = {true, ms_since(start), "cache: hit"};
            return found;
        } catch (const error&) {}
    return {};
}

/// Puts the binary of a program that was built now into the cache, as soon as that has all of its code.
/// Returns the note for a report.
inline std::string keep_program(
    program& built, std::string_view source, std::string_view options, const device& dev) {
    built.cached_->key = make_cache_key(source, options, cache_material(dev));
    return dev.facts().compiles_lazily && !cache_folder().empty() ? "cache: written after a run"
                                                                  : store_binary(built);
}

}  // namespace detail

/// Builds `source` for `dev`, from the cache if it holds a binary of the same source, options,
/// device and driver. `subject` names the kernel in errors ("step 12 (conv2d_direct)").
/// Errors  LAM-R17 with the first lines of the compiler's log. No fault of the cache is an error.
inline program build_program(const device& dev, std::string_view source, std::string_view options,
    std::string_view subject, build_report& report, compiler_target wanted = compiler_target::own) {
    const auto start = std::chrono::steady_clock::now();
    if (program found = detail::find_program(dev, source, options, subject, report); found.get())
        return found;
    program built = detail::compile_program(dev, source, options, subject, wanted);
    std::string note = detail::keep_program(built, source, options, dev);
    report = {false, detail::ms_since(start), std::move(note)};
    return built;
}

}  // namespace lamina
