// SPDX-License-Identifier: Apache-2.0
// A program that calibrates a network: main() is one line, `return lamina::calibrate_program<net>(count, words);`.
// Needs CLI11, which parses the command line (Debian: libcli11-dev).
#pragma once
#include <lamina/int8_report.hpp>
#include <lamina/runtime/mapped_file.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lamina {

namespace detail {

/// What the command line asks for.
struct calibrate_command {
    std::string weights_file, inputs_folder, output_file;
    std::size_t most_samples = std::numeric_limits<std::size_t>::max();
    bool reports = false;
    int8_report_options options;

    /// Errors   CLI::ParseError.
    void parse(CLI::App& app, int count, const char* const* words) {
        app.add_option("WEIGHTS", weights_file, "weights file of the network")->required();
        app.add_option("INPUTS", inputs_folder,
               "folder of .npy files, one a sample, each with the numbers of the network's input")
            ->required();
        app.add_option("OUTPUT", output_file, "file that gets the weights and the scales")
            ->required();
        std::string method = "min_max", keep = "f32";
        app.add_option("--method", method, "how ranges are chosen (min_max)")
            ->check(CLI::IsMember({"min_max", "percentile", "entropy", "mse"}));
        app.add_option("--percentile", options.ranges.percentile,
            "what --method percentile keeps of either side (99.99)");
        app.add_flag("--equalize", options.ranges.equalize,
            "make the weights of neighbouring convolutions alike in range, channel by channel");
        app.add_flag("--correct-bias", options.ranges.correct_bias,
            "take from biases what rounded weights add on average; OUTPUT is then for int8 plans alone");
        app.add_option("--samples", most_samples, "at most so many, in the order of their names")
            ->check(CLI::Range(1, 1 << 30));
        app.add_flag("--report", reports,
            "compare the int8 plan with fp32, and with each layer kept in higher precision");
        app.add_option("--search", options.least_agreement,
               "report, and find the fewest layers to keep so that this share of the samples has the largest "
               "number of the output where fp32 has it")
            ->check(CLI::Range(0.0, 1.0));
        app.add_option("--least-db", options.least_signal_to_noise,
               "the same for a signal-to-noise ratio in decibels")
            ->check(CLI::Range(0.0, 1000.0));
        app.add_option("--keep", keep, "precision of layers that are kept (f32)")
            ->check(CLI::IsMember({"f32", "bf16"}));
        app.parse(count, words);
        options.ranges.method = method == "percentile" ? calibration_method::percentile
            : method == "entropy"                      ? calibration_method::entropy
            : method == "mse"                          ? calibration_method::mse
                                                       : calibration_method::min_max;
        options.type = keep == "bf16" ? dtype::bf16 : dtype::f32;
        reports = reports || options.least_agreement > 0 || options.least_signal_to_noise > 0;
    }
};

/// The numbers of an .npy file of the type and count of an input, which lie in the file.
/// Errors   LAM-R01.
inline std::span<const std::byte> sample_bytes(
    const mapped_file& file, const std::string& path, const plan_binding& input) {
    const std::string_view all(
        reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
    const char* const kind = input.type == dtype::u8 ? "'|u1'"
        : input.type == dtype::i32                   ? "'<i4'"
                                                     : "'<f4'";
    const std::size_t wide = all.size() > 6 && all[6] == 1 ? 2 : 4;
    std::uint32_t header = 0;
    if (all.size() > 12 && all.starts_with("\x93NUMPY")) std::memcpy(&header, all.data() + 8, wide);
    const std::size_t start = 8 + wide + header;
    const auto wanted = static_cast<std::size_t>(input.dims.count()) * size_bytes(input.type);
    if (header == 0 || start > all.size()
        || all.substr(0, start).find(kind) == std::string_view::npos
        || all.substr(0, start).find("'fortran_order': False") == std::string_view::npos
        || all.size() - start != wanted)
        throw error(errc::file_missing, path,
            path + " has no row-major " + std::string(to_text(input.type)) + " of "
                + std::string(to_text(input.dims).view()) + " (" + std::to_string(wanted)
                + " bytes), as input '" + std::string(input.name)
                + "' needs; write it with numpy.save(path, numpy.ascontiguousarray(...))");
    return file.bytes().subspan(start, wanted);
}

/// Sets the network's input to a sample.
inline void set_sample(context& c, const plan_binding& input, const std::string& path) {
    const mapped_file stored(path);
    const std::span<const std::byte> bytes = sample_bytes(stored, path, input);
    const auto set = [&]<class Number>(Number) {
        std::vector<Number> values(bytes.size() / sizeof(Number));
        std::memcpy(values.data(), bytes.data(), bytes.size());
        c.set_input(input.name, values);
    };
    if (input.type == dtype::u8)
        set(std::uint8_t{});
    else if (input.type == dtype::i32)
        set(std::int32_t{});
    else
        set(float{});
}

/// The samples of a folder in the order of their names. Errors   LAM-R01 if there are none.
inline std::vector<std::string> sample_files(const std::string& folder, std::size_t most) {
    std::vector<std::string> files;
    std::error_code fault;
    for (const auto& entry : std::filesystem::directory_iterator(folder, fault))
        if (entry.path().extension() == ".npy") files.push_back(entry.path().string());
    if (files.empty())
        throw error(errc::file_missing, folder,
            folder + " is no folder with .npy files; write a sample to each with numpy.save");
    std::sort(files.begin(), files.end());
    files.resize(std::min(files.size(), most));
    return files;
}

inline void draw_bar(std::size_t done, std::size_t all, const char* of) {
    const std::size_t full = 40 * done / all;
    std::fprintf(stderr, "\r[%s%s] %zu of %zu %s", std::string(full, '#').c_str(),
        std::string(40 - full, ' ').c_str(), done, all, of);
}

inline void calibrate_files(const network& net, calibrate_command& asked) {
    const std::vector<std::string> files = sample_files(asked.inputs_folder, asked.most_samples);
    const weights file = weights::open(asked.weights_file);
    const run_time_plan plan = plan_at_run_time(net, cpu);
    const plan_view seen = plan_view::open(plan.data());
    if (seen->inputs.size() != 1)
        throw error(errc::option, "network",
            "the network has " + std::to_string(seen->inputs.size())
                + " inputs, this program sets one; call lamina::calibrate, which asks a function of "
                  "yours to set them");
    const plan_binding& input = seen->inputs[0];
    if (!asked.reports) {
        const auto sample = [&](context& c, std::size_t number) {
            set_sample(c, input, files[number]);
            draw_bar(number + 1, files.size(), "samples");
        };
        calibrate(net, file, files.size(), sample, asked.options.ranges)
            .write(asked.output_file, file);
        std::fputc('\n', stderr);
        return;
    }
    asked.options.progress
        = [](std::size_t done, std::size_t all) { draw_bar(done, all, "plans at most"); };
    const auto sample
        = [&](context& c, std::size_t number) { set_sample(c, input, files[number]); };
    const int8_report report = report_int8(net, file, files.size(), sample, asked.options);
    std::fprintf(stderr, "\n");
    std::fputs(report.table().c_str(), stdout);
    report.ranges.write(asked.output_file, file);
}

}  // namespace detail

/// The program: its arguments are those of main; `--help` prints them. A bar on stderr shows how far it is, the
/// report goes to stdout.
/// Units    returns main's result: 0, 1 after an error, which is printed, 2 for wrong arguments.
/// Errors   none; networks have one input.
inline int calibrate_program(const network& net, int count, const char* const* words) {
    CLI::App app{
        "Runs the network in fp32 on the samples of a folder and writes its weights with the scales of an "
        "int8 plan to OUTPUT."};
    detail::calibrate_command asked;
    try {
        asked.parse(app, count, words);
        detail::calibrate_files(net, asked);
        return 0;
    } catch (const CLI::ParseError& fault) {
        return app.exit(fault) ? 2 : 0;
    } catch (const std::exception& fault) {
        std::fprintf(stderr, "\n%s: %s\n", count > 0 ? words[0] : "calibrate", fault.what());
        return 1;
    }
}

template <class Net> int calibrate_program(int count, const char* const* words) {
    network net;
    Net::define(net);
    return calibrate_program(net, count, words);
}

}  // namespace lamina
