#include <string.h>

#include "engine/keras/operations.h"

void flama_keras_reshape_operation(flama_keras_builder *b, flama_keras_call *call)
{
    int64_t dims[FLAMA_KERAS_RANK];
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    const flama_value *value = flama_keras_argument(b, call, 1, "newshape");
    if (value == NULL)
        value = flama_keras_argument(b, call, 1, "shape");
    size_t count = flama_keras_value_ints(value, FLAMA_KERAS_RANK, dims);
    if (count == 0) {
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "has a shape that is not understood");
        return;
    }
    for (size_t i = 0; i < count; i++)
        if (dims[i] == INT64_MIN)
            dims[i] = FLAMA_KERAS_REST;
    flama_keras_give(call, flama_keras_reshape(b, x, 0, (unsigned)count, dims));
}

void flama_keras_transpose_operation(flama_keras_builder *b, flama_keras_call *call)
{
    int64_t axes[FLAMA_KERAS_RANK];
    unsigned order[FLAMA_KERAS_RANK];
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    unsigned rank = flama_keras_known(b, x)->rank;
    const flama_value *value = flama_keras_argument(b, call, 1, "axes");
    size_t count = flama_keras_value_ints(value, FLAMA_KERAS_RANK, axes);
    if (value && count != rank) {
        flama_keras_fail(b, FLAMA_EFORMAT,
                         "names another number of axes than there are");
        return;
    }
    for (unsigned i = 0; i < rank; i++) {
        int64_t at = value ? axes[i] : (int64_t)(rank - 1 - i);
        at = at < 0 ? at + (int64_t)rank : at;
        order[i] = at >= 0 && at < (int64_t)rank ? (unsigned)at : FLAMA_KERAS_RANK;
    }
    flama_keras_give(call, flama_keras_transpose(b, x, order));
}

/* One axis moved to another place. */
static flama_keras_id move(flama_keras_builder *b, flama_keras_id x, unsigned from,
                           unsigned to)
{
    unsigned rank = flama_keras_known(b, x)->rank, order[FLAMA_KERAS_RANK] = {0},
             at = 0;
    for (unsigned i = 0; i < rank; i++) {
        if (i == to)
            order[i] = from;
        else {
            at += at == from;
            order[i] = at++;
        }
    }
    return flama_keras_transpose(b, x, order);
}

void flama_keras_move_axis(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    unsigned rank = flama_keras_known(b, x)->rank;
    unsigned from = flama_keras_axis_argument(b, call, 1, "source", 0, rank);
    unsigned to = flama_keras_axis_argument(b, call, 2, "destination", 0, rank);
    flama_keras_give(call, move(b, x, from, to));
}

void flama_keras_swap_axes(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    unsigned rank = flama_keras_known(b, x)->rank, order[FLAMA_KERAS_RANK] = {0};
    unsigned one = flama_keras_axis_argument(b, call, 1, "axis1", 0, rank);
    unsigned two = flama_keras_axis_argument(b, call, 2, "axis2", 0, rank);
    for (unsigned i = 0; i < rank; i++)
        order[i] = i == one ? two : i == two ? one : i;
    flama_keras_give(call, flama_keras_transpose(b, x, order));
}

/* A new axis of 1 at that place. */
static flama_keras_id add_axis(flama_keras_builder *b, flama_keras_id x, int64_t place)
{
    unsigned rank = flama_keras_known(b, x)->rank;
    int64_t dims[FLAMA_KERAS_RANK], at = place < 0 ? place + (int64_t)rank + 1 : place;
    if (at < 0 || at > (int64_t)rank || rank >= FLAMA_KERAS_RANK)
        return flama_keras_fail(b, FLAMA_EFORMAT, "adds an axis at %lld",
                                (long long)place);
    for (unsigned i = 0; i <= rank; i++)
        dims[i] = i == at ? 1 : FLAMA_KERAS_OWN(i < at ? i : i - 1);
    return flama_keras_reshape(b, x, 0, rank + 1, dims);
}

static flama_keras_id drop_axes(flama_keras_builder *b, flama_keras_id x, unsigned set)
{
    unsigned rank = flama_keras_known(b, x)->rank, kept = 0;
    int64_t dims[FLAMA_KERAS_RANK];
    for (unsigned i = 0; i < rank; i++) {
        if ((set >> i & 1) == 0)
            dims[kept++] = FLAMA_KERAS_OWN(i);
        else if (flama_keras_dim(b, x, (int)i) != 1)
            return flama_keras_fail(b, FLAMA_EFORMAT, "drops an axis that is not 1");
    }
    return flama_keras_reshape(b, x, 0, kept, dims);
}

void flama_keras_expand_dims(flama_keras_builder *b, flama_keras_call *call)
{
    int64_t places[FLAMA_KERAS_RANK];
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    size_t count = flama_keras_value_ints(flama_keras_argument(b, call, 1, "axis"),
                                          FLAMA_KERAS_RANK, places);
    if (count != 1)
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "adds several axes");
    flama_keras_give(call, count == 1 ? add_axis(b, x, places[0]) : 0);
}

void flama_keras_squeeze(flama_keras_builder *b, flama_keras_call *call)
{
    int64_t axes[FLAMA_KERAS_RANK];
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    unsigned rank = flama_keras_known(b, x)->rank;
    const flama_value *value = flama_keras_argument(b, call, 1, "axis");
    size_t count = flama_keras_value_ints(value, FLAMA_KERAS_RANK, axes);
    unsigned set = flama_keras_axis_bits(b, axes, count, rank);
    for (unsigned i = 0; value == NULL && i < rank; i++)
        set |= flama_keras_dim(b, x, (int)i) == 1 ? 1u << i : 0;
    flama_keras_give(call, drop_axes(b, x, set));
}

/* The tensors of a list, made of one type. */
static size_t read_list(flama_keras_builder *b, flama_keras_call *call,
                        flama_keras_id **out)
{
    const flama_value *list = flama_keras_argument(b, call, 0, "xs");
    if (list == NULL)
        list = flama_keras_argument(b, call, 0, "x");
    size_t count = list && list->kind == FLAMA_KIND_ARRAY ? list->array.count : 0;
    *out = flama_arena_calloc(b->scratch, count, sizeof **out);
    bool is_float = false;
    if (*out == NULL || count == 0)
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED, "is given no list of tensors");
    for (size_t i = 0; i < count; i++) {
        (*out)[i] = flama_keras_as_tensor(b, call, &list->array.items[i]);
        is_float =
            is_float || flama_keras_known(b, (*out)[i])->dtype == FLAMA_KERAS_FLOAT;
    }
    for (size_t i = 0; is_float && i < count; i++)
        (*out)[i] = flama_keras_cast(b, (*out)[i], FLAMA_KERAS_FLOAT);
    return count;
}

void flama_keras_concatenate_operation(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id *all;
    size_t count = read_list(b, call, &all);
    int64_t axis = flama_keras_int_argument(b, call, 1, "axis", 0, -FLAMA_KERAS_RANK,
                                            FLAMA_KERAS_RANK);
    if (count)
        flama_keras_give(call, flama_keras_concat(b, count, all, (int)axis));
}

void flama_keras_stack(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id *all;
    size_t count = read_list(b, call, &all);
    int64_t axis = flama_keras_int_argument(b, call, 1, "axis", 0, -FLAMA_KERAS_RANK,
                                            FLAMA_KERAS_RANK);
    for (size_t i = 0; i < count; i++)
        all[i] = add_axis(b, all[i], axis);
    if (count)
        flama_keras_give(call, flama_keras_concat(b, count, all, (int)axis));
}

/* x[...]: slices, integers, None and an ellipsis. */

static bool is_named(const flama_value *value, const char *name)
{
    return flama_keras_text_is(flama_keras_text(flama_value_get(value, "class_name")),
                               name);
}

static int64_t slice_part(flama_keras_builder *b, const flama_value *slice,
                          const char *name, int64_t fallback)
{
    const flama_value *value = flama_value_get(flama_value_get(slice, "config"), name);
    int64_t out = fallback;
    if (value && value->kind != FLAMA_KIND_NULL &&
        flama_keras_value_ints(value, 1, &out) != 1)
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "slices by what is no number");
    return out;
}

/* One index, for the axis `*axis` of what is left; dropped axes are 1 and noted. */
static flama_keras_id apply_index(flama_keras_builder *b, flama_keras_id x,
                                  const flama_value *index, unsigned *axis,
                                  unsigned *dropped)
{
    int64_t at;
    if (index->kind == FLAMA_KIND_NULL)
        return add_axis(b, x, (*axis)++);
    if (is_named(index, "__slice__")) {
        x = flama_keras_slice(b, x, *axis, slice_part(b, index, "start", INT64_MIN),
                              slice_part(b, index, "stop", INT64_MIN),
                              slice_part(b, index, "step", 1));
        ++*axis;
        return x;
    }
    if (index->kind != FLAMA_KIND_INTEGER)
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                                "has an index that is no number and no slice");
    at = index->integer;
    x = flama_keras_slice(b, x, *axis, at, at == -1 ? INT64_MIN : at + 1, 1);
    if (flama_keras_dim(b, x, (int)*axis) == 0)
        return flama_keras_fail(b, FLAMA_EFORMAT, "has an index beyond the end");
    *dropped |= 1u << (*axis)++;
    return x;
}

/* Axes of one element that an integer index leaves are dropped at the end. */
static flama_keras_id drop_indexed(flama_keras_builder *b, flama_keras_id x,
                                   unsigned dropped)
{
    int64_t dims[FLAMA_KERAS_RANK];
    unsigned rank = flama_keras_known(b, x)->rank, kept = 0;
    for (unsigned i = 0; i < rank; i++)
        if ((dropped >> i & 1) == 0)
            dims[kept++] = FLAMA_KERAS_OWN(i);
    return dropped ? flama_keras_reshape(b, x, 0, kept, dims) : x;
}

void flama_keras_get_item(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    const flama_value *key = flama_keras_argument(b, call, 1, "key");
    unsigned axis = 0, dropped = 0, rank = flama_keras_known(b, x)->rank;
    if (key == NULL) {
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "has no index");
        return;
    }
    if (is_named(key, "__tuple__") && flama_value_get(key, "items"))
        key = flama_value_get(key, "items");
    bool many = key->kind == FLAMA_KIND_ARRAY;
    const flama_value *items = many ? key->array.items : key;
    size_t count = many ? key->array.count : 1, taken = 0;
    for (size_t i = 0; i < count; i++)
        taken +=
            items[i].kind != FLAMA_KIND_NULL && !is_named(&items[i], "__ellipsis__");
    if (taken > rank) {
        flama_keras_fail(b, FLAMA_EFORMAT, "has more indices than axes");
        return;
    }
    for (size_t i = 0; i < count && !b->failed; i++)
        if (is_named(&items[i], "__ellipsis__"))
            axis += (unsigned)(rank - taken);
        else
            x = apply_index(b, x, &items[i], &axis, &dropped);
    flama_keras_give(call, drop_indexed(b, x, dropped));
}

void flama_keras_broadcast_to(flama_keras_builder *b, flama_keras_call *call)
{
    int64_t dims[FLAMA_KERAS_RANK];
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    size_t count = flama_keras_value_ints(flama_keras_argument(b, call, 1, "shape"),
                                          FLAMA_KERAS_RANK, dims);
    for (size_t i = 0; i < count; i++)
        if (dims[i] < 0 || dims[i] > FLAMA_KERAS_LARGEST) {
            flama_keras_fail(b, FLAMA_EUNSUPPORTED, "has a shape that is not known");
            return;
        }
    flama_keras_give(call, flama_keras_broadcast(b, x, 0, (unsigned)count, dims));
}

void flama_keras_flip(flama_keras_builder *b, flama_keras_call *call)
{
    int64_t axes[FLAMA_KERAS_RANK];
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    unsigned rank = flama_keras_known(b, x)->rank;
    size_t count = flama_keras_value_ints(flama_keras_argument(b, call, 1, "axis"),
                                          FLAMA_KERAS_RANK, axes);
    if (count == 0)
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "turns round no axis");
    for (size_t i = 0; i < count; i++) {
        int64_t at = axes[i] < 0 ? axes[i] + (int64_t)rank : axes[i];
        x = flama_keras_slice(b, x, at < 0 ? FLAMA_KERAS_RANK : (unsigned)at, INT64_MIN,
                              INT64_MIN, -1);
    }
    flama_keras_give(call, x);
}

/* The last `shift` elements of an axis moved before the others. */
void flama_keras_roll(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    unsigned rank = flama_keras_known(b, x)->rank;
    int64_t shift = flama_keras_int_argument(b, call, 1, "shift", 0,
                                             -FLAMA_KERAS_FACTOR, FLAMA_KERAS_FACTOR);
    if (flama_keras_argument(b, call, 2, "axis") == NULL)
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "rolls all axes at once");
    unsigned axis = flama_keras_axis_argument(b, call, 2, "axis", 0, rank);
    int64_t length = flama_keras_dim(b, x, (int)axis);
    if (length < 1) {
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "rolls an axis of unknown size");
        return;
    }
    int64_t cut = ((-shift) % length + length) % length;
    flama_keras_id parts[2] = {flama_keras_slice(b, x, axis, cut, INT64_MIN, 1),
                               flama_keras_slice(b, x, axis, 0, cut, 1)};
    flama_keras_give(call, cut ? flama_keras_concat(b, 2, parts, (int)axis) : x);
}

void flama_keras_take_operation(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    flama_keras_id indices = flama_keras_tensor_argument(b, call, 1, "indices");
    if (flama_keras_argument(b, call, 2, "axis") == NULL)
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "takes from all axes at once");
    unsigned axis =
        flama_keras_axis_argument(b, call, 2, "axis", 0, flama_keras_known(b, x)->rank);
    flama_keras_give(call, flama_keras_take(b, x, indices, axis));
}

/* In equal parts, or at places. */
void flama_keras_split(flama_keras_builder *b, flama_keras_call *call)
{
    int64_t places[FLAMA_KERAS_RESULTS];
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    const flama_value *value = flama_keras_argument(b, call, 1, "indices_or_sections");
    unsigned axis =
        flama_keras_axis_argument(b, call, 2, "axis", 0, flama_keras_known(b, x)->rank);
    int64_t length = flama_keras_dim(b, x, (int)axis), from = 0;
    size_t count = flama_keras_value_ints(value, FLAMA_KERAS_RESULTS - 1, places);
    if (count == 1 && value->kind == FLAMA_KIND_INTEGER) {
        int64_t parts = places[0];
        if (parts < 1 || parts > FLAMA_KERAS_RESULTS || length < 0 || length % parts) {
            flama_keras_fail(b, FLAMA_EFORMAT, "splits into parts that don't come out");
            return;
        }
        count = (size_t)parts - 1;
        for (size_t i = 0; i < count; i++)
            places[i] = length / parts * (int64_t)(i + 1);
    }
    for (size_t i = 0; i <= count; i++) {
        int64_t to = i < count ? places[i] : INT64_MIN;
        flama_keras_give(call, flama_keras_slice(b, x, axis, from, to, 1));
        from = to;
    }
}

void flama_keras_pad_operation(flama_keras_builder *b, flama_keras_call *call)
{
    static const char *const modes[] = {"constant", "edge", "reflect", "symmetric"};
    int64_t all[2 * FLAMA_KERAS_RANK], before[FLAMA_KERAS_RANK],
        after[FLAMA_KERAS_RANK];
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    unsigned rank = flama_keras_known(b, x)->rank, mode = 0;
    size_t count = flama_keras_value_ints(flama_keras_argument(b, call, 1, "pad_width"),
                                          2 * FLAMA_KERAS_RANK, all);
    flama_string name = flama_keras_text(flama_keras_argument(b, call, 2, "mode"));
    double value = flama_keras_real_argument(b, call, 3, "constant_values", 0);
    while (mode < 4 && name.size && !flama_keras_text_is(name, modes[mode]))
        mode++;
    if (mode == 4 || (count != 2 * (size_t)rank && count != 2)) {
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "pads in a way that is not understood");
        return;
    }
    for (unsigned i = 0; i < rank; i++) {
        before[i] = all[count == 2 ? 0 : 2 * i];
        after[i] = all[count == 2 ? 1 : 2 * i + 1];
    }
    flama_keras_give(call, flama_keras_pad(b, x, before, after,
                                           (flama_keras_pad_mode)mode, (float)value));
}

void flama_keras_repeat_operation(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    int64_t times =
        flama_keras_int_argument(b, call, 1, "repeats", 1, 0, FLAMA_KERAS_FACTOR);
    if (flama_keras_argument(b, call, 2, "axis") == NULL)
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "repeats all axes at once");
    unsigned axis =
        flama_keras_axis_argument(b, call, 2, "axis", 0, flama_keras_known(b, x)->rank);
    flama_keras_give(call, flama_keras_repeat(b, x, axis, times));
}

void flama_keras_tile(flama_keras_builder *b, flama_keras_call *call)
{
    int64_t times[FLAMA_KERAS_RANK];
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    unsigned rank = flama_keras_known(b, x)->rank;
    size_t count = flama_keras_value_ints(flama_keras_argument(b, call, 1, "repeats"),
                                          FLAMA_KERAS_RANK, times);
    flama_keras_id parts[64];
    if (count != rank)
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "tiles other axes than there are");
    for (unsigned i = 0; i < rank && !b->failed; i++) {
        if (times[i] < 1 || times[i] > 64) {
            flama_keras_fail(b, FLAMA_EUNSUPPORTED, "tiles by too much");
            return;
        }
        for (int64_t k = 0; k < times[i]; k++)
            parts[k] = x;
        if (times[i] > 1)
            x = flama_keras_concat(b, (size_t)times[i], parts, (int)i);
    }
    flama_keras_give(call, x);
}

/* ZerosLike, OnesLike. */
void flama_keras_filled_like(flama_keras_builder *b, flama_keras_call *call)
{
    int64_t dims[FLAMA_KERAS_RANK];
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    unsigned rank = flama_keras_known(b, x)->rank;
    bool ones = flama_keras_text_is(b->layer->class_name, "OnesLike");
    for (unsigned i = 0; i < rank; i++)
        dims[i] = FLAMA_KERAS_LIKE(i);
    flama_keras_id filled = flama_keras_cast(b, flama_keras_number(b, ones),
                                             flama_keras_known(b, x)->dtype);
    flama_keras_give(call, flama_keras_broadcast(b, filled, x, rank, dims));
}

/* The parts of one element along an axis, without it. */
void flama_keras_unstack(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    unsigned axis = flama_keras_axis(b, "axis", 0, flama_keras_known(b, x)->rank);
    int64_t length = flama_keras_dim(b, x, (int)axis);
    if (length < 1 || length > FLAMA_KERAS_RESULTS) {
        flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                         "takes apart an axis that is too long or of unknown size");
        return;
    }
    for (int64_t i = 0; i < length; i++) {
        flama_keras_id part = flama_keras_slice(b, x, axis, i, i + 1, 1);
        flama_keras_give(call, drop_axes(b, part, 1u << axis));
    }
}

/* Hstack: side by side, along the second axis; Vstack: along the first. */
void flama_keras_stack_beside(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id *all;
    size_t count = read_list(b, call, &all);
    unsigned rank = count ? flama_keras_known(b, all[0])->rank : 0;
    bool beside = flama_keras_text_is(b->layer->class_name, "Hstack");
    if (rank < 2)
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "stacks arrays of too low a rank");
    else
        flama_keras_give(call, flama_keras_concat(b, count, all, beside));
}

void flama_keras_ravel(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    flama_keras_give(call,
                     flama_keras_reshape(b, x, 0, 1, (int64_t[]){FLAMA_KERAS_REST}));
}

/* Tril, Triu: of the last two axes what is below or above a diagonal, 0 elsewhere. */
void flama_keras_triangle_of(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    int64_t dims[2] = {flama_keras_dim(b, x, -2), flama_keras_dim(b, x, -1)};
    int64_t k = flama_keras_int(b, "k", 0, -FLAMA_KERAS_FACTOR, FLAMA_KERAS_FACTOR);
    bool lower = flama_keras_text_is(b->layer->class_name, "Tril");
    if (flama_keras_known(b, x)->rank < 2 || dims[0] < 1 || dims[1] < 1 ||
        dims[0] > FLAMA_KERAS_FACTOR / dims[1]) {
        flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                         "takes a triangle of axes of unknown size, or too large ones");
        return;
    }
    uint8_t *kept = flama_keras_new(b, (size_t)(dims[0] * dims[1]), sizeof *kept);
    for (int64_t i = 0; kept && i < dims[0] * dims[1]; i++) {
        int64_t off = i % dims[1] - i / dims[1];
        kept[i] = lower ? off <= k : off >= k;
    }
    flama_keras_id mask = flama_keras_constant(b, FLAMA_KERAS_BOOL, 2, dims, kept);
    flama_keras_id zero =
        flama_keras_cast(b, flama_keras_number(b, 0), flama_keras_known(b, x)->dtype);
    flama_keras_give(call, flama_keras_where(b, mask, x, zero));
}

/* `shape` elements of each axis from `start_indices` on, which stand in the file. */
void flama_keras_slice_operation(flama_keras_builder *b, flama_keras_call *call)
{
    int64_t start[FLAMA_KERAS_RANK], shape[FLAMA_KERAS_RANK];
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "inputs");
    unsigned rank = flama_keras_known(b, x)->rank;
    const flama_value *from = flama_keras_argument(b, call, 1, "start_indices");
    size_t count = flama_keras_value_ints(from, FLAMA_KERAS_RANK, start);
    if (count != rank ||
        flama_keras_ints(b, "shape", FLAMA_KERAS_RANK, shape) != rank) {
        flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                         "slices at places that are not in the file");
        return;
    }
    for (unsigned i = 0; i < rank; i++) {
        bool all = start[i] == 0 && shape[i] < 0; /* -1, or null: all there are */
        if (start[i] < 0 || (shape[i] < 0 && !all))
            flama_keras_fail(b, FLAMA_EUNSUPPORTED, "has a slice that is not known");
        else if (!all)
            x = flama_keras_slice(b, x, i, start[i], start[i] + shape[i], 1);
    }
    flama_keras_give(call, x);
}

/* 1 at the place of each integer of the last axis. */
void flama_keras_multi_hot(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "inputs");
    int64_t classes = flama_keras_int(b, "num_classes", -1, 1, 1 << 16);
    unsigned rank = flama_keras_known(b, x)->rank;
    if (rank < 2 || flama_keras_int(b, "axis", -1, -1, -1) != -1) {
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "has an input of rank %u", rank);
        return;
    }
    x = flama_keras_encode_one_hot(b, x, classes);
    flama_keras_give(
        call, flama_keras_reduce(b, FLAMA_KERAS_MAX, x, 1u << (rank - 1), false));
}
