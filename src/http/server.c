#include "http/server.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/thread.h"
#include "http/answer.h"
#include "http/connection.h"
#include "http/syntax.h"
#include "http/turns.h"

enum {
    MAX_HEAD = 1 << 24,
    MAX_COMMON = 32768,
    GRACE_MS = 500, /* for the handler to say itself that its time is over */
    LINGER_MS = 3000,
    DRAIN_MS = 100
};

/* Options. */

#define DEFAULT(field, value) options->field = options->field ? options->field : (value)

static void fill_defaults(flama_http_options *options)
{
    DEFAULT(host, "127.0.0.1");
    DEFAULT(threads, uv_available_parallelism());
    DEFAULT(backlog, 2048);
    DEFAULT(max_head, 16384);
    DEFAULT(max_headers, 100);
    DEFAULT(max_body, 64u << 20);
    DEFAULT(head_timeout, 10000);
    DEFAULT(body_timeout, 20000);
    DEFAULT(keep_alive_timeout, 5000);
    DEFAULT(write_timeout, 20000);
    DEFAULT(request_timeout, 60000);
    DEFAULT(stop_timeout, 30000);
    DEFAULT(forwarded_allow_ips, "127.0.0.1");
    if (options->threads > FLAMA_HTTP_MAX_THREADS)
        options->threads = FLAMA_HTTP_MAX_THREADS;
    if (options->max_head > MAX_HEAD)
        options->max_head = MAX_HEAD;
    if (options->max_headers > options->max_head)
        options->max_headers = options->max_head;
    if (options->max_body > SIZE_MAX / 4)
        options->max_body = SIZE_MAX / 4;
}

static int copy_text(const char **text, flama_arena *arena)
{
    if (*text)
        *text = flama_arena_copy(arena, *text, strlen(*text));
    return 0;
}

static int copy_options(flama_http_server *server, const flama_http_options *given,
                        flama_error *err)
{
    flama_http_options *options = &server->options;
    *options = *given;
    fill_defaults(options);
    const char *uds = options->uds;
    copy_text(&options->host, &server->arena);
    copy_text(&options->uds, &server->arena);
    copy_text(&options->forwarded_allow_ips, &server->arena);
    if (!options->host || (uds && !options->uds) || !options->forwarded_allow_ips)
        return flama_error__memory(err);
    server->limits = (flama_http_limits){.max_head = options->max_head,
                                         .max_headers = options->max_headers,
                                         .max_body = options->max_body};
    return flama_http_peers_read(&server->trusted, &server->arena,
                                 options->forwarded_allow_ips, err);
}

static int add_common(flama_buffer *common, const flama_header *header,
                      flama_error *err)
{
    if (!flama_http__name_is_right(header->name) ||
        !flama_http__value_is_right(header->value.data, header->value.size))
        return flama_error_set(err, FLAMA_EARGUMENT,
                               "'%.*s' can't be a header of every answer",
                               (int)header->name.size, header->name.data);
    int rc = flama_buffer_append(common, header->name.data, header->name.size);
    for (size_t i = common->size - header->name.size; rc == 0 && i < common->size; i++)
        common->data[i] = (char)flama_http__token[(unsigned char)common->data[i]];
    rc = rc ? rc : flama_buffer_append(common, ": ", 2);
    rc = rc ? rc : flama_buffer_append(common, header->value.data, header->value.size);
    rc = rc ? rc : flama_buffer_append(common, "\r\n", 2);
    return rc == 0 ? 0
                   : flama_error_set(err, rc,
                                     "the headers of every answer are over %d "
                                     "bytes",
                                     MAX_COMMON);
}

static int make_common(flama_http_server *server, flama_error *err)
{
    const flama_http_options *options = &server->options;
    const flama_header name = {FLAMA_STRING("server"), FLAMA_STRING("flama")};
    flama_buffer common;
    flama_buffer_init_arena(&common, &server->arena, MAX_COMMON);
    int rc = options->no_server_header ? 0 : add_common(&common, &name, err);
    for (size_t i = 0; i < options->header_count && rc == 0; i++)
        rc = add_common(&common, &options->headers[i], err);
    server->common = (flama_string){common.data, common.size};
    return rc;
}

/* Workers. */

static void on_accepted(void *ctx, int fd, const struct sockaddr *peer)
{
    flama_http_connection_accept(ctx, fd, peer);
}

static void cut_all(flama_http_worker *worker)
{
    worker->cutting = true;
    for (flama_http_connection *c = worker->connections; c;
         c = flama_http_connection_next(c))
        flama_http_connection_cut(c);
    flama_http_worker_check_end(worker);
}

static void on_expired(flama_timeout *timeout, int kind)
{
    if (kind == FLAMA_HTTP_STOP)
        cut_all(
            (flama_http_worker *)((char *)timeout - offsetof(flama_http_worker, stop)));
    else
        flama_http_connection_expired(timeout, kind);
}

static void on_woken(void *ctx)
{
    flama_http_worker *worker = ctx;
    flama_http_server *server = worker->server;
    if (server->options.turned && worker == server->workers[0])
        flama_loop_stop(worker->loop);
    if (worker->stopping || !atomic_load(&server->stopping))
        return;
    worker->stopping = true;
    if (worker->listener)
        flama_listener_drain(worker->listener);
    flama_listener_close(worker->listener);
    worker->listener = NULL;
    flama_timeout_start(worker->timeouts, &worker->stop, FLAMA_HTTP_STOP);
    for (flama_http_connection *c = worker->connections; c;
         c = flama_http_connection_next(c))
        flama_http_connection_drain(c);
    flama_http_worker_check_end(worker);
}

static int make_timeouts(flama_http_worker *worker)
{
    const flama_http_options *options = &worker->server->options;
    const unsigned milliseconds[FLAMA_TIMEOUT_KINDS] = {
        [FLAMA_HTTP_FRESH] = options->head_timeout,
        [FLAMA_HTTP_HEAD] = options->head_timeout,
        [FLAMA_HTTP_BODY] = options->body_timeout,
        [FLAMA_HTTP_KEEP_ALIVE] = options->keep_alive_timeout,
        [FLAMA_HTTP_WRITE] = options->write_timeout,
        [FLAMA_HTTP_REQUEST] = options->request_timeout + GRACE_MS,
        [FLAMA_HTTP_LINGER] = LINGER_MS,
        [FLAMA_HTTP_DRAIN] = DRAIN_MS,
        [FLAMA_HTTP_STOP] = options->stop_timeout,
    };
    return flama_timeouts_new(&worker->timeouts, worker->loop, milliseconds,
                              on_expired);
}

static int make_worker(flama_http_worker **out, flama_http_server *server,
                       flama_error *err)
{
    flama_http_worker *worker = flama_calloc(1, sizeof *worker);
    if (worker == NULL)
        return flama_error__memory(err);
    *out = worker;
    worker->server = server;
    worker->fd = -1;
    atomic_store(&worker->references, 1);
    flama_timeout_init(&worker->stop);
    int rc = flama_loop_new(&worker->loop, on_woken, worker, err);
    if (rc != 0)
        return rc;
    worker->trash = flama_malloc(FLAMA_HTTP_TRASH);
    if (worker->trash == NULL || make_timeouts(worker) != 0 ||
        flama_http_answer_prepare(worker) != 0)
        return flama_error__memory(err);
    return 0;
}

static int make_workers(flama_http_server *server, flama_error *err)
{
    unsigned count = server->options.threads + server->options.turned;
    server->workers = flama_arena_calloc(&server->arena, count, sizeof(void *));
    if (server->workers == NULL)
        return flama_error__memory(err);
    server->worker_count = count;
    int rc = 0;
    for (unsigned i = 0; i < count && rc == 0; i++)
        rc = make_worker(&server->workers[i], server, err);
    return rc;
}

/* Late exchanges, whose handlers did not end in time, keep the worker until they come.
 */
static void end_worker(flama_http_worker *worker)
{
    size_t late = worker->pending;
    atomic_fetch_add(&worker->references, late);
    flama_loop_close_tasks(worker->loop);
    atomic_fetch_sub(&worker->references, late - worker->pending);
}

static void run_worker(flama_http_worker *worker)
{
    flama_loop_run(worker->loop);
    end_worker(worker);
}

static void *run_thread(void *arg)
{
    flama_http_worker *worker = arg;
    flama_http_server *server = worker->server;
    flama_thread_begin();
    run_worker(worker);
    atomic_fetch_sub(&server->running, 1);
    flama_loop_wake(server->workers[0]->loop);
    return NULL;
}

/* The server. */

int flama_http_listen(const flama_http_options *given, flama_arena *arena, int **fds,
                      unsigned *count, int *port, flama_error *err)
{
    flama_http_options options = *given;
    fill_defaults(&options);
    const flama_listen_options listen = {.host = options.host,
                                         .port = options.port,
                                         .uds = options.uds,
                                         .fd = options.fd,
                                         .sockets = options.sockets,
                                         .socket_count = options.socket_count,
                                         .backlog = options.backlog};
    *count = options.threads;
    *fds = flama_arena_alloc(arena, *count * sizeof **fds);
    return *fds ? flama_listen(*fds, *count, port, &listen, err)
                : flama_error__memory(err);
}

static int open_sockets(flama_http_server *server, flama_error *err)
{
    const flama_http_options *options = &server->options;
    unsigned count;
    int *fds;
    int rc =
        flama_http_listen(options, &server->arena, &fds, &count, &server->port, err);
    if (rc != 0)
        return rc;
    for (unsigned i = 0; i < count; i++)
        server->workers[i + options->turned]->fd = fds[i];
    struct stat info;
    if (options->uds && stat(options->uds, &info) == 0)
        server->uds_inode = info.st_ino;
    return 0;
}

int flama_http_server_new(flama_http_server **out, const flama_http_options *options,
                          flama_exchange_handler handler, void *ctx, flama_error *err)
{
    flama_http_server *server = flama_calloc(1, sizeof *server);
    if (server == NULL)
        return flama_error__memory(err);
    flama_arena_init(&server->arena, 0);
    server->handler = handler;
    server->ctx = ctx;
    int rc = copy_options(server, options, err);
    if (rc == 0)
        rc = make_common(server, err);
    if (rc == 0)
        rc = make_workers(server, err);
    if (rc == 0)
        rc = open_sockets(server, err);
    if (rc == 0)
        *out = server;
    else
        flama_http_server_free(server);
    return rc;
}

static int start_listeners(flama_http_server *server, flama_error *err)
{
    int rc = 0;
    for (unsigned i = server->options.turned; i < server->worker_count && rc == 0;
         i++) {
        flama_http_worker *worker = server->workers[i];
        rc = flama_listener_new(&worker->listener, worker->loop, worker->fd,
                                on_accepted, worker, err);
        if (rc == 0)
            worker->fd = -1;
    }
    return rc;
}

static int start_threads(flama_http_server *server, flama_error *err)
{
    int rc = 0;
    for (unsigned i = 1; i < server->worker_count && rc == 0; i++) {
        flama_http_worker *worker = server->workers[i];
        rc = flama_thread_start(&worker->thread, run_thread, worker);
        worker->threaded = rc == 0;
        atomic_fetch_add(&server->running, worker->threaded);
    }
    return rc == 0 ? 0
                   : flama_error_set(err, FLAMA_EIO, "can't start %u threads: %s",
                                     server->worker_count, strerror(rc));
}

/* Writing to a client that has gone raises SIGPIPE, which would end the process. */
static void ignore_broken_pipes(void)
{
    struct sigaction action;
    if (sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL)
        signal(SIGPIPE, SIG_IGN);
}

static int start(flama_http_server *server, flama_error *err)
{
    int rc = start_listeners(server, err);
    if (rc != 0)
        return rc;
    ignore_broken_pipes();
    return start_threads(server, err);
}

static void join_threads(flama_http_server *server)
{
    for (unsigned i = 1; i < server->worker_count; i++)
        if (server->workers[i]->threaded)
            pthread_join(server->workers[i]->thread, NULL);
}

int flama_http_server_run(flama_http_server *server, flama_error *err)
{
    int rc = start(server, err);
    if (rc != 0)
        flama_http_server_stop(server);
    run_worker(server->workers[0]);
    join_threads(server);
    return rc;
}

int flama_http_server_begin(flama_http_server *server, int descriptor, flama_error *err)
{
    int rc = flama_http_turns_new(&server->turns, server->workers[0], descriptor, err);
    return rc ? rc : start(server, err);
}

bool flama_http_server_turn(flama_http_server *server, int timeout, bool *readable)
{
    return flama_http_turns_turn(server->turns, timeout, readable);
}

void flama_http_server_end(flama_http_server *server)
{
    flama_http_server_stop(server);
    flama_http_turns_free(server->turns);
    server->turns = NULL;
    end_worker(server->workers[0]);
    join_threads(server);
}

void flama_http_server_interrupt(flama_http_server *server)
{
    flama_loop *loop = server->workers[0]->loop;
    if (flama_loop_here(loop))
        flama_loop_stop(loop);
    else
        flama_loop_wake(loop);
}

void flama_http_server_stop(flama_http_server *server)
{
    atomic_store(&server->stopping, true);
    for (unsigned i = 0; i < server->worker_count; i++)
        flama_loop_wake(server->workers[i]->loop);
}

int flama_http_server_port(const flama_http_server *server)
{
    return server->port;
}

/* Another server may have put its own socket there meanwhile. */
static void remove_uds(const flama_http_server *server)
{
    struct stat info;
    if (server->uds_inode && stat(server->options.uds, &info) == 0 &&
        info.st_ino == server->uds_inode)
        unlink(server->options.uds);
}

void flama_http_server_free(flama_http_server *server)
{
    if (server == NULL)
        return;
    remove_uds(server);
    for (unsigned i = 0; i < server->worker_count; i++) {
        flama_http_worker *worker = server->workers[i];
        if (worker && worker->fd >= 0)
            close(worker->fd);
        if (worker)
            flama_listener_close(worker->listener);
        flama_http_worker_unref(worker);
    }
    flama_arena_fini(&server->arena);
    flama_free(server);
}
