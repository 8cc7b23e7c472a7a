/* Errors, as the library's own modules set them. */
#ifndef FLAMA_BASE_ERROR_H
#define FLAMA_BASE_ERROR_H

#include <stdarg.h>

#include <flama/error.h>

/* flama_error_set_at with its arguments as a list; path may be NULL. */
int flama_error__vset(flama_error *err, int code, const char *path, const char *format,
                      va_list args) FLAMA_PRINTF(4, 0);

/* Sets FLAMA_EMEMORY with its usual text and returns it. */
int flama_error__memory(flama_error *err);

#endif
