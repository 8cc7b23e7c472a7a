#include "base/arena.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
enum { REDZONE = 16 }; /* so that running past an allocation is seen */
#else
#define ASAN_POISON_MEMORY_REGION(memory, size) ((void)(memory), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(memory, size) ((void)(memory), (void)(size))
enum { REDZONE = 0 };
#endif

enum { ALIGNMENT = 16, BLOCK_SIZE = 16384 };

struct flama_arena_block {
    flama_arena_block *next;
    size_t size; /* of data */
    _Alignas(ALIGNMENT) char data[];
};

void flama_arena_init(flama_arena *arena, size_t limit)
{
    *arena = (flama_arena){.limit = limit};
}

static void free_blocks(flama_arena_block *block)
{
    while (block) {
        flama_arena_block *next = block->next;
        ASAN_UNPOISON_MEMORY_REGION(block->data, block->size);
        flama_free(block);
        block = next;
    }
}

void flama_arena_fini(flama_arena *arena)
{
    free_blocks(arena->blocks);
    *arena = (flama_arena){.limit = arena->limit};
}

flama_arena *flama_arena_new(size_t limit)
{
    flama_arena *arena = flama_malloc(sizeof *arena);
    if (arena)
        flama_arena_init(arena, limit);
    return arena;
}

void flama_arena_free(flama_arena *arena)
{
    if (arena == NULL)
        return;
    flama_arena_fini(arena);
    flama_free(arena);
}

static void use_block(flama_arena *arena, flama_arena_block *block)
{
    size_t size = block->size;
    if (arena->limit && arena->limit - arena->used < size)
        size = arena->limit - arena->used;
    arena->blocks = block;
    arena->cursor = block->data;
    arena->end = block->data + size;
    arena->last = NULL;
    ASAN_POISON_MEMORY_REGION(block->data, block->size);
}

void flama_arena_reset(flama_arena *arena)
{
    flama_arena_block *kept = NULL;
    for (flama_arena_block *b = arena->blocks, *next; b; b = next) {
        next = b->next;
        if (kept == NULL && b->size == BLOCK_SIZE) {
            kept = b;
            kept->next = NULL;
        } else {
            b->next = NULL;
            free_blocks(b);
        }
    }
    *arena = (flama_arena){.limit = arena->limit};
    if (kept)
        use_block(arena, kept);
}

/* A new block with room for `need` bytes, within the limit; the newest is then full. */
static bool add_block(flama_arena *arena, size_t need)
{
    size_t used = arena->used;
    if (arena->blocks)
        used += (size_t)(arena->cursor - arena->blocks->data);
    if (arena->limit && need > arena->limit - used)
        return false;
    size_t size = need > BLOCK_SIZE / 2 ? need : BLOCK_SIZE;
    if (size > SIZE_MAX - sizeof(flama_arena_block))
        return false;
    flama_arena_block *block = flama_malloc(sizeof *block + size);
    if (block == NULL)
        return false;
    arena->used = used;
    block->size = size;
    block->next = arena->blocks;
    use_block(arena, block);
    return true;
}

static inline size_t rounded(size_t size)
{
    return (size + REDZONE + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

/* `need` bytes of the newest block, which has room for them. */
static inline void *take(flama_arena *arena, size_t need, size_t size)
{
    char *memory = arena->cursor;
    arena->cursor += need;
    arena->last = memory;
    ASAN_UNPOISON_MEMORY_REGION(memory, size);
    return memory;
}

/* Apart from the usual way, which so keeps everything in registers. */
static __attribute__((noinline)) void *alloc_in_new_block(flama_arena *arena,
                                                          size_t size)
{
    size_t need = rounded(size);
    return size <= SIZE_MAX / 2 && add_block(arena, need) ? take(arena, need, size)
                                                          : NULL;
}

void *flama_arena_alloc(flama_arena *arena, size_t size)
{
    size_t need = rounded(size);
    /* At the very end even nothing needs a new block: it has a place too. */
    if ((size_t)(arena->end - arena->cursor) <= need || need < size)
        return alloc_in_new_block(arena, size);
    return take(arena, need, size);
}

void *flama_arena_calloc(flama_arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    void *memory = flama_arena_alloc(arena, bytes);
    return memory ? memset(memory, 0, bytes) : NULL;
}

void *flama_arena_grow(flama_arena *arena, void *memory, size_t old_size,
                       size_t new_size)
{
    if (memory && memory == arena->last && new_size >= old_size &&
        new_size <= SIZE_MAX / 2) {
        size_t need = rounded(new_size);
        size_t have = (size_t)(arena->cursor - arena->last);
        size_t more = need > have ? need - have : 0;
        if (more <= (size_t)(arena->end - arena->cursor)) {
            arena->cursor += more;
            ASAN_UNPOISON_MEMORY_REGION(memory, new_size);
            return memory;
        }
    }
    void *bigger = flama_arena_alloc(arena, new_size);
    if (bigger && old_size)
        memcpy(bigger, memory, old_size < new_size ? old_size : new_size);
    return bigger;
}

char *flama_arena_copy(flama_arena *arena, const void *data, size_t size)
{
    char *copy = size < SIZE_MAX ? flama_arena_alloc(arena, size + 1) : NULL;
    if (copy == NULL)
        return NULL;
    if (size)
        memcpy(copy, data, size);
    copy[size] = '\0';
    return copy;
}

char *flama_arena_vformat(flama_arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = length < 0 ? NULL : flama_arena_alloc(arena, (size_t)length + 1);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, args);
    return text;
}

char *flama_arena_format(flama_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = flama_arena_vformat(arena, format, args);
    va_end(args);
    return text;
}
