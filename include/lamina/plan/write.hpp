// SPDX-License-Identifier: Apache-2.0
// A constexpr FlatBuffers writer, forwards and into a preallocated buffer: growing a byte vector in constant
// evaluation costs ten times as much.
#pragma once
#include <lamina/core/dynamic_array.hpp>
#include <lamina/core/name_table.hpp>
#include <lamina/core/text.hpp>
#include <lamina/plan/struct_form.hpp>

#include <array>
#include <cstdint>
#include <string_view>

namespace lamina::encoding {

/// Where each field of a table lies: eight-byte fields first. Every table starts four bytes before a
/// multiple of eight, so all of them are aligned. `Table` is one of plan/tables.hpp.
template <class Table> struct table_form {
    int position[Table::count] = {};
    int bytes = 4;
    int listed;       ///< how many fields the vtable has
    int vtable = -1;  ///< where this form's one vtable was written

    /// With the first `count` fields only: what a plan without the others has always looked like.
    constexpr explicit table_form(int count = Table::count) : listed(count) {
        for (int wanted : {8, 4, 1})
            for (int i = 0; i < listed; ++i)
                if (Table::wide[i] == wanted) {
                    position[i] = bytes;
                    bytes += wanted;
                }
    }
    /// An empty reference must not be in the vtable: 0 is not a valid reference.
    constexpr void leave_out(int number) { position[number] = 0; }
};

class flat_writer;

/// A table or struct that was started. Its fields go by their numbers in plan/tables.hpp: functions without
/// template arguments, which a network's file would pay for at each field.
struct open_table {
    flat_writer& to;
    const int* wide;
    const int* position;
    int at;

    constexpr void put(int field, std::int64_t value) const;
    template <class Enumeration>
        requires std::is_enum_v<Enumeration>
    constexpr void put(int field, Enumeration value) const {
        put(field, static_cast<std::int64_t>(value));
    }
    constexpr void put_float(int field, float value) const;
    constexpr void refer(int field, int target) const;
    constexpr void text(int field, std::string_view value) const;
};

/// Writes scalars, texts, vectors and tables at increasing offsets; references are patched when their
/// target is written, which is always later, as the format requires.
class flat_writer {
public:
    std::uint32_t* out = nullptr;  ///< little-endian words; nullptr: only count
    int capacity = 0;              ///< bytes; what lies beyond is counted and dropped
    int size = 0;

    constexpr flat_writer(std::uint32_t* words, int capacity_bytes)
        : out(words), capacity(words ? capacity_bytes : 0) {}

    constexpr void put8(int at, unsigned value) {
        if (at < capacity) out[at / 4] |= (value & 255u) << at % 4 * 8;
    }
    /// `at` is a multiple of 4.
    constexpr void put32(int at, std::uint32_t value) {
        if (at < capacity && value) out[at / 4] = value;
    }
    constexpr void put64(int at, std::uint64_t value) {
        put32(at, static_cast<std::uint32_t>(value));
        put32(at + 4, static_cast<std::uint32_t>(value >> 32));
    }
    constexpr void align(int to, int remainder = 0) {
        while (size % to != remainder) ++size;
    }

    /// Starts a table, whose fields are filled in later.
    template <class Table> constexpr open_table table(table_form<Table>& form) {
        if (form.vtable < 0) {
            const int count = form.listed;
            align(4);
            form.vtable = size;
            size += 4 + 2 * count;
            put16(form.vtable, 4 + 2 * count);
            put16(form.vtable + 2, form.bytes);
            for (int i = 0; i < count; ++i) put16(form.vtable + 4 + 2 * i, form.position[i]);
        }
        align(8, 4);
        const int at = size;
        put32(at, static_cast<std::uint32_t>(at - form.vtable));
        size += form.bytes;
        return {*this, Table::wide, form.position, at};
    }
    /// Starts a table that is number `index` of a list of them.
    template <class Table>
    constexpr open_table table_in(int list, int index, table_form<Table>& form) {
        const open_table made = table(form);
        refer(list + 4 + 4 * index, made.at);
        return made;
    }
    /// Number `index` of a vector of structs.
    template <class Struct>
    constexpr open_table struct_in(int vector, int index, const schema::struct_form<Struct>& form) {
        return {*this, Struct::wide, form.position, vector + 4 + form.bytes * index};
    }
    /// A number of 1, 4 or 8 bytes.
    constexpr void put(int at, int wide, std::int64_t value) {
        if (wide == 1)
            put8(at, static_cast<unsigned>(value));
        else if (wide == 8)
            put64(at, static_cast<std::uint64_t>(value));
        else
            put32(at, static_cast<std::uint32_t>(value));
    }
    /// Points the reference at `slot` to what is written next.
    constexpr void refer(int slot, int target) {
        put32(slot, static_cast<std::uint32_t>(target - slot));
    }

    /// A text that may occur often: written once, after everything else (references only point
    /// forwards), by write_texts. The characters must live until then.
    constexpr void refer_text(int slot, std::string_view value) {
        texts.push_back({hash_of(value) + value.size(), value, slot});
    }
    constexpr void write_texts() {
        name_table written;  // by the hash: 64 bits over length and characters
        for (const shared_text& text : texts) {
            int at = written.find(text.hash);
            if (at < 0) {
                at = unique_string(text.value);
                written.insert(text.hash, at);
            }
            refer(text.slot, at);
        }
    }
    /// A text that is known to occur once.
    constexpr int unique_string(std::string_view value) {
        const int at = open_text();
        append(value);
        close_text();
        return at;
    }
    /// The same, in pieces: what is appended until close_text. Returns where it is.
    constexpr int open_text() {
        align(4);
        text_start = size;
        size += 4;
        return text_start;
    }
    constexpr void append(std::string_view value) {
        const char* from = value.data();
        const int count = static_cast<int>(value.size());
        int to = size;
        size += count;
        if (size > capacity) return;
        // Whole words: what does not fill one waits in `rest`.
        std::uint32_t word = rest;
        for (int i = 0; i < count; ++i) {
            word |= static_cast<std::uint32_t>(static_cast<unsigned char>(from[i])) << to % 4 * 8;
            if (++to % 4 == 0) {
                out[to / 4 - 1] = word;
                word = 0;
            }
        }
        rest = word;
    }
    constexpr void append(std::int64_t value) {
        char digits[20] = {};
        int at = 20;
        std::uint64_t left
            = value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
        do {
            digits[--at] = static_cast<char>('0' + left % 10);
            left /= 10;
        } while (left);
        if (value < 0) digits[--at] = '-';
        append(std::string_view(digits + at, static_cast<std::size_t>(20 - at)));
    }
    constexpr void close_text() {
        if (rest && size < capacity) out[size / 4] = rest;
        rest = 0;
        put32(text_start, static_cast<std::uint32_t>(size - text_start - 4));
        ++size;  // the terminating 0
    }
    /// A vector of 32-bit numbers. Flat: constants have thousands.
    template <class List> constexpr int numbers(const List& values, int count) {
        const int at = vector(count, 4, 4);
        const int room = (capacity - at) / 4 - 1, first = at / 4 + 1;
        const int kept = count < room ? count : room;
        const auto* const from = kept > 0 ? &values[0] : nullptr;
        for (int i = 0; i < kept; ++i)
            if (from[i]) out[first + i] = static_cast<std::uint32_t>(from[i]);
        return at;
    }
    /// A vector of bytes that are given as words.
    constexpr int words(const dynamic_array<std::uint32_t>& values) {
        const int count = static_cast<int>(values.size()), at = vector(4 * count, 1, 4);
        for (int i = 0; i < count; ++i) put32(at + 4 + 4 * i, values[static_cast<std::size_t>(i)]);
        return at;
    }
    template <class List> constexpr int bytes(const List& values, int count) {
        const int at = vector(count, 1, 4);
        for (int i = 0; i < count; ++i)
            put8(at + 4 + i, static_cast<unsigned>(values[static_cast<std::size_t>(i)]));
        return at;
    }
    /// A vector whose elements are filled in later: slots of tables, or structs.
    constexpr int vector(int count, int element, int alignment) {
        align(alignment == 8 ? 8 : 4, alignment == 8 ? 4 : 0);
        const int at = size;
        put32(at, static_cast<std::uint32_t>(count));
        size += 4 + count * element;
        return at;
    }

private:
    struct shared_text {
        std::uint64_t hash;
        std::string_view value;
        int slot;
    };
    dynamic_array<shared_text> texts;
    int text_start = 0;      ///< of the text that is open
    std::uint32_t rest = 0;  ///< its characters since the last whole word

    constexpr void put16(int at, int value) {
        put8(at, static_cast<unsigned>(value) & 255u);
        put8(at + 1, static_cast<unsigned>(value) >> 8);
    }
};

constexpr void open_table::put(int field, std::int64_t value) const {
    to.put(at + position[field], wide[field], value);
}
constexpr void open_table::put_float(int field, float value) const {
    to.put32(at + position[field], __builtin_bit_cast(std::uint32_t, value));
}
constexpr void open_table::refer(int field, int target) const {
    to.refer(at + position[field], target);
}
constexpr void open_table::text(int field, std::string_view value) const {
    to.refer_text(at + position[field], value);
}

}  // namespace lamina::encoding
