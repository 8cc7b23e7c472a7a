#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "app/debug/supervisor.h"
#include "app/dispatch.h"
#include "app/run.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/options.h"
#include "net/listener.h"

/* "Name: value" texts as headers. */
static int parse_headers(flama_app *app, const flama_run_options *o,
                         const flama_header **out, flama_error *err)
{
    flama_header *headers =
        flama_arena_calloc(app->arena, o->header_count + 1, sizeof *headers);
    if (headers == NULL)
        return flama_error__memory(err);
    for (size_t i = 0; i < o->header_count; i++) {
        const char *text = o->headers[i], *colon = strchr(text, ':');
        if (colon == NULL || colon == text || strpbrk(text, "\r\n"))
            return flama_error_set(err, FLAMA_EARGUMENT,
                                   "the header '%s' is not 'Name: value'", text);
        const char *value = colon + 1 + strspn(colon + 1, " ");
        headers[i].name = (flama_string){text, (size_t)(colon - text)};
        headers[i].value = (flama_string){value, strlen(value)};
    }
    *out = headers;
    return 0;
}

/* As many as the options say, else WEB_CONCURRENCY, else 0: one for each core. */
static int threads_wanted(const flama_run_options *o, unsigned *out, flama_error *err)
{
    const char *text = o->workers ? NULL : getenv("WEB_CONCURRENCY");
    *out = o->workers;
    if (text == NULL || *text == '\0')
        return 0;
    char *end;
    unsigned long n = strtoul(text, &end, 10);
    *out = (unsigned)n;
    if (*text >= '0' && *text <= '9' && *end == '\0' && n > 0 &&
        n <= FLAMA_HTTP_MAX_THREADS)
        return 0;
    return flama_error_set(err, FLAMA_EARGUMENT,
                           "WEB_CONCURRENCY is '%s', not a number of threads from 1 to "
                           "%d",
                           text, FLAMA_HTTP_MAX_THREADS);
}

static void log_access(void *ctx, const flama_exchange *x)
{
    (void)ctx;
    const flama_request *r = &x->request;
    flama_string client = r->client.size ? r->client : FLAMA_STRING("-");
    flama_log(FLAMA_LOG_INFO, "%.*s - \"%.*s %.*s HTTP/1.1\" %d", (int)client.size,
              client.data, (int)r->method_name.size, r->method_name.data,
              (int)r->target.size, r->target.data, x->response.status);
}

static void handle(void *ctx, flama_exchange *x)
{
    flama_app_dispatch(ctx, x);
}

int flama_app__http_options(const flama_run_options *o, flama_http_options *http,
                            flama_error *err)
{
    const char *allow =
        o->forwarded_allow_ips ? o->forwarded_allow_ips : getenv("FORWARDED_ALLOW_IPS");
    *http = (flama_http_options){
        .host = o->host ? o->host : "127.0.0.1",
        .port = o->port == 0  ? 8000
                : o->port < 0 ? 0
                              : o->port,
        .uds = o->uds,
        .fd = o->use_fd ? o->fd : -1,
        .backlog = o->backlog,
        .max_head = o->limit_head,
        .max_body = o->limit_body,
        .max_connections = o->limit_concurrency,
        .max_requests = o->limit_max_requests,
        .keep_alive_timeout = o->timeout_keep_alive,
        .request_timeout = o->timeout_request,
        .stop_timeout = o->timeout_stop,
        .no_server_header = o->no_server_header,
        .no_date_header = o->no_date_header,
        .proxy_headers = o->proxy_headers,
        .forwarded_allow_ips = allow ? allow : "127.0.0.1",
        .header_count = o->header_count,
    };
    return threads_wanted(o, &http->threads, err);
}

int flama_run_listen(const flama_run_options *options, int *fd, int *port,
                     flama_error *err)
{
    flama_run_options own;
    flama_http_options http = {.host = NULL};
    int rc = FLAMA_OPTIONS_TAKE(flama_run_options, &own, options, err);
    rc = rc ? rc : flama_app__http_options(&own, &http, err);
    flama_listen_options listen = {.host = http.host,
                                   .port = http.port,
                                   .uds = http.uds,
                                   .fd = http.fd,
                                   .backlog = http.backlog ? http.backlog : 2048};
    return rc ? rc : flama_listen(fd, 1, port, &listen, err);
}

static int make_server(flama_app *app, const flama_run_options *o,
                       flama_http_options *http, const flama_run_hooks *hooks,
                       flama_http_server **out, flama_error *err)
{
    if (!o->no_access_log && flama_log_wanted(FLAMA_LOG_INFO))
        http->access_log = log_access;
    flama_supervisor__sockets(http);
    int rc = parse_headers(app, o, &http->headers, err);
    if (rc != 0)
        return rc;
    return hooks ? flama_http_server_new(out, http, hooks->handle, hooks->ctx, err)
                 : flama_http_server_new(out, http, handle, app, err);
}

/* The server that SIGINT and SIGTERM stop: one process serves one app at a time. */
static _Atomic(flama_http_server *) signalled;

static void on_signal(int number)
{
    (void)number;
    flama_http_server *server = atomic_load(&signalled);
    if (server)
        flama_http_server_stop(server);
}

/* Serves with the signals in hand: whoever hears of `ready` may end the server. */
static int serve(const flama_run_options *o, flama_http_server *server,
                 flama_error *err)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    struct sigaction old_int, old_term;
    sigemptyset(&action.sa_mask);
    if (!o->no_signals) {
        atomic_store(&signalled, server);
        sigaction(SIGINT, &action, &old_int);
        sigaction(SIGTERM, &action, &old_term);
    }
    flama_supervisor__ready();
    if (o->ready)
        o->ready(o->ready_ctx,
                 o->uds    ? o->uds
                 : o->host ? o->host
                           : "127.0.0.1",
                 flama_http_server_port(server));
    int rc = flama_http_server_run(server, err);
    if (!o->no_signals) {
        sigaction(SIGINT, &old_int, NULL);
        sigaction(SIGTERM, &old_term, NULL);
        atomic_store(&signalled, NULL);
    }
    return rc;
}

void flama_app__attach(flama_app *app, flama_pool *pool, flama_http_server *server)
{
    app->pool = pool;
    atomic_store(&app->server, server);
    for (const flama_mounted *m = app->mounts; m; m = m->next)
        flama_app__attach(m->child, pool, server);
}

/* What serves an app. */
struct flama_serving {
    flama_app *app;
    flama_pool *pool;
    flama_http_server *server;
};

static int prepare(flama_serving *s, const flama_run_options *o,
                   const flama_run_hooks *hooks, bool turned, flama_error *err)
{
    flama_http_options http;
    int rc = flama_app__http_options(o, &http, err);
    http.turned = turned;
    if (rc == 0)
        rc = make_server(s->app, o, &http, hooks, &s->server, err);
    if (rc == 0)
        rc = flama_pool_new(&s->pool, http.threads, 0, err);
    if (rc == 0)
        flama_app__attach(s->app, s->pool, s->server);
    return rc;
}

/* With hooks the app may be gone by then. */
static void clean(flama_serving *s, const flama_run_hooks *hooks)
{
    flama_pool_free(s->pool);
    if (hooks == NULL)
        flama_app__attach(s->app, NULL, NULL);
    flama_http_server_free(s->server);
}

int flama_app__run(flama_app *app, const flama_run_options *o,
                   const flama_run_hooks *hooks, flama_error *err)
{
    flama_serving s = {.app = app};
    int rc = prepare(&s, o, hooks, false, err);
    if (rc == 0 && hooks)
        rc = hooks->begin(hooks->ctx, s.pool, s.server, err);
    if (rc == 0)
        rc = serve(o, s.server, err);
    if (hooks && s.pool)
        hooks->end(hooks->ctx);
    clean(&s, hooks);
    return rc;
}

/* Takes the options, and starts the app if need be. */
static int get_ready(flama_app *app, flama_run_options *own,
                     const flama_run_options *options, flama_error *err)
{
    int rc = FLAMA_OPTIONS_TAKE(flama_run_options, own, options, err);
    if (rc == 0 && flama_app_start(app) != 0)
        rc = flama_error_set(err, FLAMA_ESETUP, "%s", flama_error_text(FLAMA_ESETUP));
    return rc;
}

int flama_app_run(flama_app *app, const flama_run_options *options, flama_error *err)
{
    flama_run_options own;
    int rc = get_ready(app, &own, options, err);
    return rc ? rc : flama_app__run(app, &own, NULL, err);
}

int flama_serving_begin(flama_serving **out, flama_app *app,
                        const flama_run_options *options, int descriptor, int *port,
                        flama_error *err)
{
    flama_run_options own;
    flama_serving *s = flama_calloc(1, sizeof *s);
    if (s == NULL)
        return flama_error__memory(err);
    s->app = app;
    int rc = get_ready(app, &own, options, err);
    if (rc == 0)
        rc = prepare(s, &own, NULL, true, err);
    if (rc == 0) {
        *port = flama_http_server_port(s->server);
        rc = flama_http_server_begin(s->server, descriptor, err);
        if (rc != 0)
            flama_http_server_end(s->server);
    }
    if (rc == 0) {
        *out = s;
        return 0;
    }
    clean(s, NULL);
    flama_free(s);
    return rc;
}

bool flama_serving_turn(flama_serving *s, int timeout, bool *readable)
{
    return flama_http_server_turn(s->server, timeout, readable);
}

void flama_serving_interrupt(flama_serving *s)
{
    flama_http_server_interrupt(s->server);
}

void flama_serving_end(flama_serving *s)
{
    flama_http_server_end(s->server);
    clean(s, NULL);
    flama_free(s);
}

void flama_app_stop(flama_app *app)
{
    flama_http_server *server = atomic_load(&app->server);
    if (server)
        flama_http_server_stop(server);
}
