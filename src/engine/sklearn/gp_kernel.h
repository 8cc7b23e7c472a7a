/* Kernels of Gaussian processes, of a row with each of the rows a model was fitted on:
 * sums, products and powers of simple ones. A kernel is immutable once read; any thread
 * uses it. */
#ifndef FLAMA_SKLEARN_GP_KERNEL_H
#define FLAMA_SKLEARN_GP_KERNEL_H

#include "engine/sklearn/loader.h"

typedef struct flama_sk_gp_kernel flama_sk_gp_kernel;

/* Reads the kernel object under the attribute's name. `rows` (count of them, of that
 * many features) must stay. NULL on failure. */
const flama_sk_gp_kernel *flama_sk_gp_kernel_read(flama_sk_loader *in,
                                                  const flama_pickle *object,
                                                  const char *name, const double *rows,
                                                  size_t count, size_t features);

/* 0 or FLAMA_EINPUT: some kernels take nothing negative. */
int flama_sk_gp_kernel_check(const flama_sk_gp_kernel *kernel, flama_call *call,
                             const flama_sk_matrix *x);

/* Numbers of working memory that the functions below need. */
size_t flama_sk_gp_kernel_scratch(const flama_sk_gp_kernel *kernel);

/* The kernel of x with each row, into out[0..count). */
void flama_sk_gp_kernel_values(const flama_sk_gp_kernel *kernel, const double *x,
                               double *scratch, double *out);

/* The kernel of x with itself. */
double flama_sk_gp_kernel_self(const flama_sk_gp_kernel *kernel, const double *x);

/* True when the kernel of any rows is known to be a positive semidefinite matrix. */
bool flama_sk_gp_kernel_definite(const flama_sk_gp_kernel *kernel);

/* Nanoseconds that values takes, about. */
double flama_sk_gp_kernel_cost(const flama_sk_gp_kernel *kernel);

#endif
