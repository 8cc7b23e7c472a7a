/* Operations along one axis: sorting, running sums, elements at places. */
#include <string.h>

#include "engine/keras/operations.h"

/* The field "axis"; without one, as null says, the whole array as one axis. */
static unsigned read_axis(flama_keras_builder *b, int64_t fallback, flama_keras_id *x)
{
    const flama_value *field = flama_value_get(b->layer->config, "axis");
    if (field == NULL || field->kind != FLAMA_KIND_NULL)
        return flama_keras_axis(b, "axis", fallback, flama_keras_known(b, *x)->rank);
    *x = flama_keras_reshape(b, *x, 0, 1, (int64_t[]){FLAMA_KERAS_REST});
    return 0;
}

/* Sorted along the axis: the elements, or where they stood. */
static void sort(flama_keras_builder *b, flama_keras_call *call, bool places)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    unsigned axis = read_axis(b, -1, &x);
    flama_keras_id y =
        flama_keras_order(b, flama_keras_axis_last(b, x, axis), false, 0);
    flama_keras_give(call, flama_keras_axis_back(b, y && places ? y + 1 : y, axis));
}

void flama_keras_sort(flama_keras_builder *b, flama_keras_call *call)
{
    sort(b, call, false);
}

void flama_keras_argsort(flama_keras_builder *b, flama_keras_call *call)
{
    sort(b, call, true);
}

void flama_keras_top_k(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    int64_t k = flama_keras_int(b, "k", 1, 1, FLAMA_KERAS_FACTOR);
    flama_keras_id y = flama_keras_order(b, x, true, k);
    if (!flama_keras_flag(b, "sorted", true))
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "gives its elements in no order");
    flama_keras_give(call, y);
    flama_keras_give(call, y ? y + 1 : 0);
}

void flama_keras_cumulative(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    unsigned axis = read_axis(b, 0, &x);
    bool product = flama_keras_text_is(b->layer->class_name, "Cumprod");
    if (flama_keras_field(b->layer, "dtype"))
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "has a dtype of its own");
    flama_keras_give(call, flama_keras_scan(b, x, axis, product));
}

/* Each element less the one before, n times. */
void flama_keras_diff(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "a");
    unsigned axis = flama_keras_axis(b, "axis", -1, flama_keras_known(b, x)->rank);
    int64_t n = flama_keras_int(b, "n", 1, 0, 16);
    for (int64_t i = 0; i < n; i++)
        x = flama_keras_binary(b, FLAMA_KERAS_SUBTRACT,
                               flama_keras_slice(b, x, axis, 1, INT64_MIN, 1),
                               flama_keras_slice(b, x, axis, INT64_MIN, -1, 1));
    flama_keras_give(call, x);
}

void flama_keras_take_along_axis(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    flama_keras_id indices = flama_keras_tensor_argument(b, call, 1, "indices");
    if (flama_keras_field(b->layer, "axis") == NULL)
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "takes from all axes at once");
    unsigned axis = flama_keras_axis(b, "axis", -1, flama_keras_known(b, x)->rank);
    flama_keras_give(call, flama_keras_take_along(b, x, indices, axis));
}
