#include <math.h>
#include <string.h>

#include "schema/check.h"

flama_value flama_check__cell(const flama_tensor *t, size_t i)
{
    switch (t->dtype) {
    case FLAMA_DTYPE_BOOL:
        return flama_value_bool(((const uint8_t *)t->data)[i] != 0);
    case FLAMA_DTYPE_INT64:
        return flama_value_integer(((const int64_t *)t->data)[i]);
    case FLAMA_DTYPE_FLOAT32:
        return flama_value_number((double)((const float *)t->data)[i]);
    case FLAMA_DTYPE_FLOAT64: {
        double number = ((const double *)t->data)[i];
        return t->nulls && isnan(number) ? flama_value_null()
                                         : flama_value_number(number);
    }
    default:
        return flama_value_string(((const flama_string *)t->data)[i]);
    }
}

static bool has_rules(const flama_schema *s)
{
    return s->minimum.set || s->maximum.set || s->exclusive_minimum.set ||
           s->exclusive_maximum.set || s->min_length || s->max_length ||
           s->enumeration || s->matcher || s->format;
}

static bool all_finite(const flama_tensor *t)
{
    bool finite = true;
    for (size_t i = 0; t->dtype == FLAMA_DTYPE_FLOAT32 && i < t->count; i++)
        finite &= isfinite(((const float *)t->data)[i]) != 0;
    for (size_t i = 0; t->dtype == FLAMA_DTYPE_FLOAT64 && i < t->count; i++)
        finite &= isfinite(((const double *)t->data)[i]) != 0;
    return finite;
}

/* True when every cell fits: seen from the dtype, and for numbers that all are finite.
 */
static bool cells_fit(const flama_schema *schema, const flama_tensor *t)
{
    if (has_rules(schema) || (t->nulls && !schema->nullable))
        return false;
    switch (schema->kind) {
    case FLAMA_TYPE_ANY:
        return true;
    case FLAMA_TYPE_NUMBER:
        return t->dtype >= FLAMA_DTYPE_INT64 && t->dtype <= FLAMA_DTYPE_FLOAT64 &&
               all_finite(t);
    case FLAMA_TYPE_INTEGER:
        return t->dtype == FLAMA_DTYPE_INT64;
    case FLAMA_TYPE_BOOLEAN:
        return t->dtype == FLAMA_DTYPE_BOOL;
    case FLAMA_TYPE_STRING:
        return t->dtype == FLAMA_DTYPE_STRING;
    default:
        return false;
    }
}

/* True when the schema looks at the shape of an item of `rank` dimensions only: then
 * what holds for one holds for all. */
static bool looks_at_shape_only(const flama_schema *schema, const flama_tensor *t,
                                unsigned rank)
{
    for (; schema && rank > 0 && schema->kind == FLAMA_TYPE_ARRAY; rank--)
        schema = schema->items;
    return schema == NULL || (schema->kind == FLAMA_TYPE_ANY && !schema->enumeration) ||
           (rank == 0 && cells_fit(schema, t));
}

/* Row i of a tensor of two or more dimensions, as a tensor over the same data. */
static flama_tensor row_of(const flama_tensor *t, size_t i)
{
    flama_tensor row = {.dtype = t->dtype, .rank = t->rank - 1};
    memcpy(row.shape, t->shape + 1, row.rank * sizeof *row.shape);
    row.count = t->count / t->shape[0];
    row.data = (const char *)t->data + i * row.count * flama_dtype_size(t->dtype);
    for (size_t k = 0; t->nulls && k < row.count; k++)
        if (isnan(((const double *)row.data)[k]) && row.nulls++ == 0)
            row.first_null = k;
    return row;
}

/* Checks an item. What a list keeps of it must live as long as the list. */
static void check_item(flama_check *check, const flama_schema *schema,
                       flama_value value, const flama_place *at, void *slot)
{
    struct {
        flama_value value;
        flama_tensor tensor;
    } *kept = NULL;
    if (slot) {
        kept = flama_arena_alloc(check->arena, sizeof *kept);
        if (kept == NULL) {
            check->report->failed = true;
            return;
        }
        kept->value = value;
        if (value.kind == FLAMA_KIND_TENSOR) {
            kept->tensor = *value.tensor;
            kept->value.tensor = &kept->tensor;
        }
    }
    flama_check__value(check, schema, kept ? &kept->value : &value, at, slot);
}

static void check_rows(flama_check *check, const flama_schema *schema,
                       const flama_tensor *t, const flama_place *at, char *list)
{
    bool alike = list == NULL && looks_at_shape_only(schema, t, t->rank - 1);
    size_t errors = check->report->errors;
    for (size_t i = 0; i < t->shape[0] && !flama_check__full(check); i++) {
        flama_tensor row = row_of(t, i);
        flama_place place = {at, {NULL, 0}, i};
        check_item(check, schema, flama_value_tensor(&row), &place,
                   list ? list + i * schema->size : NULL);
        if (alike && check->report->errors == errors)
            return;
    }
}

static void check_cells(flama_check *check, const flama_schema *schema,
                        const flama_tensor *t, const flama_place *at, char *list)
{
    if (list == NULL && cells_fit(schema, t))
        return;
    bool points = schema->kind == FLAMA_TYPE_ANY; /* the others copy the number */
    for (size_t i = 0; i < t->count && !flama_check__full(check); i++) {
        flama_value value = flama_check__cell(t, i);
        flama_place place = {at, {NULL, 0}, i};
        char *slot = list ? list + i * schema->size : NULL;
        if (points)
            check_item(check, schema, value, &place, slot);
        else
            flama_check__value(check, schema, &value, &place, slot);
    }
}

void flama_check__tensor(flama_check *check, const flama_schema *schema,
                         const flama_tensor *tensor, const flama_place *at, void *list)
{
    if (tensor->rank > 1)
        check_rows(check, schema, tensor, at, list);
    else
        check_cells(check, schema, tensor, at, list);
}
