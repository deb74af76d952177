// SPDX-License-Identifier: Apache-2.0
// One example for each layer, shown on its page in docs/reference. Compiling is passing: each
// network must be sound and have the shapes that its expect() lines say.
#include "my_square.hpp"

#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

#include <doctest/doctest.h>

namespace {
using namespace lamina;

struct convolutions {
    static constexpr void define(network& net) {
        auto image = net.input("image", {1, 3, 224, 224});
        // [conv2d]
        auto x = image | conv2d{"conv1", {.out = 64, .kernel = 7, .stride = 2, .pad = 3}};
        x.expect({1, 64, 112, 112});
        // A depthwise one, a dilated one with a bias, and TensorFlow's padding.
        auto a = x | conv2d{"depthwise", {.out = 64, .kernel = 3, .pad = 1, .groups = 64}};
        auto b = x | conv2d{"wide", {.out = 8, .kernel = {3, 5}, .dilation = 2, .bias = true}};
        auto c = x | conv2d{"keras", {.out = 8, .kernel = 3, .stride = 2, .pad = same}};
        // [/conv2d]
        // [batch_norm]
        auto normal = x | conv2d{"conv2", {.out = 16}} | batch_norm{"bn2"} | relu{};
        // [/batch_norm]
        normal.expect({1, 16, 112, 112});
        // [conv_transpose2d]
        auto up = x | conv_transpose2d{"up", {.out = 32, .kernel = 4, .stride = 2, .pad = 1}};
        up.expect({1, 32, 224, 224});
        // [/conv_transpose2d]
        // [max_pool]
        auto small = x | max_pool{{.kernel = 3, .stride = 2, .pad = 1}};
        small.expect({1, 64, 56, 56});
        // [/max_pool]
        // [max_pool_with_indices]
        const auto [peak, places] = x | max_pool_with_indices{{.kernel = 3, .stride = 2, .pad = 1}};
        places.expect({1, 64, 56, 56});  // i32
        // [/max_pool_with_indices]
        // [max_unpool]
        auto back = max_unpool(peak, places, {112, 112});
        back.expect({1, 64, 112, 112});
        // [/max_unpool]
        // [avg_pool]
        auto mean = x | avg_pool{{.kernel = 2}};
        mean.expect({1, 64, 56, 56});
        // [/avg_pool]
        // [global_avg_pool]
        auto features = x | global_avg_pool{};
        features.expect({1, 64, 1, 1});
        // [/global_avg_pool]
        // [global_max_pool]
        auto peaks = x | global_max_pool{};
        // [/global_max_pool]
        // [adaptive_avg_pool]
        auto seven = x | adaptive_avg_pool{{7, 7}};
        seven.expect({1, 64, 7, 7});
        // [/adaptive_avg_pool]
        // [adaptive_max_pool]
        auto three = x | adaptive_max_pool{3};
        // [/adaptive_max_pool]
        // [linear]
        auto scores = features | linear{"fc", 1000};
        scores.expect({1, 1000});
        // [/linear]
        // [dense]
        auto two = features | dense{"head", {.out = 2, .bias = false}};
        // [/dense]
        // [prelu]
        auto slopes = x | prelu{"act", {.count = 64}};
        // [/prelu]
        // [pad]
        auto framed = x | pad{{.top = 1, .left = 1, .bottom = 1, .right = 1, .mode = reflect}};
        framed.expect({1, 64, 114, 114});
        // [/pad]
        // [resize]
        auto twice = x | resize{{.scale = 2, .mode = bilinear, .coordinates = half_pixel}};
        twice.expect({1, 64, 224, 224});
        auto thumbnail = x
            | resize{{.size = 28,
                .mode = bicubic,
                .coordinates = half_pixel,
                .cubic_a = -0.5f,
                .antialias = true,
                .exclude_outside = true}};
        // [/resize]
        // [pixel_shuffle]
        auto dense_pixels = x | pixel_shuffle{2};
        dense_pixels.expect({1, 16, 224, 224});
        // [/pixel_shuffle]
        // [pixel_unshuffle]
        auto deep_pixels = x | pixel_unshuffle{2};
        deep_pixels.expect({1, 256, 56, 56});
        // [/pixel_unshuffle]
        // [channel_shuffle]
        auto mixed = x | channel_shuffle{4};
        // [/channel_shuffle]
        int count = 0;
        for (const tensor& t : {a, b, c, normal, up, small, places, back, mean, peaks, seven, three,
                 scores, two, slopes, framed, twice, thumbnail, dense_pixels, deep_pixels, mixed})
            net.output(name("y", count++), t);
    }
};

struct functions {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 8, 16, 16});
        auto a = x, b = net.input("b", {1, 8, 1, 1});
        // [add]
        auto sum = add(a, b);  // the same as a + b
        auto shifted = add(a, 1.f);
        // [/add]
        // [sub]
        auto difference = sub(a, b);  // the same as a - b
        // [/sub]
        // [mul]
        auto gated = mul(a, b);  // the same as a * b
        auto scaled = a * 0.5f;
        // [/mul]
        // [div]
        auto ratio = div(a, b);  // the same as a / b
        // [/div]
        // [min]
        auto lower = min(a, b);
        // [/min]
        // [max]
        auto upper = max(a, 0.f);
        // [/max]
        // [pow]
        auto square = pow(a, 2.f);
        // [/pow]
        // [relu]
        x = x | relu{};
        // [/relu]
        // [relu6]
        x = x | relu6{};
        // [/relu6]
        // [leaky_relu]
        x = x | leaky_relu{0.1f};
        // [/leaky_relu]
        // [elu]
        x = x | elu{};
        // [/elu]
        // [sigmoid]
        x = x | sigmoid{};
        // [/sigmoid]
        // [hard_sigmoid]
        x = x | hard_sigmoid{};
        // [/hard_sigmoid]
        // [tanh]
        x = x | lamina::tanh{};
        // [/tanh]
        // [silu]
        x = x | silu{};
        // [/silu]
        // [hard_swish]
        x = x | hard_swish{};
        // [/hard_swish]
        // [mish]
        x = x | mish{};
        // [/mish]
        // [gelu_erf]
        x = x | gelu_erf{};
        // [/gelu_erf]
        // [gelu_tanh]
        x = x | gelu_tanh{};
        // [/gelu_tanh]
        // [softplus]
        x = x | softplus{};
        // [/softplus]
        // [clamp]
        x = x | clamp{-1, 1};
        x = x | clamp{{.low = 0}};
        // [/clamp]
        // [exp]
        x = x | lamina::exp{};
        // [/exp]
        // [log]
        x = x | lamina::log{};
        // [/log]
        // [sqrt]
        x = x | lamina::sqrt{};
        // [/sqrt]
        // [abs]
        x = x | lamina::abs{};
        // [/abs]
        // [neg]
        x = x | neg{};  // the same as -x
        // [/neg]
        int count = 0;
        for (const tensor& t :
            {sum, shifted, difference, gated, scaled, ratio, lower, upper, square, x})
            net.output(name("y", count++), t);
    }
};

struct moves {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 64, 8, 8});
        // [concat]
        auto both = concat({x, x | relu{}});
        both.expect({1, 128, 8, 8});
        // [/concat]
        // [split]
        auto [few, many] = split<2>(x, {16, 48}, 1);
        many.expect({1, 48, 8, 8});
        // [/split]
        // [chunk]
        auto [first, second] = chunk<2>(x, 1);
        second.expect({1, 32, 8, 8});
        // [/chunk]
        // [slice]
        auto odd_rows = x | slice{2, {.start = 1, .step = 2}};
        odd_rows.expect({1, 64, 4, 8});
        auto last_rows_first = x | slice{2, {.start = -1, .stop = 3, .step = -1}};
        last_rows_first.expect({1, 64, 4, 8});
        // [/slice]
        // [flip]
        auto mirrored = x | flip{3};
        auto half_turn = x | flip{{2, 3}};
        // [/flip]
        // [reshape]
        auto tokens = x | reshape{{1, 64, -1}};
        tokens.expect({1, 64, 64});
        // [/reshape]
        // [flatten]
        auto flat = x | flatten{};
        flat.expect({1, 4096});
        // [/flatten]
        // [permute]
        auto last = x | permute{{0, 2, 3, 1}};
        last.expect({1, 8, 8, 64});
        // [/permute]
        // [transpose]
        auto turned = tokens | transpose{1, 2};
        // [/transpose]
        // [squeeze]
        auto no_batch = x | squeeze{0};
        no_batch.expect({64, 8, 8});
        // [/squeeze]
        // [unsqueeze]
        auto five = x | unsqueeze{0};
        five.expect({1, 1, 64, 8, 8});
        // [/unsqueeze]
        // [reduce_mean]
        auto means = x | reduce_mean{{2, 3}, keep_dims};
        means.expect({1, 64, 1, 1});
        // [/reduce_mean]
        // [reduce_sum]
        auto total = x | reduce_sum{1};
        total.expect({1, 8, 8});
        // [/reduce_sum]
        // [reduce_max]
        auto highest = x | reduce_max{{2, 3}};
        highest.expect({1, 64});
        // [/reduce_max]
        // [reduce_min]
        auto lowest = x | reduce_min{};
        lowest.expect({});  // a scalar
        // [/reduce_min]
        // [argmax]
        auto best = flat | argmax{1};
        best.expect({1});
        // [/argmax]
        // [argmin]
        auto worst = flat | argmin{.axis = 1, .take_last = true};
        worst.expect({1});
        // [/argmin]
        // [softmax]
        auto probabilities = flat | softmax{};
        auto of_channels = tokens | softmax{.axis = 1};
        // [/softmax]
        // [log_softmax]
        auto logarithms = flat | log_softmax{};
        // [/log_softmax]
        int count = 0;
        for (const tensor& t : {both, few, many, first, second, odd_rows, last_rows_first, mirrored,
                 half_turn, last, turned, no_batch, five, means, total, highest, lowest, best,
                 worst, probabilities, of_channels, logarithms})
            net.output(name("y", count++), t);
    }
};

struct sequences {
    static constexpr void define(network& net) {
        // [embedding]
        auto tokens = net.input("tokens", {1, 16}, dtype::i32);
        auto x = tokens | embedding{"wte", {.rows = 50257, .width = 64}};
        x.expect({1, 16, 64});
        // [/embedding]
        // [layer_norm]
        x = x | layer_norm{"ln_1"};
        // [/layer_norm]
        // [rms_norm]
        x = x | rms_norm{"norm", {.eps = 1e-5f}};
        // [/rms_norm]
        // [group_norm]
        auto groups = x | transpose{1, 2} | group_norm{"gn", 8};
        // [/group_norm]
        // [instance_norm]
        auto alone = groups | instance_norm{};
        // [/instance_norm]
        auto q = x, k = x, v = x;
        // [matmul]
        auto products = matmul(q, k, {.transpose_b = true});
        products.expect({1, 16, 16});
        // [/matmul]
        // [attention]
        auto seen = attention(q, k, v, {.causal = true});
        seen.expect({1, 16, 64});
        // [/attention]
        net.output("alone", alone);
        net.output("products", products);
        net.output("seen", seen);
    }
};

struct truths {
    static constexpr void define(network& net) {
        auto scores = net.input("scores", {1, 8, 16, 16});
        // [eq]
        auto ids = net.input("ids", {1, 16}, dtype::i32);
        auto is_padding = eq(ids, 0);
        is_padding.expect({1, 16});  // boolean
        // [/eq]
        // [gt]
        auto is_likely = gt(scores, 0.5f);
        // [/gt]
        // [ne]
        auto is_word = ne(ids, 0);
        // [/ne]
        // [ge]
        auto is_strong = ge(scores, 0.9f);
        // [/ge]
        // [lt]
        auto is_weak = lt(scores, 0.1f);
        // [/lt]
        // [le]
        auto is_short = le(ids, 3);
        // [/le]
        // [isnan]
        auto is_broken = lamina::isnan(scores);
        // [/isnan]
        // [isinf]
        auto has_overflow = lamina::isinf(scores) | reduce_any{};
        // [/isinf]
        // [isfinite]
        auto is_sound = lamina::isfinite(scores) | reduce_all{};
        // [/isfinite]
        // [logical_or]
        auto is_clear = logical_or(is_weak, is_strong);
        // [/logical_or]
        // [logical_xor]
        auto differs = logical_xor(is_word, is_short);
        // [/logical_xor]
        // [logical_not]
        auto is_open = logical_not(is_clear);
        // [/logical_not]
        // [logical_and]
        auto hidden = net.input("hidden", {16, 16}, dtype::boolean);
        auto ignored = logical_and(hidden, logical_not(is_padding));
        // [/logical_and]
        // [masked_fill]
        auto seen = masked_fill(scores, ignored, -1e9f) | softmax{3};
        // [/masked_fill]
        // [where]
        auto clean = where(is_broken, 0, scores);
        auto larger = where(is_likely, scores, scores * 0.5f);
        // [/where]
        // [cast]
        auto count = cast(is_likely, dtype::f32) | reduce_sum{{2, 3}};
        // [/cast]
        // [quantize]
        auto bytes = quantize(scores, 0.05f, 128, dtype::u8);
        auto each_row = quantize(scores, net.parameter("scores.scale", {16}), {.axis = 2});
        // [/quantize]
        // [dequantize]
        auto close = dequantize(bytes, 0.05f, 128);
        // [/dequantize]
        // [reduce_any]
        auto rows = is_likely | reduce_any{3};
        // [/reduce_any]
        // [reduce_all]
        auto all = is_likely | reduce_all{};
        // [/reduce_all]
        int number = 0;
        for (const tensor& t : {is_padding, seen, clean, larger, count, rows, all, has_overflow,
                 is_sound, differs, is_open, each_row, close})
            net.output(name("y", number++), t);
    }
};

struct kept {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 32, 32});
        // [keep]
        auto features = x | conv2d{"stem", {.out = 32, .kernel = 3}} | relu{};
        net.keep(features, dtype::f32);  // the step that computes them
        auto scores = features | global_avg_pool{} | flatten{} | linear{"head.fc", 10};
        net.keep("head.*", dtype::f32);  // all layers of such a name
        // [/keep]
        // [quantize_weights]
        net.quantize_weights({.bits = 4, .group = 64});  // all linear layers so far
        net.quantize_weights("head.*", {.bits = 8});     // those of such a name
        // [/quantize_weights]
        net.output("scores", scores);
    }
};

/// Ranges that training with quantization found.
struct paired {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 32, 20, 20}) | relu{};
        // [pairs]
        auto bytes = [](const tensor& v, float scale, int zero) {
            return dequantize(quantize(v, scale, zero, dtype::u8), scale, zero);
        };
        auto y = bytes(x, 0.021f, 0) | conv2d{"conv1", {.out = 64, .kernel = 3, .bias = true}};
        auto z = bytes(y | relu{}, 0.017f, 3) | conv2d{"conv2", {.out = 32}};
        // [/pairs]
        net.output("z", z);
    }
};

struct recurrences {
    static constexpr void define(network& net) {
        // [lstm]
        auto x = net.input("x", {100, 1, 40});  // steps, batch, features
        const auto [output, h, c]
            = x | lstm{"encoder", {.hidden_size = 128, .num_layers = 2, .bidirectional = true}};
        output.expect({100, 1, 256});
        h.expect({4, 1, 128});  // of each layer both directions
        // With states that the caller keeps between runs, and a projection.
        lstm_state last{net.input("h", {1, 1, 64}), net.input("c", {1, 1, 128})};
        const auto next = x | lstm{"stream", {.hidden_size = 128, .proj_size = 64}, last};
        net.output("h_next", next.h);
        net.output("c_next", next.c);
        // Four sentences side by side, each with steps of its own; behind its last one the output is 0.
        auto words = net.input("words", {4, 30, 40});
        auto steps = net.input("steps", {4}, dtype::i32);
        const auto read = words
            | lstm{"reader", {.hidden_size = 128, .batch_first = true, .bidirectional = true}, {},
                steps};
        net.output("sentences", read.h);  // of each sentence's own last step
        // [/lstm]
        // [gru]
        const auto [heard, state] = x | gru{"gru", {.hidden_size = 48}};
        heard.expect({100, 1, 48});
        // [/gru]
        // [rnn]
        const auto [simple, end]
            = x | rnn{"rnn", {.hidden_size = 16, .nonlinearity = function::relu}};
        end.expect({1, 1, 16});
        // [/rnn]
        // [lstm_cell]
        auto token = net.input("token", {1, 40});
        lstm_state before{net.input("h0", {1, 32}), net.input("c0", {1, 32})};
        const auto [h1, c1] = token | lstm_cell{"cell", {.hidden_size = 32}, before};
        h1.expect({1, 32});
        // [/lstm_cell]
        // [gru_cell]
        auto step = token | gru_cell{"gru_step", {.hidden_size = 32}, before.h};
        // [/gru_cell]
        // [rnn_cell]
        auto plain = token | rnn_cell{"rnn_step", {.hidden_size = 32}, before.h};
        // [/rnn_cell]
        int count = 0;
        for (const tensor& t : {output, heard, simple, h1, c1, step, plain})
            net.output(name("y", count++), t);
    }
};

struct by_index {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 12, 8});
        auto rows = net.input("rows", {5}, dtype::i32);
        // [constant]
        auto table = net.constant({0, 3, 3, 11});                       // i32, one axis
        auto anchors = net.constant({10.f, 13.f, 16.f, 30.f}, {2, 2});  // f32
        auto two = net.constant({2.f}, shape{});                        // a scalar
        // [/constant]
        // [gather]
        auto picked = gather(x, rows, 1);
        picked.expect({2, 5, 8});
        auto grid = gather(x, net.constant({0, 1, 2, -1}, {2, 2}), 2);  // -1 is the last one
        grid.expect({2, 12, 2, 2});
        // [/gather]
        // [index_select]
        auto swapped = x | index_select{2, {7, 0, 0}};
        swapped.expect({2, 12, 3});
        // [/index_select]
        // [gather_elements]
        const auto [values, order] = x | sort{.axis = 1};
        auto sorted = gather_elements(x, order, 1);  // the same as values
        // [/gather_elements]
        // [gather_nd]
        auto elements = gather_nd(x, net.constant({0, 11, 7, 1, 2, 3}, {2, 3}));
        elements.expect({2});  // x[0][11][7] and x[1][2][3]
        auto lines = gather_nd(x, net.constant({4, 5}, {2, 1, 1}), 1);
        lines.expect({2, 1, 8});  // x[0][4] and x[1][5]
        // [/gather_nd]
        // [scatter]
        auto more = net.input("more", {2, 5, 8});
        auto sums = scatter(x, rows, more, {.axis = 1, .reduce = combine_kind::add});
        sums.expect({2, 12, 8});
        // [/scatter]
        // [scatter_elements]
        auto restored = scatter_elements(x, order, values, {.axis = 1});
        // [/scatter_elements]
        // [scatter_nd]
        auto marked = scatter_nd(
            x, net.constant({0, 3, 1, 4}, {2, 2}), more | slice{1, {.stop = 1}} | squeeze{1});
        // [/scatter_nd]
        // [roll]
        auto turned = x | roll{{-3, 1}, {1, 2}};
        // [/roll]
        // [expand]
        auto wide = two | expand{{2, 1, 8}};
        // [/expand]
        // [tile]
        auto twice = x | tile{{2, 1}};
        twice.expect({2, 24, 8});
        // [/tile]
        // [repeat]
        auto again = x | lamina::repeat{{2, 2, 1, 1}};  // a new first axis
        again.expect({2, 4, 12, 8});
        // [/repeat]
        // [repeat_interleave]
        auto heads = x | repeat_interleave{4, 1};
        heads.expect({2, 48, 8});
        // [/repeat_interleave]
        // [stack]
        auto pair_of = stack({x, turned});
        pair_of.expect({2, 2, 12, 8});
        // [/stack]
        // [arange]
        auto positions = arange(net, 0, 8) | one_hot{8};
        // [/arange]
        // [full]
        auto half = full(net, {12, 1}, 0.5f);
        // [/full]
        // [tril]
        auto lower = x | tril{};
        // [/tril]
        // [triu]
        auto above = x | triu{1};  // without the diagonal
        // [/triu]
        // [one_hot]
        auto classes = rows | one_hot{10};
        classes.expect({5, 10});
        // [/one_hot]
        // [cumsum]
        auto before = x | cumsum{1, {.exclusive = true}};
        auto behind = x | cumsum{-1, {.reverse = true}};
        // [/cumsum]
        // [cumprod]
        auto decay = x | sigmoid{} | cumprod{1};
        // [/cumprod]
        // [sort]
        const auto [largest_first, where_from] = x | sort{.axis = -1, .descending = true};
        // [/sort]
        // [nonzero]
        const auto [places, count] = gt(x, 0.5f) | nonzero{20};
        places.expect({20, 3});  // -1 in the rows behind `count`
        // [/nonzero]
        // [fmod]
        auto signed_rest = lamina::fmod(x, two);
        // [/fmod]
        // [remainder]
        auto rest = lamina::remainder(x, two);
        // [/remainder]
        int number = 0;
        for (const tensor& t : {picked, grid, swapped, sorted, elements, lines, sums, restored,
                 marked, wide, twice, again, heads, pair_of, positions, x * half, lower, above,
                 classes, before, behind, decay, largest_first, where_from, places, count,
                 signed_rest, rest, gather(anchors, table | slice{0, {.stop = 1}})})
            net.output(name("y", number++), t);
    }
};

struct made_of_others {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 8, 6, 6});
        // [glu]
        auto gated = x | glu{1};
        gated.expect({2, 4, 6, 6});
        // [/glu]
        auto rows = net.input("rows", {2, 5, 16});
        // [swiglu]
        auto hidden = rows | linear{"gate_up", 2 * 24} | swiglu{} | linear{"down", 16};
        // [/swiglu]
        // [lp_pool]
        auto energy = x | lp_pool{{.p = 2, .kernel = 2}};
        energy.expect({2, 8, 3, 3});
        // [/lp_pool]
        // [lp_normalize]
        auto unit = rows | lp_normalize{{.axis = -1}};  // lines of length 1
        // [/lp_normalize]
        // [local_response_norm]
        auto damped = x | local_response_norm{5, {.alpha = 1e-4f, .beta = 0.75f, .k = 2}};
        // [/local_response_norm]
        // [unfold]
        auto columns = x | unfold{{.kernel = 3, .pad = 1}};
        columns.expect({2, 8 * 9, 36});
        // [/unfold]
        // [fold]
        auto sums = columns | fold{{6, 6}, {.kernel = 3, .pad = 1}};
        sums.expect({2, 8, 6, 6});
        // [/fold]
        // [einsum]
        auto scores = einsum("bid,bjd->bij", rows, rows);
        scores.expect({2, 5, 5});
        auto traces = einsum("bii->b", scores);
        traces.expect({2});
        // [/einsum]
        // [diagonal]
        auto above = scores | diagonal{{.offset = 1, .dim1 = 1, .dim2 = 2}};
        above.expect({2, 4});
        // [/diagonal]
        int number = 0;
        for (const tensor& t : {gated, hidden, energy, unit, damped, sums, traces, above})
            net.output(name("y", number++), t);
    }
};

struct states {
    static constexpr void define(network& net) {
        // [update]
        auto rows = net.input("rows", {1, 8, 2, 64});  // two new ones
        auto at = net.input("at", {1}, dtype::i32);    // where the first goes
        auto cache = net.state("cache", {1, 8, 512, 64});
        cache = update(cache, rows, {.axis = 2, .position = at});
        auto count = net.state("count", {1}, dtype::i32);
        count = update(count, count + 2);
        // [/update]
        net.output("cache", cache | reduce_sum{{2}});
    }
};

struct tokens {
    static constexpr void define(network& net) {
        auto at = net.input("at", {1}, dtype::i32);  // how many tokens came before
        auto q = net.input("q", {1, 32, 1, 64}), new_k = net.input("new_k", {1, 8, 1, 64}),
             new_v = net.input("new_v", {1, 8, 1, 64});
        // [rotary_angles]
        const rotary_table turns = rotary_angles(net, 1, 64, {.theta = 500000, .position = at});
        // [/rotary_angles]
        // [rotary]
        q = rotary(q, turns);
        new_k = rotary(new_k, turns);
        // [/rotary]
        // [keys_and_values]
        auto k = net.state("k", {1, 8, 512, 64}), v = net.state("v", {1, 8, 512, 64});
        k = update(k, new_k, {.axis = 2, .position = at});
        v = update(v, new_v, {.axis = 2, .position = at});
        auto seen = attention(q, k, v, {.causal = true, .position = at, .enable_gqa = true});
        seen.expect({1, 32, 1, 64});
        // [/keys_and_values]
        // [alibi]
        auto farther = attention(q, k, v,
            {.causal = true, .mask = alibi(net, 32, 512), .position = at, .enable_gqa = true});
        // [/alibi]
        auto rows = net.input("rows", {1, 6, 100, 64});
        // [relative_position_bias]
        auto bias = relative_position_bias(net, "relative_attention_bias", 100, 100, {.heads = 6});
        auto mixed = attention(rows, rows, rows, {.scale = 1, .mask = bias});
        // [/relative_position_bias]
        auto windows = net.input("windows", {64, 3, 49, 32});
        // [window_position_bias]
        auto table = window_position_bias(net, "attn.relative_position_bias_table", 7, 7, 3);
        auto inside = attention(windows, windows, windows, {.mask = table});
        // [/window_position_bias]
        auto words = net.input("words", {2, 12}, dtype::i32);
        // [embedding_bag]
        auto topic = words | embedding_bag{"embedding", {.rows = 95811, .width = 64}};
        topic.expect({2, 64});
        // [/embedding_bag]
        auto seed = net.input("seed", {1}, dtype::i32);
        // [random_uniform]
        auto noise = random_uniform(seed, at, {1, 8, 16});
        // [/random_uniform]
        auto logits = net.input("logits", {1, 512});
        auto earlier = net.input("earlier", {1, 64}, dtype::i32);
        // [repetition_penalty]
        logits = repetition_penalty(logits, earlier, 1.2f);
        // [/repetition_penalty]
        // [sample]
        auto next = sample(logits, seed, at, {.temperature = 0.8f, .top_k = 40, .top_p = 0.95f});
        next.expect({1});  // i32
        // [/sample]
        int number = 0;
        for (const tensor& t : {seen, farther, mixed, inside, topic, noise, next})
            net.output(name("y", number++), t);
    }
};

struct pictures {
    static constexpr void define(network& net) {
        // [letterbox]
        auto picture = net.input("image", u8, {1, 480, 640, 3});
        auto fitted = picture | letterbox{{.size = {320, 320}}};  // u8, 240 rows with 40 around
        // [/letterbox]
        // [normalize_picture]
        auto x = fitted
            | channels_first{}
            | normalize_picture{
                {.mean = {0.485f, 0.456f, 0.406f}, .std = {0.229f, 0.224f, 0.225f}}};
        x.expect({1, 3, 320, 320});
        // [/normalize_picture]
        // [swap_colours]
        auto blue_first = picture | swap_colours{} | channels_first{} | normalize_picture{};
        // [/swap_colours]
        // [channels_first]
        auto planes = picture | channels_first{};
        planes.expect({1, 3, 480, 640});
        // [/channels_first]
        auto theta = net.input("theta", {1, 2, 3});
        // [affine_grid]
        auto places = theta | affine_grid{{.size = {64, 48}}};
        places.expect({1, 64, 48, 2});
        // [/affine_grid]
        // [grid_sample]
        auto turned = grid_sample(x, places, {.outside = outside_mode::border});
        turned.expect({1, 3, 64, 48});
        // [/grid_sample]
        int number = 0;
        for (const tensor& t : {blue_first, planes, turned}) net.output(name("y", number++), t);
    }
};

struct boxes_of_images {
    static constexpr void define(network& net) {
        auto features = net.input("features", {2, 36, 40, 50});
        auto boxes = net.input("boxes", {2, 100, 4});
        auto scores = net.input("scores", {2, 100, 80});
        // [roi_align]
        auto parts = roi_align(
            features, boxes, {.size = {7, 7}, .spatial_scale = 1 / 16.f, .sampling_ratio = 2});
        parts.expect({2 * 100, 36, 7, 7});
        // [/roi_align]
        // [roi_pool]
        auto largest = roi_pool(features, boxes, {.size = {7, 7}, .spatial_scale = 1 / 16.f});
        // [/roi_pool]
        // [ps_roi_align]
        auto votes = ps_roi_align(features, boxes, {.size = {3, 3}, .spatial_scale = 1 / 16.f});
        votes.expect({2 * 100, 36 / 9, 3, 3});
        // [/ps_roi_align]
        // [ps_roi_pool]
        auto means = ps_roi_pool(features, boxes, {.size = {3, 3}, .spatial_scale = 1 / 16.f});
        // [/ps_roi_pool]
        // [nms]
        auto by_class = scores | permute{{0, 2, 1}};  // a line of scores for each class
        const auto chosen = nms(boxes, by_class, {.most = 20, .iou = 0.45f, .score = 0.25f});
        chosen.indices.expect({2, 80, 20});
        // [/nms]
        // [selected_list]
        const auto list = selected_list(chosen, 300);  // rows (image, class, box)
        // [/selected_list]
        auto best = scores | reduce_max{2};
        // [batched_nms]
        auto classes = scores | argmax{2};
        const auto kept = batched_nms(boxes, best, classes, {.most = 50, .iou = 0.45f});
        kept.count.expect({2});
        // [/batched_nms]
        // [detections]
        const auto found = detections(boxes, scores, {.most = 100, .iou = 0.45f, .score = 0.25f});
        net.output("num_detections", found.count);
        net.output("detection_boxes", found.boxes);
        net.output("detection_scores", found.scores);
        net.output("detection_classes", found.classes);
        // [/detections]
        int number = 0;
        for (const tensor& t : {parts, largest, votes, means, list.rows, kept.indices, kept.count})
            net.output(name("y", number++), t);
    }
};

struct with_custom {
    static constexpr void define(network& net) {
        net.output("y", mine::my_square(net.input("x", {1, 8}), "square", 0.5f));
    }
};

static_assert(detail::require_sound<convolutions>());
static_assert(detail::require_sound<functions>());
static_assert(detail::require_sound<moves>());
static_assert(detail::require_sound<sequences>());
static_assert(detail::require_sound<truths>());
static_assert(detail::require_sound<kept>());
static_assert(detail::require_sound<paired>());
static_assert(detail::require_sound<recurrences>());
static_assert(detail::require_sound<by_index>());
static_assert(detail::require_sound<made_of_others>());
static_assert(detail::require_sound<states>());
static_assert(detail::require_sound<tokens>());
static_assert(detail::require_sound<pictures>());
static_assert(detail::require_sound<boxes_of_images>());
static_assert(detail::require_sound<with_custom>());

}  // namespace

TEST_CASE("every layer's example in the reference is a sound network") {
    network net;
    convolutions::define(net);
    CHECK(net.problems.empty());
}
