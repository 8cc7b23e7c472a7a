/* A request as handlers see it: borrowed for one call, not to be changed. */
#ifndef FLAMA_REQUEST_H
#define FLAMA_REQUEST_H

#include <flama/base.h>

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

/* The value of the request's header of that name (lower case), or NULL. */
FLAMA_API const flama_string *flama_request_header(const flama_request *request,
                                                   const char *name);

FLAMA_END_DECLS

#endif
