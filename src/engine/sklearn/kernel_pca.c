/* Kernels of rows with those of the training data: centred (KernelCenterer), projected
 * (KernelPCA, Nystroem). */
#include <math.h>
#include <string.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/kernel.h"
#include "engine/sklearn/product.h"
#include "engine/sklearn/sum.h"

typedef struct kernel_map {
    const flama_sk_kernel *kernel; /* NULL: rows are kernels already */
    size_t rows;                   /* of the training data */
    const double *means;           /* of the training kernel's columns, or NULL */
    double mean;                   /* of all of it */
    const double *components;      /* rows x columns, or NULL */
} kernel_map;

/* In place; n numbers a row. */
static void center(const kernel_map *m, double *k, size_t count)
{
    for (size_t r = 0; m->means && r < count; r++, k += m->rows) {
        double own = flama_sk_sum(k, m->rows) / (double)m->rows;
        for (size_t j = 0; j < m->rows; j++)
            k[j] = k[j] - m->means[j] - own + m->mean;
    }
}

/* The kernels of some rows, centred. */
static void kernels_of(const kernel_map *m, const double *x, size_t rows, size_t cols,
                       double *out)
{
    for (size_t r = 0; m->kernel && r < rows; r++)
        flama_sk_kernel_values(m->kernel, x + r * cols, out + r * m->rows);
    if (m->kernel == NULL)
        memcpy(out, x, rows * m->rows * sizeof *out);
    center(m, out, rows);
}

/* Kernels that are projected are made some rows at a time. */
enum { ROWS = 128 };

static int project(const flama_sk_estimator *self, flama_call *call,
                   const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const kernel_map *m = self->model;
    size_t most = x->rows < ROWS ? x->rows : ROWS, columns = self->columns;
    size_t size = flama_sk_product_room(x->rows, ROWS, m->rows, columns);
    double *y = flama_sk_matrix_new(call, x->rows, columns, out);
    double *kernels = flama_sk_alloc(call, most * m->rows, sizeof *kernels);
    void *room = flama_sk_alloc(call, size, 1);
    if (y == NULL || kernels == NULL || room == NULL)
        return FLAMA_EMEMORY;
    for (size_t from = 0; from < x->rows; from += ROWS) {
        size_t rows = x->rows - from < ROWS ? x->rows - from : ROWS;
        kernels_of(m, x->data + from * x->cols, rows, x->cols, kernels);
        flama_sk_product_within(room, kernels, rows, m->rows, m->components, columns,
                                NULL, y + from * columns);
    }
    return 0;
}

static int transform(const flama_sk_estimator *self, flama_call *call,
                     const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const kernel_map *m = self->model;
    int code = m->kernel ? flama_sk_kernel_check(m->kernel, call, x) : 0;
    if (code || m->components)
        return code ? code : project(self, call, x, out);
    double *kernels = flama_sk_matrix_new(call, x->rows, m->rows, out);
    if (kernels)
        kernels_of(m, x->data, x->rows, x->cols, kernels);
    return kernels ? 0 : FLAMA_EMEMORY;
}

static const flama_sk_methods methods = {.transform = transform};

static void set_up(const kernel_map *m, size_t columns, flama_sk_estimator *out)
{
    out->model = m;
    out->methods = &methods;
    out->columns = columns;
    out->cost = 30 + (double)m->rows * (double)(m->components ? columns : 1) +
                (m->kernel ? flama_sk_kernel_cost(m->kernel) : 0);
}

static void read_centerer(flama_sk_loader *in, const flama_pickle *centerer,
                          kernel_map *m)
{
    m->means = flama_sk_vector(in, centerer, "K_fit_rows_", &m->rows);
    m->mean = flama_sk_number(in, centerer, "K_fit_all_");
    if (in->failed == 0 && m->rows == 0)
        flama_sk_damaged(in, "K_fit_rows_", "is empty");
}

FLAMA_SK_LOAD(kernel_centerer)
{
    kernel_map *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL)
        return in->failed;
    m->rows = out->features ? out->features : FLAMA_SK_ANY;
    read_centerer(in, self, m);
    out->features = m->rows;
    set_up(m, m->rows, out);
    return in->failed;
}

/* The attribute's rows, and the kernel with them. */
static kernel_map *read_map(flama_sk_loader *in, const flama_pickle *self,
                            const char *name, const flama_pickle *params,
                            flama_sk_estimator *out)
{
    kernel_map *m = flama_sk_new(in, 1, sizeof *m);
    size_t count = FLAMA_SK_ANY,
           features = out->features ? out->features : FLAMA_SK_ANY;
    const double *rows = flama_sk_matrix_get(in, self, name, &count, &features);
    if (rows && (count == 0 || features == 0))
        flama_sk_damaged(in, name, "is empty");
    if (in->failed)
        return NULL;
    m->rows = count;
    out->features = features;
    m->kernel = flama_sk_kernel_read(in, self, "kernel", params, rows, count, features);
    return in->failed ? NULL : m;
}

/* Eigenvectors over the roots of their eigenvalues; nothing where that is 0. */
FLAMA_SK_LOAD(kernel_pca)
{
    kernel_map *m = read_map(in, self, "X_fit_", NULL, out);
    size_t columns = FLAMA_SK_ANY;
    if (m == NULL)
        return in->failed;
    read_centerer(in, flama_sk_get(in, self, "_centerer"), m);
    const double *vectors =
        flama_sk_matrix_get(in, self, "eigenvectors_", &m->rows, &columns);
    const double *values = flama_sk_vector(in, self, "eigenvalues_", &columns);
    double *components =
        values ? flama_sk_new(in, m->rows * columns, sizeof *components) : NULL;
    for (size_t i = 0; components && i < m->rows * columns; i++) {
        double value = values[i % columns];
        components[i] = value == 0 ? 0 : vectors[i] / sqrt(value);
    }
    m->components = components;
    set_up(m, columns, out);
    return in->failed;
}

FLAMA_SK_LOAD(nystroem)
{
    const flama_pickle *params = flama_sk_find(in, self, "kernel_params");
    kernel_map *m = read_map(in, self, "components_", params, out);
    size_t columns = FLAMA_SK_ANY;
    if (m == NULL)
        return in->failed;
    const double *rows =
        flama_sk_matrix_get(in, self, "normalization_", &columns, &m->rows);
    double *components =
        rows ? flama_sk_new(in, m->rows * columns, sizeof *components) : NULL;
    if (components)
        flama_sk_transpose(rows, columns, m->rows, components);
    m->components = components;
    set_up(m, columns, out);
    return in->failed;
}
