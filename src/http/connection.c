#include <linux/sockios.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "http/answer.h"
#include "http/connection_inside.h"
#include "http/turns.h"

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
        flama_exchange_cancel(&exchange->base);
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

void flama_http_connection__refuse(flama_http_connection *connection, int status,
                                   const char *detail)
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
        flama_http_connection__move(connection);
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

static void written(flama_http_connection *connection);

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
    written(connection);
    flama_http_connection__advance(connection);
}

/* What the socket did not take: libuv writes it when the client makes room. */
static void write_rest(flama_http_connection *connection, uv_buf_t *buffers,
                       unsigned count, size_t done)
{
    for (unsigned i = 0; i < count; i++) {
        size_t skip = done < buffers[i].len ? done : buffers[i].len;
        buffers[i].base += skip;
        buffers[i].len -= skip;
        done -= skip;
    }
    if (uv_write(&connection->write, &connection->stream, buffers, count, on_written) !=
        0) {
        flama_http_connection_cut(connection);
        return;
    }
    connection->state = WRITING;
    connection->unwritten = unwritten(connection);
    start_timeout(connection, FLAMA_HTTP_WRITE);
}

static void write_all(flama_http_connection *connection, uv_buf_t *buffers,
                      unsigned count)
{
    size_t size = 0;
    for (unsigned i = 0; i < count; i++)
        size += buffers[i].len;
    int done = size ? uv_try_write(&connection->stream, buffers, count) : 0;
    if (done == UV_EAGAIN)
        done = 0;
    if (done < 0)
        flama_http_connection_cut(connection);
    else if ((size_t)done == size)
        written(connection);
    else
        write_rest(connection, buffers, count, (size_t)done);
}

/* While the server stops, requests that have arrived are still answered. In HTTP/1.0
 * the end of a stream is that of the connection. */
static bool is_last(const flama_http_connection *connection,
                    const flama_http_exchange *exchange)
{
    return !exchange->keep_alive ||
           (exchange->base.response.stream && !exchange->minor &&
            flama_http_exchange_length(exchange) == 0) ||
           (connection->worker->stopping &&
            flama_http_input_waiting(connection->input) == 0 &&
            !has_unread(connection));
}

/* Takes a piece off the length that has been told; false when it does not fit. */
static bool fits(flama_http_exchange *exchange)
{
    size_t size = exchange->base.piece.size;
    if (size > exchange->left)
        return false;
    exchange->left -= size;
    return exchange->left == 0 || exchange->base.piece_kind == FLAMA_PIECE_MORE;
}

/* A piece of a stream: as a chunk (RFC 9112, 7.1), or as it is when its length has been
 * told, or up to the end of the connection for HTTP/1.0. */
static void answer_piece(flama_http_connection *connection)
{
    flama_http_exchange *exchange = exchange_of(connection);
    flama_string piece = exchange->base.piece;
    bool sized = flama_http_exchange_length(exchange) > 0;
    bool chunked = exchange->minor && !sized;
    const char *end = exchange->base.piece_kind == FLAMA_PIECE_LAST ? "0\r\n\r\n" : "";
    uv_buf_t buffers[3] = {{.base = exchange->frame},
                           {.base = (char *)piece.data, .len = piece.size},
                           {.base = exchange->frame_end}};
    if (exchange->base.piece_kind == FLAMA_PIECE_BROKEN || (sized && !fits(exchange))) {
        flama_http_connection_cut(connection);
        return;
    }
    if (chunked && piece.size)
        buffers[0].len = (size_t)snprintf(exchange->frame, sizeof exchange->frame,
                                          "%zx\r\n", piece.size);
    if (chunked)
        buffers[2].len =
            (size_t)snprintf(exchange->frame_end, sizeof exchange->frame_end, "%s%s",
                             piece.size ? "\r\n" : "", end);
    write_all(connection, buffers, 3);
}

static void answer_head(flama_http_connection *connection)
{
    flama_http_exchange *exchange = exchange_of(connection);
    flama_string head, body;
    connection->last = is_last(connection, exchange);
    flama_http_answer(connection->worker, exchange, connection->last, &head, &body);
    if (head.data == NULL) {
        flama_http_connection_cut(connection);
        return;
    }
    uv_buf_t buffers[2] = {{.base = (char *)head.data, .len = head.size},
                           {.base = (char *)body.data, .len = body.size}};
    write_all(connection, buffers, body.size ? 2 : 1);
}

static void answer(flama_http_connection *connection)
{
    flama_http_exchange *exchange = exchange_of(connection);
    exchange->out = false;
    if (exchange->streaming)
        answer_piece(connection);
    else
        answer_head(connection);
}

/* The exchange comes back to a connection that has gone. */
static void take_back(flama_http_exchange *exchange)
{
    flama_http_connection *connection = exchange->connection;
    flama_http_worker *worker = connection->worker;
    exchange->out = false;
    free_when_done(connection);
    flama_http_worker_check_end(worker);
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
        flama_http_connection__advance(connection);
    } else {
        take_back(exchange);
    }
}

/* Streams. */

/* From the loop, so that one whose pieces come and go at once lets others in between.
 */
static void ask(flama_task *task)
{
    flama_http_exchange *exchange =
        (flama_http_exchange *)((char *)task - offsetof(flama_http_exchange, task));
    flama_http_connection *connection = exchange->connection;
    flama_stream *stream = exchange->base.response.stream;
    if (connection->state != PENDING) {
        connection->worker->pending--;
        take_back(exchange);
        return;
    }
    exchange->responded = false;
    connection->in_handler = true;
    stream->next(stream, &exchange->base);
    connection->in_handler = false;
    if (exchange->responded)
        returned(task);
}

/* All that there was to write has been. */
static void written(flama_http_connection *connection)
{
    flama_http_exchange *exchange = exchange_of(connection);
    if (!exchange->streaming || exchange->base.piece_kind != FLAMA_PIECE_MORE) {
        answered(connection);
        return;
    }
    connection->state = PENDING;
    flama_timeout_stop(connection->worker->timeouts, &connection->timeout);
    exchange->out = true;
    exchange->task.run = ask;
    connection->worker->pending++;
    if (!flama_loop_post(connection->worker->loop, &exchange->task)) {
        connection->worker->pending--;
        exchange->out = false;
        flama_http_connection_cut(connection);
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
        flama_http_connection__refuse(connection, input->head.status,
                                      input->head.detail);
    return step == FLAMA_HTTP_DONE;
}

void flama_http_connection__advance(flama_http_connection *connection)
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
    flama_http_exchange *exchange = exchange_of(connection);
    bool answering = connection->state == PENDING || connection->state == WRITING;
    if (!answering || exchange->streaming)
        flama_http_connection_cut(connection);
    else if (connection->state == PENDING)
        flama_exchange_cancel(&exchange->base);
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
            flama_http_connection__advance(connection);
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
    flama_exchange_cancel(&exchange_of(connection)->base);
    flama_http_connection__refuse(connection, 504, "The answer took too long.");
}

static void expired_receive(flama_http_connection *connection, int kind)
{
    bool idle = kind == FLAMA_HTTP_FRESH || kind == FLAMA_HTTP_KEEP_ALIVE ||
                kind == FLAMA_HTTP_DRAIN;
    if (has_unread(connection))
        start_timeout(connection, idle ? FLAMA_HTTP_HEAD : kind);
    else if (idle)
        flama_http_connection_cut(connection);
    else
        flama_http_connection__refuse(connection, 408,
                                      "The request did not arrive in time.");
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
