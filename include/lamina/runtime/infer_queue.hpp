// SPDX-License-Identifier: Apache-2.0
// A stream of requests spread over contexts that run at the same time, on one device or several. Not part of
// lamina.hpp.
#pragma once
#include <cstddef>
#include <future>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

#include <lamina/core/linkage.hpp>
#include <lamina/runtime/engine.hpp>
#include <lamina/runtime/results.hpp>

namespace lamina {

struct infer_queue_options {
    /// Contexts of each engine, which run at the same time (OpenVINO: NUM_STREAMS). 0: on a CPU as many as
    /// share out the threads that the process may use, on other devices 2, so that one copies while one computes.
    std::size_t contexts = 0;
    /// Threads of each context's runs on a CPU; 0: those of its engine, divided among `contexts` where that is set.
    int threads = 0;
    /// submit() waits while so many requests wait for a context; 0: twice as many as there are contexts.
    std::size_t most_waiting = 0;
};

namespace detail {
struct inferring;
}

/// Requests of any number of threads, each run alone by the first context that is free: more pictures per second
/// than one context after another, at a longer time for each. It is OpenVINO's AsyncInferQueue; where requests
/// may be joined along a batch, see batcher.hpp.
/// On a CPU make the engine for the threads that a context has, as its steps are cut for them:
/// `engine(plan, weights, device, {.threads = 1})` and infer_queue(engine) use all cores. For several devices give
/// an engine of each, made by engine::on() from the packed weights of the first.
class infer_queue {
public:
    /// Errors  LAM-R22 for a number of threads that the device cannot run; those of engine::make_context().
    explicit infer_queue(const engine& made, const infer_queue_options& options = {});
    /// Errors  also LAM-R22 if there is no engine, or they have different inputs or outputs.
    explicit infer_queue(std::span<const engine> made, const infer_queue_options& options = {});
    infer_queue(const infer_queue&) = delete;
    infer_queue& operator=(const infer_queue&) = delete;
    /// Requests that were submitted are served first.
    ~infer_queue();

    /// Inputs by name, as for engine::run. They are copied. Waits while the queue is full.
    /// Errors  at once LAM-R18, LAM-R20 and LAM-R21 about names and types; in the future those of the run.
    std::future<results> submit(std::initializer_list<named_values> inputs);

    /// The same, waiting for the result.
    results run(std::initializer_list<named_values> inputs) { return submit(inputs).get(); }

    /// Contexts of all engines.
    std::size_t contexts() const;
    /// Requests that each engine has run so far.
    std::vector<std::size_t> counts() const;

private:
    std::unique_ptr<detail::inferring> all_;
};

}  // namespace lamina

#ifndef LAMINA_COMPILED
#include <lamina/runtime/infer_queue.impl.hpp>
#endif
