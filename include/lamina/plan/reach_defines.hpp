// SPDX-License-Identifier: Apache-2.0
// Limits what a plan's #define lines may contain when a kernel's reach is evaluated with them: lines that the
// reach does not use could do anything. Used by reach_program.hpp.
#pragma once
#include <algorithm>
#include <cstddef>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/plan/reach_tokens.hpp>

namespace lamina::detail {

[[noreturn]] inline void refuse_define(std::string_view name, const char* what) {
    throw reach_fault("it defines '" + std::string(name.substr(0, 40)) + "'" + what);
}

/// Words with a fixed meaning in the texts of kernels and reaches.
/// Errors  reach_fault if a plan redefines one of them.
inline void check_names(std::span<const std::string_view> defines) {
    constexpr std::string_view own[]
        = {"EACH", "APART", "ANY", "READ", "WRITE", "ARRAY", "REQUIRE", "WHOLE", "LOAD1", "LOADV",
            "LOADF", "STORE1", "STOREV", "KEEP", "EXP", "IN", "OUT", "WEIGHTS", "VECTOR", "INDICES",
            "OUT_INDICES", "SHARED_FLOATS", "SHARED_INTS", "BYTES", "CHARS", "OTHER1", "OTHERV",
            "TO_INT", "FROM_INT", "CHOOSE", "TRUTH", "OPEN", "ARGS", "SCALAR", "OPEN_SCALAR",
            "KERNEL", "GROUP_OF", "VEC", "IVEC", "LANES", "INFINITY", "NAN", "GLUE", "CPU"};
    for (const std::string_view text : defines)
        each_define(text, [&](std::string_view name, std::string_view) {
            if (std::find(std::begin(own), std::end(own), name) != std::end(own))
                refuse_define(name, ", a word of the kernels'");
        });
}

/// Whether every bracket of a line is closed in it.
inline bool is_balanced(const std::vector<token>& tokens) {
    std::string open;
    for (const token& t : tokens) {
        if (t.kind != token::sign || t.text.size() != 1) continue;
        const char c = t.text[0];
        if (c == '(' || c == '[' || c == '{') open += c == '(' ? ')' : c == '[' ? ']' : '}';
        if (c != ')' && c != ']' && c != '}') continue;
        if (open.empty() || open.back() != c) return false;
        open.pop_back();
    }
    return open.empty();
}

/// Whether a line stands for numbers only: it neither reads nor writes, and does not end a statement. Functions
/// of numbers (graph/function.hpp: f_NAME, or OpenCL's own) do neither.
inline bool is_plain(const macro_table::macro& m) {
    constexpr std::string_view calls[] = {"get_global_id", "get_group_id", "get_local_id", "min",
        "max", "clamp", "as_float", "exp", "log", "sqrt", "fabs"};
    for (std::size_t i = 0; i < m.body.size(); ++i) {
        const token& t = m.body[i];
        if (t.kind == token::word) {
            const bool capital = t.text[0] >= 'A' && t.text[0] <= 'Z';
            const bool position = t.text.size() == 2 && (t.text[0] == 'i' || t.text[0] == 'j')
                && is_digit(t.text[1]);
            if (!capital && !position && !t.text.starts_with("f_")
                && std::find(std::begin(calls), std::end(calls), t.text) == std::end(calls)
                && std::find(m.parameters.begin(), m.parameters.end(), t.text)
                    == m.parameters.end())
                return false;
        } else if (t.kind == token::sign) {
            if (t.text == "[" || t.text == "]" || t.text == "{" || t.text == "}" || t.text == ";"
                || (t.text.size() == 2 && t.text[1] == '=' && t.text != "<=" && t.text != ">="
                    && t.text != "==" && t.text != "!=")
                || t.text == "=")
                return false;
            // ++ and --
            if ((t.text == "+" || t.text == "-") && i + 1 < m.body.size()
                && m.body[i + 1].text == t.text)
                return false;
        }
    }
    return true;
}

/// Arguments and their OPEN statements as the planner writes them: ", IN(e0), SCALAR(e1)",
/// "OPEN(e0); OPEN_SCALAR(e1);" and ", const int H, const int W".
inline void check_arguments(const macro_table& macros) {
    std::vector<std::string_view> names, opens;
    const std::vector<token>& args = macros.at("EPILOGUE_ARGS").body;
    if (args.size() % 5) refuse_define("EPILOGUE_ARGS", " as no list of arguments");
    for (std::size_t i = 0; i < args.size(); i += 5) {
        const token* t = &args[i];
        if (t[0].text != ","
            || (t[1].text != "IN" && t[1].text != "VECTOR" && t[1].text != "INDICES"
                && t[1].text != "BYTES" && t[1].text != "CHARS" && t[1].text != "SCALAR")
            || t[2].text != "(" || t[3].kind != token::word || t[3].text[0] < 'a'
            || t[3].text[0] > 'z' || t[4].text != ")")
            refuse_define("EPILOGUE_ARGS", " as no list of arguments");
        names.push_back(t[3].text);
        opens.push_back(t[1].text == "SCALAR" ? "OPEN_SCALAR" : "OPEN");
    }
    const std::vector<token>& open = macros.at("EPILOGUE_OPEN").body;
    bool good = open.size() == names.size() * 5;
    for (std::size_t i = 0; good && i < names.size(); ++i) {
        const token* t = &open[i * 5];
        good = t[0].text == opens[i] && t[1].text == "(" && t[2].text == names[i]
            && t[3].text == ")" && t[4].text == ";";
    }
    if (!good) refuse_define("EPILOGUE_OPEN", " as something else than OPEN of its arguments");
    const std::vector<token>& numbers = macros.at("NUMBERS").body;
    good = numbers.size() % 4 == 0;
    for (std::size_t i = 0; good && i < numbers.size(); i += 4) {
        const token* t = &numbers[i];
        good = t[0].text == "," && t[1].text == "const" && t[2].text == "int"
            && t[3].kind == token::word && t[3].text[0] >= 'A' && t[3].text[0] <= 'Z';
    }
    if (!good) refuse_define("NUMBERS", " as no list of numbers");
}

/// Whether a text has a word.
inline bool mentions(std::string_view text, std::string_view word) {
    for (std::size_t at = 0; (at = text.find(word, at)) != text.npos; ++at) {
        const std::size_t end = at + word.size();
        if ((at == 0 || !in_word(text[at - 1])) && (end == text.size() || !in_word(text[end])))
            return true;
    }
    return false;
}

/// Call it after the reach has been expanded. `texts` follow the lines in a kernel.
/// Errors  reach_fault for a line that could have an effect which the reach does not show.
inline void check_unused(const macro_table& macros, std::span<const std::string_view> defines,
    std::span<const std::string_view> texts) {
    check_arguments(macros);
    const auto matters = [&](std::string_view name) {
        bool found = false;
        for (const std::string_view text : texts) found = found || mentions(text, name);
        for (const std::string_view text : defines)
            each_define(text, [&](std::string_view, std::string_view rest) {
                found = found || mentions(rest, name);
            });
        return found;
    };
    for (const std::string_view text : defines)
        each_define(text, [&](std::string_view name, std::string_view) {
            const macro_table::macro& m = macros.at(name);
            if (!is_balanced(m.body)) refuse_define(name, " with an open bracket");
            if (name == "EPILOGUE_OPEN" || name == "NUMBERS" || name == "EPILOGUE_ARGS") return;
            if (!m.used && !is_plain(m) && matters(name))
                refuse_define(name, " as something else than a number");
        });
}

}  // namespace lamina::detail
