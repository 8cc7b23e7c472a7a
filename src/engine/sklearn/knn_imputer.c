/* KNNImputer: the mean of the nearest training rows that have the value. */
#include <float.h>
#include <string.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/impute.h"

typedef struct imputer {
    double missing;
    size_t rows; /* of the training data */
    size_t features;
    const double *fitted; /* rows x features; NaN is missing */
    const double *means;  /* of what each feature has */
    const bool *empty;    /* a feature had no value at all */
    bool keeps_empty;     /* as zeros */
    size_t neighbors;
    bool takes_far;   /* rows that share no feature count too, as before 1.6 */
    bool by_distance; /* weights are 1 / distance, else equal */
    flama_sk_columns indicated;
} imputer;

/* A training row that has the value, and how far it is. */
typedef struct donor {
    double distance;
    double value;
} donor;

/* Over the features that both rows have, scaled up to all; NaN when they share none. */
static double distance(const imputer *m, const double *x, const double *row)
{
    double sum = 0;
    size_t shared = 0;
    for (size_t j = 0; j < m->features; j++)
        if (!flama_sk_is_missing(m->missing, x[j]) && !isnan(row[j])) {
            sum += (x[j] - row[j]) * (x[j] - row[j]);
            shared++;
        }
    return shared ? sqrt(sum / (double)shared * (double)m->features) : NAN;
}

/* Puts a donor among the nearest so far, which are in order; of equals the first stay.
 */
static void offer(donor *nearest, size_t *count, size_t most, donor d)
{
    size_t i = *count < most ? (*count)++ : most;
    for (; i > 0 && nearest[i - 1].distance > d.distance; i--)
        if (i < most)
            nearest[i] = nearest[i - 1];
    if (i < most)
        nearest[i] = d;
}

/* Donors at no distance count alone. */
static double weighted_mean(const imputer *m, const donor *nearest, size_t count)
{
    double sum = 0, weights = 0;
    bool same = m->by_distance && nearest[0].distance == 0;
    for (size_t i = 0; i < count; i++) {
        double w = !m->by_distance ? 1
                   : same          ? nearest[i].distance == 0
                                   : 1 / nearest[i].distance;
        sum += w * nearest[i].value;
        weights += w;
    }
    return sum / weights;
}

/* distances: to each training row. */
static double impute_cell(const imputer *m, size_t feature, const double *distances,
                          donor *nearest)
{
    size_t count = 0;
    for (size_t r = 0; r < m->rows; r++) {
        double value = m->fitted[r * m->features + feature];
        if (!isnan(value) && !isnan(distances[r]))
            offer(nearest, &count, m->neighbors, (donor){distances[r], value});
    }
    if (count == 0)
        return m->means[feature];
    for (size_t r = 0; m->takes_far && count < m->neighbors && r < m->rows; r++) {
        double value = m->fitted[r * m->features + feature];
        if (!isnan(value) && isnan(distances[r]))
            nearest[count++] = (donor){INFINITY, value};
    }
    return weighted_mean(m, nearest, count);
}

static void impute_row(const imputer *m, const double *x, double *distances,
                       donor *nearest, double *y)
{
    bool measured = false;
    for (size_t j = 0; j < m->features; j++) {
        bool missing = flama_sk_is_missing(m->missing, x[j]);
        if (m->empty[j]) {
            if (m->keeps_empty)
                *y++ = 0;
            continue;
        }
        if (missing && !measured) {
            for (size_t r = 0; r < m->rows; r++)
                distances[r] = distance(m, x, m->fitted + r * m->features);
            measured = true;
        }
        *y++ = missing ? impute_cell(m, j, distances, nearest) : x[j];
    }
    flama_sk_indicate(&m->indicated, m->missing, x, y);
}

static int impute(const flama_sk_estimator *self, flama_call *call,
                  const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const imputer *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, self->columns, out);
    double *distances = flama_sk_alloc(call, m->rows, sizeof *distances);
    donor *nearest = flama_sk_alloc(call, m->neighbors, sizeof *nearest);
    if (y == NULL || distances == NULL || nearest == NULL)
        return FLAMA_EMEMORY;
    for (size_t r = 0; r < x->rows; r++) {
        if (flama_call_cancelled(call))
            return flama_call_stopped(call);
        impute_row(m, x->data + r * x->cols, distances, nearest, y + r * self->columns);
    }
    return 0;
}

static const flama_sk_methods methods = {.transform = impute};

/* The training rows, with NaN for what is missing whatever spelt it there. */
static void read_fitted(flama_sk_loader *in, const flama_pickle *self, imputer *m)
{
    m->rows = m->features = FLAMA_SK_ANY;
    const double *rows =
        flama_sk_matrix_get(in, self, "_fit_X", &m->rows, &m->features);
    const double *masks =
        flama_sk_matrix_get(in, self, "_mask_fit_X", &m->rows, &m->features);
    double *fitted = flama_sk_new(in, m->rows * m->features, sizeof *fitted);
    for (size_t i = 0; in->failed == 0 && i < m->rows * m->features; i++)
        fitted[i] = masks[i] != 0 ? NAN : rows[i];
    m->fitted = fitted;
}

static size_t read_means(flama_sk_loader *in, imputer *m)
{
    double *means = flama_sk_new(in, m->features, sizeof *means);
    bool *empty = flama_sk_new(in, m->features, sizeof *empty);
    size_t empties = 0;
    for (size_t j = 0; in->failed == 0 && j < m->features; j++) {
        size_t count = 0;
        for (size_t r = 0; r < m->rows; r++) {
            double v = m->fitted[r * m->features + j];
            means[j] += isnan(v) ? 0 : v;
            count += isnan(v) ? 0 : 1;
        }
        means[j] /= (double)count;
        empty[j] = count == 0;
        empties += empty[j];
    }
    m->means = means;
    m->empty = empty;
    return empties;
}

FLAMA_SK_LOAD(knn_imputer)
{
    static const char *const weights[] = {"uniform", "distance", NULL};
    static const char *const metrics[] = {"nan_euclidean", NULL};
    imputer *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL)
        return in->failed;
    m->missing = flama_sk_missing_value(in, self);
    flama_sk_choice(in, self, "metric", metrics);
    m->by_distance = flama_sk_choice_or(in, self, "weights", weights, 0) == 1;
    m->takes_far = in->version < 106 && !m->by_distance;
    m->keeps_empty = flama_sk_flag_or(in, self, "keep_empty_features", false);
    int64_t neighbors = flama_sk_integer(in, self, "n_neighbors");
    read_fitted(in, self, m);
    size_t empties = in->failed ? 0 : read_means(in, m);
    flama_sk_imputer_indicated(in, self, m->features, &m->indicated);
    if (in->failed)
        return in->failed;
    if (neighbors < 1 || m->rows == 0 || m->features == 0)
        return flama_sk_damaged(in, "n_neighbors", "is out of range");
    m->neighbors = (uint64_t)neighbors > m->rows ? m->rows : (size_t)neighbors;
    out->model = m;
    out->methods = &methods;
    out->accepts = isnan(m->missing) ? (unsigned)FLAMA_SK_NAN : 0u;
    out->features = m->features;
    out->columns = m->features - (m->keeps_empty ? 0 : empties) + m->indicated.count;
    out->cost = 20 + 2 * (double)m->rows * (double)m->features;
    return in->failed;
}
