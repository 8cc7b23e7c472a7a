/* What imputers share: what counts as missing, and the columns that tell of it. Read
 * once, then any thread. */
#ifndef FLAMA_SKLEARN_IMPUTE_H
#define FLAMA_SKLEARN_IMPUTE_H

#include <math.h>

#include "engine/sklearn/loader.h"

/* Columns of the input that make columns of the output. */
typedef struct flama_sk_columns {
    size_t count;
    size_t *index;
} flama_sk_columns;

/* missing_values as a number: NaN also for None and for pandas' NA, which requests
 * spell alike. Another thing refuses the model. */
double flama_sk_missing_value(flama_sk_loader *in, const flama_pickle *imputer);

static inline bool flama_sk_is_missing(double missing, double v)
{
    return isnan(missing) ? isnan(v) : v == missing;
}

/* The features an indicator tells of: those that missed values when it was fitted,
 * unless that is all. */
void flama_sk_indicated(flama_sk_loader *in, const flama_pickle *indicator,
                        size_t features, flama_sk_columns *out);

/* The same of an imputer: none without add_indicator. */
void flama_sk_imputer_indicated(flama_sk_loader *in, const flama_pickle *imputer,
                                size_t features, flama_sk_columns *out);

/* Writes whether these columns of the row are missing: 1 or 0 each. */
void flama_sk_indicate(const flama_sk_columns *columns, double missing,
                       const double *row, double *out);

#endif
