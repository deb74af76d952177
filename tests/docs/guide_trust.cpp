// SPDX-License-Identifier: Apache-2.0
// The code of docs/guide/trust.md, run.
#include <doctest/doctest.h>

#include <cstdio>
#include <string>

#include <lamina/lamina.hpp>

#include "my_square.hpp"
#include "support/hand_weights.hpp"
#include "support/temporary.hpp"

namespace {

struct net {
    static constexpr void define(lamina::network& graph) {
        auto x = graph.input("x", {1, 20});
        graph.output("y", mine::my_square(x | lamina::relu{}, "square", 0.5f));
    }
};

}  // namespace

TEST_CASE("docs: whose plans a program loads") {
    const lamina_test::temporary_folder folder;
    const std::string path = folder / "net.plan", key_path = folder / "plan.key";
    lamina_test::hand_weights file;
    file.add("square.scale", {1}, std::vector<float>{2.0f});
    const auto device = lamina::device::best();
    const auto engine = lamina::engine(lamina::plan<net>, file.open(), device);
    const std::vector<float> x(20, 3.0f);
    engine.save(path);
    CHECK_THROWS_AS(lamina::engine::load(path, device), lamina::error);
    {
        // [own_kernels]
        const std::string_view own[] = {mine::my_square_text};
        auto same = lamina::engine::load(path, device, {.kernels = own});
        // [/own_kernels]
        CHECK(same.run(x)[0] == 18.5f);
    }
#if LAMINA_HAS_SODIUM
    std::string made;
    {
        // [make_key]
        const auto key = lamina::signing_key::make();
        key.save(key_path);
        std::puts(key.public_key().text().c_str());  // 64 digits: this half goes into the program
        // [/make_key]
        made = key.public_key().text();
    }
    {
        // [sign]
        const auto secret = lamina::signing_key::open(key_path);
        engine.save(path, {.with_binaries = true, .sign_with = &secret});
        // [/sign]
    }
    const std::string_view public_text = made;
    // [check]
    const lamina::plan_key keys[] = {public_text};  // "0f3a...", a constant of the program
    auto loaded = lamina::engine::load(path, device, {.signed_by = keys});
    // [/check]
    CHECK(loaded.run(x)[0] == 18.5f);
#endif
}
