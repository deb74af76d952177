// SPDX-License-Identifier: Apache-2.0
// Reads and writes the file of a timing cache. Included by timings.hpp, or compiled into
// Lamina::compiled.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/core/version.hpp>
#include <lamina/plan/flat_limits.hpp>
#include <lamina/plan/plan_file.hpp>
#include <lamina/plan/timing_cache_generated.h>
#include <lamina/plan/timings.hpp>

namespace lamina {

namespace detail {

/// Turns verified tables into values; counts and numbers are limited here.
class timing_decoder {
public:
    /// `bytes`: of the file. Tables and texts may be shared in it, so what it decodes to is limited.
    timing_decoder(const std::string& label, std::size_t bytes)
        : label_(label), bytes_(bytes), left_(bytes * 64 + (std::size_t{1} << 20)) {}

    [[noreturn]] void damaged(const std::string& what) const {
        throw error(errc::file_damaged, label_,
            label_ + " " + what
                + "; the timing cache is damaged, copy it again, or delete it and tune again");
    }

    timings decode(const format::TimingCache& cache) {
        timings out;
        for (const format::TimedDevice* d :
            list(cache.devices(), timing_limits::devices, node_of<timings>, "devices")) {
            auto& problems = out[{text(d->name()), text(d->driver()), d->compute_units()}];
            for (const format::TimedProblem* p : list(d->problems(), timing_limits::problems,
                     node_of<timed_problems>, "problems of a device"))
                add_entry(problems, key(*p), entry(*p));
        }
        return out;
    }

private:
    const std::string& label_;
    std::size_t bytes_, left_;

    /// What the allocator keeps for itself of each block, about; and a map for each of its values.
    static constexpr std::size_t block = 16;
    template <class Map>
    static constexpr std::size_t node_of
        = sizeof(typename Map::value_type) + 4 * sizeof(void*) + block;

    void spend(std::size_t bytes) {
        if (bytes > left_)
            damaged("has " + std::to_string(bytes_) + " bytes that stand for more than "
                + std::to_string(bytes_ * 64 + (std::size_t{1} << 20)));
        left_ -= bytes;
    }
    void limit(std::size_t count, std::size_t most, const char* of) const {
        if (count > most)
            damaged("has " + std::to_string(count) + " " + of + " in one place, "
                + std::to_string(most) + " is the limit");
    }
    std::string text(const flatbuffers::String* s) {
        if (!s) return {};
        limit(s->size(), timing_limits::text, "characters");
        spend(s->size() + block);
        return s->str();
    }
    template <class Table>
    std::vector<const Table*> list(const flatbuffers::Vector<flatbuffers::Offset<Table>>* from,
        std::size_t most, std::size_t each, const char* of) {
        if (!from) return {};
        limit(from->size(), most, of);
        spend(from->size() * (each + sizeof(const Table*)));
        return {from->begin(), from->end()};
    }

    timed_problem key(const format::TimedProblem& p) {
        timed_problem out;
        out.kernel = p.kernel();
        if (!p.extents() || p.extents()->size() != 3)
            damaged("has a problem with " + std::to_string(p.extents() ? p.extents()->size() : 0)
                + " extents, 3 are expected");
        for (flatbuffers::uoffset_t d = 0; d < 3; ++d) out.extents[d] = p.extents()->Get(d);
        if (p.numbers()) {
            limit(p.numbers()->size(), timing_limits::numbers, "numbers of a problem");
            spend(p.numbers()->size() * sizeof(std::int32_t) + block);
            out.numbers.assign(p.numbers()->begin(), p.numbers()->end());
        }
        return out;
    }
    timed_entry entry(const format::TimedProblem& p) {
        timed_entry out{text(p.family()), p.time(), {}};
        if (p.tactics())
            out.tactics.reserve(std::min<std::size_t>(p.tactics()->size(), timing_limits::tactics));
        for (const format::TimedTactic* t : list(p.tactics(), timing_limits::tactics,
                 sizeof(timed_tactic), "tactics of a problem")) {
            timed_tactic made{text(t->name()), t->tactic(), t->nanoseconds(), t->samples()};
            if (!(made.nanoseconds >= 0 && made.nanoseconds < 1e15))  // a NaN is neither
                damaged("has a tactic '" + made.name + "' of " + std::to_string(made.nanoseconds)
                    + " nanoseconds, 0 to 1e15 are expected");
            if (!out.find(made.name, made.tactic)) out.tactics.push_back(std::move(made));
        }
        return out;
    }
};

}  // namespace detail

LAMINA_INLINE timings read_timings(std::span<const std::byte> file, const std::string& label) {
    detail::timing_decoder decoder(label, file.size());
    timing_trailer end;
    const timing_trailer wanted;
    if (file.size() < sizeof end + 16 || file.size() > timing_limits::bytes)
        decoder.damaged("has " + std::to_string(file.size()) + " bytes, "
            + std::to_string(sizeof end + 16) + " to " + std::to_string(timing_limits::bytes)
            + " are expected");
    std::memcpy(&end, file.data() + file.size() - sizeof end, sizeof end);
    const auto front = file.first(file.size() - sizeof end);
    if (std::memcmp(end.magic, wanted.magic, sizeof end.magic) != 0)
        decoder.damaged("does not end with the trailer of a timing cache");
    if (end.bytes > front.size() || front.size() != (end.bytes + 7) / 8 * 8)
        decoder.damaged("has " + std::to_string(front.size())
            + " bytes before its trailer, which states " + std::to_string(end.bytes));
    if (plan_hash(front, end.bytes) != end.hash)
        decoder.damaged("has changed bytes among its " + std::to_string(file.size()));
    // Own and aligned: numbers are read in place.
    std::vector<std::uint64_t> words(front.size() / 8);
    std::memcpy(words.data(), front.data(), front.size());
    const auto* start = reinterpret_cast<const std::uint8_t*>(words.data());
    const auto bytes = static_cast<std::size_t>(end.bytes);
    flatbuffers::Verifier verifier(start, bytes, 16, detail::most_tables(bytes, 1u << 24));
    if (!format::TimingCacheBufferHasIdentifier(start)
        || !format::VerifyTimingCacheBuffer(verifier))
        decoder.damaged("has " + std::to_string(end.bytes) + " bytes that " + detail::is_not_flat);
    const format::TimingCache& cache = *format::GetTimingCache(start);
    if (cache.format() > timing_format)
        throw error(errc::plan_version, label,
            label + ": the timing cache has format " + std::to_string(cache.format())
                + ", this version (" + version_text + ") reads up to "
                + std::to_string(timing_format) + "; update Lamina, or tune again");
    return decoder.decode(cache);
}

LAMINA_INLINE std::vector<std::byte> write_timings(const timings& all) {
    flatbuffers::FlatBufferBuilder to;
    std::vector<flatbuffers::Offset<format::TimedDevice>> devices;
    for (const auto& [device, problems] : all) {
        std::vector<flatbuffers::Offset<format::TimedProblem>> made;
        for (const auto& [problem, entry] : problems) {
            std::vector<flatbuffers::Offset<format::TimedTactic>> tactics;
            for (const timed_tactic& t : entry.tactics) {
                const auto name = to.CreateString(t.name);
                tactics.push_back(
                    format::CreateTimedTactic(to, name, t.tactic, t.nanoseconds, t.samples));
            }
            const auto family = to.CreateSharedString(entry.family);
            const auto extents = to.CreateVector(problem.extents.data(), problem.extents.size());
            const auto numbers = to.CreateVector(problem.numbers);
            const auto list = to.CreateVector(tactics);
            made.push_back(format::CreateTimedProblem(
                to, family, problem.kernel, extents, numbers, entry.time, list));
        }
        const auto name = to.CreateString(device.name), driver = to.CreateString(device.driver);
        const auto list = to.CreateVector(made);
        devices.push_back(format::CreateTimedDevice(to, name, driver, device.compute_units, list));
    }
    const auto library = to.CreateString(version_text);
    const auto list = to.CreateVector(devices);
    format::FinishTimingCacheBuffer(
        to, format::CreateTimingCache(to, timing_format, library, list));

    const auto flat = std::as_bytes(std::span(to.GetBufferPointer(), to.GetSize()));
    std::vector<std::byte> out(flat.begin(), flat.end());
    timing_trailer end;
    end.bytes = out.size();
    out.resize((out.size() + 7) / 8 * 8);
    end.hash = plan_hash(out, end.bytes);
    const auto trailer = std::as_bytes(std::span(&end, 1));
    out.insert(out.end(), trailer.begin(), trailer.end());
    return out;
}

}  // namespace lamina
