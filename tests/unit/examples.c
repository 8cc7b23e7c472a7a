/* examples: how a user tests an app of theirs, here that of examples/components.c. */
#include "test.h"

#include "../../examples/components.c"

/* [test] */
static void greets_in_the_language_of_the_client(void **state)
{
    (void)state;
    flama_app *app = flama_app_make(&app_def);
    flama_client *client = flama_client_new(app);
    const flama_response *answer = flama_client_get(client, "/greet/Ada/?times=2");
    assert_int_equal(answer->status, 200);
    assert_memory_equal(answer->body.data, "{\"text\":\"Hello, Ada!\"", 21);

    const flama_header spanish = {FLAMA_STRING("accept-language"), FLAMA_STRING("es")};
    answer =
        flama_client_send(client, "GET", "/greet/Ada/", &spanish, 1, FLAMA_STRING(""));
    assert_memory_equal(answer->body.data, "{\"text\":\"Hola, Ada!\"", 20);

    assert_int_equal(flama_client_get(client, "/greet/Ada/?times=11")->status, 400);
    flama_client_free(client);
    flama_app_free(app);
}
/* [test] */

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(greets_in_the_language_of_the_client),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
