// SPDX-License-Identifier: Apache-2.0
// Says what types files are, by a network that reads their first and last kilobyte.
#include "../support/lines.hpp"
#include "../support/program.hpp"
#include "../zoo/magika.hpp"

#include <lamina/plan_for.hpp>

#include <nlohmann/json.hpp>

#include <cstring>
#include <string_view>

namespace {

using net = zoo::magika<>;

/// Magika's features: of the first and last 4096 bytes, white space at the file's ends dropped, 1024 each; 256
/// stands where there are no more.
std::vector<int> features(std::span<const std::byte> file) {
    constexpr std::size_t block = 4096, half = 1024;
    constexpr std::string_view space = " \t\n\r\v\f";
    std::string_view all(reinterpret_cast<const char*>(file.data()), file.size());
    std::string_view start = all.substr(0, block);
    start.remove_prefix(std::min(start.find_first_not_of(space), start.size()));
    std::string_view end = all.substr(all.size() - std::min(all.size(), block));
    end = end.substr(0, end.find_last_not_of(space) + 1);
    start = start.substr(0, half);
    end = end.substr(end.size() - std::min(end.size(), half));
    std::vector<int> out(2 * half, 256);
    const auto byte = [](char c) { return int{static_cast<unsigned char>(c)}; };
    std::ranges::transform(start, out.begin(), byte);
    std::ranges::transform(end, out.end() - static_cast<std::ptrdiff_t>(end.size()), byte);
    return out;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Says what types files are.");
    std::vector<std::string> files;
    std::string weights, labels, device;
    bool json = false;
    app.add_option("files", files, "files of any type")->required();
    app.add_option("--weights", weights, "magika.safetensors")->required();
    app.add_option("--labels", labels, "magika.txt, a type a line")->required();
    app.add_option("--device", device, "type, index or part of the name; the best one if left out");
    app.add_flag("--json", json, "print JSON only");
    return examples::run_program(app, argc, argv, [&] {
        const auto types = examples::read_lines(labels);
        const auto chosen = examples::chosen_device(device);
        const lamina::engine engine(
            lamina::plan_for<net>(chosen), lamina::weights::open(weights), chosen);
        auto page = nlohmann::ordered_json::array();
        for (const std::string& path : files) {
            const lamina::mapped_file file(path);
            const auto found = engine.run({{"bytes", features(file.bytes())}})["types"].values;
            if (found.size() != types.size())
                throw lamina::error(lamina::errc::option, labels,
                    labels + " has " + std::to_string(types.size()) + " types, the network "
                        + std::to_string(found.size())
                        + "; give the file that belongs to the weights");
            const auto best = lamina::top_k(found, 2);
            const auto first = static_cast<std::size_t>(best[0]);
            const auto second = static_cast<std::size_t>(best[1]);
            const bool sure = found[first] >= .5f;
            if (json)
                page.push_back({{"file", path}, {"type", types[first]},
                    {"probability", found[first]}, {"sure", sure}});
            else
                std::printf("%-40s %-12s  %s %.1f %%, %s %.1f %%\n", path.c_str(),
                    sure ? types[first].c_str() : "unknown", types[first].c_str(),
                    100 * double{found[first]}, types[second].c_str(), 100 * double{found[second]});
        }
        if (json) std::printf("%s\n", page.dump(2).c_str());
    });
}
