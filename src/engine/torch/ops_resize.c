/* Images in another size: the nearest element, linear and cubic interpolation, and both
 * of them with the filter widened where the image gets smaller. */
#include <math.h>
#include <string.h>

#include "engine/torch/elements.h"
#include "engine/torch/ops.h"
#include "engine/torch/window.h"

typedef enum method {
    NEAREST,
    NEAREST_EXACT,
    LINEAR,
    CUBIC,
    WIDE_LINEAR,
    WIDE_CUBIC
} method;

enum { TAPS = 4 };

/* What an element of the output is made of along one dimension. */
typedef struct taps {
    int64_t at[TAPS];
    float weight[TAPS];
    int count;
} taps;

typedef struct resize {
    const flama_pt_tensor *in;
    size_t dims;
    method how;
    bool align;
    int64_t from[3], to[3];
    double factors[3]; /* scale factors that were given, 0: none */
} resize;

static int64_t clamp(int64_t i, int64_t size)
{
    return i < 0 ? 0 : i >= size ? size - 1 : i;
}

/* Elements of the input to one of the output. */
static float step(const resize *r, size_t d)
{
    if (r->align)
        return r->to[d] > 1 ? (float)(r->from[d] - 1) / (float)(r->to[d] - 1) : 0;
    return r->factors[d] > 0 ? (float)(1.0 / r->factors[d])
                             : (float)r->from[d] / (float)r->to[d];
}

static void cubic(taps *t, float x, int64_t size)
{
    const float a = -0.75f;
    float whole = floorf(x), f = x - whole;
    for (int i = 0; i < TAPS; i++) {
        float distance = fabsf(f - (float)(i - 1));
        t->at[i] = clamp((int64_t)whole + i - 1, size);
        t->weight[i] =
            distance <= 1
                ? ((a + 2) * distance - (a + 3)) * distance * distance + 1
                : ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a;
    }
    t->count = TAPS;
}

static taps taps_of(const resize *r, size_t d, int64_t i)
{
    taps t = {.count = 1, .weight = {1}};
    float by = step(r, d), x;
    int64_t size = r->from[d];
    if (r->how == NEAREST || r->how == NEAREST_EXACT) {
        x = ((float)i + (r->how == NEAREST_EXACT ? 0.5f : 0)) * by;
        t.at[0] = clamp((int64_t)floorf(x), size);
        return t;
    }
    x = r->align ? by * (float)i : by * ((float)i + 0.5f) - 0.5f;
    if (r->how == CUBIC) {
        cubic(&t, x, size);
        return t;
    }
    x = x < 0 ? 0 : x;
    t.at[0] = clamp((int64_t)x, size);
    t.at[1] = clamp(t.at[0] + 1, size);
    t.weight[1] = x - (float)t.at[0];
    t.weight[1] = t.weight[1] > 1 ? 1 : t.weight[1];
    t.weight[0] = 1 - t.weight[1];
    t.count = 2;
    return t;
}

/* One row of the output from the rows that go into it. */
static void mix_row(const resize *r, const float *plane, const taps *z, const taps *y,
                    const taps *x, float *out)
{
    for (int64_t i = 0; i < r->to[2]; i++) {
        float sum = 0;
        for (int a = 0; a < z->count; a++)
            for (int b = 0; b < y->count; b++) {
                const float *row =
                    plane + (z->at[a] * r->from[1] + y->at[b]) * r->from[2];
                float part = 0;
                for (int c = 0; c < x[i].count; c++)
                    part += x[i].weight[c] * row[x[i].at[c]];
                sum += z->weight[a] * y->weight[b] * part;
            }
        out[i] = sum;
    }
}

static void copy_row(const resize *r, const float *plane, const taps *z, const taps *y,
                     const taps *x, float *out)
{
    const float *row = plane + (z->at[0] * r->from[1] + y->at[0]) * r->from[2];
    for (int64_t i = 0; i < r->to[2]; i++)
        out[i] = row[x[i].at[0]];
}

/* A run of the input that an element of the output is made of, and its weights. */
typedef struct span {
    int64_t at, count;
    float *weights;
} span;

static float filter(const resize *r, float x)
{
    const float a = -0.5f;
    x = fabsf(x);
    if (r->how == WIDE_LINEAR)
        return x < 1 ? 1 - x : 0;
    return x < 1   ? ((a + 2) * x - (a + 3)) * x * x + 1
           : x < 2 ? (((x - 5) * x + 8) * x - 4) * a
                   : 0;
}

/* The spans along dimension d, in scratch, as torch's _upsample_..._aa places them. */
static span *spans_of(flama_pt_op *op, const resize *r, size_t d)
{
    float by = step(r, d), wide = by > 1 ? by : 1;
    float reach = (r->how == WIDE_LINEAR ? 1 : 2) * wide;
    if (op->code == 0 && !(by >= 0 && by < 1e8F))
        flama_pt_bad(op, "scale factors are out of range");
    if (op->code)
        return NULL;
    int64_t most = 2 * (int64_t)ceilf(reach) + 1;
    span *all = flama_pt_scratch(op, (size_t)r->to[d], sizeof *all);
    float *weights = flama_pt_scratch(op, (size_t)(r->to[d] * most), sizeof *weights);
    for (int64_t i = 0; i < r->to[d] && all && weights; i++, weights += most) {
        float center = by * ((float)i + 0.5f), sum = 0;
        int64_t from = (int64_t)(center - reach + 0.5f);
        int64_t to = (int64_t)(center + reach + 0.5f);
        span *s = &all[i];
        s->at = from < 0 ? 0 : from < r->from[d] ? from : r->from[d] - 1;
        to = to > r->from[d] ? r->from[d] : to;
        s->count = to - s->at > most ? most : to - s->at;
        s->weights = weights;
        for (int64_t k = 0; k < s->count; k++)
            sum += weights[k] = filter(r, ((float)(k + s->at) - center + 0.5f) / wide);
        for (int64_t k = 0; k < s->count && sum != 0; k++)
            weights[k] /= sum;
    }
    return all;
}

/* Along rows first, then along columns. */
static int run_wide(flama_pt_op *op, const resize *r, const float *data,
                    flama_pt_tensor *out)
{
    const span *x = spans_of(op, r, 2), *y = spans_of(op, r, 1);
    int64_t width = r->to[2];
    float *rows = flama_pt_scratch(op, (size_t)(r->from[1] * width), sizeof *rows);
    if (op->code || op->dry)
        return op->code;
    float *to = out->data;
    int64_t planes = flama_pt_product(r->in->sizes, 0, r->in->rank - 2);
    for (int64_t p = 0; p < planes; p++) {
        for (int64_t i = 0; i < r->from[1]; i++, data += r->from[2])
            for (int64_t k = 0; k < width; k++) {
                float sum = 0;
                for (int64_t t = 0; t < x[k].count; t++)
                    sum += data[x[k].at + t] * x[k].weights[t];
                rows[i * width + k] = sum;
            }
        for (int64_t i = 0; i < r->to[1]; i++, to += width) {
            memset(to, 0, (size_t)width * sizeof *to);
            for (int64_t t = 0; t < y[i].count; t++)
                for (int64_t k = 0; k < width; k++)
                    to[k] += rows[(y[i].at + t) * width + k] * y[i].weights[t];
        }
    }
    return 0;
}

static int run(flama_pt_op *op, resize *r)
{
    int64_t sizes[FLAMA_PT_RANK];
    if (op->code)
        return op->code;
    for (size_t d = 0; d < 3; d++)
        if (r->to[d] < 1 || r->from[d] < 1 || r->to[d] > INT32_MAX ||
            r->from[d] > INT32_MAX)
            return flama_pt_bad(op, "sizes are out of range");
    memcpy(sizes, r->in->sizes, sizeof sizes);
    for (size_t d = 3 - r->dims; d < 3; d++)
        sizes[r->in->rank - 3 + d] = r->to[d];
    flama_pt_tensor *out = flama_pt_new(op, 0, FLAMA_PT_F32, r->in->rank, sizes);
    const float *data = flama_pt_dense(op, r->in);
    if (r->how >= WIDE_LINEAR)
        return run_wide(op, r, data, out);
    taps *x = flama_pt_scratch(op, (size_t)r->to[2], sizeof *x);
    flama_pt_spend(op, 8.0 * (double)out->count);
    if (op->code || op->dry)
        return op->code;
    for (int64_t i = 0; i < r->to[2]; i++)
        x[i] = taps_of(r, 2, i);
    float *to = out->data;
    int64_t planes = flama_pt_product(r->in->sizes, 0, r->in->rank - r->dims);
    for (int64_t p = 0; p < planes; p++, data += flama_pt_volume(r->from))
        for (int64_t z = 0; z < r->to[0]; z++)
            for (int64_t y = 0; y < r->to[1]; y++, to += r->to[2]) {
                taps tz = taps_of(r, 0, z), ty = taps_of(r, 1, y);
                (r->how < LINEAR ? copy_row : mix_row)(r, data, &tz, &ty, x, to);
            }
    return 0;
}

/* Variants: the method, and 10 for each dimension. */
static int begin(flama_pt_op *op, resize *r)
{
    int variant = op->node->operator->variant;
    *r = (resize){.in = flama_pt_in(op, 0), .how = (method)(variant % 10)};
    r->dims = (size_t)(variant / 10);
    if (op->code || flama_pt_want_dtype(op, r->in, "the input", FLAMA_PT_F32))
        return op->code;
    if (r->in->rank != r->dims + 2)
        return flama_pt_bad(op, "batch, channels and %zu dimensions are expected",
                            r->dims);
    flama_pt_window_sizes(r->in, r->dims, r->from);
    memcpy(r->to, r->from, sizeof r->to);
    return 0;
}

/* Numbers of a list of floats, one a dimension, at the end of three. */
static void read_factors(flama_pt_op *op, size_t i, resize *r)
{
    const flama_pt_arg *list = &op->node->args[i];
    if (list->kind != FLAMA_PT_LIST || list->list.count != r->dims) {
        flama_pt_bad(op, "a scale factor for each dimension is expected");
        return;
    }
    for (size_t d = 0; d < r->dims; d++) {
        flama_pt_node one = *op->node;
        flama_pt_op item = *op;
        one.args = &list->list.items[d];
        one.arg_count = 1;
        item.node = &one;
        double factor = flama_pt_number(&item, 0);
        op->code = item.code;
        r->factors[3 - r->dims + d] = factor;
    }
}

/* "input output_size scale_factors", or with align_corners third of four ("input
 * output_size align_corners scale_factors"). */
int flama_pt_op_resize_vec(flama_pt_op *op)
{
    resize r;
    if (begin(op, &r))
        return op->code;
    bool smooth = r.how >= LINEAR;
    r.align = smooth && flama_pt_flag(op, 2);
    if (flama_pt_given(op, 1)) {
        flama_pt_window_ints(op, 1, r.dims, 1, r.to);
        return run(op, &r);
    }
    read_factors(op, smooth ? 3 : 2, &r);
    for (size_t d = 3 - r.dims; d < 3 && op->code == 0; d++) {
        double size = floor((double)r.from[d] * r.factors[d]);
        if (!(size >= 0 && size < 1e9))
            return flama_pt_bad(op, "scale factors are out of range");
        r.to[d] = (int64_t)size;
    }
    return run(op, &r);
}

/* "self output_size [align_corners] scales...=None". */
int flama_pt_op_resize(flama_pt_op *op)
{
    resize r;
    if (begin(op, &r))
        return op->code;
    bool smooth = r.how >= LINEAR;
    r.align = smooth && flama_pt_flag(op, 2);
    flama_pt_window_ints(op, 1, r.dims, 1, r.to);
    for (size_t d = 0; d < r.dims; d++)
        if (flama_pt_given(op, 2 + smooth + d))
            r.factors[3 - r.dims + d] = flama_pt_number(op, 2 + smooth + d);
    return run(op, &r);
}
