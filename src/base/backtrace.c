#include "base/backtrace.h"

#include <execinfo.h>
#include <string.h>

enum { OWN_FRAMES = 16 }; /* of whoever takes it, dropped */

void flama_backtrace_prepare(void)
{
    flama_backtrace trace;
    flama_backtrace_take(&trace, NULL);
}

void flama_backtrace_take(flama_backtrace *trace, const void *from)
{
    void *all[FLAMA_BACKTRACE_MOST + OWN_FRAMES];
    int most = FLAMA_BACKTRACE_MOST + OWN_FRAMES, found = backtrace(all, most);
    int first = 0;
    while (first < found && all[first] != from)
        first++;
    if (first == found)
        first = 0;
    size_t count = (size_t)(found - first);
    trace->exact = false;
    trace->cut = found == most || count > FLAMA_BACKTRACE_MOST;
    trace->count = count < FLAMA_BACKTRACE_MOST ? count : FLAMA_BACKTRACE_MOST;
    memcpy(trace->addresses, all + first, trace->count * sizeof *all);
}
