#include "app/plan.h"

#include <string.h>

#include "app/body.h"
#include "app/component.h"
#include "app/query.h"
#include "base/error.h"

const flama_type flama_resource_type = {.size = sizeof(flama_type),
                                        .name = "flama_resource",
                                        .kind = FLAMA_TYPE_RESOURCE,
                                        .instance_size = sizeof(flama_resource)};

#define OPAQUE(id)                 \
    const flama_type id##_type = { \
        .size = sizeof(flama_type), .name = #id, .kind = FLAMA_TYPE_OPAQUE}
OPAQUE(flama_request);
OPAQUE(flama_app);
OPAQUE(flama_header_value);
OPAQUE(flama_cookie_value);
OPAQUE(flama_failure);

static bool is_scalar(const flama_type *type)
{
    return type->kind == FLAMA_TYPE_STRING || type->kind == FLAMA_TYPE_INTEGER ||
           type->kind == FLAMA_TYPE_NUMBER || type->kind == FLAMA_TYPE_BOOLEAN;
}

static void mistake(const flama_plan_scope *scope, const flama_param *param,
                    const char *why)
{
    flama_report_add(scope->report, FLAMA_ESETUP, NULL, "%s: parameter '%s' (%s) %s",
                     scope->what, param->name, param->type->name, why);
}

/* Wires a parameter that belongs to the request; a component of the app has none. */
static bool needs_request(const flama_plan_scope *scope, const flama_param *param)
{
    if (scope->route)
        return true;
    mistake(scope, param,
            "comes from a request, but a component of the app is made at start: make "
            "the component one per request");
    return false;
}

static bool wire_scalar(const flama_plan_scope *scope, const flama_param *param,
                        flama_step *step)
{
    step->source = FLAMA_SOURCE_QUERY;
    step->key = (flama_string){param->name, strlen(param->name)};
    for (size_t i = 0; scope->route && i < scope->route->param_count; i++) {
        flama_string name = scope->route->params[i].name;
        if (name.size == step->key.size &&
            memcmp(name.data, step->key.data, name.size) == 0) {
            step->source = FLAMA_SOURCE_PATH;
            step->index = i;
        }
    }
    return needs_request(scope, param) &&
           flama_schema_compile(scope->registry, param->type, &step->schema,
                                scope->report) == 0;
}

/* An array of what texts can stand for. */
static bool wire_list(const flama_plan_scope *scope, const flama_param *param,
                      flama_step *step)
{
    const flama_field *rules = param->type->rules;
    if (param->type->kind != FLAMA_TYPE_ARRAY ||
        (rules && rules->items && !is_scalar(rules->items))) {
        mistake(scope, param,
                "can't be read from the query: let it be an array of strings, numbers "
                "or booleans");
        return false;
    }
    return wire_scalar(scope, param, step);
}

static bool wire_body(const flama_plan_scope *scope, const flama_param *param,
                      flama_step *step)
{
    step->source = FLAMA_SOURCE_BODY;
    step->as_value = flama_type_as_value(param->type);
    if (!needs_request(scope, param))
        return false;
    if (scope->has_failure) {
        mistake(scope, param,
                "is a body, which a request that failed need not have: ask for "
                "flama_request");
        return false;
    }
    if (param->type->kind == FLAMA_TYPE_SCHEMA) {
        step->schema = flama_registry_find(scope->registry, param->type);
        if (step->schema == NULL)
            flama_report_add(scope->report, FLAMA_ESETUP, NULL,
                             "%s: parameter '%s' (%s) is a schema that is not "
                             "registered: call flama_register_schema(app, %s)",
                             scope->what, param->name, param->type->name,
                             param->type->name);
        return step->schema != NULL;
    }
    return flama_schema_compile(scope->registry, param->type, &step->schema,
                                scope->report) == 0;
}

static bool wire_resource(const flama_plan_scope *scope, const flama_param *param,
                          flama_step *step)
{
    step->source = FLAMA_SOURCE_RESOURCE;
    const flama_type *own =
        scope->def && scope->def->type ? scope->def->type : &flama_resource_type;
    if (!scope->has_resource)
        mistake(scope, param,
                "is a resource, but this route belongs to none: make it a method of a "
                "resource");
    else if (param->type != &flama_resource_type && param->type != own)
        mistake(scope, param,
                "is not the type of this resource: give the resource "
                "FLAMA_ATTRIBUTES of that type");
    else
        return true;
    return false;
}

/* "user_agent" -> "user-agent": a header's name as a parameter's. */
static bool wire_named(const flama_plan_scope *scope, const flama_param *param,
                       flama_step *step, flama_param_source source)
{
    size_t size = strlen(param->name);
    char *name = flama_arena_copy(scope->arena, param->name, size);
    if (name == NULL) {
        scope->report->failed = true;
        return false;
    }
    for (char *c = name; *c; c++)
        if (*c == '_')
            *c = '-';
    step->source = source;
    step->key = (flama_string){name, size};
    return needs_request(scope, param);
}

static bool wire_opaque(const flama_plan_scope *scope, const flama_param *param,
                        flama_step *step)
{
    const flama_type *type = param->type;
    if (type == &flama_header_value_type)
        return wire_named(scope, param, step, FLAMA_SOURCE_HEADER);
    if (type == &flama_cookie_value_type)
        return wire_named(scope, param, step, FLAMA_SOURCE_COOKIE);
    if (type == &flama_app_type) {
        step->source = FLAMA_SOURCE_APP;
        return true;
    }
    if (type == &flama_request_type) {
        step->source = FLAMA_SOURCE_REQUEST;
        return needs_request(scope, param);
    }
    if (type == &flama_failure_type) {
        step->source = FLAMA_SOURCE_FAILURE;
        if (!scope->has_failure)
            mistake(scope, param,
                    "is an error, which handlers given to flama_on_error are told of");
        return scope->has_failure;
    }
    step->source = FLAMA_SOURCE_COMPONENT;
    step->component = flama_component_find(scope->components, type);
    if (step->component == NULL)
        mistake(scope, param,
                "is provided by nothing: add a component that gives it with "
                "flama_add_component");
    else if (scope->route == NULL && !step->component->per_app)
        mistake(scope, param,
                "is made per request, but a component of the app is made at start: "
                "make both of the same kind");
    else
        return true;
    return false;
}

/* The parameters of a handler may be of an older header, whose struct is shorter. */
static const flama_param *param_at(const flama_handler *handler, size_t i)
{
    return (const void *)((const char *)handler->params + i * handler->params->size);
}

static bool wire(const flama_plan_scope *scope, const flama_param *param,
                 flama_step *step)
{
    *step = (flama_step){.param = param};
    if (param->type->kind == FLAMA_TYPE_RESOURCE)
        return wire_resource(scope, param, step);
    if (param->type->kind == FLAMA_TYPE_OPAQUE)
        return wire_opaque(scope, param, step);
    if (is_scalar(param->type))
        return wire_scalar(scope, param, step);
    if (param->in_query)
        return wire_list(scope, param, step);
    return wire_body(scope, param, step);
}

/* The schema of what the handler gives; "any" and "object" promise nothing more. */
static bool wire_answer(const flama_plan_scope *scope, flama_plan *plan)
{
    const flama_type *gives = plan->handler->gives;
    plan->gives_value = flama_type_as_value(gives);
    if (gives->kind == FLAMA_TYPE_OPAQUE || gives->kind == FLAMA_TYPE_RESOURCE)
        return true; /* a component's */
    if (gives->kind != FLAMA_TYPE_SCHEMA)
        return flama_schema_compile(scope->registry, gives, &plan->gives,
                                    scope->report) == 0;
    plan->gives = flama_registry_find(scope->registry, gives);
    if (plan->gives == NULL)
        flama_report_add(scope->report, FLAMA_ESETUP, NULL,
                         "%s gives %s, a schema that is not registered: call "
                         "flama_register_schema(app, %s)",
                         scope->what, gives->name, gives->name);
    return plan->gives != NULL;
}

flama_plan *flama_plan_compile(const flama_plan_scope *scope,
                               const flama_handler *handler)
{
    flama_plan *plan = flama_arena_calloc(scope->arena, 1, sizeof *plan);
    flama_step *steps =
        flama_arena_calloc(scope->arena, handler->param_count + 1, sizeof *steps);
    if (plan == NULL || steps == NULL) {
        scope->report->failed = true;
        return NULL;
    }
    plan->handler = handler;
    plan->steps = steps;
    plan->step_count = handler->param_count;
    plan->begins = handler->size > offsetof(flama_handler, ctx) && handler->begin;
    bool good = wire_answer(scope, plan);
    for (size_t i = 0; i < handler->param_count; i++) {
        good &= wire(scope, param_at(handler, i), &steps[i]);
        if (steps[i].source != FLAMA_SOURCE_BODY)
            continue;
        if (plan->reads_body) {
            mistake(scope, steps[i].param,
                    "is a second body: a request has one; put both into one schema");
            good = false;
        }
        plan->reads_body = true;
    }
    return good ? plan : NULL;
}

static int out_of_memory(flama_invocation *inv)
{
    return flama_fail(&inv->call, FLAMA_EMEMORY, "%s", flama_error_text(FLAMA_EMEMORY));
}

static int fill_body(const flama_step *step, flama_invocation *inv, const void **out)
{
    flama_value *body = flama_arena_alloc(inv->call.arena, sizeof *body);
    void *data = flama_arena_alloc(inv->call.arena,
                                   step->as_value ? sizeof *body : step->schema->size);
    if (body == NULL || data == NULL)
        return out_of_memory(inv);
    int rc = flama_body_decode(inv->call.arena, &inv->exchange->request, body,
                               &inv->call.error);
    if (rc == 0 && step->as_value)
        rc = flama_schema_convert(step->schema, FLAMA_EVALIDATION, body, data,
                                  inv->call.arena, &inv->report);
    else if (rc == 0)
        rc = flama_schema_validate(step->schema, body, data, inv->call.arena,
                                   &inv->report);
    *out = data;
    return rc;
}

static int missing(const flama_step *step, flama_invocation *inv)
{
    if (step->param->optional)
        return 0;
    flama_report_add(&inv->report, FLAMA_EVALIDATION, step->param->name,
                     "This field is required.");
    return FLAMA_EVALIDATION;
}

static int fill_texts(const flama_step *step, flama_invocation *inv,
                      const flama_string *texts, size_t count, const void **out)
{
    void *data = flama_arena_alloc(inv->call.arena, step->schema->size);
    if (data == NULL)
        return out_of_memory(inv);
    *out = data;
    return flama_schema_validate_texts(step->schema, step->param->name, texts, count,
                                       data, inv->call.arena, &inv->report);
}

static int fill_query(const flama_step *step, flama_invocation *inv, const void **out)
{
    flama_string *texts;
    size_t count;
    int rc = flama_query_get(inv->call.arena, inv->exchange->request.query, step->key,
                             &texts, &count, &inv->call.error);
    if (rc != 0)
        return rc;
    return count ? fill_texts(step, inv, texts, count, out) : missing(step, inv);
}

static int fill_text(const flama_step *step, flama_invocation *inv, const void **out)
{
    const flama_request *request = &inv->exchange->request;
    if (step->source == FLAMA_SOURCE_HEADER) {
        *out = flama_request_header(request, step->key.data);
        return *out ? 0 : missing(step, inv);
    }
    flama_string text;
    if (!flama_cookie_get(request, step->key, &text))
        return missing(step, inv);
    flama_string *copy = flama_arena_alloc(inv->call.arena, sizeof *copy);
    if (copy == NULL)
        return out_of_memory(inv);
    *copy = text;
    *out = copy;
    return 0;
}

static int fill_step(const flama_step *step, flama_invocation *inv, const void **out)
{
    switch (step->source) {
    case FLAMA_SOURCE_BODY:
        return fill_body(step, inv, out);
    case FLAMA_SOURCE_PATH:
        return fill_texts(step, inv, &inv->match->params[step->index], 1, out);
    case FLAMA_SOURCE_QUERY:
        return fill_query(step, inv, out);
    case FLAMA_SOURCE_HEADER:
    case FLAMA_SOURCE_COOKIE:
        return fill_text(step, inv, out);
    case FLAMA_SOURCE_REQUEST:
        *out = &inv->exchange->request;
        return 0;
    case FLAMA_SOURCE_APP:
        *out = inv->app;
        return 0;
    case FLAMA_SOURCE_RESOURCE:
        *out = inv->resource;
        return 0;
    case FLAMA_SOURCE_FAILURE:
        *out = inv->failure;
        return 0;
    case FLAMA_SOURCE_COMPONENT:
        break;
    }
    void *provided = NULL;
    int rc = flama_component_provide(step->component, inv, &provided);
    *out = provided;
    return rc;
}

int flama_plan_fill(const flama_plan *plan, flama_invocation *inv, void **in)
{
    char *filled = flama_arena_calloc(inv->call.arena, 1, plan->handler->in_size);
    if (filled == NULL)
        return out_of_memory(inv);
    int first = 0;
    for (size_t i = 0; i < plan->step_count; i++) {
        const flama_step *step = &plan->steps[i];
        const void *value = NULL;
        int rc = fill_step(step, inv, &value);
        if (rc != 0 && rc != FLAMA_EVALIDATION)
            return rc;
        if (rc != 0)
            first = rc; /* go on: all mistakes of the request are told at once */
        memcpy(filled + step->param->offset, &value, sizeof value);
    }
    *in = filled;
    return first;
}

static size_t length(const flama_value *value)
{
    if (value && value->kind == FLAMA_KIND_TENSOR)
        return value->tensor->rank ? value->tensor->shape[0] : 1;
    return value && value->kind == FLAMA_KIND_ARRAY ? value->array.count : 1;
}

static size_t body_rows(const flama_schema *schema, const char *body)
{
    size_t rows = 1;
    for (size_t i = 0; schema->shape && i < schema->shape->field_count; i++) {
        const flama_schema_field *field = &schema->shape->fields[i];
        const flama_value *value;
        if (field->schema->kind != FLAMA_TYPE_ARRAY || field->schema->many)
            continue;
        memcpy(&value, body + field->offset, sizeof value);
        rows = length(value) > rows ? length(value) : rows;
    }
    return rows;
}

size_t flama_plan_rows(const flama_plan *plan, const void *in)
{
    for (size_t i = 0; i < plan->step_count; i++) {
        const flama_step *step = &plan->steps[i];
        const char *body;
        if (step->source != FLAMA_SOURCE_BODY)
            continue;
        memcpy(&body, (const char *)in + step->param->offset, sizeof body);
        return body_rows(step->schema, body);
    }
    return 1;
}
