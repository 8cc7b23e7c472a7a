#include "app/debug/html.h"

#include <stdio.h>
#include <string.h>

#include "json/utf8.h"

#define ELLIPSIS "\xe2\x80\xa6"

void flama_html_init(flama_html *html, flama_arena *arena, size_t maximum)
{
    flama_buffer_init_arena(&html->buffer, arena, maximum);
    html->end = maximum;
    html->code = 0;
}

void flama_html_part(flama_html *html, size_t room)
{
    html->end = html->buffer.size + room;
}

bool flama_html_room(const flama_html *html)
{
    return html->buffer.size < html->end;
}

static void append(flama_html *html, const char *data, size_t size)
{
    int rc = flama_buffer_append(&html->buffer, data, size);
    if (html->code == 0)
        html->code = rc;
}

void flama_html_put(flama_html *html, const char *markup)
{
    append(html, markup, strlen(markup));
}

/* The code point of a valid sequence. */
static unsigned code_point(const char *text, size_t size)
{
    static const unsigned char leads[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    unsigned code = (unsigned char)text[0] & leads[size];
    for (size_t i = 1; i < size; i++)
        code = code << 6 | ((unsigned char)text[i] & 0x3F);
    return code;
}

/* Characters that are not seen, or that change how others are. */
static bool is_hidden(unsigned code)
{
    return (code < ' ' && code != '\n' && code != '\t') ||
           (code >= 0x7F && code < 0xA0) || code == 0xAD || code == 0x61C ||
           (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF || code >= 0xE0000;
}

static const char *entity_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* Writes the character that begins at text into out; the bytes it took. */
static size_t escape(const char *text, const char *end, char out[16])
{
    size_t size = flama_utf8__length(text, end);
    if (size == 0) {
        snprintf(out, 16, "\\x%02x", (unsigned char)*text);
        return 1;
    }
    const char *entity = entity_of(*text);
    unsigned code = code_point(text, size);
    if (entity)
        snprintf(out, 16, "%s", entity);
    else if (is_hidden(code))
        snprintf(out, 16, code < 0x80 ? "\\x%02x" : "\\u%04x", code);
    else
        snprintf(out, 16, "%.*s", (int)size, text);
    return size;
}

void flama_html_text(flama_html *html, flama_string text)
{
    const char *p = text.data, *end = p + text.size;
    char out[16];
    while (p < end) {
        p += escape(p, end, out);
        size_t size = strlen(out);
        if (html->buffer.size + size > html->end) {
            append(html, ELLIPSIS, sizeof ELLIPSIS - 1);
            html->end = 0; /* the rest of the part too */
            return;
        }
        append(html, out, size);
    }
}

void flama_html_format(flama_html *html, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    int size = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (size > 0)
        flama_html_text(html, (flama_string){text, strnlen(text, sizeof text)});
}
