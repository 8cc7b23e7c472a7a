/* Walking many trees at once.
 *
 * One step of a walk waits for the node and for the cell it asks about; LANES walks
 * side by side hide that wait, and a lane whose walk ends takes the next one, so that
 * deep and shallow trees mix without idle lanes. The functions are inlined into each
 * kind of tree with its own `step`. Whatever thread calls. */
#ifndef FLAMA_SKLEARN_TREE_WALK_H
#define FLAMA_SKLEARN_TREE_WALK_H

#include <stddef.h>
#include <stdint.h>

enum {
    FLAMA_SK_TREE_LANES = 8,
    FLAMA_SK_TREE_BLOCK = 128 /* rows through a tree before the next one is looked at */
};

#define FLAMA_SK_TREE_INLINE static inline __attribute__((always_inline))

/* The child of inner node `at` that the row goes to: negative for a leaf. */
typedef int32_t flama_sk_tree_step(const void *nodes, int32_t at, const void *row);

/* A number of walks: number i starts at roots[i * root_step] with the row that begins
 * i * row_bytes after `row`. */
typedef struct flama_sk_tree_walks {
    const void *nodes;
    const int32_t *roots;
    size_t root_step;
    const char *row;
    size_t row_bytes;
    size_t count;
} flama_sk_tree_walks;

typedef struct flama_sk_tree_lanes {
    int32_t at[FLAMA_SK_TREE_LANES];
    size_t walk[FLAMA_SK_TREE_LANES];
    const char *row[FLAMA_SK_TREE_LANES];
} flama_sk_tree_lanes;

FLAMA_SK_TREE_INLINE void flama_sk_tree_start(const flama_sk_tree_walks *w,
                                              flama_sk_tree_lanes *lanes, size_t lane,
                                              size_t i)
{
    lanes->walk[lane] = i;
    lanes->row[lane] = w->row + i * w->row_bytes;
    lanes->at[lane] = w->roots[i * w->root_step];
}

/* Ends the walks of the first `count` lanes and writes down their leaves. */
FLAMA_SK_TREE_INLINE void flama_sk_tree_drain(flama_sk_tree_step *step,
                                              const flama_sk_tree_walks *w,
                                              flama_sk_tree_lanes *lanes, size_t count,
                                              int32_t *leaves)
{
    int32_t all;
    do {
        all = -1;
        for (size_t l = 0; l < count; l++) {
            if (lanes->at[l] >= 0)
                lanes->at[l] = step(w->nodes, lanes->at[l], lanes->row[l]);
            all &= lanes->at[l];
        }
    } while (all >= 0);
    for (size_t l = 0; l < count; l++)
        leaves[lanes->walk[l]] = ~lanes->at[l];
}

/* Writes the number of the leaf where each walk ends. */
FLAMA_SK_TREE_INLINE void flama_sk_tree_walk(flama_sk_tree_step *step,
                                             const flama_sk_tree_walks *w,
                                             int32_t *leaves)
{
    flama_sk_tree_lanes lanes;
    size_t next = 0;
    while (next < w->count && next < FLAMA_SK_TREE_LANES) {
        flama_sk_tree_start(w, &lanes, next, next);
        next++;
    }
    while (next >= FLAMA_SK_TREE_LANES) {
        for (size_t l = 0; l < FLAMA_SK_TREE_LANES; l++) {
            if (__builtin_expect(lanes.at[l] < 0, 0)) {
                if (next == w->count) {
                    flama_sk_tree_drain(step, w, &lanes, FLAMA_SK_TREE_LANES, leaves);
                    return;
                }
                leaves[lanes.walk[l]] = ~lanes.at[l];
                flama_sk_tree_start(w, &lanes, l, next++);
                if (lanes.at[l] < 0)
                    continue;
            }
            lanes.at[l] = step(w->nodes, lanes.at[l], lanes.row[l]);
        }
    }
    flama_sk_tree_drain(step, w, &lanes, next, leaves);
}

/* What the sum over the trees of an ensemble needs. */
typedef struct flama_sk_tree_ensemble {
    const void *nodes;
    const int32_t *roots;
    size_t count;
    const double *leaves;
    size_t width;
} flama_sk_tree_ensemble;

FLAMA_SK_TREE_INLINE void flama_sk_tree_add_leaf(const flama_sk_tree_ensemble *e,
                                                 int32_t leaf, double *out)
{
    const double *values = e->leaves + (size_t)leaf * e->width;
    if (e->width == 1) {
        *out += *values;
        return;
    }
    for (size_t j = 0; j < e->width; j++)
        out[j] += values[j];
}

FLAMA_SK_TREE_INLINE void flama_sk_tree_sum_row(flama_sk_tree_step *step,
                                                const flama_sk_tree_ensemble *e,
                                                const char *row, double *out)
{
    int32_t leaves[FLAMA_SK_TREE_BLOCK];
    for (size_t t = 0; t < e->count; t += FLAMA_SK_TREE_BLOCK) {
        size_t n =
            e->count - t < FLAMA_SK_TREE_BLOCK ? e->count - t : FLAMA_SK_TREE_BLOCK;
        flama_sk_tree_walks w = {e->nodes, e->roots + t, 1, row, 0, n};
        flama_sk_tree_walk(step, &w, leaves);
        for (size_t i = 0; i < n; i++)
            flama_sk_tree_add_leaf(e, leaves[i], out);
    }
}

FLAMA_SK_TREE_INLINE void flama_sk_tree_sum_block(flama_sk_tree_step *step,
                                                  const flama_sk_tree_ensemble *e,
                                                  const char *rows, size_t row_bytes,
                                                  size_t count, double *out,
                                                  size_t out_stride)
{
    int32_t leaves[FLAMA_SK_TREE_BLOCK];
    for (size_t t = 0; t < e->count; t++) {
        flama_sk_tree_walks w = {e->nodes, e->roots + t, 0, rows, row_bytes, count};
        flama_sk_tree_walk(step, &w, leaves);
        for (size_t r = 0; r < count; r++)
            flama_sk_tree_add_leaf(e, leaves[r], out + r * out_stride);
    }
}

/* Adds to each row's out the leaves it reaches, in the order of the trees. */
FLAMA_SK_TREE_INLINE void flama_sk_tree_sum(flama_sk_tree_step *step,
                                            const flama_sk_tree_ensemble *e,
                                            const char *rows, size_t row_bytes,
                                            size_t count, double *out,
                                            size_t out_stride)
{
    if (count < FLAMA_SK_TREE_LANES) {
        for (size_t r = 0; r < count; r++)
            flama_sk_tree_sum_row(step, e, rows + r * row_bytes, out + r * out_stride);
        return;
    }
    for (size_t r = 0; r < count; r += FLAMA_SK_TREE_BLOCK) {
        size_t n = count - r < FLAMA_SK_TREE_BLOCK ? count - r : FLAMA_SK_TREE_BLOCK;
        flama_sk_tree_sum_block(step, e, rows + r * row_bytes, row_bytes, n,
                                out + r * out_stride, out_stride);
    }
}

#endif
