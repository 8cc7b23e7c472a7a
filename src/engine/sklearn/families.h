/* The load functions of all families; table.c tells which class takes which. */
#ifndef FLAMA_SKLEARN_FAMILIES_H
#define FLAMA_SKLEARN_FAMILIES_H

#include "engine/sklearn/loader.h"

#define FLAMA_SK_LOAD(family)                                                 \
    int flama_sk_load_##family(flama_sk_loader *in, const flama_pickle *self, \
                               flama_sk_estimator *out)

/* linear.c */
FLAMA_SK_LOAD(linear_regressor);
FLAMA_SK_LOAD(glm);
FLAMA_SK_LOAD(linear_classifier);
FLAMA_SK_LOAD(logistic);
FLAMA_SK_LOAD(sgd_classifier);

/* mlp.c */
FLAMA_SK_LOAD(mlp_classifier);
FLAMA_SK_LOAD(mlp_regressor);

/* pipeline.c */
FLAMA_SK_LOAD(pipeline);

#endif
