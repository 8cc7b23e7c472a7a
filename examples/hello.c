/* The least there is: flama run examples/hello.c:app, then GET /hello/. */
#include <flama.h>

FLAMA_SCHEMA(Greeting, (string, text))

FLAMA_HANDLER(hello, Greeting) { return out->text = FLAMA_STRING("Hello"), 0; }

static const flama_method route = {"/hello/", FLAMA_GET, "hello", &hello};

FLAMA_APP(app) { flama_register_schema(app, Greeting), flama_add_route(app, &route); }
