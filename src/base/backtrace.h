/* How a thread came to where it is: return addresses, innermost first.
 *
 * Taking one allocates nothing and reads no file, so that a signal handler may, once
 * flama_backtrace_prepare has been called; names come later (app/debug/symbols.h). */
#ifndef FLAMA_BASE_BACKTRACE_H
#define FLAMA_BASE_BACKTRACE_H

#include <flama/base.h>

enum { FLAMA_BACKTRACE_MOST = 96 };

typedef struct flama_backtrace {
    size_t count;
    bool exact; /* the first address is the instruction itself, no return address */
    bool cut;   /* there were more */
    void *addresses[FLAMA_BACKTRACE_MOST];
} flama_backtrace;

/* Has the unwinder loaded: a signal handler can't. */
void flama_backtrace_prepare(void);

/* Takes the calling thread's, from the address `from` outwards; all of it when it is
 * not among them. */
void flama_backtrace_take(flama_backtrace *trace, const void *from);

#endif
