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
#include <lamina/core/error.hpp>
#include <lamina/graph/quantized.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/runtime/engine.hpp>
#include <lamina/runtime/file.hpp>

namespace lamina {

namespace detail {

/// What was seen of a value: its ends, then how many numbers lie in each part between them.
struct seen_range {
    static constexpr std::size_t bins = 2048;
    double least = std::numeric_limits<double>::infinity(), most = -least;
    std::vector<double> counts;
    std::uint64_t not_finite = 0;

    void see_ends(std::span<const float> values) {
        for (const float x : values) {
            if (!std::isfinite(x)) {
                ++not_finite;
                continue;
            }
            least = std::min(least, static_cast<double>(x));
            most = std::max(most, static_cast<double>(x));
        }
    }
    double width() const { return (most - least) / static_cast<double>(bins); }
    double middle(std::size_t bin) const {
        return least + (static_cast<double>(bin) + 0.5) * width();
    }
    void count(std::span<const float> values) {
        counts.resize(bins, 0.0);
        if (!(width() > 0)) return;
        for (const float x : values)
            if (std::isfinite(x))
                counts[std::min(bins - 1,
                    static_cast<std::size_t>((static_cast<double>(x) - least) / width()))] += 1;
    }
};

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
    std::string header = "{";
    std::vector<std::byte> data;
    const auto add = [&](std::string_view name, std::string_view type, const std::string& dims,
                         std::span<const std::byte> bytes) {
        std::string quoted;
        for (const char c : name) {
            if (c == '"' || c == '\\') quoted += '\\';
            quoted += c;
        }
        header += (header.size() > 1 ? ",\"" : "\"") + quoted + R"(":{"dtype":")"
            + std::string(type) + R"(","shape":[)" + dims + R"(],"data_offsets":[)"
            + std::to_string(data.size()) + "," + std::to_string(data.size() + bytes.size()) + "]}";
        data.insert(data.end(), bytes.begin(), bytes.end());
    };
    const auto is_ours = [&](std::string_view name) {
        return std::any_of(values.begin(), values.end(), [&](const calibrated_value& v) {
            return name == v.layer + ".output_scale" || name == v.layer + ".output_zero_point";
        });
    };
    std::vector<std::byte> room;
    for (const weight_view& tensor : file.all()) {
        if (is_ours(tensor.name)) continue;
        std::string dims;
        for (const std::int64_t extent : tensor.dims)
            dims += (dims.empty() ? "" : ",") + std::to_string(extent);
        add(tensor.name, tensor.type_name, dims, file.read(tensor.bytes, room));
    }
    // Tensors lie at multiples of their size only if the larger ones come first: these may lie anywhere.
    for (const calibrated_value& v : values) {
        const float zero = static_cast<float>(v.zero_point);
        for (const auto& [what, number] :
            {std::pair(".output_scale", v.scale), std::pair(".output_zero_point", zero)}) {
            const auto bytes = std::as_bytes(std::span(&number, 1));
            add(v.layer + what, "F32", "1", bytes);
        }
    }
    header += "}";
    while (header.size() % 8) header += ' ';
    std::vector<std::byte> out(8 + header.size());
    for (std::size_t i = 0; i < 8; ++i) out[i] = std::byte(header.size() >> (8 * i) & 255);
    std::memcpy(out.data() + 8, header.data(), header.size());
    out.insert(out.end(), data.begin(), data.end());
    return out;
}

LAMINA_INLINE void calibration::write(const std::string& path, const weights& file) const {
    const std::vector<std::byte> bytes = with(file);
    const std::span<const std::byte> parts[] = {bytes};
    detail::write_file(path, parts);
}

LAMINA_INLINE calibration calibrate(const network& net, const weights& file, std::size_t count,
    const calibration_sample& sample, const calibration_options& options, const device& on) {
    const auto refuse = [](const char* about, const std::string& what) {
        throw error(errc::option, about, "calibrate: " + what);
    };
    if (!count) refuse("samples", "got no samples, at least one is needed; a hundred are usual");
    if (!(options.percentile > 50 && options.percentile <= 100))
        refuse("percentile",
            "the percentile is " + std::to_string(options.percentile)
                + ", above 50 to 100 is expected; 99.99 is usual");
    if (detail::quantize_pairs(net).has_any())
        refuse("network",
            "the network says its ranges itself, by quantize and dequantize layers, so that plans for "
            "int8 need no calibration; remove these layers to find ranges, or plan it as it is");
    detail::byte_values wanted(net);
    std::vector<int> ids;
    std::vector<std::size_t> range_of;  // of each of these: the entry of the values of its scale
    std::map<int, std::size_t> known;
    calibration out;
    for (int id = 0; id < static_cast<int>(net.nodes.size()); ++id)
        if (wanted.has(static_cast<std::size_t>(id)) && !wanted.is_passed(id)) {
            const auto [place, is_new] = known.try_emplace(wanted.first_of(id), out.values.size());
            if (is_new) out.values.emplace_back().layer = wanted.label(id).view();
            ids.push_back(id);
            range_of.push_back(place->second);
        }
    if (ids.empty())
        refuse("network",
            "the network has no layer that an int8 plan computes from 8 bits; those are dense "
            "convolutions and linear layers of 16 channels and more behind another layer, and "
            "convolutions of a picture to as many");
    std::vector<detail::seen_range> seen(out.values.size());
    const std::size_t room
        = net.outputs.size() < max_outputs ? max_outputs - net.outputs.size() : 0;
    if (!room)
        refuse("network",
            "the network has " + std::to_string(net.outputs.size())
                + " outputs, which leaves no room for the values to look at; calibrate one with "
                  "fewer");
    // The ends of all values of a scale are known before any of them is counted.
    const int passes = options.method == calibration_method::min_max ? 1 : 2;
    for (int pass = 0; pass < passes; ++pass)
        for (std::size_t first = 0; first < ids.size(); first += room) {
            const std::size_t end = std::min(ids.size(), first + room);
            network part = net;
            std::vector<std::string> names;
            for (std::size_t i = first; i < end; ++i) {
                names.push_back("value " + std::to_string(ids[i]));
                part.outputs.push_back({name(std::string_view(names.back())), ids[i], 0});
            }
            const engine floats(plan_at_run_time(part, cpu), file, on, {.strict = false});
            context c = floats.make_context();
            for (std::size_t number = 0; number < count; ++number) {
                sample(c, number);
                c.run();
                for (std::size_t i = first; i < end; ++i) {
                    detail::seen_range& range = seen[range_of[i]];
                    if (pass == 0)
                        range.see_ends(c.get(names[i - first]));
                    else
                        range.count(c.get(names[i - first]));
                }
            }
        }
    for (std::size_t i = 0; i < out.values.size(); ++i) {
        const detail::byte_range range = detail::choose_range(seen[i], options);
        calibrated_value& v = out.values[i];
        v.scale = range.scale;
        v.zero_point = range.zero;
        v.not_finite = seen[i].not_finite;
        if (seen[i].most >= seen[i].least) {
            v.least = static_cast<float>(seen[i].least);
            v.most = static_cast<float>(seen[i].most);
        }
    }
    return out;
}

}  // namespace lamina
