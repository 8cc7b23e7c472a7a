/* Zip archives: the directory, then every member. */
#include "flm/zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    flama_arena *arena = flama_arena_new(1 << 22);
    flama_zip zip;
    flama_error err = {0};
    int rc = flama_zip_open(arena, data, size, &zip, &err);
    for (size_t i = 0; rc == 0 && i < zip.count; i++) {
        const flama_zip_entry *entry = &zip.entries[i];
        const uint8_t *out;
        if (flama_zip_find(&zip, entry->name) != entry)
            __builtin_trap();
        flama_zip_get(&zip, entry, &out, NULL);
    }
    if (rc != 0 && err.message[0] == '\0')
        __builtin_trap();
    flama_arena_free(arena);
    return 0;
}
