/* Apps: what answers requests. A set of models and routes with a title.
 *
 * Setting up happens on one thread and never returns an error to check: mistakes go
 * into the app's report, and starting refuses with all of them. A running app is shared
 * by all threads. */
#ifndef FLAMA_APP_H
#define FLAMA_APP_H

#include <flama/resource.h>

FLAMA_BEGIN_DECLS

/* A resource and the path it is served under, for a table in the app's options:
 *     FLAMA_APP(app, .title = "Flama ML",
 *               FLAMA_RESOURCES({"/iris/", &Iris}, {"/digits/", &Digits})) */
typedef struct flama_mount {
    const char *path;
    const flama_resource_def *resource;
} flama_mount;

#define FLAMA_RESOURCES(...)                         \
    .resources = (const flama_mount[]){__VA_ARGS__}, \
    .resource_count = sizeof((const flama_mount[]){__VA_ARGS__}) / sizeof(flama_mount)

/* NULL and 0 mean the default that stands behind the field. Strings are copied. */
typedef struct flama_app_options {
    size_t size;             /* sizeof(flama_app_options) */
    const char *title;       /* "Flama" */
    const char *version;     /* "0.1.0" */
    const char *description; /* "Fire up with the flame" */
    const char *schema;      /* path of the OpenAPI document: "/schema/"; "" for none */
    const char *docs;        /* path of the documentation page: "/docs/"; "" for none */
    const char *root_path;   /* prefix a proxy has taken off the paths: "" */
    bool debug;
    const flama_mount *resources; /* added before what the set-up function adds */
    size_t resource_count;
    const char *folder;  /* model files are looked for here, then from where the program
                            was started; of FLAMA_APP: the source's own folder */
    const char *openapi; /* what is laid over the OpenAPI document: a JSON object that
                            may hold info, servers, security, tags, externalDocs,
                            components and "x-..."; NULL for none */
} flama_app_options;

/* A new app, or NULL without memory; options may be NULL. */
FLAMA_API flama_app *flama_app_new(const flama_app_options *options);
FLAMA_API void flama_app_free(flama_app *app); /* NULL is fine */

/* Serves the model file `file` under `path` ("/", "/iris/"): GET path is inspect, POST
 * path + "predict/" predicts. `name` names the resource, and its tag in the
 * documentation. The file, from the app's folder or the working directory, is
 * opened at once. */
FLAMA_API void flama_models_add(flama_app *app, const char *path, const char *file,
                                const char *name);

/* Serves a resource under `path`; *def is constant and outlives the app. The second
 * takes one without a model, which has its own methods only. */
FLAMA_API void flama_models_add_resource(flama_app *app, const char *path,
                                         const flama_resource_def *def);
FLAMA_API void flama_add_resource(flama_app *app, const char *path,
                                  const flama_resource_def *def);

/* Adds a route of the app's own; *method is constant and outlives the app. */
FLAMA_API void flama_add_route(flama_app *app, const flama_method *method);

/* The same, of what stands in the call: FLAMA_ROUTE(app, "/hello/", FLAMA_GET, .handler
 * = &hello); a statement. */
#define FLAMA_ROUTE(app, ...)                              \
    do {                                                   \
        static const flama_method method_ = {__VA_ARGS__}; \
        flama_add_route(app, &method_);                    \
    } while (0)

/* Makes a schema known under a name: handlers can then take and give it, and it stands
 * in the documentation. flama_register_schema(app, X) for FLAMA_SCHEMA(X, ...). */
FLAMA_API void flama_app_add_schema(flama_app *app, const char *name,
                                    const flama_type *type);
#define flama_register_schema(app, id) flama_app_add_schema(app, #id, &id##_type)

/* How a component lives. */
typedef enum flama_scope { FLAMA_PER_REQUEST, FLAMA_PER_APP } flama_scope;

/* Makes `handler` provide the type it gives, to every handler that asks for it. Of
 * scope FLAMA_PER_APP it is called once, at start, and what it gave is shared by all
 * threads; else for each request that needs it. `release` (or NULL) gets what was
 * provided when it is no longer needed. */
FLAMA_API void flama_add_component(flama_app *app, const flama_handler *handler,
                                   flama_scope scope, void (*release)(void *provided));

/* Compiles routes and wiring. 0, or FLAMA_ESETUP: the mistakes are in
 * flama_app_problem(app, 0...). Done by flama_app_run when it was not before. */
FLAMA_API int flama_app_start(flama_app *app);

/* The i-th mistake or warning of the set-up, one sentence, or NULL after the last;
 * *warning tells which (may be NULL). Borrowed from the app. */
FLAMA_API const char *flama_app_problem(const flama_app *app, size_t i, bool *warning);

/* How to serve. NULL and 0 mean the default that stands behind the field; times are in
 * milliseconds. */
typedef struct flama_run_options {
    size_t size;      /* sizeof(flama_run_options) */
    const char *host; /* "127.0.0.1"; "" is every interface */
    int port;         /* 8000; -1 lets the system choose */
    const char *uds;  /* path of a Unix socket instead */
    bool use_fd;      /* serve on the inherited listening socket `fd` */
    int fd;
    unsigned workers; /* threads; $WEB_CONCURRENCY, else one a core */
    bool reload;      /* watch the sources; flama_run and flama_run_source do */
    bool no_access_log;
    bool proxy_headers;
    const char *forwarded_allow_ips; /* $FORWARDED_ALLOW_IPS, else "127.0.0.1" */
    bool no_server_header;
    bool no_date_header;
    const char *const *headers; /* "Name: value" each, header_count of them */
    size_t header_count;
    unsigned limit_concurrency;  /* connections; 0: no limit */
    uint64_t limit_max_requests; /* 0: no limit */
    size_t limit_body;           /* bytes; 64 MiB */
    size_t limit_head;           /* bytes; 16 KiB */
    unsigned backlog;            /* 2048 */
    unsigned timeout_keep_alive; /* 5,000 */
    unsigned timeout_request;    /* 60,000 */
    unsigned timeout_stop;       /* 30,000 */
    unsigned reload_delay;       /* for files to settle after a change: 250 */

    /* (optional) called once the sockets listen, before the first request. */
    void (*ready)(void *ctx, const char *address, int port);
    void *ready_ctx;
    bool no_signals; /* leave SIGINT and SIGTERM to the caller: flama_app_stop ends */
} flama_run_options;

/* Starts the app if need be and serves it on this thread and further ones until SIGINT,
 * SIGTERM or flama_app_stop; options may be NULL. 0 after a graceful stop,
 * FLAMA_ESETUP, or FLAMA_EIO when the address can't be had. */
FLAMA_API int flama_app_run(flama_app *app, const flama_run_options *options,
                            flama_error *err);

/* Ends flama_app_run gracefully: what is in flight is answered. Any thread. */
FLAMA_API void flama_app_stop(flama_app *app);

/* An app as FLAMA_APP defines it: what `flama run file.c:app` looks up and checks. */
#define FLAMA_ABI 1u
typedef struct flama_app_def {
    size_t size; /* sizeof(flama_app_def) */
    uint32_t abi;
    const char *name;
    const char *file; /* the source that defines it */
    void (*setup)(flama_app *app);
    flama_app_options options; /* the last member: it may grow */
} flama_app_def;

/* A new app with the definition's options, set up; NULL without memory. */
FLAMA_API flama_app *flama_app_make(const flama_app_def *def);

/* Makes the app and serves it as flama_app_run does; what is wrong goes to stderr, and
 * so does the log. With .reload its source is compiled again when it changes: see
 * flama_run_source. The exit status for main: 0, or 1. */
FLAMA_API int flama_run_app(const flama_app_def *def, const flama_run_options *options);

/* Defines the app `id` with options of flama_app_options; the set-up function's body
 * follows, in which `id` is the flama_app:
 *     FLAMA_APP(app, .title = "Iris") { flama_register_schema(app, X); } */
#define FLAMA_APP(...) FLAMA_APP_(__VA_ARGS__, .size = sizeof(flama_app_options))
#define FLAMA_APP_(id, ...)                                        \
    static void id##_setup(flama_app *id);                         \
    FLAMA_API extern const flama_app_def id##_def;                 \
    const flama_app_def id##_def = {.size = sizeof(flama_app_def), \
                                    .abi = FLAMA_ABI,              \
                                    .name = #id,                   \
                                    .file = __FILE__,              \
                                    .setup = id##_setup,           \
                                    .options = {__VA_ARGS__}};     \
    static void id##_setup(flama_app *id FLAMA_UNUSED_)

/* flama_run(app, .host = "", .port = 8080) for FLAMA_APP(app, ...): see flama_run_app.
 */
#define flama_run(...) FLAMA_RUN_(__VA_ARGS__, .size = sizeof(flama_run_options))
#define FLAMA_RUN_(id, ...) \
    flama_run_app(&id##_def, &(const flama_run_options){__VA_ARGS__})

FLAMA_END_DECLS

#endif
