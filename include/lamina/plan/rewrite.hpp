// SPDX-License-Identifier: Apache-2.0
// Records back into a FlatBuffer, at run time: how a saved plan gets texts, binaries and a segment.
// Used by engine.save(); plans of networks are written by the compiler in plan/write.hpp instead.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <lamina/plan/plan_generated.h>
#include <lamina/plan/records.hpp>

namespace lamina {

namespace detail {

class plan_writer {
public:
    /// Fields with default values are written too, so that the size depends on no value.
    plan_writer() { to_.ForceDefaults(true); }

    std::vector<std::byte> write(const plan_records& plan);

private:
    flatbuffers::FlatBufferBuilder to_{16 * 1024};

    static format::Type type(dtype t) { return static_cast<format::Type>(t); }
    static format::MemorySpace space(memory_space w) { return static_cast<format::MemorySpace>(w); }

    flatbuffers::Offset<flatbuffers::String> text(std::string_view t) {
        return to_.CreateString(t.data() ? t.data() : "", t.size());
    }
    template <class T> flatbuffers::Offset<flatbuffers::Vector<T>> numbers(std::span<const T> all) {
        static constexpr T none{};
        return to_.CreateVector(all.empty() ? &none : all.data(), all.size());
    }
    flatbuffers::Offset<flatbuffers::Vector<std::int32_t>> extents(const shape& dims) {
        std::vector<std::int32_t> all;
        for (int axis = 0; axis < dims.rank; ++axis) all.push_back(dims[axis]);
        return numbers<std::int32_t>(all);
    }
    template <class Record> auto list(const std::vector<Record>& from) {
        std::vector<decltype(table(from[0]))> tables;
        tables.reserve(from.size());
        for (const Record& each : from) tables.push_back(table(each));
        return to_.CreateVector(tables);
    }

    flatbuffers::Offset<format::Binding> table(const plan_binding& b) {
        const auto name = text(b.name);
        return format::CreateBinding(to_, name, type(b.type), extents(b.dims), b.tensor);
    }
    flatbuffers::Offset<format::Tensor> table(const plan_tensor& t) {
        const auto name = text(t.name);
        const auto dims = extents(t.dims);
        const auto strides = numbers<std::int32_t>(t.at.stride);
        return format::CreateTensor(to_, name, t.node, type(t.type), dims, strides, t.at.block,
            space(t.space), t.index, t.offset);
    }
    flatbuffers::Offset<format::Parameter> table(const plan_parameter& p) {
        const auto name = text(p.name);
        return format::CreateParameter(to_, name, extents(p.dims));
    }
    flatbuffers::Offset<format::Fold> table(const plan_fold& f) {
        return format::CreateFold(to_, f.weight, f.bias, f.mean, f.variance, f.eps);
    }
    flatbuffers::Offset<format::Weight> table(const plan_weight& w) {
        const auto folds = list(w.folds);
        const auto dims = extents(w.dims);
        const auto inner = numbers(w.inner);
        const auto order = numbers(w.order);
        const auto transform = text(w.transform);
        return format::CreateWeight(to_, w.source, static_cast<format::Role>(w.role), w.axis, folds,
            dims, inner, order, type(w.type), w.offset, w.bytes, transform);
    }
    flatbuffers::Offset<format::Tactic> table(const plan_tactic& t) {
        const auto name = text(t.name), defines = text(t.defines);
        const auto tile = numbers(t.tile), local = numbers(t.local);
        const auto needs = text(t.needs);
        return format::CreateTactic(to_, name, defines, tile, local, t.local_bytes, needs);
    }
    flatbuffers::Offset<format::Kernel> table(const plan_kernel& k) {
        const auto family = text(k.family), defines = text(k.defines), body = text(k.text);
        return format::CreateKernel(to_, family, defines, body, numbers(k.tactics));
    }
    flatbuffers::Offset<format::Step> table(const plan_step& s) {
        const auto name = text(s.name), layers = text(s.layers);
        const auto extents = numbers(s.extents);
        std::vector<format::Argument> all;
        for (const plan_argument& a : s.arguments)
            all.emplace_back(a.offset, a.index, space(a.space), type(a.type));
        const auto arguments = to_.CreateVectorOfStructs(all);
        const auto ints = numbers(s.numbers);
        return format::CreateStep(to_, name, layers, s.kernel, s.tactic, extents, arguments, ints,
            s.output, s.flops, s.bytes);
    }
    flatbuffers::Offset<format::DeviceBinary> table(const plan_binary& b) {
        const auto device = text(b.device);
        const auto bytes = to_.CreateVector(
            reinterpret_cast<const std::uint8_t*>(b.bytes.data()), b.bytes.size());
        return format::CreateDeviceBinary(to_, device, b.kernel, b.tactic, bytes, b.merged_source);
    }
};

inline std::vector<std::byte> plan_writer::write(const plan_records& p) {
    const auto inputs = list(p.inputs), outputs = list(p.outputs);
    const auto tensors = list(p.tensors);
    const auto parameters = list(p.parameters);
    const auto weights = list(p.weights);
    const auto tactics = list(p.tactics);
    const auto kernels = list(p.kernels);
    const auto steps = list(p.steps);
    const auto binaries = list(p.binaries);
    const auto library = text(p.library), network = text(p.network), target = text(p.target);
    const auto prelude = text(p.prelude);
    flatbuffers::Offset<format::WeightsSegment> segment;
    if (p.segment.present)
        segment = format::CreateWeightsSegment(to_, p.segment.bytes, p.segment.hash);
    format::FinishPlanBuffer(to_,
        format::CreatePlan(to_, p.format, library, network, target, type(p.precision),
            p.arena_bytes, p.weight_bytes, p.flops, inputs, outputs, tensors, parameters, weights,
            tactics, kernels, steps, prelude, segment, binaries));
    const auto bytes = std::as_bytes(std::span(to_.GetBufferPointer(), to_.GetSize()));
    return {bytes.begin(), bytes.end()};
}

}  // namespace detail

/// A FlatBuffer of plan.fbs holding all of `plan`. Two plans that differ in numbers only have the
/// same size.
inline std::vector<std::byte> rewrite_plan(const plan_records& plan) {
    return detail::plan_writer().write(plan);
}

}  // namespace lamina
