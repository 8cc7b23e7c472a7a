/* Estimators that hand all on to the one they found, trained or were given. */
#include "engine/sklearn/families.h"
#include "engine/sklearn/meta.h"

static int hand_on(flama_sk_loader *in, const flama_pickle *self, const char *name,
                   flama_sk_estimator *out)
{
    const flama_sk_estimator *inner = flama_sk_load_attribute(in, self, name);
    if (inner)
        flama_sk_become(out, inner);
    return in->failed;
}

/* A search that did not refit has no model. */
FLAMA_SK_LOAD(search)
{
    if (flama_sk_find(in, self, "best_estimator_") == NULL)
        return flama_sk_refuse(in, "has no best_estimator_: it was made with "
                                   "refit=False or not fitted");
    return hand_on(in, self, "best_estimator_", out);
}

FLAMA_SK_LOAD(frozen)
{
    return hand_on(in, self, "estimator", out);
}

FLAMA_SK_LOAD(self_training)
{
    bool older = flama_sk_find(in, self, "estimator_") == NULL;
    if (hand_on(in, self, older ? "base_estimator_" : "estimator_", out))
        return in->failed;
    return flama_sk_needs(in, out, out->methods->predict, "predict") ? 0 : in->failed;
}
