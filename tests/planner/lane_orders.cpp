// SPDX-License-Identifier: Apache-2.0
// Slices and shuffles of blocked channels as views: each against a plain list of lanes, and the copies that
// networks are spared.
#include "support/planned.hpp"
#include "support/random.hpp"

#include <lamina/planner/lane_orders.hpp>

#include <doctest/doctest.h>

#include <numeric>

using namespace lamina_test;
using namespace lamina::planner;

namespace {

constexpr int block = 16;

/// Element of the storage at which a channel's pixel lies.
std::int64_t place_of(const view& v, int channel) {
    const int lane = v.shift + v.lanes.of(channel);
    return v.offset + lane / block * v.lay.stride[1] + lane % block;
}

view blocked_view(int channels) {
    view v;
    v.dims = {1, channels, 3, 5};
    v.lay = channels_blocked(v.dims, block);
    return v;
}

int copies_in(network& net) {
    int copies = 0;
    for (const std::string& step : steps_of(planned(net, cpu))) copies += step == "reformat";
    return copies;
}

tensor picture(network& net, int channels) {
    return net.input("x", {2, 3, 9, 7}) | conv2d{"stem", {.out = channels, .kernel = 3}} | relu{};
}

}  // namespace

TEST_CASE("lane orders: slices and shuffles of views lie where a list of channels has them") {
    random_source random("lane orders");
    int expressed = 0, refused = 0;
    for (int round = 0; round < 2000; ++round) {
        const int channels = 2 * random.integer(2, 60);
        view v = blocked_view(channels);
        std::vector<std::int64_t> places;
        for (int i = 0; i < channels; ++i) places.push_back(place_of(v, i));
        if (channels % 4 == 0 && random.integer(0, 1)) {  // as a concat with gaps
            const int width = channels / 4, pitch = (width + block - 1) / block * block;
            v.lanes = {width, pitch, 1};
            v.clean = false;
            for (int i = 0; i < channels; ++i) places[static_cast<std::size_t>(i)] = place_of(v, i);
        }
        for (int depth = 0; depth < 3; ++depth) {
            const int count = v.dims.c;
            std::vector<std::int64_t> wanted;
            view next;
            bool has_order = false;
            if (random.integer(0, 1)) {
                const int groups = random.integer(1, count);
                if (count % groups) continue;
                for (int i = 0; i < count; ++i)
                    wanted.push_back(places[static_cast<std::size_t>(
                        i % groups * (count / groups) + i / groups)]);
                has_order = shuffle_lanes(v, groups, next);
            } else {
                const int start = random.integer(0, count - 1), step = random.integer(1, 3);
                const int taken = random.integer(1, (count - 1 - start) / step + 1);
                for (int i = 0; i < taken; ++i)
                    wanted.push_back(places[static_cast<std::size_t>(start + i * step)]);
                has_order = slice_lanes(v, start, taken, step, next);
            }
            (has_order ? expressed : refused) += 1;
            if (!has_order) break;
            REQUIRE(next.dims.c == static_cast<int>(wanted.size()));
            CHECK(next.shift < block);
            int last = 0;
            for (int i = 0; i < next.dims.c; ++i) {
                CHECK(place_of(next, i) == wanted[static_cast<std::size_t>(i)]);
                last = std::max(last, next.shift + next.lanes.of(i));
            }
            CHECK(last_lane(next) == last);
            v = next;
            places = wanted;
        }
    }
    CHECK(expressed > 1000);
    CHECK(refused > 100);
}

TEST_CASE(
    "lane orders: every other channel and shuffled ones are read by 1x1 convolutions as they lie") {
    network net;
    const tensor x = picture(net, 60);
    const auto one = [&](const char* at, const tensor& t) {
        net.output(at, t | conv2d{at, {.out = 48}} | global_avg_pool{});
    };
    one("even", x | slice{1, {.start = 0, .step = 2}});
    one("odd", x | slice{1, {.start = 1, .step = 2}});
    one("tail", x | slice{1, {.start = 21}});
    const auto halves = chunk<2>(x | channel_shuffle{2}, 1);
    one("first", halves[0]);
    one("second", halves[1] | slice{1, {.start = 0, .stop = 20}});
    one("twice", x | channel_shuffle{2} | channel_shuffle{30});
    one("every other pixel",
        x | slice{2, {.start = 1, .step = 2}} | slice{3, {.start = 0, .step = 2}});
    CHECK(copies_in(net) == 0);
    const planner::module m = planned(net, cpu);
    for (const std::string& family : families_of(m)) CHECK(family != "conv_any");
}

TEST_CASE("lane orders: other kernels get one copy, and narrow storage does") {
    network net;
    const tensor x = picture(net, 64) | channel_shuffle{2};
    net.output("y", x | conv2d{"a", {.out = 64, .kernel = 3, .groups = 64}} | global_avg_pool{});
    net.output("z", x | max_pool{{.kernel = 2}} | global_avg_pool{});
    CHECK(copies_in(net) == 1);
    for (const std::string& family : families_of(planned(net, cpu)))
        CHECK(family != "pointwise");  // which would copy element by element
}

TEST_CASE("lane orders: a concat of widths that fill no block is written in place, with gaps") {
    network net;
    const tensor x = picture(net, 32);
    const auto part
        = [&](const char* at) { return x | conv2d{at, {.out = 26, .kernel = 3}} | relu{}; };
    const tensor all = concat({part("a"), part("b"), part("c")});
    net.output("y", all | conv2d{"d", {.out = 32}} | global_avg_pool{});
    const tensor first = all | slice{1, {.start = 0, .stop = 26}};
    net.output("z", first | conv2d{"e", {.out = 16, .kernel = 3}} | global_avg_pool{});
    CHECK(copies_in(net)
        == 0);  // nor does the slice copy, as it begins and ends where a's channels do
}

TEST_CASE("lane orders: a concat that other kernels read has no gaps") {
    network net;
    const tensor x = picture(net, 32);
    const auto part
        = [&](const char* at) { return x | conv2d{at, {.out = 26, .kernel = 3}} | relu{}; };
    const tensor all = concat({part("a"), part("b")});
    net.output("y", all | max_pool{{.kernel = 2}} | global_avg_pool{});
    for (const planner::step& s : planned(net, cpu).steps)
        for (const view& v : s.inputs) CHECK(v.lanes.is_plain());
}

TEST_CASE(
    "lane orders: a block of ShuffleNetV2 copies the half that it passes on, and nothing else") {
    network net;
    tensor x = picture(net, 58);
    x = concat({x, x | conv2d{"b", {.out = 58}}}) | channel_shuffle{2};
    for (int i = 0; i < 3; ++i) {
        const auto halves = chunk<2>(x, 1);
        tensor y = halves[1] | conv2d{name("a", i), {.out = 58}} | relu{};
        y = y | conv2d{name("d", i), {.out = 58, .kernel = 3, .pad = 1, .groups = 58}};
        y = y | conv2d{name("c", i), {.out = 58}} | relu{};
        x = concat({halves[0], y}) | channel_shuffle{2};
    }
    net.output("y", x | conv2d{"last", {.out = 32}} | global_avg_pool{});
    CHECK(copies_in(net) == 3);
}
