// SPDX-License-Identifier: Apache-2.0
// Layers that are made of others: gates, powers, windows as columns, einsum.
// One group of torch_cases.hpp.
#include <lamina/define.hpp>

#include "torch_cases.hpp"

#include <vector>

namespace lamina_test {

using namespace lamina;

namespace {

template <auto Layer> void of_image(network& net) {
    net.output("output", Layer(net.input("input0", {2, 18, 7, 5})));
}
template <auto Layer> void of_rows(network& net) {
    net.output("output", Layer(net.input("input0", {3, 5, 38})));
}
template <auto Layer> void of_columns(network& net) {
    net.output("output", Layer(net.input("input0", {2, 36, 12})));
}
template <auto Layer> void of_matrices(network& net) {
    const tensor x = net.input("input0", {2, 3, 5, 4});
    net.output("output", Layer(x, net.input("input1", {2, 3, 4, 7})));
}
template <auto Layer> void of_squares(network& net) {
    net.output("output", Layer(net.input("input0", {2, 5, 3, 5})));
}
template <auto Layer> void of_vector(network& net) {
    const tensor x = net.input("input0", {6});
    net.output("output", Layer(x, net.input("input1", {3, 6, 5})));
}

}  // namespace

std::span<const torch_case> made_cases() {
    static constexpr torch_case cases[] = {
        // torch: F.glu(x, 1)
        {"glu", of_image<[](const tensor& x) { return x | glu{1}; }>},
        // torch: F.silu(x[..., :19]) * x[..., 19:]
        {"swiglu", of_rows<[](const tensor& x) { return x | swiglu{}; }>},
        // torch, positive: F.lp_pool2d(x, 2, 3, 2)
        {"lp_pool", of_image<[](const tensor& x) {
             return x | lp_pool{{.p = 2, .kernel = 3, .stride = 2}};
         }>},
        // torch, positive: F.lp_pool1d(x, 2, 3, 2, ceil_mode=True)
        {"lp_pool1d",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 11});
                // [lp_pool1d]
                net.output(
                    "output", x | lp_pool1d{{.p = 2, .kernel = 3, .stride = 2, .ceil_mode = true}});
                // [/lp_pool1d]
            }},
        // torch, positive: F.lp_pool3d(x, 3, (2, 3, 1), (1, 2, 2))
        {"lp_pool3d",
            [](network& net) {
                const tensor x = net.input("input0", {2, 17, 3, 7, 5});
                // [lp_pool3d]
                net.output(
                    "output", x | lp_pool3d{{.p = 3, .kernel = {2, 3, 1}, .stride = {1, 2, 2}}});
                // [/lp_pool3d]
            }},
        // torch, positive: F.lp_pool2d(x, 3, (2, 3), 1, ceil_mode=True)
        {"lp_pool_cubes", of_image<[](const tensor& x) {
             return x | lp_pool{{.p = 3, .kernel = {2, 3}, .stride = 1, .ceil_mode = true}};
         }>},
        // torch: F.normalize(x)
        {"lp_normalize", of_image<[](const tensor& x) { return x | lp_normalize{}; }>},
        // torch: F.normalize(x, p=1, dim=-1)
        {"lp_normalize_sum",
            of_rows<[](const tensor& x) { return x | lp_normalize{{.p = 1, .axis = -1}}; }>},
        // torch: F.local_response_norm(x, 5, 0.5, 0.75, 2)
        {"local_response_norm", of_image<[](const tensor& x) {
             return x | local_response_norm{5, {.alpha = 0.5f, .k = 2}};
         }>},
        // torch: F.local_response_norm(x, 4, 0.25, 0.5)
        {"local_response_norm_even", of_rows<[](const tensor& x) {
             return x | local_response_norm{4, {.alpha = 0.25f, .beta = 0.5f}};
         }>},
        // torch: F.unfold(x, 3, padding=1)
        {"unfold", of_image<[](const tensor& x) { return x | unfold{{.kernel = 3, .pad = 1}}; }>},
        // torch: F.unfold(x, (2, 3), stride=(2, 1), dilation=(2, 1), padding=(1, 0))
        {"unfold_stride", of_image<[](const tensor& x) {
             return x
                 | unfold{{.kernel = {2, 3}, .stride = {2, 1}, .pad = {1, 0}, .dilation = {2, 1}}};
         }>},
        // torch: F.unfold(x, (3, 2), stride=(3, 2))
        {"unfold_apart", of_image<[](const tensor& x) {
             return x | unfold{{.kernel = {3, 2}, .stride = {3, 2}}};
         }>},
        // torch: F.fold(x, (4, 5), 2, stride=1)
        {"fold", of_columns<[](const tensor& x) { return x | fold{{4, 5}, {.kernel = 2}}; }>},
        // torch: F.fold(x, (7, 9), 3, stride=(2, 3), padding=(1, 2), dilation=(1, 2))
        {"fold_stride", of_columns<[](const tensor& x) {
             return x
                 | fold{{7, 9}, {.kernel = 3, .stride = {2, 3}, .pad = {1, 2}, .dilation = {1, 2}}};
         }>},
        // torch: F.fold(x, (7, 9), (2, 2), stride=2)
        {"fold_apart", of_columns<[](const tensor& x) {
             return x | fold{{7, 9}, {.kernel = 2, .stride = 2}};
         }>},
        // torch: torch.einsum("bhij,bhjk->bhik", x, y)
        {"einsum", of_matrices<[](const tensor& x, const tensor& y) {
             return einsum("bhij,bhjk->bhik", x, y);
         }>},
        // torch: torch.einsum("...ij,...jk->k...i", x, y)
        {"einsum_turned", of_matrices<[](const tensor& x, const tensor& y) {
             return einsum("...ij,...jk->k...i", x, y);
         }>},
        // torch: torch.einsum("abcd,abde->ae", x, y)
        {"einsum_sums", of_matrices<[](const tensor& x, const tensor& y) {
             return einsum("abcd,abde->ae", x, y);
         }>},
        // torch: torch.einsum("abcd,aedg->bcge", x, y)
        {"einsum_outer", of_matrices<[](const tensor& x, const tensor& y) {
             return einsum("abcd,aedg->bcge", x, y);
         }>},
        // torch: torch.einsum("abcd->dca", x) * y.sum()
        {"einsum_one", of_matrices<[](const tensor& x, const tensor& y) {
             return einsum("abcd -> dca", x) * (y | reduce_sum{});
         }>},
        // torch: torch.einsum("ij,jk", x[0, 0], y[1, 2])
        {"einsum_implicit", of_matrices<[](const tensor& x, const tensor& y) {
             return einsum("ij,jk", x | slice{0, {.stop = 1}} | slice{1, {.stop = 1}} | squeeze{},
                 y | slice{0, {.start = 1}} | slice{1, {.start = 2}} | squeeze{});
         }>},
        // torch: torch.einsum("bhij,bhjk,bhlk->bhil", x, y, y)
        {"einsum_three", of_matrices<[](const tensor& x, const tensor& y) {
             return einsum("bhij,bhjk,bhlk->bhil", {x, y, y});
         }>},
        // torch: torch.einsum("bhij,bhij,cdjk->bick", x, x, y)
        {"einsum_elements", of_matrices<[](const tensor& x, const tensor& y) {
             return einsum("bhij,bhij,cdjk->bick", std::vector{x, x, y});
         }>},
        // torch: torch.einsum("...ij,...jk->...ik", x, y[:1, :1])
        {"einsum_stretched", of_matrices<[](const tensor& x, const tensor& y) {
             return einsum(
                 "...ij,...jk->...ik", x, y | slice{0, {.stop = 1}} | slice{1, {.stop = 1}});
         }>},
        // torch: torch.einsum("aibi->bia", x)
        {"einsum_diagonal", of_squares<[](const tensor& x) { return einsum("aibi->bia", x); }>},
        // torch: torch.einsum("aibi", x)
        {"einsum_trace", of_squares<[](const tensor& x) { return einsum("aibi", x); }>},
        // torch: torch.diagonal(x)
        {"diagonal", of_squares<[](const tensor& x) { return x | diagonal{}; }>},
        // torch: torch.diagonal(x, 2, 1, 3)
        {"diagonal_above", of_squares<[](const tensor& x) {
             return x | diagonal{{.offset = 2, .dim1 = 1, .dim2 = 3}};
         }>},
        // torch: torch.diagonal(x, -2, -1, -2)
        {"diagonal_below", of_squares<[](const tensor& x) {
             return x | diagonal{{.offset = -2, .dim1 = -1, .dim2 = -2}};
         }>},
        // torch: torch.matmul(x, y)
        {"matmul_row", of_vector<[](const tensor& x, const tensor& y) { return matmul(x, y); }>},
        // torch: torch.matmul(y.transpose(1, 2), x)
        {"matmul_column", of_vector<[](const tensor& x, const tensor& y) {
             return matmul(y, x, {.transpose_a = true});
         }>},
        // torch: torch.matmul(x, x) + y
        {"matmul_dot",
            of_vector<[](const tensor& x, const tensor& y) { return matmul(x, x) + y; }>},
    };
    return cases;
}

}  // namespace lamina_test
