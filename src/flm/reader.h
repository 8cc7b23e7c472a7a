/* What the containers' readers share: the package under construction.
 *
 * A reader takes the file's bytes apart, and hands each part to the functions here,
 * which check it and put it into the package. All return 0 or a code; a failure's
 * sentence begins with the file's name. One thread. */
#ifndef FLAMA_FLM_READER_H
#define FLAMA_FLM_READER_H

#include "base/map.h"
#include "flm/codec.h"
#include "flm/package.h"

/* Memory of the heap that goes with the package. */
typedef struct flama_package_blob {
    struct flama_package_blob *next;
    char *data;
} flama_package_blob;

typedef struct flama_package_reader {
    flama_package *package;
    flama_package_blob *blobs;
    const char *name; /* of the file, for messages; NULL: none */
    const uint8_t *data;
    size_t size;
    size_t budget; /* bytes that may still come out of decompression */
    flama_map names;
    flama_artifact *artifacts;
    size_t artifact_capacity;
    flama_error *err;
} flama_package_reader;

enum { FLAMA_PACKAGE_ARTIFACTS = 10000 };

/* Sets the error, after "NAME: ", and returns code. */
int flama_package__fail(flama_package_reader *reader, int code, const char *format, ...)
    FLAMA_PRINTF(3, 4);
int flama_package__fail_memory(flama_package_reader *reader);

/* Decompresses a part into memory of the package, at most `maximum` bytes and within
 * the budget. `part` names it: "section 'model'". */
int flama_package__expand(flama_package_reader *reader, flama_codec codec,
                          const char *part, const uint8_t *data, size_t size,
                          size_t maximum, flama_package_blob **out, size_t *out_size);

/* Frees one part again. */
void flama_package__drop(flama_package_reader *reader, flama_package_blob *blob);

/* The model's bytes: base64 of them, decoded in place, or the bytes themselves when
 * they begin as a pickle or a zip does. They belong to the package already. */
int flama_package__set_payload(flama_package_reader *reader, char *data, size_t size);

/* The meta's JSON, which is copied. */
enum { FLAMA_PACKAGE_META = 64 << 20 };
int flama_package__set_meta(flama_package_reader *reader, const char *text,
                            size_t size);

/* One more artifact; the name is copied, the data belong to the package. */
int flama_package__add_artifact(flama_package_reader *reader, flama_string name,
                                const uint8_t *data, size_t size);

/* The containers. reader->data is the whole file. */
int flama_package__read_v1(flama_package_reader *reader);
int flama_package__read_v2(flama_package_reader *reader);
int flama_package__read_tar(flama_package_reader *reader, flama_codec codec);

/* And back: `meta` is the JSON text of package->meta. */
int flama_package__write_v1(const flama_package *package, flama_codec codec,
                            flama_string meta, flama_buffer *out, flama_error *err);
int flama_package__write_v2(const flama_package *package, flama_codec codec,
                            flama_string meta, flama_buffer *out, flama_error *err);
int flama_package__write_tar(const flama_package *package, flama_codec codec,
                             flama_string meta, flama_buffer *out, flama_error *err);

/* The codec behind a protocol's number. False when there is none. */
bool flama_package__codec(uint32_t number, flama_codec *out);

#endif
