/* Components: what handlers need beside the request, made by functions that may need
 * other components themselves.
 *
 *     flama run examples/components.c:app
 *     curl 'http://127.0.0.1:8000/greet/Ada/?times=2' -H 'accept-language: es' */
#include <stdatomic.h>
#include <string.h>

#include <flama.h>

/* [app] */
/* One for the app, made when it starts and shared by all threads. */
typedef struct Counter {
    atomic_int *greetings;
} Counter;
FLAMA_PROVIDED(Counter);

FLAMA_HANDLER(make_counter, Counter)
{
    static atomic_int greetings;
    out->greetings = &greetings;
    return 0;
}
/* [app] */

/* [request] */
/* One for each request that needs it, made of a header. */
typedef struct Language {
    const char *hello;
} Language;
FLAMA_PROVIDED(Language);

FLAMA_HANDLER(make_language, Language,
              (flama_header_value, accept_language, .optional = true))
{
    const flama_string *wanted = in->accept_language;
    bool spanish = wanted && wanted->size >= 2 && memcmp(wanted->data, "es", 2) == 0;
    out->hello = spanish ? "Hola" : "Hello";
    return 0;
}
/* [request] */

/* [needs] */
/* A component that needs others. */
typedef struct Greeter {
    const char *hello;
    int number;
} Greeter;
FLAMA_PROVIDED(Greeter);

FLAMA_HANDLER(make_greeter, Greeter, (Language, language), (Counter, counter))
{
    out->hello = in->language->hello;
    out->number = atomic_fetch_add(in->counter->greetings, 1) + 1;
    return 0;
}
/* [needs] */

/* [handler] */
FLAMA_TYPE(Times, integer, .minimum = FLAMA_BOUND(1), .maximum = FLAMA_BOUND(10))
FLAMA_SCHEMA(Greeting, (string, text), (integer, times), (integer, number))

/* {name} is in the path; `times` is in the query. */
FLAMA_HANDLER(greet, Greeting, (flama_string, name), (Times, times, .optional = true),
              (Greeter, greeter))
{
    char *text =
        flama_arena_format(flama_call_arena(call), "%s, %.*s!", in->greeter->hello,
                           (int)in->name->size, in->name->data);
    if (text == NULL)
        return flama_fail(call, FLAMA_EMEMORY, "no memory for a greeting");
    out->text = (flama_string){text, strlen(text)};
    out->times = in->times ? *in->times : 1;
    out->number = in->greeter->number;
    return 0;
}
/* [handler] */

FLAMA_APP(app, .title = "Components")
{
    flama_register_schema(app, Greeting);
    flama_add_component(app, &make_counter, FLAMA_PER_APP, NULL);
    flama_add_component(app, &make_language, FLAMA_PER_REQUEST, NULL);
    flama_add_component(app, &make_greeter, FLAMA_PER_REQUEST, NULL);
    FLAMA_ROUTE(app, "/greet/{name}/", FLAMA_GET, .name = "greet", .handler = &greet);
}
