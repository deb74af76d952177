// SPDX-License-Identifier: Apache-2.0
// A growable array for what the compiler computes: graphs and plans.
#pragma once
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <type_traits>
#include <utility>
#include <vector>  // std::allocator and std::construct_at; <memory> takes three times as long

namespace lamina {

/// Like std::vector, of which it has the functions that the language and the planner use. There, one function
/// is a chain of up to ten, and calls are what constant evaluation costs: they were 60 % of all that planning
/// EfficientNet makes. Here most are one. Elements that need no constructor are assigned, not constructed.
///
/// Differs from std::vector: iterators are pointers; an index may be any integer and is not checked;
/// dynamic_array<bool> holds bools.
template <class Element> class dynamic_array {
    /// Plain numbers: their room comes from new[], and they begin to live when they are assigned.
    static constexpr bool is_assigned = std::is_trivially_default_constructible_v<Element>
        && std::is_trivially_copyable_v<Element>;
    static constexpr bool has_destructor = !std::is_trivially_destructible_v<Element>;

public:
    using value_type = Element;
    using iterator = Element*;
    using const_iterator = const Element*;

    constexpr dynamic_array() = default;
    constexpr explicit dynamic_array(std::size_t count, const Element& value = Element()) {
        assign(count, value);
    }
    constexpr dynamic_array(std::initializer_list<Element> all)
        : dynamic_array(all.begin(), all.end()) {}
    constexpr dynamic_array(const Element* from, const Element* to) { append(from, to); }
    constexpr dynamic_array(const dynamic_array& other) {
        append(other.first_, other.first_ + other.count_);
    }
    constexpr dynamic_array(dynamic_array&& other) noexcept
        : first_(other.first_), count_(other.count_), room_(other.room_) {
        other.first_ = nullptr;
        other.count_ = other.room_ = 0;
    }
    constexpr dynamic_array& operator=(const dynamic_array& other) {
        if (this == &other) return *this;
        clear();
        append(other.first_, other.first_ + other.count_);
        return *this;
    }
    constexpr dynamic_array& operator=(dynamic_array&& other) noexcept {
        swap(other);
        return *this;
    }
    constexpr ~dynamic_array() {
        if (first_) release();
    }

    constexpr Element* begin() { return first_; }
    constexpr Element* end() { return first_ + count_; }
    constexpr const Element* begin() const { return first_; }
    constexpr const Element* end() const { return first_ + count_; }
    constexpr Element* data() { return first_; }
    constexpr const Element* data() const { return first_; }
    constexpr std::size_t size() const { return count_; }
    constexpr bool empty() const { return count_ == 0; }
    template <std::integral Index> constexpr Element& operator[](Index index) {
        return first_[index];
    }
    template <std::integral Index> constexpr const Element& operator[](Index index) const {
        return first_[index];
    }
    constexpr Element& front() { return first_[0]; }
    constexpr const Element& front() const { return first_[0]; }
    constexpr Element& back() { return first_[count_ - 1]; }
    constexpr const Element& back() const { return first_[count_ - 1]; }

    constexpr void reserve(std::size_t room) {
        if (room > room_) move_to(room);
    }
    constexpr void push_back(const Element& value) {
        if (count_ == room_) {
            // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): it may be one of ours
            const Element copy = value;
            move_to(count_ ? 2 * count_ : 4);
            push_back(copy);
        } else {
            if constexpr (is_assigned)
                first_[count_++] = value;
            else
                std::construct_at(first_ + count_++, value);
        }
    }
    constexpr void push_back(Element&& value)
        requires(!is_assigned)
    {
        if (count_ == room_) {
            Element moved = std::move(value);  // may be one of ours
            move_to(count_ ? 2 * count_ : 4);
            std::construct_at(first_ + count_++, std::move(moved));
        } else {
            std::construct_at(first_ + count_++, std::move(value));
        }
    }
    /// Appends an element made of its default.
    constexpr Element& emplace_back() {
        if (count_ == room_) move_to(count_ ? 2 * count_ : 4);
        if constexpr (is_assigned)
            first_[count_] = Element();
        else
            std::construct_at(first_ + count_);
        return first_[count_++];
    }
    constexpr void pop_back() {
        if constexpr (has_destructor) destroy_from(count_ - 1);
        --count_;
    }
    constexpr void clear() {
        if constexpr (has_destructor) destroy_from(0);
        count_ = 0;
    }
    constexpr void resize(std::size_t count, const Element& value = Element()) {
        reserve(count);
        if constexpr (is_assigned)
            for (std::size_t i = count_; i < count; ++i) first_[i] = value;
        else
            for (std::size_t i = count_; i < count; ++i) std::construct_at(first_ + i, value);
        if constexpr (has_destructor) destroy_from(count);
        count_ = count;
    }
    constexpr void assign(std::size_t count, const Element& value) {
        clear();
        resize(count, value);
    }
    constexpr void append(const Element* from, const Element* to) {
        const std::size_t more = static_cast<std::size_t>(to - from);
        reserve(count_ + more);
        Element* const to_here = first_ + count_;
        if constexpr (is_assigned)
            for (std::size_t i = 0; i < more; ++i) to_here[i] = from[i];
        else
            for (std::size_t i = 0; i < more; ++i) std::construct_at(to_here + i, from[i]);
        count_ += more;
    }
    constexpr void erase(const Element* gone) {
        for (std::size_t i = static_cast<std::size_t>(gone - first_); i + 1 < count_; ++i)
            first_[i] = std::move(first_[i + 1]);
        pop_back();
    }
    constexpr void swap(dynamic_array& other) noexcept {
        Element* const first = first_;
        const std::size_t count = count_, room = room_;
        first_ = other.first_;
        count_ = other.count_;
        room_ = other.room_;
        other.first_ = first;
        other.count_ = count;
        other.room_ = room;
    }

    friend constexpr bool operator==(const dynamic_array& a, const dynamic_array& b) {
        if (a.count_ != b.count_) return false;
        for (std::size_t i = 0; i < a.count_; ++i)
            if (!(a.first_[i] == b.first_[i])) return false;
        return true;
    }

private:
    Element* first_ = nullptr;
    std::size_t count_ = 0, room_ = 0;

    constexpr void destroy_from(std::size_t index) {
        for (; index < count_; ++index) first_[index].~Element();
    }
    constexpr void release() {
        if constexpr (has_destructor) destroy_from(0);
        if constexpr (is_assigned)
            delete[] first_;
        else
            std::allocator<Element>().deallocate(first_, room_);
    }
    constexpr void move_to(std::size_t room) {
        Element* const old = first_;
        const std::size_t count = count_, old_room = room_;
        if constexpr (is_assigned) {
            first_ = new Element[room];
            for (std::size_t i = 0; i < count; ++i) first_[i] = old[i];
            delete[] old;
        } else {
            first_ = std::allocator<Element>().allocate(room);
            for (std::size_t i = 0; i < count; ++i) {
                std::construct_at(first_ + i, std::move(old[i]));
                if constexpr (has_destructor) old[i].~Element();
            }
            if (old) std::allocator<Element>().deallocate(old, old_room);
        }
        room_ = room;
    }
};

}  // namespace lamina
