#include "engine/torch/packed.h"

#include <string.h>

#include "base/error.h"
#include "engine/kernels/gemm.h"
#include "engine/torch/elements.h"
#include "engine/torch/ops.h"
#include "engine/torch/plan.h"
#include "engine/torch/prepare.h"

enum { FEWEST = 8 }; /* columns; fewer are not worth the panel they fill */

bool flama_pt_end_takes_bias(flama_pt_node *node, const flama_pt_tensor *bias)
{
    flama_pt_end *end = &node->end;
    if (end->scale == NULL || bias == NULL)
        return true;
    if (bias->storage != FLAMA_PT_CONSTANT || bias->dtype != FLAMA_PT_F32 ||
        bias->rank != 1 || (size_t)bias->sizes[0] != end->channels)
        return false;
    for (size_t i = 0; i < end->channels; i++)
        end->bias[i] +=
            ((const float *)bias->data)[(int64_t)i * bias->strides[0]] * end->scale[i];
    return true;
}

/* Packs the constant matrix b (k x n), the transposed one of `turned`; `bias` may be
 * NULL. */
static int pack(flama_pt_op *op, flama_pt_node *node, flama_arena *arena, size_t arg,
                bool turned, const flama_pt_tensor *bias)
{
    const flama_pt_tensor *b = flama_pt_in(op, arg);
    size_t rows = turned ? 1 : 0, columns = turned ? 0 : 1;
    if (op->code || b->storage != FLAMA_PT_CONSTANT || b->rank != 2 ||
        b->dtype != FLAMA_PT_F32 || b->sizes[columns] < FEWEST || b->count == 0 ||
        !flama_pt_end_takes_bias(node, bias))
        return op->code;
    size_t k = (size_t)b->sizes[rows], n = (size_t)b->sizes[columns];
    size_t size = flama_gemm_packed_b_f32(n, k);
    flama_pt_linear_state *state = flama_arena_calloc(arena, 1, sizeof *state);
    state = state && size ? state : NULL;
    float *data = state ? flama_arena_alloc(arena, size * sizeof *data) : NULL;
    if (data == NULL)
        return flama_error__memory(NULL);
    flama_factor_f32 factor = {.data = b->data,
                               .row = (size_t)b->strides[rows],
                               .column = (size_t)b->strides[columns]};
    flama_gemm_pack_b_f32(&factor, k, n, data);
    *state = (flama_pt_linear_state){.k = k, .n = n, .packed = data};
    node->state = state;
    node->consumed |= 1u << arg;
    return 0;
}

int flama_pt_prepare_linear(flama_pt_op *op, flama_pt_node *node, flama_arena *arena)
{
    return pack(op, node, arena, 1, true, flama_pt_maybe(op, 2));
}

int flama_pt_prepare_addmm(flama_pt_op *op, flama_pt_node *node, flama_arena *arena)
{
    const flama_pt_tensor *self = flama_pt_in(op, 0);
    bool fixed = !node->args[3].computed && !node->args[4].computed;
    bool row = fixed && self->rank == 1 && flama_pt_number(op, 3) == 1 &&
               flama_pt_number(op, 4) == 1 && self->sizes[0] > 1;
    return row ? pack(op, node, arena, 2, false, self) : op->code;
}

int flama_pt_prepare_matmul(flama_pt_op *op, flama_pt_node *node, flama_arena *arena)
{
    return pack(op, node, arena, 1, false, NULL);
}

int flama_pt_run_packed(flama_pt_op *op, const flama_pt_tensor *in,
                        const flama_pt_tensor *bias, bool any_rank)
{
    const flama_pt_linear_state *state = op->node->state;
    const flama_pt_end *end = &op->node->end;
    int64_t sizes[FLAMA_PT_RANK];
    if (op->code)
        return op->code;
    if (in->rank == 0 || in->sizes[in->rank - 1] != (int64_t)state->k ||
        (!any_rank && in->rank != 2) || (bias && bias->count != (int64_t)state->n))
        return flama_pt_bad(op, "the sizes do not go together");
    memcpy(sizes, in->sizes, sizeof sizes);
    sizes[in->rank - 1] = (int64_t)state->n;
    flama_pt_tensor *out = flama_pt_new_sum(op, in->rank, sizes);
    size_t rows = (size_t)flama_pt_product(in->sizes, 0, in->rank - 1);
    flama_pt_spend(op, 2.0 * (double)out->count * (double)state->k);
    flama_gemm_f32 g = {.m = rows,
                        .n = state->n,
                        .k = state->k,
                        .a = {.row = state->k, .column = 1},
                        .b = {.packed = state->packed},
                        .stride = state->n,
                        .column_scale = end->scale,
                        .column_bias = end->bias,
                        .clamp = end->clamp,
                        .low = end->low,
                        .high = end->high};
    void *scratch = flama_pt_scratch(op, flama_gemm_scratch_f32(&g), 1);
    g.a.data = flama_pt_dense(op, in);
    if (bias && end->scale == NULL)
        g.column_bias = flama_pt_dense(op, bias);
    g.accumulate = flama_pt_sum_starts(op, out);
    if (op->code || op->dry)
        return op->code;
    g.c = out->data;
    flama_gemm_f32_run(&g, scratch);
    return 0;
}

int flama_pt_add_bias(flama_pt_op *op, const flama_pt_tensor *bias)
{
    flama_pt_tensor *out = &op->run->slots[op->node->outputs[0]].tensor;
    int64_t n = bias->count, stride = bias->rank ? bias->strides[0] : 1;
    for (int64_t i = 0; i < out->count; i += n)
        for (int64_t j = 0; j < n; j++)
            if (out->dtype == FLAMA_PT_F64)
                ((double *)out->data)[i + j] +=
                    ((const double *)bias->data)[j * stride];
            else
                ((float *)out->data)[i + j] += ((const float *)bias->data)[j * stride];
    return 0;
}
