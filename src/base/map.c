#include "base/map.h"

#include <pthread.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include <flama/error.h>

static uint64_t seed[2];
static pthread_once_t seed_once = PTHREAD_ONCE_INIT;

static void draw_seed(void)
{
    if (getrandom(seed, sizeof seed, 0) == sizeof seed)
        return;
    struct timespec t; /* a kernel without getrandom: weaker, but still a key */
    clock_gettime(CLOCK_REALTIME, &t);
    seed[0] = (uint64_t)t.tv_nsec * 0x9E3779B97F4A7C15u;
    seed[1] = (uint64_t)(uintptr_t)&t ^ (uint64_t)t.tv_sec;
}

static uint64_t rotate(uint64_t x, int bits)
{
    return (x << bits) | (x >> (64 - bits));
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1], v[1] = rotate(v[1], 13) ^ v[0], v[0] = rotate(v[0], 32);
    v[2] += v[3], v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3], v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1], v[1] = rotate(v[1], 17) ^ v[2], v[2] = rotate(v[2], 32);
}

static uint64_t hash(flama_string key)
{
    uint64_t v[4] = {seed[0] ^ 0x736f6d6570736575u, seed[1] ^ 0x646f72616e646f6du,
                     seed[0] ^ 0x6c7967656e657261u, seed[1] ^ 0x7465646279746573u};
    uint64_t word = 0;
    size_t i = 0;
    for (; i + 8 <= key.size; i += 8) {
        memcpy(&word, key.data + i, 8);
        v[3] ^= word, sip_round(v), v[0] ^= word;
    }
    word = (uint64_t)key.size << 56;
    for (size_t k = 0; i + k < key.size; k++)
        word |= (uint64_t)(unsigned char)key.data[i + k] << (8 * k);
    v[3] ^= word, sip_round(v), v[0] ^= word;
    v[2] ^= 0xFF;
    for (int round = 0; round < 3; round++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void flama_map_init(flama_map *map, flama_arena *arena)
{
    pthread_once(&seed_once, draw_seed);
    *map = (flama_map){.arena = arena};
}

/* The slot that holds key, or the free one where it would go. */
static flama_map_slot *find(const flama_map *map, flama_string key)
{
    size_t mask = map->capacity - 1;
    for (size_t i = (size_t)hash(key) & mask;; i = (i + 1) & mask) {
        flama_map_slot *slot = &map->slots[i];
        if (slot->key.data == NULL ||
            (slot->key.size == key.size &&
             (key.size == 0 || memcmp(slot->key.data, key.data, key.size) == 0)))
            return slot;
    }
}

void *flama_map_get(const flama_map *map, flama_string key)
{
    return map->capacity ? find(map, key)->value : NULL;
}

static int grow(flama_map *map)
{
    flama_map bigger = {.arena = map->arena,
                        .capacity = map->capacity ? map->capacity * 2 : 16,
                        .count = map->count};
    bigger.slots =
        flama_arena_calloc(map->arena, bigger.capacity, sizeof *bigger.slots);
    if (bigger.slots == NULL)
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < map->capacity; i++)
        if (map->slots[i].key.data)
            *find(&bigger, map->slots[i].key) = map->slots[i];
    *map = bigger;
    return 0;
}

int flama_map_put(flama_map *map, flama_string key, void *value, void **there)
{
    if (there)
        *there = NULL;
    if (map->count >= map->capacity / 2 && grow(map) != 0)
        return FLAMA_EMEMORY;
    if (key.data == NULL)
        key.data = "";
    flama_map_slot *slot = find(map, key);
    if (slot->key.data) {
        if (there)
            *there = slot->value;
        return 0;
    }
    *slot = (flama_map_slot){key, value};
    map->count++;
    return 0;
}
