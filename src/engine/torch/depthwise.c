#include "engine/torch/depthwise.h"

#include <string.h>

#include "engine/kernels/kernels.h"
#include "engine/kernels/map.h"

/* An image of w->stride rows and columns is taken apart: phase (y, x) has every
 * stride-th row and column from there on, the padding included. Each place of the
 * window then reads a phase from some element on, without a gap from one output to the
 * next, and the outputs of a whole image are sums over long arrays. Between two lines
 * of the output lie a few sums that nobody asked for. */
typedef struct phases {
    size_t rows, width, size; /* of one */
    size_t count;
    size_t sums; /* of all lines of the output, to the last one's end */
} phases;

enum { SLACK = 16 }; /* a vector may end beyond the last sum */

static phases phases_of(const flama_pt_window *w)
{
    size_t rows =
        (size_t)(w->out[1] + (w->kernel[1] - 1) * w->dilation[1] / w->stride[1]);
    size_t width =
        (size_t)(w->out[2] + (w->kernel[2] - 1) * w->dilation[2] / w->stride[2]);
    return (phases){.rows = rows,
                    .width = width,
                    .size = rows * width,
                    .count = (size_t)(w->stride[1] * w->stride[2]),
                    .sums = (size_t)(w->out[1] - 1) * width + (size_t)w->out[2]};
}

size_t flama_pt_depthwise_room(const flama_pt_window *w)
{
    phases p = phases_of(w);
    double seen = (double)w->in[1] * (double)w->in[2];
    double floats = (double)p.rows * (double)p.width * (double)p.count;
    if (floats > 8 * (seen + (double)w->out[1] * (double)w->out[2]) + 4096 ||
        w->out[1] < 1 || w->out[2] < 1)
        return 0;
    return p.count * p.size + p.sums + (size_t)w->kernel[2] + 2 * SLACK;
}

static void take_apart(const flama_pt_window *w, const phases *p, const float *image,
                       float *out)
{
    for (size_t i = 0; i < p->count; i++)
        for (size_t r = 0; r < p->rows; r++, out += p->width) {
            int64_t phase_y = (int64_t)i / w->stride[2];
            int64_t phase_x = (int64_t)i % w->stride[2];
            int64_t y = (int64_t)r * w->stride[1] + phase_y - w->pad[1];
            if (y < 0 || y >= w->in[1])
                memset(out, 0, p->width * sizeof *out);
            else
                flama_pt_window_line(w, image + y * w->in[2], phase_x - w->pad[2],
                                     p->width, out);
        }
    memset(out, 0, SLACK * sizeof *out);
}

/* Adds what one line of the window gives. Places a stride apart are of one phase. */
static void add_line(const flama_pt_window *w, const phases *p, const float *weights,
                     const float *from, float *line, float *sums)
{
    int64_t stride = w->stride[2];
    for (int64_t k = 0; k < stride && k < w->kernel[2]; k++) {
        int64_t x = k * w->dilation[2];
        size_t n = 0;
        for (int64_t i = k; i < w->kernel[2]; i += stride)
            line[n++] = weights[i];
        flama_kernels_get()->combine_f32(
            line, from + (size_t)(x % stride) * p->size + x / stride, n,
            (p->sums + SLACK - 1) / SLACK * SLACK, (size_t)w->dilation[2], sums);
    }
}

static void finish(const flama_pt_window *w, const phases *p, const float *sums,
                   const flama_gemm_f32 *end, float *out)
{
    size_t width = (size_t)w->out[2], count = (size_t)w->out[1] * width;
    for (size_t y = 0; y < (size_t)w->out[1]; y++)
        for (size_t x = 0; x < width; x++) {
            float sum = sums[y * p->width + x];
            out[y * width + x] = end->accumulate ? out[y * width + x] + sum : sum;
        }
    if (end->clamp)
        flama_map_run_f32(FLAMA_MAP_CLAMP, end->low, end->high, out, out, count);
}

void flama_pt_depthwise(const flama_pt_window *w, const float *image,
                        const float *weights, float bias, const flama_gemm_f32 *end,
                        float *room, float *out)
{
    phases p = phases_of(w);
    float *sums = room + p.count * p.size + SLACK, *line = sums + p.sums + SLACK;
    int64_t area = w->in[1] * w->in[2], lines = w->kernel[0] * w->kernel[1];
    for (int64_t z = 0; z < w->out[0]; z++, out += w->out[1] * w->out[2]) {
        for (size_t i = 0; i < p.sums + SLACK; i++)
            sums[i] = bias;
        for (int64_t l = 0; l < lines; l++) {
            int64_t depth =
                z * w->stride[0] - w->pad[0] + l / w->kernel[1] * w->dilation[0];
            int64_t y = l % w->kernel[1] * w->dilation[1];
            if (depth < 0 || depth >= w->in[0])
                continue;
            if (l % w->kernel[1] == 0)
                take_apart(w, &p, image + depth * area, room);
            size_t first = (size_t)(y % w->stride[1] * w->stride[2]) * p.size;
            add_line(w, &p, weights + l * w->kernel[2],
                     room + first + (size_t)(y / w->stride[1]) * p.width, line, sums);
        }
        finish(w, &p, sums, end, out);
    }
}
