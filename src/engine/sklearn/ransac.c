/* RANSACRegressor: the regressor that was fitted on the inliers. */
#include "engine/sklearn/families.h"

static int predict(const flama_sk_estimator *self, flama_call *call,
                   const flama_sk_matrix *x, flama_sk_answer *out)
{
    return flama_sk_predict(self->model, call, x, out);
}

static const flama_sk_methods methods = {.predict = predict};

FLAMA_SK_LOAD(ransac)
{
    const flama_sk_estimator *inner =
        flama_sk_load(in, flama_sk_get(in, self, "estimator_"));
    if (inner == NULL)
        return in->failed;
    if (inner->methods->predict == NULL)
        return flama_sk_refuse(in, "holds %s, which predicts nothing", inner->name);
    out->model = inner;
    out->methods = &methods;
    out->accepts = FLAMA_SK_UNCHECKED;
    out->gives = inner->gives;
    out->outputs = inner->outputs;
    out->wide = inner->wide;
    out->classes = inner->classes;
    out->cost = inner->cost;
    return 0;
}
