// SPDX-License-Identifier: Apache-2.0
// The inside of build_case.hpp: each layer's options from JSON.
#include "build_case.hpp"
#include "build_moves.hpp"

#include <nlohmann/json.hpp>

#include <cstring>
#include <fstream>
#include <functional>
#include <source_location>
#include <stdexcept>

using nlohmann::json;
using namespace lamina;

namespace lamina_test {
namespace {

// Options of layers as JSON has them.

float number(const json& value) {
    if (value.is_string()) return std::stof(value.get<std::string>());  // "inf", "nan"
    return value.get<float>();
}
int_list list_of(const json& value) {
    int_list out;
    for (int i : value) {
        if (out.count >= max_rank) throw std::runtime_error("more than 6 axes");
        out.at[out.count++] = i;
    }
    return out;
}
shape shape_of(const json& value) {
    shape out;
    for (int extent : value) out.push(extent);
    return out;
}
pair pair_of(const json& value) { return {value.at(0).get<int>(), value.at(1).get<int>()}; }
padding padding_of(const json& value) {
    return {value.at(0).get<int>(), value.at(1).get<int>(), value.at(2).get<int>(),
        value.at(3).get<int>()};
}
name name_of(const json& step) { return name(step.at("name").get<std::string>()); }

template <class Enum> Enum one_of(const json& word, const std::map<std::string, Enum>& words) {
    const auto found = words.find(word.get<std::string>());
    if (found == words.end())
        throw std::runtime_error("option '" + word.get<std::string>() + "' does not exist");
    return found->second;
}

shuffle_order order_of(const json& step) {
    return one_of<shuffle_order>(step.at("order"), {{"crd", crd}, {"dcr", dcr}});
}

using tensors = std::vector<tensor>;

tensors convolution(network&, const tensors& x, const json& s) {
    if (s.at("layer") == "conv2d")
        return {x[0]
            | conv2d{name_of(s),
                {.out = s.at("out"),
                    .kernel = pair_of(s.at("kernel")),
                    .stride = pair_of(s.at("stride")),
                    .pad = padding_of(s.at("pad")),
                    .dilation = pair_of(s.at("dilation")),
                    .groups = s.at("groups"),
                    .bias = s.at("bias")}}};
    return {x[0]
        | conv_transpose2d{name_of(s),
            {.out = s.at("out"),
                .kernel = pair_of(s.at("kernel")),
                .stride = pair_of(s.at("stride")),
                .pad = padding_of(s.at("pad")),
                .output_padding = pair_of(s.at("output_padding")),
                .dilation = pair_of(s.at("dilation")),
                .groups = s.at("groups"),
                .bias = s.at("bias")}}};
}

tensors pool(network&, const tensors& x, const json& s) {
    const max_pool_options windows{.kernel = pair_of(s.at("kernel")),
        .stride = pair_of(s.at("stride")),
        .pad = padding_of(s.at("pad")),
        .dilation = pair_of(s.at("dilation")),
        .ceil_mode = s.at("ceil_mode")};
    if (s.at("layer") == "max_pool") return {x[0] | max_pool{windows}};
    if (s.at("layer") == "max_pool_with_indices") {
        const auto [values, indices] = x[0] | max_pool_with_indices{windows, index_space::tensor};
        return {values, indices};
    }
    return {x[0]
        | avg_pool{{.kernel = pair_of(s.at("kernel")),
            .stride = pair_of(s.at("stride")),
            .pad = padding_of(s.at("pad")),
            .dilation = pair_of(s.at("dilation")),
            .ceil_mode = s.at("ceil_mode"),
            .count_include_pad = s.value("count_include_pad", true),
            .divisor_override = s.value("divisor_override", 0)}}};
}

tensors scalar(network&, const tensors& x, const json& s) {
    const float n = number(s.at("number"));
    const std::map<std::string, std::function<tensor()>> words{
        {"add", [&] { return add(x[0], n); }}, {"sub", [&] { return sub(x[0], n); }},
        {"mul", [&] { return mul(x[0], n); }}, {"div", [&] { return div(x[0], n); }},
        {"min", [&] { return min(x[0], n); }}, {"max", [&] { return max(x[0], n); }},
        {"pow", [&] { return lamina::pow(x[0], n); }}, {"rsub", [&] { return sub(n, x[0]); }},
        {"rdiv", [&] { return div(n, x[0]); }}, {"rpow", [&] { return lamina::pow(n, x[0]); }}};
    return {words.at(s.at("function").get<std::string>())()};
}

tensors binary(network&, const tensors& x, const json& s) {
    const std::map<std::string, std::function<tensor()>> words{
        {"add", [&] { return add(x[0], x[1]); }}, {"sub", [&] { return sub(x[0], x[1]); }},
        {"mul", [&] { return mul(x[0], x[1]); }}, {"div", [&] { return div(x[0], x[1]); }},
        {"min", [&] { return min(x[0], x[1]); }}, {"max", [&] { return max(x[0], x[1]); }},
        {"pow", [&] { return lamina::pow(x[0], x[1]); }}};
    return {words.at(s.at("function").get<std::string>())()};
}

tensors resized(network&, const tensors& x, const json& s) {
    resize_options o;
    o.mode = one_of<resize_mode>(
        s.at("mode"), {{"nearest", nearest}, {"bilinear", bilinear}, {"bicubic", bicubic}});
    o.coordinates = one_of<resize_coordinates>(s.at("coordinates"),
        {{"half_pixel", half_pixel}, {"align_corners", align_corners}, {"asymmetric", asymmetric},
            {"pytorch_half_pixel", pytorch_half_pixel},
            {"half_pixel_symmetric", half_pixel_symmetric},
            {"tf_crop_and_resize", crop_and_resize}});
    if (s.contains("rounding"))
        o.rounding = one_of<resize_rounding>(s.at("rounding"),
            {{"floor", round_floor}, {"ceil", round_ceil},
                {"round_prefer_floor", round_prefer_floor},
                {"round_prefer_ceil", round_prefer_ceil}});
    if (s.contains("size")) o.size = pair_of(s.at("size"));
    if (s.contains("scale"))
        o.scale = {s.at("scale").at(0).get<double>(), s.at("scale").at(1).get<double>()};
    if (s.contains("cubic_a")) o.cubic_a = number(s.at("cubic_a"));
    o.antialias = s.value("antialias", false);
    o.exclude_outside = s.value("exclude_outside", false);
    if (s.contains("roi")) {
        const json& roi = s.at("roi");
        o.roi = {number(roi.at(0)), number(roi.at(1)), number(roi.at(2)), number(roi.at(3))};
        o.extrapolation = number(s.at("extrapolation"));
    }
    return {x[0] | resize{o}};
}

tensors reduced(network&, const tensors& x, const json& s) {
    const int_list axes = list_of(s.at("axes"));
    const bool keep = s.at("keep_dims");
    const std::string kind = s.at("kind");
    if (kind == "mean") return {x[0] | reduce_mean{axes, keep}};
    if (kind == "max") return {x[0] | reduce_max{axes, keep}};
    if (kind == "min") return {x[0] | reduce_min{axes, keep}};
    if (kind == "prod") return {x[0] | reduce_prod{axes, keep}};
    if (kind == "l1") return {x[0] | reduce_l1{axes, keep}};
    if (kind == "l2") return {x[0] | reduce_l2{axes, keep}};
    if (kind == "logsumexp") return {x[0] | reduce_logsumexp{axes, keep}};
    return {x[0] | reduce_sum{axes, keep}};
}

tensors sliced(network&, const tensors& x, const json& s) {
    slice_range r{.step = s.at("step")};
    if (!s.at("start").is_null()) r.start = s.at("start").get<int>();
    if (!s.at("stop").is_null()) r.stop = s.at("stop").get<int>();
    return {x[0] | slice{s.at("axis").get<int>(), r}};
}

tensors normalised(network&, const tensors& x, const json& s) {
    const std::string layer = s.at("layer");
    const float eps = s.at("eps");
    const name at = name_of(s);
    if (layer == "layer_norm")
        return {x[0] | layer_norm{at, {.axes = s.at("axes"), .eps = eps, .bias = s.at("bias")}}};
    if (layer == "rms_norm") return {x[0] | rms_norm{at, {.axes = s.at("axes"), .eps = eps}}};
    if (layer == "group_norm")
        return {x[0] | group_norm{at, s.at("groups").get<int>(), {.eps = eps}}};
    if (layer == "instance_norm") return {x[0] | instance_norm{at, {.eps = eps, .affine = true}}};
    return {x[0] | batch_norm{at, {.eps = eps}}};
}

using maker = std::function<tensors(network&, const tensors&, const json&)>;

/// A layer of one value whose arguments are floats.
template <class Layer> maker plain() {
    return [](network&, const tensors& x, const json& s) -> tensors {
        const json& a = s.at("arguments");
        if constexpr (std::is_constructible_v<Layer, float, float>)
            if (a.size() == 2) return {x[0] | Layer{number(a[0]), number(a[1])}};
        if constexpr (std::is_constructible_v<Layer, float>)
            if (a.size() == 1) return {x[0] | Layer{number(a[0])}};
        if constexpr (std::is_default_constructible_v<Layer>)
            if (a.empty()) return {x[0] | Layer{}};
        throw std::runtime_error("a number of arguments that the layer does not take");
    };
}

const std::map<std::string, maker>& makers() {
    static const std::map<std::string, maker> all{
        {"parameter",
            [](network& net, const tensors&, const json& s) -> tensors {
                return {net.parameter(name_of(s), shape_of(s.at("dims")))};
            }},
        {"relu", plain<relu>()}, {"leaky_relu", plain<leaky_relu>()}, {"elu", plain<elu>()},
        {"sigmoid", plain<sigmoid>()}, {"tanh", plain<lamina::tanh>()}, {"silu", plain<silu>()},
        {"hard_sigmoid", plain<hard_sigmoid>()}, {"hard_swish", plain<hard_swish>()},
        {"mish", plain<mish>()}, {"gelu_erf", plain<gelu_erf>()}, {"gelu_tanh", plain<gelu_tanh>()},
        {"softplus", plain<softplus>()}, {"softsign", plain<softsign>()}, {"selu", plain<selu>()},
        {"celu", plain<celu>()}, {"hard_shrink", plain<hard_shrink>()},
        {"soft_shrink", plain<soft_shrink>()}, {"threshold", plain<threshold>()},
        {"clamp", plain<clamp>()}, {"exp", plain<lamina::exp>()}, {"log", plain<lamina::log>()},
        {"sqrt", plain<lamina::sqrt>()}, {"abs", plain<lamina::abs>()}, {"neg", plain<neg>()},
        {"sin", plain<lamina::sin>()}, {"cos", plain<lamina::cos>()}, {"tan", plain<lamina::tan>()},
        {"asin", plain<lamina::asin>()}, {"acos", plain<lamina::acos>()},
        {"atan", plain<lamina::atan>()}, {"sinh", plain<lamina::sinh>()},
        {"cosh", plain<lamina::cosh>()}, {"asinh", plain<lamina::asinh>()},
        {"acosh", plain<lamina::acosh>()}, {"atanh", plain<lamina::atanh>()},
        {"erf", plain<lamina::erf>()}, {"floor", plain<lamina::floor>()},
        {"ceil", plain<lamina::ceil>()}, {"round", plain<lamina::round>()},
        {"sign", plain<lamina::sign>()}, {"reciprocal", plain<lamina::reciprocal>()},
        {"scalar", scalar}, {"binary", binary},
        {"prelu",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {x[0] | prelu{name_of(s), {.count = s.at("count")}}};
            }},
        {"conv2d", convolution}, {"conv_transpose2d", convolution}, {"max_pool", pool},
        {"max_pool_with_indices", pool}, {"avg_pool", pool},
        {"max_unpool",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {max_unpool(x[0], x[1], pair_of(s.at("size")), index_space::tensor)};
            }},
        {"global_avg_pool",
            [](network&, const tensors& x, const json&) {
                return tensors{x[0] | global_avg_pool{}};
            }},
        {"global_max_pool",
            [](network&, const tensors& x, const json&) {
                return tensors{x[0] | global_max_pool{}};
            }},
        {"matmul",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {matmul(x[0], x[1],
                    {.transpose_a = s.value("transpose_a", false),
                        .transpose_b = s.value("transpose_b", false)})};
            }},
        {"embedding",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {
                    x[0] | embedding{name_of(s), {.rows = s.at("rows"), .width = s.at("width")}}};
            }},
        {"attention",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {attention(x[0], x[1], x[2],
                    {.causal = s.at("causal"),
                        .scale = s.at("scale"),
                        .mask = x.size() > 3 ? x[3] : tensor{},
                        .enable_gqa = s.value("gqa", false)})};
            }},
        {"concat",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {concat(x, s.at("axis").get<int>())};
            }},
        {"split",
            [](network&, const tensors& x, const json& s) -> tensors {
                return apply_split(x[0], s.at("sizes").get<std::vector<int>>(), s.at("axis"),
                    {"split", {}, std::source_location::current()});
            }},
        {"slice", sliced},
        {"reshape",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {x[0] | reshape{shape_of(s.at("dims"))}};
            }},
        {"squeeze",
            [](network&, const tensors& x, const json& s) -> tensors {
                if (!s.contains("axis")) return {x[0] | squeeze{}};
                return {x[0] | squeeze{s.at("axis").get<int>()}};
            }},
        {"unsqueeze",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {x[0] | unsqueeze{s.at("axis").get<int>()}};
            }},
        {"permute",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {x[0] | permute{list_of(s.at("order"))}};
            }},
        {"pad",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {x[0]
                    | pad{{.before = list_of(s.at("before")),
                        .after = list_of(s.at("after")),
                        .mode = one_of<pad_kind>(s.at("mode"),
                            {{"constant", constant}, {"reflect", reflect}, {"replicate", replicate},
                                {"circular", circular}}),
                        .value = number(s.at("value"))}}};
            }},
        {"pixel_shuffle",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {x[0] | pixel_shuffle{s.at("factor").get<int>(), order_of(s)}};
            }},
        {"pixel_unshuffle",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {x[0] | pixel_unshuffle{s.at("factor").get<int>(), order_of(s)}};
            }},
        {"resize", resized},
        {"softmax",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {x[0] | softmax{.axis = s.at("axis")}};
            }},
        {"log_softmax",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {x[0] | log_softmax{.axis = s.at("axis")}};
            }},
        {"reduce", reduced},
        {"argmax",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {x[0]
                    | argmax{.axis = s.at("axis"),
                        .keep_dims = s.at("keep_dims"),
                        .take_last = s.at("last")}};
            }},
        {"argmin",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {x[0]
                    | argmin{.axis = s.at("axis"),
                        .keep_dims = s.at("keep_dims"),
                        .take_last = s.at("last")}};
            }},
        {"truth_of_two",
            [](network&, const tensors& x, const json& s) -> tensors {
                using of_two = tensor (*)(const tensor&, const tensor&, std::source_location);
                static const std::map<std::string, of_two> all{{"eq", eq}, {"lt", lt}, {"le", le},
                    {"gt", gt}, {"ge", ge}, {"logical_and", logical_and},
                    {"logical_or", logical_or}, {"logical_xor", logical_xor}};
                return {all.at(s.at("function"))(x[0], x[1], std::source_location::current())};
            }},
        {"truth_of_number",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {s.at("function") == "gt" ? gt(x[0], number(s.at("number")))
                                                 : lt(x[0], number(s.at("number")))};
            }},
        {"truth_of_one",
            [](network&, const tensors& x, const json& s) -> tensors {
                const std::string function = s.at("function");
                return {function == "isnan"   ? lamina::isnan(x[0])
                        : function == "isinf" ? lamina::isinf(x[0])
                                              : logical_not(x[0])};
            }},
        {"where",
            [](network&, const tensors& x, const json&) -> tensors {
                return {where(x[0], x[1], x[2])};
            }},
        {"topk",
            [](network&, const tensors& x, const json& s) -> tensors {
                const auto [values, indices]
                    = x[0] | topk{.k = s.at("k"), .axis = s.at("axis"), .largest = s.at("largest")};
                return {values, indices};
            }},
        {"flip",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {x[0] | flip{list_of(s.at("axes"))}};
            }},
        {"layer_norm", normalised}, {"rms_norm", normalised}, {"group_norm", normalised},
        {"instance_norm", normalised}, {"batch_norm", normalised}};
    return all;
}

}  // namespace

numbers_file::numbers_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary | std::ios::ate);
    if (!in) throw std::runtime_error("cannot read " + path);
    words.resize(static_cast<std::size_t>(in.tellg()) / 4);
    in.seekg(0);
    in.read(reinterpret_cast<char*>(words.data()), static_cast<std::streamsize>(words.size() * 4));
}
reference_tensor numbers_file::read(const json& of) const {
    dtype type = dtype::f32;
    for (const dtype one : {dtype::i32, dtype::i8, dtype::u8, dtype::boolean})
        if (of.at("type") == to_text(one)) type = one;
    reference_tensor out(shape_of(of.at("dims")), type);
    const std::size_t at = of.at("at"), count = out.values.size() + out.indices.size();
    if (at + count > words.size()) throw std::runtime_error("numbers.bin is too short");
    void* to = is_integer(out.type) ? static_cast<void*>(out.indices.data())
                                    : static_cast<void*>(out.values.data());
    if (count) std::memcpy(to, words.data() + at, count * 4);
    return out;
}

built_case::built_case(const json& of, const numbers_file& numbers) : relative(of.at("relative")) {
    std::map<std::string, tensor> values;
    for (const json& input : of.at("inputs")) {
        const std::string at = input.at("name");
        const reference_tensor& x = inputs[at] = numbers.read(input);
        values[at] = net.input(name(at), x.dims, x.type);
    }
    for (const json& weight : of.at("weights"))
        weights[weight.at("name").get<std::string>()] = numbers.read(weight);
    for (const json& step : of.at("steps")) {
        tensors from;
        for (const std::string in : step.at("in")) from.push_back(values.at(in));
        const std::string layer = step.at("layer");
        tensors made;
        bool is_known = false;
        for (const auto* table :
            {&makers(), &move_makers(), &vision_makers(), &volume_makers(), &sequence_makers()})
            if (const auto found = table->find(layer); found != table->end()) {
                made = found->second(net, from, step);
                is_known = true;
            }
        if (!is_known) throw std::runtime_error("no layer " + layer);
        if (!net.problems.empty())
            throw std::runtime_error(std::string(net.problems[0].what.view()));
        if (made.size() != step.at("gives").size())
            throw std::runtime_error("a layer gives another number of tensors");
        for (std::size_t i = 0; i < made.size(); ++i)
            values[step.at("gives")[i].get<std::string>()] = made[i];
    }
    int count = 0;
    for (const json& output : of.at("outputs")) {
        const std::string at = "out" + std::to_string(count++);
        net.output(name(at), values.at(output.at("value").get<std::string>()));
        expected[at] = numbers.read(output);
    }
    if (!net.problems.empty()) throw std::runtime_error(std::string(net.problems[0].what.view()));
}

weights_lookup built_case::lookup() const {
    return [this](std::string_view at) -> found_weights {
        const auto found = weights.find(at);
        if (found == weights.end()) return {};
        return {found->second.values, found->second.dims};
    };
}

std::vector<std::byte> built_case::file() const {
    json header = json::object();
    std::vector<float> data;
    for (const auto& [at, x] : weights) {
        json dims = json::array();
        for (int axis = 0; axis < x.dims.rank; ++axis) dims.push_back(x.dims[axis]);
        header[at] = {{"dtype", "F32"}, {"shape", dims},
            {"data_offsets", {data.size() * 4, (data.size() + x.values.size()) * 4}}};
        data.insert(data.end(), x.values.begin(), x.values.end());
    }
    std::string text = header.dump();
    while (text.size() % 8) text += ' ';
    std::vector<std::byte> out(8 + text.size() + data.size() * 4);
    const std::uint64_t size = text.size();
    std::memcpy(out.data(), &size, 8);
    std::memcpy(out.data() + 8, text.data(), text.size());
    if (!data.empty()) std::memcpy(out.data() + 8 + text.size(), data.data(), data.size() * 4);
    return out;
}

}  // namespace lamina_test
