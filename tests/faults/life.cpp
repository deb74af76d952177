// SPDX-License-Identifier: Apache-2.0
// The whole life of a small program, under a machine that fails once: load, run in every way,
// profile, tune, save, load again, destroy. Each part that fails must say so, and must succeed when
// it is tried again. Run by sweep.py with shim.cpp preloaded; by itself it checks that all is well.
//   life FOLDER    an empty folder for its files
// Exit code 0: every result was right; 3: and at least one error came, a sentence; 4: a wrong
// number; 5: an error without a sentence; 6: a part failed twice.
#include <dlfcn.h>

#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include <lamina/run.hpp>
#include <lamina/runtime/file.hpp>
#include <lamina/runtime/tuner.hpp>

#include "../support/hand_plan.hpp"
#include "../support/hand_weights.hpp"
#include "../support/temporary.hpp"

using namespace lamina;

namespace {

constexpr std::size_t count = 1000;

struct wrong_number {
    std::string where;
};

std::vector<float> ramp(float from) {
    std::vector<float> out(count);
    for (std::size_t i = 0; i < count; ++i) out[i] = from + static_cast<float>(i);
    return out;
}

/// relu(x) * 3 + bias, exact in floats.
template <class Values>
void check_scores(const Values& y, const std::vector<float>& x, const char* where) {
    if (y.size() != count) throw wrong_number{where};
    for (std::size_t i = 0; i < count; ++i)
        if (y[i] != (x[i] > 0 ? x[i] : 0) * 3 + static_cast<float>(i % 7))
            throw wrong_number{where};
}

struct whole_life {
    std::string folder;
    std::vector<std::byte> plan;
    std::optional<lamina::engine> engine;
    int errors = 0, lost = 0;
    const std::vector<float> x = ramp(-300), z = ramp(-700);

    explicit whole_life(std::string in) : folder(std::move(in)) {
        lamina_test::hand_plan p;
        make_two_steps(p);
        plan_records& r = p.records;
        r.tactics.push_back(
            {"second", "#define SECOND 1\n", p.list({8, 1, 1}), p.list({1, 1, 1}), 0});
        for (plan_kernel& k : r.kernels) k.tactics = p.list({0, 1});
        plan = p.bytes();
        std::vector<float> bias(count);
        for (std::size_t i = 0; i < count; ++i) bias[i] = static_cast<float>(i % 7);
        lamina_test::hand_weights file;
        file.add("bias", {count}, bias);
        lamina_test::write_file(folder + "/net.safetensors", file.bytes());
    }

    /// A part of the life, tried again when it failed: what failed once is over.
    template <class Work> void part(const char* name, Work work) {
        for (int attempt = 1;; ++attempt) try {
                work();
                return;
            } catch (const error& fault) {
                std::fprintf(stderr, "%s: %s %s\n", name, id(fault.code()), fault.what());
                ++(std::strlen(fault.what()) > 20 ? errors : lost);
                if (attempt == 2) std::exit(6);
            } catch (const std::bad_alloc&) {
                std::fprintf(stderr, "%s: no memory\n", name);
                ++errors;
                if (attempt == 2) std::exit(6);
            }
    }

    device own_device() const { return device::best(); }

    void load() { engine.emplace(plan, weights::open(folder + "/net.safetensors"), own_device()); }

    void run() {
        for (int i = 0; i < 3; ++i) {
            const auto x = ramp(static_cast<float>(-500 + i));
            check_scores(engine->run(x), x, "engine.run");
        }
    }

    /// A context in which a part failed is used again by the next attempt.
    void one_context() {
        std::optional<context> kept;
        part("context", [&] {
            if (!kept) kept.emplace(engine->make_context());
            kept->set_input("image", x).run();
            check_scores(kept->get("scores"), x, "context.run");
        });
        if (!kept) return;
        part("profile", [&] {
            const run_profile times = kept->profile();
            if (times.steps.size() != 2) throw wrong_number{"profile"};
            check_scores(kept->get("scores"), x, "profile");
        });
        part("run_steps", [&] {
            std::size_t seen = 0;
            kept->run_steps([&](std::size_t, const plan_tensor& t, std::span<const float> values) {
                if (t.name == "sum") check_scores(values, x, "run_steps");
                ++seen;
            });
            if (seen != 2) throw wrong_number{"run_steps"};
            check_scores(kept->get("scores"), x, "run_steps");
        });
        part("run again", [&] {
            kept->set_input("image", z);
            kept->run();
            check_scores(kept->get("scores"), z, "run again");
        });
        part("enqueue", [&] {
            const opencl::event done = kept->enqueue();
            wait_for(done);
            check_scores(kept->get("scores"), z, "enqueue");
        });
        for (const cl_command_queue_properties properties : {cl_command_queue_properties{0},
                 cl_command_queue_properties{CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE}})
            part("the user's queue", [&] {
                const opencl::queue queue = user_queue(properties);
                wait_for(kept->enqueue(queue.get()));
                check_scores(kept->get("scores"), z, "the user's queue");
            });
        part("the user's buffers", [&] {
            const opencl::buffer in = user_buffer(), out = user_buffer();
            const opencl::queue queue = user_queue(0);
            const auto w = ramp(-10);
            opencl::check(clEnqueueWriteBuffer(queue.get(), in.get(), CL_TRUE, 0, count * 4,
                              w.data(), 0, nullptr, nullptr),
                "clEnqueueWriteBuffer", "the test");
            kept->bind("image", in.get()).bind("scores", out.get());
            const opencl::event done = kept->enqueue(queue.get());
            const cl_event wait = done.get();
            std::vector<float> y(count);
            opencl::check(clEnqueueReadBuffer(queue.get(), out.get(), CL_TRUE, 0, count * 4,
                              y.data(), 1, &wait, nullptr),
                "clEnqueueReadBuffer", "the test");
            check_scores(y, w, "the user's buffers");
        });
    }

    /// Contexts, engines and queues end while work of theirs is on its way.
    void ends() {
        {
            const opencl::queue queue = user_queue(0);
            context c = engine->make_context();
            c.set_input("image", x);
            (void)c.enqueue(queue.get());
        }
        {
            context c = engine->make_context();
            {
                const opencl::queue queue = user_queue(0);
                c.set_input("image", x);
                (void)c.enqueue(queue.get());
            }
            context moved = std::move(c);
            moved.run();
            check_scores(moved.get("scores"), x, "a moved context");
        }
    }

    void tune() {
        timing_cache cache;
        double ms = 0;
        lamina::detail::tune_clocks clocks;
        clocks.ms = [&] { return ms += 0.01; };
        clocks.sample = [](const plan_step&, std::string_view tactic, double) {
            return tactic == "second" ? 50.0 : 100.0;
        };
        const tuning_report report = lamina::detail::tuner(*engine, cache, {}, clocks).run();
        for (const auto& [device, problems] : cache.all())
            for (const auto& [problem, entry] : problems)
                for (const timed_tactic& t : entry.tactics)
                    if (t.nanoseconds == 0)
                        throw wrong_number{"tune: " + std::string(t.name) + " is noted as refused"};
        cache.save(folder + "/times");
        const lamina::engine tuned = engine->tuned(timing_cache::open(folder + "/times"));
        if (report.complete() && tuned.tactic(0) != "second") throw wrong_number{"tuned"};
        check_scores(tuned.run(x), x, "tuned");
    }

    void save_and_load() {
        for (const bool with_binaries : {false, true}) {
            engine->save(folder + "/net.plan", {.with_binaries = with_binaries});
            const lamina::engine loaded = lamina::engine::load(
                folder + "/net.plan", own_device(), {.trust = lamina::trust::binaries});
            check_scores(loaded.run(x), x, "a saved plan");
        }
    }

    /// Each step its own launch; and a device that does not share the host's memory.
    void other_ways() {
        const device host = own_device();
        const device apart = device::in_context(host.context(), host.id());
        const_cast<device_facts&>(apart.facts()).shares_host_memory = false;
        const lamina::engine separate(
            plan, weights::open(folder + "/net.safetensors"), apart, {.merge = false});
        context c = separate.make_context();
        for (int i = 0; i < 2; ++i) {
            c.set_input("image", x).run();
            check_scores(c.get("scores"), x, "own memory");
        }
        const opencl::queue queue = user_queue(0);
        (void)c.enqueue(queue.get());
    }

    opencl::queue user_queue(cl_command_queue_properties properties) const {
        const device dev = own_device();
        cl_int code = CL_SUCCESS;
        opencl::queue made(clCreateCommandQueue(dev.context(), dev.id(), properties, &code));
        opencl::check(code, "clCreateCommandQueue", "the test");
        return made;
    }
    opencl::buffer user_buffer() const {
        cl_int code = CL_SUCCESS;
        opencl::buffer made(
            clCreateBuffer(own_device().context(), CL_MEM_READ_WRITE, count * 4, nullptr, &code));
        opencl::check(code, "clCreateBuffer", "the test");
        return made;
    }
    static void wait_for(const opencl::event& done) {
        const cl_event event = done.get();
        opencl::check(clWaitForEvents(1, &event), "clWaitForEvents", "the test");
    }

    void live() {
        part("load", [&] { load(); });
        part("run", [&] { run(); });
        one_context();
        part("ends", [&] { ends(); });
        part("tune", [&] { tune(); });
        part("save", [&] { save_and_load(); });
        part("load again", [&] { load(); });
        part("run again", [&] { run(); });
        part("other ways", [&] { other_ways(); });
        engine.reset();
    }
};

}  // namespace

int main(int argc, char** argv) try {
    if (argc != 2) return std::fprintf(stderr, "life FOLDER\n"), 2;
    ::setenv("LAMINA_CACHE_DIR", (std::string(argv[1]) + "/cache").c_str(), 1);
    whole_life all(argv[1]);
    // The shim counts from here on.
    if (void* start = ::dlsym(RTLD_DEFAULT, "lamina_fault_start"))
        reinterpret_cast<void (*)()>(start)();
    all.live();
    return all.lost ? 5 : all.errors ? 3 : 0;
} catch (const wrong_number& fault) {
    std::fprintf(stderr, "wrong: %s\n", fault.where.c_str());
    return 4;
} catch (const std::exception& fault) {
    std::fprintf(stderr, "an error that is not lamina::error: %s\n", fault.what());
    return 5;
}
