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

/* A vector of the end of a tile: adds the biases and what was there, clamps. */
static inline __attribute__((always_inline)) void
TYPED(finish)(V sum, T *c, size_t row, size_t column, const TYPED(flama_tile_end) * end)
{
    if (end->accumulate)
        sum += TYPED(load)(c);
    if (end->row_bias)
        sum += end->row_bias[row];
    if (end->column_bias)
        sum += TYPED(load)(end->column_bias + column);
    if (end->clamp) {
        V low = end->low - (V){0}, high = end->high - (V){0};
        sum = TYPED(choose)(sum < low, low, sum);
        sum = TYPED(choose)(sum > high, high, sum);
    }
    TYPED(store)(c, sum);
}

/* Tiles of few rows keep several sums an element, since one addition must wait for the
 * one before. All loops but that over p are unrolled. */
static inline __attribute__((always_inline)) void
TYPED(tile)(size_t rows, size_t vectors, size_t phases, size_t k, const T *a,
            const T *b, T *c, size_t stride, const TYPED(flama_tile_end) * end)
{
    V sums[FLAMA_TILE_ROWS][2] = {0};
    size_t p = 0;
    for (; p + phases <= k; p += phases)
#pragma GCC unroll 4
        for (size_t q = 0; q < phases; q++, a += rows, b += 2 * LANES) {
            V b0 = TYPED(load)(b), b1 = TYPED(load)(b + LANES);
#pragma GCC unroll 12
            for (size_t r = 0; r < rows; r++) {
                sums[q * rows + r][0] += a[r] * b0;
                if (vectors > 1)
                    sums[q * rows + r][1] += a[r] * b1;
            }
        }
    for (; p < k; p++, a += rows, b += 2 * LANES)
#pragma GCC unroll 12
        for (size_t r = 0; r < rows; r++) {
            sums[r][0] += a[r] * TYPED(load)(b);
            if (vectors > 1)
                sums[r][1] += a[r] * TYPED(load)(b + LANES);
        }
#pragma GCC unroll 12
    for (size_t r = 0; r < rows; r++)
#pragma GCC unroll 2
        for (size_t v = 0; v < vectors; v++) {
#pragma GCC unroll 4
            for (size_t q = 1; q < phases; q++)
                sums[r][v] += sums[q * rows + r][v];
            TYPED(finish)(sums[r][v], c + r * stride + v * LANES, r, v * LANES, end);
        }
}

#define TILE(rows, vectors, phases)                                                    \
    static void TYPED(tile_##rows##_##vectors)(size_t k, const T *a, const T *b, T *c, \
                                               size_t stride,                          \
                                               const TYPED(flama_tile_end) * end)      \
    {                                                                                  \
        TYPED(tile)(rows, vectors, phases, k, a, b, c, stride, end);                   \
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
    for (size_t i = 0; i < k && j < n; i++)
        for (size_t l = j; l < n; l++)
            c[l] += a[i] * b[i * stride + l];
}

#undef V
#undef LANES
