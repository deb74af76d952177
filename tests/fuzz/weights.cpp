// SPDX-License-Identifier: Apache-2.0
// Fuzz target: any bytes are weights or a lamina::error. The first byte picks the format.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <lamina/runtime/weights.hpp>
#include <span>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    constexpr const char* labels[] = {"net.safetensors", "net.wts", "net"};
    const auto bytes = std::as_bytes(std::span(data + 1, size - 1));
    try {
        const auto opened = lamina::weights::from_bytes(bytes, labels[data[0] % 3]);
        unsigned sum = 0;
        for (const lamina::weight_view& tensor : opened.all()) {
            // What an engine relies on: the name is found, no extent is below 0, and the extents
            // count the bytes of each type whose size is known.
            if (opened.find(tensor.name) != &tensor) std::abort();
            const bool known = tensor.type != lamina::dtype::other;
            std::uint64_t count = known ? lamina::size_bytes(tensor.type) : 0;
            for (std::int64_t extent : tensor.dims) {
                if (extent < 0) std::abort();
                count *= static_cast<std::uint64_t>(extent);
            }
            if (known && count != tensor.bytes.size()) std::abort();
            for (std::byte value : tensor.bytes) sum += std::to_integer<unsigned>(value);
        }
        asm volatile("" : : "r"(sum));  // the bytes are read, whatever the optimiser thinks
        if (opened.all().size() < 64) (void)opened.nearest("conv1.weight");
    } catch (const lamina::error&) {}
    return 0;
}
