/* The functions of two operands. */
#ifndef FLAMA_TORCH_BINARY_H
#define FLAMA_TORCH_BINARY_H

#include "engine/torch/op.h"

typedef enum flama_pt_binary {
    FLAMA_PT_ADD,
    FLAMA_PT_SUB,
    FLAMA_PT_MUL,
    FLAMA_PT_DIV,
    FLAMA_PT_FLOOR_DIV,
    FLAMA_PT_TRUNC_DIV,
    FLAMA_PT_MAXIMUM,
    FLAMA_PT_MINIMUM,
    FLAMA_PT_FMAX,
    FLAMA_PT_FMIN,
    FLAMA_PT_FMOD,
    FLAMA_PT_REMAINDER,
    FLAMA_PT_POWER,
    FLAMA_PT_ATAN2,
    FLAMA_PT_HYPOT,
    FLAMA_PT_XLOGY,
    FLAMA_PT_PRELU,
    FLAMA_PT_COPY_SIGN,
    FLAMA_PT_HEAVISIDE,
    FLAMA_PT_LOG_ADD_EXP,
    FLAMA_PT_LOG_ADD_EXP2,
    FLAMA_PT_LDEXP,
    FLAMA_PT_XLOG1PY,
    FLAMA_PT_GCD,
    FLAMA_PT_LCM,
    FLAMA_PT_BIT_AND,
    FLAMA_PT_BIT_OR,
    FLAMA_PT_BIT_XOR,
    FLAMA_PT_SHIFT_LEFT,
    FLAMA_PT_SHIFT_RIGHT,
    FLAMA_PT_EQ,
    FLAMA_PT_NE,
    FLAMA_PT_LT,
    FLAMA_PT_LE,
    FLAMA_PT_GT,
    FLAMA_PT_GE,
    FLAMA_PT_AND,
    FLAMA_PT_OR,
    FLAMA_PT_XOR,
    FLAMA_PT_BINARY_COUNT,
    FLAMA_PT_RSUB
} flama_pt_binary;

/* Output 0 of operands of that type: broadcast together, in the memory of one of them
 * where it may be; or of an operator with an underscore the first of them. */
flama_pt_tensor *flama_pt_common_output(flama_pt_op *op, size_t count,
                                        const flama_pt_tensor *const *in,
                                        flama_pt_dtype dtype);

/* Output 0 is the function of a and b, worked out in their common type. */
int flama_pt_run_binary(flama_pt_op *op, flama_pt_binary function,
                        const flama_pt_tensor *a, const flama_pt_tensor *b,
                        flama_pt_dtype common);

#endif
