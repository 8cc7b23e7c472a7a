#include <flama/client.h>

#include <ctype.h>
#include <pthread.h>
#include <string.h>

#include "app/answer.h"
#include "app/dispatch.h"
#include "base/alloc.h"
#include "base/arena.h"
#include "base/clock.h"
#include "http/method.h"
#include "http/parser.h"

struct flama_client {
    flama_app *app;
    bool started;
    flama_arena arena;
    flama_exchange exchange;
    pthread_mutex_t lock;
    pthread_cond_t answered_signal;
    bool answered;
};

static void respond(flama_exchange *exchange)
{
    flama_client *client = exchange->owner;
    pthread_mutex_lock(&client->lock);
    client->answered = true;
    pthread_cond_signal(&client->answered_signal);
    pthread_mutex_unlock(&client->lock);
}

static const flama_transport transport = {.size = sizeof(flama_transport),
                                          .respond = respond};

flama_client *flama_client_new(flama_app *app)
{
    flama_client *client = flama_calloc(1, sizeof *client);
    if (client == NULL)
        return NULL;
    client->app = app;
    client->started = flama_app_start(app) == 0;
    flama_arena_init(&client->arena, 0);
    pthread_mutex_init(&client->lock, NULL);
    pthread_cond_init(&client->answered_signal, NULL);
    return client;
}

void flama_client_free(flama_client *client)
{
    if (client == NULL)
        return;
    pthread_cond_destroy(&client->answered_signal);
    pthread_mutex_destroy(&client->lock);
    flama_arena_fini(&client->arena);
    flama_free(client);
}

/* Whether every '%' is followed by two hexadecimal digits. */
static bool escapes_are_right(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] == '%' && (i + 2 >= size || !isxdigit((unsigned char)text[i + 1]) ||
                               !isxdigit((unsigned char)text[i + 2])))
            return false;
    return true;
}

/* Cuts the target into path and query. */
static bool set_target(flama_client *client, flama_request *request, const char *target)
{
    size_t size = strlen(target), path_size = strcspn(target, "?");
    char *path = flama_arena_alloc(&client->arena, path_size + 1);
    if (path == NULL || target[0] != '/' || !escapes_are_right(target, path_size))
        return false;
    request->target = (flama_string){target, size};
    request->path = (flama_string){path, flama_http_unescape(path, target, path_size)};
    if (path_size < size)
        request->query = (flama_string){target + path_size + 1, size - path_size - 1};
    return true;
}

static void wait(flama_client *client)
{
    pthread_mutex_lock(&client->lock);
    while (!client->answered)
        pthread_cond_wait(&client->answered_signal, &client->lock);
    client->answered = false;
    pthread_mutex_unlock(&client->lock);
}

/* The pieces of a stream as one body; false without memory, or when it is broken off.
 */
static bool gather(flama_client *client)
{
    flama_exchange *x = &client->exchange;
    flama_stream *stream = x->response.stream;
    char *body = NULL;
    size_t size = 0;
    bool good = true;
    do {
        stream->next(stream, x);
        wait(client);
        char *grown =
            flama_arena_grow(&client->arena, body, size, size + x->piece.size);
        good = grown || x->piece.size == 0;
        if (grown && x->piece.size)
            memcpy(grown + size, x->piece.data, x->piece.size);
        body = grown ? grown : body;
        size += x->piece.size;
    } while (good && x->piece_kind == FLAMA_PIECE_MORE);
    flama_stream_end(x);
    x->response.body = (flama_string){body, size};
    return good && x->piece_kind == FLAMA_PIECE_LAST;
}

const flama_response *flama_client_send(flama_client *client, const char *method,
                                        const char *target, const flama_header *headers,
                                        size_t header_count, flama_string body)
{
    flama_exchange *x = &client->exchange;
    flama_arena_reset(&client->arena);
    *x = (flama_exchange){
        .transport = &transport, .owner = client, .arena = &client->arena};
    flama_request *request = &x->request;
    request->method = flama_http_method_of(method, strlen(method));
    request->method_name = (flama_string){method, strlen(method)};
    request->headers = headers;
    request->header_count = header_count;
    request->body = body;
    request->scheme = FLAMA_STRING("http");
    x->started = flama_clock_now();
    client->answered = false;
    if (!set_target(client, request, target))
        return NULL;
    if (client->started)
        flama_app_dispatch(client->app, x);
    else
        flama_answer_detail(x, 500, flama_value_text(flama_error_text(FLAMA_ESETUP)),
                            flama_error_envelope(FLAMA_ESETUP));
    wait(client);
    return x->response.stream && !gather(client) ? NULL : &x->response;
}

const flama_response *flama_client_get(flama_client *client, const char *target)
{
    return flama_client_send(client, "GET", target, NULL, 0, FLAMA_STRING(""));
}

const flama_response *flama_client_post(flama_client *client, const char *target,
                                        const char *json)
{
    static const flama_header header = {FLAMA_STRING("content-type"),
                                        FLAMA_STRING("application/json")};
    return flama_client_send(client, "POST", target, &header, 1,
                             (flama_string){json, strlen(json)});
}
