// SPDX-License-Identifier: Apache-2.0
// Converts a FlatBuffer to records and back, by the fields that each record lists (fields.hpp). Used by
// plan/read.hpp and plan/rewrite.hpp; no other file uses FlatBuffers.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <flatbuffers/flatbuffers.h>

#include <lamina/core/error.hpp>
#include <lamina/plan/records.hpp>
#include <lamina/plan/struct_form.hpp>

namespace lamina::detail {

using flat_table = flatbuffers::Table;
using flat_tables = flatbuffers::Vector<flatbuffers::Offset<flat_table>>;

/// The offset of a field's entry in a table's vtable.
constexpr flatbuffers::voffset_t slot_of(int number) {
    return static_cast<flatbuffers::voffset_t>(4 + 2 * number);
}

/// The largest number of an enumeration that plans may have.
constexpr std::size_t last_of(dtype) { return dtype_count - 1; }
constexpr std::size_t last_of(memory_space) {
    return static_cast<std::size_t>(memory_space::state);
}
constexpr std::size_t last_of(weight_role) { return static_cast<std::size_t>(weight_role::shift); }

template <class Value> inline constexpr bool is_list = false;
template <class Each> inline constexpr bool is_list<std::vector<Each>> = true;
template <class Value> inline constexpr bool is_span = false;
template <class Each> inline constexpr bool is_span<std::span<const Each>> = true;
template <class Record>
concept is_struct = requires { schema::described<Record>::is_struct; };

template <class Record>
inline constexpr schema::struct_form<typename schema::described<Record>::fields> form_of{};

/// A struct as plan.fbs stores it; FlatBuffers writes such bytes as they are.
template <class Record> struct alignas(form_of<Record>.alignment) struct_bytes {
    unsigned char bytes[form_of<Record>.bytes];
};

/// Calls visit.operator()<Field>(number) for each field of a record in the schema's order.
template <class... Fields, class Visit>
void visit_fields(schema::field_list<Fields...>, Visit&& visit) {
    int number = 0;
    (visit.template operator()<Fields>(number++), ...);
}
template <class Record, class Visit> void for_each_field(Visit&& visit) {
    visit_fields(typename schema::described<Record>::fields(), visit);
}

/// Whether a number of a table lies inside the bytes. It is copied, so it may be unaligned.
template <class Field, class Verifier>
bool verify_number(const Verifier& verifier, const flat_table& table, flatbuffers::voffset_t slot) {
    using value = std::conditional_t<sizeof(typename Field::value) == 1, std::uint8_t,
        typename Field::value>;
    if constexpr (requires { table.VerifyField<value>(verifier, slot, 1); })
        return table.VerifyField<value>(verifier, slot, 1);
    else  // before FlatBuffers 2.0.8
        return table.VerifyField<value>(verifier, slot);
}

/// Whether everything that a table of the record's kind refers to lies inside the bytes.
template <class Record>
bool verify_table(flatbuffers::Verifier& verifier, const flat_table& table) {
    bool good = table.VerifyTableStart(verifier);
    for_each_field<Record>([&]<class Field>(int number) {
        using value = typename Field::value;
        const flatbuffers::voffset_t slot = slot_of(number);
        if (!good) return;
        if constexpr (std::is_enum_v<value> || std::is_arithmetic_v<value>) {
            good = verify_number<Field>(verifier, table, slot);
        } else if (!table.VerifyOffset(verifier, slot)) {
            good = false;
        } else if constexpr (std::is_same_v<value, std::string_view>) {
            good = verifier.VerifyString(table.GetPointer<const flatbuffers::String*>(slot));
        } else if constexpr (schema::is_described<value>) {
            const auto* inner = table.GetPointer<const flat_table*>(slot);
            good = !inner || verify_table<value>(verifier, *inner);
        } else if constexpr (is_list<value>) {
            using each = typename value::value_type;
            if constexpr (is_struct<each>) {
                good = verifier.VerifyVector(
                    table.GetPointer<const flatbuffers::Vector<const struct_bytes<each>*>*>(slot));
            } else {
                const auto* all = table.GetPointer<const flat_tables*>(slot);
                good = verifier.VerifyVector(all);
                for (flatbuffers::uoffset_t i = 0; good && all && i < all->size(); ++i)
                    good = verify_table<each>(verifier, *all->Get(i));
            }
        } else if constexpr (is_span<value>) {
            using each = std::conditional_t<std::is_same_v<typename value::value_type, std::byte>,
                std::uint8_t, std::remove_const_t<typename value::value_type>>;
            good = verifier.VerifyVector(table.GetPointer<const flatbuffers::Vector<each>*>(slot));
        } else {  // extents of a shape or an array
            good = verifier.VerifyVector(
                table.GetPointer<const flatbuffers::Vector<std::int32_t>*>(slot));
        }
    });
    return good && verifier.EndTable();
}

/// The root table of a buffer, as FlatBuffers needs it for verification.
template <class Record> struct root_table : flat_table {
    bool Verify(flatbuffers::Verifier& verifier) const {
        return verify_table<Record>(verifier, *this);
    }
};

/// Turns verified tables into records; counts and enumerations are limited here, before any loop.
class table_decoder {
public:
    /// `bytes`: of the plan. Tables and texts may be shared in it, so what it decodes to is limited.
    explicit table_decoder(std::size_t bytes)
        : bytes_(bytes), most_(bytes * 32 + (std::size_t{1} << 20)), left_(most_) {}

    template <class Record> void decode(const flat_table& from, Record& to) {
        for_each_field<Record>([&]<class Field>(int number) {
            read<Field>(from, slot_of(number), to.*Field::member);
        });
    }

private:
    std::size_t bytes_, most_, left_;

    /// Counts what is decoded against the limit.
    void spend(std::size_t bytes) {
        if (bytes > left_)
            throw error(errc::plan_limits, "the plan",
                "plan: its " + std::to_string(bytes_) + " bytes stand for more than "
                    + std::to_string(most_)
                    + " bytes of tables and texts, which share parts as no saved plan does; the plan "
                      "was damaged, make it again");
        left_ -= bytes;
    }
    static void limit(const char* field, const std::string& what, std::size_t most) {
        throw error(errc::plan_limits, field,
            std::string("plan: a field '") + field + "' has " + what + "; the limit is "
                + std::to_string(most) + ". The plan was damaged, make it again");
    }
    template <class Field> void take(std::size_t count, std::size_t each, const char* of) {
        if (count > Field::most) limit(Field::name, std::to_string(count) + " " + of, Field::most);
        spend(count * each);
    }
    template <class Field, class Each>
    std::span<const Each> numbers(const flat_table& from, flatbuffers::voffset_t slot) {
        const auto* all = from.GetPointer<const flatbuffers::Vector<Each>*>(slot);
        if (!all) return {};
        take<Field>(all->size(), sizeof(Each), "numbers");
        return {all->data(), all->size()};
    }

    template <class Field, class Value>
    void read(const flat_table& from, flatbuffers::voffset_t slot, Value& to) {
        if constexpr (std::is_enum_v<Value>) {
            const auto found = from.GetField<std::uint8_t>(slot, static_cast<std::uint8_t>(to));
            if (found > last_of(to))
                limit(Field::name, "the number " + std::to_string(found), last_of(to));
            to = static_cast<Value>(found);
        } else if constexpr (std::is_arithmetic_v<Value>) {
            if (const auto at = from.GetOptionalFieldOffset(slot))
                std::memcpy(&to, reinterpret_cast<const std::uint8_t*>(&from) + at, sizeof to);
        } else if constexpr (std::is_same_v<Value, std::string_view>) {
            const auto* text = from.GetPointer<const flatbuffers::String*>(slot);
            if (!text) return;
            take<Field>(text->size(), 1, "characters");
            to = {text->c_str(), text->size()};
        } else if constexpr (std::is_same_v<Value, shape>) {
            for (int extent : numbers<Field, std::int32_t>(from, slot)) to.push(extent);
        } else if constexpr (std::is_array_v<Value>) {
            static_assert(Field::most == std::extent_v<Value>);
            const auto all = numbers<Field, std::int32_t>(from, slot);
            std::copy(all.begin(), all.end(), to);
        } else if constexpr (std::is_same_v<Value, std::span<const std::byte>>) {
            to = std::as_bytes(numbers<Field, std::uint8_t>(from, slot));
        } else if constexpr (is_span<Value>) {
            to = numbers<Field, std::remove_const_t<typename Value::element_type>>(from, slot);
        } else if constexpr (schema::is_described<Value>) {
            const auto* inner = from.GetPointer<const flat_table*>(slot);
            to.present = inner;
            if (inner) decode(*inner, to);
        } else {
            list<Field>(from, slot, to);
        }
    }
    template <class Field, class Record>
    void list(const flat_table& from, flatbuffers::voffset_t slot, std::vector<Record>& to) {
        if constexpr (is_struct<Record>) {
            const auto* all
                = from.GetPointer<const flatbuffers::Vector<const struct_bytes<Record>*>*>(slot);
            if (!all) return;
            take<Field>(all->size(), sizeof(Record), "entries");
            to.resize(all->size());
            for (std::size_t i = 0; i < to.size(); ++i)
                copy_struct(all->Data() + i * sizeof(struct_bytes<Record>), to[i]);
        } else {
            const auto* all = from.GetPointer<const flat_tables*>(slot);
            if (!all) return;
            take<Field>(all->size(), sizeof(Record), "entries");
            to.resize(all->size());
            for (std::size_t i = 0; i < to.size(); ++i)
                decode(*all->Get(static_cast<flatbuffers::uoffset_t>(i)), to[i]);
        }
    }
    /// Verified structs may lie at any multiple of 4: their members are copied out.
    template <class Record> static void copy_struct(const std::uint8_t* from, Record& to) {
        for_each_field<Record>([&]<class Field>(int number) {
            auto& value = to.*Field::member;
            std::memcpy(&value, from + form_of<Record>.position[number], sizeof value);
            if constexpr (std::is_enum_v<typename Field::value>)
                if (static_cast<std::size_t>(value) > last_of(value))
                    limit(Field::name,
                        "the number " + std::to_string(static_cast<std::size_t>(value)),
                        last_of(value));
        });
    }
};

/// Writes records as FlatBuffers, at run time. Fields with default values are written too, so that
/// the size depends on no value.
class table_encoder {
public:
    table_encoder() { to_.ForceDefaults(true); }

    template <class Record>
    std::vector<std::byte> finish(const Record& root, const char* identifier) {
        to_.Finish(flatbuffers::Offset<flat_table>(table(root)), identifier);
        const auto bytes = std::as_bytes(std::span(to_.GetBufferPointer(), to_.GetSize()));
        return {bytes.begin(), bytes.end()};
    }

private:
    flatbuffers::FlatBufferBuilder to_{16 * 1024};

    template <class Record> flatbuffers::uoffset_t table(const Record& from) {
        // Everything that a table refers to must be written before the table begins.
        flatbuffers::uoffset_t references[schema::described<Record>::fields::count] = {};
        for_each_field<Record>(
            [&]<class Field>(int number) { references[number] = reference(from.*Field::member); });
        const flatbuffers::uoffset_t start = to_.StartTable();
        for (const int wide : {8, 4, 1})
            for_each_field<Record>([&]<class Field>(int number) {
                using value = typename Field::value;
                if (schema::wire_bytes<value> != wide) return;
                if constexpr (std::is_enum_v<value>)
                    to_.AddElement(
                        slot_of(number), static_cast<std::uint8_t>(from.*Field::member), {});
                else if constexpr (std::is_arithmetic_v<value>)
                    to_.AddElement(slot_of(number), from.*Field::member, value());
                else
                    to_.AddOffset(
                        slot_of(number), flatbuffers::Offset<flat_table>(references[number]));
            });
        return to_.EndTable(start);
    }

    template <class Each> flatbuffers::uoffset_t vector_of(const Each* from, std::size_t count) {
        static constexpr Each none{};
        return to_.CreateVector(count ? from : &none, count).o;
    }
    /// 0 for inline and omitted fields.
    template <class Value> flatbuffers::uoffset_t reference(const Value& from) {
        if constexpr (std::is_enum_v<Value> || std::is_arithmetic_v<Value>) {
            return 0;
        } else if constexpr (std::is_same_v<Value, std::string_view>) {
            return to_.CreateString(from.data() ? from.data() : "", from.size()).o;
        } else if constexpr (std::is_same_v<Value, shape>) {
            int extents[max_rank] = {};
            for (int axis = 0; axis < from.rank; ++axis) extents[axis] = from[axis];
            return vector_of(extents, static_cast<std::size_t>(from.rank));
        } else if constexpr (std::is_array_v<Value>) {
            return vector_of(from, std::extent_v<Value>);
        } else if constexpr (std::is_same_v<Value, std::span<const std::byte>>) {
            return vector_of(reinterpret_cast<const std::uint8_t*>(from.data()), from.size());
        } else if constexpr (is_span<Value>) {
            return vector_of(from.data(), from.size());
        } else if constexpr (schema::is_described<Value>) {
            return from.present ? table(from) : 0;
        } else {
            return list(from);
        }
    }
    template <class Record> flatbuffers::uoffset_t list(const std::vector<Record>& from) {
        if constexpr (is_struct<Record>) {
            std::vector<struct_bytes<Record>> all(from.size());
            for (std::size_t i = 0; i < from.size(); ++i)
                for_each_field<Record>([&]<class Field>(int number) {
                    std::memcpy(all[i].bytes + form_of<Record>.position[number],
                        &(from[i].*Field::member), sizeof(typename Field::value));
                });
            return to_.CreateVectorOfStructs(all).o;
        } else {
            std::vector<flatbuffers::Offset<flat_table>> tables;
            tables.reserve(from.size());
            for (const Record& each : from) tables.emplace_back(table(each));
            return to_.CreateVector(tables).o;
        }
    }
};

}  // namespace lamina::detail
