#include <string.h>

#include "engine/keras/layers.h"
#include "engine/keras/precision.h"

enum { MOST_CELLS = 32 };

/* How a recurrent layer runs its cells, and what comes of it. */
typedef struct recurrence {
    bool sequences, state, backwards, zero_masked;
    flama_keras_id mask;
    size_t initial_count;
    const flama_keras_id *initial;
    flama_keras_id states[2 * MOST_CELLS];
    size_t state_count;
} recurrence;

static void read_map(flama_keras_builder *b, const char *field, flama_map_kind fallback,
                     flama_map_kind *map, float *pq)
{
    const flama_value *value = flama_keras_field(b->layer, field);
    if (value == NULL && !flama_value_get(b->layer->config, field)) {
        *map = fallback;
        pq[0] = pq[1] = 0;
    } else if (!flama_keras_is_map(value, map, &pq[0], &pq[1]))
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "has an unknown %s", field);
}

void flama_keras_cell_maps(flama_keras_builder *b, flama_keras_cell *cell)
{
    read_map(b, "activation", FLAMA_MAP_TANH, &cell->activation, cell->activation_pq);
    read_map(b, "recurrent_activation", FLAMA_MAP_SIGMOID, &cell->recurrent_activation,
             cell->recurrent_pq);
}

static bool find_kind(flama_keras_builder *b, flama_string name,
                      flama_keras_cell_kind *kind)
{
    bool lstm =
        flama_keras_text_is(name, "LSTM") || flama_keras_text_is(name, "LSTMCell");
    bool gru = flama_keras_text_is(name, "GRU") || flama_keras_text_is(name, "GRUCell");
    bool after = gru && flama_keras_flag(b, "reset_after", true);
    *kind = lstm    ? FLAMA_KERAS_LSTM
            : after ? FLAMA_KERAS_GRU_AFTER
            : gru   ? FLAMA_KERAS_GRU
                    : FLAMA_KERAS_SIMPLE;
    return lstm || gru || flama_keras_text_is(name, "SimpleRNN") ||
           flama_keras_text_is(name, "SimpleRNNCell");
}

/* The bias, of which a GRU that resets after has two: the product's and its own. */
static const float *read_bias(flama_keras_builder *b, flama_keras_cell *cell,
                              int64_t width)
{
    if (!flama_keras_flag(b, "use_bias", true))
        return NULL;
    if (cell->kind != FLAMA_KERAS_GRU_AFTER)
        return flama_keras_weight(b, "", 2, 1, &width);
    const float *both = flama_keras_weight(b, "", 2, 2, (int64_t[]){2, width});
    cell->recurrent_bias = both ? both + width : NULL;
    return both;
}

/* The cell that b->layer describes, run over x. */
static flama_keras_id run_cell(flama_keras_builder *b, flama_keras_id x, recurrence *r,
                               bool last)
{
    flama_keras_cell cell = {.backwards = r->backwards,
                             .zero_masked = r->zero_masked,
                             .sequences = r->sequences || !last};
    if (!find_kind(b, b->layer->class_name, &cell.kind))
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                                "is a cell of a class that is not supported");
    cell.units = flama_keras_int(b, "units", -1, 1, FLAMA_KERAS_FACTOR);
    int64_t gates = cell.kind == FLAMA_KERAS_SIMPLE ? 1
                    : cell.kind == FLAMA_KERAS_LSTM ? 4
                                                    : 3;
    int64_t width = gates * cell.units;
    const flama_hdf5_array *kernel = flama_keras_find_weight(b, "", 0);
    flama_keras_cell_maps(b, &cell);
    cell.recurrent = flama_keras_find_weight(b, "", 1);
    const float *bias = read_bias(b, &cell, width);
    if (kernel && (kernel->rank != 2 || (int64_t)kernel->shape[1] != width))
        flama_keras_fail(b, FLAMA_EFORMAT, "has a kernel of another shape");
    x = flama_keras_dense(b, x, kernel, kernel ? (int64_t)kernel->shape[0] : 0, width,
                          bias);
    size_t states = cell.kind == FLAMA_KERAS_LSTM ? 2 : 1;
    if (r->initial_count && r->initial_count != states)
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED, "is given %zu initial states",
                                r->initial_count);
    flama_keras_id y =
        flama_keras_recur(b, x, &cell, r->mask, r->initial_count ? r->initial : NULL);
    for (size_t i = 0; y && i < states && r->state_count < 2 * MOST_CELLS; i++)
        r->states[r->state_count++] = y + 1 + (flama_keras_id)i;
    return y;
}

/* The same for a cell that stands in the configuration of another layer. */
static flama_keras_id run_inner_cell(flama_keras_builder *b, const flama_value *object,
                                     flama_string path, flama_keras_id x, recurrence *r,
                                     bool last)
{
    const flama_keras_layer *outer = b->layer;
    flama_keras_precision before = b->precision;
    if (object == NULL || !flama_keras_is_own(object))
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                                "has a cell of a custom class, whose code is not in "
                                "the file");
    flama_keras_layer layer = {
        .class_name = flama_keras_text(flama_value_get(object, "class_name")),
        .name = outer->name,
        .config = flama_value_get(object, "config"),
        .path = path};
    b->layer = &layer;
    b->precision = flama_keras_policy(b);
    x = run_cell(b, flama_keras_convert(b, x, b->precision), r, last);
    b->layer = outer;
    b->precision = before;
    return x;
}

/* Cells one on the other: each sees the outputs of the one below at every step, so
 * they can run one after the other. */
static flama_keras_id run_stack(flama_keras_builder *b, const flama_value *cells,
                                flama_string path, flama_keras_id x, recurrence *r)
{
    size_t used[3] = {0};
    static const char *const names[] = {"lstm_cell", "gru_cell", "simple_rnn_cell"};
    if (cells == NULL || cells->kind != FLAMA_KIND_ARRAY || cells->array.count == 0 ||
        cells->array.count > MOST_CELLS || r->initial_count)
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                                "has no cells, too many, or initial states for them");
    for (size_t i = 0; i < cells->array.count && !b->failed; i++) {
        const flama_value *cell = &cells->array.items[i];
        flama_string name = flama_keras_text(flama_value_get(cell, "class_name"));
        size_t k = flama_keras_text_is(name, "LSTMCell")  ? 0
                   : flama_keras_text_is(name, "GRUCell") ? 1
                                                          : 2;
        const char *place =
            used[k] ? flama_arena_format(b->scratch, "%s_%zu", names[k], used[k])
                    : names[k];
        used[k]++;
        if (place == NULL)
            return flama_keras_fail_memory(b);
        x = run_inner_cell(b, cell, flama_keras_join(b, path, place), x, r,
                           i + 1 == cells->array.count);
        if (r->backwards && r->mask) /* the outputs are in the order they were made */
            r->mask = flama_keras_slice(b, r->mask, 1, INT64_MIN, INT64_MIN, -1);
        r->backwards = false;
    }
    return x;
}

static flama_keras_id run_cells(flama_keras_builder *b, flama_keras_id x, recurrence *r)
{
    flama_string path = flama_keras_join(b, b->layer->path, "cell");
    if (!flama_keras_text_is(b->layer->class_name, "RNN")) {
        flama_keras_layer inner = *b->layer;
        const flama_keras_layer *outer = b->layer;
        inner.path = path;
        b->layer = &inner;
        x = run_cell(b, x, r, true);
        b->layer = outer;
        return x;
    }
    const flama_value *cell = flama_keras_field(b->layer, "cell");
    flama_string name = flama_keras_text(flama_value_get(cell, "class_name"));
    if (flama_keras_text_is(name, "StackedRNNCells"))
        return run_stack(b, flama_value_get(flama_value_get(cell, "config"), "cells"),
                         flama_keras_join(b, path, "cells"), x, r);
    return run_inner_cell(b, cell, path, x, r, true);
}

/* States given by keyword, or after the sequence. */
static void find_initial(const flama_keras_call *call, flama_keras_id *ids, size_t most,
                         size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < call->named_count; i++)
        if (flama_keras_text_is(call->named[i].name, "initial_state") && *count < most)
            ids[(*count)++] = call->named[i].id;
    for (size_t i = 1; *count == 0 && i < call->input_count && i - 1 < most; i++)
        ids[i - 1] = call->inputs[i];
    if (*count == 0 && call->input_count > 1)
        *count = call->input_count - 1 < most ? call->input_count - 1 : most;
}

void flama_keras_rnn_layer(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id initial[4], x = flama_keras_input(b, call, 0);
    recurrence r = {.sequences = flama_keras_flag(b, "return_sequences", false),
                    .state = flama_keras_flag(b, "return_state", false),
                    .backwards = flama_keras_flag(b, "go_backwards", false),
                    .zero_masked = flama_keras_flag(b, "zero_output_for_mask", false),
                    .initial = initial};
    if (flama_keras_flag(b, "stateful", false))
        flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                         "is stateful: its answers would depend on earlier requests");
    find_initial(call, initial, 4, &r.initial_count);
    flama_keras_id mask = flama_keras_call_mask(b, call, x);
    r.mask = mask;
    flama_keras_id y = run_cells(b, x, &r);
    flama_keras_give(call, y);
    for (size_t i = 0; r.state && i < r.state_count; i++)
        flama_keras_give(call, r.states[i]);
    if (r.sequences && mask)
        flama_keras_set_mask(b, y, mask);
}

/* Both directions, the backward one turned round again, and merged. */
static void merge_directions(flama_keras_builder *b, flama_keras_call *call,
                             flama_keras_id x, flama_keras_id y)
{
    bool concat = flama_keras_is(b, "merge_mode", "concat", "");
    if (flama_keras_field(b->layer, "merge_mode") == NULL) {
        flama_keras_give(call, x);
        flama_keras_give(call, y);
    } else if (concat)
        flama_keras_give(call, flama_keras_concat(b, 2, (flama_keras_id[]){x, y}, -1));
    else if (flama_keras_is(b, "merge_mode", "mul", ""))
        flama_keras_give(call, flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, x, y));
    else {
        x = flama_keras_binary(b, FLAMA_KERAS_ADD, x, y);
        if (flama_keras_is(b, "merge_mode", "ave", ""))
            x = flama_keras_map(b, x, FLAMA_MAP_LINEAR, 0.5f, 0);
        else if (!flama_keras_is(b, "merge_mode", "sum", ""))
            flama_keras_fail(b, FLAMA_EUNSUPPORTED, "has an unknown merge_mode");
        flama_keras_give(call, x);
    }
}

static flama_keras_call one_direction(flama_keras_builder *b,
                                      const flama_keras_call *call, const char *field,
                                      const char *name, flama_keras_id *ids)
{
    const flama_value *object = flama_keras_field(b->layer, field);
    flama_keras_id initial[4];
    size_t count;
    find_initial(call, initial, 4, &count);
    ids[0] = flama_keras_input(b, call, 0);
    size_t half = count / 2;
    bool back = strcmp(name, "backward_layer") == 0;
    for (size_t i = 0; i < half; i++)
        ids[1 + i] = initial[back ? half + i : i];
    flama_keras_call inner = {.input_count = 1 + half, .inputs = ids};
    if (object == NULL)
        flama_keras_fail(b, FLAMA_EFORMAT, "has no %s", field);
    else
        flama_keras_apply(b, object, flama_keras_join(b, b->layer->path, name), &inner);
    return inner;
}

void flama_keras_bidirectional(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id ids[2][4], x = flama_keras_input(b, call, 0);
    flama_keras_id mask = flama_keras_call_mask(b, call, x);
    flama_keras_set_mask(b, x, mask);
    flama_keras_call left = one_direction(b, call, "layer", "forward_layer", ids[0]);
    flama_keras_call right =
        one_direction(b, call, "backward_layer", "backward_layer", ids[1]);
    if (b->failed || left.output_count == 0 || right.output_count == 0)
        return;
    const flama_value *config =
        flama_value_get(flama_keras_field(b->layer, "layer"), "config");
    const flama_value *sequences = flama_value_get(config, "return_sequences");
    bool all = sequences && sequences->kind == FLAMA_KIND_BOOL && sequences->boolean;
    flama_keras_id y = right.outputs[0];
    if (all)
        y = flama_keras_slice(b, y, 1, INT64_MIN, INT64_MIN, -1);
    merge_directions(b, call, left.outputs[0], y);
    for (size_t i = 0; all && mask && i < call->output_count; i++)
        flama_keras_set_mask(b, call->outputs[i], mask);
    for (size_t i = 1; i < left.output_count; i++)
        flama_keras_give(call, left.outputs[i]);
    for (size_t i = 1; i < right.output_count; i++)
        flama_keras_give(call, right.outputs[i]);
}

/* The steps of all rows as one batch, and back. */
void flama_keras_time_distributed(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_input(b, call, 0);
    unsigned rank = flama_keras_known(b, x)->rank;
    int64_t dims[FLAMA_KERAS_RANK + 1] = {FLAMA_KERAS_REST};
    if (rank < 2) {
        flama_keras_fail(b, FLAMA_EFORMAT, "has an input without steps");
        return;
    }
    for (unsigned i = 2; i < rank; i++)
        dims[i - 1] = FLAMA_KERAS_OWN(i);
    flama_keras_id y = flama_keras_reshape(b, x, 0, rank - 1, dims);
    y = flama_keras_apply_one(b, flama_keras_field(b->layer, "layer"),
                              flama_keras_join(b, b->layer->path, "layer"), y);
    unsigned inner = flama_keras_known(b, y)->rank;
    dims[0] = FLAMA_KERAS_LIKE(0);
    dims[1] = FLAMA_KERAS_LIKE(1);
    for (unsigned i = 1; i < inner; i++)
        dims[i + 1] = FLAMA_KERAS_OWN(i);
    flama_keras_give(call, flama_keras_reshape(b, y, x, inner + 1, dims));
}
