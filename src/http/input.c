#include "http/input.h"

#include <string.h>

#include "base/alloc.h"

enum {
    BEYOND_HEAD = 16384, /* room behind the longest head */
    PADDING = 16         /* readable bytes behind a body: readers take several a step */
};

flama_http_input *flama_http_input_new(const flama_http_limits *limits,
                                       flama_http_exchanges *spare)
{
    size_t fields = limits->max_headers * sizeof(flama_http_field);
    size_t capacity = limits->max_head + BEYOND_HEAD;
    flama_http_input *input = flama_malloc(sizeof *input + fields + capacity + PADDING);
    if (input == NULL)
        return NULL;
    *input = (flama_http_input){.spare = spare, .limits = limits, .capacity = capacity};
    input->data = (char *)(input->fields + limits->max_headers);
    memset(input->data + capacity, 0, PADDING);
    flama_http_head_init(&input->head, input->fields);
    return input;
}

void flama_http_input_free(flama_http_input *input)
{
    flama_free(input);
}

flama_string flama_http_input_room(const flama_http_input *input)
{
    const flama_http_exchange *exchange = input->exchange;
    if (exchange && exchange->body_left)
        return (flama_string){exchange->body, exchange->body_left};
    return (flama_string){input->data + input->size, input->capacity - input->size};
}

void flama_http_input_took(flama_http_input *input, size_t size)
{
    flama_http_exchange *exchange = input->exchange;
    if (exchange && exchange->body_left) {
        exchange->body += size;
        exchange->body_left -= size;
    } else {
        input->size += size;
    }
}

static flama_http_step refuse(flama_http_input *input, int status, const char *detail)
{
    input->head.status = status;
    input->head.detail = detail;
    return FLAMA_HTTP_BAD;
}

static flama_http_step no_memory(flama_http_input *input)
{
    return refuse(input, 503, "The server is out of memory.");
}

static flama_string text_at(const char *data, flama_http_span span)
{
    return (flama_string){data + span.begin, span.size};
}

static bool fill_path(flama_request *request, const flama_http_head *head,
                      const char *data, flama_arena *arena)
{
    request->path = text_at(data, head->path);
    if (head->path.size == 0)
        request->path = FLAMA_STRING("/");
    if (!head->path_escaped)
        return true;
    char *path = flama_arena_alloc(arena, head->path.size);
    if (path == NULL)
        return false;
    request->path.size =
        flama_http_unescape(path, data + head->path.begin, head->path.size);
    request->path.data = path;
    return true;
}

static bool fill_request(flama_request *request, const flama_http_head *head,
                         const char *data, flama_arena *arena)
{
    flama_header *headers =
        flama_arena_alloc(arena, head->field_count * sizeof *headers);
    if (headers == NULL)
        return false;
    for (size_t i = 0; i < head->field_count; i++)
        headers[i] = (flama_header){text_at(data, head->fields[i].name),
                                    text_at(data, head->fields[i].value)};
    *request = (flama_request){
        .method = head->method,
        .method_name = text_at(data, head->method_name),
        .target = text_at(data, head->target),
        .query = text_at(data, head->query),
        .headers = headers,
        .header_count = head->field_count,
        .scheme = FLAMA_STRING("http"),
    };
    return fill_path(request, head, data, arena);
}

/* The app says so; the connection ends, for the body is not read. */
static flama_http_step too_large(flama_http_exchange *exchange)
{
    exchange->base.too_large = true;
    exchange->base.request.body = FLAMA_STRING("");
    exchange->keep_alive = exchange->chunked = false;
    return FLAMA_HTTP_DONE;
}

/* The body is all there, or an allocation takes what is there and the rest. */
static bool begin_body(flama_http_input *input, flama_http_exchange *exchange)
{
    char *body = input->data + input->rest;
    size_t have = input->size - input->rest;
    size_t length = (size_t)input->head.content_length;
    exchange->base.request.body = (flama_string){body, length};
    if (have >= length) {
        input->rest += length;
        return true;
    }
    char *whole = flama_arena_alloc(&exchange->arena, length + PADDING);
    if (whole == NULL)
        return false;
    memcpy(whole, body, have);
    memset(whole + length, 0, PADDING);
    exchange->base.request.body.data = whole;
    exchange->body = whole + have;
    exchange->body_left = length - have;
    input->size -= have;
    return true;
}

static flama_http_step begin_exchange(flama_http_input *input)
{
    const flama_http_head *head = &input->head;
    flama_http_exchange *exchange = flama_http_exchange_take(input->spare);
    if (exchange == NULL)
        return no_memory(input);
    input->exchange = exchange;
    input->rest = input->begin + head->size;
    exchange->chunked = head->chunked;
    exchange->keep_alive = head->keep_alive;
    exchange->minor = head->minor;
    exchange->expects_continue = head->expects_continue;
    if (!fill_request(&exchange->base.request, head, input->data + input->begin,
                      &exchange->arena))
        return no_memory(input);
    if (head->content_length > input->limits->max_body)
        return too_large(exchange);
    if (head->chunked) {
        flama_http_chunks_init(&exchange->chunks, input->limits);
        flama_buffer_init_arena(&exchange->pieces, &exchange->arena,
                                (size_t)input->limits->max_body + PADDING);
        return FLAMA_HTTP_MORE;
    }
    if (!begin_body(input, exchange))
        return no_memory(input);
    return exchange->body_left ? FLAMA_HTTP_MORE : FLAMA_HTTP_DONE;
}

static bool end_pieces(flama_http_exchange *exchange)
{
    flama_buffer *pieces = &exchange->pieces;
    if (flama_buffer_reserve(pieces, PADDING) != 0)
        return false;
    memset(pieces->data + pieces->size, 0, PADDING);
    exchange->base.request.body = (flama_string){pieces->data, pieces->size};
    exchange->chunked = false;
    return true;
}

/* A body may be far longer than the input: what has been read of it makes room. */
static flama_http_step read_pieces(flama_http_input *input,
                                   flama_http_exchange *exchange)
{
    flama_http_step step = FLAMA_HTTP_MORE;
    while (input->rest < input->size && step == FLAMA_HTTP_MORE) {
        size_t used;
        flama_string run;
        step = flama_http_chunks_read(&exchange->chunks, input->data + input->rest,
                                      input->size - input->rest, &used, &run);
        input->rest += used;
        if (flama_buffer_append(&exchange->pieces, run.data, run.size) != 0)
            return no_memory(input);
    }
    if (step == FLAMA_HTTP_BAD && exchange->chunks.status == 413)
        return too_large(exchange);
    if (step == FLAMA_HTTP_BAD)
        return refuse(input, exchange->chunks.status, exchange->chunks.detail);
    if (step == FLAMA_HTTP_MORE)
        input->size = input->rest = input->begin + input->head.size;
    else if (!end_pieces(exchange))
        return no_memory(input);
    return step;
}

/* Only while no exchange points into the bytes. */
static void make_room(flama_http_input *input)
{
    if (input->begin == input->size) {
        input->begin = input->size = 0;
    } else if (input->size == input->capacity && input->begin) {
        input->size -= input->begin;
        memmove(input->data, input->data + input->begin, input->size);
        input->begin = 0;
    }
}

flama_http_step flama_http_input_read(flama_http_input *input)
{
    flama_http_step step = FLAMA_HTTP_MORE;
    if (input->exchange == NULL) {
        step = flama_http_head_read(&input->head, input->limits,
                                    input->data + input->begin,
                                    input->size - input->begin);
        if (step == FLAMA_HTTP_MORE)
            make_room(input);
        if (step != FLAMA_HTTP_DONE)
            return step;
        step = begin_exchange(input);
    }
    flama_http_exchange *exchange = input->exchange;
    if (step == FLAMA_HTTP_MORE && exchange->chunked)
        return read_pieces(input, exchange);
    if (step == FLAMA_HTTP_MORE && exchange->body_left == 0)
        return FLAMA_HTTP_DONE;
    return step;
}

void flama_http_input_next(flama_http_input *input)
{
    input->begin = input->rest;
    input->exchange = NULL;
    flama_http_head_init(&input->head, input->fields);
    if (input->begin == input->size)
        input->begin = input->size = 0;
}

void flama_http_input_move(flama_http_input *input, flama_http_exchanges *spare)
{
    input->spare = spare;
}

void flama_http_input_clear(flama_http_input *input)
{
    input->begin = input->size = 0;
    if (input->head.scanned)
        flama_http_head_init(&input->head, input->fields);
}

size_t flama_http_input_waiting(const flama_http_input *input)
{
    return input->size - (input->exchange ? input->rest : input->begin);
}
