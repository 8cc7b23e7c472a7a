#include <string.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/labels.h"
#include "engine/sklearn/meta.h"

/* BaggingClassifier and BaggingRegressor: the mean of estimators, each of which sees
 * some of the features. */

typedef struct member {
    flama_sk_estimator *estimator;
    const size_t *features; /* the columns it is given; NULL: all as they are */
    size_t feature_count;
    const uint32_t *classes; /* of the ensemble, by its own */
} member;

typedef struct bagging {
    member *members;
    size_t count;
} bagging;

/* The columns of x that the member is given. */
static int take_columns(const member *m, flama_call *call, const flama_sk_matrix *x,
                        flama_sk_matrix *out)
{
    if (m->features)
        return flama_sk_take_columns(call, x, m->features, m->feature_count, out);
    *out = *x;
    return 0;
}

/* Adds what one member says of each class: its probabilities, or a vote. */
static int add_classes(const member *m, flama_call *call, const flama_sk_matrix *x,
                       size_t classes, double *out)
{
    flama_sk_matrix taken, proba;
    flama_sk_answer answer;
    const flama_sk_estimator *e = m->estimator;
    bool votes = e->methods->predict_proba == NULL;
    int code = take_columns(m, call, x, &taken);
    if (code == 0)
        code = votes ? flama_sk_predict(e, call, &taken, &answer)
                     : flama_sk_predict_proba(e, call, &taken, &proba);
    for (size_t r = 0; code == 0 && r < x->rows; r++, out += classes) {
        if (votes)
            out[m->classes[answer.labels[r]]] += 1;
        else
            for (size_t k = 0; k < proba.cols; k++)
                out[m->classes[k]] += proba.data[r * proba.cols + k];
    }
    return code;
}

static int predict_proba(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const bagging *model = self->model;
    size_t classes = self->classes[0]->count, n = x->rows * classes;
    double *proba = flama_sk_matrix_new(call, x->rows, classes, out);
    if (proba == NULL)
        return FLAMA_EMEMORY;
    memset(proba, 0, n * sizeof *proba);
    for (size_t m = 0; m < model->count; m++) {
        int code = add_classes(&model->members[m], call, x, classes, proba);
        if (code)
            return code;
    }
    for (size_t i = 0; i < n; i++)
        proba[i] /= (double)model->count;
    return 0;
}

static int predict_labels(const flama_sk_estimator *self, flama_call *call,
                          const flama_sk_matrix *x, flama_sk_answer *out)
{
    flama_sk_matrix proba;
    int code = predict_proba(self, call, x, &proba);
    return code ? code : flama_sk_predict_largest(self, call, &proba, out);
}

static int decision_function(const flama_sk_estimator *self, flama_call *call,
                             const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const bagging *model = self->model;
    size_t classes = self->classes[0]->count, cols = classes == 2 ? 1 : classes;
    double *sums = flama_sk_matrix_new(call, x->rows, cols, out);
    if (sums == NULL)
        return FLAMA_EMEMORY;
    memset(sums, 0, x->rows * cols * sizeof *sums);
    out->flat = cols == 1;
    for (size_t m = 0; m < model->count; m++) {
        flama_sk_matrix taken, one;
        int code = take_columns(&model->members[m], call, x, &taken);
        if (code == 0)
            code = flama_sk_decision_function(model->members[m].estimator, call, &taken,
                                              &one);
        if (code == 0 && one.cols != cols)
            code = flama_fail(call, FLAMA_EINTERNAL, "%s gives %zu columns, not %zu",
                              model->members[m].estimator->name, one.cols, cols);
        if (code)
            return code;
        for (size_t i = 0; i < x->rows * cols; i++)
            sums[i] += one.data[i];
    }
    for (size_t i = 0; i < x->rows * cols; i++)
        sums[i] /= (double)model->count;
    return 0;
}

static int predict_numbers(const flama_sk_estimator *self, flama_call *call,
                           const flama_sk_matrix *x, flama_sk_answer *out)
{
    const bagging *model = self->model;
    double *sums = flama_sk_numbers_new(call, self, x->rows, out);
    size_t n = x->rows * self->outputs;
    if (sums == NULL)
        return FLAMA_EMEMORY;
    memset(sums, 0, n * sizeof *sums);
    for (size_t m = 0; m < model->count; m++) {
        flama_sk_matrix taken;
        flama_sk_answer one;
        int code = take_columns(&model->members[m], call, x, &taken);
        if (code == 0)
            code = flama_sk_predict(model->members[m].estimator, call, &taken, &one);
        if (code)
            return code;
        for (size_t i = 0; i < n; i++)
            sums[i] += one.kind == FLAMA_SK_INTEGERS ? (double)one.integers[i]
                                                     : one.numbers[i];
    }
    for (size_t i = 0; i < n; i++)
        sums[i] /= (double)model->count;
    return 0;
}

static const flama_sk_methods classifier = {.predict = predict_labels,
                                            .predict_proba = predict_proba};
static const flama_sk_methods deciding_classifier = {.predict = predict_labels,
                                                     .predict_proba = predict_proba,
                                                     .decision_function =
                                                         decision_function};
static const flama_sk_methods regressor = {.predict = predict_numbers};

static bool are_all(const size_t *features, size_t count, size_t all)
{
    bool same = count == all;
    for (size_t i = 0; same && i < count; i++)
        same = features[i] == i;
    return same;
}

static int read_member(flama_sk_loader *in, const flama_pickle *estimator,
                       const flama_pickle *features, size_t all, member *out)
{
    const size_t *list = flama_sk_columns(in, features, "estimators_features_", all,
                                          &out->feature_count);
    if (list && !are_all(list, out->feature_count, all))
        out->features = list;
    out->estimator = in->failed ? NULL : flama_sk_load(in, estimator);
    if (out->estimator && out->estimator->methods->predict == NULL)
        flama_sk_refuse(in, "of %s is not run", out->estimator->name);
    return in->failed;
}

static int load(flama_sk_loader *in, const flama_pickle *self, flama_sk_estimator *out,
                bagging *model)
{
    size_t lists;
    flama_pickle *const *items = flama_sk_items(in, self, "estimators_", &model->count);
    flama_pickle *const *features =
        flama_sk_items(in, self, "estimators_features_", &lists);
    model->members = flama_sk_new(in, model->count, sizeof *model->members);
    if (in->failed)
        return in->failed;
    if (model->count == 0 || lists != model->count || out->features == 0)
        return flama_sk_damaged(in, "estimators_", "is empty or without its features");
    out->model = model;
    out->accepts = FLAMA_SK_NAN | FLAMA_SK_INFINITE | FLAMA_SK_CELLS | FLAMA_SK_PASSES;
    out->cost = 100;
    for (size_t m = 0; m < model->count; m++) {
        member *one = &model->members[m];
        if (read_member(in, items[m], features[m], out->features, one) != 0)
            return in->failed;
        flama_sk_adopt_features(out, one->estimator);
        out->cost += one->estimator->cost + 50;
    }
    return 0;
}

FLAMA_SK_LOAD(bagging_classifier)
{
    bagging *model = flama_sk_new(in, 1, sizeof *model);
    if (model == NULL || flama_sk_classes(in, self, "classes_", out) != 0 ||
        load(in, self, out, model) != 0)
        return in->failed;
    if (out->outputs != 1)
        return flama_sk_damaged(in, "classes_", "is of several outputs");
    bool decides = true;
    for (size_t m = 0; m < model->count; m++) {
        const flama_sk_estimator *e = model->members[m].estimator;
        if (e->gives != FLAMA_SK_LABELS || e->outputs != 1)
            return flama_sk_refuse(in, "of %s is not run", e->name);
        model->members[m].classes =
            flama_sk_labels_as_indices(in, e->classes[0], out->classes[0]->count);
        decides = decides && e->methods->decision_function &&
                  e->classes[0]->count == out->classes[0]->count;
    }
    out->methods = decides ? &deciding_classifier : &classifier;
    return in->failed;
}

FLAMA_SK_LOAD(bagging_regressor)
{
    bagging *model = flama_sk_new(in, 1, sizeof *model);
    if (model == NULL || load(in, self, out, model) != 0)
        return in->failed;
    out->outputs = model->members[0].estimator->outputs;
    out->wide = model->members[0].estimator->wide;
    for (size_t m = 0; m < model->count; m++) {
        const flama_sk_estimator *e = model->members[m].estimator;
        if (e->gives == FLAMA_SK_LABELS || e->outputs != out->outputs)
            return flama_sk_refuse(in, "of %s is not run", e->name);
    }
    out->methods = &regressor;
    return 0;
}
