/* Matrix products of double matrices. Any thread. */
#ifndef FLAMA_SKLEARN_PRODUCT_H
#define FLAMA_SKLEARN_PRODUCT_H

#include "engine/sklearn/estimator.h"

/* The sum of a[i] * b[i]. */
double flama_sk_dot(const double *a, const double *b, size_t n);

/* out (rows x outputs) = x (rows x inputs) times weights (inputs x outputs), plus bias
 * (outputs of them, or NULL). All row-major; out overlaps nothing. */
void flama_sk_product(const double *x, size_t rows, size_t inputs,
                      const double *weights, size_t outputs, const double *bias,
                      double *out);

/* The same; large ones are made in blocks, by OpenBLAS where it is there, with memory
 * of the call. 0 or FLAMA_EMEMORY. */
int flama_sk_product_many(flama_call *call, const double *x, size_t rows, size_t inputs,
                          const double *weights, size_t outputs, const double *bias,
                          double *out);

/* The same with memory of the caller's, who reuses it: so many bytes, for that many
 * rows in blocks of `block` and what is left. NULL when it is 0. */
size_t flama_sk_product_room(size_t rows, size_t block, size_t inputs, size_t outputs);
void flama_sk_product_within(void *room, const double *x, size_t rows, size_t inputs,
                             const double *weights, size_t outputs, const double *bias,
                             double *out);

/* weights (outputs x inputs) as (inputs x outputs) into out. */
void flama_sk_transpose(const double *weights, size_t outputs, size_t inputs,
                        double *out);

/* In place, a row at a time: exp(v - max) / sum. */
void flama_sk_softmax(double *data, size_t rows, size_t cols);

/* Makes scores of two columns how much larger the second is, flat; others stay. 0 or
 * FLAMA_EMEMORY. */
int flama_sk_score_difference(flama_call *call, flama_sk_matrix *scores);

/* 1 / (1 + exp(-v)), as scipy's expit. */
double flama_sk_expit(double v);

/* Probabilities of raw scores: the softmax of a row, or the expit of a flat column's
 * score and what it leaves to 1. */
int flama_sk_score_probabilities(flama_call *call, const flama_sk_matrix *scores,
                                 flama_sk_matrix *out);

#endif
