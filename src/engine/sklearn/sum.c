#include "engine/sklearn/sum.h"

/* From 8 to 128 numbers. */
static double sum_lanes(const double *v, size_t n)
{
    double lanes[8];
    for (size_t k = 0; k < 8; k++)
        lanes[k] = v[k];
    size_t i = 8;
    for (; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; k++)
            lanes[k] += v[i + k];
    double total = ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) +
                   ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
    for (; i < n; i++)
        total += v[i];
    return total;
}

double flama_sk_sum(const double *v, size_t n)
{
    if (n > 128) {
        size_t half = n / 2 - n / 2 % 8;
        return flama_sk_sum(v, half) + flama_sk_sum(v + half, n - half);
    }
    if (n >= 8)
        return sum_lanes(v, n);
    double total = 0;
    for (size_t i = 0; i < n; i++)
        total += v[i];
    return total;
}
