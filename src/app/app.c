#include "app/app.h"

#include <limits.h>
#include <string.h>

#include "app/dispatch.h"
#include "base/alloc.h"
#include "base/arena.h"
#include "base/options.h"
#include "engine/model.h"

static const char *text_or(flama_app *app, const char *text, const char *fallback)
{
    const char *source = text ? text : fallback;
    const char *copy = flama_arena_copy(app->arena, source, strlen(source));
    if (copy == NULL)
        app->report.failed = true;
    return copy ? copy : "";
}

static void take_options(flama_app *app, const flama_app_options *o)
{
    app->options = (flama_app_options){
        .size = sizeof(flama_app_options),
        .title = text_or(app, o->title, "Flama"),
        .version = text_or(app, o->version, "0.1.0"),
        .description = text_or(app, o->description, "Fire up with the flame"),
        .schema = text_or(app, o->schema, "/schema/"),
        .docs = text_or(app, o->docs, "/docs/"),
        .root_path = text_or(app, o->root_path, ""),
        .debug = o->debug,
        .folder = text_or(app, o->folder, ""),
        .openapi = text_or(app, o->openapi, "{}"),
    };
}

flama_app *flama_app_new(const flama_app_options *options)
{
    flama_app_options own;
    flama_error err = {0};
    flama_arena *arena = flama_arena_new(0);
    flama_app *app = arena ? flama_calloc(1, sizeof *app) : NULL;
    if (app == NULL) {
        flama_arena_free(arena);
        return NULL;
    }
    app->arena = arena;
    flama_report_init(&app->report, arena, 1000);
    flama_registry_init(&app->registry, arena);
    flama_router_init(&app->router, arena);
    if (FLAMA_OPTIONS_TAKE(flama_app_options, &own, options, &err) != 0)
        flama_report_add(&app->report, FLAMA_ESETUP, NULL, "%s", err.message);
    take_options(app, &own);
    if (own.root_path && own.root_path[0] != '/' && own.root_path[0] != '\0')
        flama_report_add(&app->report, FLAMA_ESETUP, NULL,
                         "the root path is '%s': a path begins with '/'",
                         own.root_path);
    flama_app__register_builtins(app);
    for (size_t i = 0; i < own.resource_count; i++)
        flama_models_add_resource(app, own.resources[i].path,
                                  own.resources[i].resource);
    return app;
}

flama_app *flama_app_make(const flama_app_def *def)
{
    char folder[PATH_MAX] = "";
    flama_app_options options;
    flama_error err = {0};
    if (FLAMA_OPTIONS_TAKE(flama_app_options, &options, &def->options, &err) != 0)
        options.size = 0; /* flama_app_new says so */
    const char *slash = def->file ? strrchr(def->file, '/') : NULL;
    if (options.folder == NULL && slash && (size_t)(slash - def->file) < sizeof folder)
        options.folder = memcpy(folder, def->file, (size_t)(slash - def->file));
    flama_app *app = flama_app_new(&options);
    if (app && def->setup)
        def->setup(app);
    return app;
}

void flama_app_free(flama_app *app)
{
    if (app == NULL)
        return;
    for (const flama_event *e = app->stops; e && app->started; e = e->next)
        e->stop(app, e->ctx);
    for (const flama_mounted *m = app->mounts; m; m = m->next)
        flama_app_free(m->child);
    flama_components_stop(&app->components);
    flama_middlewares_free(&app->middlewares);
    for (size_t i = 0; i < app->resource_count; i++)
        flama_model_unref(app->resources[i]->model);
    flama_arena_free(app->arena);
    flama_free(app);
}

void flama_app_add_schema(flama_app *app, const char *name, const flama_type *type)
{
    flama_registry_add(&app->registry, name, type, &app->report);
}

void flama_add_component(flama_app *app, const flama_handler *handler,
                         flama_scope scope, void (*release)(void *provided))
{
    flama_component *component = flama_arena_calloc(app->arena, 1, sizeof *component);
    if (handler == NULL) {
        flama_report_add(&app->report, FLAMA_ESETUP, NULL,
                         "a component has no handler: give flama_add_component the "
                         "address of one");
        return;
    }
    if (component == NULL) {
        app->report.failed = true;
        return;
    }
    flama_components *all = &app->components;
    component->handler = handler;
    component->release = release;
    component->per_app = scope == FLAMA_PER_APP;
    component->index = all->count++;
    *(all->last ? &all->last->next : &all->first) = component;
    all->last = component;
}

/* "method 'predict' of resource 'iris'", for messages. */
static const char *name_of(flama_app *app, const char *name,
                           const flama_resource *resource)
{
    char *text = resource
                     ? flama_arena_format(app->arena, "method '%s' of resource '%s'",
                                          name, resource->name)
                     : flama_arena_format(app->arena, "route '%s'", name);
    return text ? text : "a route";
}

static bool is_whole(flama_app *app, const flama_method *method,
                     const flama_resource *resource)
{
    const flama_handler *handler = method->handler;
    const char *name = method->name   ? method->name
                       : handler      ? handler->name
                       : method->path ? method->path
                                      : "";
    if (handler == NULL)
        flama_report_add(&app->report, FLAMA_ESETUP, NULL,
                         "%s has no handler: give it one with .handler",
                         name_of(app, name, resource));
    if (method->methods == 0)
        flama_report_add(&app->report, FLAMA_ESETUP, NULL,
                         "%s answers no HTTP method: give it FLAMA_GET, FLAMA_POST or "
                         "others",
                         name_of(app, name, resource));
    return handler && method->methods;
}

flama_handler_route *flama_app__add_handler(flama_app *app, const char *path,
                                            const flama_method *method,
                                            const flama_resource *resource,
                                            const flama_resource_def *def)
{
    flama_handler_route *route = flama_arena_calloc(app->arena, 1, sizeof *route);
    if (!is_whole(app, method, resource))
        return NULL;
    if (route == NULL) {
        app->report.failed = true;
        return NULL;
    }
    route->route.path = (flama_string){path, strlen(path)};
    route->route.methods = method->methods;
    route->route.name = method->name;
    route->route.endpoint = flama_dispatch__handler;
    route->route.target = route;
    route->app = app;
    route->resource = resource;
    route->def = def;
    route->handler = method->handler;
    route->doc = method->doc;
    route->blocking = method->blocking;
    route->documented = !method->undocumented;
    *(app->last_route ? &app->last_route->next : &app->routes) = route;
    app->last_route = route;
    return route;
}

void flama_add_route(flama_app *app, const flama_method *method)
{
    flama_app__add_handler(app, method->path ? method->path : "", method, NULL, NULL);
}

static void compile_route(flama_app *app, flama_handler_route *route)
{
    const char *name =
        name_of(app, route->route.name ? route->route.name : route->handler->name,
                route->resource);
    flama_router_add(&app->router, &route->route, name, &app->report);
    flama_plan_scope scope = {.arena = app->arena,
                              .report = &app->report,
                              .registry = &app->registry,
                              .components = app->components.first,
                              .route = &route->route,
                              .def = route->def,
                              .has_resource = route->resource != NULL,
                              .what = name};
    route->plan = flama_plan_compile(&scope, route->handler);
    if (route->resource && route->resource->model)
        route->row_cost = flama_model_cost(route->resource->model,
                                           route->runs ? route->runs : "predict");
}

/* One name at two paths; at one path it is of different methods. */
static bool equal_names(const flama_handler_route *a, const flama_handler_route *b)
{
    return a->resource == b->resource && !a->alias && !b->alias && a->route.name &&
           b->route.name && strcmp(a->route.name, b->route.name) == 0 &&
           strcmp(a->route.path.data, b->route.path.data) != 0;
}

/* The warning that two routes share a name: resolving a URL by it would be a guess. */
static void warn_of_equal_names(flama_app *app)
{
    for (const flama_handler_route *a = app->routes; a; a = a->next)
        for (const flama_handler_route *b = app->routes; b != a; b = b->next)
            if (equal_names(a, b))
                flama_report_warn(&app->report, NULL,
                                  "the routes at %s and %s have the same name, '%s': a "
                                  "URL can't be resolved by it",
                                  b->route.path.data, a->route.path.data,
                                  a->route.name);
}

int flama_app_start(flama_app *app)
{
    if (app->started)
        return flama_report_code(&app->report) ? FLAMA_ESETUP : 0;
    app->started = true;
    flama_components_compile(&app->components,
                             (flama_plan_scope){.arena = app->arena,
                                                .report = &app->report,
                                                .registry = &app->registry,
                                                .components = app->components.first});
    for (flama_handler_route *r = app->routes; r; r = r->next)
        compile_route(app, r);
    flama_app__compile_error_handlers(app);
    warn_of_equal_names(app);
    flama_app__add_pages(app);
    flama_app__start_mounts(app);
    if (flama_report_code(&app->report) == 0)
        flama_app__describe(app);
    if (flama_report_code(&app->report) == 0)
        flama_components_start(&app->components, app, app->arena, &app->report);
    if (flama_report_code(&app->report) == 0)
        flama_app__start_events(app);
    return flama_report_code(&app->report) ? FLAMA_ESETUP : 0;
}

const char *flama_app_problem(const flama_app *app, size_t i, bool *warning)
{
    const flama_report_item *item = app->report.first;
    for (; item && i > 0; i--)
        item = item->next;
    if (warning)
        *warning = item && item->warning;
    if (item)
        return item->message.data;
    return app->report.failed && i == 0 ? flama_error_text(FLAMA_EMEMORY) : NULL;
}
