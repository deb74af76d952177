// SPDX-License-Identifier: Apache-2.0
// How a record describes its table of plan.fbs: a list of its members in the schema's order. The planner's
// encoder, the reader and the writer of saved plans all use that list, so that a new field is one member,
// one line of the list and its line in plan.fbs.
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
template <class Record, class Value> Record record_with(Value Record::*);
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

namespace detail {

/// A list whose fields are bases, so that overload resolution finds a member's number.
template <int Number, class Field> struct numbered {};
template <class Numbers, class... Fields> struct numbered_fields;
template <int... Numbers, class... Fields>
struct numbered_fields<std::integer_sequence<int, Numbers...>, Fields...>
    : numbered<Numbers, Fields>... {};

template <class... Fields>
numbered_fields<std::make_integer_sequence<int, sizeof...(Fields)>, Fields...> number_all(
    field_list<Fields...>);
template <auto Member, int Number, field_name Name, std::size_t Most>
std::integral_constant<int, Number> number_in(numbered<Number, field<Member, Name, Most>>);

}  // namespace detail

/// The number of a member's field in the schema. A member without a line in its record's list is a
/// compile error here.
template <auto Member>
inline constexpr int number_of = decltype(detail::number_in<Member>(detail::number_all(
    typename described<decltype(detail::record_with(Member))>::fields())))::value;

/// The offsets of a struct's members: each at a multiple of its size.
template <class Record> struct struct_form {
    using fields = typename described<Record>::fields;
    int position[fields::count] = {};
    int alignment = 1;
    int bytes = 0;

    constexpr struct_form() {
        for (int i = 0; i < fields::count; ++i) {
            const int wide = fields::wide[i];
            alignment = alignment < wide ? wide : alignment;
            position[i] = (bytes + wide - 1) / wide * wide;
            bytes = position[i] + wide;
        }
        bytes = (bytes + alignment - 1) / alignment * alignment;
    }
};

}  // namespace lamina::schema
