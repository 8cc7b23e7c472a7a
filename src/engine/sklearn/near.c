#include "engine/sklearn/near.h"

#include <math.h>
#include <string.h>

#include "engine/kernels/kernels.h"
#include "engine/sklearn/product.h"

bool flama_sk_near_new(flama_sk_loader *in, const double *rows, size_t count,
                       size_t features, flama_sk_near *out)
{
    size_t panels = (count + FLAMA_SK_PANEL - 1) / FLAMA_SK_PANEL;
    double *to = flama_sk_new(in, panels * features, FLAMA_SK_PANEL * sizeof *to);
    double *halves = flama_sk_new(in, panels, FLAMA_SK_PANEL * sizeof *halves);
    if (in->failed)
        return false;
    *out = (flama_sk_near){count, features, rows, to, halves, 0};
    for (size_t i = 0; i < count; i++) {
        const double *p = rows + i * features;
        double square = flama_sk_dot(p, p, features);
        double *panel = to + i / FLAMA_SK_PANEL * FLAMA_SK_PANEL * features;
        for (size_t j = 0; j < features; j++)
            panel[j * FLAMA_SK_PANEL + i % FLAMA_SK_PANEL] = p[j];
        halves[i] = -square / 2;
        out->largest = square > out->largest ? square : out->largest;
    }
    return true;
}

size_t flama_sk_near_some(const flama_sk_near *near, size_t from)
{
    return near->count - from < FLAMA_SK_NEAR ? near->count - from : FLAMA_SK_NEAR;
}

/* Sums of n products are off by n roundings of their sizes at most, and x p is not
 * larger than (|x|^2 + |p|^2) / 2. */
double flama_sk_near_squares(const flama_sk_near *near, const double *x, size_t from,
                             double *out)
{
    const flama_kernels *kernels = flama_kernels_get();
    size_t n = flama_sk_near_some(near, from), features = near->features;
    double square = flama_sk_dot(x, x, features);
    for (size_t i = 0; i < n; i += FLAMA_SK_PANEL) {
        memcpy(out + i, near->halves + from + i, FLAMA_SK_PANEL * sizeof *out);
        kernels->combine_f64(x, near->panels + (from + i) * features, features,
                             FLAMA_SK_PANEL, FLAMA_SK_PANEL, out + i);
        for (size_t k = i; k < i + FLAMA_SK_PANEL; k++)
            out[k] = square - 2 * out[k];
    }
    return 0x1p-50 * (double)(features + 4) * (square + near->largest);
}

double flama_sk_near_exact(const flama_sk_near *near, const double *x, size_t i)
{
    const double *p = near->rows + i * near->features;
    double sum = 0;
    for (size_t j = 0; j < near->features; j++)
        sum += (x[j] - p[j]) * (x[j] - p[j]);
    return sum;
}

static const double tolerated = 1e-11;

/* Products do not do for points far from zero, as against what lies between them; nor
 * for roots of small distances, which change fast. */
void flama_sk_near_measured(const flama_sk_near *near, const double *x, size_t from,
                            double slope, bool rooted, double *out)
{
    size_t n = flama_sk_near_some(near, from);
    double off = flama_sk_near_squares(near, x, from, out) * slope / tolerated;
    double least = rooted ? off * off : -INFINITY;
    for (size_t i = 0; i < n; i++)
        if (!(off < 1) || !(out[i] > least))
            out[i] = flama_sk_near_exact(near, x, from + i);
}

size_t flama_sk_nearest_point(const flama_sk_near *near, const double *x)
{
    double squares[FLAMA_SK_NEAR], least = INFINITY;
    size_t best = 0;
    for (size_t from = 0; from < near->count; from += FLAMA_SK_NEAR) {
        size_t n = flama_sk_near_some(near, from);
        double error = flama_sk_near_squares(near, x, from, squares);
        for (size_t i = 0; i < n; i++) {
            if (squares[i] - error > least)
                continue;
            double exact = flama_sk_near_exact(near, x, from + i);
            if (exact < least) {
                least = exact;
                best = from + i;
            }
        }
    }
    return best;
}

void flama_sk_near_gaussian(const flama_sk_near *near, const double *x, double gamma,
                            double *out)
{
    double squares[FLAMA_SK_NEAR];
    for (size_t from = 0; from < near->count; from += FLAMA_SK_NEAR) {
        size_t n = flama_sk_near_some(near, from);
        flama_sk_near_measured(near, x, from, fabs(gamma), false, squares);
        for (size_t i = 0; i < n; i++)
            squares[i] *= -gamma;
        flama_kernels_get()->exp_f64(squares, n);
        memcpy(out + from, squares, n * sizeof *out);
    }
}
