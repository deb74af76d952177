// SPDX-License-Identifier: Apache-2.0
// Steps that share a launch on CPUs: bit for bit what launches of their own give, in every run, from
// several threads, with steps between them that cannot be merged, with buffers of the user's, and
// from a saved plan. On other devices the same tests see that nothing is merged.
#include "support/random.hpp"
#include "support/random_networks.hpp"
#include "support/random_weights.hpp"
#include "support/temporary.hpp"

#include <doctest/doctest.h>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/run.hpp>

#include <cstring>
#include <string>
#include <thread>
#include <vector>

using namespace lamina;
using lamina_test::random_source;

namespace {

bool merges() { return device::best().facts().type == device_type::cpu; }

/// Branches, a residual, several kinds of kernels, a pool over work-groups of more than one item.
void branches(network& net) {
    const tensor x = net.input("image", {2, 3, 29, 31})
        | conv2d{"a", {.out = 24, .kernel = 3, .stride = 2, .pad = 1}}
        | relu{};
    const tensor y = x | conv2d{"b", {.out = 24, .kernel = 3, .pad = 1}} | batch_norm{"n"};
    const tensor z
        = add(x, y) | relu{} | conv2d{"c", {.out = 24, .kernel = 3, .pad = 1, .groups = 24}};
    const tensor s
        = z | global_avg_pool{} | conv2d{"s", {.out = 24, .kernel = 1, .bias = true}} | sigmoid{};
    net.output("scores", mul(z, s) | max_pool{{.kernel = 2}} | flatten{} | linear{"d", 19});
    net.output("rows", z | global_avg_pool{} | flatten{} | softmax{1});
}

/// Each step has one work-item, or a few: most threads find nothing to do.
void small_steps(network& net) {
    tensor x = net.input("x", {1, 3});
    for (int i = 0; i < 12; ++i) {
        name at("l");
        at.append(i);
        x = x | linear{at, 3 + i % 2 * 40} | softmax{1};
    }
    net.output("scores", x);
}

/// In the middle a layer whose kernel is the user's.
void with_custom(network& net) {
    const tensor x = net.input("image", {2, 5, 9, 11})
        | conv2d{"a", {.out = 20, .kernel = 3, .pad = 1}}
        | relu{}
        | max_pool{{.kernel = 2}};
    const tensor y = custom_layer({"twice", "t", std::source_location::current()}, {x},
        {.dims = x.dims,
            .kernel = {"twice",
                "__kernel void twice(IN(x), OUT(y)) {\n OPEN(x); OPEN(y);\n"
                " const int i = get_global_id(0);\n if (i >= COUNT) return;\n"
                " STORE1(y, i, 2.0f * LOAD1(x, i));\n}\n",
                nullptr}});
    net.output("scores", y | conv2d{"b", {.out = 7, .kernel = 1}} | avg_pool{{.kernel = 2}});
}

/// A network with random weights and inputs, its plan, and two engines of it.
struct both {
    network net;
    std::vector<std::byte> plan;
    std::optional<lamina_test::random_weights> numbers;
    std::optional<engine> merged, apart;
    std::vector<std::pair<std::string, std::vector<float>>> inputs;

    template <class Define>
    both(const char* name, Define define, const lamina::target& target = cpu) {
        random_source random(name);
        define(net);
        const run_time_plan made = plan_at_run_time(net, target);
        plan.assign(made.data().begin(), made.data().end());
        numbers.emplace(net, random);
        const weights file = numbers->opened();
        merged.emplace(plan, file);
        apart.emplace(plan, file, device::best(), engine_options{.merge = false});
        for (const plan_binding& b : merged->inputs())
            inputs.emplace_back(b.name, random.numbers(static_cast<std::size_t>(b.dims.count())));
    }

    /// All outputs' bits one behind the other, of the inputs or of other ones.
    std::vector<int> run(context& in, bool others = false) const {
        for (const auto& [name, values] : inputs) {
            if (merged->input(name).type == dtype::i32) {
                in.set_input(name, std::vector<int>(values.size(), others ? 1 : 3));
                continue;
            }
            std::vector<float> now = values;
            if (others)
                for (float& value : now) value = -value;
            in.set_input(name, now);
        }
        in.run();
        return outputs(in);
    }
    std::vector<int> outputs(context& in) const {
        std::vector<int> bits;
        for (const plan_binding& b : merged->outputs()) {
            const auto append = [&](const auto& values) {
                bits.insert(bits.end(), values.begin(), values.end());
            };
            if (b.type == dtype::i32) append(in.get<int>(b.name));
            if (b.type == dtype::i8) append(in.get<std::int8_t>(b.name));
            if (b.type == dtype::u8) append(in.get<std::uint8_t>(b.name));
            if (b.type == dtype::boolean) append(in.get<bool>(b.name));
            if (b.type != dtype::f32) continue;
            const auto values = in.get(b.name);
            const std::size_t from = bits.size();
            bits.resize(from + values.size());
            std::memcpy(&bits[from], values.data(), values.size_bytes());
        }
        return bits;
    }
    std::vector<int> expected(bool of_others = false) const {
        context own = apart->make_context();
        return run(own, of_others);
    }
    /// Runs merged steps again and again, so that no run finds the results of the one before.
    void check_merged(context& in, int times) const {
        const std::vector<int> results[] = {expected(), expected(true)};
        for (int i = 0; i < times; ++i) REQUIRE(run(in, i % 2 == 0) == results[i % 2 == 0]);
    }
};

}  // namespace

TEST_CASE("merged steps give what launches of their own give") {
    for (const lamina::target& target : {cpu, cpu_avx2, cpu.half()}) {
        const both nets("merged branches", branches, target);
        CHECK(nets.apart->report().launches == nets.apart->plan().steps.size());
        CHECK(nets.merged->report().launches == (merges() ? 1 : nets.apart->plan().steps.size()));
        context run = nets.merged->make_context();
        nets.check_merged(run, 300);
    }
}

TEST_CASE("so do steps of fewer work-items than there are threads") {
    const both nets("merged and small", small_steps);
    CHECK(nets.merged->plan().steps.size() > 12);
    context run = nets.merged->make_context();
    nets.check_merged(run, 500);
}

TEST_CASE("so do those of random networks") {
    for (int number = 0; number < 2; ++number) {
        INFO("seed ", lamina_test::test_seed(), ", network ", number);
        const both nets("random merged", [&](network& net) {
            random_source random("random merged " + std::to_string(number));
            lamina_test::make_random_network(net, random, 8 + 8 * number);
        });
        context run = nets.merged->make_context();
        nets.check_merged(run, 20);
    }
}

TEST_CASE("a step that cannot be merged stands between two launches") {
    const both nets("merged around a custom layer", with_custom);
    CHECK(nets.merged->report().launches < nets.apart->report().launches + !merges());
    const std::vector<int> expected = nets.expected();
    context run = nets.merged->make_context();
    nets.check_merged(run, 20);
    // Step by step, and with times, it is the same network; then in few launches once more.
    std::size_t seen = 0;
    run.run_steps([&](std::size_t, const plan_tensor&, std::span<const float>) { ++seen; });
    CHECK(seen > 3);
    CHECK(nets.outputs(run) == expected);
    CHECK(run.profile().steps.size() == nets.merged->plan().steps.size());
    CHECK(nets.outputs(run) == expected);
    CHECK(nets.run(run) == expected);
    run.enqueue();
    clFinish(run.queue());
    CHECK(nets.outputs(run) == expected);
}

TEST_CASE("contexts of one engine run merged steps at the same time") {
    const both nets("merged in threads", branches);
    const std::vector<int> expected = nets.expected(), others = nets.expected(true);
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i)
        threads.emplace_back([&] {
            context run = nets.merged->make_context();
            for (int again = 0; again < 100; ++again)
                wrong += nets.run(run, again % 2) != (again % 2 ? others : expected);
        });
    for (std::thread& t : threads) t.join();
    CHECK(wrong == 0);
}

TEST_CASE("merged steps read and write buffers of the user's") {
    const both nets("merged and bound", branches);
    const std::vector<int> expected = nets.expected();
    const device dev = device::best();
    context run = nets.merged->make_context();
    const std::vector<float>& image = nets.inputs[0].second;
    const std::size_t in_bytes = image.size() * 4, before = 256;
    const auto out_bytes = static_cast<std::size_t>(nets.merged->output("scores").bytes());
    const auto buffer = [&](std::size_t bytes) {
        return opencl::buffer(
            clCreateBuffer(dev.context(), CL_MEM_READ_WRITE, bytes, nullptr, nullptr));
    };
    const opencl::buffer in = buffer(before + in_bytes), out = buffer(before + out_bytes);
    run.bind("image", in.get(), before).bind("scores", out.get(), before);
    REQUIRE(clEnqueueWriteBuffer(
                run.queue(), in.get(), CL_TRUE, before, in_bytes, image.data(), 0, nullptr, nullptr)
        == CL_SUCCESS);
    run.run();
    std::vector<int> scores(out_bytes / 4);
    REQUIRE(clEnqueueReadBuffer(run.queue(), out.get(), CL_TRUE, before, out_bytes, scores.data(),
                0, nullptr, nullptr)
        == CL_SUCCESS);
    CHECK(std::equal(scores.begin(), scores.end(), expected.begin()));
}

TEST_CASE("a saved plan carries the program of merged steps") {
    const lamina_test::temporary_folder folder;
    const both nets("merged and saved", with_custom);
    const std::vector<int> expected = nets.expected();
    const std::string path = folder / "net.plan";
    nets.merged->save(path, {.with_binaries = true});
    {
        const lamina_test::temporary_variable cache("LAMINA_CACHE_DIR", (folder / "cache").c_str());
        const engine loaded = engine::load(path, device::best(), {.trust = trust::binaries});
        for (const auto& kernel : loaded.report().kernels)
            CHECK(kernel.note == "binary: from the plan");
        context run = loaded.make_context();
        CHECK(nets.run(run) == expected);
    }
    // Launches of their own find no binary of merged steps, and go without.
    const engine apart
        = engine::load(path, device::best(), {.merge = false, .trust = trust::binaries});
    CHECK(apart.report().launches == apart.plan().steps.size());
    context run = apart.make_context();
    CHECK(nets.run(run) == expected);
}
