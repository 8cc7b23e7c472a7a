/* The router: which route answers a method and a path.
 *
 * Routes are added while the app is set up, in order, and compiled once; matching takes
 * no lock and any thread may do it. Constant paths are found through a map; paths with
 * parameters ("/user/{id:int}/") are tried in the order they were added. */
#ifndef FLAMA_APP_ROUTER_H
#define FLAMA_APP_ROUTER_H

#include <flama/sys/exchange.h>

#include "base/map.h"
#include "base/report.h"

#define FLAMA_MAX_PATH_PARAMS 8

typedef enum flama_converter {
    FLAMA_CONVERT_TEXT,    /* {name} or {name:str}: one segment */
    FLAMA_CONVERT_INTEGER, /* {name:int} */
    FLAMA_CONVERT_NUMBER,  /* {name:float} or {name:decimal} */
    FLAMA_CONVERT_UUID,    /* {name:uuid} */
    FLAMA_CONVERT_REST     /* {name:path}: the rest, slashes included */
} flama_converter;

typedef struct flama_path_param {
    flama_string name;
    flama_converter converter;
} flama_path_param;

typedef struct flama_route flama_route;

/* The texts that stood where a matched route has parameters. */
typedef struct flama_match {
    const flama_route *route;
    unsigned allowed; /* methods of every route with this path; 0: no such path */
    size_t param_count;
    flama_string params[FLAMA_MAX_PATH_PARAMS];
} flama_match;

/* Answers an exchange that matched; see dispatch.h. */
typedef void (*flama_endpoint)(const flama_match *match, flama_exchange *exchange);

struct flama_route {
    flama_string path;
    unsigned methods; /* flama_http_method bits; GET brings HEAD */
    const char *name; /* for flama_app_resolve; may be NULL */
    flama_endpoint endpoint;
    const void *target; /* the endpoint's own */

    /* set by flama_router_add */
    size_t index;
    size_t param_count;
    flama_path_param params[FLAMA_MAX_PATH_PARAMS];
    flama_route *same_path; /* the next route with an equal constant path */
    flama_route *next;
};

typedef struct flama_router {
    flama_arena *arena;
    flama_map constant; /* path -> first route with it */
    flama_route *first;
    flama_route *last;
    flama_route **patterns; /* routes with parameters, in order */
    size_t pattern_count;
    size_t count;
} flama_router;

void flama_router_init(flama_router *router, flama_arena *arena);

/* Adds *route, which stays the caller's and must outlive the router. A path that does
 * not begin with '/', has a bad parameter, or repeats another route's path and method
 * is an error in the report, which names `what`. */
void flama_router_add(flama_router *router, flama_route *route, const char *what,
                      flama_report *report);

/* Finds the route for a decoded path; match->route is NULL when there is none, and then
 * match->allowed tells 405 from 404. */
void flama_router_match(const flama_router *router, flama_http_method method,
                        flama_string path, flama_match *match);

/* The methods as in an Allow header: "GET, HEAD, OPTIONS". */
flama_string flama_router_allow(flama_arena *arena, unsigned methods);

#endif
