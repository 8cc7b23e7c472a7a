/* Timeouts of a few kinds, each of a constant length: a list a kind, so that starting
 * and stopping one costs a handful of instructions, whatever their number.
 *
 * A set belongs to a loop's thread. An entry is embedded in what it watches, and is in
 * one list at most. */
#ifndef FLAMA_NET_TIMEOUTS_H
#define FLAMA_NET_TIMEOUTS_H

#include "net/loop.h"

enum { FLAMA_TIMEOUT_KINDS = 9 };

typedef struct flama_timeouts flama_timeouts;

typedef struct flama_timeout {
    struct flama_timeout *previous;
    struct flama_timeout *next;
    uint64_t expires; /* flama_loop_now time */
    int kind;         /* -1: not running */
} flama_timeout;

/* Called with an entry that is no longer running. */
typedef void (*flama_timeout_expired)(flama_timeout *timeout, int kind);

/* A set whose i-th kind lasts milliseconds[i]; freed with flama_timeouts_free, before
 * the loop. 0 or FLAMA_EMEMORY. */
int flama_timeouts_new(flama_timeouts **out, flama_loop *loop,
                       const unsigned milliseconds[FLAMA_TIMEOUT_KINDS],
                       flama_timeout_expired expired);
void flama_timeouts_free(flama_timeouts *timeouts); /* NULL is fine */

void flama_timeout_init(flama_timeout *timeout);

/* Starts it anew, as that kind. */
void flama_timeout_start(flama_timeouts *timeouts, flama_timeout *timeout, int kind);
void flama_timeout_stop(flama_timeouts *timeouts, flama_timeout *timeout);

#endif
