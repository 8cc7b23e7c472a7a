/* An exchange: one request and its answer, independent of what carries it.
 *
 * HTTP connections make exchanges, and so does the in-process test client. Whoever
 * makes one hands it to flama_app_dispatch, which answers it once: by
 * flama_exchange_respond, then or later, from any thread. Until then the exchange and
 * all it points to stay alive; afterwards they belong to the transport again and must
 * not be touched. */
#ifndef FLAMA_SYS_EXCHANGE_H
#define FLAMA_SYS_EXCHANGE_H

#include <stdatomic.h>

#include <flama/call.h>
#include <flama/request.h>
#include <flama/response.h>

FLAMA_BEGIN_DECLS

typedef struct flama_exchange flama_exchange;

/* What carries an exchange. `respond` takes an exchange whose response is complete; it
 * may be called from any thread, exactly once: and once more, with `piece`, each time
 * that the transport has called the response's stream for one. */
typedef struct flama_transport {
    size_t size;
    void (*respond)(flama_exchange *exchange);

    /* (optional) the client's socket, or -1; for signal handlers too. */
    int (*descriptor)(const flama_exchange *exchange);
} flama_transport;

/* To be told that nobody waits for the answer any more. */
typedef struct flama_cancel {
    void (*run)(struct flama_cancel *cancel);
} flama_cancel;

struct flama_exchange {
    const flama_transport *transport;
    void *owner; /* the transport's */
    flama_arena *arena;
    flama_request request;
    flama_response response;
    uint64_t started;      /* flama_clock_now() when the request was complete */
    uint64_t deadline;     /* likewise, 0: none */
    atomic_bool cancelled; /* the client is gone */
    _Atomic(flama_cancel *) cancel;
    flama_string piece; /* of a stream */
    flama_piece piece_kind;

    /* Called with a complete response before the transport gets it, when not NULL; the
     * app's, for its middleware. Set to NULL by whoever makes the exchange. */
    void (*sending)(flama_exchange *exchange);
    void *sender;

    /* Called when the answer has been sent or dropped and nothing of it is needed any
     * more, when not NULL; set by who handles the exchange. On the transport's thread.
     */
    void (*ended)(flama_exchange *exchange);
    void *kept;

    /* The body is over the transport's limit and was not taken: the answer is to be 413
     * whatever was asked. */
    bool too_large;
};

/* Answers: status, content type and body are set as given, `headers` left as they are.
 * The strings are not copied. */
FLAMA_API void flama_exchange_respond(flama_exchange *exchange, int status,
                                      flama_string content_type, flama_string body);

/* Adds a header to the response; the strings are not copied. 0, FLAMA_EMEMORY, or
 * FLAMA_EARGUMENT when the name is no token or one that the server frames the answer by
 * (content-length, transfer-encoding, connection), or the value has a control byte. */
FLAMA_API int flama_exchange_add_header(flama_exchange *exchange, flama_string name,
                                        flama_string value);

/* For who handles the exchange: has cancel->run called when the client is gone or its
 * time is over, at most once, on the transport's thread or at once. NULL takes that
 * back. Gives the one from before, if it has not been called and will not be. */
FLAMA_API flama_cancel *flama_exchange_on_cancel(flama_exchange *exchange,
                                                 flama_cancel *cancel);

/* For transports: ends the response's stream, if it has one; before its exchange is
 * let go. */
FLAMA_API void flama_stream_end(flama_exchange *exchange);

/* For transports: nobody waits for the answer any more. */
FLAMA_API void flama_exchange_cancel(flama_exchange *exchange);

FLAMA_END_DECLS

#endif
