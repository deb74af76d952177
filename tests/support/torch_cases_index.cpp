// SPDX-License-Identifier: Apache-2.0
// Elements moved by indices, repeated, turned around, in order; constants, running sums.
// One group of torch_cases.hpp.
#include <lamina/define.hpp>

#include "torch_cases.hpp"

namespace lamina_test {

using namespace lamina;

namespace {

/// A layer of one tensor of three axes.
template <auto Layer> void of_block(network& net) {
    net.output("output", Layer(net.input("input0", {2, 7, 5})));
}
/// A layer of rows, long enough for vectors and a tail.
template <auto Layer> void of_rows(network& net) {
    net.output("output", Layer(net.input("input0", {2, 37})));
}
/// Behind a convolution's kind of value: an image of more channels than fill a block.
template <auto Layer> void of_pooled(network& net) {
    const tensor x = net.input("input0", {2, 19, 6, 4}) | max_pool{{.kernel = 2}};
    net.output("output", Layer(x));
}
/// A line that work-items share.
template <auto Layer> void of_long(network& net) {
    net.output("output", Layer(net.input("input0", {2, 301})));
}

tensor whole_of(const tensor& x) { return cast(x, dtype::i32); }

}  // namespace

std::span<const torch_case> index_cases() {
    static constexpr torch_case cases[] = {
        // torch: x[:, [[3, 0], [6, 6]]]
        {"gather_rows", of_block<[](const tensor& x) {
             return gather(x, x.net->constant({3, 0, 6, -1}, {2, 2}), 1);
         }>},
        // torch: F.max_pool2d(x, 2)[:, [18, 0, 3, 16, 0]].exp()
        {"index_select_channels", of_pooled<[](const tensor& x) {
             return x | index_select{1, {18, 0, 3, -3, 0}} | lamina::exp{};
         }>},
        // torch: F.max_pool2d(x, 2)[:, :, :, 1]
        {"gather_scalar", of_pooled<[](const tensor& x) {
             return gather(x, x.net->constant({1}, shape{}), -1);
         }>},
        // torch, tied: F.pad(x, (0, 0, 0, 8))[(y * 2).long()]
        {"gather_outside",
            [](network& net) {
                const tensor x = net.input("input0", {5, 3});
                const tensor y = net.input("input1", {2, 7});
                net.output("output", gather(x, whole_of(y * 2.f)));
            }},
        // torch, tied: x.int()[y.long()]
        {"gather_ints",
            [](network& net) {
                const tensor x = net.input("input0", {5, 3});
                const tensor y = net.input("input1", {2, 7});
                net.output("output", gather(whole_of(x), whole_of(y)));
            }},
        // torch, tied: x.gt(1)[:, y.long()]
        {"gather_truths",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 3});
                const tensor y = net.input("input1", {7});
                net.output("output", gather(gt(x, 1), whole_of(y), 1));
            }},
        // torch, tied: x.sin().gather(1, y.long())
        {"gather_elements",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 3, 4});
                const tensor y = net.input("input1", {2, 7, 3, 2});
                net.output("output", gather_elements(x | lamina::sin{}, whole_of(y), 1));
            }},
        // torch: F.max_pool2d(x, 2).gather(1, torch.tensor([[[[18]], [[3]]], [[[0]], [[17]]]]))
        {"gather_elements_channels", of_pooled<[](const tensor& x) {
             return gather_elements(x, x.net->constant({18, 3, 0, 17}, {2, 2, 1, 1}), 1);
         }>},
        // torch: x[[0, 1, 1], [1, 6, 0]]
        {"gather_nd", of_block<[](const tensor& x) {
             return gather_nd(x, x.net->constant({0, 1, 1, 6, -1, 0}, {3, 2}));
         }>},
        // torch: torch.stack([x[0][[3, 0, 6]], x[1][[2, 2, 5]]])
        {"gather_nd_batch", of_block<[](const tensor& x) {
             return gather_nd(x, x.net->constant({3, 0, 6, 2, 2, 5}, {2, 3, 1}), 1);
         }>},
        // torch: F.max_pool2d(x, 2)[[0, 1, 1], [18, 3, 3], [0, 2, 1]]
        {"gather_nd_image", of_pooled<[](const tensor& x) {
             return gather_nd(x, x.net->constant({0, 18, 0, 1, 3, 2, 1, 3, 1}, {3, 3}));
         }>},
        // torch: x.index_copy(1, torch.tensor([6, 0]), y)
        {"scatter_rows",
            [](network& net) {
                const tensor x = net.input("input0", {2, 7, 5});
                const tensor y = net.input("input1", {2, 2, 5});
                net.output("output", scatter(x, net.constant({6, 0}), y, {.axis = 1}));
            }},
        // torch: x.index_add(1, torch.tensor([6, 0, 6]), y)
        {"scatter_rows_add",
            [](network& net) {
                const tensor x = net.input("input0", {2, 7, 5});
                const tensor y = net.input("input1", {2, 3, 5});
                net.output("output",
                    scatter(
                        x, net.constant({6, 0, -1}), y, {.axis = 1, .reduce = combine_kind::add}));
            }},
        // torch: F.max_pool2d(x, 2).index_add(1, torch.tensor([18, 2, 2]), F.max_pool2d(x, 2)[:, :3])
        {"scatter_channels", of_pooled<[](const tensor& x) {
             return scatter(x, x.net->constant({18, 2, 2}), x | slice{1, {.stop = 3}},
                 {.axis = 1, .reduce = combine_kind::add});
         }>},
        // torch, tied: x.scatter(1, y.long(), y + 0.5)
        {"scatter_elements",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 3, 4});
                const tensor y = net.input("input1", {2, 7, 2, 4});
                net.output("output", scatter_elements(x, whole_of(y), y + 0.5f, {.axis = 1}));
            }},
        // torch, tied: x.scatter_add(1, y.long(), y + 0.5)
        {"scatter_elements_add",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 3, 4});
                const tensor y = net.input("input1", {2, 7, 3, 4});
                net.output("output",
                    scatter_elements(
                        x, whole_of(y), y + 0.5f, {.axis = 1, .reduce = combine_kind::add}));
            }},
        // torch, tied: x.scatter_reduce(1, y.long(), y.sin(), "prod")
        {"scatter_elements_mul",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5});
                const tensor y = net.input("input1", {2, 7});
                net.output("output",
                    scatter_elements(x, whole_of(y), y | lamina::sin{},
                        {.axis = 1, .reduce = combine_kind::mul}));
            }},
        // torch, tied: x.scatter_reduce(1, y.long(), y.sin(), "amin")
        {"scatter_elements_min",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5});
                const tensor y = net.input("input1", {2, 7});
                net.output("output",
                    scatter_elements(x, whole_of(y), y | lamina::sin{},
                        {.axis = 1, .reduce = combine_kind::min}));
            }},
        // torch, tied: x.scatter_reduce(1, y.long(), y.sin(), "mean")
        {"scatter_elements_mean",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5});
                const tensor y = net.input("input1", {2, 7});
                net.output("output",
                    scatter_elements(x, whole_of(y), y | lamina::sin{},
                        {.axis = 1, .reduce = combine_kind::mean}));
            }},
        // torch: F.max_pool2d(x, 2).index_reduce(1, torch.tensor([18, 2, 2]), F.max_pool2d(x, 2)[:, :3], "mean")
        {"scatter_channels_mean", of_pooled<[](const tensor& x) {
             return scatter(x, x.net->constant({18, 2, 2}), x | slice{1, {.stop = 3}},
                 {.axis = 1, .reduce = combine_kind::mean});
         }>},
        // torch, tied: x.int().scatter_reduce(1, y.long(), (y * 2).int(), "amax")
        {"scatter_elements_max_ints",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5});
                const tensor y = net.input("input1", {2, 7});
                net.output("output",
                    scatter_elements(whole_of(x), whole_of(y), whole_of(y * 2.f),
                        {.axis = 1, .reduce = combine_kind::max}));
            }},
        // torch: x.index_put((torch.tensor([1, 0]), torch.tensor([6, 2])), y)
        {"scatter_nd",
            [](network& net) {
                const tensor x = net.input("input0", {2, 7, 5});
                const tensor y = net.input("input1", {2, 5});
                net.output("output", scatter_nd(x, net.constant({1, 6, 0, 2}, {2, 2}), y));
            }},
        // torch: x.index_put((torch.tensor([1, 0, 1]),), y, accumulate=True)
        {"scatter_nd_add",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 3, 5});
                const tensor y = net.input("input1", {3, 19, 3, 5});
                net.output("output",
                    scatter_nd(x, net.constant({1, 0, -1}, {3, 1}), y, combine_kind::add));
            }},
        // torch: F.max_pool2d(x, 2).roll((-3, 1), (1, 2))
        {"roll_channels", of_pooled<[](const tensor& x) { return x | roll{{-3, 1}, {1, 2}}; }>},
        // torch: x.roll(41, 1)
        {"roll_rows", of_rows<[](const tensor& x) { return x | roll{41, -1}; }>},
        // torch: x.gt(0).roll((2, -1), (1, 2))
        {"roll_truths", of_block<[](const tensor& x) { return gt(x, 0) | roll{{2, -1}, {1, 2}}; }>},
        // torch: x.unsqueeze(1).expand(3, 2, 4, 7, 5)
        {"expand",
            of_block<[](const tensor& x) { return x | unsqueeze{1} | expand{{3, 2, 4, -1, 5}}; }>},
        // torch: F.max_pool2d(x, 2).mean((2, 3), keepdim=True).expand(2, 19, 5, 3) * 2
        {"expand_image", of_pooled<[](const tensor& x) {
             return (x | global_avg_pool{} | expand{{-1, -1, 5, 3}}) * 2.f;
         }>},
        // torch: x.tile((3, 2))
        {"tile_some", of_block<[](const tensor& x) { return x | tile{{3, 2}}; }>},
        // torch: (x * 3).int().repeat(2, 1, 2, 3)
        {"repeat_ints", of_block<[](const tensor& x) {
             return whole_of(x * 3.f) | lamina::repeat{{2, 1, 2, 3}};
         }>},
        // torch: F.max_pool2d(x, 2).tile((1, 2, 1, 3))
        {"tile_channels", of_pooled<[](const tensor& x) { return x | tile{{1, 2, 1, 3}}; }>},
        // torch: x.repeat_interleave(3, 1)
        {"repeat_interleave",
            of_block<[](const tensor& x) { return x | repeat_interleave{3, 1}; }>},
        // torch: torch.stack([x, y, x], -1)
        {"stack",
            [](network& net) {
                const tensor x = net.input("input0", {2, 7, 5});
                const tensor y = net.input("input1", {2, 7, 5});
                net.output("output", stack({x, y, x}, -1));
            }},
        // torch: torch.stack([F.max_pool2d(x, 2), F.max_pool2d(x, 2).exp()])
        {"stack_images", of_pooled<[](const tensor& x) { return stack({x, x | lamina::exp{}}); }>},
        // torch: x * torch.arange(-2, 8, 2)
        {"arange", of_block<[](const tensor& x) {
             return x * cast(arange(*x.net, -2, 8, 2), dtype::f32);
         }>},
        // torch: F.max_pool2d(x, 2) - torch.full((3, 2), 1.5)
        {"full", of_pooled<[](const tensor& x) { return x - full(*x.net, {3, 2}, 1.5f); }>},
        // torch: (x + torch.tensor([0, -1e9, 0.1, -1e9, 0])).softmax(-1)
        {"constant_mask", of_block<[](const tensor& x) {
             return (x + x.net->constant({0.f, -1e9f, 0.1f, -1e9f, 0.f})) | softmax{};
         }>},
        // torch: x.matmul(torch.tensor([[1., 2], [0, -1], [0.5, 0], [3, 1], [-2, 0.25]], dtype=x.dtype))
        {"constant_matrix", of_block<[](const tensor& x) {
             return matmul(
                 x, x.net->constant({1., 2., 0., -1., 0.5, 0., 3., 1., -2., 0.25}, {5, 2}));
         }>},
        // torch: torch.tensor([3, 1, 2]).repeat(2, 1)[:, :2] + 0 * x[:, :2, 0].int()
        {"constant_output", of_block<[](const tensor& x) {
             return x.net->constant({3, 1, 2}) | tile{{2, 1}} | slice{1, {.stop = 2}};
         }>},
        // torch: x.tril(1)
        {"tril", of_block<[](const tensor& x) { return x | tril{1}; }>},
        // torch: F.max_pool2d(x, 2).triu()
        {"triu_image", of_pooled<[](const tensor& x) { return x | triu{}; }>},
        // torch: (x > 0).triu(-2)
        {"triu_truths", of_block<[](const tensor& x) { return gt(x, 0) | triu{-2}; }>},
        // torch: (x * 3).int().tril(-1)
        {"tril_ints", of_block<[](const tensor& x) { return whole_of(x * 3.f) | tril{-1}; }>},
        // torch, tied: F.one_hot(x.long(), 6)[:, :, :, :5].double()
        {"one_hot", of_block<[](const tensor& x) { return whole_of(x) | one_hot{5}; }>},
        // torch: x.cumsum(1)
        {"cumsum", of_block<[](const tensor& x) { return x | cumsum{1}; }>},
        // torch: F.max_pool2d(x, 2).cumsum(1)
        {"cumsum_channels", of_pooled<[](const tensor& x) { return x | cumsum{1}; }>},
        // torch: x.flip(-1).cumsum(-1).flip(-1)
        {"cumsum_reverse",
            of_long<[](const tensor& x) { return x | cumsum{-1, {.reverse = true}}; }>},
        // torch: F.pad(x.cumsum(1)[:, :-1], (1, 0))
        {"cumsum_exclusive",
            of_long<[](const tensor& x) { return x | cumsum{1, {.exclusive = true}}; }>},
        // torch: (x * 5).int().cumsum(1)
        {"cumsum_ints", of_long<[](const tensor& x) { return whole_of(x * 5.f) | cumsum{1}; }>},
        // torch: (x / 8 + 1).cumprod(-1)
        {"cumprod", of_rows<[](const tensor& x) { return (x / 8.f + 1.f) | cumprod{-1}; }>},
        // torch, spaced: x.sort(1)[0]
        {"sort", of_long<[](const tensor& x) { return (x | sort{}).values; }>},
        // torch, spaced: x.sort(1, descending=True)[1]
        {"sort_descending",
            of_long<[](const tensor& x) { return (x | sort{.descending = true}).indices; }>},
        // torch, tied: x.sort(dim=1, stable=True)[1]
        {"sort_stable", of_block<[](const tensor& x) { return (x | sort{.axis = 1}).indices; }>},
        // torch, tied: x.sort(dim=1, descending=True, stable=True)[1]
        {"sort_stable_descending",
            of_rows<[](const tensor& x) { return (x | sort{.descending = true}).indices; }>},
        // torch, spaced: F.max_pool2d(x, 2).sort(1)[0]
        {"sort_channels", of_pooled<[](const tensor& x) { return (x | sort{.axis = 1}).values; }>},
        // torch, spaced: x.gather(1, x.argsort(1)) + x.argsort(1)
        {"sort_both", of_rows<[](const tensor& x) {
             const auto [values, indices] = x | sort{};
             return values + cast(indices, dtype::f32);
         }>},
        // torch: torch.cat([(x > 0.5).nonzero(), torch.full((60, 3), -1)])[:60]
        {"nonzero", of_block<[](const tensor& x) { return (gt(x, 0.5f) | nonzero{60}).places; }>},
        // torch: F.max_pool2d(x, 2).relu().nonzero()[:5]
        {"nonzero_some",
            of_pooled<[](const tensor& x) { return (x | relu{} | nonzero{5}).places; }>},
        // torch: (x > 0.5).sum(1, keepdim=True).sum(0)[0]
        {"nonzero_count", of_long<[](const tensor& x) {
             const auto [places, count] = gt(x, 0.5f) | nonzero{400};
             return count;
         }>},
        // torch, tied: x.fmod(y - 2.5)
        {"fmod",
            [](network& net) {
                const tensor x = net.input("input0", {2, 7, 5});
                const tensor y = net.input("input1", {7, 1});
                net.output("output", lamina::fmod(x, y - 2.5f));
            }},
        // torch: (x * 4).remainder(y)
        {"remainder",
            [](network& net) {
                const tensor x = net.input("input0", {2, 7, 5});
                const tensor y = net.input("input1", {7, 1});
                net.output("output", lamina::remainder(x * 4.f, y));
            }},
        // torch: (x * 40).int().remainder(torch.tensor([3, -4, 5, -7, 2]))
        {"remainder_ints", of_block<[](const tensor& x) {
             return lamina::remainder(whole_of(x * 40.f), x.net->constant({3, -4, 5, -7, 2}));
         }>},
        // torch: (x * 40).int().fmod(torch.tensor([3, -4, 5, -7, 2]))
        {"fmod_ints", of_block<[](const tensor& x) {
             return lamina::fmod(whole_of(x * 40.f), x.net->constant({3, -4, 5, -7, 2}));
         }>},
    };
    return cases;
}

}  // namespace lamina_test
