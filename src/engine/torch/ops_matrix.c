/* Diagonals, triangles, cross products and distances of pairs. */
#include <math.h>
#include <string.h>

#include "engine/torch/binary.h"
#include "engine/torch/elements.h"
#include "engine/torch/ops.h"
#include "engine/torch/packed.h"

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
    flama_pt_tensor shape = flama_pt_joint_shape(op, 2, in);
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
    double *data[2] = {flama_pt_doubles(op, in[0], &shape),
                       flama_pt_doubles(op, in[1], &shape)};
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
    const flama_pt_tensor *both[] = {a, b};
    flama_pt_tensor shape = flama_pt_joint_shape(op, 2, both);
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
    double *x = flama_pt_doubles(op, a, &shape), *y = flama_pt_doubles(op, b, &shape);
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

/* "self other p=2": the norm of all differences. */
int flama_pt_op_dist(flama_pt_op *op)
{
    const flama_pt_tensor *in[] = {flama_pt_in(op, 0), flama_pt_in(op, 1)};
    double p = flama_pt_number(op, 2), sum = 0;
    flama_pt_tensor shape = flama_pt_joint_shape(op, 2, in);
    flama_pt_dtype dtype = flama_pt_result_type(2, in, NULL);
    if (op->code == 0 && (!(p > 0) || isinf(p) || !flama_pt_is_float(dtype)))
        return flama_pt_unsupported(op, "a norm of this kind");
    flama_pt_tensor *out = flama_pt_new(op, 0, dtype, 0, shape.sizes);
    double *x = flama_pt_doubles(op, in[0], &shape);
    double *y = flama_pt_doubles(op, in[1], &shape);
    flama_pt_spend(op, 4.0 * (double)shape.count);
    if (op->code || op->dry)
        return op->code;
    for (int64_t i = 0; i < shape.count; i++)
        sum += p == 2 ? (x[i] - y[i]) * (x[i] - y[i]) : pow(fabs(x[i] - y[i]), p);
    sum = p == 2 ? sqrt(sum) : pow(sum, 1 / p);
    flama_pt_write_f64(dtype, out->data, 1, 1, &sum);
    return 0;
}

/* The largest (or with `least` smallest) sum of magnitudes of a line: `lines` of them,
 * `line` apart, each of `length` numbers, `step` apart. */
static double extreme_sum(const double *x, int64_t lines, int64_t line, int64_t length,
                          int64_t step, bool least)
{
    double found = least ? INFINITY : 0;
    for (int64_t i = 0; i < lines; i++) {
        double sum = 0;
        for (int64_t k = 0; k < length; k++)
            sum += fabs(x[i * line + k * step]);
        if (isnan(sum) || (least ? sum < found : sum > found))
            found = sum;
        if (isnan(sum))
            break;
    }
    return found;
}

/* "self ord dim=[-2,-1] keepdim=False dtype=None", of the last two dimensions: the sums
 * of columns (1, -1) or of rows (inf, -inf). */
int flama_pt_op_matrix_norm(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    double order = flama_pt_number(op, 1);
    int64_t dims[2] = {0}, sizes[FLAMA_PT_RANK], rank = (int64_t)in->rank;
    bool two = flama_pt_ints(op, 2, dims, 2) == 2, keep = flama_pt_flag(op, 3);
    for (size_t i = 0; i < 2; i++)
        dims[i] += dims[i] < 0 ? rank : 0;
    if (op->code == 0 &&
        (!two || rank < 2 || dims[0] != rank - 2 || dims[1] != rank - 1 ||
         flama_pt_given(op, 4) || !flama_pt_is_float(in->dtype) ||
         (fabs(order) != 1 && !isinf(order))))
        return flama_pt_unsupported(op, "a norm of this kind");
    if (op->code)
        return op->code;
    memcpy(sizes, in->sizes, sizeof sizes);
    int64_t m = sizes[rank - 2], n = sizes[rank - 1];
    sizes[rank - 2] = sizes[rank - 1] = 1;
    flama_pt_tensor *out =
        flama_pt_new(op, 0, in->dtype, in->rank - (keep ? 0 : 2), sizes);
    double *x = flama_pt_doubles(op, in, in);
    flama_pt_spend(op, 2.0 * (double)in->count);
    if (op->code || op->dry)
        return op->code;
    size_t size = flama_pt_dtype_size(out->dtype);
    for (int64_t i = 0; i < out->count; i++, x += m * n) {
        double found = isinf(order) ? extreme_sum(x, m, n, n, 1, order < 0)
                                    : extreme_sum(x, n, 1, m, n, order < 0);
        flama_pt_write_f64(out->dtype, (char *)out->data + (size_t)i * size, 1, 1,
                           &found);
    }
    return 0;
}

/* Argument i with dimensions of size 1 where argument `places` says. */
static flama_pt_tensor with_ones(flama_pt_op *op, size_t i, size_t places)
{
    flama_pt_tensor in = *flama_pt_in(op, i), out = in;
    int64_t at[FLAMA_PT_RANK];
    size_t count = flama_pt_ints(op, places, at, FLAMA_PT_RANK), from = 0;
    out.rank = in.rank + count;
    if (op->code == 0 && out.rank > FLAMA_PT_RANK)
        flama_pt_unsupported(op, "more than %d dimensions", FLAMA_PT_RANK);
    for (size_t d = 0; d < out.rank && op->code == 0; d++) {
        bool one = false;
        for (size_t k = 0; k < count; k++)
            one = one || at[k] == (int64_t)d;
        if (!one && from == in.rank) {
            flama_pt_bad(op, "each dimension is expected once");
            break;
        }
        out.sizes[d] = one ? 1 : in.sizes[from];
        out.strides[d] = one ? 0 : in.strides[from];
        from += !one;
    }
    return out;
}

/* "i1 i2 i3 expand1 expand2 expand3 sumdim unroll_dim=1": the product of the three,
 * each with more dimensions, summed over some. */
int flama_pt_op_trilinear(flama_pt_op *op)
{
    flama_pt_tensor parts[3];
    const flama_pt_tensor *in[3] = {&parts[0], &parts[1], &parts[2]};
    int64_t sums[FLAMA_PT_RANK], sizes[FLAMA_PT_RANK], steps[FLAMA_PT_RANK] = {0};
    for (size_t i = 0; i < 3; i++)
        parts[i] = with_ones(op, i, 3 + i);
    flama_pt_tensor shape = flama_pt_joint_shape(op, 3, in);
    size_t count = flama_pt_ints(op, 6, sums, FLAMA_PT_RANK), rank = 0;
    bool summed[FLAMA_PT_RANK] = {false};
    for (size_t i = 0; i < count && op->code == 0; i++) {
        if (sums[i] < 0 || sums[i] >= (int64_t)shape.rank)
            return flama_pt_bad(op, "there is no dimension %lld", (long long)sums[i]);
        summed[sums[i]] = true;
    }
    for (size_t d = 0; d < shape.rank && op->code == 0; d++)
        if (!summed[d])
            sizes[rank++] = shape.sizes[d];
    flama_pt_tensor *out = flama_pt_new(op, 0, flama_pt_in(op, 0)->dtype, rank, sizes);
    double *x = flama_pt_doubles(op, in[0], &shape);
    double *y = flama_pt_doubles(op, in[1], &shape);
    double *z = flama_pt_doubles(op, in[2], &shape);
    double *to = flama_pt_scratch(op, (size_t)out->count, sizeof *to);
    flama_pt_spend(op, 4.0 * (double)shape.count);
    if (op->code || op->dry)
        return op->code;
    for (size_t d = 0, k = 0; d < shape.rank; d++)
        steps[d] = summed[d] ? 0 : out->strides[k++];
    memset(to, 0, (size_t)out->count * sizeof *to);
    for (int64_t i = 0; i < shape.count; i++) {
        int64_t at = 0;
        for (size_t d = 0; d < shape.rank; d++)
            at += i / shape.strides[d] % shape.sizes[d] * steps[d];
        to[at] += x[i] * y[i] * z[i];
    }
    flama_pt_write_f64(out->dtype, out->data, 1, (size_t)out->count, to);
    return 0;
}
