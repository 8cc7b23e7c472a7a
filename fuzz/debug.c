/* Any bytes on a debug page: no markup, no control, no broken UTF-8 comes out, and no
 * part grows over its room. The same bytes as an Accept header: no crash. */
#include <stdlib.h>
#include <string.h>

#include "app/debug/debug.h"
#include "app/debug/html.h"
#include "json/utf8.h"

enum { ROOM = 64, ELLIPSIS = 3 };

static void check(const char *text, size_t size)
{
    for (const char *p = text, *end = text + size; p < end;) {
        size_t length = flama_utf8__length(p, end);
        if (length == 0 || strchr("<>\"'", *p) != NULL)
            abort();
        if ((unsigned char)*p < ' ' && *p != '\n' && *p != '\t')
            abort();
        p += length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    flama_arena *arena = flama_arena_new(1 << 24);
    flama_html html;
    const flama_string text = {(const char *)data, size};
    flama_html_init(&html, arena, 1 << 20);
    flama_html_part(&html, ROOM);
    flama_html_text(&html, text);
    if (html.buffer.size > ROOM + ELLIPSIS)
        abort();
    flama_html_part(&html, 1 << 19);
    flama_html_text(&html, text);
    check(html.buffer.data, html.buffer.size);
    const flama_header header = {FLAMA_STRING("accept"), text};
    const flama_request request = {.headers = &header, .header_count = 1};
    flama_debug_accepts(&request);
    flama_arena_free(arena);
    return 0;
}
