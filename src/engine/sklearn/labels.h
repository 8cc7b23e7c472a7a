/* Classes of an estimator within another one. */
#ifndef FLAMA_SKLEARN_LABELS_H
#define FLAMA_SKLEARN_LABELS_H

#include "engine/sklearn/loader.h"

/* For each class of `inner`, its index in `outer` by value; every one must be there.
 * NULL on failure. */
const uint32_t *flama_sk_labels_within(flama_sk_loader *in, const flama_tensor *inner,
                                       const flama_tensor *outer);

/* For each class of `inner`, which are indices below `count` themselves, that index. */
const uint32_t *flama_sk_labels_as_indices(flama_sk_loader *in,
                                           const flama_tensor *inner, size_t count);

/* Index of the class that the node (a string or a number) is; classes->count when it is
 * none of them. */
size_t flama_sk_label_find(const flama_pickle *node, const flama_tensor *classes);

#endif
