// SPDX-License-Identifier: Apache-2.0
// One run of a plan at a time: own arena, queue and kernels with their arguments set.
// Made by engine::make_context(); several may run at once on several threads, one thread each.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/core/linkage.hpp>
#include <lamina/core/shape_planner.hpp>
#include <lamina/plan/records.hpp>
#include <lamina/runtime/cl.hpp>
#include <lamina/runtime/context_at_shape.hpp>
#include <lamina/runtime/context_options.hpp>
#include <lamina/runtime/profile.hpp>
#include <lamina/runtime/ranges.hpp>
#include <lamina/runtime/results.hpp>
#include <lamina/runtime/saved_states.hpp>
#include <lamina/runtime/stored_number.hpp>

namespace lamina {

struct built_kernel;
class program;

namespace detail {
struct batching;
struct engine_shapes;
struct launch_times;
class step_timer;
}  // namespace detail

/// Move-only. After an error during a run the context remains usable, but outputs have no values until a
/// run succeeds. The destructor waits for everything that was enqueued, in its own queue or the user's,
/// before memory is released.
/// Inputs persist: every run reads what set_input() copied and bind() bound until it is set or bound again,
/// so that a run may change one input of several. A context with an input that was never given does not
/// run. engine::run() keeps nothing: it takes every input each time.
class context : private detail::context_at_shape {
public:
    /// Of an engine, with at least that memory. Errors  LAM-R22 for a number of threads that the device cannot run.
    explicit context(const std::shared_ptr<detail::engine_state>& engine,
        const detail::reserved_memory& reserved = {}, const context_options& options = {});
    context(context&&) noexcept;
    context& operator=(context&&) = delete;
    ~context();

    /// Copies an input's values, dense and row-major: floats for f32 and f16 inputs, ints for i32,
    /// std::int8_t, std::uint8_t, bools (or bytes, of which those that are not 0 are true) for boolean.
    /// They persist for all later runs until they are set again. Waits for work enqueued before.
    /// Errors  LAM-R18, LAM-R19, LAM-R20.
    template <contiguous_values Values>
    context& set_input(std::string_view name, const Values& values) {
        fill(find(plan().inputs, name, "input", errc::input_missing), std::data(values),
            std::size(values), detail::host_type_in<Values>());
        return *this;
    }

    /// The same with the extents of the values: `run.set_input("image", values, {3, 3, 480, 640})`. Where the
    /// network's definition has dims there, the context goes on at that shape, as reshape() does.
    /// Errors  the same, and LAM-R27 a value that a dim cannot have, or another one than an input that was
    ///         set since the last run has; LAM-R19 other extents than the network has at that shape.
    template <contiguous_values Values>
    context& set_input(std::string_view name, const Values& values, const shape& dims) {
        reshape_for(find(plan().inputs, name, "input", errc::input_missing), dims);
        return set_input(name, values);
    }

    /// Goes on at another shape: `run.reshape({{"batch", 3}})`; dims that are not named have their opt. States
    /// stay, and inputs whose extents do; the others have to be set. A shape that returns allocates nothing;
    /// of more than engine_options::shapes the least recently used one goes.
    /// Errors  LAM-R27 no such dim, a value that it cannot have, a shape that the network refuses; the
    ///         context stays as it is.
    /// Cost    the first time a plan (0.3 to 2 ms), and building kernels that no shape before had.
    context& reshape(std::span<const shape_value> values);
    context& reshape(std::initializer_list<shape_value> values) {
        return reshape(std::span(values.begin(), values.size()));
    }

    /// Extents of an input or output at the current shape. Errors  LAM-R21.
    const shape& dims(std::string_view name) const;

    /// Reads an input from, or writes an output to, the user's own memory of the device's context.
    /// The buffer must hold elements of the binding's type, at a multiple of the device's alignment for
    /// vectors. Errors  LAM-R21 for an unknown name, LAM-R18 for a null `memory`, LAM-R19 for a buffer that is too
    /// small.
    context& bind(std::string_view name, cl_mem memory, std::size_t offset_bytes = 0);

    /// Uploads inputs, runs every step, downloads outputs, waits.
    /// Errors  LAM-R18 when an input was never set; LAM-R15, LAM-R16 from the device.
    void run();

    /// The same without waiting, after the events in `after`, in `queue` or the context's own. The
    /// returned event completes when outputs can be read. Runs of one context share its arena: each
    /// waits for the previous one, in any queue. The context retains the queue until its work has ended.
    opencl::event enqueue(cl_command_queue queue = nullptr, std::span<const cl_event> after = {});

    /// An output's values after run(), until the next one. f16 outputs come as floats; whole numbers as
    /// int, std::int8_t or std::uint8_t, truth values as bool or bytes.
    /// Waits for an enqueued run.
    /// Errors  LAM-R21 for an unknown name, a bound output, before any run, or if the last run failed.
    template <class Number = float> std::span<const Number> get(std::string_view name) {
        static_assert(
            host_number<Number>, "outputs are float, int, std::int8_t, std::uint8_t or bool");
        const std::size_t at = find(plan().outputs, name, "output", errc::output_missing);
        return {static_cast<const Number*>(values(at, host_type_of<Number>)),
            static_cast<std::size_t>(plan().outputs[at].dims.count())};
    }

    /// Runs once in a profiling queue, with a launch for each step: on a CPU, where run() merges steps,
    /// it takes longer than run().
    run_profile profile();

    /// For debugging: runs step by step and returns the largest magnitude and the counts of NaN and
    /// infinities in what each step stored, to find where an fp16 plan leaves its range.
    range_report ranges();

    /// For debugging: runs step by step and calls `see(step index, tensor, values)` after each step that
    /// writes a tensor, with its values as row-major floats (ints are converted).
    template <class See> void run_steps(See see) {
        each_step([](void* to, std::size_t step, const plan_tensor& tensor,
                      std::span<const float> now) { (*static_cast<See*>(to))(step, tensor, now); },
            &see);
    }

    /// States (network::state) are this context's own. A run reads and changes them; a run that fails may
    /// have changed some.
    const std::vector<plan_state>& states() const { return plan().states; }
    /// Memory of all states on the device.
    std::uint64_t state_bytes() const { return plan().state_bytes; }
    /// Zeros in all states, or in one, as in a new context. Waits for work enqueued before, as do all
    /// members about states. Errors  LAM-R26 no state of that name.
    void reset_state();
    void reset_state(std::string_view name);

    /// A state's values, dense and row-major: float for f32 (whatever the plan stores), int, std::int8_t,
    /// std::uint8_t, bool for truth values. Errors  LAM-R26.
    template <class Number = float> auto get_state(std::string_view name) {
        static_assert(
            host_number<Number>, "states are float, int, std::int8_t, std::uint8_t or bool");
        const plan_state& s = find_state(name);
        check_number_type(s, host_type_of<Number>);
        const std::vector<std::byte> stored = read_states(s.offset, s.bytes());
        std::vector<Number> out;
        for (std::size_t at = 0; at < stored.size(); at += size_bytes(s.type))
            out.push_back(static_cast<Number>(detail::number_at(stored.data() + at, s.type)));
        return out;
    }
    /// Sets all of a state's values. Errors  LAM-R26 no such state, other values than it takes.
    template <contiguous_values Values>
    context& set_state(std::string_view name, const Values& values) {
        write_state(name, std::data(values), std::size(values), detail::host_type_in<Values>());
        return *this;
    }

    /// All states as bytes of the host, to go back to them later: the branches of a beam search, the
    /// common beginning of several texts.
    saved_states save_states();
    /// Errors  LAM-R26 the states are not of a plan with the same states (names, types, extents).
    void restore_states(const saved_states& from);
    /// The same from another context, of this plan or of another with the same states (one for the prompt,
    /// one for each next token): on the device where both contexts are on one.
    void copy_states(context& from);

    /// Errors  LAM-R22 if the context was moved from; so do all other members.
    const plan_records& plan() const;
    cl_command_queue queue() const { return queue_.get(); }

private:
    friend class engine;
    friend class detail::step_timer;
    friend struct detail::batching;
    opencl::queue queue_, profiling_queue_;
    opencl::buffer states_;        ///< null where the plan has none
    opencl::queue checked_queue_;  ///< the last foreign queue, and whether it needs
    bool out_of_order_ = false;    ///< barriers
    /// Queues that may have work of this context in them. `last_` is its end; null where that could
    /// not be enqueued.
    std::vector<opencl::queue> busy_;
    opencl::event last_;
    std::vector<std::size_t> given_by_;  ///< by dim, the input that gave it since a run, plus one
    std::shared_ptr<detail::engine_shapes> shapes_;  ///< null where there are none
    std::list<detail::context_at_shape> parked_;     ///< other shapes, the last used first

    /// Shares what does not depend on the shape with a context at another one.
    context(std::shared_ptr<detail::engine_state> engine, const detail::reserved_memory& reserved,
        unsigned threads, const context* other);
    void clear_arena(const detail::arena_range& range);

    static std::size_t find(
        const std::vector<plan_binding>&, std::string_view name, const char* kind, errc code);
    static std::string names(const std::vector<plan_binding>&);
    std::vector<int> values_for(std::size_t input, const shape& dims, std::vector<int> values);
    void reshape_for(std::size_t input, const shape& dims);
    void reshape_to(const std::vector<int>& values);
    void check_extents(const plan_records& at, std::size_t input, const shape& dims) const;
    void keep_bindings(const detail::context_at_shape& before);
    bool shares_memory(const detail::context_at_shape& other) const;
    opencl::queue make_queue(cl_command_queue_properties) const;
    const detail::ready_kernel& step_alone(std::size_t step);
    detail::ready_kernel ready_step(std::size_t step, const built_kernel& k) const;
    detail::ready_kernel ready_merged(std::size_t first, std::size_t last) const;
    detail::ready_kernel ready_merged(std::size_t step, const program& built,
        const std::array<std::size_t, 3>& numbers, cl_mem table, cl_mem state, cl_mem ticks) const;
    void add_gemm(detail::ready_kernel& to, const built_kernel& k) const;
    cl_mem own_buffer(memory_space space, std::size_t index) const;
    std::uint64_t place_in_buffer(const plan_argument& argument) const;
    const plan_state& find_state(std::string_view name) const;
    void clear_states(std::uint64_t offset, std::uint64_t bytes);
    std::vector<std::byte> read_states(std::uint64_t offset, std::uint64_t bytes);
    void write_states(std::uint64_t offset, std::span<const std::byte> bytes);
    void write_state(std::string_view name, const void* values, std::size_t count, dtype host);
    void check_bounds(std::size_t input, const std::int32_t* values, std::size_t count) const;
    static void check_number_type(const plan_state& s, dtype host);
    void rebind(memory_space space, std::size_t index, cl_mem memory, std::size_t offset_bytes);
    void point_to(
        memory_space space, std::size_t index, opencl::buffer memory, std::size_t offset_bytes);
    void mend();
    detail::io_slot& slot_of(memory_space space, std::size_t index);
    void begin_work(cl_command_queue queue);
    bool end_work() noexcept;
    bool end_all_work() noexcept;
    void enqueue_run(cl_command_queue queue, std::span<const cl_event> after, opencl::event& done);
    void fill(std::size_t input, const void* values, std::size_t count, dtype host);
    void fill_zeros();
    const void* values(std::size_t output, dtype host);
    std::vector<float> read_tensor(const plan_tensor&);
    void add_times(const run_profile& one);
    void run_and_time_threads();
    void run_and_show();
    static constexpr const char* setting_arguments = "setting its arguments";
    [[noreturn]] void fail_step(
        std::size_t step, cl_int code, const char* doing = "launching it") const;
    [[noreturn]] void fail_gemm(std::size_t step, int status) const;
    [[noreturn]] void fail_input() const;
    [[noreturn]] static void fail_moved();
    [[noreturn]] static void fail_busy();

    void need_inputs();
    void need_quiet();
    void prepare(cl_command_queue queue);
    void finish(cl_command_queue queue);
    void outputs_ready();
    void launch(
        const detail::ready_kernel&, cl_command_queue queue, detail::launch_times* times = nullptr);
    void launch_gemm(
        const detail::ready_kernel&, cl_command_queue queue, detail::launch_times* times);
    void launch_all(cl_command_queue queue);
    void wait(cl_command_queue queue);
    void remember_run();
    using see_step = void (*)(
        void* to, std::size_t step, const plan_tensor& tensor, std::span<const float> now);
    void each_step(see_step see, void* to);
};

}  // namespace lamina

#ifndef LAMINA_COMPILED
#include <lamina/runtime/context.impl.hpp>
#include <lamina/runtime/context_io.impl.hpp>
#include <lamina/runtime/context_launches.impl.hpp>
#include <lamina/runtime/context_queues.impl.hpp>
#include <lamina/runtime/context_reading.impl.hpp>
#include <lamina/runtime/context_states.impl.hpp>
#endif
