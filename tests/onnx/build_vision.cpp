// SPDX-License-Identifier: Apache-2.0
// The layers of vision.py: each one's options from JSON.
#include "build_moves.hpp"

#include <nlohmann/json.hpp>

using nlohmann::json;
using namespace lamina;

namespace lamina_test {
namespace {

using tensors = std::vector<tensor>;

int whole_at(const json& s, const char* key) { return s.at(key).get<int>(); }
pair size_of(const json& s) {
    return {s.at("size").at(0).get<int>(), s.at("size").at(1).get<int>()};
}

}  // namespace

const std::map<std::string, layer_maker>& vision_makers() {
    static const std::map<std::string, layer_maker> all{
        {"grid_sample",
            [](network&, const tensors& x, const json& s) -> tensors {
                static const std::map<std::string, resize_mode> modes{
                    {"nearest", nearest}, {"bilinear", bilinear}, {"bicubic", bicubic}};
                static const std::map<std::string, outside_mode> outside{
                    {"zeros", outside_mode::zeros}, {"border", outside_mode::border},
                    {"reflection", outside_mode::reflection}};
                return {grid_sample(x[0], x[1],
                    {.mode = modes.at(s.at("mode").get<std::string>()),
                        .outside = outside.at(s.at("outside").get<std::string>()),
                        .align_corners = s.at("align_corners").get<bool>()})};
            }},
        {"affine_grid",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {x[0]
                    | affine_grid{{.size = size_of(s),
                        .depth = whole_at(s, "depth"),
                        .align_corners = s.at("align_corners").get<bool>()}}};
            }},
        {"roi_align",
            [](network&, const tensors& x, const json& s) -> tensors {
                return {roi_align(x[0], x[1],
                    {.size = size_of(s),
                        .spatial_scale = s.at("scale").get<float>(),
                        .sampling_ratio = whole_at(s, "samples"),
                        .aligned = s.at("aligned").get<bool>()})};
            }},
        {"nms_list",
            [](network&, const tensors& x, const json& s) -> tensors {
                const nms_result chosen = nms(x[0], x[1],
                    {.most = whole_at(s, "most"),
                        .iou = s.at("iou").get<float>(),
                        .score = s.at("score").get<float>(),
                        .form = s.at("centre").get<bool>() ? box_form::centre : box_form::corners});
                const auto list = selected_list(chosen, whole_at(s, "rows"));
                return {list.rows, list.count};
            }},
    };
    return all;
}

}  // namespace lamina_test
