#include "schema/check.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "schema/format.h"
#include "schema/pattern.h"

/* Appends a place's own part to `path`, escaped as JSON Pointer does (RFC 6901). */
static size_t put_part(char *path, const flama_place *at)
{
    size_t size = 0;
    if (at->name.data == NULL) {
        char digits[24];
        size = (size_t)snprintf(digits, sizeof digits, "%zu", at->index);
        memcpy(path, digits, size);
        return size;
    }
    for (size_t i = 0; i < at->name.size; i++) {
        char c = at->name.data[i];
        if (c == '~' || c == '/') {
            path[size++] = '~';
            c = c == '~' ? '0' : '1';
        }
        path[size++] = c;
    }
    return size;
}

static size_t part_size(const flama_place *at)
{
    return at->name.data ? 2 * at->name.size : 24;
}

/* The place as text, outermost part first; NULL without memory. */
static char *render(flama_arena *arena, const flama_place *at)
{
    const flama_place *parts[2 * FLAMA_SCHEMA_DEPTH];
    size_t count = 0, size = 1;
    for (; at && count < sizeof parts / sizeof *parts; at = at->up) {
        parts[count++] = at;
        size += part_size(at) + 1;
    }
    char *path = flama_arena_alloc(arena, size);
    size_t end = 0;
    while (path && count-- > 0) {
        end += put_part(path + end, parts[count]);
        if (count)
            path[end++] = '/';
    }
    if (path)
        path[end] = '\0';
    return path;
}

bool flama_check__full(const flama_check *check)
{
    const flama_report *r = check->report;
    return r->failed || (r->limit && r->errors + r->warnings >= r->limit);
}

void flama_check__wrong(flama_check *check, const flama_place *at, const char *format,
                        ...)
{
    if (flama_check__full(check)) {
        check->report->dropped++;
        return;
    }
    va_list args;
    va_start(args, format);
    char *path = render(check->arena, at);
    char *text = flama_arena_vformat(check->arena, format, args);
    va_end(args);
    if (path && text)
        flama_report_add(check->report, check->code, path, "%s", text);
    else
        check->report->failed = true;
}

int flama_check__end(const flama_check *check, size_t errors_before)
{
    if (check->report->failed)
        return FLAMA_EMEMORY;
    return check->report->errors + check->report->dropped > errors_before ? check->code
                                                                          : 0;
}

static bool same(const flama_value *a, const flama_value *b)
{
    bool numbers = (a->kind == FLAMA_KIND_INTEGER || a->kind == FLAMA_KIND_NUMBER) &&
                   (b->kind == FLAMA_KIND_INTEGER || b->kind == FLAMA_KIND_NUMBER);
    if (numbers && a->kind != b->kind)
        return a->kind == FLAMA_KIND_INTEGER ? (double)a->integer == b->number
                                             : a->number == (double)b->integer;
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case FLAMA_KIND_NULL:
        return true;
    case FLAMA_KIND_BOOL:
        return a->boolean == b->boolean;
    case FLAMA_KIND_INTEGER:
        return a->integer == b->integer;
    case FLAMA_KIND_NUMBER:
        return a->number == b->number;
    case FLAMA_KIND_STRING:
        return a->string.size == b->string.size &&
               (a->string.size == 0 ||
                memcmp(a->string.data, b->string.data, a->string.size) == 0);
    default:
        return false;
    }
}

static void check_enumeration(flama_check *check, const flama_schema *schema,
                              const flama_value *value, const flama_place *at)
{
    if (schema->enumeration == NULL)
        return;
    for (size_t i = 0; i < schema->enumeration->array.count; i++)
        if (same(&schema->enumeration->array.items[i], value))
            return;
    flama_check__wrong(check, at, "Not a valid choice.");
}

/* A bound as Python prints it: whole numbers without a fraction. */
static void check_bound(flama_check *check, bool broken, const char *what, double bound,
                        const flama_place *at)
{
    if (broken)
        flama_check__wrong(check, at, "Must be %s %.15g.", what, bound);
}

void flama_check__bounds(flama_check *check, const flama_schema *s, double number,
                         const flama_place *at)
{
    check_bound(check, s->minimum.set && !(number >= s->minimum.value),
                "greater than or equal to", s->minimum.value, at);
    check_bound(check,
                s->exclusive_minimum.set && !(number > s->exclusive_minimum.value),
                "greater than", s->exclusive_minimum.value, at);
    check_bound(check, s->maximum.set && !(number <= s->maximum.value),
                "less than or equal to", s->maximum.value, at);
    check_bound(check,
                s->exclusive_maximum.set && !(number < s->exclusive_maximum.value),
                "less than", s->exclusive_maximum.value, at);
}

static void check_number(flama_check *check, const flama_schema *schema,
                         const flama_value *value, const flama_place *at, void *out)
{
    if (value->kind != FLAMA_KIND_INTEGER && value->kind != FLAMA_KIND_NUMBER) {
        flama_check__wrong(check, at, "Must be a number.");
        return;
    }
    double number =
        value->kind == FLAMA_KIND_INTEGER ? (double)value->integer : value->number;
    if (!isfinite(number)) {
        flama_check__wrong(check, at, "Must be finite.");
        return;
    }
    flama_check__bounds(check, schema, number, at);
    check_enumeration(check, schema, value, at);
    if (out)
        *(flama_number *)out = number;
}

static void check_integer(flama_check *check, const flama_schema *schema,
                          const flama_value *value, const flama_place *at, void *out)
{
    flama_value whole = *value;
    if (value->kind == FLAMA_KIND_NUMBER) {
        if (!isfinite(value->number)) {
            flama_check__wrong(check, at, "Must be finite.");
            return;
        }
        if (value->number != floor(value->number)) {
            flama_check__wrong(check, at, "Must be an integer.");
            return;
        }
        if (!(value->number >= -0x1p63 && value->number < 0x1p63)) {
            flama_check__wrong(check, at, "Must be an integer of 64 bits.");
            return;
        }
        whole = flama_value_integer((int64_t)value->number);
    } else if (value->kind != FLAMA_KIND_INTEGER) {
        flama_check__wrong(check, at, "Must be a number.");
        return;
    }
    flama_check__bounds(check, schema, (double)whole.integer, at);
    check_enumeration(check, schema, &whole, at);
    if (out)
        *(flama_integer *)out = whole.integer;
}

static void check_boolean(flama_check *check, const flama_schema *schema,
                          const flama_value *value, const flama_place *at, void *out)
{
    if (value->kind != FLAMA_KIND_BOOL) {
        flama_check__wrong(check, at, "Must be a boolean.");
        return;
    }
    check_enumeration(check, schema, value, at);
    if (out)
        *(flama_boolean *)out = value->boolean;
}

/* Characters, not bytes: JSON's strings are valid UTF-8. */
static size_t character_count(flama_string text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return count;
}

static void check_text_length(flama_check *check, const flama_schema *schema,
                              flama_string text, const flama_place *at)
{
    if (schema->min_length == 0 && schema->max_length == 0)
        return;
    size_t count = character_count(text);
    if (count == 0 && schema->min_length == 1)
        flama_check__wrong(check, at, "Must not be blank.");
    else if (count < schema->min_length)
        flama_check__wrong(check, at, "Must have at least %zu characters.",
                           schema->min_length);
    if (schema->max_length && count > schema->max_length)
        flama_check__wrong(check, at, "Must have no more than %zu characters.",
                           schema->max_length);
}

static void check_pattern(flama_check *check, const flama_schema *schema,
                          flama_string text, const flama_place *at)
{
    int found = flama_pattern_match(schema->matcher, text, check->arena);
    if (found == 0)
        flama_check__wrong(check, at, "Must match the pattern /%s/.", schema->pattern);
    else if (found == FLAMA_ELIMIT)
        flama_check__wrong(check, at, "Takes too long to match the pattern /%s/.",
                           schema->pattern);
    else if (found < 0)
        check->report->failed = true;
}

static void check_string(flama_check *check, const flama_schema *schema,
                         const flama_value *value, const flama_place *at, void *out)
{
    if (value->kind != FLAMA_KIND_STRING) {
        flama_check__wrong(check, at, "Must be a string.");
        return;
    }
    flama_string text = value->string;
    check_text_length(check, schema, text, at);
    check_enumeration(check, schema, value, at);
    if (schema->matcher)
        check_pattern(check, schema, text, at);
    const char *problem =
        schema->format ? flama_format_check(schema->format, text) : NULL;
    if (problem)
        flama_check__wrong(check, at, "%s", problem);
    if (out)
        *(flama_string *)out = text.data ? text : FLAMA_STRING("");
}

bool flama_check__length(flama_check *check, const flama_schema *schema, size_t count,
                         const flama_place *at)
{
    size_t least = schema->min_length, most = schema->max_length;
    if (count < least && least == most)
        flama_check__wrong(check, at, "Must have %zu items.", least);
    else if (count < least && least == 1)
        flama_check__wrong(check, at, "Must not be empty.");
    else if (count < least)
        flama_check__wrong(check, at, "Must have at least %zu items.", least);
    else if (most && count > most && least == most)
        flama_check__wrong(check, at, "Must have %zu items.", most);
    else if (most && count > most)
        flama_check__wrong(check, at, "Must have no more than %zu items.", most);
    else
        return true;
    return false;
}

static void check_items(flama_check *check, const flama_schema *schema,
                        const flama_value *value, const flama_place *at, char *list)
{
    for (size_t i = 0; i < value->array.count && !flama_check__full(check); i++) {
        flama_place here = {at, {NULL, 0}, i};
        flama_check__value(check, schema->items, &value->array.items[i], &here,
                           list ? list + i * schema->items->size : NULL);
    }
}

/* An array's items into fresh memory, for a member that is a list. */
static void *new_list(flama_check *check, const flama_schema *schema, size_t count,
                      void *out)
{
    void *items = flama_arena_calloc(check->arena, count, schema->size);
    if (items == NULL) {
        check->report->failed = true;
        return NULL;
    }
    *(flama_list *)out = (flama_list){items, count};
    return items;
}

static void check_array(flama_check *check, const flama_schema *schema,
                        const flama_value *value, const flama_place *at, void *out)
{
    bool tensor = value->kind == FLAMA_KIND_TENSOR && value->tensor->rank > 0;
    if (value->kind != FLAMA_KIND_ARRAY && !tensor) {
        flama_check__wrong(check, at, "Must be an array.");
        return;
    }
    size_t count = tensor ? value->tensor->shape[0] : value->array.count;
    if (!flama_check__length(check, schema, count, at))
        return;
    void *list = NULL;
    if (out && schema->many) {
        list = new_list(check, schema, count, out);
        if (list == NULL)
            return;
    } else if (out) {
        *(flama_array *)out = value;
    }
    if (schema->items && tensor)
        flama_check__tensor(check, schema->items, value->tensor, at, list);
    else if (schema->items)
        check_items(check, schema, value, at, list);
}

/* Memory for a nested struct, which its parent points to. */
static void *new_struct(flama_check *check, const flama_schema *schema, void *slot)
{
    void *nested = flama_arena_calloc(check->arena, 1, schema->shape->size);
    if (nested == NULL)
        check->report->failed = true;
    *(const void **)slot = nested;
    return nested;
}

static void check_field(flama_check *check, const flama_schema_field *field,
                        const flama_value *value, const flama_place *at, char *out)
{
    if (value == NULL)
        value = field->fallback;
    flama_place here = {at, field->name, 0};
    if (value == NULL) {
        if (field->required)
            flama_check__wrong(check, &here, "This field is required.");
        return;
    }
    void *slot = out ? out + field->offset : NULL;
    bool null = value->kind == FLAMA_KIND_NULL;
    if (slot && !null && field->schema->kind == FLAMA_TYPE_SCHEMA)
        slot = new_struct(check, field->schema, slot);
    flama_check__value(check, field->schema, value, &here, slot);
    if (out && field->has && !null)
        *(bool *)(out + field->has) = true;
}

bool flama_schema_is_open(const flama_schema *schema)
{
    return schema->shape && schema->shape->document;
}

static void check_object(flama_check *check, const flama_schema *schema,
                         const flama_value *value, const flama_place *at, void *out)
{
    if (value->kind != FLAMA_KIND_OBJECT) {
        flama_check__wrong(check, at, "Must be an object.");
        return;
    }
    if (schema->kind == FLAMA_TYPE_OBJECT) {
        if (out)
            *(flama_object *)out = value;
        return;
    }
    const flama_shape *shape = schema->shape;
    for (size_t i = 0; i < shape->field_count && !flama_check__full(check); i++)
        check_field(check, &shape->fields[i],
                    flama_value_get_string(value, shape->fields[i].name), at, out);
}

static void check_kind(flama_check *check, const flama_schema *schema,
                       const flama_value *value, const flama_place *at, void *out)
{
    switch (schema->kind) {
    case FLAMA_TYPE_ARRAY:
        check_array(check, schema, value, at, out);
        break;
    case FLAMA_TYPE_OBJECT:
    case FLAMA_TYPE_SCHEMA:
        check_object(check, schema, value, at, out);
        break;
    case FLAMA_TYPE_STRING:
        check_string(check, schema, value, at, out);
        break;
    case FLAMA_TYPE_INTEGER:
        check_integer(check, schema, value, at, out);
        break;
    case FLAMA_TYPE_NUMBER:
        check_number(check, schema, value, at, out);
        break;
    case FLAMA_TYPE_BOOLEAN:
        check_boolean(check, schema, value, at, out);
        break;
    default:
        check_enumeration(check, schema, value, at);
        if (out)
            *(flama_any *)out = value;
    }
}

void flama_check__value(flama_check *check, const flama_schema *schema,
                        const flama_value *value, const flama_place *at, void *out)
{
    if (flama_schema_is_open(schema))
        return;
    if (value->kind == FLAMA_KIND_NULL && schema->kind != FLAMA_TYPE_ANY) {
        if (!schema->nullable)
            flama_check__wrong(check, at, "May not be null.");
        return;
    }
    if (check->depth == FLAMA_SCHEMA_DEPTH) {
        flama_check__wrong(check, at, "Must not be nested more than %d deep.",
                           FLAMA_SCHEMA_DEPTH);
        return;
    }
    check->depth++;
    check_kind(check, schema, value, at, out);
    check->depth--;
}
