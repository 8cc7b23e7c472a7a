/* The head of an HTTP/1.1 request: a strict, incremental reader.
 *
 * It is given the bytes from the start of the request, a longer prefix at each call,
 * and looks at each byte once: it goes on where it stopped. Places are told as offsets,
 * so the bytes may move between calls. Header names are put in lower case where they
 * stand.
 *
 * Strict means: what two servers might understand differently is refused. A bare LF, a
 * folded header, a space before the colon, a Content-Length that is repeated or stands
 * beside Transfer-Encoding, a coding other than exactly "chunked", a missing or second
 * Host, a control byte in a value. RFC 9110 and RFC 9112. */
#ifndef FLAMA_HTTP_PARSER_H
#define FLAMA_HTTP_PARSER_H

#include <flama/sys/exchange.h>

typedef struct flama_http_limits {
    size_t max_head;    /* bytes of request line and headers, under 4 GiB */
    size_t max_headers; /* as many entries as `fields` has */
    uint64_t max_body;  /* for who reads the body */
} flama_http_limits;

typedef struct flama_http_span {
    uint32_t begin; /* from the start of the request */
    uint32_t size;
} flama_http_span;

typedef struct flama_http_field {
    flama_http_span name;
    flama_http_span value;
} flama_http_field;

typedef enum flama_http_step {
    FLAMA_HTTP_MORE, /* the end is not there yet */
    FLAMA_HTTP_DONE,
    FLAMA_HTTP_BAD /* refused: status and detail say how and why */
} flama_http_step;

typedef struct flama_http_head {
    flama_http_field *fields; /* the caller's */
    size_t field_count;
    size_t size; /* of the head; when done */
    flama_http_method method;
    flama_http_span method_name;
    flama_http_span target;
    flama_http_span path;    /* in the target, not decoded; empty means "/" */
    flama_http_span query;   /* in the target, without "?" */
    uint64_t content_length; /* as said; of one over 64 bits the largest */
    bool path_escaped;       /* has percent signs, all of them right */
    bool chunked;
    bool keep_alive;
    bool expects_continue;
    bool minor; /* HTTP/1.1, else HTTP/1.0 */

    int status;
    const char *detail; /* a sentence; static */

    size_t line;    /* where the line being read begins */
    size_t scanned; /* bytes looked at for its end */
    unsigned seen;
} flama_http_head;

/* Ready for a new request. */
void flama_http_head_init(flama_http_head *head, flama_http_field *fields);

/* Reads on in data[0..size). After DONE or BAD the head must be initialized anew. */
flama_http_step flama_http_head_read(flama_http_head *head,
                                     const flama_http_limits *limits, char *data,
                                     size_t size);

/* Decodes the percent signs of text, which the reader has found to be right, into `to`,
 * which has room for as much. Returns the size. */
size_t flama_http_unescape(char *to, const char *text, size_t size);

#endif
