/* flama_run: what a program's main() calls. The one place of the library that writes to
 * standard error by itself. */
#include <time.h>
#include <unistd.h>

#include <flama/source.h>
#include <flama/sys/supervisor.h>

#include "base/options.h"

static void say_ready(void *ctx, const char *address, int port)
{
    (void)ctx;
    if (port)
        flama_log(FLAMA_LOG_INFO, "Flama %s serving at http://%s:%d/", flama_version(),
                  *address ? address : "0.0.0.0", port);
    else
        flama_log(FLAMA_LOG_INFO, "Flama %s serving at %s", flama_version(), address);
}

typedef struct program {
    const flama_app_def *def;
    const flama_run_options *options;
    int64_t began;
} program;

static int run(void *ctx)
{
    const program *p = ctx;
    const flama_source source = {.size = sizeof source,
                                 .file = p->def->file,
                                 .name = p->def->name,
                                 .def = p->def,
                                 .since = p->began};
    flama_error err = {0};
    if (flama_run_source(&source, p->options, &err) == 0)
        return 0;
    flama_log(FLAMA_LOG_ERROR, "%s", err.message);
    return 1;
}

int flama_run_app(const flama_app_def *def, const flama_run_options *options)
{
    flama_run_options told;
    flama_error err = {0};
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    program p = {def, &told, now.tv_sec * INT64_C(1000000000) + now.tv_nsec};
    if (!flama_log_wanted(FLAMA_LOG_CRITICAL))
        flama_log_to_stderr(FLAMA_LOG_INFO, isatty(STDERR_FILENO));
    if (FLAMA_OPTIONS_TAKE(flama_run_options, &told, options, &err) != 0) {
        flama_log(FLAMA_LOG_ERROR, "%s", err.message);
        return 1;
    }
    if (told.ready == NULL)
        told.ready = say_ready;
    return def->options.debug ? flama_supervise(&told, run, &p) : run(&p);
}
