/* The supervisor's side of a crash: reads the record, and says what it says. */
#include <signal.h>
#include <string.h>

#include "app/debug/crash.h"

enum { NEAR_STACK = 64 * 1024 }; /* as far from its pointer as a frame is large */

static const struct {
    int signal;
    const char *name;
    const char *text;
    bool address; /* si_addr says what was accessed */
} signals[] = {
    {SIGSEGV, "SIGSEGV", "invalid memory reference", true},
    {SIGBUS, "SIGBUS", "access to memory that is not there", true},
    {SIGFPE, "SIGFPE", "arithmetic that has no result", false},
    {SIGILL, "SIGILL", "illegal instruction", false},
    {SIGABRT, "SIGABRT", "the program gave itself up", false},
    {SIGKILL, "SIGKILL", "ended from outside", false},
};

static size_t find(int signal)
{
    size_t i = 0;
    while (i < sizeof signals / sizeof *signals && signals[i].signal != signal)
        i++;
    return i;
}

const char *flama_crash_name(int signal)
{
    size_t i = find(signal);
    return i < sizeof signals / sizeof *signals ? signals[i].name : "a signal";
}

static bool is_overflow(const flama_crash *crash)
{
    return crash->signal == SIGSEGV && crash->stack &&
           crash->address - (crash->stack - NEAR_STACK) < 2 * NEAR_STACK;
}

const char *flama_crash_text(const flama_crash *crash, flama_arena *arena)
{
    size_t i = find(crash->signal);
    if (i == sizeof signals / sizeof *signals)
        return strsignal(crash->signal);
    if (!signals[i].address)
        return signals[i].text;
    if (crash->reason <= 0) /* SI_USER and its like */
        return "sent by a process";
    if (is_overflow(crash))
        return "the stack is at its end";
    if (crash->reason == SI_KERNEL) /* the address is no canonical one */
        return "invalid memory reference at a wild address";
    char *text = flama_arena_format(arena, "%s at 0x%zx", signals[i].text,
                                    (size_t)crash->address);
    return text ? text : signals[i].text;
}

static bool read_part(const flama_crash *crash, size_t index, flama_string *out)
{
    flama_crash_part part = crash->parts[index];
    if (part.start > FLAMA_CRASH_TEXT || part.size > FLAMA_CRASH_TEXT - part.start)
        return false;
    *out = (flama_string){crash->text + part.start, part.size};
    return true;
}

bool flama_crash_request(const flama_crash *crash, flama_arena *arena,
                         flama_request *out)
{
    size_t count = crash->header_count;
    if (!atomic_load(&crash->requested) || count > FLAMA_CRASH_HEADERS)
        return false;
    flama_header *headers = flama_arena_calloc(arena, count + 1, sizeof *headers);
    if (headers == NULL)
        return false;
    *out = (flama_request){.headers = headers, .header_count = count};
    bool good = read_part(crash, FLAMA_CRASH_METHOD, &out->method_name) &&
                read_part(crash, FLAMA_CRASH_TARGET, &out->target) &&
                read_part(crash, FLAMA_CRASH_PATH, &out->path) &&
                read_part(crash, FLAMA_CRASH_CLIENT, &out->client) &&
                read_part(crash, FLAMA_CRASH_BODY, &out->body);
    for (size_t i = 0; i < count && good; i++)
        good = read_part(crash, FLAMA_CRASH_PARTS + 2 * i, &headers[i].name) &&
               read_part(crash, FLAMA_CRASH_PARTS + 2 * i + 1, &headers[i].value);
    return good;
}
