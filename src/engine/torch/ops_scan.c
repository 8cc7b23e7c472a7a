/* Along a dimension, each element from those before: sums, products, extremes so far.
 */
#include <math.h>
#include <string.h>

#include "engine/torch/axis.h"
#include "engine/torch/elements.h"
#include "engine/torch/ops.h"
#include "engine/torch/unary.h"

/* "self dim dtype=None": sums (variant 0) or products so far. */
int flama_pt_op_cumsum(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    size_t dim = flama_pt_dim(op, 1, in->rank);
    flama_pt_dtype own = flama_pt_is_float(in->dtype) ? in->dtype : FLAMA_PT_I64;
    flama_pt_dtype dtype = flama_pt_dtype_arg(op, 2, own);
    bool product = op->node->operator->variant == 1;
    flama_pt_tensor all, *out = flama_pt_rows(op, dtype, &all);
    int64_t outer, axis, inner;
    flama_pt_spend(op, 2.0 * (double)in->count);
    if (op->code || op->dry)
        return op->code;
    flama_pt_axis(in, dim, &outer, &axis, &inner);
    flama_pt_copy_dense(in, dtype, all.data);
    size_t size = flama_pt_dtype_size(dtype);
    for (int64_t i = 0; i < outer * inner; i++) {
        int64_t start = i / inner * axis * inner + i % inner;
        double sum = product;
        uint64_t whole = product;
        for (int64_t k = 0; k < axis; k++) {
            int64_t at = start + k * inner;
            char *to = (char *)all.data + (size_t)at * size;
            if (flama_pt_is_float(dtype)) {
                double v = flama_pt_get(&all, at);
                sum = product ? sum * v : sum + v;
                flama_pt_write_f64(dtype, to, 1, 1, &sum);
            } else {
                uint64_t v = (uint64_t)flama_pt_get_int(&all, at);
                whole = product ? whole * v : whole + v;
                int64_t now = (int64_t)whole;
                flama_pt_write_i64(dtype, to, 1, 1, &now);
            }
        }
    }
    flama_pt_rows_end(op, out, &all);
    return 0;
}

/* "self dim": the largest (or smallest) so far, and where it stood last; a NaN stays.
 */
int flama_pt_op_cummax(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    size_t dim = flama_pt_dim(op, 1, in->rank);
    bool largest = op->node->operator->variant == FLAMA_PT_LARGEST;
    flama_pt_tensor *out = flama_pt_new(op, 0, in->dtype, in->rank, in->sizes);
    flama_pt_tensor *where = flama_pt_new(op, 1, FLAMA_PT_I64, in->rank, in->sizes);
    int64_t outer, axis, inner;
    flama_pt_spend(op, 2.0 * (double)in->count);
    if (op->code || op->dry)
        return op->code;
    flama_pt_axis(in, dim, &outer, &axis, &inner);
    flama_pt_copy_dense(in, in->dtype, out->data);
    size_t size = flama_pt_dtype_size(in->dtype);
    char *data = out->data;
    bool real = flama_pt_is_float(in->dtype);
    for (int64_t i = 0; i < outer * inner; i++) {
        int64_t start = i / inner * axis * inner + i % inner, best = start;
        for (int64_t k = 0; k < axis; k++) {
            int64_t at = start + k * inner;
            double v = flama_pt_get(out, at), most = flama_pt_get(out, best);
            int64_t whole = flama_pt_get_int(out, at);
            int64_t most_whole = flama_pt_get_int(out, best);
            bool more = real      ? (largest ? v >= most : v <= most) || isnan(v)
                        : largest ? whole >= most_whole
                                  : whole <= most_whole;
            if (more && !(real && isnan(most) && !isnan(v)))
                best = at;
            memcpy(data + (size_t)at * size, data + (size_t)best * size, size);
            ((int64_t *)where->data)[at] =
                best == at ? k : ((int64_t *)where->data)[at - inner];
            best = at;
        }
    }
    return 0;
}

/* "self dim": the logarithm of the sum of exponentials so far. */
int flama_pt_op_logcumsumexp(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    size_t dim = flama_pt_dim(op, 1, in->rank);
    if (op->code == 0 && !flama_pt_is_float(in->dtype))
        return flama_pt_bad(op, "integers");
    flama_pt_tensor *out = flama_pt_new(op, 0, in->dtype, in->rank, in->sizes);
    int64_t outer, axis, inner;
    flama_pt_spend(op, 20.0 * (double)in->count);
    if (op->code || op->dry)
        return op->code;
    flama_pt_axis(in, dim, &outer, &axis, &inner);
    flama_pt_copy_dense(in, in->dtype, out->data);
    for (int64_t i = 0; i < outer * inner; i++) {
        int64_t start = i / inner * axis * inner + i % inner;
        double sum = -INFINITY;
        for (int64_t k = 0; k < axis; k++) {
            int64_t at = start + k * inner;
            double v = flama_pt_get(out, at), high = v > sum || isnan(v) ? v : sum;
            if (isfinite(high) || isnan(high))
                sum = high + log(exp(v - high) + exp(sum - high));
            else
                sum = high;
            flama_pt_write_f64(in->dtype,
                               (char *)out->data +
                                   (size_t)at * flama_pt_dtype_size(in->dtype),
                               1, 1, &sum);
        }
    }
    return 0;
}
