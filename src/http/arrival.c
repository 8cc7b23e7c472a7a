#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "http/connection_inside.h"

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
        flama_http_connection__refuse(
            connection, 503, "The server has as many connections as it takes.");
        return;
    }
    flama_timeout_start(worker->timeouts, &connection->timeout,
                        worker->stopping ? FLAMA_HTTP_DRAIN : FLAMA_HTTP_FRESH);
    flama_http_connection__advance(connection);
}

/* Moving. */

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
    flama_timeout_start(worker->timeouts, &connection->timeout,
                        worker->stopping ? FLAMA_HTTP_DRAIN : FLAMA_HTTP_KEEP_ALIVE);
    flama_http_connection__advance(connection);
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

void flama_http_connection__move(flama_http_connection *connection)
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
