/* Answers in pieces: a body that is sent while it is made, as events are.
 *
 *     typedef struct ticks { flama_stream stream; int count; char text[32]; } ticks;
 *
 *     static void next(flama_stream *stream, flama_exchange *exchange)
 *     {
 *         ticks *t = (ticks *)stream;
 *         int size = snprintf(t->text, sizeof t->text, "data: %d\n\n", t->count++);
 *         flama_stream_push(exchange, (flama_string){t->text, (size_t)size},
 *                           t->count < 10 ? FLAMA_PIECE_MORE : FLAMA_PIECE_LAST);
 *     }
 *
 *     FLAMA_HANDLER(tick, flama_object)
 *     {
 *         ticks *t = flama_call_alloc(call, sizeof *t);
 *         *t = (ticks){.stream = {.size = sizeof(flama_stream), .next = next}};
 *         return flama_call_stream(call, "text/event-stream", &t->stream);
 *     }
 *
 * Whoever gives the stream owns it, until `end`; it may live in the call's arena. */
#ifndef FLAMA_STREAM_H
#define FLAMA_STREAM_H

#include <flama/call.h>

FLAMA_BEGIN_DECLS

typedef struct flama_exchange flama_exchange;
typedef struct flama_stream flama_stream;

struct flama_stream {
    size_t size; /* sizeof(flama_stream) */

    /* The client takes more: to be answered by one flama_stream_push, now or later, and
     * also when the client has gone meanwhile (flama_call_cancelled tells). Called on a
     * loop's thread, so it does not wait itself. */
    void (*next)(flama_stream *stream, flama_exchange *exchange);

    /* (optional) All is sent, or the client has gone: nothing more is asked for. Never
     * between `next` and its push. */
    void (*end)(flama_stream *stream);

    /* (optional) The bytes of all pieces together, when that is known: the client is
     * told, and sees the answer cut off when they turn out to be more or fewer. */
    uint64_t length;
};

typedef enum flama_piece {
    FLAMA_PIECE_MORE,
    FLAMA_PIECE_LAST,
    FLAMA_PIECE_BROKEN /* the rest can't be made: the client sees it cut off */
} flama_piece;

/* Has the call answered with 200 and the stream, once the handler has returned 0; what
 * it gives is then not looked at. The content type is not copied. 0, or
 * FLAMA_EARGUMENT outside a request. */
FLAMA_API int flama_call_stream(flama_call *call, const char *content_type,
                                flama_stream *stream);

/* Gives the piece that was asked for, which may be empty; it stays as it is until the
 * next call of `next` or `end`. Any thread. */
FLAMA_API void flama_stream_push(flama_exchange *exchange, flama_string piece,
                                 flama_piece kind);

FLAMA_END_DECLS

#endif
