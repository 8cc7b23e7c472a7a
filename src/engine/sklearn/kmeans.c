/* K-means: the nearest centre, and the distances to all. Bisecting k-means goes down a
 * tree, at each node to the nearer of two. */
#include <math.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/product.h"

/* A child of a node: another node, or a cluster. */
typedef struct child {
    bool is_cluster;
    size_t index;
} child;

typedef struct node {
    const double *centres[2];
    double norms[2];
    child children[2];
} node;

typedef struct kmeans {
    size_t count, features;
    const double *centres; /* features x count */
    const double *norms;   /* squared, a centre each */
    const node *nodes;     /* of bisecting k-means, the root first; NULL: one cluster */
} kmeans;

/* norms - 2 x @ centres: the squared distance, less what all centres have in common. */
static int partial_distances(const kmeans *m, flama_call *call,
                             const flama_sk_matrix *x, flama_sk_matrix *out)
{
    double *y = flama_sk_matrix_new(call, x->rows, m->count, out);
    if (y == NULL)
        return FLAMA_EMEMORY;
    if (flama_sk_product_many(call, x->data, x->rows, m->features, m->centres, m->count,
                              NULL, y) != 0)
        return FLAMA_EMEMORY;
    for (size_t r = 0; r < x->rows; r++, y += m->count)
        for (size_t k = 0; k < m->count; k++)
            y[k] = m->norms[k] - 2 * y[k];
    return 0;
}

static int predict(const flama_sk_estimator *self, flama_call *call,
                   const flama_sk_matrix *x, flama_sk_answer *out)
{
    const kmeans *m = self->model;
    flama_sk_matrix d;
    int64_t *labels = flama_sk_integers_new(call, self, x->rows, out);
    int code = labels ? partial_distances(m, call, x, &d) : FLAMA_EMEMORY;
    for (size_t r = 0; code == 0 && r < x->rows; r++) {
        const double *row = d.data + r * m->count;
        size_t best = 0;
        for (size_t k = 1; k < m->count; k++)
            best = row[k] < row[best] ? k : best;
        labels[r] = (int64_t)best;
    }
    return code;
}

static int distances(const flama_sk_estimator *self, flama_call *call,
                     const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const kmeans *m = self->model;
    int code = partial_distances(m, call, x, out);
    for (size_t r = 0; code == 0 && r < x->rows; r++) {
        const double *row = x->data + r * m->features;
        double *d = (double *)(uintptr_t)out->data + r * m->count;
        double norm = flama_sk_dot(row, row, m->features);
        for (size_t k = 0; k < m->count; k++) {
            double square = d[k] + norm;
            d[k] = square > 0 ? sqrt(square) : 0;
        }
    }
    return code;
}

static const flama_sk_methods methods = {.predict = predict, .transform = distances};

FLAMA_SK_LOAD(kmeans)
{
    kmeans *m = flama_sk_new(in, 1, sizeof *m);
    size_t count = FLAMA_SK_ANY,
           features = out->features ? out->features : FLAMA_SK_ANY;
    const double *rows =
        flama_sk_matrix_get(in, self, "cluster_centers_", &count, &features);
    if (rows == NULL)
        return in->failed;
    if (count == 0 || features == 0)
        return flama_sk_damaged(in, "cluster_centers_", "is empty");
    double *centres = flama_sk_new(in, count * features, sizeof *centres);
    double *norms = flama_sk_new(in, count, sizeof *norms);
    if (in->failed)
        return in->failed;
    flama_sk_transpose(rows, count, features, centres);
    for (size_t k = 0; k < count; k++)
        norms[k] = flama_sk_dot(rows + k * features, rows + k * features, features);
    *m = (kmeans){count, features, centres, norms, NULL};
    out->model = m;
    out->methods = &methods;
    out->features = features;
    out->gives = FLAMA_SK_INTEGERS;
    out->columns = count;
    out->cost = 30 + 0.6 * (double)features * (double)count;
    return 0;
}

/* Bisecting. */

static int predict_down(const flama_sk_estimator *self, flama_call *call,
                        const flama_sk_matrix *x, flama_sk_answer *out)
{
    const kmeans *m = self->model;
    int64_t *labels = flama_sk_integers_new(call, self, x->rows, out);
    for (size_t r = 0; labels && r < x->rows; r++) {
        const double *row = x->data + r * m->features;
        child at = {.is_cluster = m->nodes == NULL};
        while (!at.is_cluster) {
            const node *n = &m->nodes[at.index];
            double d[2];
            for (int k = 0; k < 2; k++)
                d[k] = n->norms[k] - 2 * flama_sk_dot(row, n->centres[k], m->features);
            at = n->children[d[1] < d[0]];
        }
        labels[r] = (int64_t)at.index;
    }
    return labels ? 0 : FLAMA_EMEMORY;
}

static const flama_sk_methods bisecting = {.predict = predict_down,
                                           .transform = distances};

/* The tree is read breadth first; `pending` are the inner nodes found so far, those
 * before `done` finished. A tree of so many clusters has one less inner nodes. */
typedef struct growth {
    const flama_pickle **pending;
    node *nodes;
    size_t found, most;
    const double *mean; /* to add to the centres, or NULL */
} growth;

static child read_child(flama_sk_loader *in, const flama_pickle *given, size_t clusters,
                        growth *g)
{
    if (given && flama_sk_find(in, given, "left")) {
        if (g->found == g->most)
            flama_sk_damaged(in, "_bisecting_tree", "has more nodes than clusters");
        else
            g->pending[g->found++] = given;
        return (child){false, g->found - 1};
    }
    int64_t label = given ? flama_sk_integer(in, given, "label") : 0;
    if (in->failed == 0 && (label < 0 || (uint64_t)label >= clusters))
        flama_sk_damaged(in, "_bisecting_tree", "has a label that is no cluster");
    return (child){true, (size_t)label};
}

static void read_node(flama_sk_loader *in, kmeans *m, growth *g, size_t i)
{
    static const char *const sides[] = {"left", "right"};
    size_t features = m->features;
    node *n = &g->nodes[i];
    for (int k = 0; k < 2 && in->failed == 0; k++) {
        const flama_pickle *given = flama_sk_get(in, g->pending[i], sides[k]);
        const double *centre = flama_sk_vector(in, given, "center", &features);
        double *moved = flama_sk_new(in, features, sizeof *moved);
        n->children[k] = read_child(in, given, m->count, g);
        if (in->failed)
            return;
        for (size_t j = 0; j < features; j++)
            moved[j] = centre[j] + (g->mean ? g->mean[j] : 0);
        n->centres[k] = moved;
        n->norms[k] = flama_sk_dot(moved, moved, features);
    }
}

FLAMA_SK_LOAD(bisecting_kmeans)
{
    int code = flama_sk_load_kmeans(in, self, out);
    const flama_pickle *root = code ? NULL : flama_sk_get(in, self, "_bisecting_tree");
    if (root == NULL)
        return in->failed;
    kmeans *m = (kmeans *)(uintptr_t)out->model;
    growth g = {.most = m->count - 1};
    g.pending = flama_sk_new(in, m->count, sizeof *g.pending);
    g.nodes = flama_sk_new(in, m->count, sizeof *g.nodes);
    if (flama_sk_find(in, self, "_X_mean"))
        g.mean = flama_sk_vector(in, self, "_X_mean", &m->features);
    child first = in->failed ? (child){0} : read_child(in, root, m->count, &g);
    for (size_t i = 0; in->failed == 0 && i < g.found; i++)
        read_node(in, m, &g, i);
    m->nodes = first.is_cluster ? NULL : g.nodes;
    out->methods = &bisecting;
    return in->failed;
}
