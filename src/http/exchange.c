#include "http/exchange.h"

#include <string.h>

#include "base/alloc.h"
#include "http/syntax.h"

enum { SPARE = 256 };

const flama_string *flama_request_header(const flama_request *request, const char *name)
{
    size_t size = strlen(name);
    for (size_t i = 0; i < request->header_count; i++) {
        const flama_header *header = &request->headers[i];
        if (header->name.size == size && memcmp(header->name.data, name, size) == 0)
            return &header->value;
    }
    return NULL;
}

void flama_exchange_respond(flama_exchange *exchange, int status,
                            flama_string content_type, flama_string body)
{
    exchange->response.status = status;
    exchange->response.content_type = content_type;
    exchange->response.body = body;
    if (exchange->sending)
        exchange->sending(exchange);
    exchange->transport->respond(exchange);
}

int flama_exchange_add_header(flama_exchange *exchange, flama_string name,
                              flama_string value)
{
    flama_response *response = &exchange->response;
    if (!flama_http__name_is_right(name) ||
        !flama_http__value_is_right(value.data, value.size))
        return FLAMA_EARGUMENT;
    size_t old = response->header_count * sizeof(flama_header);
    flama_header *headers = flama_arena_grow(exchange->arena, (void *)response->headers,
                                             old, old + sizeof *headers);
    if (headers == NULL)
        return FLAMA_EMEMORY;
    headers[response->header_count++] = (flama_header){name, value};
    response->headers = headers;
    return 0;
}

void flama_stream_push(flama_exchange *exchange, flama_string piece, flama_piece kind)
{
    exchange->piece = piece;
    exchange->piece_kind = kind;
    exchange->transport->respond(exchange);
}

flama_cancel *flama_exchange_on_cancel(flama_exchange *exchange, flama_cancel *cancel)
{
    flama_cancel *before = atomic_exchange(&exchange->cancel, cancel);
    if (cancel && atomic_load(&exchange->cancelled))
        flama_exchange_cancel(exchange);
    return before;
}

void flama_exchange_cancel(flama_exchange *exchange)
{
    atomic_store(&exchange->cancelled, true);
    flama_cancel *cancel = atomic_exchange(&exchange->cancel, NULL);
    if (cancel)
        cancel->run(cancel);
}

void flama_stream_end(flama_exchange *exchange)
{
    flama_stream *stream = exchange->response.stream;
    exchange->response.stream = NULL;
    if (stream && stream->end)
        stream->end(stream);
}

/* Nothing that the answer was made of is needed any more. */
static void end(flama_http_exchange *exchange)
{
    flama_stream_end(&exchange->base);
    if (exchange->base.ended)
        exchange->base.ended(&exchange->base);
    exchange->base.ended = NULL;
}

static void reset(flama_http_exchange *exchange)
{
    flama_arena_reset(&exchange->arena);
    exchange->base.arena = &exchange->arena;
    exchange->base.response = (flama_response){0};
    exchange->base.sending = NULL;
    exchange->base.too_large = false;
    atomic_store_explicit(&exchange->base.cancelled, false, memory_order_relaxed);
    atomic_store_explicit(&exchange->base.cancel, NULL, memory_order_relaxed);
    exchange->body_left = 0;
    exchange->base.piece_kind = FLAMA_PIECE_MORE;
    exchange->streaming = false;
    exchange->out = exchange->responded = exchange->moves = false;
}

flama_http_exchange *flama_http_exchange_take(flama_http_exchanges *spare)
{
    flama_http_exchange *exchange = spare->first;
    if (exchange) {
        spare->first = exchange->next;
        spare->count--;
        return exchange;
    }
    exchange = flama_malloc(sizeof *exchange);
    if (exchange) {
        flama_arena_init(&exchange->arena, 0);
        exchange->base.ended = NULL;
        exchange->base.response.stream = NULL;
        reset(exchange);
    }
    return exchange;
}

void flama_http_exchange_give(flama_http_exchanges *spare,
                              flama_http_exchange *exchange)
{
    if (spare->count >= SPARE) {
        flama_http_exchange_free(exchange);
        return;
    }
    end(exchange);
    reset(exchange);
    exchange->next = spare->first;
    spare->first = exchange;
    spare->count++;
}

void flama_http_exchange_free(flama_http_exchange *exchange)
{
    if (exchange == NULL)
        return;
    end(exchange);
    flama_arena_fini(&exchange->arena);
    flama_free(exchange);
}

uint64_t flama_http_exchange_length(const flama_http_exchange *exchange)
{
    const flama_stream *stream = exchange->base.response.stream;
    bool has = stream && stream->size > offsetof(flama_stream, length);
    return has ? stream->length : 0;
}
