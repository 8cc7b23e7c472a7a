/* Any bytes as the rule that a compiler writes: it ends, and names hold no separator
 * that was not escaped. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "app/source/depend.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    flama_arena *arena = flama_arena_new(1 << 22);
    flama_string rule = {(const char *)data, size};
    flama_string text = flama_depend_start(rule);
    size_t before = text.size;
    const char *name;
    while ((name = flama_depend_next(arena, &text)) != NULL) {
        size_t length = strlen(name);
        if (text.size >= before || length > before - text.size)
            abort();
        if (strpbrk(name, "\t\n"))
            abort();
        before = text.size;
    }
    flama_arena_free(arena);
    return 0;
}
