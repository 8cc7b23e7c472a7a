/* Tar archives in memory: POSIX ustar and pax, and GNU's long names and large sizes.
 *
 * Only regular files belong into a model file: a link, a folder, a device or a sparse
 * file is refused. Names come as they stand; the caller checks them. */
#ifndef FLAMA_FLM_TAR_H
#define FLAMA_FLM_TAR_H

#include "base/buffer.h"

typedef struct flama_tar {
    flama_arena *arena; /* for names put together from parts */
    const uint8_t *data;
    size_t size;
    size_t at;     /* the next header */
    size_t number; /* of the member read last, from 1 */
} flama_tar;

typedef struct flama_tar_member {
    flama_string name;
    const uint8_t *data; /* borrowed from the archive */
    size_t size;
} flama_tar_member;

/* Reads the next member: 1, 0 at the end mark, or FLAMA_EFORMAT (what, and at which
 * offset), FLAMA_EMEMORY. */
int flama_tar_next(flama_tar *tar, flama_tar_member *out, flama_error *err);

/* Appends a regular file, or the end mark. Names that are long or not ASCII go into a
 * pax header. 0, FLAMA_ELIMIT or FLAMA_EMEMORY. */
int flama_tar_add(flama_buffer *out, flama_string name, const void *data, size_t size);
int flama_tar_end(flama_buffer *out);

#endif
