/* The arena's inside, for owners that embed one and reuse its blocks. */
#ifndef FLAMA_BASE_ARENA_H
#define FLAMA_BASE_ARENA_H

#include <stdarg.h>

#include <flama/arena.h>

typedef struct flama_arena_block flama_arena_block;

struct flama_arena {
    flama_arena_block *blocks; /* newest first */
    char *cursor;              /* free part of the newest block, as far as the limit */
    char *end;                 /* lets it be used */
    char *last;   /* the latest allocation: what flama_arena_grow can extend */
    size_t used;  /* bytes of the older blocks, those left unused at their ends too */
    size_t limit; /* 0: none */
};

/* An arena inside the caller's struct; takes no memory yet. */
void flama_arena_init(flama_arena *arena, size_t limit);
void flama_arena_fini(flama_arena *arena);

/* Drops every allocation, keeps one ordinary block for the next round. */
void flama_arena_reset(flama_arena *arena);

/* vprintf into the arena; NULL without memory. */
char *flama_arena_vformat(flama_arena *arena, const char *format, va_list args);

#endif
