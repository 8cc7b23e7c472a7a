#include <flama/source.h>

#include "app/source/make.h"
#include "app/source/reload.h"
#include "base/options.h"

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

int flama_source_debug(const flama_source *source, const flama_run_options *options,
                       bool *debug, flama_error *err)
{
    flama_run_options o;
    flama_source own;
    flama_app_def def = {.size = sizeof def};
    flama_made made = {.arena = NULL};
    int rc = FLAMA_OPTIONS_TAKE(flama_run_options, &o, options, err);
    rc = rc ? rc : FLAMA_OPTIONS_TAKE(flama_source, &own, source, err);
    rc = rc ? rc : flama_make_load(&made, &own, o.reload, &def, err);
    *debug = rc == 0 && def.options.debug;
    flama_made_free(&made);
    return rc;
}

int flama_run_source(const flama_source *source, const flama_run_options *options,
                     flama_error *err)
{
    flama_run_options o;
    flama_source own;
    flama_made made;
    int rc = FLAMA_OPTIONS_TAKE(flama_run_options, &o, options, err);
    rc = rc ? rc : FLAMA_OPTIONS_TAKE(flama_source, &own, source, err);
    if (rc != 0)
        return rc;
    rc = flama_make(&made, &own, own.def, o.reload, err);
    if (rc == 0)
        rc = o.reload ? run_reloading(&own, &o, &made, err)
                      : flama_app_run(made.app, &o, err);
    flama_made_free(&made);
    return rc;
}
