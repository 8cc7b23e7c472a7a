#include <flama.h>

FLAMA_HANDLER(hello, flama_string)
{
    *out = FLAMA_STRING("Hello");
    return 0;
}

FLAMA_APP(app)
{
    FLAMA_ROUTE(app, "/hello/", FLAMA_GET, .handler = &hello);
}
