// SPDX-License-Identifier: Apache-2.0
// The first problem of a network as the compile error, through the pieces of core/error_text.hpp.
// plan<Net> calls require_sound<Net>() before anything else.
#pragma once
#include <lamina/core/error_text.hpp>  // first: the list of includes in messages stays short

#include <lamina/planner/check_shapes.hpp>

namespace lamina {

/// A network is a type with `static constexpr void define(lamina::network& net)`.
template <class Net>
concept defines_a_network = requires(network& net) { Net::define(net); };

namespace detail {

/// The first problem of Net, or an empty text.
template <class Net> consteval sentence first_problem() {
    network net;
    define_and_check<Net>(net);
    return net.problems.empty() ? sentence() : full_sentence(net.problems.front());
}

/// The first problem of Net, evaluated once however often it is requested.
template <class Net>
inline constexpr sentence verdict  // step limit? clang: -fconstexpr-steps=500000000
    = first_problem<Net>();

#if defined(__cpp_static_assert) && __cpp_static_assert >= 202306L

template <const auto& Sentence> consteval bool show() {
    static_assert(Sentence.empty(), Sentence.view());
    return true;
}

/// True, or the sentence is the compile error.
template <const auto& Sentence> inline constexpr bool require_empty = show<Sentence>();

#else

template <const auto& Sentence, class Index> struct shown;

/// Holds the error as a member, so that functions that use `value` are themselves valid: clang would
/// otherwise report each of them in turn.
template <const auto& Sentence, std::size_t... Index>
struct shown<Sentence, std::index_sequence<Index...>> {
    static constexpr bool value = true;
    NETWORK_ERROR<cut_piece(Sentence.view(), Index)...> sentence;
};

/// True, or the sentence is the compile error, through NETWORK_ERROR's template arguments.
template <const auto& Sentence>
inline constexpr bool require_empty
    = shown<Sentence, std::make_index_sequence<count_pieces(Sentence.view())>>::value;

#endif

/// Says what a network is.
template <class Net> struct asked {
    static constexpr bool value = true;
    static_assert(defines_a_network<Net>,
        "a network is a type with `static constexpr void define(lamina::network& net)`; "
        "write that function, public, with this very signature");
};

/// What require_sound<Net> is: call it. Not a function template, for the reason above.
struct soundness {
    bool asked;
    consteval bool operator()() const { return asked; }
};

/// require_sound<Net>() is a compile error with the first problem of Net. It is true either way, so
/// that one mistake gives one error: check is_sound<Net>() before continuing.
template <class Net> inline constexpr soundness require_sound{asked<Net>::value};
template <defines_a_network Net>
inline constexpr soundness require_sound<Net>{require_empty<verdict<Net>>};

/// Whether Net can be planned; never a compile error.
template <class Net> consteval bool is_sound() {
    if constexpr (defines_a_network<Net>) return verdict<Net>.empty();
    return false;
}

}  // namespace detail
}  // namespace lamina
