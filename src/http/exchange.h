/* An exchange of an HTTP/1.1 connection, its inside. Belongs to the loop's thread but
 * while a handler has it. */
#ifndef FLAMA_HTTP_EXCHANGE_H
#define FLAMA_HTTP_EXCHANGE_H

#include <flama/sys/exchange.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "http/chunked.h"
#include "net/loop.h"

struct flama_http_connection;

typedef struct flama_http_exchange {
    flama_exchange base;
    flama_arena arena;
    flama_task task; /* brings it back to its loop */
    struct flama_http_connection *connection;
    struct flama_http_exchange *next; /* among the spare ones */
    flama_http_chunks chunks;
    flama_buffer pieces; /* of a chunked body */
    char *body;
    size_t body_left; /* bytes to be read straight into the body */
    bool chunked;
    bool keep_alive;
    bool minor; /* HTTP/1.1, else HTTP/1.0 */
    bool expects_continue;
    char frame[20]; /* around a piece of a stream */
    char frame_end[8];
    bool streaming; /* the head is sent; the body comes in pieces */
    uint64_t left;  /* of its length that the head has told */
    bool out;       /* a handler has it */
    bool responded; /* while its handler was still running */
    bool moves;     /* its connection goes to the worker whose owner answered */
} flama_http_exchange;

/* Spare exchanges of a worker, a limited number. */
typedef struct flama_http_exchanges {
    flama_http_exchange *first;
    unsigned count;
} flama_http_exchanges;

/* A spare or a new one; NULL without memory. */
flama_http_exchange *flama_http_exchange_take(flama_http_exchanges *spare);

/* Takes it back with all that was born in its arena. */
void flama_http_exchange_give(flama_http_exchanges *spare,
                              flama_http_exchange *exchange);

void flama_http_exchange_free(flama_http_exchange *exchange); /* NULL is fine */

/* The length of the stream that it is answered with; 0 when that is not known. */
uint64_t flama_http_exchange_length(const flama_http_exchange *exchange);

#endif
