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

bool flama_call_wants_frames(const flama_call *call)
{
    return call->owner && call->trace;
}

static const char *copy(flama_arena *arena, const char *text)
{
    return text ? flama_arena_copy(arena, text, strlen(text)) : NULL;
}

void flama_call_add_frame(flama_call *call, const flama_face_frame *frame)
{
    flama_invocation *inv = call->owner;
    if (!flama_call_wants_frames(call))
        return;
    if (inv->frames == NULL)
        inv->frames = new_list(call->arena);
    flama_frame_list *list = inv->frames;
    if (list == NULL || list->count == list->room)
        return;
    list->items[list->count++] = (flama_frame){
        .function = copy(call->arena, frame->function),
        .file = copy(call->arena, frame->file),
        .line = frame->line,
        .locals = copy(call->arena, frame->locals),
        .earlier = frame->line < 0,
    };
}
