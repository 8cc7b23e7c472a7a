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

static int check_channel(flama_pt_op *op, const flama_pt_tensor *t, int64_t channels,
                         flama_pt_dtype dtype)
{
    if (op->code || t == NULL || flama_pt_want_dtype(op, t, "a statistic", dtype))
        return op->code;
    if (t->rank != 1 || t->sizes[0] != channels)
        return flama_pt_bad(op, "%lld channels are expected", (long long)channels);
    return 0;
}

static double at(const flama_pt_tensor *t, int64_t channel)
{
    int64_t i = channel * t->strides[0];
    return t->dtype == FLAMA_PT_F64 ? ((const double *)t->data)[i]
                                    : (double)((const float *)t->data)[i];
}

/* What a channel is multiplied by, and what is added then. */
static double channel_scale(const stored *s, int64_t c, double *shift)
{
    double scale = 1 / sqrt(at(s->variance, c) + s->eps);
    scale *= s->weight ? at(s->weight, c) : 1;
    *shift = (s->bias ? at(s->bias, c) : 0) - at(s->mean, c) * scale;
    return scale;
}

/* Rows of numbers that are brought to mean 0 and variance 1. */
typedef struct norm {
    int64_t rows, length;
    double eps;
    bool mean; /* false: only divided by the root of the mean square */
    const void *weight, *bias;
    int64_t channels;     /* 0: weight and bias are as long as a row; else one number */
    int64_t per_channel;  /* for so many, and rows go through channels / their number */
    void *means, *scales; /* NULL, or one a row */
} norm;

#define T float
#define TYPED(name) name##_f32
#include "engine/torch/norm_rows.h"
#undef T
#undef TYPED

#define T double
#define TYPED(name) name##_f64
#include "engine/torch/norm_rows.h"
#undef T
#undef TYPED

/* Norms are computed in the input's type, float32 or float64. */
static int check_input(flama_pt_op *op, const flama_pt_tensor *in)
{
    return flama_pt_want_dtype(op, in, "the input",
                               in->dtype == FLAMA_PT_F64 ? in->dtype : FLAMA_PT_F32);
}

static int batch_norm(flama_pt_op *op, const flama_pt_tensor *in, const stored *s)
{
    if (op->code || check_input(op, in))
        return op->code;
    if (in->rank < 2)
        return flama_pt_bad(op, "the input has no channels");
    int64_t channels = in->sizes[1], inner = flama_pt_product(in->sizes, 2, in->rank);
    const flama_pt_tensor *all[] = {s->weight, s->bias, s->mean, s->variance};
    for (size_t i = 0; i < 4; i++)
        check_channel(op, all[i], channels, in->dtype);
    bool contiguous = flama_pt_is_contiguous(in);
    flama_pt_tensor *out = flama_pt_new_over(op, 0, in->dtype, in->rank, in->sizes,
                                             contiguous ? in : NULL);
    const void *from = flama_pt_dense(op, in);
    void *factors = flama_pt_scratch(op, 2 * (size_t)channels, sizeof(double));
    flama_pt_spend(op, 2.0 * (double)in->count);
    if (op->code || op->dry)
        return op->code;
    if (in->dtype == FLAMA_PT_F64)
        run_stored_f64(s, in->sizes[0], channels, inner, from, factors, out->data);
    else
        run_stored_f32(s, in->sizes[0], channels, inner, from, factors, out->data);
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
        double shift;
        scale[c] = (float)channel_scale(&s, (int64_t)c, &shift);
        bias[c] = (float)shift;
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
        flama_pt_new(op, k, flama_pt_in(op, 0)->dtype, 1, none);
    return batch_norm(op, flama_pt_in(op, 0), &s);
}

/* The others. */

static void run_norm(const norm *n, flama_pt_dtype dtype, const void *in, void *out)
{
    if (dtype == FLAMA_PT_F64)
        run_norm_f64(n, in, out);
    else
        run_norm_f32(n, in, out);
}

/* Weight or bias, of `count` numbers of the input's type. */
static const void *parameter(flama_pt_op *op, size_t i, int64_t count)
{
    const flama_pt_tensor *t = flama_pt_maybe(op, i);
    if (op->code || t == NULL ||
        flama_pt_want_dtype(op, t, "a weight", flama_pt_in(op, 0)->dtype))
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
    flama_pt_tensor *out = flama_pt_new(op, 0, in->dtype, in->rank, in->sizes);
    flama_pt_tensor *means = NULL, *scales = NULL;
    if (statistics) {
        means = flama_pt_new(op, 1, in->dtype, statistics_rank, statistics);
        scales = flama_pt_new(op, 2, in->dtype, statistics_rank, statistics);
    }
    const void *data = flama_pt_dense(op, in);
    flama_pt_spend(op, 6.0 * (double)in->count);
    if (op->code || op->dry)
        return op->code;
    if (means) {
        n->means = means->data;
        n->scales = scales->data;
    }
    run_norm(n, in->dtype, data, out->data);
    return 0;
}

/* The dimensions that "normalized_shape" (argument 1) covers, from the end. */
static size_t normalized(flama_pt_op *op, const flama_pt_tensor *in, norm *n)
{
    int64_t shape[FLAMA_PT_RANK];
    size_t count = flama_pt_ints(op, 1, shape, FLAMA_PT_RANK);
    if (op->code || check_input(op, in))
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
    norm n = {.eps = flama_pt_given(op, 3)       ? flama_pt_number(op, 3)
                     : in->dtype == FLAMA_PT_F64 ? 0x1p-52
                                                 : 0x1p-23};
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
    flama_pt_tensor *scales = flama_pt_new(op, 1, in->dtype, in->rank, sizes);
    void *means = flama_pt_scratch(op, (size_t)n.rows, sizeof(double));
    flama_pt_tensor *out = flama_pt_new(op, 0, in->dtype, in->rank, in->sizes);
    const void *data = flama_pt_dense(op, in);
    if (op->code || op->dry)
        return op->code;
    n.means = means;
    n.scales = scales->data;
    run_norm(&n, in->dtype, data, out->data);
    return 0;
}

/* Groups of channels of (N, C, ...). `weight` is the argument that is the weight; the
 * bias comes after it. */
static int group_norm(flama_pt_op *op, const flama_pt_tensor *in, int64_t groups,
                      norm *n, size_t weight, bool statistics)
{
    if (op->code || check_input(op, in))
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
    if (op->code || check_input(op, in))
        return op->code;
    if (in->rank < 2)
        return flama_pt_bad(op, "the input has no channels");
    int64_t batch = in->sizes[0], channels = in->sizes[1];
    int64_t inner = flama_pt_product(in->sizes, 2, in->rank), length = batch * inner;
    norm n = {.length = length, .mean = true, .eps = eps, .channels = 1};
    n.per_channel = length;
    n.weight = parameter(op, weight, channels);
    n.bias = parameter(op, weight + 1, channels);
    flama_pt_tensor *out = flama_pt_new(op, 0, in->dtype, in->rank, in->sizes);
    size_t size = flama_pt_dtype_size(in->dtype);
    const char *data = flama_pt_dense(op, in);
    void *row = flama_pt_scratch(op, (size_t)length, size);
    flama_pt_spend(op, 8.0 * (double)in->count);
    if (op->code || op->dry)
        return op->code;
    n.means = means ? means->data : NULL;
    n.scales = scales ? scales->data : NULL;
    for (int64_t c = 0; c < channels; c++) {
        size_t from = (size_t)(c * inner) * size;
        if (in->dtype == FLAMA_PT_F64)
            run_channel_f64(&n, c, inner, channels * inner, (const void *)(data + from),
                            row, (void *)((char *)out->data + from));
        else
            run_channel_f32(&n, c, inner, channels * inner, (const void *)(data + from),
                            row, (void *)((char *)out->data + from));
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
    flama_pt_tensor *means = flama_pt_new(op, 1, in->dtype, 1, sizes);
    flama_pt_tensor *scales = flama_pt_new(op, 2, in->dtype, 1, sizes);
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
