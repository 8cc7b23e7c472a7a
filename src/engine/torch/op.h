/* What an operator's function sees of the node it runs for.
 *
 * An operator is a function and a line of table.c. The function runs twice: first dry,
 * with shapes only, then with data. It reads its arguments, checks them, makes its
 * outputs, and goes on to compute when the outputs have data:
 *
 *     int flama_pt_op_flip(flama_pt_op *op)
 *     {
 *         const flama_pt_tensor *in = flama_pt_in(op, 0);
 *         ...
 *         flama_pt_tensor *out = flama_pt_new(op, 0, in->dtype, in->rank, in->sizes);
 *         if (op->code || op->dry)
 *             return op->code;
 *         ...
 *     }
 *
 * The first mistake is kept in op->code and the error; what failed returns something
 * harmless (an empty tensor, 0), and after a mistake nothing is computed. One thread
 * runs a node at a time; nothing is kept between two. */
#ifndef FLAMA_TORCH_OP_H
#define FLAMA_TORCH_OP_H

#include <flama/error.h>

#include "engine/torch/program.h"

typedef struct flama_pt_run flama_pt_run;

typedef struct flama_pt_op {
    flama_pt_run *run;
    const flama_pt_node *node;
    int code; /* 0, or the first mistake */
    bool dry; /* shapes only */
} flama_pt_op;

struct flama_pt_operator {
    const char *name; /* as in the archive, without "torch.ops.aten." */
    /* Its arguments' names in order, "name" or "name=default". */
    const char *arguments;
    int (*function)(flama_pt_op *op);
    int variant; /* for the function */
    /* What it knows: all, not those of 16 bits, or only float32. cast.h sees to the
     * others. */
    enum { FLAMA_PT_ALL_FLOATS, FLAMA_PT_WIDE_FLOATS, FLAMA_PT_SINGLE_FLOATS } floats;
    /* (optional) Called once while the model loads, when shapes and constants are
     * known: may leave something for the function in node->state. */
    int (*prepare)(flama_pt_op *op, flama_pt_node *node, flama_arena *arena);
    /* (optional) Adds what the node does to the end of a product, which is its first
     * argument; false when that can't be. A mistake is in op->code. */
    bool (*join)(flama_pt_op *op, flama_pt_end *end, flama_arena *arena);
};

/* Arguments, by their place in the operator's list. A dimension may count from the end
 * and must be one of `rank` (at least 1). flama_pt_ints gives how many there are, at
 * most `most`; a single number is a list of one. */
const flama_pt_tensor *flama_pt_in(flama_pt_op *op, size_t i);
const flama_pt_tensor *flama_pt_maybe(flama_pt_op *op, size_t i); /* None: NULL */
bool flama_pt_given(const flama_pt_op *op, size_t i);             /* not None */
bool flama_pt_is_tensor(const flama_pt_op *op, size_t i);
bool flama_pt_is_list(const flama_pt_op *op, size_t i);
int64_t flama_pt_int(flama_pt_op *op, size_t i);
double flama_pt_number(flama_pt_op *op, size_t i); /* int, float or bool */
bool flama_pt_flag(flama_pt_op *op, size_t i);
flama_string flama_pt_text(flama_pt_op *op, size_t i);
size_t flama_pt_dim(flama_pt_op *op, size_t i, size_t rank);
size_t flama_pt_ints(flama_pt_op *op, size_t i, int64_t *out, size_t most);
flama_pt_dtype flama_pt_dtype_arg(flama_pt_op *op, size_t i, flama_pt_dtype none);

/* The items of a list of tensors: their number, and one of them (NULL: None). */
size_t flama_pt_list(flama_pt_op *op, size_t i);
const flama_pt_tensor *flama_pt_item(flama_pt_op *op, size_t i, size_t item);

/* The kind of a number: whether an argument is an int, float or bool, also computed. */
flama_pt_kind flama_pt_kind_of(const flama_pt_op *op, size_t i);

/* Output k: a new tensor; one in the same shape as input `like`, which may take that
 * input's memory when nobody needs it any more (element by element functions only); or
 * another view of `base`, whose fields the caller changes before flama_pt_view_end. */
flama_pt_tensor *flama_pt_new(flama_pt_op *op, size_t k, flama_pt_dtype dtype,
                              size_t rank, const int64_t *sizes);
flama_pt_tensor *flama_pt_new_over(flama_pt_op *op, size_t k, flama_pt_dtype dtype,
                                   size_t rank, const int64_t *sizes,
                                   const flama_pt_tensor *over);
flama_pt_tensor *flama_pt_view(flama_pt_op *op, size_t k, const flama_pt_tensor *base);
int flama_pt_view_end(flama_pt_op *op, size_t k);

/* Output 0 of a product, float32, with what fuse.c joined to it: where something is
 * added, flama_pt_sum_starts says, with data, that it stands in the output already. */
flama_pt_tensor *flama_pt_new_sum(flama_pt_op *op, size_t rank, const int64_t *sizes);
bool flama_pt_sum_starts(flama_pt_op *op, const flama_pt_tensor *out);

/* Output k is input i itself, which the function writes into: what functions with an
 * underscore do. */
flama_pt_tensor *flama_pt_into(flama_pt_op *op, size_t k, size_t i);

/* The tensor is what torch has as a view of another, or has a view, that is a copy
 * here: from now on nothing may write into it. */
void flama_pt_set_apart(flama_pt_op *op, const flama_pt_tensor *t);

/* Output k is a number. */
int flama_pt_give_int(flama_pt_op *op, size_t k, int64_t integer);
int flama_pt_give_number(flama_pt_op *op, size_t k, double number);
int flama_pt_give_flag(flama_pt_op *op, size_t k, bool flag);

/* Memory for this node only, aligned to 64; NULL in the dry run or after a mistake. A
 * function asks for the same in both runs. */
void *flama_pt_scratch(flama_pt_op *op, size_t count, size_t size);

/* Counts arithmetic, for the model's cost. */
void flama_pt_spend(flama_pt_op *op, double operations);

/* The error, with the node's operator and name before it: FLAMA_EUNSUPPORTED for what
 * this engine can't do, FLAMA_EINPUT for what the operator can't take. Returns the
 * code. */
int flama_pt_unsupported(flama_pt_op *op, const char *format, ...) FLAMA_PRINTF(2, 3);
int flama_pt_bad(flama_pt_op *op, const char *format, ...) FLAMA_PRINTF(2, 3);

/* 0, or the mistake that the tensor is not of that type, or that rank. */
int flama_pt_want_dtype(flama_pt_op *op, const flama_pt_tensor *t, const char *name,
                        flama_pt_dtype dtype);

/* The tensor's data in row-major order: its own, or a copy in scratch. */
const void *flama_pt_dense(flama_pt_op *op, const flama_pt_tensor *t);

/* The same as floats. */
const float *flama_pt_floats(flama_pt_op *op, const flama_pt_tensor *t);

/* Product of sizes[from..to). */
int64_t flama_pt_product(const int64_t *sizes, size_t from, size_t to);

#endif
