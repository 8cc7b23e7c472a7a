/* RandomTreesEmbedding: a column for each leaf of each tree, 1 where the row falls. */
#include <math.h>
#include <string.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/sparse.h"
#include "engine/sklearn/tree_reader.h"

/* The column of the leaf of tree `t` that the row reaches, which is all a leaf holds.
 */
static uint32_t column_of(const flama_sk_trees *m, size_t t, const float *row)
{
    int32_t at = m->roots[t];
    while (at >= 0) {
        const flama_sk_tree_node *node = &m->nodes[at];
        at = row[node->feature] <= node->threshold ? node->left : node->right;
    }
    return (uint32_t)m->leaves[~at];
}

static int transform(const flama_sk_estimator *self, flama_call *call,
                     const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const flama_sk_trees *m = self->model;
    size_t n = x->rows * m->count;
    float *row = flama_sk_alloc(call, flama_sk_trees_stride(m), sizeof *row);
    size_t *starts = flama_sk_alloc(call, x->rows + 1, sizeof *starts);
    uint32_t *columns = flama_sk_alloc(call, n, sizeof *columns);
    double *values = flama_sk_alloc(call, n, sizeof *values);
    if (row == NULL || starts == NULL || columns == NULL || values == NULL)
        return FLAMA_EMEMORY;
    for (size_t r = 0; r < x->rows; r++) {
        starts[r] = r * m->count;
        flama_sk_trees_rows(m, x->data + r * x->cols, 1, row);
        for (size_t t = 0; t < m->count; t++) {
            columns[starts[r] + t] = column_of(m, t, row);
            values[starts[r] + t] = 1;
        }
    }
    starts[x->rows] = n;
    flama_sk_sparse parts = {starts, columns, values};
    return flama_sk_sparse_set(call, x->rows, self->columns, &parts, out);
}

static const flama_sk_methods methods = {.transform = transform};

/* The encoder's categories of a tree are the indices of its leaves, ascending. */
typedef struct categories {
    flama_pickle *const *lists;
    size_t count;
    size_t *next; /* column */
} categories;

static int fill(flama_sk_loader *in, const void *ctx, flama_sk_tree *tree, double *out)
{
    const categories *c = ctx;
    size_t count = FLAMA_SK_ANY, used = 0;
    if (tree->index >= c->count)
        return flama_sk_damaged(in, "one_hot_encoder_", "has too few categories");
    const double *leaves =
        flama_sk_node_vector(in, c->lists[tree->index], "one_hot_encoder_", &count);
    for (size_t i = 0; leaves && i < tree->count; i++) {
        bool leaf = tree->left[i] < 0;
        if (leaf && (used == count || leaves[used] != (double)i))
            return flama_sk_damaged(in, "one_hot_encoder_", "does not know a leaf");
        out[i] = leaf ? (double)(*c->next + used++) : 0;
    }
    *c->next += count;
    if (*c->next > INT32_MAX)
        flama_sk_damaged(in, "one_hot_encoder_", "has too many categories");
    return in->failed;
}

FLAMA_SK_LOAD(trees_embedding)
{
    size_t count, columns = 0;
    const flama_pickle *const *trees = flama_sk_tree_list(in, self, &count);
    const flama_pickle *encoder = flama_sk_get(in, self, "one_hot_encoder_");
    flama_sk_trees *m = flama_sk_new(in, 1, sizeof *m);
    categories c = {.next = &columns};
    c.lists = encoder ? flama_sk_items(in, encoder, "categories_", &c.count) : NULL;
    if (m == NULL || trees == NULL || c.lists == NULL ||
        flama_sk_forest_describe(in, trees[0], out, m) != 0)
        return in->failed;
    m->width = 1;
    out->model = m;
    out->methods = &methods;
    out->outputs = 1;
    if (flama_sk_trees_read(in, trees, count, fill, &c, m) == 0)
        out->cost = flama_sk_trees_cost(m, 1);
    out->columns = columns;
    return in->failed;
}
