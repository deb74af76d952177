// SPDX-License-Identifier: Apache-2.0
// Tests of the timing cache as a file and as values; tune.cpp tests what engines make of it.
#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

#include <lamina/plan/plan_file.hpp>
#include <lamina/plan/timing_cache_generated.h>
#include <lamina/runtime/file.hpp>
#include <lamina/runtime/timing_cache.hpp>

#include "../support/faults.hpp"
#include "../support/skip.hpp"
#include "../support/temporary.hpp"

using namespace lamina;
using lamina_test::caught;
using lamina_test::fault_of;
using lamina_test::temporary_folder;

namespace {

timed_entry entry(std::uint64_t time, std::vector<timed_tactic> tactics) {
    return {"conv2d_blocked", time, std::move(tactics)};
}

timings two_devices() {
    timings all;
    auto& first = all[{"Some CPU", "driver 3", 2}];
    first[{7, {10, 20, 30}, {1, -2, 3}}]
        = entry(1700000000, {{"a", 1, 1500.25, 9}, {"b", 2, 0, 0}});
    first[{7, {10, 20, 31}, {}}] = entry(1700000001, {{"a", 1, 10, 1}});
    all[{"Some GPU", "driver 5", 132}][{9, {1, 1, 1}, {0}}] = entry(5, {{"tile8", 4, 3, 3}});
    return all;
}

timing_cache cache_of(const timings& all) { return timing_cache::open(write_timings(all)); }

/// A file around these bytes, whose hash is right.
std::vector<std::byte> framed(std::vector<std::byte> flat) {
    timing_trailer end;
    end.bytes = flat.size();
    flat.resize((flat.size() + 7) / 8 * 8);
    end.hash = plan_hash(flat, end.bytes);
    const auto trailer = std::as_bytes(std::span(&end, 1));
    flat.insert(flat.end(), trailer.begin(), trailer.end());
    return flat;
}

std::vector<std::byte> of_format(std::uint32_t format, std::vector<std::uint32_t> extents) {
    flatbuffers::FlatBufferBuilder to;
    const auto sizes = to.CreateVector(extents);
    const auto problem = format::CreateTimedProblem(to, 0, 1, sizes);
    const auto problems = to.CreateVector(&problem, 1);
    const auto device = format::CreateTimedDevice(to, 0, 0, 1, problems);
    const auto devices = to.CreateVector(&device, 1);
    format::FinishTimingCacheBuffer(to, format::CreateTimingCache(to, format, 0, devices));
    const auto flat = std::as_bytes(std::span(to.GetBufferPointer(), to.GetSize()));
    return framed({flat.begin(), flat.end()});
}

/// Problems with 256 tactics each, all with one name; or one problem with one tactic in all places.
std::vector<std::byte> repeated_tactics(std::size_t problems, bool is_one) {
    flatbuffers::FlatBufferBuilder to;
    const auto name = to.CreateString(std::string(4096, 'x'));
    const std::uint32_t sizes[] = {1, 1, 1};
    const auto extents = to.CreateVector(sizes, 3);
    std::vector<flatbuffers::Offset<format::TimedProblem>> all;
    for (std::uint64_t kernel = 0; kernel < (is_one ? 1 : problems); ++kernel) {
        std::vector<flatbuffers::Offset<format::TimedTactic>> tactics;
        for (std::uint64_t tactic = 0; tactic < (is_one ? 1u : 256u); ++tactic)
            tactics.push_back(format::CreateTimedTactic(to, name, tactic, 1, 1));
        tactics.resize(256, tactics[0]);
        const auto list = to.CreateVector(tactics);
        all.push_back(format::CreateTimedProblem(to, name, kernel, extents, 0, 0, list));
    }
    all.resize(problems, all[0]);
    const auto list = to.CreateVector(all);
    const auto device = format::CreateTimedDevice(to, name, name, 1, list);
    const auto devices = to.CreateVector(&device, 1);
    format::FinishTimingCacheBuffer(to, format::CreateTimingCache(to, 1, 0, devices));
    const auto flat = std::as_bytes(std::span(to.GetBufferPointer(), to.GetSize()));
    return framed({flat.begin(), flat.end()});
}

}  // namespace

TEST_CASE("timing cache: a saved one is the same when it is opened, to the byte") {
    const temporary_folder folder;
    const timing_cache cache = cache_of(two_devices());
    CHECK(cache.all() == two_devices());
    CHECK(cache.size() == 3);
    const std::string path = folder / "net.timings";
    for (int i = 0; i < 2; ++i) {  // the second replaces the first
        cache.save(path);
        CHECK(timing_cache::open(path) == cache);
        CHECK(lamina_test::read_file(path) == cache.bytes());
        CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);
    }
    CHECK(timing_cache::open(timing_cache().bytes()) == timing_cache());
    // At any address: an embedded file may lie anywhere.
    const std::vector<std::byte> bytes = cache.bytes();
    for (std::size_t shift = 1; shift < 8; ++shift) {
        std::vector<std::byte> moved(shift);
        moved.insert(moved.end(), bytes.begin(), bytes.end());
        CHECK(timing_cache::open(std::span(moved).subspan(shift)) == cache);
    }
}

TEST_CASE("timing cache: a file that an older version wrote stays readable") {
    constexpr const char* path = "tests/runtime/format1.timings";
    if (!lamina_test::has_source_file(path)) return;
    CHECK(timing_cache::open(lamina_test::source_file(path)).all() == two_devices());
}

TEST_CASE("timing cache: no file is an empty cache for open_or_new, and a sentence for open") {
    const temporary_folder folder;
    const std::string path = folder / "none.timings";
    CHECK(timing_cache::open_or_new(path).size() == 0);
    CHECK(fault_of([&] { timing_cache::open(path); }).code == errc::file_missing);
    cache_of(two_devices()).save(path);
    CHECK(timing_cache::open_or_new(path).size() == 3);
    lamina_test::write_file(path, "no timing cache, but long enough for a trailer and the rest");
    CHECK(fault_of([&] { timing_cache::open_or_new(path); }).code == errc::file_damaged);
    const caught fault = fault_of([] { timing_cache().save("/nowhere/at/all/net.timings"); });
    CHECK(fault.code == errc::file_not_written);
    CHECK(fault.says("/nowhere/at/all/net.timings cannot be written"));
}

TEST_CASE("timing cache: every cut and every flipped bit is found") {
    std::vector<std::byte> bytes = cache_of(two_devices()).bytes();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const caught fault
            = fault_of([&] { timing_cache::open(std::span(bytes).first(size), "cut.timings"); });
        CHECK(fault.code == errc::file_damaged);
        CHECK(fault.says("cut.timings"));
    }
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        bytes[at] ^= std::byte{4};
        const caught fault = fault_of([&] { timing_cache::open(bytes, "flipped.timings"); });
        CHECK(fault.code == errc::file_damaged);
        CHECK(fault.says("flipped.timings"));
        bytes[at] ^= std::byte{4};
    }
    // Flipped bits below a hash that is right: an error or a cache, but never a crash.
    const std::size_t flat = bytes.size() - sizeof(timing_trailer);
    for (std::size_t bit = 0; bit < flat * 8; ++bit) {
        std::vector<std::byte> changed(bytes.begin(), bytes.begin() + std::ptrdiff_t(flat));
        changed[bit / 8] ^= std::byte(1u << bit % 8);
        const caught fault = fault_of([&] { timing_cache::open(framed(changed)).bytes(); });
        CHECK((fault.what.empty() || fault.code == errc::file_damaged
            || fault.code == errc::plan_version));
    }
}

TEST_CASE("timing cache: a newer format and impossible content are told") {
    const caught newer = fault_of([] { timing_cache::open(of_format(99, {1, 2, 3})); });
    CHECK(newer.code == errc::plan_version);
    CHECK(newer.says("format 99"));
    CHECK(newer.says("reads up to 1"));
    CHECK(timing_cache::open(of_format(timing_format, {1, 2, 3})).size() == 1);
    CHECK(fault_of([] { timing_cache::open(of_format(1, {1, 2})); }).says("2 extents, 3 are"));
    for (const double time : {-1.0, std::numeric_limits<double>::quiet_NaN(), 1e16}) {
        timings all = two_devices();
        all.begin()->second.begin()->second.tactics[0].nanoseconds = time;
        CHECK(fault_of([&] { cache_of(all); }).says("nanoseconds, 0 to 1e15 are expected"));
    }
    timings all = two_devices();
    all.begin()->second.begin()->second.tactics.assign(300, {"a", 1, 1, 1});
    CHECK(fault_of([&] { cache_of(all); }).says("300 tactics of a problem"));
}

TEST_CASE("timing cache: shared texts and tables do not make a small file large") {
    // Tactics of their own that share a text of 4096 characters.
    const auto texts = repeated_tactics(8, false);
    CHECK(texts.size() < 150000);
    const caught large = fault_of([&] { timing_cache::open(texts); });
    CHECK(large.code == errc::file_damaged);
    CHECK(large.says("bytes that stand for more than"));
    // 16384 problems that are one table with 256 tactics that are one: 4 million to follow in 71 KB.
    const auto tables = repeated_tactics(16384, true);
    CHECK(tables.size() < 75000);
    const caught many = fault_of([&] { timing_cache::open(tables); });
    CHECK(many.code == errc::file_damaged);
    CHECK(
        many.says("bytes that are not a valid FlatBuffer, or that name one table in many places"));
}

TEST_CASE("timing cache: merging takes what is missing, and the entry that knows more") {
    const timed_device cpu{"Some CPU", "driver 3", 2}, gpu{"Some GPU", "driver 5", 132};
    const timed_problem one{7, {10, 20, 30}, {}}, two{8, {10, 20, 30}, {}};
    const timed_tactic a{"a", 1, 100, 3}, b{"b", 2, 90, 3}, more_b{"b", 2, 95, 9};
    timings left, right;
    left[cpu][one] = entry(10, {a, b});
    left[cpu][two] = entry(10, {a, b});
    right[cpu][one] = entry(20, {a});         // newer, but knows less
    right[cpu][two] = entry(5, {a, more_b});  // older, but measured more often
    right[gpu][one] = entry(1, {a});
    const timing_cache forth = cache_of(left).merge(cache_of(right));
    CHECK(forth == cache_of(right).merge(cache_of(left)));
    CHECK(forth.bytes() == cache_of(right).merge(cache_of(left)).bytes());
    CHECK(forth.size() == 3);
    CHECK(forth.all().at(cpu).at(one) == entry(10, {a, b}));
    CHECK(forth.all().at(cpu).at(two) == entry(5, {a, more_b}));
    CHECK(forth.all().at(gpu).at(one) == entry(1, {a}));
    // Of two that know as much, the newer one; merging twice changes nothing.
    timings newer;
    newer[cpu][one] = entry(11, {a, {"b", 2, 80, 3}});
    timing_cache merged = cache_of(left).merge(cache_of(newer));
    CHECK(merged.all().at(cpu).at(one).time == 11);
    CHECK(timing_cache(merged).merge(merged) == merged);
}
