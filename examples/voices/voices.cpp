// SPDX-License-Identifier: Apache-2.0
// Compares voices: prints how alike the speakers of several sound files are, 1 for the same voice. A single
// file is cut into parts of three seconds, which are compared.
#include "../support/draw.hpp"
#include "../support/program.hpp"
#include "../zoo/voice_encoder.hpp"
#include "mel.hpp"

#include <lamina/plan_for.hpp>

#include <nlohmann/json.hpp>

#include <filesystem>

namespace {

constexpr std::size_t batch = 8, frames = 160, step = 77;  // 1.6 s, 1.3 of them a second
using net = zoo::voice_encoder<static_cast<int>(batch), static_cast<int>(frames)>;
using voice = std::array<float, 256>;

/// At least as loud as -30 dB of the full scale.
void raise_volume(examples::sound& sound) {
    double squares = 0;
    for (const float v : sound) squares += static_cast<double>(v) * static_cast<double>(v);
    const double level
        = std::sqrt(squares / static_cast<double>(std::max<std::size_t>(1, sound.size())));
    const double gain = level > 0 ? std::pow(10, -30.0 / 20) / level : 1;
    for (float& v : sound) v *= static_cast<float>(std::max(gain, 1.0));
}

void normalise(voice& v) {
    float squares = 0;
    for (const float x : v) squares += x * x;
    for (float& x : v) x /= std::sqrt(squares);
}

/// The mean of the voices of overlapping parts of 1.6 s, of length 1. The last part is filled with silence,
/// and left out where less than three quarters of it are sound.
voice voice_of(const lamina::engine& engine, examples::sound sound) {
    raise_volume(sound);
    const std::size_t all = (sound.size() + voices_program::hop) / voices_program::hop;
    std::size_t count = 1 + (all > frames ? (all - frames + step) / step : 0);
    constexpr std::size_t part = frames * voices_program::hop;
    const auto covered = static_cast<double>(sound.size())
        - static_cast<double>((count - 1) * step * voices_program::hop);
    if (count > 1 && covered < .75 * part) --count;
    sound.resize(std::max(sound.size(), (count - 1) * step * voices_program::hop + part));
    const auto mels = voices_program::spectrogram(sound);
    voice out{};
    for (std::size_t first = 0; first < count; first += batch) {
        std::vector<float> input(batch * frames * voices_program::mels);
        const std::size_t together = std::min(batch, count - first);
        for (std::size_t i = 0; i < together; ++i)
            std::copy_n(&mels[(first + i) * step * voices_program::mels],
                frames * voices_program::mels, &input[i * frames * voices_program::mels]);
        const auto found = engine.run({{"mels", input}})["voice"].values;
        for (std::size_t i = 0; i < together; ++i)
            for (std::size_t j = 0; j < out.size(); ++j) out[j] += found[i * out.size() + j];
    }
    normalise(out);
    return out;
}

/// A named part of a file.
struct speaker {
    std::string label;
    examples::sound sound;
    voice sounds_like{};
};

std::vector<speaker> speakers_of(const std::vector<std::string>& files) {
    std::vector<speaker> out;
    for (const std::string& file : files) {
        const auto sound = examples::read_sound(file);
        if (files.size() > 1) {
            out.push_back({std::filesystem::path(file).stem().string(), sound});
            continue;
        }
        constexpr std::size_t part = 3 * examples::sound_rate;
        for (std::size_t at = 0; at == 0 || at + part / 2 <= sound.size(); at += part) {
            const auto from = sound.begin() + static_cast<std::ptrdiff_t>(at);
            const auto length = static_cast<std::ptrdiff_t>(std::min(part, sound.size() - at));
            out.push_back(
                {std::to_string(at / examples::sound_rate) + " s", {from, from + length}});
        }
    }
    return out;
}

double likeness(const speaker& a, const speaker& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.sounds_like.size(); ++i)
        sum += static_cast<double>(a.sounds_like[i]) * static_cast<double>(b.sounds_like[i]);
    return sum;
}

/// A square a pair, dark where the voices are alike.
void draw(const std::string& path, std::span<const speaker> all) {
    constexpr int side = 70, left = 120, top = 40;
    const int count = static_cast<int>(all.size());
    examples::picture page = examples::blank(left + count * side + 20, top + count * side + 20);
    examples::fill(page, 0, 0, page.width, page.height, examples::white);
    for (int i = 0; i < count; ++i) {
        const auto& row = all[static_cast<std::size_t>(i)];
        examples::write(
            page, 8, top + i * side + side / 2 - 4, row.label.substr(0, 16), examples::black);
        examples::write(page, left + i * side + 6, 20, row.label.substr(0, 9), examples::black);
        for (int j = 0; j < count; ++j) {
            const double same = likeness(row, all[static_cast<std::size_t>(j)]);
            const double shade = std::clamp((same - .5) * 2, 0.0, 1.0);
            const auto pale = static_cast<std::uint8_t>(255 - 200 * shade);
            const int x = left + j * side, y = top + i * side;
            examples::fill(page, x, y, x + side - 2, y + side - 2, {pale, pale, 255});
            char text[16];
            std::snprintf(text, sizeof text, "%.2f", same);
            examples::write(page, x + 12, y + side / 2 - 8, text,
                shade > .6 ? examples::white : examples::black, 2);
        }
    }
    examples::write_png(path, page);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Compares the voices of sound files.");
    std::vector<std::string> files;
    std::string weights, out, device;
    bool json = false;
    app.add_option(
           "--sound", files, "WAV files of a speaker each, or one that is compared with itself")
        ->required();
    app.add_option("--weights", weights, "voice_encoder.safetensors")->required();
    app.add_option("--out", out, "PNG to write: the table in colours");
    app.add_option("--device", device, "type, index or part of the name; the best one if left out");
    app.add_flag("--json", json, "print JSON only");
    return examples::run_program(app, argc, argv, [&] {
        auto all = speakers_of(files);
        const auto chosen = examples::chosen_device(device);
        const lamina::engine engine(
            lamina::plan_for<net>(chosen), lamina::weights::open(weights), chosen);
        for (speaker& one : all) one.sounds_like = voice_of(engine, one.sound);
        if (!out.empty()) draw(out, all);
        if (json) {
            auto page = nlohmann::ordered_json::array();
            for (const speaker& one : all)
                page.push_back({{"name", one.label}, {"voice", one.sounds_like}});
            std::printf("%s\n", page.dump(2).c_str());
            return;
        }
        std::printf("%-16s", "");
        for (const speaker& one : all) std::printf(" %8.8s", one.label.c_str());
        std::printf("\n");
        for (const speaker& row : all) {
            std::printf("%-16.16s", row.label.c_str());
            for (const speaker& column : all) std::printf(" %8.3f", likeness(row, column));
            std::printf("\n");
        }
        if (!out.empty()) std::printf("drawn to %s\n", out.c_str());
    });
}
