/* Any bytes as YAML: no crash, no leak, and what decodes is well-formed. */
#include <stdint.h>
#include <stdlib.h>

#include "schema/yaml.h"

static void walk(const flama_value *v, unsigned depth)
{
    if (depth > FLAMA_YAML_DEPTH)
        abort();
    if (v->kind == FLAMA_KIND_ARRAY)
        for (size_t i = 0; i < v->array.count; i++)
            walk(&v->array.items[i], depth + 1);
    if (v->kind == FLAMA_KIND_OBJECT)
        for (size_t i = 0; i < v->object.count; i++)
            walk(&v->object.members[i].value, depth + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    flama_arena *arena = flama_arena_new(1 << 22);
    flama_error err = {0};
    flama_value value;
    if (flama_yaml_decode(arena, (const char *)data, size, &value, &err) == 0)
        walk(&value, 0);
    else if (err.code == 0 || err.message[0] == '\0')
        abort();
    flama_arena_free(arena);
    return 0;
}
