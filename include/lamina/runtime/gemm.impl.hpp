// SPDX-License-Identifier: Apache-2.0
// Calls CLBlast, and says its errors in words. Included by gemm.hpp, or compiled into Lamina::compiled.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>

#include <lamina/runtime/gemm.hpp>
#include <lamina/runtime/io_buffer.hpp>

#if LAMINA_HAS_CLBLAST
// The C interface parses in 0.01 s; what it defines for itself stays out of users' files.
#pragma push_macro("PUBLIC_API")
#include <clblast_c.h>
#pragma pop_macro("PUBLIC_API")
#endif

namespace lamina::detail {

/// In place of a status of CLBlast's.
inline constexpr int no_clblast = 1, beyond_ints = 2;

LAMINA_INLINE int enqueue_gemm(const gemm_call& what, const gemm_buffer& a, const gemm_buffer& b,
    const gemm_buffer& c, cl_command_queue queue, cl_event* done) {
    const auto is_far = [](const gemm_buffer& m, std::int64_t span) {
        return m.offset > static_cast<std::uint64_t>(gemm_call::most_elements - span);
    };
    if (is_far(a, what.a_span()) || is_far(b, what.b_span()) || is_far(c, what.c_span()))
        return beyond_ints;
#if LAMINA_HAS_CLBLAST
    const auto way
        = [](bool transposed) { return transposed ? CLBlastTransposeYes : CLBlastTransposeNo; };
    const auto size = [](std::int32_t number) { return static_cast<std::size_t>(number); };
    if (what.batches == 1)
        return CLBlastSgemm(CLBlastLayoutRowMajor, way(what.a_transposed), way(what.b_transposed),
            size(what.rows), size(what.columns), size(what.depth), 1.0f, a.memory, a.offset,
            size(what.a_row), b.memory, b.offset, size(what.b_row), 0.0f, c.memory, c.offset,
            size(what.c_row), &queue, done);
    return CLBlastSgemmStridedBatched(CLBlastLayoutRowMajor, way(what.a_transposed),
        way(what.b_transposed), size(what.rows), size(what.columns), size(what.depth), 1.0f,
        a.memory, a.offset, size(what.a_row), size(what.a_batch), b.memory, b.offset,
        size(what.b_row), size(what.b_batch), 0.0f, c.memory, c.offset, size(what.c_row),
        size(what.c_batch), size(what.batches), &queue, done);
#else
    static_cast<void>(queue);
    static_cast<void>(done);
    return no_clblast;
#endif
}

LAMINA_INLINE std::string gemm_words(int status) {
    struct row {
        int status;
        const char *name, *words;
    };
    // Those that say something else than OpenCL's code of the same number, or are CLBlast's own.
    static constexpr row rows[] = {
        {no_clblast, "LAMINA_HAS_CLBLAST 0", "this program was built without CLBlast"},
        {beyond_ints, "2^31 elements", "a matrix ends beyond what CLBlast can count to"},
        {-1024, "CLBlastNotImplemented", "the library does not have this product"},
        {-1022, "CLBlastInvalidMatrixA", "the first factor is no buffer of this context"},
        {-1021, "CLBlastInvalidMatrixB", "the second factor is no buffer of this context"},
        {-1020, "CLBlastInvalidMatrixC", "the result is no buffer of this context"},
        {-1017, "CLBlastInvalidDimension", "a matrix has no rows or columns"},
        {-1016, "CLBlastInvalidLeadDimA", "rows of the first factor overlap"},
        {-1015, "CLBlastInvalidLeadDimB", "rows of the second factor overlap"},
        {-1014, "CLBlastInvalidLeadDimC", "rows of the result overlap"},
        {-1011, "CLBlastInsufficientMemoryA", "the first factor's buffer is too small"},
        {-1010, "CLBlastInsufficientMemoryB", "the second factor's buffer is too small"},
        {-1009, "CLBlastInsufficientMemoryC", "the result's buffer is too small"},
        {-2050, "CLBlastInsufficientMemoryTemp", "the library's temporary buffer is too small"},
        {-2049, "CLBlastInvalidBatchCount", "there are no batches"},
        {-2046, "CLBlastInvalidLocalMemUsage",
            "the library's kernel needs more local memory than the device has"},
        {-2041, "CLBlastDatabaseError", "the library knows no parameters for this device"},
        {-2040, "CLBlastUnknownError", "the library gives no reason"},
        {-2039, "CLBlastUnexpectedError", "the library gives no reason"},
    };
    for (const row& r : rows)
        if (r.status == status)
            return std::string(r.words) + " (" + r.name
                + (status < 0 ? ", " + std::to_string(status) + ")" : ")");
    return opencl::in_words(status);
}

LAMINA_INLINE std::string gemm_refuses(const device& dev, const gemm_call& what) try {
    const auto memory = [&](std::int64_t elements) {
        return make_buffer(
            dev, CL_MEM_READ_WRITE, static_cast<std::uint64_t>(elements) * 4, "a trial of CLBlast");
    };
    const opencl::buffer factors = memory(std::max(what.a_span(), what.b_span()));
    const opencl::buffer result = memory(what.c_span());
    cl_int code = CL_SUCCESS;
    const opencl::queue queue(clCreateCommandQueue(dev.context(), dev.id(), 0, &code));
    opencl::check(code, "clCreateCommandQueue", dev.name());
    int status = enqueue_gemm(
        what, {factors.get(), 0}, {factors.get(), 0}, {result.get(), 0}, queue.get(), nullptr);
    if (status == 0) status = clFinish(queue.get());
    return status == 0 ? std::string() : "is not computed by CLBlast: " + gemm_words(status);
} catch (const error& fault) {
    return std::string("is not computed by CLBlast: ") + fault.what();
}

}  // namespace lamina::detail
