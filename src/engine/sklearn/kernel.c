#include "engine/sklearn/kernel.h"

#include <math.h>
#include <string.h>

#include "engine/kernels/kernels.h"
#include "engine/sklearn/near.h"
#include "engine/sklearn/product.h"

typedef enum kind {
    ADDITIVE_CHI2,
    CHI2,
    LINEAR,
    POLYNOMIAL,
    RBF,
    LAPLACIAN,
    SIGMOID,
    COSINE,
    PRECOMPUTED
} kind;

struct flama_sk_kernel {
    kind kind;
    size_t count, features;
    double gamma, degree, coef0;
    const double *rows;
    const double *transposed;   /* features x count: kernels of products */
    const double *norms;        /* COSINE: of the rows, 1 for rows of zeros */
    flama_sk_near near;         /* RBF */
    flama_sk_distance distance; /* LAPLACIAN */
    flama_sk_points points;
};

static double norm_of(const double *x, size_t n)
{
    double norm = sqrt(flama_sk_dot(x, x, n));
    return norm == 0 ? 1 : norm;
}

/* Minus the sum of (a - b)^2 / (a + b). */
static double additive_chi2(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++) {
        double d = a[j] - b[j], whole = a[j] + b[j];
        sum -= whole != 0 ? d * d / whole : 0;
    }
    return sum;
}

/* What follows the product of two rows; norms is that of the lengths. */
static double of_product(const flama_sk_kernel *k, double product, double norms)
{
    switch (k->kind) {
    case POLYNOMIAL:
        return pow(product * k->gamma + k->coef0, k->degree);
    case SIGMOID:
        return tanh(product * k->gamma + k->coef0);
    case COSINE:
        return product / norms;
    default:
        return product;
    }
}

static void laplacian_values(const flama_sk_kernel *k, const double *x, double *out)
{
    double distances[FLAMA_SK_BLOCK];
    for (size_t b = 0; b * FLAMA_SK_BLOCK < k->count; b++) {
        size_t first = b * FLAMA_SK_BLOCK;
        flama_sk_distance_block(&k->distance, x, &k->points, b, distances);
        for (size_t i = first; i < first + FLAMA_SK_BLOCK && i < k->count; i++)
            out[i] = -k->gamma * distances[i - first];
    }
    flama_kernels_get()->exp_f64(out, k->count);
}

static void chi2_values(const flama_sk_kernel *k, const double *x, double *out)
{
    for (size_t i = 0; i < k->count; i++) {
        double v = additive_chi2(x, k->rows + i * k->features, k->features);
        out[i] = k->kind == CHI2 ? exp(k->gamma * v) : v;
    }
}

void flama_sk_kernel_values(const flama_sk_kernel *k, const double *x, double *out)
{
    if (k->kind == PRECOMPUTED) {
        memcpy(out, x, k->count * sizeof *out);
        return;
    }
    if (k->kind == RBF) {
        flama_sk_near_ends(&k->near, x, &(flama_near_end){.p = k->gamma}, out);
        return;
    }
    if (k->kind == LAPLACIAN) {
        laplacian_values(k, x, out);
        return;
    }
    if (k->kind == CHI2 || k->kind == ADDITIVE_CHI2) {
        chi2_values(k, x, out);
        return;
    }
    double norm = k->kind == COSINE ? norm_of(x, k->features) : 1;
    flama_sk_product(x, 1, k->features, k->transposed, k->count, NULL, out);
    for (size_t i = 0; k->kind != LINEAR && i < k->count; i++)
        out[i] = of_product(k, out[i], norm * (k->norms ? k->norms[i] : 1));
}

double flama_sk_kernel_self(const flama_sk_kernel *k, const double *x)
{
    double product = flama_sk_dot(x, x, k->features);
    switch (k->kind) {
    case RBF:
    case LAPLACIAN:
    case CHI2:
        return 1;
    case ADDITIVE_CHI2:
        return 0;
    case COSINE:
        return product == 0 ? 0 : 1;
    default:
        return of_product(k, product, 1);
    }
}

int flama_sk_kernel_check(const flama_sk_kernel *k, flama_call *call,
                          const flama_sk_matrix *x)
{
    if (k->kind != CHI2 && k->kind != ADDITIVE_CHI2)
        return 0;
    for (size_t i = 0; i < x->rows * x->cols; i++)
        if (x->data[i] < 0)
            return flama_fail(call, FLAMA_EINPUT, "X contains negative values.");
    return 0;
}

double flama_sk_kernel_cost(const flama_sk_kernel *k)
{
    double count = (double)k->count;
    return count * (0.4 * (double)k->features + (k->kind == LINEAR ? 1 : 10));
}

/* Reading. */

static double parameter(flama_sk_loader *in, const flama_pickle *object,
                        const flama_pickle *params, const char *name, double otherwise)
{
    double number = otherwise;
    const flama_pickle *node = params ? flama_pickle_entry(params, name) : NULL;
    if (node == NULL)
        return flama_sk_number_or(in, object, name, otherwise);
    if (node->kind != FLAMA_PICKLE_NONE && !flama_numpy_number(node, &number))
        flama_sk_damaged(in, name, "is no number");
    return number;
}

static void lay_out(flama_sk_loader *in, flama_sk_kernel *k)
{
    size_t n = k->features;
    if (k->kind == RBF) {
        flama_sk_near_new(in, k->rows, k->count, n, &k->near);
        return;
    }
    if (k->kind == LAPLACIAN) {
        k->distance = (flama_sk_distance){FLAMA_SK_MANHATTAN, .features = n};
        flama_sk_points_new(in, &k->distance, k->rows, k->count, &k->points);
        return;
    }
    double *transposed = flama_sk_new(in, k->count * n, sizeof *transposed);
    double *norms = flama_sk_new(in, k->count, sizeof *norms);
    if (in->failed)
        return;
    flama_sk_transpose(k->rows, k->count, n, transposed);
    for (size_t i = 0; i < k->count; i++)
        norms[i] = norm_of(k->rows + i * n, n);
    k->transposed = transposed;
    k->norms = k->kind == COSINE ? norms : NULL;
}

const flama_sk_kernel *
flama_sk_kernel_read(flama_sk_loader *in, const flama_pickle *object, const char *name,
                     const flama_pickle *params, const double *rows, size_t count,
                     size_t features)
{
    static const char *const names[] = {
        "additive_chi2", "chi2",   "linear",      "polynomial", "rbf", "laplacian",
        "sigmoid",       "cosine", "precomputed", "poly",       NULL};
    flama_sk_kernel *k = flama_sk_new(in, 1, sizeof *k);
    size_t choice = flama_sk_choice(in, object, name, names);
    if (k == NULL || in->failed)
        return NULL;
    k->kind = choice > PRECOMPUTED ? POLYNOMIAL : (kind)choice;
    k->rows = rows;
    k->count = count;
    k->features = features;
    double gamma = k->kind == CHI2 ? 1 : 1 / (double)features;
    k->gamma = parameter(in, object, params, "gamma", gamma);
    k->degree = parameter(in, object, params, "degree", 3);
    k->coef0 = parameter(in, object, params, "coef0", 1);
    if (k->kind == PRECOMPUTED && count != features)
        flama_sk_damaged(in, name, "is precomputed for %zu rows, not %zu", features,
                         count);
    else if (k->kind != PRECOMPUTED)
        lay_out(in, k);
    return in->failed ? NULL : k;
}
