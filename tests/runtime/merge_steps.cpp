// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/merge_steps.hpp: kernels' texts beside each other in one program.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include <lamina/runtime/merge_steps.hpp>

#include "../support/random.hpp"

using namespace lamina;
using namespace lamina::detail;

TEST_CASE("merged steps: the names that a text defines are found") {
    const std::string_view text = R"CLC(#define A 1
#ifdef B
#define C(x) ((x) * A)
  #define INSIDE 3
typedef float real;
typedef GLUE(float, VW) VEC;
typedef VEC loose __attribute__((aligned(4)));
#endif
inline VEC twice(VEC v) { return v + v; }
inline float* first_of(__local float* all) {
    const int A = 3;
}
__kernel void work(IN(x)) {}
#define A 2
)CLC";
    const defined_names found = names_defined_in(text);
    CHECK(found.macros == std::vector<std::string_view>{"A", "C"});
    CHECK(
        found.others == std::vector<std::string_view>{"real", "VEC", "loose", "twice", "first_of"});
}

TEST_CASE("merged steps: no text of the catalogue hides a name from that") {
    for (const kernels::kernel_text& entry : kernels::catalog) {
        INFO(entry.family);
        for (const std::string_view text : {entry.text, kernels::prelude_text}) {
            std::size_t functions = 0, defines = 0;
            for (std::size_t at = 0; (at = text.find("inline ", at)) != text.npos; ++at)
                ++functions;
            for (std::size_t at = 0; (at = text.find("#define ", at)) != text.npos; ++at) {
                CHECK((at == 0 || text[at - 1] == '\n'));
                ++defines;
            }
            for (std::size_t at = 0; (at = text.find("typedef ", at)) != text.npos; ++at) {
                CHECK((at == 0 || text[at - 1] == '\n'));
                ++functions;
            }
            const defined_names found = names_defined_in(text);
            CHECK(found.macros.size() <= defines);
            CHECK(found.others.size() <= functions);
            for (const auto& name : found.macros) CHECK(!name.empty());
            for (const auto& name : found.others) CHECK(!name.empty());
        }
    }
}

TEST_CASE("merged steps: a kernel becomes a function that knows its place") {
    const std::string with_numbers
        = "#define NUMBERS , const int H\n#ifndef NUMBERS\n#endif\n"
          "inline int one() { return 1; }\n__kernel void f(IN(x) NUMBERS) {}\n";
    const std::string text = as_function(with_numbers, "f", "kernel_7");
    CHECK(text.starts_with("#define CPU 1\n#define f kernel_7\n#define one one_kernel_7\n"));
    CHECK(text.find("#define NUMBERS , const int H, const int item_0") != text.npos);
    CHECK(text.ends_with("#undef CPU\n#undef f\n#undef NUMBERS\n#undef one\n"));
    const std::string without
        = as_function("#ifndef NUMBERS\n#define NUMBERS \n#endif\n", "f", "g");
    CHECK(without.find("#define NUMBERS , const int item_0") < without.find("#ifndef"));
}

namespace {

/// Reads a text as a plan may carry it; every name that is found must be a part of it.
void read_any(const std::string& text) {
    // A copy of exactly its size, so that a sanitizer sees a step outside.
    const std::vector<char> exact(text.begin(), text.end());
    const std::string_view source(exact.data(), exact.size());
    const defined_names found = names_defined_in(source);
    bool inside = true;
    for (const auto* list : {&found.macros, &found.others})
        for (const std::string_view name : *list)
            inside &= !name.empty() && name.data() >= source.data()
                && name.data() + name.size() <= source.data() + source.size();
    CHECK(inside);
    const std::string made = as_function(text, "f", "kernel_0");
    CHECK(made.size() >= text.size());
}

}  // namespace

TEST_CASE("merged steps: a line that lacks what ends its name defines nothing") {
    for (const char* text :
        {"inline float", "inline ", "inline float\n{}", "typedef float real", "typedef ",
            "#define ", "#define", "inline (", "typedef ;", "inline float f", "#define (",
            "typedef float __attribute__", "#define NUMBERS ", "#define NUMBERS , const int H"}) {
        CAPTURE(text);
        read_any(text);
        const defined_names found = names_defined_in(text);
        CHECK(found.others.empty());
    }
    CHECK(names_defined_in("inline float\ninline int f(int a) {}").others
        == std::vector<std::string_view>{"f"});
}

TEST_CASE("merged steps: texts that are cut or changed anywhere are read without a step outside") {
    lamina_test::random_source random("merged steps: changed texts");
    const std::string pieces[] = {"inline ", "typedef ", "#define ", "\n", "(", ";", "NUMBERS",
        " __attribute__", "#ifndef NUMBERS", "#define NUMBERS ", "_", std::string(1, '\0'), "\xff"};
    for (const kernels::kernel_text& entry : kernels::catalog) {
        const std::string text = "#define NUMBERS , const int H\n"
            + std::string(kernels::prelude_text.substr(0, 1500))
            + std::string(entry.text.substr(0, 1500));
        const int end = static_cast<int>(text.size());
        for (int round = 0; round < 60; ++round) {
            std::string changed = text.substr(0, static_cast<std::size_t>(random.integer(0, end)));
            for (int change = random.integer(0, 4); change > 0; --change) {
                const auto at
                    = static_cast<std::size_t>(random.integer(0, static_cast<int>(changed.size())));
                const auto length = static_cast<std::size_t>(random.integer(0, 8));
                changed.replace(at, std::min(length, changed.size() - at),
                    pieces[random.integer(0, static_cast<int>(std::size(pieces)) - 1)]);
            }
            read_any(changed);
        }
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

TEST_CASE("merged steps: kernels whose work-items wait for each other are left out") {
    plan_kernel pool;
    pool.family = "pool";
    const std::string_view text = kernels::find_text("pool");
    CHECK(may_merge(pool, {"", "", {}, {}, 0}, text));
    CHECK(!may_merge(pool, {"", "", {}, {}, 64}, text));
    CHECK(!may_merge(pool, {"", "", {}, {}, 0}, "__kernel void pool(IN(x), OUT(y)) {}"));
    pool.family = "mine";
    CHECK(!may_merge(pool, {"", "", {}, {}, 0}, text));
    for (const kernels::kernel_text& entry : kernels::catalog) {
        INFO(entry.family);
        const bool waits = entry.text.find("FAMILY(SIGNATURE)") != entry.text.npos;  // tile.cl.hpp
        CHECK((waits || entry.text.find("NUMBERS)") != entry.text.npos));
    }
}
