#include "engine/kernels/conv.h"

#include <stdint.h>
#include <string.h>

#include "engine/kernels/kernels.h"

/* FEWEST: windows beside each other, below which they are copied. SPARE: elements that
 * a padded image may have beyond four times the image. PANELS: bytes of packed weights
 * that stay in the cache while windows pass. LINE: of a cache. */
enum { FEWEST = 4, SPARE = 1 << 18, PANELS = 256 << 10, LINE = 64 };

/* How a convolution is gone about. */
typedef struct plan {
    flama_conv_f32 c;
    bool depthwise;        /* each channel makes one filter */
    bool pads, copies;     /* the image; the windows */
    size_t length[3];      /* of the image that windows are read from */
    size_t channels;       /* of a group */
    size_t places, depth;  /* of a window */
    size_t run_count, run; /* what of a window is read in one go */
    size_t room;           /* elements of scratch memory for copies */
    size_t *runs;
    float *copy;
} plan;

/* The product, or SIZE_MAX. */
static size_t multiply(size_t a, size_t b)
{
    size_t product;
    return __builtin_mul_overflow(a, b, &product) ? SIZE_MAX : product;
}

static size_t volume(const size_t *sizes)
{
    return multiply(multiply(sizes[0], sizes[1]), sizes[2]);
}

static bool is_empty(const flama_conv_f32 *c)
{
    return c->batch == 0 || c->filters == 0 || volume(c->out) == 0;
}

/* Windows of one element that move by one are the image itself: one long row. */
static void join_rows(flama_conv_f32 *c)
{
    for (size_t i = 0; i < 3; i++)
        if (c->kernel[i] != 1 || c->stride[i] != 1 || c->before[i] ||
            c->in[i] != c->out[i])
            return;
    c->in[2] = c->out[2] = c->batch * volume(c->out);
    c->batch = c->in[0] = c->in[1] = c->out[0] = c->out[1] = 1;
}

static bool is_depthwise(const flama_conv_f32 *c)
{
    return c->groups == c->channels && c->filters == c->channels;
}

static plan make_plan(const flama_conv_f32 *conv)
{
    plan p = {.c = *conv, .depthwise = is_depthwise(conv)};
    flama_conv_f32 *c = &p.c;
    size_t reach[3], most = flama_kernels_get()->rows;
    join_rows(c);
    if (p.depthwise)
        c->groups = 1; /* they are gone through together */
    p.channels = c->channels / c->groups;
    p.places = volume(c->kernel);
    p.depth = multiply(p.places, p.channels);
    for (size_t i = 0; i < 3; i++) {
        reach[i] =
            (c->out[i] - 1) * c->stride[i] + (c->kernel[i] - 1) * c->dilation[i] + 1;
        p.pads = p.pads || c->before[i] || reach[i] > c->in[i];
    }
    size_t given = multiply(volume(c->in), c->channels);
    size_t padded = multiply(volume(reach), c->channels);
    p.copies = c->out[2] < FEWEST || (p.pads && padded / 4 > given + SPARE);
    memcpy(p.length, p.pads ? reach : c->in, sizeof p.length);
    p.room = p.copies ? multiply(most, p.depth) : p.pads ? padded : 0;
    bool in_row = !p.depthwise && (p.copies || (c->groups == 1 && c->dilation[2] == 1));
    p.run = in_row ? c->kernel[2] * p.channels : p.channels;
    p.run_count = in_row ? c->kernel[0] * c->kernel[1] : p.places;
    return p;
}

static size_t runs_size(const plan *p)
{
    return (p->run_count * sizeof *p->runs + LINE - 1) / LINE * LINE;
}

/* Where in a window its runs begin, from its corner: in the image, or in the copy. */
static void place_scratch(plan *p, void *scratch)
{
    const flama_conv_f32 *c = &p->c;
    p->runs = scratch;
    p->copy = (float *)(void *)((char *)scratch + runs_size(p));
    size_t columns = p->run_count / (c->kernel[0] * c->kernel[1]);
    for (size_t t = 0; t < p->run_count; t++) {
        size_t x = t % columns * c->dilation[2];
        size_t y = t / columns % c->kernel[1] * c->dilation[1];
        size_t z = t / columns / c->kernel[1] * c->dilation[0];
        p->runs[t] = p->copies
                         ? t * p->run
                         : ((z * p->length[1] + y) * p->length[2] + x) * c->channels;
    }
}

/* The rows `count` of the output from `to` on, of which the first window begins at
 * `data` and the others `row` apart. */
typedef struct strip {
    const float *data;
    size_t row, count;
    float *to;
} strip;

/* Filters from..end of a group. */
typedef struct slice {
    size_t group, from, end;
} slice;

static flama_tile_end_f32 end_of(const flama_conv_f32 *c, size_t filter)
{
    return (flama_tile_end_f32){.clamp = c->clamp,
                                .column_scale = c->scale ? c->scale + filter : NULL,
                                .column_bias = c->bias ? c->bias + filter : NULL,
                                .low = c->low,
                                .high = c->high};
}

/* The strip in tiles of about equal rows. */
static void run_strip(const plan *p, const slice *part, const strip *s)
{
    const flama_kernels *kernels = flama_kernels_get();
    const flama_conv_f32 *c = &p->c;
    size_t wide = kernels->columns_f32, filters = c->filters / c->groups;
    size_t panel = p->depth * wide, panels = (filters + wide - 1) / wide;
    const float *weights = c->weights + part->group * panels * panel;
    size_t tiles = (s->count + kernels->rows - 1) / kernels->rows;
    size_t most = (s->count + tiles - 1) / tiles;
    flama_tile_rows_f32 from = {.row = s->row,
                                .step = 1,
                                .runs = p->runs,
                                .run_count = p->run_count,
                                .depth = p->run};
    for (size_t i = 0; i < s->count; i += most) {
        size_t rows = s->count - i < most ? s->count - i : most;
        from.data = s->data + i * s->row;
        for (size_t j = part->from; j < part->end; j += wide) {
            size_t columns = filters - j < wide ? filters - j : wide;
            size_t filter = part->group * filters + j;
            flama_tile_end_f32 end = end_of(c, filter);
            kernels->tile_f32[rows - 1][columns > wide / 2](
                &from, weights + j / wide * panel, s->to + i * c->filters + filter,
                c->filters, columns, &end);
        }
    }
}

static void run_depthwise(const plan *p, const strip *s)
{
    flama_tile_end_f32 end = end_of(&p->c, 0);
    flama_tile_rows_f32 from = {.data = s->data,
                                .row = s->row,
                                .step = 1,
                                .runs = p->runs,
                                .run_count = p->run_count,
                                .depth = p->run};
    flama_kernels_get()->depthwise_f32(&from, s->count, p->c.weights, s->to, &end);
}

/* The windows `first`.. of the batch, one after the other; channels of a group. */
static void copy_windows(const plan *p, size_t group, size_t first, size_t count)
{
    const flama_conv_f32 *c = &p->c;
    float *to = p->copy;
    for (size_t i = first; i < first + count; i++) {
        size_t x0 = i % c->out[2] * c->stride[2] - c->before[2];
        size_t y0 = i / c->out[2] % c->out[1] * c->stride[1] - c->before[1];
        size_t above = i / c->out[2] / c->out[1];
        size_t z0 = above % c->out[0] * c->stride[0] - c->before[0];
        for (size_t t = 0; t < p->places; t++, to += p->channels) {
            size_t x = x0 + t % c->kernel[2] * c->dilation[2];
            size_t y = y0 + t / c->kernel[2] % c->kernel[1] * c->dilation[1];
            size_t z = z0 + t / c->kernel[2] / c->kernel[1] * c->dilation[0];
            size_t at = ((above / c->out[0] * c->in[0] + z) * c->in[1] + y) * c->in[2];
            if (x < c->in[2] && y < c->in[1] && z < c->in[0]) /* before 0 is large */
                memcpy(to, c->image + (at + x) * c->channels + group * p->channels,
                       p->channels * sizeof *to);
            else
                memset(to, 0, p->channels * sizeof *to);
        }
    }
}

/* Image n with zeros around it, or as it stands. */
static const float *pad_image(const plan *p, size_t n)
{
    const flama_conv_f32 *c = &p->c;
    const float *image = c->image + n * volume(c->in) * c->channels;
    const size_t *length = p->length;
    float *to = p->copy;
    size_t left = c->before[2] < length[2] ? c->before[2] : length[2];
    size_t inside = length[2] - left < c->in[2] ? length[2] - left : c->in[2];
    if (!p->pads)
        return image;
    for (size_t i = 0; i < length[0] * length[1]; i++, to += length[2] * c->channels) {
        size_t z = i / length[1] - c->before[0], y = i % length[1] - c->before[1];
        bool empty = z >= c->in[0] || y >= c->in[1];
        size_t some = empty ? 0 : inside * c->channels, before = left * c->channels;
        memset(to, 0, before * sizeof *to);
        if (some)
            memcpy(to + before, image + (z * c->in[1] + y) * c->in[2] * c->channels,
                   some * sizeof *to);
        memset(to + before + some, 0,
               (length[2] * c->channels - before - some) * sizeof *to);
    }
    return p->copy;
}

static void run_copied(const plan *p, const slice *part)
{
    const flama_conv_f32 *c = &p->c;
    size_t all = c->batch * volume(c->out), most = flama_kernels_get()->rows;
    for (size_t i = 0; i < all; i += most) {
        strip s = {p->copy, p->depth, all - i < most ? all - i : most,
                   c->to + i * c->filters};
        copy_windows(p, part->group, i, s.count);
        if (p->depthwise)
            run_depthwise(p, &s);
        else
            run_strip(p, part, &s);
    }
}

static void run_image(const plan *p, const slice *part, size_t n, const float *image)
{
    const flama_conv_f32 *c = &p->c;
    size_t rows = c->out[0] * c->out[1], pixels = c->out[2] * c->filters;
    strip s = {.row = c->stride[2] * c->channels, .count = c->out[2]};
    for (size_t i = 0; i < rows; i++) {
        size_t z = i / c->out[1] * c->stride[0], y = i % c->out[1] * c->stride[1];
        s.data = image + (z * p->length[1] + y) * p->length[2] * c->channels +
                 part->group * p->channels;
        s.to = c->to + (n * rows + i) * pixels;
        if (p->depthwise)
            run_depthwise(p, &s);
        else
            run_strip(p, part, &s);
    }
}

/* Part after part of the filters: as many as stay in the cache. */
static void run_parts(const plan *p, size_t n, const float *image)
{
    size_t filters = p->c.filters / p->c.groups;
    size_t wide = flama_kernels_get()->columns_f32;
    size_t panels = PANELS / sizeof(float) / wide / p->depth;
    size_t most = p->depthwise ? filters : (panels ? panels : 1) * wide;
    for (slice each = {0}; each.group < p->c.groups; each.group++)
        for (each.from = 0; each.from < filters; each.from += most) {
            each.end = filters - each.from < most ? filters : each.from + most;
            if (p->copies)
                run_copied(p, &each);
            else
                run_image(p, &each, n, image);
        }
}

void flama_conv_f32_run(const flama_conv_f32 *conv, void *scratch)
{
    if (is_empty(conv))
        return;
    plan p = make_plan(conv);
    place_scratch(&p, scratch);
    if (p.copies)
        run_parts(&p, 0, NULL);
    for (size_t n = 0; !p.copies && n < p.c.batch; n++)
        run_parts(&p, n, pad_image(&p, n));
}

size_t flama_conv_scratch_f32(const flama_conv_f32 *conv)
{
    if (is_empty(conv))
        return 0;
    plan p = make_plan(conv);
    size_t size = multiply(p.room, sizeof(float));
    return size > SIZE_MAX - runs_size(&p) ? SIZE_MAX : size + runs_size(&p);
}

/* Rows of the weights of a group. */
static size_t depth_of(const flama_conv_f32 *shape)
{
    return multiply(volume(shape->kernel), shape->channels / shape->groups);
}

size_t flama_conv_packed_f32(const flama_conv_f32 *shape)
{
    size_t wide = is_depthwise(shape) ? 1 : flama_kernels_get()->columns_f32;
    size_t each = shape->filters / shape->groups;
    size_t columns = multiply((each + wide - 1) / wide * wide, shape->groups);
    size_t size = multiply(columns, depth_of(shape));
    return size == SIZE_MAX ? 0 : size;
}

void flama_conv_pack_f32(const flama_conv_f32 *shape, const float *weights, float *out)
{
    size_t filters = shape->filters, each = filters / shape->groups, columns;
    size_t wide = is_depthwise(shape) ? filters : flama_kernels_get()->columns_f32;
    size_t depth = depth_of(shape), group = is_depthwise(shape) ? filters : each;
    for (size_t j = 0; j < filters; j += columns) {
        size_t left = group - j % group;
        columns = left < wide ? left : wide;
        for (size_t p = 0; p < depth; p++, out += wide) {
            memcpy(out, weights + p * filters + j, columns * sizeof *out);
            memset(out + columns, 0, (wide - columns) * sizeof *out);
        }
    }
}

/* The reference. */

/* The sum over the window of output `at` of the batch, for a filter. */
static float plain_sum(const flama_conv_f32 *c, size_t at, size_t filter)
{
    size_t channels = c->channels / c->groups;
    size_t first = filter / (c->filters / c->groups) * channels;
    size_t above = at / c->out[2] / c->out[1];
    float sum = 0;
    for (size_t t = 0; t < volume(c->kernel); t++) {
        size_t x = at % c->out[2] * c->stride[2] - c->before[2] +
                   t % c->kernel[2] * c->dilation[2];
        size_t y = at / c->out[2] % c->out[1] * c->stride[1] - c->before[1] +
                   t / c->kernel[2] % c->kernel[1] * c->dilation[1];
        size_t z = above % c->out[0] * c->stride[0] - c->before[0] +
                   t / c->kernel[2] / c->kernel[1] * c->dilation[0];
        if (x >= c->in[2] || y >= c->in[1] || z >= c->in[0]) /* before 0 is large */
            continue;
        size_t n = above / c->out[0];
        const float *from =
            c->image +
            (((n * c->in[0] + z) * c->in[1] + y) * c->in[2] + x) * c->channels;
        for (size_t i = 0; i < channels; i++)
            sum +=
                from[first + i] * c->weights[(t * channels + i) * c->filters + filter];
    }
    return sum;
}

void flama_conv_plain_f32(const flama_conv_f32 *c)
{
    size_t count = c->batch * volume(c->out) * c->filters;
    for (size_t i = 0; i < count; i++) {
        size_t filter = i % c->filters;
        float sum = plain_sum(c, i / c->filters, filter);
        sum = sum * (c->scale ? c->scale[filter] : 1) + (c->bias ? c->bias[filter] : 0);
        sum = c->clamp && sum < c->low ? c->low : sum;
        c->to[i] = c->clamp && sum > c->high ? c->high : sum;
    }
}
