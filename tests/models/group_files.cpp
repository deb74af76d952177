// SPDX-License-Identifier: Apache-2.0
// Files of GPTQ and AWQ, made here from numbers, zero points and scales: engines give exactly what these stand for,
// and say what is wrong with a file that they cannot read.
#include "support/random.hpp"

#include <doctest/doctest.h>
#include <lamina/debug.hpp>
#include <lamina/define.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/run.hpp>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <vector>

using namespace lamina;
using namespace lamina_test;

namespace {

struct stored_tensor {
    std::string type, dims;
    std::vector<std::byte> bytes;
};
using stored = std::map<std::string, stored_tensor>;

template <class Number>
stored_tensor tensor_of(
    const char* type, const std::vector<int>& dims, const std::vector<Number>& numbers) {
    stored_tensor out{type, {}, std::vector<std::byte>(numbers.size() * sizeof(Number))};
    for (const int extent : dims)
        out.dims += (out.dims.empty() ? "" : ",") + std::to_string(extent);
    std::memcpy(out.bytes.data(), numbers.data(), out.bytes.size());
    return out;
}

std::vector<std::byte> file_of(const stored& tensors) {
    std::string header = "{";
    std::size_t at = 0;
    for (const auto& [name, each] : tensors) {
        header += (at ? ",\"" : "\"") + name + R"(":{"dtype":")" + each.type + R"(","shape":[)"
            + each.dims + R"(],"data_offsets":[)" + std::to_string(at) + ","
            + std::to_string(at + each.bytes.size()) + "]}";
        at += each.bytes.size();
    }
    header += "}";
    while (header.size() % 8) header += ' ';
    std::vector<std::byte> file(8);
    for (std::size_t i = 0; i < 8; ++i) file[i] = std::byte(header.size() >> (8 * i));
    for (const char c : header) file.push_back(std::byte(c));
    for (const auto& [name, each] : tensors)
        file.insert(file.end(), each.bytes.begin(), each.bytes.end());
    return file;
}

/// One layer: unsigned numbers by [output][input], zero points and scales by [output][group].
struct packed_layer {
    int bits, inputs, outputs, group;
    std::vector<int> q, z;
    std::vector<float> s;

    packed_layer(
        random_source& random, int bits_, int inputs_, int outputs_, int group_, bool affine)
        : bits(bits_), inputs(inputs_), outputs(outputs_), group(group_) {
        const int most = (1 << bits) - 1;
        for (int i = 0; i < inputs * outputs; ++i) q.push_back(random.integer(0, most));
        for (int i = 0; i < groups() * outputs; ++i) {
            z.push_back(affine ? random.integer(0, most) : (most + 1) / 2);
            s.push_back(random.number(0.001f, 0.1f));
        }
    }
    int groups() const { return (inputs + group - 1) / group; }
    int number(int o, int i) const { return q[static_cast<std::size_t>(o * inputs + i)]; }
    int zero(int o, int g) const { return z[static_cast<std::size_t>(o * groups() + g)]; }
    float scale(int o, int g) const { return s[static_cast<std::size_t>(o * groups() + g)]; }
    float weight(int o, int i) const {
        return static_cast<float>(number(o, i) - zero(o, i / group)) * scale(o, i / group);
    }

    stored_tensor scales() const {
        std::vector<float> out;
        for (int g = 0; g < groups(); ++g)
            for (int o = 0; o < outputs; ++o) out.push_back(scale(o, g));
        return tensor_of("F32", {groups(), outputs}, out);
    }
    /// Words of 32 / bits numbers: GPTQ's.
    stored gptq() const {
        const int per = 32 / bits;
        std::vector<std::uint32_t> words(static_cast<std::size_t>(inputs / per * outputs));
        for (int o = 0; o < outputs; ++o)
            for (int i = 0; i < inputs; ++i)
                words[static_cast<std::size_t>(i / per * outputs + o)]
                    |= static_cast<std::uint32_t>(number(o, i)) << (i % per * bits);
        const int wide = outputs / per;
        std::vector<std::uint32_t> zeros(static_cast<std::size_t>(groups() * wide));
        for (int g = 0; g < groups(); ++g)
            for (int o = 0; o < outputs; ++o)
                zeros[static_cast<std::size_t>(g * wide + o / per)]
                    |= static_cast<std::uint32_t>((zero(o, g) - 1) & ((1 << bits) - 1))
                    << (o % per * bits);
        std::vector<int> order;
        for (int i = 0; i < inputs; ++i) order.push_back(i / group);
        return {{"fc.qweight", tensor_of("I32", {inputs / per, outputs}, words)},
            {"fc.qzeros", tensor_of("I32", {groups(), wide}, zeros)}, {"fc.scales", scales()},
            {"fc.g_idx", tensor_of("I32", {inputs}, order)}};
    }
    /// Eight outputs a word, in the order 0 2 4 6 1 3 5 7: AWQ's.
    stored awq() const {
        constexpr int order[] = {0, 2, 4, 6, 1, 3, 5, 7};
        const int wide = outputs / 8;
        std::vector<std::uint32_t> words(static_cast<std::size_t>(inputs * wide)),
            zeros(static_cast<std::size_t>(groups() * wide));
        for (int word = 0; word < wide; ++word)
            for (int place = 0; place < 8; ++place) {
                const int o = 8 * word + order[place];
                for (int i = 0; i < inputs; ++i)
                    words[static_cast<std::size_t>(i * wide + word)]
                        |= static_cast<std::uint32_t>(number(o, i)) << (4 * place);
                for (int g = 0; g < groups(); ++g)
                    zeros[static_cast<std::size_t>(g * wide + word)]
                        |= static_cast<std::uint32_t>(zero(o, g)) << (4 * place);
            }
        return {{"fc.qweight", tensor_of("I32", {inputs, wide}, words)},
            {"fc.qzeros", tensor_of("I32", {groups(), wide}, zeros)}, {"fc.scales", scales()}};
    }
};

void define(network& net, int inputs, int outputs, const weight_options* how) {
    net.output(
        "y", net.input("x", {inputs, inputs}) | linear{"fc", {.out = outputs, .bias = false}});
    if (how) net.quantize_weights(*how);
    REQUIRE(net.problems.empty());
}

/// What an engine says of a file; empty: nothing.
std::string refusal(const packed_layer& layer, const stored& tensors, const weight_options* how) {
    network net;
    define(net, layer.inputs, layer.outputs, how);
    const std::vector<std::byte> bytes = file_of(tensors);
    try {
        engine made(plan_at_run_time(net, cpu), weights::from_bytes(bytes, "made"));
    } catch (const error& e) {
        return std::string(id(e.code())) + " " + e.what();
    }
    return {};
}

}  // namespace

TEST_CASE("files of GPTQ and AWQ: rows of the unit matrix give the weights that they have") {
    random_source random("group files");
    struct one {
        int bits, inputs, outputs, group;
        bool affine, awq;
    };
    for (const one& each : {one{4, 64, 24, 32, true, false}, one{4, 96, 40, 96, false, false},
             one{8, 48, 36, 16, true, false}, one{4, 64, 48, 16, true, true},
             one{4, 128, 16, 64, false, true}}) {
        const packed_layer layer(
            random, each.bits, each.inputs, each.outputs, each.group, each.affine);
        const weight_options how{
            .bits = each.bits, .group = each.group, .zero_points = each.affine};
        network net;
        define(net, each.inputs, each.outputs, &how);
        const std::vector<std::byte> bytes = file_of(each.awq ? layer.awq() : layer.gptq());
        const weights file = weights::from_bytes(bytes, "made");
        reference_inputs inputs;
        reference_tensor& unit = inputs["x"] = reference_tensor({each.inputs, each.inputs});
        for (int i = 0; i < each.inputs; ++i)
            unit.values[static_cast<std::size_t>(i * each.inputs + i)] = 1;
        std::vector<float> wanted;
        for (int i = 0; i < each.inputs; ++i)
            for (int o = 0; o < each.outputs; ++o) wanted.push_back(layer.weight(o, i));
        const reference oracle(net, lookup_in(file));
        CHECK(oracle.output(oracle.run(inputs), "y").values == wanted);
        for (const target& on : {cpu, gpu}) {
            INFO(std::string(on.label()), ", ", each.bits, " bits, ", each.awq ? "AWQ" : "GPTQ");
            const engine made(plan_at_run_time(net, on), file);
            CHECK(made.run(unit.values).values == wanted);
        }
    }
}

TEST_CASE("files of GPTQ and AWQ: what an engine cannot read is one sentence") {
    random_source random("group files refused");
    const packed_layer layer(random, 4, 64, 16, 32, true);
    const weight_options right{.bits = 4, .group = 32, .zero_points = true};
    const auto sound = [&] { return layer.gptq(); };
    CHECK(refusal(layer, sound(), &right).empty());
    CHECK(refusal(layer, layer.awq(), &right).empty());
    const auto refuses = [&](const stored& tensors, const weight_options* how,
                             const char* sentence) {
        const std::string found = refusal(layer, tensors, how);
        CHECK_MESSAGE(found.find(sentence) != std::string::npos, found, " has not: ", sentence);
    };
    refuses(
        sound(), nullptr, "LAM-R04 made: no tensor 'fc.weight', but 'fc.qweight' of GPTQ or AWQ");
    const weight_options eight{.bits = 8, .group = 32, .zero_points = true};
    refuses(sound(), &eight, "4 bits for 16 outputs of 64 inputs, the network asks for 8");
    const weight_options wide{.bits = 4, .group = 64, .zero_points = true};
    refuses(sound(), &wide,
        "LAM-R06 made: tensor 'fc.scales' is 2x16, 1x16 is expected for groups of 64");
    const weight_options symmetric{.bits = 4, .group = 32};
    refuses(sound(), &symmetric, "the network expects 8 everywhere");

    stored damaged = sound();
    damaged.erase("fc.qzeros");
    refuses(damaged, &right, "LAM-R04 made: no tensor 'fc.qzeros' beside 'fc.qweight'");
    damaged = sound();
    damaged["fc.qzeros"] = tensor_of("I32", {2, 3}, std::vector<int>(6));
    refuses(damaged, &right, "LAM-R06 made: tensor 'fc.qzeros' is 2x3, 2x2 is expected");
    damaged = sound();
    damaged["fc.qweight"] = tensor_of("I32", {9, 16}, std::vector<int>(144));
    refuses(damaged, &right, "which is neither GPTQ's nor AWQ's for 16 outputs of 64 inputs");
    damaged = sound();
    damaged["fc.qweight"].type = "F32";
    refuses(damaged, &right, "LAM-R07 made: tensor 'fc.qweight' is of type f32, i32 is expected");
    damaged = sound();
    damaged["fc.scales"] = tensor_of("I32", {2, 16}, std::vector<int>(32));
    refuses(damaged, &right, "LAM-R07 made: tensor 'fc.scales' is of type i32");
    damaged = sound();
    std::vector<float> infinite(32, 1.0f);
    infinite[5] = INFINITY;
    damaged["fc.scales"] = tensor_of("F32", {2, 16}, infinite);
    refuses(damaged, &right, "LAM-R08 made: tensor 'fc.scales' holds NaN or infinity at element 5");
    damaged = sound();
    std::vector<int> order(64, 1);
    damaged["fc.g_idx"] = tensor_of("I32", {64}, order);
    refuses(damaged, &right, "LAM-R08 made: tensor 'fc.g_idx' puts input 0 into group 1");
    damaged = sound();
    damaged["fc.g_idx"] = tensor_of("I32", {63}, std::vector<int>(63));
    refuses(damaged, &right, "LAM-R06 made: tensor 'fc.g_idx' has 63 numbers");
    damaged = sound();
    damaged["fc.other"] = tensor_of("I32", {1}, std::vector<int>(1));
    refuses(damaged, &right, "LAM-R05");
}
