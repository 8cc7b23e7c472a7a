#include "base/buffer.h"

#include <string.h>

#include "base/alloc.h"

enum { FIRST_CAPACITY = 256 };

void flama_buffer_init(flama_buffer *buffer, size_t maximum)
{
    *buffer = (flama_buffer){.maximum = maximum};
}

void flama_buffer_init_arena(flama_buffer *buffer, flama_arena *arena, size_t maximum)
{
    *buffer = (flama_buffer){.maximum = maximum, .arena = arena};
}

void flama_buffer_fini(flama_buffer *buffer)
{
    if (buffer->arena == NULL)
        flama_free(buffer->data);
    *buffer = (flama_buffer){.maximum = buffer->maximum, .arena = buffer->arena};
}

int flama_buffer_reserve(flama_buffer *buffer, size_t more)
{
    if (more <= buffer->capacity - buffer->size)
        return 0;
    if (more > buffer->maximum - buffer->size)
        return FLAMA_ELIMIT;
    size_t need = buffer->size + more;
    size_t capacity = buffer->capacity ? buffer->capacity : FIRST_CAPACITY;
    while (capacity < need)
        capacity = capacity > buffer->maximum / 2 ? buffer->maximum : capacity * 2;
    if (capacity > buffer->maximum)
        capacity = buffer->maximum;
    char *data = buffer->arena ? flama_arena_grow(buffer->arena, buffer->data,
                                                  buffer->size, capacity)
                               : flama_realloc(buffer->data, capacity);
    if (data == NULL)
        return FLAMA_EMEMORY;
    buffer->data = data;
    buffer->capacity = capacity;
    return 0;
}

int flama_buffer_append(flama_buffer *buffer, const void *data, size_t size)
{
    int rc = flama_buffer_reserve(buffer, size);
    if (rc == 0 && size) {
        memcpy(buffer->data + buffer->size, data, size);
        buffer->size += size;
    }
    return rc;
}
