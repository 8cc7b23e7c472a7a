#include "cli/settings.h"

#include <signal.h>
#include <string.h>

#include <flama/sys/supervisor.h>

#include "cli/help.h"

typedef struct launch {
    flama_arena *arena;
    const cli_settings *settings;
    const cli_model *models;
    flama_resource_def *resources; /* of the models */
    size_t count;
    const char *file; /* that holds the app, instead of models */
    const char *name;
    bool mistaken; /* the app has mistakes, and they have been printed */
} launch;

static volatile sig_atomic_t was_ready;

/* Stands before and after the signals that flama_app_run takes: before, they end the
 * program as usual; after, it is ending well already and a second one changes nothing.
 */
static void on_signal(int number)
{
    if (was_ready)
        return;
    signal(number, SIG_DFL);
    raise(number);
}

/* "http://127.0.0.1:8000", or the socket that is no URL. */
static const char *base_url(const launch *l, const char *address, int port)
{
    if (l->settings->uds)
        return flama_arena_format(l->arena, "unix:%s:", l->settings->uds);
    bool six = strchr(address, ':') != NULL;
    if (*address == 0)
        address = "0.0.0.0";
    return flama_arena_format(l->arena, "http://%s%s%s:%d", six ? "[" : "", address,
                              six ? "]" : "", port);
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void say_ready(void *ctx, const char *address, int port)
{
    const launch *l = ctx;
    const char *base = base_url(l, address, port);
    const char *docs = l->settings->docs;
    was_ready = true;
    if (base == NULL)
        return;
    if (l->file)
        flama_log(FLAMA_LOG_INFO, "Flama %s serving %s:%s at %s/", flama_version(),
                  file_name(l->file), l->name, base);
    for (size_t i = 0; i < l->count; i++) {
        const cli_model *model = &l->models[i];
        if (i == 0 && *docs)
            flama_log(FLAMA_LOG_INFO, "Flama %s serving %s at %s%s (docs: %s%s)",
                      flama_version(), file_name(model->file), base, model->url, base,
                      docs);
        else
            flama_log(FLAMA_LOG_INFO, "Flama %s serving %s at %s%s", flama_version(),
                      file_name(model->file), base, model->url);
    }
    if (l->count == 0 && l->file == NULL)
        flama_log(FLAMA_LOG_INFO, "Flama %s serving no model at %s", flama_version(),
                  base);
}

static unsigned milliseconds(double seconds)
{
    return (unsigned)(seconds * 1000 + 0.5);
}

static flama_run_options run_options(const cli_settings *s, launch *l)
{
    return (flama_run_options){
        .size = sizeof(flama_run_options),
        .host = s->host,
        .port = s->port ? (int)s->port : -1,
        .uds = s->uds,
        .use_fd = s->fd >= 0,
        .fd = (int)s->fd,
        .workers = (unsigned)s->workers,
        .no_access_log = !s->access_log,
        .proxy_headers = s->proxy_headers,
        .forwarded_allow_ips = s->forwarded_allow_ips,
        .no_server_header = !s->server_header,
        .no_date_header = !s->date_header,
        .headers = s->headers.items,
        .header_count = s->headers.count,
        .limit_concurrency = (unsigned)s->limit_concurrency,
        .limit_max_requests = (uint64_t)s->limit_max_requests,
        .limit_body = (size_t)s->limit_body,
        .limit_head = (size_t)s->limit_head,
        .backlog = (unsigned)s->backlog,
        .timeout_keep_alive = milliseconds(s->timeout_keep_alive),
        .timeout_request = milliseconds(s->timeout_request),
        .timeout_stop = milliseconds(s->timeout_stop),
        .reload = s->reload,
        .reload_delay = milliseconds(s->reload_delay),
        .ready = say_ready,
        .ready_ctx = l,
    };
}

static flama_app *make_models(void *ctx, const flama_app_def *def)
{
    (void)def;
    const launch *l = ctx;
    const cli_settings *s = l->settings;
    const flama_app_options options = {
        .size = sizeof options,
        .title = s->title,
        .version = s->version,
        .description = s->description,
        .schema = s->schema,
        .docs = s->docs,
        .root_path = s->root_path,
        .debug = s->debug,
    };
    flama_app *app = flama_app_new(&options);
    for (size_t i = 0; app && i < l->count; i++)
        flama_models_add_resource(app, l->models[i].url, &l->resources[i]);
    return app;
}

/* The app of a file, with what the command line says besides. */
static flama_app *make_defined(void *ctx, const flama_app_def *def)
{
    const launch *l = ctx;
    flama_app_def told = *def;
    told.options.debug |= l->settings->debug;
    if (*l->settings->root_path)
        told.options.root_path = l->settings->root_path;
    return flama_app_make(&told);
}

/* Prints all that the set-up has to say: warnings to the log, mistakes always. */
static void print_problems(void *ctx, const flama_app *app)
{
    launch *l = ctx;
    bool warning;
    const char *text;
    for (size_t i = 0; (text = flama_app_problem(app, i, &warning)) != NULL; i++) {
        if (warning)
            flama_log(FLAMA_LOG_WARNING, "%s", text);
        else
            cli_error("%s", text);
        l->mistaken |= !warning;
    }
}

/* The level of a name that --server-log-level takes. */
static flama_log_level log_level(const char *name)
{
    static const char *const names[] = {
        [FLAMA_LOG_TRACE] = "trace", [FLAMA_LOG_DEBUG] = "debug",
        [FLAMA_LOG_INFO] = "info",   [FLAMA_LOG_WARNING] = "warning",
        [FLAMA_LOG_ERROR] = "error", [FLAMA_LOG_CRITICAL] = "critical",
    };
    int level = FLAMA_LOG_CRITICAL;
    while (level > 0 && strcmp(names[level], name) != 0)
        level--;
    return (flama_log_level)level;
}

static flama_source source_of(launch *l)
{
    return (flama_source){.size = sizeof(flama_source),
                          .file = l->file,
                          .name = l->name,
                          .make = l->file ? make_defined : make_models,
                          .told = print_problems,
                          .ctx = l};
}

static int serve(void *ctx)
{
    launch *l = ctx;
    const flama_source source = source_of(l);
    flama_run_options options = run_options(l->settings, l);
    flama_error err = {0};
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    if (flama_run_source(&source, &options, &err) == 0)
        return 0;
    return l->mistaken ? 1 : cli_failed(&err);
}

static int run(launch *l)
{
    const cli_settings *s = l->settings;
    if (s->uds && s->fd >= 0)
        return cli_error("'uds' and 'fd' both say where to listen; give one.");
    flama_log_to_stderr(log_level(s->log_level), s->use_colors);
    const flama_run_options options = run_options(s, l);
    const flama_source source = source_of(l);
    flama_error err = {0};
    bool debug = s->debug;
    if (l->file && !debug && flama_source_debug(&source, &options, &debug, &err) != 0)
        return cli_failed(&err);
    return debug ? flama_supervise(&options, serve, l) : serve(l);
}

int cli_launch(flama_arena *arena, const cli_settings *settings,
               const cli_model *models, size_t count)
{
    launch l = {.arena = arena, .settings = settings, .models = models, .count = count};
    l.resources = flama_arena_calloc(arena, count, sizeof *l.resources);
    if (l.resources == NULL)
        return cli_error("out of memory");
    for (size_t i = 0; i < count; i++)
        l.resources[i] = (flama_resource_def){.size = sizeof *l.resources,
                                              .name = models[i].name,
                                              .model_path = models[i].file,
                                              .model_methods = models[i].methods};
    return run(&l);
}

int cli_launch_file(flama_arena *arena, const cli_settings *settings, const char *file,
                    const char *name)
{
    launch l = {.arena = arena, .settings = settings, .file = file, .name = name};
    return run(&l);
}
