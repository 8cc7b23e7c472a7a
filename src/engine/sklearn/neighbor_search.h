/* The nearest of the rows a model was fitted on: by looking at all, or down a k-d or a
 * ball tree as it stands in the model. Which of several neighbours that are as far away
 * count as near is as in scikit-learn: by the order in which they are met. A search is
 * immutable once read; any thread uses it, each call with memory of its own. */
#ifndef FLAMA_SKLEARN_NEIGHBOR_SEARCH_H
#define FLAMA_SKLEARN_NEIGHBOR_SEARCH_H

#include "engine/sklearn/distance.h"
#include "engine/sklearn/near.h"

typedef struct flama_sk_neighbors {
    flama_sk_distance distance;
    flama_sk_points points; /* in the order of the search */
    flama_sk_near near;     /* the same of Euclidean brute force, `count` 0 of others */
    const int64_t *positions; /* of each point among the rows; NULL: the same */
    size_t count;
    struct flama_sk_node *nodes; /* of the tree; NULL: brute force */
    const double *bounds;        /* k-d: lower and upper a node; ball: centres */
    bool ball;
} flama_sk_neighbors;

/* Neighbours found: indices of rows and their distances. */
typedef struct flama_sk_found {
    size_t count;
    double *distances;
    int64_t *rows;
    double *quick; /* memory for all points, where distances are quick to have */
    size_t *places;
} flama_sk_found;

/* Reads _fit_X, _tree, effective_metric_ and sets out->features. NULL on failure. */
flama_sk_neighbors *flama_sk_neighbors_read(flama_sk_loader *in,
                                            const flama_pickle *self,
                                            flama_sk_estimator *out);

/* Begins to search for the neighbours of x's rows: memory for up to `most` of one row,
 * in the call's arena. FLAMA_EMEMORY, or FLAMA_EINPUT for a row that is at no distance
 * of any other, as one of equal numbers is by correlation. */
int flama_sk_search_begin(const flama_sk_neighbors *n, flama_call *call,
                          const flama_sk_matrix *x, size_t most, flama_sk_found *out);

/* The k nearest rows (k <= count), nearest first; `found` has room for them. */
void flama_sk_nearest(const flama_sk_neighbors *n, const double *x, size_t k,
                      flama_sk_found *found);

/* All rows not farther than the radius, in no order; `found` has room for `count`.
 * Their distances may be left reduced unless `measured`. */
void flama_sk_within(const flama_sk_neighbors *n, const double *x, double radius,
                     bool measured, flama_sk_found *found);

#endif
