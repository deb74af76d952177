// SPDX-License-Identifier: Apache-2.0
// Recurrent layers, rotary embeddings and inverse spectra: their options from JSON.
#include "build_moves.hpp"

#include <nlohmann/json.hpp>

using nlohmann::json;
using namespace lamina;

namespace lamina_test {
namespace {

using tensors = std::vector<tensor>;

/// States and lengths: a step names the inputs that it has behind the first.
tensor given(const tensors& x, const json& s, const char* what) {
    std::size_t place = 1;
    for (const std::string one : s.at("has")) {
        if (one == what) return x.at(place);
        ++place;
    }
    return {};
}

/// The functions of gates by ONNX's names, the first for the gates.
gate_function function_at(const json& s, std::size_t place) {
    static const std::map<std::string, function> all{{"sigmoid", function::sigmoid},
        {"tanh", function::tanh}, {"relu", function::relu}, {"softsign", function::softsign}};
    return all.at(s.at("functions").at(place).get<std::string>());
}

tensors long_memory(network&, const tensors& x, const json& s) {
    const auto [y, h, c] = x[0]
        | lstm{name(s.at("name").get<std::string>()),
            {.hidden_size = s.at("hidden_size"),
                .bias = s.at("bias"),
                .batch_first = s.at("batch_first"),
                .bidirectional = s.at("bidirectional"),
                .peepholes = s.at("peepholes"),
                .clip = s.at("clip"),
                .input_forget = s.at("couples"),
                .activations
                = {.f = function_at(s, 0), .g = function_at(s, 1), .h = function_at(s, 2)}},
            {given(x, s, "h"), given(x, s, "c")}, given(x, s, "lengths")};
    return {y, h, c};
}

tensors gated(network&, const tensors& x, const json& s) {
    const auto [y, h] = x[0]
        | gru{name(s.at("name").get<std::string>()),
            {.hidden_size = s.at("hidden_size"),
                .bias = s.at("bias"),
                .batch_first = s.at("batch_first"),
                .bidirectional = s.at("bidirectional"),
                .linear_before_reset = s.at("linear_before_reset"),
                .clip = s.at("clip"),
                .activations = {.f = function_at(s, 0), .g = function_at(s, 1)}},
            given(x, s, "h"), given(x, s, "lengths")};
    return {y, h};
}

tensors plain(network&, const tensors& x, const json& s) {
    const auto [y, h] = x[0]
        | rnn{name(s.at("name").get<std::string>()),
            {.hidden_size = s.at("hidden_size"),
                .nonlinearity = function_at(s, 0),
                .bias = s.at("bias"),
                .batch_first = s.at("batch_first"),
                .bidirectional = s.at("bidirectional"),
                .clip = s.at("clip")},
            given(x, s, "h"), given(x, s, "lengths")};
    return {y, h};
}

tensors turned(network&, const tensors& x, const json& s) {
    return {lamina::rotary(x[0], {x[1], x[2]}, {.interleaved = s.at("interleaved")})};
}

tensors signals(network&, const tensors& x, const json& s) {
    const int n = s.at("n_fft"), hop = s.at("hop");
    return {x[0] | istft{{.n_fft = n, .hop_length = hop, .center = false}}};
}

}  // namespace

const std::map<std::string, layer_maker>& sequence_makers() {
    static const std::map<std::string, layer_maker> all{{"lstm", long_memory}, {"gru", gated},
        {"rnn", plain}, {"rotary", turned}, {"istft", signals}};
    return all;
}

}  // namespace lamina_test
