#include <math.h>

#include "base/error.h"
#include "engine/keras/ops.h"

/* Over the axes from `first` on, which are contiguous. */
typedef struct norm_params {
    unsigned first;
    bool centre;
    double epsilon;
    int64_t length; /* of gamma and beta; -1: there is neither */
    const float *gamma, *beta;
} norm_params;

static int norm_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                      flama_error *err)
{
    const norm_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    char text[FLAMA_KERAS_SHAPE];
    if (!flama_keras_fits(flama_keras_product(in, p->first, in->rank), p->length))
        return flama_error_set(err, FLAMA_EINPUT,
                               "an array of shape %s, of which %lld elements in a row "
                               "are needed",
                               flama_keras_shape_text(in, text), (long long)p->length);
    return flama_keras_same_shape(op, tensors, err);
}

static void normalize_row(const norm_params *p, const float *x, float *y, size_t n)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; p->centre && i < n; i++)
        sum += (double)x[i];
    double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) {
        double off = (double)x[i] - mean;
        squares += off * off;
    }
    float scale = (float)(1 / sqrt(squares / (double)n + p->epsilon));
    float centre = (float)mean;
    for (size_t i = 0; i < n; i++) {
        float value = (x[i] - centre) * scale;
        value = p->gamma ? value * p->gamma[i] : value;
        y[i] = p->beta ? value + p->beta[i] : value;
    }
}

static int run_norm(const flama_keras_op *op, const flama_keras_tensor *tensors,
                    void *scratch, flama_error *err)
{
    (void)scratch;
    (void)err;
    const norm_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    size_t rows = (size_t)flama_keras_product(in, 0, p->first);
    size_t n = (size_t)flama_keras_product(in, p->first, in->rank);
    const float *x = in->data;
    float *y = flama_keras_result(op, tensors)->data;
    for (size_t i = 0; i < rows; i++)
        normalize_row(p, x + i * n, y + i * n, n);
    return 0;
}

static double norm_work(const flama_keras_op *op, const flama_keras_tensor *tensors)
{
    return 4 * flama_keras_elements(flama_keras_in(op, tensors, 0));
}

static const flama_keras_op_type norm_op = {.name = "a normalization",
                                            .shape = norm_shape,
                                            .run = run_norm,
                                            .work = norm_work,
                                            .in_place = true};

flama_keras_id flama_keras_normalize(flama_keras_builder *b, flama_keras_id x,
                                     unsigned first_axis, bool centre, double epsilon,
                                     const float *gamma, const float *beta)
{
    norm_params *p = flama_keras_new(b, 1, sizeof *p);
    if (p == NULL)
        return 0;
    x = flama_keras_cast(b, x, FLAMA_KERAS_FLOAT);
    const flama_keras_tensor *t = flama_keras_known(b, x);
    int64_t length = flama_keras_product(t, first_axis, t->rank);
    bool weighed = gamma || beta;
    *p = (norm_params){.first = first_axis,
                       .centre = centre,
                       .epsilon = epsilon,
                       .length = weighed ? length : -1,
                       .gamma = gamma,
                       .beta = beta};
    if (weighed && length < 0)
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                                "normalizes axes whose size the file leaves open");
    return flama_keras_add(b, &norm_op, p, 1, FLAMA_KERAS_IDS(x));
}

/* x * scale + bias along an axis. */

typedef struct affine_params {
    unsigned axis;
    bool last;      /* the axis is */
    int64_t length; /* of the vectors */
    float *scale, *bias;
} affine_params;

static int affine_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                        flama_error *err)
{
    const affine_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    char text[FLAMA_KERAS_SHAPE];
    if (!flama_keras_fits(in->dims[p->axis], p->length))
        return flama_error_set(
            err, FLAMA_EINPUT, "an array of shape %s where axis %u must be %lld",
            flama_keras_shape_text(in, text), p->axis, (long long)p->length);
    return flama_keras_same_shape(op, tensors, err);
}

static int run_affine(const flama_keras_op *op, const flama_keras_tensor *tensors,
                      void *scratch, flama_error *err)
{
    (void)scratch;
    (void)err;
    const affine_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    size_t outer = (size_t)flama_keras_product(in, 0, p->axis);
    size_t inner = (size_t)flama_keras_product(in, p->axis + 1, in->rank);
    size_t length = (size_t)p->length;
    const float *x = in->data;
    float *y = flama_keras_result(op, tensors)->data;
    for (size_t o = 0; p->last && o < outer; o++, x += length, y += length)
        for (size_t k = 0; k < length; k++)
            y[k] = x[k] * p->scale[k] + p->bias[k];
    for (size_t o = 0; !p->last && o < outer; o++)
        for (size_t k = 0; k < length; k++, x += inner, y += inner)
            for (size_t i = 0; i < inner; i++)
                y[i] = x[i] * p->scale[k] + p->bias[k];
    return 0;
}

/* (sum * a + b) * scale + bias as one scale and one bias. */
static bool join_affine(const flama_keras_op *op, flama_keras_end *end)
{
    const affine_params *p = op->params;
    if (end->clamp || !p->last)
        return false;
    for (int64_t i = 0; i < p->length; i++) {
        p->bias[i] += (end->bias ? end->bias[i] : 0) * p->scale[i];
        p->scale[i] *= end->scale ? end->scale[i] : 1;
    }
    end->scale = p->scale;
    end->bias = p->bias;
    return true;
}

static const flama_keras_op_type affine_op = {.name = "a scaling",
                                              .shape = affine_shape,
                                              .run = run_affine,
                                              .join = join_affine,
                                              .in_place = true};

flama_keras_id flama_keras_affine(flama_keras_builder *b, flama_keras_id x,
                                  unsigned axis, const float *shift, const float *scale,
                                  const float *offset)
{
    int64_t length = flama_keras_dim(b, x, (int)axis);
    affine_params *p = flama_keras_new(b, 1, sizeof *p);
    if (p == NULL)
        return 0;
    if (axis >= flama_keras_known(b, x)->rank || length < 0)
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                                "scales an axis whose size the file leaves open");
    *p = (affine_params){.axis = axis,
                         .last = axis + 1 == flama_keras_known(b, x)->rank,
                         .length = length,
                         .scale = flama_keras_new(b, (size_t)length, sizeof(float)),
                         .bias = flama_keras_new(b, (size_t)length, sizeof(float))};
    for (int64_t i = 0; !b->failed && i < length; i++) {
        p->scale[i] = scale ? scale[i] : 1;
        p->bias[i] = (offset ? offset[i] : 0) - (shift ? shift[i] * p->scale[i] : 0);
    }
    x = flama_keras_cast(b, x, FLAMA_KERAS_FLOAT);
    return flama_keras_add(b, &affine_op, p, 1, FLAMA_KERAS_IDS(x));
}
