/* Connections: sockets that read requests and write answers, one exchange at a time, in
 * order. On the thread of their worker. */
#ifndef FLAMA_HTTP_CONNECTION_H
#define FLAMA_HTTP_CONNECTION_H

#include "http/worker.h"

struct sockaddr;

/* Serves an accepted socket, which it owns from now on. */
void flama_http_connection_accept(flama_http_worker *worker, int fd,
                                  const struct sockaddr *peer);

/* The server stops: an idle connection gets a moment for a request that is on its way.
 */
void flama_http_connection_drain(flama_http_connection *connection);

/* Cuts the connection; its exchange's answer will be dropped. */
void flama_http_connection_cut(flama_http_connection *connection);

/* The next in the worker's list. */
flama_http_connection *
flama_http_connection_next(const flama_http_connection *connection);

/* For the timeout embedded in a connection. */
void flama_http_connection_expired(flama_timeout *timeout, int kind);

#endif
