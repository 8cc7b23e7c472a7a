/* IterativeImputer: each missing feature predicted from the others, round by round. */
#include <string.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/impute.h"

/* Predicts the feature from others; what it predicts is kept within low and high. */
typedef struct step {
    const flama_sk_estimator *estimator;
    size_t feature;
    const int64_t *neighbors; /* features it looks at */
    size_t count;
    double low, high;
} step;

typedef struct imputer {
    double missing;
    const flama_sk_estimator *initial;
    size_t *columns;   /* of the input, for each one that the initial imputer gives */
    const bool *empty; /* such a column had no value at all */
    size_t count;
    const step *steps;
    size_t step_count;
    flama_sk_columns indicated;
} imputer;

/* What a regressor, or a classifier of numbers, predicted. */
static double answer_at(const flama_sk_answer *answer, size_t i)
{
    if (answer->kind == FLAMA_SK_NUMBERS)
        return answer->numbers[i];
    if (answer->kind == FLAMA_SK_INTEGERS)
        return (double)answer->integers[i];
    const flama_tensor *classes = answer->classes[0];
    size_t label = answer->labels[i];
    return classes->dtype == FLAMA_DTYPE_FLOAT64
               ? ((const double *)classes->data)[label]
               : (double)((const int64_t *)classes->data)[label];
}

/* Which cells of the filled matrix were missing. *all: every one was. */
static bool *find_missing(const imputer *m, flama_call *call, const flama_sk_matrix *x,
                          bool *all)
{
    bool *missing = flama_sk_alloc(call, x->rows * m->count + 1, sizeof *missing);
    *all = true;
    for (size_t r = 0; missing && r < x->rows; r++)
        for (size_t j = 0; j < m->count; j++) {
            double v = x->data[r * x->cols + m->columns[j]];
            bool is = !m->empty[j] && flama_sk_is_missing(m->missing, v);
            missing[r * m->count + j] = is;
            *all = *all && is;
        }
    return missing;
}

static int run_step(const imputer *m, const step *s, flama_call *call,
                    const bool *missing, size_t rows, double *filled)
{
    size_t count = 0;
    flama_sk_matrix x;
    flama_sk_answer answer;
    for (size_t r = 0; r < rows; r++)
        count += missing[r * m->count + s->feature];
    if (count == 0)
        return 0;
    double *to = flama_sk_matrix_new(call, count, s->count, &x);
    if (to == NULL)
        return FLAMA_EMEMORY;
    for (size_t r = 0; r < rows; r++)
        if (missing[r * m->count + s->feature])
            for (size_t j = 0; j < s->count; j++)
                *to++ = filled[r * m->count + (size_t)s->neighbors[j]];
    int code = flama_sk_predict(s->estimator, call, &x, &answer);
    for (size_t r = 0, i = 0; code == 0 && r < rows; r++)
        if (missing[r * m->count + s->feature]) {
            double v = answer_at(&answer, i++);
            v = v < s->low ? s->low : v;
            filled[r * m->count + s->feature] = v > s->high ? s->high : v;
        }
    return code;
}

static int impute(const flama_sk_estimator *self, flama_call *call,
                  const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const imputer *m = self->model;
    flama_sk_matrix first;
    bool all;
    bool *missing = find_missing(m, call, x, &all);
    double *filled = flama_sk_alloc(call, x->rows * m->count, sizeof *filled);
    int code = flama_sk_transform(m->initial, call, x, &first);
    if (code || missing == NULL || filled == NULL)
        return code ? code : FLAMA_EMEMORY;
    memcpy(filled, first.data, x->rows * m->count * sizeof *filled);
    for (size_t i = 0; !all && code == 0 && i < m->step_count; i++)
        code = run_step(m, &m->steps[i], call, missing, x->rows, filled);
    double *y = code ? NULL : flama_sk_matrix_new(call, x->rows, self->columns, out);
    if (y == NULL)
        return code ? code : FLAMA_EMEMORY;
    for (size_t r = 0; r < x->rows; r++, y += self->columns) {
        memcpy(y, filled + r * m->count, m->count * sizeof *y);
        flama_sk_indicate(&m->indicated, m->missing, x->data + r * x->cols,
                          y + m->count);
    }
    return 0;
}

static const flama_sk_methods methods = {.transform = impute};

/* A triplet (feature, features it is told from, estimator). */
static void read_step(flama_sk_loader *in, const flama_pickle *triplet,
                      const double *lows, const double *highs, size_t features,
                      step *out)
{
    static const char name[] = "imputation_sequence_";
    int64_t feature = -1;
    const flama_pickle *neighbors = flama_pickle_argument(triplet, 1);
    out->count = FLAMA_SK_ANY;
    if (!flama_pickle_is_object(triplet, "_ImputerTriplet") || neighbors == NULL ||
        !flama_numpy_integer(flama_pickle_argument(triplet, 0), &feature) ||
        feature < 0 || (size_t)feature >= features) {
        flama_sk_damaged(in, name, "holds something that is no step");
        return;
    }
    out->neighbors = flama_sk_node_integers(in, neighbors, name, &out->count);
    for (size_t i = 0; out->neighbors && i < out->count; i++)
        if (out->neighbors[i] < 0 || (size_t)out->neighbors[i] >= features)
            flama_sk_damaged(in, name, "looks at a feature that there is not");
    if (in->failed)
        return;
    out->feature = (size_t)feature;
    out->low = lows[feature];
    out->high = highs[feature];
    const flama_sk_estimator *estimator = out->estimator =
        flama_sk_load(in, flama_pickle_argument(triplet, 2));
    if (estimator && (estimator->methods->predict == NULL || estimator->outputs != 1 ||
                      (estimator->gives == FLAMA_SK_LABELS &&
                       estimator->classes[0]->dtype != FLAMA_DTYPE_INT64 &&
                       estimator->classes[0]->dtype != FLAMA_DTYPE_FLOAT64)))
        flama_sk_refuse(in, "with a %s, which predicts no number, is not run",
                        estimator->name);
}

static void read_steps(flama_sk_loader *in, const flama_pickle *self, imputer *m)
{
    size_t count;
    if (flama_sk_integer(in, self, "n_iter_") <= 0)
        return; /* the initial imputation is all */
    flama_pickle *const *triplets =
        flama_sk_items(in, self, "imputation_sequence_", &count);
    const double *lows = flama_sk_vector(in, self, "_min_value", &m->count);
    const double *highs = flama_sk_vector(in, self, "_max_value", &m->count);
    step *steps = flama_sk_new(in, count, sizeof *steps);
    for (size_t i = 0; in->failed == 0 && i < count; i++)
        read_step(in, triplets[i], lows, highs, m->count, &steps[i]);
    m->steps = steps;
    m->step_count = count;
}

/* Columns that the initial imputer keeps. Which ones were empty has an attribute of its
 * own since 1.5; a statistic of NaN says it too. */
static void read_columns(flama_sk_loader *in, const flama_pickle *self, size_t features,
                         imputer *m)
{
    const flama_pickle *initial = flama_sk_get(in, self, "initial_imputer_");
    bool keep = flama_sk_flag_or(in, self, "keep_empty_features", false);
    const double *empty = NULL;
    const double *statistics = flama_sk_vector(in, initial, "statistics_", &features);
    if (flama_sk_find(in, self, "_is_empty_feature"))
        empty = flama_sk_vector(in, self, "_is_empty_feature", &features);
    bool *is_empty = flama_sk_new(in, features, sizeof *is_empty);
    m->columns = flama_sk_new(in, features, sizeof *m->columns);
    for (size_t j = 0; in->failed == 0 && j < features; j++) {
        bool none = empty ? empty[j] != 0 : isnan(statistics[j]);
        if (none && !keep)
            continue;
        is_empty[m->count] = none;
        m->columns[m->count++] = j;
    }
    m->empty = is_empty;
    m->initial = flama_sk_load(in, initial);
    if (in->failed == 0 && m->initial->columns != m->count)
        flama_sk_refuse(in, "fills in %zu features at first where %zu are expected",
                        m->initial->columns, m->count);
}

FLAMA_SK_LOAD(iterative_imputer)
{
    imputer *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL)
        return in->failed;
    if (flama_sk_flag_or(in, self, "sample_posterior", false))
        return flama_sk_refuse(in, "with sample_posterior draws at random: not run");
    if (out->features == 0)
        return flama_sk_damaged(in, "n_features_in_", "is missing");
    m->missing = flama_sk_missing_value(in, self);
    read_columns(in, self, out->features, m);
    read_steps(in, self, m);
    flama_sk_imputer_indicated(in, self, out->features, &m->indicated);
    if (in->failed)
        return in->failed;
    out->model = m;
    out->methods = &methods;
    out->accepts = isnan(m->missing) ? (unsigned)FLAMA_SK_NAN : 0u;
    out->columns = m->count + m->indicated.count;
    for (size_t i = 0; i < m->step_count; i++)
        out->cost += m->steps[i].estimator->cost;
    return 0;
}
