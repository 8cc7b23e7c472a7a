/* The windows of images as columns, and images out of such columns. */
#include <string.h>

#include "engine/torch/ops.h"
#include "engine/torch/window.h"

/* Kernel, dilation, padding and stride from argument i on. */
static int read_kernel(flama_pt_op *op, size_t i, flama_pt_window *w)
{
    w->dims = 2;
    for (size_t d = 0; d < 3; d++)
        w->kernel[d] = w->stride[d] = w->dilation[d] = 1, w->pad[d] = 0;
    flama_pt_window_ints(op, i, 2, 1, w->kernel);
    flama_pt_window_ints(op, i + 1, 2, 1, w->dilation);
    flama_pt_window_ints(op, i + 2, 2, 0, w->pad);
    flama_pt_window_ints(op, i + 3, 2, 1, w->stride);
    return op->code ? op->code : flama_pt_window_out(op, w, false);
}

/* Where in its plane window i has place p of it, or -1 outside. */
static int64_t pixel_of(const flama_pt_window *w, int64_t p, int64_t i)
{
    int64_t y = p / w->kernel[2] * w->dilation[1] - w->pad[1];
    int64_t x = p % w->kernel[2] * w->dilation[2] - w->pad[2];
    y += i / w->out[2] * w->stride[1];
    x += i % w->out[2] * w->stride[2];
    return y >= 0 && y < w->in[1] && x >= 0 && x < w->in[2] ? y * w->in[2] + x : -1;
}

/* One plane's columns, a row for each place in the window. */
static void read_columns(const flama_pt_window *w, const float *plane, float *cols)
{
    for (int64_t p = 0; p < w->kernel[1] * w->kernel[2]; p++)
        for (int64_t i = 0; i < w->out[1] * w->out[2]; i++) {
            int64_t at = pixel_of(w, p, i);
            *cols++ = at < 0 ? 0 : plane[at];
        }
}

static void add_columns(const flama_pt_window *w, const float *cols, float *plane)
{
    for (int64_t p = 0; p < w->kernel[1] * w->kernel[2]; p++)
        for (int64_t i = 0; i < w->out[1] * w->out[2]; i++, cols++) {
            int64_t at = pixel_of(w, p, i);
            if (at >= 0)
                plane[at] += *cols;
        }
}

/* "self kernel_size dilation padding stride". */
int flama_pt_op_im2col(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    flama_pt_window w = {0};
    int64_t sizes[3] = {1};
    if (op->code || flama_pt_want_dtype(op, in, "the input", FLAMA_PT_F32))
        return op->code;
    if (in->rank != 3 && in->rank != 4)
        return flama_pt_bad(op, "%zu dimensions", in->rank);
    flama_pt_window_sizes(in, 2, w.in);
    if (read_kernel(op, 1, &w))
        return op->code;
    int64_t places = w.kernel[1] * w.kernel[2], windows = w.out[1] * w.out[2];
    size_t lead = in->rank - 3;
    int64_t planes = flama_pt_product(in->sizes, 0, lead + 1);
    sizes[0] = in->sizes[0];
    if (__builtin_mul_overflow(in->sizes[lead], places, &sizes[lead]))
        return flama_pt_bad(op, "the kernel is too large");
    sizes[lead + 1] = windows;
    flama_pt_tensor *out = flama_pt_new(op, 0, FLAMA_PT_F32, lead + 2, sizes);
    const float *data = flama_pt_dense(op, in);
    flama_pt_spend(op, (double)out->count);
    if (op->code || op->dry)
        return op->code;
    for (int64_t i = 0; i < planes; i++)
        read_columns(&w, data + i * w.in[1] * w.in[2],
                     (float *)out->data + i * places * windows);
    return 0;
}

/* "self output_size kernel_size dilation padding stride". */
int flama_pt_op_col2im(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    flama_pt_window w = {.dims = 2};
    int64_t sizes[4] = {1};
    if (op->code || flama_pt_want_dtype(op, in, "the input", FLAMA_PT_F32))
        return op->code;
    if (in->rank != 2 && in->rank != 3)
        return flama_pt_bad(op, "%zu dimensions", in->rank);
    flama_pt_window_ints(op, 1, 2, 1, w.in);
    if (op->code || read_kernel(op, 2, &w))
        return op->code;
    int64_t places = w.kernel[1] * w.kernel[2], windows = w.out[1] * w.out[2];
    size_t lead = in->rank - 2;
    if (in->sizes[lead] % places || in->sizes[lead + 1] != windows)
        return flama_pt_bad(op, "the columns do not fit the output");
    sizes[0] = in->sizes[0];
    sizes[lead] = in->sizes[lead] / places;
    sizes[lead + 1] = w.in[1];
    sizes[lead + 2] = w.in[2];
    flama_pt_tensor *out = flama_pt_new(op, 0, FLAMA_PT_F32, lead + 3, sizes);
    const float *data = flama_pt_dense(op, in);
    flama_pt_spend(op, (double)in->count);
    if (op->code || op->dry)
        return op->code;
    int64_t planes = flama_pt_product(sizes, 0, lead + 1);
    memset(out->data, 0, (size_t)out->count * sizeof(float));
    for (int64_t i = 0; i < planes; i++)
        add_columns(&w, data + i * places * windows,
                    (float *)out->data + i * w.in[1] * w.in[2]);
    return 0;
}
