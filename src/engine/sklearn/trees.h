/* Ensembles of binary decision trees, laid out for the cache.
 *
 * What every tree family computes of a row is the same: the sum over the trees, in
 * their order, of the numbers in the leaf the row falls into; with something before and
 * after. Only inner nodes are stored, 16 bytes each, in the order a typical row meets
 * them; a child that is negative is a leaf's number, inverted. Thresholds are floats
 * rounded down, which is exact: scikit-learn casts the row to float32 and compares it
 * with the double, and a float lies under a double just when it lies under the largest
 * float that is not above it.
 *
 * A row that may miss values is stored twice over: first with -inf for NaN, then as it
 * is. A split that sends what is missing to the left looks at the first half, another
 * at the second, where no comparison with NaN holds.
 *
 * Built once when a model loads, in its arena, never changed after; any thread reads.
 */
#ifndef FLAMA_SKLEARN_TREES_H
#define FLAMA_SKLEARN_TREES_H

#include <flama/arena.h>
#include <flama/error.h>

/* One tree as a file has it. Arrays are of `count` nodes, the root first. */
typedef struct flama_sk_tree_source {
    size_t count;
    const int64_t *left; /* -1: a leaf; else greater than the node's own index */
    const int64_t *right;
    const int64_t *feature;
    const double *threshold;
    const double *weight;        /* how many rows of the training came by */
    const int64_t *missing_left; /* NULL: rows have no missing values */
    const double *values;        /* count * width: what a leaf holds */
} flama_sk_tree_source;

typedef struct flama_sk_tree_node {
    float threshold; /* left when row[feature] <= threshold */
    uint32_t feature;
    int32_t left;
    int32_t right;
} flama_sk_tree_node;

typedef struct flama_sk_trees {
    size_t features; /* columns of a row; a row takes twice as many with `missing` */
    bool missing;    /* rows may hold NaN */
    size_t width;    /* numbers in a leaf */
    size_t count;    /* trees */
    size_t node_count;
    size_t leaf_count;
    int32_t *roots;
    flama_sk_tree_node *nodes;
    double *leaves; /* leaf_count * width */
    size_t room;    /* of trees and of inner nodes while it is built */
    size_t node_room;
} flama_sk_trees;

/* Gives each node its place: inner nodes the numbers from `first_node` on, the child
 * that saw more rows next to its parent; leaves ~first_leaf and on. Checks that it is a
 * tree: each node but the root the child of just one before it, each feature below
 * `features`. `places` and `stack` have room for count. FLAMA_EFORMAT. */
int flama_sk_tree_place(const flama_sk_tree_source *tree, size_t features,
                        size_t first_node, size_t first_leaf, int32_t *places,
                        int32_t *stack, flama_error *err);

/* Begins an ensemble of `count` trees of `nodes` nodes in all, inner ones and leaves.
 * features, missing and width are set by the caller. The leaves stay in `scratch` until
 * flama_sk_trees_finish. FLAMA_EMEMORY, FLAMA_ELIMIT. */
int flama_sk_trees_begin(flama_sk_trees *trees, size_t count, size_t nodes,
                         flama_arena *arena, flama_arena *scratch, flama_error *err);

/* Adds a tree, checked; to the room made by flama_sk_trees_begin. FLAMA_EFORMAT,
 * FLAMA_EMEMORY. */
int flama_sk_trees_add(flama_sk_trees *trees, const flama_sk_tree_source *tree,
                       flama_arena *scratch, flama_error *err);

/* Ends it: leaves that hold the same numbers become one. FLAMA_EMEMORY. */
int flama_sk_trees_finish(flama_sk_trees *trees, flama_arena *arena,
                          flama_arena *scratch, flama_error *err);

/* Floats a row takes. */
size_t flama_sk_trees_stride(const flama_sk_trees *trees);

/* Makes `count` rows of `features` doubles ready for the trees. */
void flama_sk_trees_rows(const flama_sk_trees *trees, const double *x, size_t count,
                         float *out);

/* Adds to out[r * out_stride + j] the sum over the trees, in order, of number j of the
 * leaf that row r reaches. Allocates nothing. */
void flama_sk_trees_sum(const flama_sk_trees *trees, const float *rows, size_t count,
                        double *out, size_t out_stride);

#endif
