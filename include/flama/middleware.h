/* What stands around the handlers of an app: middleware, events, error handlers, apps
 * mounted below others. All is set up before the app starts, on its thread; the
 * functions are then called on any thread, several at once. */
#ifndef FLAMA_MIDDLEWARE_H
#define FLAMA_MIDDLEWARE_H

#include <flama/app.h>
#include <flama/sys/exchange.h>

FLAMA_BEGIN_DECLS

/* Sees every exchange of an app: `before` in the order of adding, `after` in the
 * opposite one. `free` (or NULL) gets ctx when the app is freed. */
typedef struct flama_middleware {
    size_t size; /* sizeof(flama_middleware) */
    const char *name;
    void *ctx;

    /* (optional) Before routing. True: go on; false: it has answered the exchange. */
    bool (*before)(void *ctx, flama_exchange *exchange);

    /* (optional) When the answer is complete and before it is sent: may change it. Does
     * not answer. */
    void (*after)(void *ctx, flama_exchange *exchange);

    void (*free)(void *ctx);
} flama_middleware;

/* Adds a middleware; the struct is copied, its name borrowed. */
FLAMA_API void flama_add_middleware(flama_app *app, const flama_middleware *middleware);

/* Cross-origin requests (the Fetch standard's CORS protocol). NULL and 0 mean the
 * default that stands behind the field. */
typedef struct flama_cors_options {
    size_t size;         /* sizeof(flama_cors_options) */
    const char *origins; /* "https://a.example,https://b.example"; "*": any */
    const char *methods; /* "GET, POST, PUT, PATCH, DELETE" */
    const char *headers; /* what a page may send: whatever it asks for */
    const char *expose;  /* what a page may read beyond the usual: none */
    bool credentials;    /* cookies and the like; not with origins "*" */
    unsigned max_age;    /* seconds a browser may remember the answer: 600 */
} flama_cors_options;

FLAMA_API void flama_add_cors(flama_app *app, const flama_cors_options *options);

/* Answers carry x-request-id: the request's own when it is 1 to 128 visible characters,
 * else a new UUID of version 4. */
FLAMA_API void flama_add_request_id(flama_app *app);

/* Compresses answers of at least `minimum` bytes (0: 1024) for clients that take gzip.
 */
FLAMA_API void flama_add_gzip(flama_app *app, size_t minimum);

/* Calls `function` as the last step of flama_app_start, in the order of adding; a
 * failure is a mistake of the set-up. */
FLAMA_API void
flama_on_start(flama_app *app,
               int (*function)(flama_app *app, void *ctx, flama_error *err), void *ctx);

/* Calls `function` when a started app is freed, in the opposite order. */
FLAMA_API void flama_on_stop(flama_app *app,
                             void (*function)(flama_app *app, void *ctx), void *ctx);

/* Why a request is not answered as it asked. */
typedef struct flama_failure {
    int status;               /* of the usual answer: 404 */
    const flama_error *error; /* of several mistakes the first */
    flama_value detail; /* what the usual answer says: a sentence, or of mistakes in the
                           request an object, with a list of sentences by field */
    flama_string allow; /* of a 405: the methods that there are, "GET, HEAD"; or "" */
} flama_failure;

extern FLAMA_API const flama_type flama_failure_type;

/* Has errors answered by a handler instead of the envelope: those of a code
 * (FLAMA_EVALIDATION), else those of a status (404), else all (0); of several handlers
 * of the same the one added last. The handler asks for the error as for anything else,
 *     FLAMA_HANDLER(sorry, flama_object, (flama_failure, failure)) { ... }
 * but for no body, and what it gives is sent with the error's status; see
 * flama_call_respond. When it fails itself, that is answered in the usual way. Errors
 * of routing (404, 405) and of a body over the limit (413) are the innermost mounted
 * app's. What makes no request has no handler: a head that is malformed or too long, a
 * body that breaks off. */
FLAMA_API void flama_on_error(flama_app *app, int which, const flama_handler *handler);

/* Hands what no route of `app` matches and begins with `path` ("/admin") to `child`,
 * with the path's rest. The child is started and freed with the app. */
FLAMA_API void flama_mount_app(flama_app *app, const char *path, flama_app *child);

/* The URL of the route of that name in a started app, in the arena: a route of the app
 * by its own name, a method of a resource as "resource:method". `values` are pairs of a
 * path parameter's name and text, up to a NULL. 0; FLAMA_ENOT_FOUND when there is none;
 * FLAMA_EARGUMENT when several routes have the name or a parameter is missing. */
FLAMA_API int flama_app_resolve(const flama_app *app, flama_arena *arena,
                                const char *name, const char *const *values,
                                const char **out, flama_error *err);

FLAMA_END_DECLS

#endif
