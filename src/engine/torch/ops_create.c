/* Tensors out of nothing: filled, counted. */
#include <math.h>
#include <string.h>

#include "engine/torch/elements.h"
#include "engine/torch/ops.h"
#include "engine/torch/unary.h"

/* Output 0 filled with a number, which is argument `value`, or (SIZE_MAX) `number`. */
static int filled(flama_pt_op *op, flama_pt_dtype dtype, size_t rank,
                  const int64_t *sizes, size_t value, int64_t number)
{
    double real = (double)number;
    if (value != SIZE_MAX) {
        real = flama_pt_number(op, value);
        number = flama_pt_kind_of(op, value) == FLAMA_PT_FLOAT
                     ? (int64_t)real
                     : flama_pt_int(op, value);
    }
    flama_pt_tensor *out = flama_pt_new(op, 0, dtype, rank, sizes);
    if (op->code == 0 && !op->dry)
        flama_pt_fill(out, real, number);
    return op->code;
}

/* The type of numbers like argument i. */
static flama_pt_dtype type_of_number(const flama_pt_op *op, size_t i)
{
    flama_pt_kind kind = flama_pt_kind_of(op, i);
    return kind == FLAMA_PT_FLOAT  ? FLAMA_PT_F32
           : kind == FLAMA_PT_FLAG ? FLAMA_PT_BOOL
                                   : FLAMA_PT_I64;
}

/* zeros, ones, empty: "size dtype=None ..."; the variant is the number. */
int flama_pt_op_filled(flama_pt_op *op)
{
    int64_t sizes[FLAMA_PT_RANK];
    size_t rank = flama_pt_ints(op, 0, sizes, FLAMA_PT_RANK);
    return filled(op, flama_pt_dtype_arg(op, 1, FLAMA_PT_F32), rank, sizes, SIZE_MAX,
                  op->node->operator->variant);
}

/* "size fill_value dtype=None ...". */
int flama_pt_op_full(flama_pt_op *op)
{
    int64_t sizes[FLAMA_PT_RANK];
    size_t rank = flama_pt_ints(op, 0, sizes, FLAMA_PT_RANK);
    flama_pt_dtype dtype = flama_pt_dtype_arg(op, 2, type_of_number(op, 1));
    return filled(op, dtype, rank, sizes, 1, 0);
}

/* zeros_like, ones_like, empty_like: "self dtype=None ...". */
int flama_pt_op_filled_like(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    return filled(op, flama_pt_dtype_arg(op, 1, in->dtype), in->rank, in->sizes,
                  SIZE_MAX, op->node->operator->variant);
}

/* "self fill_value dtype=None ...". */
int flama_pt_op_full_like(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    return filled(op, flama_pt_dtype_arg(op, 2, in->dtype), in->rank, in->sizes, 1, 0);
}

/* new_zeros, new_ones, new_empty: "self size dtype=None ...". */
int flama_pt_op_new_filled(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int64_t sizes[FLAMA_PT_RANK];
    size_t rank = flama_pt_ints(op, 1, sizes, FLAMA_PT_RANK);
    return filled(op, flama_pt_dtype_arg(op, 2, in->dtype), rank, sizes, SIZE_MAX,
                  op->node->operator->variant);
}

/* "self size fill_value dtype=None ...". */
int flama_pt_op_new_full(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int64_t sizes[FLAMA_PT_RANK];
    size_t rank = flama_pt_ints(op, 1, sizes, FLAMA_PT_RANK);
    return filled(op, flama_pt_dtype_arg(op, 3, in->dtype), rank, sizes, 2, 0);
}

/* "s dtype=None ...": without dimensions. */
int flama_pt_op_scalar_tensor(flama_pt_op *op)
{
    int64_t none[1] = {0};
    return filled(op, flama_pt_dtype_arg(op, 1, FLAMA_PT_F32), 0, none, 0, 0);
}

/* "self value": fill, fill_, zero_ (variant 1). */
int flama_pt_op_fill(flama_pt_op *op)
{
    flama_pt_scalar scalar;
    bool is_number, zero = op->node->operator->variant == 1;
    static const int64_t nothing;
    flama_pt_tensor zeros = {
        .dtype = FLAMA_PT_I64, .count = 1, .data = (void *)&nothing};
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    const flama_pt_tensor *value =
        zero ? &zeros : flama_pt_operand(op, 1, &scalar, &is_number);
    if (op->code == 0 && value->rank != 0)
        return flama_pt_bad(op, "the value is no number");
    bool into = flama_pt_in_place(op);
    flama_pt_tensor *out = into ? flama_pt_into(op, 0, 0)
                                : flama_pt_new(op, 0, in->dtype, in->rank, in->sizes);
    if (op->code == 0 && !op->dry)
        flama_pt_copy(out, value);
    return op->code;
}

/* Counting. */

static int arange(flama_pt_op *op, size_t start_at, size_t end_at, size_t step_at,
                  size_t dtype_at)
{
    double start = start_at == SIZE_MAX ? 0 : flama_pt_number(op, start_at);
    double end = flama_pt_number(op, end_at);
    double step = step_at == SIZE_MAX ? 1 : flama_pt_number(op, step_at);
    bool real =
        flama_pt_kind_of(op, end_at) == FLAMA_PT_FLOAT ||
        (start_at != SIZE_MAX && flama_pt_kind_of(op, start_at) == FLAMA_PT_FLOAT) ||
        (step_at != SIZE_MAX && flama_pt_kind_of(op, step_at) == FLAMA_PT_FLOAT);
    flama_pt_dtype dtype =
        flama_pt_dtype_arg(op, dtype_at, real ? FLAMA_PT_F32 : FLAMA_PT_I64);
    double count = ceil((end - start) / step);
    if (op->code)
        return op->code;
    if (!(step != 0) || !(count < 1e12) || !(fabs(start) < 0x1p53) ||
        !(fabs(step) < 0x1p53))
        return flama_pt_bad(op, "there is no such range");
    int64_t sizes[1] = {count > 0 ? (int64_t)count : 0};
    flama_pt_tensor *out = flama_pt_new(op, 0, dtype, 1, sizes);
    size_t size = flama_pt_dtype_size(dtype);
    for (int64_t i = 0; i < sizes[0] && op->code == 0 && !op->dry; i++) {
        double v = start + (double)i * step;
        flama_pt_write_f64(dtype, (char *)out->data + (size_t)i * size, 1, 1, &v);
    }
    return op->code;
}

/* "end dtype=None ...", "start end dtype=None ...", "start end step=1 dtype=None ...".
 */
int flama_pt_op_arange(flama_pt_op *op)
{
    return arange(op, SIZE_MAX, 0, SIZE_MAX, 1);
}

int flama_pt_op_arange_start(flama_pt_op *op)
{
    return arange(op, 0, 1, SIZE_MAX, 2);
}

int flama_pt_op_arange_step(flama_pt_op *op)
{
    return arange(op, 0, 1, 2, 3);
}

/* "start end steps dtype=None ...": from both ends, as torch counts. */
int flama_pt_op_linspace(flama_pt_op *op)
{
    double start = flama_pt_number(op, 0), end = flama_pt_number(op, 1);
    int64_t steps = flama_pt_int(op, 2);
    flama_pt_dtype dtype = flama_pt_dtype_arg(op, 3, FLAMA_PT_F32);
    if (op->code == 0 && (steps < 0 || !flama_pt_is_float(dtype)))
        return flama_pt_bad(op, "%lld steps", (long long)steps);
    flama_pt_tensor *out = flama_pt_new(op, 0, dtype, 1, &steps);
    double step = steps > 1 ? (end - start) / (double)(steps - 1) : 0;
    size_t size = flama_pt_dtype_size(dtype);
    for (int64_t i = 0; i < steps && op->code == 0 && !op->dry; i++) {
        double v = i < steps / 2 || steps == 1 ? start + (double)i * step
                                               : end - (double)(steps - 1 - i) * step;
        flama_pt_write_f64(dtype, (char *)out->data + (size_t)i * size, 1, 1, &v);
    }
    return op->code;
}

/* "n m dtype=None ..." (variant 1) or "n dtype=None ...": ones on the diagonal. */
int flama_pt_op_eye(flama_pt_op *op)
{
    size_t both = op->node->operator->variant == 1;
    int64_t sizes[2] = {flama_pt_int(op, 0), flama_pt_int(op, both)};
    flama_pt_dtype dtype = flama_pt_dtype_arg(op, 1 + both, FLAMA_PT_F32);
    flama_pt_tensor *out = flama_pt_new(op, 0, dtype, 2, sizes);
    if (op->code || op->dry)
        return op->code;
    int64_t one = 1, least = sizes[0] < sizes[1] ? sizes[0] : sizes[1];
    size_t size = flama_pt_dtype_size(dtype);
    memset(out->data, 0, (size_t)out->count * size);
    for (int64_t i = 0; i < least; i++)
        flama_pt_write_i64(dtype, (char *)out->data + (size_t)(i * sizes[1] + i) * size,
                           1, 1, &one);
    return 0;
}

/* "self offset=0 dim1=-2 dim2=-1": vectors, which stand last, as diagonals of matrices
 * of zeros. */
int flama_pt_op_diag_embed(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int64_t offset = flama_pt_int(op, 1), sizes[FLAMA_PT_RANK];
    if (op->code == 0 && (in->rank == 0 || in->rank == FLAMA_PT_RANK))
        return flama_pt_unsupported(op, "%zu dimensions", in->rank);
    size_t a = flama_pt_dim(op, 2, in->rank + 1), b = flama_pt_dim(op, 3, in->rank + 1);
    if (op->code == 0 && (a == b || offset < -INT32_MAX || offset > INT32_MAX))
        return flama_pt_bad(op, "two dimensions are needed");
    if (op->code)
        return op->code;
    int64_t length = in->sizes[in->rank - 1], own = 0;
    int64_t side = length + (offset < 0 ? -offset : offset);
    for (size_t d = 0; d < in->rank + 1; d++)
        sizes[d] = d == a || d == b ? side : in->sizes[own++];
    flama_pt_tensor *out = flama_pt_new(op, 0, in->dtype, in->rank + 1, sizes);
    flama_pt_spend(op, (double)out->count);
    if (op->code || op->dry)
        return op->code;
    flama_pt_fill(out, 0, 0);
    flama_pt_tensor to = {.dtype = in->dtype, .rank = in->rank, .count = in->count};
    own = 0;
    for (size_t d = 0; d < in->rank + 1; d++)
        if (d != a && d != b) {
            to.sizes[own] = out->sizes[d];
            to.strides[own++] = out->strides[d];
        }
    to.sizes[own] = length;
    to.strides[own] = out->strides[a] + out->strides[b];
    int64_t from = offset < 0 ? -offset * out->strides[a] : offset * out->strides[b];
    to.data = (char *)out->data + from * (int64_t)flama_pt_dtype_size(in->dtype);
    flama_pt_copy(&to, in);
    return 0;
}

/* Windows of signals: the variant, and 10 for each argument that is given. */
enum { HANN, HAMMING, BLACKMAN, BARTLETT };

static double window_at(int kind, double t, double alpha, double beta)
{
    const double turn = 6.283185307179586;
    switch (kind) {
    case BARTLETT:
        return 1 - fabs(2 * t - 1);
    case BLACKMAN:
        return 0.42 - 0.5 * cos(turn * t) + 0.08 * cos(2 * turn * t);
    default:
        return alpha - beta * cos(turn * t);
    }
}

/* "window_length [periodic [alpha [beta]]] dtype=None ...". */
int flama_pt_op_window(flama_pt_op *op)
{
    int kind = op->node->operator->variant % 10;
    size_t given = (size_t)op->node->operator->variant / 10;
    int64_t length = flama_pt_int(op, 0);
    bool periodic = given < 1 || flama_pt_flag(op, 1);
    double alpha = kind == HANN ? 0.5 : given < 2 ? 0.54 : flama_pt_number(op, 2);
    double beta = kind == HANN ? 0.5 : given < 3 ? 0.46 : flama_pt_number(op, 3);
    flama_pt_dtype dtype = flama_pt_dtype_arg(op, 1 + given, FLAMA_PT_F32);
    if (op->code == 0 && !flama_pt_is_float(dtype))
        return flama_pt_bad(op, "a window of integers");
    flama_pt_tensor *out = flama_pt_new(op, 0, dtype, 1, &length);
    size_t size = flama_pt_dtype_size(dtype);
    double steps = (double)length - !periodic;
    for (int64_t i = 0; i < length && op->code == 0 && !op->dry; i++) {
        double v = length == 1 ? 1 : window_at(kind, (double)i / steps, alpha, beta);
        flama_pt_write_f64(dtype, (char *)out->data + (size_t)i * size, 1, 1, &v);
    }
    return op->code;
}
