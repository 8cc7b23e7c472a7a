#include <flama/source.h>

#include "app/source/make.h"
#include "app/source/reload.h"

static int run_reloading(const flama_source *source, const flama_run_options *options,
                         flama_made *made, flama_error *err)
{
    flama_reloader *reloader = NULL;
    int rc = flama_reloader_new(&reloader, source, options, made, err);
    if (rc == 0)
        rc = flama_reloader_run(reloader, err);
    flama_reloader_free(reloader);
    return rc;
}

int flama_run_source(const flama_source *source, const flama_run_options *options,
                     flama_error *err)
{
    flama_run_options none = {.size = sizeof none};
    const flama_run_options *o = options ? options : &none;
    flama_made made;
    int rc = flama_make(&made, source, source->def, o->reload, err);
    if (rc == 0)
        rc = o->reload ? run_reloading(source, o, &made, err)
                       : flama_app_run(made.app, o, err);
    flama_made_free(&made);
    return rc;
}
