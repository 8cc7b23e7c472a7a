/* What the supervisor says of a crash. */
#ifndef FLAMA_APP_DEBUG_CRASH_ANSWER_H
#define FLAMA_APP_DEBUG_CRASH_ANSWER_H

#include <sys/types.h>

#include "app/debug/crash.h"
#include "app/debug/symbols.h"

/* What has been found out about a crash. */
typedef struct flama_crash_story {
    const char *name; /* "SIGSEGV" */
    const char *text; /* "invalid memory reference at 0x0" */
    bool requested;
    flama_request request; /* that was being answered, when `requested` */
    flama_frames frames;
} flama_crash_story;

/* Reads the record; the process must still exist for all its names to be found.
 * Everything in the arena, but for texts of the record. */
void flama_crash_tell(const flama_crash *crash, pid_t pid, flama_arena *arena,
                      flama_crash_story *story);

/* Writes the story to the log. */
void flama_crash_log(const flama_crash_story *story);

/* Answers the client at the socket, which is closed: 500, as a page for a browser. */
void flama_crash_respond(const flama_crash_story *story, flama_arena *arena, int fd);

#endif
