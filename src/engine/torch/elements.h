/* Work on tensors element by element: operands of any type, strides and shape are
 * brought to one shape (as numpy broadcasts) and to one type, a piece at a time, so
 * that an operator is a loop over a few plain arrays. Several in a row may be done to a
 * piece before the next one is touched: a chain. */
#ifndef FLAMA_TORCH_ELEMENTS_H
#define FLAMA_TORCH_ELEMENTS_H

#include "engine/torch/op.h"

/* Inputs of a function, of a chain of them, and functions of a chain. */
enum { FLAMA_PT_INPUTS = 3, FLAMA_PT_CHAIN_INPUTS = 8, FLAMA_PT_STEPS = 16 };

/* The type that is computed in: halves in float, small integers and booleans in
 * int64. */
typedef enum flama_pt_work {
    FLAMA_PT_WORK_F32,
    FLAMA_PT_WORK_F64,
    FLAMA_PT_WORK_I64
} flama_pt_work;

flama_pt_work flama_pt_work_of(flama_pt_dtype dtype);

/* out[0..n) from the inputs, all in the work type; a test writes uint8_t 0 or 1. ctx is
 * the caller's. out may be one of the inputs. */
typedef void flama_pt_loop(const void *ctx, void *out, const void *const *in, size_t n);

typedef struct flama_pt_elements {
    size_t count; /* of inputs */
    const flama_pt_tensor *in[FLAMA_PT_INPUTS];
    flama_pt_work work;
    bool test; /* the loop writes uint8_t */
    flama_pt_loop *loop;
    const void *ctx;
    size_t ctx_size; /* of those for flama_pt_apply */
} flama_pt_elements;

/* A function of a chain: of the chain's inputs (numbered from 0) and of what the steps
 * before made of them (from FLAMA_PT_CHAIN_INPUTS on). Its result is of that type and
 * stands in that place, which it may share with results no longer needed. */
typedef struct flama_pt_step {
    flama_pt_loop *loop;
    const void *ctx;
    flama_pt_work work;
    bool test;
    flama_pt_dtype dtype;
    size_t place;
    size_t count;
    size_t in[FLAMA_PT_INPUTS];
} flama_pt_step;

/* The common shape of a and b in sizes; its rank. A mistake when there is none. */
size_t flama_pt_broadcast(flama_pt_op *op, const flama_pt_tensor *a,
                          const flama_pt_tensor *b, int64_t *sizes);

/* The tensor seen in that shape: size-1 dimensions repeat. It must be possible. */
flama_pt_tensor flama_pt_expanded(const flama_pt_tensor *t, size_t rank,
                                  const int64_t *sizes);

/* Elements of out that lie beside each other in all of the inputs too. */
size_t flama_pt_span(const flama_pt_tensor *const *in, size_t count,
                     const flama_pt_tensor *out);

/* Runs the loop over out's shape, to which the inputs are brought. */
void flama_pt_elements_run(const flama_pt_elements *work, const flama_pt_tensor *out);

/* The same as all that an operator computes for its output 0: nothing in a dry run or
 * after a mistake. ctx is ctx_size bytes (chain.h), and not written. */
int flama_pt_apply(flama_pt_op *op, const flama_pt_elements *work,
                   const flama_pt_tensor *out);

/* Runs the steps, the last of which gives out. The scratch memory is for so many inputs
 * and places of results. */
size_t flama_pt_chain_scratch(size_t count, size_t places);
void flama_pt_chain_run(const flama_pt_step *steps, size_t step_count,
                        const flama_pt_tensor *const *in, size_t count,
                        const flama_pt_tensor *out, void *scratch);

/* Copies from into to, converting; from is brought to to's shape. */
void flama_pt_copy(const flama_pt_tensor *to, const flama_pt_tensor *from);

/* Copies into row-major memory of that type. */
void flama_pt_copy_dense(const flama_pt_tensor *from, flama_pt_dtype dtype, void *to);

/* The common shape of some tensors (NULL: none), whose elements can be counted. */
flama_pt_tensor flama_pt_joint_shape(flama_pt_op *op, size_t count,
                                     const flama_pt_tensor *const *in);

/* The tensor in that shape as doubles, in scratch; NULL: ones. */
double *flama_pt_doubles(flama_pt_op *op, const flama_pt_tensor *t,
                         const flama_pt_tensor *shape);

/* Sets every element. */
void flama_pt_fill(const flama_pt_tensor *to, double number, int64_t integer);

/* A number as a tensor without dimensions, of the kind's type: float32 for a float
 * (its value in float64 stands in `number`), int64 or bool. */
typedef struct flama_pt_scalar {
    flama_pt_tensor tensor;
    double number;
    int64_t integer;
} flama_pt_scalar;

/* Argument i as an operand: a tensor, or a number kept in *scalar. `*is_number` tells
 * (for the types' promotion a number counts least). */
const flama_pt_tensor *flama_pt_operand(flama_pt_op *op, size_t i,
                                        flama_pt_scalar *scalar, bool *is_number);

/* The type of a result of those operands by torch's rules. */
flama_pt_dtype flama_pt_result_type(size_t count, const flama_pt_tensor *const *in,
                                    const bool *is_number);

#endif
