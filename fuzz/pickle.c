/* The pickle reader and the arrays in what it read: every name is allowed. */
#include <flama.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "flm/numpy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEMORY = 64 << 20, DEPTH = 20, VISITS = 2000 };

static const void *allow_all(const void *ctx, flama_string module, flama_string name)
{
    (void)module;
    (void)name;
    return ctx;
}

static void convert(flama_arena *arena, const flama_pickle *node)
{
    flama_numpy array;
    flama_string bytes;
    double number;
    int64_t integer;
    flama_numpy_number(node, &number);
    flama_numpy_integer(node, &integer);
    flama_pickle_bytes(arena, node, &bytes, NULL);
    if (!flama_numpy_is(node) || flama_numpy_read(arena, node, &array, NULL) != 0)
        return;
    void *out = flama_arena_calloc(arena, array.count, sizeof(flama_string));
    if (out == NULL)
        return;
    flama_numpy_doubles(&array, NULL, out, NULL);
    flama_numpy_integers(&array, NULL, out, NULL);
    flama_numpy_strings(arena, &array, out, NULL);
    for (size_t i = 0; i < array.field_count; i++)
        flama_numpy_doubles(&array, &array.fields[i], out, NULL);
}

static void visit(flama_arena *arena, const flama_pickle *node, int depth, int *left)
{
    if (node == NULL || depth == DEPTH || (*left)-- <= 0)
        return;
    convert(arena, node);
    if (node->kind == FLAMA_PICKLE_OBJECT) {
        visit(arena, node->object->args, depth + 1, left);
        visit(arena, node->object->state, depth + 1, left);
        visit(arena, node->object->items, depth + 1, left);
        visit(arena, node->object->entries, depth + 1, left);
        flama_pickle_attribute(node, "coef_", NULL);
    }
    if (node->kind >= FLAMA_PICKLE_LIST && node->kind <= FLAMA_PICKLE_SET)
        for (size_t i = 0; i < node->count; i++)
            visit(arena, node->items[i], depth + 1, left);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    flama_arena *arena = flama_arena_new(MEMORY);
    const flama_pickle *root;
    flama_error err = {0};
    int left = VISITS;
    if (flama_pickle_read(arena, data, size, allow_all, "any", &root, &err) == 0)
        visit(arena, root, 0, &left);
    else if (err.code == 0 || err.message[0] == '\0')
        abort();
    flama_arena_free(arena);
    return 0;
}
