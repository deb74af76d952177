// SPDX-License-Identifier: Apache-2.0
// Marks where someone speaks in a sound file: prints the segments and draws a plot.
#include "../support/draw.hpp"
#include "../support/program.hpp"
#include "../support/sound.hpp"
#include "../zoo/silero_vad.hpp"

#include <lamina/plan_for.hpp>

#include <nlohmann/json.hpp>

namespace {

constexpr std::size_t windows = 32, samples_of_window = 512, context_samples = 64;
using net = zoo::silero_vad<static_cast<int>(windows)>;

/// How likely someone speaks, for each 512 samples; the last window is filled up with zeros.
std::vector<double> probabilities(const lamina::engine& engine, const examples::sound& sound) {
    const std::size_t count = (sound.size() + samples_of_window - 1) / samples_of_window;
    std::vector<float> h(128), c(128);
    std::vector<double> out;
    while (out.size() < count) {
        std::vector<float> input(windows * (context_samples + samples_of_window));
        for (std::size_t i = 0; i < windows; ++i)
            for (std::size_t j = 0; j < context_samples + samples_of_window; ++j) {
                const std::size_t at = (out.size() + i) * samples_of_window + j;
                if (at >= context_samples && at - context_samples < sound.size())
                    input[i * (context_samples + samples_of_window) + j]
                        = sound[at - context_samples];
            }
        const auto found = engine.run({{"windows", input}, {"h", h}, {"c", c}});
        for (const float p : found["speech"].values)
            if (out.size() < count) out.push_back(static_cast<double>(p));
        h = found["next_h"].values;
        c = found["next_c"].values;
    }
    return out;
}

/// In seconds.
struct segment {
    double start, end;
};

/// Silero's rule: speech begins at 0.5 and ends where it stays below 0.35 for 100 ms; what is not longer than
/// 250 ms is dropped. Each segment grows by 30 ms at both ends, or up to the middle between two.
std::vector<segment> segments_of(std::span<const double> speech, double seconds) {
    constexpr double window = static_cast<double>(samples_of_window) / examples::sound_rate;
    std::vector<segment> out;
    double start = -1, quiet_since = -1;
    const auto end_at = [&](double end) {
        if (end - start > .25) out.push_back({start, end});
        start = quiet_since = -1;
    };
    for (std::size_t i = 0; i < speech.size(); ++i) {
        const double at = static_cast<double>(i) * window;
        if (speech[i] >= .5) {
            quiet_since = -1;
            if (start < 0) start = at;
        } else if (speech[i] < .35 && start >= 0) {
            if (quiet_since < 0) quiet_since = at;
            if (at - quiet_since >= .1) end_at(quiet_since);
        }
    }
    if (start >= 0) end_at(seconds);
    double before = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
        segment& s = out[i];
        const double after = i + 1 < out.size() ? out[i + 1].start : seconds, end = s.end;
        s.start -= std::min(.03, i ? (s.start - before) / 2 : s.start);
        s.end += std::min(.03, i + 1 < out.size() ? (after - end) / 2 : after - end);
        before = end;
    }
    return out;
}

void draw(const std::string& path, const examples::sound& sound, std::span<const double> speech,
    std::span<const segment> segments) {
    const double seconds = examples::seconds_of(sound);
    examples::plot page("speech (shaded), its probability (red), the sound (blue)", seconds, -1, 1);
    for (const segment& s : segments)
        page.band(s.start, std::min(s.end, seconds), examples::yellow);
    const std::size_t every = std::max<std::size_t>(1, sound.size() / 8000);
    std::vector<float> few;
    for (std::size_t i = 0; i < sound.size(); i += every) few.push_back(sound[i]);
    page.wave(few, static_cast<double>(every) / examples::sound_rate, examples::blue);
    page.curve(
        speech, static_cast<double>(samples_of_window) / examples::sound_rate, examples::red, 2);
    page.frame(std::max(1.0, std::round(seconds / 12)), 0.5, "seconds");
    examples::write_png(path, page.page);
}

}  // namespace

int main(int argc, char** argv) {
    const auto start = examples::clock::now();
    CLI::App app("Marks where someone speaks in a sound file.");
    std::string file, weights, out, device;
    bool json = false;
    app.add_option("--sound", file, "a WAV file")->required();
    app.add_option("--weights", weights, "silero_vad.safetensors")->required();
    app.add_option("--out", out, "PNG to write: the sound with its speech marked");
    app.add_option("--device", device, "type, index or part of the name; the best one if left out");
    app.add_flag("--json", json, "print JSON only");
    return examples::run_program(app, argc, argv, [&] {
        const examples::sound sound = examples::read_sound(file);
        const auto chosen = examples::chosen_device(device);
        const lamina::engine engine(
            lamina::plan_for<net>(chosen), lamina::weights::open(weights), chosen);
        const auto ready = examples::clock::now();
        const auto speech = probabilities(engine, sound);
        const double run_ms = examples::ms_since(ready);
        const auto segments = segments_of(speech, examples::seconds_of(sound));
        if (!out.empty()) draw(out, sound, speech, segments);
        if (json) {
            auto all = nlohmann::ordered_json::array();
            for (const segment& s : segments) all.push_back({{"start", s.start}, {"end", s.end}});
            const nlohmann::ordered_json page{{"segments", all}, {"probabilities", speech}};
            std::printf("%s\n", page.dump(2).c_str());
            return;
        }
        std::printf("%s: %.1f s of sound, %zu segment%s of speech\n", file.c_str(),
            examples::seconds_of(sound), segments.size(), segments.size() == 1 ? "" : "s");
        for (const segment& s : segments) std::printf("  %7.2f s to %7.2f s\n", s.start, s.end);
        std::printf("computed in %.1f ms, ready after %.0f ms, on %s\n", run_ms,
            examples::ms_since(start) - run_ms, engine.device_of().name().c_str());
        if (!out.empty()) std::printf("drawn to %s\n", out.c_str());
    });
}
