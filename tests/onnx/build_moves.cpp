// SPDX-License-Identifier: Apache-2.0
// The inside of build_moves.hpp: each layer's options from JSON.
#include "build_moves.hpp"

#include <nlohmann/json.hpp>

#include <stdexcept>

using nlohmann::json;
using namespace lamina;

namespace lamina_test {
namespace {

using tensors = std::vector<tensor>;

combine_kind combination(const json& s) {
    static const std::map<std::string, combine_kind> all{{"none", combine_kind::replace},
        {"add", combine_kind::add}, {"mul", combine_kind::mul}, {"min", combine_kind::min},
        {"max", combine_kind::max}};
    return all.at(s.at("reduce").get<std::string>());
}

int whole_at(const json& s, const char* key) { return s.at(key).get<int>(); }

scan_options scan_of(const json& s) {
    return {.exclusive = s.at("exclusive").get<bool>(), .reverse = s.at("reverse").get<bool>()};
}

}  // namespace

const std::map<std::string, layer_maker>& move_makers() {
    static const std::map<std::string, layer_maker> all{
        {"gather",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {gather(x[0], x[1], whole_at(s, "axis"))};
            }},
        {"gather_elements",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {gather_elements(x[0], x[1], whole_at(s, "axis"))};
            }},
        {"gather_nd",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {gather_nd(x[0], x[1], whole_at(s, "batch_dims"))};
            }},
        {"scatter_elements",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {scatter_elements(
                    x[0], x[1], x[2], {.axis = whole_at(s, "axis"), .reduce = combination(s)})};
            }},
        {"scatter_nd",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {scatter_nd(x[0], x[1], x[2], combination(s))};
            }},
        {"one_hot",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {x[0] | one_hot{whole_at(s, "classes")}};
            }},
        {"cast",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {cast(x[0], s.at("type") == "i32" ? dtype::i32 : dtype::f32)};
            }},
        {"quantize",
            [](network&, const tensors& x, const json& s) -> tensors {
                const quantize_options o{.axis = whole_at(s, "axis"),
                    .type = s.at("type") == "uint8" ? dtype::u8 : dtype::i8};
                return {x.size() > 2 ? quantize(x[0], x[1], x[2], o) : quantize(x[0], x[1], o)};
            }},
        {"dequantize",
            [](network&, const tensors& x, const json& s) -> tensors {
                const quantize_options o{.axis = whole_at(s, "axis")};
                return {x.size() > 2 ? dequantize(x[0], x[1], x[2], o) : dequantize(x[0], x[1], o)};
            }},
        {"expand",
            [](network&, const tensors& x, const json& s) -> tensors {
                shape dims;
                for (const int extent : s.at("dims")) dims.push(extent);
                return {x[0] | expand{dims}};
            }},
        {"tile",
            [](network&, const tensors& x, const json& s) -> tensors {
                int_list counts;
                for (const int count : s.at("counts")) {
                    if (counts.count >= max_rank) throw std::runtime_error("more than 6 counts");
                    counts.at[counts.count++] = count;
                }
                return {x[0] | tile{counts}};
            }},
        {"tril",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {x[0] | tril{whole_at(s, "diagonal")}};
            }},
        {"triu",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {x[0] | triu{whole_at(s, "diagonal")}};
            }},
        {"cumsum",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {x[0] | cumsum{whole_at(s, "axis"), scan_of(s)}};
            }},
        {"cumprod",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {x[0] | cumprod{whole_at(s, "axis"), scan_of(s)}};
            }},
        {"arange",
            [](network& net, const tensors&, const json& s) -> tensors {
                return {
                    arange(net, whole_at(s, "start"), whole_at(s, "stop"), whole_at(s, "step"))};
            }},
        {"fmod",
            [](network&, const tensors& x, const json&) -> tensors {
                return {lamina::fmod(x[0], x[1])};
            }},
        {"remainder",
            [](network&, const tensors& x, const json&) -> tensors {
                return {lamina::remainder(x[0], x[1])};
            }},
        {"einsum",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {einsum(s.at("equation").get<std::string>(), x)};
            }},
        {"local_response_norm",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {x[0]
                    | local_response_norm{whole_at(s, "size"),
                        {.alpha = s.at("alpha").get<float>(),
                            .beta = s.at("beta").get<float>(),
                            .k = s.at("bias").get<float>()}}};
            }},
        {"lp_normalize",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {x[0]
                    | lp_normalize{{.p = s.at("p").get<float>(),
                        .axis = whole_at(s, "axis"),
                        .eps = s.at("eps").get<float>()}}};
            }},
        {"fold",
            [](network&, const tensors& x, const json& s) -> tensors {
                const auto two = [&](const char* key) -> pair {
                    return {s.at(key).at(0).get<int>(), s.at(key).at(1).get<int>()};
                };
                const json& pads = s.at("pad");
                return {x[0]
                    | fold{two("size"),
                        {.kernel = two("kernel"),
                            .stride = two("stride"),
                            .pad = {pads.at(0).get<int>(), pads.at(1).get<int>(),
                                pads.at(2).get<int>(), pads.at(3).get<int>()},
                            .dilation = two("dilation")}}};
            }},
        {"nonzero",
            [](network&, const tensors& x, const json& s) -> tensors {
                const auto [places, count] = x[0] | nonzero{whole_at(s, "most")};
                return {places, count};
            }},
    };
    return all;
}

}  // namespace lamina_test
