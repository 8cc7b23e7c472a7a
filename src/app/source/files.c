#include "app/source/files.h"

#include <string.h>

void flama_files_add(flama_files *files, const char *text)
{
    size_t size = sizeof *files->items;
    size_t old = files->items ? (files->count + 1) * size : 0;
    const char **items =
        flama_arena_grow(files->arena, files->items, old, (files->count + 2) * size);
    if (items == NULL || text == NULL) {
        files->failed = true;
        return;
    }
    items[files->count++] = text;
    items[files->count] = NULL;
    files->items = items;
}

void flama_files_add_words(flama_files *files, const char *text)
{
    static const char blanks[] = " \t\r\n";
    for (; text && *(text += strspn(text, blanks)); text += strcspn(text, blanks))
        flama_files_add(files,
                        flama_arena_copy(files->arena, text, strcspn(text, blanks)));
}
