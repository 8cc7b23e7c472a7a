/* The pages of the app itself: the OpenAPI document, and the page that shows it. */
#include <string.h>

#include "app/answer.h"
#include "app/app.h"
#include "app/docs/docs.h"

/* A file of the documentation page. */
typedef struct flama_asset_page {
    const flama_app *app;
    const flama_asset *asset;
} flama_asset_page;

static void serve_openapi(const flama_match *match, flama_exchange *x)
{
    const flama_app *app = match->route->target;
    flama_exchange_respond(x, 200, FLAMA_STRING("application/vnd.oai.openapi+json"),
                           app->openapi);
}

static void serve_docs(const flama_match *match, flama_exchange *x)
{
    const flama_app *app = match->route->target;
    const char *root = app->options.root_path;
    char *base = flama_arena_format(x->arena, "%s%s", root, app->options.docs);
    char *schema = flama_arena_format(x->arena, "%s%s", root, app->options.schema);
    flama_string page;
    if (base == NULL || schema == NULL ||
        flama_docs_page(x->arena, app->options.title, base, schema, &page) != 0 ||
        flama_exchange_add_header(x, FLAMA_STRING("content-security-policy"),
                                  FLAMA_STRING(FLAMA_DOCS_POLICY)) != 0)
        flama_answer_no_memory(x);
    else
        flama_exchange_respond(x, 200, FLAMA_STRING("text/html; charset=utf-8"), page);
}

static bool contains(const flama_string *text, const char *word)
{
    return text && memmem(text->data, text->size, word, strlen(word)) != NULL;
}

static flama_string borrowed(const char *text)
{
    return (flama_string){text, strlen(text)};
}

static int add_asset_headers(flama_exchange *x, const flama_asset *asset, bool gzip)
{
    int rc = flama_exchange_add_header(x, FLAMA_STRING("etag"), borrowed(asset->etag));
    if (rc == 0)
        rc = flama_exchange_add_header(x, FLAMA_STRING("cache-control"),
                                       FLAMA_STRING("public, max-age=3600"));
    if (rc == 0)
        rc = flama_exchange_add_header(x, FLAMA_STRING("vary"),
                                       FLAMA_STRING("accept-encoding"));
    if (rc == 0 && gzip)
        rc = flama_exchange_add_header(x, FLAMA_STRING("content-encoding"),
                                       FLAMA_STRING("gzip"));
    return rc;
}

static void serve_asset(const flama_match *match, flama_exchange *x)
{
    const flama_asset_page *page = match->route->target;
    const flama_asset *asset = page->asset;
    bool unchanged =
        contains(flama_request_header(&x->request, "if-none-match"), asset->etag);
    bool gzip = contains(flama_request_header(&x->request, "accept-encoding"), "gzip");
    flama_string body = {(const char *)asset->gzip, asset->gzip_size};
    if (add_asset_headers(x, asset, gzip && !unchanged) != 0)
        flama_answer_no_memory(x);
    else if (unchanged)
        flama_exchange_respond(x, 304, FLAMA_STRING(""), FLAMA_STRING(""));
    else if (!gzip && flama_docs_inflate(asset, x->arena, &body) != 0)
        flama_answer_no_memory(x);
    else
        flama_exchange_respond(x, 200, borrowed(asset->content_type), body);
}

static void add_page(flama_app *app, const char *path, const char *what,
                     flama_endpoint endpoint, const void *target)
{
    flama_route *route = flama_arena_calloc(app->arena, 1, sizeof *route);
    if (route == NULL || path == NULL) {
        app->report.failed = true;
        return;
    }
    route->path = borrowed(path);
    route->methods = FLAMA_GET;
    route->name = what;
    route->endpoint = endpoint;
    route->target = target;
    flama_router_add(&app->router, route, what, &app->report);
}

static void add_asset(flama_app *app, const flama_asset *asset)
{
    flama_asset_page *page = flama_arena_calloc(app->arena, 1, sizeof *page);
    if (page == NULL) {
        app->report.failed = true;
        return;
    }
    page->app = app;
    page->asset = asset;
    add_page(app,
             flama_arena_format(app->arena, "%s%s", app->options.docs, asset->name),
             "a file of the documentation page", serve_asset, page);
}

void flama_app__add_pages(flama_app *app)
{
    if (app->options.schema[0] == '\0')
        return;
    add_page(app, app->options.schema, "the OpenAPI document", serve_openapi, app);
    if (app->options.docs[0] == '\0')
        return;
    add_page(app, app->options.docs, "the documentation page", serve_docs, app);
    for (size_t i = 0; flama_docs_asset_at(i); i++)
        add_asset(app, flama_docs_asset_at(i));
}
