#include <string.h>

#include "engine/keras/operations.h"

enum { MOST_TOKENS = 1 << 16 };

/* x with one more axis, of 1, at the end. */
static flama_keras_id widen(flama_keras_builder *b, flama_keras_id x)
{
    unsigned rank = flama_keras_known(b, x)->rank;
    int64_t dims[FLAMA_KERAS_RANK];
    if (rank >= FLAMA_KERAS_RANK)
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED, "has an input of rank %u", rank);
    for (unsigned i = 0; i < rank; i++)
        dims[i] = FLAMA_KERAS_OWN(i);
    dims[rank] = 1;
    return flama_keras_reshape(b, x, 0, rank + 1, dims);
}

/* Indices as the field output_mode wants them: "int" as they are, else vectors of
 * `depth`, one an index, or together for all of a row. */
static void encode(flama_keras_builder *b, flama_keras_call *call, flama_keras_id x,
                   int64_t depth, const char *fallback)
{
    unsigned rank = flama_keras_known(b, x)->rank;
    bool one = flama_keras_is(b, "output_mode", "one_hot", fallback);
    bool multi = flama_keras_is(b, "output_mode", "multi_hot", fallback);
    bool count = flama_keras_is(b, "output_mode", "count", fallback);
    if (flama_keras_is(b, "output_mode", "int", fallback)) {
        flama_keras_give(call, x);
        return;
    }
    if ((!one && !multi && !count) || rank < 2 ||
        flama_keras_flag(b, "sparse", false) || call->input_count > 1 ||
        call->named_count) {
        flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                         "has an output_mode or inputs that are not supported");
        return;
    }
    int64_t dims[FLAMA_KERAS_RANK];
    for (unsigned i = 0; i + 1 < rank; i++)
        dims[i] = FLAMA_KERAS_OWN(i);
    if (one && flama_keras_dim(b, x, -1) == 1)
        x = flama_keras_reshape(b, x, 0, rank - 1, dims);
    x = flama_keras_encode_one_hot(b, x, depth);
    if (!one)
        x = flama_keras_reduce(b, multi ? FLAMA_KERAS_MAX : FLAMA_KERAS_SUM, x, 1u << 1,
                               false);
    flama_keras_give(call, x);
}

void flama_keras_category_encoding(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_input(b, call, 0);
    int64_t depth = flama_keras_int(b, "num_tokens", -1, 1, MOST_TOKENS);
    encode(b, call, flama_keras_cast(b, x, FLAMA_KERAS_INT), depth, "multi_hot");
}

/* A list of numbers of the configuration; its length, 0 after a failure. */
static size_t read_list(flama_keras_builder *b, const char *field, double **out)
{
    const flama_value *value = flama_keras_field(b->layer, field);
    *out = flama_arena_calloc(b->scratch, MOST_TOKENS, sizeof **out);
    if (*out == NULL)
        return flama_keras_fail_memory(b);
    size_t count = flama_keras_value_reals(value, MOST_TOKENS, *out);
    if (count == 0)
        flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                         "has no %s in the file, or too long a one", field);
    return count;
}

/* How many of the boundaries are not above x. */
void flama_keras_discretization(flama_keras_builder *b, flama_keras_call *call)
{
    double *reals;
    flama_keras_id x = flama_keras_input(b, call, 0);
    size_t count = read_list(b, "bin_boundaries", &reals);
    float *data = flama_keras_new(b, count, sizeof *data);
    int64_t dims[1] = {(int64_t)count};
    if (count == 0 || data == NULL)
        return;
    for (size_t i = 0; i < count; i++)
        data[i] = (float)reals[i];
    flama_keras_id bounds = flama_keras_constant(b, FLAMA_KERAS_FLOAT, 1, dims, data);
    flama_keras_id above =
        flama_keras_binary(b, FLAMA_KERAS_GREATER_EQUAL, widen(b, x), bounds);
    unsigned rank = flama_keras_known(b, x)->rank;
    x = flama_keras_reduce(b, FLAMA_KERAS_SUM, above, 1u << rank, false);
    encode(b, call, x, dims[0] + 1, "int");
}

/* The place in the vocabulary, after those for what is not in it and for the mask. */
void flama_keras_integer_lookup(flama_keras_builder *b, flama_keras_call *call)
{
    double *reals;
    flama_keras_id x = flama_keras_input(b, call, 0);
    size_t count = read_list(b, "vocabulary", &reals);
    bool masked = flama_keras_field(b->layer, "mask_token") != NULL;
    int64_t mask = flama_keras_int(b, "mask_token", 0, INT32_MIN, INT32_MAX);
    int64_t *words = flama_keras_new(b, count, sizeof *words);
    int64_t *places = flama_keras_new(b, count, sizeof *places);
    int64_t dims[1] = {(int64_t)count};
    if (flama_keras_flag(b, "invert", false) ||
        flama_keras_int(b, "num_oov_indices", 1, 0, FLAMA_KERAS_FACTOR) != 1)
        flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                         "is inverted, or has not one place for unknown values");
    if (b->failed)
        return;
    for (size_t i = 0; i < count; i++) {
        words[i] = (int64_t)reals[i];
        places[i] = (int64_t)i + 1 + masked;
    }
    x = flama_keras_cast(b, x, FLAMA_KERAS_INT);
    unsigned rank = flama_keras_known(b, x)->rank;
    flama_keras_id all = flama_keras_constant(b, FLAMA_KERAS_INT, 1, dims, words);
    flama_keras_id at = flama_keras_constant(b, FLAMA_KERAS_INT, 1, dims, places);
    flama_keras_id same = flama_keras_binary(b, FLAMA_KERAS_EQUAL, widen(b, x), all);
    flama_keras_id y = flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, same, at);
    y = flama_keras_reduce(b, FLAMA_KERAS_MAX, y, 1u << rank, false);
    if (masked) { /* unknown values are 1, and the mask 0 */
        flama_keras_id low =
            flama_keras_cast(b, flama_keras_number(b, 1), FLAMA_KERAS_INT);
        int64_t *token = flama_keras_new(b, 1, sizeof *token);
        if (token == NULL)
            return;
        *token = mask;
        flama_keras_id hidden = flama_keras_binary(
            b, FLAMA_KERAS_NOT_EQUAL, x,
            flama_keras_constant(b, FLAMA_KERAS_INT, 0, NULL, token));
        y = flama_keras_binary(b, FLAMA_KERAS_MAXIMUM, y, low);
        y = flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, y, hidden);
    }
    encode(b, call, y, (int64_t)count + 1 + masked, "int");
}

void flama_keras_resizing(flama_keras_builder *b, flama_keras_call *call)
{
    static const char *const names[] = {"nearest", "bilinear", "bicubic"};
    flama_keras_id x = flama_keras_input(b, call, 0);
    unsigned kind = 0;
    int64_t size[2]; /* of the operation; the layer's fields are two */
    if (flama_keras_ints(b, "size", 2, size) != 2) {
        size[0] = flama_keras_int(b, "height", -1, 1, FLAMA_KERAS_FACTOR);
        size[1] = flama_keras_int(b, "width", -1, 1, FLAMA_KERAS_FACTOR);
    }
    if (size[0] < 1 || size[1] < 1 || size[0] > FLAMA_KERAS_FACTOR ||
        size[1] > FLAMA_KERAS_FACTOR)
        flama_keras_fail(b, FLAMA_EFORMAT, "has an impossible size");
    while (kind < 3 && !flama_keras_is(b, "interpolation", names[kind], "bilinear"))
        kind++;
    if (kind == 3 || flama_keras_flag(b, "antialias", false) ||
        flama_keras_flag(b, "crop_to_aspect_ratio", false) ||
        flama_keras_flag(b, "pad_to_aspect_ratio", false) ||
        flama_keras_known(b, x)->rank != 4 ||
        flama_keras_is(b, "data_format", "channels_first", "channels_last"))
        flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                         "resizes in a way that is not supported");
    flama_keras_give(
        call, flama_keras_resize(b, x, (flama_keras_resize_kind)kind, size, true));
}

/* The middle of an image that is at least as large. */
void flama_keras_center_crop(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_input(b, call, 0);
    int64_t size[2] = {flama_keras_int(b, "height", -1, 1, FLAMA_KERAS_FACTOR),
                       flama_keras_int(b, "width", -1, 1, FLAMA_KERAS_FACTOR)};
    bool first = flama_keras_is(b, "data_format", "channels_first", "channels_last");
    for (unsigned i = 0; i < 2; i++) {
        int64_t length = flama_keras_dim(b, x, 1 + (int)i);
        if (flama_keras_known(b, x)->rank != 4 || first || length < size[i]) {
            flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                             "crops an image that is smaller, or of unknown size");
            return;
        }
        int64_t from = (length - size[i]) / 2;
        x = flama_keras_slice(b, x, 1 + i, from, from + size[i], 1);
    }
    flama_keras_give(call, x);
}
