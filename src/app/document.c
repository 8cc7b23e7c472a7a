/* The OpenAPI document of the app's routes, and the routes that show it. */
#include <string.h>

#include <flama/json.h>

#include "app/app.h"
#include "engine/model.h"
#include "http/method.h"
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

static size_t describe_routes(flama_app *app, flama_operation *operations)
{
    size_t count = 0;
    for (const flama_handler_route *r = app->routes; r; r = r->next) {
        if (!r->documented)
            continue;
        flama_operation operation = {0};
        describe_route(app, r, &operation);
        for (size_t i = 0; i < FLAMA_HTTP_METHODS; i++)
            if (r->route.methods & DOCUMENTED & flama_http_methods[i].method) {
                operations[count] = operation;
                operations[count++].method = flama_http_methods[i].name;
            }
    }
    return count;
}

void flama_app__describe(flama_app *app)
{
    flama_operation *operations = flama_arena_calloc(
        app->arena, app->router.count * FLAMA_HTTP_METHODS + 1, sizeof *operations);
    flama_openapi_info info = {app->options.title, app->options.version,
                               app->options.description, app->options.root_path};
    flama_value document;
    if (operations == NULL ||
        flama_openapi_build(app->arena, &info, operations,
                            describe_routes(app, operations), &app->registry,
                            &document) != 0 ||
        flama_json_encode(app->arena, &document, 0, &app->openapi, NULL) != 0)
        app->report.failed = true;
}
