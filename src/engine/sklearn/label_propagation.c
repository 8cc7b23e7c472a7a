/* LabelPropagation and LabelSpreading: what the rows they were fitted on ended up as,
 * weighted by a kernel, or that of the nearest of them. */
#include <math.h>
#include <string.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/kernel.h"
#include "engine/sklearn/neighbor_search.h"
#include "engine/sklearn/product.h"

typedef struct propagation {
    size_t count, classes;
    const double *labels;          /* count x classes */
    const flama_sk_kernel *kernel; /* NULL: nearest neighbours */
    const flama_sk_neighbors *search;
    size_t neighbors;
} propagation;

static void of_neighbors(const propagation *m, const double *x, flama_sk_found *found,
                         double *out)
{
    flama_sk_nearest(m->search, x, m->neighbors, found);
    memset(out, 0, m->classes * sizeof *out);
    for (size_t i = 0; i < found->count; i++) {
        const double *labels = m->labels + (size_t)found->rows[i] * m->classes;
        for (size_t c = 0; c < m->classes; c++)
            out[c] += labels[c];
    }
}

static int probabilities(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const propagation *m = self->model;
    flama_sk_found found = {0};
    double *p = flama_sk_matrix_new(call, x->rows, m->classes, out);
    double *values = flama_sk_alloc(call, m->count, sizeof *values);
    int code = p == NULL || values == NULL ? FLAMA_EMEMORY : 0;
    if (code == 0 && m->kernel == NULL)
        code = flama_sk_search_begin(m->search, call, x, m->neighbors, &found);
    if (code)
        return code;
    for (size_t i = 0; i < x->rows; i++, p += m->classes) {
        const double *row = x->data + i * x->cols;
        double sum = 0;
        if (i % 64 == 63 && flama_call_cancelled(call))
            return flama_call_stopped(call);
        if (m->kernel) {
            flama_sk_kernel_values(m->kernel, row, values);
            flama_sk_product(values, 1, m->count, m->labels, m->classes, NULL, p);
        } else
            of_neighbors(m, row, &found, p);
        for (size_t c = 0; c < m->classes; c++)
            sum += p[c];
        for (size_t c = 0; c < m->classes; c++)
            p[c] /= sum;
    }
    return 0;
}

static int predict(const flama_sk_estimator *self, flama_call *call,
                   const flama_sk_matrix *x, flama_sk_answer *out)
{
    flama_sk_matrix p;
    int code = probabilities(self, call, x, &p);
    return code ? code : flama_sk_predict_largest(self, call, &p, out);
}

static const flama_sk_methods methods = {.predict = predict,
                                         .predict_proba = probabilities};

static void read_search(flama_sk_loader *in, const flama_pickle *self, propagation *m,
                        flama_sk_estimator *out)
{
    const flama_pickle *fitted = flama_sk_get(in, self, "nn_fit");
    int64_t k = flama_sk_integer(in, self, "n_neighbors");
    if (in->failed)
        return;
    m->search = flama_sk_neighbors_read(in, fitted, out);
    if (in->failed == 0 &&
        (m->search->count != m->count || k < 1 || (uint64_t)k > m->search->count))
        flama_sk_damaged(in, "nn_fit", "does not go with the labels");
    m->neighbors = (size_t)k;
}

FLAMA_SK_LOAD(label_propagation)
{
    static const char *const kernels[] = {"rbf", "knn", NULL};
    enum { KNN = 1 };
    propagation *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL || flama_sk_classes(in, self, "classes_", out))
        return in->failed;
    size_t features = out->features ? out->features : FLAMA_SK_ANY;
    m->count = FLAMA_SK_ANY;
    m->classes = out->classes[0]->count;
    const double *rows = flama_sk_matrix_get(in, self, "X_", &m->count, &features);
    m->labels =
        flama_sk_matrix_get(in, self, "label_distributions_", &m->count, &m->classes);
    size_t kernel = flama_sk_choice(in, self, "kernel", kernels);
    if (in->failed == 0 && (out->outputs != 1 || features == 0 || m->count == 0))
        flama_sk_damaged(in, "X_", "is empty");
    if (in->failed)
        return in->failed;
    out->features = features;
    if (kernel == KNN)
        read_search(in, self, m, out);
    else
        m->kernel =
            flama_sk_kernel_read(in, self, "kernel", NULL, rows, m->count, features);
    if (m->kernel)
        out->cost = 50 + flama_sk_kernel_cost(m->kernel);
    out->model = m;
    out->methods = &methods;
    return in->failed;
}
