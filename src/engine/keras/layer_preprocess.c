#include <math.h>
#include <stdio.h>
#include <stdlib.h>
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

/* The tokens: a list of the configuration, or what adapt found, a line each of an
 * asset. */
static size_t read_tokens(flama_keras_builder *b, double **out)
{
    flama_string text;
    if (flama_keras_field(b->layer, "vocabulary") ||
        !flama_keras_asset(b, "vocabulary.txt", &text))
        return read_list(b, "vocabulary", out);
    size_t count = 0;
    *out = flama_arena_calloc(b->scratch, MOST_TOKENS, sizeof **out);
    if (*out == NULL)
        return flama_keras_fail_memory(b);
    for (size_t at = 0; at < text.size; count++) {
        const char *line = text.data + at, *end = memchr(line, '\n', text.size - at);
        size_t size = end ? (size_t)(end - line) : text.size - at;
        char copy[32], *rest = copy;
        snprintf(copy, sizeof copy, "%.*s", size > 31 ? 31 : (int)size, line);
        double token = (double)strtoll(copy, &rest, 10);
        if (count == MOST_TOKENS || rest == copy || *rest != '\0')
            return flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                                    "has a vocabulary that is too long, or of no "
                                    "integers");
        (*out)[count] = token;
        at += size + 1;
    }
    return count;
}

/* How many of the tokens stand for the mask and for what is unknown: as many as there
 * are such places, when all of them are there. */
static size_t special_tokens(const double *tokens, size_t count, bool masked,
                             int64_t mask, int64_t others, int64_t other)
{
    size_t special = (size_t)others + masked;
    bool all = special <= count && (!masked || tokens[0] == (double)mask);
    for (size_t i = masked; all && i < special; i++)
        all = tokens[i] == (double)other;
    return all ? special : 0;
}

/* FarmHash unless there is a salt: one number for both halves of the key, or two. */
static void read_salt(flama_keras_builder *b, flama_keras_bins *bins)
{
    int64_t salt[2];
    size_t count = flama_keras_ints(b, "salt", 2, salt);
    bins->salted = count > 0;
    for (size_t i = 0; bins->salted && i < 2; i++)
        bins->salt[i] = (uint64_t)salt[i < count ? i : 0];
}

/* Places are: the mask's, those of unknown values, the tokens'. */
void flama_keras_integer_lookup(flama_keras_builder *b, flama_keras_call *call)
{
    double *tokens;
    flama_keras_id x = flama_keras_input(b, call, 0);
    size_t count = read_tokens(b, &tokens);
    bool masked = flama_keras_field(b->layer, "mask_token") != NULL;
    bool invert = flama_keras_flag(b, "invert", false);
    int64_t mask = flama_keras_int(b, "mask_token", 0, INT32_MIN, INT32_MAX);
    int64_t others = flama_keras_int(b, "num_oov_indices", 1, 0, FLAMA_KERAS_FACTOR);
    int64_t other = flama_keras_int(b, "oov_token", -1, INT32_MIN, INT32_MAX);
    int64_t depth = flama_keras_int(b, "max_tokens", 0, 0, MOST_TOKENS);
    size_t special =
        b->failed ? 0 : special_tokens(tokens, count, masked, mask, others, other);
    int64_t first = others + masked;
    flama_keras_lookup lookup = {
        .entries = flama_keras_new(b, count + 1, sizeof *lookup.entries),
        .other = invert ? other : masked,
        .hashed = flama_keras_is(b, "oov_method", "farmhash", "floormod"),
        .bins = {.count = invert ? 1 : others}};
    if (lookup.hashed)
        read_salt(b, &lookup.bins);
    if (b->failed)
        return;
    for (size_t i = special; i < count; i++) {
        if (!(fabs(tokens[i]) < 0x1p53)) { /* beyond, doubles leave integers out */
            flama_keras_fail(b, FLAMA_EUNSUPPORTED, "has a token that is too large");
            return;
        }
        int64_t token = (int64_t)tokens[i], place = first + (int64_t)(i - special);
        lookup.entries[lookup.count++] = invert ? (flama_keras_entry){place, token}
                                                : (flama_keras_entry){token, place};
    }
    if (masked)
        lookup.entries[lookup.count++] =
            invert ? (flama_keras_entry){0, mask} : (flama_keras_entry){mask, 0};
    if (!flama_keras_flag(b, "pad_to_max_tokens", false) || depth == 0)
        depth = first + (int64_t)(count - special);
    encode(b, call, flama_keras_look_up(b, x, &lookup), depth, "int");
}

/* The bin of each integer's hash; with a mask, bin 0 is its. */
void flama_keras_hashing(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_input(b, call, 0);
    int64_t bins = flama_keras_int(b, "num_bins", -1, 1, FLAMA_KERAS_LARGEST);
    bool masked = bins > 1 && flama_keras_field(b->layer, "mask_value");
    int64_t mask = flama_keras_int(b, "mask_value", 0, INT32_MIN, INT32_MAX);
    flama_keras_lookup lookup = {.entries =
                                     flama_keras_new(b, 1, sizeof *lookup.entries),
                                 .count = masked,
                                 .other = masked,
                                 .hashed = true,
                                 .bins = {.count = bins - masked}};
    read_salt(b, &lookup.bins);
    if (b->failed)
        return;
    lookup.entries[0].key = mask;
    encode(b, call, flama_keras_look_up(b, x, &lookup), bins, "int");
}

/* The image made as wide for its height as the new size is: what is too much is cut off
 * around the middle, or what is missing is put around it. */
static flama_keras_id to_aspect(flama_keras_builder *b, flama_keras_id x,
                                const int64_t size[2], bool crop)
{
    int64_t before[4] = {0}, after[4] = {0};
    int64_t own[2] = {flama_keras_dim(b, x, 1), flama_keras_dim(b, x, 2)};
    if (own[0] < 1 || own[1] < 1)
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                                "resizes images of unknown size to an aspect");
    for (unsigned i = 0; i < 2; i++) {
        int64_t wanted = (int64_t)((float)(own[1 - i] * size[i]) / (float)size[1 - i]);
        if (crop) { /* a negative padding takes away */
            wanted = wanted > own[i] ? own[i] : wanted < 1 ? 1 : wanted;
            before[1 + i] = -((own[i] - wanted) / 2);
            after[1 + i] = wanted - own[i] - before[1 + i];
        } else if (wanted > own[i])
            before[1 + i] = after[1 + i] = (wanted - own[i]) / 2;
    }
    double fill = flama_keras_real(b, "fill_value", 0);
    return flama_keras_pad(b, x, before, after, FLAMA_KERAS_PAD_CONSTANT, (float)fill);
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
    bool crop = flama_keras_flag(b, "crop_to_aspect_ratio", false);
    bool pad = flama_keras_flag(b, "pad_to_aspect_ratio", false);
    if (kind == 3 || flama_keras_flag(b, "antialias", false) || (crop && pad) ||
        flama_keras_known(b, x)->rank != 4 ||
        flama_keras_is(b, "data_format", "channels_first", "channels_last"))
        flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                         "resizes in a way that is not supported");
    else if (crop || pad)
        x = to_aspect(b, x, size, crop);
    flama_keras_give(
        call, flama_keras_resize(b, x, (flama_keras_resize_kind)kind, size, true));
}

/* What is trained with parts of images answers for whole ones of that size; larger ones
 * are cropped by some versions of Keras, by others not. */
void flama_keras_random_crop(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_input(b, call, 0);
    bool first = flama_keras_is(b, "data_format", "channels_first", "channels_last");
    int height = first ? -2 : -3;
    int64_t size[2] = {flama_keras_int(b, "height", -1, 1, FLAMA_KERAS_FACTOR),
                       flama_keras_int(b, "width", -1, 1, FLAMA_KERAS_FACTOR)};
    if (flama_keras_dim(b, x, height) != size[0] ||
        flama_keras_dim(b, x, height + 1) != size[1])
        flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                         "is given images of another size than it crops to, which "
                         "versions of Keras answer differently");
    flama_keras_give(call, x);
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
