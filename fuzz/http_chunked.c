/* A chunked body, read whole, in two parts and byte by byte: the same must come out. */
#include <stdlib.h>
#include <string.h>

#include "http/chunked.h"

static const flama_http_limits limits = {
    .max_head = 256, .max_headers = 16, .max_body = 1000};

typedef struct outcome {
    flama_http_step step;
    int status;
    size_t used;
    size_t body_size;
    char body[1000];
} outcome;

static void read_piece(flama_http_chunks *chunks, outcome *out, const uint8_t *data,
                       size_t size)
{
    char *copy = malloc(size ? size : 1);
    size_t at = 0;
    memcpy(copy, data, size);
    while (at < size && out->step == FLAMA_HTTP_MORE) {
        size_t used;
        flama_string run;
        out->step = flama_http_chunks_read(chunks, copy + at, size - at, &used, &run);
        at += used;
        if (used == 0 || run.size > sizeof out->body - out->body_size)
            abort();
        memcpy(out->body + out->body_size, run.data, run.size);
        out->body_size += run.size;
    }
    out->used += at;
    out->status = chunks->status;
    free(copy);
}

static void read_in_steps(outcome *out, const uint8_t *data, size_t size, size_t first,
                          size_t step)
{
    flama_http_chunks chunks;
    memset(out, 0, sizeof *out);
    flama_http_chunks_init(&chunks, &limits);
    for (size_t at = 0, piece = first; at < size; at += piece, piece = step) {
        if (piece > size - at)
            piece = size - at;
        if (out->step == FLAMA_HTTP_MORE)
            read_piece(&chunks, out, data + at, piece);
    }
}

static void compare(const outcome *a, const outcome *b)
{
    if (a->step != b->step || a->status != b->status || a->used != b->used ||
        a->body_size != b->body_size || memcmp(a->body, b->body, a->body_size) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4096)
        return 0;
    size_t split = 0;
    for (size_t i = 0; i < size; i++)
        split = (split * 31 + data[i]) % (size + 1);
    outcome whole, parts, bytes;
    read_in_steps(&whole, data, size, size, 1);
    read_in_steps(&parts, data, size, split, size + 1);
    read_in_steps(&bytes, data, size, 1, 1);
    compare(&whole, &parts);
    compare(&whole, &bytes);
    return 0;
}
