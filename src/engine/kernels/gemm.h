/* Matrix products, in float and in double.
 *
 * c (m x n) = a (m x k) times b (k x n), plus biases, clamped. A factor is a matrix
 * with strides (so a transposed one is only a matter of strides), one packed before
 * (weights, when a model is loaded), or a function that packs parts of a matrix that
 * exists nowhere as a whole (the windows of a convolution). Big products of plain
 * matrices go to OpenBLAS when the machine has it; all others to loops compiled for
 * several levels of the CPU. Nothing here allocates: the caller gives the scratch
 * memory. Any thread.
 *
 * The method is that of Goto and van de Geijn (Anatomy of High-Performance Matrix
 * Multiplication, 2008): blocks that fit the caches are copied into panels, which one
 * small loop with all its sums in registers runs over. */
#ifndef FLAMA_KERNELS_GEMM_H
#define FLAMA_KERNELS_GEMM_H

#include <stdbool.h>
#include <stddef.h>

/* What a packing function writes: `lanes` rows of a (or columns of b) from `first`, in
 * panels of `width` lanes; a panel holds for each of the `depth` steps of k from
 * `from` its lanes one after the other. The last panel of b is filled up with zeros,
 * that of a is only as wide as its lanes. */
typedef struct flama_pack {
    size_t first, lanes, from, depth, width;
    bool fill; /* b: fill the last panel up */
} flama_pack;

typedef void flama_pack_f32(const void *ctx, const flama_pack *part, float *out);
typedef void flama_pack_f64(const void *ctx, const flama_pack *part, double *out);

/* A factor. Element (i, j) is data[i * row + j * column], unless `packed` (by the pack
 * functions below) or `pack` is set. */
typedef struct flama_factor_f32 {
    const float *data;
    size_t row, column;
    const float *packed;
    flama_pack_f32 *pack;
    const void *ctx;
} flama_factor_f32;

typedef struct flama_factor_f64 {
    const double *data;
    size_t row, column;
    const double *packed;
    flama_pack_f64 *pack;
    const void *ctx;
} flama_factor_f64;

/* A product. c has n contiguous columns and rows `stride` apart. `accumulate` adds to
 * what is there; then, where they are not NULL, row_bias (m) is added, column_scale (n)
 * multiplies and column_bias (n) is added; with `clamp` the result is held between low
 * and high (a NaN stays). c overlaps no factor. */
typedef struct flama_gemm_f32 {
    size_t m, n, k;
    flama_factor_f32 a, b;
    float *c;
    size_t stride;
    bool accumulate, clamp;
    const float *row_bias, *column_scale, *column_bias;
    float low, high;
} flama_gemm_f32;

typedef struct flama_gemm_f64 {
    size_t m, n, k;
    flama_factor_f64 a, b;
    double *c;
    size_t stride;
    bool accumulate, clamp;
    const double *row_bias, *column_scale, *column_bias;
    double low, high;
} flama_gemm_f64;

/* Bytes of scratch the product takes, at most some 2 MiB. Memory aligned to 16 will do,
 * to 64 is best; NULL when it is 0. */
size_t flama_gemm_scratch_f32(const flama_gemm_f32 *product);
size_t flama_gemm_scratch_f64(const flama_gemm_f64 *product);

/* Computes it. */
void flama_gemm_f32_run(const flama_gemm_f32 *product, void *scratch);
void flama_gemm_f64_run(const flama_gemm_f64 *product, void *scratch);

/* Packs a whole factor: `lanes` rows of a, or columns of b. The size is in elements; 0
 * when it does not fit size_t. What is packed depends on the CPU: it is for this
 * process only. The data may go then. */
size_t flama_gemm_packed_a_f32(size_t lanes, size_t k);
size_t flama_gemm_packed_b_f32(size_t lanes, size_t k);
size_t flama_gemm_packed_a_f64(size_t lanes, size_t k);
size_t flama_gemm_packed_b_f64(size_t lanes, size_t k);
void flama_gemm_pack_a_f32(const flama_factor_f32 *a, size_t m, size_t k, float *out);
void flama_gemm_pack_b_f32(const flama_factor_f32 *b, size_t k, size_t n, float *out);
void flama_gemm_pack_a_f64(const flama_factor_f64 *a, size_t m, size_t k, double *out);
void flama_gemm_pack_b_f64(const flama_factor_f64 *b, size_t k, size_t n, double *out);

/* Multiplies the rows of a packed factor a by numbers of their own. */
void flama_gemm_scale_a_f32(const float *scale, size_t m, size_t k, float *packed);

/* The same product in three plain loops: what the tests hold the others to. Factors
 * must be matrices. */
void flama_gemm_plain_f32(const flama_gemm_f32 *product);
void flama_gemm_plain_f64(const flama_gemm_f64 *product);

/* The sum of a[i] * b[i]. */
float flama_dot_f32(const float *a, const float *b, size_t n);
double flama_dot_f64(const double *a, const double *b, size_t n);

#endif
