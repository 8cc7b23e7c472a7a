/* Reading an estimator's attributes out of a pickle, checked.
 *
 * The functions below take an object and an attribute's name. The first thing that is
 * not as expected sets the loader's error, naming class and attribute, and `failed`;
 * they then give NULL or 0, and so does every later call. A load function reads all it
 * needs, looks at `failed` before it relies on what it read, and returns it at the end.
 * What the functions return lives in the instance's arena unless said otherwise. One
 * thread. */
#ifndef FLAMA_SKLEARN_LOADER_H
#define FLAMA_SKLEARN_LOADER_H

#include "engine/sklearn/estimator.h"
#include "flm/numpy.h"
#include "flm/pickle.h"

typedef struct flama_sk_loader {
    flama_arena *arena;   /* the instance's: what stays */
    flama_arena *scratch; /* gone after loading, the pickle with it */
    flama_error *err;
    int failed;       /* the first failure's code, or 0 */
    const char *name; /* class of the estimator being read */
    unsigned version; /* of scikit-learn that made it: 109 is 1.9 */
    unsigned depth;   /* estimators within estimators */
    size_t effort;    /* spent so far, bounded: nodes can be shared */
} flama_sk_loader;

/* A dimension of any size. */
#define FLAMA_SK_ANY SIZE_MAX

/* Reads the object as an estimator of the table: its version, feature count and names,
 * then what the class's load function reads. NULL on failure. */
flama_sk_estimator *flama_sk_load(flama_sk_loader *in, const flama_pickle *object);

/* Set the error and return its code: what is wrong with the attribute (damaged), or why
 * the estimator is not run (refuse). `name` is prefixed by the class. */
int flama_sk_damaged(flama_sk_loader *in, const char *name, const char *format, ...)
    FLAMA_PRINTF(3, 4);
int flama_sk_refuse(flama_sk_loader *in, const char *format, ...) FLAMA_PRINTF(2, 3);

/* count * size bytes, zeroed; NULL without memory. */
void *flama_sk_new(flama_sk_loader *in, size_t count, size_t size);

/* The attribute's node: NULL when absent or None (find); it must be there (get).
 * Borrowed from the pickle. */
const flama_pickle *flama_sk_find(flama_sk_loader *in, const flama_pickle *object,
                                  const char *name);
const flama_pickle *flama_sk_get(flama_sk_loader *in, const flama_pickle *object,
                                 const char *name);

/* The value under the key, a string, of a DICT; NULL when there is none. Borrowed from
 * the pickle. */
const flama_pickle *flama_sk_entry(flama_sk_loader *in, const flama_pickle *dict,
                                   const flama_pickle *key);

/* Scalars. The _or forms give `otherwise` when the attribute is absent or None. */
double flama_sk_number(flama_sk_loader *in, const flama_pickle *object,
                       const char *name);
double flama_sk_number_or(flama_sk_loader *in, const flama_pickle *object,
                          const char *name, double otherwise);
int64_t flama_sk_integer(flama_sk_loader *in, const flama_pickle *object,
                         const char *name);
int64_t flama_sk_integer_or(flama_sk_loader *in, const flama_pickle *object,
                            const char *name, int64_t otherwise);
bool flama_sk_flag(flama_sk_loader *in, const flama_pickle *object, const char *name);
bool flama_sk_flag_or(flama_sk_loader *in, const flama_pickle *object, const char *name,
                      bool otherwise);

/* Which of the NULL-terminated names the string attribute is: its index. An unknown one
 * refuses the model. The _or form gives `otherwise` when absent or None. */
size_t flama_sk_choice(flama_sk_loader *in, const flama_pickle *object,
                       const char *name, const char *const *names);
size_t flama_sk_choice_or(flama_sk_loader *in, const flama_pickle *object,
                          const char *name, const char *const *names, size_t otherwise);

/* Whether the attribute `dtype` says that what comes out is rounded to floats of 4
 * bytes: float32, not float64 or None; other types refuse the model. */
bool flama_sk_single_dtype(flama_sk_loader *in, const flama_pickle *object);

/* Items of a list, a tuple or a 1-d array of objects; NULL on failure only. Borrowed
 * from the pickle. */
flama_pickle *const *flama_sk_items(flama_sk_loader *in, const flama_pickle *object,
                                    const char *name, size_t *count);

/* The array's view, for what the functions below don't cover; false on failure. */
bool flama_sk_array(flama_sk_loader *in, const flama_pickle *object, const char *name,
                    flama_numpy *out);

/* The same of a node that is no attribute; `name` is for messages. */
bool flama_sk_node_array(flama_sk_loader *in, const flama_pickle *node,
                         const char *name, flama_numpy *out);

/* Whether the array holds floats of 4 bytes: scikit-learn then computes some of what is
 * made of it in float. */
bool flama_sk_is_single(flama_sk_loader *in, const flama_pickle *object,
                        const char *name);

/* Numbers as doubles, C order. A dimension that is FLAMA_SK_ANY is set to what is
 * found, else it must be that. vector: 1-d array or a list of numbers. matrix: 2-d
 * array or a scipy.sparse matrix. vector also takes a row or column of a 2-d array when
 * `ravel`. */
const double *flama_sk_vector(flama_sk_loader *in, const flama_pickle *object,
                              const char *name, size_t *count);
const double *flama_sk_ravel(flama_sk_loader *in, const flama_pickle *object,
                             const char *name, size_t *count);
const double *flama_sk_matrix_get(flama_sk_loader *in, const flama_pickle *object,
                                  const char *name, size_t *rows, size_t *cols);
const int64_t *flama_sk_integers(flama_sk_loader *in, const flama_pickle *object,
                                 const char *name, size_t *count);

/* The same of a node that is no attribute; `name` is for messages. */
const double *flama_sk_node_vector(flama_sk_loader *in, const flama_pickle *node,
                                   const char *name, size_t *count);
const double *flama_sk_node_matrix(flama_sk_loader *in, const flama_pickle *node,
                                   const char *name, size_t *rows, size_t *cols);
const int64_t *flama_sk_node_integers(flama_sk_loader *in, const flama_pickle *node,
                                      const char *name, size_t *count);

/* A 1-d array of strings, copied. */
const flama_string *flama_sk_strings(flama_sk_loader *in, const flama_pickle *object,
                                     const char *name, size_t *count);

/* Class labels: int64, bool, double or string. */
const flama_tensor *flama_sk_node_labels(flama_sk_loader *in, const flama_pickle *node,
                                         const char *name);

/* Sets out->classes, outputs, gives (LABELS) from the attribute: an array, or a list of
 * arrays when there are several outputs (wide then). */
int flama_sk_classes(flama_sk_loader *in, const flama_pickle *object, const char *name,
                     flama_sk_estimator *out);

#endif
