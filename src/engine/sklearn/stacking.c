/* StackingClassifier and StackingRegressor: an estimator on what others predict. */
#include "engine/sklearn/families.h"
#include "engine/sklearn/labels.h"
#include "engine/sklearn/meta.h"

enum { PROBA, DECISION, PREDICT };

typedef struct layer {
    const flama_sk_estimator *estimator;
    size_t method;
} layer;

typedef struct stacking {
    size_t count;
    layer *layers;
    bool passthrough; /* the input's own columns follow */
    bool binary;      /* probabilities of two classes are one column */
    const flama_sk_estimator *last;
    const uint32_t *classes; /* those of the last, by their indices here */
} stacking;

/* Leaves out the first column of each output's probabilities; two labels count as two
 * classes. */
static int drop_first(const layer *l, flama_call *call, flama_sk_matrix *x)
{
    const flama_sk_estimator *e = l->estimator;
    size_t outputs = e->classes ? e->outputs : 1, from = 0, count = 0;
    size_t *columns = flama_sk_alloc(call, x->cols, sizeof *columns);
    for (size_t k = 0; columns && k < outputs && from < x->cols; k++) {
        size_t width = e->classes ? e->classes[k]->count : x->cols;
        for (size_t c = 1; c < width && from + c < x->cols; c++)
            columns[count++] = from + c;
        from += width;
    }
    flama_sk_matrix all = *x;
    int code = columns ? flama_sk_expect(e, call, &all, from) : FLAMA_EMEMORY;
    return code ? code : flama_sk_take_columns(call, &all, columns, count, x);
}

static int run_layer(const stacking *m, const layer *l, flama_call *call,
                     const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const flama_sk_estimator *e = l->estimator;
    if (l->method == PREDICT)
        return flama_sk_predict_matrix(e, call, x, out);
    if (l->method == DECISION)
        return flama_sk_decision_function(e, call, x, out);
    int code = flama_sk_predict_proba(e, call, x, out);
    bool list = e->classes && e->outputs > 1;
    return code || !(list || m->binary) ? code : drop_first(l, call, out);
}

static int transform(const flama_sk_estimator *self, flama_call *call,
                     const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const stacking *m = self->model;
    flama_sk_matrix *parts = flama_sk_alloc(call, m->count + 1, sizeof *parts);
    if (parts == NULL)
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < m->count; i++) {
        int code = run_layer(m, &m->layers[i], call, x, &parts[i]);
        if (code)
            return code;
    }
    parts[m->count] = *x;
    return flama_sk_side_by_side(call, parts, m->count + m->passthrough, x->rows, out);
}

static int predict(const flama_sk_estimator *self, flama_call *call,
                   const flama_sk_matrix *x, flama_sk_answer *out)
{
    const stacking *m = self->model;
    flama_sk_matrix y;
    int code = transform(self, call, x, &y);
    if (code == 0)
        code = flama_sk_predict(m->last, call, &y, out);
    if (code || m->classes == NULL)
        return code;
    for (size_t i = 0; i < out->rows; i++)
        out->labels[i] = m->classes[out->labels[i]];
    out->classes = self->classes;
    out->flat = true;
    return 0;
}

static int predict_proba(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const stacking *m = self->model;
    flama_sk_matrix y;
    int code = transform(self, call, x, &y);
    return code ? code : flama_sk_predict_proba(m->last, call, &y, out);
}

static int decision_function(const flama_sk_estimator *self, flama_call *call,
                             const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const stacking *m = self->model;
    flama_sk_matrix y;
    int code = transform(self, call, x, &y);
    return code ? code : flama_sk_decision_function(m->last, call, &y, out);
}

static bool has_method(const flama_sk_estimator *e, size_t method)
{
    if (method == PREDICT)
        return flama_sk_is_numeric(e);
    return method == PROBA ? e->methods->predict_proba : e->methods->decision_function;
}

static void read_layers(flama_sk_loader *in, const flama_pickle *self, stacking *m)
{
    static const char *const methods[] = {"predict_proba", "decision_function",
                                          "predict"};
    size_t names;
    flama_sk_estimator **list = flama_sk_load_list(in, self, "estimators_", &m->count);
    flama_pickle *const *method = flama_sk_items(in, self, "stack_method_", &names);
    if (in->failed == 0 && names != m->count)
        flama_sk_damaged(in, "stack_method_", "is not as long as estimators_");
    m->layers = flama_sk_new(in, m->count, sizeof *m->layers);
    for (size_t i = 0; in->failed == 0 && i < m->count; i++) {
        layer *l = &m->layers[i];
        l->estimator = list[i];
        while (l->method < 3 && !flama_pickle_is_text(method[i], methods[l->method]))
            l->method++;
        if (l->method == 3)
            flama_sk_damaged(in, "stack_method_", "names no method that is known");
        else
            flama_sk_needs(in, list[i], has_method(list[i], l->method),
                           methods[l->method]);
    }
}

static stacking *load(flama_sk_loader *in, const flama_pickle *self,
                      flama_sk_estimator *out)
{
    stacking *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL)
        return NULL;
    read_layers(in, self, m);
    m->passthrough = flama_sk_flag(in, self, "passthrough");
    m->last = flama_sk_load_attribute(in, self, "final_estimator_");
    flama_sk_methods *methods = flama_sk_new(in, 1, sizeof *methods);
    if (in->failed ||
        !flama_sk_needs(in, m->last, m->last->methods->predict, "predict"))
        return NULL;
    *methods = (flama_sk_methods){
        .predict = predict,
        .predict_proba = m->last->methods->predict_proba ? predict_proba : NULL,
        .decision_function =
            m->last->methods->decision_function ? decision_function : NULL,
        .transform = transform};
    out->model = m;
    out->methods = methods;
    out->accepts = FLAMA_SK_UNCHECKED;
    out->decisions = m->last->decisions;
    out->cost = m->last->cost + 200;
    for (size_t i = 0; i < m->count; i++)
        out->cost += m->layers[i].estimator->cost + 100;
    flama_sk_adopt_features(out, m->layers[0].estimator);
    return m;
}

/* Of several outputs, as the last estimator gives them: 0 or 1 each. */
static int load_multilabel(flama_sk_loader *in, const flama_pickle *classes,
                           const stacking *m, flama_sk_estimator *out)
{
    for (size_t i = 0; in->failed == 0 && i < classes->count; i++) {
        size_t count = FLAMA_SK_ANY;
        const int64_t *labels =
            flama_sk_node_integers(in, classes->items[i], "classes_", &count);
        for (size_t k = 0; labels && k < count; k++)
            if (labels[k] != (int64_t)k)
                return flama_sk_refuse(in, "has an output that never is 0");
    }
    flama_sk_methods *methods = flama_sk_new(in, 1, sizeof *methods);
    if (in->failed || !flama_sk_needs(in, m->last, flama_sk_is_numeric(m->last),
                                      "labels that are 0 or 1"))
        return in->failed;
    *methods = (flama_sk_methods){.predict = predict, .transform = transform};
    out->methods = methods;
    out->gives = m->last->gives;
    out->classes = m->last->classes;
    out->outputs = m->last->outputs;
    out->wide = m->last->wide;
    return 0;
}

FLAMA_SK_LOAD(stacking_classifier)
{
    stacking *m = load(in, self, out);
    const flama_pickle *classes = flama_sk_get(in, self, "classes_");
    if (m == NULL || classes == NULL)
        return in->failed;
    if (classes->kind == FLAMA_PICKLE_LIST) {
        m->binary = classes->count == 2;
        return load_multilabel(in, classes, m, out);
    }
    if (flama_sk_classes(in, self, "classes_", out) != 0)
        return in->failed;
    m->binary = out->classes[0]->count == 2;
    if (!flama_sk_needs(in, m->last,
                        m->last->gives == FLAMA_SK_LABELS && m->last->outputs == 1,
                        "one class a row"))
        return in->failed;
    m->classes =
        flama_sk_labels_as_indices(in, m->last->classes[0], out->classes[0]->count);
    return in->failed;
}

FLAMA_SK_LOAD(stacking_regressor)
{
    stacking *m = load(in, self, out);
    if (m == NULL ||
        !flama_sk_needs(in, m->last, flama_sk_is_numeric(m->last), "numbers"))
        return in->failed;
    out->gives = m->last->gives;
    out->classes = m->last->classes;
    out->outputs = m->last->outputs;
    out->wide = m->last->wide;
    return 0;
}
