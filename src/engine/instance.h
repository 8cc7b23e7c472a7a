/* How the built-in engines keep a loaded model: a struct whose first member is an arena
 * that everything else of it lives in. */
#ifndef FLAMA_ENGINE_INSTANCE_H
#define FLAMA_ENGINE_INSTANCE_H

#include <flama/sys/engine.h>

#include "base/arena.h"

typedef struct flama_engine_instance {
    size_t size;     /* of the struct, which is zeroed */
    size_t base;     /* bytes of memory that a model may take */
    size_t per_byte; /* and more for each byte of its payload */

    /* Fills the struct. scratch, with the same limit, goes when it returns. */
    int (*read)(void *instance, const flama_engine_file *file, flama_arena *scratch,
                flama_error *err);
} flama_engine_instance;

/* What an engine's load does. FLAMA_ELIMIT, FLAMA_EMEMORY, or what read returns. */
int flama_engine__load(const flama_engine_instance *type, const flama_engine_file *file,
                       void **out, flama_error *err);

/* What an engine's free does. NULL is fine. */
void flama_engine__free(void *instance);

#endif
