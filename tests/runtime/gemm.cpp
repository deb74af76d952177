// SPDX-License-Identifier: Apache-2.0
// CLBlast behind runtime/gemm.hpp, and steps whose product it computes: in every queue, on the user's
// memory, measured by the tuner, and replaced by the plan's own kernel where the library fails.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <lamina/define.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/run.hpp>
#include <lamina/runtime/build_programs.hpp>
#include <lamina/runtime/gemm.hpp>
#include <lamina/runtime/tuner.hpp>

#include "../support/faults.hpp"
#include "../support/hand_weights.hpp"
#include "../support/skip.hpp"
#include "../support/temporary.hpp"

using namespace lamina;
using lamina_test::fault_of;
using lamina_test::hand_weights;
using lamina_test::skip;

namespace {

constexpr std::string_view library_tactic = "clblast_gemm";

bool has_library() {
    if (device::best().facts().is_able("clblast")) return true;
    skip("needs a build with CLBlast");
    return false;
}

std::vector<float> numbers(std::size_t count, unsigned seed) {
    std::vector<float> out(count);
    for (float& v : out) {
        seed = seed * 1664525u + 1013904223u;
        v = static_cast<float>(seed >> 8) / 8388608.0f - 1;
    }
    return out;
}

opencl::buffer buffer_of(const device& dev, std::vector<float>& values) {
    cl_int code = CL_SUCCESS;
    opencl::buffer made(clCreateBuffer(dev.context(), CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR,
        values.size() * 4, values.data(), &code));
    REQUIRE(code == CL_SUCCESS);
    return made;
}

/// A product by the library, into a C of NaN that is two elements larger on either side.
void check_against_loops(const gemm_call& g) {
    REQUIRE(g.is_sound());
    const device dev = device::best();
    const std::size_t ahead = 2;
    auto a = numbers(static_cast<std::size_t>(g.a_span()) + ahead, 1);
    auto b = numbers(static_cast<std::size_t>(g.b_span()) + ahead, 2);
    std::vector<float> c(static_cast<std::size_t>(g.c_span()) + 2 * ahead, std::nanf(""));
    const opencl::buffer on_a = buffer_of(dev, a), on_b = buffer_of(dev, b),
                         on_c = buffer_of(dev, c);
    cl_int code = CL_SUCCESS;
    const opencl::queue queue(clCreateCommandQueue(dev.context(), dev.id(), 0, &code));
    const int status = detail::enqueue_gemm(
        g, {on_a.get(), ahead}, {on_b.get(), ahead}, {on_c.get(), ahead}, queue.get(), nullptr);
    REQUIRE_MESSAGE(status == 0, detail::gemm_words(status));
    std::vector<float> got(c.size());
    REQUIRE(clEnqueueReadBuffer(queue.get(), on_c.get(), CL_TRUE, 0, got.size() * 4, got.data(), 0,
                nullptr, nullptr)
        == CL_SUCCESS);
    std::size_t wrong = 0, written = 0;
    for (int batch = 0; batch < g.batches; ++batch)
        for (int row = 0; row < g.rows; ++row)
            for (int column = 0; column < g.columns; ++column) {
                double sum = 0;
                for (int k = 0; k < g.depth; ++k)
                    sum += static_cast<double>(a[ahead + std::size_t(batch * g.a_batch)
                               + std::size_t(
                                   g.a_transposed ? k * g.a_row + row : row * g.a_row + k)])
                        * b[ahead + std::size_t(batch * g.b_batch)
                            + std::size_t(
                                g.b_transposed ? column * g.b_row + k : k * g.b_row + column)];
                const float v
                    = got[ahead + std::size_t(batch * g.c_batch + row * g.c_row + column)];
                wrong += !(std::fabs(v - sum) < 1e-5 * g.depth);
                ++written;
            }
    CHECK(wrong == 0);
    // What lies between rows and around the matrix is not touched.
    const auto kept = std::count_if(got.begin(), got.end(), [](float v) { return v != v; });
    CHECK(static_cast<std::size_t>(kept) == got.size() - written);
}

/// A convolution with bias and relu: patches, the product, and a kernel that finishes it.
struct small_network {
    run_time_plan plan;
    hand_weights file;
    std::vector<float> image = numbers(2 * 6 * 9 * 7, 3);

    explicit small_network(int kernel = 3) {
        network net;
        net.output("y",
            net.input("x", {2, 6, 9, 7})
                | conv2d{"c", {.out = 10, .kernel = kernel, .pad = kernel / 2, .bias = true}}
                | relu{});
        check(net);
        REQUIRE(net.problems.empty());
        plan = plan_at_run_time(net, gpu);
        file.add("c.weight", {10, 6, kernel, kernel},
            numbers(static_cast<std::size_t>(60 * kernel * kernel), 4));
        file.add("c.bias", {10}, numbers(10, 5));
    }
    engine make(std::string_view tactic) {
        const device dev = device::best();
        std::vector<tuning_row> rows;
        for (const char* family : {"conv2d_tiled", "matmul_tiled"})
            rows.push_back({tuning_scope::type, std::string(to_text(dev.facts().type)), family, {},
                std::string(tactic)});
        return engine(plan, file.open(), dev, {.tuning = rows});
    }
};

std::size_t step_of(const engine& e, std::string_view tactic) {
    for (std::size_t i = 0; i < e.plan().steps.size(); ++i)
        if (e.tactic(i) == tactic) return i;
    FAIL("no step has the tactic");
    return 0;
}

void check_near(std::span<const float> got, std::span<const float> wanted) {
    REQUIRE(got.size() == wanted.size());
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < got.size(); ++i) wrong += !(std::fabs(got[i] - wanted[i]) <= 1e-4f);
    CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("gemm: CLBlast computes products as they are told to it") {
    if (!has_library()) return;
    check_against_loops({true, 7, 5, 9, 1, 0, 1, 2, 9, 5, 5});
    check_against_loops({true, 33, 65, 129, 1, 0, 1, 2, 140, 70, 67});
    check_against_loops({true, 33, 65, 129, 1, 0, 1, 2, 40, 130, 67, 0, 0, 0, 1, 1});
    check_against_loops({true, 150, 140, 260, 1, 0, 1, 2, 260, 141, 143});
    check_against_loops({true, 12, 9, 20, 3, 0, 1, 2, 21, 10, 11, 300, 0, 200});
    check_against_loops({true, 12, 9, 20, 3, 0, 1, 2, 13, 21, 40, 300, 200, 12, 1, 1});
    // Both of CLBlast's ways: small products in one kernel, large ones through padded copies.
    check_against_loops({true, 470, 460, 450, 1, 0, 1, 2, 450, 461, 463});
    check_against_loops({true, 470, 460, 450, 2, 0, 1, 2, 470, 450, 920, 0, 207000, 460, 1, 1});
}

TEST_CASE("gemm: what the library refuses is said in words, with its code") {
    if (!has_library()) return;
    const device dev = device::best();
    std::vector<float> few(100);
    const opencl::buffer small = buffer_of(dev, few);
    cl_int code = CL_SUCCESS;
    const opencl::queue queue(clCreateCommandQueue(dev.context(), dev.id(), 0, &code));
    const auto says = [&](const gemm_call& g, std::uint64_t offset = 0) {
        return detail::gemm_words(detail::enqueue_gemm(
            g, {small.get(), offset}, {small.get(), 0}, {small.get(), 0}, queue.get(), nullptr));
    };
    CHECK(says({true, 50, 2, 50, 1, 0, 1, 2, 50, 2, 2})
        == "the first factor's buffer is too small (CLBlastInsufficientMemoryA, -1011)");
    CHECK(says({true, 5, 2, 5, 1, 0, 1, 2, 3, 2, 2}).find("InvalidLeadDimA") != std::string::npos);
    CHECK(says({true, 5, 2, 5, 1, 0, 1, 2, 5, 2, 2}, 1u << 31).find("can count to")
        != std::string::npos);
    CHECK(detail::gemm_words(-2041).find("no parameters for this device") != std::string::npos);
    CHECK(detail::gemm_words(-4).find("CL_MEM_OBJECT_ALLOCATION_FAILURE") != std::string::npos);
    CHECK(detail::gemm_refuses(dev, {true, 5, 2, 5, 1, 0, 1, 2, 3, 2, 2})
              .find("is not computed by CLBlast: rows of the first factor overlap")
        != std::string::npos);
    CHECK(detail::gemm_refuses(dev, {true, 5, 2, 5, 1, 0, 1, 2, 5, 2, 2}) == "");
}

TEST_CASE("gemm: a step by CLBlast gives the same in every queue and on the user's memory") {
    if (!has_library()) return;
    for (const int kernel : {3, 1}) {
        small_network net(kernel);
        const engine own = net.make("none of its tactics"), library = net.make(library_tactic);
        step_of(library, library_tactic);
        const std::vector<float> wanted = own.run(net.image).values;
        check_near(library.run(net.image).values, wanted);

        context run = library.make_context();
        run.set_input("x", net.image);
        const run_profile profile = run.profile();
        CHECK(profile.steps[step_of(library, library_tactic)].tactic == library_tactic);
        CHECK(profile.steps[step_of(library, library_tactic)].ms > 0);
        check_near(run.get("y"), wanted);
        std::size_t seen = 0;
        run.run_steps([&](std::size_t, const plan_tensor&, std::span<const float>) { ++seen; });
        CHECK(seen > 0);
        check_near(run.get("y"), wanted);

        const device& dev = library.device_of();
        cl_int code = CL_SUCCESS;
        const opencl::queue foreign(clCreateCommandQueue(
            dev.context(), dev.id(), CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE, &code));
        REQUIRE(code == CL_SUCCESS);
        for (int i = 0; i < 5; ++i) run.enqueue(foreign.get());
        check_near(run.get("y"), wanted);

        // Bound memory, which does not begin where the buffer does.
        const std::size_t ahead = 1024;
        std::vector<float> in(ahead + net.image.size()), out(ahead + wanted.size(), 9.0f);
        std::copy(net.image.begin(), net.image.end(), in.begin() + ahead);
        const opencl::buffer on_in = buffer_of(dev, in), on_out = buffer_of(dev, out);
        run.bind("x", on_in.get(), ahead * 4).bind("y", on_out.get(), ahead * 4);
        run.run();
        REQUIRE(clEnqueueReadBuffer(run.queue(), on_out.get(), CL_TRUE, 0, out.size() * 4,
                    out.data(), 0, nullptr, nullptr)
            == CL_SUCCESS);
        CHECK(out[ahead - 1] == 9.0f);
        check_near(std::span(out).subspan(ahead), wanted);
    }
}

TEST_CASE(
    "gemm: a product that is the caller's own input and output follows them when they are bound") {
    if (!has_library()) return;
    network net;
    net.output("y", matmul(net.input("a", {12, 20}), net.input("b", {20, 9})));
    check(net);
    const run_time_plan plan = plan_at_run_time(net, gpu);
    const device dev = device::best();
    const std::vector<tuning_row> rows{{tuning_scope::type, std::string(to_text(dev.facts().type)),
        "matmul_tiled", {}, std::string(library_tactic)}};
    hand_weights none;
    const engine library(plan, none.open(), dev, {.tuning = rows});
    const gemm_call& g = library.plan().tactics[library.plan().tactics.size() - 1].gemm;
    REQUIRE(g.present);
    REQUIRE(!g.has_product());
    step_of(library, library_tactic);
    const auto a = numbers(240, 1), b = numbers(180, 2);
    context run = library.make_context();
    run.set_input("a", a).set_input("b", b).run();
    const std::vector<float> wanted(run.get("y").begin(), run.get("y").end());
    CHECK(std::fabs(wanted[0]) > 0);
    std::vector<float> in(64 + a.size()), out(128 + wanted.size(), 9.0f);
    std::copy(a.begin(), a.end(), in.begin() + 64);
    const opencl::buffer on_in = buffer_of(dev, in), on_out = buffer_of(dev, out);
    run.bind("a", on_in.get(), 64 * 4).bind("y", on_out.get(), 128 * 4);
    run.run();
    REQUIRE(clEnqueueReadBuffer(run.queue(), on_out.get(), CL_TRUE, 0, out.size() * 4, out.data(),
                0, nullptr, nullptr)
        == CL_SUCCESS);
    CHECK(out[127] == 9.0f);
    check_near(std::span(out).subspan(128), wanted);
}

TEST_CASE("gemm: contexts on several threads may use the library at once") {
    if (!has_library()) return;
    small_network net;
    const engine library = net.make(library_tactic);
    const std::vector<float> wanted = library.run(net.image).values;
    std::vector<std::vector<float>> got(4);
    std::vector<std::thread> threads;
    for (std::vector<float>& one : got)
        threads.emplace_back([&] {
            context run = library.make_context();
            run.set_input("x", net.image);
            for (int i = 0; i < 10; ++i) run.run();
            one.assign(run.get("y").begin(), run.get("y").end());
        });
    for (std::thread& t : threads) t.join();
    for (const std::vector<float>& one : got) check_near(one, wanted);
}

TEST_CASE("gemm: where the library fails or is not there, the plan's own kernel runs") {
    small_network net;
    const plan_view plan = plan_view::open(net.plan.data());
    const device dev = device::best();
    plan_records records = *plan;
    std::size_t tactic = 0;
    for (std::size_t t = 0; t < records.tactics.size(); ++t)
        if (records.tactics[t].gemm.present) tactic = t;
    REQUIRE(records.tactics[tactic].gemm.present);
    std::size_t step = 0;
    for (std::size_t i = 0; i < records.steps.size(); ++i)
        for (const std::uint32_t t : records.kernels[records.steps[i].kernel].tactics)
            if (t == tactic) step = i;
    const auto chosen = [&](const plan_records& of) {
        std::vector<std::uint32_t> all(of.steps.size(), no_tactic);
        all[step] = static_cast<std::uint32_t>(tactic);
        const built_programs built = build_programs(of, dev, {}, all);
        return std::pair(built.all[built.steps[step].program].tactic, built.steps[step].by);
    };
    if (dev.facts().is_able("clblast"))
        CHECK(
            chosen(records) == std::pair(static_cast<std::uint32_t>(tactic), chosen_by::measured));
    // The library says no when it is tried.
    records.tactics[tactic].gemm.a_row = 1;
    CHECK(chosen(records) == std::pair(records.steps[step].tactic, chosen_by::device));
    // The program was built without it, or the user switched it off.
    records = *plan;
    device_facts without = dev.facts();
    without.abilities = "";
    CHECK(detail::device_refuses(without, records.steps[step], records.tactics[tactic])
              .find("needs the ability 'clblast'")
        != std::string::npos);
    without.abilities = "mma clblast";
    CHECK(detail::device_refuses(without, records.steps[step], records.tactics[tactic]) == "");
    // Matrices that lie too far behind, and scratch memory that is more than a buffer can be.
    plan_step far = records.steps[step];
    far.arguments[1].offset = std::uint64_t{1} << 34;
    CHECK(detail::device_refuses(without, far, records.tactics[tactic]).find("2147483647")
        != std::string::npos);
    without.max_alloc_bytes = 1000;
    CHECK(detail::device_refuses(without, records.steps[step], records.tactics[tactic])
              .find("bytes of scratch memory")
        != std::string::npos);
}

TEST_CASE(
    "gemm: the tuner measures it like any tactic, and engines take it when it is the fastest") {
    if (!has_library()) return;
    small_network net;
    const engine own = net.make("none of its tactics");
    for (const bool is_fast : {true, false}) {
        timing_cache cache;
        detail::tune_clocks clocks;
        double worst = 0;
        std::size_t measured = 0;
        clocks.ms = [] { return 0.0; };
        clocks.sample = [&](const plan_step&, std::string_view tactic, double nanoseconds) {
            if (tactic != library_tactic) return 1000.0;
            ++measured;
            worst = std::max(worst, nanoseconds);
            return is_fast ? 500.0 : 2000.0;
        };
        const tuning_report report = detail::tuner(own, cache, {}, clocks).run();
        CHECK(report.complete());
        CHECK(report.failures.empty());
        CHECK(measured > 0);
        CHECK(worst > 0);
        CHECK(worst < 1e9);
        const engine tuned = own.tuned(timing_cache::open(cache.bytes()));
        const auto is_library = [&](std::size_t i) { return tuned.tactic(i) == library_tactic; };
        bool any = false;
        for (std::size_t i = 0; i < tuned.plan().steps.size(); ++i) any |= is_library(i);
        CHECK(any == is_fast);
        check_near(tuned.run(net.image).values, own.run(net.image).values);

        // A saved plan keeps the choice, and stays one that needs no trust.
        const lamina_test::temporary_folder folder;
        for (const bool binaries : {false, true}) {
            const std::string path = (folder.path / "net.plan").string();
            tuned.save(path, {.with_binaries = binaries});
            const engine again = engine::load(
                path, own.device_of(), {.trust = binaries ? trust::binaries : trust::catalogue});
            for (std::size_t i = 0; i < again.plan().steps.size(); ++i)
                CHECK(again.tactic(i) == tuned.tactic(i));
            check_near(again.run(net.image).values, tuned.run(net.image).values);
        }
    }
}
