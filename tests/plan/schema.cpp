// SPDX-License-Identifier: Apache-2.0
// The records list the fields of plan.fbs: every name, number, type and default is compared with what
// flatc reads in the schema.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <flatbuffers/reflection_generated.h>

#include <lamina/plan/flat_tables.hpp>

#include "support/temporary.hpp"

namespace {

using reflection::BaseType;

/// The type that the schema must have for a member, and for the elements of a vector.
struct wanted_type {
    BaseType type, element = BaseType::None;
};
template <class Number> constexpr BaseType number_type() {
    if constexpr (std::is_same_v<Number, float>) return BaseType::Float;
    if constexpr (std::is_enum_v<Number> || std::is_same_v<Number, std::byte>)
        return BaseType::UByte;
    if constexpr (sizeof(Number) == 1) return BaseType::UByte;
    if constexpr (sizeof(Number) == 4)
        return std::is_signed_v<Number> ? BaseType::Int : BaseType::UInt;
    return BaseType::ULong;
}
template <class Value> constexpr wanted_type wanted() {
    using namespace lamina::detail;
    if constexpr (std::is_same_v<Value, std::string_view>)
        return {BaseType::String};
    else if constexpr (std::is_same_v<Value, lamina::shape> || std::is_array_v<Value>)
        return {BaseType::Vector, BaseType::Int};
    else if constexpr (is_span<Value>)
        return {BaseType::Vector, number_type<std::remove_const_t<typename Value::element_type>>()};
    else if constexpr (is_list<Value>)
        return {BaseType::Vector, BaseType::Obj};
    else if constexpr (lamina::schema::is_described<Value>)
        return {BaseType::Obj};
    else
        return {number_type<Value>()};
}

/// The table that a member's value or elements are of.
template <class Value> const char* inner_table() {
    if constexpr (lamina::schema::is_described<Value>)
        return lamina::schema::described<Value>::table;
    else if constexpr (lamina::detail::is_list<Value>)
        return lamina::schema::described<typename Value::value_type>::table;
    else
        return nullptr;
}

int tables_seen = 0;

template <class Record> void compare(const reflection::Schema& schema) {
    using description = lamina::schema::described<Record>;
    ++tables_seen;
    CAPTURE(description::table);
    const std::string full = std::string("lamina.format.") + description::table;
    const reflection::Object* table = schema.objects()->LookupByKey(full.c_str());
    REQUIRE(table != nullptr);
    CHECK(table->is_struct() == lamina::detail::is_struct<Record>);
    REQUIRE(table->fields()->size() == static_cast<unsigned>(description::fields::count));
    const Record defaults{};
    lamina::detail::for_each_field<Record>([&]<class Field>(int number) {
        CAPTURE(Field::name);
        const reflection::Field* found = table->fields()->LookupByKey(Field::name);
        REQUIRE(found != nullptr);
        CHECK(found->id() == number);
        using value = typename Field::value;
        const wanted_type type = wanted<value>();
        CHECK(found->type()->base_type() == type.type);
        CHECK(found->type()->element() == type.element);
        if (const char* inner = inner_table<value>()) {
            REQUIRE(found->type()->index() >= 0);
            CHECK(
                schema.objects()->Get(static_cast<unsigned>(found->type()->index()))->name()->str()
                == std::string("lamina.format.") + inner);
        }
        if constexpr (std::is_enum_v<value> || std::is_integral_v<value>)
            CHECK(found->default_integer() == static_cast<std::int64_t>(defaults.*Field::member));
        if constexpr (std::is_same_v<value, float>)
            CHECK(found->default_real() == static_cast<double>(defaults.*Field::member));
    });
}

template <class Enumeration> void compare_enum(const reflection::Schema& schema, const char* name) {
    const std::string full = std::string("lamina.format.") + name;
    const reflection::Enum* found = schema.enums()->LookupByKey(full.c_str());
    REQUIRE(found != nullptr);
    CHECK(found->values()->size() == lamina::detail::last_of(Enumeration()) + 1);
}

}  // namespace

TEST_CASE("schema: the records list the fields of plan.fbs") {
    if (std::system("flatc --version > /dev/null 2>&1") != 0) {
        MESSAGE("skipped: needs flatc (flatbuffers-compiler)");
        return;
    }
    const lamina_test::temporary_folder folder;
    const std::string source = std::string(std::getenv("LAMINA_SOURCE_DIR"));
    const std::string command = "flatc --binary --schema -o '" + folder.path.string() + "' '"
        + source + "/include/lamina/plan/plan.fbs'";
    REQUIRE(std::system(command.c_str()) == 0);
    std::ifstream file(folder.path / "plan.bfbs", std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const auto* start = reinterpret_cast<const std::uint8_t*>(bytes.data());
    flatbuffers::Verifier verifier(start, bytes.size());
    REQUIRE(reflection::VerifySchemaBuffer(verifier));
    const reflection::Schema& schema = *reflection::GetSchema(start);

    compare<lamina::plan_records>(schema);
    compare<lamina::plan_binding>(schema);
    compare<lamina::plan_tensor>(schema);
    compare<lamina::plan_parameter>(schema);
    compare<lamina::plan_fold>(schema);
    compare<lamina::plan_weight>(schema);
    compare<lamina::plan_weight_part>(schema);
    compare<lamina::gemm_call>(schema);
    compare<lamina::plan_tactic>(schema);
    compare<lamina::plan_kernel>(schema);
    compare<lamina::plan_argument>(schema);
    compare<lamina::plan_step>(schema);
    compare<lamina::plan_binary>(schema);
    compare<lamina::plan_segment>(schema);
    compare<lamina::plan_state>(schema);
    compare<lamina::plan_bound>(schema);
    compare<lamina::plan_range>(schema);
    compare<lamina::plan_shape>(schema);
    CHECK(static_cast<int>(schema.objects()->size()) == tables_seen);
    compare_enum<lamina::dtype>(schema, "Type");
    compare_enum<lamina::memory_space>(schema, "MemorySpace");
    compare_enum<lamina::weight_role>(schema, "Role");
}
