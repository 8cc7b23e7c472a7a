/* Arenas: memory that goes all at once.
 *
 * Everything that is born in a request lives in the request's arena and goes with it.
 * An arena belongs to one thread at a time; its limit bounds what one request (or one
 * document) may take. */
#ifndef FLAMA_ARENA_H
#define FLAMA_ARENA_H

#include <flama/base.h>

FLAMA_BEGIN_DECLS

typedef struct flama_arena flama_arena;

/* A new arena that hands out at most `limit` bytes (0: no limit); NULL without memory.
 * flama_arena_free takes NULL. */
FLAMA_API flama_arena *flama_arena_new(size_t limit);
FLAMA_API void flama_arena_free(flama_arena *arena);

/* `size` bytes aligned to 16, uninitialized; NULL when memory or the limit is at its
 * end. Size 0 gives a valid pointer. */
FLAMA_API void *flama_arena_alloc(flama_arena *arena, size_t size);

/* count * size bytes set to zero, the product checked. */
FLAMA_API void *flama_arena_calloc(flama_arena *arena, size_t count, size_t size);

/* Makes the allocation at `memory` new_size bytes long, in place when it was the last
 * one, else by copying old_size bytes; `memory` may be NULL. NULL leaves it as it was.
 */
FLAMA_API void *flama_arena_grow(flama_arena *arena, void *memory, size_t old_size,
                                 size_t new_size);

/* A NUL-terminated copy. */
FLAMA_API char *flama_arena_copy(flama_arena *arena, const void *data, size_t size);

/* printf into the arena. */
FLAMA_API char *flama_arena_format(flama_arena *arena, const char *format, ...)
    FLAMA_PRINTF(2, 3);

FLAMA_END_DECLS

#endif
