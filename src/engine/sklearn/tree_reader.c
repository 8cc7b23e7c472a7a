#include "engine/sklearn/tree_reader.h"

#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "engine/sklearn/sum.h"

enum { RUN_BLOCK = 128 }; /* rows made ready at a time */

const flama_pickle *const *flama_sk_tree_list(flama_sk_loader *in,
                                              const flama_pickle *object, size_t *count)
{
    flama_pickle *const *items = flama_sk_items(in, object, "estimators_", count);
    if (in->failed == 0 && *count == 0)
        flama_sk_damaged(in, "estimators_", "is empty");
    return in->failed ? NULL : (const flama_pickle *const *)items;
}

static const flama_pickle *tree_of(flama_sk_loader *in, const flama_pickle *estimator)
{
    const flama_pickle *tree = flama_sk_get(in, estimator, "tree_");
    if (tree && !flama_pickle_is_object(tree, "Tree")) {
        flama_sk_damaged(in, "tree_", "is no tree");
        return NULL;
    }
    return tree;
}

/* The two arrays of a tree, of the shapes that belong together. */
static bool tree_arrays(flama_sk_loader *in, const flama_pickle *estimator,
                        flama_numpy *nodes, flama_numpy *values)
{
    const flama_pickle *tree = tree_of(in, estimator);
    if (tree == NULL || !flama_sk_array(in, tree, "nodes", nodes) ||
        !flama_sk_array(in, tree, "values", values))
        return false;
    if (nodes->rank != 1 || nodes->kind != 'V' || nodes->count == 0 ||
        values->rank != 3 || values->shape[0] != nodes->count) {
        flama_sk_damaged(in, "tree_", "has nodes and values that don't fit");
        return false;
    }
    return true;
}

void *flama_sk_tree_field(flama_sk_loader *in, flama_arena *room,
                          const flama_numpy *nodes, const char *name, bool integers)
{
    const flama_numpy_field *field = flama_numpy_field_get(nodes, name);
    if (field == NULL || memchr("biuf", field->kind, 4) == NULL)
        flama_sk_damaged(in, name, "is no proper field of a tree's nodes");
    void *out =
        in->failed ? NULL : flama_arena_calloc(room, nodes->count, sizeof(double));
    if (out == NULL) {
        in->failed = in->failed ? in->failed : flama_error__memory(in->err);
        return NULL;
    }
    flama_error inner = {0};
    int code = integers ? flama_numpy_integers(nodes, field, out, &inner)
                        : flama_numpy_doubles(nodes, field, out, &inner);
    if (code)
        flama_sk_damaged(in, name, "is damaged in a tree's nodes: %s", inner.message);
    return code ? NULL : out;
}

static int read_values(flama_sk_loader *in, flama_arena *room,
                       const flama_numpy *values, flama_sk_tree *out)
{
    flama_error inner = {0};
    double *numbers = flama_arena_calloc(room, values->count, sizeof *numbers);
    if (numbers == NULL)
        return in->failed = flama_error__memory(in->err);
    if (flama_numpy_doubles(values, NULL, numbers, &inner) != 0)
        return flama_sk_damaged(in, "tree_", "has damaged values: %s", inner.message);
    out->values = numbers;
    out->outputs = values->shape[1];
    out->classes = values->shape[2];
    return 0;
}

static int read_tree(flama_sk_loader *in, flama_arena *room,
                     const flama_pickle *estimator, flama_sk_tree *out)
{
    flama_numpy nodes, values;
    if (!tree_arrays(in, estimator, &nodes, &values))
        return in->failed;
    out->count = nodes.count;
    out->left = flama_sk_tree_field(in, room, &nodes, "left_child", true);
    out->right = flama_sk_tree_field(in, room, &nodes, "right_child", true);
    out->feature = flama_sk_tree_field(in, room, &nodes, "feature", true);
    out->threshold = flama_sk_tree_field(in, room, &nodes, "threshold", false);
    out->weight =
        flama_sk_tree_field(in, room, &nodes, "weighted_n_node_samples", false);
    out->samples = flama_sk_tree_field(in, room, &nodes, "n_node_samples", false);
    if (flama_numpy_field_get(&nodes, "missing_go_to_left"))
        out->missing_left =
            flama_sk_tree_field(in, room, &nodes, "missing_go_to_left", true);
    return in->failed ? in->failed : read_values(in, room, &values, out);
}

static int add_tree(flama_sk_loader *in, flama_arena *room, flama_sk_tree *tree,
                    flama_sk_tree_fill fill, const void *ctx, flama_sk_trees *out)
{
    double *values = flama_arena_calloc(room, tree->count, out->width * sizeof *values);
    if (values == NULL)
        return in->failed = flama_error__memory(in->err);
    if (fill(in, ctx, tree, values) != 0)
        return in->failed;
    flama_error inner = {0};
    flama_sk_tree_source source = {.count = tree->count,
                                   .left = tree->left,
                                   .right = tree->right,
                                   .feature = tree->feature,
                                   .threshold = tree->threshold,
                                   .weight = tree->weight,
                                   .missing_left = tree->missing_left,
                                   .values = values};
    int code = flama_sk_trees_add(out, &source, room, &inner);
    if (code == FLAMA_EMEMORY)
        return in->failed = flama_error__memory(in->err);
    return code ? flama_sk_damaged(in, "tree_", "is damaged: %s", inner.message) : 0;
}

static int add_trees(flama_sk_loader *in, flama_arena *room,
                     const flama_pickle *const *estimators, size_t count,
                     flama_sk_tree_fill fill, const void *ctx, flama_sk_trees *out)
{
    for (size_t t = 0; t < count; t++) {
        flama_sk_tree tree = {.index = t};
        flama_arena_reset(room);
        if (read_tree(in, room, estimators[t], &tree) != 0 ||
            add_tree(in, room, &tree, fill, ctx, out) != 0)
            return in->failed;
    }
    return 0;
}

/* Nodes of all trees together, of which each array is read once to know it. */
static size_t count_nodes(flama_sk_loader *in, const flama_pickle *const *estimators,
                          size_t count)
{
    size_t total = 0;
    flama_numpy nodes, values;
    for (size_t t = 0; t < count; t++) {
        if (!tree_arrays(in, estimators[t], &nodes, &values))
            return 0;
        total += nodes.count;
    }
    return total;
}

int flama_sk_trees_read(flama_sk_loader *in, const flama_pickle *const *estimators,
                        size_t count, flama_sk_tree_fill fill, const void *ctx,
                        flama_sk_trees *out)
{
    size_t nodes = count_nodes(in, estimators, count);
    if (in->failed)
        return in->failed;
    int code = flama_sk_trees_begin(out, count, nodes, in->arena, in->scratch, in->err);
    if (code)
        return in->failed = code;
    flama_arena room;
    flama_arena_init(&room, in->scratch->limit);
    code = add_trees(in, &room, estimators, count, fill, ctx, out);
    flama_arena_fini(&room);
    if (code == 0)
        code = flama_sk_trees_finish(out, in->arena, in->scratch, in->err);
    return in->failed = code;
}

int flama_sk_tree_shape(flama_sk_loader *in, const flama_pickle *estimator,
                        size_t *features, size_t *outputs)
{
    const flama_pickle *tree = tree_of(in, estimator);
    int64_t n[2] = {0, 0};
    if (tree == NULL)
        return in->failed;
    if (!flama_numpy_integer(flama_pickle_argument(tree, 0), &n[0]) ||
        !flama_numpy_integer(flama_pickle_argument(tree, 2), &n[1]) || n[0] < 1 ||
        n[0] > INT32_MAX || n[1] < 1 || n[1] > INT32_MAX)
        return flama_sk_damaged(in, "tree_", "does not say its features and outputs");
    *features = (size_t)n[0];
    *outputs = (size_t)n[1];
    return 0;
}

bool flama_sk_tree_takes_nan(flama_sk_loader *in, const flama_pickle *estimator)
{
    if (in->version < 103 || in->version >= 109)
        return in->version >= 109;
    if (flama_sk_find(in, estimator, "monotonic_cst") ||
        flama_pickle_is_text(flama_sk_find(in, estimator, "criterion"),
                             "absolute_error"))
        return false;
    return in->version >= 106 ||
           flama_pickle_is_text(flama_sk_find(in, estimator, "splitter"), "best");
}

static size_t class_count(const flama_tensor *const *classes, size_t output)
{
    return classes ? classes[output]->count : 1;
}

/* By the sum, or not at all when it is 0. */
static void divide(double *counts, size_t n)
{
    double total = flama_sk_sum(counts, n);
    for (size_t j = 0; j < n && total != 0; j++)
        counts[j] /= total;
}

int flama_sk_tree_fill_leaves(flama_sk_loader *in, const void *ctx, flama_sk_tree *tree,
                              double *out)
{
    const flama_sk_tree_leaves *leaves = ctx;
    if (tree->outputs != leaves->outputs)
        return flama_sk_damaged(in, "tree_", "has %zu outputs, not %zu", tree->outputs,
                                leaves->outputs);
    for (size_t o = 0; o < leaves->outputs; o++)
        if (tree->classes < class_count(leaves->classes, o))
            return flama_sk_damaged(
                in, "tree_", "has %zu classes, fewer than there are", tree->classes);
    for (size_t i = 0; i < tree->count; i++) {
        const double *values = tree->values + i * tree->outputs * tree->classes;
        for (size_t o = 0; o < leaves->outputs; o++, values += tree->classes) {
            size_t n = class_count(leaves->classes, o);
            memcpy(out, values, n * sizeof *out);
            if (leaves->divide)
                divide(out, n);
            out += n;
        }
    }
    return 0;
}

int flama_sk_trees_describe(flama_sk_loader *in, const flama_pickle *tree,
                            flama_sk_estimator *out, flama_sk_trees *trees)
{
    size_t features, outputs;
    if (flama_sk_tree_shape(in, tree, &features, &outputs) != 0)
        return in->failed;
    if ((out->features && out->features != features) ||
        (out->classes && out->outputs != outputs))
        return flama_sk_damaged(in, "tree_", "is of other features or outputs");
    out->features = features;
    if (out->classes == NULL) {
        out->outputs = outputs;
        out->wide = outputs > 1;
    }
    bool missing = flama_sk_tree_takes_nan(in, tree);
    out->accepts = FLAMA_SK_FLOAT32 | (missing ? (unsigned)FLAMA_SK_NAN : 0u);
    *trees = (flama_sk_trees){.features = features, .missing = missing};
    for (size_t o = 0; o < outputs; o++)
        trees->width += class_count(out->classes, o);
    return in->failed;
}

int flama_sk_forest_describe(flama_sk_loader *in, const flama_pickle *tree,
                             flama_sk_estimator *out, flama_sk_trees *trees)
{
    int code = flama_sk_trees_describe(in, tree, out, trees);
    if (in->version < 104) {
        out->accepts &= ~(unsigned)FLAMA_SK_NAN;
        trees->missing = false;
    }
    return code;
}

int flama_sk_trees_run(const flama_sk_trees *sets, size_t set_count, flama_call *call,
                       const flama_sk_matrix *x, double *out, size_t stride)
{
    if (set_count == 0)
        return 0;
    size_t block = x->rows < RUN_BLOCK ? x->rows : RUN_BLOCK;
    float *rows =
        flama_sk_alloc(call, block, flama_sk_trees_stride(sets) * sizeof *rows);
    if (rows == NULL)
        return FLAMA_EMEMORY;
    for (size_t r = 0; r < x->rows; r += block) {
        size_t n = x->rows - r < block ? x->rows - r : block;
        if (flama_call_cancelled(call))
            return flama_call_stopped(call);
        flama_sk_trees_rows(sets, x->data + r * x->cols, n, rows);
        for (size_t k = 0; k < set_count; k++)
            flama_sk_trees_sum(&sets[k], rows, n, out + r * stride + k * sets[k].width,
                               stride);
    }
    return 0;
}

int flama_sk_trees_sums(const flama_sk_trees *trees, flama_call *call,
                        const flama_sk_matrix *x, double *out)
{
    memset(out, 0, x->rows * trees->width * sizeof *out);
    return flama_sk_trees_run(trees, 1, call, x, out, trees->width);
}

void flama_sk_tree_divide(const flama_sk_estimator *self, double *counts, size_t rows)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t o = 0; o < self->outputs; o++) {
            divide(counts, self->classes[o]->count);
            counts += self->classes[o]->count;
        }
}

int flama_sk_tree_labels(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *scores, flama_sk_answer *out)
{
    uint32_t *labels = flama_sk_labels_new(call, self, scores->rows, out);
    const double *row = scores->data;
    if (labels == NULL)
        return FLAMA_EMEMORY;
    for (size_t r = 0; r < scores->rows; r++)
        for (size_t o = 0; o < self->outputs; o++) {
            *labels++ = (uint32_t)flama_sk_argmax(row, self->classes[o]->count);
            row += self->classes[o]->count;
        }
    return 0;
}

/* A step takes about 3 ns with its share of waiting. */
double flama_sk_trees_cost(const flama_sk_trees *sets, size_t set_count)
{
    double cost = 50;
    for (size_t k = 0; k < set_count; k++) {
        double depth = 2;
        for (size_t n = sets[k].count; n && n < sets[k].node_count; n *= 2)
            depth++;
        cost += 3 * depth * (double)sets[k].count;
    }
    return cost;
}
