/* The app's inside: what set-up collects and what requests share.
 *
 * Set-up runs on one thread and fills lists; flama_app_start compiles them into the
 * router, the plans and the OpenAPI document. From then on the app is not changed, and
 * all threads read it. Everything set up lives in the app's arena. */
#ifndef FLAMA_APP_APP_H
#define FLAMA_APP_APP_H

#include <flama/app.h>
#include <flama/resource.h>
#include <flama/sys/exchange.h>

#include "app/component.h"
#include "app/middleware.h"
#include "app/router.h"
#include "base/report.h"
#include "http/server.h"
#include "net/pool.h"
#include "schema/schema.h"

/* A route whose endpoint is a handler. */
typedef struct flama_handler_route {
    flama_route route;
    struct flama_handler_route *next;
    flama_app *app;
    const flama_resource *resource; /* NULL for a route of the app itself */
    const flama_handler *handler;
    flama_plan *plan; /* compiled at start */
    const char *doc;
    bool blocking;
    const char *runs;  /* the model's method that a built-in one runs, or NULL */
    bool documented;   /* stands in the OpenAPI document */
    bool alias;        /* the path of a resource without its last slash */
    uint64_t row_cost; /* nanoseconds the model takes for a row, 0: no model */
    const flama_resource_def *def; /* of `resource` */
} flama_handler_route;

/* Functions called at start or stop. */
typedef struct flama_event {
    struct flama_event *next;
    int (*start)(flama_app *app, void *ctx, flama_error *err);
    void (*stop)(flama_app *app, void *ctx);
    void *ctx;
} flama_event;

/* A handler of errors: of a code, of a status, or of all (0). */
typedef struct flama_error_handler {
    struct flama_error_handler *next;
    int which;
    flama_handler_route route; /* without a path */
} flama_error_handler;

typedef struct flama_mounted {
    struct flama_mounted *next;
    flama_string path; /* without a slash at its end */
    flama_app *child;
} flama_mounted;

struct flama_app {
    flama_arena *arena;
    flama_app_options options; /* every member set */
    flama_report report;
    flama_registry registry; /* schemas by name */
    flama_components components;
    flama_router router;
    flama_handler_route *routes; /* in the order added */
    flama_handler_route *last_route;
    flama_resource **resources;
    size_t resource_count;
    flama_middlewares middlewares;
    flama_event *starts;                 /* in the order added */
    flama_event *stops;                  /* the last added first */
    flama_error_handler *error_handlers; /* the last added first */
    flama_mounted *mounts;               /* in the order added */
    const flama_app *parent;             /* that this one is mounted below */
    flama_string openapi;                /* the document, printed */
    const char **files;                  /* where models are, or would be */
    size_t file_count;
    bool started;
    flama_pool *pool;
    atomic_uint in_pool; /* jobs of handlers there, to the last instruction */
    _Atomic(flama_http_server *) server; /* while flama_app_run runs */
};

/* Adds the route of a method at `path`, which outlives the app, and returns it;
 * resource and def are NULL for a route of the app itself. NULL after a mistake, which
 * the report has, or without memory: the report has failed then. */
flama_handler_route *flama_app__add_handler(flama_app *app, const char *path,
                                            const flama_method *method,
                                            const flama_resource *resource,
                                            const flama_resource_def *def);

/* Registers the schemas of the built-in methods. */
void flama_app__register_builtins(flama_app *app);

/* Adds the routes of the OpenAPI document and of the documentation page. */
void flama_app__add_pages(flama_app *app);

/* Calls the start events; a failure goes into the report, and ends them. */
void flama_app__start_events(flama_app *app);

/* Compiles the handlers of errors; mistakes go into the report. */
void flama_app__compile_error_handlers(flama_app *app);

/* The handler that the app has for errors of a code, or NULL. */
const flama_error_handler *flama_app__error_handler(const flama_app *app, int code);

/* Starts the mounted apps; their mistakes go into the report. */
void flama_app__start_mounts(flama_app *app);

/* Sets what the options say of the server, but for its headers and its log. 0 or
 * FLAMA_EARGUMENT. */
int flama_app__http_options(const flama_run_options *options, flama_http_options *http,
                            flama_error *err);

/* Gives the app and those mounted below it the pool and the server that runs them, or
 * takes both away. */
void flama_app__attach(flama_app *app, flama_pool *pool, flama_http_server *server);

/* Prints the OpenAPI document of the routes into app->openapi. */
void flama_app__describe(flama_app *app);

#endif
