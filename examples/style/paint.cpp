// SPDX-License-Identifier: Apache-2.0
// Paints a photo in the style that the weights were trained for. The network's shape is the photo's, or, of a large
// one, that of each tile in turn, so that memory does not grow with the photo; bytes go in, and bytes come out.
#include "../support/draw.hpp"
#include "../support/program.hpp"
#include "../support/tiles.hpp"
#include "../zoo/style_transfer.hpp"

#include <lamina/plan_for.hpp>

namespace {

/// Input "photo" and output "painting", both 1xHxWx3, RGB bytes.
struct painter {
    static constexpr int most = 640;
    static constexpr void define(lamina::network& net) {
        const int height = net.dim("height", {.min = 16, .opt = 256, .max = most, .step = 4});
        const int width = net.dim("width", {.min = 16, .opt = 256, .max = most, .step = 4});
        const lamina::tensor photo = net.input("photo", lamina::u8, {1, height, width, 3})
            | lamina::channels_first{}
            | lamina::normalize_picture{{.scale = 1}};
        const lamina::tensor painting = zoo::style_transfer<>::painted(photo)
            | lamina::permute{{0, 2, 3, 1}}
            | lamina::round{};
        net.output("painting", cast(painting, lamina::u8));
    }
};

/// The photo with sides that are multiples of 4, the longer one at most `side` pixels.
examples::picture prepared(const examples::picture& photo, int side) {
    const double scale
        = std::min(1.0, static_cast<double>(side) / std::max(photo.width, photo.height));
    const auto whole
        = [&](int extent) { return std::max(16, static_cast<int>(extent * scale) / 4 * 4); };
    return examples::stretch(photo, whole(photo.width), whole(photo.height));
}

// [tiles]
examples::picture painted(
    lamina::context& run, const examples::picture& photo, const examples::tiling& how) {
    examples::joined_tiles joined(photo.width, photo.height, how);
    for (const examples::tile& t : examples::tiles_of(photo.width, photo.height, how)) {
        const examples::picture part = examples::cut(photo, t.left, t.top, t.width, t.height);
        run.set_input("photo", part.rgb, {1, t.height, t.width, 3}).run();
        joined.add(t, run.get<std::uint8_t>("painting"));
    }
    examples::picture out = examples::blank(photo.width, photo.height);
    std::ranges::transform(joined.values(), out.rgb.begin(),
        [](float value) { return static_cast<std::uint8_t>(std::lround(value)); });
    return out;
}
// [/tiles]

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Paints a photo in the style that the weights were trained for.");
    std::string image, weights, out, device;
    int side = 640, tile = painter::most;
    app.add_option("--image", image, "picture: PNG, JPEG or BMP")->required();
    app.add_option("--weights", weights, "fast_style_wave.safetensors, or another style's")
        ->required();
    app.add_option("--out", out, "PNG to write")->required();
    app.add_option("--side", side, "pixels of the longer side; larger photos are scaled down")
        ->check(CLI::Range(16, 16384));
    app.add_option("--tile", tile,
           "pixels of a tile's sides; a photo that is not larger is painted at once")
        ->check(CLI::Range(192, painter::most));
    app.add_option("--device", device, "type, index or part of the name; the best one if left out");
    return examples::run_program(app, argc, argv, [&] {
        const auto photo = prepared(examples::read_picture(image), side);
        const auto chosen = examples::chosen_device(device);
        const lamina::engine engine(lamina::plan_for<painter>(chosen),
            lamina::weights::open(weights), chosen, {.reserve_arena = false});
        lamina::context context = engine.make_context();
        const examples::tiling how{.side = tile / 4 * 4, .overlap = 64, .margin = 16};
        const examples::picture canvas = painted(context, photo, how);
        examples::write_png(out, canvas);
        const double run_ms = examples::median_ms([&] { painted(context, photo, how); }, 3);
        std::printf("%s painted to %s: %dx%d pixels, tiles: %zu, in %.0f ms on %s\n", image.c_str(),
            out.c_str(), canvas.width, canvas.height,
            examples::tiles_of(canvas.width, canvas.height, how).size(), run_ms,
            engine.device_of().name().c_str());
    });
}
