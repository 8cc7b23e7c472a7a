#include <string.h>

#include "engine/keras/operations.h"

/* What the layers of windows have in common, for channels last. */
typedef struct windowed {
    flama_keras_id x;
    flama_keras_window window;
    bool channels_first;
} windowed;

static bool read_sizes(flama_keras_builder *b, const char *field, unsigned spatial,
                       int64_t fallback, int64_t *out)
{
    size_t count = flama_keras_ints(b, field, 3, out);
    for (unsigned i = 0; i < spatial; i++) {
        if (count <= 1)
            out[i] = count ? out[0] : fallback;
        if (out[i] < 1 || out[i] > FLAMA_KERAS_FACTOR)
            return false;
    }
    return count <= 1 || count == spatial;
}

/* The window of a convolution, whose size is the field's, or that of a kernel; its
 * input, channels last. */
static bool read_window(flama_keras_builder *b, flama_keras_call *call,
                        const flama_hdf5_array *kernel, windowed *w)
{
    *w = (windowed){.x = flama_keras_input(b, call, 0)};
    unsigned rank = flama_keras_known(b, w->x)->rank;
    flama_keras_window *window = &w->window;
    w->channels_first =
        flama_keras_is(b, "data_format", "channels_first", "channels_last");
    window->same = flama_keras_is(b, "padding", "same", "valid");
    bool causal = flama_keras_is(b, "padding", "causal", "valid");
    bool known =
        window->same || causal || flama_keras_is(b, "padding", "valid", "valid");
    if (b->failed)
        return false;
    if (rank < 3 || rank > 5 || !known)
        return flama_keras_fail(b, FLAMA_EFORMAT,
                                "has a padding or an input of a rank that it can't "
                                "have");
    window->spatial = rank - 2;
    bool sized = kernel ? kernel->rank == rank
                        : read_sizes(b, "kernel_size", rank - 2, 1, window->size);
    for (unsigned i = 0; kernel && sized && i < rank - 2; i++) {
        window->size[i] = (int64_t)kernel->shape[i];
        sized = kernel->shape[i] <= (size_t)FLAMA_KERAS_FACTOR;
    }
    if (!sized || !read_sizes(b, "strides", rank - 2, 1, window->stride) ||
        !read_sizes(b, "dilation_rate", rank - 2, 1, window->dilation))
        return flama_keras_fail(b, FLAMA_EFORMAT, "has an impossible window");
    int64_t area = 1;
    for (unsigned i = 0; i < window->spatial; i++) {
        area *= window->size[i];
        if (causal)
            window->before[i] = (window->size[i] - 1) * window->dilation[i];
        if (area > FLAMA_KERAS_LARGEST / FLAMA_KERAS_FACTOR)
            return flama_keras_fail(b, FLAMA_ELIMIT, "has too large a window");
    }
    if (w->channels_first)
        w->x = flama_keras_axis_last(b, w->x, 1);
    return b->failed == 0;
}

/* The layer's output: y with the activation. */
static void give_back(flama_keras_builder *b, flama_keras_call *call, const windowed *w,
                      flama_keras_id y)
{
    y = flama_keras_activation(b, y, flama_keras_field(b->layer, "activation"));
    flama_keras_give(call, w->channels_first ? flama_keras_axis_back(b, y, 1) : y);
}

/* The bias, variable `index`, or NULL. Softmax and its kin work on the last axis, which
 * is not the channels' in channels_first. */
static const float *read_bias(flama_keras_builder *b, const windowed *w, unsigned index,
                              int64_t filters)
{
    flama_map_kind map;
    float p, q;
    if (w->channels_first &&
        !flama_keras_is_map(flama_keras_field(b->layer, "activation"), &map, &p, &q))
        flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                         "has an activation over an axis that is not the channels'");
    if (!flama_keras_flag(b, "use_bias", true))
        return NULL;
    return flama_keras_weight(b, "", index, 1, (int64_t[]){filters});
}

/* The kernel's shape: the window, then two numbers. */
static bool check_kernel(flama_keras_builder *b, const flama_hdf5_array *kernel,
                         const windowed *w, int64_t first, int64_t second)
{
    unsigned spatial = w->window.spatial;
    bool fits = kernel && kernel->rank == spatial + 2;
    for (unsigned i = 0; fits && i < spatial; i++)
        fits = (int64_t)kernel->shape[i] == w->window.size[i];
    fits = fits && flama_keras_fits((int64_t)kernel->shape[spatial], first) &&
           flama_keras_fits((int64_t)kernel->shape[spatial + 1], second);
    if (!fits && !b->failed)
        flama_keras_fail(b, FLAMA_EFORMAT, "has a kernel of another shape");
    return fits;
}

void flama_keras_conv_layer(flama_keras_builder *b, flama_keras_call *call)
{
    windowed w;
    if (!read_window(b, call, NULL, &w))
        return;
    int64_t filters = flama_keras_int(b, "filters", -1, 1, FLAMA_KERAS_LARGEST);
    int64_t groups = flama_keras_int(b, "groups", 1, 1, FLAMA_KERAS_FACTOR);
    const flama_hdf5_array *kernel = flama_keras_find_weight(b, "", 0);
    if (flama_keras_field(b->layer, "lora_rank"))
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "has a lora_rank");
    if (!check_kernel(b, kernel, &w, -1, filters))
        return;
    const float *bias = read_bias(b, &w, 1, filters);
    flama_keras_id y =
        flama_keras_conv(b, w.x, &w.window, kernel, groups, filters, bias);
    give_back(b, call, &w, y);
}

void flama_keras_conv_transpose_layer(flama_keras_builder *b, flama_keras_call *call)
{
    windowed w;
    int64_t extra[3] = {0};
    if (!read_window(b, call, NULL, &w))
        return;
    int64_t filters = flama_keras_int(b, "filters", -1, 1, FLAMA_KERAS_LARGEST);
    const flama_hdf5_array *kernel = flama_keras_find_weight(b, "", 0);
    size_t count = flama_keras_ints(b, "output_padding", 3, extra);
    for (unsigned i = 0; i < 3; i++) {
        if (count == 1)
            extra[i] = extra[0];
        if (extra[i] < 0 || extra[i] > FLAMA_KERAS_FACTOR)
            flama_keras_fail(b, FLAMA_EFORMAT, "has an impossible output_padding");
    }
    if (!check_kernel(b, kernel, &w, filters, -1))
        return;
    const float *bias = read_bias(b, &w, 1, filters);
    flama_keras_id y = flama_keras_conv_transpose(
        b, w.x, &w.window, count ? extra : NULL, kernel, filters, bias);
    give_back(b, call, &w, y);
}

/* The depthwise part: the kernel is (window..., channels, multiplier). Its bias is
 * variable 1 when `biased`. */
static flama_keras_id depthwise(flama_keras_builder *b, const windowed *w, bool biased)
{
    int64_t channels = flama_keras_dim(b, w->x, -1);
    int64_t multiplier =
        flama_keras_int(b, "depth_multiplier", 1, 1, FLAMA_KERAS_FACTOR);
    if (channels < 1 || channels > FLAMA_KERAS_FACTOR)
        return flama_keras_fail(b, FLAMA_EFORMAT, "needs to know its channels");
    const flama_hdf5_array *kernel = flama_keras_find_weight(b, "", 0);
    int64_t filters = channels * multiplier;
    const float *bias = biased ? read_bias(b, w, 1, filters) : NULL;
    if (!check_kernel(b, kernel, w, channels, multiplier))
        return 0;
    return flama_keras_conv(b, w->x, &w->window, kernel, channels, filters, bias);
}

void flama_keras_depthwise_layer(flama_keras_builder *b, flama_keras_call *call)
{
    windowed w;
    if (read_window(b, call, NULL, &w))
        give_back(b, call, &w, depthwise(b, &w, true));
}

void flama_keras_separable_layer(flama_keras_builder *b, flama_keras_call *call)
{
    windowed w;
    if (!read_window(b, call, NULL, &w))
        return;
    int64_t filters = flama_keras_int(b, "filters", -1, 1, FLAMA_KERAS_LARGEST);
    flama_keras_id middle = depthwise(b, &w, false);
    const flama_hdf5_array *pointwise = flama_keras_find_weight(b, "", 1);
    const float *bias = read_bias(b, &w, 2, filters);
    flama_keras_id y = flama_keras_dense(b, middle, pointwise,
                                         flama_keras_dim(b, middle, -1), filters, bias);
    give_back(b, call, &w, y);
}

/* A kernel among the arguments, which must stand in the file, as weights. */
static const flama_hdf5_array *kernel_argument(flama_keras_builder *b,
                                               const flama_keras_call *call, size_t i,
                                               const char *name)
{
    flama_keras_id id = flama_keras_tensor_argument(b, call, i, name);
    const flama_keras_tensor *t = flama_keras_known(b, id);
    if (b->failed)
        return NULL;
    if (t->data == NULL || t->dtype != FLAMA_KERAS_FLOAT || t->rank < 3)
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                                "has a kernel that is computed, or not of floats"),
               NULL;
    return flama_keras_array(b, t->rank, t->dims, t->data);
}

void flama_keras_conv_operation(flama_keras_builder *b, flama_keras_call *call)
{
    windowed w;
    bool each = flama_keras_text_is(b->layer->class_name, "DepthwiseConv");
    const flama_hdf5_array *kernel = kernel_argument(b, call, 1, "kernel");
    if (kernel == NULL || !read_window(b, call, kernel, &w))
        return;
    int64_t channels = flama_keras_dim(b, w.x, -1);
    int64_t one = (int64_t)kernel->shape[kernel->rank - 2];
    int64_t two = (int64_t)kernel->shape[kernel->rank - 1];
    if (channels < 1 || one < 1 || channels % one || (each && one != channels))
        flama_keras_fail(b, FLAMA_EFORMAT, "has a kernel of another shape");
    else
        give_back(b, call, &w,
                  flama_keras_conv(b, w.x, &w.window, kernel,
                                   each ? channels : channels / one,
                                   each ? channels * two : two, NULL));
}

void flama_keras_separable_operation(flama_keras_builder *b, flama_keras_call *call)
{
    windowed w;
    const flama_hdf5_array *each = kernel_argument(b, call, 1, "depthwise_kernel");
    const flama_hdf5_array *point = kernel_argument(b, call, 2, "pointwise_kernel");
    if (each == NULL || point == NULL || !read_window(b, call, each, &w))
        return;
    int64_t channels = (int64_t)each->shape[each->rank - 2];
    int64_t middle = channels * (int64_t)each->shape[each->rank - 1];
    int64_t filters = (int64_t)point->shape[point->rank - 1];
    if (!flama_keras_fits(flama_keras_dim(b, w.x, -1), channels)) {
        flama_keras_fail(b, FLAMA_EFORMAT, "has a kernel of another shape");
        return;
    }
    flama_keras_id y =
        flama_keras_conv(b, w.x, &w.window, each, channels, middle, NULL);
    give_back(b, call, &w, flama_keras_dense(b, y, point, middle, filters, NULL));
}

/* The recurrence over the frames in w->x, which are those of x. */
static flama_keras_id run_frames(flama_keras_builder *b, const windowed *w,
                                 flama_keras_id x)
{
    unsigned spatial = w->window.spatial;
    int64_t filters = flama_keras_int(b, "filters", -1, 1, FLAMA_KERAS_FACTOR);
    const flama_hdf5_array *kernel = flama_keras_find_weight(b, "", 0);
    flama_keras_cell cell = {.kind = FLAMA_KERAS_LSTM,
                             .units = filters,
                             .recurrent = flama_keras_find_weight(b, "", 1),
                             .window = w->window,
                             .backwards = flama_keras_flag(b, "go_backwards", false),
                             .sequences =
                                 flama_keras_flag(b, "return_sequences", false)};
    for (unsigned i = 0; i < spatial; i++) {
        cell.window.stride[i] = cell.window.dilation[i] = 1;
        cell.window.before[i] = 0;
    }
    cell.window.same = true;
    flama_keras_cell_maps(b, &cell);
    if (!check_kernel(b, kernel, w, -1, 4 * filters) ||
        !check_kernel(b, cell.recurrent, w, filters, 4 * filters))
        return 0;
    const float *bias = read_bias(b, w, 2, 4 * filters);
    flama_keras_id y =
        flama_keras_conv(b, w->x, &w->window, kernel, 1, 4 * filters, bias);
    int64_t dims[FLAMA_KERAS_RANK] = {FLAMA_KERAS_LIKE(0), FLAMA_KERAS_LIKE(1)};
    for (unsigned i = 0; i <= spatial; i++)
        dims[2 + i] = FLAMA_KERAS_OWN(1 + i);
    y = flama_keras_reshape(b, y, x, spatial + 3, dims);
    return flama_keras_recur(b, y, &cell, 0, NULL);
}

/* ConvLSTM: the images of all steps convolved as one batch, then a recurrence whose
 * state is an image. */
void flama_keras_conv_lstm(flama_keras_builder *b, flama_keras_call *call)
{
    windowed w;
    flama_keras_id x = flama_keras_input(b, call, 0), frames, y = 0;
    unsigned rank = flama_keras_known(b, x)->rank;
    int64_t dims[FLAMA_KERAS_RANK + 1] = {FLAMA_KERAS_REST};
    if (rank < 4 || rank > 6 || call->input_count != 1 || call->named_count ||
        flama_keras_mask(b, x) || flama_keras_flag(b, "stateful", false) ||
        flama_keras_is(b, "data_format", "channels_first", "channels_last")) {
        flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                         "is stateful, channels first, or given masks or states");
        return;
    }
    for (unsigned i = 2; i < rank; i++)
        dims[i - 1] = FLAMA_KERAS_OWN(i);
    frames = flama_keras_reshape(b, x, 0, rank - 1, dims);
    flama_keras_call inner = {.input_count = 1, .inputs = &frames};
    flama_keras_layer layer = *b->layer;
    const flama_keras_layer *outer = b->layer;
    layer.path = flama_keras_join(b, layer.path, "cell");
    b->layer = &layer;
    if (read_window(b, &inner, NULL, &w))
        y = run_frames(b, &w, x);
    b->layer = outer;
    flama_keras_give(call, y);
    for (flama_keras_id i = 1; i <= 2 && flama_keras_flag(b, "return_state", false);
         i++)
        flama_keras_give(call, y ? y + i : 0);
}

/* Pooling. */

static void pool(flama_keras_builder *b, flama_keras_call *call, bool largest)
{
    flama_keras_id x = flama_keras_input(b, call, 0);
    unsigned rank = flama_keras_known(b, x)->rank;
    flama_keras_window window = {.dilation = {1, 1, 1}};
    bool first = flama_keras_is(b, "data_format", "channels_first", "channels_last");
    window.same = flama_keras_is(b, "padding", "same", "valid");
    if (rank < 3 || rank > 5 ||
        (!window.same && !flama_keras_is(b, "padding", "valid", "valid"))) {
        flama_keras_fail(b, FLAMA_EFORMAT,
                         "has a padding or an input of a rank that "
                         "it can't have");
        return;
    }
    window.spatial = rank - 2;
    bool fits = read_sizes(b, "pool_size", rank - 2, 2, window.size);
    memcpy(window.stride, window.size, sizeof window.stride);
    if (flama_keras_field(b->layer, "strides"))
        fits = fits && read_sizes(b, "strides", rank - 2, 1, window.stride);
    if (!fits)
        flama_keras_fail(b, FLAMA_EFORMAT, "has an impossible window");
    x = first ? flama_keras_axis_last(b, x, 1) : x;
    x = flama_keras_pool(b, x, &window, largest, false);
    flama_keras_give(call, first ? flama_keras_axis_back(b, x, 1) : x);
}

void flama_keras_max_pooling(flama_keras_builder *b, flama_keras_call *call)
{
    pool(b, call, true);
}

void flama_keras_average_pooling(flama_keras_builder *b, flama_keras_call *call)
{
    pool(b, call, false);
}

static void adaptive(flama_keras_builder *b, flama_keras_call *call, bool largest)
{
    flama_keras_id x = flama_keras_input(b, call, 0);
    unsigned rank = flama_keras_known(b, x)->rank;
    flama_keras_window window = {.dilation = {1, 1, 1}, .stride = {1, 1, 1}};
    bool first = flama_keras_is(b, "data_format", "channels_first", "channels_last");
    if (rank < 3 || rank > 5 ||
        !read_sizes(b, "output_size", rank - 2, 1, window.size)) {
        flama_keras_fail(b, FLAMA_EFORMAT, "has an impossible output_size");
        return;
    }
    window.spatial = rank - 2;
    x = first ? flama_keras_axis_last(b, x, 1) : x;
    x = flama_keras_pool(b, x, &window, largest, true);
    flama_keras_give(call, first ? flama_keras_axis_back(b, x, 1) : x);
}

void flama_keras_adaptive_max(flama_keras_builder *b, flama_keras_call *call)
{
    adaptive(b, call, true);
}

void flama_keras_adaptive_average(flama_keras_builder *b, flama_keras_call *call)
{
    adaptive(b, call, false);
}

/* The spatial axes, a bit each. */
static unsigned spatial_axes(flama_keras_builder *b, flama_keras_id x)
{
    unsigned rank = flama_keras_known(b, x)->rank;
    bool first = flama_keras_is(b, "data_format", "channels_first", "channels_last");
    if (rank < 3 || rank > 5)
        return flama_keras_fail(b, FLAMA_EFORMAT, "has an input of rank %u", rank);
    unsigned all = (1u << rank) - 2;
    return first ? all & ~2u : all & ~(1u << (rank - 1));
}

void flama_keras_global_max(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_input(b, call, 0);
    bool keep = flama_keras_flag(b, "keepdims", false);
    flama_keras_give(
        call, flama_keras_reduce(b, FLAMA_KERAS_MAX, x, spatial_axes(b, x), keep));
}

/* With a mask, in one dimension: the mean of the steps it lets through. */
static flama_keras_id masked_mean(flama_keras_builder *b, flama_keras_id x,
                                  flama_keras_id mask, unsigned axes, bool keep)
{
    bool last = axes == 2;
    int64_t dims[3] = {FLAMA_KERAS_OWN(0), last ? FLAMA_KERAS_OWN(1) : 1,
                       last ? 1 : FLAMA_KERAS_OWN(1)};
    mask = flama_keras_cast(b, mask, FLAMA_KERAS_FLOAT);
    mask = flama_keras_reshape(b, mask, 0, 3, dims);
    x = flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, x, mask);
    x = flama_keras_reduce(b, FLAMA_KERAS_SUM, x, axes, keep);
    mask = flama_keras_reduce(b, FLAMA_KERAS_SUM, mask, axes, keep);
    return flama_keras_binary(b, FLAMA_KERAS_DIVIDE, x, mask);
}

void flama_keras_global_average(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_input(b, call, 0);
    bool keep = flama_keras_flag(b, "keepdims", false);
    unsigned axes = spatial_axes(b, x);
    bool masked = flama_keras_known(b, x)->rank == 3;
    flama_keras_id mask = masked ? flama_keras_call_mask(b, call, x) : 0;
    flama_keras_give(call,
                     mask ? masked_mean(b, x, mask, axes, keep)
                          : flama_keras_reduce(b, FLAMA_KERAS_MEAN, x, axes, keep));
}
