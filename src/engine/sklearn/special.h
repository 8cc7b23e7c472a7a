/* Functions of mathematics that the C library lacks. Any thread. */
#ifndef FLAMA_SKLEARN_SPECIAL_H
#define FLAMA_SKLEARN_SPECIAL_H

/* Derivative of the logarithm of gamma, for x > 0; else NaN. */
double flama_sk_digamma(double x);

/* Modified Bessel function of the second kind of order nu >= 0, for x > 0 (N. M. Temme,
 * On the numerical evaluation of the modified Bessel function of the third kind, 1975):
 * 0 when it underflows, infinity when it overflows. */
double flama_sk_bessel_k(double nu, double x);

#endif
