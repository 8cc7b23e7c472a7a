/* Special functions of one tensor. All are computed in double, whatever the type. */
#include <math.h>

#include "engine/torch/elements.h"
#include "engine/torch/ops.h"
#include "engine/torch/unary.h"

static const double pi = 3.14159265358979323846;

/* For arguments below 10 by recurrence, beyond by the asymptotic series (Abramowitz and
 * Stegun, 6.3.5 and 6.3.18); by reflection (6.3.7) where they are negative. */
static double digamma_of(double x)
{
    double shift = 0;
    if (x == 0)
        return copysign(INFINITY, -x);
    if (x < 0) {
        double whole, fraction = modf(x, &whole);
        if (fraction == 0)
            return NAN;
        return digamma_of(1 - x) - pi / tan(pi * fraction);
    }
    for (; x < 10; x++)
        shift -= 1 / x;
    double y = 1 / (x * x);
    double series =
        y *
        (1.0 / 12 -
         y * (1.0 / 120 -
              y * (1.0 / 252 -
                   y * (1.0 / 240 - y * (1.0 / 132 - y * (691.0 / 32760 - y / 12))))));
    return shift + log(x) - 0.5 / x - series;
}

/* The inverse of the error function: a first guess (Giles, Approximating the erfinv
 * function, 2010, central and tail forms cut short), then Newton's steps with Halley's
 * correction. */
static double erfinv_of(double y)
{
    if (!(fabs(y) < 1))
        return fabs(y) == 1 ? copysign(INFINITY, y) : NAN;
    double l = log1p(-y * y), a = 2 / (pi * 0.147) + l / 2;
    double x = copysign(sqrt(sqrt(a * a - l / 0.147) - a), y);
    for (int i = 0; i < 3 && y != 0; i++) {
        double error = fabs(y) < 0.5 ? erf(x) - y
                                     : copysign(1, y) * ((1 - fabs(y)) - erfc(fabs(x)));
        double step = error / (2 / sqrt(pi) * exp(-x * x));
        x -= step / (1 + x * step);
    }
    return x;
}

/* Modified Bessel functions of the first kind times exp(-|x|): their series, and for
 * large arguments the asymptotic one (Abramowitz and Stegun, 9.6.10 and 9.7.1). */
static double bessel_scaled(double x, int order)
{
    double z = fabs(x), sum = 1, term = 1;
    if (isnan(x))
        return x;
    if (isinf(x))
        return 0;
    if (z < 30) {
        for (int k = 1; k < 200 && term > sum * 1e-18; k++) {
            term *= z * z / 4 / ((double)k * (double)(k + order));
            sum += term;
        }
        sum *= order ? z / 2 : 1;
        sum *= exp(-z);
    } else {
        for (int k = 1; k < 30; k++) {
            double odd = 2.0 * k - 1;
            term *= -(4.0 * order * order - odd * odd) / (8 * z * k);
            sum += term;
        }
        sum /= sqrt(2 * pi * z);
    }
    return order && x < 0 ? -sum : sum;
}

static double log_normal_cdf(double x)
{
    if (x > -5)
        return log(0.5 * erfc(-x / sqrt(2)));
    /* the continued fraction of the tail */
    double fraction = 0;
    for (int k = 60; k > 0; k--)
        fraction = k / (-x + fraction);
    return -x * x / 2 - log(sqrt(2 * pi) * (-x + fraction));
}

/* exp(x^2) erfc(x), for large x by the first terms of the asymptotic series. */
static double erfcx_of(double x)
{
    double y = 1 / (2 * x * x);
    if (x < 25)
        return exp(x * x) * erfc(x);
    return (1 - y * (1 - 3 * y * (1 - 5 * y))) / (x * sqrt(pi));
}

static double value_of(int function, double x)
{
    switch (function) {
    case FLAMA_PT_LGAMMA:
        return isinf(x) ? INFINITY : lgamma_r(x, &(int){0});
    case FLAMA_PT_DIGAMMA:
        return digamma_of(x);
    case FLAMA_PT_ERFINV:
        return erfinv_of(x);
    case FLAMA_PT_I0:
        return isinf(x) ? INFINITY : bessel_scaled(x, 0) * exp(fabs(x));
    case FLAMA_PT_I0E:
        return bessel_scaled(x, 0);
    case FLAMA_PT_I1:
        return isinf(x) ? x : bessel_scaled(x, 1) * exp(fabs(x));
    case FLAMA_PT_I1E:
        return bessel_scaled(x, 1);
    case FLAMA_PT_SINC:
        return x == 0 ? 1 : sin(pi * x) / (pi * x);
    case FLAMA_PT_NDTR:
        return 0.5 * erfc(-x / sqrt(2));
    case FLAMA_PT_NDTRI:
        return sqrt(2) * erfinv_of(2 * x - 1);
    case FLAMA_PT_LOG_NDTR:
        return log_normal_cdf(x);
    case FLAMA_PT_ENTROPY:
        return x > 0 ? -x * log(x) : x == 0 ? 0 : isnan(x) ? x : -INFINITY;
    case FLAMA_PT_ERFCX:
        return erfcx_of(x);
    case FLAMA_PT_TO_RADIANS:
        return x * (pi / 180);
    default:
        return x * (180 / pi);
    }
}

static void special_f64(const void *ctx, void *out, const void *const *in, size_t n)
{
    const double *x = in[0];
    double *y = out;
    for (size_t i = 0; i < n; i++)
        y[i] = value_of(*(const int *)ctx, x[i]);
}

/* "self": the variant is the function. */
int flama_pt_op_special(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    flama_pt_dtype dtype = flama_pt_is_float(in->dtype) ? in->dtype : FLAMA_PT_F32;
    bool into = flama_pt_in_place(op);
    flama_pt_tensor *out =
        into ? flama_pt_into(op, 0, 0)
             : flama_pt_new_over(op, 0, dtype, in->rank, in->sizes, in);
    if (op->code == 0 && out->dtype != dtype)
        return flama_pt_bad(op, "the result can't be written into integers");
    flama_pt_spend(op, 100.0 * (double)in->count);
    flama_pt_elements e = {.count = 1,
                           .in = {in},
                           .work = FLAMA_PT_WORK_F64,
                           .loop = special_f64,
                           .ctx = &op->node->operator->variant,
                           .ctx_size = sizeof(int)};
    return flama_pt_apply(op, &e, out);
}
