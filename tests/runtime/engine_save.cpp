// SPDX-License-Identifier: Apache-2.0
// Tests of engine::save and engine::load: one file carries all, and damage to it is found.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <lamina/plan/plan_file.hpp>
#include <lamina/plan/read.hpp>
#include <lamina/plan/rewrite.hpp>
#include <lamina/run.hpp>
#include <lamina/runtime/cubin.hpp>
#include <lamina/runtime/mapped_file.hpp>
#include <lamina/runtime/packed_weights.hpp>
#include <lamina/runtime/plan_source.hpp>

#include "../support/faults.hpp"
#include "../support/hand_plan.hpp"
#include "../support/hand_weights.hpp"

using namespace lamina;
using lamina_test::caught;
using lamina_test::fault_of;

namespace {

/// A folder that goes away with everything in it.
struct temporary_folder {
    std::string path;
    temporary_folder() {
        path = (std::filesystem::temp_directory_path() / "lamina_save_XXXXXX").string();
        if (!mkdtemp(path.data())) throw std::runtime_error("no temporary folder");
    }
    ~temporary_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
};

engine two_steps() {
    lamina_test::hand_plan p;
    make_two_steps(p);
    lamina_test::hand_weights file;
    std::vector<float> bias(1000);
    for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = static_cast<float>(i) / 8;
    file.add("bias", {1000}, bias);
    return engine(p.bytes(), file.open());
}

std::vector<std::byte> bytes_of(const std::string& path) {
    const mapped_file file(path);
    return {file.bytes().begin(), file.bytes().end()};
}

const std::vector<float> ones(1000, 1.0f);

}  // namespace

TEST_CASE("save: a loaded engine gives the same numbers, with and without binaries") {
    const temporary_folder folder;
    const engine made = two_steps();
    for (const bool with_binaries : {false, true}) {
        const std::string path = folder.path + "/net.plan";
        made.save(path, {.with_binaries = with_binaries});
        CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);
        const load_options trusted{.trust = trust::binaries};
        const engine loaded = engine::load(path, device::best(), trusted);
        CHECK(loaded.run(ones).values == made.run(ones).values);
        CHECK(loaded.plan().kernels[0].text.size() > 100);
        CHECK(loaded.plan().prelude.size() > 1000);
        // Of each program; one is enough for steps that share a launch.
        CHECK(loaded.plan().binaries.size() == (with_binaries ? made.report().launches : 0));
        CHECK((loaded.report().kernels[0].note == "binary: from the plan") == with_binaries);
        // NVIDIA's OpenCL hands out text; where the linker of their driver is there too, plans have machine code.
        if (detail::pci_place_of(device::best()) && detail::cuda_calls::of("libcuda.so.1"))
            for (const plan_binary& b : loaded.plan().binaries)
                CHECK_FALSE(detail::is_ptx(b.bytes));
        // A loaded engine can be saved again, and is the same file but for its device's binaries.
        loaded.save(folder.path + "/again.plan", {.with_binaries = with_binaries});
        if (!with_binaries) CHECK(bytes_of(folder.path + "/again.plan") == bytes_of(path));
        std::filesystem::remove(folder.path + "/again.plan");
        // From memory, as an embedded file would be.
        const auto bytes = bytes_of(path);
        CHECK(engine::load(bytes, "embedded", device::best(), trusted).run(ones).values
            == made.run(ones).values);
        CHECK(engine::load(blob{"net", bytes}, device::best(), trusted).run(ones).values
            == made.run(ones).values);
    }
}

TEST_CASE("save: kernels of one text are one program, with one binary") {
    const temporary_folder folder;
    lamina_test::hand_plan p;
    make_two_steps(p);
    // The first step's text again, as a kernel of its own, for a third step over the same numbers.
    p.records.kernels.push_back(p.records.kernels[0]);
    plan_step again = p.records.steps[0];
    again.kernel = 2;
    p.records.steps.insert(p.records.steps.begin(), again);
    lamina_test::hand_weights file;
    file.add("bias", {1000}, std::vector<float>(1000, 2.0f));
    const engine_options apart{.merge = false};
    const engine made(p.bytes(), file.open(), device::best(), apart);
    CHECK(made.run(ones)[8] == 5);
    CHECK(made.report().kernels.size() == 3);
    const std::string path = folder.path + "/net.plan";
    made.save(path, {.with_binaries = true});
    const engine loaded
        = engine::load(path, device::best(), {.merge = false, .trust = trust::binaries});
    CHECK(loaded.plan().binaries.size() == 2);
    for (const auto& kernel : loaded.report().kernels)
        CHECK(kernel.note == "binary: from the plan");
    CHECK(loaded.run(ones)[8] == 5);
}

TEST_CASE("save: a segment of several pieces is copied whole, and a change in any is found") {
    std::vector<std::byte> segment(segment_piece * 19 / 2 + 3), copy(segment.size());
    for (std::size_t i = 0; i < segment.size(); ++i)
        segment[i] = static_cast<std::byte>((i * 2654435761u) >> 13);
    std::vector<std::uint64_t> hashes;
    for (std::size_t i = 0; i < segment_pieces(segment.size()); ++i)
        hashes.push_back(plan_hash(segment_part(segment, i), i));
    CHECK(hashes.size() == 10);
    const plan_segment wanted{true, segment.size(), plan_hash(std::as_bytes(std::span(hashes)), 0)};
    const temporary_folder folder;
    const std::string path = folder.path + "/net.plan";
    // From memory and from a file, behind 64 bytes of a plan.
    const auto copy_to = [&] {
        std::vector<std::byte> file(64);
        plan_trailer end;
        end.plan_bytes = end.segment_offset = 64;
        end.segment_bytes = segment.size();
        end.plan_hash = plan_hash(file, 64);
        file.insert(file.end(), segment.begin(), segment.end());
        const auto last = std::as_bytes(std::span(&end, 1));
        file.insert(file.end(), last.begin(), last.end());
        std::ofstream(path, std::ios::binary)
            .write(reinterpret_cast<const char*>(file.data()),
                static_cast<std::streamsize>(file.size()));
        std::fill(copy.begin(), copy.end(), std::byte{});
        const detail::plan_source on_disk(path);
        std::vector<std::byte> again(copy.size());
        const caught first = fault_of([&] { detail::copy_segment(on_disk, wanted, again); });
        detail::copy_segment(detail::plan_source(file, "net.plan"), wanted, copy);
        CHECK(first.what.empty());
        CHECK(again == copy);
    };
    copy_to();
    CHECK(copy == segment);
    const std::size_t last = segment.size() - 1;
    for (std::size_t at : {std::size_t{0}, segment_piece, segment_piece * 9 - 1, last}) {
        segment[at] ^= std::byte{4};
        const caught fault = fault_of(copy_to);
        CHECK(fault.code == errc::plan_damaged);
        segment[at] ^= std::byte{4};
    }
    // Two pieces that changed places are another segment.
    std::swap_ranges(segment.begin(), segment.begin() + static_cast<std::ptrdiff_t>(segment_piece),
        segment.begin() + static_cast<std::ptrdiff_t>(segment_piece));
    CHECK(fault_of(copy_to).code == errc::plan_damaged);
}

TEST_CASE("save: the hash is what files have been written with, and sees every bit") {
    std::vector<std::byte> bytes(101);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i);
    CHECK(plan_hash({}, 0) == 0);
    CHECK(plan_hash(std::span(bytes).first(13), 1) == 0x6debb3e6049f5ca0u);
    CHECK(plan_hash(std::span(bytes).first(64), 1) == 0xf45edaf19623cd2fu);
    CHECK(plan_hash(bytes, 1) == 0x27db78c24cc6397bu);
    for (std::size_t size : {1, 8, 31, 32, 33, 40, 101}) {
        const auto part = std::span(bytes).first(size);
        const std::uint64_t hash = plan_hash(part, 7);
        CHECK(hash != plan_hash(part, 8));
        for (std::size_t bit = 0; bit < 8 * size; ++bit) {
            bytes[bit / 8] ^= std::byte{1} << (bit % 8);
            CHECK(plan_hash(part, 7) != hash);
            bytes[bit / 8] ^= std::byte{1} << (bit % 8);
        }
    }
}

TEST_CASE("save: binaries of another device are passed over, bad ones too") {
    const temporary_folder folder;
    const std::string path = folder.path + "/net.plan";
    two_steps().save(path, {.with_binaries = true});
    const auto parts_of = [](std::span<const std::byte> bytes) { return split_plan(bytes, "net"); };
    for (const bool other_device : {true, false}) {
        const auto bytes = bytes_of(path);
        const plan_parts parts = parts_of(bytes);
        const plan_view plan = plan_view::open(parts.plan);
        plan_records changed = *plan;
        const std::vector<std::byte> nonsense(500, std::byte{7});
        for (plan_binary& b : changed.binaries) {
            if (other_device) b.device = "another device";
            b.bytes = nonsense;
        }
        std::vector<std::byte> front = rewrite_plan(changed);
        plan_trailer trailer;
        trailer.plan_bytes = front.size();
        front.resize((front.size() + 63) / 64 * 64);
        trailer.segment_offset = front.size();
        trailer.segment_bytes = parts.segment.size();
        trailer.plan_hash = plan_hash(front, trailer.plan_bytes);
        front.insert(front.end(), parts.segment.begin(), parts.segment.end());
        const auto end = std::as_bytes(std::span(&trailer, 1));
        front.insert(front.end(), end.begin(), end.end());
        const auto load = [&] {
            return engine::load(front, "net", device::best(), {.trust = trust::binaries});
        };
        CHECK(load().run(ones)[8] == 4);
    }
}

TEST_CASE("save: every cut and every flipped bit of a saved plan is found") {
    const temporary_folder folder;
    const std::string path = folder.path + "/net.plan";
    two_steps().save(path);
    auto bytes = bytes_of(path);
    for (std::size_t size = 0; size < bytes.size(); size += 97) {
        const caught fault
            = fault_of([&] { engine::load(std::span(bytes).first(size), "cut.plan"); });
        CHECK(fault.code == errc::plan_damaged);
        CHECK(fault.says("cut.plan"));
    }
    for (std::size_t at = 0; at < bytes.size(); at += 61) {
        bytes[at] ^= std::byte{16};
        CHECK(fault_of([&] { engine::load(bytes, "flipped.plan"); }).code == errc::plan_damaged);
        bytes[at] ^= std::byte{16};
    }
    for (std::size_t at = bytes.size() - 40; at < bytes.size(); ++at) {
        bytes[at] ^= std::byte{1};
        CHECK(fault_of([&] { engine::load(bytes, "trailer.plan"); }).code == errc::plan_damaged);
        bytes[at] ^= std::byte{1};
    }
    lamina_test::hand_plan p;
    make_two_steps(p);
    CHECK(fault_of([&] { engine::load(p.bytes(), "bare.plan"); }).says("trailer of a saved plan"));
    CHECK(fault_of([&] { engine::load(folder.path + "/none.plan"); }).code == errc::file_missing);
}

TEST_CASE("save: a full disk or a folder that is not there leave nothing behind") {
    const engine made = two_steps();
    caught fault = fault_of([&] { made.save("/nowhere/at/all/net.plan"); });
    CHECK(fault.code == errc::file_not_written);
    CHECK(fault.says("/nowhere/at/all/net.plan cannot be written (No such file or directory)"));

    const temporary_folder folder;
    if (geteuid() != 0) {  // root may write everywhere
        chmod(folder.path.c_str(), 0500);
        CHECK(fault_of([&] { made.save(folder.path + "/net.plan"); }).says("Permission denied"));
        chmod(folder.path.c_str(), 0700);
    }
    // A limit on the size of files is a disk that gets full in the middle.
    struct rlimit before, small;
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 4096;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    fault = fault_of([&] { made.save(folder.path + "/net.plan"); });
    setrlimit(RLIMIT_FSIZE, &before);
    CHECK(fault.code == errc::file_not_written);
    CHECK(std::filesystem::is_empty(folder.path));
}
