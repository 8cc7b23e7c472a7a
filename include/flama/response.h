/* An answer: what a transport sends, and what the test client gets. */
#ifndef FLAMA_RESPONSE_H
#define FLAMA_RESPONSE_H

#include <flama/call.h>
#include <flama/request.h>
#include <flama/stream.h>

FLAMA_BEGIN_DECLS

typedef struct flama_response {
    int status;
    flama_string content_type;   /* "" for none */
    const flama_header *headers; /* further ones; framing headers are the transport's */
    size_t header_count;
    flama_string body;    /* in the exchange's arena, or static */
    flama_stream *stream; /* gives the body instead, or NULL */
} flama_response;

/* Has the call answered with this, once the handler has returned 0; what it gives is
 * then not looked at. The strings are not copied: they are constant, or in the call's
 * arena. 0, or FLAMA_EARGUMENT outside a request. */
FLAMA_API int flama_call_respond(flama_call *call, int status,
                                 flama_string content_type, flama_string body);

FLAMA_END_DECLS

#endif
