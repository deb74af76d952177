// SPDX-License-Identifier: Apache-2.0
// Dynamic batching: requests of many threads run together. Not part of lamina.hpp.
#pragma once
#include <chrono>
#include <cstddef>
#include <future>
#include <initializer_list>
#include <memory>
#include <string>

#include <lamina/core/linkage.hpp>
#include <lamina/runtime/engine.hpp>
#include <lamina/runtime/results.hpp>

namespace lamina {

struct batcher_options {
    std::string dim = "batch";  ///< along which requests are joined
    int most = 0;               ///< items of a run; 0: the dim's max
    /// How long a request waits for others while its run has room, at most a day. 0: not at all; requests that came
    /// while all contexts were busy still run together.
    std::chrono::microseconds delay = std::chrono::milliseconds(2);
    std::size_t contexts = 1;  ///< runs at the same time, each in a thread of its own
};

/// What a batcher has done so far.
struct batcher_counts {
    std::size_t requests = 0, items = 0, runs = 0;
};

namespace detail {
struct batching;
}

/// Joins requests of several threads along a dim of the network, runs them together, and cuts the outputs apart.
/// A run begins when it is full, or when its oldest request has waited for `delay`; requests whose other extents
/// differ run apart, and a full run does not wait for older requests of another shape. Requests of one shape are served
/// in the order in which they came. A run that fails gives its error to its own requests alone.
class batcher {
public:
    /// Errors  LAM-R27 the network has no such dim, an input or output has no axis that is it, or `most` is
    ///         none of its values.
    explicit batcher(const engine& made, const batcher_options& options = {});
    batcher(const batcher&) = delete;
    batcher& operator=(const batcher&) = delete;
    /// Requests that were submitted are served first.
    ~batcher();

    /// Inputs by name, as for engine::run, of one item, or with their extents of several: {{"image", values,
    /// {2, 3, 224, 224}}}. They are copied. The outputs are those of these items alone.
    /// Errors  at once those of engine::run about inputs, LAM-R27 more items than a run takes; in the future
    ///         those of the run.
    std::future<results> submit(std::initializer_list<named_values> inputs);

    /// The same, waiting for the result.
    results run(std::initializer_list<named_values> inputs) { return submit(inputs).get(); }

    batcher_counts counts() const;

private:
    std::unique_ptr<detail::batching> all_;
};

}  // namespace lamina

#ifndef LAMINA_COMPILED
#include <lamina/runtime/batcher.impl.hpp>
#endif
