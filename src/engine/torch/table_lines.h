/* How the lines of table_*.c are written: an operator a line, in order of the names. */
#ifndef FLAMA_TORCH_TABLE_LINES_H
#define FLAMA_TORCH_TABLE_LINES_H

#include "engine/torch/op.h"

/* The second kind knows no types of 16 bits (cast.h); nor does the third, which
 * prepares weights. */
#define OP(name, arguments, function, variant)                        \
    {                                                                 \
        name, arguments, flama_pt_op_##function, variant, false, NULL \
    }
#define OP_SINGLE(name, arguments, function, variant)                \
    {                                                                \
        name, arguments, flama_pt_op_##function, variant, true, NULL \
    }
#define OP_PREPARED(name, arguments, function, variant, preparation)                   \
    {                                                                                  \
        name, arguments, flama_pt_op_##function, variant, true, flama_pt_##preparation \
    }

typedef struct flama_pt_operators {
    const flama_pt_operator *lines;
    size_t count;
} flama_pt_operators;

extern const flama_pt_operators flama_pt__operators_a_e;
extern const flama_pt_operators flama_pt__operators_f_o;
extern const flama_pt_operators flama_pt__operators_p_z;

#endif
