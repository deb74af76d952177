// SPDX-License-Identifier: Apache-2.0
// A folder, a file's bytes and an environment variable that last as long as a test needs them.
#pragma once
#include <stdlib.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lamina_test {

/// An empty folder, removed with all that is in it.
struct temporary_folder {
    std::filesystem::path path;

    temporary_folder() {
        std::string name = (std::filesystem::temp_directory_path() / "lamina-test-XXXXXX").string();
        path = ::mkdtemp(name.data());
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }

    std::string operator/(std::string_view name) const { return (path / name).string(); }
};

/// Sets (or, given null, unsets) an environment variable and puts the old value back.
class temporary_variable {
public:
    temporary_variable(const char* name, const char* value) : name_(name) {
        if (const char* old = ::getenv(name)) old_ = old;
        value ? ::setenv(name, value, 1) : ::unsetenv(name);
    }
    temporary_variable(const char* name, const std::string& value)
        : temporary_variable(name, value.c_str()) {}
    temporary_variable(const temporary_variable&) = delete;
    temporary_variable& operator=(const temporary_variable&) = delete;
    ~temporary_variable() { old_ ? ::setenv(name_, old_->c_str(), 1) : ::unsetenv(name_); }

private:
    const char* name_;
    std::optional<std::string> old_;
};

inline void write_file(const std::string& path, std::span<const std::byte> bytes) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
}

inline void write_file(const std::string& path, std::string_view text) {
    write_file(path, std::as_bytes(std::span(text)));
}

inline std::vector<std::byte> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

}  // namespace lamina_test
