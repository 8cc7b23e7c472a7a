#include <string.h>

#include "base/error.h"
#include "engine/keras/window.h"
#include "engine/kernels/gemm.h"

/* A transposed convolution: each input position times all weights gives a window of
 * outputs, and the windows are added up where they overlap. It is the gradient of the
 * convolution with the same window. */

enum { BLOCK = 256 }; /* positions whose windows are made at once */

typedef struct deconv_params {
    flama_keras_window window;
    bool has_extra;
    int64_t extra[3];
    int64_t channels, filters;
    const float *packed; /* (channels, window * filters) */
    flama_keras_end end;
} deconv_params;

static int64_t out_length(const deconv_params *p, unsigned axis, int64_t length)
{
    int64_t span = flama_keras_span(&p->window, axis), stride = p->window.stride[axis];
    if (length < 0)
        return -1;
    if (p->window.same)
        return p->has_extra ? (length - 1) * stride + span % 2 + p->extra[axis]
                            : length * stride;
    int64_t extra = p->has_extra ? p->extra[axis] : span > stride ? 0 : stride - span;
    return (length - 1) * stride + span + extra;
}

static int deconv_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                        flama_error *err)
{
    const deconv_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    flama_keras_tensor *out = flama_keras_out(op, tensors, 0);
    char text[FLAMA_KERAS_SHAPE];
    if (in->rank != p->window.spatial + 2 ||
        !flama_keras_fits(in->dims[in->rank - 1], p->channels))
        return flama_error_set(err, FLAMA_EINPUT,
                               "an array of shape %s where one of rank %u with %lld "
                               "channels is needed",
                               flama_keras_shape_text(in, text), p->window.spatial + 2,
                               (long long)p->channels);
    flama_keras_tensor made = *in;
    made.data = NULL;
    made.dtype = FLAMA_KERAS_FLOAT;
    for (unsigned i = 0; i < p->window.spatial; i++) {
        made.dims[1 + i] = out_length(p, i, in->dims[1 + i]);
        if (in->dims[1 + i] == 0 || made.dims[1 + i] == 0 || made.dims[1 + i] < -1)
            return flama_error_set(err, FLAMA_EINPUT,
                                   "an array of shape %s is too small",
                                   flama_keras_shape_text(in, text));
    }
    made.dims[made.rank - 1] = p->filters;
    *out = made;
    return 0;
}

/* What TensorFlow pads the convolution with whose gradient this is. */
static ptrdiff_t padding_before(const deconv_params *p, unsigned axis, int64_t in,
                                int64_t out)
{
    int64_t total =
        (in - 1) * p->window.stride[axis] + flama_keras_span(&p->window, axis) - out;
    return p->window.same && total > 0 ? (ptrdiff_t)(total / 2) : 0;
}

static size_t taps(const deconv_params *p)
{
    size_t count = 1;
    for (unsigned i = 0; i < p->window.spatial; i++)
        count *= (size_t)p->window.size[i];
    return count;
}

static flama_gemm_f32 deconv_product(const deconv_params *p, const float *from,
                                     size_t positions, float *to)
{
    size_t n = taps(p) * (size_t)p->filters, k = (size_t)p->channels;
    return (flama_gemm_f32){.m = positions,
                            .n = n,
                            .k = k,
                            .a = {.data = from, .row = k, .column = 1},
                            .b = {.packed = p->packed},
                            .c = to,
                            .stride = n};
}

static size_t block_floats(const deconv_params *p)
{
    return (BLOCK * taps(p) * (size_t)p->filters + 15) / 16 * 16;
}

static size_t deconv_scratch(const flama_keras_op *op,
                             const flama_keras_tensor *tensors)
{
    const deconv_params *p = op->params;
    (void)tensors;
    flama_gemm_f32 product = deconv_product(p, NULL, BLOCK, NULL);
    return block_floats(p) * sizeof(float) + flama_gemm_scratch_f32(&product);
}

/* Adds the window of one input position to the outputs it covers. */
static void add_window(const flama_keras_frame *f, const flama_keras_volume *in,
                       const flama_keras_volume *out, size_t position,
                       const float *window, float *to)
{
    size_t at[3], n = out->channels;
    ptrdiff_t start[3];
    for (unsigned i = 3; i-- > 0;) {
        at[i] = position % in->length[i];
        position /= in->length[i];
        start[i] = (ptrdiff_t)at[i] * f->stride[i] - f->before[i];
    }
    for (ptrdiff_t z = 0; z < f->size[0]; z++)
        for (ptrdiff_t y = 0; y < f->size[1]; y++)
            for (ptrdiff_t x = 0; x < f->size[2]; x++, window += n) {
                ptrdiff_t a = start[0] + z * f->dilation[0];
                ptrdiff_t c = start[1] + y * f->dilation[1];
                ptrdiff_t e = start[2] + x * f->dilation[2];
                if (a < 0 || a >= (ptrdiff_t)out->length[0] || c < 0 ||
                    c >= (ptrdiff_t)out->length[1] || e < 0 ||
                    e >= (ptrdiff_t)out->length[2])
                    continue;
                size_t index =
                    ((position * out->length[0] + (size_t)a) * out->length[1] +
                     (size_t)c) *
                        out->length[2] +
                    (size_t)e;
                for (size_t i = 0; i < n; i++)
                    to[index * n + i] += window[i];
            }
}

/* sum * scale + bias, clamped. */
static void finish(const flama_keras_end *end, float *y, size_t positions, size_t n)
{
    for (size_t i = 0; i < positions; i++, y += n)
        for (size_t k = 0; k < n; k++) {
            y[k] = y[k] * (end->scale ? end->scale[k] : 1) +
                   (end->bias ? end->bias[k] : 0);
            if (end->clamp)
                y[k] = y[k] < end->low ? end->low : y[k] > end->high ? end->high : y[k];
        }
}

static int run_deconv(const flama_keras_op *op, const flama_keras_tensor *tensors,
                      void *scratch, flama_error *err)
{
    (void)err;
    const deconv_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    const flama_keras_tensor *out = flama_keras_result(op, tensors);
    flama_keras_volume from = flama_keras_volume_of(in);
    flama_keras_volume to = flama_keras_volume_of(out);
    flama_keras_frame f = flama_keras_frame_of(&p->window, in);
    for (unsigned i = 0; i < p->window.spatial; i++)
        f.before[3 - p->window.spatial + i] =
            padding_before(p, i, in->dims[1 + i], out->dims[1 + i]);
    size_t all = flama_keras_count(in) / from.channels;
    size_t step = taps(p) * to.channels;
    float *windows = scratch, *y = out->data;
    memset(y, 0, flama_keras_count(out) * sizeof *y);
    for (size_t first = 0; first < all; first += BLOCK) {
        size_t some = all - first < BLOCK ? all - first : BLOCK;
        flama_gemm_f32 product = deconv_product(
            p, (const float *)in->data + first * from.channels, some, windows);
        flama_gemm_f32_run(&product, windows + block_floats(p));
        for (size_t i = 0; i < some; i++)
            add_window(&f, &from, &to, first + i, windows + i * step, y);
    }
    finish(&p->end, y, flama_keras_count(out) / to.channels, to.channels);
    return 0;
}

static double deconv_work(const flama_keras_op *op, const flama_keras_tensor *tensors)
{
    const deconv_params *p = op->params;
    return 2 * (double)taps(p) * (double)p->filters *
               flama_keras_elements(flama_keras_in(op, tensors, 0)) +
           4 * flama_keras_elements(flama_keras_result(op, tensors));
}

static flama_keras_end *deconv_end(void *params)
{
    return &((deconv_params *)params)->end;
}

static const flama_keras_op_type deconv_op = {.name = "a transposed convolution",
                                              .shape = deconv_shape,
                                              .run = run_deconv,
                                              .scratch = deconv_scratch,
                                              .work = deconv_work,
                                              .end = deconv_end};

static const float *pack(flama_keras_builder *b, const deconv_params *p,
                         const flama_hdf5_array *weight)
{
    int64_t dims[FLAMA_HDF5_RANK];
    size_t n = taps(p) * (size_t)p->filters, k = (size_t)p->channels;
    float *packed = flama_keras_loaded(b, weight, "deconv");
    if (packed || b->failed)
        return packed;
    for (unsigned i = 0; i < p->window.spatial; i++)
        dims[i] = p->window.size[i];
    dims[p->window.spatial] = p->filters;
    dims[p->window.spatial + 1] = p->channels;
    const float *staged = flama_keras_stage(b, weight, p->window.spatial + 2, dims);
    size_t count = staged ? flama_gemm_packed_b_f32(n, k) : 0;
    packed = staged ? flama_keras_new(b, count + 1, sizeof *packed) : NULL;
    if (packed == NULL)
        return NULL;
    flama_factor_f32 factor = {.data = staged, .row = 1, .column = k};
    flama_gemm_pack_b_f32(&factor, k, n, packed);
    flama_keras_keep(b, weight, "deconv", packed, count * sizeof *packed);
    return packed;
}

flama_keras_id flama_keras_conv_transpose(flama_keras_builder *b, flama_keras_id x,
                                          const flama_keras_window *window,
                                          const int64_t *extra,
                                          const flama_hdf5_array *weight,
                                          int64_t filters, const float *bias)
{
    deconv_params *p = flama_keras_new(b, 1, sizeof *p);
    if (p == NULL || weight == NULL)
        return 0;
    *p = (deconv_params){.window = *window,
                         .has_extra = extra != NULL,
                         .channels = (int64_t)weight->shape[weight->rank - 1],
                         .filters = filters};
    if (extra)
        memcpy(p->extra, extra, window->spatial * sizeof *extra);
    if (weight->rank != window->spatial + 2 || p->channels < 1 || filters < 1)
        return flama_keras_fail(b, FLAMA_EFORMAT, "has weights of another rank");
    p->packed = pack(b, p, weight);
    return p->packed ? flama_keras_add_product(b, &deconv_op, p, x, bias) : 0;
}
