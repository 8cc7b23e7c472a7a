/* HDF5 files in memory, as h5py writes them for Keras: groups of names and, at the
 * leaves, arrays of numbers that lie in one piece.
 *
 * Opening walks the whole file once: every group, every array's type, shape and place,
 * all within the file's bytes, nothing reached twice. Everything points into the file
 * and the arena. */
#ifndef FLAMA_FLM_HDF5_H
#define FLAMA_FLM_HDF5_H

#include "base/map.h"
#include <flama/error.h>

enum { FLAMA_HDF5_RANK = 8 };

typedef enum flama_hdf5_kind {
    FLAMA_HDF5_FLOAT,    /* IEEE, 2, 4 or 8 bytes, or bfloat16: 2 */
    FLAMA_HDF5_SIGNED,   /* 1, 2, 4 or 8 bytes; booleans too */
    FLAMA_HDF5_UNSIGNED, /* the same */
    FLAMA_HDF5_OTHER     /* no numbers: what reading it would refuse */
} flama_hdf5_kind;

/* An array: row-major, little-endian, `count` elements of `size` bytes at `data`, which
 * may stand anywhere, also unaligned. */
typedef struct flama_hdf5_array {
    flama_string path; /* "layers/dense/vars/0" */
    flama_hdf5_kind kind;
    bool brain; /* bfloat16 */
    unsigned size;
    unsigned rank;
    size_t shape[FLAMA_HDF5_RANK];
    size_t count;
    const uint8_t *data;
} flama_hdf5_array;

/* Opened by flama_hdf5_open; needs no closing. */
typedef struct flama_hdf5 {
    flama_map arrays;
} flama_hdf5;

/* Opens the file data[0..size), which must outlive *file. FLAMA_EFORMAT or
 * FLAMA_EUNSUPPORTED, with what is wrong and where, FLAMA_EMEMORY. */
int flama_hdf5_open(flama_arena *arena, const void *data, size_t size, flama_hdf5 *file,
                    flama_error *err);

/* The array at that path, or NULL. */
const flama_hdf5_array *flama_hdf5_find(const flama_hdf5 *file, flama_string path);

/* Its elements as numbers; `out` has room for count. FLAMA_EUNSUPPORTED when they are
 * none. */
int flama_hdf5_floats(const flama_hdf5_array *array, float *out, flama_error *err);
int flama_hdf5_integers(const flama_hdf5_array *array, int64_t *out, flama_error *err);

#endif
