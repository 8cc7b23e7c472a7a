/* Sections about the request and the app. */
#include "app/debug/parts.h"

#include <string.h>

#include "app/dispatch.h"

enum { NEEDS_SHOWN = 8, MOUNTS_SHOWN = 8 }; /* levels of components, of apps */

void flama_debug__text(flama_html *html, const char *text)
{
    flama_html_text(html, (flama_string){text, strlen(text)});
}

void flama_debug__section(flama_html *html, const char *id, const char *heading,
                          size_t room)
{
    flama_html_part(html, room);
    flama_html_put(html, "<section aria-labelledby=\"");
    flama_html_put(html, id);
    flama_html_put(html, "\">\n<h2 id=\"");
    flama_html_put(html, id);
    flama_html_put(html, "\">");
    flama_html_put(html, heading);
    flama_html_put(html, "</h2>\n");
}

void flama_debug__section_end(flama_html *html)
{
    flama_html_put(html, "</section>\n");
}

static void code(flama_html *html, const char *text)
{
    flama_html_put(html, "<code>");
    flama_debug__text(html, text);
    flama_html_put(html, "</code>");
}

/* Where the handler stands in the source; another language's may not say. */
static void definition(flama_html *html, const flama_handler *handler,
                       const char *before, const char *after)
{
    if (handler->file == NULL || handler->file[0] == '\0')
        return;
    flama_html_put(html, before);
    flama_html_format(html, "%s:%d", handler->file, handler->line);
    flama_html_put(html, after);
}

/* The request. */

static void row(flama_html *html, flama_string name, flama_string value)
{
    flama_html_put(html, "<tr><th scope=\"row\">");
    flama_html_text(html, name);
    flama_html_put(html, "</th><td><code data-copy=\"");
    flama_html_text(html, name);
    flama_html_put(html, "\">");
    flama_html_text(html, value);
    flama_html_put(html, "</code></td></tr>\n");
}

static void write_body(flama_html *html, flama_string body)
{
    flama_html_put(html, "<h3>Body</h3>\n");
    if (body.size == 0) {
        flama_html_put(html, "<p class=\"note\">The request has none.</p>\n");
        return;
    }
    flama_html_put(html, "<p class=\"note\">");
    flama_html_format(html, "%zu bytes", body.size);
    flama_html_put(html, "</p>\n<pre class=\"body\" tabindex=\"0\" aria-label=\"Body\">"
                         "<code data-copy=\"body\">");
    flama_html_text(html, body);
    flama_html_put(html, "</code></pre>\n");
}

void flama_debug__request(flama_html *html, const flama_request *request)
{
    flama_debug__section(html, "request", "Request", 4000);
    flama_html_put(html, "<table><caption>Request line</caption><tbody>\n");
    row(html, FLAMA_STRING("Method"), request->method_name);
    row(html, FLAMA_STRING("Target"), request->target);
    row(html, FLAMA_STRING("Path"), request->path);
    row(html, FLAMA_STRING("Client"), request->client);
    flama_html_put(html,
                   "</tbody></table>\n<table><caption>Headers</caption><tbody>\n");
    flama_html_part(html, 16000);
    for (size_t i = 0; i < request->header_count && flama_html_room(html); i++)
        row(html, request->headers[i].name, request->headers[i].value);
    flama_html_put(html, "</tbody></table>\n");
    flama_html_part(html, 10000);
    write_body(html, request->body);
    flama_debug__section_end(html);
}

/* The wiring. */

static void write_steps(flama_html *html, const flama_plan *plan,
                        const flama_match *match, unsigned depth);

static void write_component(flama_html *html, const flama_component *component,
                            unsigned depth)
{
    flama_html_put(html, "component ");
    code(html, component->handler->name);
    flama_html_put(html, component->per_app ? ", made once for the app"
                                            : ", made for each request");
    definition(html, component->handler, ", at ", "");
    if (component->plan && component->plan->step_count > 0 && depth < NEEDS_SHOWN)
        write_steps(html, component->plan, NULL, depth + 1);
}

/* What a step takes from the request, and its text where that is known. */
static void write_named(flama_html *html, const char *what, const flama_step *step,
                        const flama_match *match)
{
    flama_html_put(html, what);
    flama_html_put(html, " <code>");
    flama_html_text(html, step->key);
    flama_html_put(html, "</code>");
    if (step->param->optional)
        flama_html_put(html, ", which may be absent");
    if (step->source != FLAMA_SOURCE_PATH || match == NULL)
        return;
    flama_html_put(html, ": <code>");
    flama_html_text(html, match->params[step->index]);
    flama_html_put(html, "</code>");
}

static void write_source(flama_html *html, const flama_step *step,
                         const flama_match *match, unsigned depth)
{
    switch (step->source) {
    case FLAMA_SOURCE_BODY:
        flama_html_put(html, "the request\xe2\x80\x99s body, decoded and validated");
        break;
    case FLAMA_SOURCE_PATH:
        write_named(html, "the path parameter", step, match);
        break;
    case FLAMA_SOURCE_QUERY:
        write_named(html, "the query parameter", step, match);
        break;
    case FLAMA_SOURCE_HEADER:
        write_named(html, "the header", step, match);
        break;
    case FLAMA_SOURCE_COOKIE:
        write_named(html, "the cookie", step, match);
        break;
    case FLAMA_SOURCE_REQUEST:
        flama_html_put(html, "the request itself");
        break;
    case FLAMA_SOURCE_APP:
        flama_html_put(html, "the app");
        break;
    case FLAMA_SOURCE_RESOURCE:
        flama_html_put(html, "the resource that the method belongs to");
        break;
    case FLAMA_SOURCE_FAILURE:
        flama_html_put(html, "the error that it answers");
        break;
    case FLAMA_SOURCE_COMPONENT:
        write_component(html, step->component, depth);
        break;
    }
}

static void write_steps(flama_html *html, const flama_plan *plan,
                        const flama_match *match, unsigned depth)
{
    flama_html_put(html, "\n<ul class=\"wiring\">\n");
    for (size_t i = 0; i < plan->step_count && flama_html_room(html); i++) {
        const flama_step *step = &plan->steps[i];
        flama_html_put(html, "<li>");
        code(html, step->param->name);
        flama_html_put(html, " <span class=\"type\">");
        flama_debug__text(html, step->param->type->name);
        flama_html_put(html, "</span> \xe2\x86\x90 ");
        write_source(html, step, match, depth);
        flama_html_put(html, "</li>\n");
    }
    flama_html_put(html, "</ul>\n");
}

void flama_debug__wiring(flama_html *html, const flama_handler_route *route,
                         const flama_match *match)
{
    const flama_handler *handler = route->handler;
    flama_debug__section(html, "wiring", "Wiring", 10000);
    flama_html_put(html, route->route.path.size ? "<p>Route <code>"
                                                : "<p>The handler of errors<code>");
    flama_html_text(html, route->route.path);
    flama_html_put(html, "</code>");
    if (route->resource) {
        flama_html_put(html, " of the resource ");
        code(html, route->resource->name);
        flama_html_put(html, " at ");
        code(html, route->resource->path);
    }
    flama_html_put(html, " calls ");
    code(html, handler->name);
    definition(html, handler, ", defined at <code data-copy=\"place of the handler\">",
               "</code>");
    flama_html_put(html, ", which gives <span class=\"type\">");
    flama_debug__text(html, handler->gives->name);
    flama_html_put(html, route->plan->step_count ? "</span> and takes:</p>\n"
                                                 : "</span> and takes nothing.</p>\n");
    if (route->plan->step_count)
        write_steps(html, route->plan, match, 0);
    flama_debug__section_end(html);
}

/* The routes. */

static bool can_follow(const char *root, const flama_route *route)
{
    bool local = root[0] ? root[0] == '/' && root[1] != '/'
                         : route->path.size < 2 || route->path.data[1] != '/';
    return local && (route->methods & FLAMA_GET) && route->param_count == 0;
}

static void write_path(flama_html *html, const char *root, const flama_route *route)
{
    bool link = can_follow(root, route);
    for (int part = link ? 0 : 1; part < 2; part++) {
        flama_html_put(html, part == 0 ? "<a href=\"" : link ? "\">" : "");
        flama_debug__text(html, root);
        flama_html_text(html, route->path);
    }
    flama_html_put(html, link ? "</a>" : "");
}

static void write_route(flama_html *html, const flama_app *app,
                        const flama_route *route)
{
    flama_string methods = flama_router_allow(html->buffer.arena, route->methods);
    const flama_handler_route *own =
        route->endpoint == flama_dispatch__handler ? route->target : NULL;
    flama_html_put(html, "<tr><td><code>");
    flama_html_text(html, methods);
    flama_html_put(html, "</code></td><td><code>");
    write_path(html, app->options.root_path, route);
    flama_html_put(html, "</code></td><td>");
    if (route->name)
        flama_debug__text(html, route->name);
    flama_html_put(html, "</td><td>");
    if (own) {
        code(html, own->handler->name);
        definition(html, own->handler, " <span class=\"note\">", "</span>");
    }
    flama_html_put(html, "</td></tr>\n");
}

static void write_routes(flama_html *html, const flama_app *app, unsigned depth)
{
    for (const flama_route *r = app->router.first; r && flama_html_room(html);
         r = r->next)
        write_route(html, app, r);
    for (const flama_mounted *m = app->mounts; m && depth < MOUNTS_SHOWN; m = m->next)
        write_routes(html, m->child, depth + 1);
}

void flama_debug__routes(flama_html *html, const flama_app *app)
{
    flama_debug__section(html, "routes", "Routes", 20000);
    flama_html_put(html, "<div class=\"wide\" tabindex=\"0\" role=\"group\" "
                         "aria-labelledby=\"routes\"><table>\n"
                         "<thead><tr><th scope=\"col\">Methods</th>"
                         "<th scope=\"col\">Path</th><th scope=\"col\">Name</th>"
                         "<th scope=\"col\">Handler</th></tr></thead>\n<tbody>\n");
    write_routes(html, app, 0);
    flama_html_put(html, "</tbody></table></div>\n");
    if (!flama_html_room(html))
        flama_html_put(html, "<p class=\"note\">Further routes are not shown.</p>\n");
    flama_debug__section_end(html);
}
