#include "engine/sklearn/importances.h"

#include <math.h>
#include <string.h>

#include "engine/sklearn/sum.h"

/* coef_. */

static double norm(const double *v, size_t rows, size_t cols, double order)
{
    double sum = 0;
    for (size_t i = 0; i < rows; i++) {
        double a = fabs(v[i * cols]);
        if (order == INFINITY)
            sum = fmax(sum, a);
        else
            sum += order == 1 ? a : a * a;
    }
    return order == 2 ? sqrt(sum) : sum;
}

static const double *coefficients(flama_sk_loader *in, const flama_pickle *estimator,
                                  double order, size_t *count)
{
    const flama_pickle *node = flama_sk_find(in, estimator, "coef_");
    flama_numpy array = {0};
    bool flat = flama_numpy_is(node) &&
                flama_sk_node_array(in, node, "coef_", &array) && array.rank == 1;
    size_t rows = flat ? 1 : FLAMA_SK_ANY;
    const double *coef = flat ? flama_sk_node_vector(in, node, "coef_", count)
                              : flama_sk_node_matrix(in, node, "coef_", &rows, count);
    double *out = coef ? flama_sk_new(in, *count, sizeof *out) : NULL;
    if (coef && order != 1 && order != 2 && order != INFINITY)
        flama_sk_refuse(in, "with a norm_order of %g is not run", order);
    for (size_t c = 0; in->failed == 0 && c < *count; c++)
        out[c] = norm(coef + c, rows, *count, order);
    return in->failed ? NULL : out;
}

/* Trees. */

/* What of a tree's nodes is needed: numbers by node. */
typedef struct nodes {
    size_t count;
    int64_t *left, *right, *feature;
    double *impurity, *weight;
} nodes;

static void *field(flama_sk_loader *in, const flama_numpy *array, const char *name,
                   bool integer)
{
    const flama_numpy_field *at = flama_numpy_field_get(array, name);
    void *out = flama_arena_calloc(in->scratch, array->count, sizeof(double));
    if (out == NULL || at == NULL ||
        (integer ? flama_numpy_integers(array, at, out, NULL)
                 : flama_numpy_doubles(array, at, out, NULL)) != 0)
        flama_sk_damaged(in, "nodes", "are no tree's nodes");
    return out;
}

static bool read_nodes(flama_sk_loader *in, const flama_pickle *tree, nodes *out)
{
    flama_numpy array;
    if (!flama_sk_array(in, tree, "nodes", &array))
        return false;
    out->count = array.count;
    out->left = field(in, &array, "left_child", true);
    out->right = field(in, &array, "right_child", true);
    out->feature = field(in, &array, "feature", true);
    out->impurity = field(in, &array, "impurity", false);
    out->weight = field(in, &array, "weighted_n_node_samples", false);
    if (in->failed == 0 && array.count == 0)
        flama_sk_damaged(in, "nodes", "are none");
    return in->failed == 0;
}

static void normalize(double *v, size_t n)
{
    double sum = flama_sk_sum(v, n);
    for (size_t i = 0; sum > 0 && i < n; i++)
        v[i] /= sum;
}

/* How much purer each feature's splits make the training data. */
static void tree_importances(flama_sk_loader *in, const flama_pickle *tree, bool share,
                             size_t features, double *out)
{
    nodes n;
    if (!read_nodes(in, tree, &n))
        return;
    memset(out, 0, features * sizeof *out);
    for (size_t i = 0; i < n.count; i++) {
        int64_t l = n.left[i], r = n.right[i], f = n.feature[i];
        if (l == -1)
            continue;
        if (l < 0 || r < 0 || f < 0 || (uint64_t)l >= n.count ||
            (uint64_t)r >= n.count || (uint64_t)f >= features) {
            flama_sk_damaged(in, "nodes", "name others that there are not");
            return;
        }
        out[f] += n.weight[i] * n.impurity[i] - n.weight[l] * n.impurity[l] -
                  n.weight[r] * n.impurity[r];
    }
    for (size_t f = 0; f < features; f++)
        out[f] /= n.weight[0];
    if (share)
        normalize(out, features);
}

/* A forest's: the mean of its trees' that split at all. Boosting's does not share
 * before it averages. */
static double *ensemble_importances(flama_sk_loader *in, const flama_pickle *estimator,
                                    bool share, size_t features)
{
    size_t count, used = 0;
    flama_pickle *const *items = flama_sk_items(in, estimator, "estimators_", &count);
    double *sum = flama_sk_new(in, features, sizeof *sum);
    double *one = flama_sk_new(in, features, sizeof *one);
    for (size_t i = 0; in->failed == 0 && i < count; i++) {
        const flama_pickle *tree = flama_sk_get(in, items[i], "tree_");
        if (tree == NULL || flama_sk_integer(in, tree, "node_count") <= 1)
            continue;
        tree_importances(in, tree, share, features, one);
        for (size_t f = 0; f < features; f++)
            sum[f] += one[f];
        used++;
    }
    for (size_t f = 0; in->failed == 0 && used && f < features; f++)
        sum[f] /= (double)used;
    if (in->failed == 0)
        normalize(sum, features);
    return sum;
}

const double *flama_sk_importances(flama_sk_loader *in, const flama_pickle *estimator,
                                   double order, size_t *count)
{
    if (flama_sk_find(in, estimator, "coef_"))
        return coefficients(in, estimator, order, count);
    int64_t features = flama_sk_integer_or(in, estimator, "n_features_in_", 0);
    const flama_pickle *tree = flama_sk_find(in, estimator, "tree_");
    bool boosting = flama_pickle_is_object(estimator, "GradientBoostingClassifier") ||
                    flama_pickle_is_object(estimator, "GradientBoostingRegressor");
    bool forest = flama_pickle_is_object(estimator, "RandomForestClassifier") ||
                  flama_pickle_is_object(estimator, "RandomForestRegressor") ||
                  flama_pickle_is_object(estimator, "ExtraTreesClassifier") ||
                  flama_pickle_is_object(estimator, "ExtraTreesRegressor");
    if (in->failed || features <= 0 || features > INT32_MAX ||
        (tree == NULL && !boosting && !forest)) {
        flama_sk_refuse(in, "selects by an estimator whose importances are not known");
        return NULL;
    }
    *count = (size_t)features;
    if (tree == NULL)
        return ensemble_importances(in, estimator, forest, *count);
    double *out = flama_sk_new(in, *count, sizeof *out);
    if (out)
        tree_importances(in, tree, true, *count, out);
    return out;
}
