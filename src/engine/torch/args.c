#include "engine/torch/args.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "engine/torch/archive.h"

size_t flama_pt_value_find(const flama_pt_program *program, flama_string name)
{
    const flama_pt_value *value = flama_map_get(&program->names, name);
    return value ? (size_t)(value - program->values) : SIZE_MAX;
}

static int damaged(flama_error *err, const char *kind)
{
    return flama_error_set(err, FLAMA_EFORMAT, "an argument %s is damaged", kind);
}

static int name_of(const flama_pt_program *program, const flama_value *name,
                   flama_pt_kind kind, flama_pt_arg *out, flama_error *err)
{
    if (name == NULL || name->kind != FLAMA_KIND_STRING)
        return damaged(err, "that names a value");
    size_t value = flama_pt_value_find(program, name->string);
    if (value == SIZE_MAX || program->values[value].kind != kind)
        return flama_error_set(err, FLAMA_EFORMAT,
                               "%.*s is used before anything computes it",
                               (int)name->string.size, name->string.data);
    *out = (flama_pt_arg){.kind = kind, .computed = true, .value = value};
    return 0;
}

static int number(const flama_value *json, flama_pt_arg *out, flama_error *err)
{
    static const struct {
        const char *text;
        double number;
    } special[] = {{"Infinity", INFINITY}, {"-Infinity", -INFINITY}, {"NaN", NAN}};
    *out = (flama_pt_arg){.kind = FLAMA_PT_FLOAT};
    if (json->kind == FLAMA_KIND_NUMBER)
        out->number = json->number;
    else if (json->kind == FLAMA_KIND_INTEGER)
        out->number = (double)json->integer;
    else if (json->kind == FLAMA_KIND_STRING) {
        for (size_t i = 0; i < 3; i++)
            if (json->string.size == strlen(special[i].text) &&
                memcmp(json->string.data, special[i].text, json->string.size) == 0) {
                out->number = special[i].number;
                return 0;
            }
        return damaged(err, "that is a number");
    } else
        return damaged(err, "that is a number");
    return 0;
}

static int integer(const flama_value *json, flama_pt_arg *out, flama_error *err)
{
    if (json->kind != FLAMA_KIND_INTEGER)
        return damaged(err, "that is an integer");
    *out = (flama_pt_arg){.kind = FLAMA_PT_INT, .integer = json->integer};
    return 0;
}

static int flag(const flama_value *json, flama_pt_arg *out, flama_error *err)
{
    if (json->kind != FLAMA_KIND_BOOL)
        return damaged(err, "that is a boolean");
    *out = (flama_pt_arg){.kind = FLAMA_PT_FLAG, .integer = json->boolean};
    return 0;
}

static int text(const flama_pt_program *program, const flama_value *json,
                flama_pt_arg *out, flama_error *err)
{
    if (json->kind != FLAMA_KIND_STRING)
        return damaged(err, "that is a string");
    size_t size = json->string.size;
    char *copy = flama_arena_copy(program->arena, json->string.data, size);
    *out = (flama_pt_arg){.kind = FLAMA_PT_TEXT, .text = {copy, size}};
    return copy ? 0 : flama_error__memory(err);
}

/* {"as_name": NAME}, or a constant {"as_int": 3}, {"as_float": 0.5}, {"as_bool": true}.
 */
static int symbolic(const flama_pt_program *program, const flama_value *json,
                    flama_pt_kind kind, flama_pt_arg *out, flama_error *err)
{
    const flama_value *name = flama_value_get(json, "as_name");
    const flama_value *constant =
        flama_value_get(json, kind == FLAMA_PT_INT     ? "as_int"
                              : kind == FLAMA_PT_FLOAT ? "as_float"
                                                       : "as_bool");
    if (name)
        return name_of(program, name, kind, out, err);
    if (constant == NULL)
        return damaged(err, "that is symbolic");
    return kind == FLAMA_PT_INT     ? integer(constant, out, err)
           : kind == FLAMA_PT_FLOAT ? number(constant, out, err)
                                    : flag(constant, out, err);
}

/* One item of a list, of the list's kind. */
static int item(const flama_pt_program *program, const char *kind,
                const flama_value *json, flama_pt_arg *out, flama_error *err)
{
    const flama_value *tensor = flama_value_get(json, "as_tensor");
    if (strcmp(kind, "as_ints") == 0)
        return integer(json, out, err);
    if (strcmp(kind, "as_floats") == 0)
        return number(json, out, err);
    if (strcmp(kind, "as_bools") == 0)
        return flag(json, out, err);
    if (strcmp(kind, "as_strings") == 0)
        return text(program, json, out, err);
    if (strcmp(kind, "as_sym_ints") == 0)
        return symbolic(program, json, FLAMA_PT_INT, out, err);
    if (strcmp(kind, "as_sym_floats") == 0)
        return symbolic(program, json, FLAMA_PT_FLOAT, out, err);
    if (strcmp(kind, "as_tensors") == 0)
        return name_of(program, flama_value_get(json, "name"), FLAMA_PT_TENSOR, out,
                       err);
    if (tensor)
        return name_of(program, flama_value_get(tensor, "name"), FLAMA_PT_TENSOR, out,
                       err);
    *out = (flama_pt_arg){.kind = FLAMA_PT_NONE};
    return flama_value_get(json, "as_none") ? 0 : damaged(err, "in a list");
}

/* A list of numbers alone was decoded as a tensor. */
static flama_value item_at(const flama_value *json, size_t i)
{
    if (json->kind == FLAMA_KIND_ARRAY)
        return json->array.items[i];
    return json->tensor->dtype == FLAMA_DTYPE_INT64
               ? flama_value_integer(((const int64_t *)json->tensor->data)[i])
               : flama_value_number(((const double *)json->tensor->data)[i]);
}

static int list(const flama_pt_program *program, const char *kind,
                const flama_value *json, flama_pt_arg *out, flama_error *err)
{
    bool numbers = json->kind == FLAMA_KIND_TENSOR && json->tensor->rank == 1 &&
                   json->tensor->nulls == 0 &&
                   (json->tensor->dtype == FLAMA_DTYPE_INT64 ||
                    json->tensor->dtype == FLAMA_DTYPE_FLOAT64);
    if (!numbers && json->kind != FLAMA_KIND_ARRAY)
        return damaged(err, "that is a list");
    size_t count = numbers ? json->tensor->count : json->array.count;
    flama_pt_arg *items = flama_arena_calloc(program->arena, count, sizeof *items);
    if (items == NULL)
        return flama_error__memory(err);
    for (size_t i = 0; i < count; i++) {
        flama_value one = item_at(json, i);
        int code = item(program, kind, &one, &items[i], err);
        if (code)
            return code;
    }
    *out = (flama_pt_arg){.kind = FLAMA_PT_LIST, .list = {items, count}};
    return 0;
}

static bool is_one_of(const char *name, const char *const *names)
{
    while (*names && strcmp(name, *names) != 0)
        names++;
    return *names != NULL;
}

int flama_pt_arg_read(const flama_pt_program *program, const flama_value *json,
                      flama_pt_arg *out, flama_error *err)
{
    static const char *const lists[] = {
        "as_ints",    "as_floats",           "as_bools",
        "as_strings", "as_sym_ints",         "as_sym_floats",
        "as_tensors", "as_optional_tensors", NULL};
    static const char *const integers[] = {"as_int", "as_scalar_type",
                                           "as_memory_format", "as_layout", NULL};
    if (json == NULL || json->kind != FLAMA_KIND_OBJECT || json->object.count != 1)
        return damaged(err, "");
    const flama_value *value = &json->object.members[0].value;
    flama_string kind = json->object.members[0].name;
    char name[32] = "";
    if (kind.size >= sizeof name)
        return damaged(err, "of a long kind");
    memcpy(name, kind.data, kind.size);
    if (is_one_of(name, lists))
        return list(program, name, value, out, err);
    if (is_one_of(name, integers))
        return integer(value, out, err);
    *out = (flama_pt_arg){.kind = FLAMA_PT_NONE};
    if (strcmp(name, "as_none") == 0 || strcmp(name, "as_device") == 0)
        return 0;
    if (strcmp(name, "as_tensor") == 0)
        return name_of(program, flama_value_get(value, "name"), FLAMA_PT_TENSOR, out,
                       err);
    if (strcmp(name, "as_optional_tensor") == 0)
        return item(program, name, value, out, err);
    if (strcmp(name, "as_float") == 0)
        return number(value, out, err);
    if (strcmp(name, "as_bool") == 0)
        return flag(value, out, err);
    if (strcmp(name, "as_string") == 0)
        return text(program, value, out, err);
    if (strcmp(name, "as_sym_int") == 0)
        return symbolic(program, value, FLAMA_PT_INT, out, err);
    if (strcmp(name, "as_sym_float") == 0)
        return symbolic(program, value, FLAMA_PT_FLOAT, out, err);
    if (strcmp(name, "as_sym_bool") == 0)
        return symbolic(program, value, FLAMA_PT_FLAG, out, err);
    return flama_error_set(err, FLAMA_EUNSUPPORTED, "arguments %s are not known here",
                           name);
}

static void parse_one(const char *from, size_t size, flama_pt_arg *out)
{
    char copy[32] = "";
    memcpy(copy, from, size < sizeof copy ? size : sizeof copy - 1);
    bool is_number = copy[0] == '-' || (copy[0] >= '0' && copy[0] <= '9');
    *out = (flama_pt_arg){.kind = FLAMA_PT_NONE};
    if (strcmp(copy, "True") == 0 || strcmp(copy, "False") == 0) {
        out->kind = FLAMA_PT_FLAG;
        out->integer = copy[0] == 'T';
    } else if (is_number && strpbrk(copy, ".e")) {
        out->kind = FLAMA_PT_FLOAT;
        out->number = strtod(copy, NULL);
    } else if (is_number) {
        out->kind = FLAMA_PT_INT;
        out->integer = strtoll(copy, NULL, 10);
    } else if (strcmp(copy, "None") != 0) {
        out->kind = FLAMA_PT_TEXT;
        out->text = (flama_string){from, size};
    }
}

int flama_pt_arg_parse(flama_arena *arena, const char *from, size_t size,
                       flama_pt_arg *out, flama_error *err)
{
    if (size == 0 || from[0] != '[') {
        parse_one(from, size, out);
        return 0;
    }
    flama_pt_arg *items = flama_arena_calloc(arena, size, sizeof *items);
    size_t count = 0, at = 1;
    if (items == NULL)
        return flama_error__memory(err);
    while (at < size && from[at] != ']') {
        size_t length = strcspn(from + at, ",]");
        parse_one(from + at, length, &items[count++]);
        at += length + (from[at + length] == ',');
    }
    *out = (flama_pt_arg){.kind = FLAMA_PT_LIST, .list = {items, count}};
    return 0;
}
