/* A hash map from strings to pointers, for names that a stranger may choose: open
 * addressing, SipHash-1-3 (Aumasson and Bernstein 2012, the 1-3 variant) with a key
 * drawn once a process. Lives in an arena; grows, never shrinks. One thread at a time.
 */
#ifndef FLAMA_BASE_MAP_H
#define FLAMA_BASE_MAP_H

#include <flama/arena.h>

typedef struct flama_map_slot {
    flama_string key; /* data == NULL: free */
    void *value;
} flama_map_slot;

typedef struct flama_map {
    flama_arena *arena;
    flama_map_slot *slots;
    size_t capacity; /* 0 or a power of two */
    size_t count;
} flama_map;

void flama_map_init(flama_map *map, flama_arena *arena);

/* The value put under that key, or NULL. */
void *flama_map_get(const flama_map *map, flama_string key);

/* Puts value (not NULL) under key, which is not copied, unless something is there:
 * then *there is set to it (`there` may be NULL) and nothing changes. 0 or
 * FLAMA_EMEMORY. */
int flama_map_put(flama_map *map, flama_string key, void *value, void **there);

#endif
