/* Systems of linear equations, small ones. Any thread. */
#ifndef FLAMA_SKLEARN_SOLVE_H
#define FLAMA_SKLEARN_SOLVE_H

#include <stdbool.h>
#include <stddef.h>

/* Solves a @ x = b for x, which takes the place of b; a (n x n) is spent. b is n x
 * columns, both row-major. Gaussian elimination with partial pivoting; false when a is
 * singular, with b spent too. */
bool flama_sk_solve(double *a, size_t n, double *b, size_t columns);

#endif
