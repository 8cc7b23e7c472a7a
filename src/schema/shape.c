#include "schema/shape.h"

#include <string.h>

#include "base/buffer.h"

#define NAMES_IN_TEXT 50  /* features that a description names */
#define EXAMPLE_CELLS 256 /* numbers in an example */
#define TEXT_SIZE 4096

static const char *json_type(flama_dtype dtype)
{
    static const char *const names[] = {"boolean", "integer", "number", "number",
                                        "string"};
    return names[dtype];
}

static int add_sizes(flama_builder *object, int64_t size)
{
    if (size < 0)
        return 0;
    flama_object_add(object, "maxItems", flama_value_integer(size));
    return flama_object_add(object, "minItems", flama_value_integer(size));
}

/* A number of the array; type is NULL when it may be anything. */
static int cell_of(flama_arena *arena, const char *type, const flama_value *classes,
                   flama_value *out)
{
    flama_builder object;
    flama_object_begin(&object, arena);
    if (classes)
        flama_object_add(&object, "enum", *classes);
    if (type)
        flama_object_add(&object, "type", flama_value_text(type));
    return flama_builder_end(&object, out);
}

/* Wraps *out, the schema of an item, in arrays: one for each of the port's dimensions
 * but the first. */
static int item_of(flama_arena *arena, const flama_port *port, flama_value *out)
{
    int code = 0;
    for (unsigned i = port->rank; code == 0 && i-- > 1;) {
        flama_builder object;
        flama_object_begin(&object, arena);
        flama_object_add(&object, "items", *out);
        add_sizes(&object, port->shape[i]);
        flama_object_add(&object, "type", flama_value_text("array"));
        code = flama_builder_end(&object, out);
    }
    return code;
}

/* "Rows of 4 features: a, b, c, d." */
static const char *describe(flama_arena *arena, const flama_signature *s)
{
    const flama_port *port = &s->inputs[0];
    if (port->rank != 2 || port->shape[1] < 0)
        return NULL;
    char *head =
        flama_arena_format(arena, "Rows of %lld feature%s", (long long)port->shape[1],
                           port->shape[1] == 1 ? "" : "s");
    if (head == NULL || s->feature_name_count == 0 ||
        s->feature_name_count > NAMES_IN_TEXT)
        return head;
    flama_buffer text;
    flama_buffer_init_arena(&text, arena, TEXT_SIZE);
    int code = flama_buffer_append(&text, head, strlen(head));
    for (size_t i = 0; code == 0 && i < s->feature_name_count; i++) {
        code = flama_buffer_append(&text, i ? ", " : ": ", 2);
        if (code == 0)
            code = flama_buffer_append(&text, s->feature_names[i].data,
                                       s->feature_names[i].size);
    }
    if (code == 0)
        code = flama_buffer_append(&text, "", 1);
    return code == 0 ? text.data : head;
}

static int add_names(flama_arena *arena, flama_builder *object,
                     const flama_signature *s)
{
    flama_builder array;
    flama_value names;
    flama_array_begin(&array, arena);
    for (size_t i = 0; i < s->feature_name_count; i++)
        flama_array_add(&array, flama_value_string(s->feature_names[i]));
    int code = flama_builder_end(&array, &names);
    return code ? code : flama_object_add(object, "x-feature-names", names);
}

/* {"properties": {name: property}} */
static int wrap(flama_arena *arena, const char *outer, flama_value inner,
                flama_value *out)
{
    flama_builder object;
    flama_object_begin(&object, arena);
    flama_object_add(&object, outer, inner);
    return flama_builder_end(&object, out);
}

/* One row of zeros, or of empty strings: it shows the shape, not what is likely. */
static int example_of(flama_arena *arena, const flama_port *port, flama_value *out)
{
    static const flama_dtype numbers[] = {FLAMA_DTYPE_INT64, FLAMA_DTYPE_INT64,
                                          FLAMA_DTYPE_FLOAT64, FLAMA_DTYPE_FLOAT64};
    size_t shape[FLAMA_MAX_RANK] = {1}, count = 1;
    *out = flama_value_null();
    if (port->dtype == FLAMA_DTYPE_STRING || port->rank == 0)
        return 0;
    for (unsigned i = 1; i < port->rank; i++) {
        if (port->shape[i] < 0 || (uint64_t)port->shape[i] > EXAMPLE_CELLS)
            return 0;
        shape[i] = (size_t)port->shape[i];
        count *= shape[i];
        if (count > EXAMPLE_CELLS)
            return 0;
    }
    flama_tensor *tensor;
    void *data;
    int code = flama_tensor_new(arena, numbers[port->dtype], port->rank, shape, &tensor,
                                &data, NULL);
    if (code != 0)
        return code;
    memset(data, 0, count * flama_dtype_size(tensor->dtype));
    return wrap(arena, "input", flama_value_tensor(tensor), out);
}

static int property_of(flama_arena *arena, const flama_signature *s, flama_value item,
                       flama_value *out)
{
    const char *text = describe(arena, s);
    flama_builder object;
    flama_object_begin(&object, arena);
    if (text)
        flama_object_add(&object, "description", flama_value_text(text));
    flama_object_add(&object, "items", item);
    add_sizes(&object, s->inputs[0].shape[0]);
    flama_object_add(&object, "type", flama_value_text("array"));
    int code = s->feature_name_count ? add_names(arena, &object, s) : 0;
    return code ? code : flama_builder_end(&object, out);
}

static bool is_known(size_t count, const flama_port *ports)
{
    return count == 1 && ports[0].rank > 0 && ports[0].rank <= FLAMA_MAX_RANK &&
           ports[0].dtype <= FLAMA_DTYPE_STRING;
}

int flama_shape_of_input(flama_arena *arena, const flama_signature *signature,
                         flama_value *shape, flama_value *example)
{
    *shape = *example = flama_value_null();
    if (!is_known(signature->input_count, signature->inputs))
        return 0;
    const flama_port *port = &signature->inputs[0];
    /* A column of strings can stand beside one of numbers. */
    bool mixed = port->dtype == FLAMA_DTYPE_STRING && port->rank > 1;
    flama_value value;
    int code = cell_of(arena, mixed ? NULL : json_type(port->dtype), NULL, &value);
    if (code == 0)
        code = item_of(arena, port, &value);
    if (code == 0)
        code = property_of(arena, signature, value, &value);
    if (code == 0)
        code = wrap(arena, "input", value, &value);
    if (code == 0)
        code = wrap(arena, "properties", value, shape);
    return code ? code : example_of(arena, port, example);
}

int flama_shape_of_output(flama_arena *arena, const flama_signature *signature,
                          flama_value *shape)
{
    *shape = flama_value_null();
    if (!is_known(signature->output_count, signature->outputs))
        return 0;
    const flama_port *port = &signature->outputs[0];
    const flama_value *classes = port->rank == 1 ? signature->classes : NULL;
    flama_value value;
    flama_builder object;
    int code = cell_of(arena, json_type(port->dtype), classes, &value);
    if (code == 0)
        code = item_of(arena, port, &value);
    if (code != 0)
        return code;
    flama_object_begin(&object, arena);
    flama_object_add(&object, "items", value);
    add_sizes(&object, port->shape[0]);
    flama_object_add(&object, "type", flama_value_text("array"));
    code = flama_builder_end(&object, &value);
    if (code == 0)
        code = wrap(arena, "output", value, &value);
    return code ? code : wrap(arena, "properties", value, shape);
}
