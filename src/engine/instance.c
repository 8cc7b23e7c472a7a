#include "engine/instance.h"

#include "base/alloc.h"
#include "base/error.h"

int flama_engine__load(const flama_engine_instance *type, const flama_engine_file *file,
                       void **out, flama_error *err)
{
    size_t limit;
    if (__builtin_mul_overflow(file->payload_size, type->per_byte, &limit) ||
        __builtin_add_overflow(limit, type->base, &limit))
        return flama_error_set(err, FLAMA_ELIMIT, "the model is too large");
    flama_arena *arena = flama_calloc(1, type->size);
    if (arena == NULL)
        return flama_error__memory(err);
    flama_arena scratch;
    flama_arena_init(arena, limit);
    flama_arena_init(&scratch, limit);
    int code = type->read(arena, file, &scratch, err);
    flama_arena_fini(&scratch);
    if (code)
        flama_engine__free(arena);
    else
        *out = arena;
    return code;
}

void flama_engine__free(void *instance)
{
    flama_arena *arena = instance;
    if (arena == NULL)
        return;
    flama_arena_fini(arena);
    flama_free(arena);
}
