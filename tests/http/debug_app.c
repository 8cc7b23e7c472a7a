/* An app whose handlers fail in every way there is: for the tests of debug mode. */
#include <stdlib.h>
#include <string.h>

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

FLAMA_APP(app, .title = "Failing <app>", .debug = true)
{
    static const flama_method methods[] = {
        {"/broken/{id:int}/", FLAMA_GET, .name = "broken", .handler = &broken},
        {"/refuse/", FLAMA_POST, .name = "refuse", .handler = &refuse},
        {"/echo/", FLAMA_POST, .name = "echo", .handler = &echo_error},
        {"/forget/", FLAMA_GET, .name = "forget", .handler = &forget, .blocking = true},
        {"/hello/", FLAMA_GET, .name = "hello", .handler = &hello},
    };
    flama_register_schema(app, Rows);
    flama_register_schema(app, Answer);
    flama_add_component(app, &make_settings, FLAMA_PER_APP, NULL);
    flama_add_component(app, &make_session, FLAMA_PER_REQUEST, NULL);
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        flama_add_route(app, &methods[i]);
}

int main(void)
{
    return flama_run(app, .port = -1, .workers = 2);
}
