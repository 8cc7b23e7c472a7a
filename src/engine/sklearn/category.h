/* The categories that an encoder learnt of a feature, and finding a cell among them.
 *
 * Cells and categories are equal as Python would have it: True, 1 and 1.0 are one
 * value, "1" is another, None and NaN are two more. A null of the request is None, and
 * NaN when only that is a category. Read once, then any thread. */
#ifndef FLAMA_SKLEARN_CATEGORY_H
#define FLAMA_SKLEARN_CATEGORY_H

#include "base/map.h"
#include "engine/sklearn/loader.h"

typedef struct flama_sk_categories {
    size_t count;
    size_t none, nan; /* index of that category, SIZE_MAX: none is */
    bool nan_is_last;
    flama_map texts, numbers; /* index + 1 */
} flama_sk_categories;

/* Reads the attribute, a list of arrays, one a feature. *features as a dimension of
 * loader.h. NULL on failure. */
const flama_sk_categories *flama_sk_categories_read(flama_sk_loader *in,
                                                    const flama_pickle *object,
                                                    const char *name, size_t *features);

/* Reads the attribute, one array. NULL on failure. */
const flama_sk_categories *flama_sk_categories_read_one(flama_sk_loader *in,
                                                        const flama_pickle *object,
                                                        const char *name);

/* The index of the category that the cell is, SIZE_MAX when it is none. */
size_t flama_sk_category_of(const flama_sk_categories *categories,
                            const flama_sk_matrix *x, size_t cell);

/* Fails the call: the cell is of no category that self knows. */
int flama_sk_category_unknown(const flama_sk_estimator *self, flama_call *call,
                              const flama_sk_matrix *x, size_t cell);

#endif
