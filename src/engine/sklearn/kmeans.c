/* K-means: the nearest centre, and the distances to all. */
#include <math.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/product.h"

typedef struct kmeans {
    size_t count, features;
    const double *centres; /* features x count */
    const double *norms;   /* squared, a centre each */
} kmeans;

/* norms - 2 x @ centres: the squared distance, less what all centres have in common. */
static int partial_distances(const kmeans *m, flama_call *call,
                             const flama_sk_matrix *x, flama_sk_matrix *out)
{
    double *y = flama_sk_matrix_new(call, x->rows, m->count, out);
    if (y == NULL)
        return FLAMA_EMEMORY;
    flama_sk_product(x->data, x->rows, m->features, m->centres, m->count, NULL, y);
    for (size_t r = 0; r < x->rows; r++, y += m->count)
        for (size_t k = 0; k < m->count; k++)
            y[k] = m->norms[k] - 2 * y[k];
    return 0;
}

static int predict(const flama_sk_estimator *self, flama_call *call,
                   const flama_sk_matrix *x, flama_sk_answer *out)
{
    const kmeans *m = self->model;
    flama_sk_matrix d;
    int64_t *labels = flama_sk_integers_new(call, self, x->rows, out);
    int code = labels ? partial_distances(m, call, x, &d) : FLAMA_EMEMORY;
    for (size_t r = 0; code == 0 && r < x->rows; r++) {
        const double *row = d.data + r * m->count;
        size_t best = 0;
        for (size_t k = 1; k < m->count; k++)
            best = row[k] < row[best] ? k : best;
        labels[r] = (int64_t)best;
    }
    return code;
}

static int distances(const flama_sk_estimator *self, flama_call *call,
                     const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const kmeans *m = self->model;
    int code = partial_distances(m, call, x, out);
    for (size_t r = 0; code == 0 && r < x->rows; r++) {
        const double *row = x->data + r * m->features;
        double *d = (double *)(uintptr_t)out->data + r * m->count;
        double norm = flama_sk_dot(row, row, m->features);
        for (size_t k = 0; k < m->count; k++) {
            double square = d[k] + norm;
            d[k] = square > 0 ? sqrt(square) : 0;
        }
    }
    return code;
}

static const flama_sk_methods methods = {.predict = predict, .transform = distances};

FLAMA_SK_LOAD(kmeans)
{
    kmeans *m = flama_sk_new(in, 1, sizeof *m);
    size_t count = FLAMA_SK_ANY,
           features = out->features ? out->features : FLAMA_SK_ANY;
    const double *rows =
        flama_sk_matrix_get(in, self, "cluster_centers_", &count, &features);
    if (rows == NULL)
        return in->failed;
    if (count == 0 || features == 0)
        return flama_sk_damaged(in, "cluster_centers_", "is empty");
    double *centres = flama_sk_new(in, count * features, sizeof *centres);
    double *norms = flama_sk_new(in, count, sizeof *norms);
    if (in->failed)
        return in->failed;
    flama_sk_transpose(rows, count, features, centres);
    for (size_t k = 0; k < count; k++)
        norms[k] = flama_sk_dot(rows + k * features, rows + k * features, features);
    *m = (kmeans){count, features, centres, norms};
    out->model = m;
    out->methods = &methods;
    out->features = features;
    out->gives = FLAMA_SK_INTEGERS;
    out->columns = count;
    out->cost = 30 + 0.6 * (double)features * (double)count;
    return 0;
}
