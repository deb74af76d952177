// SPDX-License-Identifier: Apache-2.0
// Tests of embed/embed.cmake: projects from outside, written here, configured, built and run.
#include <doctest/doctest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "support/temporary.hpp"

using namespace lamina_test;

namespace {

struct result {
    int status;
    std::string text;
};

result run(const std::string& command) {
    std::FILE* out = ::popen((command + " 2>&1").c_str(), "r");
    REQUIRE(out != nullptr);
    std::string text;
    for (int c = std::fgetc(out); c != EOF; c = std::fgetc(out)) text += static_cast<char>(c);
    const int status = ::pclose(out);
    // CMake wraps its messages: undo that, so that a sentence can be searched.
    std::string flat;
    for (char c : text)
        if (c != '\n' && !(c == ' ' && flat.ends_with(' ')))
            flat += c;
        else if (!flat.ends_with(' '))
            flat += ' ';
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, flat};
}

/// A project that has lamina_embed() and nothing else of Lamina.
struct project {
    temporary_folder folder;

    explicit project(const std::string& targets) {
        std::filesystem::create_directory(folder.path / "src");
        const auto include = std::filesystem::path(::getenv("LAMINA_SOURCE_DIR")) / "include";
        write_file(folder / "src/CMakeLists.txt",
            "cmake_minimum_required(VERSION 3.22)\nproject(outside LANGUAGES CXX)\n"
            "include_directories("
                + include.string() + ")\ninclude(" + include.string()
                + "/lamina/embed/embed.cmake)\n" + targets);
        write_file(folder / "src/main.cpp",
            "#include <cstdio>\n#include <cstdint>\n#include <lamina/embed/blob.hpp>\n"
            "int main(int, char** argv) {\n"
            "    const auto found = lamina::embedded(argv[1]);\n"
            "    std::fwrite(found.bytes.data(), 1, found.bytes.size(), stdout);\n"
            "    return reinterpret_cast<std::uintptr_t>(found.bytes.data()) % 64 ? 3 : 0;\n}\n");
    }

    result configure() const {
#ifdef __clang__
        const std::string compiler = "clang++-" + std::to_string(__clang_major__);
#else
        const std::string compiler = "g++";
#endif
        return run("cmake -S '" + (folder / "src") + "' -B '" + (folder / "build")
            + "' -DCMAKE_CXX_COMPILER=" + compiler);
    }
    result build() const { return run("cmake --build '" + (folder / "build") + "'"); }
    result start(const std::string& name) const {
        return run("'" + (folder / "build/app") + "' " + name);
    }
};

}  // namespace

TEST_CASE("embed: a file's bytes are in the program, aligned, and a changed file is linked anew") {
    const project made("add_executable(app main.cpp)\n"
                       "lamina_embed(app FILE \"a folder/it's.bin\" AS first)\n"
                       "lamina_embed(app FILE other.txt AS second_one)\n");
    std::filesystem::create_directory(made.folder.path / "src/a folder");
    write_file(made.folder / "src/a folder/it's.bin", "old bytes");
    write_file(made.folder / "src/other.txt", "");
    const result configured = made.configure();
    INFO(configured.text);
    REQUIRE(configured.status == 0);
    const result built = made.build();
    INFO(built.text);
    REQUIRE(built.status == 0);
    CHECK(made.start("first").text == "old bytes");
    CHECK(made.start("first").status == 0);
    CHECK(made.start("second_one").text == "");
    CHECK(made.start("second_one").status == 0);

    write_file(made.folder / "src/other.txt", "no longer empty");
    REQUIRE(made.build().status == 0);
    CHECK(made.start("second_one").text == "no longer empty");

    std::filesystem::remove_all(made.folder.path / "src");
    CHECK(made.start("first").text == "old bytes");
}

TEST_CASE("embed: a blob in a static library, and one that the build makes, reach the program") {
    const project made(
        "add_custom_command(OUTPUT made.bin COMMAND printf made > made.bin)\n"
        "file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/part.cpp \"int part() { return 1; }\")\n"
        "add_library(part STATIC ${CMAKE_CURRENT_BINARY_DIR}/part.cpp)\n"
        "lamina_embed(part FILE main.cpp AS its_source)\n"
        "add_executable(app main.cpp)\n"
        "target_link_libraries(app PRIVATE part)\n"
        "set_source_files_properties(${CMAKE_CURRENT_BINARY_DIR}/made.bin\n"
        "    PROPERTIES GENERATED ON)\n"
        "lamina_embed(app FILE ${CMAKE_CURRENT_BINARY_DIR}/made.bin AS made)\n");
    const result configured = made.configure();
    INFO(configured.text);
    REQUIRE(configured.status == 0);
    const result built = made.build();
    INFO(built.text);
    REQUIRE(built.status == 0);
    CHECK(made.start("its_source").text.starts_with("#include <cstdio>"));
    CHECK(made.start("made").text == "made");
}

TEST_CASE("embed: what is wrong with a call is one sentence when CMake configures") {
    const std::pair<const char*, const char*> faults[] = {
        {"lamina_embed(app FILE absent.bin AS a)", "there is no file '"},
        {"lamina_embed(app FILE . AS a)", "there is no file '"},
        {"lamina_embed(app FILE main.cpp)", "needs a target, FILE and AS"},
        {"lamina_embed(app main.cpp AS a)", "needs a target, FILE and AS"},
        {"lamina_embed(nothing FILE main.cpp AS a)", "there is no target 'nothing'"},
        {"lamina_embed(app FILE main.cpp AS a-b)", "the name 'a-b' has characters"},
        {"lamina_embed(app FILE main.cpp AS a)\nlamina_embed(app FILE main.cpp AS a)",
            "has a blob 'a' already"},
    };
    for (const auto& [call, expected] : faults) {
        CAPTURE(call);
        const result configured
            = project(std::string("add_executable(app main.cpp)\n") + call).configure();
        CAPTURE(configured.text);
        CHECK(configured.status != 0);
        CHECK(configured.text.find(expected) != std::string::npos);
    }
}
