/* The classes this engine knows by their exact names. */
#ifndef FLAMA_SKLEARN_TABLE_H
#define FLAMA_SKLEARN_TABLE_H

#include "engine/sklearn/loader.h"

/* A class as it is spelled in pickles. load reads an object of it into *out, whose
 * name, version, features and feature_names are set already, `outputs` to 1; NULL: a
 * name that may occur as data and is no estimator. 0 or in->failed. */
typedef struct flama_sk_class {
    const char *module;
    const char *name;
    int (*load)(flama_sk_loader *in, const flama_pickle *self, flama_sk_estimator *out);
} flama_sk_class;

/* Names that are data, ended by NULL (data.c). */
extern const flama_sk_class flama_sk_data[];

/* The allow list for flama_pickle_read: the row, or NULL. ctx is not used. */
const void *flama_sk_class_find(const void *ctx, flama_string module,
                                flama_string name);

/* Classes that are estimators, NULL after the last. */
const flama_sk_class *flama_sk_class_at(size_t i);

#endif
