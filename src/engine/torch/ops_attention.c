/* Attention: softmax(q k^T scale + mask) v, a head at a time. */
#include <math.h>
#include <string.h>

#include "engine/kernels/gemm.h"
#include "engine/kernels/map.h"
#include "engine/torch/elements.h"
#include "engine/torch/ops.h"

typedef struct attention {
    const flama_pt_tensor *q, *k, *v, *mask; /* mask may be NULL */
    bool causal;
    double scale;
    size_t lead;   /* dimensions before the last two */
    int64_t heads; /* all of them together */
    int64_t rows, keys, width, value_width;
} attention;

static int check_factor(flama_pt_op *op, const attention *a, const flama_pt_tensor *t)
{
    if (flama_pt_want_dtype(op, t, "a factor", FLAMA_PT_F32))
        return op->code;
    bool fits = t->rank == a->q->rank && t->rank >= 2;
    for (size_t d = 0; fits && d + 2 < t->rank; d++) {
        int64_t own = t->sizes[d], wanted = a->q->sizes[d];
        bool grouped = d + 3 == t->rank && own > 0 && wanted % own == 0;
        fits = own == wanted || grouped;
    }
    return fits ? 0 : flama_pt_bad(op, "query, key and value do not fit together");
}

static int check(flama_pt_op *op, attention *a)
{
    if (op->code || check_factor(op, a, a->q) || check_factor(op, a, a->k) ||
        check_factor(op, a, a->v))
        return op->code;
    a->lead = a->q->rank - 2;
    a->rows = a->q->sizes[a->lead];
    a->width = a->q->sizes[a->lead + 1];
    a->keys = a->k->sizes[a->lead];
    a->value_width = a->v->sizes[a->lead + 1];
    a->heads = flama_pt_product(a->q->sizes, 0, a->lead);
    if (a->k->sizes[a->lead + 1] != a->width || a->v->sizes[a->lead] != a->keys)
        return flama_pt_bad(op, "query, key and value do not fit together");
    if (a->mask && a->mask->dtype != FLAMA_PT_BOOL &&
        flama_pt_want_dtype(op, a->mask, "the mask", FLAMA_PT_F32))
        return op->code;
    if (a->mask) {
        int64_t sizes[FLAMA_PT_RANK], wanted[FLAMA_PT_RANK];
        flama_pt_tensor shape = *a->q;
        shape.sizes[a->lead + 1] = a->keys;
        memcpy(wanted, shape.sizes, sizeof wanted);
        if (flama_pt_broadcast(op, &shape, a->mask, sizes) != a->q->rank ||
            memcmp(sizes, wanted, a->q->rank * sizeof *sizes) != 0)
            return flama_pt_bad(op, "the mask does not fit");
    }
    return op->code;
}

/* Where head i of a tensor begins; keys may have fewer heads, each for several
 * queries. */
static const float *head(const attention *a, const flama_pt_tensor *t, int64_t i)
{
    int64_t at = 0;
    for (size_t d = a->lead; d-- > 0;) {
        int64_t index = i % a->q->sizes[d];
        i /= a->q->sizes[d];
        at += index / (a->q->sizes[d] / t->sizes[d]) * t->strides[d];
    }
    return (const float *)t->data + at;
}

static void add_mask(const attention *a, int64_t i, float *scores)
{
    int64_t sizes[FLAMA_PT_RANK], at = 0;
    memcpy(sizes, a->q->sizes, sizeof sizes);
    sizes[a->lead + 1] = a->keys;
    flama_pt_tensor all = flama_pt_expanded(a->mask, a->q->rank, sizes);
    for (size_t d = a->lead; d-- > 0;) {
        at += i % sizes[d] * all.strides[d];
        i /= sizes[d];
    }
    int64_t row_step = all.strides[a->lead], step = all.strides[a->lead + 1];
    for (int64_t r = 0; r < a->rows; r++)
        for (int64_t k = 0; k < a->keys; k++) {
            int64_t place = at + r * row_step + k * step;
            float *s = &scores[r * a->keys + k];
            if (a->mask->dtype == FLAMA_PT_F32)
                *s += ((const float *)all.data)[place];
            else if (!((const uint8_t *)all.data)[place])
                *s = -INFINITY;
        }
}

/* Rows that see nothing are 0, not NaN, as torch has it. */
static void softmax_rows(const attention *a, float *scores)
{
    for (int64_t r = 0; r < a->rows; r++, scores += a->keys) {
        bool sees = false;
        for (int64_t k = 0; k < a->keys; k++)
            sees = sees || scores[k] != -INFINITY;
        if (sees)
            flama_softmax_f32(scores, 1, (size_t)a->keys, 1, false);
        else
            memset(scores, 0, (size_t)a->keys * sizeof *scores);
    }
}

static flama_factor_f32 factor(const flama_pt_tensor *t, const float *data, bool turned)
{
    size_t row = (size_t)t->strides[t->rank - 2],
           column = (size_t)t->strides[t->rank - 1];
    return (flama_factor_f32){
        .data = data, .row = turned ? column : row, .column = turned ? row : column};
}

static void run_head(const attention *a, int64_t i, float *scores, void *scratch,
                     float *out)
{
    flama_gemm_f32 g = {.m = (size_t)a->rows,
                        .n = (size_t)a->keys,
                        .k = (size_t)a->width,
                        .a = factor(a->q, head(a, a->q, i), false),
                        .b = factor(a->k, head(a, a->k, i), true),
                        .c = scores,
                        .stride = (size_t)a->keys};
    flama_gemm_f32_run(&g, scratch);
    float scale = (float)a->scale;
    for (int64_t k = 0; k < a->rows * a->keys; k++)
        scores[k] *= scale;
    for (int64_t r = 0; a->causal && r < a->rows; r++)
        for (int64_t k = r + 1; k < a->keys; k++)
            scores[r * a->keys + k] = -INFINITY;
    if (a->mask)
        add_mask(a, i, scores);
    softmax_rows(a, scores);
    g.n = g.stride = (size_t)a->value_width;
    g.k = (size_t)a->keys;
    g.a = (flama_factor_f32){.data = scores, .row = (size_t)a->keys, .column = 1};
    g.b = factor(a->v, head(a, a->v, i), false);
    g.c = out;
    flama_gemm_f32_run(&g, scratch);
}

static int attend(flama_pt_op *op, attention *a)
{
    int64_t sizes[FLAMA_PT_RANK];
    if (check(op, a))
        return op->code;
    memcpy(sizes, a->q->sizes, sizeof sizes);
    sizes[a->lead + 1] = a->value_width;
    flama_pt_tensor *out = flama_pt_new(op, 0, FLAMA_PT_F32, a->q->rank, sizes);
    flama_gemm_f32 first = {
        .m = (size_t)a->rows, .n = (size_t)a->keys, .k = (size_t)a->width};
    flama_gemm_f32 second = {
        .m = (size_t)a->rows, .n = (size_t)a->value_width, .k = (size_t)a->keys};
    size_t one = flama_gemm_scratch_f32(&first), two = flama_gemm_scratch_f32(&second);
    void *scratch = flama_pt_scratch(op, one > two ? one : two, 1);
    float *scores =
        flama_pt_scratch(op, (size_t)a->rows, (size_t)a->keys * sizeof *scores);
    flama_pt_spend(op, (double)(a->heads * a->rows) * (double)a->keys *
                           (2.0 * (double)(a->width + a->value_width) + 12));
    if (op->code || op->dry)
        return op->code;
    float *to = out->data;
    for (int64_t i = 0; i < a->heads; i++, to += a->rows * a->value_width)
        run_head(a, i, scores, scratch, to);
    return 0;
}

static double scale_of(flama_pt_op *op, size_t i, const flama_pt_tensor *q)
{
    int64_t width = q->rank ? q->sizes[q->rank - 1] : 1;
    return flama_pt_given(op, i) ? flama_pt_number(op, i) : 1 / sqrt((double)width);
}

/* "query key value attn_mask=None dropout_p=0.0 is_causal=False scale=None
 * enable_gqa=False". */
int flama_pt_op_attention(flama_pt_op *op)
{
    attention a = {
        .q = flama_pt_in(op, 0), .k = flama_pt_in(op, 1), .v = flama_pt_in(op, 2)};
    a.mask = flama_pt_maybe(op, 3);
    a.causal = flama_pt_flag(op, 5);
    a.scale = scale_of(op, 6, a.q);
    if (flama_pt_number(op, 4) != 0)
        return flama_pt_unsupported(op, "dropout");
    return attend(op, &a);
}

/* "query key value dropout_p=0.0 is_causal=False attn_mask=None scale=None"; the
 * second output, the logarithms of the sums, is for training. */
int flama_pt_op_attention_cpu(flama_pt_op *op)
{
    attention a = {
        .q = flama_pt_in(op, 0), .k = flama_pt_in(op, 1), .v = flama_pt_in(op, 2)};
    a.causal = flama_pt_flag(op, 4);
    a.mask = flama_pt_maybe(op, 5);
    a.scale = scale_of(op, 6, a.q);
    if (flama_pt_number(op, 3) != 0)
        return flama_pt_unsupported(op, "dropout");
    if (op->code == 0 && a.q->rank != 4)
        return flama_pt_bad(op, "four dimensions are expected");
    int64_t sizes[3] = {a.q->sizes[0], a.q->sizes[2], a.q->sizes[1]};
    if (op->node->output_count > 1)
        flama_pt_new(op, 1, FLAMA_PT_F32, 3, sizes);
    return attend(op, &a);
}
