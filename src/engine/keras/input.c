#include "engine/keras/input.h"

#include <math.h>
#include <stdio.h>

static int no_memory(flama_call *call)
{
    return flama_fail(call, FLAMA_EMEMORY, "%s", flama_error_text(FLAMA_EMEMORY));
}

/* Items of a list, or 0 with *is_list false. */
static size_t list_length(const flama_value *value, bool *is_list)
{
    *is_list = value->kind == FLAMA_KIND_ARRAY ||
               (value->kind == FLAMA_KIND_TENSOR && value->tensor->rank > 0);
    if (!*is_list)
        return 0;
    return value->kind == FLAMA_KIND_ARRAY ? value->array.count
                                           : value->tensor->shape[0];
}

/* The shape that the first items make. */
static int find_shape(flama_call *call, const flama_value *value, flama_keras_tensor *t)
{
    *t = (flama_keras_tensor){.rank = 0};
    for (const flama_value *at = value;;) {
        bool is_list;
        size_t length = list_length(at, &is_list);
        size_t more = at->kind == FLAMA_KIND_TENSOR ? at->tensor->rank : 1;
        if (!is_list)
            return 0;
        if (t->rank + more > FLAMA_KERAS_RANK)
            return flama_fail_at(call, FLAMA_EINPUT, "$.input",
                                 "$.input is nested deeper than any model's input.");
        if (at->kind == FLAMA_KIND_TENSOR) {
            for (size_t i = 0; i < more; i++)
                t->dims[t->rank++] = (int64_t)at->tensor->shape[i];
            return 0;
        }
        t->dims[t->rank++] = (int64_t)length;
        if (length == 0)
            return 0;
        at = &at->array.items[0];
    }
}

/* The collected numbers, and whether all of them are integers or booleans. */
typedef struct collector {
    flama_call *call;
    const flama_keras_tensor *shape;
    double *numbers;
    int64_t *integers;
    size_t count;
    bool is_integer;
    size_t path[FLAMA_KERAS_RANK];
} collector;

static int bad_cell(const collector *c, unsigned depth, const char *what)
{
    char path[32 + 24 * FLAMA_KERAS_RANK] = "$.input";
    size_t used = 7;
    for (unsigned i = 0; i < depth; i++)
        used += (size_t)snprintf(path + used, sizeof path - used, "[%zu]", c->path[i]);
    return flama_fail_at(c->call, FLAMA_EINPUT, path, "%s %s", path, what);
}

static int add_tensor(collector *c, const flama_tensor *t, unsigned depth)
{
    if (t->nulls)
        return bad_cell(c, depth, "holds null: the model takes numbers.");
    if (t->dtype == FLAMA_DTYPE_STRING)
        return bad_cell(c, depth, "holds strings: the model takes numbers.");
    for (size_t i = 0; i < t->count; i++, c->count++) {
        bool whole = t->dtype == FLAMA_DTYPE_INT64 || t->dtype == FLAMA_DTYPE_BOOL;
        int64_t integer = t->dtype == FLAMA_DTYPE_INT64  ? ((const int64_t *)t->data)[i]
                          : t->dtype == FLAMA_DTYPE_BOOL ? ((const uint8_t *)t->data)[i]
                                                         : 0;
        c->integers[c->count] = integer;
        c->numbers[c->count] = whole ? (double)integer
                               : t->dtype == FLAMA_DTYPE_FLOAT32
                                   ? (double)((const float *)t->data)[i]
                                   : ((const double *)t->data)[i];
        c->is_integer = c->is_integer && whole;
    }
    return 0;
}

static int add_scalar(collector *c, const flama_value *value, unsigned depth)
{
    switch (value->kind) {
    case FLAMA_KIND_BOOL:
        c->integers[c->count] = value->boolean;
        c->numbers[c->count++] = value->boolean;
        return 0;
    case FLAMA_KIND_INTEGER:
        c->integers[c->count] = value->integer;
        c->numbers[c->count++] = (double)value->integer;
        return 0;
    case FLAMA_KIND_NUMBER:
        c->is_integer = false;
        c->integers[c->count] = 0;
        c->numbers[c->count++] = value->number;
        return 0;
    case FLAMA_KIND_STRING:
        return bad_cell(c, depth, "is a string: the model takes numbers.");
    case FLAMA_KIND_NULL:
        return bad_cell(c, depth, "is null: the model takes numbers.");
    default:
        return bad_cell(c, depth, "is no number.");
    }
}

/* As deep as the shape, which is at most FLAMA_KERAS_RANK. */
static int collect(collector *c, const flama_value *value, unsigned depth)
{
    bool is_list;
    size_t length = list_length(value, &is_list);
    unsigned rank = c->shape->rank;
    if (is_list != (depth < rank) ||
        (is_list && (int64_t)length != c->shape->dims[depth])) {
        char text[160];
        snprintf(text, sizeof text,
                 "doesn't have as many values as those before it: $.input must be "
                 "lists of equal lengths.");
        if (!is_list &&
            (value->kind == FLAMA_KIND_STRING || value->kind == FLAMA_KIND_NULL))
            return add_scalar(c, value, depth);
        return bad_cell(c, depth, text);
    }
    if (!is_list)
        return add_scalar(c, value, depth);
    if (value->kind == FLAMA_KIND_TENSOR) {
        bool fits = depth + value->tensor->rank == rank;
        for (unsigned i = 0; fits && i < value->tensor->rank; i++)
            fits = (int64_t)value->tensor->shape[i] == c->shape->dims[depth + i];
        return fits ? add_tensor(c, value->tensor, depth)
                    : bad_cell(c, depth,
                               "doesn't have as many values as those before it: "
                               "$.input must be lists of equal lengths.");
    }
    for (size_t i = 0; i < length; i++) {
        c->path[depth] = i;
        int code = collect(c, &value->array.items[i], depth + 1);
        if (code)
            return code;
    }
    return 0;
}

/* Lists that are no tensor: some of their cells are booleans, or wrong. */
static int collect_lists(flama_call *call, const flama_value *input,
                         flama_keras_rows *out)
{
    int64_t count = flama_keras_product(&out->shape, 0, out->shape.rank);
    if (count > FLAMA_KERAS_LARGEST / 16)
        return flama_fail_at(call, FLAMA_EINPUT, "$.input", "$.input is too large.");
    size_t n = count < 1 ? 1 : (size_t)count;
    collector c = {.call = call, .shape = &out->shape, .is_integer = true};
    c.numbers = flama_call_alloc(call, n * sizeof *c.numbers);
    c.integers = flama_call_alloc(call, n * sizeof *c.integers);
    if (c.numbers == NULL || c.integers == NULL)
        return no_memory(call);
    int code = collect(&c, input, 0);
    out->is_integer = c.is_integer;
    out->data = c.is_integer ? (const void *)c.integers : (const void *)c.numbers;
    return code;
}

/* A tensor of integers or doubles is taken as it is. */
static int read_array(flama_call *call, const flama_value *input, flama_keras_rows *out)
{
    int code = find_shape(call, input, &out->shape);
    if (code)
        return code;
    const flama_tensor *t = input->kind == FLAMA_KIND_TENSOR ? input->tensor : NULL;
    bool as_is = t && t->nulls == 0 &&
                 (t->dtype == FLAMA_DTYPE_INT64 || t->dtype == FLAMA_DTYPE_FLOAT64);
    if (!as_is)
        return collect_lists(call, input, out);
    out->is_integer = t->dtype == FLAMA_DTYPE_INT64;
    out->data = t->data;
    return 0;
}

/* As Functional._adjust_input_rank: a last axis of 1 is added or taken away. */
static void adjust_rank(flama_keras_tensor *have, const flama_keras_tensor *wanted)
{
    if (have->rank == wanted->rank + 1 && have->dims[have->rank - 1] == 1)
        have->rank--;
    else if (have->rank + 1 == wanted->rank && wanted->dims[wanted->rank - 1] == 1)
        have->dims[have->rank++] = 1;
}

int flama_keras_rows_read(flama_call *call, const flama_value *input,
                          const flama_keras_tensor *wanted, flama_keras_rows *out)
{
    char have[FLAMA_KERAS_SHAPE], want[FLAMA_KERAS_SHAPE];
    int code = read_array(call, input, out);
    if (code)
        return code;
    flama_keras_shape_text(&out->shape, have);
    flama_keras_shape_text(wanted, want);
    adjust_rank(&out->shape, wanted);
    bool fits = out->shape.rank == wanted->rank;
    for (unsigned i = 1; fits && i < wanted->rank; i++)
        fits = flama_keras_fits(wanted->dims[i], out->shape.dims[i]);
    if (!fits)
        return flama_fail_at(call, FLAMA_EINPUT, "$.input",
                             "The model expects an input of shape %s, and $.input has "
                             "shape %s.",
                             want, have);
    if (out->shape.dims[0] == 0)
        return flama_fail_at(call, FLAMA_EINPUT, "$.input",
                             "$.input has no rows: the model expects an input of shape "
                             "%s.",
                             want);
    return 0;
}

/* Keras makes floats float32 first, then what the input layer says. */
void flama_keras_rows_copy(const flama_keras_rows *rows, size_t from, size_t count,
                           flama_keras_dtype dtype, void *out)
{
    const int64_t *integers = rows->data;
    const double *numbers = rows->data;
    for (size_t i = 0; i < count; i++) {
        float number =
            rows->is_integer ? (float)integers[from + i] : (float)numbers[from + i];
        if (dtype == FLAMA_KERAS_FLOAT)
            ((float *)out)[i] = number;
        else if (dtype == FLAMA_KERAS_BOOL)
            ((uint8_t *)out)[i] =
                rows->is_integer ? integers[from + i] != 0 : number != 0;
        else
            ((int64_t *)out)[i] = rows->is_integer           ? integers[from + i]
                                  : isnan(number)            ? INT32_MIN
                                  : number >= 2147483648.0f  ? INT32_MAX
                                  : number <= -2147483648.0f ? INT32_MIN
                                                             : (int64_t)number;
    }
}
