/* The middleware of an app, as a chain that each exchange passes. */
#ifndef FLAMA_APP_MIDDLEWARE_H
#define FLAMA_APP_MIDDLEWARE_H

#include <flama/middleware.h>

typedef struct flama_middlewares {
    flama_middleware *items; /* in the order of adding */
    size_t count;
} flama_middlewares;

/* Adds one, in the arena; false without memory. */
bool flama_middlewares_add(flama_middlewares *all, flama_arena *arena,
                           const flama_middleware *one);

/* Runs every `before`; true when none has answered. Arranges for `after` of those whose
 * turn came. */
bool flama_middlewares_enter(const flama_middlewares *all, flama_exchange *exchange);

/* Frees what they hold. */
void flama_middlewares_free(flama_middlewares *all);

#endif
