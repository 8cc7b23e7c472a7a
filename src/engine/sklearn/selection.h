/* Keeping some of the columns. Any thread. */
#ifndef FLAMA_SKLEARN_SELECTION_H
#define FLAMA_SKLEARN_SELECTION_H

#include "engine/sklearn/loader.h"

/* Makes an estimator whose transform gives the columns that are kept, numbers or not;
 * keep has out->features of them. */
int flama_sk_selection_set(flama_sk_loader *in, const bool *keep,
                           flama_sk_estimator *out);

#endif
