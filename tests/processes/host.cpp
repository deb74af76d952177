// SPDX-License-Identifier: Apache-2.0
// Loads library.cpp's library and counts how often this program was started meanwhile.
#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

int main(int count, char** words) {
    // The first start names a file, to which each start adds a line.
    const char* const known = std::getenv("STARTS_OF_THIS_PROGRAM");
    std::string path = known ? known : "/tmp/starts-XXXXXX";
    if (!known) {
        ::close(::mkstemp(path.data()));
        ::setenv("STARTS_OF_THIS_PROGRAM", path.c_str(), 1);
    }
    FILE* const starts = std::fopen(path.c_str(), "a+");
    std::fputs("started\n", starts);
    std::fflush(starts);
    void* const library = count > 1 ? ::dlopen(words[1], RTLD_NOW) : nullptr;
    if (!library) {
        std::fprintf(stderr, "%s\n", count > 1 ? ::dlerror() : "usage: host LIBRARY");
        return 2;
    }
    const auto processes
        = reinterpret_cast<int (*)()>(::dlsym(library, "processes_of_an_engine"))();
    int lines = 0;
    std::rewind(starts);
    for (int c; (c = std::fgetc(starts)) != EOF;) lines += c == '\n';
    ::unlink(path.c_str());
    std::printf("%d process, started %d times\n", processes, lines);
    return processes == 1 && lines == 1 ? 0 : 1;
}
