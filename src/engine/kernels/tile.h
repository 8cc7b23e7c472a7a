/* The inner loops of matrix products, for one type: level.c includes this for float and
 * for double, with T and TYPED(name) defined. No guard. */

typedef T TYPED(vector) __attribute__((vector_size(FLAMA_VECTOR)));
/* The same in memory that is aligned as T is. */
typedef T TYPED(loose)
    __attribute__((vector_size(FLAMA_VECTOR), aligned(sizeof(T)), may_alias));

typedef __typeof__((TYPED(vector)){0} < (TYPED(vector)){0}) TYPED(mask);

#define V TYPED(vector)
#define LANES (FLAMA_VECTOR / sizeof(T))

static inline __attribute__((always_inline)) V TYPED(load)(const T *from)
{
    return *(const TYPED(loose) *)from;
}

static inline __attribute__((always_inline)) void TYPED(store)(T *to, V v)
{
    *(TYPED(loose) *)to = v;
}

/* yes where the mask is set, no elsewhere. */
static inline __attribute__((always_inline)) V TYPED(choose)(TYPED(mask) mask, V yes,
                                                             V no)
{
    return (V)((mask & (TYPED(mask))yes) | (~mask & (TYPED(mask))no));
}

static inline __attribute__((always_inline)) V TYPED(clamp)(V sum, V low, V high)
{
    sum = TYPED(choose)(sum < low, low, sum);
    return TYPED(choose)(sum > high, high, sum);
}

/* Copies n numbers, fewer than twice the lanes of the widest vector: in halves, as n's
 * bits say. */
static inline __attribute__((always_inline)) void TYPED(copy_some)(T *to, const T *from,
                                                                   size_t n)
{
#pragma GCC unroll 5
    for (size_t half = 16; half; half /= 2)
        if (half < 2 * LANES && (n & half)) {
            memcpy(to, from, half * sizeof *to);
            to += half;
            from += half;
        }
}

/* The end of a tile whose columns are no whole vectors. Its sums stand aside, rows of
 * two vectors: biases and what was there are fetched and results put by parts. */
static __attribute__((noinline)) void
TYPED(finish_some)(T *sums, size_t rows, T *c, size_t stride, size_t columns,
                   const TYPED(flama_tile_end) * end)
{
    T scale[2 * LANES] = {0}, bias[2 * LANES] = {0};
    if (end->column_scale)
        TYPED(copy_some)(scale, end->column_scale, columns);
    if (end->column_bias)
        TYPED(copy_some)(bias, end->column_bias, columns);
    for (size_t r = 0; r < rows; r++, sums += 2 * LANES, c += stride) {
        T there[2 * LANES] = {0};
        if (end->accumulate)
            TYPED(copy_some)(there, c, columns);
        for (size_t v = 0; v < 2 * LANES && v < columns; v += LANES) {
            V sum = TYPED(load)(sums + v);
            if (end->accumulate)
                sum += TYPED(load)(there + v);
            if (end->row_bias)
                sum += end->row_bias[r];
            if (end->column_scale)
                sum *= TYPED(load)(scale + v);
            if (end->column_bias)
                sum += TYPED(load)(bias + v);
            if (end->clamp)
                sum = TYPED(clamp)(sum, end->low - (V){0}, end->high - (V){0});
            TYPED(store)(sums + v, sum);
        }
        TYPED(copy_some)(c, sums, columns);
    }
}

#define EACH_ROW _Pragma("GCC unroll 12") for (size_t r = 0; r < rows; r++)

/* A vector of columns of the end of a tile. */
static inline __attribute__((always_inline)) void
TYPED(finish)(V sums[][2], size_t v, size_t rows, T *c, size_t stride,
              const TYPED(flama_tile_end) * end)
{
    c += v * LANES;
    if (end->accumulate)
        EACH_ROW sums[r][v] += TYPED(load)(c + r * stride);
    if (end->row_bias)
        EACH_ROW sums[r][v] += end->row_bias[r];
    if (end->column_scale) {
        V scale = TYPED(load)(end->column_scale + v * LANES);
        EACH_ROW sums[r][v] *= scale;
    }
    if (end->column_bias) {
        V bias = TYPED(load)(end->column_bias + v * LANES);
        EACH_ROW sums[r][v] += bias;
    }
    if (end->clamp) {
        V low = end->low - (V){0}, high = end->high - (V){0};
        EACH_ROW sums[r][v] = TYPED(clamp)(sums[r][v], low, high);
    }
    EACH_ROW TYPED(store)(c + r * stride, sums[r][v]);
}

/* Tiles of few rows keep several sums an element, since one addition must wait for the
 * one before. All loops but those over runs and their steps are unrolled. Three rows
 * share a pointer, so that those of all rows fit the registers. */
static inline __attribute__((always_inline)) void
TYPED(tile)(size_t rows, size_t vectors, size_t phases,
            const TYPED(flama_tile_rows) * a, const T *b, T *c, size_t stride,
            size_t columns, const TYPED(flama_tile_end) * end)
{
    V sums[FLAMA_TILE_ROWS][2] = {0};
    size_t row = a->row, step = a->step, depth = a->depth;
    for (size_t t = 0; t < a->run_count; t++) {
        const T *at[FLAMA_TILE_ROWS / 3];
#pragma GCC unroll 4
        for (size_t g = 0; g < (rows + 2) / 3; g++)
            at[g] = a->data + a->runs[t] + 3 * g * row;
        size_t p = 0;
        for (; p + phases <= depth; p += phases)
#pragma GCC unroll 4
            for (size_t q = 0; q < phases; q++, b += 2 * LANES) {
                V b0 = TYPED(load)(b), b1 = vectors > 1 ? TYPED(load)(b + LANES) : b0;
                EACH_ROW
                {
                    T x = at[r / 3][r % 3 * row];
                    sums[q * rows + r][0] += x * b0;
                    if (vectors > 1)
                        sums[q * rows + r][1] += x * b1;
                }
#pragma GCC unroll 4
                for (size_t g = 0; g < (rows + 2) / 3; g++)
                    at[g] += step;
            }
        for (; phases > 1 && p < depth; p++, b += 2 * LANES) {
            V b0 = TYPED(load)(b), b1 = vectors > 1 ? TYPED(load)(b + LANES) : b0;
            EACH_ROW
            {
                T x = at[r / 3][r % 3 * row];
                sums[r][0] += x * b0;
                if (vectors > 1)
                    sums[r][1] += x * b1;
            }
            at[0] += step; /* such tiles have one pointer */
        }
    }
#pragma GCC unroll 4
    for (size_t q = 1; q < phases; q++)
#pragma GCC unroll 2
        for (size_t v = 0; v < vectors; v++)
            EACH_ROW sums[r][v] += sums[q * rows + r][v];
    if (columns == vectors * LANES) {
#pragma GCC unroll 2
        for (size_t v = 0; v < vectors; v++)
            TYPED(finish)(sums, v, rows, c, stride, end);
        return;
    }
    T aside[FLAMA_TILE_ROWS * 2 * LANES];
#pragma GCC unroll 2
    for (size_t v = 0; v < vectors; v++)
        EACH_ROW TYPED(store)(aside + (r * 2 + v) * LANES, sums[r][v]);
    TYPED(finish_some)(aside, rows, c, stride, columns, end);
}

#define TILE(rows, vectors, phases)                                        \
    static void TYPED(tile_##rows##_##vectors)(                            \
        const TYPED(flama_tile_rows) * a, const T *b, T *c, size_t stride, \
        size_t columns, const TYPED(flama_tile_end) * end)                 \
    {                                                                      \
        TYPED(tile)(rows, vectors, phases, a, b, c, stride, columns, end); \
    }
#define TILES(rows, phases) \
    TILE(rows, 1, phases)   \
    TILE(rows, 2, phases)

TILES(1, 4)
TILES(2, 2)
TILES(3, 1)
TILES(4, 1)
#if FLAMA_ROWS > 4
TILES(5, 1)
TILES(6, 1)
#endif
#if FLAMA_ROWS > 6
TILES(7, 1)
TILES(8, 1)
TILES(9, 1)
TILES(10, 1)
TILES(11, 1)
TILES(12, 1)
#endif

#ifndef TILE_TABLE
#define TILE_ROW(rows, type)                           \
    {                                                  \
        tile_##rows##_1_##type, tile_##rows##_2_##type \
    }
#if FLAMA_ROWS > 6
#define TILE_TABLE(type)                                                            \
    {                                                                               \
        TILE_ROW(1, type), TILE_ROW(2, type), TILE_ROW(3, type), TILE_ROW(4, type), \
            TILE_ROW(5, type), TILE_ROW(6, type), TILE_ROW(7, type),                \
            TILE_ROW(8, type), TILE_ROW(9, type), TILE_ROW(10, type),               \
            TILE_ROW(11, type), TILE_ROW(12, type)                                  \
    }
#elif FLAMA_ROWS > 4
#define TILE_TABLE(type)                                                            \
    {                                                                               \
        TILE_ROW(1, type), TILE_ROW(2, type), TILE_ROW(3, type), TILE_ROW(4, type), \
            TILE_ROW(5, type), TILE_ROW(6, type)                                    \
    }
#else
#define TILE_TABLE(type)                                                           \
    {                                                                              \
        TILE_ROW(1, type), TILE_ROW(2, type), TILE_ROW(3, type), TILE_ROW(4, type) \
    }
#endif
#endif

static T TYPED(dot)(const T *a, const T *b, size_t n)
{
    V s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
    size_t i = 0;
    for (; i + 4 * LANES <= n; i += 4 * LANES) {
        s0 += TYPED(load)(a + i) * TYPED(load)(b + i);
        s1 += TYPED(load)(a + i + LANES) * TYPED(load)(b + i + LANES);
        s2 += TYPED(load)(a + i + 2 * LANES) * TYPED(load)(b + i + 2 * LANES);
        s3 += TYPED(load)(a + i + 3 * LANES) * TYPED(load)(b + i + 3 * LANES);
    }
    for (; i + LANES <= n; i += LANES)
        s0 += TYPED(load)(a + i) * TYPED(load)(b + i);
    V sums = (s0 + s1) + (s2 + s3);
    T sum = 0;
    for (size_t l = 0; l < LANES; l++)
        sum += sums[l];
    for (; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Up to a vector of columns: rows of b are read a vector wide as long as that does not
 * read beyond the last one. */
static void TYPED(combine_some)(const T *a, const T *b, size_t k, size_t n,
                                size_t columns, size_t stride, T *c)
{
    size_t size = k ? (k - 1) * stride + n : 0, whole = k, i = 0;
    if (columns < LANES)
        whole = size < LANES || stride == 0 ? 0 : (size - LANES) / stride + 1;
    V sums[4] = {0};
    for (; i + 4 <= whole; i += 4)
#pragma GCC unroll 4
        for (size_t q = 0; q < 4; q++)
            sums[q] += a[i + q] * TYPED(load)(b + (i + q) * stride);
    for (; i < whole; i++)
        sums[0] += a[i] * TYPED(load)(b + i * stride);
    sums[0] = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    if (columns == LANES) {
        TYPED(store)(c, TYPED(load)(c) + sums[0]);
        return;
    }
    T part[LANES];
    TYPED(store)(part, sums[0]);
    for (; i < k; i++)
        for (size_t l = 0; l < columns; l++)
            part[l] += a[i] * b[i * stride + l];
    for (size_t l = 0; l < columns; l++)
        c[l] += part[l];
}

static void TYPED(combine)(const T *a, const T *b, size_t k, size_t n, size_t stride,
                           T *c)
{
    size_t j = 0;
    for (; j + 4 * LANES <= n; j += 4 * LANES) {
        V s0 = TYPED(load)(c + j), s1 = TYPED(load)(c + j + LANES),
          s2 = TYPED(load)(c + j + 2 * LANES), s3 = TYPED(load)(c + j + 3 * LANES);
        for (size_t i = 0; i < k; i++) {
            const T *from = b + i * stride + j;
            s0 += a[i] * TYPED(load)(from);
            s1 += a[i] * TYPED(load)(from + LANES);
            s2 += a[i] * TYPED(load)(from + 2 * LANES);
            s3 += a[i] * TYPED(load)(from + 3 * LANES);
        }
        TYPED(store)(c + j, s0);
        TYPED(store)(c + j + LANES, s1);
        TYPED(store)(c + j + 2 * LANES, s2);
        TYPED(store)(c + j + 3 * LANES, s3);
    }
    for (; j < n; j += LANES)
        TYPED(combine_some)
    (a, b + j, k, n - j, n - j < LANES ? n - j : LANES, stride, c + j);
}

#undef EACH_ROW
#undef V
#undef LANES
