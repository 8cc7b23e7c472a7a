#include "base/error.h"
#include "engine/keras/window.h"

typedef struct conv_params {
    flama_keras_window window;
    int64_t groups, channels, filters; /* of all groups */
    const float *packed;
    flama_keras_end end;
} conv_params;

static int conv_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                      flama_error *err)
{
    const conv_params *p = op->params;
    const flama_keras_window *w = &p->window;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    char text[FLAMA_KERAS_SHAPE];
    if (in->rank != w->spatial + 2 ||
        !flama_keras_fits(in->dims[in->rank - 1], p->channels))
        return flama_error_set(err, FLAMA_EINPUT,
                               "an array of shape %s where one of rank %u with %lld "
                               "channels is needed",
                               flama_keras_shape_text(in, text), w->spatial + 2,
                               (long long)p->channels);
    flama_keras_tensor made = *in;
    made.data = NULL;
    made.dtype = FLAMA_KERAS_FLOAT;
    for (unsigned i = 0; i < w->spatial; i++) {
        int64_t before;
        made.dims[1 + i] = flama_keras_windows(w, i, in->dims[1 + i], &before);
        if (made.dims[1 + i] == 0)
            return flama_error_set(err, FLAMA_EINPUT,
                                   "an array of shape %s is smaller than the window",
                                   flama_keras_shape_text(in, text));
    }
    made.dims[made.rank - 1] = p->filters;
    *flama_keras_out(op, tensors, 0) = made;
    return 0;
}

flama_conv_f32 flama_keras_conv_of(const flama_keras_window *w, int64_t groups,
                                   int64_t channels, int64_t filters)
{
    flama_conv_f32 c = {.groups = (size_t)groups,
                        .channels = (size_t)channels,
                        .filters = (size_t)filters,
                        .in = {1, 1, 1},
                        .kernel = {1, 1, 1},
                        .stride = {1, 1, 1},
                        .dilation = {1, 1, 1},
                        .out = {1, 1, 1}};
    for (unsigned i = 0; i < w->spatial; i++) {
        unsigned at = 3 - w->spatial + i;
        c.kernel[at] = (size_t)w->size[i];
        c.stride[at] = (size_t)w->stride[i];
        c.dilation[at] = (size_t)w->dilation[i];
    }
    return c;
}

void flama_keras_conv_over(flama_conv_f32 *c, const flama_keras_window *w,
                           const int64_t *lengths)
{
    for (unsigned i = 0; i < w->spatial; i++) {
        unsigned at = 3 - w->spatial + i;
        int64_t before;
        c->out[at] = (size_t)flama_keras_windows(w, i, lengths[i], &before);
        c->before[at] = (size_t)before;
        c->in[at] = (size_t)lengths[i];
    }
}

static flama_conv_f32 conv_here(const flama_keras_op *op,
                                const flama_keras_tensor *tensors)
{
    const conv_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    flama_conv_f32 c =
        flama_keras_conv_of(&p->window, p->groups, p->channels, p->filters);
    flama_keras_conv_over(&c, &p->window, in->dims + 1);
    c.batch = (size_t)in->dims[0];
    c.image = in->data;
    c.weights = p->packed;
    c.scale = p->end.scale;
    c.bias = p->end.bias;
    c.clamp = p->end.clamp;
    c.low = p->end.low;
    c.high = p->end.high;
    c.to = flama_keras_result(op, tensors)->data;
    return c;
}

static size_t conv_scratch(const flama_keras_op *op, const flama_keras_tensor *tensors)
{
    flama_conv_f32 c = conv_here(op, tensors);
    return flama_conv_scratch_f32(&c);
}

static int run_conv(const flama_keras_op *op, const flama_keras_tensor *tensors,
                    void *scratch, flama_error *err)
{
    (void)err;
    flama_conv_f32 c = conv_here(op, tensors);
    flama_conv_f32_run(&c, scratch);
    return 0;
}

static double conv_work(const flama_keras_op *op, const flama_keras_tensor *tensors)
{
    const conv_params *p = op->params;
    double work = 2 * (double)p->channels / (double)p->groups *
                  flama_keras_elements(flama_keras_result(op, tensors));
    for (unsigned i = 0; i < p->window.spatial; i++)
        work *= (double)p->window.size[i];
    return work;
}

static flama_keras_end *conv_end(void *params)
{
    return &((conv_params *)params)->end;
}

static const flama_keras_op_type conv_op = {.name = "a convolution",
                                            .shape = conv_shape,
                                            .run = run_conv,
                                            .scratch = conv_scratch,
                                            .work = conv_work,
                                            .end = conv_end};

const float *flama_keras_conv_pack(flama_keras_builder *b, const flama_conv_f32 *shape,
                                   const flama_hdf5_array *weight)
{
    float *packed = flama_keras_loaded(b, weight, "conv");
    int64_t dims[FLAMA_HDF5_RANK];
    if (packed || b->failed)
        return packed;
    for (unsigned i = 0; i < weight->rank; i++)
        dims[i] = -1;
    const float *staged = flama_keras_stage(b, weight, weight->rank, dims);
    size_t count = flama_conv_packed_f32(shape);
    packed = staged ? flama_keras_new(b, count, sizeof *packed) : NULL;
    if (packed == NULL)
        return NULL;
    flama_conv_pack_f32(shape, staged, packed);
    flama_keras_keep(b, weight, "conv", packed, count * sizeof *packed);
    return packed;
}

flama_keras_id flama_keras_conv(flama_keras_builder *b, flama_keras_id x,
                                const flama_keras_window *window,
                                const flama_hdf5_array *weight, int64_t groups,
                                int64_t filters, const float *bias)
{
    conv_params *p = flama_keras_new(b, 1, sizeof *p);
    if (p == NULL || weight == NULL)
        return 0;
    size_t each = (size_t)filters; /* weights of one channel */
    for (unsigned i = 0; i < window->spatial; i++)
        each *= (size_t)window->size[i];
    if (groups < 1 || each < 1 || filters % groups || weight->count < each ||
        weight->count % each)
        return flama_keras_fail(b, FLAMA_EFORMAT, "has groups that don't come out");
    *p = (conv_params){.window = *window,
                       .groups = groups,
                       .channels = (int64_t)(weight->count / each) * groups,
                       .filters = filters};
    flama_conv_f32 shape = flama_keras_conv_of(window, groups, p->channels, filters);
    p->packed = flama_keras_conv_pack(b, &shape, weight);
    return p->packed ? flama_keras_add_product(b, &conv_op, p, x, bias) : 0;
}
