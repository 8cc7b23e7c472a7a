/* Selecting features by an estimator: RFE, RFECV, SequentialFeatureSelector and
 * SelectFromModel. The first two also predict with what they selected. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/importances.h"
#include "engine/sklearn/meta.h"
#include "engine/sklearn/selection.h"
#include "engine/sklearn/sum.h"

typedef struct elimination {
    flama_sk_estimator selector; /* transforms */
    const flama_sk_estimator *inner;
} elimination;

static int select_features(const flama_sk_estimator *self, flama_call *call,
                           const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const elimination *m = self->model;
    return m->selector.methods->transform(&m->selector, call, x, out);
}

static int predict(const flama_sk_estimator *self, flama_call *call,
                   const flama_sk_matrix *x, flama_sk_answer *out)
{
    const elimination *m = self->model;
    flama_sk_matrix y;
    int code = select_features(self, call, x, &y);
    return code ? code : flama_sk_predict(m->inner, call, &y, out);
}

static int predict_proba(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const elimination *m = self->model;
    flama_sk_matrix y;
    int code = select_features(self, call, x, &y);
    return code ? code : flama_sk_predict_proba(m->inner, call, &y, out);
}

static int decision_function(const flama_sk_estimator *self, flama_call *call,
                             const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const elimination *m = self->model;
    flama_sk_matrix y;
    int code = select_features(self, call, x, &y);
    return code ? code : flama_sk_decision_function(m->inner, call, &y, out);
}

/* support_: a flag a feature. */
static const bool *read_support(flama_sk_loader *in, const flama_pickle *self,
                                flama_sk_estimator *out)
{
    size_t features = out->features ? out->features : FLAMA_SK_ANY;
    const double *flags = flama_sk_vector(in, self, "support_", &features);
    bool *keep = flags ? flama_sk_new(in, features, sizeof *keep) : NULL;
    for (size_t i = 0; keep && i < features; i++)
        keep[i] = flags[i] != 0;
    out->features = features;
    return keep;
}

/* What is not looked at further than the estimator does. */
static unsigned accepted(const flama_sk_estimator *inner)
{
    bool all = inner->accepts & (FLAMA_SK_NAN | FLAMA_SK_UNCHECKED);
    return all ? FLAMA_SK_NAN | FLAMA_SK_INFINITE : 0;
}

FLAMA_SK_LOAD(elimination)
{
    elimination *m = flama_sk_new(in, 1, sizeof *m);
    flama_sk_methods *methods = flama_sk_new(in, 1, sizeof *methods);
    const bool *keep = read_support(in, self, out);
    const flama_sk_estimator *e = flama_sk_load_attribute(in, self, "estimator_");
    if (in->failed)
        return in->failed;
    m->inner = e;
    m->selector = *out;
    if (flama_sk_selection_set(in, keep, &m->selector) != 0)
        return in->failed;
    *methods = (flama_sk_methods){
        .predict = e->methods->predict ? predict : NULL,
        .predict_proba = e->methods->predict_proba ? predict_proba : NULL,
        .decision_function = e->methods->decision_function ? decision_function : NULL,
        .transform = select_features};
    out->model = m;
    out->methods = methods;
    out->accepts = accepted(e);
    out->decisions = e->decisions;
    out->columns = m->selector.columns;
    out->gives = e->gives;
    out->outputs = e->outputs;
    out->wide = e->wide;
    out->classes = e->classes;
    out->cost = e->cost + m->selector.cost;
    return 0;
}

FLAMA_SK_LOAD(sequential_selector)
{
    const bool *keep = read_support(in, self, out);
    out->accepts = FLAMA_SK_NAN | FLAMA_SK_INFINITE | FLAMA_SK_CELLS | FLAMA_SK_PASSES;
    return keep ? flama_sk_selection_set(in, keep, out) : in->failed;
}

/* SelectFromModel keeps what matters enough; which that is it works out each time. */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double middle(flama_sk_loader *in, const double *v, size_t n, bool median)
{
    if (!median)
        return flama_sk_sum(v, n) / (double)n;
    double *sorted = flama_sk_new(in, n, sizeof *sorted);
    if (sorted == NULL)
        return 0;
    memcpy(sorted, v, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, ascending);
    return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

/* Estimators that make weights nothing: 1e-5 is much for them. Which are looked at by
 * their l1_ratio has grown with the versions. */
static bool is_sparse(flama_sk_loader *in, const flama_pickle *estimator)
{
    const flama_pickle *ratio = flama_sk_find(in, estimator, "l1_ratio_");
    flama_string class = estimator->object->type->name;
    bool all = in->version >= 108;
    bool net =
        (in->version >= 101 && flama_pickle_is_object(estimator, "ElasticNet")) ||
        (all && flama_pickle_is_object(estimator, "LogisticRegression"));
    bool cv =
        (in->version >= 107 && flama_pickle_is_object(estimator, "ElasticNetCV")) ||
        (all && flama_pickle_is_object(estimator, "LogisticRegressionCV"));
    size_t count = FLAMA_SK_ANY;
    if (flama_pickle_is_text(flama_sk_find(in, estimator, "penalty"), "l1") ||
        memmem(class.data, class.size, "Lasso", 5))
        return true;
    if (net)
        return fabs(flama_sk_number_or(in, estimator, "l1_ratio", 0) - 1) <= 1.001e-5;
    if (!cv || ratio == NULL)
        return false;
    if (!flama_numpy_is(ratio))
        return fabs(flama_sk_number(in, estimator, "l1_ratio_") - 1) <= 1.001e-5;
    const double *ratios = flama_sk_ravel(in, estimator, "l1_ratio_", &count);
    for (size_t i = 0; ratios && i < count; i++)
        if (!(fabs(ratios[i] - 1) <= 1.001e-5))
            return false;
    return true;
}

/* "mean", "median", "1.5*mean", a number, or None. */
static double read_threshold(flama_sk_loader *in, const flama_pickle *self,
                             const flama_pickle *estimator, const double *scores,
                             size_t n)
{
    const flama_pickle *node = flama_sk_find(in, self, "threshold");
    double scale = 1;
    char word[40] = "mean", reference[40] = "";
    if (node == NULL && is_sparse(in, estimator))
        return 1e-5;
    if (node && node->kind != FLAMA_PICKLE_STRING)
        return flama_sk_number(in, self, "threshold");
    if (node && node->text.size < sizeof word) {
        memcpy(word, node->text.data, node->text.size);
        word[node->text.size] = '\0';
    }
    if (sscanf(word, "%lf * %39s", &scale, reference) != 2) {
        scale = 1;
        memcpy(reference, word, sizeof reference);
    }
    bool median = strcmp(reference, "median") == 0;
    if (!median && strcmp(reference, "mean") != 0)
        flama_sk_damaged(in, "threshold", "is neither a number, mean nor median");
    return in->failed ? 0 : scale * middle(in, scores, n, median);
}

/* Only the `most` largest, the first of equals. */
static void keep_largest(const double *scores, size_t n, size_t most, bool *keep)
{
    for (size_t i = 0; i < n; i++) {
        size_t before = 0;
        for (size_t j = 0; j < n && before < most; j++)
            before += scores[j] > scores[i] || (scores[j] == scores[i] && j < i);
        keep[i] = before < most;
    }
}

FLAMA_SK_LOAD(select_from_model)
{
    const flama_pickle *fitted = flama_sk_find(in, self, "estimator_");
    const flama_pickle *estimator =
        fitted ? fitted : flama_sk_get(in, self, "estimator");
    const flama_pickle *getter = flama_sk_find(in, self, "importance_getter");
    if (in->failed || estimator->kind != FLAMA_PICKLE_OBJECT)
        return flama_sk_damaged(in, "estimator_", "is no estimator");
    if (getter && !flama_pickle_is_text(getter, "auto") &&
        !flama_pickle_is_text(getter, "coef_") &&
        !flama_pickle_is_text(getter, "feature_importances_"))
        return flama_sk_refuse(in, "with an importance_getter is not run");
    size_t count = FLAMA_SK_ANY;
    const double *scores = flama_sk_importances(
        in, estimator, flama_sk_number_or(in, self, "norm_order", 1), &count);
    double threshold = scores ? read_threshold(in, self, estimator, scores, count) : 0;
    bool *keep = scores ? flama_sk_new(in, count, sizeof *keep) : NULL;
    /* In 1.0 there is no fitted copy of it. */
    bool copy = flama_sk_find(in, self, "max_features_") != NULL;
    int64_t most = flama_sk_integer_or(
        in, self, copy ? "max_features_" : "max_features", INT64_MAX);
    if (in->failed)
        return in->failed;
    if (out->features && out->features != count)
        return flama_sk_damaged(in, "n_features_in_", "is not its estimator's");
    keep_largest(scores, count, most < 0 ? 0 : (size_t)most, keep);
    for (size_t i = 0; i < count; i++)
        keep[i] = keep[i] && !(scores[i] < threshold);
    out->features = count;
    out->accepts = FLAMA_SK_NAN | FLAMA_SK_INFINITE | FLAMA_SK_CELLS | FLAMA_SK_PASSES;
    return flama_sk_selection_set(in, keep, out);
}
