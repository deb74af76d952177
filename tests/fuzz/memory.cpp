// SPDX-License-Identifier: Apache-2.0
// Fuzzes how much memory a file's bytes make their reader take: never more than a multiple of their
// number, however often parts of a file are named. The input says how a file is built: a plan or a timing
// cache whose lists name one table many times, weights with one entry again and again, or raw bytes.
#include <sanitizer/allocator_interface.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <lamina/plan/flat_tables.hpp>
#include <lamina/plan/plan_file.hpp>
#include <lamina/plan/read.hpp>
#include <lamina/runtime/binary_cache.hpp>
#include <lamina/runtime/timing_cache.hpp>
#include <lamina/runtime/weights.hpp>

#include "support/temporary.hpp"

namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;
using flatbuffers::uoffset_t;

std::size_t now = 0, peak = 0;
bool is_counting = false;

void taken(const volatile void*, std::size_t bytes) {
    if (!is_counting) return;
    now += bytes;
    peak = std::max(peak, now);
}
void given_back(const volatile void* at) {
    if (!is_counting || !at) return;
    now -= std::min(now, __sanitizer_get_allocated_size(const_cast<const void*>(at)));
}

/// What a reader may take at most, for a file of so many bytes.
struct allowance {
    const char* of;
    std::size_t a_byte;
    std::size_t any = std::size_t{2} << 20;
};

/// Runs a reader and ends the program if it took more than it may.
template <class Read> void measure(const allowance& most, std::size_t bytes, Read read) {
    now = peak = 0;
    is_counting = true;
    try {
        read();
    } catch (const lamina::error&) {}
    is_counting = false;
    if (std::getenv("LAMINA_FUZZ_MEMORY"))
        std::fprintf(stderr, "%s: %zu bytes took %zu, %.1f for each beyond %zu\n", most.of, bytes,
            peak,
            static_cast<double>(peak - std::min(peak, most.any)) / static_cast<double>(bytes + 1),
            most.any);
    if (peak <= most.a_byte * bytes + most.any) return;
    std::fprintf(stderr, "%s: %zu bytes took %zu, more than %zu for each and %zu\n", most.of, bytes,
        peak, most.a_byte, most.any);
    std::abort();
}

/// The input as numbers; behind its end come others that depend on all of it.
class choices {
public:
    choices(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {
        for (std::size_t i = 0; i < size; ++i) state_ = (state_ ^ data[i]) * 1099511628211u;
    }
    unsigned next() {
        if (left_) return --left_, *data_++;
        state_ = state_ * 6364136223846793005u + 1442695040888963407u;
        return static_cast<unsigned>(state_ >> 56);
    }
    std::size_t count(std::size_t most) {
        constexpr std::size_t some[] = {0, 1, 1, 2, 3, 16, 64, 250, 1000};
        return std::min(some[next() % std::size(some)], most);
    }
    std::string_view rest() const { return {reinterpret_cast<const char*>(data_), left_}; }

private:
    const std::uint8_t* data_;
    std::size_t left_;
    std::uint64_t state_ = 14695981039346656037u;
};

/// A plan of which every list names a few tables, again and again; texts and numbers are shared too.
class shared_plan {
public:
    explicit shared_plan(choices& from) : from_(from) { to_.ForceDefaults(true); }

    std::vector<std::byte> bytes() {
        to_.Finish(Offset<lamina::detail::flat_table>(table<lamina::plan_records>()), "LAMP");
        const auto made = std::as_bytes(std::span(to_.GetBufferPointer(), to_.GetSize()));
        return {made.begin(), made.end()};
    }

private:
    choices& from_;
    FlatBufferBuilder to_;
    std::map<std::size_t, uoffset_t> texts_;
    std::map<std::pair<std::size_t, std::size_t>, uoffset_t> numbers_;

    template <class Record> uoffset_t table() {
        using fields = typename lamina::schema::described<Record>::fields;
        uoffset_t references[fields::count] = {};
        lamina::detail::for_each_field<Record>([&]<class Field>(int number) {
            references[number] = reference<Field, typename Field::value>();
        });
        const uoffset_t start = to_.StartTable();
        lamina::detail::for_each_field<Record>([&]<class Field>(int number) {
            using value = typename Field::value;
            const auto slot = lamina::detail::slot_of(number);
            if constexpr (std::is_enum_v<value>)
                to_.AddElement(slot, std::uint8_t{0}, {});
            else if constexpr (std::is_arithmetic_v<value>)
                to_.AddElement(slot, static_cast<value>(1), value());
            else if (references[number])
                to_.AddOffset(slot, Offset<lamina::detail::flat_table>(references[number]));
        });
        return to_.EndTable(start);
    }

    template <class Each> uoffset_t numbers(std::size_t count) {
        uoffset_t& known = numbers_[{sizeof(Each), count}];
        if (!known) known = to_.CreateVector(std::vector<Each>(count, Each{1})).o;
        return known;
    }
    template <class Field, class Value> uoffset_t reference() {
        if constexpr (std::is_enum_v<Value> || std::is_arithmetic_v<Value>) {
            return 0;
        } else if constexpr (std::is_same_v<Value, std::string_view>) {
            const std::size_t length = from_.count(Field::most);
            uoffset_t& known = texts_[length];
            if (!known) known = to_.CreateString(std::string(length, 'x')).o;
            return known;
        } else if constexpr (std::is_same_v<Value, lamina::shape>) {
            return numbers<int>(from_.next() % 7);
        } else if constexpr (std::is_array_v<Value>) {
            return numbers<int>(std::extent_v<Value>);
        } else if constexpr (std::is_same_v<Value, std::span<const std::byte>>) {
            return numbers<std::uint8_t>(from_.count(Field::most));
        } else if constexpr (lamina::detail::is_span<Value>) {
            return numbers<std::remove_const_t<typename Value::element_type>>(
                from_.count(Field::most));
        } else if constexpr (lamina::schema::is_described<Value>) {
            return from_.next() % 2 ? table<Value>() : 0;
        } else {
            return list<typename Value::value_type>(from_.count(Field::most));
        }
    }
    template <class Record> uoffset_t list(std::size_t count) {
        if constexpr (lamina::detail::is_struct<Record>) {
            const std::vector<lamina::detail::struct_bytes<Record>> all(count);
            return to_.CreateVectorOfStructs(all).o;
        } else {
            const Offset<lamina::detail::flat_table> one(count ? table<Record>() : 0);
            return to_.CreateVector(std::vector<Offset<lamina::detail::flat_table>>(count, one)).o;
        }
    }
};

/// A timing cache of different problems, whose names are long, that share their tactics; more of them than
/// the bytes can hold are refused.
std::vector<std::byte> shared_timings(choices& from) {
    namespace format = lamina::format;
    FlatBufferBuilder to;
    const auto name = to.CreateString(std::string(from.count(lamina::timing_limits::text), 'n'));
    std::vector<Offset<format::TimedTactic>> tactics;
    for (std::size_t left = from.count(lamina::timing_limits::tactics); left > 0; --left)
        tactics.push_back(format::CreateTimedTactic(to, name, left, 1, 1));
    const auto all_tactics = to.CreateVector(tactics);
    const std::vector<std::uint32_t> three(3, 1);
    const auto extents = to.CreateVector(three);
    const auto numbers
        = to.CreateVector(std::vector<std::int32_t>(from.count(lamina::timing_limits::numbers), 1));
    std::vector<Offset<format::TimedProblem>> problems;
    for (std::size_t left = from.count(lamina::timing_limits::problems); left > 0; --left)
        problems.push_back(
            format::CreateTimedProblem(to, name, left, extents, numbers, 1, all_tactics));
    const auto all_problems = to.CreateVector(problems);
    std::vector<Offset<format::TimedDevice>> devices;
    for (std::size_t left = from.count(lamina::timing_limits::devices); left > 0; --left)
        devices.push_back(format::CreateTimedDevice(
            to, name, name, static_cast<std::uint32_t>(left), all_problems));
    to.Finish(format::CreateTimingCache(to, lamina::timing_format, name, to.CreateVector(devices)),
        format::TimingCacheIdentifier());
    lamina::timing_trailer end;
    std::vector<std::byte> flat(to.GetSize());
    std::memcpy(flat.data(), to.GetBufferPointer(), flat.size());
    end.bytes = flat.size();
    flat.resize((flat.size() + 7) / 8 * 8);
    end.hash = lamina::plan_hash(flat, end.bytes);
    const auto trailer = std::as_bytes(std::span(&end, 1));
    flat.insert(flat.end(), trailer.begin(), trailer.end());
    return flat;
}

/// A safetensors file whose header has an entry many times, each time of another name.
std::vector<std::byte> many_tensors(choices& from) {
    const std::size_t count = from.count(4000), rank = from.next() % 9, length = from.count(250);
    std::string header = "{", extents;
    for (std::size_t axis = 0; axis < rank; ++axis) extents += axis ? ",0" : "0";
    const std::string other(from.rest().substr(0, 64));
    for (std::size_t i = 0; i < count; ++i)
        header += (i ? ",\"" : "\"") + std::string(length, 'n') + std::to_string(i) + other
            + R"(":{"dtype":"F32","shape":[)" + extents + R"(],"data_offsets":[0,0]})";
    header += "}";
    std::vector<std::byte> file(8 + header.size());
    for (std::size_t i = 0; i < 8; ++i) file[i] = std::byte(header.size() >> (8 * i) & 255);
    std::memcpy(file.data() + 8, header.data(), header.size());
    return file;
}

void read_plan(std::span<const std::byte> bytes) {
    measure({"a plan", 40}, bytes.size(), [&] { (void)lamina::plan_view::open(bytes); });
    measure({"a plan file", 2}, bytes.size(), [&] { (void)lamina::split_plan(bytes, "file"); });
}
void read_timings(std::span<const std::byte> bytes) {
    measure({"a timing cache", 66, std::size_t{5} << 18}, bytes.size(),
        [&] { (void)lamina::timing_cache::open(bytes); });
}
void read_weights(std::span<const std::byte> bytes, const char* label) {
    measure(
        {"weights", 40}, bytes.size(), [&] { (void)lamina::weights::from_bytes(bytes, label); });
}
/// An entry of the kernel cache that says how many bytes it has, rightly or not; one beyond the limit
/// really has them, as a hole.
void read_entry(std::span<const std::byte> bytes, std::uint64_t claimed) {
    static const lamina_test::temporary_folder folder;
    static const lamina::cache_key key = lamina::make_cache_key("source", "options", "device");
    const std::string path = folder / key.file_name();
    const bool is_large = claimed > lamina::cached_binary_limit;
    if (is_large) claimed = std::min(claimed, std::uint64_t{1} << 40);
    lamina::detail::cache_header header;
    header.key = key;
    header.binary_bytes = claimed;
    header.binary_hash = lamina::hash_bytes(bytes, lamina::cache_format);
    std::vector<std::byte> file(sizeof header + bytes.size());
    std::memcpy(file.data(), &header, sizeof header);
    std::copy(bytes.begin(), bytes.end(), file.begin() + sizeof header);
    lamina_test::write_file(path, file);
    std::error_code no_room;  // not every file system has holes of this size
    if (is_large) std::filesystem::resize_file(path, sizeof header + claimed, no_room);
    measure({"an entry of the kernel cache", is_large ? 0u : 1u, 4096}, file.size(),
        [&] { (void)lamina::read_cache(folder.path, key); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const bool is_watched
        = __sanitizer_install_malloc_and_free_hooks(taken, given_back) != 0;
    if (!is_watched) std::abort();
    choices from(data, size);
    switch (from.next() % 8) {
    case 0:
    case 1:
        read_plan(shared_plan(from).bytes());
        break;
    case 2:
    case 3:
        read_timings(shared_timings(from));
        break;
    case 4:
        read_weights(many_tensors(from), "net.safetensors");
        break;
    case 5: {
        const unsigned shift = from.next() % 64;
        const std::uint64_t claimed = std::uint64_t{from.next()} << shift;
        const auto bytes = std::as_bytes(std::span(from.rest()));
        read_entry(bytes, from.next() % 2 ? claimed : bytes.size());
        break;
    }
    case 6: {  // lines of a .wts file, again and again
        const std::size_t count = from.count(4000);
        std::string file = std::to_string(count) + "\n";
        for (std::size_t i = 0; i < count; ++i)
            file += "t" + std::to_string(i) + std::string(from.rest().substr(0, 64)) + " 0\n";
        read_weights(std::as_bytes(std::span(file)), "net.wts");
        break;
    }
    default: {
        const auto bytes = std::as_bytes(std::span(from.rest()));
        constexpr const char* labels[] = {"net.safetensors", "net.wts", "net"};
        for (const char* label : labels) read_weights(bytes, label);
        read_plan(bytes);
        read_timings(bytes);
    }
    }
    return 0;
}
