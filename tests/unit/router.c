/* app: which route answers, what is refused at set-up, and what queries hold. */
#include "test.h"

#include "app/query.h"
#include "app/router.h"

typedef struct fixture {
    flama_arena *arena;
    flama_report report;
    flama_router router;
    flama_route routes[12];
    size_t count;
} fixture;

static int set_up(void **state)
{
    fixture *f = test_calloc(1, sizeof *f);
    f->arena = flama_arena_new(0);
    flama_report_init(&f->report, f->arena, 0);
    flama_router_init(&f->router, f->arena);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    flama_arena_free(f->arena);
    test_free(f);
    return 0;
}

static const flama_route *add(fixture *f, const char *path, unsigned methods)
{
    flama_route *route = &f->routes[f->count++];
    *route = (flama_route){.path = {path, strlen(path)}, .methods = methods};
    flama_router_add(&f->router, route, "route 'x'", &f->report);
    return route;
}

static flama_match match(fixture *f, flama_http_method method, const char *path)
{
    flama_match found;
    flama_router_match(&f->router, method, (flama_string){path, strlen(path)}, &found);
    return found;
}

static void constant_paths_match_whole(void **state)
{
    fixture *f = *state;
    const flama_route *get = add(f, "/iris/", FLAMA_GET);
    const flama_route *post = add(f, "/iris/predict/", FLAMA_POST);
    assert_ptr_equal(match(f, FLAMA_GET, "/iris/").route, get);
    assert_ptr_equal(match(f, FLAMA_HEAD, "/iris/").route, get);
    assert_ptr_equal(match(f, FLAMA_POST, "/iris/predict/").route, post);
    assert_null(match(f, FLAMA_GET, "/iris").route);
    assert_int_equal(match(f, FLAMA_GET, "/iris").allowed, 0);
    assert_int_equal(match(f, FLAMA_GET, "/iris/predict/").allowed, FLAMA_POST);
}

static void one_path_may_have_a_route_for_each_method(void **state)
{
    fixture *f = *state;
    const flama_route *get = add(f, "/a", FLAMA_GET);
    const flama_route *put = add(f, "/a", FLAMA_PUT | FLAMA_PATCH);
    assert_ptr_equal(match(f, FLAMA_GET, "/a").route, get);
    assert_ptr_equal(match(f, FLAMA_PATCH, "/a").route, put);
    flama_match none = match(f, FLAMA_DELETE, "/a");
    flama_string allow = flama_router_allow(f->arena, none.allowed);
    assert_string_equal(
        flama_arena_format(f->arena, "%.*s", (int)allow.size, allow.data),
        "GET, HEAD, PUT, PATCH");
}

static void parameters_are_cut_out_and_checked(void **state)
{
    fixture *f = *state;
    const flama_route *user = add(f, "/user/{id:int}/", FLAMA_GET);
    const flama_route *name = add(f, "/user/{name}/", FLAMA_GET);
    const flama_route *file = add(f, "/files/{rest:path}", FLAMA_GET);
    flama_match m = match(f, FLAMA_GET, "/user/42/");
    assert_ptr_equal(m.route, user);
    assert_int_equal(m.params[0].size, 2);
    assert_memory_equal(m.params[0].data, "42", 2);
    assert_ptr_equal(match(f, FLAMA_GET, "/user/ann/").route, name);
    assert_null(match(f, FLAMA_GET, "/user//").route);
    assert_null(match(f, FLAMA_GET, "/user/a/b/").route);
    m = match(f, FLAMA_GET, "/files/a/b.txt");
    assert_ptr_equal(m.route, file);
    assert_memory_equal(m.params[0].data, "a/b.txt", 7);
    assert_null(match(f, FLAMA_GET, "/files/").route);
    assert_null(match(f, FLAMA_GET, "/files").route);
}

static void the_route_added_first_wins(void **state)
{
    fixture *f = *state;
    const flama_route *pattern = add(f, "/a/{x}", FLAMA_GET);
    add(f, "/a/b", FLAMA_GET);
    const flama_route *constant = add(f, "/c/d", FLAMA_GET);
    add(f, "/c/{x}", FLAMA_GET);
    assert_ptr_equal(match(f, FLAMA_GET, "/a/b").route, pattern);
    assert_ptr_equal(match(f, FLAMA_GET, "/c/d").route, constant);
}

static void mistakes_are_said(void **state)
{
    fixture *f = *state;
    add(f, "/a/", FLAMA_GET | FLAMA_POST);
    add(f, "no-slash/", FLAMA_GET);
    add(f, "/x/{id:integer}", FLAMA_GET);
    add(f, "/x/{id", FLAMA_GET);
    add(f, "/x/{rest:path}/more", FLAMA_GET);
    add(f, "/x/{id}/{id}", FLAMA_GET);
    add(f, "/y/{a}/{b:int}/", FLAMA_GET);
    add(f, "/y/{b}/{a}/", FLAMA_GET); /* takes what is no integer */
    assert_int_equal(f->report.errors, 5);
    add(f, "/y/{first}/{second:int}/", FLAMA_GET);
    add(f, "/a/", FLAMA_POST);
    assert_int_equal(f->report.errors, 7);
    assert_non_null(strstr(f->report.first->message.data, "begins with '/'"));
    assert_non_null(strstr(f->report.last->message.data, "repeats the path '/a/'"));
}

static void queries_and_cookies_are_found_by_name(void **state)
{
    fixture *f = *state;
    flama_string value, *values;
    size_t count;
    flama_string query = FLAMA_STRING("a=1&b=x%20y+z&a=2&flag&%61=3");
    assert_int_equal(
        flama_query_get(f->arena, query, FLAMA_STRING("a"), &values, &count, NULL), 0);
    assert_int_equal(count, 3);
    assert_string_equal(values[0].data, "1");
    assert_string_equal(values[1].data, "2");
    assert_string_equal(values[2].data, "3");
    flama_query_get(f->arena, query, FLAMA_STRING("b"), &values, &count, NULL);
    assert_string_equal(values[0].data, "x y z");
    flama_query_get(f->arena, query, FLAMA_STRING("flag"), &values, &count, NULL);
    assert_true(count == 1 && values[0].size == 0);
    flama_query_get(f->arena, query, FLAMA_STRING("c"), &values, &count, NULL);
    assert_int_equal(count, 0);
    assert_int_equal(flama_query_get(f->arena, FLAMA_STRING("a=%4"), FLAMA_STRING("a"),
                                     &values, &count, NULL),
                     FLAMA_EBAD_REQUEST);
    flama_header header = {FLAMA_STRING("cookie"),
                           FLAMA_STRING("x=1; session_id=ab; y")};
    flama_request request = {.headers = &header, .header_count = 1};
    assert_true(flama_cookie_get(&request, FLAMA_STRING("session-id"), &value));
    assert_memory_equal(value.data, "ab", 2);
    assert_false(flama_cookie_get(&request, FLAMA_STRING("session"), &value));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(constant_paths_match_whole),
        TEST(one_path_may_have_a_route_for_each_method),
        TEST(parameters_are_cut_out_and_checked),
        TEST(the_route_added_first_wins),
        TEST(mistakes_are_said),
        TEST(queries_and_cookies_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
