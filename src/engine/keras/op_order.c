#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "engine/keras/ops.h"

/* Sorting along the last axis: the elements, and where they stood. Equal ones stay in
 * their order; NaN counts as the largest. */

typedef struct order_params {
    bool descending;
    int64_t most; /* so many of the first, or all: 0 */
} order_params;

static int order_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                       flama_error *err)
{
    const order_params *p = op->params;
    flama_keras_tensor made = *flama_keras_in(op, tensors, 0);
    made.data = NULL;
    if (made.rank == 0)
        return flama_error_set(err, FLAMA_EINPUT, "a single number");
    int64_t *length = &made.dims[made.rank - 1];
    if (*length >= 0 && *length < p->most)
        return flama_error_set(err, FLAMA_EINPUT, "%lld of %lld elements",
                               (long long)p->most, (long long)*length);
    *length = p->most ? p->most : *length;
    *flama_keras_out(op, tensors, 0) = made;
    made.dtype = FLAMA_KERAS_INT;
    *flama_keras_out(op, tensors, 1) = made;
    return 0;
}

/* An element as an integer of the same order, and its place. */
typedef struct ranked {
    int64_t key, place;
} ranked;

static int64_t key_of(const flama_keras_tensor *t, size_t i)
{
    if (t->dtype == FLAMA_KERAS_INT)
        return ((const int64_t *)t->data)[i];
    if (t->dtype == FLAMA_KERAS_BOOL)
        return ((const uint8_t *)t->data)[i];
    float x = ((const float *)t->data)[i];
    int32_t bits;
    memcpy(&bits, &x, sizeof bits);
    if (x != x)
        return INT32_MAX;
    return x == 0 ? 0 : bits < 0 ? bits ^ INT32_MAX : bits;
}

static int by_key(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

static size_t order_scratch(const flama_keras_op *op, const flama_keras_tensor *tensors)
{
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    return (size_t)in->dims[in->rank - 1] * sizeof(ranked);
}

static int run_order(const flama_keras_op *op, const flama_keras_tensor *tensors,
                     void *scratch, flama_error *err)
{
    (void)err;
    const order_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    const flama_keras_tensor *out = flama_keras_result(op, tensors);
    size_t n = (size_t)in->dims[in->rank - 1], kept = (size_t)out->dims[out->rank - 1];
    size_t rows = (size_t)flama_keras_product(in, 0, in->rank - 1);
    size_t size = flama_keras_dtype_size(in->dtype);
    int64_t *places = tensors[op->output + 1].data;
    char *to = out->data;
    ranked *all = scratch;
    for (size_t r = 0; n && r < rows; r++) {
        for (size_t i = 0; i < n; i++) {
            int64_t key = key_of(in, r * n + i);
            all[i] = (ranked){p->descending ? ~key : key, (int64_t)i};
        }
        qsort(all, n, sizeof *all, by_key);
        for (size_t i = 0; i < kept; i++, to += size) {
            size_t at = r * n + (size_t)all[i].place;
            memcpy(to, (const char *)in->data + at * size, size);
            *places++ = all[i].place;
        }
    }
    return 0;
}

static double order_work(const flama_keras_op *op, const flama_keras_tensor *tensors)
{
    return 100 * flama_keras_elements(flama_keras_in(op, tensors, 0));
}

static const flama_keras_op_type order_op = {.name = "a sort",
                                             .shape = order_shape,
                                             .run = run_order,
                                             .scratch = order_scratch,
                                             .work = order_work};

flama_keras_id flama_keras_order(flama_keras_builder *b, flama_keras_id x,
                                 bool descending, int64_t most)
{
    order_params *p = flama_keras_new(b, 1, sizeof *p);
    if (p == NULL)
        return 0;
    *p = (order_params){descending, most};
    return flama_keras_add(b, &order_op, p, 2, FLAMA_KERAS_IDS(x));
}

/* Sums or products of an element and those before it, along an axis. */

typedef struct scan_params {
    unsigned axis;
    bool product;
} scan_params;

static int run_scan(const flama_keras_op *op, const flama_keras_tensor *tensors,
                    void *scratch, flama_error *err)
{
    (void)scratch;
    (void)err;
    const scan_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    size_t length = (size_t)in->dims[p->axis], n = flama_keras_count(in);
    size_t inner = (size_t)flama_keras_product(in, p->axis + 1, in->rank);
    const float *x = in->data;
    const int64_t *i = in->data;
    float *y = flama_keras_result(op, tensors)->data;
    int64_t *j = flama_keras_result(op, tensors)->data;
    bool whole = in->dtype == FLAMA_KERAS_INT;
    for (size_t k = 0; k < n; k++) {
        bool first = k / inner % length == 0;
        if (!whole)
            y[k] = first        ? x[k]
                   : p->product ? y[k - inner] * x[k]
                                : y[k - inner] + x[k];
        else if (first)
            j[k] = i[k];
        else if (p->product)
            (void)__builtin_mul_overflow(j[k - inner], i[k], &j[k]);
        else
            (void)__builtin_add_overflow(j[k - inner], i[k], &j[k]);
    }
    return 0;
}

static const flama_keras_op_type scan_op = {
    .name = "a running sum", .shape = flama_keras_same_shape, .run = run_scan};
static const flama_keras_op_type mixing_scan_op = {.name = "a running sum",
                                                   .shape = flama_keras_same_shape,
                                                   .run = run_scan,
                                                   .mixes = true};

flama_keras_id flama_keras_scan(flama_keras_builder *b, flama_keras_id x, unsigned axis,
                                bool product)
{
    scan_params *p = flama_keras_new(b, 1, sizeof *p);
    if (p == NULL)
        return 0;
    if (axis >= flama_keras_known(b, x)->rank)
        return flama_keras_fail(b, FLAMA_EFORMAT, "has no axis %u", axis);
    *p = (scan_params){axis, product};
    if (flama_keras_known(b, x)->dtype == FLAMA_KERAS_BOOL)
        x = flama_keras_cast(b, x, FLAMA_KERAS_INT);
    return flama_keras_add(b, axis ? &scan_op : &mixing_scan_op, p, 1,
                           FLAMA_KERAS_IDS(x));
}
