/* The body of a request as a value. */
#ifndef FLAMA_APP_BODY_H
#define FLAMA_APP_BODY_H

#include <flama/request.h>
#include <flama/value.h>

/* Decodes the body by its content type: JSON (also when there is no content type), or a
 * URL-encoded form, whose fields are strings. An empty body is an empty object. 0,
 * FLAMA_EMEDIA_TYPE, FLAMA_EJSON with the place, FLAMA_EBAD_REQUEST, FLAMA_EMEMORY. */
int flama_body_decode(flama_arena *arena, const flama_request *request,
                      flama_value *out, flama_error *err);

/* Decodes %XX and '+' of a form or a query: text in the arena. 0, FLAMA_EBAD_REQUEST
 * when an escape is broken, FLAMA_EMEMORY. */
int flama_body_unescape(flama_arena *arena, flama_string text, flama_string *out,
                        flama_error *err);

#endif
