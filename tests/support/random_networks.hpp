// SPDX-License-Identifier: Apache-2.0
// Random networks without a mistake: any layer behind any other whose shape it can take, branches,
// joins, several inputs and outputs. For tests of the planner and of what runs its plans.
#pragma once
#include "random.hpp"

#include <lamina/define.hpp>

#include <vector>

namespace lamina_test {

/// Builds one network; the same source builds the same one.
class network_generator {
public:
    network_generator(lamina::network& net, random_source& random) : net_(net), random_(random) {}

    void build(int layers) {
        const int size = 4 * below(5) + 4;
        pool_.push_back(net_.input("image", {1 + below(2), pick({1, 3, 16, 20}), size, size}));
        if (below(4) == 0)
            pool_.push_back(net_.input(
                "volume", {1 + below(2), pick({1, 3, 16, 20}), 1 + below(4), size / 2, size / 2}));
        if (below(3) == 0) pool_.push_back(net_.input("rows", {pick({1, 2, 6}), 8 + 8 * below(4)}));
        if (below(4) == 0)
            pool_.push_back(net_.input("tokens", {1, 5}, lamina::dtype::i32)
                | lamina::embedding{"words", {.rows = 9, .width = 24}});
        for (int i = 0; i < layers; ++i) {
            const lamina::tensor x = recent();
            const lamina::name at("layer", i);
            const lamina::tensor y
                = x.dims.rank == 4 && below(4) ? image_layer(x, at) : any_layer(x, at);
            if (y.dims.count() <= 200000) pool_.push_back(y);
        }
        bind_outputs();
    }

private:
    lamina::network& net_;
    random_source& random_;
    std::vector<lamina::tensor> pool_;

    int below(int count) { return random_.integer(0, count - 1); }
    int pick(std::initializer_list<int> from) {
        return from.begin()[below(static_cast<int>(from.size()))];
    }
    /// Mostly the last ones, so that chains grow long.
    lamina::tensor recent() {
        const int count = static_cast<int>(pool_.size());
        return pool_[static_cast<std::size_t>(
            below(3) ? count - 1 - below(count < 3 ? count : 3) : below(count))];
    }
    int channels() { return pick({1, 3, 8, 16, 24, 32, 48, 7}); }
    /// A divisor of the channels, mostly all of them.
    int groups_of(int channels) {
        const int groups = below(2) ? channels : 1 + below(channels);
        return channels % groups ? channels : groups;
    }

    lamina::tensor image_layer(const lamina::tensor& x, const lamina::name& at) {
        using namespace lamina;
        const int h = x.dims.h < x.dims.w ? x.dims.h : x.dims.w;
        const int kernel = h >= 3 ? pick({1, 3}) : 1;
        if (below(10) == 0) return box_layer(x);
        switch (below(16)) {
        case 0:
        case 1:
            return x
                | conv2d{at,
                    {.out = channels(),
                        .kernel = kernel,
                        .stride = 1 + below(2),
                        .pad = kernel / 2,
                        .bias = below(2) == 0}};
        case 2:
            return (x
                | conv2d{at, {.out = channels(), .kernel = kernel, .pad = same}}
                | batch_norm{at / "bn"}
                | relu{});
        case 3:
            return (x
                | conv2d{at,
                    {.out = x.dims.c, .kernel = kernel, .pad = same, .groups = groups_of(x.dims.c)}}
                | batch_norm{at / "bn"}
                | relu6{});
        case 4:
            if (h > 16) return x | max_pool{{.kernel = 2}};
            return x | conv_transpose2d{at, {.out = channels(), .kernel = 2, .stride = 2}};
        case 5:
            return x | max_pool{{.kernel = kernel, .stride = 1 + below(2), .pad = kernel / 2}};
        case 6:
            return x | avg_pool{{.kernel = kernel, .stride = 1, .pad = kernel / 2}};
        case 7:
            if (h > 16) return x | avg_pool{{.kernel = 2}};
            return x
                | resize{
                    {.scale = 2, .mode = below(2) ? nearest : bilinear, .coordinates = half_pixel}};
        case 8: {
            const tensor y = x
                | conv2d{at, {.out = x.dims.c, .kernel = kernel, .pad = same}}
                | batch_norm{at / "bn"};
            return (x + y) | relu{};
        }
        case 9: {
            const tensor y = x | conv2d{at, {.out = channels()}} | silu{};
            const tensor z
                = x | conv2d{at / "z", {.out = channels(), .kernel = kernel, .pad = same}};
            return below(2) ? concat({x, y, z}) : concat({y, z, y});
        }
        case 10: {
            const tensor gate = x | global_avg_pool{} | conv2d{at, {.out = x.dims.c}} | sigmoid{};
            return x * gate;
        }
        case 11:
            if (x.dims.c < 4) return x | batch_norm{at};
            if (below(2)) return x | slice{1, {.start = below(2), .step = 1 + below(3)}};
            return x | channel_shuffle{groups_of(x.dims.c)};
        case 12:
            return x.dims.c % 4 == 0 ? x | pixel_shuffle{2} : x | prelu{at, {.count = x.dims.c}};
        case 13:
            return x | pad{{.top = 1, .left = below(2), .bottom = 1, .mode = replicate}};
        case 14:
            return x | group_norm{at, 1};
        default:
            return x | instance_norm{at};
        }
    }

    /// Images read at places, boxes cut out, boxes chosen, pictures.
    lamina::tensor box_layer(const lamina::tensor& x) {
        using namespace lamina;
        const int n = x.dims.n, c = x.dims.c, size = 1 + below(6);
        const auto numbers = [&](int count) {
            std::vector<float> out;
            for (int i = 0; i < count; ++i) out.push_back(random_.number());
            return out;
        };
        const pair to{size, 1 + below(5)};
        switch (below(4)) {
        case 0:
            return grid_sample(x,
                net_.constant(numbers(n * 6), {n, 2, 3}) | affine_grid{{.size = to}},
                {.mode = below(2) ? bilinear : bicubic,
                    .outside = static_cast<outside_mode>(below(3)),
                    .align_corners = below(2) == 0});
        case 1: {
            std::vector<float> boxes = numbers(n * 12);
            for (std::size_t i = 0; i < boxes.size(); ++i)
                boxes[i] = (boxes[i] + (i % 4 < 2 ? 0.0f : 2.0f)) * static_cast<float>(x.dims.h);
            return roi_align(x, net_.constant(boxes, {n, 3, 4}),
                {.size = to,
                    .spatial_scale = 0.5f,
                    .sampling_ratio = below(3),
                    .aligned = below(2) == 0});
        }
        case 2: {
            // Squares that are the same or apart: rounded corners do not decide what suppresses what.
            std::vector<float> boxes;
            for (int i = 0; i < n * c; ++i) {
                const auto left = static_cast<float>(below(3)), top = static_cast<float>(below(3));
                for (const float at : {left, top, left + 1, top + 1}) boxes.push_back(at);
            }
            // What 16 bits hold, all different: of computed scores the order may be another on a device.
            std::vector<float> scores;
            for (int i = 0; i < n * c; ++i)
                scores.push_back(static_cast<float>(1 + 7 * i % 64) / 64);
            return nms(net_.constant(boxes, {n, c, 4}), net_.constant(scores, {n, c}),
                {.most = 1 + below(9), .iou = 0.42f})
                .scores;
        }
        default: {
            if (c > 4) return x | slice{1, {.stop = 3}};
            const tensor y = x
                | letterbox{{.size = to,
                    .pad = 0.5f,
                    .stretch = below(2) == 0 || x.dims.h != x.dims.w,
                    .axis = channel_axis::first}};
            return below(2) ? y : y | normalize_picture{{.mean = 0.25f, .scale = 2}};
        }
        }
    }

    lamina::tensor sequence_layer(const lamina::tensor& x, const lamina::name& at) {
        using namespace lamina;
        const int kernel = 1 + below(4), c = x.dims.c;
        switch (below(7)) {
        case 0:
            return x
                | conv1d{at, {.out = channels(), .kernel = kernel, .pad = kernel / 2}}
            | relu{};
        case 1:
            return x
                | conv1d{at,
                    {.out = channels(), .kernel = kernel, .stride = 2, .pad = same, .bias = true}};
        case 2:
            return x
                | conv1d{at, {.out = c, .kernel = 3, .pad = same, .groups = c}}
            | batch_norm{at / "bn"}
            | silu{};
        case 3:
            return (x + (x | conv1d{at, {.out = c, .kernel = 3, .pad = same, .dilation = 2}}))
                | group_norm{at / "norm", 1};
        case 4:
            return x | conv_transpose1d{at, {.out = channels(), .kernel = kernel, .stride = 2}};
        case 5:
            return x | max_pool1d{{.kernel = kernel, .stride = 1, .pad = kernel / 2}};
        default:
            return x | adaptive_avg_pool1d{1 + below(5)};
        }
    }

    lamina::tensor volume_layer(const lamina::tensor& x, const lamina::name& at) {
        using namespace lamina;
        const int c = x.dims.c;
        const int least = x.dims.h < x.dims.w ? x.dims.h : x.dims.w;
        const int kernel = (least < x.dims.d4 ? least : x.dims.d4) >= 3 ? 3 : 1;
        switch (below(8)) {
        case 0:
            return x
                | conv3d{at, {.out = channels(), .kernel = kernel, .pad = kernel / 2, .bias = true}}
            | relu{};
        case 1:
            return x
                | conv3d{at,
                    {.out = channels(), .kernel = kernel, .stride = {1, 2, 2}, .pad = same}}
            | batch_norm{at / "bn"};
        case 2:
            return (x | conv3d{at, {.out = c, .kernel = {1, 3, 3}, .pad = same}}) + x;
        case 3:
            return x
                | conv3d{at, {.out = c, .kernel = {3, 1, 3}, .pad = same, .groups = c}}
            | silu{};
        case 4:
            return x
                | conv_transpose3d{
                    at, {.out = channels(), .kernel = {1, 2, 2}, .stride = {1, 2, 2}}};
        case 5:
            return x | max_pool3d{{.kernel = kernel, .stride = {2, 1, 1}, .pad = kernel / 2}};
        case 6:
            return x
                | avg_pool3d{{.kernel = {1, kernel, kernel}, .stride = 1, .pad = {0, 1, 1}}}
            | instance_norm{at};
        default:
            return x * (x | global_avg_pool{} | conv3d{at, {.out = c}} | sigmoid{});
        }
    }

    /// A scalar goes its own way, or stretches to something that is there.
    lamina::tensor scalar_layer(const lamina::tensor& x) {
        using namespace lamina;
        const tensor other = recent();
        switch (below(4)) {
        case 0:
            return x | unsqueeze{0};
        case 1:
            return x | lamina::tanh{} | reshape{{1, 1}};
        case 2:
            return x | reduce_sum{};
        default:
            return other.type == x.type ? other * (x | sigmoid{}) : x | relu{};
        }
    }

    /// Elements moved by indices, running sums, order.
    lamina::tensor index_layer(const lamina::tensor& x, int axis) {
        using namespace lamina;
        const int extent = x.dims[axis];
        switch (below(10)) {
        case 0:
            return gather(x, net_.constant({0, extent - 1, extent / 2}), axis);
        case 1: {
            // Not the order of x itself: where rounding decides it, no error bound holds.
            if (extent > 1000) return x | flip{axis};
            std::vector<int> numbers;
            for (int i = 0; i < extent; ++i) numbers.push_back((7 * i + extent / 3) % extent);
            shape along;
            for (int i = 0; i < x.dims.rank; ++i) along.push(i == axis ? extent : 1);
            const tensor order = net_.constant(numbers, along) | expand{x.dims};
            return below(2) ? gather_elements(x, order, axis)
                            : scatter_elements(x, order, x, {.axis = axis});
        }
        case 2:
            return gather_nd(x, net_.constant({0, -1}, {2, 1}));
        case 3: {
            const tensor rows = net_.constant({extent / 2, 0});
            return scatter(x, rows, gather(x, rows, axis) * 2.f,
                {.axis = axis, .reduce = static_cast<combine_kind>(below(5))});
        }
        case 4:
            return x | roll{below(5) - 2, axis};
        case 5:
            return x | cumsum{axis, {.exclusive = below(2) == 0, .reverse = below(2) == 0}};
        case 6:
            return x.dims.rank < 6 ? x | repeat_interleave{2, axis} : x | tile{2};
        case 7:
            return x.dims.rank < 2 ? x | tile{2} : x | tril{below(3) - 1};
        case 8:
            return (x | sort{.axis = axis}).values;
        default:
            return x.dims.rank < 6 ? stack({x, x | relu{}}, axis) : x | roll{1, axis};
        }
    }

    /// Now and then with weights of 4 or 8 bits.
    lamina::tensor linear_layer(const lamina::tensor& x, const lamina::name& at) {
        const lamina::tensor y = x | lamina::linear{at, {.out = channels(), .bias = below(2) == 0}};
        if (below(3) == 0)
            net_.quantize_weights(at.view(),
                {.bits = pick({4, 8}),
                    .group = pick({16, 24, 32, 128}),
                    .zero_points = below(2) == 0});
        return y;
    }

    lamina::tensor any_layer(const lamina::tensor& x, const lamina::name& at) {
        using namespace lamina;
        if (x.dims.rank == 0) return scalar_layer(x);
        const int axis = below(x.dims.rank), last = x.dims[x.dims.rank - 1];
        if (below(6) == 0) return index_layer(x, axis);
        if (x.dims.rank == 5 && below(3)) return volume_layer(x, at);
        const int rows = x.dims.rank < 2 ? 0 : x.dims[x.dims.rank - 2];
        if (rows && rows < 1000 && last > 1 && last <= 65536 && below(16) == 0)
            return rotary(x, rotary_angles(net_, rows, 2 + 2 * below(last / 2)),
                {.interleaved = below(2) == 0});
        switch (below(16)) {
        case 0:
            return x | relu{} | lamina::tanh{};
        case 1:
            return x.dims.rank == 4 ? x | flatten{} : linear_layer(x, at);
        case 2:
            return x | softmax{axis};
        case 3:
            return x | layer_norm{at};
        case 4: {
            const auto parts = x.dims[axis] > 1 ? split(x, {1, x.dims[axis] - 1}, axis)
                                                : std::vector{x | lamina::abs{}, x | neg{}};
            return below(2) ? concat({parts[1], parts[0]}, axis) : parts[1];
        }
        case 5:
            return x | slice{axis, {.start = x.dims[axis] / 2, .stop = x.dims[axis]}};
        case 6:
            return x.dims.rank < 2 ? x | unsqueeze{0} : x | transpose{axis, below(x.dims.rank)};
        case 7:
            return x | reshape{{-1, last}};
        case 8:
            return x.dims.rank < 6 ? x | unsqueeze{axis} : x | squeeze{};
        case 9:
            return x | reduce_mean{axis, below(2) == 0};
        case 10: {
            const tensor y = x | mul_by(random_.number());
            return below(2) ? max(x, y) : x - y;
        }
        case 11:
            if (x.dims.rank < 2 || x.dims[x.dims.rank - 2] > 1000) return x | gelu_tanh{};
            return matmul(x, x, {.transpose_b = true}) | softmax{};
        case 12:
            if (x.dims.rank != 3) return x | elu{};
            return below(3) ? sequence_layer(x, at) : attention(x, x, x, {.causal = true});
        case 13:
            return x | slice{axis, {.start = 0, .stop = x.dims[axis], .step = 2}};
        case 14:
            return concat({x, x | sigmoid{}, x}, axis);
        default:
            return x.dims.rank < 2 ? x | softplus{} : x | rms_norm{at};
        }
    }

    /// x | mul_by(a): a scalar operand inside a chain.
    struct scalar {
        float a;
        friend lamina::tensor operator|(const lamina::tensor& x, const scalar& by) {
            return x * by.a;
        }
    };
    static scalar mul_by(float a) { return {a}; }

    /// Unused results become outputs, and now and then a used one does.
    void bind_outputs() {
        std::vector<char> read(net_.nodes.size(), false);
        for (const lamina::node& n : net_.nodes)
            for (int id : n.inputs) read[static_cast<std::size_t>(id)] = true;
        int count = 0;
        for (std::size_t id = 0; id < net_.nodes.size(); ++id) {
            const lamina::node& n = net_.nodes[id];
            if (read[id] && (n.kind == lamina::op::input || below(12))) continue;
            if (count == 60) return;
            net_.output(
                lamina::name("out", count++), {&net_, static_cast<int>(id), n.dims, n.type});
        }
    }
};

/// A network of some layers that check() finds sound, or one with its problems left in place.
inline void make_random_network(lamina::network& net, random_source& random, int layers = 14) {
    network_generator(net, random).build(layers);
}

}  // namespace lamina_test
