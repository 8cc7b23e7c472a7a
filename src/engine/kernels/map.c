#include "engine/kernels/map.h"

#include <math.h>
#include <stdint.h>

#include "engine/kernels/kernels.h"

#define T float
#define TYPED(name) name##_f32
#define M(name) name##f
#include "engine/kernels/map_typed.h"
#undef T
#undef TYPED
#undef M

#define T double
#define TYPED(name) name##_f64
#define M(name) name
#include "engine/kernels/map_typed.h"
#undef T
#undef TYPED
#undef M

/* The functions that level.c has a loop for. */
static const int8_t fast[FLAMA_MAP_COUNT] = {
    [FLAMA_MAP_EXP] = 1 + FLAMA_FAST_EXP,
    [FLAMA_MAP_SIGMOID] = 1 + FLAMA_FAST_SIGMOID,
    [FLAMA_MAP_TANH] = 1 + FLAMA_FAST_TANH,
    [FLAMA_MAP_ERF] = 1 + FLAMA_FAST_ERF,
    [FLAMA_MAP_GELU] = 1 + FLAMA_FAST_GELU,
    [FLAMA_MAP_GELU_TANH] = 1 + FLAMA_FAST_GELU_TANH,
    [FLAMA_MAP_SILU] = 1 + FLAMA_FAST_SILU,
    [FLAMA_MAP_ELU] = 1 + FLAMA_FAST_ELU,
};

void flama_map_run_f32(flama_map_kind map, float p, float q, const float *x, float *y,
                       size_t n)
{
    if (fast[map])
        flama_kernels_get()->map_f32[fast[map] - 1](x, y, n, p, q);
    else
        run_f32(map, p, q, x, y, n);
}

void flama_map_run_f64(flama_map_kind map, double p, double q, const double *x,
                       double *y, size_t n)
{
    run_f64(map, p, q, x, y, n);
}

float flama_map_one_f32(flama_map_kind map, float p, float q, float x)
{
    float y;
    flama_map_run_f32(map, p, q, &x, &y, 1);
    return y;
}

double flama_map_one_f64(flama_map_kind map, double p, double q, double x)
{
    double y;
    flama_map_run_f64(map, p, q, &x, &y, 1);
    return y;
}

/* A row in place: the common case, by vectors. */
static void softmax_row(float *row, size_t n, bool logarithm)
{
    float max = row[0];
    for (size_t i = 1; i < n; i++)
        max = row[i] > max || isnan(row[i]) ? row[i] : max;
    if (logarithm) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += expf(row[i] - max);
        float shift = logf((float)sum);
        for (size_t i = 0; i < n; i++)
            row[i] = row[i] - max - shift;
    } else {
        float sum = flama_kernels_get()->exp_sum_f32(row, n, max), inverse = 1 / sum;
        for (size_t i = 0; i < n; i++)
            row[i] *= inverse;
    }
}

void flama_softmax_f32(float *data, size_t outer, size_t axis, size_t inner,
                       bool logarithm)
{
    if (axis == 0)
        return;
    if (inner == 1)
        for (size_t i = 0; i < outer; i++)
            softmax_row(data + i * axis, axis, logarithm);
    else
        softmax_f32(data, outer, axis, inner, logarithm);
}

void flama_softmax_f64(double *data, size_t outer, size_t axis, size_t inner,
                       bool logarithm)
{
    if (axis)
        softmax_f64(data, outer, axis, inner, logarithm);
}
