// SPDX-License-Identifier: Apache-2.0
// Compares the weights that a network asks for with the manifest of a weights file, in the
// compiler: static_assert(lamina::fits<resnet18<>, resnet18_weights>);
#pragma once
#include <lamina/compile/show_problem.hpp>
#include <lamina/core/manifest.hpp>
#include <lamina/core/name_table.hpp>

namespace lamina {

/// Weights are read as f32 from these types.
constexpr bool is_weight_type(dtype type) {
    return type == dtype::f32 || type == dtype::f16 || type == dtype::bf16 || type == dtype::f64;
}

/// Appends what disagrees between a network's weights and a file's tensors.
///
/// Errors   LAM-19 the file has no tensor of that name (the nearest one is named); LAM-20 another
///          shape or element type; LAM-21 a tensor that no layer asks for (but
///          num_batches_tracked).
/// Cost     O(weights + tensors); the nearest name only for the first missing one.
constexpr void check_manifest(network& net, const manifest& file) {
    const auto nearest = [](std::string_view to, auto&& name_at, std::size_t count) {
        std::string_view best;
        int least = 1 << 30;
        for (std::size_t i = 0; i < count; ++i)
            if (const int far = edit_distance(to, name_at(i)); far < least) {
                least = far;
                best = name_at(i);
            }
        return best;
    };
    name_table in_file;
    for (std::size_t i = 0; i < file.entries.size(); ++i)
        if (const std::uint64_t hash = hash_of(file.entries[i].name); in_file.find(hash) < 0)
            in_file.insert(hash, static_cast<int>(i));

    std::vector<char> asked(file.entries.size(), 0);
    bool is_first = true;
    for (const parameter& p : net.parameters) {
        const node& user = net.nodes[static_cast<std::size_t>(p.node)];
        const sentence who = detail::who_text(user);
        const int found = in_file.find(p.hash);
        if (found < 0) {
            sentence what = say(who.view(), ": ", file.file, " has no tensor '", p.at.view(), "'");
            if (is_first && !file.entries.empty())
                what.append("; nearest is '")
                    .append(nearest(
                        p.at.view(),
                        [&](std::size_t i) { return std::string_view(file.entries[i].name); },
                        file.entries.size()))
                    .append("'");
            is_first = false;
            what.append("; check the layer's name");
            detail::report_at(net, problem_id::weight_missing, user.file, user.line, what);
            continue;
        }
        asked[static_cast<std::size_t>(found)] = 1;
        const manifest_entry& entry = file.entries[static_cast<std::size_t>(found)];
        if (!(entry.dims == p.dims))
            detail::report_at(net, problem_id::weight_shape, user.file, user.line,
                say(who.view(), ": '", p.at.view(), "' is ", to_text(entry.dims).view(), " in ",
                    file.file, ", the layer needs ", to_text(p.dims).view(),
                    "; check channels, kernel and groups"));
        else if (!is_weight_type(entry.type))
            detail::report_at(net, problem_id::weight_shape, user.file, user.line,
                say(who.view(), ": '", p.at.view(), "' is ", to_text(entry.type), " in ", file.file,
                    ", weights are f32, f16, bf16 or f64; export it as one of these"));
    }
    for (std::size_t i = 0; i < file.entries.size(); ++i) {
        const std::string_view at = file.entries[i].name;
        if (asked[i] || at.ends_with("num_batches_tracked")) continue;
        sentence what = say("network: no layer asks for tensor '", at, "' of ", file.file);
        if (is_first && !net.parameters.empty())
            what.append("; nearest is '")
                .append(nearest(
                    at, [&](std::size_t p) { return net.parameters[p].at.view(); },
                    net.parameters.size()))
                .append("'");
        is_first = false;
        what.append("; add the layer or option that reads it (a bias?)");
        detail::report_at(net, problem_id::weight_unused,
            net.nodes.empty() ? "" : net.nodes[0].file, net.nodes.empty() ? 0 : net.nodes[0].line,
            what);
    }
}

namespace detail {

/// The network's own first problem, else the first disagreement with the manifest.
template <class Net, const auto& Manifest> consteval sentence first_misfit() {
    network net;
    Net::define(net);
    check(net);
    if (net.problems.empty()) check_manifest(net, Manifest);
    return net.problems.empty() ? sentence() : full_sentence(net.problems.front());
}

template <class Net, const auto& Manifest>
inline constexpr sentence misfit = first_misfit<Net, Manifest>();

}  // namespace detail

/// static_assert(lamina::fits<Net, manifest>): every name exists, every shape agrees, nothing is
/// left over. The compile error is the sentence; the value is true, so that it comes alone.
template <class Net, const auto& Manifest>
inline constexpr bool fits = detail::require_empty<detail::misfit<Net, Manifest>>;

}  // namespace lamina
