// SPDX-License-Identifier: Apache-2.0
#include <lamina/core/dynamic_array.hpp>
#include <lamina/core/name_table.hpp>

#include <doctest/doctest.h>

#include <string>

using lamina::dynamic_array;

namespace {

/// What is done to numbers and to elements that have constructors, in the compiler and outside.
template <class Element> constexpr bool behaves(const Element& a, const Element& b) {
    dynamic_array<Element> all;
    bool is_right = all.empty() && all.begin() == all.end();
    all.push_back(a);
    for (int i = 0; i < 20; ++i) all.push_back(i % 2 ? all[0] : b);  // of its own elements too
    is_right = is_right && all.size() == 21 && all[0] == a && all[1] == b && all.back() == a;
    is_right = is_right && all[20u] == a && all[19] == b && all[2] == a;

    dynamic_array<Element> copy = all;
    is_right = is_right && copy == all && copy.data() != all.data();
    copy.erase(copy.begin() + 1);
    is_right = is_right && copy.size() == 20 && copy[1] == a && !(copy == all);
    copy = all;
    const Element* const data = copy.data();
    dynamic_array<Element> moved = std::move(copy);
    is_right = is_right && moved == all && moved.data() == data;
    moved.pop_back();
    moved.pop_back();
    is_right = is_right && moved.size() == 19 && moved.back() == a;
    moved.resize(22, b);
    is_right = is_right && moved.size() == 22 && moved[18] == a && moved[19] == b;
    moved.assign(3, b);
    is_right = is_right && moved == dynamic_array<Element>{b, b, b};
    moved.swap(all);
    is_right = is_right && all.size() == 3 && moved.size() == 21;
    moved.clear();
    moved.reserve(5);
    moved.emplace_back() = a;
    is_right = is_right && moved.size() == 1 && moved.front() == a && all.front() == b;
    moved = dynamic_array<Element>(all.begin() + 1, all.end());
    return is_right && moved.size() == 2;
}

/// Neither trivial to make nor to destroy; destroying more or fewer than were made leaks, or frees twice.
struct owner {
    int* value;
    constexpr explicit owner(int v = 0) : value(new int(v)) {}
    constexpr owner(const owner& other) : value(new int(*other.value)) {}
    constexpr owner(owner&& other) noexcept : value(other.value) { other.value = nullptr; }
    constexpr owner& operator=(owner other) noexcept {
        int* const own = value;
        value = other.value;
        other.value = own;
        return *this;
    }
    constexpr ~owner() { delete value; }
    constexpr bool operator==(const owner& other) const { return *value == *other.value; }
};

static_assert(behaves(3, 7));
static_assert(behaves(owner(3), owner(7)));
static_assert(behaves(dynamic_array<int>{1, 2}, dynamic_array<int>{}));

}  // namespace

TEST_CASE("dynamic_array: numbers, texts and arrays of arrays") {
    CHECK(behaves(3, 7));
    CHECK(behaves(true, false));
    CHECK(behaves(owner(3), owner(7)));
    CHECK(behaves(std::string("a text that is longer than a short one"), std::string("b")));
    CHECK(behaves(dynamic_array<int>{1, 2}, dynamic_array<int>{}));
}

TEST_CASE("name_table: finds what was put in, also where hashes share a place") {
    lamina::name_table names;
    CHECK(names.find(5) == -1);
    for (int i = 0; i < 500; ++i) names.insert(static_cast<std::uint64_t>(i % 7) + 4096u * i, i);
    for (int i = 0; i < 500; ++i)
        CHECK(names.find(static_cast<std::uint64_t>(i % 7) + 4096u * i) == i);
    CHECK(names.find(8) == -1);
    CHECK(names.find(4096u * 501) == -1);
}
