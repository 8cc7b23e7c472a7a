#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "schema/check.h"

int flama_schema_validate(const flama_schema *schema, const flama_value *in, void *out,
                          flama_arena *arena, flama_report *report)
{
    static const flama_value nothing = {.kind = FLAMA_KIND_OBJECT};
    flama_check check = {arena, report, FLAMA_EVALIDATION, 0};
    size_t before = report->errors + report->dropped;
    if (out)
        memset(out, 0, schema->size);
    flama_check__value(&check, schema, in ? in : &nothing, NULL, out);
    return flama_check__end(&check, before);
}

/* A NUL-terminated copy of a short text, for the C library's parsers. */
static bool copy_short(flama_string text, char *out, size_t size)
{
    if (text.size == 0 || text.size >= size || memchr(text.data, '\0', text.size) ||
        strchr("+-.0123456789", text.data[0]) == NULL)
        return false;
    memcpy(out, text.data, text.size);
    out[text.size] = '\0';
    return true;
}

static bool read_number(flama_string text, flama_value *out)
{
    char copy[64], *end;
    if (!copy_short(text, copy, sizeof copy) || strpbrk(copy, "xXnNiI"))
        return false;
    errno = 0;
    long long integer = strtoll(copy, &end, 10);
    if (*end == '\0' && errno == 0) {
        *out = flama_value_integer(integer);
        return true;
    }
    double number = strtod(copy, &end);
    *out = flama_value_number(number);
    return *end == '\0' && isfinite(number);
}

static bool is_word(flama_string text, const char *const *words)
{
    for (; *words; words++)
        if (strlen(*words) == text.size &&
            (text.size == 0 || strncasecmp(*words, text.data, text.size) == 0))
            return true;
    return false;
}

static bool read_boolean(flama_string text, flama_value *out)
{
    static const char *const yes[] = {"true", "1", "on", "yes", NULL};
    static const char *const no[] = {"false", "0", "off", "no", NULL};
    bool is_true = is_word(text, yes);
    *out = flama_value_bool(is_true);
    return is_true || is_word(text, no);
}

/* The text as what the schema wants, else as the string that it is. */
static flama_value read_text(const flama_schema *schema, flama_string text)
{
    flama_value value;
    bool number =
        schema->kind == FLAMA_TYPE_INTEGER || schema->kind == FLAMA_TYPE_NUMBER;
    if ((number && read_number(text, &value)) ||
        (schema->kind == FLAMA_TYPE_BOOLEAN && read_boolean(text, &value)))
        return value;
    return flama_value_string(text);
}

static flama_value *read_texts(const flama_schema *schema, const flama_string *texts,
                               size_t count, flama_arena *arena)
{
    bool array = schema->kind == FLAMA_TYPE_ARRAY;
    flama_value *value = flama_arena_alloc(arena, sizeof *value);
    flama_builder list;
    if (value && !array)
        *value = read_text(schema, texts[count - 1]);
    if (value == NULL || !array)
        return value;
    flama_array_begin(&list, arena);
    for (size_t i = 0; i < count; i++)
        flama_array_add(&list, schema->items ? read_text(schema->items, texts[i])
                                             : flama_value_string(texts[i]));
    return flama_builder_end(&list, value) == 0 ? value : NULL;
}

int flama_schema_validate_texts(const flama_schema *schema, const char *name,
                                const flama_string *texts, size_t count, void *out,
                                flama_arena *arena, flama_report *report)
{
    flama_check check = {arena, report, FLAMA_EVALIDATION, 0};
    size_t before = report->errors + report->dropped;
    const flama_value *value = read_texts(schema, texts, count, arena);
    if (value == NULL) {
        report->failed = true;
        return FLAMA_EMEMORY;
    }
    flama_place at = {NULL, {name, strlen(name)}, 0};
    if (out)
        memset(out, 0, schema->size);
    flama_check__value(&check, schema, value, &at, out);
    return flama_check__end(&check, before);
}
