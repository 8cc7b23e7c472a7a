#include <string.h>

#include "schema/schema.h"

/* The errors as a tree of the parts of their places. */
typedef struct branch {
    struct branch *next;  /* of the same parent, in order */
    struct branch *first; /* children */
    struct branch *last;
    flama_string name;
    flama_builder messages;
} branch;

static branch *child_of(flama_arena *arena, branch *parent, flama_string name)
{
    /* Errors of one place stand together: only the latest can be the one. */
    branch *child = parent->last;
    if (child && child->name.size == name.size &&
        memcmp(child->name.data, name.data, name.size) == 0)
        return child;
    child = flama_arena_calloc(arena, 1, sizeof *child);
    if (child == NULL)
        return NULL;
    child->name = name;
    flama_array_begin(&child->messages, arena);
    *(parent->last ? &parent->last->next : &parent->first) = child;
    parent->last = child;
    return child;
}

/* A part of a place with "~1" and "~0" read back. */
static bool unescape(flama_arena *arena, flama_string *part)
{
    if (memchr(part->data, '~', part->size) == NULL)
        return true;
    char *text = flama_arena_alloc(arena, part->size);
    if (text == NULL)
        return false;
    size_t size = 0;
    for (size_t i = 0; i < part->size; i++) {
        char c = part->data[i];
        if (c == '~' && i + 1 < part->size)
            c = part->data[++i] == '1' ? '/' : '~';
        text[size++] = c;
    }
    *part = (flama_string){text, size};
    return true;
}

static int add_item(flama_arena *arena, branch *root, const flama_report_item *item)
{
    branch *at = root;
    flama_string rest = item->path;
    while (at && rest.size > 0) {
        const char *slash = memchr(rest.data, '/', rest.size);
        flama_string part = {rest.data,
                             slash ? (size_t)(slash - rest.data) : rest.size};
        size_t used = part.size + (slash != NULL);
        rest = (flama_string){rest.data + used, rest.size - used};
        at = unescape(arena, &part) ? child_of(arena, at, part) : NULL;
    }
    if (at == NULL)
        return FLAMA_EMEMORY;
    return flama_array_add(&at->messages, flama_value_string(item->message));
}

/* A place with only messages is their array; else an object, its own under "". */
static int to_value(flama_arena *arena, branch *at, bool top, flama_value *out)
{
    flama_value messages;
    if (flama_builder_end(&at->messages, &messages) != 0)
        return FLAMA_EMEMORY;
    if (at->first == NULL && !top) {
        *out = messages;
        return 0;
    }
    flama_builder object;
    flama_object_begin(&object, arena);
    if (messages.array.count)
        flama_object_add(&object, "", messages);
    for (branch *b = at->first; b; b = b->next) {
        flama_value value;
        if (to_value(arena, b, false, &value) != 0)
            return FLAMA_EMEMORY;
        flama_object_add_string(&object, b->name, value);
    }
    return flama_builder_end(&object, out);
}

int flama_report_detail(const flama_report *report, flama_arena *arena,
                        flama_value *out)
{
    branch root = {0};
    flama_array_begin(&root.messages, arena);
    for (const flama_report_item *i = report->first; i; i = i->next)
        if (!i->warning && add_item(arena, &root, i) != 0)
            return FLAMA_EMEMORY;
    return to_value(arena, &root, true, out);
}
