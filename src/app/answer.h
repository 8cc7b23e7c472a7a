/* Answers: values, errors and files onto exchanges, in the one shape that errors have:
 * {"status_code": 400, "detail": ..., "error": "..."}. Each function answers the
 * exchange, which must not be touched afterwards. Any thread. */
#ifndef FLAMA_APP_ANSWER_H
#define FLAMA_APP_ANSWER_H

#include <flama/sys/exchange.h>

#define FLAMA_CONTENT_JSON FLAMA_STRING("application/json")

/* The envelope with a sentence or a value as its detail. */
void flama_answer_detail(flama_exchange *exchange, int status, flama_value detail,
                         const char *error);

/* What an answer says of an error: its sentence, led by its place when that does not
 * name it; of what the client is not to know (FLAMA_EINTERNAL and the like) a bare
 * "Internal Server Error". In the arena or the error's; NULL without memory. */
const char *flama_answer_sentence(flama_arena *arena, const flama_error *err);

/* An error: its status and sentence; those of 500 and more go to the log. */
void flama_answer_error(flama_exchange *exchange, const flama_error *err);

/* Tells the log of an error, with the line of the source that said so. */
void flama_answer_log(const flama_exchange *exchange, const flama_error *err);

/* 503, from constant text. */
void flama_answer_no_memory(flama_exchange *exchange);

#endif
