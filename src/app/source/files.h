/* A list of paths in an arena: the words of a command, or what an app is made from. */
#ifndef FLAMA_APP_SOURCE_FILES_H
#define FLAMA_APP_SOURCE_FILES_H

#include <flama/arena.h>
#include <flama/error.h>

typedef struct flama_files {
    flama_arena *arena;
    const char **items; /* item_count of them, and a NULL */
    size_t count;
    bool failed; /* memory ran out: the list is not whole */
} flama_files;

/* Adds a text, which is borrowed; NULL sets `failed`. */
void flama_files_add(flama_files *files, const char *text);

/* Adds copies of the words of a text, which blanks separate; NULL is fine. */
void flama_files_add_words(flama_files *files, const char *text);

#endif
