// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/merge_steps.hpp: kernels' texts beside each other in one program.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include <lamina/kernels/catalog.hpp>
#include <lamina/runtime/merge_steps.hpp>

using namespace lamina;
using namespace lamina::detail;

namespace {

/// Names that a text defines at its outermost level.
struct defined_names {
    std::set<std::string_view> functions, macros;
};

std::string_view last_word_before(std::string_view line, std::size_t end) {
    while (end > 0 && !in_word(line[end - 1])) --end;
    std::size_t begin = end;
    while (begin > 0 && in_word(line[begin - 1])) --begin;
    return line.substr(begin, end - begin);
}

defined_names names_in(std::string_view text) {
    defined_names out;
    each_define(text, [&](std::string_view name, std::string_view) { out.macros.insert(name); });
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view line = text.substr(at, end - at);
        at = end + 1;
        for (const std::string_view kind :
            {"inline ", "__attribute__((noinline)) ", "WHOLE_VECTORS "})
            if (line.starts_with(kind))
                out.functions.insert(last_word_before(line, line.find('(', kind.size())));
        if (line.starts_with("} "))  // of a typedef of several lines
            out.functions.insert(last_word_before(line, line.find(';')));
        if (line.starts_with("typedef ") && !line.ends_with('{'))
            out.functions.insert(
                last_word_before(line, std::min(line.find(" __attribute__"), line.find(';'))));
    }
    return out;
}

std::set<std::string_view> words_in(std::string_view text) {
    std::set<std::string_view> out;
    each_word(text, [&](std::string_view word) { out.insert(word); });
    return out;
}

merged_kernel of_family(std::string_view family, std::string_view defines = "") {
    return {family, defines, "", kernels::prelude_text(), kernels::find_text(family), 2, 0};
}

}  // namespace

TEST_CASE("merged steps: what a text defines is what its description says") {
    // What is behind #ifdef MMA, WGMMA and TILED is not there in a program of merged steps.
    const defined_names units = [] {
        defined_names out = names_in(kernels::mma_text);
        for (const std::string_view text :
            {kernels::mma_tile_text, kernels::attention_mma_text, kernels::attention_tiled_text}) {
            out.functions.merge(names_in(text).functions);
            out.macros.merge(names_in(text).macros);
        }
        return out;
    }();
    const auto said = [](const kernels::kernel_text& entry) {
        defined_names out;
        for (const kernels::text_names* names : entry.names) {
            if (!names) continue;
            out.functions.merge(words_in(names->functions));
            out.macros.merge(words_in(names->macros));
        }
        return out;
    };
    int described = 0;
    for (const kernels::kernel_text& entry : kernels::catalog) {
        if (!entry.names[0]) continue;
        ++described;
        INFO(entry.family);
        const std::string whole
            = std::string(kernels::prelude_text()) + std::string(kernels::find_text(entry.family));
        defined_names found = names_in(whole), names = said(entry);
        found.macros.erase("CPU");              // the program's
        found.macros.erase("ARGS");             // undefined in front of the next
        found.macros.erase("__has_attribute");  // the compiler's own, or 0 for all texts
        const auto has_row = [](std::string_view word) {
            bool found_ = false;
            kernels::each_function_name([&](std::string_view name) { found_ |= name == word; });
            return found_;
        };
        for (auto* set : {&found.functions, &found.macros, &names.functions, &names.macros})
            std::erase_if(*set, has_row);
        if (entry.family == "attention")
            for (auto part : {&defined_names::functions, &defined_names::macros})
                for (const std::string_view word : units.*part)
                    if (!(names.*part).contains(word)) (found.*part).erase(word);
        CHECK(names.functions == found.functions);
        CHECK(names.macros == found.macros);
        // Nothing is defined where a line does not begin.
        std::size_t lines = 0, all = 0;
        for (std::size_t at = 0; (at = whole.find("#define ", at)) != whole.npos; ++at) {
            ++all;
            lines += at == 0 || whole[at - 1] == '\n';
        }
        CHECK(lines == all);
    }
    CHECK(described > 25);
}

TEST_CASE("merged steps: a kernel becomes a function that knows its place") {
    const std::string text = as_function(
        of_family("pool_blocked", "#define NUMBERS , const int H\n#define K(x) 3\n"), "kernel_7");
    CHECK(text.find("\n#define places_below places_below_of_kernel_7\n") != text.npos);
    CHECK(text.find("#define KERNEL(name_) MERGED_KERNEL(kernel_7)\n")
        > text.find(kernels::prelude_text()));
    CHECK(text.find("#define KERNEL(name_) MERGED_KERNEL(kernel_7)\n")
        < text.find(kernels::find_text("pool_blocked")));
    for (const char* line : {"#undef K\n", "#undef NUMBERS\n", "#undef STRIP\n", "#undef VW\n",
             "#undef places_below\n", "#undef at_least\n"}) {
        CAPTURE(line);
        CHECK(text.find(line) != text.npos);
        CHECK(text.find(line) > text.find(kernels::find_text("pool_blocked")));
    }
}

TEST_CASE("merged steps: no more threads than a container lets run") {
    CHECK(cores_allowed("max 100000") == 0);
    CHECK(cores_allowed("") == 0);
    CHECK(cores_allowed("200000 100000") == 2);
    CHECK(cores_allowed("150000 100000") == 2);
    CHECK(cores_allowed("50000 100000") == 1);
    CHECK(cores_allowed("-1 100000") == 0);
    CHECK(merged_threads(1) == 1);
    CHECK(merged_threads(0) == 1);  // whoever asks, a run has a thread
    CHECK(merged_threads(100000) < 100000);
    CHECK(merged_groups(2, 2) == 4);
    CHECK(merged_groups(2, 3) == 4);
    CHECK(merged_groups(2, 64) == 2);
}

TEST_CASE("merged steps: their state has a line for each thread, twice a step") {
    constexpr std::size_t line = 64;
    CHECK(merged_state_bytes(1, 1) == (3 + 2) * line);
    CHECK(merged_state_bytes(16, 2) == (3 + 64) * line);
    CHECK(merged_state_bytes(17, 16) == (4 + 544) * line);
}

TEST_CASE("merged steps: only kernels that this version describes, and that do not wait") {
    const merged_kernel pool = of_family("pool");
    const plan_tactic plain{"", "", {}, {}, 0}, waits{"", "", {}, {}, 64};
    CHECK(may_merge(pool, plain));
    CHECK(!may_merge(pool, waits));
    merged_kernel other = pool;
    other.text = "__kernel void pool(IN(x), OUT(y)) {}";
    CHECK(!may_merge(other, plain));
    other = pool;
    other.family = "mine";
    CHECK(!may_merge(other, plain));
    other = pool;
    other.prelude = "#define IN(x) __global float* x\n";
    CHECK(!may_merge(other, plain));
    // Tiles in local memory, or rows that a group shares.
    constexpr std::string_view in_groups[] = {"conv2d_tiled", "matmul_tiled", "matvec",
        "matvec_groups", "norm_parts", "quads_tiled", "recurrent"};
    for (const kernels::kernel_text& entry : kernels::catalog) {
        INFO(entry.family);
        CHECK(may_merge(of_family(entry.family), plain)
            == !std::ranges::count(in_groups, entry.family));
    }
}
