// SPDX-License-Identifier: Apache-2.0
// The layers of moves.py and vision.py, and those of volumes, sound and sequences, by their names.
#pragma once
#include <lamina/define.hpp>

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace lamina_test {

using layer_maker = std::function<std::vector<lamina::tensor>(
    lamina::network&, const std::vector<lamina::tensor>&, const nlohmann::json&)>;

const std::map<std::string, layer_maker>& move_makers();
const std::map<std::string, layer_maker>& vision_makers();
const std::map<std::string, layer_maker>& volume_makers();
const std::map<std::string, layer_maker>& sequence_makers();

}  // namespace lamina_test
