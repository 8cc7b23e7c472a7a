/* FixedThresholdClassifier and TunedThresholdClassifierCV: a classifier of two classes
 * that says one of them from some score on. */
#include <string.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/labels.h"
#include "engine/sklearn/meta.h"

typedef struct threshold {
    const flama_sk_estimator *inner;
    bool proba; /* scores are probabilities, else decisions */
    double at;
    uint32_t positive; /* the class from there on */
} threshold;

static double score_of(const threshold *m, const flama_sk_matrix *scores, size_t r)
{
    if (m->proba)
        return scores->data[r * scores->cols + m->positive];
    return m->positive == 0 ? -scores->data[r] : scores->data[r];
}

static int predict(const flama_sk_estimator *self, flama_call *call,
                   const flama_sk_matrix *x, flama_sk_answer *out)
{
    const threshold *m = self->model;
    flama_sk_matrix scores;
    int code = m->proba ? flama_sk_predict_proba(m->inner, call, x, &scores)
                        : flama_sk_decision_function(m->inner, call, x, &scores);
    if (code == 0)
        code = flama_sk_expect(m->inner, call, &scores, m->proba ? 2 : 1);
    uint32_t *labels = code ? NULL : flama_sk_labels_new(call, self, x->rows, out);
    for (size_t r = 0; labels && r < x->rows; r++)
        labels[r] = score_of(m, &scores, r) >= m->at ? m->positive : 1 - m->positive;
    return code ? code : labels ? 0 : FLAMA_EMEMORY;
}

static int predict_proba(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    return flama_sk_predict_proba(((const threshold *)self->model)->inner, call, x,
                                  out);
}

static int decision_function(const flama_sk_estimator *self, flama_call *call,
                             const flama_sk_matrix *x, flama_sk_matrix *out)
{
    return flama_sk_decision_function(((const threshold *)self->model)->inner, call, x,
                                      out);
}

static threshold *load(flama_sk_loader *in, const flama_pickle *self,
                       const flama_pickle *inner, flama_sk_estimator *out)
{
    static const char *const responses[] = {"auto", "predict_proba",
                                            "decision_function", NULL};
    threshold *m = flama_sk_new(in, 1, sizeof *m);
    flama_sk_methods *methods = flama_sk_new(in, 1, sizeof *methods);
    size_t response = flama_sk_choice(in, self, "response_method", responses);
    const flama_sk_estimator *e = inner ? flama_sk_load(in, inner) : NULL;
    if (in->failed || e == NULL ||
        !flama_sk_needs(in, e,
                        e->gives == FLAMA_SK_LABELS && e->outputs == 1 &&
                            e->classes[0]->count == 2,
                        "two classes"))
        return NULL;
    const flama_sk_methods *have = e->methods;
    m->inner = e;
    m->proba = response == 1 || (response == 0 && have->predict_proba);
    m->positive = 1;
    *methods = (flama_sk_methods){
        .predict = predict,
        .predict_proba = have->predict_proba ? predict_proba : NULL,
        .decision_function = have->decision_function ? decision_function : NULL};
    out->model = m;
    out->methods = methods;
    out->accepts = FLAMA_SK_UNCHECKED;
    out->gives = FLAMA_SK_LABELS;
    out->classes = e->classes;
    out->decisions = e->decisions;
    out->cost = e->cost + 50;
    flama_sk_adopt_features(out, e);
    bool scores = m->proba ? have->predict_proba : have->decision_function;
    return flama_sk_needs(in, e, scores, "scores") ? m : NULL;
}

static void read_positive(flama_sk_loader *in, const flama_pickle *label,
                          const flama_tensor *classes, threshold *m)
{
    size_t found = flama_sk_label_find(label, classes);
    if (found < classes->count)
        m->positive = (uint32_t)found;
    else
        flama_sk_refuse(in, "has a pos_label that is none of its classes");
}

FLAMA_SK_LOAD(fixed_threshold)
{
    const flama_pickle *inner = flama_sk_find(in, self, "estimator_");
    if (inner == NULL)
        inner = flama_sk_get(in, self, "estimator");
    threshold *m = load(in, self, inner, out);
    if (m == NULL)
        return in->failed;
    const flama_pickle *label = flama_sk_find(in, self, "pos_label");
    if (label)
        read_positive(in, label, out->classes[0], m);
    if (flama_pickle_is_text(flama_sk_get(in, self, "threshold"), "auto"))
        m->at = m->proba ? 0.5 : 0;
    else
        m->at = flama_sk_number(in, self, "threshold");
    return in->failed;
}

/* Scores that are about the class 1 unless told otherwise. */
static bool is_about_one(const flama_pickle *function)
{
    static const char *const names[] = {"f1_score",        "fbeta_score",
                                        "precision_score", "recall_score",
                                        "jaccard_score",   "average_precision_score"};
    if (function == NULL || function->kind != FLAMA_PICKLE_GLOBAL)
        return false;
    flama_string name = function->global->name;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == name.size &&
            memcmp(names[i], name.data, name.size) == 0)
            return true;
    return false;
}

FLAMA_SK_LOAD(tuned_threshold)
{
    static const flama_pickle one = {.kind = FLAMA_PICKLE_INTEGER, .integer = 1};
    threshold *m = load(in, self, flama_sk_get(in, self, "estimator_"), out);
    if (m == NULL)
        return in->failed;
    m->at = flama_sk_number(in, self, "best_threshold_");
    const flama_pickle *scorer = flama_sk_get(in, self, "_curve_scorer");
    const flama_pickle *options = scorer ? flama_sk_get(in, scorer, "_kwargs") : NULL;
    const flama_pickle *function =
        scorer ? flama_sk_get(in, scorer, "_score_func") : NULL;
    if (in->failed)
        return in->failed;
    const flama_pickle *label = flama_pickle_entry(options, "pos_label");
    if (label == NULL && is_about_one(function))
        label = &one;
    if (label && label->kind != FLAMA_PICKLE_NONE)
        read_positive(in, label, out->classes[0], m);
    return in->failed;
}
