/* Isomap and LocallyLinearEmbedding: where a row goes, told by its neighbours. */
#include <math.h>
#include <string.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/meta.h"
#include "engine/sklearn/neighbor_search.h"
#include "engine/sklearn/product.h"
#include "engine/sklearn/solve.h"

typedef struct manifold {
    const flama_sk_neighbors *search;
    size_t neighbors; /* 0: those within the radius */
    double radius;

    /* Isomap: shortest ways between training rows, and a kernel PCA of them. */
    const double *ways; /* rows x rows */
    const flama_sk_estimator *kernel_pca;

    /* Locally linear: the training rows, and where they went. */
    const double *rows;      /* rows x features */
    const double *embedding; /* rows x columns */
    double regularization;
} manifold;

static int find(const manifold *m, const flama_sk_estimator *self, flama_call *call,
                const double *row, flama_sk_found *found)
{
    if (m->neighbors)
        flama_sk_nearest(m->search, row, m->neighbors, found);
    else
        flama_sk_within(m->search, row, m->radius, true, found);
    return found->count ? 0
                        : flama_fail(call, FLAMA_EINPUT,
                                     "%s has no training row within the radius of a "
                                     "row.",
                                     self->name);
}

/* The shortest way to each training row goes by one of the neighbours. */
static int transform_isomap(const flama_sk_estimator *self, flama_call *call,
                            const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const manifold *m = self->model;
    size_t n = m->search->count;
    flama_sk_found found;
    flama_sk_matrix kernels;
    double *g = flama_sk_matrix_new(call, x->rows, n, &kernels);
    int code = g ? flama_sk_search_begin(m->search, call, x, n, &found) : FLAMA_EMEMORY;
    for (size_t r = 0; code == 0 && r < x->rows; r++, g += n) {
        code = find(m, self, call, x->data + r * x->cols, &found);
        for (size_t i = 0; code == 0 && i < found.count; i++) {
            const double *ways = m->ways + (size_t)found.rows[i] * n;
            for (size_t j = 0; j < n; j++) {
                double way = ways[j] + found.distances[i];
                g[j] = i == 0 || way < g[j] ? way : g[j];
            }
        }
        for (size_t j = 0; code == 0 && j < n; j++)
            g[j] = g[j] * g[j] * -0.5;
    }
    return code ? code : flama_sk_transform(m->kernel_pca, call, &kernels, out);
}

/* The weights of the neighbours that make up the row best, regularized (S. Roweis and
 * L. Saul, Nonlinear dimensionality reduction by locally linear embedding, 2000).
 * `square` has room for k * k numbers. */
static bool weigh(const manifold *m, const double *offsets, size_t features, size_t k,
                  double *square, double *weights)
{
    double trace = 0, sum = 0;
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < k; j++)
            square[i * k + j] =
                flama_sk_dot(offsets + i * features, offsets + j * features, features);
        trace += square[i * k + i];
        weights[i] = 1;
    }
    for (size_t i = 0; i < k; i++)
        square[i * k + i] += m->regularization * (trace > 0 ? trace : 1);
    if (!flama_sk_solve(square, k, weights, 1))
        return false;
    for (size_t i = 0; i < k; i++)
        sum += weights[i];
    for (size_t i = 0; i < k; i++)
        weights[i] /= sum;
    return true;
}

static int transform_linear(const flama_sk_estimator *self, flama_call *call,
                            const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const manifold *m = self->model;
    size_t k = m->neighbors, columns = self->columns;
    flama_sk_found found;
    double *y = flama_sk_matrix_new(call, x->rows, columns, out);
    double *offsets = flama_sk_alloc(call, k * x->cols, sizeof *offsets);
    double *square = flama_sk_alloc(call, k * k, sizeof *square);
    double *weights = flama_sk_alloc(call, k, sizeof *weights);
    if (y == NULL || offsets == NULL || square == NULL || weights == NULL)
        return FLAMA_EMEMORY;
    int code = flama_sk_search_begin(m->search, call, x, k, &found);
    if (code)
        return code;
    memset(y, 0, x->rows * columns * sizeof *y);
    for (size_t r = 0; r < x->rows; r++, y += columns) {
        const double *row = x->data + r * x->cols;
        flama_sk_nearest(m->search, row, k, &found);
        for (size_t i = 0; i < k * x->cols; i++) {
            size_t near = (size_t)found.rows[i / x->cols];
            offsets[i] = m->rows[near * x->cols + i % x->cols] - row[i % x->cols];
        }
        if (!weigh(m, offsets, x->cols, k, square, weights))
            return flama_fail(call, FLAMA_EINPUT,
                              "a row's neighbours say nothing of it: they are all the "
                              "same.");
        for (size_t i = 0; i < k; i++)
            for (size_t j = 0; j < columns; j++)
                y[j] += weights[i] * m->embedding[(size_t)found.rows[i] * columns + j];
    }
    return 0;
}

static const flama_sk_methods isomap = {.transform = transform_isomap};
static const flama_sk_methods locally_linear = {.transform = transform_linear};

static manifold *new_manifold(flama_sk_loader *in, const flama_pickle *self,
                              flama_sk_estimator *out)
{
    manifold *m = flama_sk_new(in, 1, sizeof *m);
    const flama_pickle *search = flama_sk_get(in, self, "nbrs_");
    if (m == NULL || search == NULL)
        return NULL;
    m->search = flama_sk_neighbors_read(in, search, out);
    int64_t neighbors = flama_sk_integer_or(in, self, "n_neighbors", 0);
    if (m->search &&
        (neighbors < 0 || (uint64_t)neighbors > (uint64_t)m->search->count))
        flama_sk_damaged(in, "n_neighbors", "is out of range");
    m->neighbors = (size_t)neighbors;
    out->model = m;
    return in->failed ? NULL : m;
}

FLAMA_SK_LOAD(isomap)
{
    manifold *m = new_manifold(in, self, out);
    if (m == NULL)
        return in->failed;
    size_t rows = m->search->count;
    if (m->neighbors == 0)
        m->radius = flama_sk_number(in, self, "radius");
    m->ways = flama_sk_matrix_get(in, self, "dist_matrix_", &rows, &rows);
    m->kernel_pca = flama_sk_load_attribute(in, self, "kernel_pca_");
    if (in->failed)
        return in->failed;
    if (m->kernel_pca->methods->transform == NULL ||
        (m->kernel_pca->features && m->kernel_pca->features != rows))
        return flama_sk_damaged(in, "kernel_pca_", "does not go with dist_matrix_");
    out->methods = &isomap;
    out->columns = m->kernel_pca->columns;
    out->cost += m->kernel_pca->cost + (double)rows * (double)m->neighbors;
    return 0;
}

FLAMA_SK_LOAD(locally_linear_embedding)
{
    manifold *m = new_manifold(in, self, out);
    size_t columns = FLAMA_SK_ANY;
    if (m == NULL)
        return in->failed;
    size_t rows = m->search->count, features = out->features;
    const flama_pickle *search = flama_sk_get(in, self, "nbrs_");
    m->rows =
        search ? flama_sk_matrix_get(in, search, "_fit_X", &rows, &features) : NULL;
    m->embedding = flama_sk_matrix_get(in, self, "embedding_", &rows, &columns);
    m->regularization = flama_sk_number(in, self, "reg");
    if (in->failed == 0 && m->neighbors == 0)
        flama_sk_damaged(in, "n_neighbors", "is missing");
    out->methods = &locally_linear;
    out->columns = columns;
    out->cost += 2 * (double)m->neighbors * (double)m->neighbors *
                 (double)(m->neighbors + features);
    return in->failed;
}
