/* An exchange: one request and its answer, independent of what carries it.
 *
 * HTTP connections make exchanges, and so does the in-process test client. Whoever makes
 * one hands it to flama_app_dispatch, which answers it once: by flama_exchange_respond,
 * then or later, from any thread. Until then the exchange and all it points to stay
 * alive; afterwards they belong to the transport again and must not be touched. */
#ifndef FLAMA_SYS_EXCHANGE_H
#define FLAMA_SYS_EXCHANGE_H

#include <stdatomic.h>

#include <flama/call.h>

FLAMA_BEGIN_DECLS

typedef enum flama_http_method {
    FLAMA_GET = 1,
    FLAMA_HEAD = 2,
    FLAMA_POST = 4,
    FLAMA_PUT = 8,
    FLAMA_PATCH = 16,
    FLAMA_DELETE = 32,
    FLAMA_OPTIONS = 64,
    FLAMA_OTHER_METHOD = 128
} flama_http_method;

/* A header field. In requests the name is in lower case. */
typedef struct flama_header {
    flama_string name;
    flama_string value;
} flama_header;

typedef struct flama_request {
    flama_http_method method;
    flama_string method_name; /* as sent */
    flama_string target;      /* as sent: "/a%20b?x=1" */
    flama_string path;        /* percent-decoded, without the query: "/a b" */
    flama_string query;       /* not decoded, without "?" */
    const flama_header *headers;
    size_t header_count;
    flama_string body;
    flama_string client; /* "127.0.0.1:51234", "" when not known */
    flama_string scheme; /* "http", "https" */
} flama_request;

typedef struct flama_response {
    int status;
    flama_string content_type;   /* "" for none */
    const flama_header *headers; /* further ones; framing headers are the transport's */
    size_t header_count;
    flama_string body; /* in the exchange's arena, or static */
} flama_response;

typedef struct flama_exchange flama_exchange;

/* What carries an exchange. `respond` takes an exchange whose response is complete; it
 * may be called from any thread, exactly once. */
typedef struct flama_transport {
    size_t size;
    void (*respond)(flama_exchange *exchange);
} flama_transport;

struct flama_exchange {
    const flama_transport *transport;
    void *owner; /* the transport's */
    flama_arena *arena;
    flama_request request;
    flama_response response;
    uint64_t started;      /* flama_clock_now() when the request was complete */
    uint64_t deadline;     /* likewise, 0: none */
    atomic_bool cancelled; /* the client is gone */
};

/* The value of the request's header of that name (lower case), or NULL. */
FLAMA_API const flama_string *flama_request_header(const flama_request *request,
                                                   const char *name);

/* Answers: status, content type and body are set as given, `headers` left as they are.
 * The strings are not copied. */
FLAMA_API void flama_exchange_respond(flama_exchange *exchange, int status,
                                      flama_string content_type, flama_string body);

/* Adds a header to the response; the strings are not copied. 0 or FLAMA_EMEMORY. */
FLAMA_API int flama_exchange_add_header(flama_exchange *exchange, flama_string name,
                                        flama_string value);

FLAMA_END_DECLS

#endif
