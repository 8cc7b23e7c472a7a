/* Frames that the face of another language knows. */
#include <string.h>

#include <flama/sys/face.h>

#include "app/debug/symbols.h"
#include "app/plan.h"

enum { MOST_FRAMES = 64 };

static flama_frame_list *new_list(flama_arena *arena)
{
    flama_frame_list *list = flama_arena_alloc(arena, sizeof *list);
    flama_frame *items = flama_arena_calloc(arena, MOST_FRAMES, sizeof *items);
    if (list == NULL || items == NULL)
        return NULL;
    *list = (flama_frame_list){.arena = arena, .items = items, .room = MOST_FRAMES};
    return list;
}

void flama_call_add_frame(flama_call *call, const char *function, const char *file,
                          int line)
{
    flama_invocation *inv = call->owner;
    if (inv == NULL || call->trace == NULL)
        return;
    if (inv->frames == NULL)
        inv->frames = new_list(call->arena);
    flama_frame_list *list = inv->frames;
    if (list == NULL || list->count == list->room)
        return;
    flama_frame *frame = &list->items[list->count++];
    frame->function = flama_arena_copy(call->arena, function, strlen(function));
    frame->file = file ? flama_arena_copy(call->arena, file, strlen(file)) : NULL;
    frame->line = line;
}
