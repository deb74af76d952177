// SPDX-License-Identifier: Apache-2.0
// Compares the weights that a network reads with the manifest of a weights file, in the
// compiler: static_assert(lamina::fits<resnet18<>, resnet18_weights>);
#pragma once
#include <lamina/core/manifest.hpp>
#include <lamina/core/name_table.hpp>
#include <lamina/core/pattern.hpp>
#include <lamina/planner/show_problem.hpp>

namespace lamina {

/// Weights are read as f32 from these types.
constexpr bool is_weight_type(dtype type) { return is_floating(type); }

/// The arguments of fits besides the manifest.
struct manifest_rules {
    const ignoring* ignored = nullptr;
    std::string_view prefix = {};  ///< of the file's names
};

namespace detail {

/// "; nearest is 'conv_1.weight'": a suggestion for a missing tensor. Considers only tensors that no
/// layer reads.
constexpr sentence missing_advice(std::string_view wanted, const manifest& file,
    const dynamic_array<char>& asked, std::string_view prefix) {
    const auto name_at
        = [&](std::size_t i) { return without_prefix(file.entries[i].name, prefix); };
    const auto ends_behind_dot = [](std::string_view all, std::string_view end) {
        return all.size() > end.size() && all.ends_with(end)
            && all[all.size() - end.size() - 1] == '.';
    };
    sentence out;
    for (std::size_t i = 0; i < file.entries.size(); ++i) {
        const std::string_view name = name_at(i);
        if (ends_behind_dot(name, wanted)) {
            const std::string_view before = name.substr(0, name.size() - wanted.size());
            bool every = true;
            for (std::size_t j = 0; j < file.entries.size(); ++j)
                every = every && name_at(j).starts_with(before);
            if (!every) continue;
            return out.append("; every name there begins with '")
                .append(before)
                .append("': write prefixed{\"")
                .append(before)
                .append("\"} in fits and .prefix in weights::open, or export with --strip ")
                .append(before);
        }
        if (!asked[i] && ends_behind_dot(wanted, name)) {
            const std::string_view before = wanted.substr(0, wanted.size() - name.size());
            return out.append("; it has '")
                .append(name)
                .append("', without '")
                .append(before)
                .append("': check the layer's name");
        }
    }
    std::string_view best, beside;
    int least = static_cast<int>(wanted.size()) / 2 + 1;
    for (std::size_t i = 0; i < file.entries.size(); ++i)
        if (is_weight_beside(name_at(i), wanted)) beside = name_at(i);
    for (std::size_t i = 0; i < file.entries.size(); ++i)
        if (!asked[i])
            if (const int far = edit_distance(wanted, name_at(i)); far < least) {
                least = far;
                best = name_at(i);
            }
    if (!beside.empty() && stem_of(best) != stem_of(wanted))
        return out.append("; it has '").append(beside).append(bias_advice);
    if (best.empty())
        out.append(", and none of a name like it is left over");
    else
        out.append("; nearest is '").append(best).append("'");
    return out.append("; check the layer's name");
}

/// Advice for a tensor that no layer reads: the layer with its name may lack an option.
constexpr sentence unused_advice(const network& net, std::string_view name) {
    const std::string_view stem = stem_of(name), part = first_part_of(name);
    bool shares_part = part.empty();
    const node* owner = nullptr;
    for (const parameter& p : net.parameters) {
        const std::string_view at = p.at.view();
        if (!stem.empty() && stem_of(at) == stem)
            owner = &net.nodes[static_cast<std::size_t>(p.node)];
        shares_part = shares_part || at.starts_with(part);
    }
    sentence out("; ");
    const bool is_bias = name.ends_with(".bias");
    if (owner) {
        out.append(who_text(*owner))
            .append(" on line ")
            .append(owner->line)
            .append(" does not read it");
        if (is_bias && traits_of(*owner).parameters >= 0) out.append(" (write .bias = true)");
    } else {
        out.append("add the layer that reads it");
    }
    out.append(", or say that it is not run: fits<..., ignoring{\"");
    if (shares_part)
        out.append(name);
    else
        out.append(part).append("*");
    return out.append("\"}>");
}

}  // namespace detail

/// Appends what disagrees between a network's weights and a file's tensors.
///
/// Errors   LAM-19 the file has no tensor of that name (the message suggests one); LAM-20 another
///          shape or element type; LAM-21 a tensor that no layer reads (except num_batches_tracked
///          and ignored ones); LAM-24 a pattern or prefix that matches no tensor.
/// Cost     O(weights + tensors); advice only for the first of each kind.
constexpr void check_manifest(
    network& net, const manifest& file, const manifest_rules& rules = {}) {
    const auto name_at
        = [&](std::size_t i) { return without_prefix(file.entries[i].name, rules.prefix); };
    const char* const where = net.nodes.empty() ? "" : net.nodes[0].file;
    const int line = net.nodes.empty() ? 0 : net.nodes[0].line;
    name_table in_file;
    bool has_prefix = rules.prefix.empty();
    for (std::size_t i = 0; i < file.entries.size(); ++i) {
        has_prefix
            = has_prefix || name_at(i).size() < std::string_view(file.entries[i].name).size();
        if (const std::uint64_t hash = hash_of(name_at(i)); in_file.find(hash) < 0)
            in_file.insert(hash, static_cast<int>(i));
    }
    dynamic_array<char> asked(file.entries.size(), 0);
    for (const parameter& p : net.parameters)
        if (const int found = in_file.find(p.hash); found >= 0)
            asked[static_cast<std::size_t>(found)] = 1;

    bool is_first = true;
    for (const parameter& p : net.parameters) {
        const int found = in_file.find(p.hash);
        const node& user = net.nodes[static_cast<std::size_t>(p.node)];
        if (found < 0) {
            sentence what = say(
                detail::who_text(user), ": ", file.file, " has no tensor '", p.at.view(), "'");
            if (is_first)
                what.append(detail::missing_advice(p.at.view(), file, asked, rules.prefix));
            is_first = false;
            detail::report_at(net, problem_id::weight_missing, user.file, user.line, what);
            continue;
        }
        const manifest_entry& entry = file.entries[static_cast<std::size_t>(found)];
        if (!(entry.dims == p.dims))
            detail::report_at(net, problem_id::weight_shape, user.file, user.line,
                say(detail::who_text(user), ": '", p.at.view(), "' is ", to_text(entry.dims).view(),
                    " in ", file.file, ", the layer needs ", to_text(p.dims).view(),
                    "; check the sizes in its options"));
        else if (!is_weight_type(entry.type))
            detail::report_at(net, problem_id::weight_shape, user.file, user.line,
                say(detail::who_text(user), ": '", p.at.view(), "' is ", to_text(entry.type),
                    " in ", file.file,
                    ", weights are f32, f16, bf16 or f64; export it as one of these"));
    }
    is_first = true;
    for (std::size_t i = 0; i < file.entries.size(); ++i) {
        const std::string_view at = name_at(i);
        if (asked[i] || at.ends_with("num_batches_tracked")) continue;
        if (rules.ignored && rules.ignored->has(at)) continue;
        sentence what = say("network: no layer asks for tensor '", at, "' of ", file.file);
        if (is_first) what.append(detail::unused_advice(net, at));
        is_first = false;
        detail::report_at(net, problem_id::weight_unused, where, line, what);
    }
    const auto refuse = [&](const char* says, std::string_view text, const char* what) {
        detail::report_at(net, problem_id::name_pattern, where, line,
            say("network: no tensor of ", file.file, says, text, what));
    };
    if (!has_prefix) refuse(" begins with '", rules.prefix, "', as prefixed{} says; remove it");
    if (rules.ignored)
        rules.ignored->each([&](std::string_view pattern) {
            for (std::size_t i = 0; i < file.entries.size(); ++i)
                if (matches(pattern, name_at(i))) return;
            refuse(
                " is called '", pattern, "', as ignoring{} says; correct the pattern or remove it");
        });
}

namespace detail {

constexpr void read_rule(manifest_rules& rules, const ignoring& patterns) {
    rules.ignored = &patterns;
}
constexpr void read_rule(manifest_rules& rules, const prefixed& names) {
    rules.prefix = names.view();
}

/// The network's own first problem, else the first disagreement with the manifest.
template <class Net, const auto& Manifest, auto... Options> consteval sentence first_mismatch() {
    network net;
    Net::define(net);
    check(net);
    manifest_rules rules;
    (read_rule(rules, Options), ...);
    if (net.problems.empty()) check_manifest(net, Manifest, rules);
    return net.problems.empty() ? sentence() : full_sentence(net.problems.front());
}

template <class Net, const auto& Manifest, auto... Options>
inline constexpr sentence found_mismatch  // step limit? clang: -fconstexpr-steps=500000000
    = first_mismatch<Net, Manifest, Options...>();

/// fits for a type that is not a network: its one error is that of plan<Net>.
template <class Net, const auto&, auto...> inline constexpr bool compared = asked<Net>::value;
template <defines_a_network Net, const auto& Manifest, auto... Options>
inline constexpr bool compared<Net, Manifest, Options...>
    = require_empty<found_mismatch<Net, Manifest, Options...>>;

}  // namespace detail

/// static_assert(lamina::fits<Net, manifest>): every name exists, every shape agrees, no tensor is left
/// over. A disagreement is a compile error of its own; the value is true even then, so that the
/// static_assert does not add a second one.
///
/// Options  ignoring{"aux.*"}: tensors that are in the file and not run; prefixed{"module."}: what
///          precedes every name in the file.
template <class Net, const auto& Manifest, auto... Options>
inline constexpr bool fits = detail::compared<Net, Manifest, Options...>;

}  // namespace lamina
