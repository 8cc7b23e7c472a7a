#include "schema/yaml.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/error.h"

typedef struct reader {
    yaml_parser_t parser;
    flama_arena *arena;
    flama_error *err;
    unsigned depth;
} reader;

static int read_node(reader *r, yaml_event_t *event, flama_value *out);

static int fail(reader *r, const yaml_mark_t *mark, int code, const char *what)
{
    bool first = r->err && r->err->code == 0;
    flama_error_set(r->err, code, "%s", what);
    if (first) {
        r->err->line = (unsigned)mark->line + 1;
        r->err->column = (unsigned)mark->column + 1;
        r->err->offset = mark->index;
    }
    return code;
}

/* The next event; the caller deletes it. */
static int next(reader *r, yaml_event_t *event)
{
    if (yaml_parser_parse(&r->parser, event))
        return 0;
    if (r->parser.error == YAML_MEMORY_ERROR)
        return flama_error__memory(r->err);
    const char *what = r->parser.problem ? r->parser.problem : "it can't be read";
    return fail(r, &r->parser.problem_mark, FLAMA_EFORMAT, what);
}

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

/* An integer of the core schema: decimal, 0o17 or 0x1F. */
static bool read_integer(const char *text, flama_value *out)
{
    int base = 10;
    const char *digits = text + (*text == '-' || *text == '+');
    if (text[0] == '0' && (text[1] == 'o' || text[1] == 'x')) {
        base = text[1] == 'o' ? 8 : 16;
        text = digits = text + 2;
    }
    const char *legal = base == 8 ? "01234567" : "0123456789abcdefABCDEF";
    size_t count = strspn(digits, base == 10 ? "0123456789" : legal);
    if (count == 0 || digits[count] != '\0')
        return false;
    errno = 0;
    *out = flama_value_integer(strtoll(text, NULL, base));
    return errno == 0;
}

/* A float of the core schema: an optional sign, digits with at most one point, an
 * exponent. */
static bool read_float(const char *text, flama_value *out)
{
    const char *at = text + (*text == '-' || *text == '+');
    size_t whole = strspn(at, "0123456789");
    at += whole;
    size_t fraction = *at == '.' ? strspn(at + 1, "0123456789") : 0;
    at += *at == '.' ? fraction + 1 : 0;
    if (whole + fraction == 0)
        return false;
    if (*at == 'e' || *at == 'E') {
        at += 1 + (at[1] == '-' || at[1] == '+');
        size_t exponent = strspn(at, "0123456789");
        at += exponent;
        if (exponent == 0)
            return false;
    }
    *out = flama_value_number(strtod(text, NULL));
    return *at == '\0';
}

static bool is_not_finite(const char *text)
{
    static const char *const words[] = {".inf", ".Inf", ".INF", ".nan",
                                        ".NaN", ".NAN", NULL};
    return is_one_of(text + (*text == '-' || *text == '+'), words);
}

/* What a plain scalar stands for; a string stays one. */
static flama_value resolve(const char *text, size_t size)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const yes[] = {"true", "True", "TRUE", NULL};
    static const char *const no[] = {"false", "False", "FALSE", NULL};
    flama_value number;
    if (is_one_of(text, nulls))
        return flama_value_null();
    if (is_one_of(text, yes) || is_one_of(text, no))
        return flama_value_bool(*text == 't' || *text == 'T');
    if (read_integer(text, &number) || read_float(text, &number))
        return number;
    return flama_value_string((flama_string){text, size});
}

static bool is_string_tag(const char *tag)
{
    return strcmp(tag, "!") == 0 || strcmp(tag, YAML_STR_TAG) == 0;
}

static int read_scalar(reader *r, const yaml_event_t *event, flama_value *out)
{
    const char *tag = (const char *)event->data.scalar.tag;
    size_t size = event->data.scalar.length;
    const char *text = flama_arena_copy(r->arena, event->data.scalar.value, size);
    if (text == NULL)
        return flama_error__memory(r->err);
    if (tag && !is_string_tag(tag))
        return fail(r, &event->start_mark, FLAMA_EFORMAT, "tags are not supported");
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && tag == NULL;
    *out = plain ? resolve(text, size) : flama_value_string((flama_string){text, size});
    if ((plain && is_not_finite(text)) ||
        (out->kind == FLAMA_KIND_NUMBER && !isfinite(out->number)))
        return fail(r, &event->start_mark, FLAMA_EFORMAT,
                    "a number that is not finite");
    return 0;
}

static int read_sequence(reader *r, flama_value *out)
{
    flama_builder array;
    flama_array_begin(&array, r->arena);
    for (;;) {
        yaml_event_t event;
        flama_value item;
        int code = next(r, &event);
        if (code != 0)
            return code;
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            break;
        }
        code = read_node(r, &event, &item);
        if (code != 0)
            return code;
        flama_array_add(&array, item);
    }
    return flama_builder_end(&array, out) ? flama_error__memory(r->err) : 0;
}

/* A key as a string, spelled as in the document. */
static int read_key(reader *r, const flama_builder *object, const yaml_event_t *event,
                    flama_string *key)
{
    if (event->type != YAML_SCALAR_EVENT)
        return fail(r, &event->start_mark, FLAMA_EFORMAT, "a key must be a scalar");
    size_t size = event->data.scalar.length;
    const char *text = flama_arena_copy(r->arena, event->data.scalar.value, size);
    if (text == NULL)
        return flama_error__memory(r->err);
    *key = (flama_string){text, size};
    const flama_member *members = object->items;
    for (size_t i = 0; i < object->count; i++)
        if (members[i].name.size == size &&
            memcmp(members[i].name.data, text, size) == 0)
            return fail(r, &event->start_mark, FLAMA_EFORMAT,
                        "this key is there twice");
    return 0;
}

static int read_member(reader *r, flama_builder *object, yaml_event_t *event)
{
    flama_string key;
    flama_value value;
    int code = read_key(r, object, event, &key);
    yaml_event_delete(event);
    if (code == 0)
        code = next(r, event);
    if (code == 0)
        code = read_node(r, event, &value);
    if (code == 0)
        flama_object_add_string(object, key, value);
    return code;
}

static int read_mapping(reader *r, flama_value *out)
{
    flama_builder object;
    flama_object_begin(&object, r->arena);
    for (;;) {
        yaml_event_t event;
        int code = next(r, &event);
        if (code != 0)
            return code;
        if (event.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&event);
            break;
        }
        code = read_member(r, &object, &event);
        if (code != 0)
            return code;
    }
    return flama_builder_end(&object, out) ? flama_error__memory(r->err) : 0;
}

static int read_collection(reader *r, const yaml_event_t *event, flama_value *out)
{
    if (r->depth == FLAMA_YAML_DEPTH)
        return fail(r, &event->start_mark, FLAMA_ELIMIT, "nested too deep");
    r->depth++;
    int code = event->type == YAML_SEQUENCE_START_EVENT ? read_sequence(r, out)
                                                        : read_mapping(r, out);
    r->depth--;
    return code;
}

/* Reads the node that begins with *event, and deletes that. */
static int read_node(reader *r, yaml_event_t *event, flama_value *out)
{
    int code;
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        code = read_scalar(r, event, out);
        break;
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        code = read_collection(r, event, out);
        break;
    case YAML_ALIAS_EVENT:
        code = fail(r, &event->start_mark, FLAMA_EFORMAT, "aliases are not supported");
        break;
    default:
        code = fail(r, &event->start_mark, FLAMA_EFORMAT, "a value is missing");
    }
    yaml_event_delete(event);
    return code;
}

/* Takes the next event, which must be of that type. */
static int expect(reader *r, yaml_event_type_t type, const char *otherwise)
{
    yaml_event_t event;
    int code = next(r, &event);
    if (code != 0)
        return code;
    if (event.type != type)
        code = fail(r, &event.start_mark, FLAMA_EFORMAT, otherwise);
    yaml_event_delete(&event);
    return code;
}

static int read_stream(reader *r, flama_value *out)
{
    yaml_event_t event;
    int code = expect(r, YAML_STREAM_START_EVENT, "it does not begin");
    if (code == 0)
        code = next(r, &event);
    if (code != 0)
        return code;
    if (event.type == YAML_STREAM_END_EVENT) {
        yaml_event_delete(&event);
        *out = flama_value_null();
        return 0;
    }
    yaml_event_delete(&event);
    code = next(r, &event);
    if (code == 0)
        code = read_node(r, &event, out);
    if (code == 0)
        code = expect(r, YAML_DOCUMENT_END_EVENT, "the document does not end");
    return code ? code
                : expect(r, YAML_STREAM_END_EVENT, "there is more than one document");
}

int flama_yaml_decode(flama_arena *arena, const char *text, size_t size,
                      flama_value *out, flama_error *err)
{
    reader r = {.arena = arena, .err = err};
    if (size > FLAMA_YAML_SIZE)
        return flama_error_set(err, FLAMA_ELIMIT, "longer than %d bytes",
                               FLAMA_YAML_SIZE);
    if (!yaml_parser_initialize(&r.parser))
        return flama_error__memory(err);
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, size);
    int code = read_stream(&r, out);
    yaml_parser_delete(&r.parser);
    return code;
}
