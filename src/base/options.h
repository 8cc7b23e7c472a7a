/* Structs of options from a program that may be built with another flama's headers:
 * they begin with their size, and only grow at the end. */
#ifndef FLAMA_BASE_OPTIONS_H
#define FLAMA_BASE_OPTIONS_H

#include <flama/error.h>

/* Fills *own, a struct of `size` bytes called `name` that begins with its size, with
 * what *given has of it; the rest is zero, which means the default. Given NULL: all of
 * it. 0, or FLAMA_EARGUMENT when *given does not say its size: *own is zero then. */
int flama_options_take(void *own, size_t size, const void *given, const char *name,
                       flama_error *err);

#define FLAMA_OPTIONS_TAKE(type, own, given, err) \
    flama_options_take(own, sizeof(type), given, #type, err)

#endif
