/* app: bodies in pieces, through the test client and over a connection that moves to
 * the loop which the test turns. */
#include "test.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <flama/sys/face.h>

typedef struct ticks {
    flama_stream stream;
    int count;
    char text[32];
} ticks;

static int ended;

static void next(flama_stream *stream, flama_exchange *exchange)
{
    ticks *t = (ticks *)stream;
    int size = snprintf(t->text, sizeof t->text, "tick %d;", t->count++);
    flama_stream_push(exchange, (flama_string){t->text, (size_t)size},
                      t->count < 3 ? FLAMA_PIECE_MORE : FLAMA_PIECE_LAST);
}

static void next_or_break(flama_stream *stream, flama_exchange *exchange)
{
    ticks *t = (ticks *)stream;
    flama_stream_push(exchange, FLAMA_STRING("half"),
                      t->count++ ? FLAMA_PIECE_BROKEN : FLAMA_PIECE_MORE);
}

static void end(flama_stream *stream)
{
    (void)stream;
    ended++;
}

static int give(flama_call *call, void (*next_piece)(flama_stream *, flama_exchange *),
                uint64_t length)
{
    ticks *t = flama_call_alloc(call, sizeof *t);
    *t = (ticks){.stream = {sizeof t->stream, next_piece, end, length}};
    return flama_call_stream(call, "text/plain", &t->stream);
}

FLAMA_HANDLER(tick, flama_object)
{
    return give(call, next, 0);
}

FLAMA_HANDLER(sized, flama_object)
{
    return give(call, next, 21);
}

FLAMA_HANDLER(breaks, flama_object)
{
    return give(call, next_or_break, 0);
}

FLAMA_HANDLER(fails, flama_object)
{
    give(call, next, 0);
    return flama_fail(call, FLAMA_EINPUT, "not so");
}

/* A handler that is begun, and ended between two turns. */
static _Atomic(flama_call *) begun;
static flama_serving *serving;

static void begin(const flama_handler *handler, const void *in, flama_call *call)
{
    (void)handler, (void)in;
    begun = call;
    flama_serving_interrupt(serving);
}

static flama_app *make_app(void)
{
    static const flama_method methods[] = {
        {"/tick/", FLAMA_GET, .name = "tick", .handler = &tick},
        {"/sized/", FLAMA_GET, .name = "sized", .handler = &sized},
        {"/fails/", FLAMA_GET, .name = "fails", .handler = &fails},
        {"/breaks/", FLAMA_GET, .name = "breaks", .handler = &breaks}};
    flama_app *app = flama_app_new(NULL);
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        flama_add_route(app, &methods[i]);
    return app;
}

static void pieces_are_joined_by_the_test_client(void **state)
{
    (void)state;
    flama_app *app = make_app();
    flama_client *client = flama_client_new(app);
    ended = 0;
    const flama_response *r = flama_client_get(client, "/tick/");
    assert_int_equal(r->status, 200);
    assert_string_equal(r->content_type.data, "text/plain");
    assert_int_equal(r->body.size, 21);
    assert_memory_equal(r->body.data, "tick 0;tick 1;tick 2;", 21);
    assert_int_equal(ended, 1);
    assert_int_equal(flama_client_get(client, "/fails/")->status, 400);
    assert_int_equal(ended, 2);
    assert_null(flama_client_get(client, "/breaks/"));
    assert_int_equal(ended, 3);
    flama_client_free(client);
    flama_app_free(app);
}

static void a_call_outside_a_request_has_no_stream(void **state)
{
    (void)state;
    flama_call *call = flama_call_new();
    assert_int_equal(flama_call_stream(call, "text/plain", NULL), FLAMA_EARGUMENT);
    flama_call_free(call);
}

/* A client of its own thread: requests on one connection. */
typedef struct talk {
    const char *text;
    int port;
    char received[4096];
} talk;

static void *ask(void *arg)
{
    talk *t = arg;
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)t->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    size_t size = 0, asked = strlen(t->text);
    ssize_t n = -1;
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0 &&
        send(fd, t->text, asked, 0) == (ssize_t)asked)
        while ((n = recv(fd, t->received + size, sizeof t->received - 1 - size, 0)) > 0)
            size += (size_t)n;
    close(fd);
    return n == 0 ? t : NULL;
}

/* Serves until the client has its answers. While handlers are begun it turns; then the
 * app stops and it turns on, or is away for the rest. */
static void serve_own(talk *t, int calls, bool away)
{
    flama_app *app = make_app();
    const flama_handler own = {.size = sizeof own,
                               .name = "own",
                               .gives = &flama_any_type,
                               .in_size = sizeof(void *),
                               .begin = begin};
    const flama_method method = {"/own/", FLAMA_GET, .name = "own", .handler = &own};
    const flama_run_options options = {
        .size = sizeof options, .port = -1, .workers = 1, .no_access_log = true};
    flama_error err = {0};
    pthread_t thread;
    bool readable = false, goes_on = true;
    int fd = eventfd(1, 0);
    flama_add_route(app, &method);
    assert_int_equal(flama_serving_begin(&serving, app, &options, fd, &t->port, &err),
                     0);
    assert_true(flama_serving_turn(serving, -1, &readable));
    assert_true(readable);
    uint64_t one;
    assert_int_equal(read(fd, &one, sizeof one), sizeof one);
    pthread_create(&thread, NULL, ask, t);
    while (calls) {
        assert_true(flama_serving_turn(serving, 20000, &readable));
        flama_call *call = atomic_exchange(&begun, NULL);
        if (call == NULL)
            continue;
        flama_call_answer(call, 200, FLAMA_STRING("text/plain"), FLAMA_STRING("own"));
        calls--;
    }
    void *good;
    if (away)
        pthread_join(thread, &good);
    flama_app_stop(app);
    while (goes_on)
        goes_on = flama_serving_turn(serving, 20000, &readable);
    if (!away)
        pthread_join(thread, &good);
    flama_serving_end(serving);
    close(fd);
    assert_non_null(good);
    flama_app_free(app);
}

#define GET(path) "GET " path " HTTP/1.1\r\nhost: x\r\n"
#define TICKS "\r\n\r\n7\r\ntick 0;\r\n7\r\ntick 1;\r\n7\r\ntick 2;\r\n0\r\n\r\n"

static void a_connection_moves_to_the_loop_that_is_turned(void **state)
{
    (void)state;
    talk t = {
        .text = GET("/own/") "\r\n" GET("/own/") "\r\n" GET("/tick/") "connection: "
                                                                      "close\r\n\r\n"};
    serve_own(&t, 2, false);
    assert_non_null(strstr(t.received, "transfer-encoding: chunked\r\n"));
    assert_non_null(strstr(t.received, TICKS));
}

/* Without a timeout of the client or the server: nothing but the overseer can answer.
 */
static void a_connection_is_served_while_the_owner_is_away(void **state)
{
    (void)state;
    talk t = {.text = GET("/own/") "\r\n" GET("/sized/") "\r\n" GET(
                  "/tick/") "connection: close\r\n\r\n"};
    serve_own(&t, 1, true);
    assert_non_null(strstr(t.received, "content-length: 21\r\n"));
    assert_non_null(strstr(t.received, "\r\n\r\ntick 0;tick 1;tick 2;HTTP/1.1 200"));
    assert_non_null(strstr(t.received, TICKS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_joined_by_the_test_client),
        cmocka_unit_test(a_call_outside_a_request_has_no_stream),
        cmocka_unit_test(a_connection_moves_to_the_loop_that_is_turned),
        cmocka_unit_test(a_connection_is_served_while_the_owner_is_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
