#include <math.h>
#include <string.h>

#include "base/error.h"
#include "engine/keras/ops.h"

typedef struct reduce_params {
    flama_keras_reduce_kind kind;
    unsigned axes; /* a bit each */
    bool keep;
} reduce_params;

static bool is_index(flama_keras_reduce_kind kind)
{
    return kind == FLAMA_KERAS_ARGMAX || kind == FLAMA_KERAS_ARGMIN;
}

static int reduce_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                        flama_error *err)
{
    const reduce_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    flama_keras_tensor made = {.dtype =
                                   is_index(p->kind) ? FLAMA_KERAS_INT : in->dtype};
    bool needs_one =
        p->kind == FLAMA_KERAS_MAX || p->kind == FLAMA_KERAS_MIN || is_index(p->kind);
    for (unsigned i = 0; i < in->rank; i++) {
        if ((p->axes >> i & 1) == 0)
            made.dims[made.rank++] = in->dims[i];
        else if (p->keep)
            made.dims[made.rank++] = 1;
        if ((p->axes >> i & 1) && in->dims[i] == 0 && needs_one)
            return flama_error_set(err, FLAMA_EINPUT, "an axis without elements");
    }
    *flama_keras_out(op, tensors, 0) = made;
    return 0;
}

/* One output: the elements `count`, `stride` apart in three nested loops. */
typedef struct run {
    size_t counts[FLAMA_KERAS_RANK], strides[FLAMA_KERAS_RANK];
    unsigned axes;
    size_t count;
} run;

/* Calls for each element in order: its offset from the first. */
static size_t next_offset(const run *r, size_t *at, size_t offset)
{
    for (unsigned i = r->axes; i-- > 0;) {
        offset += r->strides[i];
        if (++at[i] < r->counts[i])
            return offset;
        offset -= r->strides[i] * r->counts[i];
        at[i] = 0;
    }
    return offset;
}

static float reduce_floats(flama_keras_reduce_kind kind, const run *r, const float *x,
                           int64_t *index)
{
    size_t at[FLAMA_KERAS_RANK] = {0}, offset = 0;
    double sum = kind == FLAMA_KERAS_PROD ? 1 : 0, mean = 0;
    float best = NAN;
    *index = 0;
    if (kind == FLAMA_KERAS_VARIANCE) {
        for (size_t i = 0; i < r->count; i++, offset = next_offset(r, at, offset))
            mean += (double)x[offset];
        mean /= (double)r->count;
    }
    for (size_t i = 0; i < r->count; i++, offset = next_offset(r, at, offset)) {
        double value = (double)x[offset];
        bool lower = kind == FLAMA_KERAS_MIN || kind == FLAMA_KERAS_ARGMIN;
        switch (kind) {
        case FLAMA_KERAS_SUM:
        case FLAMA_KERAS_MEAN:
            sum += value;
            break;
        case FLAMA_KERAS_PROD:
            sum *= value;
            break;
        case FLAMA_KERAS_SUM_SQUARES:
        case FLAMA_KERAS_VARIANCE:
            sum += (value - mean) * (value - mean);
            break;
        default:
            if (i == 0 || (lower ? x[offset] < best : x[offset] > best) ||
                (isnan(x[offset]) && !isnan(best))) {
                best = x[offset];
                *index = (int64_t)i;
            }
        }
    }
    if (kind == FLAMA_KERAS_MEAN || kind == FLAMA_KERAS_VARIANCE)
        sum /= (double)r->count;
    return isnan(best) && (kind == FLAMA_KERAS_SUM || kind == FLAMA_KERAS_MEAN ||
                           kind == FLAMA_KERAS_PROD || kind >= FLAMA_KERAS_SUM_SQUARES)
               ? (float)sum
               : best;
}

static int64_t reduce_integers(flama_keras_reduce_kind kind, const run *r,
                               const int64_t *x, int64_t *index)
{
    size_t at[FLAMA_KERAS_RANK] = {0}, offset = 0;
    bool lower = kind == FLAMA_KERAS_MIN || kind == FLAMA_KERAS_ARGMIN;
    int64_t out = kind == FLAMA_KERAS_PROD ? 1 : 0;
    *index = 0;
    for (size_t i = 0; i < r->count; i++, offset = next_offset(r, at, offset)) {
        int64_t value = x[offset];
        if (kind == FLAMA_KERAS_SUM)
            (void)__builtin_add_overflow(out, value, &out);
        else if (kind == FLAMA_KERAS_PROD)
            (void)__builtin_mul_overflow(out, value, &out);
        else if (i == 0 || (lower ? value < out : value > out)) {
            out = value;
            *index = (int64_t)i;
        }
    }
    return out;
}

static uint8_t reduce_booleans(flama_keras_reduce_kind kind, const run *r,
                               const uint8_t *x)
{
    size_t at[FLAMA_KERAS_RANK] = {0}, offset = 0, true_ones = 0;
    for (size_t i = 0; i < r->count; i++, offset = next_offset(r, at, offset))
        true_ones += x[offset];
    bool any = kind == FLAMA_KERAS_ANY || kind == FLAMA_KERAS_MAX;
    return any ? true_ones > 0 : true_ones == r->count;
}

/* The common case: all reduced axes are last, or only one that is not; sums over rows
 * then go along the memory. */
static bool sum_rows(const reduce_params *p, const flama_keras_tensor *in, float *out)
{
    unsigned first = 0, last;
    while (first < in->rank && (p->axes >> first & 1) == 0)
        first++;
    last = first;
    while (last < in->rank && (p->axes >> last & 1))
        last++;
    if ((p->kind != FLAMA_KERAS_SUM && p->kind != FLAMA_KERAS_MEAN) ||
        in->dtype != FLAMA_KERAS_FLOAT || p->axes >> last)
        return false;
    size_t outer = (size_t)flama_keras_product(in, 0, first);
    size_t count = (size_t)flama_keras_product(in, first, last);
    size_t inner = (size_t)flama_keras_product(in, last, in->rank);
    if (inner == 1)
        return false;
    float scale = p->kind == FLAMA_KERAS_MEAN ? 1 / (float)count : 1;
    const float *x = in->data;
    for (size_t o = 0; o < outer; o++, out += inner) {
        memset(out, 0, inner * sizeof *out);
        for (size_t i = 0; i < count; i++, x += inner)
            for (size_t k = 0; k < inner; k++)
                out[k] += x[k];
        for (size_t k = 0; p->kind == FLAMA_KERAS_MEAN && k < inner; k++)
            out[k] *= scale;
    }
    return true;
}

static int run_reduce(const flama_keras_op *op, const flama_keras_tensor *tensors,
                      void *scratch, flama_error *err)
{
    (void)scratch;
    (void)err;
    const reduce_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    void *y = flama_keras_result(op, tensors)->data;
    size_t all = flama_keras_count(flama_keras_result(op, tensors)), stride = 1;
    run inner = {.count = 1}, outer = {.count = all};
    if (all == 0 || sum_rows(p, in, y))
        return 0;
    size_t strides[FLAMA_KERAS_RANK];
    for (unsigned i = in->rank; i-- > 0;) {
        strides[i] = stride;
        stride *= (size_t)in->dims[i];
    }
    for (unsigned i = 0; i < in->rank; i++) {
        run *r = p->axes >> i & 1 ? &inner : &outer;
        r->counts[r->axes] = (size_t)in->dims[i];
        r->strides[r->axes++] = strides[i];
        if (r == &inner)
            inner.count *= (size_t)in->dims[i];
    }
    size_t at[FLAMA_KERAS_RANK] = {0}, from = 0;
    for (size_t o = 0; o < all; o++, from = next_offset(&outer, at, from)) {
        int64_t index = 0, whole = 0;
        if (in->dtype == FLAMA_KERAS_FLOAT) {
            float number =
                reduce_floats(p->kind, &inner, (const float *)in->data + from, &index);
            if (!is_index(p->kind))
                ((float *)y)[o] = number;
        } else if (in->dtype == FLAMA_KERAS_INT) {
            whole = reduce_integers(p->kind, &inner, (const int64_t *)in->data + from,
                                    &index);
            ((int64_t *)y)[o] = whole;
        } else
            ((uint8_t *)y)[o] =
                reduce_booleans(p->kind, &inner, (const uint8_t *)in->data + from);
        if (is_index(p->kind))
            ((int64_t *)y)[o] = index;
    }
    return 0;
}

static double reduce_work(const flama_keras_op *op, const flama_keras_tensor *tensors)
{
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    double work = 1;
    for (unsigned i = 0; i < in->rank; i++)
        work *= in->dims[i] < 0 ? 1 : (double)in->dims[i];
    return work;
}

static const flama_keras_op_type reduce_op = {.name = "a reduction",
                                              .shape = reduce_shape,
                                              .run = run_reduce,
                                              .work = reduce_work};
static const flama_keras_op_type mixing_reduce_op = {.name = "a reduction",
                                                     .shape = reduce_shape,
                                                     .run = run_reduce,
                                                     .work = reduce_work,
                                                     .mixes = true};

/* The type an input must have for a kind. */
static flama_keras_dtype needed(flama_keras_reduce_kind kind, flama_keras_dtype have)
{
    if (kind == FLAMA_KERAS_ALL || kind == FLAMA_KERAS_ANY)
        return FLAMA_KERAS_BOOL;
    if (kind == FLAMA_KERAS_MEAN || kind >= FLAMA_KERAS_SUM_SQUARES)
        return FLAMA_KERAS_FLOAT;
    bool logical = kind == FLAMA_KERAS_MAX || kind == FLAMA_KERAS_MIN;
    return have == FLAMA_KERAS_BOOL && !logical ? FLAMA_KERAS_INT : have;
}

flama_keras_id flama_keras_reduce(flama_keras_builder *b, flama_keras_reduce_kind kind,
                                  flama_keras_id x, unsigned axes, bool keep)
{
    reduce_params *p = flama_keras_new(b, 1, sizeof *p);
    if (p == NULL)
        return 0;
    *p = (reduce_params){kind, axes, keep};
    x = flama_keras_cast(b, x, needed(kind, flama_keras_known(b, x)->dtype));
    return flama_keras_add(b, axes & 1 ? &mixing_reduce_op : &reduce_op, p, 1,
                           FLAMA_KERAS_IDS(x));
}
