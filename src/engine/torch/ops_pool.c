/* Pooling: the largest or the mean of each window; adaptive pooling, whose windows
 * follow from the output's sizes. */
#include <math.h>
#include <string.h>

#include "engine/torch/ops.h"
#include "engine/torch/window.h"

/* What becomes of the numbers of one window: planes are (in[0], in[1], in[2]). */
typedef struct pool {
    const flama_pt_tensor *in;
    flama_pt_window window;
    bool mean, count_pads, adaptive;
    int64_t divisor; /* 0: the numbers in the window */
} pool;

/* The part of the input that window i of a dimension covers, every dilation-th. */
static void bounds(const pool *p, size_t d, int64_t i, int64_t *from, int64_t *to)
{
    const flama_pt_window *w = &p->window;
    if (p->adaptive) {
        *from = i * w->in[d] / w->out[d];
        *to = ((i + 1) * w->in[d] + w->out[d] - 1) / w->out[d];
        return;
    }
    *from = i * w->stride[d] - w->pad[d];
    *to = *from + (w->kernel[d] - 1) * w->dilation[d] + 1;
    if (*from < 0)
        *from += (-*from + w->dilation[d] - 1) / w->dilation[d] * w->dilation[d];
    if (*to > w->in[d])
        *to = w->in[d];
}

/* How many numbers a mean is of: with count_pads the padding's zeros too, but nothing
 * beyond them. */
static double divisor(const pool *p, const int64_t *at, const int64_t *from,
                      const int64_t *to)
{
    double count = 1;
    if (p->divisor)
        return (double)p->divisor;
    for (size_t d = 0; d < 3; d++) {
        const flama_pt_window *w = &p->window;
        int64_t start = at[d] * w->stride[d] - w->pad[d], end = start + w->kernel[d];
        int64_t most = w->in[d] + w->pad[d];
        count *= (double)(p->count_pads ? (end < most ? end : most) - start
                                        : to[d] - from[d]);
    }
    return count;
}

static float one_window(const pool *p, const float *plane, const int64_t *at,
                        int64_t *where)
{
    const flama_pt_window *w = &p->window;
    int64_t from[3], to[3], best = -1;
    float largest = -INFINITY;
    double sum = 0;
    for (size_t d = 0; d < 3; d++)
        bounds(p, d, at[d], &from[d], &to[d]);
    for (int64_t z = from[0]; z < to[0]; z += w->dilation[0])
        for (int64_t y = from[1]; y < to[1]; y += w->dilation[1]) {
            int64_t row = (z * w->in[1] + y) * w->in[2];
            for (int64_t x = from[2]; x < to[2]; x += w->dilation[2]) {
                float v = plane[row + x];
                if (p->mean)
                    sum += (double)v;
                else if (v > largest || isnan(v) || best < 0) {
                    largest = v;
                    best = row + x;
                }
            }
        }
    *where = best;
    return p->mean ? (float)(sum / divisor(p, at, from, to)) : largest;
}

/* The most common pool, windows of 2 by 2 side by side, without all the bounds. */
static bool is_two_by_two(const pool *p)
{
    const flama_pt_window *w = &p->window;
    return !p->mean && !p->adaptive && w->kernel[0] == 1 && w->kernel[1] == 2 &&
           w->kernel[2] == 2 && w->stride[1] == 2 && w->stride[2] == 2 && !w->pad[1] &&
           !w->pad[2] && w->dilation[1] == 1 && w->dilation[2] == 1 && !w->pad[0] &&
           2 * w->out[1] <= w->in[1] && 2 * w->out[2] <= w->in[2] && w->stride[0] == 1;
}

static float larger(float a, float b)
{
    return a > b || isnan(a) ? a : b;
}

static void two_by_two(const flama_pt_window *w, const float *plane, float *out)
{
    for (int64_t z = 0; z < w->out[0]; z++)
        for (int64_t y = 0; y < w->out[1]; y++) {
            const float *a = plane + (z * w->in[1] + 2 * y) * w->in[2];
            const float *b = a + w->in[2];
            for (int64_t x = 0; x < w->out[2]; x++, a += 2, b += 2)
                *out++ = larger(larger(a[0], a[1]), larger(b[0], b[1]));
        }
}

static void run_plane(const pool *p, const float *plane, float *out, int64_t *where)
{
    int64_t at[3], place;
    if (where == NULL && is_two_by_two(p)) {
        two_by_two(&p->window, plane, out);
        return;
    }
    for (at[0] = 0; at[0] < p->window.out[0]; at[0]++)
        for (at[1] = 0; at[1] < p->window.out[1]; at[1]++)
            for (at[2] = 0; at[2] < p->window.out[2]; at[2]++) {
                *out++ = one_window(p, plane, at, &place);
                if (where)
                    *where++ = place;
            }
}

static int check_input(flama_pt_op *op, pool *p, size_t dims)
{
    p->in = flama_pt_in(op, 0);
    p->window.dims = dims;
    if (op->code || flama_pt_want_dtype(op, p->in, "the input", FLAMA_PT_F32))
        return op->code;
    if (p->in->rank < dims + 1 || p->in->rank > dims + 2)
        return flama_pt_bad(op, "%zu dimensions", p->in->rank);
    flama_pt_window_sizes(p->in, dims, p->window.in);
    return 0;
}

/* Outputs: the numbers, and with `indices` the places they were found at. */
static int finish(flama_pt_op *op, pool *p, bool indices)
{
    int64_t sizes[FLAMA_PT_RANK];
    if (op->code)
        return op->code;
    size_t rank = p->in->rank, dims = p->window.dims;
    memcpy(sizes, p->in->sizes, sizeof sizes);
    for (size_t d = 3 - dims; d < 3; d++)
        sizes[rank - 3 + d] = p->window.out[d];
    flama_pt_tensor *out = flama_pt_new(op, 0, FLAMA_PT_F32, rank, sizes);
    flama_pt_tensor *where =
        indices ? flama_pt_new(op, 1, FLAMA_PT_I64, rank, sizes) : NULL;
    const float *data = flama_pt_dense(op, p->in);
    flama_pt_spend(op, (double)p->in->count);
    if (op->code || op->dry)
        return op->code;
    int64_t in_size = flama_pt_volume(p->window.in), planes;
    int64_t out_size = flama_pt_volume(p->window.out);
    planes = flama_pt_product(p->in->sizes, 0, rank - dims);
    for (int64_t i = 0; i < planes; i++)
        run_plane(p, data + i * in_size, (float *)out->data + i * out_size,
                  where ? (int64_t *)where->data + i * out_size : NULL);
    return 0;
}

/* Kernel and stride, which is the kernel when none is given. */
static void read_kernel(flama_pt_op *op, pool *p)
{
    flama_pt_window *w = &p->window;
    for (size_t d = 0; d < 3; d++)
        w->pad[d] = 0, w->dilation[d] = 1;
    flama_pt_window_ints(op, 1, w->dims, 1, w->kernel);
    memcpy(w->stride, w->kernel, sizeof w->stride);
    flama_pt_window_ints(op, 2, w->dims, 1, w->stride);
    flama_pt_window_ints(op, 3, w->dims, 0, w->pad);
    for (size_t d = 0; d < 3 && op->code == 0; d++)
        if (2 * w->pad[d] > w->kernel[d])
            flama_pt_bad(op, "padding larger than half the window");
}

/* "self kernel_size stride=[] padding=0 dilation=1 ceil_mode=False"; the variant is the
 * dimensions, and 10 more with indices. */
int flama_pt_op_max_pool(flama_pt_op *op)
{
    int variant = op->node->operator->variant;
    pool p = {0};
    if (check_input(op, &p, (size_t)(variant % 10)))
        return op->code;
    read_kernel(op, &p);
    flama_pt_window_ints(op, 4, p.window.dims, 1, p.window.dilation);
    bool ceil = flama_pt_flag(op, 5);
    if (op->code == 0)
        flama_pt_window_out(op, &p.window, ceil);
    return finish(op, &p, variant > 10);
}

/* "self kernel_size stride=[] padding=0 ceil_mode=False count_include_pad=True
 * divisor_override=None". */
int flama_pt_op_avg_pool(flama_pt_op *op)
{
    pool p = {.mean = true};
    if (check_input(op, &p, (size_t)op->node->operator->variant))
        return op->code;
    read_kernel(op, &p);
    bool ceil = flama_pt_flag(op, 4);
    p.count_pads = flama_pt_flag(op, 5);
    p.divisor = flama_pt_given(op, 6) ? flama_pt_int(op, 6) : 0;
    if (op->code == 0)
        flama_pt_window_out(op, &p.window, ceil);
    return finish(op, &p, false);
}

/* "self output_size": means, or with 10 more in the variant the largest and where. */
int flama_pt_op_adaptive_pool(flama_pt_op *op)
{
    int variant = op->node->operator->variant;
    pool p = {.mean = variant < 10, .adaptive = true};
    flama_pt_window *w = &p.window;
    if (check_input(op, &p, (size_t)(variant % 10)))
        return op->code;
    size_t count = flama_pt_is_list(op, 1) ? flama_pt_list(op, 1) : 1;
    memcpy(w->out, w->in, sizeof w->out);
    for (size_t d = 0; d < 3; d++)
        w->kernel[d] = w->stride[d] = w->dilation[d] = 1, w->pad[d] = 0;
    if (op->code == 0 && count != 1 && count != w->dims)
        return flama_pt_bad(op, "an output size for each dimension is expected");
    flama_pt_window_ints(op, 1, w->dims, 1, w->out);
    for (size_t d = 0; d < 3 && op->code == 0; d++)
        if (w->out[d] < 1 || w->in[d] < 1 || w->in[d] > INT32_MAX)
            return flama_pt_bad(op, "sizes of 0");
    return finish(op, &p, variant > 10);
}
