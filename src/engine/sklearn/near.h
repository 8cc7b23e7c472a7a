/* Squared Euclidean distances of a row to many points at once. They are quick to have
 * and a few roundings off: who needs them as they are by differences squared and added
 * in order, so that points as far away come out so, measures those that matter again.
 * The points are immutable once laid out; any thread uses them. */
#ifndef FLAMA_SKLEARN_NEAR_H
#define FLAMA_SKLEARN_NEAR_H

#include "engine/kernels/kernels.h"
#include "engine/sklearn/loader.h"

enum { FLAMA_SK_PANEL = FLAMA_NEAR_POINTS };

typedef struct flama_sk_near {
    size_t count, features;
    const double *rows; /* count x features */
    const double
        *panels; /* features x FLAMA_SK_PANEL each; the last filled with INFINITY */
} flama_sk_near;

/* Lays out `count` rows, which must stay; false on failure. */
bool flama_sk_near_new(flama_sk_loader *in, const double *rows, size_t count,
                       size_t features, flama_sk_near *out);

/* Distances to the points of a panel, the one from point `from` on, into out (room for
 * a panel). Returns the least. */
double flama_sk_near_panel(const flama_sk_near *near, const double *x, size_t from,
                           double *out);

/* Distances to all points, with those that fill up the last panel `room` of them.
 * Returns what k of them don't exceed, and few others. */
size_t flama_sk_near_room(const flama_sk_near *near);
double flama_sk_near_all(const flama_sk_near *near, const double *x, size_t k,
                         double *out);

/* How many points a panel has. */
size_t flama_sk_near_some(const flama_sk_near *near, size_t from);

/* The exact distance to point i. What is quickly measured as more than the bound of a
 * distance is exactly farther off than that. */
double flama_sk_near_exact(const flama_sk_near *near, const double *x, size_t i);
double flama_sk_near_bound(const flama_sk_near *near, double distance);

/* Index of the nearest point, the first of equals. */
size_t flama_sk_nearest_point(const flama_sk_near *near, const double *x);

/* What becomes of the distances to all points, into out[0..count). */
void flama_sk_near_ends(const flama_sk_near *near, const double *x,
                        const flama_near_end *end, double *out);

#endif
