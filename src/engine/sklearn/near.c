#include "engine/sklearn/near.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { ALIGNED = 64 };

static size_t panel_count(size_t points)
{
    return (points + FLAMA_SK_PANEL - 1) / FLAMA_SK_PANEL;
}

bool flama_sk_near_new(flama_sk_loader *in, const double *rows, size_t count,
                       size_t features, flama_sk_near *out)
{
    size_t panels = panel_count(count);
    /* One panel's points more, to begin where memory is aligned. */
    double *to = flama_sk_new(in, panels * features + 1, FLAMA_SK_PANEL * sizeof *to);
    if (in->failed)
        return false;
    to += (ALIGNED - (uintptr_t)to % ALIGNED) % ALIGNED / sizeof *to;
    *out = (flama_sk_near){count, features, rows, to};
    for (size_t i = 0; i < panels * FLAMA_SK_PANEL; i++) {
        double *panel = to + i / FLAMA_SK_PANEL * FLAMA_SK_PANEL * features;
        for (size_t j = 0; j < features; j++)
            panel[j * FLAMA_SK_PANEL + i % FLAMA_SK_PANEL] =
                i < count ? rows[i * features + j] : INFINITY;
    }
    return true;
}

double flama_sk_near_panel(const flama_sk_near *near, const double *x, size_t from,
                           double *out)
{
    size_t n = near->features;
    return flama_kernels_get()->near_f64(x, near->panels + from * n, n, out);
}

size_t flama_sk_near_room(const flama_sk_near *near)
{
    return panel_count(near->count) * FLAMA_SK_PANEL;
}

double flama_sk_near_all(const flama_sk_near *near, const double *x, size_t k,
                         double *out)
{
    return flama_kernels_get()->near_all_f64(x, near->panels, panel_count(near->count),
                                             near->features, k, out);
}

size_t flama_sk_near_some(const flama_sk_near *near, size_t from)
{
    return near->count - from < FLAMA_SK_PANEL ? near->count - from : FLAMA_SK_PANEL;
}

double flama_sk_near_exact(const flama_sk_near *near, const double *x, size_t i)
{
    const double *p = near->rows + i * near->features;
    double sum = 0;
    for (size_t j = 0; j < near->features; j++)
        sum += (x[j] - p[j]) * (x[j] - p[j]);
    return sum;
}

/* Both sums are off by a rounding a feature and two at most, of numbers that are not
 * negative. */
double flama_sk_near_bound(const flama_sk_near *near, double distance)
{
    return distance * (1 + 0x1p-50 * (double)(near->features + 2)) + DBL_MIN;
}

size_t flama_sk_nearest_point(const flama_sk_near *near, const double *x)
{
    double quick[FLAMA_SK_PANEL], least = INFINITY, bound = INFINITY;
    size_t best = 0;
    for (size_t from = 0; from < near->count; from += FLAMA_SK_PANEL) {
        size_t n = flama_sk_near_some(near, from);
        if (flama_sk_near_panel(near, x, from, quick) > bound)
            continue;
        for (size_t i = 0; i < n; i++) {
            if (quick[i] > bound)
                continue;
            double exact = flama_sk_near_exact(near, x, from + i);
            if (exact < least) {
                least = exact;
                best = from + i;
                bound = flama_sk_near_bound(near, least);
            }
        }
    }
    return best;
}

void flama_sk_near_ends(const flama_sk_near *near, const double *x,
                        const flama_near_end *end, double *out)
{
    const flama_kernels *kernels = flama_kernels_get();
    double last[FLAMA_SK_PANEL];
    size_t n = near->features, panels = near->count / FLAMA_SK_PANEL;
    size_t whole = panels * FLAMA_SK_PANEL;
    kernels->near_ends_f64(x, near->panels, panels, n, end, out);
    if (whole == near->count)
        return;
    kernels->near_ends_f64(x, near->panels + whole * n, 1, n, end, last);
    memcpy(out + whole, last, (near->count - whole) * sizeof *out);
}
