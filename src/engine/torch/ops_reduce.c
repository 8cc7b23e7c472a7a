/* Functions that make one number of many: sums, means, extremes; and those that go
 * along a dimension: softmax. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/kernels/map.h"
#include "engine/torch/axis.h"
#include "engine/torch/elements.h"
#include "engine/torch/ops.h"

/* What is left of the input, and what is worked on: (outer, length), row-major. */
typedef struct reduction {
    const flama_pt_tensor *in;
    size_t rank; /* of the output */
    int64_t sizes[FLAMA_PT_RANK];
    int64_t outer, length;
    flama_pt_tensor turned; /* the input with the reduced dimensions last */
} reduction;

static int reduce_over(flama_pt_op *op, const flama_pt_tensor *in, unsigned dims,
                       bool keep, reduction *r)
{
    *r = (reduction){.in = in, .outer = 1, .length = 1, .turned = *in};
    size_t to = 0;
    if (op->code)
        return op->code;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < in->rank; i++) {
            bool reduced = dims >> i & 1;
            if (reduced != (pass == 1))
                continue;
            r->turned.sizes[to] = in->sizes[i];
            r->turned.strides[to++] = in->strides[i];
            *(reduced ? &r->length : &r->outer) *= in->sizes[i];
        }
    for (size_t i = 0; i < in->rank; i++)
        if (!(dims >> i & 1))
            r->sizes[r->rank++] = in->sizes[i];
        else if (keep)
            r->sizes[r->rank++] = 1;
    return 0;
}

/* The dimensions of a list, None or an empty one: all of them. */
static unsigned dims_of(flama_pt_op *op, size_t i, size_t rank)
{
    int64_t dims[FLAMA_PT_RANK], least = rank ? (int64_t)rank : 1;
    size_t count =
        flama_pt_given(op, i) ? flama_pt_ints(op, i, dims, FLAMA_PT_RANK) : 0;
    unsigned mask = 0;
    for (size_t k = 0; k < count && op->code == 0; k++) {
        int64_t dim = dims[k] < 0 ? dims[k] + least : dims[k];
        if (dim < 0 || dim >= least)
            flama_pt_bad(op, "dimension %lld of a tensor with %zu", (long long)dims[k],
                         rank);
        else
            mask |= 1u << dim;
    }
    return count ? mask : ~0u;
}

/* Rows of doubles or integers of the input, one at a time, through a buffer. */
static void read_row(const flama_pt_tensor *dense, int64_t at, int64_t n, double *out)
{
    const char *data = dense->data;
    flama_pt_read_f64(dense->dtype,
                      data + (size_t)at * flama_pt_dtype_size(dense->dtype), 1,
                      (size_t)n, out);
}

static void read_integers(const flama_pt_tensor *dense, int64_t at, int64_t n,
                          int64_t *out)
{
    const char *data = dense->data;
    flama_pt_read_i64(dense->dtype,
                      data + (size_t)at * flama_pt_dtype_size(dense->dtype), 1,
                      (size_t)n, out);
}

enum { PIECE = 512 };

/* Running results over pieces of a row; doubles, so that sums of floats are exact
 * enough in any order. */
typedef struct state {
    double sum, extreme, power;
    double count; /* of numbers that are none of NaN */
    bool any, all, nan;
} state;

static void take_piece(int w, state *s, const double *x, int64_t n, double shift)
{
    for (int64_t i = 0; i < n; i++) {
        double v = x[i];
        switch (w) {
        case FLAMA_PT_PRODUCT:
            s->sum *= v;
            break;
        case FLAMA_PT_LARGEST:
            s->extreme = v > s->extreme || isnan(v) ? v : s->extreme;
            break;
        case FLAMA_PT_SMALLEST:
            s->extreme = v < s->extreme || isnan(v) ? v : s->extreme;
            break;
        case FLAMA_PT_VARIANCE:
        case FLAMA_PT_DEVIATION:
            s->sum += (v - shift) * (v - shift);
            break;
        case FLAMA_PT_LOG_SUM_EXP:
            s->sum += exp(v - shift);
            break;
        case FLAMA_PT_NORM:
            s->sum += s->power == 2 ? v * v : pow(fabs(v), s->power);
            break;
        case FLAMA_PT_ANY_OF:
        case FLAMA_PT_ALL_OF:
            s->any = s->any || v != 0;
            s->all = s->all && v != 0;
            break;
        case FLAMA_PT_COUNT_NONZERO:
            s->sum += v != 0;
            break;
        case FLAMA_PT_NAN_SUM:
        case FLAMA_PT_NAN_MEAN:
            s->sum += isnan(v) ? 0 : v;
            s->count += !isnan(v);
            break;
        default:
            s->sum += v;
        }
    }
}

static state walk_row(int w, const flama_pt_tensor *dense, int64_t row, int64_t length,
                      double power, double shift)
{
    double piece[PIECE];
    state s = {.sum = w == FLAMA_PT_PRODUCT, .power = power, .all = true};
    s.extreme = w == FLAMA_PT_SMALLEST ? INFINITY : -INFINITY;
    for (int64_t from = 0; from < length; from += PIECE) {
        int64_t n = length - from < PIECE ? length - from : PIECE;
        read_row(dense, row * length + from, n, piece);
        take_piece(w, &s, piece, n, shift);
    }
    return s;
}

/* Norms of infinite order are extremes of magnitudes; of order 0, counts. */
static double norm_of(const flama_pt_tensor *dense, int64_t row, int64_t length,
                      double power)
{
    double piece[PIECE], extreme = power < 0 ? INFINITY : 0, count = 0;
    if (power != 0 && isfinite(power)) {
        double sum = walk_row(FLAMA_PT_NORM, dense, row, length, power, 0).sum;
        return power == 2 ? sqrt(sum) : pow(sum, 1 / power);
    }
    for (int64_t from = 0; from < length; from += PIECE) {
        int64_t n = length - from < PIECE ? length - from : PIECE;
        read_row(dense, row * length + from, n, piece);
        for (int64_t i = 0; i < n; i++) {
            double v = fabs(piece[i]);
            count += v != 0;
            if (isnan(v) || (power < 0 ? v < extreme : v > extreme))
                extreme = v;
        }
    }
    return power == 0 ? count : extreme;
}

static double reduce_row(int w, const flama_pt_tensor *dense, int64_t row,
                         int64_t length, double parameter)
{
    double mean, extreme;
    switch (w) {
    case FLAMA_PT_VARIANCE:
    case FLAMA_PT_DEVIATION:
        mean = walk_row(FLAMA_PT_SUM, dense, row, length, 0, 0).sum / (double)length;
        mean = walk_row(w, dense, row, length, 0, mean).sum /
               fmax((double)length - parameter, 0);
        return w == FLAMA_PT_VARIANCE ? mean : sqrt(mean);
    case FLAMA_PT_LOG_SUM_EXP:
        extreme = walk_row(FLAMA_PT_LARGEST, dense, row, length, 0, 0).extreme;
        extreme = isinf(extreme) ? 0 : extreme;
        return log(walk_row(w, dense, row, length, 0, extreme).sum) + extreme;
    case FLAMA_PT_NORM:
        return norm_of(dense, row, length, parameter);
    case FLAMA_PT_LARGEST:
    case FLAMA_PT_SMALLEST:
        return walk_row(w, dense, row, length, 0, 0).extreme;
    case FLAMA_PT_ANY_OF:
        return walk_row(w, dense, row, length, 0, 0).any;
    case FLAMA_PT_ALL_OF:
        return walk_row(w, dense, row, length, 0, 0).all;
    case FLAMA_PT_MEAN:
        return walk_row(w, dense, row, length, 0, 0).sum / (double)length;
    case FLAMA_PT_NAN_MEAN: {
        state s = walk_row(w, dense, row, length, 0, 0);
        return s.sum / s.count;
    }
    default:
        return walk_row(w, dense, row, length, 0, 0).sum;
    }
}

/* Integers: exact, wrapping. */
static int64_t reduce_integers(int w, const flama_pt_tensor *dense, int64_t row,
                               int64_t length)
{
    int64_t piece[PIECE], extreme = w == FLAMA_PT_SMALLEST ? INT64_MAX : INT64_MIN;
    uint64_t total = w == FLAMA_PT_PRODUCT;
    for (int64_t from = 0; from < length; from += PIECE) {
        int64_t n = length - from < PIECE ? length - from : PIECE;
        read_integers(dense, row * length + from, n, piece);
        for (int64_t i = 0; i < n; i++)
            if (w == FLAMA_PT_PRODUCT)
                total *= (uint64_t)piece[i];
            else if (w == FLAMA_PT_SUM)
                total += (uint64_t)piece[i];
            else if (w == FLAMA_PT_SMALLEST ? piece[i] < extreme : piece[i] > extreme)
                extreme = piece[i];
    }
    return w == FLAMA_PT_LARGEST || w == FLAMA_PT_SMALLEST ? extreme : (int64_t)total;
}

/* The input with the reduced dimensions last, in order. */
static flama_pt_tensor dense_rows(flama_pt_op *op, const reduction *r)
{
    flama_pt_tensor dense = r->turned;
    dense.data = (void *)flama_pt_dense(op, &r->turned);
    return dense;
}

static int reduce(flama_pt_op *op, reduction *r, int w, flama_pt_dtype dtype,
                  double parameter, size_t k)
{
    if (op->code)
        return op->code;
    if ((w == FLAMA_PT_LARGEST || w == FLAMA_PT_SMALLEST) && r->length == 0 && r->outer)
        return flama_pt_bad(op, "there is no extreme of nothing");
    flama_pt_tensor *out = flama_pt_new(op, k, dtype, r->rank, r->sizes);
    flama_pt_tensor dense = dense_rows(op, r);
    flama_pt_spend(op, 3.0 * (double)r->in->count);
    if (op->code || op->dry)
        return op->code;
    bool integers = !flama_pt_is_float(r->in->dtype) && w <= FLAMA_PT_SMALLEST &&
                    w != FLAMA_PT_MEAN && !flama_pt_is_float(dtype);
    for (int64_t i = 0; i < r->outer; i++) {
        char *to = (char *)out->data + (size_t)i * flama_pt_dtype_size(dtype);
        if (integers) {
            int64_t v = reduce_integers(w, &dense, i, r->length);
            flama_pt_write_i64(dtype, to, 1, 1, &v);
        } else {
            double v = reduce_row(w, &dense, i, r->length, parameter);
            flama_pt_write_f64(dtype, to, 1, 1, &v);
        }
    }
    return 0;
}

/* Sums, means and products: "self dim=None keepdim=False dtype=None"; integers are
 * summed in int64. The variant is FLAMA_PT_SUM, FLAMA_PT_MEAN or FLAMA_PT_PRODUCT. */
int flama_pt_op_sum(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int w = op->node->operator->variant;
    reduction r;
    flama_pt_dtype own =
        w == FLAMA_PT_MEAN || flama_pt_is_float(in->dtype) ? in->dtype : FLAMA_PT_I64;
    flama_pt_dtype dtype = flama_pt_dtype_arg(op, 3, own);
    if (op->code == 0 && w == FLAMA_PT_MEAN && !flama_pt_is_float(dtype))
        return flama_pt_bad(op, "the mean of integers");
    reduce_over(op, in, dims_of(op, 1, in->rank), flama_pt_flag(op, 2), &r);
    return reduce(op, &r, w, dtype, 0, 0);
}

/* amax, amin: "self dim=[] keepdim=False"; also max and min of all. */
int flama_pt_op_extreme(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    reduction r;
    reduce_over(op, in, dims_of(op, 1, in->rank), flama_pt_flag(op, 2), &r);
    return reduce(op, &r, op->node->operator->variant, in->dtype, 0, 0);
}

/* "self dim=None keepdim=False": both extremes. */
int flama_pt_op_aminmax(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    reduction r;
    reduce_over(op, in, dims_of(op, 1, in->rank), flama_pt_flag(op, 2), &r);
    reduce(op, &r, FLAMA_PT_SMALLEST, in->dtype, 0, 0);
    return reduce(op, &r, FLAMA_PT_LARGEST, in->dtype, 0, 1);
}

/* "self dim=None". */
int flama_pt_op_count_nonzero(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    reduction r;
    reduce_over(op, in, dims_of(op, 1, in->rank), false, &r);
    return reduce(op, &r, FLAMA_PT_COUNT_NONZERO, FLAMA_PT_I64, 0, 0);
}

/* nansum, nanmean: "self dim=None keepdim=False dtype=None". */
int flama_pt_op_nan_sum(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    flama_pt_dtype dtype = flama_pt_dtype_arg(op, 3, in->dtype);
    reduction r;
    if (op->code == 0 && (!flama_pt_is_float(dtype) || !flama_pt_is_float(in->dtype)))
        return flama_pt_unsupported(op, "integers");
    reduce_over(op, in, dims_of(op, 1, in->rank), flama_pt_flag(op, 2), &r);
    return reduce(op, &r, op->node->operator->variant, dtype, 0, 0);
}

/* any, all: "self dim=None keepdim=False". */
int flama_pt_op_any(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    flama_pt_dtype dtype = in->dtype == FLAMA_PT_U8 ? FLAMA_PT_U8 : FLAMA_PT_BOOL;
    reduction r;
    reduce_over(op, in, dims_of(op, 1, in->rank), flama_pt_flag(op, 2), &r);
    return reduce(op, &r, op->node->operator->variant, dtype, 0, 0);
}

int flama_pt_op_logsumexp(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    flama_pt_dtype dtype = flama_pt_is_float(in->dtype) ? in->dtype : FLAMA_PT_F32;
    reduction r;
    reduce_over(op, in, dims_of(op, 1, in->rank), flama_pt_flag(op, 2), &r);
    return reduce(op, &r, FLAMA_PT_LOG_SUM_EXP, dtype, 0, 0);
}

static int norm(flama_pt_op *op, double order)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    flama_pt_dtype dtype = flama_pt_dtype_arg(op, 4, in->dtype);
    reduction r;
    if (op->code == 0 && !flama_pt_is_float(dtype))
        return flama_pt_bad(op, "the norm of integers");
    reduce_over(op, in, dims_of(op, 2, in->rank), flama_pt_flag(op, 3), &r);
    return reduce(op, &r, FLAMA_PT_NORM, dtype, order, 0);
}

/* "self ord=2 dim=None keepdim=False dtype=None". */
int flama_pt_op_norm(flama_pt_op *op)
{
    return norm(op, flama_pt_given(op, 1) ? flama_pt_number(op, 1) : 2);
}

/* "self ord=None dim=None keepdim=False dtype=None", where an order is one of vectors,
 * or "fro". */
int flama_pt_op_linalg_norm(flama_pt_op *op)
{
    bool all = !flama_pt_given(op, 2);
    size_t dims = flama_pt_is_list(op, 2) ? flama_pt_list(op, 2) : 1;
    if (flama_pt_kind_of(op, 1) == FLAMA_PT_TEXT) {
        flama_string name = flama_pt_text(op, 1);
        bool known = name.size == 3 && memcmp(name.data, "fro", 3) == 0;
        return known ? norm(op, 2) : flama_pt_unsupported(op, "such a norm");
    }
    if (flama_pt_given(op, 1) && (all ? flama_pt_in(op, 0)->rank : dims) != 1)
        return flama_pt_unsupported(op, "a norm of matrices");
    return flama_pt_op_norm(op);
}

static int variance(flama_pt_op *op, int w, unsigned dims, bool keep, double correction,
                    size_t k)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    reduction r;
    if (op->code == 0 && !flama_pt_is_float(in->dtype))
        return flama_pt_bad(op, "the variance of integers");
    reduce_over(op, in, dims, keep, &r);
    return reduce(op, &r, w, in->dtype, correction, k);
}

/* Variants over 10 have the mean as second output. */
static int variance_and_mean(flama_pt_op *op, unsigned dims, bool keep,
                             double correction)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int variant = op->node->operator->variant;
    reduction r;
    variance(op, variant % 10, dims, keep, correction, 0);
    if (variant < 10 || reduce_over(op, in, dims, keep, &r))
        return op->code;
    return reduce(op, &r, FLAMA_PT_MEAN, in->dtype, 0, 1);
}

/* "self dim=None correction=None keepdim=False". */
int flama_pt_op_var(flama_pt_op *op)
{
    double correction = flama_pt_given(op, 2) ? flama_pt_number(op, 2) : 1;
    unsigned dims = dims_of(op, 1, flama_pt_in(op, 0)->rank);
    return variance_and_mean(op, dims, flama_pt_flag(op, 3), correction);
}

/* "self dim=None unbiased=True keepdim=False". */
int flama_pt_op_var_unbiased(flama_pt_op *op)
{
    unsigned dims = dims_of(op, 1, flama_pt_in(op, 0)->rank);
    return variance_and_mean(op, dims, flama_pt_flag(op, 3), flama_pt_flag(op, 2));
}

/* The first place of the extreme of a row; a NaN is more extreme than all. */
static int64_t find_extreme(const flama_pt_tensor *dense, int64_t row, int64_t length,
                            bool largest)
{
    int64_t at = 0;
    if (!flama_pt_is_float(dense->dtype)) {
        int64_t best = flama_pt_get_int(dense, row * length);
        for (int64_t i = 1; i < length; i++) {
            int64_t v = flama_pt_get_int(dense, row * length + i);
            if (largest ? v > best : v < best) {
                best = v;
                at = i;
            }
        }
        return at;
    }
    double best = flama_pt_get(dense, row * length);
    for (int64_t i = 1; i < length && !isnan(best); i++) {
        double v = flama_pt_get(dense, row * length + i);
        if (isnan(v) || (largest ? v > best : v < best)) {
            best = v;
            at = i;
        }
    }
    return at;
}

/* "self dim=None keepdim=False": the place only. */
int flama_pt_op_argmax(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    reduction r;
    reduce_over(op, in, dims_of(op, 1, in->rank), flama_pt_flag(op, 2), &r);
    if (op->code == 0 && r.length == 0 && r.outer)
        return flama_pt_bad(op, "there is no extreme of nothing");
    flama_pt_tensor *out = flama_pt_new(op, 0, FLAMA_PT_I64, r.rank, r.sizes);
    flama_pt_tensor dense = dense_rows(op, &r);
    flama_pt_spend(op, 3.0 * (double)in->count);
    if (op->code || op->dry)
        return op->code;
    for (int64_t i = 0; i < r.outer; i++)
        ((int64_t *)out->data)[i] = find_extreme(
            &dense, i, r.length, op->node->operator->variant == FLAMA_PT_LARGEST);
    return 0;
}

/* "self dim keepdim=False": the extreme, and its place. */
int flama_pt_op_max_dim(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    reduction r;
    reduce_over(op, in, dims_of(op, 1, in->rank), flama_pt_flag(op, 2), &r);
    if (op->code == 0 && r.length == 0 && r.outer)
        return flama_pt_bad(op, "there is no extreme of nothing");
    flama_pt_tensor *out = flama_pt_new(op, 0, in->dtype, r.rank, r.sizes);
    flama_pt_tensor *where = flama_pt_new(op, 1, FLAMA_PT_I64, r.rank, r.sizes);
    flama_pt_tensor dense = dense_rows(op, &r);
    flama_pt_spend(op, 3.0 * (double)in->count);
    if (op->code || op->dry)
        return op->code;
    size_t size = flama_pt_dtype_size(in->dtype);
    for (int64_t i = 0; i < r.outer; i++) {
        int64_t at = find_extreme(&dense, i, r.length,
                                  op->node->operator->variant == FLAMA_PT_LARGEST);
        ((int64_t *)where->data)[i] = at;
        memcpy((char *)out->data + (size_t)i * size,
               (const char *)dense.data + (size_t)(i * r.length + at) * size, size);
    }
    return 0;
}

/* Along one dimension. */

void flama_pt_axis(const flama_pt_tensor *t, size_t dim, int64_t *outer, int64_t *axis,
                   int64_t *inner)
{
    *outer = flama_pt_product(t->sizes, 0, dim);
    *axis = t->rank ? t->sizes[dim] : 1;
    *inner = t->rank ? flama_pt_product(t->sizes, dim + 1, t->rank) : 1;
}

/* Rows of minus infinity only have no softmax: 0 in place of NaN. */
static void clear_nan(const flama_pt_tensor *t)
{
    for (int64_t i = 0; i < t->count; i++)
        if (t->dtype == FLAMA_PT_F32) {
            float *v = (float *)t->data + i;
            *v = isnan(*v) ? 0 : *v;
        } else {
            double *v = (double *)t->data + i;
            *v = isnan(*v) ? 0 : *v;
        }
}

/* "self dim dtype=None"; the variant is 2 for _safe_softmax and 1 for the logarithm. In
 * _softmax the third argument is half_to_float, a boolean. */
int flama_pt_op_softmax(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    size_t dim = flama_pt_dim(op, 1, in->rank);
    bool logarithm = op->node->operator->variant == 1;
    flama_pt_dtype dtype = flama_pt_kind_of(op, 2) == FLAMA_PT_FLAG
                               ? in->dtype
                               : flama_pt_dtype_arg(op, 2, in->dtype);
    if (op->code == 0 && dtype != FLAMA_PT_F32 && dtype != FLAMA_PT_F64)
        return flama_pt_unsupported(op, "%s", flama_pt_dtype_name(dtype));
    flama_pt_tensor *out = flama_pt_new(op, 0, dtype, in->rank, in->sizes);
    int64_t outer, axis, inner;
    flama_pt_spend(op, 12.0 * (double)in->count);
    if (op->code || op->dry)
        return op->code;
    flama_pt_axis(in, dim, &outer, &axis, &inner);
    flama_pt_copy_dense(in, dtype, out->data);
    if (dtype == FLAMA_PT_F32)
        flama_softmax_f32(out->data, (size_t)outer, (size_t)axis, (size_t)inner,
                          logarithm);
    else
        flama_softmax_f64(out->data, (size_t)outer, (size_t)axis, (size_t)inner,
                          logarithm);
    if (op->node->operator->variant == 2)
        clear_nan(out);
    return 0;
}

/* "x1 x2 dim=1 eps=1e-08": the product of the two over that of their lengths. */
int flama_pt_op_cosine(flama_pt_op *op)
{
    const flama_pt_tensor *a = flama_pt_in(op, 0), *b = flama_pt_in(op, 1);
    int64_t sizes[FLAMA_PT_RANK];
    size_t rank = flama_pt_broadcast(op, a, b, sizes);
    size_t dim = flama_pt_dim(op, 2, rank);
    double eps = flama_pt_number(op, 3);
    if (op->code || flama_pt_want_dtype(op, a, "x1", FLAMA_PT_F32) ||
        flama_pt_want_dtype(op, b, "x2", FLAMA_PT_F32))
        return op->code;
    flama_pt_tensor both[2] = {flama_pt_expanded(a, rank, sizes),
                               flama_pt_expanded(b, rank, sizes)};
    reduction r[2];
    for (size_t i = 0; i < 2; i++)
        reduce_over(op, &both[i], 1u << dim, false, &r[i]);
    flama_pt_tensor *out = flama_pt_new(op, 0, FLAMA_PT_F32, r[0].rank, r[0].sizes);
    flama_pt_tensor x = dense_rows(op, &r[0]), y = dense_rows(op, &r[1]);
    flama_pt_spend(op, 6.0 * (double)both[0].count);
    if (op->code || op->dry)
        return op->code;
    const float *p = x.data, *q = y.data;
    for (int64_t i = 0; i < r[0].outer; i++, p += r[0].length, q += r[0].length) {
        double xy = 0, xx = 0, yy = 0;
        for (int64_t k = 0; k < r[0].length; k++) {
            xy += (double)p[k] * (double)q[k];
            xx += (double)p[k] * (double)p[k];
            yy += (double)q[k] * (double)q[k];
        }
        ((float *)out->data)[i] =
            (float)(xy / (fmax(sqrt(xx), eps) * fmax(sqrt(yy), eps)));
    }
    return 0;
}
