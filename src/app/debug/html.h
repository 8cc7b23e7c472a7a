/* Writes HTML into a buffer that has a maximum. Everything but the program's own markup
 * goes through flama_html_text, which escapes it, so that no text can become markup.
 *
 * A page is made of parts, each with room of its own: a part that is too long is cut
 * where its room ends, and the page stays whole. One thread. */
#ifndef FLAMA_APP_DEBUG_HTML_H
#define FLAMA_APP_DEBUG_HTML_H

#include <stdarg.h>

#include "base/buffer.h"

typedef struct flama_html {
    flama_buffer buffer;
    size_t end; /* of the part's room */
    int code;   /* the first failure, 0: none */
} flama_html;

void flama_html_init(flama_html *html, flama_arena *arena, size_t maximum);

/* Begins a part: its texts take up to `room` bytes as they are written. */
void flama_html_part(flama_html *html, size_t room);

/* True while the part has room. */
bool flama_html_room(const flama_html *html);

/* Markup of the program's own. */
void flama_html_put(flama_html *html, const char *markup);

/* Text, for elements and for attributes in quotes: what HTML gives a meaning is
 * escaped, bytes that are no UTF-8 and characters that don't show or that turn the
 * direction of writing are shown by their numbers, and what the part has no room for
 * is replaced by an ellipsis. */
void flama_html_text(flama_html *html, flama_string text);
void flama_html_format(flama_html *html, const char *format, ...) FLAMA_PRINTF(2, 3);

#endif
