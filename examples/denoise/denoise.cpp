// SPDX-License-Identifier: Apache-2.0
// Takes the noise off a photo with a U-Net, on tiles: the network's shape is the photo's, or, of a large one, that of
// each tile in turn, the last ones of other sizes. The tiles join to what the network makes of the whole photo, as each
// pixel depends on few around it.
#include "../support/draw.hpp"
#include "../support/program.hpp"
#include "../support/tiles.hpp"

#include <lamina/plan_for.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <stdexcept>
#include <string>

namespace {

constexpr lamina::tensor conv_twice(lamina::tensor x, lamina::name at, int out) {
    for (const int place : {0, 2})
        x = x
            | lamina::conv2d{at / place, {.out = out, .kernel = 3, .pad = 1, .bias = true}}
            | lamina::relu{};
    return x;
}

constexpr lamina::tensor up_twice(const lamina::tensor& x, const char* at, int out) {
    return x | lamina::conv_transpose2d{at, {.out = out, .kernel = 2, .stride = 2, .bias = true}};
}

/// Input "photo" and output "clean", both 1xHxWx3, RGB bytes. train.py has the same network.
struct denoiser {
    static constexpr int most = 1024;
    /// Each pixel depends on those that are at most 24 away: 20 by the convolutions, up to 4 by where in its 4x4 cell
    /// of the two pools it lies.
    static constexpr int reach = 24;
    static constexpr void define(lamina::network& net) {
        const int height = net.dim("height", {.min = 32, .opt = 256, .max = most, .step = 4});
        const int width = net.dim("width", {.min = 32, .opt = 256, .max = most, .step = 4});
        const lamina::tensor photo = net.input("photo", lamina::u8, {1, height, width, 3})
            | lamina::channels_first{}
            | lamina::normalize_picture{{.scale = 1.f / 255}};
        const lamina::max_pool halves{{.kernel = 2, .stride = 2}};
        const lamina::tensor fine = conv_twice(photo, "down0", 16);
        const lamina::tensor coarse = conv_twice(fine | halves, "down1", 32);
        lamina::tensor x = conv_twice(coarse | halves, "middle", 48);
        x = conv_twice(lamina::concat({coarse, up_twice(x, "up1", 32)}), "join1", 32);
        x = conv_twice(lamina::concat({fine, up_twice(x, "up0", 16)}), "join0", 16);
        const lamina::tensor noise
            = x | lamina::conv2d{"head", {.out = 3, .kernel = 1, .bias = true}};
        const lamina::tensor clean = (photo - noise) * 255.f
            | lamina::clamp{0, 255}
            | lamina::permute{{0, 2, 3, 1}}
            | lamina::round{};
        net.output("clean", cast(clean, lamina::u8));
    }
};

/// Normal noise of this deviation, of 255, the same in each run.
examples::picture with_noise(const examples::picture& photo, double deviation) {
    examples::picture out = photo;
    std::mt19937 source(7);
    const auto uniform = [&] { return (source() + 1.0) / 4294967297.0; };
    for (std::uint8_t& value : out.rgb) {
        // Box and Muller; std::normal_distribution is another one in each library.
        const double normal
            = std::sqrt(-2 * std::log(uniform())) * std::cos(6.283185307179586 * uniform());
        value = static_cast<std::uint8_t>(
            std::clamp(std::lround(value + deviation * normal), 0L, 255L));
    }
    return out;
}

/// The ratio of peak to noise, in decibels.
double psnr(const examples::picture& found, const examples::picture& wanted) {
    double squares = 0;
    for (std::size_t i = 0; i < found.rgb.size(); ++i)
        squares += std::pow(found.rgb[i] - wanted.rgb[i], 2);
    return 10 * std::log10(255 * 255 * static_cast<double>(found.rgb.size()) / squares);
}

// [tiles]
examples::picture cleaned(
    lamina::context& run, const examples::picture& photo, const examples::tiling& how) {
    examples::joined_tiles joined(photo.width, photo.height, how);
    for (const examples::tile& t : examples::tiles_of(photo.width, photo.height, how)) {
        const examples::picture part = examples::cut(photo, t.left, t.top, t.width, t.height);
        run.set_input("photo", part.rgb, {1, t.height, t.width, 3}).run();
        joined.add(t, run.get<std::uint8_t>("clean"));
    }
    examples::picture out = examples::blank(photo.width, photo.height);
    std::ranges::transform(joined.values(), out.rgb.begin(),
        [](float value) { return static_cast<std::uint8_t>(std::lround(value)); });
    return out;
}
// [/tiles]

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Takes the noise off a photo with a U-Net, in tiles.");
    std::string image, weights = EXAMPLE_DIR "/denoiser.safetensors", out, device;
    int tile = 256;
    double noise = 25;
    bool compare = false, times = false;
    app.add_option("--image", image, "picture: PNG, JPEG or BMP")->required();
    app.add_option("--out", out, "PNG to write: the photo that the network sees, and what it gives")
        ->required();
    app.add_option("--noise", noise,
           "deviation of the noise that the photo is given first, of 255; 0: it has its own")
        ->check(CLI::Range(0., 100.));
    app.add_option("--weights", weights, "what train.py wrote");
    app.add_option("--tile", tile, "pixels of a tile's sides")
        ->check(CLI::Range(192, denoiser::most));
    app.add_flag("--compare", compare,
        "say how far the tiles are from the whole photo in one run, and fail if by more than 1");
    app.add_flag("--time", times, "say how long it takes");
    app.add_option("--device", device, "type, index or part of the name; the best one if left out");
    return examples::run_program(app, argc, argv, [&] {
        examples::picture photo = examples::read_picture(image);
        photo = examples::cut(photo, 0, 0, photo.width / 4 * 4, photo.height / 4 * 4);
        if (compare && std::max(photo.width, photo.height) > denoiser::most)
            throw lamina::error(lamina::errc::option, "--compare",
                "takes the whole photo in one run, which " + std::to_string(photo.width) + " x "
                    + std::to_string(photo.height)
                    + " pixels are too large for; give one of at most "
                    + std::to_string(denoiser::most) + " on each side");
        const examples::picture noisy = with_noise(photo, noise);
        const auto chosen = examples::chosen_device(device);
        const lamina::engine engine(lamina::plan_for<denoiser>(chosen),
            lamina::weights::open(weights), chosen, {.reserve_arena = false});
        lamina::context context = engine.make_context();
        const examples::tiling how{.side = tile / 4 * 4, .overlap = 64, .margin = denoiser::reach};
        const examples::picture clean = cleaned(context, noisy, how);
        examples::picture both = examples::blank(2 * photo.width, photo.height);
        for (int y = 0; y < photo.height; ++y) {
            std::copy_n(noisy.at(0, y), 3 * photo.width, both.at(0, y));
            std::copy_n(clean.at(0, y), 3 * photo.width, both.at(photo.width, y));
        }
        examples::write_png(out, both);
        std::printf("%dx%d pixels, tiles: %zu\n", photo.width, photo.height,
            examples::tiles_of(photo.width, photo.height, how).size());
        if (noise > 0)
            std::printf("from the photo without noise: %.1f dB before, %.1f dB after\n",
                psnr(noisy, photo), psnr(clean, photo));
        if (compare) {
            const examples::tiling one{.side = denoiser::most};
            const examples::picture whole = cleaned(context, noisy, one);
            int most = 0;
            for (std::size_t i = 0; i < whole.rgb.size(); ++i)
                most = std::max(most, std::abs(int{whole.rgb[i]} - int{clean.rgb[i]}));
            std::printf("from the whole photo in one run: at most %d of 255\n", most);
            if (most > 1)  // sums of another order, rounded
                throw std::runtime_error("the tiles are up to " + std::to_string(most)
                    + " of 255 from the whole photo, and rounding makes 1");
        }
        if (times)
            std::printf("%.0f ms on %s\n",
                examples::median_ms([&] { cleaned(context, noisy, how); }, 3),
                engine.device_of().name().c_str());
    });
}
