#include "app/query.h"

#include <string.h>

#include "app/body.h"
#include "base/error.h"

/* Cuts the part before `separator` off *rest; false when nothing is left. */
static bool next_part(flama_string *rest, char separator, flama_string *part)
{
    if (rest->size == 0)
        return false;
    const char *stop = memchr(rest->data, separator, rest->size);
    part->data = rest->data;
    part->size = stop ? (size_t)(stop - rest->data) : rest->size;
    size_t used = part->size + (stop ? 1 : 0);
    rest->data += used;
    rest->size -= used;
    return true;
}

static flama_string before_equals(flama_string part, flama_string *after)
{
    const char *equals = part.size ? memchr(part.data, '=', part.size) : NULL;
    if (equals == NULL) {
        *after = FLAMA_STRING("");
        return part;
    }
    size_t size = (size_t)(equals - part.data);
    *after = (flama_string){equals + 1, part.size - size - 1};
    return (flama_string){part.data, size};
}

/* Whether a part ("a=1") is of that name: its value, not decoded; else NULL data. */
static int value_of(flama_arena *arena, flama_string part, flama_string name,
                    flama_string *value, flama_error *err)
{
    flama_string key = before_equals(part, value);
    int rc = 0;
    if (memchr(key.data, '%', key.size) || memchr(key.data, '+', key.size))
        rc = flama_body_unescape(arena, key, &key, err);
    if (rc == 0 &&
        (key.size != name.size || memcmp(key.data, name.data, key.size) != 0))
        value->data = NULL;
    return rc;
}

int flama_query_get(flama_arena *arena, flama_string query, flama_string name,
                    flama_string **values, size_t *count, flama_error *err)
{
    flama_string part, *list = NULL;
    size_t capacity = 0, size = sizeof *list;
    *count = 0;
    while (next_part(&query, '&', &part)) {
        flama_string value;
        int rc = value_of(arena, part, name, &value, err);
        if (rc == 0 && value.data == NULL)
            continue;
        if (rc == 0 && *count == capacity) {
            size_t more = 2 * capacity + 1;
            list = flama_arena_grow(arena, list, capacity * size, more * size);
            capacity = more;
        }
        if (rc == 0 && list == NULL)
            rc = flama_error__memory(err);
        if (rc == 0)
            rc = flama_body_unescape(arena, value, &list[(*count)++], err);
        if (rc != 0)
            return rc;
    }
    *values = list;
    return 0;
}

static bool same_cookie(flama_string a, flama_string b)
{
    if (a.size != b.size)
        return false;
    for (size_t i = 0; i < a.size; i++) {
        char x = a.data[i] == '_' ? '-' : a.data[i];
        char y = b.data[i] == '_' ? '-' : b.data[i];
        if (x != y)
            return false;
    }
    return true;
}

bool flama_cookie_get(const flama_request *request, flama_string name,
                      flama_string *value)
{
    const flama_string *header = flama_request_header(request, "cookie");
    flama_string rest = header ? *header : FLAMA_STRING(""), part;
    while (next_part(&rest, ';', &part)) {
        while (part.size && part.data[0] == ' ')
            part = (flama_string){part.data + 1, part.size - 1};
        flama_string key = before_equals(part, value);
        if (same_cookie(key, name))
            return true;
    }
    return false;
}
