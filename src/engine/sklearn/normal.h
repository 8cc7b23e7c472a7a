/* The normal distribution. Any thread. */
#ifndef FLAMA_SKLEARN_NORMAL_H
#define FLAMA_SKLEARN_NORMAL_H

/* The number under which a share p, 0 < p < 1, of the standard normal distribution
 * lies, to 1e-15 of its size; infinite at 0 and 1, NaN for NaN (M. Wichura, Algorithm
 * AS 241, 1988: PPND16). */
double flama_sk_normal_quantile(double p);

#endif
