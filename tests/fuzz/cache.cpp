// SPDX-License-Identifier: Apache-2.0
// Fuzzes entries of the kernel cache: a file of any bytes is a miss, or what was written.
#include <lamina/runtime/binary_cache.hpp>
#include <lamina/runtime/file.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "support/temporary.hpp"

/// The first byte says how much of a right header comes before the other bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const lamina_test::temporary_folder folder;
    static const lamina::cache_key key = lamina::make_cache_key("source", "options", "device");
    if (size == 0) return 0;
    const auto body = std::as_bytes(std::span(data + 1, size - 1));
    lamina::detail::cache_header header;
    header.key = key;
    header.binary_bytes = body.size();
    header.binary_hash = lamina::hash_bytes(body, lamina::cache_format);
    std::vector<std::byte> file(sizeof header);
    std::memcpy(file.data(), &header, sizeof header);
    const bool whole = data[0] % 4 == 0;
    if (!whole) file.resize(data[0] % sizeof header);
    file.insert(file.end(), body.begin(), body.end());
    lamina_test::write_file(folder / key.file_name(), file);
    const auto found = lamina::read_cache(folder.path, key);
    if (whole && (!found || !std::equal(found->begin(), found->end(), body.begin(), body.end())))
        std::abort();
    if (!whole && found && lamina::hash_bytes(*found, lamina::cache_format) != header.binary_hash
        && found->size() > file.size())
        std::abort();
    return 0;
}
