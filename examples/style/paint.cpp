// SPDX-License-Identifier: Apache-2.0
// Paints a photo in the style that the weights were trained for. The plan is made while the program runs, for
// the photo's size.
#include "../support/draw.hpp"
#include "../support/program.hpp"
#include "../zoo/style_transfer.hpp"

#include <lamina/plan_at_run_time.hpp>
#include <lamina/plan_for.hpp>

namespace {

/// At most `side` pixels long, sides multiples of 4, bytes as numbers.
examples::picture fitting(const examples::picture& photo, int side) {
    const double scale
        = std::min(1.0, static_cast<double>(side) / std::max(photo.width, photo.height));
    const auto whole
        = [&](int extent) { return std::max(4, static_cast<int>(extent * scale) / 4 * 4); };
    return examples::stretch(photo, whole(photo.width), whole(photo.height));
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Paints a photo in the style that the weights were trained for.");
    std::string image, weights, out, device;
    int side = 640;
    app.add_option("--image", image, "picture: PNG, JPEG or BMP")->required();
    app.add_option("--weights", weights, "fast_style_wave.safetensors, or another style's")
        ->required();
    app.add_option("--out", out, "PNG to write")->required();
    app.add_option("--side", side, "pixels of the longer side; larger photos are scaled down")
        ->check(CLI::Range(16, 4096));
    app.add_option("--device", device, "type, index or part of the name; the best one if left out");
    return examples::run_program(app, argc, argv, [&] {
        const auto photo = fitting(examples::read_picture(image), side);
        const auto chosen = examples::chosen_device(device);
        lamina::network net;
        zoo::style_transfer<>::define(net, {1, 3, photo.height, photo.width});
        lamina::check(net);
        const lamina::engine engine(lamina::plan_at_run_time(net, lamina::target_for(chosen)),
            lamina::weights::open(weights), chosen);
        const auto input = examples::to_input(photo, {0, 0, 0}, {1, 1, 1});
        const auto painting = engine.run({{"picture", input}})["painting"].values;
        examples::picture canvas = examples::blank(photo.width, photo.height);
        const std::size_t pixels = canvas.rgb.size() / 3;
        for (std::size_t i = 0; i < pixels; ++i)
            for (std::size_t c = 0; c < 3; ++c)
                canvas.rgb[i * 3 + c]
                    = static_cast<std::uint8_t>(std::lround(painting[c * pixels + i]));
        examples::write_png(out, canvas);
        const double run_ms = examples::median_ms([&] { engine.run({{"picture", input}}); }, 3);
        std::printf("%s painted to %s: %dx%d pixels in %.0f ms on %s\n", image.c_str(), out.c_str(),
            photo.width, photo.height, run_ms, engine.device_of().name().c_str());
    });
}
