/* Recurrent networks: FLAMA_PT_LSTM, FLAMA_PT_GRU and plain ones, of several layers, in
 * one direction or both; and their single cells. Gates stand in torch's order: input,
 * forget, cell, output of an LSTM; reset, update, new of a GRU. */
#include <math.h>
#include <string.h>

#include "engine/kernels/gemm.h"
#include "engine/kernels/map.h"
#include "engine/torch/elements.h"
#include "engine/torch/ops.h"

static const int64_t gates_of[] = {4, 3, 1, 1};

/* One layer in one direction. Weights (gates hidden, inputs) and (gates hidden,
 * hidden), biases or NULL. */
typedef struct direction {
    const float *w_in, *w_hidden, *b_in, *b_hidden;
    int64_t inputs, hidden, steps, batch;
    int kind;
    bool backwards;
} direction;

/* Memory for a direction. */
typedef struct workspace {
    float *from_input;  /* (steps, batch, gates hidden) */
    float *from_hidden; /* (batch, gates hidden) */
    float *packed;      /* the hidden weights */
    void *gemm;
    float *h, *c; /* (batch, hidden) */
} workspace;

static void sigmoid(float *x, int64_t n)
{
    flama_map_run_f32(FLAMA_MAP_SIGMOID, 0, 0, x, x, (size_t)n);
}

static void tanh_all(const float *x, float *y, int64_t n)
{
    flama_map_run_f32(FLAMA_MAP_TANH, 0, 0, x, y, (size_t)n);
}

/* New h and c of one row from its gates, which have everything added up. */
static void lstm_row(float *gates, int64_t n, float *h, float *c)
{
    sigmoid(gates, 2 * n);
    tanh_all(gates + 2 * n, gates + 2 * n, n);
    sigmoid(gates + 3 * n, n);
    for (int64_t i = 0; i < n; i++)
        c[i] = gates[n + i] * c[i] + gates[i] * gates[2 * n + i];
    tanh_all(c, h, n);
    for (int64_t i = 0; i < n; i++)
        h[i] *= gates[3 * n + i];
}

/* A GRU's new gate takes the hidden part times the reset gate: `hidden` is apart. */
static void gru_row(float *gates, float *hidden, int64_t n, float *h)
{
    for (int64_t i = 0; i < 2 * n; i++)
        gates[i] += hidden[i];
    sigmoid(gates, 2 * n);
    for (int64_t i = 2 * n; i < 3 * n; i++)
        gates[i] += gates[i - 2 * n] * hidden[i];
    tanh_all(gates + 2 * n, gates + 2 * n, n);
    for (int64_t i = 0; i < n; i++)
        h[i] = gates[2 * n + i] + gates[n + i] * (h[i] - gates[2 * n + i]);
}

static void plain_row(int kind, const float *gates, int64_t n, float *h)
{
    if (kind == FLAMA_PT_RNN_TANH)
        tanh_all(gates, h, n);
    else
        flama_map_run_f32(FLAMA_MAP_RELU, 0, 0, gates, h, (size_t)n);
}

/* gates += h W^T for all rows; of a GRU the product goes to from_hidden. */
static void add_hidden(const direction *d, workspace *w, float *gates)
{
    int64_t width = gates_of[d->kind] * d->hidden;
    bool gru = d->kind == FLAMA_PT_GRU;
    flama_gemm_f32 g = {
        .m = (size_t)d->batch,
        .n = (size_t)width,
        .k = (size_t)d->hidden,
        .a = {.data = w->h, .row = (size_t)d->hidden, .column = 1},
        .b = {.data = d->w_hidden, .row = 1, .column = (size_t)d->hidden},
        .c = gru ? w->from_hidden : gates,
        .stride = (size_t)width,
        .accumulate = !gru,
        .column_bias = d->b_hidden};
    if (d->batch > 1)
        g.b.packed = w->packed;
    flama_gemm_f32_run(&g, w->gemm);
}

/* Steps of `from_input`, one after the other; h of each goes to out, `stride` apart a
 * step and `row` apart a row of the batch. */
static void run_steps(const direction *d, workspace *w, float *out, int64_t step_size,
                      int64_t row_size)
{
    int64_t n = d->hidden, width = gates_of[d->kind] * n;
    for (int64_t s = 0; s < d->steps; s++) {
        int64_t t = d->backwards ? d->steps - 1 - s : s;
        float *gates = w->from_input + t * d->batch * width;
        add_hidden(d, w, gates);
        for (int64_t b = 0; b < d->batch; b++) {
            float *row = gates + b * width, *h = w->h + b * n;
            if (d->kind == FLAMA_PT_LSTM)
                lstm_row(row, n, h, w->c + b * n);
            else if (d->kind == FLAMA_PT_GRU)
                gru_row(row, w->from_hidden + b * width, n, h);
            else
                plain_row(d->kind, row, n, h);
            if (out)
                memcpy(out + t * step_size + b * row_size, h, (size_t)n * sizeof *h);
        }
    }
}

static void run_direction(const direction *d, workspace *w, const float *in, float *out,
                          int64_t step_size, int64_t row_size)
{
    int64_t width = gates_of[d->kind] * d->hidden;
    flama_gemm_f32 g = {.m = (size_t)(d->steps * d->batch),
                        .n = (size_t)width,
                        .k = (size_t)d->inputs,
                        .a = {.data = in, .row = (size_t)d->inputs, .column = 1},
                        .b = {.data = d->w_in, .row = 1, .column = (size_t)d->inputs},
                        .c = w->from_input,
                        .stride = (size_t)width,
                        .column_bias = d->b_in};
    flama_gemm_f32_run(&g, w->gemm);
    flama_factor_f32 hidden = {
        .data = d->w_hidden, .row = 1, .column = (size_t)d->hidden};
    if (d->batch > 1)
        flama_gemm_pack_b_f32(&hidden, (size_t)d->hidden, (size_t)width, w->packed);
    run_steps(d, w, out, step_size, row_size);
}

/* A weight of this shape, or a bias (columns 0). */
static const float *weight(flama_pt_op *op, const flama_pt_tensor *t, int64_t rows,
                           int64_t columns)
{
    if (op->code || t == NULL)
        return NULL;
    bool fits = columns ? t->rank == 2 && t->sizes[0] == rows && t->sizes[1] == columns
                        : t->rank == 1 && t->sizes[0] == rows;
    if (flama_pt_want_dtype(op, t, "a weight", FLAMA_PT_F32))
        return NULL;
    if (!fits) {
        flama_pt_bad(op, "a weight has another shape");
        return NULL;
    }
    if (!flama_pt_is_contiguous(t)) {
        flama_pt_unsupported(op, "a weight that is not contiguous");
        return NULL;
    }
    return t->data;
}

static void get_workspace(flama_pt_op *op, const direction *d, int64_t most_inputs,
                          workspace *w)
{
    size_t width = (size_t)(gates_of[d->kind] * d->hidden), batch = (size_t)d->batch;
    size_t rows = (size_t)d->steps * batch, hidden = (size_t)d->hidden;
    flama_gemm_f32 first = {.m = rows, .n = width, .k = (size_t)most_inputs};
    flama_gemm_f32 second = {.m = batch, .n = width, .k = hidden};
    size_t one = flama_gemm_scratch_f32(&first), two = flama_gemm_scratch_f32(&second);
    w->gemm = flama_pt_scratch(op, one > two ? one : two, 1);
    w->from_input = flama_pt_scratch(op, rows, width * sizeof(float));
    w->from_hidden = flama_pt_scratch(op, batch, width * sizeof(float));
    w->packed =
        flama_pt_scratch(op, flama_gemm_packed_b_f32(width, hidden), sizeof(float));
    w->h = flama_pt_scratch(op, batch, hidden * sizeof(float));
    w->c = flama_pt_scratch(op, batch, hidden * sizeof(float));
}

/* A whole network. */
typedef struct network {
    int kind;
    const flama_pt_tensor *in, *h0, *c0; /* c0 NULL but for LSTM */
    size_t params;                       /* the argument with the weights */
    int64_t layers, directions, hidden;
    bool biases, batch_first, unbatched;
    int64_t steps, batch;
} network;

static int check_network(flama_pt_op *op, network *n)
{
    if (op->code || flama_pt_want_dtype(op, n->in, "the input", FLAMA_PT_F32) ||
        flama_pt_want_dtype(op, n->h0, "the state", FLAMA_PT_F32) ||
        (n->c0 && flama_pt_want_dtype(op, n->c0, "the state", FLAMA_PT_F32)))
        return op->code;
    n->unbatched = n->in->rank == 2;
    if ((n->in->rank != 3 && !n->unbatched) || n->h0->rank != n->in->rank ||
        n->layers < 1 || n->layers > 1024)
        return flama_pt_bad(op, "the input's shape");
    size_t time = n->batch_first && !n->unbatched ? 1 : 0;
    n->steps = n->in->sizes[time];
    n->batch = n->unbatched ? 1 : n->in->sizes[1 - time];
    n->hidden = n->h0->sizes[n->h0->rank - 1];
    size_t count = (size_t)(n->layers * n->directions) * (n->biases ? 4 : 2);
    bool fits = flama_pt_list(op, n->params) == count && n->hidden > 0 &&
                n->h0->sizes[0] == n->layers * n->directions &&
                (n->unbatched || n->h0->sizes[1] == n->batch) &&
                (!n->c0 || (n->c0->rank == n->h0->rank &&
                            memcmp(n->c0->sizes, n->h0->sizes,
                                   n->h0->rank * sizeof *n->h0->sizes) == 0));
    return fits || op->code ? op->code
                            : flama_pt_bad(op, "weights and state do not fit");
}

/* Layer and direction number i. */
static direction get_direction(flama_pt_op *op, const network *n, int64_t i)
{
    direction d = {.hidden = n->hidden,
                   .steps = n->steps,
                   .batch = n->batch,
                   .kind = n->kind,
                   .backwards = i % n->directions == 1};
    size_t at = (size_t)i * (n->biases ? 4 : 2);
    int64_t width = gates_of[n->kind] * n->hidden;
    d.inputs =
        i < n->directions ? n->in->sizes[n->in->rank - 1] : n->hidden * n->directions;
    d.w_in = weight(op, flama_pt_item(op, n->params, at), width, d.inputs);
    d.w_hidden = weight(op, flama_pt_item(op, n->params, at + 1), width, n->hidden);
    if (n->biases) {
        d.b_in = weight(op, flama_pt_item(op, n->params, at + 2), width, 0);
        d.b_hidden = weight(op, flama_pt_item(op, n->params, at + 3), width, 0);
    }
    return d;
}

typedef struct buffers {
    float *in, *out; /* (steps, batch, width): a layer's input and output */
    const float *h0, *c0;
    float *last_h, *last_c;
} buffers;

static void run_layers(flama_pt_op *op, const network *n, workspace *w, buffers *m)
{
    int64_t state = n->batch * n->hidden, row = n->hidden * n->directions;
    for (int64_t i = 0; i < n->layers * n->directions; i++) {
        direction d = get_direction(op, n, i);
        memcpy(w->h, m->h0 + i * state, (size_t)state * sizeof *w->h);
        if (m->c0)
            memcpy(w->c, m->c0 + i * state, (size_t)state * sizeof *w->c);
        run_direction(&d, w, m->in, m->out + (d.backwards ? n->hidden : 0),
                      n->batch * row, row);
        memcpy(m->last_h + i * state, w->h, (size_t)state * sizeof *w->h);
        if (m->last_c)
            memcpy(m->last_c + i * state, w->c, (size_t)state * sizeof *w->c);
        if ((i + 1) % n->directions == 0) {
            float *swap = m->in;
            m->in = m->out;
            m->out = swap;
        }
    }
}

/* t with time first, of a tensor that may have the batch first. */
static flama_pt_tensor time_first(const network *n, const flama_pt_tensor *t)
{
    flama_pt_tensor out = *t;
    if (n->batch_first && !n->unbatched) {
        out.sizes[0] = t->sizes[1], out.sizes[1] = t->sizes[0];
        out.strides[0] = t->strides[1], out.strides[1] = t->strides[0];
    }
    return out;
}

static int run_network(flama_pt_op *op, network *n)
{
    int64_t sizes[3], row = n->hidden * n->directions;
    memcpy(sizes, n->in->sizes, sizeof sizes);
    sizes[n->in->rank - 1] = row;
    flama_pt_tensor *out = flama_pt_new(op, 0, FLAMA_PT_F32, n->in->rank, sizes);
    flama_pt_tensor *h = flama_pt_new(op, 1, FLAMA_PT_F32, n->h0->rank, n->h0->sizes);
    flama_pt_tensor *c =
        n->c0 ? flama_pt_new(op, 2, FLAMA_PT_F32, n->c0->rank, n->c0->sizes) : NULL;
    int64_t inputs = n->in->sizes[n->in->rank - 1];
    int64_t most = inputs > row ? inputs : row, rows = n->steps * n->batch;
    workspace w;
    for (int64_t i = 0; i < n->layers * n->directions; i++) {
        direction d = get_direction(op, n, i);
        if (i == 0)
            get_workspace(op, &d, most, &w);
        flama_pt_spend(op, 2.0 * (double)rows * (double)(d.inputs + d.hidden) *
                               (double)(gates_of[d.kind] * d.hidden));
    }
    buffers m = {.h0 = flama_pt_dense(op, n->h0),
                 .c0 = n->c0 ? flama_pt_dense(op, n->c0) : NULL};
    m.in = flama_pt_scratch(op, (size_t)rows, (size_t)most * sizeof *m.in);
    m.out = flama_pt_scratch(op, (size_t)rows, (size_t)most * sizeof *m.out);
    if (op->code || op->dry)
        return op->code;
    m.last_h = h->data;
    m.last_c = c ? c->data : NULL;
    flama_pt_tensor in = time_first(n, n->in), to = time_first(n, out);
    flama_pt_copy_dense(&in, FLAMA_PT_F32, m.in);
    run_layers(op, n, &w, &m);
    flama_pt_tensor from = to;
    from.data = m.in; /* the last layer's output, swapped */
    flama_pt_pack_strides(&from);
    flama_pt_copy(&to, &from);
    return op->code;
}

/* "input hx params has_biases num_layers dropout train bidirectional batch_first". */
int flama_pt_op_rnn(flama_pt_op *op)
{
    network n = {.kind = op->node->operator->variant, .in = flama_pt_in(op, 0)};
    n.params = 2;
    if (n.kind == FLAMA_PT_LSTM) {
        if (flama_pt_list(op, 1) != 2)
            return flama_pt_bad(op, "two states are expected");
        n.h0 = flama_pt_item(op, 1, 0);
        n.c0 = flama_pt_item(op, 1, 1);
        if (op->code == 0 && (n.h0 == NULL || n.c0 == NULL))
            return flama_pt_bad(op, "two states are expected");
    } else
        n.h0 = flama_pt_in(op, 1);
    n.biases = flama_pt_flag(op, 3);
    n.layers = flama_pt_int(op, 4);
    n.directions = flama_pt_flag(op, 7) ? 2 : 1;
    n.batch_first = flama_pt_flag(op, 8);
    if (flama_pt_flag(op, 6) && flama_pt_number(op, 5) != 0)
        return flama_pt_unsupported(op, "dropout in training");
    return op->code || check_network(op, &n) ? op->code : run_network(op, &n);
}

/* "input hx w_ih w_hh b_ih=None b_hh=None": one step. */
int flama_pt_op_rnn_cell(flama_pt_op *op)
{
    int kind = op->node->operator->variant;
    const flama_pt_tensor *in = flama_pt_in(op, 0), *w_ih = flama_pt_in(op, 2);
    const flama_pt_tensor *w_hh = flama_pt_in(op, 3);
    bool lstm = kind == FLAMA_PT_LSTM;
    if (lstm && (flama_pt_list(op, 1) != 2 || !flama_pt_item(op, 1, 0) ||
                 !flama_pt_item(op, 1, 1)))
        return flama_pt_bad(op, "two states are expected");
    if (op->code)
        return op->code;
    const flama_pt_tensor *h0 = lstm ? flama_pt_item(op, 1, 0) : flama_pt_in(op, 1);
    const flama_pt_tensor *c0 = lstm ? flama_pt_item(op, 1, 1) : NULL;
    if (op->code || flama_pt_want_dtype(op, in, "the input", FLAMA_PT_F32) ||
        flama_pt_want_dtype(op, h0, "the state", FLAMA_PT_F32) ||
        (c0 && flama_pt_want_dtype(op, c0, "the state", FLAMA_PT_F32)))
        return op->code;
    bool fits = in->rank == 2 && h0->rank == 2 && in->sizes[0] == h0->sizes[0] &&
                (!c0 || (c0->rank == 2 && c0->sizes[0] == h0->sizes[0] &&
                         c0->sizes[1] == h0->sizes[1]));
    if (!fits)
        return flama_pt_bad(op, "rows are expected");
    direction d = {.inputs = in->sizes[1],
                   .hidden = h0->sizes[1],
                   .steps = 1,
                   .batch = in->sizes[0],
                   .kind = kind};
    int64_t width = gates_of[kind] * d.hidden;
    d.w_in = weight(op, w_ih, width, d.inputs);
    d.w_hidden = weight(op, w_hh, width, d.hidden);
    d.b_in = weight(op, flama_pt_maybe(op, 4), width, 0);
    d.b_hidden = weight(op, flama_pt_maybe(op, 5), width, 0);
    workspace w;
    get_workspace(op, &d, d.inputs, &w);
    flama_pt_tensor *h = flama_pt_new(op, 0, FLAMA_PT_F32, 2, h0->sizes);
    flama_pt_tensor *c = lstm ? flama_pt_new(op, 1, FLAMA_PT_F32, 2, h0->sizes) : NULL;
    const float *data = flama_pt_dense(op, in);
    flama_pt_spend(op, 2.0 * (double)(d.batch * width) * (double)(d.inputs + d.hidden));
    if (op->code || op->dry)
        return op->code;
    flama_pt_copy_dense(h0, FLAMA_PT_F32, w.h);
    if (c0)
        flama_pt_copy_dense(c0, FLAMA_PT_F32, w.c);
    run_direction(&d, &w, data, h->data, 0, d.hidden);
    if (c)
        memcpy(c->data, w.c, (size_t)c->count * sizeof(float));
    return 0;
}
