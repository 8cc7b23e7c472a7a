#include "schema/doc.h"

#include <ctype.h>
#include <string.h>

#include "schema/yaml.h"

static const char *const keys[] = {"tags",         "summary",    "description",
                                   "responses",    "parameters", "requestBody",
                                   "externalDocs", "deprecated", "operationId",
                                   "security",     "servers",    "callbacks"};

typedef struct writer {
    flama_arena *arena;
    flama_report *report;
    const char *name; /* of the handler */
    flama_builder out;
} writer;

static bool is_key(const char *text, size_t size)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strlen(keys[i]) == size && memcmp(keys[i], text, size) == 0)
            return true;
    return size > 2 && memcmp(text, "x-", 2) == 0;
}

static size_t indent_of(const char *line)
{
    return strspn(line, " \t");
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');
    return end ? end + 1 : line + strlen(line);
}

/* The indentation that all lines but the first have in common, as docstrings do. */
static size_t common_indent(const char *text)
{
    size_t least = SIZE_MAX;
    for (const char *line = next_line(text); *line; line = next_line(line)) {
        size_t indent = indent_of(line);
        char c = line[indent];
        if (c != '\n' && c != '\r' && c != '\0' && indent < least)
            least = indent;
    }
    return least == SIZE_MAX ? 0 : least;
}

/* The text without that indentation; trailing space goes too. */
static char *unindent(flama_arena *arena, const char *text, size_t indent)
{
    char *out = flama_arena_alloc(arena, strlen(text) + 1);
    if (out == NULL)
        return NULL;
    size_t size = 0;
    const char *end;
    for (const char *line = text; *line; line = end) {
        end = next_line(line);
        size_t own = indent_of(line);
        size_t drop = own < indent || (line == text && indent) ? own : indent;
        memcpy(out + size, line + drop, (size_t)(end - line) - drop);
        size += (size_t)(end - line) - drop;
    }
    while (size > 0 && isspace((unsigned char)out[size - 1]))
        size--;
    out[size] = '\0';
    return out;
}

static bool begins_with_key(const char *line)
{
    size_t size = strcspn(line, ": \t\r\n");
    return line[size] == ':' && is_key(line, size);
}

static bool is_yaml(const char *text)
{
    for (const char *line = text; *line; line = next_line(line))
        if (begins_with_key(line))
            return true;
    return false;
}

/* What to take off the lines of YAML. When text begins on the first line, the others
 * are indented too far only if there is a key among them: "summary:\n  Text." is right.
 */
static size_t yaml_indent(const char *text)
{
    size_t indent = common_indent(text);
    const char *first = text + indent_of(text);
    if (*first == '\n' || *first == '\r')
        return indent;
    for (const char *line = next_line(text); *line; line = next_line(line))
        if (indent_of(line) == indent && begins_with_key(line + indent))
            return indent;
    return 0;
}

static void wrong(writer *w, const char *what)
{
    flama_report_add(w->report, FLAMA_ESETUP, NULL, "the doc of %s: %s", w->name, what);
}

/* A scalar as text: "summary: 5" means the string. */
static flama_value as_text(writer *w, const flama_value *value)
{
    char *text = NULL;
    switch (value->kind) {
    case FLAMA_KIND_STRING:
        return *value;
    case FLAMA_KIND_INTEGER:
        text = flama_arena_format(w->arena, "%lld", (long long)value->integer);
        break;
    case FLAMA_KIND_NUMBER:
        text = flama_arena_format(w->arena, "%.15g", value->number);
        break;
    case FLAMA_KIND_BOOL:
        text = flama_arena_format(w->arena, "%s", value->boolean ? "true" : "false");
        break;
    default:
        return flama_value_null();
    }
    w->report->failed |= text == NULL;
    return text ? flama_value_text(text) : flama_value_null();
}

static void add_text(writer *w, const flama_member *m)
{
    flama_value text = as_text(w, &m->value);
    if (text.kind == FLAMA_KIND_STRING)
        flama_object_add_string(&w->out, m->name, text);
    else
        wrong(w, m->name.data[0] == 's' ? "summary must be text"
                                        : "description must be text");
}

static void add_tags(writer *w, const flama_member *m)
{
    const flama_value *items = &m->value;
    size_t count = 1;
    if (items->kind == FLAMA_KIND_ARRAY) {
        count = items->array.count;
        items = items->array.items;
    }
    flama_builder tags;
    flama_value list;
    flama_array_begin(&tags, w->arena);
    for (size_t i = 0; i < count; i++) {
        flama_value tag = as_text(w, &items[i]);
        if (tag.kind != FLAMA_KIND_STRING)
            wrong(w, "each of tags must be text");
        flama_array_add(&tags, tag);
    }
    if (flama_builder_end(&tags, &list) == 0)
        flama_object_add_string(&w->out, m->name, list);
    else
        w->report->failed = true;
}

/* "200", "4XX" or "default". */
static bool is_status(flama_string code)
{
    if (code.size == 7)
        return memcmp(code.data, "default", 7) == 0;
    return code.size == 3 && code.data[0] >= '1' && code.data[0] <= '5' &&
           ((isdigit((unsigned char)code.data[1]) &&
             isdigit((unsigned char)code.data[2])) ||
            memcmp(code.data + 1, "XX", 2) == 0);
}

static bool is_response(writer *w, const flama_value *value)
{
    const flama_value *description = flama_value_get(value, "description");
    return value->kind == FLAMA_KIND_OBJECT &&
           (description == NULL || as_text(w, description).kind == FLAMA_KIND_STRING);
}

/* A response that is only text is one with that description. */
static flama_value response_of(writer *w, const flama_value *value)
{
    flama_value text = as_text(w, value), out;
    if (text.kind != FLAMA_KIND_STRING)
        return *value;
    flama_builder response;
    flama_object_begin(&response, w->arena);
    flama_object_add(&response, "description", text);
    return flama_builder_end(&response, &out) == 0 ? out : *value;
}

static void add_responses(writer *w, const flama_member *m)
{
    if (m->value.kind != FLAMA_KIND_OBJECT) {
        wrong(w, "responses must be a mapping from status codes");
        return;
    }
    flama_builder responses;
    flama_value all;
    flama_object_begin(&responses, w->arena);
    for (size_t i = 0; i < m->value.object.count; i++) {
        const flama_member *r = &m->value.object.members[i];
        flama_value response = response_of(w, &r->value);
        if (!is_status(r->name))
            wrong(w, "responses must be a mapping from status codes");
        else if (!is_response(w, &response))
            wrong(w, "each of responses must be a mapping with a description");
        flama_object_add_string(&responses, r->name, response);
    }
    if (flama_builder_end(&responses, &all) == 0)
        flama_object_add_string(&w->out, m->name, all);
    else
        w->report->failed = true;
}

static bool named(const flama_member *m, const char *name)
{
    return m->name.size == strlen(name) &&
           memcmp(m->name.data, name, m->name.size) == 0;
}

static void add_member(writer *w, const flama_member *m)
{
    if (m->value.kind == FLAMA_KIND_NULL)
        return;
    if (named(m, "tags"))
        add_tags(w, m);
    else if (named(m, "responses"))
        add_responses(w, m);
    else if (named(m, "summary") || named(m, "description"))
        add_text(w, m);
    else if (is_key(m->name.data, m->name.size))
        flama_object_add_string(&w->out, m->name, m->value);
    else
        flama_report_warn(w->report, NULL,
                          "the doc of %s: %.*s is no key of an operation", w->name,
                          (int)m->name.size, m->name.data);
}

static void read_yaml(writer *w, const char *text, size_t indent)
{
    flama_error err = {0};
    flama_value doc;
    int code = flama_yaml_decode(w->arena, text, strlen(text), &doc, &err);
    if (code == FLAMA_EMEMORY)
        w->report->failed = true;
    else if (code != 0)
        flama_report_add(w->report, FLAMA_ESETUP, NULL,
                         "the doc of %s is not good YAML at line %u, column %zu: %s",
                         w->name, err.line,
                         err.column + (err.line > 1 ? indent : (size_t)0), err.message);
    else if (doc.kind != FLAMA_KIND_OBJECT)
        wrong(w, "it must be a mapping");
    else
        for (size_t i = 0; i < doc.object.count; i++)
            add_member(w, &doc.object.members[i]);
}

/* Empty lines before the text are not part of it. */
static void read_plain(writer *w, const char *text)
{
    text += strspn(text, " \t\r\n");
    if (*text)
        flama_object_add(&w->out, "description", flama_value_text(text));
}

int flama_doc_read(flama_arena *arena, const char *name, const char *text,
                   flama_value *out, flama_report *report)
{
    writer w = {.arena = arena, .report = report, .name = name};
    size_t before = report->errors;
    size_t indent = yaml_indent(text);
    const char *yaml = unindent(arena, text, indent);
    const char *plain = unindent(arena, text, common_indent(text));
    flama_object_begin(&w.out, arena);
    if (yaml == NULL || plain == NULL)
        report->failed = true;
    else if (is_yaml(yaml))
        read_yaml(&w, yaml, indent);
    else
        read_plain(&w, plain);
    if (flama_builder_end(&w.out, out) != 0 || report->failed)
        return FLAMA_EMEMORY;
    return report->errors == before ? 0 : FLAMA_ESETUP;
}
