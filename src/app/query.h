/* Query parameters and cookies by name. */
#ifndef FLAMA_APP_QUERY_H
#define FLAMA_APP_QUERY_H

#include <flama/arena.h>
#include <flama/error.h>
#include <flama/request.h>

/* The parameters `name` of a query ("a=1&b=2&a=3"), decoded into the arena, in their
 * order. 0 with *count; FLAMA_EBAD_REQUEST for a broken escape; FLAMA_EMEMORY. */
int flama_query_get(flama_arena *arena, flama_string query, flama_string name,
                    flama_string **values, size_t *count, flama_error *err);

/* The cookie `name` of the request, as sent, '-' and '_' in names counting as equal. */
bool flama_cookie_get(const flama_request *request, flama_string name,
                      flama_string *value);

#endif
