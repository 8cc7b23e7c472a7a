/* Convolutions of images whose channels stand last, in one to three dimensions.
 *
 * The rows of a product are the windows, its columns the filters. Nothing of the
 * windows is copied: the places of a window are at the same distances from its corner
 * everywhere, so a tile of the product (kernels.h) reads its rows from the image. Where
 * windows reach over the edge they read a copy of the image with zeros around it; where
 * that copy would be large, or the windows are beside each other only in twos and
 * threes, copies of the windows. Nothing here allocates. Any thread. */
#ifndef FLAMA_KERNELS_CONV_H
#define FLAMA_KERNELS_CONV_H

#include <stdbool.h>
#include <stddef.h>

/* Axes that are not there have one element, a kernel of 1 and steps of 1. `before` is
 * the padding; that after follows from `out`. Filters belong to groups of channels,
 * group after group. */
typedef struct flama_conv_f32 {
    size_t batch, groups;
    size_t channels, filters; /* of all groups */
    size_t in[3], kernel[3], stride[3], dilation[3], before[3], out[3];
    const float *image;        /* (batch, in..., channels) */
    const float *weights;      /* packed by flama_conv_pack_f32 */
    const float *scale, *bias; /* of the filters; NULL: 1 and 0 */
    bool clamp;                /* sum * scale + bias is held between these */
    float low, high;
    float *to; /* (batch, out..., filters) */
} flama_conv_f32;

/* Packs weights (kernel..., channels of a group, filters), as kernel, channels, filters
 * and groups of `shape` say. The size is in elements; 0 when it does not fit size_t.
 * What is packed depends on the CPU: it is for this process only. */
size_t flama_conv_packed_f32(const flama_conv_f32 *shape);
void flama_conv_pack_f32(const flama_conv_f32 *shape, const float *weights, float *out);

/* Bytes of scratch memory, aligned to 16; SIZE_MAX when there can't be so much. */
size_t flama_conv_scratch_f32(const flama_conv_f32 *conv);

void flama_conv_f32_run(const flama_conv_f32 *conv, void *scratch);

/* The same in plain loops, with weights that are not packed: what the tests hold the
 * others to. */
void flama_conv_plain_f32(const flama_conv_f32 *conv);

#endif
