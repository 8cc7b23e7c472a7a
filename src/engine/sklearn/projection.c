/* Projections onto components: PCA and its kin, truncated SVD. */
#include <float.h>
#include <math.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/product.h"

/* components: features x count. Either the mean is taken off the rows before, or its
 * projection off the result: scikit-learn changed from one to the other. */
typedef struct projection {
    size_t features, count;
    const double *components;
    const double *mean;  /* features, or NULL */
    const double *shift; /* count: added to the result; or NULL */
    const double *scale; /* count: divides the result; or NULL */
} projection;

static int project(const flama_sk_estimator *self, flama_call *call,
                   const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const projection *m = self->model;
    const double *rows = x->data;
    double *y = flama_sk_matrix_new(call, x->rows, m->count, out);
    if (m->mean) {
        double *centered = flama_sk_alloc(call, x->rows * x->cols, sizeof *centered);
        for (size_t i = 0; centered && i < x->rows * x->cols; i += x->cols)
            for (size_t j = 0; j < x->cols; j++)
                centered[i + j] = rows[i + j] - m->mean[j];
        rows = centered;
    }
    if (y == NULL || rows == NULL)
        return FLAMA_EMEMORY;
    flama_sk_product(rows, x->rows, m->features, m->components, m->count, m->shift, y);
    for (size_t r = 0; m->scale && r < x->rows; r++)
        for (size_t j = 0; j < m->count; j++)
            y[r * m->count + j] /= m->scale[j];
    return 0;
}

static const flama_sk_methods projecting = {.transform = project};

static projection *read_components(flama_sk_loader *in, const flama_pickle *self,
                                   flama_sk_estimator *out)
{
    projection *m = flama_sk_new(in, 1, sizeof *m);
    size_t count = FLAMA_SK_ANY,
           features = out->features ? out->features : FLAMA_SK_ANY;
    const double *rows =
        flama_sk_matrix_get(in, self, "components_", &count, &features);
    if (rows == NULL)
        return NULL;
    double *components = flama_sk_new(in, count * features, sizeof *components);
    if (components == NULL)
        return NULL;
    flama_sk_transpose(rows, count, features, components);
    *m = (projection){features, count, components, NULL, NULL, NULL};
    out->model = m;
    out->methods = &projecting;
    out->features = features;
    out->columns = count;
    out->cost = 30 + 0.5 * (double)features * (double)count;
    return m;
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

FLAMA_SK_LOAD(truncated_svd)
{
    read_components(in, self, out);
    return in->failed;
}
