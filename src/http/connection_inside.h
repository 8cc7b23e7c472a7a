/* The inside of a connection, for the files that are made of it: connection.c, which
 * reads and answers, and arrival.c, where connections come from. */
#ifndef FLAMA_HTTP_CONNECTION_INSIDE_H
#define FLAMA_HTTP_CONNECTION_INSIDE_H

#include <arpa/inet.h>
#include <uv.h>

#include "http/connection.h"

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
    uv_write_t write;   /* of what the socket did not take at once */
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
    bool last; /* the answer that is written ends the connection */
    bool trusted;
    bool counted; /* in the server's number of connections */
    unsigned char client_size;
    char client[INET6_ADDRSTRLEN + 9];
};

/* Ends it with an answer of its own. */
void flama_http_connection__refuse(flama_http_connection *connection, int status,
                                   const char *detail);

/* Reads and answers as far as the bytes go, and then for more. */
void flama_http_connection__advance(flama_http_connection *connection);

/* Hands an idle connection, with the bytes that wait, to the worker that the server's
 * owner turns. It stays where it is when that can't be. */
void flama_http_connection__move(flama_http_connection *connection);

#endif
