// SPDX-License-Identifier: Apache-2.0
// A library to preload (LD_PRELOAD) under a program that uses Lamina: it counts the program's own
// OpenCL calls, allocations, file calls and threads, lets one of them fail, and says at the end
// what was made and never given back. Calls of the driver and of other libraries pass untouched.
// sweep.py sets its variables:
//   LAMINA_FAULT          "cl:17", "alloc:3", "file:5", "short:2" (half a read or write), "thread:1"
//   LAMINA_FAULT_REPORT   file for what was counted
//   LAMINA_FAULT_STACKS   file for a number a call that tells places of calls apart
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <type_traits>

#define CALLER __builtin_return_address(0)

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);
}

namespace {

enum kind { cl, alloc, file, part, thread, kinds };
constexpr const char* kind_names[] = {"cl", "alloc", "file", "short", "thread"};

enum object {
    contexts,
    queues,
    buffers,
    programs,
    kernels,
    events,
    maps,
    regions,
    files,
    blocks,
    objects
};
constexpr const char* object_names[] = {"contexts", "queues", "buffers", "programs", "kernels",
    "events", "mapped buffers", "mapped files", "open files", "blocks of memory"};

struct range {
    std::uintptr_t begin = 0, end = 0;
    bool holds(std::uintptr_t at) const { return at >= begin && at < end; }
};

constexpr std::size_t most_stacks = 1 << 20;

std::atomic<bool> counting = false;
std::atomic<long> counts[kinds], alive[objects];
std::atomic<bool> happened = false;
char failed_call[64] = "none";
kind wanted_kind = kinds;
long wanted = 0;
const char* report = nullptr;
const char* stacks_file = nullptr;
range program_text;
std::uint64_t* stacks[kinds];

/// The program itself is the first object of the list.
int note_program(dl_phdr_info* info, std::size_t, void*) {
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        const auto& part = info->dlpi_phdr[i];
        if (part.p_type != PT_LOAD || !(part.p_flags & PF_X)) continue;
        program_text.begin = info->dlpi_addr + part.p_vaddr;
        program_text.end = program_text.begin + part.p_memsz;
    }
    return 1;
}

/// A number for the chain of return addresses in the program; it is compiled with frame pointers.
[[gnu::noinline]] std::uint64_t stack_number(const void* caller) {
    std::uint64_t hash = reinterpret_cast<std::uintptr_t>(caller) - program_text.begin;
    const auto* frame = static_cast<void* const*>(__builtin_frame_address(0));
    const auto* top = reinterpret_cast<const char*>(frame) + (std::size_t{1} << 16);
    for (int depth = 0; depth < 24; ++depth) {
        const auto* next = static_cast<void* const*>(frame[0]);
        if (next <= frame || reinterpret_cast<const char*>(next) > top) break;
        frame = next;
        const auto at = reinterpret_cast<std::uintptr_t>(frame[1]);
        if (!program_text.holds(at)) continue;
        hash = (hash ^ (at - program_text.begin)) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    return hash;
}

bool ours(const void* caller) {
    return counting.load(std::memory_order_relaxed)
        && program_text.holds(reinterpret_cast<std::uintptr_t>(caller));
}

/// Counts a call of the program; true when it is the one that shall fail.
bool fails(kind of, const char* name, const void* caller) {
    if (!ours(caller)) return false;
    const long number = ++counts[of];
    if (stacks[of] && number <= static_cast<long>(most_stacks))
        stacks[of][number - 1] = stack_number(caller);
    if (of != wanted_kind || number != wanted) return false;
    std::snprintf(failed_call, sizeof failed_call, "%s", name);
    happened = true;
    return true;
}

/// One of the codes that drivers give when they run out of something, by the number of the call.
cl_int shortage() {
    constexpr cl_int codes[] = {CL_OUT_OF_HOST_MEMORY, CL_OUT_OF_RESOURCES, CL_INVALID_VALUE};
    return codes[wanted % 3];
}

void* next(const char* name) {
    void* found = ::dlsym(RTLD_NEXT, name);
    if (!found) std::abort();
    return found;
}
#define NEXT(name) reinterpret_cast<decltype(&name)>(next(#name))

[[gnu::constructor]] void open_shim() {
    ::dl_iterate_phdr(note_program, nullptr);
    report = std::getenv("LAMINA_FAULT_REPORT");
    stacks_file = std::getenv("LAMINA_FAULT_STACKS");
    if (const char* fault = std::getenv("LAMINA_FAULT"))
        for (int k = 0; k < kinds; ++k) {
            const std::size_t length = std::strlen(kind_names[k]);
            if (std::strncmp(fault, kind_names[k], length) != 0 || fault[length] != ':') continue;
            wanted_kind = static_cast<kind>(k);
            wanted = std::atol(fault + length + 1);
        }
    if (stacks_file)
        for (auto& list : stacks)
            list = static_cast<std::uint64_t*>(::mmap(nullptr, most_stacks * sizeof *list,
                PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

void put(int to, const char* text) { (void)!::syscall(SYS_write, to, text, std::strlen(text)); }

[[gnu::destructor]] void close_shim() {
    char line[128];
    const auto write_file = [](const char* path) {
        return static_cast<int>(
            ::syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0600));
    };
    if (report) {
        const int to = write_file(report);
        std::snprintf(line, sizeof line, "failed %s\n", happened ? failed_call : "nothing");
        put(to, line);
        for (int k = 0; k < kinds; ++k) {
            std::snprintf(line, sizeof line, "calls %s %ld\n", kind_names[k], counts[k].load());
            put(to, line);
        }
        for (int o = 0; o < objects; ++o) {
            std::snprintf(line, sizeof line, "alive %ld %s\n", alive[o].load(), object_names[o]);
            put(to, line);
        }
    }
    if (stacks_file) {
        const int to = write_file(stacks_file);
        for (int k = 0; k < kinds; ++k)
            for (long i = 0; i < counts[k] && i < static_cast<long>(most_stacks); ++i) {
                std::snprintf(line, sizeof line, "%s %ld %016llx\n", kind_names[k], i + 1,
                    static_cast<unsigned long long>(stacks[k][i]));
                put(to, line);
            }
    }
}

}  // namespace

/// The program's call when its own preparations are over.
extern "C" void lamina_fault_start() { counting = true; }

// OpenCL. A call that fails does nothing, leaves its out-parameters alone and gives a code.

#define STATUS(name, code, params, ...)                                                            \
    extern "C" cl_int name params {                                                                \
        static const auto real = NEXT(name);                                                       \
        if (fails(cl, #name, CALLER)) return code;                                                 \
        return real(__VA_ARGS__);                                                                  \
    }
#define ENQUEUE(name, code, params, event, ...)                                                    \
    extern "C" cl_int name params {                                                                \
        static const auto real = NEXT(name);                                                       \
        if (fails(cl, #name, CALLER)) return code;                                                 \
        const cl_int result = real(__VA_ARGS__);                                                   \
        if (result == CL_SUCCESS && event && ours(CALLER)) ++alive[events];                        \
        return result;                                                                             \
    }
#define CREATE(type, object, name, fault, params, code, ...)                                       \
    extern "C" type name params {                                                                  \
        static const auto real = NEXT(name);                                                       \
        if (fails(cl, #name, CALLER)) {                                                            \
            if (code) *code = fault;                                                               \
            return nullptr;                                                                        \
        }                                                                                          \
        type made = real(__VA_ARGS__);                                                             \
        if (made && ours(CALLER)) ++alive[object];                                                 \
        return made;                                                                               \
    }
// A release that says that it failed has released all the same: nothing could be done about it.
#define COUNTED(type, object, retain, release)                                                     \
    extern "C" cl_int retain(type one) {                                                           \
        static const auto real = NEXT(retain);                                                     \
        if (fails(cl, #retain, CALLER)) return shortage();                                         \
        if (ours(CALLER)) ++alive[object];                                                         \
        return real(one);                                                                          \
    }                                                                                              \
    extern "C" cl_int release(type one) {                                                          \
        static const auto real = NEXT(release);                                                    \
        const bool lies = fails(cl, #release, CALLER);                                             \
        if (ours(CALLER)) --alive[object];                                                         \
        const cl_int result = real(one);                                                           \
        return lies ? shortage() : result;                                                         \
    }

COUNTED(cl_context, contexts, clRetainContext, clReleaseContext)
COUNTED(cl_command_queue, queues, clRetainCommandQueue, clReleaseCommandQueue)
COUNTED(cl_mem, buffers, clRetainMemObject, clReleaseMemObject)
COUNTED(cl_program, programs, clRetainProgram, clReleaseProgram)
COUNTED(cl_kernel, kernels, clRetainKernel, clReleaseKernel)
COUNTED(cl_event, events, clRetainEvent, clReleaseEvent)

STATUS(
    clGetPlatformIDs, shortage(), (cl_uint n, cl_platform_id* ids, cl_uint* count), n, ids, count)
STATUS(clGetPlatformInfo, shortage(),
    (cl_platform_id of, cl_platform_info what, std::size_t size, void* to, std::size_t* needed), of,
    what, size, to, needed)
STATUS(clGetDeviceIDs, shortage(),
    (cl_platform_id of, cl_device_type type, cl_uint n, cl_device_id* ids, cl_uint* count), of,
    type, n, ids, count)
STATUS(clGetDeviceInfo, shortage(),
    (cl_device_id of, cl_device_info what, std::size_t size, void* to, std::size_t* needed), of,
    what, size, to, needed)
STATUS(clGetProgramInfo, shortage(),
    (cl_program of, cl_program_info what, std::size_t size, void* to, std::size_t* needed), of,
    what, size, to, needed)
STATUS(clGetProgramBuildInfo, shortage(),
    (cl_program of, cl_device_id on, cl_program_build_info what, std::size_t size, void* to,
        std::size_t* needed),
    of, on, what, size, to, needed)
STATUS(clGetKernelWorkGroupInfo, shortage(),
    (cl_kernel of, cl_device_id on, cl_kernel_work_group_info what, std::size_t size, void* to,
        std::size_t* needed),
    of, on, what, size, to, needed)
STATUS(clGetMemObjectInfo, shortage(),
    (cl_mem of, cl_mem_info what, std::size_t size, void* to, std::size_t* needed), of, what, size,
    to, needed)
STATUS(clGetCommandQueueInfo, shortage(),
    (cl_command_queue of, cl_command_queue_info what, std::size_t size, void* to,
        std::size_t* needed),
    of, what, size, to, needed)
STATUS(clGetEventInfo, shortage(),
    (cl_event of, cl_event_info what, std::size_t size, void* to, std::size_t* needed), of, what,
    size, to, needed)
STATUS(clGetEventProfilingInfo, CL_PROFILING_INFO_NOT_AVAILABLE,
    (cl_event of, cl_profiling_info what, std::size_t size, void* to, std::size_t* needed), of,
    what, size, to, needed)
STATUS(clBuildProgram, wanted % 2 ? CL_BUILD_PROGRAM_FAILURE : CL_OUT_OF_HOST_MEMORY,
    (cl_program of, cl_uint n, const cl_device_id* on, const char* options,
        void(CL_CALLBACK* done)(cl_program, void*), void* user),
    of, n, on, options, done, user)
STATUS(clSetKernelArg, shortage(), (cl_kernel of, cl_uint at, std::size_t size, const void* value),
    of, at, size, value)
STATUS(clFlush, shortage(), (cl_command_queue queue), queue)
STATUS(clFinish, shortage(), (cl_command_queue queue), queue)
STATUS(clWaitForEvents, CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST,
    (cl_uint n, const cl_event* list), n, list)

ENQUEUE(clEnqueueNDRangeKernel, wanted % 2 ? CL_OUT_OF_RESOURCES : CL_INVALID_WORK_GROUP_SIZE,
    (cl_command_queue queue, cl_kernel of, cl_uint axes, const std::size_t* offset,
        const std::size_t* global, const std::size_t* local, cl_uint n, const cl_event* list,
        cl_event* event),
    event, queue, of, axes, offset, global, local, n, list, event)
ENQUEUE(clEnqueueFillBuffer, CL_MEM_OBJECT_ALLOCATION_FAILURE,
    (cl_command_queue queue, cl_mem to, const void* pattern, std::size_t pattern_size,
        std::size_t offset, std::size_t size, cl_uint n, const cl_event* list, cl_event* event),
    event, queue, to, pattern, pattern_size, offset, size, n, list, event)
ENQUEUE(clEnqueueCopyBuffer, shortage(),
    (cl_command_queue queue, cl_mem from, cl_mem to, std::size_t from_offset, std::size_t to_offset,
        std::size_t size, cl_uint n, const cl_event* list, cl_event* event),
    event, queue, from, to, from_offset, to_offset, size, n, list, event)
ENQUEUE(clEnqueueReadBuffer, shortage(),
    (cl_command_queue queue, cl_mem from, cl_bool wait, std::size_t offset, std::size_t size,
        void* to, cl_uint n, const cl_event* list, cl_event* event),
    event, queue, from, wait, offset, size, to, n, list, event)
ENQUEUE(clEnqueueWriteBuffer, shortage(),
    (cl_command_queue queue, cl_mem to, cl_bool wait, std::size_t offset, std::size_t size,
        const void* from, cl_uint n, const cl_event* list, cl_event* event),
    event, queue, to, wait, offset, size, from, n, list, event)
ENQUEUE(clEnqueueMarkerWithWaitList, shortage(),
    (cl_command_queue queue, cl_uint n, const cl_event* list, cl_event* event), event, queue, n,
    list, event)
ENQUEUE(clEnqueueBarrierWithWaitList, shortage(),
    (cl_command_queue queue, cl_uint n, const cl_event* list, cl_event* event), event, queue, n,
    list, event)

extern "C" cl_int clEnqueueUnmapMemObject(
    cl_command_queue queue, cl_mem of, void* at, cl_uint n, const cl_event* list, cl_event* event) {
    static const auto real = NEXT(clEnqueueUnmapMemObject);
    if (fails(cl, "clEnqueueUnmapMemObject", CALLER)) return shortage();
    const cl_int result = real(queue, of, at, n, list, event);
    if (result == CL_SUCCESS && ours(CALLER)) --alive[maps];
    return result;
}
extern "C" void* clEnqueueMapBuffer(cl_command_queue queue, cl_mem of, cl_bool wait,
    cl_map_flags flags, std::size_t offset, std::size_t size, cl_uint n, const cl_event* list,
    cl_event* event, cl_int* code) {
    static const auto real = NEXT(clEnqueueMapBuffer);
    if (fails(cl, "clEnqueueMapBuffer", CALLER)) {
        if (code) *code = CL_MAP_FAILURE;
        return nullptr;
    }
    void* at = real(queue, of, wait, flags, offset, size, n, list, event, code);
    if (at && ours(CALLER)) ++alive[maps];
    return at;
}

CREATE(cl_context, contexts, clCreateContext, shortage(),
    (const cl_context_properties* properties, cl_uint n, const cl_device_id* on,
        void(CL_CALLBACK* notify)(const char*, const void*, std::size_t, void*), void* user,
        cl_int* code),
    code, properties, n, on, notify, user, code)
CREATE(cl_command_queue, queues, clCreateCommandQueue, shortage(),
    (cl_context in, cl_device_id on, cl_command_queue_properties properties, cl_int* code), code,
    in, on, properties, code)
CREATE(cl_mem, buffers, clCreateBuffer, CL_MEM_OBJECT_ALLOCATION_FAILURE,
    (cl_context in, cl_mem_flags flags, std::size_t size, void* host, cl_int* code), code, in,
    flags, size, host, code)
CREATE(cl_program, programs, clCreateProgramWithSource, shortage(),
    (cl_context in, cl_uint n, const char** texts, const std::size_t* sizes, cl_int* code), code,
    in, n, texts, sizes, code)
CREATE(cl_program, programs, clCreateProgramWithBinary, CL_INVALID_BINARY,
    (cl_context in, cl_uint n, const cl_device_id* on, const std::size_t* sizes,
        const unsigned char** bytes, cl_int* status, cl_int* code),
    code, in, n, on, sizes, bytes, status, code)
CREATE(cl_kernel, kernels, clCreateKernel, shortage(),
    (cl_program of, const char* name, cl_int* code), code, of, name, code)

// Memory. std::bad_alloc comes from here too: operator new is linked into the program.

extern "C" void* malloc(std::size_t size) {
    if (fails(alloc, "malloc", CALLER)) return errno = ENOMEM, nullptr;
    void* at = __libc_malloc(size);
    if (at && ours(CALLER)) ++alive[blocks];
    return at;
}
extern "C" void* calloc(std::size_t count, std::size_t size) {
    if (fails(alloc, "calloc", CALLER)) return errno = ENOMEM, nullptr;
    void* at = __libc_calloc(count, size);
    if (at && ours(CALLER)) ++alive[blocks];
    return at;
}
extern "C" void* realloc(void* old, std::size_t size) {
    if (fails(alloc, "realloc", CALLER)) return errno = ENOMEM, nullptr;
    void* at = __libc_realloc(old, size);
    if (at && !old && ours(CALLER)) ++alive[blocks];
    return at;
}
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) {
    if (fails(alloc, "aligned_alloc", CALLER)) return errno = ENOMEM, nullptr;
    void* at = __libc_memalign(alignment, size);
    if (at && ours(CALLER)) ++alive[blocks];
    return at;
}
extern "C" int posix_memalign(void** to, std::size_t alignment, std::size_t size) {
    if (fails(alloc, "posix_memalign", CALLER)) return ENOMEM;
    void* at = __libc_memalign(alignment, size);
    if (!at) return ENOMEM;
    if (ours(CALLER)) ++alive[blocks];
    *to = at;
    return 0;
}
extern "C" void free(void* at) {
    if (at && ours(CALLER)) --alive[blocks];
    __libc_free(at);
}

// Files. close, munmap and unlink are counted as ends of what was opened, and do not fail.

template <class Type> constexpr Type* nullptr_of = nullptr;
#define FILE_CALL(name, result, reason, params, ...)                                               \
    extern "C" std::remove_cv_t<decltype(result)> name params {                                    \
        static const auto real = NEXT(name);                                                       \
        if (fails(file, #name, CALLER)) return errno = reason, result;                             \
        return real(__VA_ARGS__);                                                                  \
    }
#define OPEN_CALL(name, at_params, at_arguments)                                                   \
    extern "C" int name at_params {                                                                \
        static const auto real = NEXT(name);                                                       \
        mode_t mode = 0;                                                                           \
        if (flags & (O_CREAT | O_TMPFILE)) {                                                       \
            va_list rest;                                                                          \
            va_start(rest, flags);                                                                 \
            mode = va_arg(rest, mode_t);                                                           \
            va_end(rest);                                                                          \
        }                                                                                          \
        if (fails(file, #name, CALLER)) return errno = flags & O_CREAT ? ENOSPC : EMFILE, -1;      \
        const int made = real at_arguments;                                                        \
        if (made >= 0 && ours(CALLER)) ++alive[files];                                             \
        return made;                                                                               \
    }
#define STREAM_CALL(name, type, params, ...)                                                       \
    extern "C" type* name params {                                                                 \
        static const auto real = NEXT(name);                                                       \
        if (fails(file, #name, CALLER)) return errno = EMFILE, nullptr;                            \
        type* made = real(__VA_ARGS__);                                                            \
        if (made && ours(CALLER)) ++alive[files];                                                  \
        return made;                                                                               \
    }

OPEN_CALL(open, (const char* path, int flags, ...), (path, flags, mode))
OPEN_CALL(open64, (const char* path, int flags, ...), (path, flags, mode))
OPEN_CALL(openat, (int folder, const char* path, int flags, ...), (folder, path, flags, mode))
OPEN_CALL(openat64, (int folder, const char* path, int flags, ...), (folder, path, flags, mode))
STREAM_CALL(fopen, FILE, (const char* path, const char* mode), path, mode)
STREAM_CALL(fopen64, FILE, (const char* path, const char* mode), path, mode)

extern "C" int close(int number) {
    static const auto real = NEXT(close);
    if (ours(CALLER)) --alive[files];
    return real(number);
}
extern "C" DIR* opendir(const char* path) {
    static const auto real = NEXT(opendir);
    if (fails(file, "opendir", CALLER)) return errno = EACCES, nullptr;
    DIR* made = real(path);
    if (made && ours(CALLER)) ++alive[files];
    return made;
}
extern "C" int closedir(DIR* folder) {
    static const auto real = NEXT(closedir);
    if (ours(CALLER)) --alive[files];
    return real(folder);
}
extern "C" int fclose(FILE* stream) {
    static const auto real = NEXT(fclose);
    if (ours(CALLER)) --alive[files];
    return real(stream);
}
extern "C" ssize_t read(int from, void* to, std::size_t bytes) {
    static const auto real = NEXT(read);
    if (fails(file, "read", CALLER)) return errno = EIO, -1;
    return real(from, to, fails(part, "read", CALLER) ? (bytes + 1) / 2 : bytes);
}
extern "C" ssize_t write(int to, const void* from, std::size_t bytes) {
    static const auto real = NEXT(write);
    if (fails(file, "write", CALLER)) return errno = ENOSPC, -1;
    return real(to, from, fails(part, "write", CALLER) ? (bytes + 1) / 2 : bytes);
}
extern "C" ssize_t pread(int from, void* to, std::size_t bytes, off_t at) {
    static const auto real = NEXT(pread);
    if (fails(file, "pread", CALLER)) return errno = EIO, -1;
    return real(from, to, fails(part, "pread", CALLER) ? (bytes + 1) / 2 : bytes, at);
}
FILE_CALL(fsync, -1, EIO, (int number), number)
FILE_CALL(fdatasync, -1, EIO, (int number), number)
FILE_CALL(ftruncate, -1, EIO, (int number, off_t size), number, size)
FILE_CALL(fdopendir, nullptr_of<DIR>, ENOMEM, (int number), number)
FILE_CALL(flock, -1, EWOULDBLOCK, (int number, int how), number, how)
FILE_CALL(
    getrandom, ssize_t{-1}, ENOSYS, (void* to, std::size_t bytes, unsigned flags), to, bytes, flags)
FILE_CALL(mkdir, -1, EACCES, (const char* path, mode_t mode), path, mode)
FILE_CALL(mkstemp, -1, ENOSPC, (char* path), path)
FILE_CALL(rename, -1, EXDEV, (const char* from, const char* to), from, to)
FILE_CALL(renameat, -1, EXDEV, (int a, const char* from, int b, const char* to), a, from, b, to)
FILE_CALL(chmod, -1, EPERM, (const char* path, mode_t mode), path, mode)
FILE_CALL(fchmod, -1, EPERM, (int number, mode_t mode), number, mode)
FILE_CALL(stat, -1, EACCES, (const char* path, struct stat* to), path, to)
FILE_CALL(lstat, -1, EACCES, (const char* path, struct stat* to), path, to)
FILE_CALL(fstat, -1, EIO, (int number, struct stat* to), number, to)
FILE_CALL(fstatat, -1, EIO, (int folder, const char* path, struct stat* to, int flags), folder,
    path, to, flags)
FILE_CALL(access, -1, EACCES, (const char* path, int mode), path, mode)
FILE_CALL(
    madvise, -1, EINVAL, (void* at, std::size_t bytes, int advice) noexcept, at, bytes, advice)

extern "C" void* mmap(
    void* at, std::size_t bytes, int access, int flags, int number, off_t offset) noexcept {
    static const auto real = NEXT(mmap);
    if (fails(file, "mmap", CALLER)) return errno = ENOMEM, MAP_FAILED;
    void* made = real(at, bytes, access, flags, number, offset);
    if (made != MAP_FAILED && ours(CALLER)) ++alive[regions];
    return made;
}
extern "C" int munmap(void* at, std::size_t bytes) noexcept {
    static const auto real = NEXT(munmap);
    if (ours(CALLER)) --alive[regions];
    return real(at, bytes);
}

extern "C" int pthread_create(pthread_t* made, const pthread_attr_t* attributes,
    void* (*start)(void*), void* value) noexcept {
    static const auto real = NEXT(pthread_create);
    if (fails(thread, "pthread_create", CALLER)) return EAGAIN;
    return real(made, attributes, start, value);
}
