#include "engine/sklearn/counter.h"

#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "engine/sklearn/sparse.h"

static void add_term(flama_sk_loader *in, flama_map *vocabulary,
                     const flama_pickle *term, int64_t column, size_t count)
{
    if (term->kind != FLAMA_PICKLE_STRING || column < 0 || (size_t)column >= count) {
        flama_sk_damaged(in, "vocabulary_", "holds something that is no term");
        return;
    }
    char *kept = flama_arena_copy(in->arena, term->text.data, term->text.size);
    if (kept == NULL || flama_map_put(vocabulary, (flama_string){kept, term->text.size},
                                      (void *)((uintptr_t)column + 1), NULL) != 0)
        in->failed = flama_error__memory(in->err);
}

size_t flama_sk_vocabulary_read(flama_sk_loader *in, const flama_pickle *node,
                                flama_map *out)
{
    flama_map_init(out, in->arena);
    if (node == NULL || in->failed)
        return 0;
    bool dict = node->kind == FLAMA_PICKLE_DICT;
    bool list = node->kind == FLAMA_PICKLE_LIST || node->kind == FLAMA_PICKLE_TUPLE;
    size_t count = dict ? node->count / 2 : list ? node->count : 0;
    if (count == 0 || count > INT32_MAX) {
        flama_sk_damaged(in, "vocabulary_", "is no list of terms");
        return 0;
    }
    for (size_t i = 0; in->failed == 0 && i < count; i++) {
        int64_t column = (int64_t)i;
        if (dict && !flama_numpy_integer(node->items[2 * i + 1], &column))
            column = -1;
        add_term(in, out, node->items[dict ? 2 * i : i], column, count);
    }
    return count;
}

int flama_sk_counter_init(flama_sk_counter *c, flama_call *call, size_t rows)
{
    *c = (flama_sk_counter){.call = call};
    c->starts = flama_sk_alloc(call, rows + 1, sizeof *c->starts);
    if (c->starts == NULL)
        return FLAMA_EMEMORY;
    c->starts[0] = 0;
    return 0;
}

static flama_sk_count *find(const flama_sk_counter *c, uint32_t column)
{
    size_t mask = c->capacity - 1;
    size_t i = column * 0x9E3779B1u & mask;
    while (c->table[i].column != 0 && c->table[i].column != column)
        i = (i + 1) & mask;
    return &c->table[i];
}

static int grow(flama_sk_counter *c)
{
    flama_sk_counter bigger = *c;
    bigger.capacity = c->capacity ? 2 * c->capacity : 64;
    bigger.table = flama_sk_alloc(c->call, bigger.capacity, sizeof *bigger.table);
    if (bigger.table == NULL)
        return FLAMA_EMEMORY;
    memset(bigger.table, 0, bigger.capacity * sizeof *bigger.table);
    for (size_t i = 0; i < c->capacity; i++)
        if (c->table[i].column)
            *find(&bigger, c->table[i].column) = c->table[i];
    *c = bigger;
    return 0;
}

int flama_sk_counter_add(flama_sk_counter *c, size_t column, double value)
{
    if (2 * c->count >= c->capacity && grow(c) != 0)
        return FLAMA_EMEMORY;
    flama_sk_count *e = find(c, (uint32_t)column + 1);
    c->count += e->column == 0;
    e->column = (uint32_t)column + 1;
    e->value += value;
    return 0;
}

static uint32_t rotate(uint32_t x, int bits)
{
    return x << bits | x >> (32 - bits);
}

/* MurmurHash3, the 32-bit variant, seed 0 (A. Appleby, public domain). */
static uint32_t murmur(flama_string key)
{
    uint32_t h = 0, k = 0;
    size_t whole = key.size / 4 * 4;
    for (size_t i = 0; i < key.size; i++) {
        k |= (uint32_t)(unsigned char)key.data[i] << (8 * (i % 4));
        if (i % 4 == 3 || i + 1 == key.size) {
            h ^= rotate(k * 0xCC9E2D51u, 15) * 0x1B873593u;
            if (i < whole)
                h = rotate(h, 13) * 5 + 0xE6546B64u;
            k = 0;
        }
    }
    h ^= (uint32_t)key.size;
    h = (h ^ h >> 16) * 0x85EBCA6Bu;
    h = (h ^ h >> 13) * 0xC2B2AE35u;
    return h ^ h >> 16;
}

int flama_sk_counter_add_hashed(flama_sk_counter *c, flama_string term, size_t columns,
                                bool alternate, double value)
{
    int64_t h = (int32_t)murmur(term);
    return flama_sk_counter_add(c, (size_t)(h < 0 ? -h : h) % columns,
                                alternate && h < 0 ? -value : value);
}

static int reserve(flama_sk_counter *c, size_t more)
{
    flama_arena *arena = flama_call_arena(c->call);
    size_t needed = c->written + more, room = c->room ? c->room : 256;
    if (needed <= c->room && c->room > 0)
        return 0;
    while (room < needed)
        room *= 2;
    uint32_t *columns = flama_arena_grow(arena, c->columns, c->room * sizeof *columns,
                                         room * sizeof *columns);
    double *values = flama_arena_grow(arena, c->values, c->room * sizeof *values,
                                      room * sizeof *values);
    if (columns == NULL || values == NULL)
        return flama_fail(c->call, FLAMA_EMEMORY, "%s",
                          flama_error_text(FLAMA_EMEMORY));
    c->columns = columns;
    c->values = values;
    c->room = room;
    return 0;
}

/* A hashed term may have met its opposite: zeros are no entries. */
int flama_sk_counter_next(flama_sk_counter *c)
{
    int code = reserve(c, c->count);
    if (code)
        return code;
    for (size_t i = 0; i < c->capacity; i++) {
        if (c->table[i].column && c->table[i].value != 0) {
            c->columns[c->written] = c->table[i].column - 1;
            c->values[c->written++] = c->table[i].value;
        }
        c->table[i] = (flama_sk_count){0, 0};
    }
    c->count = 0;
    c->starts[++c->row] = c->written;
    return 0;
}

int flama_sk_counter_end(flama_sk_counter *c, size_t cols, flama_sk_matrix *out)
{
    flama_sk_sparse parts = {c->starts, c->columns, c->values};
    return flama_sk_sparse_set(c->call, c->row, cols, &parts, out);
}
