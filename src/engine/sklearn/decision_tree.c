#include "engine/sklearn/families.h"
#include "engine/sklearn/tree_reader.h"

/* DecisionTree and ExtraTree, classifiers and regressors: ensembles of one. Leaves of
 * classifiers before 1.4 hold counts, and predict compares those. */

static int predict_labels(const flama_sk_estimator *self, flama_call *call,
                          const flama_sk_matrix *x, flama_sk_answer *out)
{
    const flama_sk_trees *tree = self->model;
    flama_sk_matrix counts;
    double *sums = flama_sk_matrix_new(call, x->rows, tree->width, &counts);
    int code = sums ? flama_sk_trees_sums(tree, call, x, sums) : FLAMA_EMEMORY;
    return code ? code : flama_sk_tree_labels(self, call, &counts, out);
}

static int predict_proba(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const flama_sk_trees *tree = self->model;
    double *sums = flama_sk_matrix_new(call, x->rows, tree->width, out);
    int code = sums ? flama_sk_trees_sums(tree, call, x, sums) : FLAMA_EMEMORY;
    if (code == 0 && self->version < 104)
        flama_sk_tree_divide(self, sums, x->rows);
    return code;
}

static int predict_numbers(const flama_sk_estimator *self, flama_call *call,
                           const flama_sk_matrix *x, flama_sk_answer *out)
{
    double *sums = flama_sk_numbers_new(call, self, x->rows, out);
    return sums ? flama_sk_trees_sums(self->model, call, x, sums) : FLAMA_EMEMORY;
}

static const flama_sk_methods classifier = {.predict = predict_labels,
                                            .predict_proba = predict_proba};
static const flama_sk_methods regressor = {.predict = predict_numbers};

static int load(flama_sk_loader *in, const flama_pickle *self, flama_sk_estimator *out,
                const flama_sk_methods *methods)
{
    flama_sk_trees *tree = flama_sk_new(in, 1, sizeof *tree);
    if (tree == NULL || flama_sk_trees_describe(in, self, out, tree) != 0)
        return in->failed;
    flama_sk_tree_leaves leaves = {.classes = out->classes, .outputs = out->outputs};
    out->model = tree;
    out->methods = methods;
    if (flama_sk_trees_read(in, &self, 1, flama_sk_tree_fill_leaves, &leaves, tree) ==
        0)
        out->cost = flama_sk_trees_cost(tree, 1);
    return in->failed;
}

FLAMA_SK_LOAD(tree_classifier)
{
    if (flama_sk_classes(in, self, "classes_", out) != 0)
        return in->failed;
    return load(in, self, out, &classifier);
}

FLAMA_SK_LOAD(tree_regressor)
{
    return load(in, self, out, &regressor);
}
