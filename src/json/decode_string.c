#include "json/decoder.h"

#include <string.h>

#include "base/error.h"
#include "json/utf8.h"

/* The four hexadecimal digits at p, or -1. */
static int32_t hex4(const char *p, const char *end)
{
    int32_t value = 0;
    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* Checks the escape whose backslash is at *at and moves *at behind it. */
static int check_escape(flama_decoder *d, const char *open, const char **at)
{
    const char *p = *at + 1;
    if (p == d->end)
        return flama_decoder__fail(d, open, "Unterminated string starting at");
    *at = p + 1;
    if (*p != 'u')
        return *p && strchr("\"\\/bfnrt", *p)
                   ? 0
                   : flama_decoder__fail(d, p - 1, "Invalid \\escape");
    int32_t code = hex4(p + 1, d->end);
    if (code < 0)
        return flama_decoder__fail(d, p, "Invalid \\uXXXX escape");
    *at = p + 5;
    if (code < 0xD800 || code > 0xDFFF)
        return 0;
    bool paired =
        code < 0xDC00 && d->end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u';
    int32_t low = paired ? hex4(*at + 2, d->end) : -1;
    if (low < 0xDC00 || low > 0xDFFF)
        return flama_decoder__fail(d, p - 1, "Unpaired surrogate in \\uXXXX escape");
    *at += 6;
    return 0;
}

/* Finds the closing quote and checks everything up to it. */
static int check_string(flama_decoder *d, const char **close, bool *escaped)
{
    const char *open = d->p, *p = open + 1;
    *escaped = false;
    for (;;) {
        p += flama_utf8__plain(p, d->end);
        if (p == d->end)
            return flama_decoder__fail(d, open, "Unterminated string starting at");
        if (*p == '"')
            break;
        if (*p == '\\') {
            *escaped = true;
            int rc = check_escape(d, open, &p);
            if (rc != 0)
                return rc;
            continue;
        }
        if ((unsigned char)*p < ' ')
            return flama_decoder__fail(d, p, "Invalid control character at");
        size_t length = flama_utf8__length(p, d->end);
        if (length == 0)
            return flama_decoder__fail(d, p, "Invalid UTF-8");
        p += length;
    }
    *close = p;
    return 0;
}

static char *put_utf8(char *out, uint32_t code)
{
    if (code < 0x80) {
        *out++ = (char)code;
        return out;
    }
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char leads[] = {0, 0xC0, 0xE0, 0xF0};
    *out++ = (char)(leads[more] | code >> (6 * more));
    while (more-- > 0)
        *out++ = (char)(0x80 | (code >> (6 * more) & 0x3F));
    return out;
}

/* Writes what the checked escape at *at stands for and moves *at behind it. */
static char *put_escape(char *out, const char **at, const char *end)
{
    static const char names[] = "bfnrt", bytes[] = "\b\f\n\r\t";
    char name = (*at)[1];
    if (name != 'u') {
        const char *known = strchr(names, name);
        *at += 2;
        *out++ = known ? bytes[known - names] : name;
        return out;
    }
    uint32_t code = (uint32_t)hex4(*at + 2, end);
    *at += 6;
    if (code >= 0xD800 && code <= 0xDFFF) {
        code =
            0x10000 + ((code - 0xD800) << 10) + (uint32_t)hex4(*at + 2, end) - 0xDC00;
        *at += 6;
    }
    return put_utf8(out, code);
}

int flama_decoder__string(flama_decoder *d, flama_string *out)
{
    const char *p = d->p + 1, *close = NULL;
    bool escaped = false;
    int rc = check_string(d, &close, &escaped);
    if (rc != 0)
        return rc;
    d->p = close + 1;
    *out = (flama_string){p, (size_t)(close - p)};
    if (!escaped)
        return 0;
    char *copy = flama_arena_alloc(d->arena, out->size), *q = copy;
    if (copy == NULL)
        return flama_error__memory(d->err);
    while (p < close) {
        const char *slash = memchr(p, '\\', (size_t)(close - p));
        size_t plain = (size_t)((slash ? slash : close) - p);
        memcpy(q, p, plain);
        q += plain;
        p += plain;
        if (slash)
            q = put_escape(q, &p, close);
    }
    *out = (flama_string){copy, (size_t)(q - copy)};
    return 0;
}
