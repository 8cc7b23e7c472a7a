/* Naive Bayes: a sum of log likelihoods a class. */
#include <math.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/product.h"
#include "engine/sklearn/sparse.h"

typedef struct bayes {
    size_t features, classes;
    const double *bias; /* a class each */

    /* Linear kinds: x @ weights, x made 0 or 1 first when binarize is set. */
    const double *weights; /* features x classes */
    bool binarize;
    double threshold;

    /* Gaussian: classes x features. */
    const double *mean, *variance;

    /* Categorical: a table a feature, classes x its categories. */
    const double *const *tables;
    const size_t *categories;
} bayes;

/* What a sparse matrix has no number for is 0, and under a threshold less than that it
 * would not stay so. */
static int binarize_rows(const bayes *m, flama_call *call, const flama_sk_matrix *x,
                         flama_sk_matrix *out)
{
    if (x->sparse && m->threshold < 0)
        return flama_fail(call, FLAMA_EINPUT,
                          "Cannot binarize a sparse matrix with threshold < 0");
    size_t n = x->sparse ? flama_sk_sparse_count(x) : x->rows * x->cols;
    const double *from = x->sparse ? x->sparse->values : x->data;
    double *bits = flama_sk_alloc(call, n, sizeof *bits);
    if (bits == NULL)
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < n; i++)
        bits[i] = from[i] > m->threshold;
    *out = *x;
    out->data = bits;
    return x->sparse ? flama_sk_sparse_values(call, x, bits, out) : 0;
}

static int linear_scores(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const bayes *m = self->model;
    flama_sk_matrix rows = *x, bits;
    int code = m->binarize ? binarize_rows(m, call, x, &bits) : 0;
    double *y = code ? NULL : flama_sk_matrix_new(call, x->rows, m->classes, out);
    if (y == NULL)
        return code ? code : FLAMA_EMEMORY;
    if (m->binarize)
        rows = bits;
    flama_sk_sparse_product(&rows, m->weights, m->classes, m->bias, y);
    return 0;
}

static int gaussian_scores(const flama_sk_estimator *self, flama_call *call,
                           const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const bayes *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, m->classes, out);
    if (y == NULL)
        return FLAMA_EMEMORY;
    for (size_t r = 0; r < x->rows; r++)
        for (size_t k = 0; k < m->classes; k++) {
            const double *row = x->data + r * m->features;
            const double *mean = m->mean + k * m->features;
            const double *variance = m->variance + k * m->features;
            double sum = 0;
            for (size_t j = 0; j < m->features; j++)
                sum += (row[j] - mean[j]) * (row[j] - mean[j]) / variance[j];
            y[r * m->classes + k] = m->bias[k] - 0.5 * sum;
        }
    return 0;
}

static int no_category(const flama_sk_estimator *self, flama_call *call, size_t row,
                       size_t col, double value)
{
    return flama_fail(
        call, FLAMA_EINPUT,
        "%s knows the categories 0 to %zu of feature %zu; row %zu has %g.", self->name,
        ((const bayes *)self->model)->categories[col] - 1, col, row, value);
}

static int categorical_scores(const flama_sk_estimator *self, flama_call *call,
                              const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const bayes *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, m->classes, out);
    if (y == NULL)
        return FLAMA_EMEMORY;
    for (size_t r = 0; r < x->rows; r++) {
        double *sums = y + r * m->classes;
        for (size_t k = 0; k < m->classes; k++)
            sums[k] = 0;
        for (size_t j = 0; j < m->features; j++) {
            double v = trunc(x->data[r * m->features + j]);
            if (!(v >= 0 && v < (double)m->categories[j]))
                return no_category(self, call, r, j, v);
            for (size_t k = 0; k < m->classes; k++)
                sums[k] += m->tables[j][k * m->categories[j] + (size_t)v];
        }
        for (size_t k = 0; k < m->classes; k++)
            sums[k] += m->bias[k];
    }
    return 0;
}

static int scores(const flama_sk_estimator *self, flama_call *call,
                  const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const bayes *m = self->model;
    if (m->tables)
        return categorical_scores(self, call, x, out);
    return m->mean ? gaussian_scores(self, call, x, out)
                   : linear_scores(self, call, x, out);
}

static int predict(const flama_sk_estimator *self, flama_call *call,
                   const flama_sk_matrix *x, flama_sk_answer *out)
{
    flama_sk_matrix y;
    int code = scores(self, call, x, &y);
    return code ? code : flama_sk_predict_largest(self, call, &y, out);
}

/* exp of the scores, less the logarithm of the sum of their exps. */
static int probabilities(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    int code = scores(self, call, x, out);
    if (code)
        return code;
    for (size_t r = 0; r < out->rows; r++) {
        double *row = (double *)(uintptr_t)out->data + r * out->cols;
        double max = row[flama_sk_argmax(row, out->cols)], sum = 0;
        for (size_t k = 0; k < out->cols; k++)
            sum += exp(row[k] - max);
        double log_sum = log(sum) + max;
        for (size_t k = 0; k < out->cols; k++)
            row[k] = exp(row[k] - log_sum);
    }
    return 0;
}

static const flama_sk_methods methods = {.predict = predict,
                                         .predict_proba = probabilities};

static bayes *new_bayes(flama_sk_loader *in, const flama_pickle *self,
                        flama_sk_estimator *out)
{
    bayes *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL || flama_sk_classes(in, self, "classes_", out))
        return NULL;
    if (out->outputs != 1 || out->features == 0) {
        flama_sk_damaged(in, "classes_", "is no list of labels");
        return NULL;
    }
    m->features = out->features;
    m->classes = out->classes[0]->count;
    out->model = m;
    out->methods = &methods;
    out->cost = 100 + 2 * (double)m->features * (double)m->classes;
    return m;
}

/* log prior, and the part of the log density that no row changes. */
static double gaussian_bias(double prior, const double *variance, size_t n)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += log(2 * M_PI * variance[j]);
    return log(prior) - 0.5 * sum;
}

/* The same in float, as a model fitted on floats has it. */
static double gaussian_bias_single(double prior, const double *variance, size_t n)
{
    float sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += logf((float)(2 * M_PI) * (float)variance[j]);
    return (double)logf((float)prior) - (double)(0.5f * sum);
}

FLAMA_SK_LOAD(gaussian_nb)
{
    bayes *m = new_bayes(in, self, out);
    if (m == NULL)
        return in->failed;
    m->mean = flama_sk_matrix_get(in, self, "theta_", &m->classes, &m->features);
    m->variance = flama_sk_matrix_get(in, self, "var_", &m->classes, &m->features);
    const double *prior = flama_sk_vector(in, self, "class_prior_", &m->classes);
    double *bias = flama_sk_new(in, m->classes, sizeof *bias);
    bool single = flama_sk_is_single(in, self, "var_");
    if (in->failed)
        return in->failed;
    for (size_t k = 0; k < m->classes; k++) {
        const double *variance = m->variance + k * m->features;
        bias[k] = single ? gaussian_bias_single(prior[k], variance, m->features)
                         : gaussian_bias(prior[k], variance, m->features);
    }
    m->bias = bias;
    return 0;
}

/* feature_log_prob_ as features x classes. */
static double *read_weights(flama_sk_loader *in, const flama_pickle *self, bayes *m,
                            flama_sk_estimator *out)
{
    const double *rows =
        flama_sk_matrix_get(in, self, "feature_log_prob_", &m->classes, &m->features);
    double *weights = flama_sk_new(in, m->classes * m->features, sizeof *weights);
    if (in->failed)
        return NULL;
    out->accepts |= FLAMA_SK_SPARSE;
    flama_sk_transpose(rows, m->classes, m->features, weights);
    return weights;
}

FLAMA_SK_LOAD(multinomial_nb)
{
    bayes *m = new_bayes(in, self, out);
    if (m == NULL)
        return in->failed;
    m->weights = read_weights(in, self, m, out);
    m->bias = flama_sk_vector(in, self, "class_log_prior_", &m->classes);
    return in->failed;
}

/* The prior counts only when there is one class. */
FLAMA_SK_LOAD(complement_nb)
{
    int code = flama_sk_load_multinomial_nb(in, self, out);
    bayes *m = (bayes *)(uintptr_t)out->model;
    if (code == 0 && m->classes > 1)
        m->bias = NULL;
    return code;
}

/* log p for a 1, log(1 - p) for a 0: a sum over all features of the latter, and the
 * difference for each that is 1. */
FLAMA_SK_LOAD(bernoulli_nb)
{
    bayes *m = new_bayes(in, self, out);
    if (m == NULL)
        return in->failed;
    double *weights = read_weights(in, self, m, out);
    const double *prior = flama_sk_vector(in, self, "class_log_prior_", &m->classes);
    double *bias = flama_sk_new(in, m->classes, sizeof *bias);
    m->binarize = flama_sk_find(in, self, "binarize") != NULL;
    m->threshold = flama_sk_number_or(in, self, "binarize", 0);
    if (in->failed)
        return in->failed;
    for (size_t j = 0; j < m->features; j++)
        for (size_t k = 0; k < m->classes; k++) {
            double *w = &weights[j * m->classes + k];
            double zero = log(1 - exp(*w));
            *w -= zero;
            bias[k] += zero;
        }
    for (size_t k = 0; k < m->classes; k++)
        bias[k] += prior[k];
    m->weights = weights;
    m->bias = bias;
    return 0;
}

FLAMA_SK_LOAD(categorical_nb)
{
    bayes *m = new_bayes(in, self, out);
    size_t count;
    flama_pickle *const *nodes = flama_sk_items(in, self, "feature_log_prob_", &count);
    if (m == NULL || in->failed)
        return in->failed;
    if (count != m->features)
        return flama_sk_damaged(in, "feature_log_prob_",
                                "has %zu tables for %zu features", count, m->features);
    const double **tables = flama_sk_new(in, count, sizeof *tables);
    size_t *categories = flama_sk_new(in, count, sizeof *categories);
    for (size_t i = 0; in->failed == 0 && i < count; i++) {
        categories[i] = FLAMA_SK_ANY;
        tables[i] = flama_sk_node_matrix(in, nodes[i], "feature_log_prob_", &m->classes,
                                         &categories[i]);
    }
    m->tables = tables;
    m->categories = categories;
    m->bias = flama_sk_vector(in, self, "class_log_prior_", &m->classes);
    return in->failed;
}
