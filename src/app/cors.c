/* Cross-origin requests: https://fetch.spec.whatwg.org/#http-cors-protocol. */
#include <stdio.h>
#include <string.h>

#include "app/answer.h"
#include "app/app.h"
#include "base/options.h"

typedef struct cors {
    bool any_origin;
    bool credentials;
    flama_string origins; /* separated by commas */
    flama_string methods;
    flama_string headers; /* empty: what is asked for */
    flama_string expose;
    char max_age[16];
} cors;

static const flama_string *header(const flama_exchange *x, const char *name)
{
    return flama_request_header(&x->request, name);
}

/* Whether the list holds the origin, whole. */
static bool listed(flama_string list, const flama_string *origin)
{
    const char *p = list.data, *end = p + list.size;
    while (p < end) {
        const char *stop = memchr(p, ',', (size_t)(end - p));
        size_t size = (size_t)((stop ? stop : end) - p);
        while (size && *p == ' ')
            p++, size--;
        if (size == origin->size && memcmp(p, origin->data, size) == 0)
            return true;
        p += size + 1;
    }
    return false;
}

static bool allowed(const cors *c, const flama_string *origin)
{
    return origin && (c->any_origin || listed(c->origins, origin));
}

static bool add(flama_exchange *x, flama_string name, flama_string value)
{
    return value.size == 0 || flama_exchange_add_header(x, name, value) == 0;
}

/* The answer to a preflight request; what every answer carries is added by `after`. */
static bool before(void *ctx, flama_exchange *x)
{
    const cors *c = ctx;
    const flama_string *asked = header(x, "access-control-request-headers");
    if (x->request.method != FLAMA_OPTIONS || !allowed(c, header(x, "origin")) ||
        !header(x, "access-control-request-method"))
        return true;
    flama_string headers = c->headers.size ? c->headers
                           : asked         ? *asked
                                           : FLAMA_STRING("");
    flama_string max_age = {c->max_age, strlen(c->max_age)};
    if (add(x, FLAMA_STRING("access-control-allow-methods"), c->methods) &&
        add(x, FLAMA_STRING("access-control-allow-headers"), headers) &&
        add(x, FLAMA_STRING("access-control-max-age"), max_age))
        flama_exchange_respond(x, 204, FLAMA_STRING(""), FLAMA_STRING(""));
    else
        flama_answer_no_memory(x);
    return false;
}

/* Without memory for a header the browser keeps the answer from the page: no harm. */
static void after(void *ctx, flama_exchange *x)
{
    const cors *c = ctx;
    const flama_string *origin = header(x, "origin");
    if (!c->any_origin)
        add(x, FLAMA_STRING("vary"), FLAMA_STRING("origin"));
    if (!allowed(c, origin))
        return;
    add(x, FLAMA_STRING("access-control-allow-origin"),
        c->any_origin ? FLAMA_STRING("*") : *origin);
    if (c->credentials)
        add(x, FLAMA_STRING("access-control-allow-credentials"), FLAMA_STRING("true"));
    add(x, FLAMA_STRING("access-control-expose-headers"), c->expose);
}

static flama_string copy(flama_app *app, const char *text, const char *fallback)
{
    const char *source = text ? text : fallback;
    char *own = flama_arena_copy(app->arena, source, strlen(source));
    if (own == NULL)
        app->report.failed = true;
    return own ? (flama_string){own, strlen(own)} : FLAMA_STRING("");
}

void flama_add_cors(flama_app *app, const flama_cors_options *options)
{
    flama_cors_options own;
    const flama_cors_options *o = &own;
    flama_error err = {0};
    if (FLAMA_OPTIONS_TAKE(flama_cors_options, &own, options, &err) != 0)
        flama_report_add(&app->report, FLAMA_ESETUP, NULL, "%s", err.message);
    cors *c = flama_arena_calloc(app->arena, 1, sizeof *c);
    if (c == NULL) {
        app->report.failed = true;
        return;
    }
    c->origins = copy(app, o->origins, "*");
    c->any_origin = strcmp(c->origins.data, "*") == 0;
    c->credentials = o->credentials;
    c->methods = copy(app, o->methods, "GET, POST, PUT, PATCH, DELETE");
    c->headers = copy(app, o->headers, "");
    c->expose = copy(app, o->expose, "");
    snprintf(c->max_age, sizeof c->max_age, "%u", o->max_age ? o->max_age : 600);
    if (c->any_origin && c->credentials)
        flama_report_add(&app->report, FLAMA_ESETUP, NULL,
                         "CORS with credentials needs its origins by name: browsers "
                         "refuse '*'");
    flama_add_middleware(app, &(flama_middleware){.size = sizeof(flama_middleware),
                                                  .name = "cors",
                                                  .ctx = c,
                                                  .before = before,
                                                  .after = after});
}
