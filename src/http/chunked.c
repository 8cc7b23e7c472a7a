#include "http/chunked.h"

#include "http/syntax.h"

enum { MAX_DIGITS = 16 };

enum {
    SIZE,
    EXTENSION,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILER,
    TRAILER_NAME,
    TRAILER_VALUE,
    TRAILER_LF,
    LAST_LF,
    OVER
};

void flama_http_chunks_init(flama_http_chunks *chunks, const flama_http_limits *limits)
{
    *chunks =
        (flama_http_chunks){.max_body = limits->max_body, .overhead = limits->max_head};
}

static flama_http_step refuse(flama_http_chunks *chunks, int status, const char *detail)
{
    chunks->status = status;
    chunks->detail = detail;
    return FLAMA_HTTP_BAD;
}

static flama_http_step go(flama_http_chunks *chunks, bool right, int state)
{
    chunks->state = state;
    if (!right)
        return refuse(chunks, 400, "The chunks of the body are not right.");
    return FLAMA_HTTP_MORE;
}

static flama_http_step end_size(flama_http_chunks *chunks, char c)
{
    bool right = chunks->digits > 0 && (c == '\r' || c == ';');
    return go(chunks, right, c == ';' ? EXTENSION : SIZE_LF);
}

static flama_http_step read_size(flama_http_chunks *chunks, char c)
{
    int digit = flama_http__hex(c);
    if (digit < 0)
        return end_size(chunks, c);
    if (chunks->digits++ == MAX_DIGITS)
        return refuse(chunks, 400, "The size of a chunk has too many digits.");
    bool over = chunks->left >> 60 != 0;
    chunks->left = chunks->left * 16 + (unsigned)digit;
    if (over || chunks->left > chunks->max_body - chunks->total)
        return refuse(chunks, 413, "The body is larger than this server takes.");
    return FLAMA_HTTP_MORE;
}

static flama_http_step begin_chunk(flama_http_chunks *chunks, char c)
{
    chunks->total += chunks->left;
    chunks->digits = 0;
    return go(chunks, c == '\n', chunks->left ? DATA : TRAILER);
}

static flama_http_step read_extension(flama_http_chunks *chunks, char c)
{
    if (c == '\r')
        return go(chunks, true, SIZE_LF);
    return go(chunks, flama_http__value_byte(c), EXTENSION);
}

static flama_http_step read_trailer(flama_http_chunks *chunks, char c)
{
    bool token = flama_http__token[(unsigned char)c] != 0;
    switch (chunks->state) {
    case TRAILER:
        return go(chunks, token || c == '\r', token ? TRAILER_NAME : LAST_LF);
    case TRAILER_NAME:
        return go(chunks, token || c == ':', token ? TRAILER_NAME : TRAILER_VALUE);
    default:
        if (c == '\r')
            return go(chunks, true, TRAILER_LF);
        return go(chunks, flama_http__value_byte(c), TRAILER_VALUE);
    }
}

static flama_http_step read_byte(flama_http_chunks *chunks, char c)
{
    switch (chunks->state) {
    case SIZE:
        return read_size(chunks, c);
    case SIZE_LF:
        return begin_chunk(chunks, c);
    case DATA_CR:
        return go(chunks, c == '\r', DATA_LF);
    case DATA_LF:
        return go(chunks, c == '\n', SIZE);
    case TRAILER_LF:
        return go(chunks, c == '\n', TRAILER);
    case LAST_LF:
        return c == '\n' ? FLAMA_HTTP_DONE : go(chunks, false, OVER);
    default:
        break;
    }
    if (chunks->overhead == 0)
        return refuse(chunks, 431,
                      "The extensions and trailers of the chunks are too "
                      "long.");
    chunks->overhead--;
    return chunks->state == EXTENSION ? read_extension(chunks, c)
                                      : read_trailer(chunks, c);
}

static flama_string take_run(flama_http_chunks *chunks, const char *data, size_t size)
{
    size_t run = chunks->left < size ? (size_t)chunks->left : size;
    chunks->left -= run;
    if (chunks->left == 0)
        chunks->state = DATA_CR;
    return (flama_string){data, run};
}

flama_http_step flama_http_chunks_read(flama_http_chunks *chunks, const char *data,
                                       size_t size, size_t *used, flama_string *run)
{
    flama_http_step step = FLAMA_HTTP_MORE;
    size_t i = 0;
    *run = (flama_string){data, 0};
    while (i < size && step == FLAMA_HTTP_MORE && run->size == 0) {
        if (chunks->state == DATA) {
            *run = take_run(chunks, data + i, size - i);
            i += run->size;
        } else {
            step = read_byte(chunks, data[i++]);
        }
    }
    *used = i;
    return step;
}
