# SPDX-License-Identifier: Apache-2.0
# lamina_embed(<target> FILE <file> AS <name>): links a file's bytes into a target, to be found at
# run time with lamina::embedded("<name>") (blob.hpp). Included by Lamina's CMake package.
#
# The assembler copies the file (.incbin: 20 MB in 0.05 s; as a C array 80 s and 3 GB). It stands in
# a C++ source, so a project needs no assembler language; a changed file is linked anew. Call it in
# the directory that made <target>; a <file> that the build makes must be some command's OUTPUT.
function(lamina_embed target)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "FILE;AS" "")
    set(call "lamina_embed(${target} FILE ${arg_FILE} AS ${arg_AS})")
    if(NOT arg_FILE OR NOT arg_AS OR arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "lamina_embed needs a target, FILE and AS and got '${ARGN}'; "
            "write lamina_embed(<target> FILE <file> AS <name>).")
    endif()
    if(NOT TARGET ${target})
        message(FATAL_ERROR
            "${call}: there is no target '${target}'; call it after add_executable.")
    endif()
    if(NOT arg_AS MATCHES "^[A-Za-z_][A-Za-z0-9_]*$")
        message(FATAL_ERROR "${call}: the name '${arg_AS}' has characters other than letters, "
            "digits and '_' or begins with a digit; choose another one.")
    endif()
    get_filename_component(file "${arg_FILE}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
    get_source_file_property(made_by_build "${file}" GENERATED)
    if(NOT made_by_build AND (NOT EXISTS "${file}" OR IS_DIRECTORY "${file}"))
        message(FATAL_ERROR
            "${call}: there is no file '${file}'; check the path or fetch the file.")
    endif()
    get_target_property(names ${target} LAMINA_BLOBS)
    if(arg_AS IN_LIST names)
        message(FATAL_ERROR
            "${call}: '${target}' has a blob '${arg_AS}' already; choose another name.")
    endif()
    set_property(TARGET ${target} APPEND PROPERTY LAMINA_BLOBS ${arg_AS})

    # The path goes through two readers, the C++ compiler and the assembler: each takes off a layer.
    string(REGEX REPLACE "([\\\\\"])" "\\\\\\1" path "${file}")
    string(REGEX REPLACE "([\\\\\"])" "\\\\\\1" path "${path}")
    set(symbol lamina_blob_${arg_AS})
    set(source "${CMAKE_CURRENT_BINARY_DIR}/${target}.${symbol}.cpp")
    file(CONFIGURE OUTPUT "${source}" @ONLY CONTENT [==[
// Made by lamina_embed(): the bytes of one file, and their entry in the list of embedded().
#include <lamina/embed/blob.hpp>

asm(".pushsection .rodata\n"
    ".balign 64\n"
    ".globl @symbol@_begin\n.hidden @symbol@_begin\n"
    ".globl @symbol@_end\n.hidden @symbol@_end\n"
    "@symbol@_begin:\n"
    ".incbin \"@path@\"\n"
    "@symbol@_end:\n"
    ".byte 0\n"
    ".popsection\n");

extern "C" {
[[gnu::visibility("hidden")]] extern const std::byte @symbol@_begin[], @symbol@_end[];
extern const lamina::detail::blob_entry @symbol@;
const lamina::detail::blob_entry @symbol@("@arg_AS@", @symbol@_begin, @symbol@_end);
}
]==])
    target_sources(${target} PRIVATE "${source}")
    target_compile_features(${target} PRIVATE cxx_std_20)
    # Link-time optimisation may part the bytes from their user, so it stays out of this one file.
    set_source_files_properties("${source}" PROPERTIES OBJECT_DEPENDS "${file}"
        COMPILE_OPTIONS "-fno-lto" SKIP_UNITY_BUILD_INCLUSION ON SKIP_PRECOMPILE_HEADERS ON)
    get_filename_component(headers "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../.." ABSOLUTE)
    if(EXISTS "${headers}/lamina/embed/blob.hpp")
        set_source_files_properties("${source}" PROPERTIES INCLUDE_DIRECTORIES "${headers}")
    endif()
    # A linker takes from an archive only what somebody asks for: whoever links the target asks.
    get_target_property(type ${target} TYPE)
    if(type STREQUAL STATIC_LIBRARY)
        target_link_options(${target} INTERFACE "LINKER:-u,${symbol}")
    endif()
endfunction()
