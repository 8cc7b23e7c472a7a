/* A graph as it was read from an archive: values, and the nodes that make them from
 * each other, in the order they run. Built once by graph.c, changed by optimize.c while
 * it loads, immutable then. All of it lives in the model's arena. */
#ifndef FLAMA_TORCH_PROGRAM_H
#define FLAMA_TORCH_PROGRAM_H

#include <flama/value.h>

#include "base/map.h"
#include "engine/torch/tensor.h"

typedef enum flama_pt_kind {
    FLAMA_PT_NONE,
    FLAMA_PT_TENSOR,
    FLAMA_PT_INT,
    FLAMA_PT_FLOAT,
    FLAMA_PT_FLAG,
    FLAMA_PT_TEXT,
    FLAMA_PT_LIST
} flama_pt_kind;

/* An argument of a node: a constant of its kind, or with `computed` the value of that
 * index, which is of that kind. A tensor is always computed. */
typedef struct flama_pt_arg flama_pt_arg;
struct flama_pt_arg {
    flama_pt_kind kind;
    bool computed;
    union {
        size_t value;
        int64_t integer; /* INT, FLAG */
        double number;
        flama_string text;
        struct {
            const flama_pt_arg *items;
            size_t count;
        } list;
    };
};

/* A value of the graph. What the archive says of a tensor (`known`) is what the shapes
 * worked out are held to; a size of -1 is symbolic. A constant's tensor has its data.
 */
typedef struct flama_pt_value {
    const char *name;
    flama_pt_kind kind;
    bool is_constant;
    bool known;
    flama_pt_tensor tensor;
    int64_t integer; /* of a constant INT or FLAG */
    double number;
} flama_pt_value;

typedef struct flama_pt_operator flama_pt_operator;

/* What is done to a product while it is written (fuse.c): times scale, plus bias, a
 * number a channel; plus the node's last argument, one more than its operator has; then
 * held between low and high. */
typedef struct flama_pt_end {
    size_t channels; /* of dimension 1, or 0 when that is not the product's own */
    float *scale;    /* NULL: none, or it is in the weights */
    float *bias;
    bool adds, clamp;
    float low, high;
} flama_pt_end;

typedef struct flama_pt_node {
    const flama_pt_operator *operator;
    const char *name;
    const flama_pt_arg *args; /* as many as the operator has, in its order */
    size_t arg_count;
    const size_t *outputs; /* values */
    size_t output_count;
    void *state;       /* of the operator's prepare */
    unsigned consumed; /* bits: arguments whose data prepare has taken over */
    flama_pt_end end;  /* of one that has a state */
    bool skipped;      /* its outputs are constants, or given by one before it */
    bool autocast;     /* stands within torch.autocast */
} flama_pt_node;

/* What a request's input must be: a size, or one within a range. */
typedef struct flama_pt_bound {
    int64_t size;   /* -1: any from least to most */
    int64_t least;  /* 0: not bounded */
    int64_t most;   /* INT64_MAX: not bounded */
    size_t same_as; /* the first dimension with this symbol */
    int64_t hint;   /* the size it was traced with */
} flama_pt_bound;

/* The shape of the answer: what torch.utils._pytree calls a tree. */
typedef struct flama_pt_tree flama_pt_tree;
struct flama_pt_tree {
    enum { FLAMA_PT_LEAF, FLAMA_PT_SEQUENCE, FLAMA_PT_DICT } kind;
    const flama_pt_tree *children;
    const flama_string *keys; /* DICT */
    size_t count;
    flama_pt_arg leaf;
};

typedef struct flama_pt_program {
    flama_arena *arena;
    flama_pt_value *values;
    size_t value_count;
    flama_map names; /* of values, to index + 1 while loading */
    flama_pt_node *nodes;
    size_t node_count;
    size_t input; /* the value that is the request's input */
    const char *input_name;
    flama_pt_bound bounds[FLAMA_PT_RANK];
    struct flama_pt_guard *guards;
    size_t guard_count;
    flama_pt_tree output;
} flama_pt_program;

#endif
