#include <math.h>
#include <string.h>

#include "engine/keras/layers.h"

unsigned flama_keras_axis(flama_keras_builder *b, const char *name, int64_t fallback,
                          unsigned rank)
{
    int64_t axis =
        flama_keras_int(b, name, fallback, -FLAMA_KERAS_RANK, FLAMA_KERAS_RANK);
    int64_t at = axis < 0 ? axis + (int64_t)rank : axis;
    if (at >= 0 && at < (int64_t)rank)
        return (unsigned)at;
    return flama_keras_fail(b, FLAMA_EFORMAT, "has no axis %lld of %u", (long long)axis,
                            rank);
}

flama_keras_id flama_keras_call_mask(flama_keras_builder *b,
                                     const flama_keras_call *call, flama_keras_id x)
{
    flama_keras_id mask = flama_keras_keyword(call, "mask");
    mask = mask ? mask : flama_keras_mask(b, x);
    return mask ? flama_keras_cast(b, mask, FLAMA_KERAS_BOOL) : 0;
}

void flama_keras_identity(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_give(call, flama_keras_input(b, call, 0));
}

void flama_keras_dense_layer(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_input(b, call, 0);
    int64_t units = flama_keras_int(b, "units", -1, 1, FLAMA_KERAS_LARGEST);
    const flama_hdf5_array *kernel = flama_keras_find_weight(b, "", 0);
    bool biased = flama_keras_flag(b, "use_bias", true);
    const float *bias =
        biased ? flama_keras_weight(b, "", 1, 1, (int64_t[]){units}) : NULL;
    if (kernel && (kernel->rank != 2 || (int64_t)kernel->shape[1] != units)) {
        flama_keras_fail(b, FLAMA_EFORMAT, "has a kernel of another shape");
        return;
    }
    if (flama_keras_field(b->layer, "lora_rank"))
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "has a lora_rank");
    x = flama_keras_dense(b, x, kernel, kernel ? (int64_t)kernel->shape[0] : 0, units,
                          bias);
    flama_keras_give(
        call, flama_keras_activation(b, x, flama_keras_field(b->layer, "activation")));
}

/* Of ConvNeXt: a number for each channel. */
void flama_keras_layer_scale(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_input(b, call, 0);
    int64_t channels = flama_keras_dim(b, x, -1);
    const float *gamma = flama_keras_weight(b, "", 0, 1, &channels);
    unsigned last = flama_keras_known(b, x)->rank - 1;
    flama_keras_give(call, flama_keras_affine(b, x, last, NULL, gamma, NULL));
}

void flama_keras_activation_layer(flama_keras_builder *b, flama_keras_call *call)
{
    const flama_value *field = flama_keras_field(b->layer, "activation");
    flama_keras_give(call,
                     flama_keras_activation(b, flama_keras_input(b, call, 0), field));
}

void flama_keras_relu_layer(flama_keras_builder *b, flama_keras_call *call)
{
    float slope = (float)flama_keras_real(b, "negative_slope", 0);
    float most = (float)flama_keras_real(b, "max_value", INFINITY);
    float threshold = (float)flama_keras_real(b, "threshold", 0);
    flama_keras_give(call, flama_keras_relu(b, flama_keras_input(b, call, 0), slope,
                                            most, threshold));
}

void flama_keras_leaky_relu_layer(flama_keras_builder *b, flama_keras_call *call)
{
    float slope =
        (float)flama_keras_real(b, "negative_slope", flama_keras_real(b, "alpha", 0.3));
    flama_keras_give(call, flama_keras_map(b, flama_keras_input(b, call, 0),
                                           FLAMA_MAP_LEAKY_RELU, slope, 0));
}

void flama_keras_elu_layer(flama_keras_builder *b, flama_keras_call *call)
{
    float alpha = (float)flama_keras_real(b, "alpha", 1);
    flama_keras_give(call, flama_keras_map(b, flama_keras_input(b, call, 0),
                                           FLAMA_MAP_ELU, alpha, 1));
}

/* max(x, 0) + alpha * min(x, 0), alpha of the input's shape without the batch, with 1
 * for shared axes. */
void flama_keras_prelu_layer(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_input(b, call, 0);
    const flama_hdf5_array *alpha = flama_keras_find_weight(b, "", 0);
    int64_t dims[FLAMA_HDF5_RANK];
    for (unsigned i = 0; alpha && i < alpha->rank; i++)
        dims[i] = (int64_t)alpha->shape[i];
    const float *data = alpha ? flama_keras_weight(b, "", 0, alpha->rank, dims) : NULL;
    if (data == NULL)
        return;
    flama_keras_id slopes =
        flama_keras_constant(b, FLAMA_KERAS_FLOAT, alpha->rank, dims, data);
    flama_keras_id zero = flama_keras_number(b, 0);
    flama_keras_id below = flama_keras_binary(b, FLAMA_KERAS_MINIMUM, x, zero);
    below = flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, below, slopes);
    x = flama_keras_map(b, x, FLAMA_MAP_RELU, 0, 0);
    flama_keras_give(call, flama_keras_binary(b, FLAMA_KERAS_ADD, x, below));
}

/* Over several axes: these moved last and made one. */
static flama_keras_id softmax_over(flama_keras_builder *b, flama_keras_id x,
                                   const int64_t *axes, size_t count)
{
    unsigned rank = flama_keras_known(b, x)->rank, at = 0, kept;
    unsigned order[FLAMA_KERAS_RANK], back[FLAMA_KERAS_RANK];
    unsigned set = flama_keras_axis_bits(b, axes, count, rank);
    int64_t dims[FLAMA_KERAS_RANK];
    for (unsigned i = 0; i < rank; i++)
        if ((set >> i & 1) == 0)
            order[at++] = i;
    kept = at;
    for (unsigned i = 0; i < rank; i++)
        if (set >> i & 1)
            order[at++] = i;
    if (kept == rank)
        return flama_keras_fail(b, FLAMA_EFORMAT, "has no such axes");
    for (unsigned i = 0; i < rank; i++) {
        dims[i] = i < kept ? FLAMA_KERAS_OWN(i) : FLAMA_KERAS_LIKE(i);
        back[order[i]] = i;
    }
    dims[kept] = FLAMA_KERAS_REST;
    flama_keras_id moved = flama_keras_transpose(b, x, order);
    flama_keras_id flat = flama_keras_reshape(b, moved, 0, kept + 1, dims);
    flat = flama_keras_softmax(b, flat, -1, false);
    dims[kept] = FLAMA_KERAS_LIKE(kept);
    flat = flama_keras_reshape(b, flat, moved, rank, dims);
    return flama_keras_transpose(b, flat, back);
}

void flama_keras_softmax_layer(flama_keras_builder *b, flama_keras_call *call)
{
    int64_t axes[FLAMA_KERAS_RANK] = {-1};
    size_t count = flama_keras_ints(b, "axis", FLAMA_KERAS_RANK, axes);
    flama_keras_id x = flama_keras_input(b, call, 0);
    flama_keras_id mask = flama_keras_call_mask(b, call, x);
    if (call->input_count > 1)
        mask = flama_keras_cast(b, call->inputs[1], FLAMA_KERAS_BOOL);
    if (mask)
        x = flama_keras_where(
            b, mask, x,
            flama_keras_binary(b, FLAMA_KERAS_ADD, x, flama_keras_number(b, -1e9f)));
    x = count > 1 ? softmax_over(b, x, axes, count)
                  : flama_keras_softmax(b, x, (int)axes[0], false);
    flama_keras_give(call, x);
}

void flama_keras_embedding_layer(flama_keras_builder *b, flama_keras_call *call)
{
    int64_t rows = flama_keras_int(b, "input_dim", -1, 1, FLAMA_KERAS_LARGEST);
    int64_t columns = flama_keras_int(b, "output_dim", -1, 1, FLAMA_KERAS_LARGEST);
    const float *table = flama_keras_weight(b, "", 0, 2, (int64_t[]){rows, columns});
    flama_keras_id x = flama_keras_input(b, call, 0);
    if (flama_keras_field(b->layer, "lora_rank"))
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "has a lora_rank");
    flama_keras_id ids = flama_keras_cast(b, x, FLAMA_KERAS_INT);
    flama_keras_id y = flama_keras_embed(b, ids, table, rows, columns);
    if (flama_keras_flag(b, "mask_zero", false))
        flama_keras_set_mask(
            b, y,
            flama_keras_binary(b, FLAMA_KERAS_NOT_EQUAL, x, flama_keras_number(b, 0)));
    flama_keras_give(call, y);
}

/* An embedding, or with `reverse` the product with its table or a matrix of its own. */
void flama_keras_reversible_embedding(flama_keras_builder *b, flama_keras_call *call)
{
    const flama_value *reverse = flama_value_get(call->kwargs, "reverse");
    if (reverse == NULL || reverse->kind != FLAMA_KIND_BOOL || !reverse->boolean) {
        flama_keras_embedding_layer(b, call);
        return;
    }
    int64_t rows = flama_keras_int(b, "input_dim", -1, 1, FLAMA_KERAS_LARGEST);
    int64_t columns = flama_keras_int(b, "output_dim", -1, 1, FLAMA_KERAS_LARGEST);
    bool tied = flama_keras_flag(b, "tie_weights", true);
    double most = flama_keras_real(b, "logit_soft_cap", 0);
    int64_t dims[2] = {tied ? rows : columns, tied ? columns : rows};
    const float *table = flama_keras_weight(b, "", tied ? 0 : 1, 2, dims);
    flama_keras_id matrix = flama_keras_constant(b, FLAMA_KERAS_FLOAT, 2, dims, table);
    flama_keras_id x = flama_keras_input(b, call, 0);
    if (flama_keras_field(b->layer, "reverse_dtype"))
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "has a reverse_dtype");
    x = flama_keras_matmul(b, x, matrix, false, tied);
    if (most != 0) {
        x = flama_keras_map(b, x, FLAMA_MAP_LINEAR, (float)(1 / most), 0);
        x = flama_keras_map(b, x, FLAMA_MAP_TANH, 0, 0);
        x = flama_keras_map(b, x, FLAMA_MAP_LINEAR, (float)most, 0);
    }
    flama_keras_give(call, x);
}

/* Steps all of whose features are the mask's value become 0, and masked. */
void flama_keras_masking_layer(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_input(b, call, 0);
    flama_keras_id value =
        flama_keras_number(b, (float)flama_keras_real(b, "mask_value", 0));
    flama_keras_id differs = flama_keras_binary(b, FLAMA_KERAS_NOT_EQUAL, x, value);
    unsigned last = flama_keras_known(b, x)->rank;
    if (last == 0) {
        flama_keras_fail(b, FLAMA_EFORMAT, "masks a single number");
        return;
    }
    flama_keras_id any =
        flama_keras_reduce(b, FLAMA_KERAS_ANY, differs, 1u << (last - 1), true);
    flama_keras_id y = flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, x, any);
    flama_keras_set_mask(
        b, y, flama_keras_reduce(b, FLAMA_KERAS_ANY, differs, 1u << (last - 1), false));
    flama_keras_give(call, y);
}
