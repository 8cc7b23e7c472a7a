/* The graph a Keras model becomes: operations on arrays, in the order they are run.
 *
 * Layers (layer_*.c) are taken apart into operations (op_*.c), of which there are few.
 * An operation's type has a function for shapes, used when the model is loaded (where
 * the batch, and what else the file leaves open, is -1) and again for each request, and
 * one that computes. The graph is in the model's arena, built by one thread, and not
 * changed once it is planned: any number of threads run it, each with memory of its
 * own. */
#ifndef FLAMA_KERAS_GRAPH_H
#define FLAMA_KERAS_GRAPH_H

#include <flama/arena.h>
#include <flama/error.h>

enum { FLAMA_KERAS_RANK = 8 };

/* Dimensions and counts stay below this, so that sums of them fit. */
#define FLAMA_KERAS_LARGEST ((int64_t)1 << 40)

typedef enum flama_keras_dtype {
    FLAMA_KERAS_FLOAT, /* float */
    FLAMA_KERAS_INT,   /* int64_t, for every integer type of Keras */
    FLAMA_KERAS_BOOL   /* uint8_t */
} flama_keras_dtype;

/* What type the floats of a tensor are of: all are kept as float, and those of the
 * halves are rounded to them. */
typedef enum flama_keras_precision {
    FLAMA_KERAS_WEAK, /* that of what it is computed with, else float32 */
    FLAMA_KERAS_FLOAT16,
    FLAMA_KERAS_BFLOAT16,
    FLAMA_KERAS_FLOAT32
} flama_keras_precision;

static inline bool flama_keras_is_half(flama_keras_precision precision)
{
    return precision == FLAMA_KERAS_FLOAT16 || precision == FLAMA_KERAS_BFLOAT16;
}

/* A dense row-major array; when data is NULL, what is known of one. */
typedef struct flama_keras_tensor {
    flama_keras_dtype dtype;
    flama_keras_precision precision; /* of what is known */
    unsigned rank;
    int64_t dims[FLAMA_KERAS_RANK]; /* -1: not known yet */
    void *data;
} flama_keras_tensor;

/* A tensor of the graph, by its number; 0 is none. */
typedef uint32_t flama_keras_id;

typedef struct flama_keras_op flama_keras_op;

/* What becomes of the sums of a product: sum * scale + bias, a number for each of the
 * last axis, and held between low and high when `clamp`. */
typedef struct flama_keras_end {
    const float *scale, *bias; /* NULL: 1, 0 */
    bool clamp;
    float low, high;
} flama_keras_end;

typedef struct flama_keras_op_type {
    const char *name; /* for messages */

    /* Writes dtype, rank and dims of the outputs, from those of the inputs. They may be
     * -1, in which case nothing is wrong yet. 0, or a code with the reason. */
    int (*shape)(const flama_keras_op *op, flama_keras_tensor *tensors,
                 flama_error *err);

    /* Computes the outputs, whose memory is there. What shape let through can be run.
     * 0, or a code with what in the numbers can't be. */
    int (*run)(const flama_keras_op *op, const flama_keras_tensor *tensors,
               void *scratch, flama_error *err);

    /* (optional) Bytes of scratch that run needs, at 64-byte alignment. */
    size_t (*scratch)(const flama_keras_op *op, const flama_keras_tensor *tensors);

    /* (optional) Floating point operations, about; NULL: one an element. */
    double (*work)(const flama_keras_op *op, const flama_keras_tensor *tensors);

    /* (optional) Of a product: its end, in `params`. */
    flama_keras_end *(*end)(void *params);

    /* (optional) Of what may follow one: puts what it computes into that end, and says
     * so; false leaves it as it is. */
    bool (*join)(const flama_keras_op *op, flama_keras_end *end);

    /* (optional) The precision of its floats; NULL: what those of its inputs give. */
    flama_keras_precision (*precision)(const flama_keras_op *op);

    bool in_place; /* run may write its output over its first input */
    bool alias;    /* the output is the first input's memory: run does nothing */
    bool mixes;    /* rows of the batch may be mixed */
} flama_keras_op_type;

struct flama_keras_op {
    const flama_keras_op_type *type;
    void *params; /* of the type; its own */
    size_t input_count;
    flama_keras_id *inputs; /* 0: one that is left out */
    size_t output_count;
    flama_keras_id output;           /* the first; the others follow */
    flama_keras_precision precision; /* of its outputs that are floats */
};

typedef struct flama_keras_graph {
    flama_arena *arena;
    flama_keras_tensor *known; /* by id; constants have their data */
    size_t tensor_count;
    size_t tensor_capacity;
    flama_keras_op *ops;
    size_t op_count;
    size_t op_capacity;

    /* Made by flama_keras_plan: the buffer of each tensor, SIZE_MAX for a constant. */
    size_t *slots;
    size_t slot_count;
    bool mixes; /* rows depend on each other: the batch must be as Keras cuts it */
} flama_keras_graph;

static inline const flama_keras_tensor *
flama_keras_in(const flama_keras_op *op, const flama_keras_tensor *tensors, size_t i)
{
    return &tensors[op->inputs[i]];
}

static inline bool flama_keras_has(const flama_keras_op *op, size_t i)
{
    return i < op->input_count && op->inputs[i] != 0;
}

static inline flama_keras_tensor *flama_keras_out(const flama_keras_op *op,
                                                  flama_keras_tensor *tensors, size_t i)
{
    return &tensors[op->output + i];
}

static inline const flama_keras_tensor *
flama_keras_result(const flama_keras_op *op, const flama_keras_tensor *tensors)
{
    return &tensors[op->output];
}

/* The product of dims[from..to); -1 when one is not known. */
int64_t flama_keras_product(const flama_keras_tensor *t, unsigned from, unsigned to);

/* The number of elements, all known. */
static inline size_t flama_keras_count(const flama_keras_tensor *t)
{
    int64_t count = flama_keras_product(t, 0, t->rank);
    return count < 0 ? 0 : (size_t)count;
}

/* The product of the dimensions, unknown ones taken as 1: for the work of operations.
 */
double flama_keras_elements(const flama_keras_tensor *t);

size_t flama_keras_dtype_size(flama_keras_dtype dtype);

/* True when the dimensions are equal or one of them is not known. */
static inline bool flama_keras_fits(int64_t a, int64_t b)
{
    return a < 0 || b < 0 || a == b;
}

/* "(None, 4)", for messages; `out` has room for FLAMA_KERAS_SHAPE bytes. */
enum { FLAMA_KERAS_SHAPE = 192 };
const char *flama_keras_shape_text(const flama_keras_tensor *t, char *out);

/* A shape function: the first output is as the first input. */
int flama_keras_same_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                           flama_error *err);

/* Runs the shape function of an operation and checks what it wrote: no dimension or
 * count is too large. */
int flama_keras_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                      flama_error *err);

/* Adds a tensor or an operation with its outputs; 0 without memory or with more than
 * a model can have. */
flama_keras_id flama_keras_graph_tensor(flama_keras_graph *graph);
flama_keras_op *flama_keras_graph_op(flama_keras_graph *graph,
                                     const flama_keras_op_type *type,
                                     size_t input_count, size_t output_count);

/* Joins operations to the products before them, where nothing else reads those
 * (fuse.c). `keep` are the graph's outputs, which may become others. 0 or
 * FLAMA_EMEMORY. */
int flama_keras_fuse(flama_keras_graph *graph, flama_keras_id *keep, size_t keep_count,
                     flama_arena *scratch, flama_error *err);

/* Gives each tensor a buffer, so that those no longer needed serve again. `keep` are
 * the graph's outputs, whose buffers stay. 0 or FLAMA_EMEMORY. */
int flama_keras_plan(flama_keras_graph *graph, flama_keras_id input,
                     const flama_keras_id *keep, size_t keep_count, flama_error *err);

/* Computes all shapes for tensors[input] as it is set, the others being copies of
 * graph->known; then the memory: where each buffer begins in one block, offsets[slot],
 * and the block's size with the scratch memory at its end, which begins at *scratch. */
int flama_keras_measure(const flama_keras_graph *graph, flama_keras_tensor *tensors,
                        size_t *offsets, size_t *scratch, size_t *total,
                        flama_error *err);

/* Floating point operations of the graph for these shapes, unknown ones taken as 1. */
double flama_keras_work(const flama_keras_graph *graph,
                        const flama_keras_tensor *tensors);

#endif
