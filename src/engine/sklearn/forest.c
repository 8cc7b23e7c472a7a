#include "engine/sklearn/families.h"
#include "engine/sklearn/tree_reader.h"

/* RandomForest and ExtraTrees, classifiers and regressors: the mean of the trees, which
 * is their sum in order, divided. */

static void divide(double *sums, size_t count, double by)
{
    for (size_t i = 0; i < count; i++)
        sums[i] /= by;
}

static int mean(const flama_sk_trees *forest, flama_call *call,
                const flama_sk_matrix *x, double *out)
{
    int code = flama_sk_trees_sums(forest, call, x, out);
    if (code == 0)
        divide(out, x->rows * forest->width, (double)forest->count);
    return code;
}

static int predict_proba(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const flama_sk_trees *forest = self->model;
    double *fractions = flama_sk_matrix_new(call, x->rows, forest->width, out);
    return fractions ? mean(forest, call, x, fractions) : FLAMA_EMEMORY;
}

static int predict_labels(const flama_sk_estimator *self, flama_call *call,
                          const flama_sk_matrix *x, flama_sk_answer *out)
{
    flama_sk_matrix fractions;
    int code = predict_proba(self, call, x, &fractions);
    return code ? code : flama_sk_tree_labels(self, call, &fractions, out);
}

static int predict_numbers(const flama_sk_estimator *self, flama_call *call,
                           const flama_sk_matrix *x, flama_sk_answer *out)
{
    double *numbers = flama_sk_numbers_new(call, self, x->rows, out);
    return numbers ? mean(self->model, call, x, numbers) : FLAMA_EMEMORY;
}

static const flama_sk_methods classifier = {.predict = predict_labels,
                                            .predict_proba = predict_proba};
static const flama_sk_methods regressor = {.predict = predict_numbers};

static int load(flama_sk_loader *in, const flama_pickle *self, flama_sk_estimator *out,
                const flama_sk_methods *methods)
{
    size_t count;
    const flama_pickle *const *trees = flama_sk_tree_list(in, self, &count);
    flama_sk_trees *forest = flama_sk_new(in, 1, sizeof *forest);
    if (forest == NULL || trees == NULL)
        return in->failed;
    if (flama_sk_forest_describe(in, trees[0], out, forest) != 0)
        return in->failed;
    bool counts = out->classes && in->version < 104;
    flama_sk_tree_leaves leaves = {out->classes, out->outputs, counts};
    out->model = forest;
    out->methods = methods;
    if (flama_sk_trees_read(in, trees, count, flama_sk_tree_fill_leaves, &leaves,
                            forest) == 0)
        out->cost = flama_sk_trees_cost(forest, 1);
    return in->failed;
}

FLAMA_SK_LOAD(forest_classifier)
{
    if (flama_sk_classes(in, self, "classes_", out) != 0)
        return in->failed;
    return load(in, self, out, &classifier);
}

FLAMA_SK_LOAD(forest_regressor)
{
    return load(in, self, out, &regressor);
}
