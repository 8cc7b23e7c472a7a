/* Projections onto components: PCA and its kin, factors, random ones, partial least
 * squares. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "engine/kernels/kernels.h"
#include "engine/sklearn/families.h"
#include "engine/sklearn/product.h"
#include "engine/sklearn/solve.h"
#include "engine/sklearn/sparse.h"

/* components: features x count. Either the mean is taken off the rows before, or its
 * projection off the result: scikit-learn changed from one to the other. */
typedef struct projection {
    size_t features, count;
    const double *components;
    const double *mean;   /* features, or NULL */
    const double *divide; /* features: divides what is left; or NULL */
    const double *shift;  /* count: added to the result; or NULL */
    const double *scale;  /* count: divides the result; or NULL */
    bool logistic;        /* and then 1 / (1 + exp(-v)) */
} projection;

/* The rows less the mean, and divided. */
static const double *center(const projection *m, flama_call *call,
                            const flama_sk_matrix *x)
{
    size_t n = x->cols;
    double *y = flama_sk_alloc(call, x->rows * n, sizeof *y);
    for (size_t r = 0; y && r < x->rows; r++)
        for (size_t j = 0; j < n; j++)
            y[r * n + j] = x->data[r * n + j] - m->mean[j];
    for (size_t r = 0; y && m->divide && r < x->rows; r++)
        for (size_t j = 0; j < n; j++)
            y[r * n + j] /= m->divide[j];
    return y;
}

static int project(const flama_sk_estimator *self, flama_call *call,
                   const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const projection *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, m->count, out);
    flama_sk_matrix rows = *x;
    if (m->mean)
        rows.data = center(m, call, x);
    if (y == NULL || (m->mean && rows.data == NULL))
        return FLAMA_EMEMORY;
    if (rows.sparse)
        flama_sk_sparse_product(&rows, m->components, m->count, m->shift, y);
    else if (flama_sk_product_many(call, rows.data, x->rows, m->features, m->components,
                                   m->count, m->shift, y) != 0)
        return FLAMA_EMEMORY;
    for (size_t r = 0; m->scale && r < x->rows; r++)
        for (size_t j = 0; j < m->count; j++)
            y[r * m->count + j] /= m->scale[j];
    if (m->logistic)
        flama_kernels_get()->sigmoid_f64(y, x->rows * m->count);
    return 0;
}

static const flama_sk_methods projecting = {.transform = project};

/* components is features x count. */
static projection *new_projection(flama_sk_loader *in, flama_sk_estimator *out,
                                  size_t features, size_t count,
                                  const double *components)
{
    projection *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL)
        return NULL;
    *m = (projection){.features = features, .count = count, .components = components};
    out->model = m;
    out->methods = &projecting;
    out->features = features;
    out->columns = count;
    out->cost = 30 + 0.5 * (double)features * (double)count;
    return m;
}

/* components_, count x features. */
static const double *read_rows(flama_sk_loader *in, const flama_pickle *self,
                               const flama_sk_estimator *out, size_t *count,
                               size_t *features)
{
    *count = FLAMA_SK_ANY;
    *features = out->features ? out->features : FLAMA_SK_ANY;
    const double *rows = flama_sk_matrix_get(in, self, "components_", count, features);
    if (rows && *features == 0)
        flama_sk_damaged(in, "components_", "is empty");
    return in->failed ? NULL : rows;
}

static projection *read_components(flama_sk_loader *in, const flama_pickle *self,
                                   flama_sk_estimator *out)
{
    size_t count, features;
    const double *rows = read_rows(in, self, out, &count, &features);
    double *components =
        rows ? flama_sk_new(in, count * features, sizeof *components) : NULL;
    if (components == NULL)
        return NULL;
    flama_sk_transpose(rows, count, features, components);
    return new_projection(in, out, features, count, components);
}

/* Whitening divides by the standard deviations; since 1.5 not by less than eps.
 */
static const double *read_scale(flama_sk_loader *in, const flama_pickle *self,
                                size_t count)
{
    const double *variance = flama_sk_vector(in, self, "explained_variance_", &count);
    double *scale = flama_sk_new(in, count, sizeof *scale);
    bool single = flama_sk_is_single(in, self, "explained_variance_");
    double least = single ? (double)FLT_EPSILON : DBL_EPSILON;
    for (size_t i = 0; in->failed == 0 && i < count; i++) {
        scale[i] = single ? (double)sqrtf((float)variance[i]) : sqrt(variance[i]);
        if (in->version >= 105 && scale[i] < least)
            scale[i] = least;
    }
    return scale;
}

/* The mean's projection, in float when the components are of floats. */
static const double *read_shift(flama_sk_loader *in, const flama_pickle *self,
                                const projection *m, const double *mean)
{
    double *shift = flama_sk_new(in, m->count, sizeof *shift);
    bool single = flama_sk_is_single(in, self, "components_") &&
                  flama_sk_is_single(in, self, "mean_");
    for (size_t i = 0; in->failed == 0 && i < m->count; i++) {
        double sum = 0;
        float narrow = 0;
        for (size_t k = 0; k < m->features; k++) {
            double w = m->components[k * m->count + i];
            sum += mean[k] * w;
            narrow += (float)mean[k] * (float)w;
        }
        shift[i] = -(single ? (double)narrow : sum);
    }
    return shift;
}

FLAMA_SK_LOAD(pca)
{
    projection *m = read_components(in, self, out);
    bool whiten = flama_sk_flag(in, self, "whiten");
    const double *mean = m ? flama_sk_ravel(in, self, "mean_", &out->features) : NULL;
    if (mean == NULL)
        return in->failed;
    if (in->version < 105)
        m->mean = mean;
    else
        m->shift = read_shift(in, self, m, mean);
    if (whiten)
        m->scale = read_scale(in, self, m->count);
    return in->failed;
}

/* Nothing but components: truncated SVD, random projections, neighbourhood components.
 */
FLAMA_SK_LOAD(components)
{
    read_components(in, self, out);
    out->accepts = FLAMA_SK_SPARSE;
    return in->failed;
}

/* Without whitening there is no mean. */
FLAMA_SK_LOAD(fast_ica)
{
    projection *m = read_components(in, self, out);
    if (m && flama_sk_find(in, self, "mean_"))
        m->mean = flama_sk_vector(in, self, "mean_", &m->features);
    return in->failed;
}

FLAMA_SK_LOAD(bernoulli_rbm)
{
    projection *m = read_components(in, self, out);
    if (m) {
        m->shift = flama_sk_vector(in, self, "intercept_hidden_", &m->count);
        m->logistic = true;
    }
    return in->failed;
}

/* Components C whose answer is the z that minimizes |x - mean - z C|^2, weighted by
 * 1 / noise (NULL: not), plus ridge |z|^2: W (C W + ridge)^-1 with W = C' / noise. */
enum { MAX_RIDGE = 4096 };

static void read_ridge(flama_sk_loader *in, const flama_pickle *self,
                       flama_sk_estimator *out, const double *noise, double ridge)
{
    size_t count, features;
    const double *rows = read_rows(in, self, out, &count, &features);
    double *square = rows ? flama_sk_new(in, count * count, sizeof *square) : NULL;
    double *weighted =
        rows ? flama_sk_new(in, count * features, sizeof *weighted) : NULL;
    double *components =
        rows ? flama_sk_new(in, count * features, sizeof *components) : NULL;
    if (in->failed == 0 && count > MAX_RIDGE)
        flama_sk_refuse(in, "with more than %d components is not run", MAX_RIDGE);
    if (in->failed)
        return;
    for (size_t i = 0; i < count * features; i++)
        weighted[i] = noise ? rows[i] / noise[i % features] : rows[i];
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count; k++)
            square[i * count + k] =
                flama_sk_dot(weighted + i * features, rows + k * features, features) +
                (i == k ? ridge : 0);
    if (!flama_sk_solve(square, count, weighted, features))
        flama_sk_refuse(in, "has components that are not independent");
    flama_sk_transpose(weighted, count, features, components);
    projection *m = new_projection(in, out, features, count, components);
    if (m)
        m->mean = flama_sk_vector(in, self, "mean_", &m->features);
}

FLAMA_SK_LOAD(factor_analysis)
{
    size_t features = out->features ? out->features : FLAMA_SK_ANY;
    const double *noise = flama_sk_vector(in, self, "noise_variance_", &features);
    out->features = features;
    if (noise)
        read_ridge(in, self, out, noise, 1);
    return in->failed;
}

FLAMA_SK_LOAD(sparse_pca)
{
    double ridge = flama_sk_number(in, self, "ridge_alpha");
    if (in->failed == 0 && !(ridge > 0))
        return flama_sk_refuse(in, "with ridge_alpha=0 is not run");
    read_ridge(in, self, out, NULL, ridge);
    return in->failed;
}

/* Partial least squares: rows are centred and divided, then projected. */

/* An attribute that is features x count. */
static projection *read_rotations(flama_sk_loader *in, const flama_pickle *self,
                                  const char *name, flama_sk_estimator *out)
{
    size_t count = FLAMA_SK_ANY,
           features = out->features ? out->features : FLAMA_SK_ANY;
    const double *rotations = flama_sk_matrix_get(in, self, name, &features, &count);
    if (rotations && features == 0)
        flama_sk_damaged(in, name, "is empty");
    projection *m =
        in->failed ? NULL : new_projection(in, out, features, count, rotations);
    if (m) {
        m->mean = flama_sk_vector(in, self, "_x_mean", &m->features);
        m->divide = flama_sk_vector(in, self, "_x_std", &m->features);
    }
    return in->failed ? NULL : m;
}

FLAMA_SK_LOAD(pls_svd)
{
    read_rotations(in, self, "x_weights_", out);
    return in->failed;
}

typedef struct pls {
    projection transform; /* first: it is what project takes */
    projection predict;
} pls;

static int predict(const flama_sk_estimator *self, flama_call *call,
                   const flama_sk_matrix *x, flama_sk_answer *out)
{
    const pls *m = self->model;
    flama_sk_estimator inner = {.model = &m->predict};
    flama_sk_matrix y;
    double *numbers = flama_sk_numbers_new(call, self, x->rows, out);
    int code = numbers ? project(&inner, call, x, &y) : FLAMA_EMEMORY;
    if (code == 0)
        memcpy(numbers, y.data, x->rows * m->predict.count * sizeof *numbers);
    return code;
}

static const flama_sk_methods pls_methods = {.predict = predict, .transform = project};

/* coef_ as features x targets. The attribute was that until 1.0, then the other way
 * round, under another name for two versions. */
static const double *read_pls_coefficients(flama_sk_loader *in,
                                           const flama_pickle *self, size_t features,
                                           size_t *targets)
{
    const char *name = in->version == 101 || in->version == 102 ? "_coef_" : "coef_";
    *targets = FLAMA_SK_ANY;
    if (in->version <= 100)
        return flama_sk_matrix_get(in, self, name, &features, targets);
    const double *rows = flama_sk_matrix_get(in, self, name, targets, &features);
    double *out = rows ? flama_sk_new(in, features * *targets, sizeof *out) : NULL;
    if (out)
        flama_sk_transpose(rows, *targets, features, out);
    return out;
}

/* Until 1.4 the coefficients were those of the divided rows. */
FLAMA_SK_LOAD(pls)
{
    projection *m = read_rotations(in, self, "x_rotations_", out);
    pls *both = m ? flama_sk_new(in, 1, sizeof *both) : NULL;
    if (both == NULL)
        return in->failed;
    both->transform = both->predict = *m;
    projection *p = &both->predict;
    p->components = read_pls_coefficients(in, self, p->features, &p->count);
    p->shift = flama_sk_vector(in, self, in->version <= 100 ? "_y_mean" : "intercept_",
                               &p->count);
    if (in->version >= 105)
        p->divide = NULL;
    if (in->failed == 0 && p->count == 0)
        flama_sk_damaged(in, "coef_", "is empty");
    out->model = both;
    out->methods = &pls_methods;
    out->outputs = p->count;
    out->wide = !flama_sk_flag_or(in, self, "_predict_1d", false);
    if (!out->wide && p->count > 1)
        flama_sk_damaged(in, "_predict_1d", "is set for several targets");
    return in->failed;
}
