/* How the lines of table_*.c are written: an operator a line, in order of the names. */
#ifndef FLAMA_TORCH_TABLE_LINES_H
#define FLAMA_TORCH_TABLE_LINES_H

#include "engine/torch/op.h"

/* "Wide" ones know no types of 16 bits, "single" ones only float32 (cast.h); "prepared"
 * ones prepare weights, and "joining" ones may be done at the end of a product. */
#define OP_LINE_(name, arguments, function, variant, floats, prepare, join)           \
    {                                                                                 \
        name, arguments, flama_pt_op_##function, variant, FLAMA_PT_##floats, prepare, \
            join                                                                      \
    }
#define OP(name, arguments, function, variant) \
    OP_LINE_(name, arguments, function, variant, ALL_FLOATS, NULL, NULL)
#define OP_WIDE(name, arguments, function, variant) \
    OP_LINE_(name, arguments, function, variant, WIDE_FLOATS, NULL, NULL)
#define OP_SINGLE(name, arguments, function, variant) \
    OP_LINE_(name, arguments, function, variant, SINGLE_FLOATS, NULL, NULL)
#define OP_WIDE_PREPARED(name, arguments, function, variant, preparation)             \
    OP_LINE_(name, arguments, function, variant, WIDE_FLOATS, flama_pt_##preparation, \
             NULL)
#define OP_SINGLE_PREPARED(name, arguments, function, variant, preparation) \
    OP_LINE_(name, arguments, function, variant, SINGLE_FLOATS,             \
             flama_pt_##preparation, NULL)
#define OP_JOINING(name, arguments, function, variant, joining) \
    OP_LINE_(name, arguments, function, variant, ALL_FLOATS, NULL, flama_pt_##joining)
#define OP_WIDE_JOINING(name, arguments, function, variant, joining) \
    OP_LINE_(name, arguments, function, variant, WIDE_FLOATS, NULL, flama_pt_##joining)

typedef struct flama_pt_operators {
    const flama_pt_operator *lines;
    size_t count;
} flama_pt_operators;

extern const flama_pt_operators flama_pt__operators_a_e;
extern const flama_pt_operators flama_pt__operators_f_o;
extern const flama_pt_operators flama_pt__operators_p_z;

#endif
