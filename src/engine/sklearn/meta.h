/* What estimators that hold other estimators share: columns taken and put together,
 * answers as numbers, lists of steps. What a call makes lives in its arena. */
#ifndef FLAMA_SKLEARN_META_H
#define FLAMA_SKLEARN_META_H

#include "engine/sklearn/loader.h"

/* A method that gives a matrix: flama_sk_predict_proba, flama_sk_transform and so on.
 */
typedef int flama_sk_method(const flama_sk_estimator *self, flama_call *call,
                            const flama_sk_matrix *x, flama_sk_matrix *out);

/* These columns of x, each below x->cols, in this order. */
int flama_sk_take_columns(flama_call *call, const flama_sk_matrix *x,
                          const size_t *columns, size_t count, flama_sk_matrix *out);

/* The matrix with all its cells as numbers, for `name`. */
int flama_sk_plain(flama_call *call, const char *name, const flama_sk_matrix *x,
                   flama_sk_matrix *out);

/* Matrices of `rows` each, side by side; cells when some cell is no number. */
int flama_sk_side_by_side(flama_call *call, const flama_sk_matrix *parts, size_t count,
                          size_t rows, flama_sk_matrix *out);

/* What predict gives, a label as the number that its class is. */
int flama_sk_predict_matrix(const flama_sk_estimator *self, flama_call *call,
                            const flama_sk_matrix *x, flama_sk_matrix *out);

/* What the method gives of each, which must be one number a row, side by side: rows x
 * count into out. */
int flama_sk_each_column(flama_sk_estimator *const *members, size_t count,
                         flama_sk_method *method, flama_call *call,
                         const flama_sk_matrix *x, double *out);

/* Whether all that predict gives is numbers: no classes that are strings. */
bool flama_sk_is_numeric(const flama_sk_estimator *self);

/* How sure a classifier of two classes is of the second, a number a row: what its
 * decision_function gives, else the probability; what a regressor predicts. *threshold
 * (may be NULL) is what it takes to be that class. */
int flama_sk_score_binary(const flama_sk_estimator *self, flama_call *call,
                          const flama_sk_matrix *x, flama_sk_matrix *out);
double flama_sk_binary_threshold(const flama_sk_estimator *self);

/* Whether flama_sk_score_binary can run it. */
bool flama_sk_scores_binary(const flama_sk_estimator *self);

/* The probability of the second of two classes, flat: a flama_sk_method. */
int flama_sk_second_proba(const flama_sk_estimator *self, flama_call *call,
                          const flama_sk_matrix *x, flama_sk_matrix *out);

/* Fails the call unless the estimator gave as many columns as it said it would. */
int flama_sk_expect(const flama_sk_estimator *self, flama_call *call,
                    const flama_sk_matrix *given, size_t cols);

/* Makes `out` all that `inner` is: for who hands everything on. */
void flama_sk_become(flama_sk_estimator *out, const flama_sk_estimator *inner);

/* Takes over what `inner` says of its input: number and names of features where `out`
 * has none of its own. */
void flama_sk_adopt_features(flama_sk_estimator *out, const flama_sk_estimator *inner);

/* Loads the attribute that is an estimator; NULL on failure. */
flama_sk_estimator *flama_sk_load_attribute(flama_sk_loader *in,
                                            const flama_pickle *object,
                                            const char *name);

/* Loads the items of a list of estimators, one at least; NULL on failure. */
flama_sk_estimator **flama_sk_load_list(flama_sk_loader *in, const flama_pickle *object,
                                        const char *name, size_t *count);

/* The same of estimators_, whose rows `out` hands on to each: sets what follows of
 * that. NULL on failure. */
flama_sk_estimator **flama_sk_load_members(flama_sk_loader *in,
                                           const flama_pickle *object,
                                           flama_sk_estimator *out, size_t *count);

/* The i-th part of a tuple in a list such as Pipeline.steps: (name, estimator, ...).
 * NULL, and damaged, when the item is no tuple of `count` parts. */
const flama_pickle *flama_sk_step(flama_sk_loader *in, const flama_pickle *item,
                                  size_t count, size_t i, const char *list);

/* Indices of columns below `limit`: a list or an array of integers. NULL on failure. */
const size_t *flama_sk_columns(flama_sk_loader *in, const flama_pickle *node,
                               const char *name, size_t limit, size_t *count);

/* Refuses the model unless the estimator within it has the method. */
bool flama_sk_needs(flama_sk_loader *in, const flama_sk_estimator *inner, bool has,
                    const char *method);

#endif
