/* One making of an app from its source. */
#ifndef FLAMA_APP_SOURCE_MAKE_H
#define FLAMA_APP_SOURCE_MAKE_H

#include <flama/source.h>

#include "app/source/files.h"

typedef struct flama_made {
    flama_arena *arena;
    flama_app *app;    /* started, with mistakes or without; NULL: there is none */
    flama_files files; /* all that it was made from, as far as that is known */
} flama_made;

/* Makes an app, starts it and has it told; with `given`, from that definition instead
 * of the source's file. *made is to be freed in any case. 0; FLAMA_ESETUP when the app
 * has mistakes; or why there is none. */
int flama_make(flama_made *made, const flama_source *source, const flama_app_def *given,
               bool reload, flama_error *err);

/* The first step of it alone: loads the definition in the source's file. *made is to be
 * freed in any case. */
int flama_make_load(flama_made *made, const flama_source *source, bool reload,
                    flama_app_def *def, flama_error *err);

void flama_made_free(flama_made *made); /* the app too */

#endif
