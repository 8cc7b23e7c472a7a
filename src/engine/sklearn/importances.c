#include "engine/sklearn/importances.h"

#include <math.h>
#include <string.h>

#include "engine/sklearn/sum.h"
#include "engine/sklearn/svm.h"

/* coef_. */

static double norm(const double *v, size_t rows, size_t cols, double order)
{
    double sum = order == -INFINITY ? INFINITY : 0;
    for (size_t i = 0; i < rows; i++) {
        double a = fabs(v[i * cols]);
        if (isinf(order))
            sum = order > 0 ? fmax(sum, a) : fmin(sum, a);
        else if (order == 0)
            sum += a != 0;
        else
            sum += order == 1 ? a : order == 2 ? a * a : pow(a, order);
    }
    if (isinf(order) || order == 0 || order == 1)
        return sum;
    return order == 2 ? sqrt(sum) : pow(sum, 1 / order);
}

/* The norm of each column. */
static const double *norms(flama_sk_loader *in, const double *coef, size_t rows,
                           size_t cols, double order)
{
    double *out = flama_sk_new(in, cols, sizeof *out);
    for (size_t c = 0; out && c < cols; c++)
        out[c] = norm(coef + c, rows, cols, order);
    return out;
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
    return coef ? norms(in, coef, rows, *count, flat ? 1 : order) : NULL;
}

/* Support vector machines with a linear kernel. */

/* Adds the rows from `from` up to `to`, each times its weight. */
static void add_rows(const double *weights, const double *rows, size_t from, size_t to,
                     size_t cols, double *sum)
{
    for (size_t i = from; i < to; i++)
        for (size_t c = 0; c < cols; c++)
            sum[c] += weights[i] * rows[i * cols + c];
}

/* coef_ of each pair of classes, whose vectors stand side by side: those of a class
 * have a weight against each other class. */
static void pair_coefficients(const double *dual, const double *vectors,
                              const size_t *starts, size_t classes, size_t cols,
                              double *out)
{
    size_t all = starts[classes];
    for (size_t a = 0; a < classes; a++)
        for (size_t b = a + 1; b < classes; b++, out += cols) {
            add_rows(dual + (b - 1) * all, vectors, starts[a], starts[a + 1], cols,
                     out);
            add_rows(dual + a * all, vectors, starts[b], starts[b + 1], cols, out);
        }
}

static const double *linear_svm(flama_sk_loader *in, const flama_pickle *estimator,
                                double order, size_t *count)
{
    size_t rows = FLAMA_SK_ANY, all = FLAMA_SK_ANY;
    const double *dual = flama_sk_matrix_get(in, estimator, "dual_coef_", &rows, &all);
    const double *vectors =
        flama_sk_matrix_get(in, estimator, "support_vectors_", &all, count);
    if (in->failed)
        return NULL;
    size_t pairs = rows == 1 ? 1 : rows * (rows + 1) / 2;
    const size_t *starts =
        rows == 1 ? NULL : flama_sk_svm_starts(in, estimator, rows + 1, all);
    double *coef = flama_sk_new(in, pairs * *count, sizeof *coef);
    if (coef == NULL)
        return NULL;
    if (starts)
        pair_coefficients(dual, vectors, starts, rows + 1, *count, coef);
    else
        add_rows(dual, vectors, 0, all, *count, coef);
    return norms(in, coef, pairs, *count, order);
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

/* AdaBoost's: the mean of its trees', weighted. */
static double *weighted_importances(flama_sk_loader *in, const flama_pickle *estimator,
                                    size_t features)
{
    size_t count, weighed = FLAMA_SK_ANY;
    flama_pickle *const *items = flama_sk_items(in, estimator, "estimators_", &count);
    const double *weights =
        flama_sk_vector(in, estimator, "estimator_weights_", &weighed);
    double *sum = flama_sk_new(in, features, sizeof *sum);
    double *one = flama_sk_new(in, features, sizeof *one);
    for (size_t i = 0; in->failed == 0 && i < count && i < weighed; i++) {
        const flama_pickle *tree = flama_sk_find(in, items[i], "tree_");
        if (tree == NULL)
            flama_sk_refuse(in, "selects by boosting of what is no tree");
        else
            tree_importances(in, tree, true, features, one);
        for (size_t f = 0; in->failed == 0 && f < features; f++)
            sum[f] += weights[i] * one[f];
    }
    double norm = in->failed ? 1 : flama_sk_sum(weights, weighed);
    for (size_t f = 0; in->failed == 0 && f < features; f++)
        sum[f] /= norm;
    return sum;
}

static bool is_one_of(const flama_pickle *estimator, const char *const *names)
{
    for (size_t i = 0; names[i]; i++)
        if (flama_pickle_is_object(estimator, names[i]))
            return true;
    return false;
}

const double *flama_sk_importances(flama_sk_loader *in, const flama_pickle *estimator,
                                   double order, size_t *count)
{
    if (flama_sk_find(in, estimator, "coef_"))
        return coefficients(in, estimator, order, count);
    if (flama_sk_find(in, estimator, "support_vectors_") &&
        flama_pickle_is_text(flama_sk_find(in, estimator, "kernel"), "linear"))
        return linear_svm(in, estimator, order, count);
    static const char *const forests[] = {
        "RandomForestClassifier", "RandomForestRegressor", "ExtraTreesClassifier",
        "ExtraTreesRegressor", NULL};
    static const char *const boosters[] = {"GradientBoostingClassifier",
                                           "GradientBoostingRegressor", NULL};
    static const char *const weighers[] = {"AdaBoostClassifier", "AdaBoostRegressor",
                                           NULL};
    int64_t features = flama_sk_integer_or(in, estimator, "n_features_in_", 0);
    const flama_pickle *tree = flama_sk_find(in, estimator, "tree_");
    bool forest = is_one_of(estimator, forests);
    bool weigher = is_one_of(estimator, weighers);
    if (in->failed || features <= 0 || features > INT32_MAX ||
        (tree == NULL && !forest && !weigher && !is_one_of(estimator, boosters))) {
        flama_sk_refuse(in, "selects by an estimator whose importances are not known");
        return NULL;
    }
    *count = (size_t)features;
    if (weigher)
        return weighted_importances(in, estimator, *count);
    if (tree == NULL)
        return ensemble_importances(in, estimator, forest, *count);
    double *out = flama_sk_new(in, *count, sizeof *out);
    if (out)
        tree_importances(in, tree, true, *count, out);
    return out;
}
