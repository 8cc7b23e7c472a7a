/* A call's inside, for those who make calls. */
#ifndef FLAMA_BASE_CALL_H
#define FLAMA_BASE_CALL_H

#include <stdatomic.h>

#include <flama/call.h>

#include "base/backtrace.h"

struct flama_call {
    flama_arena *arena;
    flama_error error;
    uint64_t deadline;            /* flama_clock_now() time, 0: none */
    const atomic_bool *cancelled; /* NULL: nobody can cancel */
    void *owner;                  /* of whoever made the call */
    flama_backtrace *trace;       /* to be taken when it fails; NULL: not wanted */
};

/* A call inside the caller's struct, with an arena of the caller's. */
void flama_call_init(flama_call *call, flama_arena *arena);

#endif
