#include <string.h>

#include "base/error.h"
#include "engine/keras/window.h"
#include "engine/kernels/gemm.h"

/* A convolution is a product: of the windows, one a row, which are never made but
 * packed from the input when the product wants them, and the weights. */

typedef struct conv_params {
    flama_keras_window window;
    int64_t groups, channels, filters; /* channels of one group */
    const float **packed;              /* one a group */
    flama_keras_end end;
} conv_params;

static int window_shape(const flama_keras_window *w, const flama_keras_tensor *in,
                        int64_t channels, int64_t filters, flama_keras_tensor *out,
                        flama_error *err)
{
    char text[FLAMA_KERAS_SHAPE];
    if (in->rank != w->spatial + 2 ||
        !flama_keras_fits(in->dims[in->rank - 1], channels))
        return flama_error_set(err, FLAMA_EINPUT,
                               "an array of shape %s where one of rank %u with %lld "
                               "channels is needed",
                               flama_keras_shape_text(in, text), w->spatial + 2,
                               (long long)channels);
    flama_keras_tensor made = *in;
    made.data = NULL;
    made.dtype = FLAMA_KERAS_FLOAT;
    for (unsigned i = 0; i < w->spatial; i++) {
        int64_t before;
        made.dims[1 + i] = flama_keras_windows(w, i, in->dims[1 + i], &before);
        if (made.dims[1 + i] == 0)
            return flama_error_set(err, FLAMA_EINPUT,
                                   "an array of shape %s is smaller than the window",
                                   flama_keras_shape_text(in, text));
    }
    made.dims[made.rank - 1] = filters;
    *out = made;
    return 0;
}

static int conv_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                      flama_error *err)
{
    const conv_params *p = op->params;
    return window_shape(&p->window, flama_keras_in(op, tensors, 0),
                        p->channels * p->groups, p->filters,
                        flama_keras_out(op, tensors, 0), err);
}

/* What packing windows needs to know. */
typedef struct windows {
    flama_keras_frame frame;
    flama_keras_volume in;
    size_t out[3];
    size_t channels;   /* of the group */
    const float *data; /* from the group's first channel */
} windows;

/* Where the window of an output position begins in the input; before 0 is padding. */
typedef struct corner {
    ptrdiff_t at[3];
    size_t row; /* of the batch */
} corner;

static corner find_corner(const windows *w, size_t position)
{
    corner c;
    for (unsigned i = 3; i-- > 0;) {
        size_t at = position % w->out[i];
        position /= w->out[i];
        c.at[i] = (ptrdiff_t)at * w->frame.stride[i] - w->frame.before[i];
    }
    c.row = position;
    return c;
}

/* The corner of the next position. */
static void next_corner(const windows *w, corner *c)
{
    for (unsigned i = 3; i-- > 0;) {
        c->at[i] += w->frame.stride[i];
        if (c->at[i] + w->frame.before[i] < (ptrdiff_t)w->out[i] * w->frame.stride[i])
            return;
        c->at[i] = -w->frame.before[i];
    }
    c->row++;
}

/* The input at a place in the window; NULL: padding. */
static inline const float *tap_source(const windows *w, const corner *c,
                                      const ptrdiff_t tap[3])
{
    const size_t *length = w->in.length;
    size_t z = (size_t)(c->at[0] + tap[0]), y = (size_t)(c->at[1] + tap[1]);
    size_t x = (size_t)(c->at[2] + tap[2]); /* before 0 wraps beyond the end */
    if (z >= length[0] || y >= length[1] || x >= length[2])
        return NULL;
    return w->data + (((c->row * length[0] + z) * length[1] + y) * length[2] + x) *
                         w->in.channels;
}

static void pack_tap(const windows *w, const corner *corners, size_t lanes,
                     const ptrdiff_t tap[3], size_t channel, size_t count, float *out)
{
    for (size_t i = 0; i < lanes; i++) {
        const float *from = tap_source(w, &corners[i], tap);
        if (from)
            for (size_t c = 0; c < count; c++)
                out[c * lanes + i] = from[channel + c];
        else
            for (size_t c = 0; c < count; c++)
                out[c * lanes + i] = 0;
    }
}

/* The next place in the window. */
static void next_tap(const windows *w, ptrdiff_t tap[3])
{
    for (unsigned i = 3; i-- > 0;) {
        tap[i] += w->frame.dilation[i];
        if (tap[i] < w->frame.size[i] * w->frame.dilation[i])
            return;
        tap[i] = 0;
    }
}

enum { LANES = 64 }; /* of one panel, at most */

static void pack_windows(const void *ctx, const flama_pack *part, float *out)
{
    const windows *w = ctx;
    size_t size[3] = {(size_t)w->frame.size[0], (size_t)w->frame.size[1],
                      (size_t)w->frame.size[2]};
    size_t first = part->from / w->channels, skip = part->from % w->channels;
    const ptrdiff_t start[3] = {
        (ptrdiff_t)(first / size[2] / size[1]) * w->frame.dilation[0],
        (ptrdiff_t)(first / size[2] % size[1]) * w->frame.dilation[1],
        (ptrdiff_t)(first % size[2]) * w->frame.dilation[2]};
    corner corners[LANES], next = find_corner(w, part->first);
    for (size_t l = 0; l < part->lanes; l += part->width) {
        size_t lanes = part->lanes - l < part->width ? part->lanes - l : part->width;
        for (size_t i = 0; i < lanes; i++, next_corner(w, &next))
            corners[i] = next;
        ptrdiff_t tap[3] = {start[0], start[1], start[2]};
        for (size_t left = part->depth, channel = skip; left; channel = 0) {
            size_t count = w->channels - channel < left ? w->channels - channel : left;
            pack_tap(w, corners, lanes, tap, channel, count, out);
            out += lanes * count;
            left -= count;
            next_tap(w, tap);
        }
    }
}

static void conv_windows(const flama_keras_op *op, const flama_keras_tensor *tensors,
                         windows *w)
{
    const conv_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    flama_keras_volume out = flama_keras_volume_of(flama_keras_result(op, tensors));
    *w = (windows){.frame = flama_keras_frame_of(&p->window, in),
                   .in = flama_keras_volume_of(in),
                   .channels = (size_t)p->channels,
                   .data = in->data};
    memcpy(w->out, out.length, sizeof w->out);
}

/* True when each window is one element: then the input is the matrix. */
static bool is_pointwise(const conv_params *p)
{
    for (unsigned i = 0; i < p->window.spatial; i++)
        if (p->window.size[i] != 1 || p->window.stride[i] != 1 || p->window.before[i])
            return false;
    return true;
}

static flama_gemm_f32 conv_product(const flama_keras_op *op,
                                   const flama_keras_tensor *tensors, const windows *w)
{
    const conv_params *p = op->params;
    const flama_keras_tensor *out = flama_keras_result(op, tensors);
    size_t k = (size_t)p->channels;
    for (unsigned i = 0; i < 3; i++)
        k *= (size_t)w->frame.size[i];
    flama_gemm_f32 product = {.m = (size_t)flama_keras_product(out, 0, out->rank - 1),
                              .n = (size_t)(p->filters / p->groups),
                              .k = k,
                              .a = {.pack = pack_windows, .ctx = w},
                              .b = {.packed = p->packed[0]},
                              .c = out->data,
                              .stride = (size_t)p->filters,
                              .clamp = p->end.clamp,
                              .column_bias = p->end.bias,
                              .low = p->end.low,
                              .high = p->end.high};
    if (is_pointwise(p))
        product.a =
            (flama_factor_f32){.data = w->data, .row = w->in.channels, .column = 1};
    return product;
}

static size_t conv_scratch(const flama_keras_op *op, const flama_keras_tensor *tensors)
{
    windows w;
    conv_windows(op, tensors, &w);
    flama_gemm_f32 product = conv_product(op, tensors, &w);
    return flama_gemm_scratch_f32(&product);
}

static int run_conv(const flama_keras_op *op, const flama_keras_tensor *tensors,
                    void *scratch, flama_error *err)
{
    (void)err;
    const conv_params *p = op->params;
    windows w;
    conv_windows(op, tensors, &w);
    flama_gemm_f32 product = conv_product(op, tensors, &w);
    float *c = product.c;
    for (size_t g = 0; product.m && g < (size_t)p->groups; g++) {
        w.data = (const float *)flama_keras_in(op, tensors, 0)->data + g * w.channels;
        if (product.a.data)
            product.a.data = w.data;
        product.b.packed = p->packed[g];
        product.c = c + g * product.n;
        product.column_bias = p->end.bias ? p->end.bias + g * product.n : NULL;
        flama_gemm_f32_run(&product, scratch);
    }
    return 0;
}

static double window_work(const flama_keras_window *w, const flama_keras_tensor *out,
                          double each)
{
    double work = 2 * each;
    for (unsigned i = 0; i < out->rank; i++)
        work *= out->dims[i] < 0 ? 1 : (double)out->dims[i];
    for (unsigned i = 0; i < w->spatial; i++)
        work *= (double)w->size[i];
    return work;
}

static double conv_work(const flama_keras_op *op, const flama_keras_tensor *tensors)
{
    const conv_params *p = op->params;
    return window_work(&p->window, flama_keras_result(op, tensors),
                       (double)p->channels);
}

static const flama_keras_op_type conv_op = {.name = "a convolution",
                                            .shape = conv_shape,
                                            .run = run_conv,
                                            .scratch = conv_scratch,
                                            .work = conv_work};

static const float **pack_groups(flama_keras_builder *b, const conv_params *p,
                                 const flama_hdf5_array *weight, size_t k)
{
    size_t groups = (size_t)p->groups, n = (size_t)(p->filters / p->groups);
    const float **packed = flama_keras_loaded(b, weight, "conv");
    int64_t dims[FLAMA_HDF5_RANK];
    if (packed || b->failed)
        return packed;
    for (unsigned i = 0; i < weight->rank; i++)
        dims[i] = -1;
    const float *staged = flama_keras_stage(b, weight, weight->rank, dims);
    size_t count = flama_gemm_packed_b_f32(n, k) + 16;
    packed = flama_keras_new(b, groups, sizeof *packed);
    float *room = flama_keras_new(b, groups * count, sizeof *room);
    if (staged == NULL || packed == NULL || room == NULL)
        return NULL;
    for (size_t g = 0; g < groups; g++, room += count) {
        flama_factor_f32 factor = {
            .data = staged + g * n, .row = (size_t)p->filters, .column = 1};
        flama_gemm_pack_b_f32(&factor, k, n, room);
        packed[g] = room;
    }
    flama_keras_keep(b, weight, "conv", packed, groups * count * sizeof *room);
    return packed;
}

flama_keras_id flama_keras_conv(flama_keras_builder *b, flama_keras_id x,
                                const flama_keras_window *window,
                                const flama_hdf5_array *weight, int64_t groups,
                                int64_t filters, const flama_keras_end *end)
{
    conv_params *p = flama_keras_new(b, 1, sizeof *p);
    if (p == NULL || weight == NULL)
        return 0;
    size_t k = 1;
    for (unsigned i = 0; i + 1 < weight->rank; i++)
        k *= weight->shape[i];
    *p = (conv_params){.window = *window,
                       .groups = groups,
                       .channels = (int64_t)weight->shape[weight->rank - 2],
                       .filters = filters,
                       .end = *end};
    if (groups < 1 || filters < groups || filters % groups || p->channels < 1)
        return flama_keras_fail(b, FLAMA_EFORMAT, "has groups that don't come out");
    p->packed = pack_groups(b, p, weight, k);
    x = flama_keras_cast(b, x, FLAMA_KERAS_FLOAT);
    return p->packed ? flama_keras_add(b, &conv_op, p, 1, FLAMA_KERAS_IDS(x)) : 0;
}

/* Depthwise: each channel with windows of its own. */

typedef struct depthwise_params {
    flama_keras_window window;
    int64_t multiplier, channels;
    const float *weight;
    flama_keras_end end;
} depthwise_params;

static int depthwise_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                           flama_error *err)
{
    const depthwise_params *p = op->params;
    return window_shape(&p->window, flama_keras_in(op, tensors, 0), p->channels,
                        p->channels * p->multiplier, flama_keras_out(op, tensors, 0),
                        err);
}

/* sum[c * m + j] += x[c] * w[c * m + j] */
static void add_products(const float *x, const float *w, size_t channels, size_t m,
                         float *sum)
{
    if (m == 1)
        for (size_t c = 0; c < channels; c++)
            sum[c] += x[c] * w[c];
    else
        for (size_t c = 0; c < channels; c++)
            for (size_t j = 0; j < m; j++)
                sum[c * m + j] += x[c] * w[c * m + j];
}

static void depthwise_at(const depthwise_params *p, const windows *w, size_t position,
                         float *sum)
{
    size_t channels = (size_t)p->channels, m = (size_t)p->multiplier;
    const float *weight = p->weight;
    corner at = find_corner(w, position);
    ptrdiff_t tap[3] = {0};
    size_t taps = (size_t)(w->frame.size[0] * w->frame.size[1] * w->frame.size[2]);
    if (p->end.bias)
        memcpy(sum, p->end.bias, channels * m * sizeof *sum);
    else
        memset(sum, 0, channels * m * sizeof *sum);
    for (size_t i = 0; i < taps; i++, weight += channels * m, next_tap(w, tap)) {
        const float *from = tap_source(w, &at, tap);
        if (from)
            add_products(from, weight, channels, m, sum);
    }
    for (size_t i = 0; p->end.clamp && i < channels * m; i++)
        sum[i] = sum[i] < p->end.low    ? p->end.low
                 : sum[i] > p->end.high ? p->end.high
                                        : sum[i];
}

static int run_depthwise(const flama_keras_op *op, const flama_keras_tensor *tensors,
                         void *scratch, flama_error *err)
{
    (void)scratch;
    (void)err;
    const depthwise_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    const flama_keras_tensor *out = flama_keras_result(op, tensors);
    windows w = {.frame = flama_keras_frame_of(&p->window, in),
                 .in = flama_keras_volume_of(in),
                 .data = in->data};
    memcpy(w.out, flama_keras_volume_of(out).length, sizeof w.out);
    size_t positions = (size_t)flama_keras_product(out, 0, out->rank - 1);
    size_t row = (size_t)out->dims[out->rank - 1];
    for (size_t i = 0; i < positions; i++)
        depthwise_at(p, &w, i, (float *)out->data + i * row);
    return 0;
}

static double depthwise_work(const flama_keras_op *op,
                             const flama_keras_tensor *tensors)
{
    const depthwise_params *p = op->params;
    return window_work(&p->window, flama_keras_result(op, tensors), 2);
}

static const flama_keras_op_type depthwise_op = {.name = "a depthwise convolution",
                                                 .shape = depthwise_shape,
                                                 .run = run_depthwise,
                                                 .work = depthwise_work};

flama_keras_id flama_keras_depthwise(flama_keras_builder *b, flama_keras_id x,
                                     const flama_keras_window *window,
                                     const float *weight, int64_t multiplier,
                                     const flama_keras_end *end)
{
    depthwise_params *p = flama_keras_new(b, 1, sizeof *p);
    if (p == NULL || weight == NULL)
        return 0;
    *p = (depthwise_params){.window = *window,
                            .multiplier = multiplier,
                            .channels = flama_keras_dim(b, x, -1),
                            .weight = weight,
                            .end = *end};
    x = flama_keras_cast(b, x, FLAMA_KERAS_FLOAT);
    return flama_keras_add(b, &depthwise_op, p, 1, FLAMA_KERAS_IDS(x));
}
