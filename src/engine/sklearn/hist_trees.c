#include "engine/sklearn/hist_trees.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "engine/sklearn/tree_walk.h"

int flama_sk_hist_begin(flama_sk_hist *trees, size_t count, size_t nodes, size_t sets,
                        flama_arena *arena, flama_error *err)
{
    if (nodes > INT32_MAX || count > INT32_MAX || sets > INT32_MAX)
        return flama_error_set(err, FLAMA_ELIMIT, "%zu trees of %zu nodes", count,
                               nodes);
    *trees = (flama_sk_hist){.features = trees->features,
                             .negative_missing = trees->negative_missing,
                             .room = count,
                             .node_room = nodes / 2,
                             .set_room = sets};
    trees->roots = flama_arena_alloc(arena, count * sizeof *trees->roots);
    trees->nodes = flama_arena_alloc(arena, trees->node_room * sizeof *trees->nodes);
    trees->leaves =
        flama_arena_alloc(arena, (trees->node_room + count) * sizeof *trees->leaves);
    trees->sets = flama_arena_alloc(arena, sets * sizeof *trees->sets);
    if (!trees->roots || !trees->nodes || !trees->leaves || !trees->sets)
        return flama_error__memory(err);
    return 0;
}

/* The set of a split by category, with the unknown codes on their side. */
static int add_set(flama_sk_hist *trees, const flama_sk_hist_source *s, size_t i,
                   uint32_t *number, flama_error *err)
{
    int64_t set = s->set[i];
    const flama_sk_hist_bits *known = s->known ? s->known[s->tree.feature[i]] : NULL;
    if (set < 0 || (uint64_t)set >= s->set_count || known == NULL ||
        trees->set_count == trees->set_room)
        return flama_error_set(err, FLAMA_EFORMAT,
                               "a tree's node %zu splits by category set %lld of %zu",
                               i, (long long)set, s->set_count);
    flama_sk_hist_set *out = &trees->sets[trees->set_count++];
    out->missing_left = s->tree.missing_left[i];
    for (size_t w = 0; w < 8; w++)
        out->left.word[w] =
            s->sets[set].word[w] | (out->missing_left ? ~known->word[w] : 0);
    *number = (uint32_t)trees->set_count;
    return 0;
}

static int add_node(flama_sk_hist *trees, const flama_sk_hist_source *s, size_t i,
                    const int32_t *places, flama_error *err)
{
    flama_sk_hist_node *n = &trees->nodes[places[i]];
    bool categorical = s->categorical && s->categorical[i];
    bool second_half = categorical || !s->tree.missing_left[i];
    *n = (flama_sk_hist_node){
        .threshold = s->tree.threshold[i],
        .feature = (uint32_t)s->tree.feature[i] +
                   (second_half ? (uint32_t)trees->features : 0),
        .left = places[s->tree.left[i]],
        .right = places[s->tree.right[i]],
    };
    return categorical ? add_set(trees, s, i, &n->set, err) : 0;
}

int flama_sk_hist_add(flama_sk_hist *trees, const flama_sk_hist_source *source,
                      flama_arena *scratch, flama_error *err)
{
    const flama_sk_tree_source *tree = &source->tree;
    if (trees->count == trees->room ||
        tree->count / 2 > trees->node_room - trees->node_count)
        return flama_error_set(err, FLAMA_EFORMAT, "more tree nodes than announced");
    int32_t *places = flama_arena_calloc(scratch, tree->count, 2 * sizeof *places);
    if (places == NULL)
        return flama_error__memory(err);
    int code =
        flama_sk_tree_place(tree, trees->features, trees->node_count, trees->leaf_count,
                            places, places + tree->count, err);
    for (size_t i = 0; i < tree->count && code == 0; i++) {
        if (places[i] < 0)
            trees->leaves[~places[i]] = tree->values[i];
        else
            code = add_node(trees, source, i, places, err);
    }
    if (code)
        return code;
    trees->roots[trees->count++] = places[0];
    trees->node_count += tree->count / 2;
    trees->leaf_count += tree->count / 2 + 1;
    return 0;
}

void flama_sk_hist_rows(size_t features, const double *x, size_t count, double *out)
{
    for (size_t r = 0; r < count; r++, x += features, out += 2 * features) {
        for (size_t f = 0; f < features; f++)
            out[f] = isnan(x[f]) ? -INFINITY : x[f];
        memcpy(out + features, x, features * sizeof *x);
    }
}

static int32_t choose(const flama_sk_hist_node *n, bool left)
{
    return n->right ^ ((n->left ^ n->right) & -(int32_t)left);
}

static int32_t step_by_threshold(const void *nodes, int32_t at, const void *row)
{
    const flama_sk_hist_node *n = (const flama_sk_hist_node *)nodes + at;
    return choose(n, ((const double *)row)[n->feature] <= n->threshold);
}

/* The code of a cell that is not missing, as the library's cast to a byte gives it. */
static unsigned cell_code(double cell)
{
    bool fits = cell > -2147483649.0 && cell < 2147483648.0;
    return fits ? (uint8_t)(int32_t)cell : 0;
}

/* Nodes and sets, for ensembles that have both kinds of splits. */
typedef struct flama_sk_hist_tables {
    const flama_sk_hist_node *nodes;
    const flama_sk_hist_set *sets;
    bool negative_missing;
} flama_sk_hist_tables;

static int32_t step_any(const void *tables, int32_t at, const void *row)
{
    const flama_sk_hist_tables *t = tables;
    const flama_sk_hist_node *n = &t->nodes[at];
    double cell = ((const double *)row)[n->feature];
    if (n->set == 0)
        return choose(n, cell <= n->threshold);
    const flama_sk_hist_set *set = &t->sets[n->set - 1];
    if (isnan(cell) || (t->negative_missing && cell < 0))
        return choose(n, set->missing_left);
    unsigned code = cell_code(cell);
    return choose(n, set->left.word[code / 32] >> (code % 32) & 1);
}

void flama_sk_hist_sum(const flama_sk_hist *trees, const double *rows, size_t count,
                       double *out, size_t out_stride)
{
    flama_sk_hist_tables tables = {trees->nodes, trees->sets, trees->negative_missing};
    size_t row_bytes = 2 * trees->features * sizeof *rows;
    flama_sk_tree_ensemble e = {trees->nodes, trees->roots, trees->count, trees->leaves,
                                1};
    if (trees->set_count == 0) {
        flama_sk_tree_sum(step_by_threshold, &e, (const char *)rows, row_bytes, count,
                          out, out_stride);
        return;
    }
    e.nodes = &tables;
    flama_sk_tree_sum(step_any, &e, (const char *)rows, row_bytes, count, out,
                      out_stride);
}
