#include <flama/json.h>

#include <string.h>

#include "base/error.h"
#include "json/decoder.h"
#include "json/number.h"

static int read_value(flama_decoder *d, flama_value *out);

/* Lines and columns count characters, as Python's json does. */
static int fail_at(flama_decoder *d, int code, const char *at, const char *phrase)
{
    if (d->err == NULL || d->err->code != 0)
        return code;
    unsigned line = 1;
    size_t character = 0, line_start = 0;
    for (const char *p = d->text; p < at; p++) {
        character += ((unsigned char)*p & 0xC0) != 0x80;
        if (*p == '\n') {
            line++;
            line_start = character;
        }
    }
    unsigned column = (unsigned)(character - line_start) + 1;
    flama_error_set(d->err, code, "%s%s: line %u column %u (char %zu)",
                    code == FLAMA_EJSON ? "Malformed JSON. " : "", phrase, line, column,
                    character);
    d->err->line = line;
    d->err->column = column;
    d->err->offset = (size_t)(at - d->text);
    return code;
}

int flama_decoder__fail(flama_decoder *d, const char *at, const char *phrase)
{
    return fail_at(d, FLAMA_EJSON, at, phrase);
}

static bool starts_with(const flama_decoder *d, const char *word)
{
    size_t size = strlen(word);
    return (size_t)(d->end - d->p) >= size && memcmp(d->p, word, size) == 0;
}

static int read_word(flama_decoder *d, const char *word, flama_value value,
                     flama_value *out)
{
    if (!starts_with(d, word))
        return flama_decoder__fail(d, d->p, "Expecting value");
    d->p += strlen(word);
    *out = value;
    return 0;
}

static int refuse(flama_decoder *d)
{
    if (starts_with(d, "NaN"))
        return flama_decoder__fail(d, d->p, "NaN is not a JSON value");
    if (starts_with(d, "Infinity"))
        return flama_decoder__fail(d, d->p, "Infinity is not a JSON value");
    if (starts_with(d, "-Infinity"))
        return flama_decoder__fail(d, d->p, "-Infinity is not a JSON value");
    return flama_decoder__fail(d, d->p, "Expecting value");
}

static int read_number(flama_decoder *d, flama_value *out)
{
    flama_json_number number;
    const char *start = d->p, *end = flama_json__read_number(start, d->end, &number);
    if (end == NULL)
        return refuse(d);
    d->p = end;
    if (number.kind == FLAMA_NUMBER_INTEGER) {
        *out = flama_value_integer(number.integer);
        return 0;
    }
    *out = flama_value_number(number.number);
    if (number.kind == FLAMA_NUMBER_HUGE) {
        out->digits = flama_arena_copy(d->arena, start, (size_t)(end - start));
        if (out->digits == NULL)
            return flama_error__memory(d->err);
    }
    return 0;
}

static int open_container(flama_decoder *d)
{
    if (d->depth == d->depth_limit)
        return fail_at(d, FLAMA_ELIMIT, d->p, "JSON nested too deeply");
    d->depth++;
    d->p = flama_decoder__skip(d->p + 1, d->end);
    return 0;
}

/* True, and behind it, when the container's closing byte is next. */
static bool closed(flama_decoder *d, char close)
{
    if (d->p == d->end || *d->p != close)
        return false;
    d->p++;
    d->depth--;
    return true;
}

/* After a member or an item: true at the end of the container, false behind a comma. */
static int at_end(flama_decoder *d, char close, bool *end)
{
    d->p = flama_decoder__skip(d->p, d->end);
    *end = closed(d, close);
    if (*end)
        return 0;
    if (d->p == d->end || *d->p != ',')
        return flama_decoder__fail(d, d->p, "Expecting ',' delimiter");
    d->p = flama_decoder__skip(d->p + 1, d->end);
    return 0;
}

static int read_items(flama_decoder *d, flama_builder *array)
{
    int rc = open_container(d);
    bool end = rc == 0 && closed(d, ']');
    while (rc == 0 && !end) {
        flama_value item;
        rc = read_value(d, &item);
        if (rc == 0 && flama_array_add(array, item) != 0)
            rc = flama_error__memory(d->err);
        if (rc == 0)
            rc = at_end(d, ']', &end);
    }
    return rc;
}

static int read_array(flama_decoder *d, flama_value *out)
{
    int rc = flama_decoder__tensor(d, out);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    flama_builder array;
    flama_array_begin(&array, d->arena);
    rc = read_items(d, &array);
    return rc == 0 ? flama_builder_end(&array, out) : rc;
}

static int read_member(flama_decoder *d, flama_builder *object)
{
    flama_string name;
    flama_value value;
    if (d->p == d->end || *d->p != '"')
        return flama_decoder__fail(d, d->p,
                                   "Expecting property name enclosed in double quotes");
    int rc = flama_decoder__string(d, &name);
    if (rc != 0)
        return rc;
    d->p = flama_decoder__skip(d->p, d->end);
    if (d->p == d->end || *d->p != ':')
        return flama_decoder__fail(d, d->p, "Expecting ':' delimiter");
    d->p = flama_decoder__skip(d->p + 1, d->end);
    rc = read_value(d, &value);
    if (rc == 0 && flama_object_add_string(object, name, value) != 0)
        rc = flama_error__memory(d->err);
    return rc;
}

static int read_object(flama_decoder *d, flama_value *out)
{
    flama_builder object;
    flama_object_begin(&object, d->arena);
    int rc = open_container(d);
    bool end = rc == 0 && closed(d, '}');
    while (rc == 0 && !end) {
        rc = read_member(d, &object);
        if (rc == 0)
            rc = at_end(d, '}', &end);
    }
    return rc == 0 ? flama_builder_end(&object, out) : rc;
}

static int read_value(flama_decoder *d, flama_value *out)
{
    if (d->p == d->end)
        return flama_decoder__fail(d, d->p, "Expecting value");
    switch (*d->p) {
    case '{':
        return read_object(d, out);
    case '[':
        return read_array(d, out);
    case '"':
        out->kind = FLAMA_KIND_STRING;
        return flama_decoder__string(d, &out->string);
    case 't':
        return read_word(d, "true", flama_value_bool(true), out);
    case 'f':
        return read_word(d, "false", flama_value_bool(false), out);
    case 'n':
        return read_word(d, "null", flama_value_null(), out);
    default:
        return read_number(d, out);
    }
}

int flama_json_decode(flama_arena *arena, const char *text, size_t size,
                      const flama_json_limits *limits, flama_value *out,
                      flama_error *err)
{
    double scratch[FLAMA_DECODER_SCRATCH];
    flama_decoder d = {.arena = arena,
                       .text = text,
                       .end = text + size,
                       .p = text,
                       .depth_limit = FLAMA_JSON_DEPTH,
                       .err = err,
                       .scratch = scratch};
    if (limits && limits->depth)
        d.depth_limit =
            limits->depth < FLAMA_JSON_DEPTH_MAX ? limits->depth : FLAMA_JSON_DEPTH_MAX;
    if (starts_with(&d, "\xEF\xBB\xBF"))
        return flama_decoder__fail(&d, text, "Unexpected UTF-8 byte order mark");
    d.p = flama_decoder__skip(text, d.end);
    int rc = read_value(&d, out);
    if (rc != 0)
        return rc;
    d.p = flama_decoder__skip(d.p, d.end);
    return d.p == d.end ? 0 : flama_decoder__fail(&d, d.p, "Extra data");
}
