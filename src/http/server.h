/* The HTTP/1.1 server: listening sockets, one loop a thread, exchanges made of
 * requests.
 *
 * The owner creates a server, runs it on its thread (it starts the further ones itself)
 * and frees it. Exchanges are handed to the handler on the loop's thread. */
#ifndef FLAMA_HTTP_SERVER_H
#define FLAMA_HTTP_SERVER_H

#include <flama/arena.h>
#include <flama/sys/exchange.h>

typedef struct flama_http_server flama_http_server;

/* Called on a loop's thread for each request; answers then or later. */
typedef void (*flama_exchange_handler)(void *ctx, flama_exchange *exchange);

/* One line of the access log, when an answer has been sent; NULL for none. */
typedef void (*flama_access_log)(void *ctx, const flama_exchange *exchange);

enum { FLAMA_HTTP_MAX_THREADS = 1024 };

/* 0 and NULL mean the default that stands behind the field. Times in milliseconds. */
typedef struct flama_http_options {
    const char *host;            /* "127.0.0.1"; "" is every interface */
    int port;                    /* as given; 0 lets the system choose */
    const char *uds;             /* path of a Unix socket instead */
    int fd;                      /* an inherited listening socket instead; -1: none */
    const int *sockets;          /* listening sockets that are there, to be taken: */
    unsigned socket_count;       /* one a thread; 0: none */
    unsigned threads;            /* one a core; at most 1024 */
    unsigned backlog;            /* 2048 */
    size_t max_head;             /* bytes of request line and headers: 16384 */
    size_t max_headers;          /* 100 */
    size_t max_body;             /* 64 MiB */
    size_t max_connections;      /* in all threads together; 0: no limit -> 503 */
    uint64_t max_requests;       /* then a graceful stop; 0: no limit */
    unsigned head_timeout;       /* from the first byte to the end of the head: 10 s */
    unsigned body_timeout;       /* without a byte of the body: 20 s */
    unsigned keep_alive_timeout; /* between requests: 5 s */
    unsigned write_timeout;      /* without a byte taken by the client: 20 s */
    unsigned request_timeout;    /* the exchange's deadline: 60 s */
    unsigned stop_timeout;       /* to finish what is in flight at a stop: 30 s */
    bool no_server_header;
    bool no_date_header;
    bool proxy_headers;              /* believe X-Forwarded-For and -Proto ... */
    const char *forwarded_allow_ips; /* ... of these peers: "127.0.0.1"; "*" is all */
    const flama_header *headers;     /* added to every answer */
    size_t header_count;
    flama_access_log access_log;
    bool turned; /* the owner's thread turns one loop more: flama_http_server_begin */
} flama_http_options;

/* Makes the listening sockets, one a thread, which are the caller's; the list is in the
 * arena. *port is as flama_http_server_port says. 0, or as flama_http_server_new. */
int flama_http_listen(const flama_http_options *options, flama_arena *arena, int **fds,
                      unsigned *count, int *port, flama_error *err);

/* Binds and listens. 0, or FLAMA_EIO with the address and the system's reason. */
int flama_http_server_new(flama_http_server **out, const flama_http_options *options,
                          flama_exchange_handler handler, void *ctx, flama_error *err);

/* Serves until stopped; returns when every exchange is answered or stop_timeout is
 * over. 0 or an error code. */
int flama_http_server_run(flama_http_server *server, flama_error *err);

/* flama_http_server_run in parts, for the owner of a `turned` server, whose thread has
 * something else to run: all three are called by that thread, which owns one such
 * server at a time. Its loop takes no connections of its own. A connection moves there
 * when an answer is given on that thread, and stays; answers given between two turns
 * are written at once. While the thread is away for longer than a few milliseconds,
 * another one turns that loop in its stead. The descriptor is watched during the
 * owner's turns. */
int flama_http_server_begin(flama_http_server *server, int descriptor,
                            flama_error *err);

/* Serves for at most so many milliseconds (0: what is there, negative: any time), until
 * flama_http_server_interrupt, or until the descriptor is readable, as *readable then
 * says. False when all has ended after a stop. */
bool flama_http_server_turn(flama_http_server *server, int timeout, bool *readable);

/* After a begin that failed too. */
void flama_http_server_end(flama_http_server *server);

/* Ends the turn, or the next one. Any thread. */
void flama_http_server_interrupt(flama_http_server *server);

/* Asks for a graceful stop: no new connections, answers in flight carry
 * "Connection: close". Any thread, signal handlers too. */
void flama_http_server_stop(flama_http_server *server);

/* The port bound, 0 for a Unix socket. */
int flama_http_server_port(const flama_http_server *server);

void flama_http_server_free(flama_http_server *server); /* NULL is fine */

#endif
