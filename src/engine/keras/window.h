/* The windows of convolutions and poolings: how many there are, and where. Every
 * spatial axis is treated as one of three, absent ones having one element. */
#ifndef FLAMA_KERAS_WINDOW_H
#define FLAMA_KERAS_WINDOW_H

#include "engine/keras/ops.h"
#include "engine/kernels/conv.h"

/* What a window spans with its gaps. */
static inline int64_t flama_keras_span(const flama_keras_window *w, unsigned axis)
{
    return (w->size[axis] - 1) * w->dilation[axis] + 1;
}

/* Outputs along an axis of `length` (-1: not known), and the padding before it, as
 * TensorFlow cuts it. Less than 1: the axis is too short. */
static inline int64_t flama_keras_windows(const flama_keras_window *w, unsigned axis,
                                          int64_t length, int64_t *before)
{
    int64_t span = flama_keras_span(w, axis), stride = w->stride[axis];
    *before = w->before[axis];
    if (length < 0)
        return -1;
    if (!w->same)
        return length + *before < span ? 0 : (length + *before - span) / stride + 1;
    int64_t count = (length + stride - 1) / stride;
    int64_t padding = (count - 1) * stride + span - length;
    *before = padding > 0 ? padding / 2 : 0;
    return count;
}

/* A channels-last array of 1 to 3 spatial axes as one of three. */
typedef struct flama_keras_volume {
    size_t batch, channels;
    size_t length[3];
} flama_keras_volume;

static inline flama_keras_volume flama_keras_volume_of(const flama_keras_tensor *t)
{
    unsigned spatial = t->rank - 2;
    flama_keras_volume v = {.batch = (size_t)t->dims[0],
                            .channels = (size_t)t->dims[t->rank - 1],
                            .length = {1, 1, 1}};
    for (unsigned i = 0; i < spatial; i++)
        v.length[3 - spatial + i] = (size_t)t->dims[1 + i];
    return v;
}

/* The window for three axes likewise, with the padding for these lengths. */
typedef struct flama_keras_frame {
    ptrdiff_t size[3], stride[3], dilation[3], before[3];
} flama_keras_frame;

static inline flama_keras_frame flama_keras_frame_of(const flama_keras_window *w,
                                                     const flama_keras_tensor *t)
{
    flama_keras_frame f = {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}};
    for (unsigned i = 0; i < w->spatial; i++) {
        unsigned at = 3 - w->spatial + i;
        int64_t before;
        flama_keras_windows(w, i, t->dims[1 + i], &before);
        f.size[at] = (ptrdiff_t)w->size[i];
        f.stride[at] = (ptrdiff_t)w->stride[i];
        f.dilation[at] = (ptrdiff_t)w->dilation[i];
        f.before[at] = (ptrdiff_t)before;
    }
    return f;
}

/* op_conv.c: a convolution with that window, but for sizes and numbers; its sizes over
 * an image of these lengths; and its weights, packed once for all uses. */
flama_conv_f32 flama_keras_conv_of(const flama_keras_window *w, int64_t groups,
                                   int64_t channels, int64_t filters);
void flama_keras_conv_over(flama_conv_f32 *c, const flama_keras_window *w,
                           const int64_t *lengths);
const float *flama_keras_conv_pack(flama_keras_builder *b, const flama_conv_f32 *shape,
                                   const flama_hdf5_array *weight);

#endif
