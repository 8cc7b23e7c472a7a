/* TransformedTargetRegressor: what a regressor predicts, transformed back. */
#include "engine/sklearn/families.h"
#include "engine/sklearn/meta.h"

typedef struct transformed {
    const flama_sk_estimator *regressor, *transformer;
} transformed;

static int predict(const flama_sk_estimator *self, flama_call *call,
                   const flama_sk_matrix *x, flama_sk_answer *out)
{
    const transformed *m = self->model;
    flama_sk_matrix y, back;
    int code = flama_sk_predict_matrix(m->regressor, call, x, &y);
    if (code == 0)
        code = flama_sk_inverse_transform(m->transformer, call, &y, &back);
    if (code)
        return code;
    double *to = flama_sk_numbers_new(call, self, x->rows, out);
    if (to && back.cols != self->outputs)
        return flama_fail(call, FLAMA_EINTERNAL, "%s gives %zu columns back, not %zu",
                          m->transformer->name, back.cols, self->outputs);
    for (size_t i = 0; to && i < back.rows * back.cols; i++)
        to[i] = back.data[i];
    return to ? 0 : FLAMA_EMEMORY;
}

static const flama_sk_methods methods = {.predict = predict};

FLAMA_SK_LOAD(transformed_target)
{
    transformed *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL)
        return in->failed;
    const flama_sk_estimator *e = flama_sk_load_attribute(in, self, "regressor_");
    const flama_sk_estimator *t = flama_sk_load_attribute(in, self, "transformer_");
    int64_t dimensions = flama_sk_integer(in, self, "_training_dim");
    if (in->failed || !flama_sk_needs(in, e, flama_sk_is_numeric(e), "numbers") ||
        !flama_sk_needs(in, t, t->methods->inverse_transform, "inverse_transform") ||
        !flama_sk_needs(in, t, t->features == 0 || t->features == e->outputs,
                        "as many features as the regressor has outputs"))
        return in->failed;
    m->regressor = e;
    m->transformer = t;
    out->model = m;
    out->methods = &methods;
    out->accepts = FLAMA_SK_UNCHECKED;
    out->outputs = e->outputs;
    out->wide = dimensions != 1;
    out->cost = e->cost + t->cost;
    flama_sk_adopt_features(out, e);
    return 0;
}
