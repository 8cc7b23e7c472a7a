/* Names for addresses: function, source file and line of each frame of a backtrace.
 *
 * With libdw (elfutils) they come from the debugging information, statics and inlined
 * calls included; without it, or where there is none, from the tables of dynamic
 * symbols. Reads files and takes milliseconds: for errors in debug mode. Any thread. */
#ifndef FLAMA_APP_DEBUG_SYMBOLS_H
#define FLAMA_APP_DEBUG_SYMBOLS_H

#include <sys/types.h>

#include <flama/arena.h>

#include "base/backtrace.h"

typedef struct flama_frame {
    uintptr_t address;    /* 0: of another language */
    const char *function; /* NULL: not known */
    const char *file;     /* absolute where that could be found out; NULL: not known */
    int line;             /* 0: not known */
    const char *module;   /* the program or library, NULL: not known */
    bool inlined;         /* into the frame after it */
    const char *locals;   /* variables, a line each; NULL: not known */
    bool earlier;         /* no frame: `function` says what failed before */
} flama_frame;

typedef struct flama_frames {
    const flama_frame *items; /* innermost first */
    size_t count;
    bool cut; /* there were more */
} flama_frames;

/* Names what `trace` holds, of the process `pid`, which must not have ended, or of this
 * one. Everything in the arena. 0 or FLAMA_EMEMORY. */
int flama_symbols_find(flama_arena *arena, pid_t pid, const flama_backtrace *trace,
                       flama_frames *out);

/* The frame after the i-th and those at the same place: a function that calls itself.
 */
size_t flama_frames_next(const flama_frames *frames, size_t i);

/* Where frames are put; `count` of `room`. */
typedef struct flama_frame_list {
    flama_arena *arena;
    flama_frame *items;
    size_t count;
    size_t room;
} flama_frame_list;

/* Names from the tables of dynamic symbols of this process. */
void flama_symbols__plain(flama_frame_list *list, const void *address, bool exact);

/* Names from debugging information: begin gives NULL when there is none to be had. */
typedef struct flama_dwarf flama_dwarf;
flama_dwarf *flama_symbols__dwarf_begin(pid_t pid);
bool flama_symbols__dwarf(flama_dwarf *dwarf, flama_frame_list *list,
                          const void *address, bool exact);
void flama_symbols__dwarf_end(flama_dwarf *dwarf);

#endif
