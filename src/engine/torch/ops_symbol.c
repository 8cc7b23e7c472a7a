/* Sizes and the arithmetic on them; what says something of the graph only. */
#include <math.h>

#include "engine/torch/ops.h"

/* "self dim". */
int flama_pt_op_sym_size(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    size_t dim = flama_pt_dim(op, 1, in->rank);
    if (op->code == 0 && in->rank == 0)
        return flama_pt_bad(op, "a tensor without dimensions");
    return flama_pt_give_int(
        op, 0, op->node->operator->variant ? in->strides[dim] : in->sizes[dim]);
}

int flama_pt_op_sym_numel(flama_pt_op *op)
{
    return flama_pt_give_int(op, 0, flama_pt_in(op, 0)->count);
}

static bool integers(flama_pt_op *op, int w, int64_t a, int64_t b, int64_t *out)
{
    switch (w) {
    case FLAMA_PT_SYM_ADD:
        return !__builtin_add_overflow(a, b, out);
    case FLAMA_PT_SYM_SUB:
        return !__builtin_sub_overflow(a, b, out);
    case FLAMA_PT_SYM_MUL:
        return !__builtin_mul_overflow(a, b, out);
    case FLAMA_PT_SYM_FLOOR_DIV:
    case FLAMA_PT_SYM_MOD: {
        if (b == 0 || (a == INT64_MIN && b == -1)) {
            flama_pt_bad(op, "division by zero");
            return true;
        }
        int64_t quotient = a / b - (a % b != 0 && (a < 0) != (b < 0));
        *out = w == FLAMA_PT_SYM_MOD ? a - quotient * b : quotient;
        return true;
    }
    case FLAMA_PT_SYM_MAX:
        *out = a > b ? a : b;
        return true;
    case FLAMA_PT_SYM_MIN:
        *out = a < b ? a : b;
        return true;
    case FLAMA_PT_SYM_POW:
        *out = 1;
        if (b < 0 || b > 64)
            return false;
        for (int64_t i = 0; i < b; i++)
            if (__builtin_mul_overflow(*out, a, out))
                return false;
        return true;
    default:
        return false;
    }
}

static double reals(int w, double a, double b)
{
    switch (w) {
    case FLAMA_PT_SYM_ADD:
        return a + b;
    case FLAMA_PT_SYM_SUB:
        return a - b;
    case FLAMA_PT_SYM_MUL:
        return a * b;
    case FLAMA_PT_SYM_FLOOR_DIV:
        return floor(a / b);
    case FLAMA_PT_SYM_MOD:
        return a - floor(a / b) * b;
    case FLAMA_PT_SYM_POW:
        return pow(a, b);
    case FLAMA_PT_SYM_MAX:
        return a > b ? a : b;
    case FLAMA_PT_SYM_MIN:
        return a < b ? a : b;
    default:
        return a / b;
    }
}

static bool compare(int w, double a, double b)
{
    switch (w) {
    case FLAMA_PT_SYM_EQ:
        return a == b;
    case FLAMA_PT_SYM_NE:
        return a != b;
    case FLAMA_PT_SYM_LT:
        return a < b;
    case FLAMA_PT_SYM_LE:
        return a <= b;
    case FLAMA_PT_SYM_GT:
        return a > b;
    case FLAMA_PT_SYM_GE:
        return a >= b;
    case FLAMA_PT_SYM_AND:
        return a != 0 && b != 0;
    default:
        return a != 0 || b != 0;
    }
}

/* "a b": Python's operators. */
int flama_pt_op_sym(flama_pt_op *op)
{
    int w = op->node->operator->variant;
    double a = flama_pt_number(op, 0), b = flama_pt_number(op, 1);
    bool real = flama_pt_kind_of(op, 0) == FLAMA_PT_FLOAT ||
                flama_pt_kind_of(op, 1) == FLAMA_PT_FLOAT || w == FLAMA_PT_SYM_TRUE_DIV;
    int64_t out = 0;
    if (op->code)
        return op->code;
    if (w >= FLAMA_PT_SYM_EQ)
        return flama_pt_give_flag(op, 0, compare(w, a, b));
    if (real)
        return flama_pt_give_number(op, 0, reals(w, a, b));
    if (!integers(op, w, flama_pt_int(op, 0), flama_pt_int(op, 1), &out))
        return flama_pt_bad(op, "the result is beyond 64 bits");
    return flama_pt_give_int(op, 0, out);
}

/* "a". */
int flama_pt_op_sym_one(flama_pt_op *op)
{
    int w = op->node->operator->variant;
    double a = flama_pt_number(op, 0);
    bool real = flama_pt_kind_of(op, 0) == FLAMA_PT_FLOAT;
    if (op->code)
        return op->code;
    switch (w) {
    case FLAMA_PT_SYM_NOT:
        return flama_pt_give_flag(op, 0, a == 0);
    case FLAMA_PT_SYM_TO_FLOAT:
        return flama_pt_give_number(op, 0, a);
    case FLAMA_PT_SYM_ROOT:
        return flama_pt_give_number(op, 0, sqrt(a));
    case FLAMA_PT_SYM_NEGATE:
        if (real)
            return flama_pt_give_number(op, 0, -a);
        a = -a;
        break;
    case FLAMA_PT_SYM_CEIL:
        a = ceil(a);
        break;
    case FLAMA_PT_SYM_FLOOR:
        a = floor(a);
        break;
    case FLAMA_PT_SYM_ROUND:
        a = rint(a);
        break;
    default:
        a = trunc(a);
    }
    if (!(fabs(a) < 0x1p53))
        return flama_pt_bad(op, "the result is beyond 53 bits");
    return flama_pt_give_int(op, 0, (int64_t)a);
}

/* What must be true: "condition message". */
int flama_pt_op_assert(flama_pt_op *op)
{
    if (flama_pt_kind_of(op, 0) != FLAMA_PT_FLAG)
        return flama_pt_unsupported(op, "a condition that depends on the data");
    if (!flama_pt_flag(op, 0) && op->code == 0) {
        flama_string text = flama_pt_text(op, 1);
        return flama_pt_bad(op, "%.*s", (int)text.size, text.data);
    }
    return op->code;
}

/* What a compiler wants to know of a value. */
int flama_pt_op_ignored(flama_pt_op *op)
{
    return op->code;
}
