#include "schema/schema.h"

#include <stdarg.h>
#include <string.h>

#include <flama/json.h>

#include "base/error.h"
#include "schema/check.h"
#include "schema/pattern.h"

#define NESTING 32 /* types within types */

#define NAME_CHARACTERS \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

/* Where the compiler stands, for its sentences. */
typedef struct compiler {
    flama_registry *registry;
    flama_report *report;
    const char *schema; /* name, or NULL outside a schema */
    const char *field;
    unsigned depth;
} compiler;

static const flama_schema *compile_type(compiler *c, const flama_type *type,
                                        const flama_field *field);

static void *take(compiler *c, size_t count, size_t size)
{
    void *memory = flama_arena_calloc(c->registry->arena, count, size);
    if (memory == NULL)
        c->report->failed = true;
    return memory;
}

static const char *copy(compiler *c, const char *text)
{
    if (text == NULL)
        return NULL;
    char *memory = flama_arena_copy(c->registry->arena, text, strlen(text));
    if (memory == NULL)
        c->report->failed = true;
    return memory;
}

FLAMA_PRINTF(2, 3)
static void mistake(compiler *c, const char *format, ...)
{
    flama_error text = {0};
    va_list args;
    va_start(args, format);
    flama_error__vset(&text, FLAMA_ESETUP, NULL, format, args);
    va_end(args);
    if (c->schema && c->field)
        flama_report_add(c->report, FLAMA_ESETUP, NULL, "schema %s, field %s: %s",
                         c->schema, c->field, text.message);
    else if (c->schema)
        flama_report_add(c->report, FLAMA_ESETUP, NULL, "schema %s: %s", c->schema,
                         text.message);
    else
        flama_report_add(c->report, FLAMA_ESETUP, NULL, "%s", text.message);
}

/* A descriptor may come from a program built against an older header: what its struct
 * does not have is zero. */
static bool read_type(const flama_type *type, flama_type *out)
{
    *out = (flama_type){0};
    if (type == NULL || type->size < offsetof(flama_type, rules))
        return false;
    memcpy(out, type, type->size < sizeof *out ? type->size : sizeof *out);
    return true;
}

bool flama_type_as_value(const flama_type *type)
{
    flama_type view;
    return read_type(type, &view) && view.as_value;
}

static bool read_field(const flama_field *fields, size_t i, flama_field *out)
{
    *out = (flama_field){0};
    size_t size = fields->size;
    if (size < offsetof(flama_field, optional))
        return false;
    memcpy(out, (const char *)fields + i * size,
           size < sizeof *out ? size : sizeof *out);
    return true;
}

static const flama_value *compile_choices(compiler *c, const char *const *choices)
{
    flama_builder array;
    flama_array_begin(&array, c->registry->arena);
    for (size_t i = 0; choices[i]; i++) {
        const char *choice = copy(c, choices[i]);
        if (choice)
            flama_array_add(&array, flama_value_text(choice));
    }
    flama_value *out = take(c, 1, sizeof *out);
    if (out && flama_builder_end(&array, out) != 0)
        c->report->failed = true;
    return out;
}

/* The value a JSON text stands for, in the arena; NULL after a mistake. */
static flama_value *compile_json(compiler *c, const char *what, const char *text)
{
    const char *kept = copy(c, text);
    flama_value *out = take(c, 1, sizeof *out);
    flama_error err = {0};
    if (kept == NULL || out == NULL)
        return NULL;
    int code =
        flama_json_decode(c->registry->arena, kept, strlen(kept), NULL, out, &err);
    if (code == 0)
        return out;
    if (code == FLAMA_EMEMORY)
        c->report->failed = true;
    else
        mistake(c, "its %s is not good JSON at character %u: %s", what, err.column,
                err.message);
    return NULL;
}

/* The items one by one: an array of numbers comes as a tensor. */
static const flama_value *compile_enumeration(compiler *c, const char *text)
{
    flama_value *out = compile_json(c, "enumeration", text);
    if (out == NULL || out->kind == FLAMA_KIND_ARRAY)
        return out;
    if (out->kind != FLAMA_KIND_TENSOR || out->tensor->rank != 1) {
        mistake(c, "its enumeration must be an array of plain values");
        return NULL;
    }
    flama_builder array;
    flama_array_begin(&array, c->registry->arena);
    for (size_t i = 0; i < out->tensor->count; i++)
        flama_array_add(&array, flama_check__cell(out->tensor, i));
    if (flama_builder_end(&array, out) != 0)
        c->report->failed = true;
    return out;
}

/* A default or example must itself be what the schema asks for. */
static void check_literal(compiler *c, const flama_schema *node, const char *what,
                          const flama_value *value)
{
    flama_report report;
    flama_report_init(&report, c->registry->arena, 1);
    if (value == NULL ||
        flama_schema_validate(node, value, NULL, c->registry->arena, &report) == 0)
        return;
    if (report.failed)
        c->report->failed = true;
    else
        mistake(c, "its %s does not fit: %s", what, report.first->message.data);
}

static void compile_pattern(compiler *c, flama_schema *node, const char *pattern)
{
    flama_error err = {0};
    node->pattern = copy(c, pattern);
    int code = flama_pattern_compile(c->registry->arena, pattern, &node->matcher, &err);
    if (code == FLAMA_EMEMORY)
        c->report->failed = true;
    else if (code != 0)
        mistake(c, "the pattern /%s/ does not compile: %s", pattern, err.message);
}

/* Says which attributes make no sense for the kind. */
static void check_fit(compiler *c, const flama_schema *node, const flama_field *f)
{
    bool string = node->kind == FLAMA_TYPE_STRING,
         array = node->kind == FLAMA_TYPE_ARRAY;
    bool bounded = f->minimum.set || f->maximum.set || f->exclusive_minimum.set ||
                   f->exclusive_maximum.set;
    if ((f->pattern || f->format || f->choices) && !string)
        mistake(c, "pattern, format and choices are for strings only");
    if (f->enumeration && (array || node->kind >= FLAMA_TYPE_SCHEMA))
        mistake(c, "an enumeration is for plain values only");
    if ((f->min_length || f->max_length) && !string && !array)
        mistake(c, "lengths are for strings and arrays only");
    if (bounded && node->kind != FLAMA_TYPE_INTEGER && node->kind != FLAMA_TYPE_NUMBER)
        mistake(c, "minimum and maximum are for numbers only");
    if (f->items && (!array || f->many))
        mistake(c, "items is for the kind array only");
    if (f->max_length && f->min_length > f->max_length)
        mistake(c, "min_length is over max_length");
    if (f->minimum.set && f->maximum.set && f->minimum.value > f->maximum.value)
        mistake(c, "minimum is over maximum");
}

static void take_bound(flama_bound *to, const flama_bound *from)
{
    if (from->set)
        *to = *from;
}

/* Lays the attributes of a field, or of a FLAMA_TYPE, over a node. */
static void apply(compiler *c, flama_schema *node, const flama_field *f)
{
    check_fit(c, node, f);
    node->nullable |= f->nullable;
    if (f->description)
        node->description = copy(c, f->description);
    take_bound(&node->minimum, &f->minimum);
    take_bound(&node->maximum, &f->maximum);
    take_bound(&node->exclusive_minimum, &f->exclusive_minimum);
    take_bound(&node->exclusive_maximum, &f->exclusive_maximum);
    if (f->min_length)
        node->min_length = f->min_length;
    if (f->max_length)
        node->max_length = f->max_length;
    if (f->choices)
        node->enumeration = compile_choices(c, f->choices);
    if (f->enumeration)
        node->enumeration = compile_enumeration(c, f->enumeration);
    if (f->default_value)
        node->fallback = compile_json(c, "default", f->default_value);
    if (f->example)
        node->example = compile_json(c, "example", f->example);
    if (f->pattern)
        compile_pattern(c, node, f->pattern);
    if (f->format)
        node->format = copy(c, f->format);
    if (f->items && !f->many)
        node->items = compile_type(c, f->items, NULL);
}

static flama_registry_entry *find_type(const flama_registry *registry,
                                       const flama_type *type)
{
    for (size_t i = 0; i < registry->count; i++)
        if (registry->entries[i].type == type)
            return &registry->entries[i];
    return NULL;
}

static bool is_taken(const flama_registry *registry, const char *name)
{
    for (size_t i = 0; i < registry->count; i++)
        if (strcmp(registry->entries[i].schema->shape->name.data, name) == 0)
            return true;
    return false;
}

/* What stands for the schema of a field with mistakes: other fields are still checked.
 */
static const flama_schema anything = {.kind = FLAMA_TYPE_ANY,
                                      .size = sizeof(flama_any)};

static void compile_field(compiler *c, flama_schema_field *out, const flama_field *f)
{
    out->name = (flama_string){copy(c, f->name), strlen(f->name)};
    out->offset = f->offset;
    out->has = f->has;
    const flama_schema *schema = compile_type(c, f->type, f);
    if (schema)
        out->schema = schema;
    out->fallback = out->schema->fallback;
    out->required = !f->optional && out->fallback == NULL;
}

static bool name_taken(const flama_schema_field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (fields[i].name.data && strcmp(fields[i].name.data, name) == 0)
            return true;
    return false;
}

static void compile_fields(compiler *c, flama_shape *shape, const flama_type *type)
{
    flama_schema_field *fields = take(c, type->field_count, sizeof *fields);
    if (fields == NULL)
        return;
    for (size_t i = 0; i < type->field_count; i++) {
        flama_field f;
        c->field = NULL;
        fields[i] = (flama_schema_field){.name = FLAMA_STRING(""), .schema = &anything};
        if (!read_field(type->fields, i, &f) || f.name == NULL || f.name[0] == '\0') {
            mistake(c, "field %zu has no name", i + 1);
            continue;
        }
        if (name_taken(fields, i, f.name))
            mistake(c, "there are two fields %s", f.name);
        c->field = f.name;
        compile_field(c, &fields[i], &f);
    }
    shape->fields = fields;
    shape->field_count = type->field_count;
}

static bool make_room(compiler *c)
{
    flama_registry *r = c->registry;
    if (r->count < r->capacity)
        return true;
    size_t capacity = r->capacity ? 2 * r->capacity : 16;
    void *grown = flama_arena_grow(r->arena, r->entries, r->count * sizeof *r->entries,
                                   capacity * sizeof *r->entries);
    if (grown == NULL) {
        c->report->failed = true;
        return false;
    }
    r->entries = grown;
    r->capacity = capacity;
    return true;
}

static void compile_document(compiler *c, flama_shape *shape, const flama_type *view)
{
    if (view->document == NULL)
        return;
    shape->document = compile_json(c, "document", view->document);
    if (shape->document && shape->document->kind != FLAMA_KIND_OBJECT)
        mistake(c, "its document is no object");
    if (!view->as_value)
        mistake(c, "its document is for values only");
}

/* The schema of an object type, from the registry or new. It is filed before its fields
 * are compiled: they may lead back to it. */
static const flama_schema *compile_shape(compiler *c, const char *name,
                                         const flama_type *type, const flama_type *view)
{
    const flama_registry_entry *there = find_type(c->registry, type);
    if (there)
        return there->schema;
    if (is_taken(c->registry, name)) {
        mistake(c, "the name %s is taken by another schema", name);
        return NULL;
    }
    flama_schema *node = take(c, 1, sizeof *node);
    flama_shape *shape = take(c, 1, sizeof *shape);
    const char *kept = copy(c, name);
    if (node == NULL || shape == NULL || kept == NULL || !make_room(c))
        return NULL;
    *shape = (flama_shape){.name = {kept, strlen(kept)},
                           .size = view->instance_size,
                           .description = copy(c, view->description)};
    *node = (flama_schema){
        .kind = FLAMA_TYPE_SCHEMA, .size = view->instance_size, .shape = shape};
    c->registry->entries[c->registry->count++] =
        (flama_registry_entry){type, node, false};
    compiler inner = {c->registry, c->report, kept, NULL, c->depth};
    compile_fields(&inner, shape, view);
    compile_document(&inner, shape, view);
    return node;
}

/* Wraps the node of an item in the node of a list of them. */
static flama_schema *compile_list(compiler *c, const flama_schema *item)
{
    flama_schema *list = take(c, 1, sizeof *list);
    if (list)
        *list = (flama_schema){
            .kind = FLAMA_TYPE_ARRAY, .size = item->size, .many = true, .items = item};
    return list;
}

static flama_schema *compile_node(compiler *c, const flama_type *type,
                                  const flama_type *view)
{
    flama_schema *node = take(c, 1, sizeof *node);
    if (node == NULL)
        return NULL;
    if (view->kind == FLAMA_TYPE_SCHEMA) {
        const flama_schema *named = compile_shape(c, view->name, type, view);
        if (named == NULL)
            return NULL;
        *node = *named;
        return node;
    }
    node->kind = view->kind;
    node->size = view->instance_size;
    flama_field rules;
    if (view->rules && read_field(view->rules, 0, &rules))
        apply(c, node, &rules);
    return node;
}

/* The node of a type as a field uses it; field is NULL for the type by itself. */
static const flama_schema *compile_type(compiler *c, const flama_type *type,
                                        const flama_field *field)
{
    flama_type view;
    if (!read_type(type, &view) || view.name == NULL || view.kind > FLAMA_TYPE_SCHEMA) {
        mistake(c, "it has no type");
        return NULL;
    }
    if (view.kind == FLAMA_TYPE_OPAQUE || view.kind == FLAMA_TYPE_RESOURCE) {
        mistake(c, "%s is not data, so nothing can be checked against it", view.name);
        return NULL;
    }
    if (c->depth == NESTING) {
        mistake(c, "its types are nested more than %d deep", NESTING);
        return NULL;
    }
    c->depth++;
    flama_schema *node = compile_node(c, type, &view);
    if (node && field && field->many)
        node = compile_list(c, node);
    if (node && field)
        apply(c, node, field);
    if (node) {
        check_literal(c, node, "default", node->fallback);
        check_literal(c, node, "example", node->example);
    }
    c->depth--;
    return node;
}

void flama_registry_init(flama_registry *registry, flama_arena *arena)
{
    *registry = (flama_registry){.arena = arena};
}

const flama_schema *flama_registry_add(flama_registry *registry, const char *name,
                                       const flama_type *type, flama_report *report)
{
    compiler c = {registry, report, NULL, NULL, 0};
    flama_type view;
    if (!read_type(type, &view) || view.kind != FLAMA_TYPE_SCHEMA || name[0] == '\0') {
        mistake(&c, "%s is not a schema", name[0] ? name : "what has no name");
        return NULL;
    }
    if (name[strspn(name, NAME_CHARACTERS)] != '\0') {
        mistake(&c, "schema %s: a name has letters, digits, '.', '_' and '-' only",
                name);
        return NULL;
    }
    size_t before = report->errors;
    const flama_schema *schema = compile_shape(&c, name, type, &view);
    flama_registry_entry *entry = find_type(registry, type);
    if (entry && report->errors != before)
        entry->registered = true; /* so that only its own mistakes are told */
    if (schema == NULL || report->errors != before)
        return NULL;
    const char *known = schema->shape->name.data;
    if (strcmp(known, name) != 0) {
        mistake(&c, "schema %s is already known as %s", name, known);
        return NULL;
    }
    if (entry->registered)
        flama_report_warn(report, NULL, "schema %s is registered twice", name);
    entry->registered = true;
    return schema;
}

const flama_schema *flama_registry_find(const flama_registry *registry,
                                        const flama_type *type)
{
    const flama_registry_entry *entry = find_type(registry, type);
    return entry && entry->registered ? entry->schema : NULL;
}

int flama_schema_compile(flama_registry *registry, const flama_type *type,
                         const flama_schema **out, flama_report *report)
{
    compiler c = {registry, report, NULL, NULL, 0};
    size_t before = report->errors;
    *out = compile_type(&c, type, NULL);
    if (report->failed)
        return FLAMA_EMEMORY;
    return *out && report->errors == before ? 0 : FLAMA_ESETUP;
}
