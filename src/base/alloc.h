/* The one place that calls malloc and free, so that a test can make the k-th allocation
 * fail. Any thread. */
#ifndef FLAMA_BASE_ALLOC_H
#define FLAMA_BASE_ALLOC_H

#include <flama/base.h>

/* As the C library's, through the allocator set by flama_set_allocator. */
void *flama_malloc(size_t size);
void *flama_calloc(size_t count, size_t size);
void *flama_realloc(void *memory, size_t size);
void flama_free(void *memory);

/* A NUL-terminated copy on the heap, or NULL. */
char *flama_strndup(const char *text, size_t size);

#endif
