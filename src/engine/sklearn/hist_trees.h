/* The trees of histogram gradient boosting: like flama_sk_trees, with doubles for
 * thresholds, one number a leaf, and splits by category.
 *
 * A split by category keeps a set of the codes 0 to 255 that go left, with what is
 * unknown already put where the tree sends missing values. A cell is read as the
 * library reads it: NaN is missing, from 1.2 on negative values are too, others are cut
 * to an integer and its low byte taken.
 *
 * A row is stored twice over as flama_sk_trees_rows does it, in doubles. Built once
 * when a model loads, in its arena, never changed after; any thread reads. */
#ifndef FLAMA_SKLEARN_HIST_TREES_H
#define FLAMA_SKLEARN_HIST_TREES_H

#include "engine/sklearn/trees.h"

typedef struct flama_sk_hist_bits {
    uint32_t word[8]; /* code c: bit c % 32 of word c / 32 */
} flama_sk_hist_bits;

/* One tree as a file has it. */
typedef struct flama_sk_hist_source {
    flama_sk_tree_source tree;      /* missing_left is not NULL */
    const int64_t *categorical;     /* which nodes split by category */
    const int64_t *set;             /* of those: their set in `sets` */
    const flama_sk_hist_bits *sets; /* codes that go left */
    size_t set_count;
    const flama_sk_hist_bits *const *known; /* by feature: its codes; NULL: none */
} flama_sk_hist_source;

typedef struct flama_sk_hist_node {
    double threshold;
    uint32_t feature;
    int32_t left;
    int32_t right;
    uint32_t set; /* 0: by threshold; else 1 + the number of a flama_sk_hist_set */
} flama_sk_hist_node;

typedef struct flama_sk_hist_set {
    flama_sk_hist_bits left;
    bool missing_left;
} flama_sk_hist_set;

typedef struct flama_sk_hist {
    size_t features;
    bool negative_missing;
    size_t count; /* trees */
    size_t node_count;
    size_t leaf_count;
    size_t set_count;
    int32_t *roots;
    flama_sk_hist_node *nodes;
    double *leaves;
    flama_sk_hist_set *sets;
    size_t room; /* of trees, inner nodes and sets while it is built */
    size_t node_room;
    size_t set_room;
} flama_sk_hist;

/* Begins an ensemble of `count` trees with `nodes` nodes, inner ones and leaves, and
 * `sets` sets in all. features and negative_missing are
 * set by the caller. FLAMA_EMEMORY, FLAMA_ELIMIT. */
int flama_sk_hist_begin(flama_sk_hist *trees, size_t count, size_t nodes, size_t sets,
                        flama_arena *arena, flama_error *err);

/* Adds a tree, checked; to the room made at the begin. FLAMA_EFORMAT, FLAMA_EMEMORY. */
int flama_sk_hist_add(flama_sk_hist *trees, const flama_sk_hist_source *source,
                      flama_arena *scratch, flama_error *err);

/* Makes `count` rows ready: 2 * features doubles each. */
void flama_sk_hist_rows(size_t features, const double *x, size_t count, double *out);

/* Adds to out[r * out_stride] the leaves that row r reaches, in the order of the trees.
 * Allocates nothing. */
void flama_sk_hist_sum(const flama_sk_hist *trees, const double *rows, size_t count,
                       double *out, size_t out_stride);

#endif
