#include "schema/openapi.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <flama/json.h>

#include "schema/describe.h"

#define API_ERROR "flama.core.APIError"
#define NO_DESCRIPTION "Description not provided."

/* Building can only fail for want of memory: `failed` collects that. */
typedef struct writer {
    flama_arena *arena;
    flama_builder schemas; /* the components */
    bool failed;
} writer;

static flama_value ended(writer *w, flama_builder *builder)
{
    flama_value out = flama_value_null();
    w->failed |= flama_builder_end(builder, &out) != 0;
    return out;
}

static void begin(writer *w, flama_builder *object)
{
    flama_object_begin(object, w->arena);
}

static void add_text(flama_builder *object, const char *name, const char *text)
{
    if (text)
        flama_object_add(object, name, flama_value_text(text));
}

static flama_value wrapped(writer *w, const char *name, flama_value value)
{
    flama_builder object;
    begin(w, &object);
    flama_object_add(&object, name, value);
    return ended(w, &object);
}

static flama_value empty(void)
{
    return (flama_value){.kind = FLAMA_KIND_OBJECT};
}

static flama_value typed(writer *w, const char *type)
{
    return wrapped(w, "type", flama_value_text(type));
}

static flama_value pair(writer *w, flama_value first, flama_value second)
{
    flama_builder array;
    flama_array_begin(&array, w->arena);
    flama_array_add(&array, first);
    flama_array_add(&array, second);
    return ended(w, &array);
}

static void add_property(writer *w, flama_builder *properties, const char *name,
                         flama_value either, const char *description, const char *title)
{
    flama_builder object;
    begin(w, &object);
    if (either.kind == FLAMA_KIND_ARRAY)
        flama_object_add(&object, "anyOf", either);
    add_text(&object, "description", description);
    add_text(&object, "title", title);
    if (either.kind == FLAMA_KIND_STRING)
        flama_object_add(&object, "type", either);
    flama_object_add(properties, name, ended(w, &object));
}

/* What every error is answered with. */
static flama_value api_error(writer *w)
{
    flama_builder any, properties, required, object;
    begin(w, &any);
    flama_object_add(&any, "additionalProperties", flama_value_bool(true));
    add_text(&any, "type", "object");
    begin(w, &properties);
    add_property(w, &properties, "status_code", flama_value_text("integer"),
                 "HTTP status code", "status_code");
    add_property(w, &properties, "detail", pair(w, typed(w, "string"), ended(w, &any)),
                 "Error detail", "detail");
    add_property(w, &properties, "error", pair(w, typed(w, "string"), typed(w, "null")),
                 "Exception or error type", "type");
    flama_array_begin(&required, w->arena);
    flama_array_add(&required, flama_value_text("status_code"));
    flama_array_add(&required, flama_value_text("detail"));
    flama_array_add(&required, flama_value_text("error"));
    begin(w, &object);
    flama_object_add(&object, "properties", ended(w, &properties));
    flama_object_add(&object, "required", ended(w, &required));
    add_text(&object, "title", "APIError");
    add_text(&object, "type", "object");
    return ended(w, &object);
}

static void add_members(flama_builder *object, const flama_value *from)
{
    if (from && from->kind == FLAMA_KIND_OBJECT)
        for (size_t i = 0; i < from->object.count; i++)
            flama_object_add_string(object, from->object.members[i].name,
                                    from->object.members[i].value);
}

/* `base` with the members of `over` laid over it, objects within likewise: no deeper
 * than `base`, which was built here. */
static flama_value overlay(writer *w, const flama_value *base, const flama_value *over)
{
    flama_builder object;
    begin(w, &object);
    for (size_t i = 0; i < base->object.count; i++) {
        const flama_member *m = &base->object.members[i];
        const flama_value *other = flama_value_get_string(over, m->name);
        bool both = other && other->kind == FLAMA_KIND_OBJECT &&
                    m->value.kind == FLAMA_KIND_OBJECT;
        flama_object_add_string(&object, m->name,
                                both    ? overlay(w, &m->value, other)
                                : other ? *other
                                        : m->value);
    }
    for (size_t i = 0; i < over->object.count; i++) {
        const flama_member *m = &over->object.members[i];
        if (flama_value_get_string(base, m->name) == NULL)
            flama_object_add_string(&object, m->name, m->value);
    }
    return ended(w, &object);
}

static const flama_value *member(const flama_builder *object, flama_string name)
{
    const flama_value so_far = {.kind = FLAMA_KIND_OBJECT,
                                .object = {object->items, object->count}};
    return flama_value_get_string(&so_far, name);
}

static bool same(writer *w, const flama_value *a, const flama_value *b)
{
    flama_string one = {0}, other = {0};
    w->failed |= flama_json_encode(w->arena, a, 0, &one, NULL) != 0 ||
                 flama_json_encode(w->arena, b, 0, &other, NULL) != 0;
    return one.size == other.size && memcmp(one.data, other.data, one.size) == 0;
}

/* A component's name that is not taken, unless by the same: "base.name", or
 * "base.name-2" and so on. Only letters, digits and "._-" may be in it. */
static flama_string free_name(writer *w, flama_string base, const char *name,
                              const flama_value *content)
{
    for (unsigned i = 1;; i++) {
        char *text = i == 1
                         ? flama_arena_format(w->arena, "%s.%s", base.data, name)
                         : flama_arena_format(w->arena, "%s.%s-%u", base.data, name, i);
        if (text == NULL) {
            w->failed = true;
            return FLAMA_STRING("");
        }
        for (char *c = text; *c; c++)
            if (!isalnum((unsigned char)*c) && strchr("._-", *c) == NULL)
                *c = '_';
        flama_string full = {text, strlen(text)};
        const flama_value *taken = member(&w->schemas, full);
        if (w->failed || taken == NULL || same(w, taken, content))
            return full;
    }
}

/* The component of a schema as one model has it; returns the reference to it. */
static flama_value shaped(writer *w, const flama_shape *shape, const char *name,
                          const flama_value *over)
{
    flama_value common = empty(), reference = empty();
    w->failed |= flama_schema__describe_shape(w->arena, shape, &common) != 0;
    common = overlay(w, &common, over);
    flama_string full = free_name(w, shape->name, name, &common);
    w->failed |= flama_schema__reference(w->arena, full, &reference) != 0;
    if (member(&w->schemas, full) == NULL)
        flama_object_add_string(&w->schemas, full, common);
    return reference;
}

/* {"application/json": {"schema": ...}} */
static flama_value content(writer *w, const flama_schema *schema, const char *name,
                           const flama_value *shape, const flama_value *example)
{
    if (schema == NULL)
        return empty();
    flama_value described = empty();
    if (schema->shape && name && shape && shape->kind == FLAMA_KIND_OBJECT)
        described = shaped(w, schema->shape, name, shape);
    else
        w->failed |= flama_schema__describe(w->arena, schema, NULL, &described) != 0;
    flama_builder media;
    begin(w, &media);
    flama_object_add(&media, "schema", described);
    if (example && example->kind != FLAMA_KIND_NULL)
        flama_object_add(&media, "example", *example);
    return wrapped(w, "application/json", ended(w, &media));
}

static flama_value default_response(writer *w)
{
    flama_value reference = empty();
    w->failed |= flama_schema__reference(w->arena, FLAMA_STRING(API_ERROR), &reference);
    flama_builder response;
    begin(w, &response);
    add_text(&response, "description", "Unexpected error.");
    flama_object_add(&response, "content",
                     wrapped(w, "application/json", wrapped(w, "schema", reference)));
    return ended(w, &response);
}

/* A response from what the doc says of it (or NULL) and its content, where the doc has
 * none of its own. */
static flama_value response(writer *w, const flama_value *doc, const flama_value *body)
{
    flama_builder object;
    begin(w, &object);
    if (flama_value_get(doc, "description") == NULL)
        add_text(&object, "description", NO_DESCRIPTION);
    add_members(&object, doc);
    if (body && flama_value_get(doc, "content") == NULL)
        flama_object_add(&object, "content", *body);
    return ended(w, &object);
}

/* 200 first and default last; what else the doc names stands between. */
static flama_value responses(writer *w, const flama_operation *op)
{
    const flama_value *doc = flama_value_get(op->doc, "responses");
    flama_value body =
        content(w, op->response, op->shape_name, op->response_shape, NULL);
    flama_builder object;
    begin(w, &object);
    flama_object_add(&object, "200", response(w, flama_value_get(doc, "200"), &body));
    for (size_t i = 0; doc && i < doc->object.count; i++) {
        const flama_member *m = &doc->object.members[i];
        if (m->name.size == 3 && memcmp(m->name.data, "200", 3) != 0)
            flama_object_add_string(&object, m->name, response(w, &m->value, NULL));
    }
    const flama_value *other = flama_value_get(doc, "default");
    flama_object_add(&object, "default",
                     other ? response(w, other, NULL) : default_response(w));
    return ended(w, &object);
}

static flama_value parameter(writer *w, const flama_openapi_parameter *p)
{
    static const char *const places[] = {"path", "query", "header", "cookie"};
    flama_value schema = empty();
    if (p->schema)
        w->failed |= flama_schema__describe(w->arena, p->schema, p->name, &schema) != 0;
    flama_builder object;
    begin(w, &object);
    add_text(&object, "name", p->name);
    add_text(&object, "in", places[p->in]);
    if (p->schema)
        add_text(&object, "description", p->schema->description);
    flama_object_add(&object, "required",
                     flama_value_bool(p->required || p->in == FLAMA_IN_PATH));
    flama_object_add(&object, "schema", schema);
    return ended(w, &object);
}

static void add_parameters(writer *w, flama_builder *object, const flama_operation *op)
{
    const flama_value *doc = flama_value_get(op->doc, "parameters");
    bool more = doc && doc->kind == FLAMA_KIND_ARRAY;
    if (op->parameter_count == 0 && !more)
        return;
    flama_builder array;
    flama_array_begin(&array, w->arena);
    for (size_t i = 0; i < op->parameter_count; i++)
        flama_array_add(&array, parameter(w, &op->parameters[i]));
    for (size_t i = 0; more && i < doc->array.count; i++)
        flama_array_add(&array, doc->array.items[i]);
    flama_object_add(object, "parameters", ended(w, &array));
}

static void add_tags(writer *w, flama_builder *object, const flama_operation *op)
{
    const flama_value *tags = flama_value_get(op->doc, "tags");
    if (tags) {
        flama_object_add(object, "tags", *tags);
    } else if (op->tag) {
        flama_builder array;
        flama_array_begin(&array, w->arena);
        flama_array_add(&array, flama_value_text(op->tag));
        flama_object_add(object, "tags", ended(w, &array));
    }
}

static void add_body(writer *w, flama_builder *object, const flama_operation *op)
{
    const flama_value *doc = flama_value_get(op->doc, "requestBody");
    if (op->request == NULL && doc == NULL)
        return;
    flama_builder body;
    begin(w, &body);
    add_members(&body, doc);
    if (op->request && flama_value_get(doc, "content") == NULL)
        flama_object_add(&body, "content",
                         content(w, op->request, op->shape_name, op->request_shape,
                                 op->request_example));
    flama_object_add(object, "requestBody", ended(w, &body));
}

static flama_value operation(writer *w, const flama_operation *op)
{
    static const char *const plain[] = {"summary",      "description", "operationId",
                                        "externalDocs", "deprecated",  "security",
                                        "servers",      "callbacks"};
    flama_builder object;
    begin(w, &object);
    flama_object_add(&object, "responses", responses(w, op));
    add_tags(w, &object, op);
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        const flama_value *value = flama_value_get(op->doc, plain[i]);
        if (value)
            flama_object_add(&object, plain[i], *value);
    }
    for (size_t i = 0; op->doc && i < op->doc->object.count; i++) {
        const flama_member *m = &op->doc->object.members[i];
        if (m->name.size > 2 && memcmp(m->name.data, "x-", 2) == 0)
            flama_object_add_string(&object, m->name, m->value);
    }
    add_parameters(w, &object, op);
    add_body(w, &object, op);
    return ended(w, &object);
}

/* "/users/{id:int}/" as "/users/{id}/". */
static flama_string plain_path(writer *w, const char *path)
{
    char *out = flama_arena_copy(w->arena, path, strlen(path));
    if (out == NULL) {
        w->failed = true;
        return FLAMA_STRING("");
    }
    size_t size = 0;
    bool inside = false, dropped = false;
    for (const char *at = path; *at; at++) {
        inside = *at == '{' || (inside && *at != '}');
        dropped = inside && (dropped || *at == ':');
        if (!dropped)
            out[size++] = *at;
    }
    out[size] = '\0';
    return (flama_string){out, size};
}

static flama_string method_name(writer *w, const char *method)
{
    char *out = flama_arena_copy(w->arena, method, strlen(method));
    w->failed |= out == NULL;
    for (char *c = out; c && *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c | 0x20);
    return (flama_string){out ? out : "", out ? strlen(out) : 0};
}

static bool equal(flama_string a, flama_string b)
{
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

/* The item of a path: all operations from the i-th on that have it. */
static flama_value path_item(writer *w, const flama_operation *operations,
                             const flama_string *paths, size_t i, size_t count)
{
    flama_builder object;
    flama_string path = paths[i];
    begin(w, &object);
    for (; i < count; i++)
        if (equal(paths[i], path))
            flama_object_add_string(&object, method_name(w, operations[i].method),
                                    operation(w, &operations[i]));
    return ended(w, &object);
}

static flama_value all_paths(writer *w, const flama_operation *operations, size_t count)
{
    flama_string *paths = flama_arena_calloc(w->arena, count, sizeof *paths);
    flama_builder object;
    begin(w, &object);
    w->failed |= paths == NULL;
    for (size_t i = 0; paths && i < count; i++)
        paths[i] = plain_path(w, operations[i].path);
    for (size_t i = 0; paths && i < count; i++) {
        size_t first = 0;
        while (!equal(paths[first], paths[i]))
            first++;
        if (first == i)
            flama_object_add_string(&object, paths[i],
                                    path_item(w, operations, paths, i, count));
    }
    return ended(w, &object);
}

static int by_name(const void *a, const void *b)
{
    const flama_member *x = a, *y = b;
    size_t least = x->name.size < y->name.size ? x->name.size : y->name.size;
    int order = memcmp(x->name.data, y->name.data, least);
    return order ? order
                 : (x->name.size > y->name.size) - (x->name.size < y->name.size);
}

/* The components that do not depend on the operations. */
static void begin_schemas(writer *w, const flama_registry *registry)
{
    begin(w, &w->schemas);
    flama_object_add(&w->schemas, API_ERROR, api_error(w));
    for (size_t i = 0; registry && i < registry->count; i++) {
        const flama_shape *shape = registry->entries[i].schema->shape;
        flama_value described = empty();
        w->failed |= flama_schema__describe_shape(w->arena, shape, &described) != 0;
        flama_object_add_string(&w->schemas, shape->name, described);
    }
}

static flama_value end_schemas(writer *w)
{
    if (!w->schemas.failed)
        qsort(w->schemas.items, w->schemas.count, sizeof(flama_member), by_name);
    return ended(w, &w->schemas);
}

static flama_value components(writer *w)
{
    static const char *const others[] = {
        "responses", "parameters",      "examples", "requestBodies",
        "headers",   "securitySchemes", "links",    "callbacks"};
    flama_builder object;
    begin(w, &object);
    flama_object_add(&object, "schemas", end_schemas(w));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        flama_object_add(&object, others[i], empty());
    return ended(w, &object);
}

static flama_value information(writer *w, const flama_openapi_info *info)
{
    flama_builder object;
    begin(w, &object);
    add_text(&object, "title", info->title);
    add_text(&object, "version", info->version);
    add_text(&object, "description", info->description);
    return ended(w, &object);
}

static void add_servers(writer *w, flama_builder *document, const char *root_path)
{
    if (root_path == NULL || root_path[0] == '\0')
        return;
    flama_builder array;
    flama_array_begin(&array, w->arena);
    flama_array_add(&array, wrapped(w, "url", flama_value_text(root_path)));
    flama_object_add(document, "servers", ended(w, &array));
}

int flama_openapi_build(flama_arena *arena, const flama_openapi_info *info,
                        const flama_operation *operations, size_t count,
                        const flama_registry *registry, flama_value *out)
{
    writer w = {.arena = arena};
    begin_schemas(&w, registry);
    flama_builder document;
    begin(&w, &document);
    add_text(&document, "openapi", "3.1.0");
    flama_object_add(&document, "info", information(&w, info));
    add_servers(&w, &document, info->root_path);
    flama_object_add(&document, "paths", all_paths(&w, operations, count));
    flama_object_add(&document, "components", components(&w));
    *out = ended(&w, &document);
    if (info->over && !w.failed)
        *out = overlay(&w, out, info->over);
    return w.failed ? FLAMA_EMEMORY : 0;
}
