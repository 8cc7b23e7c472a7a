/* Replaces the app that is served when the files change that it was made from.
 *
 * A reloader has a thread of its own, on which apps are made anew and, when the last
 * exchange that they began has ended, freed. Exchanges are handed to the app of the
 * moment on the loops' threads. */
#ifndef FLAMA_APP_SOURCE_RELOAD_H
#define FLAMA_APP_SOURCE_RELOAD_H

#include "app/run.h"
#include "app/source/make.h"

typedef struct flama_reloader flama_reloader;

/* A reloader that begins with *made, which it takes. 0, FLAMA_EMEMORY or FLAMA_EIO. */
int flama_reloader_new(flama_reloader **out, const flama_source *source,
                       const flama_run_options *options, flama_made *made,
                       flama_error *err);

/* Serves until the server ends; what flama_app_run gives. */
int flama_reloader_run(flama_reloader *reloader, flama_error *err);

/* Frees the apps too. NULL is fine. */
void flama_reloader_free(flama_reloader *reloader);

#endif
