/* Kernel ridge regression: the kernel with the rows it was fitted on, weighted. */
#include "engine/sklearn/families.h"
#include "engine/sklearn/gp_kernel.h"
#include "engine/sklearn/kernel.h"
#include "engine/sklearn/product.h"

typedef struct ridge {
    size_t count;
    const flama_sk_kernel *kernel; /* NULL: it is one of Gaussian processes */
    const flama_sk_gp_kernel *gp_kernel;
    const double *dual; /* count x outputs */
} ridge;

static int predict(const flama_sk_estimator *self, flama_call *call,
                   const flama_sk_matrix *x, flama_sk_answer *out)
{
    const ridge *m = self->model;
    size_t scratch = m->gp_kernel ? flama_sk_gp_kernel_scratch(m->gp_kernel) : 0;
    double *y = flama_sk_numbers_new(call, self, x->rows, out);
    double *values = flama_sk_alloc(call, m->count, sizeof *values);
    double *work = flama_sk_alloc(call, scratch, sizeof *work);
    if (y == NULL || values == NULL || work == NULL)
        return FLAMA_EMEMORY;
    int code = m->kernel ? flama_sk_kernel_check(m->kernel, call, x)
                         : flama_sk_gp_kernel_check(m->gp_kernel, call, x);
    for (size_t i = 0; code == 0 && i < x->rows; i++) {
        if (i % 64 == 63 && flama_call_cancelled(call))
            return flama_call_stopped(call);
        const double *row = x->data + i * x->cols;
        if (m->kernel)
            flama_sk_kernel_values(m->kernel, row, values);
        else
            flama_sk_gp_kernel_values(m->gp_kernel, row, work, values);
        flama_sk_product(values, 1, m->count, m->dual, self->outputs, NULL,
                         y + i * self->outputs);
    }
    return code;
}

static const flama_sk_methods methods = {.predict = predict};

/* dual_coef_: a number a row, or a row of them. */
static const double *read_dual(flama_sk_loader *in, const flama_pickle *self,
                               size_t count, flama_sk_estimator *out)
{
    flama_numpy array;
    size_t outputs = FLAMA_SK_ANY;
    if (!flama_sk_array(in, self, "dual_coef_", &array))
        return NULL;
    if (array.rank == 1)
        return flama_sk_vector(in, self, "dual_coef_", &count);
    const double *dual = flama_sk_matrix_get(in, self, "dual_coef_", &count, &outputs);
    if (dual && outputs == 0)
        flama_sk_damaged(in, "dual_coef_", "is empty");
    out->outputs = in->failed ? 1 : outputs;
    out->wide = true;
    return dual;
}

FLAMA_SK_LOAD(kernel_ridge)
{
    size_t count = FLAMA_SK_ANY;
    size_t features = out->features ? out->features : FLAMA_SK_ANY;
    ridge *m = flama_sk_new(in, 1, sizeof *m);
    const double *rows = flama_sk_matrix_get(in, self, "X_fit_", &count, &features);
    const flama_pickle *kernel = flama_sk_get(in, self, "kernel");
    if (in->failed == 0 && (count == 0 || features == 0))
        flama_sk_damaged(in, "X_fit_", "is empty");
    if (in->failed)
        return in->failed;
    m->count = count;
    m->dual = read_dual(in, self, count, out);
    if (kernel->kind == FLAMA_PICKLE_STRING)
        m->kernel =
            flama_sk_kernel_read(in, self, "kernel", NULL, rows, count, features);
    else
        m->gp_kernel =
            flama_sk_gp_kernel_read(in, self, "kernel", rows, count, features);
    if (in->failed)
        return in->failed;
    out->model = m;
    out->methods = &methods;
    out->features = features;
    out->gives = FLAMA_SK_NUMBERS;
    out->cost = 50 + (m->kernel ? flama_sk_kernel_cost(m->kernel)
                                : flama_sk_gp_kernel_cost(m->gp_kernel));
    return in->failed;
}
