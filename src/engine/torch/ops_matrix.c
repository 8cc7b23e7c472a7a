/* Diagonals, triangles, cross products, distances of pairs, and losses. */
#include <math.h>
#include <string.h>

#include "engine/torch/binary.h"
#include "engine/torch/elements.h"
#include "engine/torch/ops.h"
#include "engine/torch/packed.h"

/* The common shape of a and b, whose elements can be counted. */
static flama_pt_tensor joint_shape(flama_pt_op *op, const flama_pt_tensor *a,
                                   const flama_pt_tensor *b)
{
    flama_pt_tensor shape = {0};
    shape.rank = flama_pt_broadcast(op, a, b, shape.sizes);
    if (op->code == 0 && !flama_pt_pack_strides(&shape))
        flama_pt_bad(op, "the tensors' common shape is not possible");
    return shape;
}

/* The tensor in that shape as doubles, in scratch. */
static double *doubles(flama_pt_op *op, const flama_pt_tensor *t,
                       const flama_pt_tensor *shape)
{
    double *out = flama_pt_scratch(op, (size_t)shape->count, sizeof *out);
    if (out) {
        flama_pt_tensor all = flama_pt_expanded(t, shape->rank, shape->sizes);
        flama_pt_copy_dense(&all, FLAMA_PT_F64, out);
    }
    return out;
}

/* "self diagonal=0": a vector as the diagonal of a matrix, or the diagonal of a matrix.
 */
int flama_pt_op_diag(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int64_t offset = flama_pt_int(op, 1);
    if (op->code == 0 &&
        (in->rank < 1 || in->rank > 2 || offset < -INT32_MAX || offset > INT32_MAX))
        return flama_pt_bad(op, "a vector or matrix is expected");
    if (op->code)
        return op->code;
    bool vector = in->rank == 1;
    int64_t down = offset < 0 ? -offset : 0, right = offset > 0 ? offset : 0;
    int64_t side = vector ? in->count + down + right : 0, length = in->count;
    if (!vector) {
        int64_t rows = in->sizes[0] - down, columns = in->sizes[1] - right;
        length = rows < columns ? rows : columns;
        length = length < 0 ? 0 : length;
    }
    int64_t sizes[2] = {vector ? side : length, side};
    flama_pt_tensor *out = flama_pt_new(op, 0, in->dtype, vector ? 2 : 1, sizes);
    if (op->code || op->dry || length == 0) {
        if (op->code == 0 && !op->dry)
            flama_pt_fill(out, 0, 0);
        return op->code;
    }
    flama_pt_tensor line = vector ? *out : *in, row = vector ? *in : *out;
    int64_t size = (int64_t)flama_pt_dtype_size(in->dtype);
    line.data =
        (char *)line.data + (down * line.strides[0] + right * line.strides[1]) * size;
    line.rank = 1;
    line.sizes[0] = line.count = length;
    line.strides[0] += line.strides[1];
    if (vector)
        flama_pt_fill(out, 0, 0);
    flama_pt_copy(vector ? &line : &row, vector ? &row : &line);
    return 0;
}

/* "self": the sum of a matrix's diagonal. */
int flama_pt_op_trace(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    bool real = flama_pt_is_float(in->dtype);
    flama_pt_dtype dtype = real ? in->dtype : FLAMA_PT_I64;
    int64_t none[1] = {0}, whole = 0;
    if (op->code == 0 && in->rank != 2)
        return flama_pt_bad(op, "a matrix is expected");
    flama_pt_tensor *out = flama_pt_new(op, 0, dtype, 0, none);
    double sum = 0;
    if (op->code || op->dry)
        return op->code;
    for (int64_t i = 0; i < in->sizes[0] && i < in->sizes[1]; i++) {
        int64_t at = i * (in->strides[0] + in->strides[1]);
        if (real)
            sum += flama_pt_get(in, at);
        else
            whole = (int64_t)((uint64_t)whole + (uint64_t)flama_pt_get_int(in, at));
    }
    if (real)
        flama_pt_write_f64(dtype, out->data, 1, 1, &sum);
    else
        flama_pt_write_i64(dtype, out->data, 1, 1, &whole);
    return 0;
}

enum { LARGEST = 4096 }; /* of a triangle's sides */

/* "row col offset=0 dtype=None ...": the places of the lower (variant 0) or upper
 * triangle, rows first. */
int flama_pt_op_triangle_indices(flama_pt_op *op)
{
    int64_t rows = flama_pt_int(op, 0), columns = flama_pt_int(op, 1);
    int64_t offset = flama_pt_int(op, 2), count = 0;
    flama_pt_dtype dtype = flama_pt_dtype_arg(op, 3, FLAMA_PT_I64);
    bool upper = op->node->operator->variant == 1;
    if (op->code == 0 &&
        (rows < 0 || columns < 0 || rows > LARGEST || columns > LARGEST ||
         offset < -INT32_MAX || offset > INT32_MAX))
        return flama_pt_unsupported(op, "a matrix of that size");
    flama_pt_tensor *out = NULL;
    for (int pass = 0; pass < 2 && op->code == 0; pass++) {
        int64_t sizes[2] = {2, count}, at = 0;
        out = pass ? flama_pt_new(op, 0, dtype, 2, sizes) : NULL;
        if (pass && op->dry)
            return op->code;
        for (int64_t r = 0; r < rows && op->code == 0; r++)
            for (int64_t c = 0; c < columns; c++) {
                if (upper ? c - r < offset : c - r > offset)
                    continue;
                size_t size = flama_pt_dtype_size(dtype);
                if (pass) {
                    char *data = (char *)out->data + (size_t)at * size;
                    flama_pt_write_i64(dtype, data, 1, 1, &r);
                    flama_pt_write_i64(dtype, data + (size_t)count * size, 1, 1, &c);
                }
                at++;
            }
        count = at;
    }
    return op->code;
}

/* "self other dim": vectors of three numbers along dim; None is the first dimension of
 * that size. */
int flama_pt_op_cross(flama_pt_op *op)
{
    const flama_pt_tensor *in[2] = {flama_pt_in(op, 0), flama_pt_in(op, 1)};
    flama_pt_tensor shape = joint_shape(op, in[0], in[1]);
    const int64_t *sizes = shape.sizes;
    size_t rank = shape.rank, dim = 0;
    if (flama_pt_given(op, 2))
        dim = flama_pt_dim(op, 2, rank);
    else
        while (dim < rank && sizes[dim] != 3)
            dim++;
    if (op->code == 0 &&
        (dim >= rank || sizes[dim] != 3 || rank != in[0]->rank || rank != in[1]->rank ||
         in[0]->dtype != in[1]->dtype || !flama_pt_is_float(in[0]->dtype)))
        return flama_pt_unsupported(op, "tensors of this kind");
    flama_pt_tensor *out = flama_pt_new(op, 0, in[0]->dtype, rank, sizes);
    double *data[2] = {doubles(op, in[0], &shape), doubles(op, in[1], &shape)};
    flama_pt_spend(op, 4.0 * (double)out->count);
    if (op->code || op->dry)
        return op->code;
    int64_t inner = flama_pt_product(sizes, dim + 1, rank);
    size_t size = flama_pt_dtype_size(out->dtype);
    for (int64_t i = 0; i < out->count; i++) {
        int64_t k = i / inner % 3, start = i - k * inner;
        int64_t p = start + (k + 1) % 3 * inner, q = start + (k + 2) % 3 * inner;
        double v = data[0][p] * data[1][q] - data[0][q] * data[1][p];
        flama_pt_write_f64(out->dtype, (char *)out->data + (size_t)i * size, 1, 1, &v);
    }
    return 0;
}

/* "self other": products of the rows of two matrices, or of vectors. */
int flama_pt_op_inner(flama_pt_op *op)
{
    const flama_pt_tensor *a = flama_pt_in(op, 0), *b = flama_pt_in(op, 1);
    flama_pt_tensor turned = *b;
    if (op->code == 0 && (a->rank < 1 || b->rank < 1 || b->rank > 2))
        return flama_pt_unsupported(op, "other than vectors and matrices");
    if (b->rank == 2) {
        turned.sizes[0] = b->sizes[1], turned.sizes[1] = b->sizes[0];
        turned.strides[0] = b->strides[1], turned.strides[1] = b->strides[0];
    }
    return op->code ? op->code : flama_pt_run_matmul(op, a, &turned);
}

/* "x1 x2 p=2 eps=1e-06 keepdim=False": the norm of the difference, to which eps is
 * added, along the last dimension. */
int flama_pt_op_pairwise_distance(flama_pt_op *op)
{
    const flama_pt_tensor *a = flama_pt_in(op, 0), *b = flama_pt_in(op, 1);
    double p = flama_pt_number(op, 2), eps = flama_pt_number(op, 3);
    flama_pt_tensor shape = joint_shape(op, a, b);
    size_t rank = shape.rank;
    bool keep = flama_pt_flag(op, 4);
    if (op->code == 0 && (rank == 0 || !(p > 0) || isinf(p) || a->dtype != b->dtype ||
                          !flama_pt_is_float(a->dtype)))
        return flama_pt_unsupported(op, "rows or a norm of this kind");
    if (op->code)
        return op->code;
    int64_t length = shape.sizes[rank - 1], sizes[FLAMA_PT_RANK];
    int64_t rows = flama_pt_product(shape.sizes, 0, rank - 1);
    memcpy(sizes, shape.sizes, sizeof sizes);
    sizes[rank - 1] = 1;
    flama_pt_tensor *out = flama_pt_new(op, 0, a->dtype, keep ? rank : rank - 1, sizes);
    double *x = doubles(op, a, &shape), *y = doubles(op, b, &shape);
    flama_pt_spend(op, 4.0 * (double)shape.count);
    if (op->code || op->dry)
        return op->code;
    size_t size = flama_pt_dtype_size(out->dtype);
    for (int64_t r = 0; r < rows; r++) {
        double sum = 0;
        for (int64_t i = r * length; i < (r + 1) * length; i++) {
            double d = x[i] - y[i] + eps;
            sum += p == 2 ? d * d : pow(fabs(d), p);
        }
        sum = p == 2 ? sqrt(sum) : pow(sum, 1 / p);
        flama_pt_write_f64(out->dtype, (char *)out->data + (size_t)r * size, 1, 1,
                           &sum);
    }
    return 0;
}

/* Losses of an element. */
enum { SQUARED, ABSOLUTE, SMOOTH, HUBER };

static double loss_of(int kind, double d, double beta)
{
    double z = fabs(d);
    switch (kind) {
    case SQUARED:
        return d * d;
    case ABSOLUTE:
        return z;
    case SMOOTH:
        return z < beta ? 0.5 * z * z / beta : z - 0.5 * beta;
    default:
        return z <= beta ? 0.5 * z * z : beta * (z - 0.5 * beta);
    }
}

/* mse_loss, l1_loss: "self target reduction=1"; smooth_l1_loss and huber_loss have
 * "beta" or "delta" after it. Reductions: 0 none, 1 mean, 2 sum. */
int flama_pt_op_loss(flama_pt_op *op)
{
    const flama_pt_tensor *a = flama_pt_in(op, 0), *b = flama_pt_in(op, 1);
    int kind = op->node->operator->variant;
    int64_t reduction = flama_pt_int(op, 2);
    double beta = kind >= SMOOTH ? flama_pt_number(op, 3) : 0, sum = 0;
    flama_pt_tensor shape = joint_shape(op, a, b);
    if (op->code == 0 && (reduction < 0 || reduction > 2 || a->dtype != b->dtype ||
                          !flama_pt_is_float(a->dtype)))
        return flama_pt_unsupported(op, "tensors or a reduction of this kind");
    int64_t count = shape.count;
    flama_pt_tensor *out =
        flama_pt_new(op, 0, a->dtype, reduction ? 0 : shape.rank, shape.sizes);
    double *x = doubles(op, a, &shape), *y = doubles(op, b, &shape);
    flama_pt_spend(op, 4.0 * (double)count);
    if (op->code || op->dry)
        return op->code;
    for (int64_t i = 0; i < count; i++) {
        x[i] = loss_of(kind, x[i] - y[i], beta);
        sum += x[i];
    }
    sum = reduction == 1 ? sum / (double)count : sum;
    flama_pt_write_f64(out->dtype, out->data, 1, reduction ? 1 : (size_t)count,
                       reduction ? &sum : x);
    return 0;
}
