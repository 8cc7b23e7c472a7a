/* on_error: an app's own answers to errors, those of routing and of validation too. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include <flama/sys/face.h>

FLAMA_SCHEMA(Sum, (integer, a), (integer, b))

FLAMA_HANDLER(add, flama_object, (Sum, sum))
{
    return 0;
}

FLAMA_HANDLER(failing, flama_object)
{
    return flama_fail_at(call, FLAMA_EINPUT, "$.a", "is no good");
}

FLAMA_HANDLER(broken, flama_object)
{
    return flama_fail(call, FLAMA_EINTERNAL, "the secret is 42");
}

typedef struct fixture {
    flama_app *app;
    flama_client *client;
} fixture;

static int set_up(void **state)
{
    fixture *f = test_calloc(1, sizeof *f);
    f->app = flama_app_new(NULL);
    flama_register_schema(f->app, Sum);
    FLAMA_ROUTE(f->app, "/add/", FLAMA_POST, .handler = &add);
    FLAMA_ROUTE(f->app, "/failing/", FLAMA_GET, .handler = &failing);
    FLAMA_ROUTE(f->app, "/broken/", FLAMA_GET, .handler = &broken);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    flama_client_free(f->client);
    flama_app_free(f->app);
    test_free(f);
    return 0;
}

static flama_client *client(fixture *f)
{
    if (f->client == NULL)
        f->client = flama_client_new(f->app);
    return f->client;
}

static void expect(const flama_response *r, int status, const char *body)
{
    assert_non_null(r);
    assert_int_equal(r->status, status);
    assert_int_equal(r->body.size, strlen(body));
    assert_memory_equal(r->body.data, body, r->body.size);
}

static void get(fixture *f, const char *target, int status, const char *body)
{
    expect(flama_client_get(client(f), target), status, body);
}

static void post(fixture *f, const char *target, const char *json, int status,
                 const char *body)
{
    expect(flama_client_post(client(f), target, json), status, body);
}

FLAMA_HANDLER(teapot, flama_object, (flama_failure, failure), (flama_request, request))
{
    const flama_failure *f = in->failure;
    char *text =
        flama_arena_format(flama_call_arena(call), "%d %s: %s", f->status,
                           flama_error_name(f->error->code), f->error->message);
    return flama_call_respond(call, 418, FLAMA_STRING("text/plain"),
                              (flama_string){text, strlen(text)});
}

FLAMA_HANDLER(all_told, flama_object, (flama_failure, failure),
              (flama_request, request))
{
    return flama_give(call, out,
                      FLAMA_OBJECT(call, {"of", flama_value_string(in->request->path)},
                                   {"detail", in->failure->detail},
                                   {"allow", flama_value_string(in->failure->allow)}));
}

FLAMA_HANDLER(fails_too, flama_object)
{
    return flama_fail(call, FLAMA_EINTERNAL, "the second failure");
}

FLAMA_HANDLER(asks_for_a_body, flama_object, (Sum, sum))
{
    return 0;
}

static void errors_can_be_answered_otherwise(void **state)
{
    fixture *f = *state;
    flama_on_error(f->app, 404, &teapot);
    flama_on_error(f->app, FLAMA_EINTERNAL, &teapot);
    flama_on_error(f->app, FLAMA_EVALIDATION, &all_told);
    flama_on_error(f->app, FLAMA_EVALIDATION, &teapot);
    get(f, "/nowhere/", 418, "404 ENOT_FOUND: Not Found");
    get(f, "/broken/", 418, "500 EINTERNAL: the secret is 42");
    get(f, "/failing/", 400,
        "{\"status_code\":400,\"detail\":\"$.a: is no good\","
        "\"error\":\"HTTPException\"}");
    post(f, "/add/", "{\"a\": 1}", 418, "400 EVALIDATION: This field is required.");
    get(f, "/add/", 405,
        "{\"status_code\":405,\"detail\":\"Method Not Allowed\","
        "\"error\":\"HTTPException\"}");
}

static void error_handlers_are_told_all(void **state)
{
    fixture *f = *state;
    flama_on_error(f->app, 0, &all_told);
    flama_on_error(f->app, 404, &fails_too);
    post(f, "/add/", "{}", 400,
         "{\"of\":\"/add/\",\"detail\":{\"a\":[\"This field is required.\"],"
         "\"b\":[\"This field is required.\"]},\"allow\":\"\"}");
    get(f, "/failing/", 400,
        "{\"of\":\"/failing/\",\"detail\":\"$.a: is no good\",\"allow\":\"\"}");
    get(f, "/broken/", 500,
        "{\"of\":\"/broken/\",\"detail\":\"Internal Server Error\",\"allow\":\"\"}");
    get(f, "/add/", 405,
        "{\"of\":\"/add/\",\"detail\":\"Method Not Allowed\","
        "\"allow\":\"POST, OPTIONS\"}");
    get(f, "/nowhere/", 500, "Internal Server Error");
}

static void error_handlers_of_mounted_apps(void **state)
{
    fixture *f = *state;
    flama_app *child = flama_app_new(NULL), *plain = flama_app_new(NULL);
    flama_on_error(f->app, 404, &teapot);
    flama_on_error(child, 404, &all_told);
    flama_mount_app(f->app, "/child", child);
    flama_mount_app(f->app, "/plain", plain);
    get(f, "/child/x/", 404,
        "{\"of\":\"/x/\",\"detail\":\"Not Found\",\"allow\":\"\"}");
    get(f, "/plain/x/", 404,
        "{\"status_code\":404,\"detail\":\"Not Found\",\"error\":\"HTTPException\"}");
    get(f, "/x/", 418, "404 ENOT_FOUND: Not Found");
}

/* What carries a request whose body it did not take. */
static void keep_answer(flama_exchange *x)
{
    x->owner = x;
}

static void too_large(fixture *f, const char *path, int status, const char *body)
{
    static const flama_transport transport = {sizeof transport, keep_answer, NULL};
    flama_arena *arena = flama_arena_new(0);
    flama_exchange x = {.transport = &transport,
                        .arena = arena,
                        .request = {.method = FLAMA_POST,
                                    .method_name = FLAMA_STRING("POST"),
                                    .path = {path, strlen(path)}},
                        .too_large = true};
    flama_app_dispatch(f->app, &x);
    assert_ptr_equal(x.owner, &x);
    expect(&x.response, status, body);
    flama_arena_free(arena);
}

static void bodies_over_the_limit_have_an_answer(void **state)
{
    fixture *f = *state;
    flama_app *child = flama_app_new(NULL);
    flama_on_error(child, 413, &teapot);
    flama_mount_app(f->app, "/child", child);
    assert_int_equal(flama_app_start(f->app), 0);
    too_large(f, "/add/", 413,
              "{\"status_code\":413,\"detail\":\"The body is larger than this server "
              "takes.\",\"error\":\"HTTPException\"}");
    too_large(f, "/child/x/", 418,
              "413 ELIMIT: The body is larger than this server takes.");
}

static void error_handlers_have_no_body(void **state)
{
    fixture *f = *state;
    flama_on_error(f->app, 404, &asks_for_a_body);
    assert_int_equal(flama_app_start(f->app), FLAMA_ESETUP);
    assert_string_equal(flama_app_problem(f->app, 0, NULL),
                        "error handler 'asks_for_a_body': parameter 'sum' (Sum) is a "
                        "body, which a request that failed need not have: ask for "
                        "flama_request");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(errors_can_be_answered_otherwise),
        TEST(error_handlers_are_told_all),
        TEST(error_handlers_of_mounted_apps),
        TEST(bodies_over_the_limit_have_an_answer),
        TEST(error_handlers_have_no_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
