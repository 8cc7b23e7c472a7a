/* The pages of debug mode: what failed and how it came to that, for the developer who
 * opens the app in a browser.
 *
 * Only an app whose debug option is set answers with them, and only a client that
 * accepts text/html; nobody else sees any of it. A page is one answer: style and script
 * stand in it, allowed by their hashes. What it shows is hostile and goes through
 * html.h. Any thread. */
#ifndef FLAMA_APP_DEBUG_DEBUG_H
#define FLAMA_APP_DEBUG_DEBUG_H

#include "app/app.h"
#include "app/debug/symbols.h"

/* What a page is about; of a crash, app and job's parts are NULL. */
typedef struct flama_debug_failure {
    const flama_app *app;
    const flama_request *request;
    const flama_handler_route *route; /* NULL: not known */
    const flama_match *match;         /* its path parameters; NULL without a route */
    const flama_report *report;       /* all that is wrong with the request, or NULL */
    const flama_frames *frames;       /* NULL: none were taken */
    int status;
    const char *name;  /* "EINTERNAL", "SIGSEGV" */
    const char *title; /* what the name says in general */
    const flama_error *error;
} flama_debug_failure;

enum { FLAMA_DEBUG_PAGE_MOST = 150 * 1000 };

/* Whether the client takes HTML, and is no script of another site; whether this app
 * shows it its pages. */
bool flama_debug_accepts(const flama_request *request);
bool flama_debug_wanted(const flama_app *app, const flama_request *request);

/* The page of a failure. 0 or FLAMA_EMEMORY. */
int flama_debug_failure_page(flama_arena *arena, const flama_debug_failure *failure,
                             flama_string *out);

/* Answer with the page of a failure, or with a 404 that lists the routes. False without
 * memory: the exchange has not been answered then. */
bool flama_debug_answer_failure(flama_exchange *x, const flama_debug_failure *failure);
bool flama_debug_answer_not_found(const flama_app *app, flama_exchange *x);

/* The headers that each page goes with. */
extern const flama_header flama_debug_headers[];
extern const size_t flama_debug_header_count;

/* debug.css and debug.js, and the policy that allows them; written by embed.py. */
extern const char flama_debug__css[];
extern const char flama_debug__js[];
extern const char flama_debug__policy[];

#endif
