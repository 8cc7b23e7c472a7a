/* Operations that are layers without weights of their own: windows, normalizations,
 * attention, images. */
#include <math.h>
#include <string.h>

#include "engine/keras/operations.h"

/* Activations with a parameter. */

void flama_keras_curve_operation(flama_keras_builder *b, flama_keras_call *call)
{
    static const struct {
        const char *name, *activation;
        const char *fields[2];
    } rows[] = {{"Celu", "celu", {"alpha", NULL}},
                {"SparsePlus", "sparse_plus", {NULL, NULL}},
                {"SparseSigmoid", "sparse_sigmoid", {NULL, NULL}},
                {"Squareplus", "squareplus", {"b", NULL}},
                {"Threshold", "threshold", {"threshold", "default_value"}}};
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (flama_keras_text_is(b->layer->class_name, rows[i].name)) {
            float pq[2] = {NAN, NAN};
            for (unsigned k = 0; k < 2 && rows[i].fields[k]; k++)
                pq[k] = (float)flama_keras_real(b, rows[i].fields[k], NAN);
            flama_keras_give(call, flama_keras_curve(b, x, rows[i].activation, pq));
        }
}

/* Softmax's kin over the last axis. */
void flama_keras_last_axis_operation(flama_keras_builder *b, flama_keras_call *call)
{
    bool glu = flama_keras_text_is(b->layer->class_name, "Glu");
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    unsigned rank = flama_keras_known(b, x)->rank;
    unsigned axis = flama_keras_axis(b, "axis", -1, rank);
    flama_string text = {glu ? "glu" : "sparsemax", strlen(glu ? "glu" : "sparsemax")};
    flama_value name = flama_value_string(text);
    x = flama_keras_axis_last(b, x, axis);
    x = flama_keras_activation(b, x, &name);
    flama_keras_give(call, flama_keras_axis_back(b, x, axis));
}

/* Normalizations. */

/* x over its last axis, times gamma plus beta, where those are given. */
static void normalize(flama_keras_builder *b, flama_keras_call *call, bool centre,
                      const char *gamma, const char *beta)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    unsigned rank = flama_keras_known(b, x)->rank;
    double epsilon = flama_keras_real(b, "epsilon", 1e-7);
    if (flama_keras_axis(b, "axis", -1, rank) + 1 != rank ||
        flama_keras_flag(b, "rms_scaling", false))
        flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                         "normalizes another axis than the last, or in another way");
    x = flama_keras_normalize(b, x, rank - 1, centre, epsilon, NULL, NULL);
    if (flama_keras_argument(b, call, 1, gamma))
        x = flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, x,
                               flama_keras_tensor_argument(b, call, 1, gamma));
    if (beta && flama_keras_argument(b, call, 2, beta))
        x = flama_keras_binary(b, FLAMA_KERAS_ADD, x,
                               flama_keras_tensor_argument(b, call, 2, beta));
    flama_keras_give(call, x);
}

void flama_keras_layer_norm_operation(flama_keras_builder *b, flama_keras_call *call)
{
    normalize(b, call, true, "gamma", "beta");
}

void flama_keras_rms_norm_operation(flama_keras_builder *b, flama_keras_call *call)
{
    normalize(b, call, false, "scale", NULL);
}

/* Mean and variance. */
void flama_keras_moments(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    bool keep = flama_keras_flag(b, "keepdims", false);
    unsigned axes =
        flama_keras_axes_argument(b, call, 1, "axes", flama_keras_known(b, x)->rank);
    flama_keras_give(call, flama_keras_reduce(b, FLAMA_KERAS_MEAN, x, axes, keep));
    flama_keras_give(call, flama_keras_reduce(b, FLAMA_KERAS_VARIANCE, x, axes, keep));
}

/* Attention; queries, keys and values are (batch, steps, heads, size). */
void flama_keras_dot_product_attention(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id q = flama_keras_tensor_argument(b, call, 0, "query");
    flama_keras_id k = flama_keras_tensor_argument(b, call, 1, "key");
    flama_keras_id v = flama_keras_tensor_argument(b, call, 2, "value"), mask = 0;
    int64_t size = flama_keras_dim(b, q, -1);
    double scale = flama_keras_real_argument(b, call, 5, "scale",
                                             1 / sqrt(size > 0 ? (double)size : 1));
    flama_keras_attention params = {.scale = (float)scale,
                                    .causal = flama_keras_flag(b, "is_causal", false),
                                    .masked = -1e30f};
    if (flama_keras_argument(b, call, 3, "bias") ||
        flama_keras_field(b->layer, "attn_logits_soft_cap"))
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "adds a bias to its scores");
    if (flama_keras_argument(b, call, 4, "mask"))
        mask = flama_keras_cast(b, flama_keras_tensor_argument(b, call, 4, "mask"),
                                FLAMA_KERAS_BOOL);
    flama_keras_give(call, flama_keras_attend(b, q, k, v, mask, &params));
}

/* Images, channels last. */

static bool is_image(flama_keras_builder *b, flama_keras_id x)
{
    bool image = flama_keras_known(b, x)->rank == 4 &&
                 !flama_keras_is(b, "data_format", "channels_first", "channels_last");
    if (!image)
        flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                         "is given what is no batch of images, channels last");
    return image;
}

void flama_keras_grayscale(flama_keras_builder *b, flama_keras_call *call)
{
    static const float weights[] = {0.2989f, 0.5870f, 0.1140f};
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "images");
    if (!is_image(b, x))
        return;
    flama_keras_id each =
        flama_keras_constant(b, FLAMA_KERAS_FLOAT, 1, (int64_t[]){3}, weights);
    x = flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, x, each);
    flama_keras_give(call, flama_keras_reduce(b, FLAMA_KERAS_SUM, x, 1u << 3, true));
}

/* A field of one integer, or one for each of height and width. */
static bool read_pair(flama_keras_builder *b, const char *field,
                      const int64_t fallback[2], int64_t out[2])
{
    size_t count = flama_keras_ints(b, field, 2, out);
    if (count == 0)
        memcpy(out, fallback, 2 * sizeof *out);
    else if (count == 1)
        out[1] = out[0];
    return out[0] >= 1 && out[1] >= 1 && out[0] <= FLAMA_KERAS_FACTOR &&
           out[1] <= FLAMA_KERAS_FACTOR;
}

/* Each place of the window is a slice of the image; all of them, one after the other,
 * are the patches. */
void flama_keras_extract_patches(flama_keras_builder *b, flama_keras_call *call)
{
    enum { MOST = 1 << 12 };
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "images");
    static const int64_t none[2] = {0, 0}, ones[2] = {1, 1};
    int64_t size[2], stride[2], dilation[2], before[4] = {0}, after[4] = {0};
    bool same = flama_keras_is(b, "padding", "same", "valid");
    if (!is_image(b, x) || !read_pair(b, "size", none, size) ||
        !read_pair(b, "strides", size, stride) ||
        !read_pair(b, "dilation_rate", ones, dilation) || size[0] * size[1] > MOST) {
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "cuts patches that are not supported");
        return;
    }
    int64_t span[2], count[2];
    for (unsigned i = 0; i < 2; i++) {
        int64_t length = flama_keras_dim(b, x, 1 + (int)i);
        span[i] = (size[i] - 1) * dilation[i] + 1;
        if (length < 0 || (!same && length < span[i])) {
            flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                             "cuts an image that is too small, or of unknown size");
            return;
        }
        count[i] = same ? (length + stride[i] - 1) / stride[i]
                        : (length - span[i]) / stride[i] + 1;
        int64_t padding = (count[i] - 1) * stride[i] + span[i] - length;
        if (same && padding > 0) {
            before[1 + i] = padding / 2;
            after[1 + i] = padding - padding / 2;
        }
    }
    if (same)
        x = flama_keras_pad(b, x, before, after, FLAMA_KERAS_PAD_CONSTANT, 0);
    flama_keras_id *parts =
        flama_arena_calloc(b->scratch, (size_t)(size[0] * size[1]), sizeof *parts);
    for (int64_t i = 0; parts && !b->failed && i < size[0] * size[1]; i++) {
        int64_t at[2] = {i / size[1] * dilation[0], i % size[1] * dilation[1]};
        parts[i] = x;
        for (unsigned k = 0; k < 2; k++)
            parts[i] =
                flama_keras_slice(b, parts[i], 1 + k, at[k],
                                  at[k] + (count[k] - 1) * stride[k] + 1, stride[k]);
    }
    if (parts == NULL)
        flama_keras_fail_memory(b);
    else
        flama_keras_give(call,
                         flama_keras_concat(b, (size_t)(size[0] * size[1]), parts, -1));
}

/* Blocks of `block_size` squared pixels, whose channels become those of one pixel, or
 * the other way round. */
static void move_blocks(flama_keras_builder *b, flama_keras_call *call, bool to_depth)
{
    static const unsigned order[] = {0, 1, 3, 2, 4, 5};
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    int64_t size = flama_keras_int(b, "block_size", -1, 1, FLAMA_KERAS_FACTOR);
    if (!is_image(b, x) || b->failed)
        return;
    int64_t height = flama_keras_dim(b, x, 1), width = flama_keras_dim(b, x, 2);
    int64_t channels = flama_keras_dim(b, x, 3), area = size * size;
    if (height < 0 || width < 0 || channels < 0 ||
        (to_depth ? height % size || width % size : channels % area)) {
        flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                         "is given what its blocks don't divide, or of unknown size");
        return;
    }
    int64_t rows = to_depth ? height / size : height, own = FLAMA_KERAS_OWN(0);
    int64_t columns = to_depth ? width / size : width;
    int64_t depth = to_depth ? channels : channels / area;
    int64_t apart[2][6] = {{own, rows, columns, size, size, depth},
                           {own, rows, size, columns, size, depth}};
    int64_t joined[2][4] = {{own, rows * size, columns * size, depth},
                            {own, rows, columns, area * depth}};
    x = flama_keras_reshape(b, x, 0, 6, apart[to_depth]);
    x = flama_keras_transpose(b, x, order);
    flama_keras_give(call, flama_keras_reshape(b, x, 0, 4, joined[to_depth]));
}

void flama_keras_depth_to_space(flama_keras_builder *b, flama_keras_call *call)
{
    move_blocks(b, call, false);
}

void flama_keras_space_to_depth(flama_keras_builder *b, flama_keras_call *call)
{
    move_blocks(b, call, true);
}
