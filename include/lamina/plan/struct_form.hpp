// SPDX-License-Identifier: Apache-2.0
// How plan.fbs stores a struct inline.
#pragma once

namespace lamina::schema {

/// The offsets of a struct's members: each at a multiple of its size. `Struct` has their number, `count`,
/// and their sizes, `wide`.
template <class Struct> struct struct_form {
    int position[Struct::count] = {};
    int alignment = 1;
    int bytes = 0;

    constexpr struct_form() {
        for (int i = 0; i < Struct::count; ++i) {
            const int wide = Struct::wide[i];
            alignment = alignment < wide ? wide : alignment;
            position[i] = (bytes + wide - 1) / wide * wide;
            bytes = position[i] + wide;
        }
        bytes = (bytes + alignment - 1) / alignment * alignment;
    }
};

}  // namespace lamina::schema
