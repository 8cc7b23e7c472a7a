#include <string.h>

#include "base/error.h"
#include "engine/keras/ops.h"

typedef struct repeat_params {
    unsigned axis;
    int64_t times;
} repeat_params;

static int repeat_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                        flama_error *err)
{
    (void)err;
    const repeat_params *p = op->params;
    flama_keras_tensor *out = flama_keras_out(op, tensors, 0);
    *out = *flama_keras_in(op, tensors, 0);
    out->data = NULL;
    if (out->dims[p->axis] >= 0)
        out->dims[p->axis] *= p->times;
    return 0;
}

static int run_repeat(const flama_keras_op *op, const flama_keras_tensor *tensors,
                      void *scratch, flama_error *err)
{
    (void)scratch;
    (void)err;
    const repeat_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    size_t rows = (size_t)flama_keras_product(in, 0, p->axis + 1);
    size_t bytes = (size_t)flama_keras_product(in, p->axis + 1, in->rank) *
                   flama_keras_dtype_size(in->dtype);
    const char *from = in->data;
    char *to = flama_keras_result(op, tensors)->data;
    for (size_t r = 0; bytes && r < rows; r++, from += bytes)
        for (int64_t k = 0; k < p->times; k++, to += bytes)
            memcpy(to, from, bytes);
    return 0;
}

static const flama_keras_op_type repeat_op = {
    .name = "a repetition", .shape = repeat_shape, .run = run_repeat};

flama_keras_id flama_keras_repeat(flama_keras_builder *b, flama_keras_id x,
                                  unsigned axis, int64_t times)
{
    repeat_params *p = flama_keras_new(b, 1, sizeof *p);
    if (p == NULL)
        return 0;
    if (axis >= flama_keras_known(b, x)->rank || times < 0 ||
        times > FLAMA_KERAS_FACTOR)
        return flama_keras_fail(b, FLAMA_EFORMAT, "repeats what it can't");
    *p = (repeat_params){axis, times};
    return flama_keras_add(b, &repeat_op, p, 1, FLAMA_KERAS_IDS(x));
}

/* Rows at indices: of an axis of the first input, in the place of that axis. */

static int take_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                      flama_error *err)
{
    unsigned axis = *(const unsigned *)op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    const flama_keras_tensor *at = flama_keras_in(op, tensors, 1);
    flama_keras_tensor *out = flama_keras_out(op, tensors, 0);
    if (in->rank - 1 + at->rank > FLAMA_KERAS_RANK)
        return flama_error_set(err, FLAMA_EUNSUPPORTED, "too many axes");
    flama_keras_tensor made = {.dtype = in->dtype, .rank = in->rank - 1 + at->rank};
    for (unsigned i = 0; i < axis; i++)
        made.dims[i] = in->dims[i];
    for (unsigned i = 0; i < at->rank; i++)
        made.dims[axis + i] = at->dims[i];
    for (unsigned i = axis + 1; i < in->rank; i++)
        made.dims[at->rank + i - 1] = in->dims[i];
    *out = made;
    return 0;
}

static int run_take(const flama_keras_op *op, const flama_keras_tensor *tensors,
                    void *scratch, flama_error *err)
{
    (void)scratch;
    unsigned axis = *(const unsigned *)op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    const flama_keras_tensor *at = flama_keras_in(op, tensors, 1);
    const int64_t *indices = at->data;
    size_t outer = (size_t)flama_keras_product(in, 0, axis);
    size_t bytes = (size_t)flama_keras_product(in, axis + 1, in->rank) *
                   flama_keras_dtype_size(in->dtype);
    size_t count = flama_keras_count(at), length = (size_t)in->dims[axis];
    char *to = flama_keras_result(op, tensors)->data;
    for (size_t o = 0; o < outer; o++)
        for (size_t k = 0; k < count; k++, to += bytes) {
            int64_t i = indices[k];
            if (i < 0)
                i += (int64_t)length;
            if (i < 0 || (size_t)i >= length)
                return flama_error_set(err, FLAMA_EINPUT,
                                       "index %lld is not in [0, %zu)",
                                       (long long)indices[k], length);
            if (bytes)
                memcpy(to, (const char *)in->data + (o * length + (size_t)i) * bytes,
                       bytes);
        }
    return 0;
}

static const flama_keras_op_type take_op = {
    .name = "a selection", .shape = take_shape, .run = run_take};
static const flama_keras_op_type mixing_take_op = {
    .name = "a selection", .shape = take_shape, .run = run_take, .mixes = true};

static flama_keras_id add_selection(flama_keras_builder *b,
                                    const flama_keras_op_type *type, flama_keras_id x,
                                    flama_keras_id indices, unsigned axis)
{
    unsigned *p = flama_keras_new(b, 1, sizeof *p);
    if (p == NULL)
        return 0;
    if (axis >= flama_keras_known(b, x)->rank)
        return flama_keras_fail(b, FLAMA_EFORMAT, "has no axis %u", axis);
    *p = axis;
    indices = flama_keras_cast(b, indices, FLAMA_KERAS_INT);
    return flama_keras_add(b, type, p, 1, FLAMA_KERAS_IDS(x, indices));
}

flama_keras_id flama_keras_take(flama_keras_builder *b, flama_keras_id x,
                                flama_keras_id indices, unsigned axis)
{
    bool table = flama_keras_known(b, x)->data != NULL;
    return add_selection(b, axis || table ? &take_op : &mixing_take_op, x, indices,
                         axis);
}

/* Elements at indices of the same rank. */

static int along_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                       flama_error *err)
{
    unsigned axis = *(const unsigned *)op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    const flama_keras_tensor *at = flama_keras_in(op, tensors, 1);
    char left[FLAMA_KERAS_SHAPE], right[FLAMA_KERAS_SHAPE];
    flama_keras_tensor made = *in;
    bool fits = in->rank == at->rank;
    for (unsigned i = 0; fits && i < in->rank; i++)
        fits = i == axis || flama_keras_fits(in->dims[i], at->dims[i]);
    if (!fits)
        return flama_error_set(err, FLAMA_EINPUT, "indices of shape %s into %s",
                               flama_keras_shape_text(at, left),
                               flama_keras_shape_text(in, right));
    made.data = NULL;
    made.dims[axis] = at->dims[axis];
    *flama_keras_out(op, tensors, 0) = made;
    return 0;
}

static int run_along(const flama_keras_op *op, const flama_keras_tensor *tensors,
                     void *scratch, flama_error *err)
{
    (void)scratch;
    unsigned axis = *(const unsigned *)op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    const flama_keras_tensor *at = flama_keras_in(op, tensors, 1);
    size_t inner = (size_t)flama_keras_product(in, axis + 1, in->rank);
    size_t count = flama_keras_count(at), some = (size_t)at->dims[axis];
    int64_t length = in->dims[axis];
    size_t size = flama_keras_dtype_size(in->dtype);
    char *to = flama_keras_result(op, tensors)->data;
    for (size_t k = 0; k < count; k++, to += size) {
        int64_t given = ((const int64_t *)at->data)[k];
        int64_t i = given < 0 ? given + length : given;
        if (i < 0 || i >= length)
            return flama_error_set(err, FLAMA_EINPUT, "index %lld is not in [0, %lld)",
                                   (long long)given, (long long)length);
        size_t from =
            (k / inner / some * (size_t)length + (size_t)i) * inner + k % inner;
        memcpy(to, (const char *)in->data + from * size, size);
    }
    return 0;
}

static const flama_keras_op_type along_op = {
    .name = "a selection", .shape = along_shape, .run = run_along};
static const flama_keras_op_type mixing_along_op = {
    .name = "a selection", .shape = along_shape, .run = run_along, .mixes = true};

flama_keras_id flama_keras_take_along(flama_keras_builder *b, flama_keras_id x,
                                      flama_keras_id indices, unsigned axis)
{
    return add_selection(b, axis ? &along_op : &mixing_along_op, x, indices, axis);
}

/* An embedding: rows of a table, by ids that must be in it. */

typedef struct table_params {
    const float *rows;
    int64_t count, columns;
} table_params;

static int embed_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                       flama_error *err)
{
    const table_params *p = op->params;
    flama_keras_tensor *out = flama_keras_out(op, tensors, 0);
    *out = *flama_keras_in(op, tensors, 0);
    out->data = NULL;
    out->dtype = FLAMA_KERAS_FLOAT;
    if (out->rank == FLAMA_KERAS_RANK)
        return flama_error_set(err, FLAMA_EUNSUPPORTED, "too many axes");
    out->dims[out->rank++] = p->columns;
    return 0;
}

static int run_embed(const flama_keras_op *op, const flama_keras_tensor *tensors,
                     void *scratch, flama_error *err)
{
    (void)scratch;
    const table_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    const int64_t *ids = in->data;
    float *to = flama_keras_result(op, tensors)->data;
    size_t count = flama_keras_count(in), columns = (size_t)p->columns;
    for (size_t i = 0; i < count; i++) {
        if (ids[i] < 0 || ids[i] >= p->count)
            return flama_error_set(err, FLAMA_EINPUT,
                                   "%lld is no index of the embedding's %lld rows",
                                   (long long)ids[i], (long long)p->count);
        memcpy(to + i * columns, p->rows + (size_t)ids[i] * columns,
               columns * sizeof *to);
    }
    return 0;
}

static const flama_keras_op_type embed_op = {
    .name = "an embedding", .shape = embed_shape, .run = run_embed};

flama_keras_id flama_keras_embed(flama_keras_builder *b, flama_keras_id ids,
                                 const float *table, int64_t rows, int64_t columns)
{
    table_params *p = flama_keras_new(b, 1, sizeof *p);
    if (p == NULL || table == NULL)
        return 0;
    *p = (table_params){table, rows, columns};
    ids = flama_keras_cast(b, ids, FLAMA_KERAS_INT);
    return flama_keras_add(b, &embed_op, p, 1, FLAMA_KERAS_IDS(ids));
}
