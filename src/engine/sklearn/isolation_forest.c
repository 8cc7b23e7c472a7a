#include <float.h>
#include <math.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/tree_reader.h"

/* IsolationForest: a leaf holds how deep a row gets, with what a random tree over the
 * rows left there would add (F. Liu, K. Ting, Z. Zhou, Isolation forest, 2008). */

typedef struct isolation {
    flama_sk_trees trees;
    double most; /* the depth sum that means 1/2; 0: no tree could split */
    double offset;
} isolation;

/* The mean depth of a random tree over n rows. */
static double path_length(double n)
{
    static const double euler = 0.57721566490153286061;
    if (n <= 1)
        return 0;
    if (n == 2)
        return 1;
    return 2 * (log(n - 1) + euler) - 2 * (n - 1) / n;
}

/* score - threshold; 0 when rounding alone tells them apart, as numpy's power does from
 * C's: a training row that is itself the threshold is inside. */
static double margin(double score, double threshold)
{
    enum { ULPS = 64 };
    double difference = score - threshold;
    bool same = fabs(difference) <= ULPS * DBL_EPSILON * fabs(threshold);
    return same ? 0 : difference;
}

static int decision_function(const flama_sk_estimator *self, flama_call *call,
                             const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const isolation *model = self->model;
    double *scores = flama_sk_matrix_new(call, x->rows, 1, out);
    int code =
        scores ? flama_sk_trees_sums(&model->trees, call, x, scores) : FLAMA_EMEMORY;
    out->flat = true;
    for (size_t r = 0; code == 0 && r < x->rows; r++) {
        double depth = model->most != 0 ? scores[r] / model->most : 1;
        scores[r] = margin(-pow(2, -depth), model->offset);
    }
    return code;
}

static int predict(const flama_sk_estimator *self, flama_call *call,
                   const flama_sk_matrix *x, flama_sk_answer *out)
{
    flama_sk_matrix scores;
    int code = decision_function(self, call, x, &scores);
    if (code)
        return code;
    int64_t *inside = flama_sk_integers_new(call, self, x->rows, out);
    for (size_t r = 0; inside && r < x->rows; r++)
        inside[r] = scores.data[r] < 0 ? -1 : 1;
    return inside ? 0 : FLAMA_EMEMORY;
}

static const flama_sk_methods methods = {.predict = predict,
                                         .decision_function = decision_function};

/* The features each tree was given, when it was not all of them. */
typedef struct subsets {
    const flama_pickle *const *lists; /* NULL: all */
    size_t features;
} subsets;

static int rename_features(flama_sk_loader *in, const subsets *s, flama_sk_tree *tree)
{
    size_t count = FLAMA_SK_ANY;
    const int64_t *list = flama_sk_node_integers(in, s->lists[tree->index],
                                                 "estimators_features_", &count);
    if (list == NULL)
        return in->failed;
    for (size_t i = 0; i < tree->count; i++) {
        int64_t feature = tree->feature[i];
        if (tree->left[i] == -1)
            continue;
        if (feature < 0 || (uint64_t)feature >= count)
            return flama_sk_damaged(in, "estimators_features_", "is too short");
        tree->feature[i] = list[feature];
    }
    return 0;
}

static int fill(flama_sk_loader *in, const void *ctx, flama_sk_tree *tree, double *out)
{
    const subsets *s = ctx;
    if (s->lists && rename_features(in, s, tree) != 0)
        return in->failed;
    int64_t count = (int64_t)tree->count;
    out[0] = 1;
    for (int64_t i = 0; i < count; i++) {
        int64_t left = tree->left[i], right = tree->right[i];
        double depth = out[i];
        if (left > i && left < count)
            out[left] = depth + 1;
        if (right > i && right < count)
            out[right] = depth + 1;
        out[i] = depth + path_length(tree->samples[i]) - 1;
    }
    return 0;
}

static int read_subsets(flama_sk_loader *in, const flama_pickle *self, size_t count,
                        subsets *out)
{
    size_t lists;
    int64_t used = flama_sk_integer(in, self, "_max_features");
    if (in->failed || (uint64_t)used == out->features)
        return in->failed;
    out->lists = (const flama_pickle *const *)flama_sk_items(
        in, self, "estimators_features_", &lists);
    if (in->failed == 0 && lists != count)
        return flama_sk_damaged(in, "estimators_features_", "is not one list a tree");
    return in->failed;
}

FLAMA_SK_LOAD(isolation_forest)
{
    size_t count;
    subsets s = {.features = out->features};
    const flama_pickle *const *trees = flama_sk_tree_list(in, self, &count);
    isolation *model = flama_sk_new(in, 1, sizeof *model);
    if (model == NULL || trees == NULL || read_subsets(in, self, count, &s) != 0)
        return in->failed;
    if (out->features == 0)
        return flama_sk_damaged(in, "n_features_in_", "is missing");
    bool missing = in->version >= 106;
    model->trees =
        (flama_sk_trees){.features = out->features, .missing = missing, .width = 1};
    model->most =
        (double)count * path_length(flama_sk_number(in, self, "max_samples_"));
    model->offset = flama_sk_number(in, self, "offset_");
    out->model = model;
    out->methods = &methods;
    out->gives = FLAMA_SK_INTEGERS;
    out->accepts = missing ? FLAMA_SK_NAN | FLAMA_SK_INFINITE : FLAMA_SK_FLOAT32;
    if (flama_sk_trees_read(in, trees, count, fill, &s, &model->trees) == 0)
        out->cost = flama_sk_trees_cost(&model->trees, 1);
    return in->failed;
}
