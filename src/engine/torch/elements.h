/* Work on tensors element by element: operands of any type, strides and shape are
 * brought to one shape (as numpy broadcasts) and to one type, a piece at a time, so
 * that an operator is a loop over a few plain arrays. */
#ifndef FLAMA_TORCH_ELEMENTS_H
#define FLAMA_TORCH_ELEMENTS_H

#include "engine/torch/op.h"

enum { FLAMA_PT_OPERANDS = 4 }; /* with the output */

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
    const flama_pt_tensor *in[FLAMA_PT_OPERANDS - 1];
    flama_pt_work work;
    bool test; /* the loop writes uint8_t */
    flama_pt_loop *loop;
    const void *ctx;
} flama_pt_elements;

/* The common shape of a and b in sizes; its rank. A mistake when there is none. */
size_t flama_pt_broadcast(flama_pt_op *op, const flama_pt_tensor *a,
                          const flama_pt_tensor *b, int64_t *sizes);

/* The tensor seen in that shape: size-1 dimensions repeat. It must be possible. */
flama_pt_tensor flama_pt_expanded(const flama_pt_tensor *t, size_t rank,
                                  const int64_t *sizes);

/* Runs the loop over out's shape, to which the inputs are brought. */
void flama_pt_elements_run(const flama_pt_elements *work, const flama_pt_tensor *out);

/* Copies from into to, converting; from is brought to to's shape. */
void flama_pt_copy(const flama_pt_tensor *to, const flama_pt_tensor *from);

/* Copies into row-major memory of that type. */
void flama_pt_copy_dense(const flama_pt_tensor *from, flama_pt_dtype dtype, void *to);

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
