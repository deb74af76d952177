// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/json_reader.hpp: it takes the texts that nlohmann-json takes, with the same events.
#include <cmath>
#include <cstdlib>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include <lamina/runtime/json_reader.hpp>

namespace {

using nlohmann::json;

/// Events as text, for both readers.
struct event_log {
    std::string text;
    bool is_damaged = false, has_infinity = false;

    bool add(const std::string& event) {
        text += event + '\n';
        return true;
    }
    bool start_object(std::size_t = 0) { return add("{"); }
    bool end_object() { return add("}"); }
    bool start_array(std::size_t = 0) { return add("["); }
    bool end_array() { return add("]"); }
    bool key(std::string& word) { return add("key " + word); }
    bool string(std::string& word) { return add("string " + word); }
    bool number_unsigned(std::uint64_t value) { return add(std::to_string(value)); }
    bool number_integer(std::int64_t value) { return add(std::to_string(value)); }
    bool number_float(std::string_view number) {
        has_infinity |= std::isinf(std::strtod(std::string(number).c_str(), nullptr));
        return add("float " + std::string(number));
    }
    bool number_float(double, const std::string& number) { return number_float(number); }
    bool boolean(bool value) { return add(value ? "true" : "false"); }
    bool null() { return add("null"); }
    bool binary(json::binary_t&) { return add("binary"); }
    void parse_error(std::size_t) { is_damaged = true; }
    bool parse_error(std::size_t, const std::string&, const std::exception&) {
        is_damaged = true;
        return false;
    }
};

struct outcome {
    bool is_read;
    event_log log;
};

outcome ours(const std::string& text) {
    outcome out{};
    out.is_read = lamina::detail::json_reader(std::string_view(text), out.log).read();
    CHECK(out.is_read != out.log.is_damaged);
    return out;
}

outcome theirs(const std::string& text) {
    outcome out{};
    out.is_read = json::sax_parse(text, &out.log);
    return out;
}

void compare(const std::string& text) {
    const outcome a = ours(text), b = theirs(text);
    // A number beyond fp64 is JSON, which the other reader does not take.
    if (a.log.has_infinity) return;
    CAPTURE(text);
    CHECK(a.is_read == b.is_read);
    if (a.is_read && b.is_read) CHECK(a.log.text == b.log.text);
}

class random_json {
public:
    explicit random_json(unsigned seed) : random_(seed) {}

    std::string value(int depth) {
        const unsigned kind = below(depth > 3 ? 5 : 8);
        if (kind == 0) return pick({"true", "false", "null"});
        if (kind < 3) return number();
        if (kind < 5) return string();
        std::string out(kind == 5 ? "[" : "{");
        for (unsigned i = 0, count = below(4); i < count; ++i) {
            out += (i ? "," : "") + space();
            if (kind != 5) out += string() + space() + ':' + space();
            out += value(depth + 1) + space();
        }
        return out + (kind == 5 ? ']' : '}');
    }
    unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

private:
    std::mt19937 random_;

    std::string pick(std::initializer_list<const char*> all) {
        return all.begin()[below(static_cast<unsigned>(all.size()))];
    }
    std::string space() { return pick({"", "", "", " ", "\t", "\r\n", "\n "}); }
    std::string number() {
        return pick({"", "-"})
            + pick({"0", "1", "27", "018", "18446744073709551615", "18446744073709551616",
                "9223372036854775807", "9223372036854775808", "9223372036854775809"})
            + pick({"", "", "", ".5", ".", ".0e1", "e3", "E+07", "e-2", "e"});
    }
    std::string string() {
        std::string out = "\"";
        for (unsigned i = below(4); i > 0; --i)
            out += pick({"a", "conv1.weight", "\\n", "\\\"", "\\\\", "\\/", "\\u00e9", "\\u20AC",
                "\\ud83d\\ude00", "\\ud83d", "\\ude00", "\\ud83dx", "\\u12g4", "\\x", "\x7f", "é",
                "\xf0\x9f\x98\x80", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff",
                "\x1f"});
        return out + '"';
    }
};

}  // namespace

TEST_CASE("JSON: random texts, whole and damaged, are read as nlohmann-json reads them") {
    int read = 0, refused = 0;
    for (unsigned seed = 1; seed <= 20000; ++seed) {
        random_json random(seed);
        std::string text = random.value(0);
        compare(text);
        (ours(text).is_read ? read : refused) += 1;
        for (int damage = 0; damage < 3; ++damage) {
            const unsigned at = random.below(static_cast<unsigned>(text.size()));
            if (damage == 0)
                text[at] = "{}[]\",:0-.eu\\ \n"[random.below(15)];
            else if (damage == 1)
                text.erase(at, 1 + random.below(3));
            else
                text += "]} ,x"[random.below(5)];
            if (text.empty()) break;
            compare(text);
        }
    }
    CHECK(read > 2000);
    CHECK(refused > 2000);
}

TEST_CASE("JSON: words, escapes and numbers mean what they say") {
    const outcome got = ours(R"( {"a\u0041\t":[-0,1e3, true ,null],"":"\ud83d\ude00"} )");
    CHECK(got.is_read);
    CHECK(got.log.text
        == "{\nkey aA\t\n[\n0\nfloat 1e3\ntrue\nnull\n]\nkey \nstring \xf0\x9f\x98\x80\n}\n");
    for (const char* text : {"", " ", "{", "[1,]", "{\"a\":1,}", "{,}", "[1 2]", "01", "+1", "nul",
             "truefalse", "\"\t\"", "{\"a\" 1}", "{1:2}", "[}", "'a'", "1}", "NaN", "/**/1"}) {
        CAPTURE(text);
        CHECK(!ours(text).is_read);
    }
    // A byte that is 0 is no end of the text.
    CHECK(!ours(std::string("{}\0", 3)).is_read);
    CHECK(!ours(std::string("{\0}", 3)).is_read);
    CHECK(!ours(std::string("\"\0\"", 3)).is_read);
}

TEST_CASE("JSON: deep nesting costs no stack") {
    const std::string open(1'000'000, '['), closed(1'000'000, ']');
    CHECK(ours(open + closed).is_read);
    CHECK(!ours(open).is_read);
}
