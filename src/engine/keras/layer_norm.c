#include <math.h>
#include <string.h>

#include "engine/keras/layers.h"

/* Variable `index` as a vector, or NULL when the flag `field` is false. Counts up. */
static const float *optional_vector(flama_keras_builder *b, const char *field,
                                    unsigned *index, int64_t length)
{
    if (!flama_keras_flag(b, field, true))
        return NULL;
    return flama_keras_weight(b, "", (*index)++, 1, &length);
}

/* The variables gamma, beta, moving mean, moving variance; with epsilon they become one
 * scale a channel. */
void flama_keras_batch_norm(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_input(b, call, 0);
    unsigned axis = flama_keras_axis(b, "axis", -1, flama_keras_known(b, x)->rank);
    int64_t length = flama_keras_dim(b, x, (int)axis);
    double epsilon = flama_keras_real(b, "epsilon", 1e-3);
    unsigned index = 0;
    const float *gamma = optional_vector(b, "scale", &index, length);
    const float *beta = optional_vector(b, "center", &index, length);
    const float *mean = flama_keras_weight(b, "", index, 1, &length);
    const float *variance = flama_keras_weight(b, "", index + 1, 1, &length);
    if (length < 0)
        flama_keras_fail(b, FLAMA_EFORMAT, "normalizes an axis of unknown size");
    float *scale = flama_keras_new(b, length < 0 ? 0 : (size_t)length, sizeof *scale);
    for (int64_t i = 0; scale && variance && i < length; i++) {
        float inverse = 1 / sqrtf(variance[i] + (float)epsilon);
        scale[i] = gamma ? inverse * gamma[i] : inverse;
    }
    flama_keras_give(call, flama_keras_affine(b, x, axis, mean, scale, beta));
}

/* The axes of a normalization as bits; a single axis or a list. */
static unsigned read_axes(flama_keras_builder *b, unsigned rank)
{
    int64_t axes[FLAMA_KERAS_RANK] = {-1};
    size_t count = flama_keras_ints(b, "axis", FLAMA_KERAS_RANK, axes);
    return flama_keras_axis_bits(b, axes, count ? count : 1, rank);
}

/* Moves the axes in `set` to the end, keeping their order. */
static void order_last(unsigned rank, unsigned set, unsigned *order, unsigned *back)
{
    unsigned at = 0;
    for (unsigned last = 0; last < 2; last++)
        for (unsigned i = 0; i < rank; i++)
            if ((set >> i & 1) == last)
                order[at++] = i;
    for (unsigned i = 0; i < rank; i++)
        back[order[i]] = i;
}

static unsigned count_bits(unsigned set)
{
    unsigned count = 0;
    for (; set; set >>= 1)
        count += set & 1;
    return count;
}

/* A vector for the axes in `set`, as an array that broadcasts over x. */
static flama_keras_id weight_over(flama_keras_builder *b, flama_keras_id x,
                                  unsigned set, unsigned index)
{
    int64_t dims[FLAMA_KERAS_RANK], wide[FLAMA_KERAS_RANK];
    unsigned rank = flama_keras_known(b, x)->rank, count = 0;
    for (unsigned i = 0; i < rank; i++) {
        wide[i] = set >> i & 1 ? flama_keras_dim(b, x, (int)i) : 1;
        if (set >> i & 1)
            dims[count++] = wide[i];
        if (wide[i] < 0)
            return flama_keras_fail(b, FLAMA_EFORMAT,
                                    "normalizes an axis of unknown size");
    }
    const float *data = flama_keras_weight(b, "", index, count, dims);
    return flama_keras_constant(b, FLAMA_KERAS_FLOAT, rank, wide, data);
}

/* x / sqrt(variance + epsilon) * gamma: what Keras calls rms_scaling. */
static flama_keras_id scale_only(flama_keras_builder *b, flama_keras_id x, unsigned set,
                                 double epsilon)
{
    flama_keras_id variance = flama_keras_reduce(b, FLAMA_KERAS_VARIANCE, x, set, true);
    variance = flama_keras_map(b, variance, FLAMA_MAP_LINEAR, 1, (float)epsilon);
    variance = flama_keras_map(b, variance, FLAMA_MAP_RSQRT, 0, 0);
    x = flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, x, variance);
    return flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, x, weight_over(b, x, set, 0));
}

static flama_keras_id normalize_axes(flama_keras_builder *b, flama_keras_id x,
                                     unsigned set, bool centre, double epsilon,
                                     const float *gamma, const float *beta)
{
    unsigned rank = flama_keras_known(b, x)->rank;
    unsigned order[FLAMA_KERAS_RANK], back[FLAMA_KERAS_RANK];
    order_last(rank, set, order, back);
    x = flama_keras_transpose(b, x, order);
    x = flama_keras_normalize(b, x, rank - count_bits(set), centre, epsilon, gamma,
                              beta);
    return flama_keras_transpose(b, x, back);
}

/* The lengths of the axes in `set`, as the weights have them. */
static unsigned lengths(const flama_keras_builder *b, flama_keras_id x, unsigned set,
                        int64_t *dims)
{
    unsigned count = 0;
    for (unsigned i = 0; i < flama_keras_known(b, x)->rank; i++)
        if (set >> i & 1)
            dims[count++] = flama_keras_dim(b, x, (int)i);
    return count;
}

void flama_keras_layer_norm(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_input(b, call, 0);
    unsigned set = read_axes(b, flama_keras_known(b, x)->rank), index = 0;
    double epsilon = flama_keras_real(b, "epsilon", 1e-3);
    int64_t dims[FLAMA_KERAS_RANK];
    unsigned count = lengths(b, x, set, dims);
    if (flama_keras_flag(b, "rms_scaling", false)) {
        flama_keras_give(call, scale_only(b, x, set, epsilon));
        return;
    }
    const float *gamma = NULL, *beta = NULL;
    if (flama_keras_flag(b, "scale", true))
        gamma = flama_keras_weight(b, "", index++, count, dims);
    if (flama_keras_flag(b, "center", true))
        beta = flama_keras_weight(b, "", index, count, dims);
    flama_keras_give(call, normalize_axes(b, x, set, true, epsilon, gamma, beta));
}

void flama_keras_rms_norm(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_input(b, call, 0);
    unsigned set = read_axes(b, flama_keras_known(b, x)->rank);
    double epsilon = flama_keras_real(b, "epsilon", 1e-6);
    int64_t dims[FLAMA_KERAS_RANK];
    unsigned count = lengths(b, x, set, dims);
    const float *gamma = flama_keras_weight(b, "", 0, count, dims);
    flama_keras_give(call, normalize_axes(b, x, set, false, epsilon, gamma, NULL));
}

/* x / sqrt(max(sum of squares, epsilon)) */
void flama_keras_unit_norm(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_input(b, call, 0);
    unsigned set = read_axes(b, flama_keras_known(b, x)->rank);
    flama_keras_id sum = flama_keras_reduce(b, FLAMA_KERAS_SUM_SQUARES, x, set, true);
    sum =
        flama_keras_binary(b, FLAMA_KERAS_MAXIMUM, sum, flama_keras_number(b, 1e-24f));
    sum = flama_keras_map(b, sum, FLAMA_MAP_RSQRT, 0, 0);
    flama_keras_give(call, flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, x, sum));
}

/* Channels in groups, each group of a row normalized over all its elements. */
static flama_keras_id normalize_groups(flama_keras_builder *b, flama_keras_id x,
                                       unsigned axis, int64_t groups, double epsilon)
{
    unsigned rank = flama_keras_known(b, x)->rank;
    int64_t dims[FLAMA_KERAS_RANK], same[FLAMA_KERAS_RANK];
    unsigned order[FLAMA_KERAS_RANK], back[FLAMA_KERAS_RANK], at = 0;
    if (rank >= FLAMA_KERAS_RANK || axis == 0)
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED, "has an input of rank %u", rank);
    int64_t channels = flama_keras_dim(b, x, (int)axis);
    for (unsigned i = 0; i < rank; i++) {
        same[i] = FLAMA_KERAS_LIKE(i);
        if (i != axis)
            dims[at++] = FLAMA_KERAS_OWN(i);
        else {
            dims[at++] = groups;
            dims[at++] = channels / groups;
        }
    }
    order[0] = 0;
    order[1] = axis;
    for (unsigned i = 1, next = 2; i <= rank; i++)
        if (i != axis)
            order[next++] = i;
    for (unsigned i = 0; i <= rank; i++)
        back[order[i]] = i;
    flama_keras_id y = flama_keras_reshape(b, x, 0, rank + 1, dims);
    y = flama_keras_transpose(b, y, order);
    y = flama_keras_normalize(b, y, 2, true, epsilon, NULL, NULL);
    y = flama_keras_transpose(b, y, back);
    return flama_keras_reshape(b, y, x, rank, same);
}

void flama_keras_group_norm(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_input(b, call, 0);
    unsigned axis = flama_keras_axis(b, "axis", -1, flama_keras_known(b, x)->rank);
    int64_t channels = flama_keras_dim(b, x, (int)axis);
    int64_t groups = flama_keras_int(b, "groups", 32, -1, FLAMA_KERAS_FACTOR);
    double epsilon = flama_keras_real(b, "epsilon", 1e-3);
    unsigned index = 0;
    groups = groups == -1 ? channels : groups;
    if (channels < 1 || groups < 1 || channels % groups)
        flama_keras_fail(b, FLAMA_EFORMAT, "has groups that don't come out");
    const float *gamma = optional_vector(b, "scale", &index, channels);
    const float *beta = optional_vector(b, "center", &index, channels);
    if (b->failed)
        return;
    x = normalize_groups(b, x, axis, groups, epsilon);
    if (gamma || beta)
        x = flama_keras_affine(b, x, axis, NULL, gamma, beta);
    flama_keras_give(call, x);
}

/* A list of numbers from the configuration as an array for the kept axes, missing ones
 * on the left being 1. */
static flama_keras_id numbers_over(flama_keras_builder *b, flama_keras_id x,
                                   unsigned set, const char *field)
{
    const flama_value *value = flama_keras_field(b->layer, field);
    int64_t wide[FLAMA_KERAS_RANK], size = 1;
    unsigned rank = flama_keras_known(b, x)->rank;
    for (unsigned i = 0; i < rank; i++) {
        wide[i] = set >> i & 1 ? flama_keras_dim(b, x, (int)i) : 1;
        if (wide[i] < 0 || wide[i] > FLAMA_KERAS_FACTOR ||
            (size *= wide[i]) > FLAMA_KERAS_FACTOR)
            return flama_keras_fail(b, FLAMA_ELIMIT, "keeps too large an axis");
    }
    double *reals = flama_arena_calloc(b->scratch, (size_t)size + 1, sizeof *reals);
    float *data = flama_keras_new(b, (size_t)size + 1, sizeof *data);
    if (reals == NULL || data == NULL)
        return flama_keras_fail_memory(b);
    size_t count = flama_keras_value_reals(value, (size_t)size, reals);
    if (count == 0 || (size_t)size % count)
        return flama_keras_fail(b, FLAMA_EFORMAT,
                                "has a %s that does not fit its input", field);
    for (size_t i = 0; i < (size_t)size; i++)
        data[i] = (float)reals[i % count];
    return flama_keras_constant(b, FLAMA_KERAS_FLOAT, rank, wide, data);
}

/* (x - mean) / max(sqrt(variance), 1e-7), or the inverse of it. Mean and variance are
 * weights, from adapt, or stand in the configuration. */
void flama_keras_normalization(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_input(b, call, 0), mean, variance;
    const flama_value *axis = flama_value_get(b->layer->config, "axis");
    unsigned rank = flama_keras_known(b, x)->rank;
    bool none = axis && (axis->kind == FLAMA_KIND_NULL ||
                         (axis->kind == FLAMA_KIND_ARRAY && axis->array.count == 0));
    unsigned set = none ? 0 : read_axes(b, rank);
    if (flama_keras_field(b->layer, "mean")) {
        mean = numbers_over(b, x, set, "mean");
        variance = numbers_over(b, x, set, "variance");
    } else {
        mean = weight_over(b, x, set, 0);
        variance = weight_over(b, x, set, 1);
    }
    flama_keras_id spread = flama_keras_map(b, variance, FLAMA_MAP_SQRT, 0, 0);
    spread = flama_keras_binary(b, FLAMA_KERAS_MAXIMUM, spread,
                                flama_keras_number(b, 1e-7f));
    x = flama_keras_cast(b, x, FLAMA_KERAS_FLOAT);
    if (flama_keras_flag(b, "invert", false)) {
        x = flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, x, spread);
        x = flama_keras_binary(b, FLAMA_KERAS_ADD, x, mean);
    } else {
        x = flama_keras_binary(b, FLAMA_KERAS_SUBTRACT, x, mean);
        x = flama_keras_binary(b, FLAMA_KERAS_DIVIDE, x, spread);
    }
    flama_keras_give(call, x);
}

/* A number, or one for each channel, as an array. */
static flama_keras_id channel_numbers(flama_keras_builder *b, const char *field,
                                      float fallback)
{
    enum { MOST = 4096 };
    const flama_value *value = flama_keras_field(b->layer, field);
    if (value == NULL)
        return flama_keras_number(b, fallback);
    double *reals = flama_arena_calloc(b->scratch, MOST, sizeof *reals);
    if (reals == NULL)
        return flama_keras_fail_memory(b);
    size_t count = flama_keras_value_reals(value, MOST, reals);
    float *data = flama_keras_new(b, count + 1, sizeof *data);
    for (size_t i = 0; data && i < count; i++)
        data[i] = (float)reals[i];
    if (count == 0)
        return flama_keras_fail(b, FLAMA_EFORMAT, "has a %s that is no number", field);
    int64_t dims[1] = {(int64_t)count};
    bool single = value->kind == FLAMA_KIND_INTEGER || value->kind == FLAMA_KIND_NUMBER;
    return flama_keras_constant(b, FLAMA_KERAS_FLOAT, single ? 0 : 1, dims, data);
}

void flama_keras_rescaling(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_input(b, call, 0);
    x = flama_keras_cast(b, x, FLAMA_KERAS_FLOAT);
    x = flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, x, channel_numbers(b, "scale", 1));
    flama_keras_give(call, flama_keras_binary(b, FLAMA_KERAS_ADD, x,
                                              channel_numbers(b, "offset", 0)));
}

/* Its weights are the inner layer's, normalized already. */
void flama_keras_spectral_norm(flama_keras_builder *b, flama_keras_call *call)
{
    const flama_value *inner = flama_keras_field(b->layer, "layer");
    flama_string path = flama_keras_join(b, b->layer->path, "layer");
    flama_keras_give(
        call, flama_keras_apply_one(b, inner, path, flama_keras_input(b, call, 0)));
}
