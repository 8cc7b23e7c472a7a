/* Zip archives in memory, as torch and Keras write their models: stored and deflated
 * members, zip64.
 *
 * Opening checks the whole directory: sizes, names, no two members with one name or
 * with bytes in common, nothing encrypted, one disk. A member's data are checked
 * against its CRC when they are fetched. Everything points into the archive's bytes and
 * the arena. */
#ifndef FLAMA_FLM_ZIP_H
#define FLAMA_FLM_ZIP_H

#include "base/map.h"
#include <flama/error.h>

typedef struct flama_zip_entry {
    flama_string name; /* a relative path that can't leave its folder */
    size_t at;         /* of the data in the archive */
    size_t packed;     /* bytes there */
    size_t size;       /* bytes when unpacked */
    uint32_t crc;
    bool deflated;
    size_t header; /* of the local header in the archive */
} flama_zip_entry;

/* Opened by flama_zip_open; needs no closing. Entries stand as in the directory,
 * without the folders. */
typedef struct flama_zip {
    flama_arena *arena;
    const uint8_t *data;
    size_t size;
    flama_zip_entry *entries;
    size_t count;
    flama_map names;
} flama_zip;

/* Opens the archive data[0..size), which must outlive *zip. FLAMA_EFORMAT or
 * FLAMA_EUNSUPPORTED, with what is wrong and where, FLAMA_ELIMIT, FLAMA_EMEMORY. */
int flama_zip_open(flama_arena *arena, const void *data, size_t size, flama_zip *zip,
                   flama_error *err);

/* The entry of that name, or NULL. */
const flama_zip_entry *flama_zip_find(const flama_zip *zip, flama_string name);

/* The entry's data: borrowed from the archive when stored, else unpacked into the
 * arena, anew at each call. entry->size tells how many. FLAMA_EFORMAT, FLAMA_EMEMORY.
 */
int flama_zip_get(const flama_zip *zip, const flama_zip_entry *entry,
                  const uint8_t **out, flama_error *err);

#endif
