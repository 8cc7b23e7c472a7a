/* MultiOutputClassifier and MultiOutputRegressor: an estimator an output; and chains,
 * where each also sees what those before it gave. */
#include <math.h>
#include <string.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/meta.h"

typedef struct outputs {
    size_t count;
    flama_sk_estimator **members;
    size_t *order;         /* chains: the output each member is for */
    flama_sk_method *seen; /* chains: what the next ones see of each */
} outputs;

static int predict_labels(const flama_sk_estimator *self, flama_call *call,
                          const flama_sk_matrix *x, flama_sk_answer *out)
{
    const outputs *m = self->model;
    uint32_t *labels = flama_sk_labels_new(call, self, x->rows, out);
    for (size_t i = 0; labels && i < m->count; i++) {
        flama_sk_answer one;
        int code = flama_sk_predict(m->members[i], call, x, &one);
        if (code)
            return code;
        for (size_t r = 0; r < x->rows; r++)
            labels[r * m->count + i] = one.labels[r];
    }
    return labels ? 0 : FLAMA_EMEMORY;
}

static int predict_numbers(const flama_sk_estimator *self, flama_call *call,
                           const flama_sk_matrix *x, flama_sk_answer *out)
{
    const outputs *m = self->model;
    double *y = flama_sk_numbers_new(call, self, x->rows, out);
    return y ? flama_sk_each_column(m->members, m->count, flama_sk_predict_matrix, call,
                                    x, y)
             : FLAMA_EMEMORY;
}

static int predict_proba(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const outputs *m = self->model;
    flama_sk_matrix *parts = flama_sk_alloc(call, m->count, sizeof *parts);
    if (parts == NULL)
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < m->count; i++) {
        int code = flama_sk_predict_proba(m->members[i], call, x, &parts[i]);
        if (code == 0)
            code = flama_sk_expect(m->members[i], call, &parts[i],
                                   self->classes[i]->count);
        if (code)
            return code;
    }
    return flama_sk_side_by_side(call, parts, m->count, x->rows, out);
}

static const flama_sk_methods classifier = {.predict = predict_labels};
static const flama_sk_methods probabilistic = {.predict = predict_labels,
                                               .predict_proba = predict_proba};
static const flama_sk_methods regressor = {.predict = predict_numbers};

static outputs *load(flama_sk_loader *in, const flama_pickle *self,
                     flama_sk_estimator *out)
{
    outputs *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL)
        return NULL;
    m->members = flama_sk_load_members(in, self, out, &m->count);
    out->model = m;
    out->outputs = m->count;
    out->wide = true;
    for (size_t i = 0; m->members && i < m->count; i++) {
        const flama_sk_estimator *e = m->members[i];
        flama_sk_needs(in, e, e->methods->predict && e->outputs == 1, "one output");
    }
    return in->failed ? NULL : m;
}

FLAMA_SK_LOAD(multi_output_classifier)
{
    outputs *m = load(in, self, out);
    const flama_tensor **classes = flama_sk_new(in, m ? m->count : 0, sizeof *classes);
    bool proba = true;
    for (size_t i = 0; in->failed == 0 && i < m->count; i++) {
        const flama_sk_estimator *e = m->members[i];
        if (!flama_sk_needs(in, e, e->gives == FLAMA_SK_LABELS, "classes"))
            break;
        classes[i] = e->classes[0];
        proba = proba && e->methods->predict_proba;
        if (classes[i]->dtype != classes[0]->dtype)
            flama_sk_refuse(in, "has outputs with labels of different kinds");
    }
    out->gives = FLAMA_SK_LABELS;
    out->classes = classes;
    out->methods = proba ? &probabilistic : &classifier;
    return in->failed;
}

FLAMA_SK_LOAD(multi_output_regressor)
{
    outputs *m = load(in, self, out);
    for (size_t i = 0; in->failed == 0 && i < m->count; i++)
        flama_sk_needs(in, m->members[i], m->members[i]->gives == FLAMA_SK_NUMBERS,
                       "numbers");
    out->methods = &regressor;
    return in->failed;
}

/* Chains. */

/* Puts the input's columns into rows that have room for what the chain adds. */
static double *widen(flama_call *call, const flama_sk_matrix *x, size_t cols)
{
    double *wide = flama_sk_alloc(call, x->rows, cols * sizeof *wide);
    for (size_t r = 0; wide && r < x->rows; r++)
        memcpy(wide + r * cols, x->data + r * x->cols, x->cols * sizeof *wide);
    return wide;
}

/* The first `cols` of each of the wide rows. */
static int narrow(flama_call *call, const double *wide, size_t rows, size_t width,
                  size_t cols, flama_sk_matrix *out)
{
    double *data = flama_sk_matrix_new(call, rows, cols, out);
    for (size_t r = 0; data && r < rows; r++)
        memcpy(data + r * cols, wide + r * width, cols * sizeof *data);
    return data ? 0 : FLAMA_EMEMORY;
}

static int second_log_proba(const flama_sk_estimator *self, flama_call *call,
                            const flama_sk_matrix *x, flama_sk_matrix *out)
{
    flama_sk_matrix p;
    int code = flama_sk_second_proba(self, call, x, &p);
    double *y = code ? NULL : flama_sk_matrix_new(call, p.rows, p.cols, out);
    for (size_t i = 0; y && i < p.rows * p.cols; i++)
        y[i] = log(p.data[i]);
    return code ? code : y ? 0 : FLAMA_EMEMORY;
}

/* What `method` gives of each, in the outputs' order: rows x count. */
static int run_chain(const flama_sk_estimator *self, flama_sk_method *method,
                     flama_call *call, const flama_sk_matrix *x, double *out)
{
    const outputs *m = self->model;
    size_t width = x->cols + m->count;
    double *wide = widen(call, x, width);
    for (size_t i = 0; wide && i < m->count; i++) {
        flama_sk_matrix known, given = {0}, shown;
        int code = narrow(call, wide, x->rows, width, x->cols + i, &known);
        if (code == 0)
            code = method(m->members[i], call, &known, &given);
        shown = given;
        if (code == 0 && m->seen != method && i + 1 < m->count)
            code = m->seen(m->members[i], call, &known, &shown);
        if (code == 0)
            code = flama_sk_expect(m->members[i], call, &given, 1);
        if (code == 0)
            code = flama_sk_expect(m->members[i], call, &shown, 1);
        if (code)
            return code;
        for (size_t r = 0; r < x->rows; r++) {
            out[r * m->count + m->order[i]] = given.data[r];
            wide[r * width + x->cols + i] = shown.data[r];
        }
    }
    return wide ? 0 : FLAMA_EMEMORY;
}

static int chain_predict(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_answer *out)
{
    double *y = flama_sk_numbers_new(call, self, x->rows, out);
    return y ? run_chain(self, flama_sk_predict_matrix, call, x, y) : FLAMA_EMEMORY;
}

static int chain_proba(const flama_sk_estimator *self, flama_call *call,
                       const flama_sk_matrix *x, flama_sk_matrix *out)
{
    double *y = flama_sk_matrix_new(call, x->rows, self->outputs, out);
    return y ? run_chain(self, flama_sk_second_proba, call, x, y) : FLAMA_EMEMORY;
}

static int chain_decision(const flama_sk_estimator *self, flama_call *call,
                          const flama_sk_matrix *x, flama_sk_matrix *out)
{
    double *y = flama_sk_matrix_new(call, x->rows, self->outputs, out);
    return y ? run_chain(self, flama_sk_decision_function, call, x, y) : FLAMA_EMEMORY;
}

/* order_ is a permutation of the outputs. */
static void read_order(flama_sk_loader *in, const flama_pickle *self, outputs *m)
{
    size_t count;
    const size_t *order = flama_sk_columns(in, flama_sk_get(in, self, "order_"),
                                           "order_", m->count, &count);
    bool *taken = flama_sk_new(in, m->count, sizeof *taken);
    m->order = flama_sk_new(in, m->count, sizeof *m->order);
    if (in->failed == 0 && count != m->count)
        flama_sk_damaged(in, "order_", "is not as long as estimators_");
    for (size_t i = 0; in->failed == 0 && i < count; i++) {
        if (taken[order[i]])
            flama_sk_damaged(in, "order_", "names an output twice");
        taken[order[i]] = true;
        m->order[i] = order[i];
    }
}

static int load_chain(flama_sk_loader *in, const flama_pickle *self, outputs *m,
                      flama_sk_estimator *out)
{
    flama_sk_methods *methods = flama_sk_new(in, 1, sizeof *methods);
    bool proba = true, decision = true;
    for (size_t i = 0; in->failed == 0 && i < m->count; i++) {
        const flama_sk_estimator *e = m->members[i];
        bool two = e->gives == FLAMA_SK_LABELS && e->classes[0]->count == 2;
        proba = proba && two && e->methods->predict_proba;
        decision = decision && two && e->methods->decision_function;
        flama_sk_needs(in, e, flama_sk_is_numeric(e), "numbers");
    }
    if (in->failed)
        return in->failed;
    read_order(in, self, m);
    *methods =
        (flama_sk_methods){.predict = chain_predict,
                           .predict_proba = proba ? chain_proba : NULL,
                           .decision_function = decision ? chain_decision : NULL};
    out->methods = methods;
    out->accepts = 0;
    return in->failed;
}

FLAMA_SK_LOAD(classifier_chain)
{
    static const char *const names[] = {"predict", "predict_proba", "decision_function",
                                        "predict_log_proba", NULL};
    static flama_sk_method *const methods[] = {
        flama_sk_predict_matrix, flama_sk_second_proba, flama_sk_decision_function,
        second_log_proba};
    enum { DECISION = 2 };
    outputs *m = load(in, self, out);
    if (m == NULL || load_chain(in, self, m, out) != 0)
        return in->failed;
    size_t method = flama_sk_choice_or(in, self, "chain_method_", names, 0);
    m->seen = methods[method];
    if (method && (method == DECISION ? out->methods->decision_function == NULL
                                      : out->methods->predict_proba == NULL))
        return flama_sk_refuse(in, "holds an estimator without %s", names[method]);
    return in->failed;
}

FLAMA_SK_LOAD(regressor_chain)
{
    outputs *m = load(in, self, out);
    if (m)
        m->seen = flama_sk_predict_matrix;
    return m ? load_chain(in, self, m, out) : in->failed;
}
