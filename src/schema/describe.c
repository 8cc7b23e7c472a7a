#include "schema/describe.h"

#include <math.h>
#include <string.h>

static const char *const type_names[] = {
    [FLAMA_TYPE_ARRAY] = "array",   [FLAMA_TYPE_OBJECT] = "object",
    [FLAMA_TYPE_STRING] = "string", [FLAMA_TYPE_INTEGER] = "integer",
    [FLAMA_TYPE_NUMBER] = "number", [FLAMA_TYPE_BOOLEAN] = "boolean",
    [FLAMA_TYPE_SCHEMA] = "object",
};

static void add_text(flama_builder *object, const char *name, const char *text)
{
    if (text)
        flama_object_add(object, name, flama_value_text(text));
}

static void add_bound(flama_builder *object, const char *name, const flama_bound *bound)
{
    if (!bound->set)
        return;
    bool whole = bound->value == floor(bound->value) && fabs(bound->value) < 0x1p53;
    flama_object_add(object, name,
                     whole ? flama_value_integer((int64_t)bound->value)
                           : flama_value_number(bound->value));
}

static void add_size(flama_builder *object, const char *name, size_t size)
{
    if (size)
        flama_object_add(object, name, flama_value_integer((int64_t)size));
}

static int add_example(flama_arena *arena, flama_builder *object,
                       const flama_value *example)
{
    flama_builder list;
    flama_value examples;
    if (example == NULL)
        return 0;
    flama_array_begin(&list, arena);
    flama_array_add(&list, *example);
    int code = flama_builder_end(&list, &examples);
    return code ? code : flama_object_add(object, "examples", examples);
}

static int add_items(flama_arena *arena, flama_builder *object,
                     const flama_schema *items)
{
    flama_value value = {.kind = FLAMA_KIND_OBJECT};
    int code = items ? flama_schema__describe(arena, items, NULL, &value) : 0;
    return code ? code : flama_object_add(object, "items", value);
}

/* "integer", or ["integer", "null"]. */
static int add_type(flama_arena *arena, flama_builder *object,
                    const flama_schema *schema)
{
    if (schema->kind == FLAMA_TYPE_ANY)
        return 0;
    flama_value type = flama_value_text(type_names[schema->kind]);
    if (schema->nullable) {
        flama_builder both;
        flama_array_begin(&both, arena);
        flama_array_add(&both, type);
        flama_array_add(&both, flama_value_text("null"));
        if (flama_builder_end(&both, &type) != 0)
            return FLAMA_EMEMORY;
    }
    return flama_object_add(object, "type", type);
}

int flama_schema__reference(flama_arena *arena, flama_string name, flama_value *out)
{
    flama_builder object;
    char *path = flama_arena_format(arena, "%s%s", FLAMA_COMPONENTS, name.data);
    if (path == NULL)
        return FLAMA_EMEMORY;
    flama_object_begin(&object, arena);
    flama_object_add(&object, "$ref", flama_value_text(path));
    return flama_builder_end(&object, out);
}

/* A reference, or null where that is allowed. */
static int describe_reference(flama_arena *arena, const flama_schema *schema,
                              flama_value *out)
{
    flama_value reference, null;
    flama_builder object, either;
    int code = flama_schema__reference(arena, schema->shape->name, &reference);
    if (code != 0)
        return code;
    flama_object_begin(&object, arena);
    if (schema->nullable) {
        flama_builder type;
        flama_object_begin(&type, arena);
        flama_object_add(&type, "type", flama_value_text("null"));
        flama_array_begin(&either, arena);
        flama_array_add(&either, reference);
        if (flama_builder_end(&type, &null) != 0 ||
            flama_array_add(&either, null) != 0 ||
            flama_builder_end(&either, &reference) != 0)
            return FLAMA_EMEMORY;
        flama_object_add(&object, "anyOf", reference);
    } else {
        flama_object_add_string(&object, reference.object.members[0].name,
                                reference.object.members[0].value);
    }
    add_text(&object, "description", schema->description);
    return flama_builder_end(&object, out);
}

/* Members in alphabetical order, as the original's documents have them. */
int flama_schema__describe(flama_arena *arena, const flama_schema *schema,
                           const char *title, flama_value *out)
{
    if (schema->kind == FLAMA_TYPE_SCHEMA)
        return describe_reference(arena, schema, out);
    bool string = schema->kind == FLAMA_TYPE_STRING;
    flama_builder object;
    flama_object_begin(&object, arena);
    if (schema->fallback)
        flama_object_add(&object, "default", *schema->fallback);
    add_text(&object, "description", schema->description);
    if (schema->enumeration)
        flama_object_add(&object, "enum", *schema->enumeration);
    int code = add_example(arena, &object, schema->example);
    add_bound(&object, "exclusiveMaximum", &schema->exclusive_maximum);
    add_bound(&object, "exclusiveMinimum", &schema->exclusive_minimum);
    add_text(&object, "format", schema->format);
    if (code == 0 && schema->kind == FLAMA_TYPE_ARRAY)
        code = add_items(arena, &object, schema->items);
    add_size(&object, string ? "maxLength" : "maxItems", schema->max_length);
    add_bound(&object, "maximum", &schema->maximum);
    add_size(&object, string ? "minLength" : "minItems", schema->min_length);
    add_bound(&object, "minimum", &schema->minimum);
    add_text(&object, "pattern", schema->pattern);
    add_text(&object, "title", title);
    if (code == 0)
        code = add_type(arena, &object, schema);
    return code ? code : flama_builder_end(&object, out);
}

static int describe_properties(flama_arena *arena, const flama_shape *shape,
                               flama_value *properties, flama_value *required)
{
    flama_builder object, array;
    flama_object_begin(&object, arena);
    flama_array_begin(&array, arena);
    for (size_t i = 0; i < shape->field_count; i++) {
        const flama_schema_field *field = &shape->fields[i];
        flama_value value;
        int code =
            flama_schema__describe(arena, field->schema, field->name.data, &value);
        if (code != 0)
            return code;
        flama_object_add_string(&object, field->name, value);
        if (field->required)
            flama_array_add(&array, flama_value_string(field->name));
    }
    int code = flama_builder_end(&object, properties);
    return code ? code : flama_builder_end(&array, required);
}

int flama_schema__describe_shape(flama_arena *arena, const flama_shape *shape,
                                 flama_value *out)
{
    flama_value properties, required;
    if (shape->document) {
        *out = *shape->document;
        return 0;
    }
    int code = describe_properties(arena, shape, &properties, &required);
    if (code != 0)
        return code;
    const char *dot = strrchr(shape->name.data, '.');
    flama_builder object;
    flama_object_begin(&object, arena);
    add_text(&object, "description", shape->description);
    flama_object_add(&object, "properties", properties);
    if (required.array.count)
        flama_object_add(&object, "required", required);
    add_text(&object, "title", dot ? dot + 1 : shape->name.data);
    add_text(&object, "type", "object");
    return flama_builder_end(&object, out);
}
