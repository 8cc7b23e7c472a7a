/* flama_run: what a program's main() calls. The one place of the library that writes to
 * standard error by itself. */
#include <unistd.h>

#include <flama/sys/supervisor.h>

static bool log_problems(const flama_app *app)
{
    bool warning, good = true;
    const char *text;
    for (size_t i = 0; (text = flama_app_problem(app, i, &warning)); i++) {
        flama_log(warning ? FLAMA_LOG_WARNING : FLAMA_LOG_ERROR, "%s", text);
        good &= warning;
    }
    return good;
}

static void say_ready(void *ctx, const char *address, int port)
{
    (void)ctx;
    if (port)
        flama_log(FLAMA_LOG_INFO, "Flama %s serving at http://%s:%d/", flama_version(),
                  *address ? address : "0.0.0.0", port);
    else
        flama_log(FLAMA_LOG_INFO, "Flama %s serving at %s", flama_version(), address);
}

static int run(flama_app *app, const flama_run_options *options)
{
    flama_app_start(app);
    if (!log_problems(app))
        return 1;
    flama_run_options told = *options;
    if (told.ready == NULL)
        told.ready = say_ready;
    flama_error err = {0};
    if (flama_app_run(app, &told, &err) == 0)
        return 0;
    flama_log(FLAMA_LOG_ERROR, "%s", err.message);
    return 1;
}

typedef struct program {
    const flama_app_def *def;
    const flama_run_options *options;
} program;

static int make_and_run(void *ctx)
{
    const program *p = ctx;
    flama_app *app = flama_app_make(p->def);
    if (app == NULL) {
        flama_log(FLAMA_LOG_ERROR, "%s", flama_error_text(FLAMA_EMEMORY));
        return 1;
    }
    int status = run(app, p->options);
    flama_app_free(app);
    return status;
}

int flama_run_app(const flama_app_def *def, const flama_run_options *options)
{
    program p = {def, options};
    if (!flama_log_wanted(FLAMA_LOG_CRITICAL))
        flama_log_to_stderr(FLAMA_LOG_INFO, isatty(STDERR_FILENO));
    return def->options.debug ? flama_supervise(options, make_and_run, &p)
                              : make_and_run(&p);
}
