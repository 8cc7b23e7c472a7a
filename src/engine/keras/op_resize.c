#include <math.h>
#include <string.h>

#include "base/error.h"
#include "engine/keras/ops.h"

/* One axis made longer or shorter; an image takes one of these for each. Pixels are
 * taken at their centres, as tf.image.resize does; what lies beyond the edge is the
 * edge. */
typedef struct resize_params {
    flama_keras_resize_kind kind;
    unsigned axis;
    int64_t factor;
    bool absolute; /* factor is the new length */
} resize_params;

enum { TAPS = 4 };

typedef struct tap {
    size_t at[TAPS];
    float weight[TAPS];
} tap;

static int resize_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                        flama_error *err)
{
    const resize_params *p = op->params;
    flama_keras_tensor made = *flama_keras_in(op, tensors, 0);
    int64_t length = made.dims[p->axis];
    made.data = NULL;
    if (length == 0)
        return flama_error_set(err, FLAMA_EINPUT, "an axis without elements");
    if (p->absolute)
        made.dims[p->axis] = p->factor;
    else if (length > 0)
        made.dims[p->axis] = length * p->factor;
    *flama_keras_out(op, tensors, 0) = made;
    return 0;
}

/* Keys' cubic with a = -1/2 (Keys 1981, "Cubic Convolution Interpolation"). */
static double cubic(double x)
{
    x = fabs(x);
    if (x < 1)
        return (1.5 * x - 2.5) * x * x + 1;
    return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

static size_t held(ptrdiff_t at, size_t length)
{
    return at < 0 ? 0 : at >= (ptrdiff_t)length ? length - 1 : (size_t)at;
}

/* Where output `i` of an axis comes from. */
static tap find_tap(const resize_params *p, size_t i, size_t from, size_t to)
{
    double scale = (double)from / (double)to, centre = ((double)i + 0.5) * scale - 0.5;
    double low = floor(centre), sum = 0;
    tap t = {.weight = {1}};
    if (p->kind == FLAMA_KERAS_NEAREST) {
        t.at[0] = held((ptrdiff_t)floor(((double)i + 0.5) * scale), from);
        return t;
    }
    if (p->kind == FLAMA_KERAS_BILINEAR) {
        t.at[0] = held((ptrdiff_t)low, from);
        t.at[1] = held((ptrdiff_t)low + 1, from);
        t.weight[1] = (float)(centre - low);
        t.weight[0] = 1 - t.weight[1];
        return t;
    }
    for (int k = 0; k < TAPS; k++) {
        ptrdiff_t at = (ptrdiff_t)low - 1 + k;
        bool inside = at >= 0 && at < (ptrdiff_t)from;
        double weight = inside ? cubic(centre - (double)at) : 0;
        t.at[k] = held(at, from);
        t.weight[k] = (float)weight;
        sum += weight;
    }
    for (int k = 0; k < TAPS; k++)
        t.weight[k] = (float)((double)t.weight[k] / sum);
    return t;
}

static void blend(const tap *t, const float *x, size_t inner, float *y)
{
    for (size_t k = 0; k < inner; k++)
        y[k] = t->weight[0] * x[t->at[0] * inner + k];
    for (int n = 1; n < TAPS; n++)
        for (size_t k = 0; t->weight[n] != 0 && k < inner; k++)
            y[k] += t->weight[n] * x[t->at[n] * inner + k];
}

static int run_resize(const flama_keras_op *op, const flama_keras_tensor *tensors,
                      void *scratch, flama_error *err)
{
    (void)scratch;
    (void)err;
    const resize_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    const flama_keras_tensor *out = flama_keras_result(op, tensors);
    size_t outer = (size_t)flama_keras_product(in, 0, p->axis);
    size_t inner = (size_t)flama_keras_product(in, p->axis + 1, in->rank);
    size_t from = (size_t)in->dims[p->axis], to = (size_t)out->dims[p->axis];
    const float *x = in->data;
    float *y = out->data;
    for (size_t i = 0; i < to; i++) {
        tap t = find_tap(p, i, from, to);
        for (size_t o = 0; o < outer; o++)
            blend(&t, x + o * from * inner, inner, y + (o * to + i) * inner);
    }
    return 0;
}

static const flama_keras_op_type resize_op = {
    .name = "a change of size", .shape = resize_shape, .run = run_resize};

flama_keras_id flama_keras_resize(flama_keras_builder *b, flama_keras_id x,
                                  flama_keras_resize_kind kind, const int64_t *factor,
                                  bool absolute)
{
    unsigned rank = flama_keras_known(b, x)->rank;
    if (kind > FLAMA_KERAS_BICUBIC)
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                                "has an interpolation that is not supported");
    x = flama_keras_cast(b, x, FLAMA_KERAS_FLOAT);
    for (unsigned i = 0; i + 2 < rank; i++) {
        resize_params *p = flama_keras_new(b, 1, sizeof *p);
        if (p == NULL)
            return 0;
        *p = (resize_params){kind, 1 + i, factor[i], absolute};
        x = flama_keras_add(b, &resize_op, p, 1, FLAMA_KERAS_IDS(x));
    }
    return x;
}
