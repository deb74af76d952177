// SPDX-License-Identifier: Apache-2.0
// Plans written by hand for tests of the run side: small, and free to be wrong in one place.
// Used by tests of plan/ and runtime/, and by the fuzz target's starting inputs.
#pragma once
#include <algorithm>
#include <deque>
#include <initializer_list>
#include <string>
#include <vector>

#include <lamina/core/version.hpp>
#include <lamina/plan/records.hpp>
#include <lamina/plan/rewrite.hpp>

namespace lamina_test {

/// Records whose lists live here; `records` may be changed before bytes() is called.
struct hand_plan {
    lamina::plan_records records;

    hand_plan() {
        records.format = lamina::plan_format;
        records.library = lamina::version_text;
        records.network = "by_hand";
        records.target = "cpu";
    }
    hand_plan(const hand_plan&) = delete;
    hand_plan& operator=(const hand_plan&) = delete;

    std::vector<std::byte> bytes() const { return lamina::rewrite_plan(records); }

    std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }
    std::span<const std::uint32_t> list(std::initializer_list<std::uint32_t> all) {
        return lists_.emplace_back(all);
    }
    std::span<const std::int32_t> ints(std::initializer_list<std::int32_t> all) {
        return ints_.emplace_back(all);
    }
    std::span<const std::uint8_t> order(std::initializer_list<std::uint8_t> all) {
        return orders_.emplace_back(all);
    }

    /// A tactic of one work-item a group.
    void plain_tactic(std::uint32_t tile) {
        records.tactics.push_back({"plain", "", list({tile, 1, 1}), list({1, 1, 1}), 0});
    }

    /// `count` elements through v = `work` of the pointwise family, VW lanes at once.
    std::uint32_t pointwise_kernel(int count, std::string work, bool half, int lanes = 8) {
        std::string d = "#define VW " + std::to_string(lanes) + "\n#define HALF "
            + std::to_string(half) + "\n#define RUN 1\n#define ALONG 5\n";
        for (int i = 0; i < 5; ++i) d += "#define D" + std::to_string(i) + " 1\n";
        d += "#define D5 " + std::to_string(count) + "\n";
        for (int i = 0; i < 5; ++i) d += "#define Y" + std::to_string(i) + " 0\n";
        d += "#define Y5 1\n#define EPILOGUE_ARGS , IN(e0)\n#define EPILOGUE_OPEN OPEN(e0);\n"
             "#define EPILOGUE(v, i0, i1, i2, i3, i4, i5) v = LOADV(e0, i5); v = "
            + work + ";\n";
        records.kernels.push_back({"pointwise", keep(std::move(d)), "", {}});
        return static_cast<std::uint32_t>(records.kernels.size() - 1);
    }

    /// Makes it a plan of two shapes: `inner` is that at 2 of a dim that is 1 in this one and along no axis.
    void add_shape(lamina::plan_records inner) {
        inner.weights.clear();
        inner.parameters.clear();
        inner.weight_bytes = records.weight_bytes;
        const auto& made = inners_.emplace_back(lamina::rewrite_plan(inner));
        records.dims = {{"n", 1, 1, 2, 1}};
        std::size_t axes = 0;
        for (const auto& b : records.inputs) axes += static_cast<std::size_t>(b.dims.rank);
        records.axes = ints_.emplace_back(axes, -1);
        records.shapes = {{ints({2}), made}};
    }

    void step(std::string_view name, std::uint32_t kernel, int count,
        std::vector<lamina::plan_argument> arguments, int output) {
        lamina::plan_step s;
        s.name = name;
        s.layers = "relu";
        s.kernel = kernel;
        s.extents = list({static_cast<std::uint32_t>(count), 1, 1});
        s.arguments = std::move(arguments);
        s.output = output;
        s.flops = s.bytes = static_cast<std::uint64_t>(count);
        records.steps.push_back(std::move(s));
    }

private:
    std::deque<std::string> texts_;
    std::deque<std::vector<std::uint32_t>> lists_;
    std::deque<std::vector<std::int32_t>> ints_;
    std::deque<std::vector<std::uint8_t>> orders_;
    std::deque<std::vector<std::byte>> inners_;
};

inline lamina::plan_tensor dense(std::string_view name, int node, lamina::shape dims,
    lamina::memory_space space, lamina::dtype type = lamina::dtype::f32, std::uint64_t offset = 0) {
    lamina::plan_tensor out{name, node, type, dims};
    const lamina::layout rows = lamina::row_major(dims);
    std::copy_n(rows.stride, lamina::max_rank, out.strides);
    out.space = space;
    out.offset = offset;
    return out;
}

/// y = relu(x) of 1000 elements, one step.
inline void make_relu(hand_plan& p, lamina::dtype type = lamina::dtype::f32) {
    using lamina::memory_space;
    auto& r = p.records;
    r.precision = type;
    r.inputs.push_back({"image", type, {1, 1000}, 0});
    r.outputs.push_back({"scores", type, {1, 1000}, 1});
    r.tensors.push_back(dense("image", 0, {1, 1000}, memory_space::input, type));
    r.tensors.push_back(dense("relu", 1, {1, 1000}, memory_space::output, type));
    p.plain_tactic(8);
    const auto kernel = p.pointwise_kernel(1000, "f_relu(v)", type == lamina::dtype::f16);
    p.step("act", kernel, 1000,
        {{0, 0, memory_space::output, type}, {0, 0, memory_space::input, type}}, 1);
}

/// y = relu(x) * 3 + w, two steps with the arena between them and a weight vector w[1000].
inline void make_two_steps(hand_plan& p) {
    using lamina::dtype;
    using lamina::memory_space;
    auto& r = p.records;
    r.arena_bytes = 8192;
    r.weight_bytes = 4032;
    r.inputs.push_back({"image", dtype::f32, {1, 1000}, 0});
    r.outputs.push_back({"scores", dtype::f32, {1, 1000}, 2});
    r.tensors.push_back(dense("image", 0, {1, 1000}, memory_space::input));
    r.tensors.push_back(dense("relu", 1, {1, 1000}, memory_space::arena, dtype::f32, 128));
    r.tensors.push_back(dense("sum", 2, {1, 1000}, memory_space::output));
    r.parameters.push_back({"bias", {1000}});
    lamina::plan_weight w;
    w.source = 0;
    w.dims = {1000};
    w.inner = p.ints({1});
    w.order = p.order({0, 1});
    w.bytes = 4000;
    r.weights.push_back(w);
    p.plain_tactic(8);
    const auto first = p.pointwise_kernel(1000, "f_relu(v)", false);
    p.step("act", first, 1000,
        {{128, 0, memory_space::arena, dtype::f32}, {0, 0, memory_space::input, dtype::f32}}, 1);
    const auto second = p.pointwise_kernel(1000, "v * 3.0f + LOADF(w, i5)", false);
    auto& k = r.kernels[second];
    std::string defines(k.defines);
    const std::string arguments = ", IN(e0)", open = "OPEN(e0);";
    defines.insert(defines.find(arguments) + arguments.size(), ", VECTOR(w)");
    defines.insert(defines.find(open) + open.size(), " OPEN(w);");
    k.defines = p.keep(std::move(defines));
    p.step("scale", second, 1000,
        {{0, 0, memory_space::output, dtype::f32}, {128, 0, memory_space::arena, dtype::f32},
            {0, 0, memory_space::weights, dtype::f32}},
        2);
}

}  // namespace lamina_test
