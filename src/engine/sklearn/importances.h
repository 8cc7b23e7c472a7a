/* How much each feature matters to an estimator. */
#ifndef FLAMA_SKLEARN_IMPORTANCES_H
#define FLAMA_SKLEARN_IMPORTANCES_H

#include "engine/sklearn/loader.h"

/* One number a feature: the norm of a fitted estimator's coef_, also of a linear
 * support vector machine's, or the feature_importances_ of trees, as scikit-learn works
 * them out. NULL on failure, also for estimators that have neither. */
const double *flama_sk_importances(flama_sk_loader *in, const flama_pickle *estimator,
                                   double order, size_t *count);

#endif
