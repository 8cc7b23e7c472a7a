/* Bytes of a connection on their way to becoming requests.
 *
 * A connection borrows an input from its worker while bytes are pending or a request is
 * in hand, and has none while it is idle. Requests are read where they arrived: their
 * strings point into the input until flama_http_input_next. The body of a request with
 * a Content-Length that is not there yet is read straight into one allocation. */
#ifndef FLAMA_HTTP_INPUT_H
#define FLAMA_HTTP_INPUT_H

#include "http/exchange.h"
#include "http/parser.h"

typedef struct flama_http_input {
    struct flama_http_input *next; /* in the worker's list of spare ones */
    flama_http_exchange *exchange; /* once the head is read */
    flama_http_exchanges *spare;   /* where exchanges come from */
    const flama_http_limits *limits;
    flama_http_head head;
    size_t begin; /* of the request in hand */
    size_t rest;  /* behind what has been read of it; once its head is read */
    size_t size;  /* bytes in data */
    size_t capacity;
    char *data;
    flama_http_field fields[];
} flama_http_input;

/* A new input, or NULL without memory; limits and spare are borrowed. */
flama_http_input *flama_http_input_new(const flama_http_limits *limits,
                                       flama_http_exchanges *spare);
void flama_http_input_free(flama_http_input *input); /* NULL is fine */

/* Where the next bytes go, and how many fit: none when the input is full. */
flama_string flama_http_input_room(const flama_http_input *input);

/* Says that `size` bytes have been put there. */
void flama_http_input_took(flama_http_input *input, size_t size);

/* Reads on. DONE: input->exchange is a whole request. MORE: it needs more bytes, and
 * room has been made for them. BAD: head.status and head.detail say why. */
flama_http_step flama_http_input_read(flama_http_input *input);

/* Moves on behind the request in hand, whose exchange is the caller's to recycle. */
void flama_http_input_next(flama_http_input *input);

/* Another worker's from now on; there is no exchange. */
void flama_http_input_move(flama_http_input *input, flama_http_exchanges *spare);

/* Forgets all bytes; there is no exchange. */
void flama_http_input_clear(flama_http_input *input);

/* Bytes that wait behind the request in hand, or all when there is none. */
size_t flama_http_input_waiting(const flama_http_input *input);

#endif
