// SPDX-License-Identifier: Apache-2.0
// The pitch of a voice or an instrument: prints its notes and draws its curve. Without a file it listens to a
// scale that it makes itself, so that the notes are known.
#include "../support/draw.hpp"
#include "../support/program.hpp"
#include "../support/sound.hpp"
#include "../zoo/crepe.hpp"

#include <lamina/plan_for.hpp>

#include <nlohmann/json.hpp>

namespace {

constexpr std::size_t batch = 32, frame = 1024, hop = 160;  // samples
using net = zoo::crepe<false, static_cast<int>(batch)>;

/// C major from 262 Hz, 0.4 s a note, five partials that fade.
examples::sound scale() {
    constexpr int steps[] = {0, 2, 4, 5, 7, 9, 11, 12};
    constexpr std::size_t length = examples::sound_rate * 2 / 5;
    examples::sound out;
    for (const int step : steps)
        for (std::size_t i = 0; i < length; ++i) {
            const double t = static_cast<double>(i) / examples::sound_rate;
            const double hertz = 261.63 * std::exp2(step / 12.0);
            double value = 0;
            for (int k = 1; k <= 5; ++k)
                value += std::sin(2 * std::numbers::pi * hertz * k * t) / (k * k);
            out.push_back(
                static_cast<float>(0.4 * value * std::exp(-3 * t) * std::min(1.0, 200 * t)));
        }
    return out;
}

/// One frame, its mean 0 and its deviation 1, around a sample.
void append_frame(std::vector<float>& out, const examples::sound& sound, std::size_t middle) {
    std::array<double, frame> x{};
    double mean = 0, squares = 0;
    for (std::size_t i = 0; i < frame; ++i) {
        const std::size_t at = middle + i;
        if (at >= frame / 2 && at - frame / 2 < sound.size())
            x[i] = static_cast<double>(sound[at - frame / 2]);
        mean += x[i] / frame;
    }
    for (double& v : x) {
        v -= mean;
        squares += v * v;
    }
    const double deviation = std::max(std::sqrt(squares / (frame - 1)), 1e-10);
    for (const double v : x) out.push_back(static_cast<float>(v / deviation));
}

/// How sure the network is of a pitch, at most 1.
struct pitch {
    double hertz, sure;
};

/// The largest of 360, and those within 80 cents of it weighted by their probability.
pitch pitch_of(std::span<const float> bins) {
    const std::size_t best
        = static_cast<std::size_t>(std::ranges::max_element(bins) - bins.begin());
    double sum = 0, cents = 0;
    for (std::size_t i = best < 4 ? 0 : best - 4; i < std::min<std::size_t>(best + 5, 360); ++i) {
        sum += static_cast<double>(bins[i]);
        cents
            += static_cast<double>(bins[i]) * (20.0 * static_cast<double>(i) + 1997.3794084376191);
    }
    return {10 * std::exp2(cents / sum / 1200), static_cast<double>(bins[best])};
}

std::vector<pitch> pitches(const lamina::engine& engine, const examples::sound& sound) {
    const std::size_t count = 1 + sound.size() / hop;
    std::vector<pitch> out;
    for (std::size_t first = 0; first < count; first += batch) {
        std::vector<float> input;
        for (std::size_t i = 0; i < batch; ++i) append_frame(input, sound, (first + i) * hop);
        const auto found = engine.run({{"frames", input}})["pitches"].values;
        for (std::size_t i = 0; i < batch && out.size() < count; ++i)
            out.push_back(pitch_of(std::span(found).subspan(360 * i, 360)));
    }
    return out;
}

/// "A4", and how many cents above it.
std::pair<std::string, int> note_of(double hertz) {
    constexpr const char* names[]
        = {"C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"};
    const double semitones = 69 + 12 * std::log2(hertz / 440);
    const int nearest = static_cast<int>(std::lround(semitones));
    return {names[nearest % 12] + std::to_string(nearest / 12 - 1),
        static_cast<int>(std::lround(100 * (semitones - nearest)))};
}

/// Frames of one note after another, in seconds.
struct note {
    std::string name;
    double start, end, hertz;
};

std::vector<note> notes_of(std::span<const pitch> all) {
    constexpr double step = static_cast<double>(hop) / examples::sound_rate;
    std::vector<note> out;
    for (std::size_t i = 0; i < all.size();) {
        std::size_t end = i + 1;
        if (all[i].sure < .5) {
            i = end;
            continue;
        }
        const std::string name = note_of(all[i].hertz).first;
        while (end < all.size() && all[end].sure >= .5 && note_of(all[end].hertz).first == name)
            ++end;
        double sum = 0;
        for (std::size_t j = i; j < end; ++j) sum += all[j].hertz;
        if (end - i >= 8)
            out.push_back({name, static_cast<double>(i) * step, static_cast<double>(end) * step,
                sum / static_cast<double>(end - i)});
        i = end;
    }
    return out;
}

void draw(const std::string& path, const examples::sound& sound, std::span<const pitch> all) {
    std::vector<double> curve, sure;
    double low = 1e9, high = 0;
    for (const pitch& p : all) {
        const bool known = p.sure >= .5;
        curve.push_back(known ? p.hertz : std::nan(""));
        if (known) low = std::min(low, p.hertz), high = std::max(high, p.hertz);
    }
    if (high == 0) low = 0, high = 1000;
    const double seconds = examples::seconds_of(sound), room = std::max((high - low) / 8, 5.0);
    examples::plot page(
        "pitch in Hz, where the network is sure of it", seconds, low - room, high + room);
    page.curve(curve, static_cast<double>(hop) / examples::sound_rate, examples::red, 3);
    page.frame(std::max(.5, std::round(seconds / 12)), high - low > 500 ? 100 : 50, "seconds");
    examples::write_png(path, page.page);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Finds the pitch of a voice or an instrument.");
    std::string file, weights, out, device;
    bool json = false;
    app.add_option("--sound", file, "a WAV file; a scale of C major if left out");
    app.add_option("--weights", weights, "crepe_tiny.safetensors")->required();
    app.add_option("--out", out, "PNG to write: the curve of the pitch");
    app.add_option("--device", device, "type, index or part of the name; the best one if left out");
    app.add_flag("--json", json, "print JSON only");
    return examples::run_program(app, argc, argv, [&] {
        const examples::sound sound = file.empty() ? scale() : examples::read_sound(file);
        const auto chosen = examples::chosen_device(device);
        const lamina::engine engine(
            lamina::plan_for<net>(chosen), lamina::weights::open(weights), chosen);
        const auto start = examples::clock::now();
        const auto all = pitches(engine, sound);
        const double ms = examples::ms_since(start);
        const auto notes = notes_of(all);
        if (!out.empty()) draw(out, sound, all);
        if (json) {
            auto page = nlohmann::ordered_json{
                {"hertz", nlohmann::json::array()}, {"sure", nlohmann::json::array()}};
            for (const pitch& p : all) {
                page["hertz"].push_back(p.hertz);
                page["sure"].push_back(p.sure);
            }
            for (const note& n : notes)
                page["notes"].push_back({{"name", n.name}, {"start", n.start}, {"end", n.end}});
            std::printf("%s\n", page.dump(2).c_str());
            return;
        }
        std::printf("%s: %.1f s of sound\n", file.empty() ? "a scale of C major" : file.c_str(),
            examples::seconds_of(sound));
        for (const note& n : notes)
            std::printf("  %5.2f s to %5.2f s  %-3s %7.1f Hz, %+d cents\n", n.start, n.end,
                n.name.c_str(), n.hertz, note_of(n.hertz).second);
        std::printf("computed in %.0f ms on %s\n", ms, engine.device_of().name().c_str());
        if (!out.empty()) std::printf("drawn to %s\n", out.c_str());
    });
}
