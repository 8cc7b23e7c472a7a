/* HDF5 files: the whole walk, then every array's numbers. */
#include "flm/hdf5.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_numbers(const flama_hdf5_array *array)
{
    flama_arena *arena = flama_arena_new(1 << 22);
    int64_t *integers = flama_arena_calloc(arena, array->count, sizeof *integers);
    float *floats = flama_arena_calloc(arena, array->count, sizeof *floats);
    if (integers && floats) {
        flama_hdf5_integers(array, integers, NULL);
        flama_hdf5_floats(array, floats, NULL);
    }
    flama_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    flama_arena *arena = flama_arena_new(1 << 22);
    flama_hdf5 file;
    flama_error err = {0};
    int rc = flama_hdf5_open(arena, data, size, &file, &err);
    for (size_t i = 0; rc == 0 && i < file.arrays.capacity; i++)
        if (file.arrays.slots[i].key.data)
            read_numbers(file.arrays.slots[i].value);
    if (rc != 0 && err.message[0] == '\0')
        __builtin_trap();
    flama_arena_free(arena);
    return 0;
}
