// SPDX-License-Identifier: Apache-2.0
// A program that calibrates a network: main() is one line, `return lamina::calibrate_program<net>(count, words);`.
#pragma once
#include <lamina/int8_report.hpp>
#include <lamina/runtime/mapped_file.hpp>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lamina {

namespace detail {

inline constexpr const char* calibrate_usage
    = R"(usage: %s WEIGHTS INPUTS OUTPUT [--method min_max|percentile|entropy|mse] [--percentile P]
          [--samples N] [--report] [--search AGREEMENT] [--least-db DECIBELS] [--keep f32|bf16]

Runs the network in fp32 on the samples of a folder and writes WEIGHTS with the scales of an int8 plan to OUTPUT.
  INPUTS          a folder of .npy files, one a sample, each with the numbers of the network's input
  --samples       at most so many of them, in the order of their names
  --percentile    99.99: what --method percentile keeps of either side
  --report        compares the int8 plan with fp32, and with each layer kept in higher precision
  --search        the same, then finds the fewest layers to keep so that AGREEMENT of the samples, from 0 to 1,
                  have the largest number of the output where fp32 has it; --least-db asks for a signal-to-noise ratio
  --keep          f32: the precision of layers that are kept
)";

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

}  // namespace detail

/// The program: its arguments are those of main, the usage is printed if they are wrong. A bar on stderr shows how
/// far it is, the report goes to stdout.
/// Units    returns main's result: 0, 1 after an error, which is printed, 2 for wrong arguments.
/// Errors   none; networks have one input.
inline int calibrate_program(const network& net, int count, const char* const* words) {
    const char* const self = count > 0 ? words[0] : "calibrate";
    std::vector<std::string> places;
    int8_report_options options;
    std::size_t most = std::numeric_limits<std::size_t>::max();
    bool reports = false;
    const auto refuse = [&](const std::string& what) {
        std::fprintf(stderr, "%s: %s\n", self, what.c_str());
        std::fprintf(stderr, detail::calibrate_usage, self);
        return 2;
    };
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        if (!word.starts_with("--")) {
            places.push_back(word);
            continue;
        }
        if (word == "--report") {
            reports = true;
            continue;
        }
        if (i + 1 == count) return refuse("option " + word + " is unknown or lacks its value");
        const std::string value = words[++i];
        char* end = nullptr;
        const double number = std::strtod(value.c_str(), &end);
        const bool is_number = end != value.c_str() && *end == 0;
        if (word == "--method") {
            constexpr std::string_view names[] = {"min_max", "percentile", "entropy", "mse"};
            const auto found = std::find(std::begin(names), std::end(names), value);
            if (found == std::end(names))
                return refuse(
                    "method '" + value + "' is none of min_max, percentile, entropy, mse");
            options.ranges.method = static_cast<calibration_method>(found - std::begin(names));
        } else if (word == "--keep") {
            if (value != "f32" && value != "bf16")
                return refuse("precision '" + value + "' is neither f32 nor bf16");
            options.type = value == "bf16" ? dtype::bf16 : dtype::f32;
        } else if (!is_number) {
            return refuse("option " + word + " is unknown, or '" + value + "' is no number");
        } else if (word == "--percentile") {
            options.ranges.percentile = number;
        } else if (word == "--samples" && number >= 1) {
            most = static_cast<std::size_t>(number);
        } else if (word == "--search" && number > 0 && number <= 1) {
            options.least_agreement = number;
        } else if (word == "--least-db" && number > 0) {
            options.least_signal_to_noise = number;
        } else {
            return refuse("option " + word + " is unknown, or cannot be " + value);
        }
    }
    if (places.size() != 3)
        return refuse(
            "got " + std::to_string(places.size()) + " of the 3 places WEIGHTS, INPUTS and OUTPUT");
    try {
        std::vector<std::string> files;
        std::error_code fault;
        for (const auto& entry : std::filesystem::directory_iterator(places[1], fault))
            if (entry.path().extension() == ".npy") files.push_back(entry.path().string());
        std::sort(files.begin(), files.end());
        if (files.size() > most) files.resize(most);
        if (files.empty())
            throw error(errc::file_missing, places[1],
                places[1]
                    + " is no folder with .npy files; write a sample to each with numpy.save");
        const weights file = weights::open(places[0]);
        const run_time_plan plan = plan_at_run_time(net, cpu);
        const plan_view seen = plan_view::open(plan.data());
        if (seen->inputs.size() != 1)
            throw error(errc::option, "network",
                "the network has " + std::to_string(seen->inputs.size())
                    + " inputs, this program sets one; call lamina::calibrate, which asks a function "
                      "of yours to set them");
        const plan_binding& input = seen->inputs[0];
        const auto sample = [&](context& c, std::size_t number) {
            const mapped_file stored(files[number]);
            const std::span<const std::byte> bytes
                = detail::sample_bytes(stored, files[number], input);
            const auto values = [&]<class Number>(Number) {
                std::vector<Number> out(bytes.size() / sizeof(Number));
                std::memcpy(out.data(), bytes.data(), bytes.size());
                c.set_input(input.name, out);
            };
            if (input.type == dtype::u8)
                values(std::uint8_t{});
            else if (input.type == dtype::i32)
                values(std::int32_t{});
            else
                values(float{});
        };
        const auto draw = [](std::size_t done, std::size_t all, const char* of) {
            const std::size_t full = 40 * done / all;
            std::fprintf(stderr, "\r[%s%s] %zu of %zu %s", std::string(full, '#').c_str(),
                std::string(40 - full, ' ').c_str(), done, all, of);
        };
        options.progress
            = [&](std::size_t done, std::size_t all) { draw(done, all, "plans at most"); };
        const bool searches = options.least_agreement > 0 || options.least_signal_to_noise > 0;
        if (!reports && !searches) {
            const auto shown = [&](context& c, std::size_t number) {
                sample(c, number);
                draw(number + 1, files.size(), "samples");
            };
            calibrate(net, file, files.size(), shown, options.ranges).write(places[2], file);
            std::fputc('\n', stderr);
            return 0;
        }
        const int8_report report = report_int8(net, file, files.size(), sample, options);
        std::fputc('\n', stderr);
        std::fputs(report.table().c_str(), stdout);
        report.ranges.write(places[2], file);
        return 0;
    } catch (const std::exception& fault) {
        std::fprintf(stderr, "\n%s: %s\n", self, fault.what());
        return 1;
    }
}

template <class Net> int calibrate_program(int count, const char* const* words) {
    network net;
    Net::define(net);
    return calibrate_program(net, count, words);
}

}  // namespace lamina
