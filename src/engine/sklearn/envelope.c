/* Novelty by one boundary: EllipticEnvelope's ellipse, SGDOneClassSVM's plane. */
#include <math.h>
#include <string.h>

#include "engine/sklearn/distance.h"
#include "engine/sklearn/families.h"
#include "engine/sklearn/product.h"

typedef struct envelope {
    flama_sk_distance distance; /* of the ellipse */
    const double *centre;       /* NULL: a plane */
    const double *weights;      /* of the plane */
    double offset;
} envelope;

/* Not below zero inside. */
static double margin(const envelope *m, const double *x, size_t features)
{
    if (m->centre == NULL)
        return flama_sk_dot(x, m->weights, features) - m->offset;
    double d = sqrt(flama_sk_distance_reduced(&m->distance, x, m->centre));
    return -(d * d) - m->offset;
}

static int decision_function(const flama_sk_estimator *self, flama_call *call,
                             const flama_sk_matrix *x, flama_sk_matrix *out)
{
    double *y = flama_sk_matrix_new(call, x->rows, 1, out);
    out->flat = true;
    for (size_t i = 0; y && i < x->rows; i++)
        y[i] = margin(self->model, x->data + i * x->cols, x->cols);
    return y ? 0 : FLAMA_EMEMORY;
}

static int predict(const flama_sk_estimator *self, flama_call *call,
                   const flama_sk_matrix *x, flama_sk_answer *out)
{
    int64_t *y = flama_sk_integers_new(call, self, x->rows, out);
    for (size_t i = 0; y && i < x->rows; i++)
        y[i] = margin(self->model, x->data + i * x->cols, x->cols) >= 0 ? 1 : -1;
    return y ? 0 : FLAMA_EMEMORY;
}

static const flama_sk_methods methods = {.predict = predict,
                                         .decision_function = decision_function};

/* The pseudo-inverse of a covariance, for a model that does not keep its precision. */

/* Turns rows and columns p and q of the symmetric a so that a[p][q] becomes 0, and the
 * columns of v along (C. Jacobi, 1846; G. Golub and C. Van Loan, Matrix Computations,
 * 8.5). */
static void turn(double *a, double *v, size_t n, size_t p, size_t q)
{
    double off = a[p * n + q];
    if (off == 0)
        return;
    double tau = (a[q * n + q] - a[p * n + p]) / (2 * off);
    double t = (tau >= 0 ? 1 : -1) / (fabs(tau) + sqrt(1 + tau * tau));
    double c = 1 / sqrt(1 + t * t), s = t * c;
    for (size_t i = 0; i < n; i++) {
        double x = a[i * n + p], y = a[i * n + q];
        a[i * n + p] = c * x - s * y;
        a[i * n + q] = s * x + c * y;
    }
    for (size_t i = 0; i < n; i++) {
        double x = a[p * n + i], y = a[q * n + i];
        a[p * n + i] = c * x - s * y;
        a[q * n + i] = s * x + c * y;
        x = v[i * n + p], y = v[i * n + q];
        v[i * n + p] = c * x - s * y;
        v[i * n + q] = s * x + c * y;
    }
}

/* out = v diag(1 / a[k][k]) v', without the eigenvalues that are as good as 0. */
static void join(const double *a, const double *v, size_t n, double *out)
{
    double largest = 0;
    for (size_t k = 0; k < n; k++)
        largest = fmax(largest, fabs(a[k * n + k]));
    for (size_t k = 0; k < n; k++) {
        double value = a[k * n + k];
        if (!(fabs(value) > largest * (double)n * 0x1p-52))
            continue;
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                out[i * n + j] += v[i * n + k] * v[j * n + k] / value;
    }
}

static const double *pseudo_inverse(flama_sk_loader *in, const double *symmetric,
                                    size_t n)
{
    enum { SWEEPS = 30 };
    double *a = flama_sk_new(in, n * n, sizeof *a);
    double *v = flama_sk_new(in, n * n, sizeof *v);
    double *out = flama_sk_new(in, n * n, sizeof *out);
    if (in->failed)
        return NULL;
    memcpy(a, symmetric, n * n * sizeof *a);
    for (size_t i = 0; i < n; i++)
        v[i * n + i] = 1;
    for (int sweep = 0; sweep < SWEEPS; sweep++)
        for (size_t p = 0; p < n; p++)
            for (size_t q = p + 1; q < n; q++)
                turn(a, v, n, p, q);
    join(a, v, n, out);
    return out;
}

enum { MOST_TO_INVERT = 200 };

static const double *read_precision(flama_sk_loader *in, const flama_pickle *self,
                                    size_t features)
{
    if (flama_sk_find(in, self, "precision_"))
        return flama_sk_matrix_get(in, self, "precision_", &features, &features);
    const double *covariance =
        flama_sk_matrix_get(in, self, "covariance_", &features, &features);
    if (in->failed == 0 && features > MOST_TO_INVERT)
        flama_sk_refuse(in, "without its precision is not run beyond %d features",
                        MOST_TO_INVERT);
    return in->failed ? NULL : pseudo_inverse(in, covariance, features);
}

FLAMA_SK_LOAD(elliptic_envelope)
{
    size_t features = out->features ? out->features : FLAMA_SK_ANY;
    envelope *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL)
        return in->failed;
    m->centre = flama_sk_vector(in, self, "location_", &features);
    m->offset = flama_sk_number(in, self, "offset_");
    if (in->failed == 0 && features == 0)
        flama_sk_damaged(in, "location_", "is empty");
    if (in->failed)
        return in->failed;
    m->distance = (flama_sk_distance){FLAMA_SK_MAHALANOBIS, .features = features};
    m->distance.matrix = read_precision(in, self, features);
    out->model = m;
    out->methods = &methods;
    out->features = features;
    out->gives = FLAMA_SK_INTEGERS;
    out->cost = 30 + 0.6 * (double)features * (double)features;
    return in->failed;
}

FLAMA_SK_LOAD(sgd_one_class)
{
    size_t features = out->features ? out->features : FLAMA_SK_ANY, one = 1;
    envelope *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL)
        return in->failed;
    const flama_pickle *coef = flama_sk_get(in, self, "coef_");
    bool dense = coef && flama_numpy_is(coef);
    m->weights = dense ? flama_sk_ravel(in, self, "coef_", &features)
                       : flama_sk_matrix_get(in, self, "coef_", &one, &features);
    const double *offset = flama_sk_ravel(in, self, "offset_", &one);
    if (in->failed == 0 && features == 0)
        flama_sk_damaged(in, "coef_", "is empty");
    if (in->failed)
        return in->failed;
    m->offset = *offset;
    out->model = m;
    out->methods = &methods;
    out->features = features;
    out->gives = FLAMA_SK_INTEGERS;
    out->cost = 30 + 0.5 * (double)features;
    return in->failed;
}
