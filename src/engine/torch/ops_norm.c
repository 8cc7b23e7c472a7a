/* Normalizations: batch norm with its stored statistics or the batch's; layer, group,
 * instance and root-mean-square norms with the tensor's own. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "engine/torch/elements.h"
#include "engine/torch/ops.h"
#include "engine/torch/plan.h"

/* Beyond any number of a norm that does not blow up its layer. */
#define LARGE 1e12F

/* Batch norm. */

typedef struct stored {
    const flama_pt_tensor *weight, *bias, *mean,
        *variance; /* weight, bias: may be NULL */
    double eps;
} stored;

static float at(const flama_pt_tensor *t, int64_t channel)
{
    return ((const float *)t->data)[channel * t->strides[0]];
}

static int check_channel(flama_pt_op *op, const flama_pt_tensor *t, int64_t channels)
{
    if (op->code || t == NULL ||
        flama_pt_want_dtype(op, t, "a statistic", FLAMA_PT_F32))
        return op->code;
    if (t->rank != 1 || t->sizes[0] != channels)
        return flama_pt_bad(op, "%lld channels are expected", (long long)channels);
    return 0;
}

/* What a channel is multiplied by, and what is added then. */
static float channel_scale(const stored *s, int64_t c, float *shift)
{
    double inverse = 1 / sqrt((double)at(s->variance, c) + s->eps);
    float scale = (float)(inverse * (s->weight ? (double)at(s->weight, c) : 1));
    *shift = (s->bias ? at(s->bias, c) : 0) - at(s->mean, c) * scale;
    return scale;
}

static int batch_norm(flama_pt_op *op, const flama_pt_tensor *in, const stored *s)
{
    if (op->code || flama_pt_want_dtype(op, in, "the input", FLAMA_PT_F32))
        return op->code;
    if (in->rank < 2)
        return flama_pt_bad(op, "the input has no channels");
    int64_t channels = in->sizes[1], inner = flama_pt_product(in->sizes, 2, in->rank);
    const flama_pt_tensor *all[] = {s->weight, s->bias, s->mean, s->variance};
    for (size_t i = 0; i < 4; i++)
        check_channel(op, all[i], channels);
    bool contiguous = flama_pt_is_contiguous(in);
    flama_pt_tensor *out = flama_pt_new_over(op, 0, FLAMA_PT_F32, in->rank, in->sizes,
                                             contiguous ? in : NULL);
    const float *from = flama_pt_dense(op, in);
    flama_pt_spend(op, 2.0 * (double)in->count);
    if (op->code || op->dry)
        return op->code;
    float *to = out->data;
    for (int64_t i = 0; i < in->sizes[0] * channels; i++, from += inner, to += inner) {
        int64_t c = i % channels;
        float shift, scale = channel_scale(s, c, &shift);
        for (int64_t k = 0; k < inner; k++)
            to[k] = from[k] * scale + shift;
    }
    return 0;
}

static bool is_constant(const flama_pt_tensor *t)
{
    return t == NULL || (t->storage == FLAMA_PT_CONSTANT && t->data);
}

/* Both spellings: weight, bias, mean and variance stand at 1 to 4. Factors that are not
 * finite, or so large that a folded weight might not be, stay where they are. */
bool flama_pt_join_batch_norm(flama_pt_op *op, flama_pt_end *end, flama_arena *arena)
{
    bool decomposed = op->node->arg_count < 9;
    size_t n = end->channels, eps = decomposed ? 6 : 7;
    stored s = {flama_pt_maybe(op, 1), flama_pt_maybe(op, 2), flama_pt_maybe(op, 3),
                flama_pt_maybe(op, 4), flama_pt_number(op, eps)};
    if (op->code || (!decomposed && flama_pt_flag(op, 5)) || !s.mean || !s.variance)
        return false;
    if (n == 0 || end->clamp || !is_constant(s.weight) || !is_constant(s.bias) ||
        !is_constant(s.mean) || !is_constant(s.variance))
        return false;
    float *scale = flama_arena_alloc(arena, 2 * n * sizeof *scale), *bias = scale + n;
    if (scale == NULL) {
        op->code = flama_error__memory(op->run->err);
        return false;
    }
    for (size_t c = 0; c < n; c++) {
        float before = end->scale ? end->bias[c] : 0;
        scale[c] = channel_scale(&s, (int64_t)c, &bias[c]);
        if (!(fabsf(scale[c]) < LARGE) || !(fabsf(bias[c]) < LARGE))
            return false;
        bias[c] += before * scale[c];
        scale[c] *= end->scale ? end->scale[c] : 1;
    }
    end->scale = scale;
    end->bias = bias;
    return true;
}

/* "input weight bias running_mean running_var momentum eps": with two outputs more,
 * which are empty outside training. */
int flama_pt_op_batch_norm_decomposed(flama_pt_op *op)
{
    stored s = {flama_pt_maybe(op, 1), flama_pt_maybe(op, 2), flama_pt_in(op, 3),
                flama_pt_in(op, 4), flama_pt_number(op, 6)};
    int64_t none[1] = {0};
    for (size_t k = 1; k < op->node->output_count && k < 3; k++)
        flama_pt_new(op, k, FLAMA_PT_F32, 1, none);
    return batch_norm(op, flama_pt_in(op, 0), &s);
}

/* The others: rows of numbers, each brought to mean 0 and variance 1. */

typedef struct norm {
    int64_t rows, length;
    double eps;
    bool mean; /* false: only divided by the root of the mean square */
    const float *weight, *bias;
    int64_t channels;    /* 0: weight and bias are as long as a row; else one number */
    int64_t per_channel; /* for so many, and rows go through channels / their number */
    float *means, *scales; /* NULL, or one a row */
} norm;

static void row_statistics(const norm *n, const float *row, double *mean, double *scale)
{
    double sum = 0, squares = 0;
    for (int64_t i = 0; n->mean && i < n->length; i++)
        sum += (double)row[i];
    *mean = sum / (double)n->length;
    for (int64_t i = 0; i < n->length; i++) {
        double d = (double)row[i] - *mean;
        squares += d * d;
    }
    *scale = 1 / sqrt(squares / (double)n->length + n->eps);
}

static void scale_row(const norm *n, const float *row, float mean, float scale,
                      int64_t r, float *out)
{
    if (n->channels == 0) {
        for (int64_t i = 0; i < n->length; i++) {
            float v = (row[i] - mean) * scale;
            v = n->weight ? v * n->weight[i] : v;
            out[i] = n->bias ? v + n->bias[i] : v;
        }
        return;
    }
    int64_t channels_a_row = n->length / n->per_channel;
    int64_t first = r * channels_a_row % n->channels;
    for (int64_t c = 0; c < channels_a_row; c++) {
        float w = n->weight ? n->weight[first + c] * scale : scale;
        float b = n->bias ? n->bias[first + c] : 0;
        for (int64_t i = c * n->per_channel; i < (c + 1) * n->per_channel; i++)
            out[i] = (row[i] - mean) * w + b;
    }
}

static void run_norm(const norm *n, const float *in, float *out)
{
    for (int64_t r = 0; r < n->rows; r++, in += n->length, out += n->length) {
        double mean, scale;
        row_statistics(n, in, &mean, &scale);
        scale_row(n, in, (float)mean, (float)scale, r, out);
        if (n->means) {
            n->means[r] = (float)mean;
            n->scales[r] = (float)scale;
        }
    }
}

/* Weight or bias, of `count` numbers. */
static const float *parameter(flama_pt_op *op, size_t i, int64_t count)
{
    const flama_pt_tensor *t = flama_pt_maybe(op, i);
    if (op->code || t == NULL || flama_pt_want_dtype(op, t, "a weight", FLAMA_PT_F32))
        return NULL;
    if (t->count != count) {
        flama_pt_bad(op, "a weight of %lld numbers, not %lld", (long long)t->count,
                     (long long)count);
        return NULL;
    }
    return flama_pt_dense(op, t);
}

/* Output 0, and with `statistics` means and scales in outputs 1 and 2. */
static int finish(flama_pt_op *op, norm *n, const flama_pt_tensor *in,
                  size_t statistics_rank, const int64_t *statistics)
{
    flama_pt_tensor *out = flama_pt_new(op, 0, FLAMA_PT_F32, in->rank, in->sizes);
    flama_pt_tensor *means = NULL, *scales = NULL;
    if (statistics) {
        means = flama_pt_new(op, 1, FLAMA_PT_F32, statistics_rank, statistics);
        scales = flama_pt_new(op, 2, FLAMA_PT_F32, statistics_rank, statistics);
    }
    const float *data = flama_pt_dense(op, in);
    flama_pt_spend(op, 6.0 * (double)in->count);
    if (op->code || op->dry)
        return op->code;
    if (means) {
        n->means = means->data;
        n->scales = scales->data;
    }
    run_norm(n, data, out->data);
    return 0;
}

/* The dimensions that "normalized_shape" (argument 1) covers, from the end. */
static size_t normalized(flama_pt_op *op, const flama_pt_tensor *in, norm *n)
{
    int64_t shape[FLAMA_PT_RANK];
    size_t count = flama_pt_ints(op, 1, shape, FLAMA_PT_RANK);
    if (op->code || flama_pt_want_dtype(op, in, "the input", FLAMA_PT_F32))
        return 0;
    if (count == 0 || count > in->rank ||
        memcmp(shape, in->sizes + in->rank - count, count * sizeof *shape) != 0) {
        flama_pt_bad(op, "the input does not end in the normalized shape");
        return 0;
    }
    n->length = flama_pt_product(in->sizes, in->rank - count, in->rank);
    n->rows = flama_pt_product(in->sizes, 0, in->rank - count);
    return in->rank - count;
}

/* "input normalized_shape weight=None bias=None eps=1e-05"; the variant is 1 where mean
 * and scale are outputs too. */
int flama_pt_op_layer_norm(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    norm n = {.mean = true, .eps = flama_pt_number(op, 4)};
    int64_t sizes[FLAMA_PT_RANK];
    size_t lead = normalized(op, in, &n);
    n.weight = parameter(op, 2, n.length);
    n.bias = parameter(op, 3, n.length);
    memcpy(sizes, in->sizes, sizeof sizes);
    for (size_t i = lead; i < in->rank; i++)
        sizes[i] = 1;
    if (op->code)
        return op->code;
    return finish(op, &n, in, in->rank, op->node->operator->variant ? sizes : NULL);
}

/* "input normalized_shape weight=None eps=None". */
int flama_pt_op_rms_norm(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    norm n = {.eps = flama_pt_given(op, 3) ? flama_pt_number(op, 3) : 0x1p-23};
    size_t lead = normalized(op, in, &n);
    n.weight = parameter(op, 2, n.length);
    if (op->code)
        return op->code;
    if (op->node->operator->variant == 0)
        return finish(op, &n, in, 0, NULL);
    int64_t sizes[FLAMA_PT_RANK];
    memcpy(sizes, in->sizes, sizeof sizes);
    for (size_t i = lead; i < in->rank; i++)
        sizes[i] = 1;
    flama_pt_tensor *scales = flama_pt_new(op, 1, FLAMA_PT_F32, in->rank, sizes);
    float *means = flama_pt_scratch(op, (size_t)n.rows, sizeof *means);
    flama_pt_tensor *out = flama_pt_new(op, 0, FLAMA_PT_F32, in->rank, in->sizes);
    const float *data = flama_pt_dense(op, in);
    if (op->code || op->dry)
        return op->code;
    n.means = means;
    n.scales = scales->data;
    run_norm(&n, data, out->data);
    return 0;
}

/* Groups of channels of (N, C, ...). `weight` is the argument that is the weight; the
 * bias comes after it. */
static int group_norm(flama_pt_op *op, const flama_pt_tensor *in, int64_t groups,
                      norm *n, size_t weight, bool statistics)
{
    if (op->code || flama_pt_want_dtype(op, in, "the input", FLAMA_PT_F32))
        return op->code;
    if (in->rank < 2 || groups < 1 || in->sizes[1] % groups)
        return flama_pt_bad(op, "the channels do not make %lld groups",
                            (long long)groups);
    int64_t sizes[2] = {in->sizes[0], groups};
    n->mean = true;
    n->channels = in->sizes[1];
    n->per_channel = flama_pt_product(in->sizes, 2, in->rank);
    n->rows = in->sizes[0] * groups;
    n->length = n->channels / groups * n->per_channel;
    if (n->per_channel == 0 || n->channels == 0)
        n->rows = 0;
    n->weight = parameter(op, weight, n->channels);
    n->bias = parameter(op, weight + 1, n->channels);
    return finish(op, n, in, 2, statistics ? sizes : NULL);
}

/* "input num_groups weight=None bias=None eps=1e-05 ...". */
int flama_pt_op_group_norm(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    norm n = {.eps = flama_pt_number(op, 4)};
    return group_norm(op, in, flama_pt_int(op, 1), &n, 2, false);
}

/* "input weight bias N C HxW group eps". */
int flama_pt_op_group_norm_decomposed(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    norm n = {.eps = flama_pt_number(op, 7)};
    return group_norm(op, in, flama_pt_int(op, 6), &n, 1, true);
}

/* "input weight bias running_mean running_var use_input_stats momentum eps ...". */
int flama_pt_op_instance_norm(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int64_t channels = in->rank > 1 ? in->sizes[1] : 0;
    if (!flama_pt_flag(op, 5)) {
        stored s = {flama_pt_maybe(op, 1), flama_pt_maybe(op, 2), flama_pt_maybe(op, 3),
                    flama_pt_maybe(op, 4), flama_pt_number(op, 7)};
        if (op->code == 0 && (!s.mean || !s.variance))
            return flama_pt_bad(op, "there are no statistics");
        return batch_norm(op, in, &s);
    }
    norm n = {.eps = flama_pt_number(op, 7)};
    return group_norm(op, in, channels ? channels : 1, &n, 1, false);
}

/* Channels with the mean and variance of the batch: rows of a channel are gathered,
 * with as many numbers as all images have there. */
static int batch_norm_of(flama_pt_op *op, const flama_pt_tensor *in, size_t weight,
                         double eps, flama_pt_tensor *means, flama_pt_tensor *scales)
{
    if (op->code || flama_pt_want_dtype(op, in, "the input", FLAMA_PT_F32))
        return op->code;
    if (in->rank < 2)
        return flama_pt_bad(op, "the input has no channels");
    int64_t batch = in->sizes[0], channels = in->sizes[1];
    int64_t inner = flama_pt_product(in->sizes, 2, in->rank), length = batch * inner;
    norm n = {.length = length, .mean = true, .eps = eps, .channels = 1};
    n.per_channel = length;
    const float *w = parameter(op, weight, channels);
    const float *b = parameter(op, weight + 1, channels);
    flama_pt_tensor *out = flama_pt_new(op, 0, FLAMA_PT_F32, in->rank, in->sizes);
    const float *data = flama_pt_dense(op, in);
    float *row = flama_pt_scratch(op, (size_t)length, sizeof *row);
    flama_pt_spend(op, 8.0 * (double)in->count);
    if (op->code || op->dry)
        return op->code;
    for (int64_t c = 0; c < channels; c++) {
        double mean, scale;
        for (int64_t i = 0; i < batch; i++)
            memcpy(row + i * inner, data + (i * channels + c) * inner,
                   (size_t)inner * sizeof *row);
        row_statistics(&n, row, &mean, &scale);
        n.weight = w ? w + c : NULL;
        n.bias = b ? b + c : NULL;
        if (length)
            scale_row(&n, row, (float)mean, (float)scale, 0, row);
        for (int64_t i = 0; i < batch; i++)
            memcpy((float *)out->data + (i * channels + c) * inner, row + i * inner,
                   (size_t)inner * sizeof *row);
        if (means) {
            ((float *)means->data)[c] = (float)mean;
            ((float *)scales->data)[c] = (float)scale;
        }
    }
    return 0;
}

/* "input weight bias running_mean running_var training momentum eps cudnn_enabled". */
int flama_pt_op_batch_norm(flama_pt_op *op)
{
    stored s = {flama_pt_maybe(op, 1), flama_pt_maybe(op, 2), flama_pt_maybe(op, 3),
                flama_pt_maybe(op, 4), flama_pt_number(op, 7)};
    if (flama_pt_flag(op, 5))
        return s.mean ? flama_pt_unsupported(op, "batch norms in training")
                      : batch_norm_of(op, flama_pt_in(op, 0), 1, s.eps, NULL, NULL);
    if (op->code == 0 && (!s.mean || !s.variance))
        return flama_pt_bad(op, "there are no statistics");
    return batch_norm(op, flama_pt_in(op, 0), &s);
}

/* "input weight bias training momentum eps". */
int flama_pt_op_batch_norm_own(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int64_t sizes[1] = {in->rank > 1 ? in->sizes[1] : 0};
    flama_pt_tensor *means = flama_pt_new(op, 1, FLAMA_PT_F32, 1, sizes);
    flama_pt_tensor *scales = flama_pt_new(op, 2, FLAMA_PT_F32, 1, sizes);
    return batch_norm_of(op, in, 1, flama_pt_number(op, 5), means, scales);
}

/* "v g dim=0": v with the norm of each of its slices along dim as g says. */
int flama_pt_op_weight_norm(flama_pt_op *op)
{
    const flama_pt_tensor *v = flama_pt_in(op, 0), *g = flama_pt_in(op, 1);
    int64_t dim = flama_pt_int(op, 2);
    if (op->code || flama_pt_want_dtype(op, v, "v", FLAMA_PT_F32) ||
        flama_pt_want_dtype(op, g, "g", FLAMA_PT_F32))
        return op->code;
    if (dim < -1 || dim >= (int64_t)v->rank ||
        g->count != (dim < 0 ? 1 : v->sizes[dim]))
        return flama_pt_bad(op, "g does not fit v");
    int64_t outer = dim < 0 ? 1 : flama_pt_product(v->sizes, 0, (size_t)dim);
    int64_t inner = v->count ? v->count / (outer * g->count) : 0;
    flama_pt_tensor *out = flama_pt_new(op, 0, FLAMA_PT_F32, v->rank, v->sizes);
    const float *from = flama_pt_dense(op, v), *sizes = flama_pt_dense(op, g);
    flama_pt_spend(op, 3.0 * (double)v->count);
    if (op->code || op->dry)
        return op->code;
    float *to = out->data;
    for (int64_t k = 0; k < g->count; k++) {
        double sum = 0;
        for (int64_t i = 0; i < outer; i++)
            for (int64_t j = 0; j < inner; j++) {
                float x = from[(i * g->count + k) * inner + j];
                sum += (double)x * (double)x;
            }
        float scale = sizes[k] / (float)sqrt(sum);
        for (int64_t i = 0; i < outer; i++)
            for (int64_t j = 0; j < inner; j++) {
                int64_t at = (i * g->count + k) * inner + j;
                to[at] = from[at] * scale;
            }
    }
    return 0;
}
