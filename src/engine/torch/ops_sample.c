/* Numbers between the pixels of images: what spatial transformers sample. */
#include <math.h>

#include "engine/torch/ops.h"

/* As torch numbers them. */
enum { BILINEAR, NEAREST, BICUBIC };
enum { ZEROS, BORDER, REFLECTION };

typedef struct sampler {
    int64_t mode, padding, height, width;
    bool align; /* -1 and 1 are the middles of the outer pixels, else their edges */
} sampler;

/* From -1..1 to pixels. */
static float to_pixels(const sampler *s, float x, int64_t size)
{
    return s->align ? (x + 1) * ((float)(size - 1) / 2)
                    : (x + 1) * ((float)size / 2) - 0.5f;
}

static float reflect(float x, float least, float span)
{
    if (span <= 0)
        return 0;
    float away = fabsf(x - least), extra = fmodf(away, span);
    bool even = fmodf(floorf(away / span), 2) == 0;
    return (even ? extra : span - extra) + least;
}

/* Where the padding puts what is outside. */
static float pad(const sampler *s, float x, int64_t size)
{
    float last = (float)(size - 1);
    if (s->padding == ZEROS)
        return x;
    if (s->padding == REFLECTION)
        x = s->align ? reflect(x, 0, last) : reflect(x, -0.5f, (float)size);
    return x < 0 ? 0 : x > last ? last : x;
}

/* The pixel at whole numbers; outside, also for NaN, there are zeros. */
static float pixel(const sampler *s, const float *plane, float y, float x)
{
    if (!(y >= 0 && y < (float)s->height && x >= 0 && x < (float)s->width))
        return 0;
    return plane[(int64_t)y * s->width + (int64_t)x];
}

static float bilinear(const sampler *s, const float *plane, float y, float x)
{
    float y0 = floorf(y), x0 = floorf(x), down = y - y0, right = x - x0;
    return pixel(s, plane, y0, x0) * (1 - right) * (1 - down) +
           pixel(s, plane, y0, x0 + 1) * right * (1 - down) +
           pixel(s, plane, y0 + 1, x0) * (1 - right) * down +
           pixel(s, plane, y0 + 1, x0 + 1) * right * down;
}

/* The weight of a pixel so far away (R. Keys, 1981, with a = -0.75). */
static float cubic(float away)
{
    const float a = -0.75f;
    away = fabsf(away);
    return away <= 1 ? ((a + 2) * away - (a + 3)) * away * away + 1
                     : ((a * away - 5 * a) * away + 8 * a) * away - 4 * a;
}

static float bicubic(const sampler *s, const float *plane, float y, float x)
{
    float y0 = floorf(y), x0 = floorf(x), sum = 0;
    for (float i = -1; i <= 2; i++) {
        float row = 0;
        for (float k = -1; k <= 2; k++)
            row += cubic(x - x0 - k) *
                   pixel(s, plane, pad(s, y0 + i, s->height), pad(s, x0 + k, s->width));
        sum += cubic(y - y0 - i) * row;
    }
    return sum;
}

static float sample(const sampler *s, const float *plane, const float *at)
{
    float x = to_pixels(s, at[0], s->width), y = to_pixels(s, at[1], s->height);
    if (s->mode == BICUBIC)
        return bicubic(s, plane, y, x);
    x = pad(s, x, s->width);
    y = pad(s, y, s->height);
    return s->mode == NEAREST ? pixel(s, plane, nearbyintf(y), nearbyintf(x))
                              : bilinear(s, plane, y, x);
}

/* "input grid interpolation_mode padding_mode align_corners". */
int flama_pt_op_grid_sampler(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0), *grid = flama_pt_in(op, 1);
    sampler s = {flama_pt_int(op, 2), flama_pt_int(op, 3), in->sizes[2], in->sizes[3],
                 flama_pt_flag(op, 4)};
    if (op->code || flama_pt_want_dtype(op, in, "the input", FLAMA_PT_F32) ||
        flama_pt_want_dtype(op, grid, "the grid", FLAMA_PT_F32))
        return op->code;
    if (in->rank != 4 || grid->rank != 4)
        return flama_pt_unsupported(op, "images of %zu dimensions", in->rank);
    if (grid->sizes[0] != in->sizes[0] || grid->sizes[3] != 2 || s.height < 1 ||
        s.width < 1 || s.mode < 0 || s.mode > BICUBIC || s.padding < 0 ||
        s.padding > REFLECTION)
        return flama_pt_bad(op, "the grid does not fit the input");
    int64_t sizes[4] = {in->sizes[0], in->sizes[1], grid->sizes[1], grid->sizes[2]};
    flama_pt_tensor *out = flama_pt_new(op, 0, FLAMA_PT_F32, 4, sizes);
    const float *images = flama_pt_dense(op, in), *places = flama_pt_dense(op, grid);
    flama_pt_spend(op, 20.0 * (double)out->count);
    if (op->code || op->dry)
        return op->code;
    int64_t points = sizes[2] * sizes[3], pixels = s.height * s.width;
    float *to = out->data;
    for (int64_t i = 0; i < sizes[0] * sizes[1]; i++)
        for (int64_t k = 0; k < points; k++)
            *to++ = sample(&s, images + i * pixels,
                           places + (i / sizes[1] * points + k) * 2);
    return 0;
}

/* The i-th of `size` places from -1 to 1. */
static float place(int64_t i, int64_t size, bool align)
{
    if (align)
        return size > 1 ? -1 + 2 * (float)i / (float)(size - 1) : 0;
    return (float)(2 * i + 1 - size) / (float)size;
}

/* "theta size align_corners": a grid for each of theta's (2, 3) matrices. */
int flama_pt_op_affine_grid(flama_pt_op *op)
{
    const flama_pt_tensor *theta = flama_pt_in(op, 0);
    int64_t size[4];
    size_t rank = flama_pt_ints(op, 1, size, 4);
    bool align = flama_pt_flag(op, 2);
    if (op->code || flama_pt_want_dtype(op, theta, "theta", FLAMA_PT_F32))
        return op->code;
    if (rank != 4 || theta->rank != 3 || theta->sizes[0] != size[0] ||
        theta->sizes[1] != 2 || theta->sizes[2] != 3)
        return flama_pt_unsupported(op, "grids of this kind");
    int64_t sizes[4] = {size[0], size[2], size[3], 2};
    flama_pt_tensor *out = flama_pt_new(op, 0, FLAMA_PT_F32, 4, sizes);
    const float *t = flama_pt_dense(op, theta);
    if (op->code || op->dry)
        return op->code;
    float *to = out->data;
    for (int64_t n = 0; n < size[0]; n++, t += 6)
        for (int64_t i = 0; i < size[2]; i++)
            for (int64_t k = 0; k < size[3]; k++) {
                float x = place(k, size[3], align), y = place(i, size[2], align);
                *to++ = t[0] * x + t[1] * y + t[2];
                *to++ = t[3] * x + t[4] * y + t[5];
            }
    return 0;
}
