/* Reads the trees of fitted estimators into ensembles, and runs those: what the tree
 * families share.
 *
 * A fitted decision tree has an attribute tree_: an object Tree(n_features, n_classes,
 * n_outputs) with the state `nodes`, a structured array (left_child, right_child,
 * feature, threshold, n_node_samples, weighted_n_node_samples, from 1.3 on
 * missing_go_to_left; the file says where in an item each stands), and `values`,
 * numbers by node, output and class: of classifiers counts before 1.4, fractions from
 * then on.
 *
 * The reading functions are for load functions, on their thread. */
#ifndef FLAMA_SKLEARN_TREE_READER_H
#define FLAMA_SKLEARN_TREE_READER_H

#include "engine/sklearn/loader.h"
#include "engine/sklearn/trees.h"

/* A tree on its way from the file into an ensemble. */
typedef struct flama_sk_tree {
    size_t index; /* of the tree in the ensemble */
    size_t count; /* nodes */
    const int64_t *left;
    const int64_t *right;
    int64_t *feature;
    const double *threshold;
    const double *weight;
    const double *samples;       /* rows of the training in each node, unweighted */
    const int64_t *missing_left; /* NULL before 1.3 */
    const double *values;        /* count * outputs * classes */
    size_t outputs;
    size_t classes; /* the most that an output has; 1 for regressors */
} flama_sk_tree;

/* Writes what the leaves hold, count * width doubles; may change the features too.
 * These and the children are not checked yet. 0 or in->failed. */
typedef int (*flama_sk_tree_fill)(flama_sk_loader *in, const void *ctx,
                                  flama_sk_tree *tree, double *out);

/* The attribute estimators_, of at least one. NULL on failure. Borrowed from the
 * pickle. */
const flama_pickle *const *
flama_sk_tree_list(flama_sk_loader *in, const flama_pickle *object, size_t *count);

/* Reads the `count` fitted trees into *out, whose features, missing and width are set.
 * 0 or in->failed. */
int flama_sk_trees_read(flama_sk_loader *in, const flama_pickle *const *estimators,
                        size_t count, flama_sk_tree_fill fill, const void *ctx,
                        flama_sk_trees *out);

/* A field of nodes as doubles or as integers, in `room`; NULL on failure, also when
 * there is none. */
void *flama_sk_tree_field(flama_sk_loader *in, flama_arena *room,
                          const flama_numpy *nodes, const char *name, bool integers);

/* How many features and outputs a fitted tree is for. 0 or in->failed. */
int flama_sk_tree_shape(flama_sk_loader *in, const flama_pickle *estimator,
                        size_t *features, size_t *outputs);

/* Whether rows may miss values, as the library decides it from the parameters of a
 * fitted tree. */
bool flama_sk_tree_takes_nan(flama_sk_loader *in, const flama_pickle *estimator);

/* What the leaves of a classifier or of a regressor hold: a number for each class of
 * each output, or for each output. */
typedef struct flama_sk_tree_leaves {
    const flama_tensor *const *classes; /* NULL: a regressor */
    size_t outputs;
    bool divide; /* counts are made fractions */
} flama_sk_tree_leaves;

/* A flama_sk_tree_fill; ctx is a flama_sk_tree_leaves. */
int flama_sk_tree_fill_leaves(flama_sk_loader *in, const void *ctx, flama_sk_tree *tree,
                              double *out);

/* Sets what the caller of flama_sk_trees_read has to in *trees, and out->features,
 * outputs, wide and accepts, for a classifier (whose classes are read already) or a
 * regressor made of trees such as `tree`. 0 or in->failed. */
int flama_sk_trees_describe(flama_sk_loader *in, const flama_pickle *tree,
                            flama_sk_estimator *out, flama_sk_trees *trees);

/* The same for a forest of them: before 1.4 it took no missing values. */
int flama_sk_forest_describe(flama_sk_loader *in, const flama_pickle *tree,
                             flama_sk_estimator *out, flama_sk_trees *trees);

/* Runs `set_count` ensembles over the same rows: set k adds its sums to
 * out[r * stride + k * width]. 0 or what the call failed with. */
int flama_sk_trees_run(const flama_sk_trees *sets, size_t set_count, flama_call *call,
                       const flama_sk_matrix *x, double *out, size_t stride);

/* Sets out, rows * width, to the sums of one ensemble. 0 or what the call failed with.
 */
int flama_sk_trees_sums(const flama_sk_trees *trees, flama_call *call,
                        const flama_sk_matrix *x, double *out);

/* Divides, in place, the counts of each row and output by their sum. */
void flama_sk_tree_divide(const flama_sk_estimator *self, double *counts, size_t rows);

/* Labels out of scores, one output after the other in each row: the largest, the first
 * of equals. 0 or FLAMA_EMEMORY. */
int flama_sk_tree_labels(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *scores, flama_sk_answer *out);

/* Nanoseconds a row takes, about. */
double flama_sk_trees_cost(const flama_sk_trees *sets, size_t set_count);

#endif
