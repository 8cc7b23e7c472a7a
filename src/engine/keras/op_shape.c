#include <string.h>

#include "base/error.h"
#include "engine/keras/ops.h"

/* A new shape: see FLAMA_KERAS_OWN and FLAMA_KERAS_LIKE in ops.h. */
typedef struct shape_params {
    unsigned rank;
    int64_t dims[FLAMA_KERAS_RANK];
} shape_params;

/* The dimension meant, -1 where it is FLAMA_KERAS_REST or not known. */
static int64_t meant(const flama_keras_op *op, const flama_keras_tensor *tensors,
                     int64_t dim)
{
    if (dim <= -200 && flama_keras_has(op, 1)) {
        const flama_keras_tensor *like = flama_keras_in(op, tensors, 1);
        return -200 - dim < like->rank ? like->dims[-200 - dim] : -1;
    }
    if (dim <= -100) {
        const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
        return -100 - dim < in->rank ? in->dims[-100 - dim] : -1;
    }
    return dim;
}

/* Both sides without the dimensions that are taken over: their number is the same. */
static int reshape_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                         flama_error *err)
{
    const shape_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    flama_keras_tensor *out = flama_keras_out(op, tensors, 0);
    flama_keras_tensor left = {.rank = 0}, right = {.rank = 0};
    bool own[FLAMA_KERAS_RANK] = {0};
    int rest = -1;
    *out = (flama_keras_tensor){.dtype = in->dtype, .rank = p->rank};
    for (unsigned i = 0; i < p->rank; i++) {
        out->dims[i] = meant(op, tensors, p->dims[i]);
        if (p->dims[i] == FLAMA_KERAS_REST)
            rest = (int)i;
        else if (p->dims[i] <= -100 && p->dims[i] > -200)
            own[-100 - p->dims[i]] = true;
        else
            right.dims[right.rank++] = out->dims[i];
    }
    for (unsigned i = 0; i < in->rank; i++)
        if (!own[i])
            left.dims[left.rank++] = in->dims[i];
    int64_t have = flama_keras_product(&left, 0, left.rank);
    int64_t want = flama_keras_product(&right, 0, right.rank);
    if (have < 0 || want < 0)
        return 0;
    bool fits = rest < 0 ? have == want : want > 0 && have % want == 0;
    if (fits && rest >= 0)
        out->dims[rest] = have / want;
    if (fits || (want == 0 && have == 0 && rest >= 0))
        return 0;
    char from[FLAMA_KERAS_SHAPE], to[FLAMA_KERAS_SHAPE];
    return flama_error_set(err, FLAMA_EINPUT, "shape %s can't become %s",
                           flama_keras_shape_text(in, from),
                           flama_keras_shape_text(out, to));
}

static int run_nothing(const flama_keras_op *op, const flama_keras_tensor *tensors,
                       void *scratch, flama_error *err)
{
    (void)op;
    (void)tensors;
    (void)scratch;
    (void)err;
    return 0;
}

static const flama_keras_op_type reshape_op = {
    .name = "a reshape", .shape = reshape_shape, .run = run_nothing, .alias = true};
static const flama_keras_op_type mixing_reshape_op = {.name = "a reshape",
                                                      .shape = reshape_shape,
                                                      .run = run_nothing,
                                                      .alias = true,
                                                      .mixes = true};

/* A batch that has become part of another axis may come back from it: both tell that
 * rows stay whole. Else a reshape may mix them. */
static bool keeps_rows(const int64_t *dims, unsigned rank)
{
    return rank && (dims[0] == FLAMA_KERAS_OWN(0) || dims[0] == FLAMA_KERAS_LIKE(0) ||
                    dims[0] == FLAMA_KERAS_REST);
}

flama_keras_id flama_keras_reshape(flama_keras_builder *b, flama_keras_id x,
                                   flama_keras_id like, unsigned rank,
                                   const int64_t *dims)
{
    shape_params *p = flama_keras_new(b, 1, sizeof *p);
    if (p == NULL)
        return 0;
    if (rank > FLAMA_KERAS_RANK)
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED, "makes arrays of rank %u", rank);
    p->rank = rank;
    for (unsigned i = 0; i < rank; i++) {
        p->dims[i] = dims[i];
        if (dims[i] < FLAMA_KERAS_REST && dims[i] > -100)
            return flama_keras_fail(b, FLAMA_EFORMAT, "has a negative dimension");
        if (dims[i] <= -100 && dims[i] > -200 &&
            -100 - dims[i] >= flama_keras_known(b, x)->rank)
            return flama_keras_fail(b, FLAMA_EFORMAT, "needs an input of higher rank");
    }
    return flama_keras_add(b, keeps_rows(dims, rank) ? &reshape_op : &mixing_reshape_op,
                           p, 1, FLAMA_KERAS_IDS(x, like));
}

/* Transposes. */

typedef struct order_params {
    unsigned order[FLAMA_KERAS_RANK];
} order_params;

static int transpose_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                           flama_error *err)
{
    (void)err;
    const order_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    flama_keras_tensor *out = flama_keras_out(op, tensors, 0);
    *out = (flama_keras_tensor){.dtype = in->dtype, .rank = in->rank};
    for (unsigned i = 0; i < in->rank; i++)
        out->dims[i] = in->dims[p->order[i]];
    return 0;
}

/* Copies elements of `size` bytes: the output in its order, the input with strides, in
 * bytes, which may be 0 or negative. */
static void copy_strided(const flama_keras_tensor *out, const char *from,
                         const ptrdiff_t *strides, size_t size)
{
    size_t counts[FLAMA_KERAS_RANK] = {0};
    size_t all = flama_keras_count(out);
    unsigned rank = out->rank;
    size_t row = rank ? (size_t)out->dims[rank - 1] : 1;
    ptrdiff_t step = rank ? strides[rank - 1] : 0;
    char *to = out->data;
    for (size_t done = 0; done < all; done += row) {
        if (step == (ptrdiff_t)size)
            memcpy(to, from, row * size);
        else if (size == sizeof(float))
            for (size_t i = 0; i < row; i++)
                memcpy(to + i * sizeof(float), from + (ptrdiff_t)i * step,
                       sizeof(float));
        else
            for (size_t i = 0; i < row; i++)
                memcpy(to + i * size, from + (ptrdiff_t)i * step, size);
        to += row * size;
        for (unsigned i = rank > 1 ? rank - 1 : 0; i-- > 0;) {
            from += strides[i];
            if (++counts[i] < (size_t)out->dims[i])
                break;
            from -= strides[i] * (ptrdiff_t)out->dims[i];
            counts[i] = 0;
        }
    }
}

static void own_strides(const flama_keras_tensor *t, size_t size, ptrdiff_t *strides)
{
    ptrdiff_t stride = (ptrdiff_t)size;
    for (unsigned i = t->rank; i-- > 0;) {
        strides[i] = stride;
        stride *= (ptrdiff_t)t->dims[i];
    }
}

static int run_transpose(const flama_keras_op *op, const flama_keras_tensor *tensors,
                         void *scratch, flama_error *err)
{
    (void)scratch;
    (void)err;
    const order_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    ptrdiff_t strides[FLAMA_KERAS_RANK], ordered[FLAMA_KERAS_RANK];
    size_t size = flama_keras_dtype_size(in->dtype);
    own_strides(in, size, strides);
    for (unsigned i = 0; i < in->rank; i++)
        ordered[i] = strides[p->order[i]];
    copy_strided(flama_keras_result(op, tensors), in->data, ordered, size);
    return 0;
}

static const flama_keras_op_type transpose_op = {
    .name = "a transpose", .shape = transpose_shape, .run = run_transpose};
static const flama_keras_op_type mixing_transpose_op = {.name = "a transpose",
                                                        .shape = transpose_shape,
                                                        .run = run_transpose,
                                                        .mixes = true};

flama_keras_id flama_keras_transpose(flama_keras_builder *b, flama_keras_id x,
                                     const unsigned *order)
{
    unsigned rank = flama_keras_known(b, x)->rank, seen = 0;
    order_params *p = flama_keras_new(b, 1, sizeof *p);
    bool same = true;
    for (unsigned i = 0; p && i < rank; i++) {
        p->order[i] = order[i];
        same = same && order[i] == i;
        seen |= order[i] < rank ? 1u << order[i] : 0;
    }
    if (p == NULL || same)
        return x;
    if (seen != (1u << rank) - 1)
        return flama_keras_fail(b, FLAMA_EFORMAT, "names no order of %u axes", rank);
    return flama_keras_add(b, order[0] ? &mixing_transpose_op : &transpose_op, p, 1,
                           FLAMA_KERAS_IDS(x));
}

flama_keras_id flama_keras_axis_last(flama_keras_builder *b, flama_keras_id x,
                                     unsigned axis)
{
    unsigned rank = flama_keras_known(b, x)->rank, order[FLAMA_KERAS_RANK] = {0};
    for (unsigned i = 0; i + 1 < rank; i++)
        order[i] = i < axis ? i : i + 1;
    if (rank)
        order[rank - 1] = axis;
    return flama_keras_transpose(b, x, order);
}

flama_keras_id flama_keras_axis_back(flama_keras_builder *b, flama_keras_id x,
                                     unsigned axis)
{
    unsigned rank = flama_keras_known(b, x)->rank, order[FLAMA_KERAS_RANK] = {0};
    for (unsigned i = 0; i < rank; i++)
        order[i] = i < axis ? i : i == axis ? rank - 1 : i - 1;
    return flama_keras_transpose(b, x, order);
}

/* Broadcasting to a shape. */

static int broadcast_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                           flama_error *err)
{
    const shape_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    flama_keras_tensor *out = flama_keras_out(op, tensors, 0);
    *out = (flama_keras_tensor){.dtype = in->dtype, .rank = p->rank};
    for (unsigned i = 0; i < p->rank; i++) {
        out->dims[i] = meant(op, tensors, p->dims[i]);
        int64_t have = i + in->rank < p->rank ? 1 : in->dims[i + in->rank - p->rank];
        if (have != 1 && !flama_keras_fits(have, out->dims[i]))
            return flama_error_set(err, FLAMA_EINPUT,
                                   "an axis of %lld can't become one of %lld",
                                   (long long)have, (long long)out->dims[i]);
        if (out->dims[i] < 0 && have > 1)
            out->dims[i] = have;
    }
    return 0;
}

static int run_broadcast(const flama_keras_op *op, const flama_keras_tensor *tensors,
                         void *scratch, flama_error *err)
{
    (void)scratch;
    (void)err;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    const flama_keras_tensor *out = flama_keras_result(op, tensors);
    ptrdiff_t strides[FLAMA_KERAS_RANK], wide[FLAMA_KERAS_RANK] = {0};
    size_t size = flama_keras_dtype_size(in->dtype);
    own_strides(in, size, strides);
    for (unsigned i = 0; i < in->rank; i++)
        if (in->dims[i] != 1)
            wide[out->rank - in->rank + i] = strides[i];
    copy_strided(out, in->data, wide, size);
    return 0;
}

static const flama_keras_op_type broadcast_op = {
    .name = "a broadcast", .shape = broadcast_shape, .run = run_broadcast};

flama_keras_id flama_keras_broadcast(flama_keras_builder *b, flama_keras_id x,
                                     flama_keras_id like, unsigned rank,
                                     const int64_t *dims)
{
    shape_params *p = flama_keras_new(b, 1, sizeof *p);
    if (p == NULL)
        return 0;
    if (rank > FLAMA_KERAS_RANK || rank < flama_keras_known(b, x)->rank)
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED, "makes arrays of rank %u", rank);
    p->rank = rank;
    memcpy(p->dims, dims, rank * sizeof *dims);
    return flama_keras_add(b, &broadcast_op, p, 1, FLAMA_KERAS_IDS(x, like));
}

/* Concatenation. */

static int concat_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                        flama_error *err)
{
    unsigned axis = *(const unsigned *)op->params;
    flama_keras_tensor *out = flama_keras_out(op, tensors, 0);
    *out = *flama_keras_in(op, tensors, 0);
    out->data = NULL;
    for (size_t k = 1; k < op->input_count; k++) {
        const flama_keras_tensor *in = flama_keras_in(op, tensors, k);
        for (unsigned i = 0; i < out->rank; i++) {
            bool fits = in->rank == out->rank && in->dtype == out->dtype &&
                        (i == axis || flama_keras_fits(in->dims[i], out->dims[i]));
            char left[FLAMA_KERAS_SHAPE], right[FLAMA_KERAS_SHAPE];
            if (!fits)
                return flama_error_set(err, FLAMA_EINPUT,
                                       "arrays of shapes %s and %s can't be joined",
                                       flama_keras_shape_text(out, left),
                                       flama_keras_shape_text(in, right));
            if (i != axis)
                out->dims[i] = out->dims[i] < 0 ? in->dims[i] : out->dims[i];
            else
                out->dims[i] = out->dims[i] < 0 || in->dims[i] < 0
                                   ? -1
                                   : out->dims[i] + in->dims[i];
        }
        if (out->rank && out->dims[axis] > FLAMA_KERAS_LARGEST)
            return flama_error_set(err, FLAMA_ELIMIT, "an axis becomes too large");
    }
    return 0;
}

static int run_concat(const flama_keras_op *op, const flama_keras_tensor *tensors,
                      void *scratch, flama_error *err)
{
    (void)scratch;
    (void)err;
    unsigned axis = *(const unsigned *)op->params;
    const flama_keras_tensor *out = flama_keras_result(op, tensors);
    size_t outer = (size_t)flama_keras_product(out, 0, axis);
    size_t size = flama_keras_dtype_size(out->dtype);
    size_t row = (size_t)flama_keras_product(out, axis, out->rank) * size;
    char *to = out->data;
    for (size_t k = 0; k < op->input_count; k++) {
        const flama_keras_tensor *in = flama_keras_in(op, tensors, k);
        size_t part = (size_t)flama_keras_product(in, axis, in->rank) * size;
        for (size_t i = 0; part && i < outer; i++)
            memcpy(to + i * row, (const char *)in->data + i * part, part);
        to += part;
    }
    return 0;
}

static const flama_keras_op_type concat_op = {
    .name = "a concatenation", .shape = concat_shape, .run = run_concat};
static const flama_keras_op_type mixing_concat_op = {
    .name = "a concatenation", .shape = concat_shape, .run = run_concat, .mixes = true};

flama_keras_id flama_keras_concat(flama_keras_builder *b, size_t count,
                                  const flama_keras_id *inputs, int axis)
{
    unsigned *p = flama_keras_new(b, 1, sizeof *p);
    if (p == NULL || count == 0)
        return p ? flama_keras_fail(b, FLAMA_EFORMAT, "joins nothing") : 0;
    int rank = (int)flama_keras_known(b, inputs[0])->rank;
    int at = axis < 0 ? axis + rank : axis;
    if (at < 0 || at >= rank)
        return flama_keras_fail(b, FLAMA_EFORMAT, "has no axis %d", axis);
    *p = (unsigned)at;
    return flama_keras_add(b, at ? &concat_op : &mixing_concat_op, p, 1, count, inputs);
}

/* Slices. */

typedef struct slice_params {
    unsigned axis;
    int64_t start, stop, step;
} slice_params;

/* First element and count, as Python's slice.indices for a known length. */
static int64_t slice_range(const slice_params *p, int64_t length, int64_t *first)
{
    int64_t low = p->step < 0 ? -1 : 0, high = p->step < 0 ? length - 1 : length;
    int64_t start = p->start, stop = p->stop;
    if (start == INT64_MIN)
        start = p->step < 0 ? high : low;
    else if (start < 0)
        start = start + length < low ? low : start + length;
    else
        start = start > high ? high : start;
    if (stop == INT64_MIN)
        stop = p->step < 0 ? low : high;
    else if (stop < 0)
        stop = stop + length < low ? low : stop + length;
    else
        stop = stop > high ? high : stop;
    *first = start;
    int64_t span = p->step > 0 ? stop - start : start - stop;
    int64_t step = p->step > 0 ? p->step : -p->step;
    return span <= 0 ? 0 : (span - 1) / step + 1;
}

static int slice_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                       flama_error *err)
{
    (void)err;
    const slice_params *p = op->params;
    flama_keras_tensor *out = flama_keras_out(op, tensors, 0);
    int64_t first;
    *out = *flama_keras_in(op, tensors, 0);
    out->data = NULL;
    if (out->dims[p->axis] >= 0)
        out->dims[p->axis] = slice_range(p, out->dims[p->axis], &first);
    return 0;
}

static int run_slice(const flama_keras_op *op, const flama_keras_tensor *tensors,
                     void *scratch, flama_error *err)
{
    (void)scratch;
    (void)err;
    const slice_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    ptrdiff_t strides[FLAMA_KERAS_RANK];
    size_t size = flama_keras_dtype_size(in->dtype);
    int64_t first;
    slice_range(p, in->dims[p->axis], &first);
    if (flama_keras_count(flama_keras_result(op, tensors)) == 0)
        return 0;
    own_strides(in, size, strides);
    const char *from = (const char *)in->data + first * strides[p->axis];
    strides[p->axis] *= (ptrdiff_t)p->step;
    copy_strided(flama_keras_result(op, tensors), from, strides, size);
    return 0;
}

static const flama_keras_op_type slice_op = {
    .name = "a slice", .shape = slice_shape, .run = run_slice};
static const flama_keras_op_type mixing_slice_op = {
    .name = "a slice", .shape = slice_shape, .run = run_slice, .mixes = true};

flama_keras_id flama_keras_slice(flama_keras_builder *b, flama_keras_id x,
                                 unsigned axis, int64_t start, int64_t stop,
                                 int64_t step)
{
    slice_params *p = flama_keras_new(b, 1, sizeof *p);
    if (p == NULL)
        return 0;
    if (axis >= flama_keras_known(b, x)->rank || step == 0 ||
        step < -FLAMA_KERAS_LARGEST || step > FLAMA_KERAS_LARGEST)
        return flama_keras_fail(b, FLAMA_EFORMAT, "slices what is not there");
    *p = (slice_params){axis, start, stop, step};
    if (start != INT64_MIN && (start < -FLAMA_KERAS_LARGEST))
        p->start = -FLAMA_KERAS_LARGEST;
    if (stop != INT64_MIN && (stop < -FLAMA_KERAS_LARGEST))
        p->stop = -FLAMA_KERAS_LARGEST;
    return flama_keras_add(b, axis ? &slice_op : &mixing_slice_op, p, 1,
                           FLAMA_KERAS_IDS(x));
}

/* Padding and cropping. */

typedef struct pad_params {
    int64_t before[FLAMA_KERAS_RANK], after[FLAMA_KERAS_RANK];
    flama_keras_pad_mode mode;
    float value;
} pad_params;

static int pad_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                     flama_error *err)
{
    const pad_params *p = op->params;
    flama_keras_tensor *out = flama_keras_out(op, tensors, 0);
    *out = *flama_keras_in(op, tensors, 0);
    out->data = NULL;
    for (unsigned i = 0; i < out->rank; i++) {
        int64_t length = out->dims[i], needs = 0;
        if (length < 0)
            continue;
        out->dims[i] += p->before[i] + p->after[i];
        int64_t widest = p->before[i] > p->after[i] ? p->before[i] : p->after[i];
        if (widest > 0)
            needs = p->mode == FLAMA_KERAS_PAD_REFLECT     ? widest + 1
                    : p->mode == FLAMA_KERAS_PAD_SYMMETRIC ? widest
                    : p->mode == FLAMA_KERAS_PAD_EDGE      ? 1
                                                           : 0;
        if (out->dims[i] < 0 || length < needs || -p->before[i] > length ||
            -p->after[i] > length)
            return flama_error_set(err, FLAMA_EINPUT,
                                   "an axis of %lld is too short to be cut or padded",
                                   (long long)length);
    }
    return 0;
}

/* Where an element of the output comes from on one axis; -1: from outside. */
static int64_t pad_source(const pad_params *p, unsigned axis, int64_t at,
                          int64_t length)
{
    int64_t from = at - p->before[axis];
    if (from >= 0 && from < length)
        return from;
    switch (p->mode) {
    case FLAMA_KERAS_PAD_EDGE:
        return from < 0 ? 0 : length - 1;
    case FLAMA_KERAS_PAD_REFLECT:
        return from < 0 ? -from : 2 * length - 2 - from;
    case FLAMA_KERAS_PAD_SYMMETRIC:
        return from < 0 ? -1 - from : 2 * length - 1 - from;
    default:
        return -1;
    }
}

static void pad_row(const pad_params *p, const flama_keras_tensor *in, const char *from,
                    const flama_keras_tensor *out, char *to)
{
    unsigned last = in->rank - 1;
    size_t size = flama_keras_dtype_size(in->dtype);
    for (int64_t i = 0; i < out->dims[last]; i++) {
        int64_t source = from ? pad_source(p, last, i, in->dims[last]) : -1;
        char *cell = to + (size_t)i * size;
        int64_t whole = (int64_t)p->value;
        if (source >= 0)
            memcpy(cell, from + (size_t)source * size, size);
        else if (in->dtype == FLAMA_KERAS_FLOAT)
            memcpy(cell, &p->value, size);
        else if (in->dtype == FLAMA_KERAS_INT)
            memcpy(cell, &whole, size);
        else
            *cell = p->value != 0;
    }
}

static int run_pad(const flama_keras_op *op, const flama_keras_tensor *tensors,
                   void *scratch, flama_error *err)
{
    (void)scratch;
    (void)err;
    const pad_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    const flama_keras_tensor *out = flama_keras_result(op, tensors);
    size_t size = flama_keras_dtype_size(in->dtype), all = flama_keras_count(out);
    int64_t at[FLAMA_KERAS_RANK] = {0};
    unsigned last = in->rank - 1;
    size_t row = all ? (size_t)out->dims[last] : 1;
    ptrdiff_t strides[FLAMA_KERAS_RANK];
    own_strides(in, size, strides);
    for (size_t done = 0; done < all; done += row) {
        const char *from = in->data;
        for (unsigned i = 0; from && i < last; i++) {
            int64_t source = pad_source(p, i, at[i], in->dims[i]);
            from = source < 0 ? NULL : from + source * strides[i];
        }
        pad_row(p, in, from, out, (char *)out->data + done * size);
        for (unsigned i = last; i-- > 0;) {
            if (++at[i] < out->dims[i])
                break;
            at[i] = 0;
        }
    }
    return 0;
}

static const flama_keras_op_type pad_op = {
    .name = "padding", .shape = pad_shape, .run = run_pad};

flama_keras_id flama_keras_pad(flama_keras_builder *b, flama_keras_id x,
                               const int64_t *before, const int64_t *after,
                               flama_keras_pad_mode mode, float value)
{
    unsigned rank = flama_keras_known(b, x)->rank;
    pad_params *p = flama_keras_new(b, 1, sizeof *p);
    if (p == NULL || rank == 0)
        return p ? flama_keras_fail(b, FLAMA_EFORMAT, "pads a single number") : 0;
    *p = (pad_params){.mode = mode, .value = value};
    for (unsigned i = 0; i < rank; i++) {
        if (before[i] > FLAMA_KERAS_FACTOR || after[i] > FLAMA_KERAS_FACTOR ||
            before[i] < -FLAMA_KERAS_FACTOR || after[i] < -FLAMA_KERAS_FACTOR)
            return flama_keras_fail(b, FLAMA_ELIMIT, "pads by too much");
        p->before[i] = before[i];
        p->after[i] = after[i];
    }
    return flama_keras_add(b, &pad_op, p, 1, FLAMA_KERAS_IDS(x));
}
