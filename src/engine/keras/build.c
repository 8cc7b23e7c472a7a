#include "engine/keras/build.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "engine/keras/ops.h"
#include "engine/keras/precision.h"

flama_keras_id flama_keras_fail(flama_keras_builder *b, int code, const char *format,
                                ...)
{
    char text[256];
    va_list args;
    if (b->failed)
        return 0;
    b->failed = code;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const flama_keras_layer *layer = b->layer;
    if (layer)
        flama_error_set(b->err, code, "layer '%.*s' (%.*s) %s",
                        layer->name.size > 64 ? 64 : (int)layer->name.size,
                        layer->name.data,
                        layer->class_name.size > 64 ? 64 : (int)layer->class_name.size,
                        layer->class_name.data, text);
    else
        flama_error_set(b->err, code, "%s", text);
    return 0;
}

flama_keras_id flama_keras_fail_memory(flama_keras_builder *b)
{
    if (b->failed == 0)
        b->failed = flama_error__memory(b->err);
    return 0;
}

void flama_keras_builder_fini(flama_keras_builder *b)
{
    flama_free(b->staging);
    b->staging = NULL;
}

void *flama_keras_new(flama_keras_builder *b, size_t count, size_t size)
{
    if (b->failed)
        return NULL;
    void *memory = flama_arena_calloc(b->arena, count, size);
    if (memory == NULL)
        flama_keras_fail_memory(b);
    return memory;
}

const flama_keras_tensor *flama_keras_known(const flama_keras_builder *b,
                                            flama_keras_id id)
{
    static const flama_keras_tensor none = {0};
    return id < b->graph->tensor_count ? &b->graph->known[id] : &none;
}

int64_t flama_keras_dim(const flama_keras_builder *b, flama_keras_id id, int axis)
{
    const flama_keras_tensor *t = flama_keras_known(b, id);
    int at = axis < 0 ? axis + (int)t->rank : axis;
    return at >= 0 && at < (int)t->rank ? t->dims[at] : -1;
}

flama_keras_id flama_keras_input(flama_keras_builder *b, const flama_keras_call *call,
                                 size_t i)
{
    if (i < call->input_count)
        return call->inputs[i];
    return flama_keras_fail(b, FLAMA_EFORMAT, "is given %zu inputs, too few",
                            call->input_count);
}

flama_keras_id flama_keras_keyword(const flama_keras_call *call, const char *name)
{
    for (size_t i = 0; i < call->named_count; i++)
        if (flama_keras_text_is(call->named[i].name, name))
            return call->named[i].id;
    return 0;
}

void flama_keras_give(flama_keras_call *call, flama_keras_id id)
{
    if (call->output_count < FLAMA_KERAS_RESULTS)
        call->outputs[call->output_count++] = id;
}

flama_keras_id flama_keras_mask(const flama_keras_builder *b, flama_keras_id id)
{
    return id < b->mask_capacity ? b->masks[id] : 0;
}

void flama_keras_set_mask(flama_keras_builder *b, flama_keras_id id,
                          flama_keras_id mask)
{
    if (b->failed || (mask == 0 && id >= b->mask_capacity))
        return;
    if (id >= b->mask_capacity) {
        size_t wanted = (size_t)id * 2 + 64;
        flama_keras_id *grown =
            flama_arena_grow(b->scratch, b->masks, b->mask_capacity * sizeof *grown,
                             wanted * sizeof *grown);
        if (grown == NULL) {
            flama_keras_fail_memory(b);
            return;
        }
        memset(grown + b->mask_capacity, 0,
               (wanted - b->mask_capacity) * sizeof *grown);
        b->masks = grown;
        b->mask_capacity = wanted;
    }
    b->masks[id] = mask;
}

/* What the floats among the inputs give together. */
static flama_keras_precision promote_inputs(const flama_keras_builder *b, size_t count,
                                            const flama_keras_id *inputs)
{
    flama_keras_precision precision = FLAMA_KERAS_WEAK;
    for (size_t i = 0; i < count; i++) {
        const flama_keras_tensor *t = flama_keras_known(b, inputs[i]);
        if (inputs[i] && t->dtype == FLAMA_KERAS_FLOAT)
            precision = flama_keras_promote(precision, t->precision);
    }
    return precision;
}

flama_keras_id flama_keras_add(flama_keras_builder *b, const flama_keras_op_type *type,
                               void *params, size_t outputs, size_t count,
                               const flama_keras_id *inputs)
{
    if (b->failed)
        return 0;
    flama_keras_precision precision = promote_inputs(b, count, inputs);
    flama_keras_id *given = flama_arena_calloc(b->scratch, count, sizeof *given);
    for (size_t i = 0; given && i < count; i++)
        given[i] = flama_keras_is_half(precision)
                       ? flama_keras_convert(b, inputs[i], precision)
                       : inputs[i];
    flama_keras_op *op =
        given ? flama_keras_graph_op(b->graph, type, count, outputs) : NULL;
    if (op == NULL)
        return flama_keras_fail_memory(b);
    op->params = params;
    op->precision = type->precision ? type->precision(op) : precision;
    memcpy(op->inputs, given, count * sizeof *given);
    flama_error why = {0};
    int code = flama_keras_shape(op, b->graph->known, &why);
    for (size_t i = 0; i < outputs; i++)
        b->graph->known[op->output + i].precision = op->precision;
    if (code)
        return flama_keras_fail(b, code == FLAMA_EINPUT ? FLAMA_EFORMAT : code,
                                "does not fit its input: %s", why.message);
    return op->output;
}

flama_keras_id flama_keras_add_product(flama_keras_builder *b,
                                       const flama_keras_op_type *type, void *params,
                                       flama_keras_id x, const float *bias)
{
    x = flama_keras_cast(b, x, FLAMA_KERAS_FLOAT);
    flama_keras_id y = flama_keras_add(b, type, params, 1, FLAMA_KERAS_IDS(x));
    const flama_keras_tensor *known = flama_keras_known(b, y);
    if (bias && flama_keras_is_half(known->precision)) /* the sums are rounded first */
        return flama_keras_affine(b, y, known->rank - 1, NULL, NULL, bias);
    type->end(params)->bias = bias;
    return y;
}

flama_keras_id flama_keras_constant(flama_keras_builder *b, flama_keras_dtype dtype,
                                    unsigned rank, const int64_t *dims,
                                    const void *data)
{
    if (b->failed || data == NULL)
        return 0;
    flama_keras_id id = flama_keras_graph_tensor(b->graph);
    if (id == 0)
        return flama_keras_fail_memory(b);
    flama_keras_tensor *t = &b->graph->known[id];
    *t = (flama_keras_tensor){.dtype = dtype, .precision = b->precision, .rank = rank};
    for (unsigned i = 0; i < rank; i++)
        t->dims[i] = dims[i];
    t->data = (void *)(uintptr_t)data; /* never written: no slot is its */
    return id;
}

flama_keras_id flama_keras_number(flama_keras_builder *b, float number)
{
    float *data = flama_keras_new(b, 1, sizeof *data);
    if (data == NULL)
        return 0;
    *data = number;
    flama_keras_id id = flama_keras_constant(b, FLAMA_KERAS_FLOAT, 0, NULL, data);
    if (id)
        b->graph->known[id].precision = FLAMA_KERAS_WEAK;
    return id;
}

/* Fields. */

const flama_value *flama_keras_field(const flama_keras_layer *layer, const char *name)
{
    const flama_value *value = flama_value_get(layer->config, name);
    return value && value->kind != FLAMA_KIND_NULL ? value : NULL;
}

static void bad_field(flama_keras_builder *b, const char *name)
{
    flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                     "has a '%s' that is not understood or out of range", name);
}

int64_t flama_keras_int(flama_keras_builder *b, const char *name, int64_t fallback,
                        int64_t low, int64_t high)
{
    const flama_value *value = flama_keras_field(b->layer, name);
    int64_t out = fallback;
    if ((value && flama_keras_value_ints(value, 1, &out) != 1) || out < low ||
        out > high) {
        bad_field(b, name);
        return fallback;
    }
    return out;
}

double flama_keras_real(flama_keras_builder *b, const char *name, double fallback)
{
    const flama_value *value = flama_keras_field(b->layer, name);
    double out = fallback;
    if (value && flama_keras_value_reals(value, 1, &out) != 1)
        bad_field(b, name);
    return out;
}

bool flama_keras_flag(flama_keras_builder *b, const char *name, bool fallback)
{
    const flama_value *value = flama_keras_field(b->layer, name);
    if (value == NULL)
        return fallback;
    if (value->kind != FLAMA_KIND_BOOL)
        bad_field(b, name);
    return value->kind == FLAMA_KIND_BOOL && value->boolean;
}

flama_string flama_keras_text(const flama_value *value)
{
    return value && value->kind == FLAMA_KIND_STRING ? value->string
                                                     : (flama_string){"", 0};
}

bool flama_keras_text_is(flama_string text, const char *other)
{
    return text.size == strlen(other) && memcmp(text.data, other, text.size) == 0;
}

bool flama_keras_is(flama_keras_builder *b, const char *name, const char *text,
                    const char *fallback)
{
    const flama_value *value = flama_keras_field(b->layer, name);
    if (value == NULL)
        return strcmp(text, fallback) == 0;
    if (value->kind != FLAMA_KIND_STRING)
        bad_field(b, name);
    return flama_keras_text_is(flama_keras_text(value), text);
}

static bool add_real(double number, size_t most, double *out, size_t *count)
{
    if (*count == most)
        return false;
    out[(*count)++] = number;
    return true;
}

static bool tensor_reals(const flama_tensor *t, size_t most, double *out, size_t *count)
{
    bool fits = true;
    for (size_t i = 0; fits && i < t->count; i++)
        if (t->dtype == FLAMA_DTYPE_INT64)
            fits = add_real((double)((const int64_t *)t->data)[i], most, out, count);
        else
            fits = t->dtype == FLAMA_DTYPE_FLOAT64 &&
                   add_real(((const double *)t->data)[i], most, out, count);
    return fits;
}

/* JSON's depth is bounded, and so is this recursion. */
static bool value_reals(const flama_value *value, size_t most, double *out,
                        size_t *count)
{
    switch (value->kind) {
    case FLAMA_KIND_NULL:
        return add_real(NAN, most, out, count);
    case FLAMA_KIND_INTEGER:
        return add_real((double)value->integer, most, out, count);
    case FLAMA_KIND_NUMBER:
        return add_real(value->number, most, out, count);
    case FLAMA_KIND_TENSOR:
        return tensor_reals(value->tensor, most, out, count);
    case FLAMA_KIND_ARRAY:
        for (size_t i = 0; i < value->array.count; i++)
            if (!value_reals(&value->array.items[i], most, out, count))
                return false;
        return true;
    default:
        return false;
    }
}

size_t flama_keras_value_reals(const flama_value *value, size_t most, double *out)
{
    size_t count = 0;
    return value && value_reals(value, most, out, &count) ? count : 0;
}

size_t flama_keras_value_ints(const flama_value *value, size_t most, int64_t *out)
{
    double reals[64];
    size_t count = flama_keras_value_reals(value, most < 64 ? most : 64, reals);
    for (size_t i = 0; i < count; i++) {
        bool whole = isnan(reals[i]) || (fabs(reals[i]) < 9007199254740992.0 &&
                                         reals[i] == floor(reals[i]));
        if (!whole)
            return 0;
        out[i] = isnan(reals[i]) ? INT64_MIN : (int64_t)reals[i];
    }
    return count;
}

size_t flama_keras_ints(flama_keras_builder *b, const char *name, size_t most,
                        int64_t *out)
{
    const flama_value *value = flama_keras_field(b->layer, name);
    size_t count = flama_keras_value_ints(value, most, out);
    if (value && count == 0)
        bad_field(b, name);
    return count;
}

unsigned flama_keras_axis_bits(flama_keras_builder *b, const int64_t *axes,
                               size_t count, unsigned rank)
{
    unsigned set = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t at = axes[i] < 0 ? axes[i] + (int64_t)rank : axes[i];
        if (at < 0 || at >= (int64_t)rank)
            return flama_keras_fail(b, FLAMA_EFORMAT, "has no axis %lld of %u",
                                    (long long)axes[i], rank);
        set |= 1u << at;
    }
    return set;
}

/* Weights. */

static const flama_hdf5_array *find_weight(flama_keras_builder *b, const char *sub,
                                           unsigned index, flama_string *path)
{
    const flama_string *base = &b->layer->path;
    const char *text =
        flama_arena_format(b->scratch, "%.*s%s%s%svars/%u", (int)base->size, base->data,
                           base->size ? "/" : "", sub, *sub ? "/" : "", index);
    if (text == NULL) {
        flama_keras_fail_memory(b);
        return NULL;
    }
    *path = (flama_string){text, strlen(text)};
    return flama_hdf5_find(b->weights, *path);
}

bool flama_keras_has_weight(flama_keras_builder *b, const char *sub, unsigned index)
{
    flama_string path;
    return b->failed == 0 && find_weight(b, sub, index, &path) != NULL;
}

const flama_hdf5_array *flama_keras_find_weight(flama_keras_builder *b, const char *sub,
                                                unsigned index)
{
    flama_string path = {"", 0};
    if (b->failed)
        return NULL;
    const flama_hdf5_array *array = find_weight(b, sub, index, &path);
    if (array == NULL)
        flama_keras_fail(b, FLAMA_EFORMAT, "has no weights %.*s in the file",
                         (int)path.size, path.data);
    return array;
}

bool flama_keras_asset(flama_keras_builder *b, const char *name, flama_string *out)
{
    const flama_string *base = &b->layer->path;
    const uint8_t *data;
    flama_error why = {0};
    const char *path = flama_arena_format(b->scratch, "assets/%.*s/%s", (int)base->size,
                                          base->data, name);
    if (b->failed || path == NULL)
        return flama_keras_fail_memory(b);
    const flama_zip_entry *entry =
        flama_zip_find(b->files, (flama_string){path, strlen(path)});
    if (entry == NULL)
        return false;
    int code = flama_zip_get(b->files, entry, &data, &why);
    if (code)
        return flama_keras_fail(b, code, "%s", why.message);
    *out = (flama_string){(const char *)data, entry->size};
    return true;
}

const flama_hdf5_array *flama_keras_array(flama_keras_builder *b, unsigned rank,
                                          const int64_t *dims, const float *data)
{
    flama_hdf5_array *array = flama_arena_calloc(b->scratch, 1, sizeof *array);
    const char *path = flama_arena_format(b->scratch, "array %zu", b->arrays++);
    if (b->failed || array == NULL || path == NULL)
        return flama_keras_fail_memory(b), NULL;
    *array = (flama_hdf5_array){.path = {path, strlen(path)},
                                .kind = FLAMA_HDF5_FLOAT,
                                .size = sizeof(float),
                                .rank = rank,
                                .count = 1,
                                .data = (const uint8_t *)data};
    for (unsigned i = 0; i < rank; i++)
        array->count *= array->shape[i] = (size_t)dims[i];
    return array;
}

static bool check_shape(flama_keras_builder *b, const flama_hdf5_array *array,
                        unsigned rank, const int64_t *dims)
{
    flama_keras_tensor want = {.rank = rank}, have = {.rank = array->rank};
    char want_text[FLAMA_KERAS_SHAPE], have_text[FLAMA_KERAS_SHAPE];
    bool same = rank == array->rank;
    for (unsigned i = 0; i < rank; i++)
        want.dims[i] = dims[i];
    for (unsigned i = 0; i < array->rank; i++)
        have.dims[i] = array->shape[i] > (size_t)FLAMA_KERAS_LARGEST
                           ? FLAMA_KERAS_LARGEST + 1
                           : (int64_t)array->shape[i];
    for (unsigned i = 0; same && i < rank; i++)
        same = flama_keras_fits(want.dims[i], have.dims[i]);
    if (!same)
        flama_keras_fail(
            b, FLAMA_EFORMAT, "needs weights of shape %s where '%.*s' has %s",
            flama_keras_shape_text(&want, want_text), (int)array->path.size,
            array->path.data, flama_keras_shape_text(&have, have_text));
    return same;
}

const float *flama_keras_stage(flama_keras_builder *b, const flama_hdf5_array *array,
                               unsigned rank, const int64_t *dims)
{
    if (b->failed || array == NULL || !check_shape(b, array, rank, dims))
        return NULL;
    if (array->kind == FLAMA_HDF5_SIGNED || array->kind == FLAMA_HDF5_UNSIGNED) {
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "is quantized: '%.*s' holds integers",
                         (int)array->path.size, array->path.data);
        return NULL;
    }
    bool as_is = array->kind == FLAMA_HDF5_FLOAT && array->size == sizeof(float) &&
                 !flama_keras_is_half(b->precision);
    if (as_is && (uintptr_t)array->data % sizeof(float) == 0)
        return (const float *)array->data;
    size_t bytes = array->count * sizeof(float); /* at most 4 times what is there */
    if (bytes > b->staging_size) {
        float *grown = flama_realloc(b->staging, bytes);
        if (grown == NULL) {
            flama_keras_fail_memory(b);
            return NULL;
        }
        b->staging = grown;
        b->staging_size = bytes;
    }
    flama_error why = {0};
    int code = flama_hdf5_floats(array, b->staging, &why);
    if (code)
        flama_keras_fail(b, code, "%s", why.message);
    else
        flama_keras_round(b->precision, b->staging, array->count);
    static const float none = 0;
    return code ? NULL : b->staging ? b->staging : &none;
}

static const char *use_key(flama_keras_builder *b, const flama_hdf5_array *array,
                           const char *use)
{
    return flama_arena_format(b->scratch, "%.*s %s", (int)array->path.size,
                              array->path.data, use);
}

void *flama_keras_loaded(flama_keras_builder *b, const flama_hdf5_array *array,
                         const char *use)
{
    const char *key = b->failed || array == NULL ? NULL : use_key(b, array, use);
    if (key == NULL)
        return NULL;
    return flama_map_get(&b->loaded, (flama_string){key, strlen(key)});
}

void flama_keras_keep(flama_keras_builder *b, const flama_hdf5_array *array,
                      const char *use, void *ready, size_t bytes)
{
    if (b->failed || array == NULL || ready == NULL)
        return;
    const char *key = use_key(b, array, use);
    b->weight_bytes += bytes;
    if (key == NULL ||
        flama_map_put(&b->loaded, (flama_string){key, strlen(key)}, ready, NULL) != 0)
        flama_keras_fail_memory(b);
}

const float *flama_keras_weight(flama_keras_builder *b, const char *sub, unsigned index,
                                unsigned rank, const int64_t *dims)
{
    const flama_hdf5_array *array = flama_keras_find_weight(b, sub, index);
    float *ready = flama_keras_loaded(b, array, "");
    if (ready)
        return check_shape(b, array, rank, dims) ? ready : NULL;
    const float *staged = flama_keras_stage(b, array, rank, dims);
    ready = staged ? flama_keras_new(b, array->count, sizeof *ready) : NULL;
    if (ready == NULL)
        return NULL;
    memcpy(ready, staged, array->count * sizeof *ready);
    flama_keras_keep(b, array, "", ready, array->count * sizeof *ready);
    return ready;
}
