/* SimpleImputer and MissingIndicator, on numbers. */
#include <math.h>
#include <string.h>

#include "engine/sklearn/families.h"

/* Columns of the input that make columns of the output. */
typedef struct columns {
    size_t count;
    size_t *index;
} columns;

typedef struct imputer {
    double missing;       /* what stands for a missing value, NaN mostly */
    const double *values; /* what takes its place, a feature each */
    columns kept;
    columns indicated; /* further columns that say what was missing */
} imputer;

static bool is_missing(const imputer *m, double v)
{
    return isnan(m->missing) ? isnan(v) : v == m->missing;
}

static int impute(const flama_sk_estimator *self, flama_call *call,
                  const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const imputer *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, self->columns, out);
    if (y == NULL)
        return FLAMA_EMEMORY;
    for (size_t r = 0; r < x->rows; r++) {
        const double *row = x->data + r * x->cols;
        for (size_t i = 0; i < m->kept.count; i++) {
            size_t c = m->kept.index[i];
            *y++ = is_missing(m, row[c]) ? m->values[c] : row[c];
        }
        for (size_t i = 0; i < m->indicated.count; i++)
            *y++ = is_missing(m, row[m->indicated.index[i]]);
    }
    return 0;
}

static const flama_sk_methods imputing = {.transform = impute};

/* missing_values: a number, or NaN (pandas' NA counts as that); else it is refused. */
static double read_missing(flama_sk_loader *in, const flama_pickle *self)
{
    const flama_pickle *node = flama_sk_find(in, self, "missing_values");
    double missing = NAN;
    if (node && !flama_numpy_number(node, &missing))
        flama_sk_refuse(in, "with a missing_values that is no number is not run");
    return missing;
}

/* Which features an indicator tells of: those that missed values when it was fitted,
 * unless that is all. */
static void read_indicated(flama_sk_loader *in, const flama_pickle *indicator,
                           size_t features, columns *out)
{
    size_t count = FLAMA_SK_ANY;
    const int64_t *index = flama_sk_integers(in, indicator, "features_", &count);
    const flama_pickle *which = flama_sk_find(in, indicator, "features");
    bool all = flama_pickle_is_text(which, "all") || count == features;
    out->index = flama_sk_new(in, features, sizeof *out->index);
    if (in->failed)
        return;
    out->count = all ? features : count;
    for (size_t i = 0; i < out->count; i++) {
        int64_t c = all ? (int64_t)i : index[i];
        if (c < 0 || (size_t)c >= features || out->count > features) {
            flama_sk_damaged(in, "features_", "names a feature that there is not");
            return;
        }
        out->index[i] = (size_t)c;
    }
}

/* A feature that had no value at all is dropped, unless it is to be kept. */
static void read_kept(flama_sk_loader *in, const flama_pickle *self, size_t features,
                      imputer *m)
{
    bool keep = flama_sk_flag_or(in, self, "keep_empty_features", false);
    m->kept.index = flama_sk_new(in, features, sizeof *m->kept.index);
    for (size_t i = 0; in->failed == 0 && i < features; i++)
        if (keep || !isnan(m->values[i]))
            m->kept.index[m->kept.count++] = i;
}

FLAMA_SK_LOAD(simple_imputer)
{
    imputer *m = flama_sk_new(in, 1, sizeof *m);
    flama_numpy array;
    if (m == NULL || !flama_sk_array(in, self, "statistics_", &array))
        return in->failed;
    for (size_t i = 0; array.kind == 'O' && i < array.count; i++)
        if (array.items[i]->kind == FLAMA_PICKLE_STRING)
            return flama_sk_refuse(in, "fitted on strings is not run");
    size_t features = out->features ? out->features : FLAMA_SK_ANY;
    m->missing = read_missing(in, self);
    m->values = flama_sk_vector(in, self, "statistics_", &features);
    if (in->failed)
        return in->failed;
    read_kept(in, self, features, m);
    if (flama_sk_flag_or(in, self, "add_indicator", false))
        read_indicated(in, flama_sk_get(in, self, "indicator_"), features,
                       &m->indicated);
    out->features = features;
    out->columns = m->kept.count + m->indicated.count;
    out->model = m;
    out->methods = &imputing;
    out->accepts = isnan(m->missing) ? (unsigned)FLAMA_SK_NAN : 0u;
    out->cost = 20 + 3 * (double)features;
    return in->failed;
}

/* An imputer that keeps nothing but the indicators. */
FLAMA_SK_LOAD(missing_indicator)
{
    imputer *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL)
        return in->failed;
    if (out->features == 0)
        return flama_sk_damaged(in, "n_features_in_", "is missing");
    m->missing = read_missing(in, self);
    read_indicated(in, self, out->features, &m->indicated);
    out->columns = m->indicated.count;
    out->model = m;
    out->methods = &imputing;
    out->accepts = isnan(m->missing) ? (unsigned)FLAMA_SK_NAN : 0u;
    return in->failed;
}
