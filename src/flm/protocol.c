/* Containers of protocol 1 and 2; their bytes are described in package.c. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "flm/base64.h"
#include "flm/reader.h"
#include "json/utf8.h"

enum {
    START = 16, /* version, compression, size of the rest */
    V1_HEADER = START + 28,
    V2_HEADER = START + 24,
    ARTIFACT_HEADER = 12,
    DEFAULT = 0, /* a section's codec: the file's */
    STORED = 255
};

typedef struct section {
    const char *name;
    size_t at;
    size_t size;
    flama_codec codec;
} section;

static uint32_t read_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t read_u64(const uint8_t *p)
{
    return (uint64_t)read_u32(p) << 32 | read_u32(p + 4);
}

bool flama_package__codec(uint32_t number, flama_codec *out)
{
    switch (number) {
    case FLAMA_COMPRESSION_BZ2:
        *out = FLAMA_CODEC_BZ2;
        return true;
    case FLAMA_COMPRESSION_LZMA:
        *out = FLAMA_CODEC_LZMA;
        return true;
    case FLAMA_COMPRESSION_ZLIB:
        *out = FLAMA_CODEC_ZLIB;
        return true;
    case FLAMA_COMPRESSION_ZSTD:
        *out = FLAMA_CODEC_ZSTD;
        return true;
    default:
        return false;
    }
}

/* The first 16 bytes, and that the rest is as long as they say. */
static int read_start(flama_package_reader *reader, size_t header_size,
                      flama_codec *codec)
{
    if (reader->size < header_size)
        return flama_package__fail(reader, FLAMA_EFORMAT,
                                   "the header takes %zu bytes, but there are only %zu",
                                   header_size, reader->size);
    uint32_t number = read_u32(reader->data + 4);
    uint64_t rest = read_u64(reader->data + 8);
    if (!flama_package__codec(number, codec))
        return flama_package__fail(reader, FLAMA_EFORMAT,
                                   "unknown compression %u at byte 4",
                                   (unsigned)number);
    if (rest != reader->size - START)
        return flama_package__fail(
            reader, FLAMA_EFORMAT,
            "the header says that %llu bytes follow byte 16, but %zu do",
            (unsigned long long)rest, reader->size - START);
    return 0;
}

/* Lays the sections one after another; they must fill the file. */
static int place_sections(flama_package_reader *reader, size_t at, section *sections,
                          const uint64_t *sizes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t left = reader->size - at;
        if (sizes[i] > left)
            return flama_package__fail(
                reader, FLAMA_EFORMAT,
                "section '%s' says %llu bytes at byte %zu, but only %zu are left",
                sections[i].name, (unsigned long long)sizes[i], at, left);
        sections[i].at = at;
        sections[i].size = (size_t)sizes[i];
        at += sections[i].size;
    }
    if (at != reader->size)
        return flama_package__fail(
            reader, FLAMA_EFORMAT,
            "the sections end at byte %zu, but the file has %zu bytes", at,
            reader->size);
    return 0;
}

/* The first byte of a section of protocol 2. */
static int take_codec(flama_package_reader *reader, section *s)
{
    if (s->size == 0)
        return flama_package__fail(reader, FLAMA_EFORMAT,
                                   "section '%s' at byte %zu is empty", s->name, s->at);
    uint8_t number = reader->data[s->at];
    if (number == STORED)
        s->codec = FLAMA_CODEC_STORED;
    else if (number != DEFAULT && !flama_package__codec(number, &s->codec))
        return flama_package__fail(reader, FLAMA_EFORMAT,
                                   "section '%s' has the unknown compression %u at "
                                   "byte %zu",
                                   s->name, number, s->at);
    s->at++;
    s->size--;
    return 0;
}

static int expand_section(flama_package_reader *reader, const section *s,
                          size_t maximum, flama_package_blob **blob, size_t *size)
{
    char part[64];
    snprintf(part, sizeof part, "section '%s' at byte %zu", s->name, s->at);
    return flama_package__expand(reader, s->codec, part, reader->data + s->at, s->size,
                                 maximum, blob, size);
}

static int read_meta(flama_package_reader *reader, const section *s)
{
    flama_package_blob *blob;
    size_t size;
    int rc = expand_section(reader, s, FLAMA_PACKAGE_META, &blob, &size);
    if (rc != 0)
        return rc;
    rc = flama_package__set_meta(reader, blob->data, size);
    flama_package__drop(reader, blob);
    return rc;
}

/* Base64 was longer than what it is of; the rest goes back. */
static void cut_payload(flama_package *package, flama_package_blob *blob)
{
    char *data = flama_realloc(blob->data, package->payload_size);
    blob->data = data ? data : blob->data;
    package->payload = (const uint8_t *)blob->data;
}

static int read_model(flama_package_reader *reader, const section *s)
{
    flama_package_blob *blob;
    size_t size;
    int rc = expand_section(reader, s, SIZE_MAX, &blob, &size);
    if (rc == 0 && reader->package->payload_kind == FLAMA_PAYLOAD_FOLDER) {
        reader->package->payload = (const uint8_t *)blob->data;
        reader->package->payload_size = size;
    } else if (rc == 0) {
        rc = flama_package__set_payload(reader, blob->data, size);
        if (rc == 0)
            cut_payload(reader->package, blob);
    }
    return rc;
}

/* One artifact as its section frames it. */
typedef struct frame {
    flama_string name;
    const uint8_t *data;
    size_t size;
} frame;

/* The length of `count` characters of UTF-8; over `left` when there are fewer. */
static uint64_t measure(const char *text, uint64_t count, size_t left)
{
    const char *p = text, *end = text + left;
    for (; count; count--) {
        size_t length = p < end ? flama_utf8__length(p, end) : 0;
        if (length == 0)
            return UINT64_MAX;
        p += length;
    }
    return (uint64_t)(p - text);
}

/* The frame at *at, which moves behind it; false when it goes beyond end. */
static bool take_frame(const uint8_t *data, size_t *at, size_t end, bool characters,
                       frame *out)
{
    size_t left = end - *at;
    if (left < ARTIFACT_HEADER)
        return false;
    const uint8_t *header = data + *at;
    const char *name = (const char *)header + ARTIFACT_HEADER;
    uint64_t name_size = read_u32(header), size = read_u64(header + 4);
    left -= ARTIFACT_HEADER;
    if (characters)
        name_size = measure(name, name_size, left);
    if (name_size > left || size > left - name_size)
        return false;
    *out = (frame){.name = {name, (size_t)name_size},
                   .data = (const uint8_t *)name + name_size,
                   .size = (size_t)size};
    *at += ARTIFACT_HEADER + (size_t)name_size + (size_t)size;
    return true;
}

static bool frames_fit(const uint8_t *data, const section *s, uint32_t count,
                       bool characters)
{
    size_t at = s->at, end = s->at + s->size;
    frame f;
    for (uint32_t i = 0; i < count; i++)
        if (!take_frame(data, &at, end, characters, &f))
            return false;
    return at == end;
}

static int expand_artifact(flama_package_reader *reader, flama_codec codec,
                           const frame *f)
{
    char part[64];
    snprintf(part, sizeof part, "artifact %zu at byte %zu",
             reader->package->artifact_count + 1, (size_t)(f->data - reader->data));
    flama_package_blob *blob;
    size_t size;
    int rc = flama_package__expand(reader, codec, part, f->data, f->size, SIZE_MAX,
                                   &blob, &size);
    return rc ? rc
              : flama_package__add_artifact(reader, f->name,
                                            (const uint8_t *)blob->data, size);
}

static int read_artifacts(flama_package_reader *reader, const section *s,
                          uint32_t count)
{
    if (count > s->size / ARTIFACT_HEADER)
        return flama_package__fail(
            reader, FLAMA_EFORMAT,
            "%u artifacts don't fit into the %zu bytes at byte %zu", (unsigned)count,
            s->size, s->at);
    bool characters = !frames_fit(reader->data, s, count, false) &&
                      frames_fit(reader->data, s, count, true);
    size_t at = s->at, end = s->at + s->size;
    for (uint32_t i = 0; i < count; i++) {
        frame f;
        if (!take_frame(reader->data, &at, end, characters, &f))
            return flama_package__fail(
                reader, FLAMA_EFORMAT,
                "artifact %u at byte %zu doesn't fit into its section, which ends at "
                "byte %zu",
                (unsigned)i + 1, at, end);
        int rc = expand_artifact(reader, s->codec, &f);
        if (rc != 0)
            return rc;
    }
    if (at != end)
        return flama_package__fail(
            reader, FLAMA_EFORMAT,
            "the artifacts end at byte %zu, but their section at byte %zu", at, end);
    return 0;
}

int flama_package__read_v1(flama_package_reader *reader)
{
    section s[] = {{.name = "meta"}, {.name = "model"}, {.name = "artifacts"}};
    flama_codec codec;
    int rc = read_start(reader, V1_HEADER, &codec);
    if (rc != 0)
        return rc;
    const uint8_t *sizes = reader->data + START;
    rc = place_sections(
        reader, V1_HEADER, s,
        (uint64_t[]){read_u64(sizes), read_u64(sizes + 8), read_u64(sizes + 20)}, 3);
    s[0].codec = s[1].codec = s[2].codec = codec;
    if (rc == 0)
        rc = read_meta(reader, &s[0]);
    if (rc == 0)
        rc = read_model(reader, &s[1]);
    return rc ? rc : read_artifacts(reader, &s[2], read_u32(sizes + 16));
}

static int read_v2_artifacts(flama_package_reader *reader, section *s)
{
    int rc = take_codec(reader, s);
    if (rc != 0)
        return rc;
    if (s->size < 4)
        return flama_package__fail(reader, FLAMA_EFORMAT,
                                   "section 'artifacts' at byte %zu has no count",
                                   s->at);
    uint32_t count = read_u32(reader->data + s->at);
    s->at += 4;
    s->size -= 4;
    return read_artifacts(reader, s, count);
}

static int read_v2_model(flama_package_reader *reader, section *s)
{
    int rc = take_codec(reader, s);
    if (rc != 0)
        return rc;
    uint8_t kind = s->size ? reader->data[s->at] : UINT8_MAX;
    if (kind != FLAMA_PAYLOAD_FILE && kind != FLAMA_PAYLOAD_FOLDER)
        return flama_package__fail(reader, FLAMA_EFORMAT,
                                   "section 'model' has no known kind at byte %zu",
                                   s->at);
    reader->package->payload_kind = kind;
    s->at++;
    s->size--;
    return read_model(reader, s);
}

int flama_package__read_v2(flama_package_reader *reader)
{
    section s[] = {{.name = "meta"}, {.name = "artifacts"}, {.name = "model"}};
    flama_codec codec;
    int rc = read_start(reader, V2_HEADER, &codec);
    if (rc != 0)
        return rc;
    const uint8_t *sizes = reader->data + START;
    rc = place_sections(
        reader, V2_HEADER, s,
        (uint64_t[]){read_u64(sizes), read_u64(sizes + 8), read_u64(sizes + 16)}, 3);
    s[0].codec = s[1].codec = s[2].codec = codec;
    if (rc == 0)
        rc = take_codec(reader, &s[0]);
    if (rc == 0)
        rc = read_meta(reader, &s[0]);
    if (rc == 0)
        rc = read_v2_artifacts(reader, &s[1]);
    return rc ? rc : read_v2_model(reader, &s[2]);
}

/* Writing. Sizes are filled in when the bytes they count are there. */

static void put_u32(char *p, uint32_t number)
{
    for (int i = 0; i < 4; i++)
        p[i] = (char)(number >> (24 - 8 * i));
}

static void put_u64(char *p, uint64_t number)
{
    put_u32(p, (uint32_t)(number >> 32));
    put_u32(p + 4, (uint32_t)number);
}

static int full(int rc, flama_error *err)
{
    if (rc == FLAMA_EMEMORY)
        return flama_error__memory(err);
    return rc ? flama_error_set(err, rc, "the file passes its buffer's maximum") : 0;
}

static int add_bytes(flama_buffer *out, const void *data, size_t size, flama_error *err)
{
    return full(flama_buffer_append(out, data, size), err);
}

static int add_model(const flama_package *package, flama_codec codec, flama_buffer *out,
                     flama_error *err)
{
    if (package->payload_kind == FLAMA_PAYLOAD_FOLDER)
        return flama_codec_compress(codec, package->payload, package->payload_size, out,
                                    err);
    flama_buffer text;
    flama_buffer_init(&text, SIZE_MAX);
    int rc =
        full(flama_base64_encode(package->payload, package->payload_size, &text), err);
    if (rc == 0)
        rc = flama_codec_compress(codec, text.data, text.size, out, err);
    flama_buffer_fini(&text);
    return rc;
}

static int add_artifacts(const flama_package *package, flama_codec codec,
                         flama_buffer *out, flama_error *err)
{
    for (size_t i = 0; i < package->artifact_count; i++) {
        const flama_artifact *artifact = &package->artifacts[i];
        char header[ARTIFACT_HEADER] = {0};
        size_t at = out->size;
        int rc = add_bytes(out, header, sizeof header, err);
        if (rc == 0)
            rc = add_bytes(out, artifact->name.data, artifact->name.size, err);
        size_t start = out->size;
        if (rc == 0)
            rc = flama_codec_compress(codec, artifact->data, artifact->size, out, err);
        if (rc != 0)
            return rc;
        put_u32(out->data + at, (uint32_t)artifact->name.size);
        put_u64(out->data + at + 4, out->size - start);
    }
    return 0;
}

static uint32_t compression_of(flama_codec codec)
{
    for (uint32_t number = FLAMA_COMPRESSION_BZ2;; number++) {
        flama_codec found;
        if (!flama_package__codec(number, &found))
            return 0;
        if (found == codec)
            return number;
    }
}

static void put_start(flama_buffer *out, size_t at, uint32_t version, flama_codec codec)
{
    put_u32(out->data + at, version);
    put_u32(out->data + at + 4, compression_of(codec));
    put_u64(out->data + at + 8, out->size - at - START);
}

int flama_package__write_v1(const flama_package *package, flama_codec codec,
                            flama_string meta, flama_buffer *out, flama_error *err)
{
    char header[V1_HEADER] = {0};
    size_t at = out->size, ends[3] = {0};
    int rc = add_bytes(out, header, sizeof header, err);
    if (rc == 0)
        rc = flama_codec_compress(codec, meta.data, meta.size, out, err);
    ends[0] = out->size;
    if (rc == 0)
        rc = add_model(package, codec, out, err);
    ends[1] = out->size;
    if (rc == 0)
        rc = add_artifacts(package, codec, out, err);
    ends[2] = out->size;
    if (rc != 0)
        return rc;
    char *sizes = out->data + at + START;
    put_start(out, at, 1, codec);
    put_u64(sizes, ends[0] - at - V1_HEADER);
    put_u64(sizes + 8, ends[1] - ends[0]);
    put_u32(sizes + 16, (uint32_t)package->artifact_count);
    put_u64(sizes + 20, ends[2] - ends[1]);
    return 0;
}

int flama_package__write_v2(const flama_package *package, flama_codec codec,
                            flama_string meta, flama_buffer *out, flama_error *err)
{
    char header[V2_HEADER + 1] = {0}; /* and the codec of the meta */
    char count[5] = {DEFAULT};
    char kind[2] = {DEFAULT, (char)package->payload_kind};
    size_t at = out->size, ends[3] = {0};
    put_u32(count + 1, (uint32_t)package->artifact_count);
    int rc = add_bytes(out, header, sizeof header, err);
    if (rc == 0)
        rc = flama_codec_compress(codec, meta.data, meta.size, out, err);
    ends[0] = out->size;
    if (rc == 0)
        rc = add_bytes(out, count, sizeof count, err);
    if (rc == 0)
        rc = add_artifacts(package, codec, out, err);
    ends[1] = out->size;
    if (rc == 0)
        rc = add_bytes(out, kind, sizeof kind, err);
    if (rc == 0)
        rc = add_model(package, codec, out, err);
    ends[2] = out->size;
    if (rc != 0)
        return rc;
    char *sizes = out->data + at + START;
    put_start(out, at, 2, codec);
    put_u64(sizes, ends[0] - at - V2_HEADER);
    put_u64(sizes + 8, ends[1] - ends[0]);
    put_u64(sizes + 16, ends[2] - ends[1]);
    return 0;
}
