/* The nearest of some centres: mean shift, affinity propagation and Birch. */
#include <math.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/near.h"

typedef struct centres {
    flama_sk_near points;
    const int64_t *labels; /* of each centre; NULL: its index */
} centres;

static int predict(const flama_sk_estimator *self, flama_call *call,
                   const flama_sk_matrix *x, flama_sk_answer *out)
{
    const centres *m = self->model;
    int64_t *labels = flama_sk_integers_new(call, self, x->rows, out);
    for (size_t i = 0; labels && i < x->rows; i++) {
        size_t best = flama_sk_nearest_point(&m->points, x->data + i * x->cols);
        labels[i] = m->points.count == 0 ? -1
                    : m->labels          ? m->labels[best]
                                         : (int64_t)best;
    }
    return labels ? 0 : FLAMA_EMEMORY;
}

static int distances(const flama_sk_estimator *self, flama_call *call,
                     const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const centres *m = self->model;
    size_t n = m->points.count;
    double *y = flama_sk_matrix_new(call, x->rows, n, out);
    for (size_t i = 0; y && i < x->rows; i++)
        for (size_t k = 0; k < n; k++)
            y[i * n + k] =
                sqrt(flama_sk_near_exact(&m->points, x->data + i * x->cols, k));
    return y ? 0 : FLAMA_EMEMORY;
}

static const flama_sk_methods labels_only = {.predict = predict};
static const flama_sk_methods birch_methods = {.predict = predict,
                                               .transform = distances};

static centres *read_centres(flama_sk_loader *in, const flama_pickle *self,
                             const char *name, flama_sk_estimator *out)
{
    centres *m = flama_sk_new(in, 1, sizeof *m);
    size_t count = FLAMA_SK_ANY;
    size_t features = out->features ? out->features : FLAMA_SK_ANY;
    const double *rows = flama_sk_matrix_get(in, self, name, &count, &features);
    if (in->failed == 0 && features == 0)
        flama_sk_damaged(in, name, "has no feature");
    if (in->failed)
        return NULL;
    flama_sk_near_new(in, rows, count, features, &m->points);
    out->model = m;
    out->methods = &labels_only;
    out->features = features;
    out->gives = FLAMA_SK_INTEGERS;
    out->cost = 30 + 0.4 * (double)features * (double)count;
    return in->failed ? NULL : m;
}

FLAMA_SK_LOAD(mean_shift)
{
    const centres *m = read_centres(in, self, "cluster_centers_", out);
    if (m && m->points.count == 0)
        return flama_sk_damaged(in, "cluster_centers_", "is empty");
    return in->failed;
}

/* Without centres, when it did not converge, every row is -1. */
FLAMA_SK_LOAD(affinity_propagation)
{
    if (flama_sk_find(in, self, "cluster_centers_") == NULL)
        return flama_sk_refuse(in, "with affinity=\"precomputed\" predicts nothing");
    read_centres(in, self, "cluster_centers_", out);
    return in->failed;
}

FLAMA_SK_LOAD(birch)
{
    centres *m = read_centres(in, self, "subcluster_centers_", out);
    if (m == NULL)
        return in->failed;
    if (m->points.count == 0)
        return flama_sk_damaged(in, "subcluster_centers_", "is empty");
    m->labels = flama_sk_integers(in, self, "subcluster_labels_", &m->points.count);
    out->methods = &birch_methods;
    out->columns = m->points.count;
    return in->failed;
}
