/* Heads of answers, and the whole of those that the codec makes itself. */
#ifndef FLAMA_HTTP_ANSWER_H
#define FLAMA_HTTP_ANSWER_H

#include "http/worker.h"

/* What is sent for the exchange's response: the head in its arena (data is NULL without
 * memory), and the body, empty where the request or the status wants none or a stream
 * gives it, which exchange->streaming then says. `last`: the
 * connection ends with it. */
void flama_http_answer(flama_http_worker *worker, flama_http_exchange *exchange,
                       bool last, flama_string *head, flama_string *body);

/* A refusal in the error envelope, which ends the connection; detail is plain ASCII
 * without quotes. Returns its size, at most `room`. */
size_t flama_http_refusal(flama_http_worker *worker, char *to, size_t room, int status,
                          const char *detail);

enum { FLAMA_HTTP_REFUSAL_ROOM = 1024 }; /* and the common headers */

/* Fills worker->common. 0 or FLAMA_EMEMORY. */
int flama_http_answer_prepare(flama_http_worker *worker);

#endif
