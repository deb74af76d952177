// SPDX-License-Identifier: Apache-2.0
// Runs any .plan file without knowing its network: run_plan FILE [--input NAME=NUMBERS]...
// Inputs are files of raw little-endian numbers of the input's type (a picture of u8: its bytes), or random.
#include "support/program.hpp"

#include <lamina/plan/print.hpp>
#include <lamina/runtime/mapped_file.hpp>

#include <cstring>
#include <map>
#include <random>

namespace {

/// The numbers of a file, of any type; how many there must be is the engine's to say.
template <class Number> std::vector<Number> read_numbers(const std::string& path) {
    const lamina::mapped_file file(path);
    std::vector<Number> out(file.bytes().size() / sizeof(Number));
    if (!out.empty()) std::memcpy(out.data(), file.bytes().data(), out.size() * sizeof(Number));
    return out;
}

/// Floats in -1 to 1, unsigned bytes of any value, other whole numbers 0 or 1, which are indices of any table
/// with two rows.
template <class Number> std::vector<Number> random_numbers(std::int64_t count, unsigned seed) {
    std::mt19937 generator(seed);
    std::vector<Number> out(static_cast<std::size_t>(count));
    for (Number& value : out) {
        const double unit = generator() / 4294967296.0;
        value = std::is_floating_point_v<Number>   ? static_cast<Number>(unit * 2 - 1)
            : std::is_same_v<Number, std::uint8_t> ? static_cast<Number>(unit * 256)
                                                   : static_cast<Number>(unit * 2);
    }
    return out;
}

template <class Number>
void set(lamina::context& context, const lamina::plan_binding& input, const std::string& path,
    unsigned seed) {
    context.set_input(input.name,
        path.empty() ? random_numbers<Number>(input.dims.count(), seed)
                     : read_numbers<Number>(path));
}

/// "logits 1x10: 0.1 0.2 ... (least -1, largest 2)"
void print_output(const lamina::plan_binding& output, std::span<const float> values) {
    const bool is_float = output.type == lamina::dtype::f32;
    std::printf("%s %s%s%s:", std::string(output.name).c_str(),
        lamina::to_text(output.dims).c_str(), is_float ? "" : " ",
        is_float ? "" : std::string(lamina::to_text(output.type)).c_str());
    for (float value : values.first(std::min<std::size_t>(values.size(), 5)))
        std::printf(" %.4g", static_cast<double>(value));
    const auto [least, largest] = std::minmax_element(values.begin(), values.end());
    std::printf("%s (least %.4g, largest %.4g)\n", values.size() > 5 ? " ..." : "",
        static_cast<double>(*least), static_cast<double>(*largest));
}

}  // namespace

int main(int argc, char** argv) {
    const auto start = examples::clock::now();
    CLI::App app("Runs a .plan file.");
    std::string file, device, trust = "catalogue", key;
    std::vector<std::string> given;
    unsigned seed = 1;
    bool table = false;
    app.add_option("FILE", file, "what engine.save() wrote")->required();
    app.add_option("--input", given, "NAME=FILE of raw 32-bit numbers; random if left out");
    app.add_option("--seed", seed, "of random inputs");
    app.add_option("--device", device, "type, index or part of the name; the best one if left out");
    examples::add_trust(app, trust);
    app.add_option("--key", key, "64 hexadecimal digits; the plan must be signed with this key");
    app.add_flag("--plan", table, "print the plan's steps as a table, too");
    return examples::run_program(app, argc, argv, [&] {
        std::vector<lamina::plan_key> keys;
        if (!key.empty()) keys.emplace_back(key);
        const auto engine = lamina::engine::load(file, examples::chosen_device(device),
            {.trust = examples::trust_named(trust), .signed_by = keys});
        auto context = engine.make_context();
        std::map<std::string, std::string, std::less<>> files;
        for (const std::string& one : given) {
            const std::string name = one.substr(0, one.find('='));
            if (name.size() == one.size())
                throw lamina::error(
                    lamina::errc::option, one, "--input " + one + " has no '='; write NAME=FILE");
            files[std::string(engine.input(name).name)] = one.substr(name.size() + 1);
        }
        for (const lamina::plan_binding& input : engine.inputs()) {
            const auto found = files.find(input.name);
            const std::string path = found == files.end() ? "" : found->second;
            if (input.type == lamina::dtype::i32)
                set<int>(context, input, path, seed);
            else if (input.type == lamina::dtype::u8 || input.type == lamina::dtype::boolean)
                set<std::uint8_t>(context, input, path, seed);
            else if (input.type == lamina::dtype::i8)
                set<std::int8_t>(context, input, path, seed);
            else
                set<float>(context, input, path, seed);
        }
        context.run();
        if (table) std::printf("%s\n", lamina::plan_table(engine.plan()).c_str());
        for (const lamina::plan_binding& output : engine.outputs()) {
            const auto print = [&](const auto& numbers) {
                print_output(output, std::vector<float>(numbers.begin(), numbers.end()));
            };
            if (output.type == lamina::dtype::i32)
                print(context.get<int>(output.name));
            else if (output.type == lamina::dtype::u8 || output.type == lamina::dtype::boolean)
                print(context.get<std::uint8_t>(output.name));
            else if (output.type == lamina::dtype::i8)
                print(context.get<std::int8_t>(output.name));
            else
                print(context.get<float>(output.name));
        }
        const double first_ms = examples::ms_since(start);
        const double run_ms = examples::median_ms([&] { context.run(); });
        std::printf("%zu steps; first result after %.0f ms, then %.2f ms on %s\n",
            engine.plan().steps.size(), first_ms, run_ms, engine.device_of().name().c_str());
    });
}
