/* The kernels of sklearn.metrics.pairwise, of a row with each of the rows a model was
 * fitted on. A kernel is immutable once read; any thread uses it. */
#ifndef FLAMA_SKLEARN_KERNEL_H
#define FLAMA_SKLEARN_KERNEL_H

#include "engine/sklearn/distance.h"

typedef struct flama_sk_kernel flama_sk_kernel;

/* Reads the kernel named by the attribute. Its parameters gamma, degree and coef0 stand
 * in `params` (a DICT, or NULL) or are attributes themselves. `rows` (count of them, of
 * that many features) must stay. NULL on failure. */
const flama_sk_kernel *
flama_sk_kernel_read(flama_sk_loader *in, const flama_pickle *object, const char *name,
                     const flama_pickle *params, const double *rows, size_t count,
                     size_t features);

/* 0 or FLAMA_EINPUT: the chi-squared kernels take nothing negative. */
int flama_sk_kernel_check(const flama_sk_kernel *kernel, flama_call *call,
                          const flama_sk_matrix *x);

/* The kernel of x with each row, into out[0..count). */
void flama_sk_kernel_values(const flama_sk_kernel *kernel, const double *x,
                            double *out);

/* The kernel of x with itself. */
double flama_sk_kernel_self(const flama_sk_kernel *kernel, const double *x);

/* Nanoseconds that values takes, about. */
double flama_sk_kernel_cost(const flama_sk_kernel *kernel);

#endif
