#include "engine/kernels/gemm.h"

#include <string.h>

#include "engine/kernels/blas.h"
#include "engine/kernels/kernels.h"

/* Sides of the blocks. MC is a multiple of every tile's rows, NC of every tile's
 * columns; a block of a (MC x KC) and one of b (KC x NC) stay in a cache of 1 MiB.
 * BLAS_SIDE is where OpenBLAS begins to pay, SHORT a row of which several stay in the
 * first cache. */
enum { MC = 144, KC = 256, NC = 512, BLAS_SIDE = 64, SHORT = 64 };

static size_t round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

struct strided_f32 {
    const float *data;
    size_t lane, step;
};

struct strided_f64 {
    const double *data;
    size_t lane, step;
};

#define T float
#define TYPED(name) name##_f32
#define TYPED_RUN flama_gemm_f32_run
#define COLUMNS(kernels) ((kernels)->columns_f32)
#include "engine/kernels/gemm_driver.h"
#undef T
#undef TYPED
#undef COLUMNS
#undef TYPED_RUN

#define T double
#define TYPED(name) name##_f64
#define TYPED_RUN flama_gemm_f64_run
#define COLUMNS(kernels) ((kernels)->columns_f64)
#include "engine/kernels/gemm_driver.h"

void flama_gemm_scale_a_f32(const float *scale, size_t m, size_t k, float *packed)
{
    size_t width = flama_kernels_get()->rows;
    for (size_t p = 0; p < k; p += KC)
        for (size_t l = 0; l < m; l += width) {
            size_t some = m - l < width ? m - l : width;
            for (size_t i = 0; i < (k - p < KC ? k - p : KC); i++)
                for (size_t j = 0; j < some; j++)
                    *packed++ *= scale[l + j];
        }
}
