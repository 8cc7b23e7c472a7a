/* What stands around the handlers: middleware, events, error handlers, mounted apps. */
#include <string.h>

#include "app/app.h"
#include "base/options.h"

/* A zeroed item in the app's arena, or NULL with the report failed. */
static void *item(flama_app *app, size_t size)
{
    void *memory = flama_arena_calloc(app->arena, 1, size);
    if (memory == NULL)
        app->report.failed = true;
    return memory;
}

void flama_add_middleware(flama_app *app, const flama_middleware *middleware)
{
    flama_middleware own;
    flama_error err = {0};
    if (FLAMA_OPTIONS_TAKE(flama_middleware, &own, middleware, &err) != 0)
        flama_report_add(&app->report, FLAMA_ESETUP, NULL, "%s", err.message);
    else if (!flama_middlewares_add(&app->middlewares, app->arena, &own))
        app->report.failed = true;
}

void flama_on_start(flama_app *app,
                    int (*function)(flama_app *app, void *ctx, flama_error *err),
                    void *ctx)
{
    flama_event *event = item(app, sizeof *event);
    if (event == NULL)
        return;
    event->start = function;
    event->ctx = ctx;
    flama_event **end = &app->starts;
    while (*end)
        end = &(*end)->next;
    *end = event;
}

void flama_on_stop(flama_app *app, void (*function)(flama_app *app, void *ctx),
                   void *ctx)
{
    flama_event *event = item(app, sizeof *event);
    if (event == NULL)
        return;
    event->stop = function;
    event->ctx = ctx;
    event->next = app->stops;
    app->stops = event;
}

void flama_app__start_events(flama_app *app)
{
    flama_error err = {0};
    for (const flama_event *e = app->starts; e && err.code == 0; e = e->next) {
        int rc = e->start(app, e->ctx, &err);
        if (rc != 0)
            flama_error_set(&err, rc, "%s", flama_error_text(rc));
    }
    if (err.code != 0)
        flama_report_add(&app->report, FLAMA_ESETUP, NULL, "a start event failed: %s",
                         err.message);
}

void flama_on_error(flama_app *app, int which, const flama_handler *handler)
{
    flama_error_handler *added = item(app, sizeof *added);
    if (handler == NULL)
        flama_report_add(&app->report, FLAMA_ESETUP, NULL,
                         "the errors %d have no handler: give flama_on_error the "
                         "address of one",
                         which);
    if (handler == NULL || added == NULL)
        return;
    added->which = which;
    added->route = (flama_handler_route){.app = app, .handler = handler};
    added->route.route.target = &added->route;
    added->next = app->error_handlers;
    app->error_handlers = added;
}

void flama_app__compile_error_handlers(flama_app *app)
{
    for (flama_error_handler *h = app->error_handlers; h; h = h->next) {
        const char *name = flama_arena_format(app->arena, "error handler '%s'",
                                              h->route.handler->name);
        flama_plan_scope scope = {.arena = app->arena,
                                  .report = &app->report,
                                  .registry = &app->registry,
                                  .components = app->components.first,
                                  .route = &h->route.route,
                                  .has_failure = true,
                                  .what = name ? name : "an error handler"};
        h->route.plan = flama_plan_compile(&scope, h->route.handler);
    }
}

const flama_error_handler *flama_app__error_handler(const flama_app *app, int code)
{
    const int wanted[] = {code, flama_error_status(code), 0};
    for (size_t i = 0; app->error_handlers && i < 3; i++)
        for (const flama_error_handler *h = app->error_handlers; h; h = h->next)
            if (h->which == wanted[i])
                return h;
    return NULL;
}

/* Whether the child can be mounted: it is there, below nothing yet, and not above the
 * app. */
static bool can_mount(flama_app *app, const char *path, const flama_app *child)
{
    const flama_app *above = app;
    while (above && above != child)
        above = above->parent;
    const char *why = child == NULL   ? "is NULL: give it an app"
                      : above         ? "holds that app: break the cycle"
                      : child->parent ? "is mounted already: make another one"
                                      : NULL;
    if (why)
        flama_report_add(&app->report, FLAMA_ESETUP, NULL, "what is mounted on '%s' %s",
                         path, why);
    return why == NULL;
}

void flama_mount_app(flama_app *app, const char *path, flama_app *child)
{
    if (!can_mount(app, path ? path : "", child))
        return;
    flama_mounted *mount = item(app, sizeof *mount);
    size_t size = path ? strlen(path) : 0;
    while (size > 1 && path[size - 1] == '/')
        size--;
    if (size < 2 || path[0] != '/')
        flama_report_add(&app->report, FLAMA_ESETUP, NULL,
                         "an app is mounted on '%s': give it a path such as /admin",
                         path ? path : "");
    char *copy = flama_arena_copy(app->arena, path ? path : "", size);
    if (mount == NULL || copy == NULL) {
        app->report.failed = true;
        flama_app_free(child);
        return;
    }
    mount->path = (flama_string){copy, size};
    mount->child = child;
    child->parent = app;
    flama_mounted **end = &app->mounts;
    while (*end)
        end = &(*end)->next;
    *end = mount;
}

void flama_app__start_mounts(flama_app *app)
{
    for (const flama_mounted *m = app->mounts; m; m = m->next) {
        char *root = flama_arena_format(m->child->arena, "%s%s", app->options.root_path,
                                        m->path.data);
        bool warning;
        const char *text;
        m->child->options.root_path = root ? root : "";
        m->child->options.debug |= app->options.debug;
        m->child->report.failed |= root == NULL;
        flama_app_start(m->child);
        for (size_t i = 0; (text = flama_app_problem(m->child, i, &warning)); i++) {
            if (warning)
                flama_report_warn(&app->report, NULL, "%s: %s", m->path.data, text);
            else
                flama_report_add(&app->report, FLAMA_ESETUP, NULL, "%s: %s",
                                 m->path.data, text);
        }
    }
}
