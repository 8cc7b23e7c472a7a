/* Windows that slide over up to three dimensions: what convolutions and pools share.
 * Fewer dimensions are three with sizes of 1 before. */
#ifndef FLAMA_TORCH_WINDOW_H
#define FLAMA_TORCH_WINDOW_H

#include "engine/torch/op.h"

typedef struct flama_pt_window {
    size_t dims;       /* 1 to 3 */
    int64_t in[3];     /* sizes of the input, */
    int64_t kernel[3]; /* of the window, */
    int64_t out[3];    /* of the output */
    int64_t stride[3], pad[3], dilation[3];
    int64_t more[3]; /* padding at the end, beyond that of both sides */
} flama_pt_window;

/* The integers of argument i, one a dimension or one for all, at the end of three; the
 * rest is `none`. An empty list, where allowed, leaves *out as it is. */
int flama_pt_window_ints(flama_pt_op *op, size_t i, size_t dims, int64_t none,
                         int64_t *out);

/* The sizes of t's last `dims` dimensions, at the end of three. */
void flama_pt_window_sizes(const flama_pt_tensor *t, size_t dims, int64_t *out);

/* Checks strides, pads and dilations and works out the output's sizes; with `ceil` a
 * window may begin in the input or the left padding and reach over the end. */
int flama_pt_window_out(flama_pt_op *op, flama_pt_window *w, bool ceil);

/* n numbers of a line of the input, from column x on, as far apart as windows are; 0
 * for those outside. */
void flama_pt_window_line(const flama_pt_window *w, const float *line, int64_t x,
                          size_t n, float *out);

/* Products of three. */
int64_t flama_pt_volume(const int64_t *sizes);

#endif
