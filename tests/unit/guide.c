/* guide: each claim of the guide for C that no other test makes true. All through the
 * test client. */
#include "test.h"

#include <pthread.h>
#include <stdio.h>

/* [fields] */
FLAMA_SCHEMA(Address, (string, city, .min_length = 1), (string, zip, .optional = true))
FLAMA_SCHEMA(Order, (string, email, .format = "email", .description = "of the buyer"),
             (string, size, .choices = FLAMA_CHOICES("S", "M", "L")),
             (integer, count, .minimum = FLAMA_BOUND(1), .default_value = "1"),
             (number, price, .exclusive_minimum = FLAMA_BOUND(0)),
             (string, code, .pattern = "^[A-Z]{2}-\\d+$", .optional = true),
             (schema, Address, address, .nullable = true),
             (list, Address, others, .max_length = 2, .optional = true),
             (array, tags, .items = &flama_string_type, .optional = true),
             (boolean, gift, .default_value = "false"))
/* [fields] */

/* [type] */
FLAMA_TYPE(Page, integer, .minimum = FLAMA_BOUND(1), .maximum = FLAMA_BOUND(100))
FLAMA_TYPE(Pages, array, .items = &Page_type, .max_length = 3)
/* [type] */

FLAMA_HANDLER(order, flama_string, (Order, order))
{
    const Order *o = in->order;
    flama_string city = o->address ? o->address->city : FLAMA_STRING("nowhere");
    char *text = flama_arena_format(flama_call_arena(call), "%.*s %d %.*s %d %s",
                                    (int)o->size.size, o->size.data, (int)o->count,
                                    (int)city.size, city.data, (int)o->others.count,
                                    o->gift ? "gift" : "own");
    *out = (flama_string){text, strlen(text)};
    return 0;
}

FLAMA_HANDLER(page, Page, (Page, page))
{
    *out = *in->page;
    return 0;
}

/* [list] */
/* GET /pages/?page=1&page=7 */
FLAMA_HANDLER(pages, Pages, (Pages, page, .in_query = true))
{
    *out = *in->page;
    return 0;
}
/* [list] */

FLAMA_TYPE(Shelves, array, .items = &Pages_type)
FLAMA_HANDLER(shelves, Pages, (Shelves, shelf, .in_query = true),
              (Page, page, .in_query = true))
{
    return 0;
}

FLAMA_HANDLER(title, flama_string, (flama_app, app))
{
    *out = in->app ? FLAMA_STRING("the app") : FLAMA_STRING("nothing");
    return 0;
}

FLAMA_HANDLER(describe, flama_any, (flama_resource, self))
{
    return flama_give(call, out,
                      FLAMA_OBJECT(call, {"name", flama_value_text(in->self->name)},
                                   {"path", flama_value_text(in->self->path)}));
}

static const flama_method first_of_two = {"/one/", FLAMA_GET, .name = "same",
                                          .handler = &describe};

FLAMA_RESOURCE(Plain, .name = "plain", .model_path = "examples/iris.flm");
FLAMA_RESOURCE(Own, .name = "own", .model_path = "examples/iris.flm",
               FLAMA_METHODS({"/", FLAMA_GET, .name = "root", .handler = &describe},
                             {"/two/", FLAMA_GET | FLAMA_POST, .name = "same",
                              .handler = &describe},
                             {"/three/", FLAMA_GET, .name = "same",
                              .handler = &describe}));
FLAMA_RESOURCE(Garbage, .name = "garbage", .model_path = "meson.build");
FLAMA_RESOURCE(Folder, .name = "folder", .model_path = "examples");

typedef struct fixture {
    flama_app *app;
    flama_client *client;
} fixture;

static int set_up(void **state)
{
    fixture *f = test_calloc(1, sizeof *f);
    f->app = flama_app_new(
        &(flama_app_options){.size = sizeof(flama_app_options), .folder = SOURCE_ROOT});
    flama_register_schema(f->app, Address);
    flama_register_schema(f->app, Order);
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

static void expect(const flama_response *r, int status, const char *body)
{
    char text[4000];
    assert_non_null(r);
    snprintf(text, sizeof text, "%.*s", (int)r->body.size, r->body.data);
    assert_string_equal(text, body);
    assert_int_equal(r->status, status);
}

static void refused(const flama_response *r, const char *detail)
{
    char text[4000];
    snprintf(text, sizeof text,
             "{\"status_code\":400,\"detail\":{%s},\"error\":\"ValidationError\"}",
             detail);
    expect(r, 400, text);
}

static void post_order(fixture *f, const char *json, const char *detail)
{
    refused(flama_client_post(f->client, "/order/", json), detail);
}

#define GOOD "\"email\": \"a@b.example\", \"size\": \"M\", \"price\": 2.5, "

static void attributes_of_fields_hold(void **state)
{
    fixture *f = *state;
    FLAMA_ROUTE(f->app, "/order/", FLAMA_POST, .name = "order", .handler = &order);
    f->client = flama_client_new(f->app);
    expect(flama_client_post(f->client, "/order/", "{" GOOD "\"address\": null}"), 200,
           "\"M 1 nowhere 0 own\"");
    expect(flama_client_post(f->client, "/order/",
                             "{" GOOD
                             "\"address\": {\"city\": \"Oslo\"}, \"count\": 3, "
                             "\"gift\": true, \"code\": \"AB-1\", \"tags\": [\"x\"], "
                             "\"others\": [{\"city\": \"Rome\", \"zip\": \"1\"}]}"),
           200, "\"M 3 Oslo 1 gift\"");
    post_order(f, "{}",
               "\"email\":[\"This field is required.\"],"
               "\"size\":[\"This field is required.\"],"
               "\"price\":[\"This field is required.\"],"
               "\"address\":[\"This field is required.\"]");
    post_order(f,
               "{\"email\": \"no\", \"size\": \"XL\", \"count\": 0, \"price\": 0, "
               "\"code\": \"ab-1\", \"address\": {\"city\": \"\"}, \"others\": [{}, "
               "{\"city\": 4}, {\"city\": \"a\"}], \"tags\": [\"a\", 1], \"gift\": 2}",
               "\"email\":[\"Must be a valid email format.\"],"
               "\"size\":[\"Not a valid choice.\"],"
               "\"count\":[\"Must be greater than or equal to 1.\"],"
               "\"price\":[\"Must be greater than 0.\"],"
               "\"code\":[\"Must match the pattern /^[A-Z]{2}-\\\\d+$/.\"],"
               "\"address\":{\"city\":[\"Must not be blank.\"]},"
               "\"others\":[\"Must have no more than 2 items.\"],"
               "\"tags\":{\"1\":[\"Must be a string.\"]},"
               "\"gift\":[\"Must be a boolean.\"]");
}

static void types_of_parameters_hold(void **state)
{
    fixture *f = *state;
    FLAMA_ROUTE(f->app, "/page/", FLAMA_GET, .handler = &page);
    FLAMA_ROUTE(f->app, "/pages/", FLAMA_GET, .handler = &pages);
    FLAMA_ROUTE(f->app, "/page/{page}/", FLAMA_GET, .handler = &page);
    f->client = flama_client_new(f->app);
    expect(flama_client_get(f->client, "/page/?page=7"), 200, "7");
    expect(flama_client_get(f->client, "/page/8/"), 200, "8");
    refused(flama_client_get(f->client, "/page/?page=0"),
            "\"page\":[\"Must be greater than or equal to 1.\"]");
    refused(flama_client_get(f->client, "/page/x/"),
            "\"page\":[\"Must be a number.\"]");
    expect(flama_client_get(f->client, "/pages/?page=7&x=1&page=8"), 200, "[7,8]");
    refused(flama_client_get(f->client, "/pages/"),
            "\"page\":[\"This field is required.\"]");
    refused(flama_client_get(f->client, "/pages/?page=1&page=x&page=0"),
            "\"page\":{\"1\":[\"Must be a number.\"],"
            "\"2\":[\"Must be greater than or equal to 1.\"]}");
    refused(flama_client_get(f->client, "/pages/?page=1&page=2&page=3&page=4"),
            "\"page\":[\"Must have no more than 3 items.\"]");
}

static void lists_of_the_query_are_of_plain_values(void **state)
{
    fixture *f = *state;
    FLAMA_ROUTE(f->app, "/shelves/", FLAMA_GET, .handler = &shelves);
    assert_int_equal(flama_app_start(f->app), FLAMA_ESETUP);
    assert_string_equal(flama_app_problem(f->app, 0, NULL),
                        "route 'shelves': parameter 'shelf' (Shelves) can't be read "
                        "from the query: let it be an array of strings, numbers or "
                        "booleans");
    assert_null(flama_app_problem(f->app, 1, NULL));
}

static void the_app_itself_can_be_asked_for(void **state)
{
    fixture *f = *state;
    FLAMA_ROUTE(f->app, "/title/", FLAMA_GET, .handler = &title);
    f->client = flama_client_new(f->app);
    expect(flama_client_get(f->client, "/title/"), 200, "\"the app\"");
}

static void methods_take_the_place_of_built_in_ones(void **state)
{
    fixture *f = *state;
    flama_models_add_resource(f->app, "/own", &Own);
    flama_models_add_resource(f->app, "/plain/", &Plain);
    f->client = flama_client_new(f->app);
    expect(flama_client_get(f->client, "/own/"), 200,
           "{\"name\":\"own\",\"path\":\"/own\"}");
    expect(flama_client_post(f->client, "/own/two/", ""), 200,
           "{\"name\":\"own\",\"path\":\"/own\"}");
    assert_int_equal(flama_client_post(f->client, "/own/three/", "")->status, 405);
    const char *rows = "{\"input\": [[5.8, 2.8, 5.1, 2.4]]}";
    expect(flama_client_post(f->client, "/own/predict/", rows), 200,
           "{\"output\":[2]}");
    expect(flama_client_post(f->client, "/plain/predict/", rows), 200,
           "{\"output\":[2]}");
}

static void the_name_stands_in_for_a_verbose_one(void **state)
{
    fixture *f = *state;
    flama_models_add_resource(f->app, "/plain/", &Plain);
    f->client = flama_client_new(f->app);
    const flama_response *r = flama_client_get(f->client, "/schema/");
    assert_non_null(memmem(r->body.data, r->body.size, "\"tags\":[\"plain\"]", 16));
}

static void two_methods_of_a_name_are_a_warning(void **state)
{
    fixture *f = *state;
    flama_models_add_resource(f->app, "/own/", &Own);
    flama_add_route(f->app, &first_of_two);
    assert_int_equal(flama_app_start(f->app), FLAMA_ESETUP);
    bool warning;
    const char *text = flama_app_problem(f->app, 0, &warning);
    assert_non_null(strstr(text, "this route belongs to none"));
    text = flama_app_problem(f->app, 1, &warning);
    assert_true(warning);
    assert_string_equal(text, "the routes at /own/two/ and /own/three/ have the same "
                              "name, 'same': a URL can't be resolved by it");
    assert_null(flama_app_problem(f->app, 2, NULL));
}

static void unreadable_model_files_are_named(void **state)
{
    fixture *f = *state;
    flama_models_add_resource(f->app, "/garbage/", &Garbage);
    flama_models_add_resource(f->app, "/folder/", &Folder);
    assert_int_equal(flama_app_start(f->app), FLAMA_ESETUP);
    assert_non_null(strstr(flama_app_problem(f->app, 0, NULL), "meson.build: "));
    assert_non_null(strstr(flama_app_problem(f->app, 1, NULL), "examples: "));
}

/* Equal files are opened once, for as long as one of the two is in use. */
static void a_model_is_opened_once(void **state)
{
    (void)state;
    flama_model *a, *b, *other;
    flama_error err = {0};
    assert_int_equal(flama_model_open(&a, SOURCE_ROOT "/examples/iris.flm", &err), 0);
    assert_int_equal(flama_model_open(&b, SOURCE_ROOT "/examples/iris.flm", &err), 0);
    assert_ptr_equal(a, b);
    flama_model_unref(a);
    assert_int_equal(
        flama_model_open(&other, SOURCE_ROOT "/examples/sklearn_model.flm", &err), 0);
    assert_ptr_not_equal(b, other);
    flama_model_unref(b);
    flama_model_unref(other);
}

static void *open_and_close(void *path)
{
    for (int i = 0; i < 20; i++) {
        flama_model *model;
        flama_error err = {0};
        if (flama_model_open(&model, path, &err) != 0)
            return path;
        flama_model_unref(model);
    }
    return NULL;
}

static void models_are_opened_and_closed_by_many_threads(void **state)
{
    (void)state;
    static char path[] = SOURCE_ROOT "/examples/iris.flm";
    pthread_t threads[4];
    void *failed;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, open_and_close, path), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(attributes_of_fields_hold),
        TEST(types_of_parameters_hold),
        TEST(lists_of_the_query_are_of_plain_values),
        TEST(the_app_itself_can_be_asked_for),
        TEST(methods_take_the_place_of_built_in_ones),
        TEST(the_name_stands_in_for_a_verbose_one),
        TEST(two_methods_of_a_name_are_a_warning),
        TEST(unreadable_model_files_are_named),
        TEST(a_model_is_opened_once),
        TEST(models_are_opened_and_closed_by_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
