// SPDX-License-Identifier: Apache-2.0
// The parts of a context that do not belong to a plain run: setting up, binding, names,
// reading tensors. Included by context.hpp.
#pragma once
#include <lamina/runtime/context.hpp>
#include <lamina/runtime/mapped_buffer.hpp>

namespace lamina {

inline context::context(std::shared_ptr<detail::engine_state> engine)
    : engine_(std::move(engine)), queue_(make_queue(0)),
      arena_(
          detail::make_buffer(engine_->dev, CL_MEM_READ_WRITE, plan().arena_bytes, "the arena")) {
    // Where something below throws, what is in the queue ends before its memory does.
    const struct ending {
        cl_command_queue queue;
        ~ending() { opencl::finish(queue); }
    } ending{queue_.get()};
    constexpr std::uint64_t large = std::uint64_t{4} << 20;
    if (plan().arena_bytes >= large && engine_->dev.facts().shares_host_memory) {
        const detail::mapped_buffer fresh(engine_->dev, arena_.get(),
            static_cast<std::size_t>(plan().arena_bytes), CL_MAP_WRITE_INVALIDATE_REGION);
        fresh.ask_for_huge_pages();
    }
    // Padding lanes that nothing writes must not hold a NaN of somebody else.
    const cl_uint zero = 0;
    const std::uint64_t bytes = plan().arena_bytes / 4 * 4;
    if (bytes)
        opencl::check(clEnqueueFillBuffer(queue_.get(), arena_.get(), &zero, sizeof zero, 0,
                          static_cast<std::size_t>(bytes), 0, nullptr, nullptr),
            "clEnqueueFillBuffer", "the arena");
    const auto open
        = [&](std::vector<slot>& slots, const std::vector<plan_binding>& bindings, bool is_input) {
              slots.resize(bindings.size());
              for (std::size_t i = 0; i < slots.size(); ++i) {
                  slots[i].own.emplace(engine_->dev, bindings[i], is_input, queue_.get());
                  if (bindings[i].type == dtype::f16 && !is_input)
                      slots[i].floats.resize(static_cast<std::size_t>(bindings[i].dims.count()));
              }
          };
    open(inputs_, plan().inputs, true);
    open(outputs_, plan().outputs, false);

    if (engine_->table) {
        const std::size_t state_bytes = detail::merged_state_bytes(
            plan().steps.size(), detail::merged_threads(engine_->dev.facts().compute_units));
        merged_state_ = detail::make_buffer(
            engine_->dev, CL_MEM_READ_WRITE, state_bytes, "the state of merged steps");
        opencl::check(clEnqueueFillBuffer(queue_.get(), merged_state_.get(), &zero, sizeof zero, 0,
                          state_bytes, 0, nullptr, nullptr),
            "clEnqueueFillBuffer", "the state of merged steps");
    }
    for (std::size_t i = 0; i < plan().steps.size(); ++i) {
        const built_kernel& k = engine_->programs.all[engine_->programs.steps[i].program];
        launches_.push_back(k.merged ? ready_merged(i, i + 1) : ready_step(i, k));
    }
    for (const auto& stretch : engine_->stretches()) {
        if (stretch.last - stretch.first == 1) {
            run_.push_back(stretch.first);
            continue;
        }
        run_.push_back(launches_.size());
        launches_.push_back(ready_merged(stretch.first, stretch.last));
    }
    wait(queue_.get());
}

inline opencl::queue context::make_queue(cl_command_queue_properties properties) const {
    cl_int code = CL_SUCCESS;
    opencl::queue made(
        clCreateCommandQueue(engine_->dev.context(), engine_->dev.id(), properties, &code));
    opencl::check(code, "clCreateCommandQueue", engine_->dev.name());
    return made;
}

inline cl_mem context::own_buffer(memory_space space, std::size_t index) const {
    return space == memory_space::arena  ? arena_.get()
        : space == memory_space::weights ? engine_->weights.get()
        : space == memory_space::input   ? inputs_[index].own->get()
                                         : outputs_[index].own->get();
}

namespace detail {

/// Sets a kernel's arguments one behind the other.
struct argument_setter {
    cl_kernel kernel;
    cl_int code = CL_SUCCESS;  ///< of the first that did not fit
    cl_uint at = 0;

    template <class Value> void operator()(const Value& value) {
        const cl_int now = clSetKernelArg(kernel, at++, sizeof value, &value);
        if (code == CL_SUCCESS) code = now;
    }
};

}  // namespace detail

/// A step's kernel in a program of its own. Arguments: for each buffer its memory and its offset in
/// elements, then the numbers.
inline context::ready_kernel context::ready_step(std::size_t step, const built_kernel& k) const {
    const plan_step& s = plan().steps[step];
    const chosen_launch launch = detail::launch_of(s, plan().tactics[k.tactic], 0);
    ready_kernel out{k.built.kernel(std::string(plan().kernels[s.kernel].family)), {}, {}, step};
    std::copy(launch.global.begin(), launch.global.end(), out.global);
    std::copy(launch.local.begin(), launch.local.end(), out.local);
    detail::argument_setter set{out.kernel.get()};
    for (const plan_argument& a : s.arguments) {
        set(own_buffer(a.space, a.index));
        set(cl_ulong{a.offset / size_bytes(a.type)});
    }
    for (const std::int32_t number : s.numbers) set(number);
    if (set.code) fail_step(step, set.code, setting_arguments);
    return out;
}

/// Merged steps in one launch.
inline context::ready_kernel context::ready_merged(std::size_t first, std::size_t last) const {
    const unsigned units = engine_->dev.facts().compute_units;
    const unsigned threads = detail::merged_threads(units);
    ready_kernel out{engine_->programs.merged.built.kernel("run_steps"),
        {detail::merged_groups(threads, units), 1, 1}, {1, 1, 1}, first, true};
    detail::argument_setter set{out.kernel.get()};
    for (const std::size_t number : {first, last, std::size_t{threads}})
        set(static_cast<cl_int>(number));
    set(engine_->table.get());
    set(merged_state_.get());
    set(own_buffer(memory_space::arena, 0));
    set(own_buffer(memory_space::weights, 0));
    for (const auto& [space, count] : {std::pair(memory_space::input, inputs_.size()),
             std::pair(memory_space::output, outputs_.size())})
        for (std::size_t i = 0; i < count; ++i) {
            set(own_buffer(space, i));
            set(cl_ulong{0});
        }
    if (set.code) fail_step(first, set.code, setting_arguments);
    return out;
}

inline void context::rebind(
    memory_space space, std::size_t index, cl_mem memory, std::size_t offset_bytes) {
    for (const ready_kernel& launch : launches_) {
        detail::argument_setter set{launch.kernel.get()};
        const auto set_at = [&](cl_uint at, cl_ulong offset) {
            set.at = at;
            set(memory);
            set(offset);
        };
        if (launch.merged) {
            // first, last, threads, table, state, arena and weights, then two for each binding
            const std::size_t binding = detail::buffer_index(plan(), space, index) - 2;
            set_at(static_cast<cl_uint>(7 + 2 * binding), offset_bytes);
        } else {
            cl_uint at = 0;
            for (const plan_argument& a : plan().steps[launch.step].arguments) {
                if (a.space == space && a.index == index)
                    set_at(at, (offset_bytes + a.offset) / size_bytes(a.type));
                at += 2;
            }
        }
        if (set.code) fail_step(launch.step, set.code, setting_arguments);
    }
}

/// Lets every kernel take `to` for an input or output, or the context's own memory_space space that is
/// null. When that fails all is as it was.
inline void context::point_to(
    memory_space space, std::size_t index, opencl::buffer to, std::size_t offset_bytes) {
    slot& s = slot_of(space, index);
    try {
        rebind(space, index, to ? to.get() : s.own->get(), offset_bytes);
    } catch (...) {
        // Some kernels may have `to` now, and do not share it: mend() gives them the old memory.
        if (to) s.torn_with = std::move(to);
        s.torn = torn_ = true;
        throw;
    }
    s.bound = std::move(to);
    s.bound_offset = offset_bytes;
    s.torn_with = {};
    s.torn = false;
}

/// Before a run, when there is something to set right.
inline void context::mend() {
    if (!engine_) fail_moved();
    for (const memory_space space : {memory_space::input, memory_space::output})
        for (std::size_t i = 0; i < (space == memory_space::input ? inputs_ : outputs_).size();
            ++i) {
            slot& s = slot_of(space, i);
            if (s.torn) point_to(space, i, s.bound, s.bound_offset);
        }
    torn_ = false;
}

inline context& context::bind(std::string_view name, cl_mem memory, std::size_t offset_bytes) {
    const auto is = [name](const plan_binding& b) { return b.name == name; };
    const bool is_input = std::any_of(plan().inputs.begin(), plan().inputs.end(), is);
    const auto& bindings = is_input ? plan().inputs : plan().outputs;
    auto& slots = is_input ? inputs_ : outputs_;
    const std::size_t at = find(bindings, name, "input or output", errc::output_missing);
    const plan_binding& b = bindings[at];
    std::size_t size = 0;
    opencl::check(clGetMemObjectInfo(memory, CL_MEM_SIZE, sizeof size, &size, nullptr),
        "clGetMemObjectInfo", name);
    if (offset_bytes % size_bytes(b.type) || offset_bytes > size || b.bytes() > size - offset_bytes)
        throw error(errc::input_shape, std::string(name),
            "bind '" + std::string(name) + "': the buffer has " + std::to_string(size)
                + " bytes, from byte " + std::to_string(offset_bytes) + " on "
                + std::to_string(b.bytes()) + " are needed, at a multiple of "
                + std::to_string(size_bytes(b.type)) + "; make the buffer larger");
    point_to(is_input ? memory_space::input : memory_space::output, at,
        opencl::buffer::shared(memory), offset_bytes);
    slots[at].set = true;
    return *this;
}

inline range_report context::ranges() {
    range_report out;
    run_steps([&](std::size_t step, const plan_tensor& tensor, std::span<const float> values) {
        const plan_step& s = plan().steps[step];
        step_range& made = out.steps.emplace_back();
        made.step = step;
        made.name = s.name;
        made.kernel = plan().kernels[s.kernel].family;
        made.type = tensor.type;
        made.dims = tensor.dims;
        made.count(values);
    });
    remember_run();
    return out;
}

inline void context::run_and_show() {
    if (engine_->shown.ranges) {
        const range_report one = ranges();
        if (ranges_)
            ranges_->add(one);
        else
            ranges_ = one;
    }
    if (engine_->shown.times) add_times(profile());
}

inline void context::add_times(const run_profile& one) {
    if (timed_runs_++ == 0) {
        times_ = one;
        return;
    }
    for (std::size_t i = 0; i < one.steps.size(); ++i) times_.steps[i].ms += one.steps[i].ms;
    times_.total_ms += one.total_ms;
}

inline std::string context::names(const std::vector<plan_binding>& all) {
    std::string out;
    for (const plan_binding& b : all)
        out += (out.empty() ? "'" : ", '") + std::string(b.name) + "'";
    return out.empty() ? "none" : out;
}

inline std::size_t context::find(
    const std::vector<plan_binding>& bindings, std::string_view name, const char* kind, errc code) {
    for (std::size_t i = 0; i < bindings.size(); ++i)
        if (bindings[i].name == name) return i;
    throw error(code, std::string(name),
        "the network has no " + std::string(kind) + " '" + std::string(name) + "', it has "
            + names(bindings) + "; use one of these names");
}

inline void context::fill(std::size_t input, const void* values, std::size_t count, bool ints) {
    const plan_binding& b = plan().inputs[input];
    slot& s = inputs_[input];
    const auto wanted = static_cast<std::size_t>(b.dims.count());
    if (ints != (b.type == dtype::i32))
        throw error(errc::input_dtype, std::string(b.name),
            "input '" + std::string(b.name) + "' got " + (ints ? "ints" : "floats") + ", it is "
                + std::string(to_text(b.type)) + "; give " + (ints ? "floats" : "ints"));
    if (count != wanted)
        throw error(errc::input_shape, std::string(b.name),
            "input '" + std::string(b.name) + "' got " + std::to_string(count) + " values, it is "
                + std::string(to_text(b.dims).view()) + " = " + std::to_string(wanted)
                + "; crop, scale or pad the data to that shape");
    need_quiet();
    if (s.bound) point_to(memory_space::input, input, {}, 0);
    s.set = false;
    void* to = s.own->fill_begin();
    if (b.type == dtype::f16) {
        const auto* from = static_cast<const float*>(values);
        auto* halves = static_cast<std::uint16_t*>(to);
        for (std::size_t i = 0; i < count; ++i) halves[i] = to_half(from[i]);
    } else if (count) {
        std::memcpy(to, values, s.own->bytes());
    }
    s.own->fill_end();
    s.set = true;
}

/// So that a kernel can be run for its own sake, before there is any input.
inline void context::fill_zeros() {
    for (slot& s : inputs_) {
        if (s.set) continue;
        void* to = s.own->fill_begin();
        std::memset(to, 0, s.own->bytes());
        s.own->fill_end();
        s.set = true;
    }
}

inline const void* context::values(std::size_t output, bool ints) {
    const plan_binding& b = plan().outputs[output];
    slot& s = outputs_[output];
    const auto refuse = [&](const std::string& what) {
        throw error(errc::output_missing, std::string(b.name),
            "output '" + std::string(b.name) + "' " + what);
    };
    if (s.bound) refuse("was bound to a buffer of the user's; read that buffer");
    need_quiet();
    if (unfinished_) refuse("has no values: the last run failed; run it again before get()");
    if (!s.set || !s.own->host()) refuse("has no values yet; call run() before get()");
    if (ints != (b.type == dtype::i32))
        refuse("is " + std::string(to_text(b.type)) + "; get it with "
            + (ints ? "get<float>" : "get<int>"));
    if (b.type != dtype::f16) return s.own->host();
    if (std::exchange(s.stale, false)) {
        const auto* from = static_cast<const std::uint16_t*>(s.own->host());
        for (std::size_t i = 0; i < s.floats.size(); ++i) s.floats[i] = from_half(from[i]);
    }
    return s.floats.data();
}

inline std::vector<float> context::read_tensor(const plan_tensor& t) {
    std::vector<std::byte> bytes(
        static_cast<std::size_t>(span_elements(t.at(), t.dims)) * size_bytes(t.type));
    cl_mem memory = t.space == memory_space::arena ? arena_.get() : engine_->weights.get();
    std::size_t offset = static_cast<std::size_t>(t.offset);
    if (t.space == memory_space::input || t.space == memory_space::output) {
        const slot& s = (t.space == memory_space::input ? inputs_ : outputs_)[t.index];
        memory = s.bound ? s.bound.get() : s.own->get();
        offset += s.bound ? s.bound_offset : 0;
    }
    opencl::check(clEnqueueReadBuffer(queue_.get(), memory, CL_TRUE, offset, bytes.size(),
                      bytes.data(), 0, nullptr, nullptr),
        "clEnqueueReadBuffer", t.name.empty() ? "a tensor without a name" : t.name);
    const auto number = [&](std::size_t element) {
        const std::byte* from = bytes.data() + element * size_bytes(t.type);
        const auto as = [from](auto value) {
            std::memcpy(&value, from, sizeof value);
            return value;
        };
        switch (t.type) {
        case dtype::f32:
            return as(float{});
        case dtype::f16:
            return from_half(as(std::uint16_t{}));
        case dtype::bf16:
            return from_bfloat(as(std::uint16_t{}));
        case dtype::f64:
            return static_cast<float>(as(double{}));
        case dtype::i32:
            return static_cast<float>(as(std::int32_t{}));
        case dtype::i64:
            return static_cast<float>(as(std::int64_t{}));
        case dtype::i8:
            return static_cast<float>(as(std::int8_t{}));
        default:
            return static_cast<float>(as(std::uint8_t{}));
        }
    };
    std::vector<float> out(static_cast<std::size_t>(t.dims.count()));
    const layout places = t.at();
    int at[max_rank] = {};
    for (float& value : out) {
        value = number(static_cast<std::size_t>(places.offset(at)));
        for (int axis = t.dims.rank - 1; axis >= 0 && ++at[axis] == t.dims[axis]; --axis)
            at[axis] = 0;
    }
    return out;
}

inline void context::fail_input() const {
    std::string missing;
    for (std::size_t i = 0; i < inputs_.size(); ++i)
        if (!inputs_[i].set)
            missing += (missing.empty() ? "'" : ", '") + std::string(plan().inputs[i].name) + "'";
    throw error(errc::input_missing, missing,
        "input " + missing + " has no values in this context, the network needs "
            + names(plan().inputs) + "; call set_input() or bind() before running");
}

inline void context::fail_moved() {
    throw error(errc::option, "context",
        "this context was moved from, it has no plan; use the one that it was moved to");
}

inline void context::fail_step(std::size_t step, cl_int code, const char* doing) const {
    opencl::fail(code, doing + (" on " + engine_->dev.subject()), step_text(plan(), step));
}

}  // namespace lamina
