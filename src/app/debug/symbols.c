#include "app/debug/symbols.h"

#include <dlfcn.h>
#include <string.h>

#include <flama/error.h>

enum { MOST_FRAMES = 2 * FLAMA_BACKTRACE_MOST }; /* with those that were inlined */

void flama_symbols__plain(flama_frame_list *list, const void *address, bool exact)
{
    if (list->count == list->room)
        return;
    flama_frame *frame = &list->items[list->count++];
    Dl_info info = {0};
    *frame = (flama_frame){.address = (uintptr_t)address};
    if (dladdr((const char *)address - !exact, &info) == 0)
        return;
    if (info.dli_sname)
        frame->function =
            flama_arena_copy(list->arena, info.dli_sname, strlen(info.dli_sname));
    if (info.dli_fname) /* with the offset that addr2line takes */
        frame->module = flama_arena_format(
            list->arena, "%s+0x%zx", info.dli_fname,
            (size_t)((const char *)address - (const char *)info.dli_fbase));
}

int flama_symbols_find(flama_arena *arena, pid_t pid, const flama_backtrace *trace,
                       flama_frames *out)
{
    flama_frame_list list = {.arena = arena, .room = MOST_FRAMES};
    list.items = flama_arena_calloc(arena, list.room, sizeof *list.items);
    if (list.items == NULL)
        return FLAMA_EMEMORY;
    flama_dwarf *dwarf = flama_symbols__dwarf_begin(pid);
    for (size_t i = 0; i < trace->count; i++) {
        bool exact = i == 0 && trace->exact;
        if (dwarf == NULL ||
            !flama_symbols__dwarf(dwarf, &list, trace->addresses[i], exact))
            flama_symbols__plain(&list, trace->addresses[i], exact);
    }
    flama_symbols__dwarf_end(dwarf);
    *out =
        (flama_frames){list.items, list.count, trace->cut || list.count == list.room};
    return 0;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_place(const flama_frame *a, const flama_frame *b)
{
    return a->address == b->address && a->line == b->line &&
           same_text(a->function, b->function) && same_text(a->file, b->file);
}

size_t flama_frames_next(const flama_frames *frames, size_t i)
{
    size_t next = i + 1;
    while (next < frames->count && same_place(&frames->items[i], &frames->items[next]))
        next++;
    return next;
}
