#include <math.h>
#include <string.h>

#include "base/error.h"
#include "engine/keras/window.h"

typedef struct pool_params {
    flama_keras_window window;
    bool largest, adaptive;
} pool_params;

static int pool_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                      flama_error *err)
{
    const pool_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    flama_keras_tensor made = *in;
    char text[FLAMA_KERAS_SHAPE];
    if (in->rank != p->window.spatial + 2)
        return flama_error_set(err, FLAMA_EINPUT,
                               "an array of shape %s where one of rank %u is needed",
                               flama_keras_shape_text(in, text), p->window.spatial + 2);
    made.data = NULL;
    for (unsigned i = 0; i < p->window.spatial; i++) {
        int64_t before;
        made.dims[1 + i] =
            p->adaptive ? p->window.size[i]
                        : flama_keras_windows(&p->window, i, in->dims[1 + i], &before);
        if (made.dims[1 + i] == 0 || in->dims[1 + i] == 0)
            return flama_error_set(err, FLAMA_EINPUT,
                                   "an array of shape %s is smaller than the window",
                                   flama_keras_shape_text(in, text));
    }
    *flama_keras_out(op, tensors, 0) = made;
    return 0;
}

/* The part [from, to) of an axis that an output's window covers. */
typedef struct range {
    size_t from, to;
} range;

static range covered(const pool_params *p, const flama_keras_frame *f, unsigned axis,
                     size_t at, size_t length, size_t outputs)
{
    if (p->adaptive)
        return (range){at * length / outputs,
                       ((at + 1) * length + outputs - 1) / outputs};
    ptrdiff_t from = (ptrdiff_t)at * f->stride[axis] - f->before[axis];
    ptrdiff_t to = from + f->size[axis];
    return (range){from < 0 ? 0 : (size_t)from,
                   to > (ptrdiff_t)length ? length : (size_t)to};
}

static void add_row(bool largest, const float *x, size_t channels, float *y)
{
    if (largest)
        for (size_t c = 0; c < channels; c++)
            y[c] = x[c] > y[c] || isnan(x[c]) ? x[c] : y[c];
    else
        for (size_t c = 0; c < channels; c++)
            y[c] += x[c];
}

static void pool_at(const pool_params *p, const flama_keras_volume *in, const float *x,
                    const range r[3], float *y)
{
    size_t channels = in->channels;
    size_t count =
        (r[0].to - r[0].from) * (r[1].to - r[1].from) * (r[2].to - r[2].from);
    for (size_t c = 0; c < channels; c++)
        y[c] = p->largest ? -INFINITY : 0;
    for (size_t a = r[0].from; a < r[0].to; a++)
        for (size_t e = r[1].from; e < r[1].to; e++)
            for (size_t i = r[2].from; i < r[2].to; i++)
                add_row(p->largest,
                        x + ((a * in->length[1] + e) * in->length[2] + i) * channels,
                        channels, y);
    for (size_t c = 0; !p->largest && c < channels; c++)
        y[c] /= (float)count;
}

static int run_pool(const flama_keras_op *op, const flama_keras_tensor *tensors,
                    void *scratch, flama_error *err)
{
    (void)scratch;
    (void)err;
    const pool_params *p = op->params;
    const flama_keras_tensor *input = flama_keras_in(op, tensors, 0);
    flama_keras_volume in = flama_keras_volume_of(input);
    flama_keras_volume out = flama_keras_volume_of(flama_keras_result(op, tensors));
    flama_keras_frame f = flama_keras_frame_of(&p->window, input);
    size_t row = in.length[0] * in.length[1] * in.length[2] * in.channels;
    const float *x = input->data;
    float *y = flama_keras_result(op, tensors)->data;
    range r[3];
    for (size_t n = 0; n < in.batch; n++, x += row)
        for (size_t a = 0; a < out.length[0]; a++) {
            r[0] = covered(p, &f, 0, a, in.length[0], out.length[0]);
            for (size_t e = 0; e < out.length[1]; e++) {
                r[1] = covered(p, &f, 1, e, in.length[1], out.length[1]);
                for (size_t i = 0; i < out.length[2]; i++, y += in.channels) {
                    r[2] = covered(p, &f, 2, i, in.length[2], out.length[2]);
                    pool_at(p, &in, x, r, y);
                }
            }
        }
    return 0;
}

static double pool_work(const flama_keras_op *op, const flama_keras_tensor *tensors)
{
    const pool_params *p = op->params;
    double work = flama_keras_elements(flama_keras_result(op, tensors));
    if (p->adaptive) /* windows may overlap by an element each */
        return work + flama_keras_elements(flama_keras_in(op, tensors, 0));
    for (unsigned i = 0; i < p->window.spatial; i++)
        work *= (double)p->window.size[i];
    return work;
}

static const flama_keras_op_type pool_op = {
    .name = "pooling", .shape = pool_shape, .run = run_pool, .work = pool_work};

flama_keras_id flama_keras_pool(flama_keras_builder *b, flama_keras_id x,
                                const flama_keras_window *window, bool largest,
                                bool adaptive)
{
    pool_params *p = flama_keras_new(b, 1, sizeof *p);
    if (p == NULL)
        return 0;
    *p = (pool_params){*window, largest, adaptive};
    x = flama_keras_cast(b, x, FLAMA_KERAS_FLOAT);
    return flama_keras_add(b, &pool_op, p, 1, FLAMA_KERAS_IDS(x));
}
