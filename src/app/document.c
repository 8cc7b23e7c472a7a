/* The OpenAPI document of the app's routes, and the routes that show it. */
#include <string.h>

#include <flama/json.h>

#include "app/app.h"
#include "engine/model.h"
#include "http/method.h"
#include "schema/describe.h"
#include "schema/doc.h"
#include "schema/openapi.h"
#include "schema/shape.h"

/* Methods that the document tells of. */
enum { DOCUMENTED = FLAMA_GET | FLAMA_POST | FLAMA_PUT | FLAMA_PATCH | FLAMA_DELETE };

static const flama_value *keep(flama_app *app, flama_value value)
{
    flama_value *copy = flama_arena_alloc(app->arena, sizeof *copy);
    if (copy == NULL)
        app->report.failed = true;
    else
        *copy = value;
    return copy;
}

static bool is_parameter(const flama_step *step, flama_parameter_place *in)
{
    switch (step->source) {
    case FLAMA_SOURCE_PATH:
        *in = FLAMA_IN_PATH;
        return true;
    case FLAMA_SOURCE_QUERY:
        *in = FLAMA_IN_QUERY;
        return true;
    case FLAMA_SOURCE_HEADER:
        *in = FLAMA_IN_HEADER;
        return true;
    case FLAMA_SOURCE_COOKIE:
        *in = FLAMA_IN_COOKIE;
        return true;
    case FLAMA_SOURCE_BODY:
    case FLAMA_SOURCE_REQUEST:
    case FLAMA_SOURCE_APP:
    case FLAMA_SOURCE_RESOURCE:
    case FLAMA_SOURCE_FAILURE:
    case FLAMA_SOURCE_COMPONENT:
        break;
    }
    return false;
}

static void describe_parameters(flama_app *app, const flama_plan *plan,
                                flama_operation *operation)
{
    flama_openapi_parameter *list =
        flama_arena_calloc(app->arena, plan->step_count + 1, sizeof *list);
    if (list == NULL) {
        app->report.failed = true;
        return;
    }
    operation->parameters = list;
    for (size_t i = 0; i < plan->step_count; i++) {
        const flama_step *step = &plan->steps[i];
        flama_openapi_parameter *p = &list[operation->parameter_count];
        if (step->source == FLAMA_SOURCE_BODY)
            operation->request = step->schema;
        if (!is_parameter(step, &p->in))
            continue;
        p->name = step->key.data;
        p->schema = step->schema;
        p->required = !step->param->optional;
        operation->parameter_count++;
    }
}

/* The model's own shape, where the route is a built-in one that runs it. */
static void describe_model(flama_app *app, const flama_handler_route *route,
                           flama_operation *operation)
{
    const flama_signature *signature =
        flama_model_signature(route->resource->model, route->runs);
    flama_value shape = {0}, example = {0}, output = {0};
    if (signature == NULL)
        return;
    if (flama_shape_of_input(app->arena, signature, &shape, &example) != 0 ||
        flama_shape_of_output(app->arena, signature, &output) != 0) {
        app->report.failed = true;
        return;
    }
    operation->shape_name = route->resource->name;
    operation->request_shape = shape.kind ? keep(app, shape) : NULL;
    operation->request_example = example.kind ? keep(app, example) : NULL;
    operation->response_shape = output.kind ? keep(app, output) : NULL;
}

/* Whether there is more to say of an answer than that it is JSON. */
static bool promises(const flama_schema *gives)
{
    return gives->kind != FLAMA_TYPE_ANY && gives->kind != FLAMA_TYPE_OBJECT;
}

static void describe_route(flama_app *app, const flama_handler_route *route,
                           flama_operation *operation)
{
    operation->path = route->route.path.data;
    operation->tag = route->resource ? route->resource->verbose_name : NULL;
    operation->response = promises(route->plan->gives) ? route->plan->gives : NULL;
    if (route->doc) {
        flama_value doc;
        const char *name = route->route.name ? route->route.name : route->handler->name;
        if (flama_doc_read(app->arena, name, route->doc, &doc, &app->report) == 0)
            operation->doc = keep(app, doc);
    }
    describe_parameters(app, route->plan, operation);
    if (route->runs)
        describe_model(app, route, operation);
}

static bool equal(flama_string a, const char *data, size_t size)
{
    return a.size == size && memcmp(a.data, data, size) == 0;
}

/* What the document tells of: routes and schemas of the app, which owns the memory, and
 * of those mounted below it. */
typedef struct gathered {
    flama_app *app;
    flama_operation *operations;
    size_t count;
    flama_registry schemas;
} gathered;

static size_t operations_of(const flama_app *app)
{
    size_t count = app->router.count * FLAMA_HTTP_METHODS;
    for (const flama_mounted *m = app->mounts; m; m = m->next)
        count += operations_of(m->child);
    return count;
}

static size_t schemas_of(const flama_app *app)
{
    size_t count = app->registry.count;
    for (const flama_mounted *m = app->mounts; m; m = m->next)
        count += schemas_of(m->child);
    return count;
}

static const flama_registry_entry *find_name(const flama_registry *schemas,
                                             flama_string name)
{
    for (size_t i = 0; i < schemas->count; i++) {
        flama_string other = schemas->entries[i].schema->shape->name;
        if (equal(other, name.data, name.size))
            return &schemas->entries[i];
    }
    return NULL;
}

static flama_string printed(flama_app *app, const flama_schema *schema)
{
    flama_value document;
    flama_string text = FLAMA_STRING("");
    if (flama_schema__describe_shape(app->arena, schema->shape, &document) != 0 ||
        flama_json_encode(app->arena, &document, 0, &text, NULL) != 0)
        app->report.failed = true;
    return text;
}

static bool says_the_same(flama_app *app, const flama_registry_entry *a,
                          const flama_registry_entry *b)
{
    if (a->type == b->type)
        return true;
    flama_string one = printed(app, a->schema), other = printed(app, b->schema);
    return equal(one, other.data, other.size);
}

/* Adds the schemas of an app; false, with a warning, when one has the name of another.
 */
static bool gather_schemas(gathered *g, const flama_app *of, const char *prefix)
{
    const flama_registry *own = &of->registry;
    for (size_t i = 0; i < own->count; i++) {
        flama_string name = own->entries[i].schema->shape->name;
        const flama_registry_entry *known = find_name(&g->schemas, name);
        if (known == NULL || says_the_same(g->app, known, &own->entries[i]))
            continue;
        flama_report_warn(&g->app->report, NULL,
                          "%s: schema %s has the name of another one outside: the "
                          "document leaves out what is mounted there",
                          prefix, name.data);
        return false;
    }
    for (size_t i = 0; i < own->count; i++)
        if (!find_name(&g->schemas, own->entries[i].schema->shape->name))
            g->schemas.entries[g->schemas.count++] = own->entries[i];
    return true;
}

static const char *joined(flama_app *app, const char *prefix, const char *path)
{
    const char *both = flama_arena_format(app->arena, "%s%s", prefix, path);
    app->report.failed |= both == NULL;
    return both ? both : "";
}

static void gather(gathered *g, const flama_app *of, const char *prefix)
{
    if (!gather_schemas(g, of, prefix))
        return;
    for (const flama_handler_route *r = of->routes; r; r = r->next) {
        if (!r->documented)
            continue;
        flama_operation operation = {0};
        describe_route(g->app, r, &operation);
        operation.path = joined(g->app, prefix, operation.path);
        for (size_t i = 0; i < FLAMA_HTTP_METHODS; i++)
            if (r->route.methods & DOCUMENTED & flama_http_methods[i].method) {
                g->operations[g->count] = operation;
                g->operations[g->count++].method = flama_http_methods[i].name;
            }
    }
    for (const flama_mounted *m = of->mounts; m; m = m->next)
        gather(g, m->child, joined(g->app, prefix, m->path.data));
}

static bool may_be_given(const flama_member *member, flama_kind *kind)
{
    static const struct {
        const char *name;
        flama_kind kind;
    } known[] = {
        {"info", FLAMA_KIND_OBJECT},         {"servers", FLAMA_KIND_ARRAY},
        {"security", FLAMA_KIND_ARRAY},      {"tags", FLAMA_KIND_ARRAY},
        {"externalDocs", FLAMA_KIND_OBJECT}, {"components", FLAMA_KIND_OBJECT}};
    *kind = member->value.kind;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (equal(member->name, known[i].name, strlen(known[i].name))) {
            *kind = known[i].kind;
            return true;
        }
    return member->name.size > 2 && memcmp(member->name.data, "x-", 2) == 0;
}

/* What the options lay over the document; false with what is wrong told. */
static bool read_over(flama_app *app, flama_value *out)
{
    flama_error err = {0};
    const char *text = app->options.openapi;
    int rc = flama_json_decode(app->arena, text, strlen(text), 0, out, &err);
    if (rc != 0)
        flama_report_add(&app->report, FLAMA_ESETUP, NULL, "openapi: %s", err.message);
    else if (out->kind != FLAMA_KIND_OBJECT)
        flama_report_add(&app->report, FLAMA_ESETUP, NULL, "openapi is not an object");
    for (size_t i = 0;
         rc == 0 && out->kind == FLAMA_KIND_OBJECT && i < out->object.count; i++) {
        const flama_member *member = &out->object.members[i];
        flama_kind kind;
        if (!may_be_given(member, &kind))
            flama_report_add(&app->report, FLAMA_ESETUP, NULL,
                             "openapi has '%.*s': only info, servers, security, tags, "
                             "externalDocs, components and x-... can be given",
                             (int)member->name.size, member->name.data);
        else if (member->value.kind != kind)
            flama_report_add(&app->report, FLAMA_ESETUP, NULL,
                             "openapi: %.*s must be an %s", (int)member->name.size,
                             member->name.data,
                             kind == FLAMA_KIND_ARRAY ? "array" : "object");
    }
    return flama_report_code(&app->report) == 0;
}

void flama_app__describe(flama_app *app)
{
    flama_value over = {0}, document;
    if (!read_over(app, &over))
        return;
    gathered g = {.app = app};
    g.operations =
        flama_arena_calloc(app->arena, operations_of(app) + 1, sizeof *g.operations);
    g.schemas.entries =
        flama_arena_calloc(app->arena, schemas_of(app) + 1, sizeof *g.schemas.entries);
    if (g.operations == NULL || g.schemas.entries == NULL) {
        app->report.failed = true;
        return;
    }
    gather(&g, app, "");
    flama_openapi_info info = {app->options.title, app->options.version,
                               app->options.description, app->options.root_path, &over};
    if (flama_openapi_build(app->arena, &info, g.operations, g.count, &g.schemas,
                            &document) != 0 ||
        flama_json_encode(app->arena, &document, 0, &app->openapi, NULL) != 0)
        app->report.failed = true;
}
