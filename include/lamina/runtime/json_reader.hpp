// SPDX-License-Identifier: Apache-2.0
// Reads JSON (RFC 8259) as events, for the headers of .safetensors files. JSON libraries cost each
// header-only program several seconds of compilation; a test compares this reader with one of them.
#pragma once
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include <lamina/core/printable.hpp>

namespace lamina::detail {

/// `Events` has start_object(), end_object(), key(string&), start_array(), end_array(),
/// string(string&), number_unsigned(uint64), number_integer(int64) for what is below 0,
/// number_float(text) for all other numbers, boolean(bool) and null(), which return false to stop,
/// and parse_error(position), where 1 is the first byte. Nesting takes one byte a level.
template <class Events> class json_reader {
public:
    json_reader(std::string_view text, Events& events) : text_(text), events_(events) {}

    /// True if the text is one JSON value and no event stopped.
    bool read() {
        for (;;) {
            skip_space();
            if (!value()) return false;
            // value() leaves a list or an object open where its first element is next.
            if (is_opened_) continue;
            for (;;) {
                skip_space();
                if (open_.empty()) return at_ == text_.size() || fail();
                const bool in_object = open_.back() == '{';
                if (take(',')) {
                    if (in_object && !key()) return false;
                    break;
                }
                if (!take(in_object ? '}' : ']')) return fail();
                if (!close()) return false;
            }
        }
    }

private:
    std::string_view text_;
    Events& events_;
    std::size_t at_ = 0;
    std::string open_, word_;  // open_: of each open object or list its bracket
    bool is_opened_ = false;

    bool fail() {
        events_.parse_error(at_ + 1);
        return false;
    }
    /// 0 at the end; a byte that is 0 is nowhere allowed either.
    char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool take(char wanted) {
        if (next() != wanted) return false;
        ++at_;
        return true;
    }
    void skip_space() {
        while (next() == ' ' || next() == '\t' || next() == '\n' || next() == '\r') ++at_;
    }
    bool has_digit() const { return next() >= '0' && next() <= '9'; }

    bool close() {
        const bool is_object = open_.back() == '{';
        open_.pop_back();
        return is_object ? events_.end_object() : events_.end_array();
    }

    bool key() {
        skip_space();
        if (next() != '"') return fail();
        if (!read_string() || !events_.key(word_)) return false;
        skip_space();
        return take(':') || fail();
    }

    bool value() {
        is_opened_ = false;
        switch (next()) {
        case '{':
        case '[': {
            const char bracket = text_[at_++];
            const bool is_object = bracket == '{';
            if (!(is_object ? events_.start_object() : events_.start_array())) return false;
            open_ += bracket;
            skip_space();
            if (take(is_object ? '}' : ']')) return close();
            is_opened_ = true;
            return !is_object || key();
        }
        case '"':
            return read_string() && events_.string(word_);
        case 't':
            return literal("true") && events_.boolean(true);
        case 'f':
            return literal("false") && events_.boolean(false);
        case 'n':
            return literal("null") && events_.null();
        default:
            return number();
        }
    }

    bool literal(std::string_view word) {
        for (const char c : word)
            if (!take(c)) return fail();
        return true;
    }

    bool digits() {
        if (!has_digit()) return fail();
        while (has_digit()) ++at_;
        return true;
    }

    bool number() {
        const std::size_t begin = at_;
        const bool is_negative = take('-');
        if (!take('0') && !digits()) return false;
        bool is_whole = true;
        if (take('.')) {
            is_whole = false;
            if (!digits()) return false;
        }
        if (take('e') || take('E')) {
            is_whole = false;
            if (!take('+')) take('-');
            if (!digits()) return false;
        }
        const std::string_view text = text_.substr(begin, at_ - begin);
        const auto parsed = [text](auto& number) {
            return std::from_chars(text.data(), text.data() + text.size(), number).ec
                == std::errc();
        };
        std::uint64_t number = 0;
        std::int64_t below = 0;
        if (is_whole && !is_negative && parsed(number)) return events_.number_unsigned(number);
        if (is_whole && is_negative && parsed(below)) return events_.number_integer(below);
        return events_.number_float(text);
    }

    /// The string that begins here, without its escapes, to word_.
    bool read_string() {
        ++at_;
        word_.clear();
        for (;;) {
            const char c = next();
            unsigned code = 0;
            if (static_cast<unsigned char>(c) < 0x20) return fail();
            if (take('"')) return true;
            if (take('\\')) {
                if (!escape()) return false;
                continue;
            }
            const std::size_t length = utf8_length(text_.substr(at_), code);
            if (length == 0) return fail();
            word_.append(text_, at_, length);
            at_ += length;
        }
    }

    bool escape() {
        constexpr std::string_view names = "\"\\/bfnrt", meant = "\"\\/\b\f\n\r\t";
        const std::size_t which = names.find(next());
        if (which != names.npos) {
            ++at_;
            word_ += meant[which];
            return true;
        }
        unsigned code = 0, low = 0;
        if (!hexadecimal(code)) return false;
        if (code >= 0xdc00 && code < 0xe000) return fail();
        if (code >= 0xd800 && code < 0xdc00) {
            if (!take('\\')) return fail();
            if (!hexadecimal(low)) return false;
            if (low < 0xdc00 || low >= 0xe000) return fail();
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        }
        put_utf8(code);
        return true;
    }

    /// u and four digits.
    bool hexadecimal(unsigned& code) {
        if (!take('u')) return fail();
        for (int i = 0; i < 4; ++i) {
            const char c = next();
            const bool is_letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
            if (!is_letter && !has_digit()) return fail();
            code = code << 4 | static_cast<unsigned>(is_letter ? (c & 7) + 9 : c - '0');
            ++at_;
        }
        return true;
    }

    void put_utf8(unsigned code) {
        const auto put = [this](unsigned byte) { word_ += static_cast<char>(byte); };
        const auto rest = [&](int count) {
            for (int i = count; i-- > 0;) put(0x80 | (code >> (6 * i) & 0x3f));
        };
        if (code < 0x80) return put(code);
        const int count = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
        constexpr unsigned marks[] = {0, 0xc0, 0xe0, 0xf0};
        put(marks[count] | code >> (6 * count));
        rest(count);
    }
};

}  // namespace lamina::detail
