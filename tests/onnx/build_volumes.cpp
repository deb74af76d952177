// SPDX-License-Identifier: Apache-2.0
// Layers of volumes, deformable convolutions and sound: their options from JSON.
#include "build_moves.hpp"

#include <nlohmann/json.hpp>

using nlohmann::json;
using namespace lamina;

namespace lamina_test {
namespace {

using tensors = std::vector<tensor>;

triple triple_of(const json& value) {
    return {value.at(0).get<int>(), value.at(1).get<int>(), value.at(2).get<int>()};
}
volume_padding padding_of_volume(const json& value) {
    volume_padding out = 0;
    out.before = triple_of(value);
    out.after = {value.at(3).get<int>(), value.at(4).get<int>(), value.at(5).get<int>()};
    return out;
}
pair two_of(const json& value) { return {value.at(0).get<int>(), value.at(1).get<int>()}; }
name called(const json& step) { return name(step.at("name").get<std::string>()); }

tensors convolution_of_volumes(network&, const tensors& x, const json& s) {
    if (s.at("layer") == "conv3d")
        return {x[0]
            | conv3d{called(s),
                {.out = s.at("out"),
                    .kernel = triple_of(s.at("kernel")),
                    .stride = triple_of(s.at("stride")),
                    .pad = padding_of_volume(s.at("pad")),
                    .dilation = triple_of(s.at("dilation")),
                    .groups = s.at("groups"),
                    .bias = s.at("bias")}}};
    return {x[0]
        | conv_transpose3d{called(s),
            {.out = s.at("out"),
                .kernel = triple_of(s.at("kernel")),
                .stride = triple_of(s.at("stride")),
                .pad = padding_of_volume(s.at("pad")),
                .output_padding = triple_of(s.at("output_padding")),
                .dilation = triple_of(s.at("dilation")),
                .groups = s.at("groups"),
                .bias = s.at("bias")}}};
}

tensors pool_of_volumes(network&, const tensors& x, const json& s) {
    const max_pool3d_options windows{.kernel = triple_of(s.at("kernel")),
        .stride = triple_of(s.at("stride")),
        .pad = padding_of_volume(s.at("pad")),
        .dilation = triple_of(s.at("dilation")),
        .ceil_mode = s.at("ceil_mode")};
    if (s.at("layer") == "max_pool3d") return {x[0] | max_pool3d{windows}};
    if (s.at("layer") == "max_pool3d_with_indices") {
        const auto [values, indices] = x[0] | max_pool3d_with_indices{windows, index_space::tensor};
        return {values, indices};
    }
    return {x[0]
        | avg_pool3d{{.kernel = windows.kernel,
            .stride = windows.stride,
            .pad = windows.pad,
            .dilation = windows.dilation,
            .ceil_mode = windows.ceil_mode,
            .count_include_pad = s.value("count_include_pad", true),
            .divisor_override = s.value("divisor_override", 0)}}};
}

tensors deformed(network&, const tensors& x, const json& s) {
    const json& pad = s.at("pad");
    return {x[0]
        | deform_conv2d{called(s), x[1],
            {.out = s.at("out"),
                .kernel = two_of(s.at("kernel")),
                .stride = two_of(s.at("stride")),
                .pad = {pad.at(0).get<int>(), pad.at(1).get<int>(), pad.at(2).get<int>(),
                    pad.at(3).get<int>()},
                .dilation = two_of(s.at("dilation")),
                .groups = s.at("groups"),
                .bias = s.at("bias"),
                .mask = x.size() > 2 ? x[2] : tensor{}}}};
}

tensors spectra(network&, const tensors& x, const json& s) {
    const int n = s.at("n_fft");
    return {x[0]
        | stft{{.n_fft = n,
            .hop_length = s.at("hop"),
            .win_length = x.size() > 1 ? x[1].dims.n : n,
            .window = x.size() > 1 ? x[1] : tensor{},
            .center = false,
            .onesided = s.at("onesided")}}};
}

tensors windows(network& net, const tensors&, const json& s) {
    const int length = s.at("length");
    const bool periodic = s.at("periodic");
    return {s.at("kind") == "hann" ? hann_window(net, length, periodic)
                                   : blackman_window(net, length, periodic)};
}

}  // namespace

const std::map<std::string, layer_maker>& volume_makers() {
    static const std::map<std::string, layer_maker> all{{"conv3d", convolution_of_volumes},
        {"conv_transpose3d", convolution_of_volumes}, {"max_pool3d", pool_of_volumes},
        {"max_pool3d_with_indices", pool_of_volumes}, {"avg_pool3d", pool_of_volumes},
        {"deform_conv2d", deformed}, {"stft", spectra}, {"window", windows}};
    return all;
}

}  // namespace lamina_test
