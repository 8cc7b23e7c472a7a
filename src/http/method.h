/* The names of the methods. */
#ifndef FLAMA_HTTP_METHOD_H
#define FLAMA_HTTP_METHOD_H

#include <flama/request.h>

enum { FLAMA_HTTP_METHODS = 7 };

/* In the order in which Allow lists them. */
extern const struct flama_http_method_name {
    flama_http_method method;
    const char *name;
} flama_http_methods[FLAMA_HTTP_METHODS];

/* FLAMA_OTHER_METHOD for a name that is none of them. */
flama_http_method flama_http_method_of(const char *name, size_t size);

#endif
