/* Apps from files: a C source or a shared object is compiled, loaded, served, and
 * replaced while it is served when a file changes that it was made from.
 *
 * flama_run_source is called on one thread and serves there, as flama_app_run does. The
 * functions of a source are called on that thread or, when the app is made anew, on a
 * thread of the reloader's; never two at a time. */
#ifndef FLAMA_SOURCE_H
#define FLAMA_SOURCE_H

#include <flama/app.h>

FLAMA_BEGIN_DECLS

/* What an app is made of. Everything is borrowed until flama_run_source returns. */
typedef struct flama_source {
    size_t size;      /* sizeof(flama_source) */
    const char *file; /* "app.c", "app.so"; NULL: `make` needs none */
    const char *name; /* of the app in the file: its FLAMA_APP(name, ...) */

    /* (optional) the definition of the first app, which then is not loaded: `file` is
     * for reloading only. */
    const flama_app_def *def;

    /* (optional) makes the app from the file's definition (NULL without a file); NULL
     * without memory. flama_app_make when it is left out. */
    flama_app *(*make)(void *ctx, const flama_app_def *def);

    /* (optional) told of each app that has been made and started, to say what
     * flama_app_problem lists; the log gets it when it is left out. */
    void (*told)(void *ctx, const flama_app *app);
    void *ctx;

    /* (optional) with `def`: when it was made, in nanoseconds of the system's clock. A
     * file that was changed since makes the app anew at once. */
    int64_t since;
} flama_source;

/* Makes the app and serves it as flama_app_run does. With options->reload the files it
 * is made from are watched: the C source with what it includes, the shared object, the
 * model files. After a change the app is made anew and takes the requests that come
 * from then on; those in flight end in the app that began them. Models whose files did
 * not change stay loaded. What can't be compiled or started is told, and the app from
 * before goes on.
 *
 * A C source is compiled by $CC (cc), $CFLAGS and $LDLIBS, and kept in a folder below
 * $XDG_CACHE_HOME; the compiler writes to standard error. A shared object stays loaded
 * until the process ends, for nobody knows when its last function has returned.
 *
 * 0 after a graceful stop; FLAMA_ESETUP when the app has mistakes, which `told` has
 * seen, or the file does not compile; FLAMA_EARGUMENT when it holds no such app;
 * FLAMA_EIO. */
FLAMA_API int flama_run_source(const flama_source *source,
                               const flama_run_options *options, flama_error *err);

/* Says whether the app in the source's file is defined with .debug = true, and so is
 * one for flama_supervise (sys/supervisor.h); the file is compiled and loaded for that.
 * 0, or what flama_run_source would give. */
FLAMA_API int flama_source_debug(const flama_source *source,
                                 const flama_run_options *options, bool *debug,
                                 flama_error *err);

FLAMA_END_DECLS

#endif
