/* URLs by the names of routes. */
#include <string.h>

#include "app/app.h"
#include "base/buffer.h"
#include "base/error.h"

enum { LONGEST_URL = 65536 };

/* Whether `name` is "method" of a route of the app, or "resource:method". */
static bool is_named(const flama_handler_route *route, const char *name)
{
    const char *own = route->route.name;
    if (own == NULL || route->alias)
        return false;
    if (route->resource == NULL)
        return strcmp(own, name) == 0;
    size_t size = strlen(route->resource->name);
    return strncmp(name, route->resource->name, size) == 0 && name[size] == ':' &&
           strcmp(name + size + 1, own) == 0;
}

static int find(const flama_app *app, const char *name, const flama_handler_route **out,
                flama_error *err)
{
    *out = NULL;
    for (const flama_handler_route *r = app->routes; r; r = r->next) {
        if (!is_named(r, name))
            continue;
        if (*out && strcmp((*out)->route.path.data, r->route.path.data) != 0)
            return flama_error_set(err, FLAMA_EARGUMENT,
                                   "both %s and %s have the name '%s'",
                                   (*out)->route.path.data, r->route.path.data, name);
        *out = r;
    }
    return *out ? 0
                : flama_error_set(err, FLAMA_ENOT_FOUND, "no route has the name '%s'",
                                  name);
}

static const char *value_of(flama_string param, const char *const *values)
{
    for (; values && values[0] && values[1]; values += 2)
        if (strlen(values[0]) == param.size &&
            memcmp(values[0], param.data, param.size) == 0)
            return values[1];
    return NULL;
}

/* Appends text with all but unreserved characters (RFC 3986) as %XX. */
static void append_escaped(flama_buffer *url, const char *text, bool keep_slash)
{
    static const char digits[] = "0123456789ABCDEF";
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     (c >= '0' && c <= '9') || strchr("-._~", c) != NULL ||
                     (c == '/' && keep_slash);
        char escape[3] = {'%', digits[c >> 4], digits[c & 15]};
        flama_buffer_append(url, plain ? text : escape, plain ? 1 : 3);
    }
}

int flama_app_resolve(const flama_app *app, flama_arena *arena, const char *name,
                      const char *const *values, const char **out, flama_error *err)
{
    const flama_handler_route *found;
    int rc = find(app, name, &found, err);
    if (rc != 0)
        return rc;
    flama_buffer url;
    flama_buffer_init_arena(&url, arena, LONGEST_URL);
    const char *root = app->options.root_path, *path = found->route.path.data;
    flama_buffer_append(&url, root, strlen(root));
    for (size_t param = 0; *path; param++) {
        size_t plain = strcspn(path, "{");
        flama_buffer_append(&url, path, plain);
        path += plain;
        if (*path == '\0')
            break;
        const flama_path_param *p = &found->route.params[param];
        const char *value = value_of(p->name, values);
        if (value == NULL)
            return flama_error_set(err, FLAMA_EARGUMENT,
                                   "the URL of '%s' needs a value for '%.*s'", name,
                                   (int)p->name.size, p->name.data);
        append_escaped(&url, value, p->converter == FLAMA_CONVERT_REST);
        path += strcspn(path, "}") + 1;
    }
    rc = flama_buffer_append(&url, "", 1);
    *out = url.data;
    return rc ? flama_error__memory(err) : 0;
}
