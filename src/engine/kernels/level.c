/* Compiled once for each level of the CPU: FLAMA_LEVEL names it, FLAMA_VECTOR is the
 * bytes of a vector, FLAMA_ROWS the rows of a tile, so that its sums, two vectors of b
 * and one of a fill the registers. */
#include "engine/kernels/kernels.h"

#include <string.h>

#include "engine/kernels/vector_math.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

#define T float
#define TYPED(name) name##_f32
#include "engine/kernels/tile.h"
#undef T
#undef TYPED

#define T double
#define TYPED(name) name##_f64
#include "engine/kernels/tile.h"
#undef T
#undef TYPED

/* `count` (4 or 1) neighbours from a.data on, channels c.. of a vector. */
static inline __attribute__((always_inline)) void
depthwise_some(const flama_tile_rows_f32 *a, size_t count, size_t c, const float *x,
               const float *w, float *to, const flama_tile_end_f32 *end)
{
    vector_f32 sums[4] = {0};
    for (size_t t = 0; t < a->run_count; t++) {
        vector_f32 weight = load_f32(w + t * a->depth + c);
#pragma GCC unroll 4
        for (size_t i = 0; i < count; i++)
            sums[i] += load_f32(x + i * a->row + a->runs[t] + c) * weight;
    }
#pragma GCC unroll 4
    for (size_t i = 0; i < count; i++) {
        if (end->column_scale)
            sums[i] *= load_f32(end->column_scale + c);
        if (end->column_bias)
            sums[i] += load_f32(end->column_bias + c);
        if (end->clamp)
            sums[i] = clamp_f32(sums[i], end->low - (vector_f32){0},
                                end->high - (vector_f32){0});
        store_f32(to + i * a->depth + c, sums[i]);
    }
}

/* Fewer channels than a vector has. */
static void depthwise_few(const flama_tile_rows_f32 *a, size_t count, const float *w,
                          float *to, const flama_tile_end_f32 *end)
{
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < a->depth; c++) {
            const float *x = a->data + i * a->row + c;
            float sum = 0;
            for (size_t t = 0; t < a->run_count; t++)
                sum += x[a->runs[t]] * w[t * a->depth + c];
            sum *= end->column_scale ? end->column_scale[c] : 1;
            sum += end->column_bias ? end->column_bias[c] : 0;
            sum = end->clamp && sum < end->low ? end->low : sum;
            to[i * a->depth + c] = end->clamp && sum > end->high ? end->high : sum;
        }
}

/* The last vectors of channels, and the last windows, overlap those before. */
static void depthwise(const flama_tile_rows_f32 *a, size_t count, const float *w,
                      float *to, const flama_tile_end_f32 *end)
{
    enum { LANES = FLAMA_VECTOR / sizeof(float) };
    size_t channels = a->depth, most = count < 4 ? 1 : 4;
    if (channels < LANES) {
        depthwise_few(a, count, w, to, end);
        return;
    }
    for (size_t i = 0; i < count; i += most) {
        size_t first = i + most > count ? count - most : i;
        const float *x = a->data + first * a->row;
        for (size_t c = 0; c < channels; c += LANES) {
            size_t from = c + LANES > channels ? channels - LANES : c;
            if (most == 4)
                depthwise_some(a, 4, from, x, w, to + first * channels, end);
            else
                depthwise_some(a, 1, from, x, w, to + first * channels, end);
        }
    }
}

/* A loop over one function of vector_math.h; the compiler makes vectors of it. */
#define MAP(name, expression)                                                    \
    static void map_##name(const float *x, float *y, size_t n, float p, float q) \
    {                                                                            \
        (void)p, (void)q;                                                        \
        for (size_t i = 0; i < n; i++) {                                         \
            float v = x[i];                                                      \
            y[i] = (expression);                                                 \
        }                                                                        \
    }

MAP(exp, vm_exp(v))
MAP(sigmoid, vm_sigmoid(v))
MAP(tanh, vm_tanh(v))
MAP(erf, vm_erf(v))
MAP(gelu, 0.5f * v * (1 + vm_erf(v * 0.70710678f)))
MAP(gelu_tanh, 0.5f * v * (1 + vm_tanh(0.79788456f * (v + 0.044715f * v * v * v))))
MAP(silu, v *vm_sigmoid(v))
MAP(elu, v > 0 ? q * v : p * vm_expm1(v))

static float exp_sum(float *x, size_t n, float max)
{
    enum { LANES = FLAMA_VECTOR / sizeof(float) };
    float part[LANES] = {0}, sum = 0;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t l = 0; l < LANES; l++)
            part[l] += x[i + l] = vm_exp(x[i + l] - max);
    for (; i < n; i++)
        sum += x[i] = vm_exp(x[i] - max);
    for (size_t l = 0; l < LANES; l++)
        sum += part[l];
    return sum;
}

static void exp_f64(double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = vm_exp_f64(x[i]);
}

static void sigmoid_f64(double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = 1 / (1 + vm_exp_f64(-x[i]));
}

static void tanh_f64(double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = vm_tanh_f64(x[i]);
}

static void digamma_f64(double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = vm_digamma_f64(x[i]);
}

/* A loop over a function of most numbers v, and over the C library's for the parts that
 * have others. */
#define MAP_MOST(name, is_usual, fast, slow)                 \
    static void name##_part(double *x, size_t n)             \
    {                                                        \
        bool usual = true;                                   \
        for (size_t i = 0; i < n; i++) {                     \
            double v = x[i];                                 \
            usual &= is_usual;                               \
        }                                                    \
        for (size_t i = 0; usual && i < n; i++) {            \
            double v = x[i];                                 \
            x[i] = fast;                                     \
        }                                                    \
        for (size_t i = 0; !usual && i < n; i++)             \
            x[i] = slow(x[i]);                               \
    }                                                        \
    static void name(double *x, size_t n)                    \
    {                                                        \
        enum { PART = 64 };                                  \
        for (size_t i = 0; i < n; i += PART)                 \
            name##_part(x + i, n - i < PART ? n - i : PART); \
    }

MAP_MOST(cos_f64, fabs(v) <= 0x1p20, vm_wave_f64(v, 0), cos)
MAP_MOST(sin_f64, fabs(v) <= 0x1p20, vm_wave_f64(v, 3), sin)
MAP_MOST(log_f64, v >= DBL_MIN && v <= DBL_MAX, vm_log_f64(v), log)

/* Squared distances of x to the points of one panel. */
static inline __attribute__((always_inline)) void
near_panel(const double *x, const double *panel, size_t n, double *out)
{
    enum { LANES = FLAMA_VECTOR / sizeof(double), POINTS = FLAMA_NEAR_POINTS };
    for (size_t k = 0; k < POINTS; k += 4 * LANES) {
        vector_f64 sums[4] = {0};
        for (size_t j = 0; j < n; j++)
#pragma GCC unroll 4
            for (size_t v = 0; v < 4; v++) {
                vector_f64 d = x[j] - load_f64(panel + j * POINTS + k + v * LANES);
                sums[v] += d * d;
            }
#pragma GCC unroll 4
        for (size_t v = 0; v < 4; v++)
            store_f64(out + k + v * LANES, sums[v]);
    }
}

static double near_f64(const double *x, const double *panel, size_t n, double *out)
{
    enum { LANES = FLAMA_VECTOR / sizeof(double) };
    near_panel(x, panel, n, out);
    vector_f64 lanes = load_f64(out);
    for (size_t k = LANES; k < FLAMA_NEAR_POINTS; k += LANES) {
        vector_f64 more = load_f64(out + k);
        lanes = choose_f64(more < lanes, more, lanes);
    }
    double least = lanes[0];
    for (size_t l = 1; l < LANES; l++)
        least = lanes[l] < least ? lanes[l] : least;
    return least;
}

static double near_all_f64(const double *x, const double *panels, size_t count,
                           size_t n, size_t k, double *out)
{
    enum { POINTS = FLAMA_NEAR_POINTS };
    double least[POINTS], limit = INFINITY;
    int64_t within[POINTS] = {0};
    for (size_t l = 0; l < POINTS; l++)
        least[l] = INFINITY;
    for (size_t i = 0; i < count; i++, panels += POINTS * n, out += POINTS) {
        near_panel(x, panels, n, out);
        for (size_t l = 0; l < POINTS; l++)
            least[l] = out[l] < least[l] ? out[l] : least[l];
    }
    for (size_t o = 0; o < POINTS; o++)
        for (size_t l = 0; l < POINTS; l++)
            within[l] += least[o] <= least[l];
    for (size_t l = 0; l < POINTS; l++)
        if ((size_t)within[l] >= k && least[l] < limit)
            limit = least[l];
    return limit;
}

static size_t near_within_f64(const double *distances, size_t count, double limit,
                              size_t *places, double *beyond)
{
    enum { POINTS = FLAMA_NEAR_POINTS };
    double least[POINTS];
    size_t n = 0;
    for (size_t l = 0; l < POINTS; l++)
        least[l] = INFINITY;
    for (size_t i = 0; i < count; i += POINTS)
        for (size_t l = 0; l < POINTS; l++) {
            double d = distances[i + l] <= limit ? INFINITY : distances[i + l];
            least[l] = d < least[l] ? d : least[l];
        }
    *beyond = least[0];
    for (size_t l = 1; l < POINTS; l++)
        *beyond = least[l] < *beyond ? least[l] : *beyond;
    for (size_t i = 0; i < count; i++) {
        places[n] = i; /* counted if it is within: no branch to foretell */
        n += distances[i] <= limit;
    }
    return n;
}

static void near_ends_f64(const double *x, const double *panels, size_t count, size_t n,
                          const flama_near_end *end, double *out)
{
    enum { POINTS = FLAMA_NEAR_POINTS };
    double p = end->p, a = end->a, b = end->b;
    for (size_t i = 0; i < count; i++, panels += POINTS * n, out += POINTS) {
        near_panel(x, panels, n, out);
        if (end->rooted)
            for (size_t k = 0; k < POINTS; k++) {
                double t = p * sqrt(out[k]);
                out[k] = (1 + (a + b * t) * t) * vm_exp_normal_f64(-t);
            }
        else
            for (size_t k = 0; k < POINTS; k++)
                out[k] = vm_exp_normal_f64(-p * out[k]);
    }
}

extern const flama_kernels JOIN(flama_kernels__, FLAMA_LEVEL);

#define TEXT_(name) #name
#define TEXT(name) TEXT_(name)

const flama_kernels JOIN(flama_kernels__, FLAMA_LEVEL) = {
    .name = TEXT(FLAMA_LEVEL),
    .rows = FLAMA_ROWS,
    .columns_f32 = 2 * FLAMA_VECTOR / sizeof(float),
    .columns_f64 = 2 * FLAMA_VECTOR / sizeof(double),
    .tile_f32 = TILE_TABLE(f32),
    .tile_f64 = TILE_TABLE(f64),
    .dot_f32 = dot_f32,
    .dot_f64 = dot_f64,
    .combine_f32 = combine_f32,
    .combine_f64 = combine_f64,
    .depthwise_f32 = depthwise,
    .map_f32 = {[FLAMA_FAST_EXP] = map_exp,
                [FLAMA_FAST_SIGMOID] = map_sigmoid,
                [FLAMA_FAST_TANH] = map_tanh,
                [FLAMA_FAST_ERF] = map_erf,
                [FLAMA_FAST_GELU] = map_gelu,
                [FLAMA_FAST_GELU_TANH] = map_gelu_tanh,
                [FLAMA_FAST_SILU] = map_silu,
                [FLAMA_FAST_ELU] = map_elu},
    .exp_f64 = exp_f64,
    .sigmoid_f64 = sigmoid_f64,
    .tanh_f64 = tanh_f64,
    .cos_f64 = cos_f64,
    .sin_f64 = sin_f64,
    .log_f64 = log_f64,
    .digamma_f64 = digamma_f64,
    .near_f64 = near_f64,
    .near_all_f64 = near_all_f64,
    .near_within_f64 = near_within_f64,
    .near_ends_f64 = near_ends_f64,
    .exp_sum_f32 = exp_sum};
