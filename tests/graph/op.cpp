// SPDX-License-Identifier: Apache-2.0
// The table of ops: a row for each, in their order, and rows that do not contradict themselves.
#include <lamina/graph/node.hpp>

#include <doctest/doctest.h>

#include <cstddef>

using namespace lamina;

namespace {

struct row {
    op kind;
};
constexpr auto ops = static_cast<std::size_t>(op::end);
constexpr op last = static_cast<op>(ops - 1), before = static_cast<op>(ops - 2);
constexpr row last_two[] = {{before}, {last}};
constexpr row swapped[] = {{last}, {before}};

}  // namespace

TEST_CASE("op: a table of ops is complete if no row is missing or out of place") {
    static_assert(is_complete(last_two, ops - 2));
    static_assert(!is_complete(last_two));           // the ops before them
    static_assert(!is_complete(swapped, ops - 2));   // out of place
    static_assert(!is_complete(last_two, ops - 1));  // one too many
}

TEST_CASE("op: traits that passes rely on together agree") {
    for (const op_traits& traits : op_table) {
        INFO("op number ", static_cast<int>(traits.kind));
        // What is given has no step that could take anything.
        if (traits.is_given) {
            CHECK(traits.inputs == 0);
            CHECK(traits.epilogue == epilogue_form::none);
            CHECK(traits.chain == chain_form::none);
        }
        CHECK((traits.most_inputs == 0 || traits.most_inputs > traits.inputs));
        // A view has no kernel, so it neither ends in functions nor is a chain of them.
        if (traits.view != view_rule::none) {
            CHECK(traits.epilogue == epilogue_form::none);
            CHECK(traits.chain == chain_form::none);
        }
        // Folding and packing are about a weight; inputs that stay floats exist.
        if (traits.fold_axis || traits.packs_weight) CHECK(traits.parameters > 0);
        if (traits.float_input >= 0)
            CHECK(traits.float_input + traits.float_inputs
                <= (traits.most_inputs ? traits.most_inputs : traits.inputs));
    }
}

TEST_CASE("op: norms over channels pass layouts on, norms of rows do not") {
    node n;
    n.kind = op::normalize;
    for (const norm_kind kind : {norm_kind::group, norm_kind::instance}) {
        n.attr.kind = static_cast<int>(kind);
        CHECK(image_use_of(n) == image_use::passes);
    }
    for (const norm_kind kind : {norm_kind::layer, norm_kind::rms}) {
        n.attr.kind = static_cast<int>(kind);
        CHECK(image_use_of(n) == image_use::none);
    }
}
