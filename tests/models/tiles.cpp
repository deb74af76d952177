// SPDX-License-Identifier: Apache-2.0
// Pictures in tiles (examples/support/tiles.hpp): a network whose shape changes with the tile, joined to what it gives
// of the whole picture.
#include "examples/support/tiles.hpp"
#include "examples/zoo/changing.hpp"
#include "examples/zoo/unet.hpp"
#include "support/near.hpp"
#include "support/planned_shapes.hpp"
#include "support/random.hpp"
#include "support/random_weights.hpp"

#include <lamina/plan_for.hpp>
#include <lamina/run.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <span>
#include <vector>

using namespace lamina_test;
using namespace lamina;

namespace {

/// Each pixel depends on those that are at most 5 away.
struct filters {
    static constexpr void define(network& net) {
        const int height = net.dim("height", {.min = 8, .opt = 32, .max = 96, .step = 4});
        const int width = net.dim("width", {.min = 8, .opt = 32, .max = 96, .step = 4});
        auto x = net.input("picture", {1, height, width, 3}) | channels_first{};
        x = x | conv2d{"a", {.out = 8, .kernel = 5, .pad = 2}} | relu{};
        x = x | conv2d{"b", {.out = 8, .kernel = 3, .pad = 1}} | relu{};
        x = x | conv2d{"c", {.out = 3, .kernel = 5, .pad = 2}};
        net.output("filtered", x | permute{{0, 2, 3, 1}});
    }
};

/// A narrow U-Net. Each pixel depends on those that are at most 92 away by its convolutions, and 15 more by which of 16
/// its pools begin at.
using narrow_unet = zoo::changing<zoo::unet<1, 304, 4>,
    zoo::changes{.height = {.min = 256, .opt = 304, .max = 400, .step = 16},
        .width = {.min = 256, .opt = 304, .max = 400, .step = 16}}>;

/// Planes of `channels` as pixels.
std::vector<float> as_pixels(std::span<const float> planes, std::size_t channels) {
    std::vector<float> out;
    const std::size_t pixels = planes.size() / channels;
    for (std::size_t i = 0; i < planes.size(); ++i)
        out.push_back(planes[i % channels * pixels + i / channels]);
    return out;
}

}  // namespace

TEST_CASE("tiles cover a picture, all of one size but the last ones") {
    random_source random("tiles");
    for (int round = 0; round < 50; ++round) {
        const examples::tiling how{4 * random.integer(6, 16), 4 * random.integer(1, 2), 1};
        const int width = 4 * random.integer(1, 60), height = 4 * random.integer(1, 60);
        CAPTURE(how.side);
        CAPTURE(how.overlap);
        CAPTURE(width);
        CAPTURE(height);
        std::vector<int> counts(static_cast<std::size_t>(width * height));
        for (const examples::tile& t : examples::tiles_of(width, height, how)) {
            CHECK(t.width % 4 == 0);
            CHECK(t.height % 4 == 0);
            REQUIRE(t.left + t.width <= width);
            REQUIRE(t.top + t.height <= height);
            CHECK((t.width == how.side || t.left + t.width == width));
            CHECK((t.height == how.side || t.top + t.height == height));
            CHECK((t.left == 0 || t.width > how.overlap));
            CHECK((t.top == 0 || t.height > how.overlap));
            for (int y = t.top; y < t.top + t.height; ++y)
                for (int x = t.left; x < t.left + t.width; ++x)
                    ++counts[static_cast<std::size_t>(y * width + x)];
        }
        CHECK(*std::ranges::min_element(counts) >= 1);
    }
}

TEST_CASE("a picture in tiles is what the network makes of the whole one") {
    random_source random("tiles, joined");
    network net;
    filters::define(net);
    const random_weights file(net, random);
    const planned_shapes<filters> planned(target_for(device::best()));
    const engine engine(planned, file.opened());
    const int width = 4 * random.integer(13, 24), height = 4 * random.integer(13, 24);
    CAPTURE(width);
    CAPTURE(height);
    const std::vector<float> picture
        = random.numbers(static_cast<std::size_t>(3 * width * height), -1, 1);
    context run = engine.make_context();
    run.set_input("picture", picture, {1, height, width, 3}).run();
    const auto whole = run.get("filtered");
    const std::vector<float> wanted(whole.begin(), whole.end());

    const examples::tiling how{.side = 40, .overlap = 16, .margin = 6};
    examples::joined_tiles joined(width, height, how);
    for (const examples::tile& t : examples::tiles_of(width, height, how)) {
        std::vector<float> part;
        for (int y = t.top; y < t.top + t.height; ++y) {
            const auto row = picture.begin() + 3 * (y * width + t.left);
            part.insert(part.end(), row, row + 3 * t.width);
        }
        run.set_input("picture", part, {1, t.height, t.width, 3}).run();
        joined.add(t, run.get("filtered"));
    }
    const difference off = near(joined.values(), wanted, 1e-5);
    CHECK_MESSAGE(off.is_near, off.what);
}

TEST_CASE("a U-Net on tiles finds the classes that it finds on the whole picture") {
    random_source random("tiles, U-Net");
    network net;
    narrow_unet::define(net);
    const random_weights file(net, random);
    const planned_shapes<narrow_unet> planned(target_for(device::best()));
    const engine engine(planned, file.opened());
    const int width = 400, height = 16 * random.integer(18, 25);
    CAPTURE(height);
    const std::vector<float> planes
        = random.numbers(static_cast<std::size_t>(3 * width * height), -1, 1);
    context run = engine.make_context();
    run.set_input("image", planes, {1, 3, height, width}).run();
    const std::vector<float> wanted = as_pixels(run.get("classes"), 2);

    const examples::tiling how{.side = 304, .overlap = 240, .margin = 112};
    examples::joined_tiles joined(width, height, how, 2);
    for (const examples::tile& t : examples::tiles_of(width, height, how)) {
        std::vector<float> part;
        for (int plane = 0; plane < 3; ++plane)
            for (int y = t.top; y < t.top + t.height; ++y) {
                const auto row = planes.begin() + (plane * height + y) * width + t.left;
                part.insert(part.end(), row, row + t.width);
            }
        run.set_input("image", part, {1, 3, t.height, t.width}).run();
        joined.add(t, as_pixels(run.get("classes"), 2));
    }
    const difference off = near(joined.values(), wanted, 1e-5);
    CHECK_MESSAGE(off.is_near, off.what);
}
