/* Model files as packages: their parts, read and written without running anything.
 *
 * A package is a .flm file with its container opened and its parts decompressed in
 * memory. It belongs to whoever opened it; any thread may read one. */
#ifndef FLAMA_SYS_PACKAGE_H
#define FLAMA_SYS_PACKAGE_H

#include <flama/value.h>

FLAMA_BEGIN_DECLS

typedef enum flama_container {
    FLAMA_CONTAINER_TAR, /* Flama 1.x: a compressed tar */
    FLAMA_CONTAINER_V1,  /* protocol 1 */
    FLAMA_CONTAINER_V2   /* protocol 2 */
} flama_container;

typedef enum flama_compression {
    FLAMA_COMPRESSION_BZ2 = 1,
    FLAMA_COMPRESSION_LZMA = 2, /* xz around a tar */
    FLAMA_COMPRESSION_ZLIB = 3, /* gzip around a tar */
    FLAMA_COMPRESSION_ZSTD = 4  /* not around a tar */
} flama_compression;

typedef enum flama_payload {
    FLAMA_PAYLOAD_FILE,  /* one file: a pickle, a zip */
    FLAMA_PAYLOAD_FOLDER /* a tar of a folder, as the language models have it */
} flama_payload;

typedef struct flama_artifact {
    flama_string name; /* a relative path that can't leave its folder */
    const uint8_t *data;
    size_t size;
} flama_artifact;

/* All parts live until the package is freed; what else its user makes from them may
 * live in the arena. Immutable once open. To save one, fill in what flama_package_save
 * names. */
typedef struct flama_package {
    size_t size; /* sizeof(flama_package) */
    flama_arena *arena;
    flama_container container;
    flama_value meta;     /* an object */
    flama_value manifest; /* an array of strings: the artifacts' names, in file order */
    flama_string framework; /* "sklearn", "torch", "tensorflow"; from meta */
    flama_string version;   /* of the framework, "" when meta has none */
    flama_payload payload_kind;
    const uint8_t *payload;
    size_t payload_size;
    const flama_artifact *artifacts;
    size_t artifact_count;
} flama_package;

/* Bounds; 0 means the default. */
typedef struct flama_package_limits {
    size_t size;     /* sizeof(flama_package_limits) */
    size_t file;     /* bytes of the file; default 8 GiB */
    size_t expanded; /* bytes after decompression, all parts together; default 16 GiB */
} flama_package_limits;

/* Reads the file at path, or data[0..size), which is not kept. limits may be NULL. *out
 * is freed by flama_package_free. FLAMA_EIO, FLAMA_EFORMAT (what is wrong, and where),
 * FLAMA_ELIMIT, FLAMA_EMEMORY. */
FLAMA_API int flama_package_open(flama_package **out, const char *path,
                                 const flama_package_limits *limits, flama_error *err);
FLAMA_API int flama_package_read(flama_package **out, const void *data, size_t size,
                                 const flama_package_limits *limits, flama_error *err);
FLAMA_API void flama_package_free(flama_package *package); /* NULL is fine */

/* Writes a file with the package's container, meta, payload kind, payload and artifacts
 * (its other members may be unset) to path, where a file is replaced at once or not
 * touched on failure; or to *out, in the arena. FLAMA_EARGUMENT when the reader would
 * refuse the result, FLAMA_ENONFINITE, FLAMA_ELIMIT, FLAMA_EIO, FLAMA_EMEMORY. */
FLAMA_API int flama_package_save(const flama_package *package,
                                 flama_compression compression, const char *path,
                                 flama_error *err);
FLAMA_API int flama_package_encode(const flama_package *package,
                                   flama_compression compression, flama_arena *arena,
                                   flama_string *out, flama_error *err);

FLAMA_END_DECLS

#endif
