/* Squared Euclidean distances of a row to many points at once, by products: |x|^2 - 2 x
 * p + |p|^2. That is several times faster than by differences and less exact; how much
 * less is known, so that who needs the exact ones computes only those that matter. The
 * points are immutable once laid out; any thread uses them. */
#ifndef FLAMA_SKLEARN_NEAR_H
#define FLAMA_SKLEARN_NEAR_H

#include "engine/sklearn/loader.h"

typedef struct flama_sk_near {
    size_t count, features;
    const double *rows;   /* count x features */
    const double *panels; /* of 32 points each, features x 32; the last filled with 0 */
    const double *halves; /* -|p|^2 / 2 of each, filled up like the panels */
    double largest;       /* |p|^2 */
} flama_sk_near;

/* Points that are measured at a time: some panels. */
enum { FLAMA_SK_PANEL = 32, FLAMA_SK_NEAR = 8 * FLAMA_SK_PANEL };

/* Lays out `count` rows, which must stay; false on failure. */
bool flama_sk_near_new(flama_sk_loader *in, const double *rows, size_t count,
                       size_t features, flama_sk_near *out);

/* How many points there are from `from` on, a multiple of FLAMA_SK_NEAR: that at most.
 */
size_t flama_sk_near_some(const flama_sk_near *near, size_t from);

/* Distances to so many points from `from` on into out (room for FLAMA_SK_NEAR), each
 * not farther off than what is returned (NaN or infinity when they overflow). */
double flama_sk_near_squares(const flama_sk_near *near, const double *x, size_t from,
                             double *out);

/* The same, good enough for a function that changes by not more than `slope` with the
 * distance or, if `rooted`, with its root: it is off by some 1e-11 at most. */
void flama_sk_near_measured(const flama_sk_near *near, const double *x, size_t from,
                            double slope, bool rooted, double *out);

/* The exact distance to point i: differences squared and added in order. */
double flama_sk_near_exact(const flama_sk_near *near, const double *x, size_t i);

/* Index of the nearest point, the first of equals. */
size_t flama_sk_nearest_point(const flama_sk_near *near, const double *x);

/* exp(-gamma d) of the distances to all points, into out[0..count). */
void flama_sk_near_gaussian(const flama_sk_near *near, const double *x, double gamma,
                            double *out);

#endif
