#include <math.h>
#include <string.h>

#include "base/error.h"
#include "engine/keras/ops.h"
#include "engine/kernels/gemm.h"

enum { Q, K, V, ALLOWED };

static int attend_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                        flama_error *err)
{
    const flama_keras_attention *p = op->params;
    const flama_keras_tensor *q = flama_keras_in(op, tensors, Q);
    const flama_keras_tensor *k = flama_keras_in(op, tensors, K);
    const flama_keras_tensor *v = flama_keras_in(op, tensors, V);
    char a[FLAMA_KERAS_SHAPE], c[FLAMA_KERAS_SHAPE], e[FLAMA_KERAS_SHAPE];
    bool fits = q->rank == 4 && k->rank == 4 && v->rank == 4;
    for (unsigned i = 0; fits && i < 3; i++)
        fits = flama_keras_fits(k->dims[i], v->dims[i]);
    fits = fits && flama_keras_fits(q->dims[0], k->dims[0]) &&
           flama_keras_fits(q->dims[3], k->dims[3]) && q->dims[2] > 0 &&
           k->dims[2] > 0 && q->dims[2] % k->dims[2] == 0 && k->dims[1] != 0 &&
           q->dims[3] != 0;
    if (!fits)
        return flama_error_set(
            err, FLAMA_EINPUT, "queries of shape %s, keys of %s and values of %s",
            flama_keras_shape_text(q, a), flama_keras_shape_text(k, c),
            flama_keras_shape_text(v, e));
    int64_t scores[4] = {q->dims[0], q->dims[2], q->dims[1], k->dims[1]};
    if (flama_keras_has(op, ALLOWED)) {
        const flama_keras_tensor *m = flama_keras_in(op, tensors, ALLOWED);
        for (unsigned i = 0; i < 4; i++)
            if (m->rank != 4 ||
                (m->dims[i] != 1 && !flama_keras_fits(m->dims[i], scores[i])))
                return flama_error_set(err, FLAMA_EINPUT, "a mask of shape %s",
                                       flama_keras_shape_text(m, a));
    }
    *flama_keras_out(op, tensors, 0) = (flama_keras_tensor){
        .rank = 4, .dims = {q->dims[0], q->dims[1], q->dims[2], v->dims[3]}};
    if (p->scores)
        *flama_keras_out(op, tensors, 1) = (flama_keras_tensor){
            .rank = 4, .dims = {scores[0], scores[1], scores[2], scores[3]}};
    return 0;
}

/* One head of one row: its matrices, with their strides. */
typedef struct head {
    size_t queries, keys, size, value_size;
    const float *q, *k, *v;
    size_t q_stride, k_stride, v_stride, out_stride;
    float *out, *scores;
} head;

static flama_gemm_f32 score_product(const head *h)
{
    return (flama_gemm_f32){.m = h->queries,
                            .n = h->keys,
                            .k = h->size,
                            .a = {.data = h->q, .row = h->q_stride, .column = 1},
                            .b = {.data = h->k, .row = 1, .column = h->k_stride},
                            .c = h->scores,
                            .stride = h->keys};
}

static flama_gemm_f32 value_product(const head *h)
{
    return (flama_gemm_f32){.m = h->queries,
                            .n = h->value_size,
                            .k = h->keys,
                            .a = {.data = h->scores, .row = h->keys, .column = 1},
                            .b = {.data = h->v, .row = h->v_stride, .column = 1},
                            .c = h->out,
                            .stride = h->out_stride};
}

static head head_of(const flama_keras_op *op, const flama_keras_tensor *tensors,
                    size_t row, size_t index)
{
    const flama_keras_tensor *q = flama_keras_in(op, tensors, Q);
    const flama_keras_tensor *k = flama_keras_in(op, tensors, K);
    const flama_keras_tensor *v = flama_keras_in(op, tensors, V);
    size_t heads = (size_t)q->dims[2], groups = (size_t)k->dims[2];
    size_t kv = index / (heads / groups);
    head h = {.queries = (size_t)q->dims[1],
              .keys = (size_t)k->dims[1],
              .size = (size_t)q->dims[3],
              .value_size = (size_t)v->dims[3]};
    h.q_stride = heads * h.size;
    h.k_stride = groups * h.size;
    h.v_stride = groups * h.value_size;
    h.out_stride = heads * h.value_size;
    h.q = (const float *)q->data + row * h.queries * h.q_stride + index * h.size;
    h.k = (const float *)k->data + row * h.keys * h.k_stride + kv * h.size;
    h.v = (const float *)v->data + row * h.keys * h.v_stride + kv * h.value_size;
    h.out = (float *)flama_keras_result(op, tensors)->data +
            row * h.queries * h.out_stride + index * h.value_size;
    return h;
}

static size_t attend_scratch(const flama_keras_op *op,
                             const flama_keras_tensor *tensors)
{
    head h = head_of(op, tensors, 0, 0);
    flama_gemm_f32 first = score_product(&h), second = value_product(&h);
    size_t one = flama_gemm_scratch_f32(&first), two = flama_gemm_scratch_f32(&second);
    return (h.queries * h.keys + 16) * sizeof(float) + (one > two ? one : two);
}

/* The mask's row for one query: its elements and how far apart they are. */
static const uint8_t *mask_row(const flama_keras_tensor *m, size_t row, size_t index,
                               size_t query, size_t *step)
{
    size_t place[3] = {row, index, query}, at = 0;
    for (unsigned i = 0; i < 3; i++)
        at = at * (size_t)m->dims[i] + (m->dims[i] == 1 ? 0 : place[i]);
    *step = m->dims[3] != 1;
    return (const uint8_t *)m->data + at * (size_t)m->dims[3];
}

static void weigh(const flama_keras_op *op, const flama_keras_tensor *tensors,
                  const head *h, size_t row, size_t index)
{
    const flama_keras_attention *p = op->params;
    for (size_t i = 0; i < h->queries; i++) {
        float *scores = h->scores + i * h->keys;
        for (size_t j = 0; j < h->keys; j++)
            scores[j] *= p->scale;
        if (flama_keras_has(op, ALLOWED)) {
            size_t step;
            const uint8_t *allowed =
                mask_row(flama_keras_in(op, tensors, ALLOWED), row, index, i, &step);
            for (size_t j = 0; j < h->keys; j++)
                scores[j] = allowed[j * step] ? scores[j] : p->masked;
        }
        for (size_t j = i + 1; p->causal && j < h->keys; j++)
            scores[j] = p->masked;
        for (size_t j = 0; p->window && j < h->keys; j++)
            if ((j > i ? j - i : i - j) >= (size_t)p->window)
                scores[j] = p->masked;
    }
    if (h->queries)
        flama_softmax_f32(h->scores, h->queries, h->keys, 1, false);
}

static int run_attend(const flama_keras_op *op, const flama_keras_tensor *tensors,
                      void *scratch, flama_error *err)
{
    (void)err;
    const flama_keras_attention *p = op->params;
    const flama_keras_tensor *q = flama_keras_in(op, tensors, Q);
    size_t heads = (size_t)q->dims[2], all = (size_t)q->dims[0] * heads;
    for (size_t i = 0; i < all; i++) {
        head h = head_of(op, tensors, i / heads, i % heads);
        size_t cells = h.queries * h.keys;
        float *room = scratch;
        void *rest = room + (cells + 15) / 16 * 16;
        h.scores = p->scores ? (float *)tensors[op->output + 1].data + i * cells : room;
        flama_gemm_f32 first = score_product(&h), second = value_product(&h);
        if (h.queries == 0)
            continue;
        flama_gemm_f32_run(&first, rest);
        weigh(op, tensors, &h, i / heads, i % heads);
        if (h.value_size)
            flama_gemm_f32_run(&second, rest);
    }
    return 0;
}

static double attend_work(const flama_keras_op *op, const flama_keras_tensor *tensors)
{
    const flama_keras_tensor *q = flama_keras_in(op, tensors, Q);
    const flama_keras_tensor *k = flama_keras_in(op, tensors, K);
    return 4 * (k->dims[1] < 0 ? 1 : (double)k->dims[1]) * flama_keras_elements(q);
}

static const flama_keras_op_type attend_op = {.name = "attention",
                                              .shape = attend_shape,
                                              .run = run_attend,
                                              .scratch = attend_scratch,
                                              .work = attend_work};

flama_keras_id flama_keras_attend(flama_keras_builder *b, flama_keras_id q,
                                  flama_keras_id k, flama_keras_id v,
                                  flama_keras_id mask,
                                  const flama_keras_attention *params)
{
    flama_keras_attention *p = flama_keras_new(b, 1, sizeof *p);
    if (p == NULL)
        return 0;
    *p = *params;
    return flama_keras_add(b, &attend_op, p, p->scores ? 2 : 1,
                           FLAMA_KERAS_IDS(q, k, v, mask));
}

/* Which keys are not after a query: (1, queries, keys) for scores (..., queries, keys).
 */

static int triangle_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                          flama_error *err)
{
    (void)err;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    *flama_keras_out(op, tensors, 0) = (flama_keras_tensor){
        .dtype = FLAMA_KERAS_BOOL,
        .rank = 3,
        .dims = {1, in->dims[in->rank - 2], in->dims[in->rank - 1]}};
    return 0;
}

static int run_triangle(const flama_keras_op *op, const flama_keras_tensor *tensors,
                        void *scratch, flama_error *err)
{
    (void)scratch;
    (void)err;
    const flama_keras_tensor *out = flama_keras_result(op, tensors);
    size_t queries = (size_t)out->dims[1], keys = (size_t)out->dims[2];
    uint8_t *allowed = out->data;
    for (size_t i = 0; i < queries; i++)
        for (size_t j = 0; j < keys; j++)
            allowed[i * keys + j] = j <= i;
    return 0;
}

static const flama_keras_op_type triangle_op = {
    .name = "a causal mask", .shape = triangle_shape, .run = run_triangle};

flama_keras_id flama_keras_triangle(flama_keras_builder *b, flama_keras_id scores)
{
    if (flama_keras_known(b, scores)->rank < 2)
        return flama_keras_fail(b, FLAMA_EFORMAT, "has scores of too low a rank");
    return flama_keras_add(b, &triangle_op, NULL, 1, FLAMA_KERAS_IDS(scores));
}
