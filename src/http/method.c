#include "http/method.h"

#include <string.h>

const struct flama_http_method_name flama_http_methods[FLAMA_HTTP_METHODS] = {
    {FLAMA_GET, "GET"},        {FLAMA_HEAD, "HEAD"},   {FLAMA_POST, "POST"},
    {FLAMA_PUT, "PUT"},        {FLAMA_PATCH, "PATCH"}, {FLAMA_DELETE, "DELETE"},
    {FLAMA_OPTIONS, "OPTIONS"}};

flama_http_method flama_http_method_of(const char *name, size_t size)
{
    for (size_t i = 0; i < FLAMA_HTTP_METHODS; i++)
        if (strlen(flama_http_methods[i].name) == size &&
            memcmp(flama_http_methods[i].name, name, size) == 0)
            return flama_http_methods[i].method;
    return FLAMA_OTHER_METHOD;
}
