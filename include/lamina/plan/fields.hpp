// SPDX-License-Identifier: Apache-2.0
// How a record describes its table of plan.fbs: a list of its members in the schema's order, for the reader and
// the writer of saved plans. The planner's encoder has the numbers of the fields in plan/tables.hpp, which is
// made from plan.fbs. So a new field is its line there, one member and one line of the list.
#pragma once
#include <cstddef>
#include <type_traits>
#include <utility>

namespace lamina::schema {

/// A field's name in plan.fbs, as a template argument.
struct field_name {
    char text[24] = {};

    template <std::size_t Size> consteval field_name(const char (&name)[Size]) {
        static_assert(Size <= sizeof text);
        for (std::size_t i = 0; i < Size; ++i) text[i] = name[i];
    }
};

/// The size of a member in a table: the bytes of a number, or 4 for a reference.
template <class Value>
inline constexpr int wire_bytes = std::is_enum_v<Value> ? 1
    : std::is_arithmetic_v<Value>                       ? static_cast<int>(sizeof(Value))
                                                        : 4;

namespace detail {
template <class Record, class Value> std::type_identity<Value> value_behind(Value Record::*);
}  // namespace detail

/// One field: its member, its name, and the most entries or characters that the reader accepts. A default
/// other than zero is the member's initializer.
template <auto Member, field_name Name, std::size_t Most = ~std::size_t{0}> struct field {
    using value = typename decltype(detail::value_behind(Member))::type;
    static constexpr auto member = Member;
    static constexpr const char* name = Name.text;
    static constexpr std::size_t most = Most;
};

template <class... Fields> struct field_list {
    static constexpr int count = sizeof...(Fields);
    /// What each becomes in a table.
    static constexpr int wide[sizeof...(Fields)] = {wire_bytes<typename Fields::value>...};
};

/// The fields of a record; specialized beside it. `table` is the table's name in plan.fbs, and
/// `is_struct` says that plan.fbs stores it inline.
template <class Record> struct described {};

template <class Record>
concept is_described = requires { described<Record>::table; };

}  // namespace lamina::schema
