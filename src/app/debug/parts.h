/* The parts that debug pages are made of: each writes one section. */
#ifndef FLAMA_APP_DEBUG_PARTS_H
#define FLAMA_APP_DEBUG_PARTS_H

#include "app/debug/debug.h"
#include "app/debug/html.h"

/* A NUL-terminated text. */
void flama_debug__text(flama_html *html, const char *text);

/* Begins a section with a heading and room of its own; its id is for links to it. */
void flama_debug__section(flama_html *html, const char *id, const char *heading,
                          size_t room);
void flama_debug__section_end(flama_html *html);

/* The lines around `line` of a source file, that line marked, or a sentence why they
 * are not there. */
void flama_debug__source(flama_html *html, const char *file, int line);

/* The frames as a list that folds; with `unfold` the first one whose source is here is
 * open. */
void flama_debug__frames(flama_html *html, const flama_frames *frames, bool unfold);

/* The request: line, headers, body. */
void flama_debug__request(flama_html *html, const flama_request *request);

/* How the handler of `route` gets its parameters. */
void flama_debug__wiring(flama_html *html, const flama_handler_route *route,
                         const flama_match *match);

/* The routes of an app and of those mounted below it; links where one can follow. */
void flama_debug__routes(flama_html *html, const flama_app *app);

#endif
