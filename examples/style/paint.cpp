// SPDX-License-Identifier: Apache-2.0
// Paints a photo in the style that the weights were trained for. The plan is made while the program runs, for
// the photo's size; bytes go in, and bytes come out.
#include "../support/draw.hpp"
#include "../support/program.hpp"
#include "../zoo/style_transfer.hpp"

#include <lamina/plan_at_run_time.hpp>
#include <lamina/plan_for.hpp>

namespace {

/// Input "photo" 1xHxWx3, output "painting" 1xhxwx3, both RGB bytes; at most `side` pixels long, h and w are
/// multiples of 4.
lamina::network painter(int height, int width, int side) {
    const double scale = std::min(1.0, static_cast<double>(side) / std::max(width, height));
    const auto whole
        = [&](int extent) { return std::max(4, static_cast<int>(extent * scale) / 4 * 4); };
    lamina::network net;
    const lamina::tensor photo = net.input("photo", lamina::u8, {1, height, width, 3})
        | lamina::letterbox{{.size = {whole(height), whole(width)}, .stretch = true}}
        | lamina::channels_first{}
        | lamina::normalize_picture{{.scale = 1}};
    const lamina::tensor painting
        = zoo::style_transfer<>::painted(photo) | lamina::permute{{0, 2, 3, 1}} | lamina::round{};
    net.output("painting", cast(painting, lamina::u8));
    lamina::check(net);
    return net;
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
        const auto photo = examples::read_picture(image);
        const auto chosen = examples::chosen_device(device);
        const lamina::engine engine(
            lamina::plan_at_run_time(
                painter(photo.height, photo.width, side), lamina::target_for(chosen)),
            lamina::weights::open(weights), chosen);
        lamina::context context = engine.make_context();
        context.set_input("photo", photo.rgb);
        context.run();
        const lamina::shape& dims = engine.output("painting").dims;
        const auto painting = context.get<std::uint8_t>("painting");
        const examples::picture canvas{dims[2], dims[1], {painting.begin(), painting.end()}};
        examples::write_png(out, canvas);
        const double run_ms = examples::median_ms([&] { context.run(); }, 3);
        std::printf("%s painted to %s: %dx%d pixels in %.0f ms on %s\n", image.c_str(), out.c_str(),
            canvas.width, canvas.height, run_ms, engine.device_of().name().c_str());
    });
}
