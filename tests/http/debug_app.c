/* An app whose handlers fail, and crash, in every way there is: for the tests of debug
 * mode. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <flama.h>

FLAMA_SCHEMA(Rows, (integer, count, .minimum = FLAMA_BOUND(1)))
FLAMA_SCHEMA(Answer, (string, text))

typedef struct Settings {
    const char *secret;
} Settings;
typedef struct Session {
    const char *user;
} Session;
FLAMA_PROVIDED(Settings);
FLAMA_PROVIDED(Session);

FLAMA_HANDLER(make_settings, Settings)
{
    (void)in, (void)call;
    out->secret = "the secret is 42";
    return 0;
}

FLAMA_HANDLER(make_session, Session, (Settings, settings),
              (flama_header_value, user_agent, .optional = true))
{
    (void)call;
    out->user = in->settings->secret;
    return 0;
}

/* A static function that the backtrace is to name. */
static __attribute__((noinline)) int give_up(flama_call *call, const char *why)
{
    return flama_fail(call, FLAMA_EINTERNAL, "gave up: %s", why); /* the failing line */
}

FLAMA_HANDLER(broken, Answer, (flama_integer, id), (Session, session),
              (flama_string, tag, .optional = true))
{
    (void)out;
    int rc = give_up(call, in->session->user);
    return rc;
}

FLAMA_HANDLER(refuse, Answer, (Rows, rows))
{
    (void)out;
    return flama_fail_at(call, FLAMA_EINPUT, "$.count", "%d rows are too many",
                         (int)in->rows->count);
}

FLAMA_HANDLER(echo_error, Answer, (flama_request, request))
{
    (void)out;
    return flama_fail(call, FLAMA_EINTERNAL, "%.*s", (int)in->request->body.size,
                      in->request->body.data);
}

FLAMA_HANDLER(forget, Answer)
{
    (void)in, (void)out, (void)call;
    return FLAMA_EINTERNAL;
}

FLAMA_HANDLER(hello, Answer)
{
    (void)in, (void)call;
    out->text = FLAMA_STRING("hello");
    return 0;
}

/* Crashes, each in a static function. */

static __attribute__((noinline)) int64_t dereference(const volatile int64_t *nothing)
{
    return *nothing; /* the crash: null */
}

static __attribute__((noinline)) void give_itself_up(void)
{
    abort(); /* the crash: abort */
}

static __attribute__((noinline)) int divide(volatile int by)
{
    return 7 / by; /* the crash: divide */
}

/* Calls itself until the stack is at its end. */
static __attribute__((noinline)) int overflow(volatile char *before)
{
    static volatile bool stops;
    volatile char here[512];
    if (stops)
        return 0;
    here[0] = before ? before[0] : 1;
    return overflow(here) + here[0]; /* the crash: overflow */
}

FLAMA_HANDLER(crash, Answer, (flama_string, how))
{
    (void)out, (void)call;
    const char *how = in->how->data;
    size_t size = in->how->size;
    if (size == 4 && memcmp(how, "null", 4) == 0)
        return (int)dereference(NULL);
    if (size == 5 && memcmp(how, "abort", 5) == 0)
        give_itself_up();
    if (size == 6 && memcmp(how, "divide", 6) == 0)
        return divide(0);
    return overflow(NULL);
}

FLAMA_HANDLER(crash_in_pool, Answer, (flama_string, how))
{
    return crash_body((const void *)in, out, call);
}

/* Says that it was called, and never answers. */
FLAMA_HANDLER(wait_for_ever, Answer)
{
    (void)in, (void)out, (void)call;
    flama_log(FLAMA_LOG_INFO, "waiting");
    while (pause() != 0)
        ;
    return 0;
}

/* Asks the app for a crash as soon as it serves. */
static void *ask_for_crash(void *port)
{
    static const char request[] = "GET /crash/null/ HTTP/1.1\r\nHost: x\r\n\r\n";
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(*(const uint16_t *)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        send(fd, request, sizeof request - 1, MSG_NOSIGNAL);
    return NULL;
}

static void crash_at_once(void *ctx, const char *address, int port)
{
    static uint16_t number;
    pthread_t thread;
    (void)ctx, (void)address;
    number = (uint16_t)port;
    pthread_create(&thread, NULL, ask_for_crash, &number);
}

static void crash_at_stop(flama_app *app, void *ctx)
{
    (void)app, (void)ctx;
    if (getenv("CRASH_AT_STOP"))
        dereference(NULL);
}

FLAMA_APP(app, .title = "Failing <app>", .debug = true)
{
    static const flama_method methods[] = {
        {"/broken/{id:int}/", FLAMA_GET, .name = "broken", .handler = &broken},
        {"/refuse/", FLAMA_POST, .name = "refuse", .handler = &refuse},
        {"/echo/", FLAMA_POST, .name = "echo", .handler = &echo_error},
        {"/forget/", FLAMA_GET, .name = "forget", .handler = &forget, .blocking = true},
        {"/hello/", FLAMA_GET, .name = "hello", .handler = &hello},
        {"/crash/{how}/", FLAMA_GET | FLAMA_POST, .name = "crash", .handler = &crash},
        {"/pool/{how}/", FLAMA_GET, .name = "crash-in-pool", .handler = &crash_in_pool,
         .blocking = true},
        {"/wait/", FLAMA_GET, .name = "wait", .handler = &wait_for_ever,
         .blocking = true},
    };
    if (getenv("CRASH_AT_START"))
        dereference(NULL);
    flama_on_stop(app, crash_at_stop, NULL);
    flama_register_schema(app, Rows);
    flama_register_schema(app, Answer);
    flama_add_component(app, &make_settings, FLAMA_PER_APP, NULL);
    flama_add_component(app, &make_session, FLAMA_PER_REQUEST, NULL);
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        flama_add_route(app, &methods[i]);
}

int main(void)
{
    return flama_run(app, .port = -1, .workers = 2,
                     .ready = getenv("CRASH_AT_ONCE") ? crash_at_once : NULL);
}
