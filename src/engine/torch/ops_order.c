/* Along a dimension, in the order of the numbers: sorted, the middle one, quantiles. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/torch/axis.h"
#include "engine/torch/elements.h"
#include "engine/torch/ops.h"

/* A number with where it stood; NaN is the largest. */
typedef struct placed {
    double number;
    int64_t integer, at;
} placed;

static int by_number(const placed *a, const placed *b)
{
    bool nan_a = isnan(a->number), nan_b = isnan(b->number);
    if (nan_a || nan_b)
        return nan_a - nan_b;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return (a->integer > b->integer) - (a->integer < b->integer);
}

/* Equal numbers stay in order, up and down. */
static int ascending(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    int order = by_number(x, y);
    return order ? order : (x->at > y->at) - (x->at < y->at);
}

static int descending(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    int order = by_number(y, x);
    return order ? order : (x->at > y->at) - (x->at < y->at);
}

/* The n elements of a row, `inner` apart from element `from` on, sorted. */
static void sort_row(const flama_pt_tensor *dense, int64_t from, int64_t n,
                     int64_t inner, bool down, placed *all)
{
    for (int64_t k = 0; k < n; k++)
        all[k] = (placed){flama_pt_get(dense, from + k * inner),
                          flama_pt_get_int(dense, from + k * inner), k};
    qsort(all, (size_t)n, sizeof *all, down ? descending : ascending);
}

/* Sorts along dim and keeps the first k: values in output `values`, places in output
 * `places` (-1: none). */
static int sorted(flama_pt_op *op, size_t dim, bool down, int64_t kept, int values,
                  int places)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int64_t sizes[FLAMA_PT_RANK], outer, axis, inner;
    if (op->code)
        return op->code;
    flama_pt_axis(in, dim, &outer, &axis, &inner);
    kept = kept < 0 ? axis : kept;
    if (kept > axis)
        return flama_pt_bad(op, "%lld of %lld", (long long)kept, (long long)axis);
    memcpy(sizes, in->sizes, sizeof sizes);
    if (in->rank)
        sizes[dim] = kept;
    flama_pt_tensor *out =
        values < 0 ? NULL
                   : flama_pt_new(op, (size_t)values, in->dtype, in->rank, sizes);
    flama_pt_tensor *where =
        places < 0 ? NULL
                   : flama_pt_new(op, (size_t)places, FLAMA_PT_I64, in->rank, sizes);
    placed *all = flama_pt_scratch(op, (size_t)axis, sizeof *all);
    flama_pt_tensor dense = *in;
    dense.data = (void *)flama_pt_dense(op, in);
    flama_pt_spend(op, 100.0 * (double)in->count);
    if (op->code || op->dry)
        return op->code;
    size_t size = flama_pt_dtype_size(in->dtype);
    for (int64_t i = 0; i < outer * inner; i++) {
        int64_t from = i / inner * axis * inner + i % inner;
        int64_t to = i / inner * kept * inner + i % inner;
        sort_row(&dense, from, axis, inner, down, all);
        for (int64_t k = 0; k < kept; k++) {
            if (where)
                ((int64_t *)where->data)[to + k * inner] = all[k].at;
            if (out)
                memcpy((char *)out->data + (size_t)(to + k * inner) * size,
                       (const char *)dense.data +
                           (size_t)(from + all[k].at * inner) * size,
                       size);
        }
    }
    return 0;
}

/* "self dim=-1 descending=False"; odd variants have "stable" before dim, and argsort
 * gives the places only (variants 2 and 3). */
int flama_pt_op_sort(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int variant = op->node->operator->variant;
    size_t shift = variant % 2 != 0;
    bool places = variant >= 2;
    size_t dim = flama_pt_dim(op, 1 + shift, in->rank);
    bool down = flama_pt_flag(op, 2 + shift);
    return sorted(op, dim, down, -1, places ? -1 : 0, !places);
}

/* "self": the values along the first dimension. */
int flama_pt_op_msort(flama_pt_op *op)
{
    return sorted(op, 0, false, -1, 0, -1);
}

/* "self k dim=-1 largest=True sorted=True". */
int flama_pt_op_topk(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int64_t k = flama_pt_int(op, 1);
    size_t dim = flama_pt_dim(op, 2, in->rank);
    if (op->code == 0 && k < 0)
        return flama_pt_bad(op, "k is negative");
    return sorted(op, dim, flama_pt_flag(op, 3), k, 0, 1);
}

/* What is picked out of the n numbers of a row. */
enum { MEDIAN, NAN_MEDIAN, KTH, MODE };

static int64_t count_numbers(const placed *all, int64_t n)
{
    while (n > 0 && isnan(all[n - 1].number))
        n--;
    return n;
}

/* The place, among sorted ones, of the number that is there most often: its last. */
static int64_t most_often(const placed *all, int64_t n)
{
    int64_t best = 0, longest = 0, run = 0;
    for (int64_t i = 0; i < n; i++) {
        run++;
        if (i + 1 < n && by_number(&all[i], &all[i + 1]) == 0)
            continue;
        if (run > longest) {
            longest = run;
            best = i;
        }
        run = 0;
    }
    return best;
}

static int64_t pick(int variant, const placed *all, int64_t n, int64_t k)
{
    int64_t numbers = count_numbers(all, n);
    switch (variant) {
    case MEDIAN: /* a NaN is the median of all that is with it */
        return numbers < n ? numbers : (n - 1) / 2;
    case NAN_MEDIAN:
        return numbers ? (numbers - 1) / 2 : 0;
    case KTH:
        return k - 1;
    default:
        return most_often(all, n);
    }
}

/* One element of each row along dim, and (output 1) where it stood. `flat`: of all. */
static int picked(flama_pt_op *op, size_t dim, bool flat, bool keep, int64_t k)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int64_t sizes[FLAMA_PT_RANK], outer = 1, axis = in->count, inner = 1;
    size_t rank = 0;
    if (op->code)
        return op->code;
    if (!flat)
        flama_pt_axis(in, dim, &outer, &axis, &inner);
    for (size_t d = 0; d < in->rank && !flat; d++)
        if (d != dim || keep)
            sizes[rank++] = d == dim ? 1 : in->sizes[d];
    if (k < 1 || k > axis)
        return flama_pt_bad(op, "number %lld of %lld", (long long)k, (long long)axis);
    flama_pt_tensor *out = flama_pt_new(op, 0, in->dtype, rank, sizes);
    flama_pt_tensor *where = op->node->output_count > 1
                                 ? flama_pt_new(op, 1, FLAMA_PT_I64, rank, sizes)
                                 : NULL;
    placed *all = flama_pt_scratch(op, (size_t)axis, sizeof *all);
    flama_pt_tensor dense = *in;
    dense.data = (void *)flama_pt_dense(op, in);
    flama_pt_spend(op, 100.0 * (double)in->count);
    if (op->code || op->dry)
        return op->code;
    size_t size = flama_pt_dtype_size(in->dtype);
    for (int64_t i = 0; i < outer * inner; i++) {
        int64_t from = i / inner * axis * inner + i % inner;
        sort_row(&dense, from, axis, inner, false, all);
        int64_t at = all[pick(op->node->operator->variant, all, axis, k)].at;
        memcpy((char *)out->data + (size_t)i * size,
               (const char *)dense.data + (size_t)(from + at * inner) * size, size);
        if (where)
            ((int64_t *)where->data)[i] = at;
    }
    return 0;
}

/* median, nanmedian: "self", of all elements. */
int flama_pt_op_median(flama_pt_op *op)
{
    return picked(op, 0, true, false, 1);
}

/* median, nanmedian, mode: "self dim keepdim=False". */
int flama_pt_op_median_dim(flama_pt_op *op)
{
    size_t dim = flama_pt_dim(op, 1, flama_pt_in(op, 0)->rank);
    return picked(op, dim, false, flama_pt_flag(op, 2), 1);
}

/* "self k dim=-1 keepdim=False". */
int flama_pt_op_kthvalue(flama_pt_op *op)
{
    size_t dim = flama_pt_dim(op, 2, flama_pt_in(op, 0)->rank);
    return picked(op, dim, false, flama_pt_flag(op, 3), flama_pt_int(op, 1));
}

/* How a quantile lies between two numbers. */
typedef enum between { BETWEEN_LINEAR, LOWER, HIGHER, MIDPOINT, NEAREST } between;

static double quantile_of(const placed *all, int64_t n, double q, between how)
{
    double at = q * (double)(n - 1), whole = floor(at), weight = at - whole;
    if (!(q >= 0 && q <= 1) || n < 1)
        return NAN;
    if (how == NEAREST)
        whole = rint(at);
    double low = all[(int64_t)whole].number, high = all[(int64_t)ceil(at)].number;
    if (how == LOWER || how == NEAREST)
        return low;
    if (how == HIGHER)
        return high;
    weight = how == MIDPOINT ? (whole == at ? 0 : 0.5) : weight;
    return weight == 0 ? low : low + weight * (high - low);
}

/* Quantiles of the rows along dim, for each of the `count` numbers q first. */
static void quantiles(const flama_pt_tensor *dense, const int64_t *axes,
                      const double *q, int64_t count, between how, bool skip_nan,
                      placed *all, const flama_pt_tensor *out)
{
    int64_t outer = axes[0], axis = axes[1], inner = axes[2], rows = outer * inner;
    size_t size = flama_pt_dtype_size(out->dtype);
    for (int64_t i = 0; i < rows; i++) {
        int64_t from = i / inner * axis * inner + i % inner;
        sort_row(dense, from, axis, inner, false, all);
        int64_t numbers = count_numbers(all, axis);
        for (int64_t k = 0; k < count; k++) {
            double v = numbers < axis && !skip_nan
                           ? NAN
                           : quantile_of(all, numbers, q[k], how);
            char *to = (char *)out->data + (size_t)(k * rows + i) * size;
            flama_pt_write_f64(out->dtype, to, 1, 1, &v);
        }
    }
}

static between read_between(flama_pt_op *op, size_t i)
{
    static const char *const names[] = {"linear", "lower", "higher", "midpoint",
                                        "nearest"};
    flama_string how = flama_pt_text(op, i);
    for (int k = 0; k < 5 && op->code == 0; k++)
        if (how.size == strlen(names[k]) && memcmp(how.data, names[k], how.size) == 0)
            return (between)k;
    flama_pt_unsupported(op, "interpolation %.*s", (int)how.size, how.data);
    return BETWEEN_LINEAR;
}

/* quantile, nanquantile (variant 1): "self q dim=None keepdim=False
 * interpolation=linear"; q is a number or a tensor of up to one dimension. */
int flama_pt_op_quantile(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    flama_pt_scalar number;
    bool is_number, flat = !flama_pt_given(op, 2), keep = flama_pt_flag(op, 3);
    const flama_pt_tensor *q = flama_pt_operand(op, 1, &number, &is_number);
    size_t dim = flat ? 0 : flama_pt_dim(op, 2, in->rank), rank = 0;
    int64_t sizes[FLAMA_PT_RANK + 1], axes[3] = {1, in->count, 1};
    between how = read_between(op, 4);
    if (op->code == 0 && (!flama_pt_is_float(in->dtype) || q->rank > 1))
        return flama_pt_bad(op, "numbers and a vector of quantiles are expected");
    if (op->code)
        return op->code;
    if (!flat)
        flama_pt_axis(in, dim, &axes[0], &axes[1], &axes[2]);
    if (q->rank)
        sizes[rank++] = q->sizes[0];
    for (size_t d = 0; d < in->rank && (!flat || keep); d++)
        if (flat || d != dim || keep)
            sizes[rank++] = flat || d == dim ? 1 : in->sizes[d];
    if (axes[1] == 0)
        return flama_pt_bad(op, "there are no quantiles of nothing");
    flama_pt_tensor *out = flama_pt_new(op, 0, in->dtype, rank, sizes);
    placed *all = flama_pt_scratch(op, (size_t)axes[1], sizeof *all);
    double *numbers = flama_pt_scratch(op, (size_t)q->count, sizeof *numbers);
    flama_pt_tensor dense = *in;
    dense.data = (void *)flama_pt_dense(op, in);
    flama_pt_spend(op, 100.0 * (double)in->count);
    if (op->code || op->dry)
        return op->code;
    flama_pt_copy_dense(q, FLAMA_PT_F64, numbers);
    quantiles(&dense, axes, numbers, q->count, how, op->node->operator->variant == 1,
              all, out);
    return 0;
}
