/* Mixtures of Gaussians: how likely it is that each component made a row. */
#include <math.h>
#include <string.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/product.h"
#include "engine/sklearn/special.h"

/* What a component's precision is the square of: a matrix of its own, one that all
 * share, the diagonal of one, or a number. */
typedef enum covariance { FULL, TIED, DIAGONAL, SPHERICAL } covariance;

typedef struct mixture {
    covariance covariance;
    size_t components, features;
    const double *factors;   /* FULL, TIED: features x features each */
    const double *projected; /* FULL, TIED: the mean times the factor, negated */
    const double *linear;    /* DIAGONAL, SPHERICAL: features x components */
    const double *quadratic; /* the same of squares; SPHERICAL: components */
    const double *squares;   /* the mean's own square in that norm */
    const double *constant;  /* all that does not depend on x */
} mixture;

/* Squared distances by factors: |x P - mean P|^2. */
static int factored(const mixture *m, flama_call *call, const flama_sk_matrix *x,
                    double *out)
{
    size_t n = m->features;
    double *turned = flama_sk_alloc(call, x->rows * n, sizeof *turned);
    int code = turned ? 0 : FLAMA_EMEMORY;
    for (size_t k = 0; code == 0 && k < m->components; k++) {
        const double *factor = m->factors + (m->covariance == TIED ? 0 : k * n * n);
        code = flama_sk_product_many(call, x->data, x->rows, n, factor, n,
                                     m->projected + k * n, turned);
        for (size_t i = 0; code == 0 && i < x->rows; i++)
            out[i * m->components + k] =
                flama_sk_dot(turned + i * n, turned + i * n, n);
    }
    return code;
}

/* mean^2 - 2 mean x + x^2, each times the precision. */
static int scaled(const mixture *m, flama_call *call, const flama_sk_matrix *x,
                  double *out)
{
    size_t n = m->features, cells = x->rows * n, all = x->rows * m->components;
    double *crossed = flama_sk_alloc(call, all, sizeof *crossed);
    double *squared = flama_sk_alloc(call, cells, sizeof *squared);
    if (crossed == NULL || squared == NULL)
        return FLAMA_EMEMORY;
    int code = flama_sk_product_many(call, x->data, x->rows, n, m->linear,
                                     m->components, NULL, crossed);
    for (size_t i = 0; i < cells; i++)
        squared[i] = x->data[i] * x->data[i];
    if (code == 0 && m->covariance == DIAGONAL)
        code = flama_sk_product_many(call, squared, x->rows, n, m->quadratic,
                                     m->components, NULL, out);
    for (size_t i = 0; i < all && m->covariance == SPHERICAL; i++) {
        const double *row = x->data + i / m->components * n;
        out[i] = flama_sk_dot(row, row, n) * m->quadratic[i % m->components];
    }
    for (size_t i = 0; code == 0 && i < all; i++)
        out[i] = m->squares[i % m->components] - 2 * crossed[i] + out[i];
    return code;
}

/* Weighted logarithms of the densities. */
static int log_densities(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const mixture *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, m->components, out);
    int code = y == NULL               ? FLAMA_EMEMORY
               : m->covariance <= TIED ? factored(m, call, x, y)
                                       : scaled(m, call, x, y);
    for (size_t i = 0; code == 0 && i < x->rows; i++, y += m->components)
        for (size_t k = 0; k < m->components; k++)
            y[k] = -0.5 * y[k] + m->constant[k];
    return code;
}

static int predict(const flama_sk_estimator *self, flama_call *call,
                   const flama_sk_matrix *x, flama_sk_answer *out)
{
    const mixture *m = self->model;
    flama_sk_matrix y;
    int64_t *labels = flama_sk_integers_new(call, self, x->rows, out);
    int code = labels ? log_densities(self, call, x, &y) : FLAMA_EMEMORY;
    for (size_t i = 0; code == 0 && i < x->rows; i++)
        labels[i] = (int64_t)flama_sk_argmax(y.data + i * m->components, m->components);
    return code;
}

static int probabilities(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    int code = log_densities(self, call, x, out);
    if (code == 0)
        flama_sk_softmax((double *)(uintptr_t)out->data, out->rows, out->cols);
    return code;
}

static const flama_sk_methods methods = {.predict = predict,
                                         .predict_proba = probabilities};

/* Reading: means and constants first, then what the covariance type asks for. */

typedef struct parts {
    const double *means;    /* components x features */
    const double *cholesky; /* of the precisions, as it stands in the model */
    double *constant;
} parts;

static void read_factored(flama_sk_loader *in, mixture *m, const parts *p)
{
    size_t n = m->features;
    double *projected = flama_sk_new(in, m->components * n, sizeof *projected);
    for (size_t k = 0; projected && k < m->components; k++) {
        const double *factor = p->cholesky + (m->covariance == TIED ? 0 : k * n * n);
        flama_sk_product(p->means + k * n, 1, n, factor, n, NULL, projected + k * n);
        for (size_t j = 0; j < n; j++) {
            projected[k * n + j] = -projected[k * n + j];
            p->constant[k] += log(factor[j * n + j]);
        }
    }
    m->factors = p->cholesky;
    m->projected = projected;
}

static void read_scaled(flama_sk_loader *in, mixture *m, const parts *p)
{
    size_t n = m->features, c = m->components;
    bool diagonal = m->covariance == DIAGONAL;
    double *linear = flama_sk_new(in, n * c, sizeof *linear);
    double *quadratic = flama_sk_new(in, diagonal ? n * c : c, sizeof *quadratic);
    double *squares = flama_sk_new(in, c, sizeof *squares);
    if (in->failed)
        return;
    for (size_t k = 0; k < c; k++) {
        for (size_t j = 0; j < n; j++) {
            double root = p->cholesky[diagonal ? k * n + j : k];
            double mean = p->means[k * n + j], precision = root * root;
            linear[j * c + k] = mean * precision;
            squares[k] += mean * mean * precision;
            quadratic[diagonal ? j * c + k : k] = precision;
            p->constant[k] += log(root);
        }
    }
    m->linear = linear;
    m->quadratic = quadratic;
    m->squares = squares;
}

/* precisions_cholesky_ in the shape that goes with the covariance type. */
static const double *read_cholesky(flama_sk_loader *in, const flama_pickle *self,
                                   const mixture *m)
{
    size_t n = m->features, c = m->components;
    flama_numpy array;
    if (!flama_sk_array(in, self, "precisions_cholesky_", &array))
        return NULL;
    unsigned rank = m->covariance == FULL ? 3 : m->covariance == SPHERICAL ? 1 : 2;
    bool square = m->covariance <= TIED;
    bool fits = array.rank == rank && array.shape[rank - 1] == (rank == 1 ? c : n) &&
                (!square || array.shape[rank - 2] == n) &&
                (m->covariance == TIED || array.shape[0] == c);
    double *out = flama_sk_new(in, array.count, sizeof *out);
    if (in->failed == 0 && (!fits || flama_numpy_doubles(&array, NULL, out, NULL) != 0))
        flama_sk_damaged(in, "precisions_cholesky_", "does not go with means_");
    return in->failed ? NULL : out;
}

static mixture *read_mixture(flama_sk_loader *in, const flama_pickle *self,
                             flama_sk_estimator *out, double **constant)
{
    static const char *const types[] = {"full", "tied", "diag", "spherical", NULL};
    mixture *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL)
        return NULL;
    m->features = out->features ? out->features : FLAMA_SK_ANY;
    m->components = FLAMA_SK_ANY;
    m->covariance = (covariance)flama_sk_choice(in, self, "covariance_type", types);
    parts p = {
        .means = flama_sk_matrix_get(in, self, "means_", &m->components, &m->features)};
    if (in->failed == 0 && (m->components == 0 || m->features == 0))
        flama_sk_damaged(in, "means_", "is empty");
    if (in->failed)
        return NULL;
    p.constant = *constant = flama_sk_new(in, m->components, sizeof *p.constant);
    p.cholesky = read_cholesky(in, self, m);
    if (in->failed)
        return NULL;
    for (size_t k = 0; k < m->components; k++)
        p.constant[k] = -0.5 * (double)m->features * log(2 * M_PI);
    if (m->covariance <= TIED)
        read_factored(in, m, &p);
    else
        read_scaled(in, m, &p);
    m->constant = p.constant;
    out->model = m;
    out->methods = &methods;
    out->features = m->features;
    out->gives = FLAMA_SK_INTEGERS;
    double cells = (double)m->components * (double)m->features;
    out->cost = 50 + 0.5 * cells * (m->covariance <= TIED ? (double)m->features : 2);
    return in->failed ? NULL : m;
}

FLAMA_SK_LOAD(gaussian_mixture)
{
    double *constant;
    mixture *m = read_mixture(in, self, out, &constant);
    if (m == NULL)
        return in->failed;
    const double *weights = flama_sk_vector(in, self, "weights_", &m->components);
    for (size_t k = 0; weights && k < m->components; k++)
        constant[k] += log(weights[k]);
    return in->failed;
}

/* Expected logarithms of the weights: of a Dirichlet process, a stick broken again and
 * again (concentrations are pairs then), or of a Dirichlet distribution. */
static void add_weights(flama_sk_loader *in, const flama_pickle *self, const mixture *m,
                        double *constant)
{
    static const char *const types[] = {"dirichlet_process", "dirichlet_distribution",
                                        NULL};
    size_t n = m->components, count;
    if (flama_sk_choice(in, self, "weight_concentration_prior_type", types) == 1) {
        const double *a = flama_sk_vector(in, self, "weight_concentration_", &n);
        double sum = 0;
        for (size_t k = 0; a && k < n; k++)
            sum += a[k];
        for (size_t k = 0; a && k < n; k++)
            constant[k] += flama_sk_digamma(a[k]) - flama_sk_digamma(sum);
        return;
    }
    flama_pickle *const *pair =
        flama_sk_items(in, self, "weight_concentration_", &count);
    if (in->failed == 0 && count != 2)
        flama_sk_damaged(in, "weight_concentration_", "is no pair");
    if (in->failed)
        return;
    const double *a = flama_sk_node_vector(in, pair[0], "weight_concentration_", &n);
    const double *b = flama_sk_node_vector(in, pair[1], "weight_concentration_", &n);
    double left = 0;
    for (size_t k = 0; in->failed == 0 && k < n; k++) {
        double whole = flama_sk_digamma(a[k] + b[k]);
        constant[k] += flama_sk_digamma(a[k]) - whole + left;
        left += flama_sk_digamma(b[k]) - whole;
    }
}

FLAMA_SK_LOAD(bayesian_mixture)
{
    double *constant;
    mixture *m = read_mixture(in, self, out, &constant);
    if (m == NULL)
        return in->failed;
    size_t n = m->components;
    double features = (double)m->features;
    /* One number when the covariance is shared. */
    size_t given = m->covariance == TIED ? 1 : n;
    const double *freedom = flama_sk_ravel(in, self, "degrees_of_freedom_", &given);
    const double *precision = flama_sk_vector(in, self, "mean_precision_", &n);
    for (size_t k = 0; in->failed == 0 && k < n; k++) {
        double degrees = freedom[given == 1 ? 0 : k], sum = features * log(2);
        for (size_t j = 0; j < m->features; j++)
            sum += flama_sk_digamma(0.5 * (degrees - (double)j));
        constant[k] +=
            0.5 * (sum - features / precision[k]) - 0.5 * features * log(degrees);
    }
    add_weights(in, self, m, constant);
    return in->failed;
}
