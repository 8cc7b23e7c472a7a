#include <math.h>
#include <string.h>

#include "engine/keras/operations.h"

/* A flag among the arguments of the call. */
static bool call_flag(const flama_keras_call *call, const char *name)
{
    const flama_value *value = flama_value_get(call->kwargs, name);
    return value && value->kind == FLAMA_KIND_BOOL && value->boolean;
}

/* The query, value and key of a call, by place or by name. */
typedef struct sources {
    flama_keras_id q, k, v;
    bool has_key;
} sources;

static sources find_sources(flama_keras_builder *b, const flama_keras_call *call)
{
    sources s = {.q = flama_keras_keyword(call, "query"),
                 .v = flama_keras_keyword(call, "value"),
                 .k = flama_keras_keyword(call, "key")};
    size_t at = 0;
    if (s.q == 0)
        s.q = flama_keras_input(b, call, at++);
    if (s.v == 0)
        s.v = flama_keras_input(b, call, at++);
    if (s.k == 0 && at < call->input_count)
        s.k = call->inputs[at];
    s.has_key = s.k != 0;
    s.k = s.k ? s.k : s.v;
    return s;
}

static flama_keras_id both(flama_keras_builder *b, flama_keras_id x, flama_keras_id y)
{
    return x == 0 ? y : y == 0 ? x : flama_keras_binary(b, FLAMA_KERAS_AND, x, y);
}

/* A mask (batch, steps) as one of (batch, 1, steps, 1) or (batch, 1, 1, steps). */
static flama_keras_id steps_mask(flama_keras_builder *b, flama_keras_id mask, bool keys)
{
    int64_t dims[4] = {FLAMA_KERAS_OWN(0), 1, keys ? 1 : FLAMA_KERAS_OWN(1),
                       keys ? FLAMA_KERAS_OWN(1) : 1};
    if (mask == 0)
        return 0;
    if (flama_keras_known(b, mask)->rank != 2)
        return flama_keras_fail(b, FLAMA_EFORMAT, "has a mask of rank %u",
                                flama_keras_known(b, mask)->rank);
    mask = flama_keras_cast(b, mask, FLAMA_KERAS_BOOL);
    return flama_keras_reshape(b, mask, 0, 4, dims);
}

static flama_keras_id masked_by(flama_keras_builder *b, const flama_keras_call *call,
                                const char *keyword, flama_keras_id x)
{
    flama_keras_id mask = flama_keras_keyword(call, keyword);
    return mask ? mask : flama_keras_mask(b, x);
}

/* All masks of a call, as they apply to (batch, heads, queries, keys). */
static flama_keras_id all_masks(flama_keras_builder *b, const flama_keras_call *call,
                                const sources *s)
{
    flama_keras_id mask = flama_keras_keyword(call, "attention_mask");
    if (mask) {
        unsigned rank = flama_keras_known(b, mask)->rank;
        int64_t three[4] = {FLAMA_KERAS_OWN(0), 1, FLAMA_KERAS_OWN(1),
                            FLAMA_KERAS_OWN(2)};
        int64_t two[4] = {1, 1, FLAMA_KERAS_OWN(0), FLAMA_KERAS_OWN(1)};
        mask = flama_keras_cast(b, mask, FLAMA_KERAS_BOOL);
        if (rank == 3 || rank == 2)
            mask = flama_keras_reshape(b, mask, 0, 4, rank == 3 ? three : two);
        else if (rank != 4)
            return flama_keras_fail(b, FLAMA_EFORMAT, "has a mask of rank %u", rank);
    }
    mask = both(b, mask, steps_mask(b, masked_by(b, call, "query_mask", s->q), false));
    mask = both(b, mask, steps_mask(b, masked_by(b, call, "value_mask", s->v), true));
    if (s->has_key)
        mask = both(b, mask, steps_mask(b, masked_by(b, call, "key_mask", s->k), true));
    return mask;
}

/* The axes that are attended over, a bit each: those of the field, or all between the
 * batch and the features. */
static unsigned attended_axes(flama_keras_builder *b, unsigned rank)
{
    int64_t axes[FLAMA_KERAS_RANK];
    size_t count = flama_keras_ints(b, "attention_axes", FLAMA_KERAS_RANK, axes);
    unsigned set = flama_keras_axis_bits(b, axes, count, rank);
    unsigned all = rank < 3 ? 0 : ((1u << (rank - 1)) - 1) & ~1u;
    if (all == 0 || (set & ~all))
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "attends over axes of rank %u", rank);
    return set ? set : all;
}

/* An input of any rank as (batch, steps, features): the other axes go to the batch.
 * `moved` is it with the attended axes before the features. */
typedef struct folded {
    flama_keras_id x, moved;
    unsigned rank, order[FLAMA_KERAS_RANK];
} folded;

static folded fold(flama_keras_builder *b, flama_keras_id x)
{
    folded f = {.x = x, .moved = x, .rank = flama_keras_known(b, x)->rank};
    unsigned set = attended_axes(b, f.rank), at = 1, kept;
    int64_t dims[3] = {FLAMA_KERAS_REST, 1, FLAMA_KERAS_OWN(f.rank - 1)};
    if (f.rank == 3 || b->failed)
        return f;
    for (unsigned i = 1; i + 1 < f.rank; i++)
        if ((set >> i & 1) == 0)
            f.order[at++] = i;
    kept = at;
    for (unsigned i = 1; i + 1 < f.rank; i++)
        if (set >> i & 1)
            f.order[at++] = i;
    f.order[at] = at;
    f.moved = flama_keras_transpose(b, x, f.order);
    bool one = kept + 2 == f.rank;
    for (unsigned i = kept; !one && i + 1 < f.rank; i++) {
        int64_t length = flama_keras_dim(b, f.moved, (int)i);
        dims[1] = length < 0 || dims[1] < 0 ? -1 : dims[1] * length;
    }
    if (one)
        dims[1] = FLAMA_KERAS_OWN(kept);
    else if (dims[1] < 0 && kept == 1) {
        dims[0] = FLAMA_KERAS_OWN(0);
        dims[1] = FLAMA_KERAS_REST;
    } else if (dims[1] < 0)
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "attends over axes of unknown size");
    f.x = flama_keras_reshape(b, f.moved, 0, 3, dims);
    return f;
}

/* y (batch, steps, features) as the input of that query was. */
static flama_keras_id unfold(flama_keras_builder *b, const folded *f, flama_keras_id y)
{
    int64_t dims[FLAMA_KERAS_RANK];
    unsigned back[FLAMA_KERAS_RANK];
    if (f->rank == 3 || b->failed)
        return y;
    for (unsigned i = 0; i < f->rank; i++) {
        dims[i] = i + 1 < f->rank ? FLAMA_KERAS_LIKE(i) : FLAMA_KERAS_REST;
        back[f->order[i]] = i;
    }
    dims[f->rank - 1] = flama_keras_dim(b, y, 2);
    y = flama_keras_reshape(b, y, f->moved, f->rank, dims);
    return flama_keras_transpose(b, y, back);
}

/* x (batch, steps, features) times a kernel (features, heads, size). */
static flama_keras_id project(flama_keras_builder *b, flama_keras_id x,
                              const char *const names[2], int64_t heads, int64_t size,
                              bool biased)
{
    const char *sub = flama_keras_has_weight(b, names[0], 0) ? names[0] : names[1];
    const flama_hdf5_array *kernel = flama_keras_find_weight(b, sub, 0);
    const float *bias = NULL;
    if (kernel && (kernel->rank != 3 || (int64_t)kernel->shape[1] != heads ||
                   (int64_t)kernel->shape[2] != size))
        return flama_keras_fail(b, FLAMA_EFORMAT, "has a kernel of another shape");
    if (biased)
        bias = flama_keras_weight(b, sub, 1, 2, (int64_t[]){heads, size});
    x = flama_keras_dense(b, x, kernel, kernel ? (int64_t)kernel->shape[0] : 0,
                          heads * size, bias);
    int64_t dims[4] = {FLAMA_KERAS_OWN(0), FLAMA_KERAS_OWN(1), heads, size};
    return flama_keras_reshape(b, x, 0, 4, dims);
}

/* The heads' outputs (batch, steps, heads, size) times a kernel (heads, size, out). */
static flama_keras_id gather_heads(flama_keras_builder *b, flama_keras_id x,
                                   const char *const names[2], bool biased)
{
    const char *sub = flama_keras_has_weight(b, names[0], 0) ? names[0] : names[1];
    const flama_hdf5_array *kernel = flama_keras_find_weight(b, sub, 0);
    int64_t heads = flama_keras_dim(b, x, 2), size = flama_keras_dim(b, x, 3);
    if (kernel == NULL)
        return 0;
    if (kernel->rank != 3 || (int64_t)kernel->shape[0] != heads ||
        (int64_t)kernel->shape[1] != size)
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                                "has an output kernel that is no matrix a head");
    int64_t out = (int64_t)kernel->shape[2];
    const float *bias = biased ? flama_keras_weight(b, sub, 1, 1, &out) : NULL;
    int64_t dims[3] = {FLAMA_KERAS_OWN(0), FLAMA_KERAS_OWN(1), FLAMA_KERAS_REST};
    if (heads > 0 && size > 0)
        dims[2] = heads * size;
    x = flama_keras_reshape(b, x, 0, 3, dims);
    return flama_keras_dense(b, x, kernel, heads * size, out, bias);
}

/* The numbers of the two attention layers with heads. */
typedef struct heads {
    int64_t queries, keys, size, value_size;
} heads;

static void attend_heads(flama_keras_builder *b, flama_keras_call *call, heads h)
{
    static const char *const q_names[] = {"query_dense", "_query_dense"};
    static const char *const k_names[] = {"key_dense", "_key_dense"};
    static const char *const v_names[] = {"value_dense", "_value_dense"};
    static const char *const o_names[] = {"output_dense", "_output_dense"};
    static const char *const g_names[] = {"gate_dense", "_gate_dense"};
    sources s = find_sources(b, call);
    bool biased = flama_keras_flag(b, "use_bias", true);
    flama_keras_attention params = {
        .scale = 1 / sqrtf((float)h.size),
        .causal = call_flag(call, "use_causal_mask"),
        .window = flama_keras_int(b, "sliding_window", 0, 0, FLAMA_KERAS_FACTOR),
        .scores = call_flag(call, "return_attention_scores"),
        .masked = -1e30f};
    flama_keras_id mask = all_masks(b, call, &s), query = s.q;
    folded q_fold = fold(b, s.q);
    s = (sources){q_fold.x, fold(b, s.k).x, fold(b, s.v).x, s.has_key};
    if (q_fold.rank != 3 && (mask || params.scores || params.causal || params.window))
        flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                         "has masks or gives scores for inputs of rank %u",
                         q_fold.rank);
    flama_keras_id q = project(b, s.q, q_names, h.queries, h.size, biased);
    flama_keras_id k = project(b, s.k, k_names, h.keys, h.size, biased);
    flama_keras_id v = project(b, s.v, v_names, h.keys, h.value_size, biased);
    flama_keras_id y = flama_keras_attend(b, q, k, v, mask, &params);
    flama_keras_id scores = y && params.scores ? y + 1 : 0;
    if (flama_keras_flag(b, "use_gate", false)) {
        flama_keras_id gate = project(b, s.q, g_names, h.queries, h.value_size, biased);
        gate = flama_keras_map(b, gate, FLAMA_MAP_SIGMOID, 0, 0);
        y = flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, y, gate);
    }
    y = unfold(b, &q_fold, gather_heads(b, y, o_names, biased));
    flama_keras_set_mask(b, y, flama_keras_mask(b, query));
    flama_keras_give(call, y);
    if (scores)
        flama_keras_give(call, scores);
}

void flama_keras_multi_head(flama_keras_builder *b, flama_keras_call *call)
{
    int64_t count = flama_keras_int(b, "num_heads", -1, 1, FLAMA_KERAS_FACTOR);
    int64_t size = flama_keras_int(b, "key_dim", -1, 1, FLAMA_KERAS_FACTOR);
    int64_t value = flama_keras_int(b, "value_dim", size, 1, FLAMA_KERAS_FACTOR);
    attend_heads(b, call, (heads){count, count, size, value});
    sources s = find_sources(b, call);
    flama_keras_set_mask(b, s.q, 0); /* as Keras does: layers called later see none */
    flama_keras_set_mask(b, s.k, 0);
    flama_keras_set_mask(b, s.v, 0);
}

void flama_keras_grouped_query(flama_keras_builder *b, flama_keras_call *call)
{
    int64_t queries = flama_keras_int(b, "num_query_heads", -1, 1, FLAMA_KERAS_FACTOR);
    int64_t keys = flama_keras_int(b, "num_key_value_heads", -1, 1, FLAMA_KERAS_FACTOR);
    int64_t size = flama_keras_int(b, "head_dim", -1, 1, FLAMA_KERAS_FACTOR);
    attend_heads(b, call, (heads){queries, keys, size, size});
}

/* Attention and AdditiveAttention: inputs are query, value and perhaps key, without
 * heads; masks of query and value. */

/* The mask of input `at`: that of the argument "mask", a list of them, else the
 * input's. */
static flama_keras_id input_mask(flama_keras_builder *b, const flama_keras_call *call,
                                 size_t at, flama_keras_id x)
{
    const flama_value *given = flama_value_get(call->kwargs, "mask");
    if (given == NULL || given->kind != FLAMA_KIND_ARRAY)
        return flama_keras_mask(b, x);
    if (at >= given->array.count || given->array.items[at].kind == FLAMA_KIND_NULL)
        return 0;
    return flama_keras_as_tensor(b, call, &given->array.items[at]);
}

/* The mask of steps with an axis of 1 before them, or after. */
static flama_keras_id widen_mask(flama_keras_builder *b, flama_keras_id mask,
                                 bool before)
{
    int64_t dims[FLAMA_KERAS_RANK + 1];
    unsigned rank = flama_keras_known(b, mask)->rank;
    if (mask == 0)
        return 0;
    if (rank == 0 || rank >= FLAMA_KERAS_RANK)
        return flama_keras_fail(b, FLAMA_EFORMAT, "has a mask of rank %u", rank);
    for (unsigned i = 0; i < rank; i++)
        dims[i] = FLAMA_KERAS_OWN(i);
    dims[rank] = before ? dims[rank - 1] : 1;
    dims[rank - 1] = before ? 1 : dims[rank - 1];
    mask = flama_keras_cast(b, mask, FLAMA_KERAS_BOOL);
    return flama_keras_reshape(b, mask, 0, rank + 1, dims);
}

/* scores = sum(weight * tanh(q + k)), weight a number or one a feature. */
static flama_keras_id additive_scores(flama_keras_builder *b, flama_keras_id q,
                                      flama_keras_id k, flama_keras_id weight)
{
    int64_t left[4] = {FLAMA_KERAS_OWN(0), FLAMA_KERAS_OWN(1), 1, FLAMA_KERAS_OWN(2)};
    int64_t right[4] = {FLAMA_KERAS_OWN(0), 1, FLAMA_KERAS_OWN(1), FLAMA_KERAS_OWN(2)};
    if (flama_keras_known(b, q)->rank != 3 || flama_keras_known(b, k)->rank != 3)
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                                "attends over inputs of a rank other than 3");
    q = flama_keras_reshape(b, q, 0, 4, left);
    k = flama_keras_reshape(b, k, 0, 4, right);
    flama_keras_id sum = flama_keras_binary(b, FLAMA_KERAS_ADD, q, k);
    sum = flama_keras_map(b, sum, FLAMA_MAP_TANH, 0, 0);
    if (weight)
        sum = flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, sum, weight);
    return flama_keras_reduce(b, FLAMA_KERAS_SUM, sum, 1u << 3, false);
}

static void weigh_values(flama_keras_builder *b, flama_keras_call *call,
                         const sources *s, flama_keras_id scores)
{
    flama_keras_id mask = widen_mask(b, input_mask(b, call, 1, s->v), true);
    if (call_flag(call, "use_causal_mask"))
        mask = both(b, mask, flama_keras_triangle(b, scores));
    if (mask)
        scores = flama_keras_where(b, mask, scores,
                                   flama_keras_binary(b, FLAMA_KERAS_ADD, scores,
                                                      flama_keras_number(b, -1e9f)));
    scores = flama_keras_softmax(b, scores, -1, false);
    flama_keras_id y = flama_keras_matmul(b, scores, s->v, false, false);
    flama_keras_id rows = input_mask(b, call, 0, s->q);
    if (rows) {
        y = flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, y, widen_mask(b, rows, false));
        flama_keras_set_mask(b, y, rows);
    }
    flama_keras_give(call, y);
    if (call_flag(call, "return_attention_scores"))
        flama_keras_give(call, scores);
}

/* A weight that is a single number, or 0 when the layer has none. */
static flama_keras_id scalar(flama_keras_builder *b, unsigned index)
{
    const float *data = flama_keras_weight(b, "", index, 0, NULL);
    return flama_keras_constant(b, FLAMA_KERAS_FLOAT, 0, NULL, data);
}

void flama_keras_attention_layer(flama_keras_builder *b, flama_keras_call *call)
{
    sources s = find_sources(b, call);
    bool concat = flama_keras_is(b, "score_mode", "concat", "dot");
    flama_keras_id scores, scale = 0;
    if (!concat && !flama_keras_is(b, "score_mode", "dot", "dot"))
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "has an unknown score_mode");
    unsigned index = 0;
    if (flama_keras_flag(b, "use_scale", false))
        scale = scalar(b, index++);
    if (concat) {
        flama_keras_id q = s.q, k = s.k, weight = scalar(b, index);
        if (scale) {
            q = flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, q, scale);
            k = flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, k, scale);
        }
        scores = additive_scores(b, q, k, 0);
        scores = flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, scores, weight);
    } else {
        scores = flama_keras_matmul(b, s.q, s.k, false, true);
        if (scale)
            scores = flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, scores, scale);
    }
    weigh_values(b, call, &s, scores);
}

void flama_keras_additive_attention(flama_keras_builder *b, flama_keras_call *call)
{
    sources s = find_sources(b, call);
    flama_keras_id weight = 0;
    int64_t features = flama_keras_dim(b, s.q, -1);
    if (flama_keras_flag(b, "use_scale", true))
        weight = flama_keras_constant(b, FLAMA_KERAS_FLOAT, 1, &features,
                                      flama_keras_weight(b, "", 0, 1, &features));
    weigh_values(b, call, &s, additive_scores(b, s.q, s.k, weight));
}
