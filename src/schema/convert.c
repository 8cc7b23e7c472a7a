/* Values by their schema: for those who keep values instead of C structs. */
#include "schema/check.h"

static void convert(flama_check *check, const flama_schema *schema,
                    const flama_value *in, flama_value *out);

static void finish(flama_check *check, flama_builder *builder, flama_value *out)
{
    if (flama_builder_end(builder, out) != 0)
        check->report->failed = true;
}

static void convert_object(flama_check *check, const flama_shape *shape,
                           const flama_value *in, flama_value *out)
{
    flama_builder object;
    flama_object_begin(&object, check->arena);
    for (size_t i = 0; i < shape->field_count; i++) {
        const flama_schema_field *field = &shape->fields[i];
        const flama_value *member = flama_value_get_string(in, field->name);
        flama_value value;
        if (member == NULL)
            member = field->fallback;
        if (member == NULL)
            continue;
        convert(check, field->schema, member, &value);
        flama_object_add_string(&object, field->name, value);
    }
    finish(check, &object, out);
}

/* 1.0 is an integer where one is wanted. */
static void convert_tensor(flama_check *check, const flama_schema *items,
                           const flama_tensor *in, flama_value *out)
{
    while (items->kind == FLAMA_TYPE_ARRAY && items->items)
        items = items->items;
    if (items->kind != FLAMA_TYPE_INTEGER || in->dtype == FLAMA_DTYPE_INT64 ||
        in->nulls)
        return;
    flama_tensor *whole;
    void *data;
    if (flama_tensor_new(check->arena, FLAMA_DTYPE_INT64, in->rank, in->shape, &whole,
                         &data, NULL) != 0) {
        check->report->failed = true;
        return;
    }
    for (size_t i = 0; i < in->count; i++) {
        flama_value cell = flama_check__cell(in, i);
        ((int64_t *)data)[i] =
            cell.kind == FLAMA_KIND_INTEGER ? cell.integer : (int64_t)cell.number;
    }
    *out = flama_value_tensor(whole);
}

static void convert_items(flama_check *check, const flama_schema *items,
                          const flama_value *in, flama_value *out)
{
    flama_builder array;
    flama_array_begin(&array, check->arena);
    for (size_t i = 0; i < in->array.count; i++) {
        flama_value item;
        convert(check, items, &in->array.items[i], &item);
        flama_array_add(&array, item);
    }
    finish(check, &array, out);
}

/* *in has been checked, so that its kinds are right and its depth is bounded. */
static void convert(flama_check *check, const flama_schema *schema,
                    const flama_value *in, flama_value *out)
{
    *out = *in;
    if (flama_schema_is_open(schema))
        return;
    if (schema->kind == FLAMA_TYPE_SCHEMA && in->kind == FLAMA_KIND_OBJECT)
        convert_object(check, schema->shape, in, out);
    else if (schema->items && in->kind == FLAMA_KIND_TENSOR)
        convert_tensor(check, schema->items, in->tensor, out);
    else if (schema->items && in->kind == FLAMA_KIND_ARRAY)
        convert_items(check, schema->items, in, out);
    else if (schema->kind == FLAMA_TYPE_INTEGER && in->kind == FLAMA_KIND_NUMBER)
        *out = flama_value_integer((int64_t)in->number);
}

int flama_schema_convert(const flama_schema *schema, int code, const flama_value *in,
                         flama_value *out, flama_arena *arena, flama_report *report)
{
    flama_check check = {arena, report, code, 0};
    size_t before = report->errors + report->dropped;
    flama_check__value(&check, schema, in, NULL, NULL);
    int rc = flama_check__end(&check, before);
    if (rc != 0)
        return rc;
    convert(&check, schema, in, out);
    return flama_check__end(&check, before);
}
