#include "app/router.h"

#include <string.h>

#include "base/buffer.h"
#include "http/method.h"

flama_string flama_router_allow(flama_arena *arena, unsigned methods)
{
    flama_buffer text;
    flama_buffer_init_arena(&text, arena, 256);
    for (size_t i = 0; i < FLAMA_HTTP_METHODS; i++) {
        const char *name = flama_http_methods[i].name;
        if (!(methods & flama_http_methods[i].method))
            continue;
        if (text.size)
            flama_buffer_append(&text, ", ", 2);
        flama_buffer_append(&text, name, strlen(name));
    }
    return (flama_string){text.data ? text.data : "", text.size};
}

void flama_router_init(flama_router *router, flama_arena *arena)
{
    *router = (flama_router){.arena = arena};
    flama_map_init(&router->constant, arena);
}

static bool converter_of(flama_string name, flama_converter *out)
{
    static const struct {
        const char *name;
        flama_converter converter;
    } names[] = {{"", FLAMA_CONVERT_TEXT},          {"str", FLAMA_CONVERT_TEXT},
                 {"int", FLAMA_CONVERT_INTEGER},    {"float", FLAMA_CONVERT_NUMBER},
                 {"decimal", FLAMA_CONVERT_NUMBER}, {"uuid", FLAMA_CONVERT_UUID},
                 {"path", FLAMA_CONVERT_REST}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i].name) == name.size &&
            memcmp(names[i].name, name.data, name.size) == 0) {
            *out = names[i].converter;
            return true;
        }
    return false;
}

/* Reads "name:converter" between braces. */
static bool read_param(flama_route *route, flama_string inside)
{
    if (route->param_count == FLAMA_MAX_PATH_PARAMS)
        return false;
    const char *colon = memchr(inside.data, ':', inside.size);
    flama_path_param *param = &route->params[route->param_count++];
    param->name = inside;
    flama_string converter = {"", 0};
    if (colon) {
        param->name.size = (size_t)(colon - inside.data);
        converter.data = colon + 1;
        converter.size = inside.size - param->name.size - 1;
    }
    for (const flama_path_param *p = route->params; p < param; p++)
        if (p->name.size == param->name.size &&
            memcmp(p->name.data, param->name.data, p->name.size) == 0)
            return false;
    return param->name.size > 0 && converter_of(converter, &param->converter);
}

static bool read_params(flama_route *route)
{
    const char *p = route->path.data, *end = p + route->path.size;
    while ((p = memchr(p, '{', (size_t)(end - p)))) {
        const char *close = memchr(p, '}', (size_t)(end - p));
        if (close == NULL ||
            !read_param(route, (flama_string){p + 1, (size_t)(close - p - 1)}))
            return false;
        bool rest =
            route->params[route->param_count - 1].converter == FLAMA_CONVERT_REST;
        p = close + 1;
        if (rest && p != end)
            return false;
    }
    return true;
}

static size_t after_param(flama_string path, size_t at)
{
    while (path.data[at] != '}')
        at++;
    return at + 1;
}

/* Whether both match the same paths: the names of parameters don't count. */
static bool same_path(const flama_route *a, const flama_route *b)
{
    size_t i = 0, j = 0, param = 0;
    while (i < a->path.size && j < b->path.size) {
        if (a->path.data[i] != b->path.data[j])
            return false;
        bool is_param = a->path.data[i] == '{';
        if (is_param && a->params[param].converter != b->params[param].converter)
            return false;
        i = is_param ? after_param(a->path, i) : i + 1;
        j = is_param ? after_param(b->path, j) : j + 1;
        param += is_param;
    }
    return i == a->path.size && j == b->path.size;
}

/* The earlier route that this one could never be reached behind, or NULL. */
static const flama_route *hidden_behind(const flama_router *router,
                                        const flama_route *route)
{
    for (const flama_route *r = router->first; r; r = r->next)
        if ((r->methods & route->methods) && same_path(r, route))
            return r;
    return NULL;
}

static bool index_route(flama_router *router, flama_route *route)
{
    if (route->param_count) {
        size_t size = sizeof(flama_route *);
        flama_route **patterns = flama_arena_grow(router->arena, router->patterns,
                                                  router->pattern_count * size,
                                                  (router->pattern_count + 1) * size);
        if (patterns == NULL)
            return false;
        router->patterns = patterns;
        patterns[router->pattern_count++] = route;
        return true;
    }
    void *there;
    if (flama_map_put(&router->constant, route->path, route, &there) != 0)
        return false;
    flama_route *chain = there;
    while (chain && chain->same_path)
        chain = chain->same_path;
    if (chain)
        chain->same_path = route;
    return true;
}

void flama_router_add(flama_router *router, flama_route *route, const char *what,
                      flama_report *report)
{
    int size = (int)route->path.size;
    const char *path = route->path.data;
    if (size == 0 || path[0] != '/') {
        flama_report_add(report, FLAMA_ESETUP, NULL,
                         "%s has the path '%.*s': a path begins with '/'", what, size,
                         path);
        return;
    }
    route->param_count = 0;
    if (!read_params(route)) {
        flama_report_add(report, FLAMA_ESETUP, NULL,
                         "%s has a path with a bad parameter, '%.*s': write {name} or "
                         "{name:int}, each name once, with str, int, float, decimal, "
                         "uuid or, at the "
                         "end, path",
                         what, size, path);
        return;
    }
    if (route->methods & FLAMA_GET)
        route->methods |= FLAMA_HEAD;
    const flama_route *other = hidden_behind(router, route);
    if (other) {
        flama_report_add(report, FLAMA_ESETUP, NULL,
                         "%s repeats the path '%.*s' of %s for the same method: give "
                         "one of them another path",
                         what, size, path, other->name ? other->name : "another route");
        return;
    }
    route->index = router->count++;
    route->next = NULL;
    if (router->last)
        router->last->next = route;
    else
        router->first = route;
    router->last = route;
    if (!index_route(router, route))
        report->failed = true;
}

static bool all_digits(flama_string text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.size > 0;
}

static bool is_integer(flama_string text)
{
    if (text.size && text.data[0] == '-')
        text = (flama_string){text.data + 1, text.size - 1};
    return all_digits(text) && text.size <= 18;
}

static bool is_number(flama_string text)
{
    const char *dot = text.size ? memchr(text.data, '.', text.size) : NULL;
    if (dot == NULL)
        return is_integer(text);
    flama_string whole = {text.data, (size_t)(dot - text.data)};
    flama_string part = {dot + 1, text.size - whole.size - 1};
    return is_integer(whole) && all_digits(part);
}

static bool is_uuid(flama_string text)
{
    if (text.size != 36)
        return false;
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        char c = text.data[i];
        bool hex =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (dash ? c != '-' : !hex)
            return false;
    }
    return true;
}

static bool converts(flama_converter converter, flama_string text)
{
    switch (converter) {
    case FLAMA_CONVERT_INTEGER:
        return is_integer(text);
    case FLAMA_CONVERT_NUMBER:
        return is_number(text);
    case FLAMA_CONVERT_UUID:
        return is_uuid(text);
    case FLAMA_CONVERT_TEXT:
    case FLAMA_CONVERT_REST:
        break;
    }
    return text.size > 0;
}

/* Where the text of a parameter ends in path: at the next slash, or at its end. */
static size_t param_end(flama_string path, size_t from, flama_converter converter)
{
    const char *slash = converter == FLAMA_CONVERT_REST
                            ? NULL
                            : memchr(path.data + from, '/', path.size - from);
    return slash ? (size_t)(slash - path.data) : path.size;
}

static bool pattern_matches(const flama_route *route, flama_string path,
                            flama_match *match)
{
    size_t at = 0, param = 0;
    for (size_t i = 0; i < route->path.size; i++) {
        if (route->path.data[i] != '{') {
            if (at >= path.size || path.data[at++] != route->path.data[i])
                return false;
            continue;
        }
        flama_converter converter = route->params[param].converter;
        size_t end = at <= path.size ? param_end(path, at, converter) : at;
        flama_string text = {path.data + at, end - at};
        if (!converts(converter, text))
            return false;
        match->params[param++] = text;
        at = end;
        i = after_param(route->path, i) - 1;
    }
    match->param_count = param;
    return at == path.size;
}

/* Of two routes the one that was added first. */
static const flama_route *earlier(const flama_route *a, const flama_route *b)
{
    return a == NULL || (b && b->index < a->index) ? b : a;
}

enum { FEW_ROUTES = 16 }; /* where comparing sizes is quicker than hashing */

/* The first route with that constant path, or NULL. */
static const flama_route *find_constant(const flama_router *router, flama_string path)
{
    if (router->count > FEW_ROUTES)
        return flama_map_get(&router->constant, path);
    for (const flama_route *r = router->first; r; r = r->next)
        if (r->param_count == 0 && r->path.size == path.size &&
            memcmp(r->path.data, path.data, path.size) == 0)
            return r;
    return NULL;
}

void flama_router_match(const flama_router *router, flama_http_method method,
                        flama_string path, flama_match *match)
{
    match->route = NULL;
    match->allowed = 0;
    match->param_count = 0;
    for (const flama_route *r = find_constant(router, path); r; r = r->same_path) {
        match->allowed |= r->methods;
        if (r->methods & method)
            match->route = earlier(match->route, r);
    }
    for (size_t i = 0; i < router->pattern_count; i++) {
        const flama_route *r = router->patterns[i];
        if (match->route && match->route->index < r->index)
            return;
        flama_match found = *match;
        if (!pattern_matches(r, path, &found))
            continue;
        match->allowed |= r->methods;
        if (!(r->methods & method))
            continue;
        found.allowed = match->allowed;
        found.route = r;
        *match = found;
        return;
    }
}
