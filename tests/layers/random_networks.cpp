// SPDX-License-Identifier: Apache-2.0
// Networks of random layers with random options, most of them wrong: building must always end with
// nodes that later stages can trust, and never overflow (run it with UBSan).
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

using namespace lamina;

namespace {

struct random_options {
    std::uint64_t state;

    std::uint32_t next() {
        state = state * 6364136223846793005ull + 1442695040888963407ull;
        return static_cast<std::uint32_t>(state >> 33);
    }
    int below(int count) { return static_cast<int>(next() % static_cast<std::uint32_t>(count)); }
    /// Mostly a number that could be meant, now and then one that never is.
    int number() {
        constexpr int odd[] = {-2147483647 - 1, 2147483647, -1, 0, 32768, 65536, 1000000, -7};
        return below(12) == 0 ? odd[below(8)] : 1 + below(8) * below(3);
    }
    int small() { return below(20) == 0 ? number() : below(3); }
    int axis() { return below(10) == 0 ? number() : below(9) - 4; }
    float real() { return static_cast<float>(number()) * 0.37f; }
    bool flip() { return below(2) == 0; }
    shape dims() {
        shape out;
        for (int rank = below(7); rank > 0; --rank) out.push(number());
        return out;
    }
    int_list list() {
        int_list out;
        for (out.count = below(8); out.count > 7; --out.count) {}
        for (int i = 0; i < out.count && i < max_rank; ++i) out.at[i] = small();
        return out;
    }
};

tensor convolutions(random_options& r, const tensor& x, const name& at) {
    const pair kernel{r.number(), r.number()}, stride{r.number(), 1 + r.below(2)};
    const pair dilation{r.flip() ? 1 : r.number(), 1};
    const padding pad
        = r.below(6) == 0 ? same : padding(r.small(), r.small(), r.small(), r.small());
    switch (r.below(7)) {
    case 0:
        return x
            | conv2d{at,
                {.out = r.number(),
                    .kernel = kernel,
                    .stride = stride,
                    .pad = pad,
                    .dilation = dilation,
                    .groups = r.small(),
                    .bias = r.flip()}};
    case 1:
        return x
            | conv_transpose2d{at,
                {.out = r.number(),
                    .kernel = kernel,
                    .stride = stride,
                    .pad = pad,
                    .output_padding = r.small(),
                    .dilation = dilation,
                    .groups = r.small()}};
    case 2:
        return x
            | max_pool{{.kernel = kernel,
                .stride = stride,
                .pad = pad,
                .dilation = dilation,
                .ceil_mode = r.flip()}};
    case 3:
        return x
            | avg_pool{{.kernel = kernel,
                .stride = r.small(),
                .pad = pad,
                .ceil_mode = r.flip(),
                .divisor_override = r.small()}};
    case 4:
        return (x
            | max_pool_with_indices{{.kernel = kernel, .stride = stride, .pad = pad},
                r.flip() ? index_space::plane : index_space::tensor})
            .indices;
    case 5:
        return max_unpool(
            x, (x | max_pool_with_indices{{.kernel = r.small()}}).indices, {r.number(), r.small()});
    default:
        return x | adaptive_avg_pool{{r.number(), r.number()}};
    }
}

tensor boxes_and_pictures(random_options& r, const tensor& x) {
    const pair size{r.number(), r.number()};
    const auto mode = static_cast<resize_mode>(r.below(4));
    const auto axis = static_cast<channel_axis>(r.flip() ? 1 : 0);
    const roi_align_options roi{size, r.real(), r.small(), r.flip()};
    const nms_options choice{.most = r.number(),
        .iou = r.real() / 8,
        .score = r.flip() ? r.real() : 0,
        .form = static_cast<box_form>(r.below(4)),
        .method = static_cast<nms_method>(r.below(3)),
        .sigma = r.real()};
    switch (r.below(10)) {
    case 0:
        return x
            | letterbox{{.size = size,
                .pad = r.real(),
                .grow = r.flip(),
                .stretch = r.flip(),
                .mode = mode,
                .axis = axis}};
    case 1:
        return x | normalize_picture{{.mean = r.real(), .std = r.real(), .axis = axis}};
    case 2:
        return r.flip() ? x | swap_colours{axis} : x | channels_first{};
    case 3:
        return grid_sample(x, r.flip() ? x : x | unsqueeze{-1}, {.mode = mode});
    case 4:
        return x | affine_grid{{.size = size, .depth = r.small()}};
    case 5:
        return roi_align(x, x | reshape{{-1, 5}}, roi);
    case 6:
        return ps_roi_pool(x, x | reshape{{-1, 5}}, {size, r.real()});
    case 7:
        return nms(x | reshape{{-1, 4}}, x, choice).indices;
    case 8:
        return batched_nms(x, x | reduce_sum{-1}, cast(x | reduce_sum{-1}, dtype::i32), choice)
            .scores;
    default:
        return detections(x, x, {.most = r.number(), .score = r.real(), .one_class = r.flip()})
            .boxes;
    }
}

tensor volumes(random_options& r, const tensor& x, const name& at) {
    const triple kernel{r.number(), r.small(), r.small()}, stride{1 + r.below(2), r.number(), 1};
    const volume_padding pad = r.below(6) == 0
        ? same
        : volume_padding(r.small(), r.small(), r.small(), r.small(), r.small(), r.small());
    switch (r.below(6)) {
    case 0:
        return x
            | conv3d{at,
                {.out = r.number(),
                    .kernel = kernel,
                    .stride = stride,
                    .pad = pad,
                    .dilation = {1, r.number(), 1},
                    .groups = r.small(),
                    .bias = r.flip()}};
    case 1:
        return x
            | conv_transpose3d{at,
                {.out = r.number(),
                    .kernel = kernel,
                    .stride = stride,
                    .pad = pad,
                    .output_padding = r.small(),
                    .groups = r.small()}};
    case 2:
        return x
            | max_pool3d{{.kernel = kernel, .stride = stride, .pad = pad, .ceil_mode = r.flip()}};
    case 3:
        return x | avg_pool3d{{.kernel = kernel, .pad = pad, .divisor_override = r.small()}};
    case 4:
        return max_unpool3d(x, (x | max_pool3d_with_indices{{.kernel = r.small()}}).indices,
            {r.number(), r.small(), r.small()});
    default:
        return r.flip() ? x | adaptive_max_pool3d{{r.number(), r.small(), r.number()}}
                        : x | global_avg_pool{};
    }
}

tensor movements(random_options& r, const tensor& x) {
    if (r.below(4) == 0) return boxes_and_pictures(r, x);
    switch (r.below(24)) {
    case 17:
        return x | roll{r.list(), r.list()};
    case 18:
        return x | expand{r.dims()};
    case 19:
        return x | tile{r.list()};
    case 20:
        return x | repeat_interleave{r.number(), r.axis()};
    case 21:
        return r.flip() ? x | tril{r.number()} : x | triu{-r.number()};
    case 22:
        return cast(x, dtype::i32) | one_hot{r.below(9) ? r.number() % 100 : 0};
    case 23:
        return stack({x, x}, r.axis());
    case 0:
        return x | reshape{r.dims()};
    case 1:
        return x | reshape{{-1, r.number()}};
    case 2:
        return x | flatten{r.axis(), r.axis()};
    case 3:
        return r.flip() ? x | squeeze{} : x | squeeze{r.axis()};
    case 4:
        return x | unsqueeze{r.axis()};
    case 5:
        return x | permute{r.list()};
    case 6:
        return x | transpose{r.axis(), r.axis()};
    case 7:
        return x
            | slice{r.axis(),
                {.start = r.axis(),
                    .stop = r.number(),
                    .step = r.flip() ? r.number() : -(r.number() / 2)}};
    case 8:
        return chunk(x, r.number(), r.axis())[0];
    case 9:
        return split(x, {r.number(), r.number()}, r.axis())[1];
    case 10:
        return chunk<3>(x, r.axis())[2];
    case 11:
        return x
            | pad{{.before = r.list(),
                .after = r.list(),
                .mode = static_cast<pad_kind>(r.below(3)),
                .value = r.real()}};
    case 12:
        return x | pad{{.top = r.small(), .left = r.number(), .mode = reflect}};
    case 13:
        return x | pixel_shuffle{r.number(), r.flip() ? crd : dcr};
    case 14:
        return x | pixel_unshuffle{r.number(), r.flip() ? crd : dcr};
    case 15:
        return x | flip{r.list()};
    default:
        return x | channel_shuffle{r.number()};
    }
}

tensor indexed(random_options& r, const tensor& x, const tensor& y) {
    network& net = *x.net;
    const tensor i = r.flip() ? net.constant({r.small(), r.small(), r.small(), r.small()},
                                    r.flip() ? shape{4} : shape{2, r.below(5)})
                              : cast(y, dtype::i32);
    const scatter_options how{.axis = r.axis(), .reduce = static_cast<combine_kind>(r.below(5))};
    switch (r.below(10)) {
    case 0:
        return gather(x, i, r.axis());
    case 1:
        return gather_elements(x, i, r.axis());
    case 2:
        return gather_nd(x, i, r.small());
    case 3:
        return scatter(x, i, gather(x, i, how.axis), how);
    case 4:
        return scatter_elements(x, i, gather_elements(x, i, how.axis), how);
    case 5:
        return scatter_nd(x, i, r.flip() ? gather_nd(x, i) : y, how.reduce);
    case 6:
        return x | cumsum{r.axis(), {.exclusive = r.flip(), .reverse = r.flip()}};
    case 7:
        return (x | sort{.axis = r.axis(), .descending = r.flip()}).indices;
    case 8:
        return (x | nonzero{r.number() % 5000}).places;
    default:
        return x + full(net, r.dims(), r.real());
    }
}

tensor sequences(random_options& r, const tensor& x, const tensor& y, const name& at) {
    switch (r.below(4)) {
    case 0:
        return (x
            | lstm{at,
                {.hidden_size = r.number(),
                    .num_layers = r.number(),
                    .bias = r.flip(),
                    .batch_first = r.flip(),
                    .dropout = r.real(),
                    .bidirectional = r.flip(),
                    .proj_size = r.small()},
                r.flip() ? lstm_state{y, x} : lstm_state{}})
            .output;
    case 1:
        return (x
            | gru{at, {.hidden_size = r.number(), .num_layers = r.small()},
                r.flip() ? y : tensor{}})
            .h;
    case 2:
        return (x
            | rnn{at,
                {.hidden_size = r.small(),
                    .nonlinearity = r.flip() ? function::relu : function::exp}})
            .output;
    default:
        return (x | lstm_cell{at, {.hidden_size = r.number()}, {y, r.flip() ? y : tensor{}}}).c;
    }
}

tensor computations(random_options& r, const tensor& x, const tensor& y, const name& at) {
    switch (r.below(20)) {
    case 0:
        return x | linear{at, r.number()};
    case 1:
        return x | batch_norm{at, {.eps = r.real(), .affine = r.flip()}};
    case 2:
        return x | softmax{} | log_softmax{r.axis()};
    case 3:
        return r.flip() ? x | reduce_mean{r.list(), r.flip()}
            : r.flip()  ? x | reduce_logsumexp{r.list(), r.flip()}
                        : x | reduce_prod{r.list(), r.flip()};
    case 4:
        return r.flip() ? x | argmax{.axis = r.axis(), .keep_dims = r.flip()}
                        : x | argmin{.axis = r.axis(), .take_last = r.flip()};
    case 5:
        return x | layer_norm{at, {.axes = r.small(), .eps = r.real()}};
    case 6:
        return x | group_norm{at, r.number()};
    case 7:
        return x | instance_norm{at, {.affine = r.flip()}};
    case 8:
        return x | rms_norm{at, {.axes = r.number()}};
    case 9:
        return x | embedding{at, {.rows = r.number(), .width = r.number()}};
    case 10:
        return x | prelu{at, {.count = r.number()}};
    case 11:
        return matmul(x, y, {.transpose_a = r.flip(), .transpose_b = r.flip()});
    case 12:
        return attention(x, y, r.flip() ? x : y,
            {.causal = r.flip(), .scale = r.real(), .mask = r.flip() ? y : tensor{}});
    case 13:
        return concat({x, y, x}, r.axis());
    case 14:
        return x + y;
    case 15:
        return r.real() / (x / r.real());
    case 16:
        return pow(r.real(), x) | softplus{r.real()} | clamp{r.real(), r.real()};
    case 17:
        return x
            | resize{{.size = r.flip() ? pair(r.number()) : pair(0),
                .scale = r.flip() ? r.real() : 0,
                .mode = static_cast<resize_mode>(r.below(4)),
                .coordinates = static_cast<resize_coordinates>(r.below(7)),
                .rounding = static_cast<resize_rounding>(r.below(5)),
                .cubic_a = -r.real(),
                .antialias = r.flip(),
                .exclude_outside = r.flip(),
                .roi = {r.real(), r.real(), r.real(), r.real()},
                .extrapolation = r.real()}};
    case 18:
        return custom_layer({"mine", at, std::source_location::current()}, {x, y},
            {.dims = r.dims(), .weights = {{"w", r.dims()}}});
    default:
        return (x | relu{}) | lamina::tanh{};
    }
}

/// The first thing that a later stage could not bear, or nothing.
const char* fault(const network& net) {
    for (std::size_t id = 0; id < net.nodes.size(); ++id) {
        const node& n = net.nodes[id];
        double elements = 1;
        for (int axis = 0; axis < max_rank; ++axis) {
            if (n.dims[axis] < 0 || (axis >= n.dims.rank && n.dims[axis] != 1)) return "an extent";
            if (n.dims[axis]) elements *= n.dims[axis];
        }
        if (n.dims.rank < 0 || n.dims.rank > max_rank || elements > 1073741824.0) return "a shape";
        if (!is_given(n.kind) && n.kind != op::fill && n.inputs.empty()) return "no inputs";
        for (const int input : n.inputs)
            if (input < 0 || static_cast<std::size_t>(input) >= id) return "an input";
        for (const int input : n.inputs)
            if (net.nodes[static_cast<std::size_t>(input)].dims.is_empty() && !n.dims.is_empty()
                && n.kind != op::concat && n.kind != op::fill)
                return "an empty input";
        const shape& in
            = n.inputs.empty() ? n.dims : net.nodes[static_cast<std::size_t>(n.inputs[0])].dims;
        if (n.kind == op::reshape && in.count() != n.dims.count()) return "a reshape";
        if (n.kind == op::slice)
            for (int axis = 0; axis < n.dims.rank; ++axis)
                if (n.attr.starts[axis] < 0
                    || n.attr.starts[axis] + std::int64_t{n.dims[axis] - 1} * n.attr.steps[axis]
                        >= in[axis])
                    return "a slice";
        if (n.kind == op::permute)
            for (int axis = 0; axis < n.dims.rank; ++axis)
                if (n.attr.order[axis] < 0 || n.attr.order[axis] >= in.rank
                    || n.dims[axis] != in[n.attr.order[axis]])
                    return "a permute";
        if ((n.kind == op::softmax || n.kind == op::argmax || n.kind == op::concat)
            && (n.attr.axis < 0
                || n.attr.axis >= (in.rank ? in.rank : 1)))  // a scalar's was reported
            return "an axis";
        if (n.kind == op::wrap)
            for (int axis = 0; axis < n.dims.rank; ++axis)
                if (in.rank != n.dims.rank || n.attr.starts[axis] < 0
                    || (in[axis] && n.attr.starts[axis] >= in[axis]))
                    return "a wrap";
        if (n.kind == op::constant && static_cast<std::int64_t>(n.numbers.size()) != n.dims.count())
            return "a constant";
        for (const int parameter : n.parameters)
            if (parameter >= static_cast<int>(net.parameters.size())) return "a parameter";
    }
    return nullptr;
}

}  // namespace

TEST_CASE(
    "networks: whatever the options are, building ends and later stages can trust the nodes") {
    int sound_layers = 0;
    for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
        random_options random{seed};
        network net;
        std::vector<tensor> made{net.input("image", {1, 12, 8, 8}), net.input("m", {2, 8}),
            net.input("tokens", {1, 7}, dtype::i32), net.input("volume", {1, 6, 3, 4, 5})};
        for (int layer = 0; layer < 12; ++layer) {
            const tensor x
                = made[static_cast<std::size_t>(random.below(static_cast<int>(made.size())))];
            const tensor y
                = made[static_cast<std::size_t>(random.below(static_cast<int>(made.size())))];
            const std::size_t problems = net.problems.size();
            const name at("layer", layer);
            const int kind = random.below(6);
            made.push_back(kind == 4 ? indexed(random, x, y)
                    : kind == 5      ? volumes(random, x, at)
                    : kind == 0      ? convolutions(random, x, at)
                    : kind == 1      ? movements(random, x)
                    : kind == 2      ? sequences(random, x, y, at)
                                     : computations(random, x, y, at));
            sound_layers += problems == net.problems.size();
        }
        net.output("y", made.back());
        check(net);
        const char* found = fault(net);
        INFO("seed ", seed, ": ", std::string(found ? found : "sound"));
        REQUIRE(found == nullptr);
        for (const problem& p : net.problems) {
            INFO(full_sentence(p).c_str());
            REQUIRE_FALSE(p.what.overflowed);
        }
    }
    CHECK(sound_layers > 3000);  // else the test would only see what fails at once
}
