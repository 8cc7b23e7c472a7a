/* LocalOutlierFactor: how much sparser it is around a row than around its neighbours
 * (Breunig, Kriegel, Ng and Sander, LOF: identifying density-based local outliers,
 * 2000). Only models fitted with novelty=True predict. */
#include <math.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/neighbor_search.h"

typedef struct outlier_factor {
    flama_sk_neighbors *search;
    size_t k;
    const double *reach;   /* of each row fitted on: distance of its k-th neighbour */
    const double *density; /* of each row fitted on */
    double offset;
} outlier_factor;

static double score(const outlier_factor *m, const flama_sk_found *found)
{
    double reach = 0, density = 0, k = (double)m->k;
    for (size_t i = 0; i < m->k; i++) {
        reach += fmax(found->distances[i], m->reach[found->rows[i]]);
        density += m->density[found->rows[i]];
    }
    /* own density, kept finite as scikit-learn does */
    double own = 1 / (reach / k + 1e-10);
    return -(density / own / k);
}

static int decision_function(const flama_sk_estimator *self, flama_call *call,
                             const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const outlier_factor *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, 1, out);
    flama_sk_found found;
    int code =
        y ? flama_sk_search_begin(m->search, call, x, m->k, &found) : FLAMA_EMEMORY;
    if (code)
        return code;
    out->flat = true;
    for (size_t i = 0; i < x->rows; i++) {
        if (i % 64 == 63 && flama_call_cancelled(call))
            return flama_call_stopped(call);
        flama_sk_nearest(m->search, x->data + i * x->cols, m->k, &found);
        y[i] = score(m, &found) - m->offset;
    }
    return 0;
}

static int predict(const flama_sk_estimator *self, flama_call *call,
                   const flama_sk_matrix *x, flama_sk_answer *out)
{
    flama_sk_matrix y;
    int64_t *sides = flama_sk_integers_new(call, self, x->rows, out);
    int code = sides ? decision_function(self, call, x, &y) : FLAMA_EMEMORY;
    for (size_t i = 0; code == 0 && i < x->rows; i++)
        sides[i] = y.data[i] < 0 ? -1 : 1;
    return code;
}

static const flama_sk_methods methods = {.predict = predict,
                                         .decision_function = decision_function};

/* The last column of _distances_fit_X_. */
static const double *read_reach(flama_sk_loader *in, const flama_pickle *self,
                                outlier_factor *m)
{
    size_t rows = m->search->count, cols = FLAMA_SK_ANY;
    const double *all =
        flama_sk_matrix_get(in, self, "_distances_fit_X_", &rows, &cols);
    double *reach = all ? flama_sk_new(in, rows, sizeof *reach) : NULL;
    if (reach && cols < m->k)
        flama_sk_damaged(in, "_distances_fit_X_", "has %zu columns for %zu neighbours",
                         cols, m->k);
    for (size_t i = 0; in->failed == 0 && i < rows; i++)
        reach[i] = all[i * cols + m->k - 1];
    return reach;
}

FLAMA_SK_LOAD(local_outlier_factor)
{
    outlier_factor *m = flama_sk_new(in, 1, sizeof *m);
    if (!flama_sk_flag_or(in, self, "novelty", false))
        return flama_sk_refuse(in, "with novelty=False has no predict");
    int64_t k = flama_sk_integer(in, self, "n_neighbors_");
    if (in->failed)
        return in->failed;
    m->search = flama_sk_neighbors_read(in, self, out);
    if (in->failed == 0 && (k < 1 || (uint64_t)k > m->search->count))
        flama_sk_damaged(in, "n_neighbors_", "is %lld of %zu rows", (long long)k,
                         m->search->count);
    if (in->failed)
        return in->failed;
    m->k = (size_t)k;
    m->reach = read_reach(in, self, m);
    m->density = flama_sk_vector(in, self, "_lrd", &m->search->count);
    m->offset = flama_sk_number(in, self, "offset_");
    out->methods = &methods;
    out->model = m;
    out->gives = FLAMA_SK_INTEGERS;
    return in->failed;
}
