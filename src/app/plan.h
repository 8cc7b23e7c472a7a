/* Injection: where each parameter of a handler comes from.
 *
 * A plan is compiled once, at start, for a handler (or a component, which is asked for
 * its parameters in the same way); each call then fills the handler's `in` struct step
 * by step. Plans are not changed after start: any thread follows them. */
#ifndef FLAMA_APP_PLAN_H
#define FLAMA_APP_PLAN_H

#include <flama/middleware.h>
#include <flama/resource.h>
#include <flama/sys/exchange.h>

#include "app/router.h"
#include "base/call.h"
#include "base/report.h"
#include "schema/schema.h"

typedef struct flama_component flama_component;

/* One call on its way through a plan. Lives in the exchange's arena. */
typedef struct flama_invocation {
    flama_app *app;
    flama_exchange *exchange;
    const flama_resource *resource;
    const flama_match *match;
    flama_report report; /* what is wrong with the request, all of it */
    void **made;         /* what per-request components made, by index; NULL: not yet */
    struct flama_frame_list *frames; /* that a face has added, in debug mode */
    const flama_failure *failure;    /* that an error handler answers, or NULL */
    flama_call call;
} flama_invocation;

typedef enum flama_param_source {
    FLAMA_SOURCE_BODY,
    FLAMA_SOURCE_PATH,
    FLAMA_SOURCE_QUERY,
    FLAMA_SOURCE_HEADER,
    FLAMA_SOURCE_COOKIE,
    FLAMA_SOURCE_REQUEST,
    FLAMA_SOURCE_APP,
    FLAMA_SOURCE_RESOURCE,
    FLAMA_SOURCE_FAILURE,
    FLAMA_SOURCE_COMPONENT
} flama_param_source;

typedef struct flama_step {
    flama_param_source source;
    const flama_param *param;
    flama_string key;           /* of a path or query parameter, header, cookie */
    size_t index;               /* of the path parameter */
    const flama_schema *schema; /* of the body */
    bool as_value;              /* the body stays a value */
    flama_component *component; /* that provides it */
} flama_step;

typedef struct flama_plan {
    const flama_handler *handler;
    const flama_step *steps;
    size_t step_count;
    const flama_schema *gives; /* NULL: no schema, any value */
    bool gives_value;          /* it comes as a value */
    bool begins;               /* the handler is begun, and ends its call itself */
    bool reads_body;
} flama_plan;

/* What a plan may draw on. */
typedef struct flama_plan_scope {
    flama_arena *arena;
    flama_report *report;
    flama_registry *registry;
    flama_component *components;
    const flama_route *route;      /* NULL: a component of the whole app */
    const flama_resource_def *def; /* NULL: no resource */
    bool has_resource;
    bool has_failure; /* the handler answers errors */
    const char *what; /* "method predict of resource sk_model", for messages */
} flama_plan_scope;

/* Compiles; mistakes go into the scope's report. NULL after a mistake. */
flama_plan *flama_plan_compile(const flama_plan_scope *scope,
                               const flama_handler *handler);

/* Makes the handler's `in` in the call's arena. 0; FLAMA_EVALIDATION with the mistakes
 * in inv->report; or the code of the call's error. */
int flama_plan_fill(const flama_plan *plan, flama_invocation *inv, void **in);

/* The rows that a filled `in` asks a model about: the length of the longest array in
 * its body; 1 when there is none. */
size_t flama_plan_rows(const flama_plan *plan, const void *in);

#endif
