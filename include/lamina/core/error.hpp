// SPDX-License-Identifier: Apache-2.0
// The only exception type of Lamina: a code, its subject, and one message.
// Used by all run-time code; network definitions report through graph/problem.hpp instead.
#pragma once
#include <exception>
#include <string>
#include <utility>

#include <lamina/core/printable.hpp>

namespace lamina {

/// The kind of an error, for programs. The numbers are those of docs/errors.md and never change: 7 is
/// LAM-R07. New codes go to the end.
enum class errc : unsigned char {
    file_missing = 1,      ///< a file cannot be opened or read
    file_damaged = 2,      ///< a file's bytes do not conform to its format
    file_not_written = 3,  ///< a file the user asked for cannot be written
    tensor_missing = 4,    ///< the weights have no tensor of a name that the plan needs
    tensor_unused = 5,     ///< the weights have a tensor that the plan does not read
    tensor_shape = 6,      ///< a tensor's extents differ from the plan's
    tensor_dtype = 7,      ///< a tensor's element type is not one that can be read
    tensor_value = 8,      ///< a tensor holds values that cannot be computed with (NaN, infinity)
    blob_missing = 9,      ///< no blob of that name is linked into this program
    plan_damaged = 10,     ///< a plan's bytes do not pass the verifier
    plan_version = 11,     ///< a plan was made by a version that this one cannot read
    plan_limits = 12,      ///< a plan's offsets, extents or counts are outside of the limits
    no_platform = 13,      ///< this machine has no OpenCL driver
    device_missing = 14,   ///< the requested device does not exist
    device_limit = 15,     ///< the device is too small: memory, local memory, work-group size
    device_failure = 16,   ///< an OpenCL call failed
    kernel_build = 17,     ///< the device's compiler rejects a kernel
    input_missing = 18,    ///< an input of the network was not given
    input_shape = 19,      ///< an input's extents differ from the plan's
    input_dtype = 20,      ///< an input's element type differs from the plan's
    output_missing = 21,   ///< the plan has no output of that name
    option = 22,           ///< an option or environment variable has an invalid value
    picture = 23,          ///< a picture or sound cannot be read
    self_test = 24,        ///< results differ from the recorded or the reference ones
    plan_trust = 25,       ///< a plan contains untrusted code, or lacks a valid signature
    state = 26,            ///< a state does not exist, has other extents, or rows lie outside of it
    shape = 27,            ///< a dim has no such value, or the network refuses it
};

/// The catalogue id of a code, such as "LAM-R01"; "LAM-R00" for a number that is not a code.
constexpr const char* id(errc code) {
    constexpr const char* ids[] = {
        "LAM-R00",
        "LAM-R01",
        "LAM-R02",
        "LAM-R03",
        "LAM-R04",
        "LAM-R05",
        "LAM-R06",
        "LAM-R07",
        "LAM-R08",
        "LAM-R09",
        "LAM-R10",
        "LAM-R11",
        "LAM-R12",
        "LAM-R13",
        "LAM-R14",
        "LAM-R15",
        "LAM-R16",
        "LAM-R17",
        "LAM-R18",
        "LAM-R19",
        "LAM-R20",
        "LAM-R21",
        "LAM-R22",
        "LAM-R23",
        "LAM-R24",
        "LAM-R25",
        "LAM-R26",
        "LAM-R27",
    };
    const auto at = static_cast<unsigned>(code);
    return ids[at < sizeof ids / sizeof *ids ? at : 0];
}

/// Every error of the library. `subject` is the file, tensor, device or step; `what()` is the whole message:
/// what was found, what was expected, what to do. It has control characters of files and names escaped;
/// `subject` has them unchanged.
struct error : std::exception {
    error(errc code, std::string subject, const std::string& sentence)
        : code_(code), subject_(std::move(subject)),
          sentence_(printable(sentence, code == errc::kernel_build)) {}

    errc code() const noexcept { return code_; }
    const std::string& subject() const noexcept { return subject_; }
    const char* what() const noexcept override { return sentence_.c_str(); }

private:
    errc code_;
    std::string subject_;
    std::string sentence_;
};

}  // namespace lamina
