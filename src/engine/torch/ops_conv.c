/* Convolutions of one to three dimensions: products of the weights with the windows of
 * the image, which are packed piece by piece and never stand in memory as a whole; and
 * transposed ones, whose products are added up where their windows overlap. */
#include <string.h>

#include "base/error.h"
#include "engine/kernels/gemm.h"
#include "engine/kernels/map.h"
#include "engine/torch/depthwise.h"
#include "engine/torch/elements.h"
#include "engine/torch/ops.h"
#include "engine/torch/plan.h"
#include "engine/torch/prepare.h"
#include "engine/torch/window.h"

typedef struct convolution {
    const flama_pt_tensor *in, *weight, *bias;
    flama_pt_window window;
    int64_t batch, groups, in_channels, out_channels; /* channels of a group */
    int64_t more[3];                                  /* output_padding */
    int64_t lead;                                     /* rank before channels: 0, 1 */
} convolution;

/* Where the arguments stand: the two spellings differ. */
typedef struct argument_places {
    size_t stride, padding, dilation, groups, output_padding;
} argument_places;

static int same_padding(flama_pt_op *op, size_t i, convolution *c)
{
    flama_pt_window *w = &c->window;
    flama_string how = flama_pt_text(op, i);
    bool same = how.size == 4 && memcmp(how.data, "same", 4) == 0;
    for (size_t d = 0; d < 3 && same && op->code == 0; d++) {
        int64_t total = w->dilation[d] * (w->kernel[d] - 1);
        w->pad[d] = total / 2;
        w->more[d] = total % 2;
    }
    return op->code;
}

static int read_window(flama_pt_op *op, convolution *c, const argument_places *at)
{
    flama_pt_window *w = &c->window;
    size_t dims = w->dims;
    flama_pt_window_sizes(c->in, dims, w->in);
    flama_pt_window_sizes(c->weight, dims, w->kernel);
    for (size_t d = 0; d < 3; d++) {
        w->stride[d] = w->dilation[d] = 1;
        w->pad[d] = w->more[d] = c->more[d] = 0;
    }
    flama_pt_window_ints(op, at->stride, dims, 1, w->stride);
    flama_pt_window_ints(op, at->dilation, dims, 1, w->dilation);
    if (flama_pt_kind_of(op, at->padding) == FLAMA_PT_TEXT)
        same_padding(op, at->padding, c);
    else
        flama_pt_window_ints(op, at->padding, dims, 0, w->pad);
    if (at->output_padding)
        flama_pt_window_ints(op, at->output_padding, dims, 0, c->more);
    return op->code;
}

static int read_convolution(flama_pt_op *op, convolution *c, const argument_places *at,
                            bool transposed)
{
    c->in = flama_pt_in(op, 0);
    c->weight = flama_pt_in(op, 1);
    c->bias = flama_pt_maybe(op, 2);
    c->groups = flama_pt_int(op, at->groups);
    if (op->code || flama_pt_want_dtype(op, c->in, "the input", FLAMA_PT_F32) ||
        flama_pt_want_dtype(op, c->weight, "the weight", FLAMA_PT_F32) ||
        (c->bias && flama_pt_want_dtype(op, c->bias, "the bias", FLAMA_PT_F32)))
        return op->code;
    size_t rank = c->weight->rank, dims = rank - 2;
    if (rank < 3 || rank > 5 || (c->in->rank != rank && c->in->rank != rank - 1))
        return flama_pt_bad(op, "input and weight do not go together");
    c->window.dims = dims;
    c->lead = c->in->rank == rank;
    c->batch = c->lead ? c->in->sizes[0] : 1;
    int64_t channels = c->in->sizes[c->lead], first = c->weight->sizes[0];
    int64_t second = c->weight->sizes[1];
    if (c->groups < 1 || first % c->groups || channels % c->groups ||
        (transposed ? first : second * c->groups) != channels)
        return flama_pt_bad(op, "the channels do not fit the weight");
    c->in_channels = channels / c->groups;
    c->out_channels = transposed ? second : first / c->groups;
    if (c->bias &&
        (c->bias->rank != 1 || c->bias->sizes[0] != c->out_channels * c->groups))
        return flama_pt_bad(op, "the bias does not fit the channels");
    return read_window(op, c, at);
}

static flama_pt_tensor *new_output(flama_pt_op *op, const convolution *c)
{
    int64_t sizes[5];
    size_t rank = 0;
    if (c->lead)
        sizes[rank++] = c->batch;
    sizes[rank++] = c->out_channels * c->groups;
    for (size_t d = 3 - c->window.dims; d < 3; d++)
        sizes[rank++] = c->window.out[d];
    return flama_pt_new_sum(op, rank, sizes);
}

/* The windows of one image and group as a matrix: a row for each channel and place in
 * the window, a column for each window. */
typedef struct windows {
    const float *image;
    const flama_pt_window *window;
} windows;

/* One row of the matrix (a channel, a place in the window), columns from..from + n. */
static void pack_row(const windows *all, size_t row, size_t from, size_t n, float *out)
{
    const flama_pt_window *w = all->window;
    int64_t place = (int64_t)row;
    int64_t kx = place % w->kernel[2] * w->dilation[2];
    place /= w->kernel[2];
    int64_t ky = place % w->kernel[1] * w->dilation[1];
    place /= w->kernel[1];
    int64_t kz = place % w->kernel[0] * w->dilation[0];
    const float *image = all->image + place / w->kernel[0] * flama_pt_volume(w->in);
    int64_t x = (int64_t)from % w->out[2], y = (int64_t)from / w->out[2] % w->out[1];
    int64_t z = (int64_t)from / w->out[2] / w->out[1];
    for (size_t i = 0; i < n;) {
        size_t run = (size_t)(w->out[2] - x);
        run = run < n - i ? run : n - i;
        int64_t in_y = y * w->stride[1] - w->pad[1] + ky;
        int64_t in_z = z * w->stride[0] - w->pad[0] + kz;
        if (in_y < 0 || in_y >= w->in[1] || in_z < 0 || in_z >= w->in[0])
            memset(out + i, 0, run * sizeof *out);
        else
            flama_pt_window_line(w, image + (in_z * w->in[1] + in_y) * w->in[2],
                                 x * w->stride[2] - w->pad[2] + kx, run, out + i);
        i += run;
        x = 0;
        if (++y == w->out[1]) {
            y = 0;
            z++;
        }
    }
}

static void pack_windows(const void *ctx, const flama_pack *part, float *out)
{
    for (size_t l = 0; l < part->lanes; l += part->width) {
        size_t some = part->lanes - l < part->width ? part->lanes - l : part->width;
        for (size_t p = 0; p < part->depth; p++, out += part->width) {
            pack_row(ctx, part->from + p, part->first + l, some, out);
            for (size_t i = some; i < part->width; i++)
                out[i] = 0;
        }
    }
}

/* A window of one element that moves by one: the image is the matrix. */
static bool is_pointwise(const flama_pt_window *w)
{
    bool is = true;
    for (size_t d = 0; d < 3; d++)
        is = is && w->kernel[d] == 1 && w->stride[d] == 1 && w->pad[d] == 0;
    return is;
}

static flama_gemm_f32 group_product(const flama_pt_op *op, const convolution *c)
{
    const flama_pt_conv_state *state = op->node->state;
    size_t places = (size_t)flama_pt_volume(c->window.kernel);
    flama_gemm_f32 g = {.m = (size_t)c->out_channels,
                        .n = (size_t)flama_pt_volume(c->window.out),
                        .k = (size_t)c->in_channels * places};
    g.stride = g.n;
    g.a = (flama_factor_f32){.row = g.k, .column = 1};
    if (is_pointwise(&c->window))
        g.b = (flama_factor_f32){.row = g.n, .column = 1};
    else
        g.b = (flama_factor_f32){.pack = pack_windows};
    if (state)
        g.a.packed = state->packed;
    g.clamp = op->node->end.clamp;
    g.low = op->node->end.low;
    g.high = op->node->end.high;
    return g;
}

static bool is_depthwise(const convolution *c)
{
    return c->in_channels == 1 && c->out_channels == 1 &&
           flama_pt_depthwise_room(&c->window) > 0;
}

static void run_group(const flama_pt_op *op, const convolution *c, flama_gemm_f32 *g,
                      int64_t n, int64_t group, const float *image, const float *weight,
                      const float *bias, float *out, void *scratch)
{
    const flama_pt_conv_state *state = op->node->state;
    int64_t channel = group * c->out_channels;
    windows all = {image + (n * c->groups + group) * c->in_channels *
                               flama_pt_volume(c->window.in),
                   &c->window};
    float *to = out + (n * c->groups * c->out_channels + channel) * (int64_t)g->n;
    if (is_depthwise(c)) {
        flama_pt_depthwise(&c->window, all.image, weight + channel * (int64_t)g->k,
                           bias ? bias[channel] : 0, g, scratch, to);
        return;
    }
    g->c = to;
    g->row_bias = bias ? bias + channel : NULL;
    g->a.data = weight ? weight + channel * (int64_t)g->k : NULL;
    if (state && state->packed)
        g->a.packed = state->packed + (size_t)group * state->group_size;
    g->b.ctx = &all;
    g->b.data = all.image;
    flama_gemm_f32_run(g, scratch);
}

static int convolve(flama_pt_op *op, convolution *c)
{
    const flama_pt_conv_state *state = op->node->state;
    if (op->code || flama_pt_window_out(op, &c->window, false))
        return op->code;
    flama_pt_tensor *out = new_output(op, c);
    flama_gemm_f32 g = group_product(op, c);
    size_t room = is_depthwise(c) ? flama_pt_depthwise_room(&c->window) * sizeof(float)
                                  : flama_gemm_scratch_f32(&g);
    void *scratch = flama_pt_scratch(op, room, 1);
    const float *image = flama_pt_dense(op, c->in);
    bool packed = state && state->packed;
    const float *weight = packed                    ? NULL
                          : state && state->weights ? state->weights
                                                    : flama_pt_dense(op, c->weight);
    const float *bias = op->node->end.bias;
    if (bias == NULL && c->bias)
        bias = flama_pt_dense(op, c->bias);
    flama_pt_spend(op, 2.0 * (double)out->count * (double)g.k);
    g.accumulate = flama_pt_sum_starts(op, out);
    if (op->code || op->dry)
        return op->code;
    for (int64_t n = 0; n < c->batch; n++)
        for (int64_t group = 0; group < c->groups; group++)
            run_group(op, c, &g, n, group, image, weight, bias, out->data, scratch);
    return 0;
}

/* Transposed. */

/* Adds the products of one channel, a row for each place of the window, to the output
 * where they belong. */
static void add_up(const flama_pt_window *w, const float *products, float *out)
{
    int64_t places = flama_pt_volume(w->kernel), count = flama_pt_volume(w->in);
    for (int64_t p = 0; p < places; p++, products += count) {
        int64_t kx = p % w->kernel[2] * w->dilation[2] - w->pad[2];
        int64_t ky = p / w->kernel[2] % w->kernel[1] * w->dilation[1] - w->pad[1];
        int64_t kz = p / w->kernel[2] / w->kernel[1] * w->dilation[0] - w->pad[0];
        for (int64_t i = 0; i < count; i++) {
            int64_t x = i % w->in[2] * w->stride[2] + kx;
            int64_t y = i / w->in[2] % w->in[1] * w->stride[1] + ky;
            int64_t z = i / w->in[2] / w->in[1] * w->stride[0] + kz;
            if (x >= 0 && x < w->out[2] && y >= 0 && y < w->out[1] && z >= 0 &&
                z < w->out[0])
                out[(z * w->out[1] + y) * w->out[2] + x] += products[i];
        }
    }
}

static int transposed_sizes(flama_pt_op *op, convolution *c)
{
    flama_pt_window *w = &c->window;
    for (size_t d = 0; d < 3 && op->code == 0; d++) {
        if (w->stride[d] < 1 || w->dilation[d] < 1 || w->in[d] > INT32_MAX ||
            w->kernel[d] > INT32_MAX || w->kernel[d] < 1)
            return flama_pt_bad(op, "windows of this kind are not possible");
        w->out[d] = (w->in[d] - 1) * w->stride[d] - 2 * w->pad[d] +
                    w->dilation[d] * (w->kernel[d] - 1) + c->more[d] + 1;
        if (w->out[d] < 0)
            return flama_pt_bad(op, "the padding is larger than the output");
    }
    return op->code;
}

static int convolve_transposed(flama_pt_op *op, convolution *c)
{
    if (op->code || transposed_sizes(op, c))
        return op->code;
    flama_pt_tensor *out = new_output(op, c);
    int64_t places = flama_pt_volume(c->window.kernel);
    int64_t in_size = flama_pt_volume(c->window.in);
    int64_t out_size = flama_pt_volume(c->window.out), channel_rows;
    if (op->code == 0 && __builtin_mul_overflow(c->out_channels, places, &channel_rows))
        return flama_pt_bad(op, "the weight is too large");
    if (op->code)
        return op->code;
    flama_gemm_f32 g = {.m = (size_t)channel_rows,
                        .n = (size_t)in_size,
                        .k = (size_t)c->in_channels,
                        .stride = (size_t)in_size,
                        .a = {.row = 1, .column = (size_t)channel_rows},
                        .b = {.row = (size_t)in_size, .column = 1}};
    void *scratch = flama_pt_scratch(op, flama_gemm_scratch_f32(&g), 1);
    float *products = flama_pt_scratch(op, g.m * g.n, sizeof *products);
    const float *image = flama_pt_dense(op, c->in);
    const float *weight = flama_pt_dense(op, c->weight);
    const float *bias = c->bias ? flama_pt_dense(op, c->bias) : NULL;
    flama_pt_spend(op, 2.0 * (double)c->in->count * (double)channel_rows);
    if (op->code || op->dry)
        return op->code;
    float *to = out->data;
    g.c = products;
    for (int64_t i = 0; i < c->batch * c->groups; i++) {
        int64_t group = i % c->groups;
        g.a.data = weight + group * c->in_channels * channel_rows;
        g.b.data = image + i * c->in_channels * in_size;
        flama_gemm_f32_run(&g, scratch);
        for (int64_t k = 0; k < c->out_channels; k++, to += out_size) {
            float start = bias ? bias[group * c->out_channels + k] : 0;
            for (int64_t j = 0; j < out_size; j++)
                to[j] = start;
            add_up(&c->window, products + k * places * in_size, to);
        }
    }
    return 0;
}

/* "input weight bias=None stride=1 padding=0 dilation=1 groups=1". */
int flama_pt_op_conv(flama_pt_op *op)
{
    static const argument_places at = {3, 4, 5, 6, 0};
    convolution c;
    return read_convolution(op, &c, &at, false) ? op->code : convolve(op, &c);
}

/* "input weight bias=None stride=1 padding=0 output_padding=0 groups=1 dilation=1". */
int flama_pt_op_conv_transpose(flama_pt_op *op)
{
    static const argument_places at = {3, 4, 7, 6, 5};
    convolution c;
    return read_convolution(op, &c, &at, true) ? op->code : convolve_transposed(op, &c);
}

/* "input weight bias stride padding dilation transposed output_padding groups". */
int flama_pt_op_convolution(flama_pt_op *op)
{
    static const argument_places at = {3, 4, 5, 8, 7};
    bool transposed = flama_pt_flag(op, 6);
    convolution c;
    if (op->code || read_convolution(op, &c, &at, transposed))
        return op->code;
    return transposed ? convolve_transposed(op, &c) : convolve(op, &c);
}

/* Weights: rows of k numbers for a channel each, times its scale. */
static void scale_rows(const float *from, const float *scale, size_t rows, size_t k,
                       float *to)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < k; i++)
            to[r * k + i] = from[r * k + i] * scale[r];
}

static void pack_groups(const float *weights, const float *scale, size_t groups,
                        size_t m, size_t k, float *packed)
{
    for (size_t g = 0; g < groups; g++, packed += m * k) {
        flama_factor_f32 a = {.data = weights + g * m * k, .row = k, .column = 1};
        flama_gemm_pack_a_f32(&a, m, k, packed);
        if (scale)
            flama_gemm_scale_a_f32(scale + g * m, m, k, packed);
    }
}

/* Packs constant weights, or of one channel in and out a group scales them. */
static int pack_weights(flama_pt_op *op, flama_pt_node *node, flama_arena *arena,
                        const flama_pt_tensor *weight, int64_t groups)
{
    bool depthwise_only = weight->sizes[0] == groups && weight->sizes[1] == 1;
    if (op->code || weight->storage != FLAMA_PT_CONSTANT || weight->count == 0 ||
        groups < 1 || weight->sizes[0] % groups || !flama_pt_is_contiguous(weight) ||
        !flama_pt_end_takes_bias(node, flama_pt_maybe(op, 2)))
        return op->code;
    size_t m = (size_t)(weight->sizes[0] / groups);
    size_t k = (size_t)(weight->count / weight->sizes[0]);
    const float *scale = node->end.scale;
    flama_pt_conv_state *state = flama_arena_calloc(arena, 1, sizeof *state);
    if (state == NULL)
        return flama_error__memory(op->run->err);
    state->group_size = m * k;
    node->state = state;
    if (depthwise_only && scale == NULL)
        return 0;
    float *kept = flama_arena_alloc(arena, (size_t)weight->count * sizeof *kept);
    if (kept == NULL)
        return flama_error__memory(op->run->err);
    node->consumed |= 1u << 1;
    node->end.scale = NULL; /* it goes into the weights */
    if (depthwise_only) {
        scale_rows(weight->data, scale, (size_t)groups, k, kept);
        state->weights = kept;
        return 0;
    }
    state->packed = kept;
    pack_groups(weight->data, scale, (size_t)groups, m, k, kept);
    return 0;
}

int flama_pt_prepare_conv(flama_pt_op *op, flama_pt_node *node, flama_arena *arena)
{
    const flama_pt_tensor *weight = flama_pt_in(op, 1);
    size_t at = node->operator->variant ? 8 : 6;
    int64_t groups = flama_pt_int(op, at);
    if (op->code || node->args[at].computed ||
        (node->operator->variant && flama_pt_flag(op, 6)))
        return op->code;
    return pack_weights(op, node, arena, weight, groups);
}
