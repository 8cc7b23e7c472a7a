/* The worker whose loop the owner's thread turns, between other work of its own.
 *
 * While that thread is away, which may be for ever, its clients must not wait. So it
 * holds a lock while it is here: during a turn, and while it answers. When it has begun
 * no turn for a few milliseconds, a second thread, the overseer, takes the lock and
 * turns the loop in its stead, until the owner comes and wants it back. */
#ifndef FLAMA_HTTP_TURNS_H
#define FLAMA_HTTP_TURNS_H

#include "http/worker.h"

/* The calling thread becomes the owner, away for now. The descriptor is watched. 0,
 * FLAMA_EMEMORY or FLAMA_EIO. */
int flama_http_turns_new(flama_http_turns **out, flama_http_worker *worker,
                         int descriptor, flama_error *err);

/* Before the worker is; on the owner's thread. NULL is fine. */
void flama_http_turns_free(flama_http_turns *turns);

/* True on the thread that owns another worker of this one's server. */
bool flama_http_turns_mine(const flama_http_worker *worker);

/* True when the owner's thread comes here for its own worker, between two turns; it
 * leaves again. */
bool flama_http_turns_enter(const flama_http_worker *worker);
void flama_http_turns_leave(void);

/* A turn of the owner's loop, as flama_http_server_turn. What was to interrupt it while
 * it was away ends it at its beginning. */
bool flama_http_turns_turn(flama_http_turns *turns, int timeout, bool *readable);

#endif
