/* KNeighborsTransformer and RadiusNeighborsTransformer: a column for each training row,
 * set for those that are near. */
#include "engine/sklearn/families.h"
#include "engine/sklearn/neighbor_search.h"
#include "engine/sklearn/sparse.h"

typedef struct graph {
    const flama_sk_neighbors *search;
    size_t neighbors; /* 0: those within the radius */
    double radius;
    bool distances; /* else a 1 for each */
} graph;

/* Writes the neighbours of a row: how many. */
static size_t write_row(const graph *m, const double *row, flama_sk_found *found,
                        uint32_t *columns, double *values)
{
    if (m->neighbors)
        flama_sk_nearest(m->search, row, m->neighbors, found);
    else
        flama_sk_within(m->search, row, m->radius, true, found);
    for (size_t i = 0; i < found->count; i++) {
        columns[i] = (uint32_t)found->rows[i];
        values[i] = m->distances ? found->distances[i] : 1;
    }
    return found->count;
}

static int transform(const flama_sk_estimator *self, flama_call *call,
                     const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const graph *m = self->model;
    size_t most = m->neighbors ? m->neighbors : m->search->count, n = 0;
    flama_sk_found found;
    size_t *starts = flama_sk_alloc(call, x->rows + 1, sizeof *starts);
    uint32_t *columns = flama_sk_alloc(call, x->rows * most, sizeof *columns);
    double *values = flama_sk_alloc(call, x->rows * most, sizeof *values);
    if (starts == NULL || columns == NULL || values == NULL)
        return FLAMA_EMEMORY;
    int code = flama_sk_search_begin(m->search, call, x, m->search->count, &found);
    if (code)
        return code;
    for (size_t r = 0; r < x->rows; r++) {
        starts[r] = n;
        n += write_row(m, x->data + r * x->cols, &found, columns + n, values + n);
    }
    starts[x->rows] = n;
    flama_sk_sparse parts = {starts, columns, values};
    return flama_sk_sparse_set(call, x->rows, self->columns, &parts, out);
}

static const flama_sk_methods methods = {.transform = transform};

static graph *read_graph(flama_sk_loader *in, const flama_pickle *self,
                         flama_sk_estimator *out)
{
    static const char *const modes[] = {"distance", "connectivity", NULL};
    graph *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL)
        return NULL;
    m->distances = flama_sk_choice(in, self, "mode", modes) == 0;
    m->search = flama_sk_neighbors_read(in, self, out);
    if (m->search == NULL)
        return NULL;
    out->model = m;
    out->methods = &methods;
    out->columns = m->search->count;
    return m;
}

/* Distances are of one neighbour more: in training the nearest was the row itself. */
FLAMA_SK_LOAD(k_neighbors_transformer)
{
    graph *m = read_graph(in, self, out);
    int64_t neighbors = flama_sk_integer(in, self, "n_neighbors");
    if (m == NULL || in->failed)
        return in->failed;
    neighbors += m->distances && neighbors < INT32_MAX;
    if (neighbors < 1 || (uint64_t)neighbors > m->search->count)
        return flama_sk_refuse(in, "of %lld neighbours has %zu rows only",
                               (long long)neighbors, m->search->count);
    m->neighbors = (size_t)neighbors;
    return 0;
}

FLAMA_SK_LOAD(radius_neighbors_transformer)
{
    graph *m = read_graph(in, self, out);
    if (m)
        m->radius = flama_sk_number(in, self, "radius");
    return in->failed;
}
