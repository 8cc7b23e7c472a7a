/* What a crashing server leaves behind, for the supervisor that outlives it.
 *
 * The record lies in memory that both processes see. The handler of the signal fills
 * it, hands over the client's socket and stops the process; the supervisor reads it,
 * names the addresses while the process still exists, and ends it. What is in it comes
 * from a process that has gone wrong: its reader trusts no size. */
#ifndef FLAMA_APP_DEBUG_CRASH_H
#define FLAMA_APP_DEBUG_CRASH_H

#include <stdatomic.h>

#include <flama/sys/exchange.h>

#include "base/backtrace.h"

enum { FLAMA_CRASH_HEADERS = 64, FLAMA_CRASH_TEXT = 48 * 1024 };

/* Parts of the request, and behind them two for each header. */
enum {
    FLAMA_CRASH_METHOD,
    FLAMA_CRASH_TARGET,
    FLAMA_CRASH_PATH,
    FLAMA_CRASH_CLIENT,
    FLAMA_CRASH_BODY,
    FLAMA_CRASH_PARTS
};

typedef struct flama_crash_part {
    uint32_t start; /* in the text */
    uint32_t size;
} flama_crash_part;

typedef struct flama_crash {
    _Atomic uint64_t ready; /* flama_clock_now() when it began to serve, 0: not yet */
    atomic_bool happened;   /* what follows is there, up to `requested` */
    atomic_bool requested;  /* and so is the request that was being answered */
    uint64_t when;          /* flama_clock_now() */
    int signal;
    int reason; /* si_code */
    uintptr_t address;
    uintptr_t stack; /* the stack pointer, 0: not known */
    flama_backtrace trace;
    size_t header_count;
    size_t text_size;
    flama_crash_part parts[FLAMA_CRASH_PARTS + 2 * FLAMA_CRASH_HEADERS];
    char text[FLAMA_CRASH_TEXT];
} flama_crash;

/* In the server: has crashes of this process recorded in *crash, and the client's
 * socket sent to `socket`. Once, before threads are started. */
void flama_crash_watch(flama_crash *crash, int socket);

extern flama_crash
    *flama_crash__record; /* set by flama_crash_watch; NULL: not watched */
void flama_crash__set_current(flama_exchange *exchange);

/* The exchange that this thread is about to work for; NULL: none. Costs a look at one
 * variable in a server that is not watched. */
static inline void flama_crash_working_for(flama_exchange *exchange)
{
    if (flama_crash__record)
        flama_crash__set_current(exchange);
}

/* In the supervisor: the request, in the arena but for its texts; false when there is
 * none, or when it can't be trusted. */
bool flama_crash_request(const flama_crash *crash, flama_arena *arena,
                         flama_request *out);

/* "SIGSEGV" and "invalid memory reference at 0x0". */
const char *flama_crash_name(int signal);
const char *flama_crash_text(const flama_crash *crash, flama_arena *arena);

#endif
