/* FeatureAgglomeration: the features of a cluster pooled into one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/sum.h"

typedef enum pool { MEAN, SUM, MAX, MIN, MEDIAN } pool;

/* The features of cluster k are index[starts[k]] to index[starts[k + 1]]. */
typedef struct agglomeration {
    pool how;
    const size_t *starts;
    const size_t *index;
} agglomeration;

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* v is spent. */
static double pool_of(pool how, double *v, size_t n)
{
    double best = v[0];
    if (how == SUM)
        return flama_sk_sum(v, n);
    if (how == MEAN) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += v[i];
        return sum / (double)n;
    }
    if (how == MEDIAN) {
        qsort(v, n, sizeof *v, compare);
        return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
    }
    for (size_t i = 1; i < n; i++)
        best = how == MAX ? (v[i] > best ? v[i] : best) : (v[i] < best ? v[i] : best);
    return best;
}

static int transform(const flama_sk_estimator *self, flama_call *call,
                     const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const agglomeration *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, self->columns, out);
    double *v = flama_sk_alloc(call, x->cols, sizeof *v);
    if (y == NULL || v == NULL)
        return FLAMA_EMEMORY;
    for (size_t r = 0; r < x->rows; r++)
        for (size_t k = 0; k < self->columns; k++) {
            size_t n = m->starts[k + 1] - m->starts[k];
            for (size_t i = 0; i < n; i++)
                v[i] = x->data[r * x->cols + m->index[m->starts[k] + i]];
            *y++ = pool_of(m->how, v, n);
        }
    return 0;
}

static const flama_sk_methods methods = {.transform = transform};

/* The pooling function is one of numpy's. */
static pool read_pool(flama_sk_loader *in, const flama_pickle *self)
{
    static const char *const names[] = {"mean", "sum", "max", "min", "median"};
    const flama_pickle *node = flama_sk_find(in, self, "pooling_func");
    flama_string name = node && node->kind == FLAMA_PICKLE_GLOBAL ? node->global->name
                                                                  : FLAMA_STRING("");
    if (node == NULL)
        return MEAN;
    if (name.size == 4 && name.data[0] == 'a') { /* amax, amin: their older names */
        name.data++;
        name.size--;
    }
    for (int i = 0; i < 5; i++)
        if (strlen(names[i]) == name.size &&
            memcmp(names[i], name.data, name.size) == 0)
            return (pool)i;
    flama_sk_refuse(in,
                    "with a pooling_func that is not numpy's mean, sum, max, min or "
                    "median is not run");
    return MEAN;
}

/* The features by their clusters, in their order. */
static void sort_features(flama_sk_loader *in, const int64_t *labels, size_t features,
                          size_t clusters, agglomeration *m)
{
    size_t *starts = flama_sk_new(in, clusters + 2, sizeof *starts);
    size_t *index = flama_sk_new(in, features, sizeof *index);
    for (size_t i = 0; in->failed == 0 && i < features; i++)
        if (labels[i] < 0 || (size_t)labels[i] >= clusters)
            flama_sk_damaged(in, "labels_", "names a cluster that there is not");
        else
            starts[labels[i] + 2]++;
    for (size_t k = 0; in->failed == 0 && k < clusters; k++) {
        if (starts[k + 2] == 0)
            flama_sk_damaged(in, "labels_", "leaves a cluster empty");
        starts[k + 2] += starts[k + 1];
    }
    for (size_t i = 0; in->failed == 0 && i < features; i++)
        index[starts[labels[i] + 1]++] = i;
    m->starts = starts;
    m->index = index;
}

FLAMA_SK_LOAD(feature_agglomeration)
{
    agglomeration *m = flama_sk_new(in, 1, sizeof *m);
    size_t features = out->features ? out->features : FLAMA_SK_ANY;
    const int64_t *labels = flama_sk_integers(in, self, "labels_", &features);
    int64_t clusters = flama_sk_integer(in, self, "n_clusters_");
    pool how = read_pool(in, self);
    if (in->failed == 0 && (clusters < 1 || (uint64_t)clusters > features))
        flama_sk_damaged(in, "n_clusters_", "is out of range");
    if (in->failed)
        return in->failed;
    *m = (agglomeration){.how = how};
    sort_features(in, labels, features, (size_t)clusters, m);
    if (in->failed)
        return in->failed;
    out->model = m;
    out->methods = &methods;
    out->features = features;
    out->columns = (size_t)clusters;
    out->cost = 30 + 2 * (double)features;
    return 0;
}
