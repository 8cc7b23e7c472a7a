/* Query parameters and cookies by name. */
#ifndef FLAMA_APP_QUERY_H
#define FLAMA_APP_QUERY_H

#include <flama/arena.h>
#include <flama/error.h>
#include <flama/request.h>

/* The last parameter `name` of a query ("a=1&b=2"), decoded into the arena. 0 with
 * *found; FLAMA_EBAD_REQUEST for a broken escape; FLAMA_EMEMORY. */
int flama_query_get(flama_arena *arena, flama_string query, flama_string name,
                    flama_string *value, bool *found, flama_error *err);

/* The cookie `name` of the request, as sent, '-' and '_' in names counting as equal. */
bool flama_cookie_get(const flama_request *request, flama_string name,
                      flama_string *value);

#endif
