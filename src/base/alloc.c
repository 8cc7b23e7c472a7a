#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

static void *libc_allocate(void *ctx, size_t size)
{
    (void)ctx;
    return malloc(size);
}

static void *libc_reallocate(void *ctx, void *memory, size_t size)
{
    (void)ctx;
    return realloc(memory, size);
}

static void libc_release(void *ctx, void *memory)
{
    (void)ctx;
    free(memory);
}

static const flama_allocator libc_allocator = {
    sizeof(flama_allocator), NULL, libc_allocate, libc_reallocate, libc_release};
static flama_allocator current = {sizeof(flama_allocator), NULL, libc_allocate,
                                  libc_reallocate, libc_release};

void flama_set_allocator(const flama_allocator *allocator)
{
    current = allocator ? *allocator : libc_allocator;
}

void *flama_malloc(size_t size)
{
    return current.allocate(current.ctx, size ? size : 1);
}

void *flama_calloc(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    void *memory = flama_malloc(bytes);
    return memory ? memset(memory, 0, bytes) : NULL;
}

void *flama_realloc(void *memory, size_t size)
{
    return current.reallocate(current.ctx, memory, size ? size : 1);
}

void flama_free(void *memory)
{
    if (memory)
        current.release(current.ctx, memory);
}

char *flama_strndup(const char *text, size_t size)
{
    char *copy = flama_malloc(size + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}
