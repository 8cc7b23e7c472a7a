/* KBinsDiscretizer: the bin that a number falls into. */
#include <math.h>
#include <string.h>

#include "engine/sklearn/families.h"

/* Inner edges of a feature's bins, ascending: `count` of them make count + 1 bins. */
typedef struct bins {
    const double *edges;
    size_t count;
    size_t first; /* column of its first bin, when one-hot */
} bins;

typedef struct discretizer {
    const bins *features;
    bool one_hot;
    bool single;  /* numbers are rounded to float first */
    bool lenient; /* numbers just under an edge count as over it, as in 1.0 */
} discretizer;

/* How many edges are not above v. */
static size_t bin_of(const bins *b, double v)
{
    size_t from = 0, n = b->count;
    while (n > 0) {
        size_t half = n / 2;
        if (b->edges[from + half] <= v) {
            from += half + 1;
            n -= half + 1;
        } else
            n = half;
    }
    return from;
}

static int discretize(const flama_sk_estimator *self, flama_call *call,
                      const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const discretizer *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, self->columns, out);
    if (y == NULL)
        return FLAMA_EMEMORY;
    memset(y, 0, x->rows * self->columns * sizeof *y);
    for (size_t r = 0; r < x->rows; r++, y += self->columns)
        for (size_t f = 0; f < x->cols; f++) {
            double v = x->data[r * x->cols + f];
            if (m->single)
                v = (float)v;
            if (m->lenient)
                v += 1e-8 + 1e-5 * fabs(v);
            size_t bin = bin_of(&m->features[f], v);
            if (m->one_hot)
                y[m->features[f].first + bin] = 1;
            else
                y[f] = (double)bin;
        }
    return 0;
}

static const flama_sk_methods methods = {.transform = discretize};

static bool read_bins(flama_sk_loader *in, const flama_pickle *node, bins *out)
{
    size_t count = FLAMA_SK_ANY;
    const double *edges = flama_sk_node_vector(in, node, "bin_edges_", &count);
    if (edges == NULL)
        return false;
    for (size_t i = 1; i < count; i++)
        if (!(edges[i - 1] <= edges[i]))
            flama_sk_damaged(in, "bin_edges_", "are not in order");
    *out = (bins){.edges = edges + 1, .count = count > 2 ? count - 2 : 0};
    return in->failed == 0;
}

FLAMA_SK_LOAD(k_bins_discretizer)
{
    static const char *const encodings[] = {"ordinal", "onehot", "onehot-dense", NULL};
    size_t count, columns = 0;
    discretizer *m = flama_sk_new(in, 1, sizeof *m);
    flama_pickle *const *nodes = flama_sk_items(in, self, "bin_edges_", &count);
    bins *features = flama_sk_new(in, count, sizeof *features);
    if (features == NULL)
        return in->failed;
    *m = (discretizer){.features = features,
                       .one_hot = flama_sk_choice(in, self, "encode", encodings) > 0,
                       .single = flama_sk_single_dtype(in, self),
                       .lenient = in->version < 101};
    for (size_t f = 0; f < count && read_bins(in, nodes[f], &features[f]); f++) {
        features[f].first = columns;
        columns += features[f].count + 1;
    }
    if (count == 0 || (out->features && out->features != count))
        flama_sk_damaged(in, "bin_edges_", "has %zu lists for %zu features", count,
                         out->features);
    out->features = count;
    out->columns = m->one_hot ? columns : count;
    out->model = m;
    out->methods = &methods;
    out->cost = 20 + 15 * (double)count;
    return in->failed;
}
