/* A growable run of bytes with a maximum: on the heap, or in an arena. */
#ifndef FLAMA_BASE_BUFFER_H
#define FLAMA_BASE_BUFFER_H

#include <flama/arena.h>
#include <flama/error.h>

typedef struct flama_buffer {
    char *data;
    size_t size;
    size_t capacity;
    size_t maximum;
    flama_arena *arena; /* NULL: the heap, freed by flama_buffer_fini */
} flama_buffer;

/* An empty buffer that never grows over `maximum` bytes. */
void flama_buffer_init(flama_buffer *buffer, size_t maximum);
void flama_buffer_init_arena(flama_buffer *buffer, flama_arena *arena, size_t maximum);
void flama_buffer_fini(flama_buffer *buffer);

/* Makes room for `more` bytes after size. 0, FLAMA_ELIMIT or FLAMA_EMEMORY, and then
 * nothing has changed. */
int flama_buffer_reserve(flama_buffer *buffer, size_t more);

/* Appends; the same codes. */
int flama_buffer_append(flama_buffer *buffer, const void *data, size_t size);

#endif
