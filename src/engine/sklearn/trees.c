#include "engine/sklearn/trees.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "engine/sklearn/tree_walk.h"

static int check_node(const flama_sk_tree_source *tree, size_t i, size_t features,
                      flama_error *err)
{
    int64_t left = tree->left[i], right = tree->right[i], count = (int64_t)tree->count;
    if (left == -1 && right == -1)
        return 0;
    if (left <= (int64_t)i || left >= count || right <= (int64_t)i || right >= count ||
        left == right)
        return flama_error_set(err, FLAMA_EFORMAT,
                               "a tree's node %zu has children %lld and %lld of %zu", i,
                               (long long)left, (long long)right, tree->count);
    if (tree->feature[i] < 0 || (uint64_t)tree->feature[i] >= features)
        return flama_error_set(err, FLAMA_EFORMAT,
                               "a tree's node %zu splits by feature %lld of %zu", i,
                               (long long)tree->feature[i], features);
    return 0;
}

/* Every node in its place, by way of `places`, where 0 means not seen yet. With
 * children behind their parents, one parent each makes it a tree. */
static int check_tree(const flama_sk_tree_source *tree, size_t features,
                      int32_t *places, flama_error *err)
{
    memset(places, 0, tree->count * sizeof *places);
    places[0] = 1;
    for (size_t i = 0; i < tree->count; i++) {
        int code = check_node(tree, i, features, err);
        if (code)
            return code;
        if (tree->left[i] == -1)
            continue;
        if (places[tree->left[i]]++ || places[tree->right[i]]++)
            return flama_error_set(err, FLAMA_EFORMAT,
                                   "a tree's node %zu shares a child with another", i);
    }
    for (size_t i = 0; i < tree->count; i++)
        if (places[i] == 0)
            return flama_error_set(err, FLAMA_EFORMAT,
                                   "a tree's node %zu has no parent", i);
    return 0;
}

int flama_sk_tree_place(const flama_sk_tree_source *tree, size_t features,
                        size_t first_node, size_t first_leaf, int32_t *places,
                        int32_t *stack, flama_error *err)
{
    if (tree->count == 0 || tree->count > INT32_MAX - first_node ||
        tree->count > INT32_MAX - first_leaf || features > INT32_MAX / 2)
        return flama_error_set(err, FLAMA_EFORMAT, "a tree of %zu nodes", tree->count);
    int code = check_tree(tree, features, places, err);
    if (code)
        return code;
    size_t depth = 0;
    stack[depth++] = 0;
    while (depth) {
        size_t i = (size_t)stack[--depth];
        if (tree->left[i] == -1) {
            places[i] = ~(int32_t)first_leaf++;
            continue;
        }
        places[i] = (int32_t)first_node++;
        int32_t left = (int32_t)tree->left[i], right = (int32_t)tree->right[i];
        bool heavy_left = tree->weight[left] >= tree->weight[right];
        stack[depth++] = heavy_left ? right : left;
        stack[depth++] = heavy_left ? left : right;
    }
    return 0;
}

int flama_sk_trees_begin(flama_sk_trees *trees, size_t count, size_t nodes,
                         flama_arena *arena, flama_arena *scratch, flama_error *err)
{
    size_t leaf_bytes, leaves = nodes / 2 + count;
    if (nodes > INT32_MAX || count > INT32_MAX ||
        __builtin_mul_overflow(leaves, trees->width * sizeof(double), &leaf_bytes))
        return flama_error_set(err, FLAMA_ELIMIT, "%zu trees of %zu nodes", count,
                               nodes);
    trees->count = trees->node_count = trees->leaf_count = 0;
    trees->room = count;
    trees->node_room = nodes / 2;
    trees->roots = flama_arena_alloc(arena, count * sizeof *trees->roots);
    trees->nodes = flama_arena_alloc(arena, trees->node_room * sizeof *trees->nodes);
    trees->leaves = flama_arena_alloc(scratch, leaf_bytes);
    if (trees->roots == NULL || trees->nodes == NULL || trees->leaves == NULL)
        return flama_error__memory(err);
    return 0;
}

/* The largest float that is not above the double. */
static float round_down(double threshold)
{
    float f = (float)threshold;
    return (double)f > threshold ? nextafterf(f, -INFINITY) : f;
}

static flama_sk_tree_node inner_node(const flama_sk_trees *trees,
                                     const flama_sk_tree_source *tree, size_t i,
                                     const int32_t *places)
{
    bool second_half = trees->missing && !(tree->missing_left && tree->missing_left[i]);
    return (flama_sk_tree_node){
        .threshold = round_down(tree->threshold[i]),
        .feature =
            (uint32_t)tree->feature[i] + (second_half ? (uint32_t)trees->features : 0),
        .left = places[tree->left[i]],
        .right = places[tree->right[i]],
    };
}

int flama_sk_trees_add(flama_sk_trees *trees, const flama_sk_tree_source *tree,
                       flama_arena *scratch, flama_error *err)
{
    if (trees->count == trees->room ||
        tree->count / 2 > trees->node_room - trees->node_count)
        return flama_error_set(err, FLAMA_EFORMAT, "more tree nodes than announced");
    int32_t *places = flama_arena_calloc(scratch, tree->count, 2 * sizeof *places);
    if (places == NULL)
        return flama_error__memory(err);
    int code =
        flama_sk_tree_place(tree, trees->features, trees->node_count, trees->leaf_count,
                            places, places + tree->count, err);
    if (code)
        return code;
    trees->roots[trees->count++] = places[0];
    trees->node_count += tree->count / 2;
    trees->leaf_count += tree->count / 2 + 1;
    size_t width = trees->width;
    for (size_t i = 0; i < tree->count; i++) {
        if (places[i] < 0)
            memcpy(trees->leaves + (size_t)~places[i] * width, tree->values + i * width,
                   width * sizeof(double));
        else
            trees->nodes[places[i]] = inner_node(trees, tree, i, places);
    }
    return 0;
}

static uint64_t hash_leaf(const double *leaf, size_t width)
{
    uint64_t h = 0;
    for (size_t j = 0; j < width; j++) {
        uint64_t bits;
        memcpy(&bits, &leaf[j], sizeof bits);
        h = (h ^ bits) * 0x9e3779b97f4a7c15u;
        h ^= h >> 29;
    }
    return h;
}

/* The new number of a leaf: that of an equal one, or the next. A few places are looked
 * at, no more: a file made to collide costs memory, not time. */
static int32_t merge_leaf(flama_sk_trees *trees, const double *leaf, int32_t *slots,
                          size_t mask, size_t *count)
{
    uint64_t h = hash_leaf(leaf, trees->width);
    size_t bytes = trees->width * sizeof *leaf;
    for (size_t probe = 0; probe < 8; probe++) {
        int32_t *slot = &slots[(h + probe) & mask];
        if (*slot == 0)
            *slot = (int32_t)(*count + 1);
        else if (memcmp(trees->leaves + (size_t)(*slot - 1) * trees->width, leaf,
                        bytes) == 0)
            return *slot - 1;
        else
            continue;
        break;
    }
    memmove(trees->leaves + *count * trees->width, leaf, bytes);
    return (int32_t)(*count)++;
}

static int merge_leaves(flama_sk_trees *trees, flama_arena *scratch, flama_error *err)
{
    size_t size = 16, count = 0;
    while (size < trees->leaf_count * 2)
        size *= 2;
    int32_t *slots = flama_arena_calloc(scratch, size, sizeof *slots);
    int32_t *moved = flama_arena_alloc(scratch, trees->leaf_count * sizeof *moved);
    if (slots == NULL || moved == NULL)
        return flama_error__memory(err);
    for (size_t i = 0; i < trees->leaf_count; i++)
        moved[i] = merge_leaf(trees, trees->leaves + i * trees->width, slots, size - 1,
                              &count);
    trees->leaf_count = count;
    for (size_t i = 0; i < trees->node_count; i++) {
        flama_sk_tree_node *n = &trees->nodes[i];
        n->left = n->left < 0 ? ~moved[~n->left] : n->left;
        n->right = n->right < 0 ? ~moved[~n->right] : n->right;
    }
    for (size_t t = 0; t < trees->count; t++)
        if (trees->roots[t] < 0)
            trees->roots[t] = ~moved[~trees->roots[t]];
    return 0;
}

int flama_sk_trees_finish(flama_sk_trees *trees, flama_arena *arena,
                          flama_arena *scratch, flama_error *err)
{
    int code = trees->width > 1 ? merge_leaves(trees, scratch, err) : 0;
    if (code)
        return code;
    double *leaves = (double *)flama_arena_copy(
        arena, trees->leaves, trees->leaf_count * trees->width * sizeof(double));
    if (leaves == NULL)
        return flama_error__memory(err);
    trees->leaves = leaves;
    return 0;
}

size_t flama_sk_trees_stride(const flama_sk_trees *trees)
{
    return trees->missing ? 2 * trees->features : trees->features;
}

void flama_sk_trees_rows(const flama_sk_trees *trees, const double *x, size_t count,
                         float *out)
{
    size_t features = trees->features;
    for (size_t r = 0; r < count; r++, x += features) {
        if (trees->missing) {
            for (size_t f = 0; f < features; f++)
                out[f] = isnan(x[f]) ? -INFINITY : (float)x[f];
            out += features;
        }
        for (size_t f = 0; f < features; f++)
            out[f] = (float)x[f];
        out += features;
    }
}

static int32_t step(const void *nodes, int32_t at, const void *row)
{
    const flama_sk_tree_node *n = (const flama_sk_tree_node *)nodes + at;
    int32_t left = -(int32_t)(((const float *)row)[n->feature] <= n->threshold);
    return n->right ^ ((n->left ^ n->right) & left);
}

void flama_sk_trees_sum(const flama_sk_trees *trees, const float *rows, size_t count,
                        double *out, size_t out_stride)
{
    flama_sk_tree_ensemble e = {trees->nodes, trees->roots, trees->count, trees->leaves,
                                trees->width};
    flama_sk_tree_sum(step, &e, (const char *)rows,
                      flama_sk_trees_stride(trees) * sizeof *rows, count, out,
                      out_stride);
}
