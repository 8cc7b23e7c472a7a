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

static flama_keras_id activated(flama_keras_builder *b, flama_keras_id x)
{
    return flama_keras_activation(b, x, flama_keras_field(b->layer, "activation"));
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
    flama_keras_give(call, activated(b, x));
}

/* An einsum "abc,cd->abd" whose second factor is the weight: the axes of the input that
 * are summed moved last, a product, and the axes put in the order wanted. */
typedef struct einsum {
    char in[FLAMA_KERAS_RANK + 1], weight[FLAMA_KERAS_RANK + 1],
        out[FLAMA_KERAS_RANK + 1];
    unsigned in_rank, weight_rank, out_rank;
} einsum;

/* Copies the letters of one operand; an ellipsis stands for `more` axes, which are
 * called by digits. */
static bool read_operand(flama_string text, unsigned more, char *out, unsigned *rank)
{
    *rank = 0;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == ' ')
            continue;
        if (i + 2 < text.size && c == '.' && text.data[i + 1] == '.') {
            for (unsigned k = 0; k < more && *rank < FLAMA_KERAS_RANK; k++)
                out[(*rank)++] = (char)('0' + k);
            i += 2;
            continue;
        }
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter || *rank == FLAMA_KERAS_RANK)
            return false;
        for (unsigned k = 0; k < *rank; k++)
            if (out[k] == c)
                return false; /* a diagonal */
        out[(*rank)++] = c;
    }
    return true;
}

static int place_of(const char *letters, unsigned rank, char c)
{
    for (unsigned i = 0; i < rank; i++)
        if (letters[i] == c)
            return (int)i;
    return -1;
}

static bool read_equation(flama_string text, unsigned rank, einsum *e)
{
    const char *comma = memchr(text.data, ',', text.size);
    const char *arrow =
        comma ? memchr(comma, '>', (size_t)(text.data + text.size - comma)) : NULL;
    if (arrow == NULL || arrow[-1] != '-')
        return false;
    flama_string in = {text.data, (size_t)(comma - text.data)};
    flama_string weight = {comma + 1, (size_t)(arrow - 1 - comma - 1)};
    flama_string out = {arrow + 1, (size_t)(text.data + text.size - arrow - 1)};
    unsigned letters = 0;
    for (size_t i = 0; i < in.size; i++)
        letters += in.data[i] != '.' && in.data[i] != ' ';
    unsigned more =
        memchr(in.data, '.', in.size) && rank > letters ? rank - letters : 0;
    return read_operand(in, more, e->in, &e->in_rank) &&
           read_operand(weight, 0, e->weight, &e->weight_rank) &&
           read_operand(out, more, e->out, &e->out_rank) && e->in_rank == rank;
}

/* How the equation maps to a product: the input's axes kept and summed in order. */
typedef struct einsum_plan {
    unsigned order[FLAMA_KERAS_RANK]; /* of the input, summed axes last */
    unsigned kept, summed;
    unsigned weight_order[FLAMA_KERAS_RANK]; /* of the weight, summed axes first */
    unsigned out_order[FLAMA_KERAS_RANK];
} einsum_plan;

static bool plan_einsum(const einsum *e, einsum_plan *p)
{
    char made[FLAMA_KERAS_RANK * 2];
    unsigned n = 0, w = 0;
    *p = (einsum_plan){.kept = 0};
    for (unsigned i = 0; i < e->in_rank; i++)
        if (place_of(e->weight, e->weight_rank, e->in[i]) < 0) {
            made[n++] = e->in[i];
            p->order[p->kept++] = i;
        } else if (place_of(e->out, e->out_rank, e->in[i]) >= 0)
            return false; /* a batch of products */
    for (unsigned i = 0; i < e->weight_rank; i++) {
        int at = place_of(e->in, e->in_rank, e->weight[i]);
        if (at >= 0) {
            p->order[p->kept + p->summed++] = (unsigned)at;
            p->weight_order[w++] = i;
        }
    }
    for (unsigned i = 0; i < e->weight_rank; i++)
        if (place_of(e->in, e->in_rank, e->weight[i]) < 0) {
            made[n++] = e->weight[i];
            p->weight_order[w++] = i;
        }
    if (n != e->out_rank || n > FLAMA_KERAS_RANK)
        return false;
    for (unsigned i = 0; i < n; i++) {
        int at = place_of(made, n, e->out[i]);
        if (at < 0)
            return false;
        p->out_order[i] = (unsigned)at;
    }
    return true;
}

static bool is_sorted(const unsigned *order, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (order[i] != i)
            return false;
    return true;
}

/* The product as operations; the weight's axes must stand as the product wants them,
 * which is how everybody writes it, or be computed as constants. */
static flama_keras_id einsum_product(flama_keras_builder *b, flama_keras_id x,
                                     const einsum *e, const einsum_plan *p)
{
    const flama_hdf5_array *kernel = flama_keras_find_weight(b, "", 0);
    int64_t k = 1, n = 1, dims[FLAMA_KERAS_RANK];
    unsigned rank = p->kept;
    if (kernel == NULL || kernel->rank != e->weight_rank)
        return flama_keras_fail(b, FLAMA_EFORMAT, "has a kernel of another rank");
    x = flama_keras_transpose(b, x, p->order);
    for (unsigned i = 0; i < p->kept; i++)
        dims[i] = FLAMA_KERAS_OWN(i);
    for (unsigned i = 0; i < e->weight_rank; i++) {
        int64_t length = (int64_t)kernel->shape[p->weight_order[i]];
        if (i < p->summed) {
            k *= length;
            if (!flama_keras_fits(flama_keras_dim(b, x, (int)(p->kept + i)), length))
                return flama_keras_fail(b, FLAMA_EFORMAT,
                                        "has a kernel of another "
                                        "shape than its input");
        } else
            dims[rank++] = length;
    }
    for (unsigned i = p->kept; i < rank; i++)
        n *= dims[i];
    dims[p->kept] = p->summed == 1 ? FLAMA_KERAS_OWN(p->kept) : k;
    int64_t first =
        rank > p->kept ? (int64_t)kernel->shape[p->weight_order[p->summed]] : 1;
    x = flama_keras_reshape(b, x, 0, p->kept + 1, dims);
    if (!is_sorted(p->weight_order, e->weight_rank)) {
        int64_t want[FLAMA_KERAS_RANK];
        for (unsigned i = 0; i < kernel->rank; i++)
            want[i] = (int64_t)kernel->shape[i];
        const float *data = flama_keras_weight(b, "", 0, kernel->rank, want);
        flama_keras_id w =
            flama_keras_constant(b, FLAMA_KERAS_FLOAT, kernel->rank, want, data);
        w = flama_keras_transpose(b, w, p->weight_order);
        w = flama_keras_reshape(b, w, 0, 2, (int64_t[]){k, n});
        x = flama_keras_matmul(b, x, w, false, false);
    } else
        x = flama_keras_dense(b, x, kernel, k, n, NULL);
    dims[p->kept] = first;
    return flama_keras_reshape(b, x, 0, rank, dims);
}

void flama_keras_einsum_dense(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_input(b, call, 0);
    einsum e;
    einsum_plan p;
    flama_string text = flama_keras_text(flama_keras_field(b->layer, "equation"));
    unsigned rank = flama_keras_known(b, x)->rank;
    if (b->failed)
        return;
    if (!read_equation(text, rank, &e) || !plan_einsum(&e, &p) || p.kept == 0 ||
        p.summed == 0) {
        flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                         "has an equation that is no product of "
                         "its input and its weights");
        return;
    }
    x = einsum_product(b, x, &e, &p);
    x = flama_keras_transpose(b, x, p.out_order);
    if (flama_keras_field(b->layer, "bias_axes")) {
        const flama_hdf5_array *bias = flama_keras_find_weight(b, "", 1);
        int64_t dims[FLAMA_KERAS_RANK];
        for (unsigned i = 0; bias && i < bias->rank; i++)
            dims[i] = (int64_t)bias->shape[i];
        const float *data =
            bias ? flama_keras_weight(b, "", 1, bias->rank, dims) : NULL;
        if (data)
            x = flama_keras_binary(
                b, FLAMA_KERAS_ADD, x,
                flama_keras_constant(b, FLAMA_KERAS_FLOAT, bias->rank, dims, data));
    }
    flama_keras_give(call, activated(b, x));
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
    unsigned order[FLAMA_KERAS_RANK], back[FLAMA_KERAS_RANK], set = 0;
    int64_t dims[FLAMA_KERAS_RANK];
    for (size_t i = 0; i < count; i++)
        if (axes[i] >= -(int64_t)rank && axes[i] < (int64_t)rank)
            set |= 1u << (axes[i] < 0 ? axes[i] + (int64_t)rank : axes[i]);
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
