#include <string.h>

#include "engine/keras/layers.h"

/* Inputs of lower rank get axes of 1 after the batch, as Merge does it. */
static flama_keras_id with_rank(flama_keras_builder *b, flama_keras_id x, unsigned rank)
{
    unsigned own = flama_keras_known(b, x)->rank;
    int64_t dims[FLAMA_KERAS_RANK];
    if (own >= rank || own == 0)
        return x;
    dims[0] = FLAMA_KERAS_OWN(0);
    for (unsigned i = 1; i < rank; i++)
        dims[i] = i <= rank - own ? 1 : FLAMA_KERAS_OWN(i - (rank - own));
    return flama_keras_reshape(b, x, 0, rank, dims);
}

/* The masks of all inputs, joined: a step is masked when all inputs mask it; no mask
 * when an input has none. */
static void join_masks(flama_keras_builder *b, const flama_keras_call *call,
                       flama_keras_id y)
{
    flama_keras_id all = 0;
    for (size_t i = 0; i < call->input_count; i++) {
        flama_keras_id mask = flama_keras_mask(b, call->inputs[i]);
        if (mask == 0)
            return;
        all = all ? flama_keras_binary(b, FLAMA_KERAS_OR, all, mask) : mask;
    }
    if (all)
        flama_keras_set_mask(b, y, all);
}

static flama_keras_id fold(flama_keras_builder *b, const flama_keras_call *call,
                           flama_keras_binary_kind kind)
{
    unsigned rank = 0;
    if (call->input_count < 2)
        return flama_keras_fail(b, FLAMA_EFORMAT, "merges fewer than two inputs");
    for (size_t i = 0; i < call->input_count; i++) {
        unsigned own = flama_keras_known(b, call->inputs[i])->rank;
        rank = own > rank ? own : rank;
    }
    flama_keras_id y = with_rank(b, call->inputs[0], rank);
    for (size_t i = 1; i < call->input_count; i++)
        y = flama_keras_binary(b, kind, y, with_rank(b, call->inputs[i], rank));
    return y;
}

static void merge(flama_keras_builder *b, flama_keras_call *call,
                  flama_keras_binary_kind kind)
{
    flama_keras_id y = fold(b, call, kind);
    join_masks(b, call, y);
    flama_keras_give(call, y);
}

/* Of Inception-ResNet: the first input, and the second scaled. */
void flama_keras_scaled_sum(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_input(b, call, 0), y = flama_keras_input(b, call, 1);
    y = flama_keras_map(b, y, FLAMA_MAP_LINEAR, (float)flama_keras_real(b, "scale", 1),
                        0);
    flama_keras_give(call, flama_keras_binary(b, FLAMA_KERAS_ADD, x, y));
}

void flama_keras_add_layer(flama_keras_builder *b, flama_keras_call *call)
{
    merge(b, call, FLAMA_KERAS_ADD);
}

void flama_keras_subtract_layer(flama_keras_builder *b, flama_keras_call *call)
{
    if (call->input_count != 2)
        flama_keras_fail(b, FLAMA_EFORMAT, "needs two inputs");
    merge(b, call, FLAMA_KERAS_SUBTRACT);
}

void flama_keras_multiply_layer(flama_keras_builder *b, flama_keras_call *call)
{
    merge(b, call, FLAMA_KERAS_MULTIPLY);
}

void flama_keras_maximum_layer(flama_keras_builder *b, flama_keras_call *call)
{
    merge(b, call, FLAMA_KERAS_MAXIMUM);
}

void flama_keras_minimum_layer(flama_keras_builder *b, flama_keras_call *call)
{
    merge(b, call, FLAMA_KERAS_MINIMUM);
}

void flama_keras_average_layer(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id y = fold(b, call, FLAMA_KERAS_ADD);
    y = flama_keras_binary(b, FLAMA_KERAS_DIVIDE, y,
                           flama_keras_number(b, (float)call->input_count));
    join_masks(b, call, y);
    flama_keras_give(call, y);
}

void flama_keras_concatenate_layer(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_input(b, call, 0);
    unsigned axis = flama_keras_axis(b, "axis", -1, flama_keras_known(b, x)->rank);
    flama_keras_id *all =
        flama_arena_calloc(b->scratch, call->input_count, sizeof *all);
    bool is_float = false, masked = false;
    if (all == NULL) {
        flama_keras_fail_memory(b);
        return;
    }
    for (size_t i = 0; i < call->input_count; i++) {
        is_float = is_float ||
                   flama_keras_known(b, call->inputs[i])->dtype == FLAMA_KERAS_FLOAT;
        masked = masked || flama_keras_mask(b, call->inputs[i]);
    }
    for (size_t i = 0; i < call->input_count; i++)
        all[i] = is_float ? flama_keras_cast(b, call->inputs[i], FLAMA_KERAS_FLOAT)
                          : call->inputs[i];
    if (masked)
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "joins inputs with masks");
    flama_keras_give(call, flama_keras_concat(b, call->input_count, all, (int)axis));
}

/* x's axis last, y's second, the others of each made one: then a product of matrices
 * for each row. */
static flama_keras_id dot(flama_keras_builder *b, flama_keras_id x, flama_keras_id y,
                          unsigned x_axis, unsigned y_axis)
{
    unsigned xr = flama_keras_known(b, x)->rank, yr = flama_keras_known(b, y)->rank;
    int64_t dims[2 * FLAMA_KERAS_RANK] = {FLAMA_KERAS_OWN(0), FLAMA_KERAS_REST,
                                          FLAMA_KERAS_OWN(xr - 1)};
    x = flama_keras_axis_last(b, x, x_axis);
    y = flama_keras_axis_last(b, y, y_axis);
    flama_keras_id left = flama_keras_reshape(b, x, 0, 3, dims);
    dims[2] = FLAMA_KERAS_OWN(yr - 1);
    flama_keras_id right = flama_keras_reshape(b, y, 0, 3, dims);
    flama_keras_id z = flama_keras_matmul(b, left, right, false, true);
    unsigned rank = 1;
    if (xr + yr - 3 > FLAMA_KERAS_RANK)
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED, "makes too many axes");
    for (unsigned i = 1; i + 1 < xr; i++)
        dims[rank++] = FLAMA_KERAS_LIKE(i);
    if (xr > 2)
        z = flama_keras_reshape(b, z, x, rank + 1,
                                (dims[rank] = FLAMA_KERAS_OWN(2), dims));
    else
        z = flama_keras_reshape(b, z, 0, 2,
                                (int64_t[]){FLAMA_KERAS_OWN(0), FLAMA_KERAS_OWN(2)});
    for (unsigned i = 1; i < rank; i++)
        dims[i] = FLAMA_KERAS_OWN(i);
    for (unsigned i = 1; i + 1 < yr; i++)
        dims[rank++] = FLAMA_KERAS_LIKE(i);
    if (rank == 1)
        dims[rank++] = 1;
    return flama_keras_reshape(b, z, y, rank, dims);
}

void flama_keras_dot_layer(flama_keras_builder *b, flama_keras_call *call)
{
    int64_t axes[2] = {0, 0};
    flama_keras_id x = flama_keras_input(b, call, 0), y = flama_keras_input(b, call, 1);
    size_t count = flama_keras_ints(b, "axes", 2, axes);
    axes[1] = count == 1 ? axes[0] : axes[1];
    for (unsigned i = 0; i < 2; i++) {
        int64_t rank = flama_keras_known(b, i ? y : x)->rank;
        axes[i] = axes[i] < 0 ? axes[i] + rank : axes[i];
        if (axes[i] < 1 || axes[i] >= rank) {
            flama_keras_fail(b, FLAMA_EFORMAT, "multiplies axes that are not there");
            return;
        }
    }
    if (flama_keras_flag(b, "normalize", false))
        for (unsigned i = 0; i < 2; i++) {
            flama_keras_id *side = i ? &y : &x, sum;
            sum = flama_keras_reduce(b, FLAMA_KERAS_SUM_SQUARES, *side, 1u << axes[i],
                                     true);
            sum = flama_keras_binary(b, FLAMA_KERAS_MAXIMUM, sum,
                                     flama_keras_number(b, 1e-12f));
            sum = flama_keras_map(b, sum, FLAMA_MAP_RSQRT, 0, 0);
            *side = flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, *side, sum);
        }
    flama_keras_give(call, dot(b, x, y, (unsigned)axes[0], (unsigned)axes[1]));
}
