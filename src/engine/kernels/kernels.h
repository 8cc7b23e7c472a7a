/* The loops that are compiled once for each level of the CPU, and the choice between
 * them.
 *
 * level.c holds them; the build compiles it for each level it knows of. The best one
 * that the CPU runs is chosen at first use; tests choose each in turn. */
#ifndef FLAMA_KERNELS_KERNELS_H
#define FLAMA_KERNELS_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

/* Rows of the widest tile of any level, and the points of a panel of near_f64. */
enum { FLAMA_TILE_ROWS = 12, FLAMA_NEAR_POINTS = 32 };

/* What becomes of a tile's sums: see gemm.h. Biases and scale are NULL, or of this
 * tile's rows and columns. */
typedef struct flama_tile_end_f32 {
    bool accumulate, clamp;
    const float *row_bias, *column_scale, *column_bias;
    float low, high;
} flama_tile_end_f32;

typedef struct flama_tile_end_f64 {
    bool accumulate, clamp;
    const double *row_bias, *column_scale, *column_bias;
    double low, high;
} flama_tile_end_f64;

/* Where a tile reads a. Its k steps are runs of `depth` steps: element p of row r of
 * run t is data[runs[t] + r * row + p * step]. */
typedef struct flama_tile_rows_f32 {
    const float *data;
    size_t row, step;
    const size_t *runs;
    size_t run_count, depth;
} flama_tile_rows_f32;

typedef struct flama_tile_rows_f64 {
    const double *data;
    size_t row, step;
    const size_t *runs;
    size_t run_count, depth;
} flama_tile_rows_f64;

/* c (as many rows as the tile has, `stride` apart, and `columns`) from the rows of a
 * and a panel of b, the level's `columns` wide, also where fewer of them are used. */
typedef void flama_tile_f32(const flama_tile_rows_f32 *a, const float *b, float *c,
                            size_t stride, size_t columns,
                            const flama_tile_end_f32 *end);
typedef void flama_tile_f64(const flama_tile_rows_f64 *a, const double *b, double *c,
                            size_t stride, size_t columns,
                            const flama_tile_end_f64 *end);

/* y[i] = f(x[i], p, q) for i < n; x == y is fine. */
typedef void flama_map_f32(const float *x, float *y, size_t n, float p, float q);

/* What becomes of squared distances d: exp(-p d), or with t = p sqrt(d) and `rooted`
 * (1 + a t + b t^2) exp(-t). */
typedef struct flama_near_end {
    bool rooted;
    double p, a, b;
} flama_near_end;

/* The functions that have a loop for each level: see map.h. */
enum {
    FLAMA_FAST_EXP,
    FLAMA_FAST_SIGMOID,
    FLAMA_FAST_TANH,
    FLAMA_FAST_ERF,
    FLAMA_FAST_GELU,
    FLAMA_FAST_GELU_TANH,
    FLAMA_FAST_SILU,
    FLAMA_FAST_ELU,
    FLAMA_FAST_COUNT
};

typedef struct flama_kernels {
    const char *name;
    size_t rows;        /* of a full tile */
    size_t columns_f32; /* two vectors */
    size_t columns_f64;
    flama_tile_f32 *tile_f32[FLAMA_TILE_ROWS][2]; /* [rows - 1][vectors - 1] */
    flama_tile_f64 *tile_f64[FLAMA_TILE_ROWS][2];
    float (*dot_f32)(const float *a, const float *b, size_t n);
    double (*dot_f64)(const double *a, const double *b, size_t n);
    /* c[j] += the sum over i of a[i] * b[i * stride + j] */
    void (*combine_f32)(const float *a, const float *b, size_t k, size_t n,
                        size_t stride, float *c);
    void (*combine_f64)(const double *a, const double *b, size_t k, size_t n,
                        size_t stride, double *c);
    /* Rows of c as wide as a's runs: the sums over the runs, element by element, of row
     * times w (runs x depth) */
    void (*depthwise_f32)(const flama_tile_rows_f32 *a, size_t rows, const float *w,
                          float *c, const flama_tile_end_f32 *end);
    flama_map_f32 *map_f32[FLAMA_FAST_COUNT];
    /* x = exp(x), within 2 units in the last place; x = 1 / (1 + exp(-x)), within 3;
     * x = tanh(x), within 4 */
    void (*exp_f64)(double *x, size_t n);
    void (*sigmoid_f64)(double *x, size_t n);
    void (*tanh_f64)(double *x, size_t n);
    /* The same of these, each within 2 units in the last place */
    void (*cos_f64)(double *x, size_t n);
    void (*sin_f64)(double *x, size_t n);
    void (*log_f64)(double *x, size_t n);
    /* x = the derivative of log gamma as scikit-learn has it, x > 0 */
    void (*digamma_f64)(double *x, size_t n);
    /* Squared distances of x to the points of a panel; returns the least. A panel holds
     * for each of the n features that of its points one after the other; alignment to
     * 64 is best. Each is off by n + 2 roundings at most. */
    double (*near_f64)(const double *x, const double *panel, size_t n, double *out);
    /* The same of `count` panels. Returns what k of the distances don't exceed
     * (INFINITY when k is over FLAMA_NEAR_POINTS): the k-th of the least ones that
     * stand in the same place of any panel, which tells a few more. */
    double (*near_all_f64)(const double *x, const double *panels, size_t count,
                           size_t n, size_t k, double *out);
    /* Where the distances, of whole panels, are within the limit, in order; how many.
     * *beyond is the least of the others. places has room for all. */
    size_t (*near_within_f64)(const double *distances, size_t count, double limit,
                              size_t *places, double *beyond);
    /* What becomes of those to the points of some panels; 0 of what is below 1e-307. */
    void (*near_ends_f64)(const double *x, const double *panels, size_t count, size_t n,
                          const flama_near_end *end, double *out);
    /* x = exp(x - max), and their sum */
    float (*exp_sum_f32)(float *x, size_t n, float max);
} flama_kernels;

/* The chosen level. */
const flama_kernels *flama_kernels_get(void);

/* The level at `index`, best first, of those that this CPU runs; NULL after the last.
 * flama_kernels_set chooses one for all that follows (packed factors of another level
 * are void); NULL goes back to the best. For tests, before threads. */
const flama_kernels *flama_kernels_at(size_t index);
void flama_kernels_set(const flama_kernels *level);

#endif
