#include "http/connection.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "http/answer.h"
#include "http/turns.h"

typedef enum connection_state {
    READING,   /* a request, or waiting for one */
    PENDING,   /* a handler has the exchange */
    WRITING,   /* an answer that the socket did not take at once */
    LINGERING, /* all is said; what still comes is thrown away */
    CLOSED     /* the socket is gone */
} connection_state;

struct flama_http_connection {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    };
    flama_http_worker *worker;
    flama_http_connection *previous;
    flama_http_connection *next;
    flama_timeout timeout;
    flama_task arrival; /* at another worker, with the socket */
    int socket;         /* on its way there */
    int family;
    flama_http_input *input; /* NULL while idle */
    size_t unwritten;        /* when the write timeout was started */
    connection_state state;
    bool reading; /* libuv reads */
    bool ended;   /* the client sends no more */
    bool gone;    /* libuv has let go of the handle */
    bool in_handler;
    bool last; /* the answer being written ends the connection */
    bool trusted;
    bool counted; /* in the server's number of connections */
    unsigned char client_size;
    char client[INET6_ADDRSTRLEN + 9];
};

static void respond(flama_exchange *base);

static int descriptor_of(const flama_exchange *base)
{
    uv_os_fd_t fd = -1;
    const flama_http_connection *connection = base->owner;
    uv_fileno(&connection->handle, &fd);
    return fd;
}

static const flama_transport transport = {sizeof(flama_transport), respond,
                                          descriptor_of};

static void start_timeout(flama_http_connection *connection, int kind)
{
    flama_timeout_start(connection->worker->timeouts, &connection->timeout, kind);
}

static bool has_unread(const flama_http_connection *connection)
{
    char byte;
    uv_os_fd_t fd = -1;
    uv_fileno(&connection->handle, &fd);
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

/* What a connection has borrowed goes back to the worker. */

static flama_http_exchange *exchange_of(const flama_http_connection *connection)
{
    return connection->input ? connection->input->exchange : NULL;
}

static void give_exchange(flama_http_connection *connection)
{
    flama_http_exchange *exchange = exchange_of(connection);
    if (exchange == NULL)
        return;
    flama_http_input_next(connection->input);
    flama_http_exchange_give(&connection->worker->exchanges, exchange);
}

static void give_input(flama_http_connection *connection)
{
    if (connection->input)
        flama_http_worker_give_input(connection->worker, connection->input);
    connection->input = NULL;
}

/* All but an exchange that a handler has, and the input it points into. */
static void give_all(flama_http_connection *connection)
{
    const flama_http_exchange *exchange = exchange_of(connection);
    if (exchange && exchange->out)
        return;
    give_exchange(connection);
    give_input(connection);
}

/* The end of a connection. */

static void free_when_done(flama_http_connection *connection)
{
    give_all(connection);
    if (connection->gone && connection->input == NULL)
        flama_free(connection);
}

static void on_closed(uv_handle_t *handle)
{
    flama_http_connection *connection = handle->data;
    flama_http_worker *worker = connection->worker;
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        worker->connections = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    if (connection->counted)
        atomic_fetch_sub(&worker->server->connections, 1);
    connection->gone = true;
    free_when_done(connection);
    flama_http_worker_check_end(worker);
}

/* An answer in libuv's hands is given back when libuv says that it is cancelled. */
void flama_http_connection_cut(flama_http_connection *connection)
{
    flama_http_exchange *exchange = exchange_of(connection);
    if (connection->state == CLOSED)
        return;
    if (exchange && exchange->out)
        atomic_store(&exchange->base.cancelled, true);
    else if (connection->state != WRITING)
        give_all(connection);
    connection->state = CLOSED;
    flama_timeout_stop(connection->worker->timeouts, &connection->timeout);
    uv_close(&connection->handle, on_closed);
}

static void stop_reading(flama_http_connection *connection)
{
    uv_read_stop(&connection->stream);
    connection->reading = false;
}

static void start_reading(flama_http_connection *connection);

/* A socket closed with bytes unread takes back what the client has not received yet, so
 * the client is given a moment to close first. */
static void linger(flama_http_connection *connection)
{
    uv_os_fd_t fd = -1;
    give_all(connection);
    if (connection->ended) {
        connection->state = READING;
        flama_http_connection_cut(connection);
        return;
    }
    connection->state = LINGERING;
    uv_fileno(&connection->handle, &fd);
    shutdown(fd, SHUT_WR);
    start_timeout(connection, FLAMA_HTTP_LINGER);
    start_reading(connection);
}

static void refuse(flama_http_connection *connection, int status, const char *detail)
{
    flama_http_worker *worker = connection->worker;
    size_t size =
        flama_http_refusal(worker, worker->trash, FLAMA_HTTP_TRASH, status, detail);
    uv_buf_t buffer = uv_buf_init(worker->trash, (unsigned)size);
    flama_log(FLAMA_LOG_DEBUG, "%d: %s", status, detail);
    if (uv_try_write(&connection->stream, &buffer, 1) == (int)size)
        linger(connection);
    else
        flama_http_connection_cut(connection);
}

/* Moving. */

static int open_socket(flama_http_connection *connection, int fd);
static void add_to_worker(flama_http_connection *connection);
static void advance(flama_http_connection *connection);

/* On the new worker's thread. */
static void arrive(flama_task *task)
{
    flama_http_connection *connection =
        (flama_http_connection *)((char *)task -
                                  offsetof(flama_http_connection, arrival));
    flama_http_worker *worker = connection->worker;
    atomic_fetch_sub(&worker->arriving, 1);
    int rc = open_socket(connection, connection->socket);
    connection->handle.data = connection;
    add_to_worker(connection);
    if (rc != 0)
        close(connection->socket);
    if (rc != 0 || worker->cutting) {
        flama_http_connection_cut(connection);
        return;
    }
    start_timeout(connection,
                  worker->stopping ? FLAMA_HTTP_DRAIN : FLAMA_HTTP_KEEP_ALIVE);
    advance(connection);
}

/* The connection as it is to go on elsewhere; NULL when it can't. */
static flama_http_connection *copy_for(flama_http_worker *worker,
                                       const flama_http_connection *connection)
{
    uv_os_fd_t fd = -1;
    flama_http_connection *copy = flama_calloc(1, sizeof *copy);
    if (copy == NULL)
        return NULL;
    uv_fileno(&connection->handle, &fd);
    copy->socket = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy->socket < 0) {
        flama_free(copy);
        return NULL;
    }
    flama_timeout_init(&copy->timeout);
    copy->worker = worker;
    copy->arrival.run = arrive;
    copy->family = connection->family;
    copy->trusted = connection->trusted;
    copy->counted = connection->counted;
    copy->client_size = connection->client_size;
    memcpy(copy->client, connection->client, sizeof copy->client);
    return copy;
}

/* Hands an idle connection, with the bytes that wait, to the worker that the server's
 * owner turns. It stays where it is when that can't be. */
static void move(flama_http_connection *connection)
{
    flama_http_server *server = connection->worker->server;
    flama_http_worker *to = server->workers[0];
    flama_http_connection *copy = copy_for(to, connection);
    if (copy == NULL)
        return;
    copy->input = connection->input;
    if (copy->input)
        flama_http_input_move(copy->input, &to->exchanges);
    atomic_fetch_add(&to->arriving, 1);
    if (!atomic_load(&server->stopping) && flama_loop_post(to->loop, &copy->arrival)) {
        connection->input = NULL;
        connection->counted = false;
        flama_http_connection_cut(connection);
        return;
    }
    atomic_fetch_sub(&to->arriving, 1);
    flama_loop_wake(to->loop); /* it may have waited for this one */
    if (copy->input)
        flama_http_input_move(copy->input, &connection->worker->exchanges);
    close(copy->socket);
    flama_free(copy);
}

/* Answers. */

static void answered(flama_http_connection *connection)
{
    const flama_http_server *server = connection->worker->server;
    if (server->options.access_log)
        server->options.access_log(server->ctx, &exchange_of(connection)->base);
    connection->state = READING;
    bool moves = exchange_of(connection)->moves && !connection->ended;
    give_exchange(connection);
    if (connection->last) {
        linger(connection);
        return;
    }
    start_timeout(connection, FLAMA_HTTP_KEEP_ALIVE);
    if (moves)
        move(connection);
}

static void on_written(uv_write_t *write, int status)
{
    flama_http_connection *connection = write->handle->data;
    if (connection->state == CLOSED)
        return;
    if (status < 0) {
        connection->state = READING;
        flama_http_connection_cut(connection);
        return;
    }
    answered(connection);
    advance(connection);
}

/* Bytes of answers that the client has not acknowledged: libuv's and the kernel's. The
 * kernel asks for more only when a good part of its buffer is free, so that libuv's
 * alone may stand still while the client reads. */
static size_t unwritten(const flama_http_connection *connection)
{
    int queued = 0;
    uv_os_fd_t fd = -1;
    uv_fileno(&connection->handle, &fd);
    if (ioctl(fd, SIOCOUTQ, &queued) != 0)
        queued = 0;
    return uv_stream_get_write_queue_size(&connection->stream) + (size_t)queued;
}

/* What the socket did not take: libuv writes it when the client makes room. */
static void write_rest(flama_http_connection *connection, uv_buf_t buffers[2],
                       size_t done)
{
    for (int i = 0; i < 2; i++) {
        size_t skip = done < buffers[i].len ? done : buffers[i].len;
        buffers[i].base += skip;
        buffers[i].len -= skip;
        done -= skip;
    }
    uv_write_t *write =
        flama_arena_alloc(&exchange_of(connection)->arena, sizeof *write);
    if (write == NULL ||
        uv_write(write, &connection->stream, buffers, 2, on_written) != 0) {
        flama_http_connection_cut(connection);
        return;
    }
    connection->state = WRITING;
    connection->unwritten = unwritten(connection);
    start_timeout(connection, FLAMA_HTTP_WRITE);
}

/* While the server stops, requests that have arrived are still answered. */
static bool is_last(const flama_http_connection *connection,
                    const flama_http_exchange *exchange)
{
    return !exchange->keep_alive || (connection->worker->stopping &&
                                     flama_http_input_waiting(connection->input) == 0 &&
                                     !has_unread(connection));
}

static void answer(flama_http_connection *connection)
{
    flama_http_exchange *exchange = exchange_of(connection);
    flama_string head, body;
    exchange->out = false;
    connection->last = is_last(connection, exchange);
    flama_http_answer(connection->worker, exchange, connection->last, &head, &body);
    if (head.data == NULL) {
        flama_http_connection_cut(connection);
        return;
    }
    uv_buf_t buffers[2] = {{.base = (char *)head.data, .len = head.size},
                           {.base = (char *)body.data, .len = body.size}};
    int done = uv_try_write(&connection->stream, buffers, body.size ? 2 : 1);
    if (done == UV_EAGAIN)
        done = 0;
    if (done < 0)
        flama_http_connection_cut(connection);
    else if ((size_t)done == head.size + body.size)
        answered(connection);
    else
        write_rest(connection, buffers, (size_t)done);
}

static void returned(flama_task *task)
{
    flama_http_exchange *exchange =
        (flama_http_exchange *)((char *)task - offsetof(flama_http_exchange, task));
    flama_http_connection *connection = exchange->connection;
    flama_http_worker *worker = connection->worker;
    worker->pending--;
    if (connection->state == PENDING) {
        answer(connection);
        advance(connection);
    } else {
        exchange->out = false;
        free_when_done(connection);
        flama_http_worker_check_end(worker);
    }
}

/* The loop has ended without waiting for this one. */
static void free_late(flama_http_exchange *exchange)
{
    flama_http_connection *connection = exchange->connection;
    flama_http_worker *worker = connection->worker;
    flama_http_input_free(connection->input);
    flama_free(connection);
    flama_http_exchange_free(exchange);
    flama_http_worker_unref(worker);
}

static void respond(flama_exchange *base)
{
    flama_http_exchange *exchange = (flama_http_exchange *)base;
    flama_http_connection *connection = exchange->connection;
    flama_http_worker *worker = connection->worker;
    if (flama_loop_here(worker->loop) && connection->in_handler) {
        exchange->responded = true;
        return;
    }
    if (flama_http_turns_enter(worker)) {
        returned(&exchange->task);
        flama_http_turns_leave();
        return;
    }
    exchange->moves = flama_http_turns_mine(worker);
    exchange->task.run = returned;
    if (!flama_loop_post(worker->loop, &exchange->task))
        free_late(exchange);
}

/* Requests. */

static void count_request(flama_http_server *server)
{
    uint64_t most = server->options.max_requests;
    if (most && atomic_fetch_add(&server->requests, 1) + 1 == most)
        flama_http_server_stop(server);
}

static void dispatch(flama_http_connection *connection)
{
    flama_http_exchange *exchange = exchange_of(connection);
    flama_http_server *server = connection->worker->server;
    exchange->connection = connection;
    exchange->base.transport = &transport;
    exchange->base.owner = connection;
    exchange->base.started = flama_clock_now();
    exchange->base.deadline =
        exchange->base.started + server->options.request_timeout * UINT64_C(1000000);
    exchange->base.request.client =
        (flama_string){connection->client, connection->client_size};
    if (connection->trusted)
        flama_http_forwarded_apply(&server->trusted, exchange);
    count_request(server);
    connection->state = PENDING;
    connection->in_handler = exchange->out = true;
    server->handler(server->ctx, &exchange->base);
    connection->in_handler = false;
    if (exchange->responded) {
        answer(connection);
    } else {
        connection->worker->pending++;
        start_timeout(connection, FLAMA_HTTP_REQUEST);
    }
}

static void send_continue(flama_http_connection *connection,
                          flama_http_exchange *exchange)
{
    static char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    uv_buf_t buffer = uv_buf_init(text, sizeof text - 1);
    exchange->expects_continue = false;
    if (uv_try_write(&connection->stream, &buffer, 1) != (int)buffer.len)
        flama_http_connection_cut(connection);
}

static void await_more(flama_http_connection *connection)
{
    flama_http_exchange *exchange = exchange_of(connection);
    if (connection->ended) {
        flama_http_connection_cut(connection);
    } else if (exchange) {
        start_timeout(connection, FLAMA_HTTP_BODY);
        if (exchange->expects_continue)
            send_continue(connection, exchange);
    } else if (flama_http_input_waiting(connection->input) == 0) {
        give_input(connection);
    } else if (connection->timeout.kind != FLAMA_HTTP_HEAD) {
        start_timeout(connection, FLAMA_HTTP_HEAD);
    }
}

/* False when the bytes do not go further. */
static bool advance_one(flama_http_connection *connection)
{
    flama_http_input *input = connection->input;
    flama_http_step step = FLAMA_HTTP_MORE;
    if (input->exchange || flama_http_input_waiting(input))
        step = flama_http_input_read(input);
    if (step == FLAMA_HTTP_DONE)
        dispatch(connection);
    else if (step == FLAMA_HTTP_MORE)
        await_more(connection);
    else
        refuse(connection, input->head.status, input->head.detail);
    return step == FLAMA_HTTP_DONE;
}

/* Reads and answers as far as the bytes go. */
static void advance(flama_http_connection *connection)
{
    while (connection->state == READING && connection->input && advance_one(connection))
        ;
    if (connection->state == READING && !connection->reading) {
        if (connection->ended)
            flama_http_connection_cut(connection);
        else
            start_reading(connection);
    }
}

static void end_of_input(flama_http_connection *connection)
{
    stop_reading(connection);
    connection->ended = true;
    if (connection->state == PENDING)
        atomic_store(&exchange_of(connection)->base.cancelled, true);
    else if (connection->state != WRITING)
        flama_http_connection_cut(connection);
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)suggested;
    flama_http_connection *connection = handle->data;
    if (connection->state == LINGERING) {
        *buffer = uv_buf_init(connection->worker->trash, FLAMA_HTTP_TRASH);
        return;
    }
    if (connection->input == NULL)
        connection->input = flama_http_worker_take_input(connection->worker);
    flama_string room = {NULL, 0};
    if (connection->input)
        room = flama_http_input_room(connection->input);
    buffer->base = (char *)room.data;
    buffer->len = room.size;
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    (void)buffer;
    flama_http_connection *connection = stream->data;
    if (size == UV_EOF) {
        end_of_input(connection);
    } else if (size < 0) {
        flama_http_connection_cut(connection);
    } else if (connection->state != LINGERING) {
        flama_http_input_took(connection->input, (size_t)size);
        if (connection->state == READING)
            advance(connection);
        else if (flama_http_input_room(connection->input).size == 0)
            stop_reading(connection);
    }
}

static void start_reading(flama_http_connection *connection)
{
    if (!connection->reading)
        uv_read_start(&connection->stream, on_room, on_read);
    connection->reading = true;
}

/* Timeouts. Bytes that have come but were not read yet count as sent in time: the loop
 * may have been busy. */

static void expired_write(flama_http_connection *connection)
{
    size_t now = unwritten(connection);
    if (now < connection->unwritten) {
        connection->unwritten = now;
        start_timeout(connection, FLAMA_HTTP_WRITE);
    } else {
        flama_http_connection_cut(connection);
    }
}

static void expired_request(flama_http_connection *connection)
{
    atomic_store(&exchange_of(connection)->base.cancelled, true);
    refuse(connection, 504, "The answer took too long.");
}

static void expired_receive(flama_http_connection *connection, int kind)
{
    bool idle = kind == FLAMA_HTTP_FRESH || kind == FLAMA_HTTP_KEEP_ALIVE ||
                kind == FLAMA_HTTP_DRAIN;
    bool unread = has_unread(connection);
    if (unread && connection->worker->away && !idle)
        refuse(connection, 504, "The server is held up.");
    else if (unread)
        start_timeout(connection, idle ? FLAMA_HTTP_HEAD : kind);
    else if (idle)
        flama_http_connection_cut(connection);
    else
        refuse(connection, 408, "The request did not arrive in time.");
}

void flama_http_connection_expired(flama_timeout *timeout, int kind)
{
    flama_http_connection *connection =
        (flama_http_connection *)((char *)timeout -
                                  offsetof(flama_http_connection, timeout));
    switch (kind) {
    case FLAMA_HTTP_WRITE:
        expired_write(connection);
        break;
    case FLAMA_HTTP_REQUEST:
        expired_request(connection);
        break;
    case FLAMA_HTTP_LINGER:
        flama_http_connection_cut(connection);
        break;
    default:
        expired_receive(connection, kind);
        break;
    }
}

void flama_http_connection_drain(flama_http_connection *connection)
{
    if (connection->state == READING && connection->input == NULL)
        start_timeout(connection, FLAMA_HTTP_DRAIN);
}

flama_http_connection *
flama_http_connection_next(const flama_http_connection *connection)
{
    return connection->next;
}

/* The beginning of a connection. */

static void name_client(flama_http_connection *connection, const struct sockaddr *peer)
{
    char host[INET6_ADDRSTRLEN];
    const void *address = NULL;
    unsigned port = 0;
    int family = peer->sa_family;
    if (family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)peer;
        address = &v4->sin_addr;
        port = ntohs(v4->sin_port);
    } else if (family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)peer;
        address = &v6->sin6_addr;
        port = ntohs(v6->sin6_port);
        if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
            address = &v6->sin6_addr.s6_addr[12];
            family = AF_INET;
        }
    }
    if (address == NULL || inet_ntop(family, address, host, sizeof host) == NULL)
        return;
    int size = snprintf(connection->client, sizeof connection->client,
                        family == AF_INET6 ? "[%s]:%u" : "%s:%u", host, port);
    connection->client_size = (unsigned char)size;
}

static int open_socket(flama_http_connection *connection, int fd)
{
    uv_loop_t *loop = flama_loop__uv(connection->worker->loop);
    if (connection->family == AF_UNIX) {
        uv_pipe_init(loop, &connection->pipe, 0);
        return uv_pipe_open(&connection->pipe, fd);
    }
    uv_tcp_init(loop, &connection->tcp);
    return uv_tcp_open(&connection->tcp, fd);
}

static void add_to_worker(flama_http_connection *connection)
{
    flama_http_worker *worker = connection->worker;
    connection->next = worker->connections;
    if (connection->next)
        connection->next->previous = connection;
    worker->connections = connection;
}

/* One over the limit does not count, so that refused ones don't keep others out. */
static bool count_connection(flama_http_connection *connection)
{
    flama_http_server *server = connection->worker->server;
    size_t before = atomic_fetch_add(&server->connections, 1);
    size_t most = server->options.max_connections;
    connection->counted = most == 0 || before < most;
    if (!connection->counted)
        atomic_fetch_sub(&server->connections, 1);
    return connection->counted;
}

void flama_http_connection_accept(flama_http_worker *worker, int fd,
                                  const struct sockaddr *peer)
{
    flama_http_connection *connection = flama_calloc(1, sizeof *connection);
    if (connection == NULL) {
        close(fd);
        return;
    }
    connection->worker = worker;
    flama_timeout_init(&connection->timeout);
    connection->family = peer->sa_family;
    int rc = open_socket(connection, fd);
    connection->handle.data = connection;
    add_to_worker(connection);
    if (rc != 0) {
        close(fd);
        flama_http_connection_cut(connection);
        return;
    }
    name_client(connection, peer);
    connection->trusted = worker->server->options.proxy_headers &&
                          flama_http_peers_has(&worker->server->trusted, peer);
    if (!count_connection(connection)) {
        refuse(connection, 503, "The server has as many connections as it takes.");
        return;
    }
    start_timeout(connection, worker->stopping ? FLAMA_HTTP_DRAIN : FLAMA_HTTP_FRESH);
    start_reading(connection);
}
