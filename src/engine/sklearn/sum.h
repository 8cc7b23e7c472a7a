/* Sums in the order in which numpy adds, so that they round alike. Any thread. */
#ifndef FLAMA_SKLEARN_SUM_H
#define FLAMA_SKLEARN_SUM_H

#include <stddef.h>

/* The sum of n numbers that lie side by side: pairwise beyond 128, in eight lanes below
 * (N. Higham, The accuracy of floating point summation, 1993). */
double flama_sk_sum(const double *v, size_t n);

#endif
