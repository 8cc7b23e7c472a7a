/* app: handlers get what they ask for, mistakes are said at start, and what stands
 * around the handlers does its work. All through the test client. */
#include "test.h"

#include <stdio.h>
#include <zlib.h>

FLAMA_SCHEMA(Sum, (integer, a, .minimum = FLAMA_BOUND(0)), (integer, b))
FLAMA_SCHEMA(Total, (integer, total))
FLAMA_SCHEMA(Rows, (array, output))
FLAMA_SCHEMA(Unknown, (integer, x))

FLAMA_HANDLER(hello, flama_any)
{
    (void)in;
    flama_value *text = flama_call_alloc(call, sizeof *text);
    *text = flama_value_text("hello");
    *out = text;
    return 0;
}

FLAMA_HANDLER(add, Total, (Sum, sum))
{
    (void)call;
    out->total = in->sum->a + in->sum->b;
    out->has_total = true;
    return 0;
}

FLAMA_HANDLER(forgetful, Rows)
{
    (void)in, (void)out, (void)call;
    return 0;
}

FLAMA_HANDLER(failing, Total)
{
    (void)in, (void)out;
    return flama_fail_at(call, FLAMA_EINPUT, "$.a", "is no good");
}

FLAMA_HANDLER(broken, Total)
{
    (void)in, (void)out;
    return flama_fail(call, FLAMA_EINTERNAL, "the secret is 42");
}

static int object(flama_call *call, flama_object *out, const char *name,
                  flama_value value)
{
    flama_builder builder;
    flama_value *made = flama_call_alloc(call, sizeof *made);
    flama_object_begin(&builder, flama_call_arena(call));
    flama_object_add(&builder, name, value);
    *out = made;
    return flama_builder_end(&builder, made);
}

FLAMA_HANDLER(show, flama_object, (flama_integer, id), (flama_string, tag),
              (flama_boolean, loud, .optional = true),
              (flama_header_value, user_agent, .optional = true),
              (flama_cookie_value, session, .optional = true), (flama_request, request))
{
    char *text = flama_arena_format(
        flama_call_arena(call), "%d %.*s %s %.*s %.*s %.*s", (int)*in->id,
        (int)in->tag->size, in->tag->data,
        in->loud == NULL ? "-"
        : *in->loud      ? "loud"
                         : "quiet",
        in->user_agent ? (int)in->user_agent->size : 1,
        in->user_agent ? in->user_agent->data : "-",
        in->session ? (int)in->session->size : 1, in->session ? in->session->data : "-",
        (int)in->request->path.size, in->request->path.data);
    return object(call, out, "text", flama_value_text(text));
}

/* Components: a counter of the app, and a token of the request made from it. */
typedef struct Counter {
    int64_t *made;
} Counter;
typedef struct Token {
    int64_t number;
} Token;
FLAMA_PROVIDED(Counter);
FLAMA_PROVIDED(Token);

static int64_t tokens, released, counters, stopped;

FLAMA_HANDLER(make_counter, Counter)
{
    (void)in, (void)call;
    counters++;
    out->made = &tokens;
    return 0;
}

FLAMA_HANDLER(make_token, Token, (Counter, counter))
{
    (void)call;
    out->number = ++*in->counter->made;
    return 0;
}

static void release_token(void *token)
{
    (void)token;
    released++;
}

static void release_counter(void *counter)
{
    (void)counter;
    stopped++;
}

FLAMA_HANDLER(token, flama_object, (Token, token), (Token, again))
{
    assert_ptr_equal(in->token, in->again);
    return object(call, out, "token", flama_value_integer(in->token->number));
}

/* A cycle, and a component of the app that needs the request. */
typedef struct Egg {
    int x;
} Egg;
typedef struct Hen {
    int x;
} Hen;
FLAMA_PROVIDED(Egg);
FLAMA_PROVIDED(Hen);
FLAMA_HANDLER(lay, Egg, (Hen, hen))
{
    (void)in, (void)out, (void)call;
    return 0;
}
FLAMA_HANDLER(hatch, Hen, (Egg, egg))
{
    (void)in, (void)out, (void)call;
    return 0;
}
FLAMA_HANDLER(eager, Egg, (flama_request, request))
{
    (void)in, (void)out, (void)call;
    return 0;
}

FLAMA_HANDLER(wants_egg, flama_any, (Egg, egg))
{
    (void)in, (void)out, (void)call;
    return 0;
}
FLAMA_HANDLER(wants_unknown, Unknown, (Unknown, data))
{
    (void)in, (void)out, (void)call;
    return 0;
}
FLAMA_HANDLER(wants_two, Total, (Sum, first), (Sum, second))
{
    (void)in, (void)out, (void)call;
    return 0;
}
FLAMA_HANDLER(wants_self, Total, (flama_resource, self))
{
    (void)in, (void)out, (void)call;
    return 0;
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
    flama_register_schema(f->app, Total);
    flama_register_schema(f->app, Rows);
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

static const flama_method methods[] = {
    {"/hello/", FLAMA_GET, .name = "hello", .handler = &hello},
    {"/add/", FLAMA_POST, .name = "add", .handler = &add},
    {"/forgetful/", FLAMA_GET, .handler = &forgetful},
    {"/failing/", FLAMA_GET, .handler = &failing},
    {"/broken/", FLAMA_GET, .handler = &broken},
    {"/show/{id:int}/", FLAMA_GET, .name = "show", .handler = &show},
    {"/token/", FLAMA_GET, .handler = &token},
};

static void add_all(fixture *f)
{
    flama_add_component(f->app, &make_token, FLAMA_PER_REQUEST, release_token);
    flama_add_component(f->app, &make_counter, FLAMA_PER_APP, release_counter);
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        flama_add_route(f->app, &methods[i]);
}

static void expect(const flama_response *r, int status, const char *body)
{
    assert_non_null(r);
    char text[2000];
    snprintf(text, sizeof text, "%.*s", (int)r->body.size, r->body.data);
    assert_string_equal(text, body);
    assert_int_equal(r->status, status);
}

static void get(fixture *f, const char *target, int status, const char *body)
{
    if (f->client == NULL)
        f->client = flama_client_new(f->app);
    expect(flama_client_get(f->client, target), status, body);
}

static void post(fixture *f, const char *target, const char *json, int status,
                 const char *body)
{
    if (f->client == NULL)
        f->client = flama_client_new(f->app);
    expect(flama_client_post(f->client, target, json), status, body);
}

static void bodies_arrive_validated(void **state)
{
    fixture *f = *state;
    add_all(f);
    post(f, "/add/", "{\"a\": 2, \"b\": 3}", 200, "{\"total\":5}");
    post(f, "/add/", "{\"a\": -1, \"b\": \"x\"}", 400,
         "{\"status_code\":400,\"detail\":{\"a\":[\"Must be greater than or equal to "
         "0.\"],\"b\":[\"Must be a number.\"]},\"error\":\"ValidationError\"}");
    post(f, "/add/", "[1]", 400,
         "{\"status_code\":400,\"detail\":{\"\":[\"Must be an object.\"]},"
         "\"error\":\"ValidationError\"}");
}

static void a_broken_promise_is_a_500_that_names_the_field(void **state)
{
    fixture *f = *state;
    add_all(f);
    get(f, "/forgetful/", 500,
        "{\"status_code\":500,\"detail\":{\"output\":[\"This field is required.\"]},"
        "\"error\":\"SerializationError\"}");
}

static void failures_are_told_but_not_secrets(void **state)
{
    fixture *f = *state;
    add_all(f);
    get(f, "/failing/", 400,
        "{\"status_code\":400,\"detail\":\"$.a: is no good\","
        "\"error\":\"HTTPException\"}");
    get(f, "/broken/", 500, "Internal Server Error");
}

static void parameters_come_from_path_query_header_and_cookie(void **state)
{
    fixture *f = *state;
    add_all(f);
    f->client = flama_client_new(f->app);
    const flama_header headers[] = {
        {FLAMA_STRING("user-agent"), FLAMA_STRING("me")},
        {FLAMA_STRING("cookie"), FLAMA_STRING("a=b; session=s1")}};
    expect(flama_client_send(f->client, "GET", "/show/7/?tag=x%20y&loud=true", headers,
                             2, FLAMA_STRING("")),
           200, "{\"text\":\"7 x y loud me s1 /show/7/\"}");
    get(f, "/show/7/?tag=t", 200, "{\"text\":\"7 t - - - /show/7/\"}");
    get(f, "/show/7/?loud=maybe", 400,
        "{\"status_code\":400,\"detail\":{\"tag\":[\"This field is required.\"],"
        "\"loud\":[\"Must be a boolean.\"]},\"error\":\"ValidationError\"}");
}

static void components_are_made_when_asked_for(void **state)
{
    fixture *f = *state;
    tokens = released = counters = stopped = 0;
    add_all(f);
    get(f, "/token/", 200, "{\"token\":1}");
    get(f, "/token/", 200, "{\"token\":2}");
    get(f, "/hello/", 200, "\"hello\"");
    assert_int_equal(tokens, 2);
    assert_int_equal(released, 2);
    assert_int_equal(counters, 1);
    flama_client_free(f->client);
    flama_app_free(f->app);
    f->client = NULL;
    f->app = NULL;
    assert_int_equal(stopped, 1);
}

static void expect_problem(fixture *f, const char *part)
{
    assert_int_equal(flama_app_start(f->app), FLAMA_ESETUP);
    const char *text;
    for (size_t i = 0; (text = flama_app_problem(f->app, i, NULL)); i++)
        if (strstr(text, part))
            return;
    fail_msg("no problem says \"%s\", the first is: %s", part,
             flama_app_problem(f->app, 0, NULL));
}

#define MISTAKE(test_, sentence, ...) \
    static void test_(void **state)   \
    {                                 \
        fixture *f = *state;          \
        __VA_ARGS__;                  \
        expect_problem(f, sentence);  \
    }

static const flama_method m_egg = {"/egg/", FLAMA_GET, .name = "egg",
                                   .handler = &wants_egg};
static const flama_method m_unknown = {"/u/", FLAMA_POST, .name = "u",
                                       .handler = &wants_unknown};
static const flama_method m_two = {"/two/", FLAMA_POST, .name = "two",
                                   .handler = &wants_two};
static const flama_method m_self = {"/self/", FLAMA_POST, .name = "self",
                                    .handler = &wants_self};
static const flama_method m_slash = {"hello/", FLAMA_GET, .name = "slash",
                                     .handler = &hello};
static const flama_method m_again = {"/hello/", FLAMA_GET, .name = "again",
                                     .handler = &hello};
static const flama_method m_yaml = {"/yaml/", FLAMA_GET, .name = "yaml",
                                    .handler = &hello,
                                    .doc = "summary: ok\ntags: [a\n"};
static const flama_resource_def no_name = {.size = sizeof no_name, .model_path = "x"};
static const flama_resource_def bad_name = {
    .size = sizeof bad_name, .name = "1abc", .model_path = "x"};
static const flama_resource_def no_model = {.size = sizeof no_model, .name = "iris"};

static const flama_method m_no_handler = {"/none/", FLAMA_GET, .name = "none"};
static const flama_method m_no_path = {NULL, FLAMA_GET, .handler = &hello};
static const flama_method m_no_method = {"/none/", .name = "/none/", .handler = &hello};
static const flama_resource_def no_handler = {.size = sizeof no_handler,
                                              .name = "r",
                                              .methods = &m_no_handler,
                                              .method_count = 1};
static const flama_resource_def no_path = {.size = sizeof no_path,
                                           .name = "r",
                                           .model_path = "x",
                                           .methods = &m_no_path,
                                           .method_count = 1};
static const char model_file[] = SOURCE_ROOT "/tests/fixtures/sklearn_model.flm";

MISTAKE(nothing_provides, "parameter 'egg' (Egg) is provided by nothing",
        flama_add_route(f->app, &m_egg))
MISTAKE(schema_not_registered, "parameter 'data' (Unknown) is a schema that is not",
        flama_add_route(f->app, &m_unknown))
MISTAKE(answer_not_registered, "gives Unknown, a schema that is not registered",
        flama_add_route(f->app, &m_unknown))
MISTAKE(two_bodies, "parameter 'second' (Sum) is a second body",
        flama_add_route(f->app, &m_two))
MISTAKE(no_resource, "this route belongs to none", flama_add_route(f->app, &m_self))
MISTAKE(path_without_slash, "a path begins with '/'", flama_add_route(f->app, &m_slash))
MISTAKE(path_given_twice, "repeats the path '/hello/'",
        flama_add_route(f->app, &m_again);
        flama_add_route(f->app, &methods[0]))
MISTAKE(bad_yaml, "line 3, column 1", flama_add_route(f->app, &m_yaml))
MISTAKE(component_cycle, "break the cycle",
        flama_add_component(f->app, &lay, FLAMA_PER_APP, NULL);
        flama_add_component(f->app, &hatch, FLAMA_PER_APP, NULL))
MISTAKE(component_too_early, "a component of the app is made at start",
        flama_add_component(f->app, &eager, FLAMA_PER_APP, NULL))
MISTAKE(component_twice, "both provide Egg",
        flama_add_component(f->app, &eager, FLAMA_PER_REQUEST, NULL);
        flama_add_component(f->app, &lay, FLAMA_PER_REQUEST, NULL))
MISTAKE(resource_without_name, "the resource at '/x' has no name: give it one",
        flama_models_add_resource(f->app, "/x", &no_name))
MISTAKE(resource_with_bad_name, "resource '1abc' has an invalid name",
        flama_models_add_resource(f->app, "/x", &bad_name))
MISTAKE(resource_without_model, "resource 'iris' has no model",
        flama_models_add_resource(f->app, "/x", &no_model))
MISTAKE(resource_path_without_slash, "resource 'model' has the path 'x'",
        flama_models_add(f->app, "x", "nope.flm", "model"))
MISTAKE(model_file_absent, "nope.flm",
        flama_models_add(f->app, "/x/", "nope.flm", "model"))

MISTAKE(model_file_of_a_bad_name, "resource '1abc': x: No such file",
        flama_models_add_resource(f->app, "/x", &bad_name))
MISTAKE(route_without_handler, "route 'none' has no handler: give it one",
        flama_add_route(f->app, &m_no_handler))
MISTAKE(method_without_handler, "method 'none' of resource 'r' has no handler",
        flama_add_resource(f->app, "/x", &no_handler))
MISTAKE(route_without_methods, "route '/none/' answers no HTTP method: give it",
        flama_add_route(f->app, &m_no_method))
MISTAKE(method_without_path, "method 'hello' of resource 'r' has the path ''",
        flama_models_add_resource(f->app, "/x", &no_path))
MISTAKE(model_without_path, "resource 'm' has the path ''",
        flama_models_add(f->app, NULL, model_file, "m"))
MISTAKE(model_without_file, "resource 'm' has no model: name its file",
        flama_models_add(f->app, "/m", NULL, "m"))
MISTAKE(model_without_name, "the resource at '/m' has no name",
        flama_models_add(f->app, "/m", model_file, NULL))
MISTAKE(no_resource_at_all, "the resource at '/m' is NULL",
        flama_models_add_resource(f->app, "/m", NULL))
MISTAKE(no_component_at_all, "a component has no handler",
        flama_add_component(f->app, NULL, FLAMA_PER_APP, NULL))
MISTAKE(component_of_data, "component hello gives any, which handlers get from the",
        flama_add_component(f->app, &hello, FLAMA_PER_APP, NULL))
MISTAKE(mounted_below_itself, "mounted on '/c' holds that app: break the cycle",
        flama_mount_app(f->app, "/c", f->app))
MISTAKE(mounted_in_a_cycle, "mounted on '/d' holds that app: break the cycle",
        flama_app *child = flama_app_new(NULL);
        flama_mount_app(f->app, "/c", child); flama_mount_app(child, "/d", f->app))
MISTAKE(mounted_twice, "mounted on '/d' is mounted already: make another one",
        flama_app *child = flama_app_new(NULL);
        flama_mount_app(f->app, "/c", child); flama_mount_app(f->app, "/d", child))
MISTAKE(nothing_mounted, "mounted on '/c' is NULL", flama_mount_app(f->app, "/c", NULL))
MISTAKE(cors_without_size, "a flama_cors_options without its size: set .size =",
        flama_add_cors(f->app, &(flama_cors_options){.origins = "*"}))
MISTAKE(app_without_size,
        "a flama_app_options without its size: set .size =", flama_app_free(f->app);
        f->app = flama_app_new(&(flama_app_options){.title = "Iris"}))

/* The options of a program built when the struct ended with its title. */
static void options_of_an_older_header_are_shorter(void **state)
{
    struct {
        size_t size;
        const char *title;
        const void *behind[2];
    } older = {offsetof(flama_app_options, version), "Old", {"\1\1", "\1\1"}};
    fixture *f = *state;
    flama_app_free(f->app);
    f->app = flama_app_new((const flama_app_options *)(const void *)&older);
    f->client = flama_client_new(f->app);
    const flama_response *r = flama_client_get(f->client, "/schema/");
    assert_int_equal(r->status, 200);
    flama_string info = FLAMA_STRING("\"title\":\"Old\",\"version\":\"0.1.0\"");
    assert_non_null(memmem(r->body.data, r->body.size, info.data, info.size));
}

static void every_mistake_is_listed(void **state)
{
    fixture *f = *state;
    flama_add_route(f->app, &m_egg);
    flama_add_route(f->app, &m_slash);
    flama_models_add_resource(f->app, "/x", &no_name);
    assert_int_equal(flama_app_start(f->app), FLAMA_ESETUP);
    assert_non_null(flama_app_problem(f->app, 3, NULL)); /* its name, and its model */
    assert_null(flama_app_problem(f->app, 4, NULL));
    f->client = flama_client_new(f->app);
    assert_int_equal(flama_client_get(f->client, "/")->status, 500);
}

static void models_answer_at_their_paths(void **state)
{
    fixture *f = *state;
    flama_models_add(f->app, "/my_model", model_file, "a");
    flama_models_add(f->app, "/other/", model_file, "b");
    f->client = flama_client_new(f->app);
    assert_int_equal(flama_client_get(f->client, "/my_model")->status, 200);
    assert_int_equal(flama_client_get(f->client, "/my_model/")->status, 200);
    assert_int_equal(flama_client_get(f->client, "/other/")->status, 200);
    assert_int_equal(flama_client_get(f->client, "/other")->status, 404);
    post(f, "/other/predict/", "{\"input\": [[5.8, 2.8, 5.1, 2.4]]}", 200,
         "{\"output\":[2]}");
    post(f, "/other/predict", "{}", 404,
         "{\"status_code\":404,\"detail\":\"Not Found\",\"error\":\"HTTPException\"}");
}

static void equal_names_are_a_warning_and_do_not_resolve(void **state)
{
    fixture *f = *state;
    flama_models_add(f->app, "/one/", model_file, "same");
    flama_models_add(f->app, "/two/", model_file, "same");
    flama_models_add(f->app, "/three/", model_file, "other");
    add_all(f);
    assert_int_equal(flama_app_start(f->app), 0);
    bool warning;
    const char *text = flama_app_problem(f->app, 0, &warning);
    assert_true(warning && strstr(text, "/one/") && strstr(text, "/two/"));
    flama_arena *arena = flama_arena_new(0);
    const char *url;
    flama_error err = {0};
    assert_int_equal(flama_app_resolve(f->app, arena, "same:predict", NULL, &url, &err),
                     FLAMA_EARGUMENT);
    flama_error_clear(&err);
    assert_int_equal(
        flama_app_resolve(f->app, arena, "other:predict", NULL, &url, &err), 0);
    assert_string_equal(url, "/three/predict/");
    const char *const values[] = {"id", "7 8", NULL};
    assert_int_equal(flama_app_resolve(f->app, arena, "show", values, &url, &err), 0);
    assert_string_equal(url, "/show/7%208/");
    assert_int_equal(flama_app_resolve(f->app, arena, "show", NULL, &url, &err),
                     FLAMA_EARGUMENT);
    flama_error_clear(&err);
    assert_int_equal(flama_app_resolve(f->app, arena, "nobody", NULL, &url, &err),
                     FLAMA_ENOT_FOUND);
    flama_arena_free(arena);
}

static const char *value_of(const flama_response *r, const char *name)
{
    static char text[300];
    for (size_t i = 0; i < r->header_count; i++) {
        const flama_header *h = &r->headers[i];
        if (h->name.size == strlen(name) &&
            memcmp(h->name.data, name, h->name.size) == 0) {
            snprintf(text, sizeof text, "%.*s", (int)h->value.size, h->value.data);
            return text;
        }
    }
    return "";
}

static const flama_response *send(fixture *f, const char *method, const char *target,
                                  const flama_header *headers, size_t count)
{
    if (f->client == NULL)
        f->client = flama_client_new(f->app);
    const flama_response *r =
        flama_client_send(f->client, method, target, headers, count, FLAMA_STRING(""));
    assert_non_null(r);
    return r;
}

static void cors_allows_who_is_listed(void **state)
{
    fixture *f = *state;
    add_all(f);
    flama_add_cors(
        f->app, &(flama_cors_options){.size = sizeof(flama_cors_options),
                                      .origins = "https://a.example, https://b.example",
                                      .credentials = true});
    flama_header headers[] = {
        {FLAMA_STRING("origin"), FLAMA_STRING("https://b.example")},
        {FLAMA_STRING("access-control-request-method"), FLAMA_STRING("POST")},
        {FLAMA_STRING("access-control-request-headers"), FLAMA_STRING("x-a")}};
    const flama_response *r = send(f, "OPTIONS", "/add/", headers, 3);
    assert_int_equal(r->status, 204);
    assert_string_equal(value_of(r, "access-control-allow-origin"),
                        "https://b.example");
    assert_string_equal(value_of(r, "access-control-allow-headers"), "x-a");
    assert_string_equal(value_of(r, "access-control-allow-credentials"), "true");
    r = send(f, "GET", "/hello/", headers, 1);
    assert_int_equal(r->status, 200);
    assert_string_equal(value_of(r, "access-control-allow-origin"),
                        "https://b.example");
    headers[0].value = FLAMA_STRING("https://evil.example");
    r = send(f, "OPTIONS", "/add/", headers, 3);
    assert_string_equal(value_of(r, "access-control-allow-origin"), "");
    assert_string_equal(value_of(r, "vary"), "origin");
}

static void request_ids_are_kept_or_made(void **state)
{
    fixture *f = *state;
    add_all(f);
    flama_add_request_id(f->app);
    flama_header id = {FLAMA_STRING("x-request-id"), FLAMA_STRING("abc-1")};
    assert_string_equal(value_of(send(f, "GET", "/hello/", &id, 1), "x-request-id"),
                        "abc-1");
    assert_int_equal(
        strlen(value_of(send(f, "GET", "/none/", NULL, 0), "x-request-id")), 36);
}

static void large_answers_are_compressed_for_who_takes_it(void **state)
{
    fixture *f = *state;
    add_all(f);
    flama_add_gzip(f->app, 500);
    flama_header accept = {FLAMA_STRING("accept-encoding"), FLAMA_STRING("br, gzip")};
    const flama_response *r = send(f, "GET", "/schema/", NULL, 0);
    size_t plain = r->body.size;
    assert_string_equal(value_of(r, "content-encoding"), "");
    r = send(f, "GET", "/schema/", &accept, 1);
    assert_string_equal(value_of(r, "content-encoding"), "gzip");
    assert_true(r->body.size < plain);
    Bytef *out = test_calloc(1, plain);
    z_stream z = {.next_in = (Bytef *)(uintptr_t)r->body.data,
                  .avail_in = (uInt)r->body.size,
                  .next_out = out,
                  .avail_out = (uInt)plain};
    assert_int_equal(inflateInit2(&z, 31), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.total_out, plain);
    inflateEnd(&z);
    test_free(out);
    accept.value = FLAMA_STRING("gzip;q=0, br");
    r = send(f, "GET", "/schema/", &accept, 1);
    assert_string_equal(value_of(r, "content-encoding"), "");
    assert_string_equal(value_of(send(f, "GET", "/hello/", &accept, 1), "vary"), "");
}

/* A middleware that writes down its turns, and stops at one path. */
static char turns[100];

static bool note_before(void *ctx, flama_exchange *x)
{
    strncat(turns, ctx, sizeof turns - strlen(turns) - 1);
    if (x->request.path.size != 6 || *(char *)ctx != 'b')
        return true;
    flama_exchange_respond(x, 418, FLAMA_STRING("text/plain"), FLAMA_STRING("no"));
    return false;
}

static void note_after(void *ctx, flama_exchange *x)
{
    (void)x;
    const char upper[] = {(char)(*(char *)ctx - 32), 0};
    strncat(turns, upper, sizeof turns - strlen(turns) - 1);
}

static void middleware_wraps_in_order(void **state)
{
    fixture *f = *state;
    static char names[3][2] = {"a", "b", "c"};
    add_all(f);
    for (int i = 0; i < 3; i++)
        flama_add_middleware(f->app, &(flama_middleware){sizeof(flama_middleware),
                                                         "note", names[i], note_before,
                                                         note_after, NULL});
    turns[0] = 0;
    get(f, "/hello/", 200, "\"hello\"");
    assert_string_equal(turns, "abcCBA");
    turns[0] = 0;
    get(f, "/stop/", 418, "no");
    assert_string_equal(turns, "abBA");
}

static int start_event(flama_app *app, void *ctx, flama_error *err)
{
    (void)app;
    int *count = ctx;
    return ++*count == 2 ? flama_error_set(err, FLAMA_EIO, "no database") : 0;
}

static void stop_event(flama_app *app, void *ctx)
{
    (void)app;
    --*(int *)ctx;
}

static void events_come_at_start_and_stop(void **state)
{
    fixture *f = *state;
    int count = 0;
    flama_on_start(f->app, start_event, &count);
    flama_on_stop(f->app, stop_event, &count);
    assert_int_equal(flama_app_start(f->app), 0);
    assert_int_equal(count, 1);
    flama_app_free(f->app);
    assert_int_equal(count, 0);
    f->app = flama_app_new(NULL);
    count = 1;
    flama_on_start(f->app, start_event, &count);
    expect_problem(f, "a start event failed: no database");
}

static void mounted_apps_take_what_is_below_their_path(void **state)
{
    fixture *f = *state;
    static char names[2][2] = {"a", "b"};
    add_all(f);
    flama_app *child = flama_app_new(NULL);
    flama_add_route(child, &methods[0]);
    flama_mount_app(f->app, "/sub/", child);
    flama_add_middleware(f->app,
                         &(flama_middleware){sizeof(flama_middleware), "outer",
                                             names[0], note_before, note_after, NULL});
    flama_add_middleware(child,
                         &(flama_middleware){sizeof(flama_middleware), "inner",
                                             names[1], note_before, note_after, NULL});
    turns[0] = 0;
    get(f, "/sub/hello/", 200, "\"hello\"");
    assert_string_equal(turns, "abBA");
    get(f, "/subway/", 404,
        "{\"status_code\":404,\"detail\":\"Not Found\",\"error\":\"HTTPException\"}");
    assert_int_equal(flama_client_get(f->client, "/sub/schema/")->status, 200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bodies_arrive_validated),
        TEST(a_broken_promise_is_a_500_that_names_the_field),
        TEST(failures_are_told_but_not_secrets),
        TEST(parameters_come_from_path_query_header_and_cookie),
        TEST(components_are_made_when_asked_for),
        TEST(nothing_provides),
        TEST(schema_not_registered),
        TEST(answer_not_registered),
        TEST(two_bodies),
        TEST(no_resource),
        TEST(path_without_slash),
        TEST(path_given_twice),
        TEST(bad_yaml),
        TEST(component_cycle),
        TEST(component_too_early),
        TEST(component_twice),
        TEST(resource_without_name),
        TEST(resource_with_bad_name),
        TEST(resource_without_model),
        TEST(resource_path_without_slash),
        TEST(model_file_absent),
        TEST(model_file_of_a_bad_name),
        TEST(route_without_handler),
        TEST(method_without_handler),
        TEST(route_without_methods),
        TEST(method_without_path),
        TEST(model_without_path),
        TEST(model_without_file),
        TEST(model_without_name),
        TEST(no_resource_at_all),
        TEST(no_component_at_all),
        TEST(component_of_data),
        TEST(mounted_below_itself),
        TEST(mounted_in_a_cycle),
        TEST(mounted_twice),
        TEST(nothing_mounted),
        TEST(cors_without_size),
        TEST(app_without_size),
        TEST(options_of_an_older_header_are_shorter),
        TEST(every_mistake_is_listed),
        TEST(models_answer_at_their_paths),
        TEST(equal_names_are_a_warning_and_do_not_resolve),
        TEST(cors_allows_who_is_listed),
        TEST(request_ids_are_kept_or_made),
        TEST(large_answers_are_compressed_for_who_takes_it),
        TEST(middleware_wraps_in_order),
        TEST(events_come_at_start_and_stop),
        TEST(mounted_apps_take_what_is_below_their_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
