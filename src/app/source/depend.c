#include "app/source/depend.h"

#include <string.h>

flama_string flama_depend_start(flama_string rule)
{
    for (size_t i = 0; i + 1 < rule.size; i++)
        if (rule.data[i] == ':' &&
            (rule.data[i + 1] == ' ' || rule.data[i + 1] == '\n'))
            return (flama_string){rule.data + i + 1, rule.size - i - 1};
    return FLAMA_STRING("");
}

static char at(flama_string text, size_t i)
{
    return i < text.size ? text.data[i] : '\0';
}

/* The size of what separates files at i: a blank, or a line end that is escaped. */
static size_t separator(flama_string text, size_t i)
{
    char c = at(text, i);
    if (c == ' ' || c == '\t' || c == '\n')
        return 1;
    return c == '\\' && at(text, i + 1) == '\n' ? 2 : 0;
}

/* How many bytes spell the character at i, a name's: "\ ", "\#" and "$$" are one. */
static size_t spelled(flama_string text, size_t i)
{
    char c = at(text, i), next = at(text, i + 1);
    return (c == '\\' && (next == ' ' || next == '#')) || (c == '$' && next == '$') ? 2
                                                                                    : 1;
}

const char *flama_depend_next(flama_arena *arena, flama_string *text)
{
    size_t start = 0, end, size = 0;
    while (start < text->size && separator(*text, start))
        start += separator(*text, start);
    for (end = start; end < text->size && separator(*text, end) == 0;)
        end += spelled(*text, end);
    char *name = start < end ? flama_arena_alloc(arena, end - start + 1) : NULL;
    for (size_t i = start; name && i < end; size++) {
        i += spelled(*text, i);
        name[size] = text->data[i - 1];
    }
    if (name)
        name[size] = '\0';
    *text = (flama_string){text->data + end, text->size - end};
    return name;
}
