// SPDX-License-Identifier: Apache-2.0
// Memory for parts of a file while weights are packed. Used by weights.hpp and what reads saved plans.
#pragma once
#include <sys/mman.h>

#include <cstddef>
#include <new>
#include <vector>

namespace lamina::detail {

/// Maps large arrays as pages of their own, which go back to the system when they are freed. glibc's malloc does that
/// for the first large array only, then keeps as much of what each thread frees as that array was large: 10 MB of
/// BERT's start.
template <class T> struct page_allocator {
    using value_type = T;

    page_allocator() = default;
    template <class U>
    page_allocator(const page_allocator<U>&) {}  // NOLINT(google-explicit-constructor)

    T* allocate(std::size_t count) {
        const std::size_t bytes = count * sizeof(T);
        if (bytes < least) return static_cast<T*>(::operator new(bytes));
        void* const at
            = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED) throw std::bad_alloc();
        return static_cast<T*>(at);
    }
    void deallocate(T* at, std::size_t count) noexcept {
        const std::size_t bytes = count * sizeof(T);
        if (bytes < least)
            ::operator delete(at);
        else
            munmap(at, bytes);
    }
    bool operator==(const page_allocator&) const = default;

private:
    static constexpr std::size_t least = std::size_t{64} << 10;
};

}  // namespace lamina::detail

namespace lamina {

/// Takes what weights::read copies from a file.
using file_room = std::vector<std::byte, detail::page_allocator<std::byte>>;

}  // namespace lamina
