#include <string.h>

#include "schema/check.h"

/* Makes the value of what stands at `in` and checks it; false, with nothing checked,
 * when nothing stands there. */
static bool build(flama_check *check, const flama_schema *schema, const void *in,
                  const flama_place *at, flama_value *out);

static void end(flama_check *check, flama_builder *builder, flama_value *out)
{
    if (flama_builder_end(builder, out) != 0)
        check->report->failed = true;
}

/* Numbers side by side are a tensor already. */
static bool build_numbers(flama_check *check, const flama_schema *item,
                          const flama_list *list, const flama_place *at,
                          flama_value *out)
{
    if (item->kind != FLAMA_TYPE_INTEGER && item->kind != FLAMA_TYPE_NUMBER)
        return false;
    flama_tensor *tensor = flama_arena_calloc(check->arena, 1, sizeof *tensor);
    if (tensor == NULL) {
        check->report->failed = true;
        return false;
    }
    tensor->dtype =
        item->kind == FLAMA_TYPE_INTEGER ? FLAMA_DTYPE_INT64 : FLAMA_DTYPE_FLOAT64;
    tensor->rank = 1;
    tensor->shape[0] = tensor->count = list->count;
    tensor->data = list->items;
    *out = flama_value_tensor(tensor);
    flama_check__tensor(check, item, tensor, at, NULL);
    return true;
}

static void build_item(flama_check *check, const flama_schema *schema, const void *in,
                       const flama_place *at, flama_builder *array)
{
    flama_value item = flama_value_null();
    if (!build(check, schema, in, at, &item))
        flama_check__value(check, schema, &item, at, NULL);
    flama_array_add(array, item);
}

static bool build_list(flama_check *check, const flama_schema *schema, const void *in,
                       const flama_place *at, flama_value *out)
{
    flama_list list;
    memcpy(&list, in, sizeof list);
    *out = (flama_value){.kind = FLAMA_KIND_ARRAY};
    if (list.items == NULL || !flama_check__length(check, schema, list.count, at))
        return list.items != NULL;
    if (build_numbers(check, schema->items, &list, at, out))
        return true;
    flama_builder array;
    flama_array_begin(&array, check->arena);
    for (size_t i = 0; i < list.count && !flama_check__full(check); i++) {
        flama_place here = {at, {NULL, 0}, i};
        build_item(check, schema->items, (const char *)list.items + i * schema->size,
                   &here, &array);
    }
    end(check, &array, out);
    return true;
}

/* What an absent field becomes, if anything: the default, null, the empty list. */
static bool build_absent(const flama_schema_field *field, flama_value *out)
{
    if (field->fallback) {
        *out = *field->fallback;
        return true;
    }
    if (field->required && field->schema->many)
        return true;
    *out = flama_value_null();
    return field->required && field->schema->nullable;
}

static bool is_absent(const flama_schema_field *field, const char *in)
{
    const void *nested = in;
    if (field->has && !field->required && !*(const bool *)(in + field->has))
        return true;
    if (field->schema->kind == FLAMA_TYPE_SCHEMA)
        memcpy(&nested, in + field->offset, sizeof nested);
    return nested == NULL;
}

/* Adds a field's value to the object under construction, or says that it must be. */
static void build_field(flama_check *check, const flama_schema_field *field,
                        const char *in, const flama_place *at, flama_builder *object)
{
    flama_value value = flama_value_null();
    const void *slot = in + field->offset;
    bool absent = is_absent(field, in);
    if (!absent && field->schema->kind == FLAMA_TYPE_SCHEMA)
        memcpy(&slot, slot, sizeof slot);
    if (absent || !build(check, field->schema, slot, at, &value)) {
        if (!build_absent(field, &value)) {
            if (field->required)
                flama_check__wrong(check, at, "This field is required.");
            return;
        }
        flama_check__value(check, field->schema, &value, at, NULL);
    }
    flama_object_add_string(object, field->name, value);
}

static void build_object(flama_check *check, const flama_shape *shape, const char *in,
                         const flama_place *at, flama_value *out)
{
    flama_builder object;
    flama_object_begin(&object, check->arena);
    for (size_t i = 0; i < shape->field_count && !flama_check__full(check); i++) {
        flama_place here = {at, shape->fields[i].name, 0};
        build_field(check, &shape->fields[i], in, &here, &object);
    }
    end(check, &object, out);
}

static bool build_scalar(const flama_schema *schema, const void *in, flama_value *out)
{
    switch (schema->kind) {
    case FLAMA_TYPE_STRING:
        *out = flama_value_string(*(const flama_string *)in);
        return out->string.data != NULL;
    case FLAMA_TYPE_INTEGER:
        *out = flama_value_integer(*(const flama_integer *)in);
        return true;
    case FLAMA_TYPE_NUMBER:
        *out = flama_value_number(*(const flama_number *)in);
        return true;
    case FLAMA_TYPE_BOOLEAN:
        *out = flama_value_bool(*(const flama_boolean *)in);
        return true;
    default: {
        const flama_value *value = *(const flama_value *const *)in;
        *out = value ? *value : flama_value_null();
        return value != NULL;
    }
    }
}

static bool build(flama_check *check, const flama_schema *schema, const void *in,
                  const flama_place *at, flama_value *out)
{
    if (!schema->many && schema->kind != FLAMA_TYPE_SCHEMA) {
        if (!build_scalar(schema, in, out))
            return false;
        flama_check__value(check, schema, out, at, NULL);
        return true;
    }
    if (check->depth == FLAMA_SCHEMA_DEPTH) {
        flama_check__wrong(check, at, "Must not be nested more than %d deep.",
                           FLAMA_SCHEMA_DEPTH);
        check->report->limit = check->report->errors + check->report->warnings;
        *out = flama_value_null();
        return true;
    }
    check->depth++;
    bool there = true;
    if (schema->many)
        there = build_list(check, schema, in, at, out);
    else
        build_object(check, schema->shape, in, at, out);
    check->depth--;
    return there;
}

int flama_schema_serialize(const flama_schema *schema, const void *in, flama_value *out,
                           flama_arena *arena, flama_report *report)
{
    flama_check check = {arena, report, FLAMA_ESERIALIZATION, 0};
    size_t before = report->errors + report->dropped;
    *out = flama_value_null();
    if (!build(&check, schema, in, NULL, out))
        flama_check__value(&check, schema, out, NULL, NULL);
    return flama_check__end(&check, before);
}
