#include "engine/sklearn/solve.h"

#include <math.h>

static void swap_rows(double *m, size_t columns, size_t i, size_t k)
{
    for (size_t j = 0; i != k && j < columns; j++) {
        double v = m[i * columns + j];
        m[i * columns + j] = m[k * columns + j];
        m[k * columns + j] = v;
    }
}

/* Row i less `times` row k. */
static void subtract(double *m, size_t columns, size_t i, size_t k, double times)
{
    for (size_t j = 0; j < columns; j++)
        m[i * columns + j] -= times * m[k * columns + j];
}

bool flama_sk_solve(double *a, size_t n, double *b, size_t columns)
{
    for (size_t k = 0; k < n; k++) {
        size_t pivot = k;
        for (size_t i = k + 1; i < n; i++)
            if (fabs(a[i * n + k]) > fabs(a[pivot * n + k]))
                pivot = i;
        if (!(fabs(a[pivot * n + k]) > 0))
            return false;
        swap_rows(a, n, k, pivot);
        swap_rows(b, columns, k, pivot);
        for (size_t i = k + 1; i < n; i++) {
            double times = a[i * n + k] / a[k * n + k];
            subtract(a, n, i, k, times);
            subtract(b, columns, i, k, times);
        }
    }
    for (size_t k = n; k-- > 0;) {
        for (size_t j = 0; j < columns; j++)
            b[k * columns + j] /= a[k * n + k];
        for (size_t i = 0; i < k; i++)
            subtract(b, columns, i, k, a[i * n + k]);
    }
    return true;
}
