/* Reads the framing of a chunked body, byte by byte: sizes, extensions and trailers,
 * which are checked, bounded and dropped. RFC 9112, 7.1. */
#ifndef FLAMA_HTTP_CHUNKED_H
#define FLAMA_HTTP_CHUNKED_H

#include "http/parser.h"

typedef struct flama_http_chunks {
    uint64_t left;  /* bytes of the present chunk to come */
    uint64_t total; /* bytes of the chunks announced */
    uint64_t max_body;
    size_t overhead; /* bytes of extensions and trailers that may still come */
    int state;
    unsigned digits;
    int status;
    const char *detail; /* a sentence; static */
} flama_http_chunks;

void flama_http_chunks_init(flama_http_chunks *chunks, const flama_http_limits *limits);

/* Reads on in data[0..size): *used bytes, and *run is the piece of the body at their
 * end, or empty. MORE: call again with what follows; DONE: the body and its trailers
 * are over after *used bytes. */
flama_http_step flama_http_chunks_read(flama_http_chunks *chunks, const char *data,
                                       size_t size, size_t *used, flama_string *run);

#endif
