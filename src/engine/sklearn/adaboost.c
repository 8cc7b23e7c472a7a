#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/labels.h"
#include "engine/sklearn/product.h"
#include "engine/sklearn/sum.h"

/* AdaBoostClassifier: estimators vote for a class with their weights (SAMME) or with
 * their probabilities (SAMME.R of the older versions; J. Zhu et al., Multi-class
 * AdaBoost, 2009). AdaBoostRegressor: the weighted median of their answers. */

enum { VOTES, VOTES_AGAINST, PROBABILITIES };

typedef struct adaboost {
    flama_sk_estimator **members;
    const uint32_t **maps; /* of each member's classes to the ensemble's */
    size_t count;
    const double *weights;
    double total;
    int rule;
} adaboost;

/* A vote counts for its class and, from 1.3 on, against the others. */
static int add_votes(const adaboost *model, size_t m, flama_call *call,
                     const flama_sk_matrix *x, size_t classes, double *scores)
{
    flama_sk_answer answer;
    int code = flama_sk_predict(model->members[m], call, x, &answer);
    if (code)
        return code;
    double weight = model->weights[m];
    double against = model->rule == VOTES ? 0 : -1 / ((double)classes - 1) * weight;
    for (size_t r = 0; r < x->rows; r++)
        for (size_t k = 0; k < classes; k++)
            scores[r * classes + k] +=
                model->maps[m][answer.labels[r]] == k ? weight : against;
    return 0;
}

static int add_probabilities(const adaboost *model, size_t m, flama_call *call,
                             const flama_sk_matrix *x, size_t classes, double *scores)
{
    flama_sk_matrix proba;
    int code = flama_sk_predict_proba(model->members[m], call, x, &proba);
    double *logs = code ? NULL : flama_sk_alloc(call, classes, sizeof *logs);
    if (logs == NULL)
        return code ? code : FLAMA_EMEMORY;
    for (size_t r = 0; r < x->rows; r++) {
        for (size_t k = 0; k < classes; k++)
            logs[k] = log(fmax(proba.data[r * classes + k], DBL_EPSILON));
        double mean = 1.0 / (double)classes * flama_sk_sum(logs, classes);
        for (size_t k = 0; k < classes; k++)
            scores[r * classes + k] += ((double)classes - 1) * (logs[k] - mean);
    }
    return 0;
}

/* Scores by row and class. */
static int add_scores(const adaboost *model, flama_call *call, const flama_sk_matrix *x,
                      size_t classes, double *scores)
{
    size_t n = x->rows * classes;
    memset(scores, 0, n * sizeof *scores);
    for (size_t m = 0; m < model->count; m++) {
        int code = model->rule == PROBABILITIES
                       ? add_probabilities(model, m, call, x, classes, scores)
                       : add_votes(model, m, call, x, classes, scores);
        if (code)
            return code;
    }
    for (size_t i = 0; i < n; i++)
        scores[i] /= model->total;
    return 0;
}

static int decision_function(const flama_sk_estimator *self, flama_call *call,
                             const flama_sk_matrix *x, flama_sk_matrix *out)
{
    size_t classes = self->classes[0]->count;
    double *scores = flama_sk_matrix_new(call, x->rows, classes, out);
    int code =
        scores ? add_scores(self->model, call, x, classes, scores) : FLAMA_EMEMORY;
    if (code || classes > 2)
        return code;
    for (size_t r = 0; r < x->rows; r++)
        scores[r] = -scores[2 * r] + scores[2 * r + 1];
    out->cols = 1;
    out->flat = true;
    return 0;
}

static int predict_proba(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    flama_sk_matrix scores;
    size_t classes = self->classes[0]->count;
    double *proba = flama_sk_matrix_new(call, x->rows, classes, out);
    int code = proba ? decision_function(self, call, x, &scores) : FLAMA_EMEMORY;
    if (code)
        return code;
    for (size_t i = 0; i < x->rows * classes; i++) {
        if (scores.flat)
            proba[i] = (i % 2 ? scores.data[i / 2] : -scores.data[i / 2]) / 2;
        else
            proba[i] = scores.data[i] / ((double)classes - 1);
    }
    flama_sk_softmax(proba, x->rows, classes);
    return 0;
}

static int predict_labels(const flama_sk_estimator *self, flama_call *call,
                          const flama_sk_matrix *x, flama_sk_answer *out)
{
    flama_sk_matrix scores;
    int code = decision_function(self, call, x, &scores);
    return code ? code : flama_sk_predict_largest(self, call, &scores, out);
}

static const flama_sk_methods classifier = {.predict = predict_labels,
                                            .predict_proba = predict_proba,
                                            .decision_function = decision_function};

typedef struct weighted {
    double value;
    double weight;
} weighted;

static int by_value(const void *a, const void *b)
{
    double x = ((const weighted *)a)->value, y = ((const weighted *)b)->value;
    return (x > y) - (x < y);
}

/* The first value at which the weights so far reach half of all. */
static double median(weighted *items, size_t count)
{
    double total = 0, half;
    qsort(items, count, sizeof *items, by_value);
    for (size_t i = 0; i < count; i++)
        items[i].weight = total += items[i].weight;
    half = 0.5 * total;
    size_t i = 0;
    while (i + 1 < count && !(items[i].weight >= half))
        i++;
    return items[i].value;
}

static int predict_numbers(const flama_sk_estimator *self, flama_call *call,
                           const flama_sk_matrix *x, flama_sk_answer *out)
{
    const adaboost *model = self->model;
    double *medians = flama_sk_numbers_new(call, self, x->rows, out);
    weighted *items = flama_sk_alloc(call, x->rows, model->count * sizeof *items);
    if (medians == NULL || items == NULL)
        return FLAMA_EMEMORY;
    for (size_t m = 0; m < model->count; m++) {
        flama_sk_answer answer;
        int code = flama_sk_predict(model->members[m], call, x, &answer);
        if (code)
            return code;
        for (size_t r = 0; r < x->rows; r++)
            items[r * model->count + m] =
                (weighted){answer.kind == FLAMA_SK_INTEGERS ? (double)answer.integers[r]
                                                            : answer.numbers[r],
                           model->weights[m]};
    }
    for (size_t r = 0; r < x->rows; r++)
        medians[r] = median(items + r * model->count, model->count);
    return 0;
}

static const flama_sk_methods regressor = {.predict = predict_numbers};

static int load(flama_sk_loader *in, const flama_pickle *self, flama_sk_estimator *out,
                adaboost *model)
{
    size_t weights = FLAMA_SK_ANY;
    flama_pickle *const *items = flama_sk_items(in, self, "estimators_", &model->count);
    model->weights = flama_sk_vector(in, self, "estimator_weights_", &weights);
    model->members = flama_sk_new(in, model->count, sizeof *model->members);
    if (in->failed)
        return in->failed;
    if (model->count == 0 || weights < model->count)
        return flama_sk_damaged(in, "estimators_", "is empty or has too few weights");
    model->total = flama_sk_sum(model->weights, weights);
    out->accepts =
        FLAMA_SK_CELLS | FLAMA_SK_PASSES | FLAMA_SK_NAN; /* the members look at null */
    out->cost = 100;
    for (size_t m = 0; m < model->count; m++) {
        model->members[m] = flama_sk_load(in, items[m]);
        if (model->members[m] == NULL)
            return in->failed;
        out->cost += model->members[m]->cost + 50;
    }
    out->model = model;
    return 0;
}

/* A member must be a classifier of the same classes. */
static int check_classifier(flama_sk_loader *in, const flama_sk_estimator *member,
                            const flama_sk_estimator *out, const adaboost *model)
{
    const flama_sk_methods *m = member->methods;
    bool asked =
        model->rule == PROBABILITIES ? m->predict_proba != NULL : m->predict != NULL;
    if (!asked || member->gives != FLAMA_SK_LABELS || member->outputs != 1 ||
        (model->rule == PROBABILITIES &&
         member->classes[0]->count != out->classes[0]->count))
        return flama_sk_refuse(in, "of %s is not run", member->name);
    return 0;
}

FLAMA_SK_LOAD(adaboost_classifier)
{
    static const char *const rules[] = {"SAMME", "SAMME.R", "deprecated", NULL};
    adaboost *model = flama_sk_new(in, 1, sizeof *model);
    if (model == NULL || flama_sk_classes(in, self, "classes_", out) != 0)
        return in->failed;
    if (out->outputs != 1 || out->classes[0]->count < 2)
        return flama_sk_refuse(in, "of fewer than two classes is not run");
    model->rule = in->version < 103 ? VOTES : VOTES_AGAINST;
    if (flama_sk_choice_or(in, self, "algorithm", rules, 0) == 1)
        model->rule = PROBABILITIES;
    if (in->failed || load(in, self, out, model) != 0)
        return in->failed;
    model->maps = flama_sk_new(in, model->count, sizeof *model->maps);
    for (size_t m = 0; model->maps && m < model->count; m++) {
        const flama_sk_estimator *member = model->members[m];
        if (check_classifier(in, member, out, model) != 0)
            return in->failed;
        model->maps[m] =
            flama_sk_labels_within(in, member->classes[0], out->classes[0]);
    }
    out->methods = &classifier;
    return in->failed;
}

FLAMA_SK_LOAD(adaboost_regressor)
{
    adaboost *model = flama_sk_new(in, 1, sizeof *model);
    if (model == NULL || load(in, self, out, model) != 0)
        return in->failed;
    for (size_t m = 0; m < model->count; m++) {
        const flama_sk_estimator *member = model->members[m];
        if (member->methods->predict == NULL || member->gives == FLAMA_SK_LABELS ||
            member->outputs != 1)
            return flama_sk_refuse(in, "of %s is not run", member->name);
    }
    out->methods = &regressor;
    return 0;
}
