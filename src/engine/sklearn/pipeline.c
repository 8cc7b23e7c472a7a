/* Pipeline: transformers one after the other, then the last step's method. */
#include "engine/sklearn/families.h"

typedef struct pipeline {
    size_t count; /* of transformers before the last step */
    const flama_sk_estimator **transformers;
    const flama_sk_estimator *last;
} pipeline;

static int transform_first(const pipeline *m, flama_call *call,
                           const flama_sk_matrix *x, flama_sk_matrix *out)
{
    *out = *x;
    for (size_t i = 0; i < m->count; i++) {
        flama_sk_matrix from = *out;
        int code = flama_sk_transform(m->transformers[i], call, &from, out);
        if (code)
            return code;
    }
    return 0;
}

static int predict(const flama_sk_estimator *self, flama_call *call,
                   const flama_sk_matrix *x, flama_sk_answer *out)
{
    const pipeline *m = self->model;
    flama_sk_matrix y;
    int code = transform_first(m, call, x, &y);
    return code ? code : flama_sk_predict(m->last, call, &y, out);
}

static int predict_proba(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const pipeline *m = self->model;
    flama_sk_matrix y;
    int code = transform_first(m, call, x, &y);
    return code ? code : flama_sk_predict_proba(m->last, call, &y, out);
}

static int decision_function(const flama_sk_estimator *self, flama_call *call,
                             const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const pipeline *m = self->model;
    flama_sk_matrix y;
    int code = transform_first(m, call, x, &y);
    return code ? code : flama_sk_decision_function(m->last, call, &y, out);
}

static int transform(const flama_sk_estimator *self, flama_call *call,
                     const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const pipeline *m = self->model;
    flama_sk_matrix y;
    int code = transform_first(m, call, x, &y);
    return code ? code : flama_sk_transform(m->last, call, &y, out);
}

/* What the last step can do, the pipeline can. */
static const flama_sk_methods *methods_of(flama_sk_loader *in,
                                          const flama_sk_methods *last)
{
    flama_sk_methods *methods = flama_sk_new(in, 1, sizeof *methods);
    if (methods)
        *methods = (flama_sk_methods){
            .predict = last->predict ? predict : NULL,
            .predict_proba = last->predict_proba ? predict_proba : NULL,
            .decision_function = last->decision_function ? decision_function : NULL,
            .transform = last->transform ? transform : NULL};
    return methods;
}

/* A step is (name, estimator); None and "passthrough" do nothing. */
static const flama_pickle *step_estimator(flama_sk_loader *in, const flama_pickle *step)
{
    if (step->kind != FLAMA_PICKLE_TUPLE || step->count != 2) {
        flama_sk_damaged(in, "steps", "holds something that is no step");
        return NULL;
    }
    const flama_pickle *node = step->items[1];
    bool nothing =
        node->kind == FLAMA_PICKLE_NONE || flama_pickle_is_text(node, "passthrough");
    return nothing ? NULL : node;
}

static void read_steps(flama_sk_loader *in, flama_pickle *const *steps, size_t count,
                       pipeline *m)
{
    for (size_t i = 0; in->failed == 0 && i < count; i++) {
        const flama_pickle *node = step_estimator(in, steps[i]);
        if (in->failed || node == NULL)
            continue;
        const flama_sk_estimator *step = flama_sk_load(in, node);
        if (step && i + 1 < count && step->methods->transform == NULL)
            flama_sk_refuse(in,
                            "has %s, which transforms nothing, before its last step",
                            step->name);
        if (i + 1 == count)
            m->last = step;
        else
            m->transformers[m->count++] = step;
    }
}

/* A pipeline that ends in "passthrough" is its other steps. */
static void drop_empty_last(flama_sk_loader *in, pipeline *m)
{
    if (in->failed == 0 && m->last == NULL) {
        if (m->count == 0)
            flama_sk_refuse(in, "has no step that does anything");
        else
            m->last = m->transformers[--m->count];
    }
}

FLAMA_SK_LOAD(pipeline)
{
    size_t count;
    flama_pickle *const *steps = flama_sk_items(in, self, "steps", &count);
    pipeline *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL)
        return in->failed;
    m->transformers = flama_sk_new(in, count, sizeof *m->transformers);
    read_steps(in, steps, count, m);
    drop_empty_last(in, m);
    if (in->failed)
        return in->failed;
    const flama_sk_estimator *first = m->count ? m->transformers[0] : m->last;
    out->model = m;
    out->methods = methods_of(in, m->last->methods);
    out->accepts = FLAMA_SK_UNCHECKED;
    out->features = first->features;
    out->feature_names = first->feature_names;
    out->takes = first->takes;
    out->gives = m->last->gives;
    out->outputs = m->last->outputs;
    out->wide = m->last->wide;
    out->classes = m->last->classes;
    out->columns = m->last->columns;
    out->decisions = m->last->decisions;
    out->cost = m->last->cost;
    for (size_t i = 0; i < m->count; i++)
        out->cost += m->transformers[i]->cost;
    return in->failed;
}
