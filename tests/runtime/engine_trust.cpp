// SPDX-License-Identifier: Apache-2.0
// Tests of what a plan from a file may bring: kernels, #define lines, binaries, and signatures.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <string>
#include <vector>

#include <lamina/kernels/catalog.hpp>
#include <lamina/plan/plan_file.hpp>
#include <lamina/plan/read.hpp>
#include <lamina/plan/rewrite.hpp>
#include <lamina/run.hpp>
#include <lamina/runtime/packed_weights.hpp>
#include <lamina/runtime/plan_source.hpp>

#include "../support/faults.hpp"
#include "../support/hand_plan.hpp"
#include "../support/hand_weights.hpp"
#include "../support/temporary.hpp"

using namespace lamina;
using namespace lamina_test;

namespace {

const std::vector<float> ones(1000, 1.0f);

engine two_steps() {
    hand_plan p;
    make_two_steps(p);
    hand_weights file;
    file.add("bias", {1000}, std::vector<float>(1000, 2.0f));
    return engine(p.bytes(), file.open());
}

/// A saved plan whose records were changed, with hashes that are right.
template <class Change> std::vector<std::byte> changed(const std::string& path, Change change) {
    const auto bytes = lamina_test::read_file(path);
    const plan_parts parts = split_plan(bytes, "net");
    const plan_view plan = plan_view::open(parts.plan);
    plan_records records = *plan;
    hand_plan texts;  // keeps what the change makes
    change(records, texts);
    std::vector<std::byte> front = rewrite_plan(records);
    plan_trailer trailer;
    trailer.plan_bytes = front.size();
    front.resize((front.size() + 63) / 64 * 64);
    trailer.segment_offset = front.size();
    trailer.segment_bytes = parts.segment.size();
    trailer.plan_hash = plan_hash(front, trailer.plan_bytes);
    front.insert(front.end(), parts.segment.begin(), parts.segment.end());
    const auto end = std::as_bytes(std::span(&trailer, 1));
    front.insert(front.end(), end.begin(), end.end());
    return front;
}

caught load_fault(std::span<const std::byte> bytes, const load_options& options = {}) {
    return fault_of([&] { engine::load(bytes, "net.plan", device::best(), options); });
}

void redefine(plan_records& r, hand_plan& texts, const std::string& from, const std::string& to) {
    std::string d(r.kernels[0].defines);
    const std::size_t at = d.find(from);
    REQUIRE(at != d.npos);
    r.kernels[0].defines = texts.keep(d.replace(at, from.size(), to));
}

}  // namespace

TEST_CASE("trust: texts that are not the catalogue's need trust, or the program's list") {
    const temporary_folder folder;
    const std::string path = folder / "net.plan";
    two_steps().save(path);
    CHECK(engine::load(path).run(ones)[8] == 5);
    std::string own;
    const auto foreign = changed(path, [&](plan_records& r, hand_plan& texts) {
        own = std::string(r.kernels[0].text) + "/* mine */\n";
        r.kernels[0].text = texts.keep(own);
    });
    const caught fault = load_fault(foreign);
    CHECK(fault.code == errc::plan_trust);
    CHECK(fault.says(
        "net.plan contains the text of a kernel 'pointwise' that is neither Lamina's nor "
        "listed by the program"));
    CHECK(fault.says("{.trust = trust::texts}"));
    const std::string_view listed[] = {"another text", own};
    CHECK(load_fault(foreign, {.kernels = listed}).what == "");
    CHECK(load_fault(foreign, {.kernels = std::span(listed).first(1)}).code == errc::plan_trust);
    CHECK(load_fault(foreign, {.trust = trust::texts}).what == "");
    // The text of one family under the name of another is foreign too.
    CHECK(load_fault(changed(path,
                         [](plan_records& r, hand_plan&) {
                             r.kernels[0].text = kernels::find_text("pool");
                         }))
              .code
        == errc::plan_trust);
    CHECK(load_fault(changed(path, [](plan_records& r, hand_plan& texts) {
        r.prelude = texts.keep(std::string(r.prelude) + "int more;\n");
    })).says("was saved by another version of Lamina"));
}

TEST_CASE("trust: device binaries need trust") {
    const temporary_folder folder;
    const std::string path = folder / "net.plan";
    two_steps().save(path, {.with_binaries = true});
    for (const trust level : {trust::catalogue, trust::texts}) {
        const caught fault
            = fault_of([&] { engine::load(path, device::best(), {.trust = level}); });
        CHECK(fault.code == errc::plan_trust);
        CHECK(fault.says("device binar"));
    }
    CHECK(engine::load(path, device::best(), {.trust = trust::binaries}).run(ones)[8] == 5);
}

TEST_CASE("trust: #define lines hold what the planner writes, and nothing else") {
    const temporary_folder folder;
    const std::string path = folder / "net.plan";
    two_steps().save(path);
    const auto refused = [&](const std::string& from, const std::string& to, const char* says) {
        const auto bytes = changed(
            path, [&](plan_records& r, hand_plan& texts) { redefine(r, texts, from, to); });
        const caught fault = load_fault(bytes);
        INFO(fault.what);
        CHECK(fault.code == errc::plan_trust);
        CHECK(fault.says(says));
    };
    const std::string work = "f_relu(v)";
    refused(work, "asm(v)", "the word 'asm'");
    refused(work, "__builtin_trap()", "the word '__builtin_trap'");
    refused(work, "v; __attribute__((v))", "the word '__attribute__'");
    refused(work, "system(v)", "the word 'system'");
    refused(work, "printf(v)", "the word 'printf'");
    refused(work, "v /* ", "a comment");
    refused(work, "v // ", "a comment");
    refused(work, "\"v\"", "the character '\"'");
    refused(work, "'v'", "the character '''");
    refused(work, "v # v", "the character '#'");
    refused(work, "v \\", "the character '\\'");
    refused(work, "v @ v", "the character '@'");
    refused(work, "v\n#include <a>", "the line '#include <a>");
    refused(work, "v\n#pragma OPENCL", "the line '#pragma OPENCL");
    refused(work, "v\nint more;", "the line 'int more;");
    refused("#define RUN 1", "#define int 1", "the name 'int'");
    refused("#define RUN 1", "#define __global 1", "the name '__global'");
    refused("#define RUN 1", " #define RUN 1", "the line ' #define RUN 1'");
    refused("#define RUN 1", std::string("#define RUN \0", 13), "the character '?'");
    // A tactic's lines too.
    CHECK(load_fault(changed(path, [](plan_records& r, hand_plan& texts) {
        r.tactics[0].defines = texts.keep("#define RUN asm\n");
    })).says("the word 'asm' among the #define lines of a tactic"));
}

TEST_CASE("trust: a plan with right hashes cannot lead out of its buffers") {
    const temporary_folder folder;
    const std::string path = folder / "net.plan";
    two_steps().save(path);
    const auto refused = [&](auto change) {
        for (const trust level : {trust::catalogue, trust::binaries}) {
            const caught fault = load_fault(changed(path, change), {.trust = level});
            CHECK(fault.code == errc::plan_limits);
        }
    };
    refused([](plan_records& r, hand_plan&) { r.arena_bytes = 4; });
    refused([](plan_records& r, hand_plan&) {
        r.arena_bytes = 4;
        r.tensors[1].dims = {1, 1};  // so that the tensor itself fits
        r.tensors[1].offset = 0;
        r.steps[0].arguments[0].offset = r.steps[1].arguments[1].offset = 0;
    });
    refused([](plan_records& r, hand_plan& texts) {
        redefine(r, texts, "LOADV(e0, i5)", "LOADV(e0, i5 + 1)");
    });
    refused([](plan_records& r, hand_plan& texts) { redefine(r, texts, "Y5 1", "Y5 1000000"); });
    refused([](plan_records& r, hand_plan& texts) { redefine(r, texts, "D3 1", "D3 0"); });
}

TEST_CASE(
    "signatures: a plan signed with the program's key is trusted whole, any other is refused") {
    const temporary_folder folder;
    const std::string path = folder / "net.plan", key_file = folder / "secret.key";
    const engine made = two_steps();
#if LAMINA_HAS_SODIUM
    const signing_key secret = signing_key::make(), other = signing_key::make();
    secret.save(key_file);
    struct stat facts{};
    REQUIRE(::stat(key_file.c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0600);
    CHECK(signing_key::open(key_file).public_key() == secret.public_key());
    ::chmod(key_file.c_str(), 0640);
    CHECK(fault_of([&] { signing_key::open(key_file); }).says("can be read by others"));

    made.save(path, {.with_binaries = true, .sign_with = &secret});
    const plan_key good[] = {secret.public_key()}, wrong[] = {other.public_key()};
    const plan_key both[] = {other.public_key(), plan_key(secret.public_key().text())};
    CHECK(engine::load(path, device::best(), {.signed_by = good}).run(ones)[8] == 5);
    CHECK(engine::load(path, device::best(), {.signed_by = both}).run(ones)[8] == 5);
    const auto bytes = lamina_test::read_file(path);
    CHECK(load_fault(bytes, {.signed_by = good}).what == "");
    const caught foreign = load_fault(bytes, {.signed_by = wrong});
    CHECK(foreign.code == errc::plan_trust);
    CHECK(foreign.says("is signed with the key " + secret.public_key().text()));
    // Without keys it is a plan like any other.
    CHECK(load_fault(bytes).says("device binar"));
    CHECK(load_fault(bytes, {.trust = trust::binaries}).what == "");

    // Unsigned, cut, and with any byte changed: below the hashes, which are right again, too.
    CHECK(load_fault(std::span(bytes).first(bytes.size() - sizeof(plan_signature)),
        {.trust = trust::binaries, .signed_by = good})
            .says("is not signed"));
    for (std::size_t size = 0; size < bytes.size(); size += bytes.size() / 40 + 1)
        CHECK(load_fault(std::span(bytes).first(size), {.signed_by = good}).what != "");
    auto bad = bytes;
    for (std::size_t at = bytes.size() - sizeof(plan_signature); at < bytes.size(); ++at) {
        bad[at] ^= std::byte{1};
        CHECK(load_fault(bad, {.signed_by = good}).code != errc{});
        bad[at] ^= std::byte{1};
    }
    const plan_parts parts = split_plan(bytes, "net");
    auto forged = changed(path, [](plan_records& r, hand_plan&) { r.network = "forged"; });
    forged.insert(forged.end(), bytes.end() - sizeof(plan_signature), bytes.end());
    CHECK(load_fault(forged, {.signed_by = good}).says("was changed after it was signed"));
    // Weights whose hash in the plan is right, under a signature of other weights.
    auto heavier = bytes;
    const auto segment_at = static_cast<std::size_t>(parts.segment.data() - bytes.data());
    heavier[segment_at] ^= std::byte{1};
    plan_records records = *plan_view::open(parts.plan);
    const std::uint64_t piece
        = plan_hash(std::span(heavier).subspan(segment_at, parts.segment.size()), 0);
    const detail::plan_source source(bytes, "net.plan");
    detail::plan_source checked(heavier, "net.plan");
    checked.require_signature(good);
    std::vector<std::byte> to(parts.segment.size());
    const plan_segment wanted{
        true, parts.segment.size(), plan_hash(std::as_bytes(std::span(&piece, 1)), 0)};
    const caught fault = fault_of([&] { detail::copy_segment(checked, wanted, to); });
    CHECK(fault.code == errc::plan_trust);
    CHECK(fault.says("weights that were changed after it was signed"));
#else
    CHECK(fault_of([] { signing_key::make(); }).says("built without libsodium"));
    made.save(path);
    const plan_key any[] = {plan_key(std::string(64, 'a'))};
    CHECK(fault_of([&] {
        engine::load(path, device::best(), {.signed_by = any});
    }).says("built without libsodium"));
#endif
}

TEST_CASE("signatures: a key is 64 hexadecimal digits") {
    constexpr plan_key key("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
    static_assert(key.bytes[1] == 0x11);
    CHECK(key.text() == "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
    for (const char* bad :
        {"", "00", "0011223344556677889900112233445566778899001122334455667788gg00"})
        CHECK(fault_of([&] { plan_key made(bad); }).says("64 hexadecimal digits are expected"));
}
