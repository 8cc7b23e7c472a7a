#include <string.h>

#include "engine/keras/layers.h"

/* Layers with "data_format": channels_first is put right by a transpose before and one
 * after. */
static bool channels_first(flama_keras_builder *b)
{
    return flama_keras_is(b, "data_format", "channels_first", "channels_last");
}

void flama_keras_flatten_layer(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_input(b, call, 0);
    if (channels_first(b) && flama_keras_known(b, x)->rank > 1)
        x = flama_keras_axis_last(b, x, 1);
    int64_t dims[2] = {FLAMA_KERAS_OWN(0), FLAMA_KERAS_REST};
    flama_keras_give(call, flama_keras_reshape(b, x, 0, 2, dims));
}

void flama_keras_reshape_layer(flama_keras_builder *b, flama_keras_call *call)
{
    int64_t dims[FLAMA_KERAS_RANK] = {FLAMA_KERAS_OWN(0)};
    size_t count = flama_keras_ints(b, "target_shape", FLAMA_KERAS_RANK - 1, dims + 1);
    for (size_t i = 1, rest = 0; i <= count; i++) {
        rest += dims[i] == FLAMA_KERAS_REST || dims[i] == INT64_MIN;
        if (dims[i] == INT64_MIN)
            dims[i] = FLAMA_KERAS_REST;
        if (dims[i] < FLAMA_KERAS_REST || dims[i] > FLAMA_KERAS_LARGEST || rest > 1)
            flama_keras_fail(b, FLAMA_EFORMAT, "has an impossible target_shape");
    }
    flama_keras_give(call, flama_keras_reshape(b, flama_keras_input(b, call, 0), 0,
                                               (unsigned)count + 1, dims));
}

void flama_keras_permute_layer(flama_keras_builder *b, flama_keras_call *call)
{
    int64_t dims[FLAMA_KERAS_RANK];
    unsigned order[FLAMA_KERAS_RANK] = {0};
    flama_keras_id x = flama_keras_input(b, call, 0);
    size_t count = flama_keras_ints(b, "dims", FLAMA_KERAS_RANK - 1, dims);
    if (count + 1 != flama_keras_known(b, x)->rank) {
        flama_keras_fail(b, FLAMA_EFORMAT, "orders %zu axes of an input with others",
                         count);
        return;
    }
    for (size_t i = 0; i < count; i++)
        order[i + 1] = dims[i] > 0 && dims[i] < FLAMA_KERAS_RANK ? (unsigned)dims[i]
                                                                 : FLAMA_KERAS_RANK;
    flama_keras_give(call, flama_keras_transpose(b, x, order));
}

void flama_keras_repeat_layer(flama_keras_builder *b, flama_keras_call *call)
{
    int64_t times = flama_keras_int(b, "n", 1, 1, FLAMA_KERAS_FACTOR);
    int64_t dims[3] = {FLAMA_KERAS_OWN(0), 1, FLAMA_KERAS_OWN(1)};
    flama_keras_id x =
        flama_keras_reshape(b, flama_keras_input(b, call, 0), 0, 3, dims);
    flama_keras_give(call, flama_keras_repeat(b, x, 1, times));
}

/* "padding" or "cropping" for the spatial axes of the class: (2, 3) is twice 2, then
 * twice 3 when pairs are meant for every axis. */
static bool read_margins(flama_keras_builder *b, const char *field, unsigned spatial,
                         int64_t *before, int64_t *after)
{
    int64_t all[6];
    size_t count = flama_keras_ints(b, field, 6, all);
    for (unsigned i = 0; i < spatial; i++) {
        if (count == 2 * (size_t)spatial) {
            before[i] = all[2 * i];
            after[i] = all[2 * i + 1];
        } else if (count == spatial || count == 1)
            before[i] = after[i] = all[count == 1 ? 0 : i];
        else
            return false;
        if (before[i] < 0 || after[i] < 0 || before[i] > FLAMA_KERAS_FACTOR ||
            after[i] > FLAMA_KERAS_FACTOR)
            return false;
    }
    return true;
}

static void change_margins(flama_keras_builder *b, flama_keras_call *call,
                           const char *field, int sign)
{
    flama_keras_id x = flama_keras_input(b, call, 0);
    unsigned rank = flama_keras_known(b, x)->rank, spatial = rank - 2;
    int64_t before[FLAMA_KERAS_RANK] = {0}, after[FLAMA_KERAS_RANK] = {0};
    unsigned first = channels_first(b) ? 2 : 1;
    if (rank < 3 || rank > 5 ||
        !read_margins(b, field, spatial, before + first, after + first)) {
        flama_keras_fail(b, FLAMA_EFORMAT, "has a %s that does not fit its input",
                         field);
        return;
    }
    for (unsigned i = 0; i < rank; i++) {
        before[i] *= sign;
        after[i] *= sign;
    }
    flama_keras_give(call,
                     flama_keras_pad(b, x, before, after, FLAMA_KERAS_PAD_CONSTANT, 0));
}

void flama_keras_zero_padding_layer(flama_keras_builder *b, flama_keras_call *call)
{
    change_margins(b, call, "padding", 1);
}

void flama_keras_cropping_layer(flama_keras_builder *b, flama_keras_call *call)
{
    change_margins(b, call, "cropping", -1);
}

static bool read_interpolation(flama_keras_builder *b, flama_keras_resize_kind *kind)
{
    static const char *const names[] = {"nearest", "bilinear", "bicubic", "lanczos3",
                                        "lanczos5"};
    for (unsigned i = 0; i < 5; i++)
        if (flama_keras_is(b, "interpolation", names[i], "nearest")) {
            *kind = (flama_keras_resize_kind)i;
            return true;
        }
    return false;
}

void flama_keras_up_sampling_layer(flama_keras_builder *b, flama_keras_call *call)
{
    int64_t size[3] = {2, 2, 2};
    flama_keras_resize_kind kind = FLAMA_KERAS_NEAREST;
    flama_keras_id x = flama_keras_input(b, call, 0);
    unsigned rank = flama_keras_known(b, x)->rank;
    size_t count = flama_keras_ints(b, "size", 3, size);
    bool first = channels_first(b);
    if (rank < 3 || rank > 5 || !read_interpolation(b, &kind)) {
        flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                         "has an interpolation or an input that "
                         "is not supported");
        return;
    }
    for (unsigned i = 0; i < rank - 2; i++) {
        if (count == 1)
            size[i] = size[0];
        if (size[i] < 1 || size[i] > FLAMA_KERAS_FACTOR)
            flama_keras_fail(b, FLAMA_EFORMAT, "has an impossible size");
    }
    x = first ? flama_keras_axis_last(b, x, 1) : x;
    x = flama_keras_resize(b, x, kind, size, false);
    flama_keras_give(call, first ? flama_keras_axis_back(b, x, 1) : x);
}
