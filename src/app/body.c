#include "app/body.h"

#include <string.h>
#include <strings.h>

#include <flama/json.h>

#include "base/error.h"

/* The content type without its parameters. */
static flama_string media_type(const flama_request *request)
{
    const flama_string *header = flama_request_header(request, "content-type");
    flama_string type = header ? *header : FLAMA_STRING("");
    const char *semicolon = type.size ? memchr(type.data, ';', type.size) : NULL;
    if (semicolon)
        type.size = (size_t)(semicolon - type.data);
    while (type.size &&
           (type.data[type.size - 1] == ' ' || type.data[type.size - 1] == '\t'))
        type.size--;
    return type;
}

static bool is(flama_string type, const char *name)
{
    size_t size = strlen(name);
    return type.size == size && (memcmp(type.data, name, size) == 0 ||
                                 strncasecmp(type.data, name, size) == 0);
}

static bool is_json(flama_string type)
{
    return type.size == 0 || is(type, "application/json") ||
           (type.size > 17 && strncasecmp(type.data, "application/", 12) == 0 &&
            strncasecmp(type.data + type.size - 5, "+json", 5) == 0);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int flama_body_unescape(flama_arena *arena, flama_string text, flama_string *out,
                        flama_error *err)
{
    char *plain = flama_arena_alloc(arena, text.size + 1);
    if (plain == NULL)
        return flama_error__memory(err);
    size_t n = 0;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == '%') {
            int high = i + 2 < text.size ? hex_digit(text.data[i + 1]) : -1;
            int low = i + 2 < text.size ? hex_digit(text.data[i + 2]) : -1;
            if (high < 0 || low < 0)
                return flama_error_set(err, FLAMA_EBAD_REQUEST,
                                       "a broken %%XX escape at byte %zu", i);
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        plain[n++] = c;
    }
    plain[n] = '\0';
    *out = (flama_string){plain, n};
    return 0;
}

static int decode_field(flama_builder *object, flama_string field, flama_error *err)
{
    const char *equals = memchr(field.data, '=', field.size);
    size_t name_size = equals ? (size_t)(equals - field.data) : field.size;
    flama_string name, value = {"", 0};
    int rc = flama_body_unescape(object->arena, (flama_string){field.data, name_size},
                                 &name, err);
    if (rc == 0 && equals)
        rc = flama_body_unescape(object->arena,
                                 (flama_string){equals + 1, field.size - name_size - 1},
                                 &value, err);
    if (rc == 0 &&
        flama_object_add_string(object, name, flama_value_string(value)) != 0)
        rc = flama_error__memory(err);
    return rc;
}

static int decode_form(flama_arena *arena, flama_string body, flama_value *out,
                       flama_error *err)
{
    flama_builder object;
    flama_object_begin(&object, arena);
    const char *p = body.data, *end = p + body.size;
    while (p < end) {
        const char *stop = memchr(p, '&', (size_t)(end - p));
        if (stop == NULL)
            stop = end;
        int rc = stop > p
                     ? decode_field(&object, (flama_string){p, (size_t)(stop - p)}, err)
                     : 0;
        if (rc != 0)
            return rc;
        p = stop + 1;
    }
    return flama_builder_end(&object, out);
}

int flama_body_decode(flama_arena *arena, const flama_request *request,
                      flama_value *out, flama_error *err)
{
    flama_string body = request->body, type = media_type(request);
    if (body.size == 0) {
        *out = (flama_value){.kind = FLAMA_KIND_OBJECT};
        return 0;
    }
    if (is_json(type))
        return flama_json_decode(arena, body.data, body.size, NULL, out, err);
    if (is(type, "application/x-www-form-urlencoded"))
        return decode_form(arena, body, out, err);
    return flama_error_set(err, FLAMA_EMEDIA_TYPE, "%s",
                           flama_error_text(FLAMA_EMEDIA_TYPE));
}
