/* Serving an app that may be replaced meanwhile: what run.c asks of whoever does that.
 */
#ifndef FLAMA_APP_RUN_H
#define FLAMA_APP_RUN_H

#include "app/app.h"

typedef struct flama_run_hooks {
    /* Takes each exchange, instead of the app that is run. On the loops' threads. */
    flama_exchange_handler handle;

    /* Around serving: from when the pool and the server are there until the server has
     * ended. `end` is called after a failure of `begin` too. */
    int (*begin)(void *ctx, flama_pool *pool, flama_http_server *server,
                 flama_error *err);
    void (*end)(void *ctx);
    void *ctx;
} flama_run_hooks;

/* flama_app_run for an app that has started; hooks may be NULL. With hooks, the app may
 * be freed once `begin` has been called. */
int flama_app__run(flama_app *app, const flama_run_options *options,
                   const flama_run_hooks *hooks, flama_error *err);

#endif
