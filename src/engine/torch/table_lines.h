/* How the lines of table_*.c are written: an operator a line, in order of the names. */
#ifndef FLAMA_TORCH_TABLE_LINES_H
#define FLAMA_TORCH_TABLE_LINES_H

#include "engine/torch/op.h"

/* Those "single" know no types of 16 bits (cast.h), "prepared" ones prepare weights,
 * and "joining" ones may be done at the end of a product. */
#define OP(name, arguments, function, variant)                              \
    {                                                                       \
        name, arguments, flama_pt_op_##function, variant, false, NULL, NULL \
    }
#define OP_SINGLE(name, arguments, function, variant)                      \
    {                                                                      \
        name, arguments, flama_pt_op_##function, variant, true, NULL, NULL \
    }
#define OP_PREPARED(name, arguments, function, variant, preparation) \
    {                                                                \
        name, arguments, flama_pt_op_##function, variant, true,      \
            flama_pt_##preparation, NULL                             \
    }
#define OP_JOINING(name, arguments, function, variant, joining)        \
    {                                                                  \
        name, arguments, flama_pt_op_##function, variant, false, NULL, \
            flama_pt_##joining                                         \
    }
#define OP_SINGLE_JOINING(name, arguments, function, variant, joining) \
    {                                                                  \
        name, arguments, flama_pt_op_##function, variant, true, NULL,  \
            flama_pt_##joining                                         \
    }

typedef struct flama_pt_operators {
    const flama_pt_operator *lines;
    size_t count;
} flama_pt_operators;

extern const flama_pt_operators flama_pt__operators_a_e;
extern const flama_pt_operators flama_pt__operators_f_o;
extern const flama_pt_operators flama_pt__operators_p_z;

#endif
