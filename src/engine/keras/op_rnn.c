#include <string.h>

#include "base/error.h"
#include "engine/keras/precision.h"
#include "engine/keras/window.h"
#include "engine/kernels/gemm.h"

/* Inputs: the projection, the mask or 0, and the initial states or 0. */
enum { PROJECTED, MASK, INITIAL };

typedef struct recur_params {
    flama_keras_cell cell;
    int64_t gates;
    flama_keras_precision precision; /* of the states, and of each step's sums */
    const float *packed;      /* the recurrent kernel; of a GRU that resets before, the
                                 columns of update and reset */
    const float *packed_last; /* and those of the candidate */
} recur_params;

static int64_t gate_count(flama_keras_cell_kind kind)
{
    return kind == FLAMA_KERAS_SIMPLE ? 1 : kind == FLAMA_KERAS_LSTM ? 4 : 3;
}

static int wrong_shape(const flama_keras_tensor *t, const char *what, flama_error *err)
{
    char text[FLAMA_KERAS_SHAPE];
    return flama_error_set(err, FLAMA_EINPUT, "%s of shape %s", what,
                           flama_keras_shape_text(t, text));
}

static int recur_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                       flama_error *err)
{
    const recur_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, PROJECTED);
    int64_t units = p->cell.units;
    unsigned rank = 3 + p->cell.window.spatial;
    if (in->rank != rank || !flama_keras_fits(in->dims[rank - 1], p->gates * units) ||
        in->dims[1] == 0)
        return wrong_shape(in, "an array that is no sequence of features,", err);
    for (size_t i = MASK; i < op->input_count; i++) {
        const flama_keras_tensor *more = flama_keras_in(op, tensors, i);
        int64_t second = i == MASK ? in->dims[1] : units;
        if (flama_keras_has(op, i) &&
            (more->rank != 2 || !flama_keras_fits(more->dims[0], in->dims[0]) ||
             !flama_keras_fits(more->dims[1], second)))
            return wrong_shape(more, i == MASK ? "a mask" : "an initial state", err);
    }
    flama_keras_tensor state = {.rank = rank - 1, .dims = {in->dims[0]}}, all = *in;
    for (unsigned i = 2; i < rank; i++)
        state.dims[i - 1] = in->dims[i];
    state.dims[rank - 2] = all.dims[rank - 1] = units;
    all.data = NULL;
    for (unsigned i = 0; i <= p->cell.states; i++)
        *flama_keras_out(op, tensors, i) = i == 0 && p->cell.sequences ? all : state;
    return 0;
}

/* What one run works on: all arrays have a row for each of the batch, or for each pixel
 * of each image of it. */
typedef struct state {
    const recur_params *p;
    size_t batch, units, width; /* gates * units */
    size_t pixels;              /* rows of one of the batch: 1, or an image's */
    flama_conv_f32 conv;        /* of the images */
    float *gates, *inner, *h, *c, *output;
    void *scratch;
} state;

static void add_product(const state *w, const float *packed, const float *h, size_t n,
                        float *out, size_t stride, bool accumulate, const float *bias)
{
    flama_gemm_f32 product = {.m = w->batch,
                              .n = n,
                              .k = w->units,
                              .a = {.data = h, .row = w->units, .column = 1},
                              .b = {.packed = packed},
                              .c = out,
                              .stride = stride,
                              .accumulate = accumulate,
                              .column_bias = bias};
    flama_gemm_f32_run(&product, w->scratch);
}

static void settle(const state *w, float *x, size_t n)
{
    flama_keras_round(w->p->precision, x, n);
}

static void activate(const state *w, float *x, size_t n)
{
    const flama_keras_cell *cell = &w->p->cell;
    flama_map_run_f32(cell->activation, cell->activation_pq[0], cell->activation_pq[1],
                      x, x, n);
    settle(w, x, n);
}

static void gate(const state *w, float *x, size_t n)
{
    const flama_keras_cell *cell = &w->p->cell;
    flama_map_run_f32(cell->recurrent_activation, cell->recurrent_pq[0],
                      cell->recurrent_pq[1], x, x, n);
    settle(w, x, n);
}

/* Each step reads the gates' sums and the state, and leaves the new state of a row in
 * `h` and `c`, which it may write at once. */
static void simple_row(const state *w, size_t row, float *h, float *c)
{
    (void)c;
    float *g = w->gates + row * w->width;
    activate(w, g, w->units);
    memcpy(h, g, w->units * sizeof *h);
}

static void lstm_row(const state *w, size_t row, float *h, float *c)
{
    size_t u = w->units;
    float *in = w->gates + row * w->width, *forget = in + u, *candidate = in + 2 * u;
    float *out = in + 3 * u;
    gate(w, in, 2 * u);
    activate(w, candidate, u);
    gate(w, out, u);
    for (size_t i = 0; i < u; i++)
        c[i] = forget[i] * c[i] + in[i] * candidate[i];
    settle(w, c, u);
    memcpy(candidate, c, u * sizeof *c);
    activate(w, candidate, u);
    for (size_t i = 0; i < u; i++)
        h[i] = out[i] * candidate[i];
}

static void mix(const float *update, const float *candidate, size_t u, float *h)
{
    for (size_t i = 0; i < u; i++)
        h[i] = update[i] * h[i] + (1 - update[i]) * candidate[i];
}

static void gru_row(const state *w, size_t row, float *h, float *c)
{
    (void)c;
    float *g = w->gates + row * w->width;
    activate(w, g + 2 * w->units, w->units);
    mix(g, g + 2 * w->units, w->units, h);
}

static void gru_after_row(const state *w, size_t row, float *h, float *c)
{
    (void)c;
    size_t u = w->units;
    float *g = w->gates + row * w->width;
    const float *inner = w->inner + row * w->width;
    for (size_t i = 0; i < 2 * u; i++)
        g[i] += inner[i];
    settle(w, g, 2 * u);
    gate(w, g, 2 * u);
    for (size_t i = 0; i < u; i++)
        g[2 * u + i] += g[u + i] * inner[2 * u + i];
    settle(w, g + 2 * u, u);
    activate(w, g + 2 * u, u);
    mix(g, g + 2 * u, u, h);
}

/* The products of a step, for the whole batch. */
static void step_products(const state *w)
{
    const recur_params *p = w->p;
    size_t u = w->units;
    if (p->cell.window.spatial) {
        flama_conv_f32_run(&w->conv, w->scratch);
        for (size_t i = 0; i < w->batch * w->width; i++)
            w->gates[i] += w->inner[i];
    } else if (p->cell.kind == FLAMA_KERAS_GRU_AFTER) {
        add_product(w, p->packed, w->h, w->width, w->inner, w->width, false,
                    p->cell.recurrent_bias);
        settle(w, w->inner, w->batch * w->width);
    } else if (p->cell.kind == FLAMA_KERAS_GRU) {
        add_product(w, p->packed, w->h, 2 * u, w->gates, w->width, true, NULL);
        settle(w, w->gates, w->batch * w->width);
        for (size_t r = 0; r < w->batch; r++) {
            float *g = w->gates + r * w->width;
            gate(w, g, 2 * u);
            for (size_t i = 0; i < u; i++)
                w->inner[r * u + i] = g[u + i] * w->h[r * u + i];
        }
        settle(w, w->inner, w->batch * u);
        add_product(w, p->packed_last, w->inner, u, w->gates + 2 * u, w->width, true,
                    NULL);
    } else
        add_product(w, p->packed, w->h, w->width, w->gates, w->width, true, NULL);
    settle(w, w->gates, w->batch * w->width);
}

typedef void step_row(const state *w, size_t row, float *h, float *c);

static step_row *const step_rows[] = {simple_row, lstm_row, gru_row, gru_after_row};

/* One step of the batch; masked rows keep their state, and their output unless it is
 * to be zero. */
static void step(const state *w, const float *projected, size_t steps,
                 const uint8_t *mask)
{
    const flama_keras_cell *cell = &w->p->cell;
    size_t bytes = w->units * sizeof(float);
    size_t row = w->pixels * w->width;
    for (size_t r = 0; r < w->batch / w->pixels; r++)
        memcpy(w->gates + r * row, projected + r * steps * row, row * sizeof(float));
    step_products(w);
    for (size_t r = 0; r < w->batch; r++) {
        float *output = w->output + r * w->units;
        if (mask == NULL || mask[r * steps]) {
            step_rows[cell->kind](w, r, w->h + r * w->units, w->c + r * w->units);
            settle(w, w->h + r * w->units, w->units);
            memcpy(output, w->h + r * w->units, bytes);
        } else if (cell->zero_masked)
            memset(output, 0, bytes);
    }
}

static flama_gemm_f32 largest_product(const recur_params *p, size_t batch)
{
    return (flama_gemm_f32){.m = batch,
                            .n = (size_t)(p->gates * p->cell.units),
                            .k = (size_t)p->cell.units,
                            .a = {.row = (size_t)p->cell.units, .column = 1},
                            .b = {.packed = p->packed}};
}

/* The convolution of the state, which leaves its size. */
static flama_conv_f32 state_conv(const recur_params *p, const flama_keras_tensor *in)
{
    const flama_keras_window *w = &p->cell.window;
    flama_conv_f32 c =
        flama_keras_conv_of(w, 1, p->cell.units, p->gates * p->cell.units);
    flama_keras_conv_over(&c, w, in->dims + 2);
    c.batch = (size_t)in->dims[0];
    c.weights = p->packed;
    return c;
}

static size_t recur_scratch(const flama_keras_op *op, const flama_keras_tensor *tensors)
{
    const recur_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, PROJECTED);
    size_t units = (size_t)p->cell.units, size = units * (size_t)in->dims[0];
    flama_gemm_f32 product = largest_product(p, (size_t)in->dims[0]);
    size_t more = flama_gemm_scratch_f32(&product);
    if (p->cell.window.spatial) {
        flama_conv_f32 conv = state_conv(p, in);
        size *= (size_t)flama_keras_product(in, 2, in->rank - 1);
        more = flama_conv_scratch_f32(&conv);
    }
    size_t floats = (size * (2 * (size_t)p->gates + 3) + 16) * sizeof(float);
    return more > SIZE_MAX - floats ? SIZE_MAX : more + floats;
}

static void begin(state *w, const flama_keras_op *op, const flama_keras_tensor *tensors,
                  void *scratch)
{
    const recur_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, PROJECTED);
    *w = (state){.p = p,
                 .units = (size_t)p->cell.units,
                 .width = (size_t)(p->gates * p->cell.units),
                 .pixels = (size_t)flama_keras_product(in, 2, in->rank - 1)};
    w->batch = (size_t)in->dims[0] * w->pixels;
    size_t size = w->batch * w->units, floats = size * (2 * (size_t)p->gates + 3);
    w->gates = scratch;
    w->inner = w->gates + size * (size_t)p->gates;
    w->h = w->inner + size * (size_t)p->gates;
    w->c = w->h + size;
    w->output = w->c + size;
    w->scratch = w->gates + (floats + 15) / 16 * 16;
    memset(w->h, 0, 3 * size * sizeof(float));
    if (p->cell.window.spatial) {
        w->conv = state_conv(p, in);
        w->conv.image = w->h;
        w->conv.to = w->inner;
    }
    for (unsigned i = 0; i < p->cell.states; i++)
        if (flama_keras_has(op, INITIAL + i))
            memcpy(i ? w->c : w->h, flama_keras_in(op, tensors, INITIAL + i)->data,
                   size * sizeof(float));
}

static int run_recur(const flama_keras_op *op, const flama_keras_tensor *tensors,
                     void *scratch, flama_error *err)
{
    (void)err;
    const recur_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, PROJECTED);
    const uint8_t *mask =
        flama_keras_has(op, MASK) ? flama_keras_in(op, tensors, MASK)->data : NULL;
    float *y = tensors[op->output].data;
    size_t steps = (size_t)in->dims[1];
    state w;
    begin(&w, op, tensors, scratch);
    size_t image = w.pixels * w.units, all = w.batch * w.units * sizeof(float);
    for (size_t s = 0; w.batch && s < steps; s++) {
        size_t t = p->cell.backwards ? steps - 1 - s : s;
        step(&w, (const float *)in->data + t * w.pixels * w.width, steps,
             mask ? mask + t : NULL);
        for (size_t r = 0; p->cell.sequences && r < w.batch / w.pixels; r++)
            memcpy(y + (r * steps + s) * image, w.output + r * image,
                   image * sizeof *y);
    }
    if (!p->cell.sequences)
        memcpy(y, w.output, all);
    for (unsigned i = 0; i < p->cell.states; i++)
        memcpy(tensors[op->output + 1 + i].data, i ? w.c : w.h, all);
    return 0;
}

static double recur_work(const flama_keras_op *op, const flama_keras_tensor *tensors)
{
    const recur_params *p = op->params;
    return (2 * (double)p->cell.units + 20) *
           flama_keras_elements(flama_keras_in(op, tensors, PROJECTED));
}

static const flama_keras_op_type recur_op = {.name = "a recurrent layer",
                                             .shape = recur_shape,
                                             .run = run_recur,
                                             .scratch = recur_scratch,
                                             .work = recur_work};

static const float *pack_columns(flama_keras_builder *b, const flama_hdf5_array *weight,
                                 const char *use, size_t units, size_t width,
                                 size_t from, size_t count)
{
    int64_t dims[2] = {(int64_t)units, (int64_t)width};
    float *packed = flama_keras_loaded(b, weight, use);
    if (packed)
        return packed;
    const float *staged = flama_keras_stage(b, weight, 2, dims);
    size_t size = staged ? flama_gemm_packed_b_f32(count, units) : 0;
    packed = staged ? flama_keras_new(b, size + 1, sizeof *packed) : NULL;
    if (packed == NULL)
        return NULL;
    flama_factor_f32 factor = {.data = staged + from, .row = width, .column = 1};
    flama_gemm_pack_b_f32(&factor, units, count, packed);
    flama_keras_keep(b, weight, use, packed, size * sizeof *packed);
    return packed;
}

flama_keras_id flama_keras_recur(flama_keras_builder *b, flama_keras_id projected,
                                 const flama_keras_cell *cell, flama_keras_id mask,
                                 const flama_keras_id *initial)
{
    recur_params *p = flama_keras_new(b, 1, sizeof *p);
    if (p == NULL || cell->recurrent == NULL)
        return 0;
    size_t units = (size_t)cell->units, gates = (size_t)gate_count(cell->kind);
    *p = (recur_params){.cell = *cell,
                        .gates = (int64_t)gates,
                        .precision = flama_keras_known(b, projected)->precision};
    p->cell.states = cell->kind == FLAMA_KERAS_LSTM ? 2 : 1;
    size_t first = cell->kind == FLAMA_KERAS_GRU ? 2 * units : gates * units;
    if (cell->window.spatial) {
        flama_conv_f32 shape =
            flama_keras_conv_of(&cell->window, 1, cell->units, p->gates * cell->units);
        p->packed = flama_keras_conv_pack(b, &shape, cell->recurrent);
    } else
        p->packed = pack_columns(b, cell->recurrent, "recurrent", units, gates * units,
                                 0, first);
    if (cell->kind == FLAMA_KERAS_GRU)
        p->packed_last = pack_columns(b, cell->recurrent, "candidate", units,
                                      gates * units, 2 * units, units);
    flama_keras_id one = initial ? initial[0] : 0;
    flama_keras_id two = initial && p->cell.states == 2 ? initial[1] : 0;
    return flama_keras_add(b, &recur_op, p, 1 + p->cell.states,
                           FLAMA_KERAS_IDS(projected, mask, one, two));
}
