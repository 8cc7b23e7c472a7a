/* Components: what provides values to handlers that ask for their type.
 *
 * A component is a handler of its own: what it gives is what it provides, and what it
 * asks for is provided to it, other components included. One of the app is made at
 * start and shared by all threads; one of the request is made when first asked for and
 * released after the answer. */
#ifndef FLAMA_APP_COMPONENT_H
#define FLAMA_APP_COMPONENT_H

#include "app/plan.h"

struct flama_component {
    flama_component *next;
    const flama_handler *handler;
    void (*release)(void *provided); /* NULL: nothing to release */
    bool per_app;
    size_t index;
    const flama_plan *plan;
    void *provided; /* of a component per app, from start on */
    enum { FLAMA_COMPONENT_NEW, FLAMA_COMPONENT_OPEN, FLAMA_COMPONENT_DONE } state;
};

typedef struct flama_components {
    flama_component *first;
    flama_component *last;
    size_t count;
    flama_component **ordered; /* each after those it needs */
    size_t ordered_count;
} flama_components;

/* The component that provides a type, or NULL. */
flama_component *flama_component_find(flama_component *first, const flama_type *type);

/* Compiles every component's plan; cycles, and components per app that need a request,
 * are errors in the report. */
void flama_components_compile(flama_components *components, flama_plan_scope scope);

/* Makes the components per app, each after those it needs; stops at the first failure.
 */
void flama_components_start(flama_components *components, flama_app *app,
                            flama_arena *arena, flama_report *report);

/* Releases them, the last made first. */
void flama_components_stop(flama_components *components);

/* What the component provides to this invocation. 0 or the code of the call's error. */
int flama_component_provide(const flama_component *component, flama_invocation *inv,
                            void **provided);

/* Releases what was made for the invocation. */
void flama_component_release(const flama_components *components, flama_invocation *inv);

#endif
