/* What the server and its loops' connections share.
 *
 * The server is set up before its workers run and not changed after, but for the atomic
 * members. A worker is one loop and belongs to its thread. */
#ifndef FLAMA_HTTP_WORKER_H
#define FLAMA_HTTP_WORKER_H

#include <pthread.h>

#include "http/forwarded.h"
#include "http/input.h"
#include "http/server.h"
#include "net/listener.h"
#include "net/timeouts.h"

/* A connection has at most one of these running. */
enum {
    FLAMA_HTTP_FRESH,      /* accepted, no byte yet */
    FLAMA_HTTP_HEAD,       /* from the first byte to the end of the head */
    FLAMA_HTTP_BODY,       /* without a byte of the body */
    FLAMA_HTTP_KEEP_ALIVE, /* between requests */
    FLAMA_HTTP_WRITE,      /* without a byte taken by the client */
    FLAMA_HTTP_REQUEST,    /* until the handler has answered */
    FLAMA_HTTP_LINGER,     /* for the client to see the end */
    FLAMA_HTTP_DRAIN,      /* idle while the server stops */
    FLAMA_HTTP_STOP        /* the worker's own: until what is left is cut */
};

typedef struct flama_http_connection flama_http_connection;
typedef struct flama_http_worker flama_http_worker;
typedef struct flama_http_turns flama_http_turns;

struct flama_http_server {
    flama_http_options options; /* defaults filled in, strings in the arena */
    flama_arena arena;
    flama_http_limits limits;
    flama_http_peers trusted;
    flama_string common; /* headers of every answer, behind the date */
    flama_exchange_handler handler;
    void *ctx;
    int port;
    unsigned worker_count;
    flama_http_worker **workers;
    uint64_t uds_inode;      /* of the socket file to be removed at the end */
    flama_http_turns *turns; /* of the first worker, or NULL */
    atomic_uint running;     /* threads of workers */
    atomic_bool stopping;
    atomic_size_t connections;
    _Atomic uint64_t requests;
};

struct flama_http_worker {
    flama_http_server *server;
    flama_loop *loop;
    flama_timeouts *timeouts;
    flama_listener *listener;
    flama_http_connection *connections; /* a list of all */
    flama_http_exchanges exchanges;     /* spare ones */
    flama_http_input *inputs;           /* spare ones */
    unsigned input_count;
    char *trash;  /* where bytes go that nobody reads */
    char *common; /* date and common headers, as written */
    size_t common_size;
    int64_t second; /* of the date in it */
    size_t pending; /* exchanges that handlers have */
    flama_timeout stop;
    bool stopping;
    bool cutting;  /* the time to stop is over */
    bool threaded; /* `thread` has been started */
    pthread_t thread;
    int fd;                   /* the listening socket, until the listener has it */
    atomic_size_t arriving;   /* connections on their way from other workers */
    atomic_size_t references; /* the server, and at the end late exchanges */
};

enum { FLAMA_HTTP_TRASH = 65536 };

/* The last one frees the worker. */
void flama_http_worker_unref(flama_http_worker *worker);

/* Spare inputs. Take gives NULL without memory. */
flama_http_input *flama_http_worker_take_input(flama_http_worker *worker);
void flama_http_worker_give_input(flama_http_worker *worker, flama_http_input *input);

/* True when it is to stop and nothing is left to be done. */
bool flama_http_worker_is_done(const flama_http_worker *worker);

/* Ends the loop then. */
void flama_http_worker_check_end(flama_http_worker *worker);

#endif
