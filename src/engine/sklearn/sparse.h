/* Matrices of which only what is not 0 is kept, and what is done with them. What a call
 * makes lives in its arena. */
#ifndef FLAMA_SKLEARN_SPARSE_H
#define FLAMA_SKLEARN_SPARSE_H

#include "engine/sklearn/estimator.h"

/* Row r has the numbers starts[r] to starts[r + 1], each in a column of its own, in no
 * order. */
struct flama_sk_sparse {
    const size_t *starts; /* rows + 1 */
    const uint32_t *columns;
    const double *values;
};

/* Makes *out a sparse matrix of these parts. FLAMA_EMEMORY. */
int flama_sk_sparse_set(flama_call *call, size_t rows, size_t cols,
                        const flama_sk_sparse *parts, flama_sk_matrix *out);

/* The same matrix with other values in the same places. */
int flama_sk_sparse_values(flama_call *call, const flama_sk_matrix *x,
                           const double *values, flama_sk_matrix *out);

/* How many numbers it keeps. */
size_t flama_sk_sparse_count(const flama_sk_matrix *x);

/* The matrix with all its numbers, for `name`; FLAMA_ELIMIT when they would take too
 * much memory. */
int flama_sk_dense(flama_call *call, const char *name, const flama_sk_matrix *x,
                   flama_sk_matrix *out);

/* flama_sk_product of the matrix, sparse or not, and weights (x->cols x outputs). */
void flama_sk_sparse_product(const flama_sk_matrix *x, const double *weights,
                             size_t outputs, const double *bias, double *out);

/* Matrices of `rows` each, of numbers, side by side: sparse. */
int flama_sk_sparse_side_by_side(flama_call *call, const flama_sk_matrix *parts,
                                 size_t count, size_t rows, flama_sk_matrix *out);

#endif
