// SPDX-License-Identifier: Apache-2.0
// How ranges are found. Included by calibrate.hpp, or compiled into Lamina::compiled.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <span>
#include <string_view>
#include <utility>

#include <lamina/calibrate.hpp>
#include <lamina/calibration/improve_weights.hpp>
#include <lamina/calibration/known_ranges.hpp>
#include <lamina/core/error.hpp>
#include <lamina/graph/quantized.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/runtime/engine.hpp>
#include <lamina/runtime/file.hpp>
#include <lamina/runtime/file_room.hpp>

namespace lamina {

namespace detail {

/// The numbers from 0 to 255 that a range with 0 in it is cut into.
struct byte_range {
    float scale = 1;
    int zero = 0;

    static byte_range of(double least, double most) {
        least = std::min(least, 0.0);
        most = std::max(most, 0.0);
        byte_range out;
        const auto scale = static_cast<float>((most - least) / 255);
        if (!(scale >= 1.2e-38f && std::isfinite(scale))) return out;  // nothing but 0
        out.scale = scale;
        out.zero = static_cast<int>(
            std::clamp(std::nearbyint(-least / static_cast<double>(scale)), 0.0, 255.0));
        return out;
    }
    double level(double x) const {
        return std::clamp(std::nearbyint(x / static_cast<double>(scale)) + zero, 0.0, 255.0);
    }
    double back(double x) const { return (level(x) - zero) * static_cast<double>(scale); }
};

inline double squared_error(const seen_range& seen, const byte_range& range) {
    double sum = 0;
    for (std::size_t i = 0; i < seen.counts.size(); ++i) {
        if (seen.counts[i] == 0) continue;
        const double x = seen.middle(i), off = range.back(x) - x;
        sum += seen.counts[i] * off * off;
    }
    return sum;
}

/// How much is lost of the distribution: that of the numbers with those outside moved to the ends, against
/// that of the numbers inside, each of the 256 parts even.
inline double divergence(const seen_range& seen, const byte_range& range) {
    const std::size_t bins = seen.counts.size();
    const double low = (0 - range.zero) * static_cast<double>(range.scale),
                 high = (255 - range.zero) * static_cast<double>(range.scale);
    std::vector<double> wanted(bins, 0.0);
    std::array<double, 256> mass{}, places{};
    std::size_t first = bins, last = 0;
    for (std::size_t i = 0; i < bins; ++i)
        if (seen.middle(i) >= low - seen.width() && seen.middle(i) <= high + seen.width()) {
            first = std::min(first, i);
            last = i;
        }
    if (first > last) return std::numeric_limits<double>::infinity();
    double all = 0, inside = 0;
    for (std::size_t i = 0; i < bins; ++i) {
        wanted[std::clamp(i, first, last)] += seen.counts[i];
        all += seen.counts[i];
        if (i < first || i > last || seen.counts[i] == 0) continue;
        const auto level = static_cast<std::size_t>(range.level(seen.middle(i)));
        mass[level] += seen.counts[i];
        places[level] += 1;
        inside += seen.counts[i];
    }
    if (inside == 0) return std::numeric_limits<double>::infinity();
    double sum = 0;
    for (std::size_t i = first; i <= last; ++i) {
        if (wanted[i] == 0) continue;
        const auto level = static_cast<std::size_t>(range.level(seen.middle(i)));
        const double p = wanted[i] / all;
        const double q = seen.counts[i] > 0 ? mass[level] / places[level] / inside : 0;
        sum += p * std::log(p / std::max(q, 1e-9));
    }
    return sum;
}

inline byte_range choose_range(const seen_range& seen, const calibration_options& options) {
    if (!(seen.most >= seen.least)) return {};
    if (options.method == calibration_method::min_max || !(seen.width() > 0))
        return byte_range::of(seen.least, seen.most);
    double all = 0;
    for (const double count : seen.counts) all += count;
    if (options.method == calibration_method::percentile) {
        const double beyond = all * (1 - options.percentile / 100);
        std::size_t low = 0, high = seen.counts.size();
        for (double passed = 0; low < high && (passed += seen.counts[low]) <= beyond; ++low) {}
        for (double passed = 0; high > low + 1 && (passed += seen.counts[high - 1]) <= beyond;)
            --high;
        return byte_range::of(seen.least + static_cast<double>(low) * seen.width(),
            seen.least + static_cast<double>(high) * seen.width());
    }
    byte_range best;
    double least = std::numeric_limits<double>::infinity();
    for (int share = 100; share >= 10; --share) {
        const byte_range range
            = byte_range::of(std::min(seen.least, 0.0) * share / 100, seen.most * share / 100);
        const double loss = options.method == calibration_method::mse ? squared_error(seen, range)
                                                                      : divergence(seen, range);
        if (loss < least) {
            least = loss;
            best = range;
        }
    }
    return best;
}

}  // namespace detail

LAMINA_INLINE std::vector<std::byte> calibration::with(const weights& file) const {
    const auto is_ours = [&](std::string_view name) {
        return std::any_of(values.begin(), values.end(), [&](const calibrated_value& v) {
            return name == v.layer + ".output_scale" || name == v.layer + ".output_zero_point";
        });
    };
    // The file's tensors first: those of one float may lie anywhere.
    struct piece {
        const weight_view* in_file = nullptr;
        std::span<const float> own;
    };
    std::vector<piece> pieces;
    std::vector<float> numbers;
    for (const calibrated_value& v : values) {
        numbers.push_back(v.scale);
        numbers.push_back(static_cast<float>(v.zero_point));
    }
    std::string header = "{";
    std::size_t size = 0;
    const auto add = [&](std::string_view name, std::string_view type, const std::string& dims,
                         const piece& from, std::size_t bytes) {
        std::string quoted;
        for (const char c : name) {
            if (c == '"' || c == '\\') quoted += '\\';
            quoted += c;
        }
        header += (header.size() > 1 ? ",\"" : "\"") + quoted + R"(":{"dtype":")"
            + std::string(type) + R"(","shape":[)" + dims + R"(],"data_offsets":[)"
            + std::to_string(size) + "," + std::to_string(size + bytes) + "]}";
        size += bytes;
        pieces.push_back(from);
    };
    for (const weight_view& tensor : file.all()) {
        if (is_ours(tensor.name)) continue;
        std::string dims;
        for (const std::int64_t extent : tensor.dims)
            dims += (dims.empty() ? "" : ",") + std::to_string(extent);
        const auto other = std::find_if(changed.begin(), changed.end(),
            [&](const changed_tensor& one) { return one.name == tensor.name; });
        if (other == changed.end())
            add(tensor.name, tensor.type_name, dims, {&tensor, {}}, tensor.bytes.size());
        else
            add(tensor.name, "F32", dims, {nullptr, other->values}, 4 * other->values.size());
    }
    for (std::size_t i = 0; i < numbers.size(); ++i)
        add(values[i / 2].layer + (i % 2 ? ".output_zero_point" : ".output_scale"), "F32", "1",
            {nullptr, std::span(numbers).subspan(i, 1)}, 4);
    header += "}";
    while (header.size() % 8) header += ' ';
    std::vector<std::byte> out;
    file_room room;
    out.reserve(8 + header.size() + size);
    for (std::size_t i = 0; i < 8; ++i) out.push_back(std::byte(header.size() >> (8 * i) & 255));
    const auto put = [&](std::span<const std::byte> bytes) {
        out.insert(out.end(), bytes.begin(), bytes.end());
    };
    put(std::as_bytes(std::span(header)));
    for (const piece& one : pieces)
        put(one.in_file ? file.read(one.in_file->bytes, room) : std::as_bytes(one.own));
    return out;
}

LAMINA_INLINE void calibration::write(const std::string& path, const weights& file) const {
    const std::vector<std::byte> bytes = with(file);
    const std::span<const std::byte> parts[] = {bytes};
    detail::write_file(path, parts);
}

namespace detail {

/// What is looked at while a network runs in floats.
class observed_network {
public:
    static constexpr std::size_t no_range = ~std::size_t{0};

    explicit observed_network(const network& net) : net_(net) {}

    /// Looks at the range of a value; those with one number share it.
    void want_range(int id, std::size_t range) {
        of(id).range = range;
        if (range >= ranges.size()) ranges.resize(range + 1);
    }
    /// Looks at the mean of each channel of a convolution's input, or each number of a linear layer's.
    void want_means(int id, bool is_linear) {
        one& value = of(id);
        const shape& dims = net_.nodes[static_cast<std::size_t>(id)].dims;
        auto& sums = is_linear ? value.last_sums : value.channel_sums;
        sums.assign(static_cast<std::size_t>(is_linear ? dims[dims.rank - 1] : dims.c), 0.0);
    }
    std::vector<double> means(int id, bool is_linear) {
        const one& value = of(id);
        std::vector<double> out = is_linear ? value.last_sums : value.channel_sums;
        const double count = static_cast<double>(value.seen) / static_cast<double>(out.size());
        for (double& sum : out) sum /= count;
        return out;
    }

    std::vector<seen_range> ranges;

    /// Runs all samples, with histograms twice: the ends of all values of a scale are known before any of
    /// them is counted. Engines are made once, each for as many values as a plan has outputs.
    void run(const weights& file, std::size_t count, const calibration_sample& sample,
        bool counts_parts, const device& on) {
        const std::size_t room = max_outputs - net_.outputs.size();
        std::vector<int> ids;
        for (const auto& [id, value] : all_) ids.push_back(id);
        std::vector<engine> engines;
        std::vector<context> contexts;
        for (std::size_t first = 0; first < ids.size(); first += room) {
            network part = net_;
            for (std::size_t i = first; i < std::min(ids.size(), first + room); ++i)
                part.outputs.push_back({name(std::string_view(name_of(ids[i]))), ids[i], 0});
            engines.emplace_back(
                plan_at_run_time(part, cpu), file, on, engine_options{.strict = false});
            contexts.push_back(engines.back().make_context());
        }
        for (int pass = 0; pass < (counts_parts ? 2 : 1); ++pass)
            for (std::size_t k = 0; k < contexts.size(); ++k)
                for (std::size_t number = 0; number < count; ++number) {
                    sample(contexts[k], number);
                    contexts[k].run();
                    for (std::size_t i = k * room; i < std::min(ids.size(), (k + 1) * room); ++i)
                        see(ids[i], contexts[k].get(name_of(ids[i])), pass == 0);
                }
    }

private:
    struct one {
        std::size_t range = no_range;
        std::vector<double> channel_sums, last_sums;  ///< empty: nobody asks
        std::uint64_t seen = 0;                       ///< numbers, for the means
    };
    const network& net_;
    std::map<int, one> all_;  ///< by node

    one& of(int id) { return all_[id]; }
    static std::string name_of(int id) { return "value " + std::to_string(id); }

    void see(int id, std::span<const float> values, bool is_first) {
        one& value = of(id);
        if (value.range != no_range) {
            if (is_first)
                ranges[value.range].see_ends(values);
            else
                ranges[value.range].count(values);
        }
        if (!is_first) return;
        value.seen += values.size();
        const shape& dims = net_.nodes[static_cast<std::size_t>(id)].dims;
        std::size_t inner = 1;
        for (int axis = 2; axis < dims.rank; ++axis) inner *= static_cast<std::size_t>(dims[axis]);
        const std::size_t channels = value.channel_sums.size(), last = value.last_sums.size();
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (!std::isfinite(values[i])) continue;
            const auto x = static_cast<double>(values[i]);
            if (channels) value.channel_sums[i / inner % channels] += x;
            if (last) value.last_sums[i % last] += x;
        }
    }
};

LAMINA_INLINE calibration calibrate_again(const network& net, const weights& file,
    std::size_t count, const calibration_sample& sample, const calibration_options& options,
    const device& on, known_ranges* known) {
    const auto refuse = [](const char* about, const std::string& what) {
        throw error(errc::option, about, "calibrate: " + what);
    };
    if (!count) refuse("samples", "got no samples, at least one is needed; a hundred are usual");
    if (!(options.percentile > 50 && options.percentile <= 100))
        refuse("percentile",
            "the percentile is " + std::to_string(options.percentile)
                + ", above 50 to 100 is expected; 99.99 is usual");
    if (quantize_pairs(net).has_any())
        refuse("network",
            "the network says its ranges itself, by quantize and dequantize layers, so that plans for "
            "int8 need no calibration; remove these layers to find ranges, or plan it as it is");
    if (options.equalize || options.correct_bias)
        known = nullptr;  // which layers count depends on keep
    byte_values wanted(net);
    observed_network seen(known ? known->runs : net);
    std::map<int, std::size_t> places;
    std::vector<std::vector<int>> members;  // of each range
    calibration out;
    std::vector<int> multiplying;
    for (int id = 0; id < static_cast<int>(net.nodes.size()); ++id) {
        if (wanted.multiplies(id)) multiplying.push_back(id);
        if (!wanted.has(static_cast<std::size_t>(id)) || wanted.is_passed(id)) continue;
        const auto [place, is_new] = places.try_emplace(wanted.first_of(id), out.values.size());
        if (is_new) {
            out.values.emplace_back().layer = wanted.label(id).view();
            members.emplace_back();
        }
        members[place->second].push_back(id);
        seen.want_range(id, place->second);
    }
    if (out.values.empty())
        refuse("network",
            "the network has no layer that an int8 plan computes from 8 bits; those are dense "
            "convolutions and linear layers of 16 channels and more behind another layer, and "
            "convolutions of a picture to as many");
    if (net.outputs.size() >= max_outputs)
        refuse("network",
            "the network has " + std::to_string(net.outputs.size())
                + " outputs, which leaves no room for the values to look at; calibrate one with "
                  "fewer");
    editable_weights edited(net, file);
    std::vector<std::byte> equalized;
    weights used = file;
    if (options.equalize) {
        out.equalized = equalize_all(edited);
        calibration changes;
        for (auto& [name, values] : edited.changes())
            changes.changed.push_back({name, std::move(values)});
        equalized = changes.with(file);
        used = weights::from_bytes(equalized, file.label());
    }
    const auto is_linear
        = [&](int id) { return net.nodes[static_cast<std::size_t>(id)].kind == op::linear; };
    const auto input_of = [&](int id) { return net.nodes[static_cast<std::size_t>(id)].inputs[0]; };
    if (options.correct_bias)
        for (const int id : multiplying) seen.want_means(input_of(id), is_linear(id));
    if (known && known->have(members)) {
        for (std::size_t i = 0; i < members.size(); ++i)
            seen.ranges[i] = known->by_members.at(members[i]);
    } else {
        seen.run(used, count, sample, options.method != calibration_method::min_max, on);
        for (std::size_t i = 0; known && i < members.size(); ++i)
            known->by_members[members[i]] = seen.ranges[i];
    }
    if (options.correct_bias)
        for (const int id : multiplying)
            out.corrected += correct_bias(edited, id, seen.means(input_of(id), is_linear(id)));
    for (auto& [name, values] : edited.changes()) out.changed.push_back({name, std::move(values)});
    for (std::size_t i = 0; i < out.values.size(); ++i) {
        const seen_range& ends = seen.ranges[i];
        const byte_range range = choose_range(ends, options);
        calibrated_value& v = out.values[i];
        v.scale = range.scale;
        v.zero_point = range.zero;
        v.not_finite = ends.not_finite;
        if (ends.most >= ends.least) {
            v.least = static_cast<float>(ends.least);
            v.most = static_cast<float>(ends.most);
        }
    }
    return out;
}

}  // namespace detail

LAMINA_INLINE calibration calibrate(const network& net, const weights& file, std::size_t count,
    const calibration_sample& sample, const calibration_options& options, const device& on) {
    return detail::calibrate_again(net, file, count, sample, options, on, nullptr);
}

}  // namespace lamina
