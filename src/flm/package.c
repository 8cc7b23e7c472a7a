/* A .flm file is one of three containers. Numbers are big-endian.
 *
 * Protocol 1
 *
 *     0    4  version, 1
 *     4    4  compression: 1 bz2, 2 lzma (.lzma), 3 zlib, 4 zstd
 *     8    8  bytes that follow byte 16: 28 + M + P + A
 *     16   8  M
 *     24   8  P
 *     32   4  number of artifacts
 *     36   8  A
 *     44   M  meta: JSON, compressed
 *          P  model: base64, compressed
 *          A  artifacts, one after another
 *
 *     An artifact is
 *     0    4  N
 *     4    8  S
 *     12   N  name: UTF-8
 *          S  data, compressed
 *
 *     For N, Flama 2.2 writes the number of characters, and can't read its own file
 * when a name is not ASCII. Where bytes don't fill the section exactly and characters
 * do, N counts characters here.
 *
 * Protocol 2
 *
 *     0    4  version, 2
 *     4    4  compression, as above
 *     8    8  bytes that follow byte 16: 24 + M + A + P
 *     16   8  M
 *     24   8  A
 *     32   8  P
 *     40   M  meta: 1 codec, then JSON, compressed
 *          A  artifacts: 1 codec, 4 number of artifacts, then the artifacts as above
 *          P  model: 1 codec, 1 kind, then the model, compressed
 *
 *     A codec is 0 for the file's compression, one of its numbers, or 255 for none.
 * Kind 0 is base64 of a file, kind 1 a tar of a folder.
 *
 * Flama 1.x
 *
 *     A tar in gzip, bzip2 or xz (or bare: nobody writes that, but it costs nothing).
 *     Its members are regular files in any order: "model", which is zlib over the JSON
 *     {"model": base64 text, "meta": {...}}, and "artifacts/NAME".
 *
 * In all three the model's file is text of base64 with line ends; bytes that begin as a
 * pickle or a zip does can't be base64 and are taken as they are. */
#include "flm/package.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <flama/json.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/error.h"
#include "flm/base64.h"
#include "flm/name.h"
#include "flm/reader.h"

static const size_t default_file = (size_t)8 << 30;
static const size_t default_expanded = (size_t)16 << 30;

/* The package and what goes with it. */
typedef struct owner {
    flama_package package;
    flama_arena arena;
    flama_package_blob *blobs;
} owner;

static void free_blobs(flama_package_blob *blob)
{
    for (; blob; blob = blob->next)
        flama_free(blob->data);
}

void flama_package_free(flama_package *package)
{
    if (package == NULL)
        return;
    owner *o = (owner *)package;
    free_blobs(o->blobs);
    flama_arena_fini(&o->arena);
    flama_free(o);
}

int flama_package__fail(flama_package_reader *reader, int code, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return flama_error_set(reader->err, code, "%s%s%s",
                           reader->name ? reader->name : "", reader->name ? ": " : "",
                           text);
}

int flama_package__fail_memory(flama_package_reader *reader)
{
    return flama_error__memory(reader->err);
}

/* The buffer's memory becomes the package's, cut to its size. */
static flama_package_blob *keep(flama_package_reader *reader, flama_buffer *buffer)
{
    flama_package_blob *blob = flama_arena_alloc(reader->package->arena, sizeof *blob);
    if (blob == NULL)
        return NULL;
    char *data = flama_realloc(buffer->data, buffer->size);
    *blob = (flama_package_blob){reader->blobs, data ? data : buffer->data};
    if (blob->data == NULL)
        return NULL;
    reader->blobs = blob;
    flama_buffer_init(buffer, 0);
    return blob;
}

int flama_package__expand(flama_package_reader *reader, flama_codec codec,
                          const char *part, const uint8_t *data, size_t size,
                          size_t maximum, flama_package_blob **out, size_t *out_size)
{
    flama_buffer buffer;
    flama_error why = {0};
    flama_buffer_init(&buffer, maximum < reader->budget ? maximum : reader->budget);
    int rc = flama_codec_decompress(codec, data, size, &buffer, &why);
    *out_size = buffer.size;
    if (rc == 0) {
        *out = keep(reader, &buffer);
        rc = *out ? 0 : FLAMA_EMEMORY;
    }
    flama_buffer_fini(&buffer);
    if (rc == 0)
        reader->budget -= *out_size;
    if (rc == FLAMA_EMEMORY)
        return flama_package__fail_memory(reader);
    return rc ? flama_package__fail(reader, rc, "%s: %s", part, why.message) : 0;
}

void flama_package__drop(flama_package_reader *reader, flama_package_blob *blob)
{
    (void)reader;
    flama_free(blob->data);
    blob->data = NULL;
}

static bool is_raw(const char *data, size_t size)
{
    return size &&
           ((uint8_t)data[0] == 0x80 || (size >= 4 && memcmp(data, "PK\3\4", 4) == 0));
}

int flama_package__set_payload(flama_package_reader *reader, char *data, size_t size)
{
    flama_error why = {0};
    if (!is_raw(data, size) && flama_base64_decode(data, size, &size, &why) != 0)
        return flama_package__fail(reader, FLAMA_EFORMAT, "the model: %s", why.message);
    if (size == 0)
        return flama_package__fail(reader, FLAMA_EFORMAT, "the model is empty");
    reader->package->payload = (const uint8_t *)data;
    reader->package->payload_size = size;
    return 0;
}

/* The length of the NaN, Infinity or -Infinity at text, or 0. */
static size_t nonfinite(const char *text, size_t size)
{
    static const char *const names[] = {"NaN", "Infinity", "-Infinity"};
    for (size_t i = 0; i < 3; i++) {
        size_t length = strlen(names[i]);
        if (length <= size && memcmp(text, names[i], length) == 0)
            return length;
    }
    return 0;
}

/* Python's json writes NaN and Infinity, which JSON has not; Flama 1.x leaves them in
 * the meta (RANSACRegressor has an infinite parameter). They become strings: the
 * document can be shown again, and says what it said. */
static int quote_nonfinite(flama_buffer *out, const char *text, size_t size)
{
    size_t from = 0;
    bool inside = false;
    for (size_t at = 0; at < size; at++) {
        if (inside && text[at] == '\\') {
            at++;
            continue;
        }
        if (text[at] == '"')
            inside = !inside;
        size_t length = inside ? 0 : nonfinite(text + at, size - at);
        if (length == 0)
            continue;
        int rc = flama_buffer_append(out, text + from, at - from);
        if (rc == 0)
            rc = flama_buffer_append(out, "\"", 1);
        if (rc == 0)
            rc = flama_buffer_append(out, text + at, length);
        if (rc == 0)
            rc = flama_buffer_append(out, "\"", 1);
        if (rc != 0)
            return rc;
        from = at + length;
        at = from - 1;
    }
    return flama_buffer_append(out, text + from, size - from);
}

/* A copy of the JSON in the arena, without non-finite numbers. */
static int copy_meta(flama_arena *arena, const char *text, size_t size,
                     flama_string *out)
{
    if (!memmem(text, size, "NaN", 3) && !memmem(text, size, "Infinity", 8)) {
        *out = (flama_string){flama_arena_copy(arena, text, size), size};
        return out->data ? 0 : FLAMA_EMEMORY;
    }
    flama_buffer buffer;
    flama_buffer_init_arena(&buffer, arena, size * 2);
    int rc = quote_nonfinite(&buffer, text, size);
    *out = (flama_string){buffer.data, buffer.size};
    return rc;
}

static flama_string get_text(const flama_value *object, const char *name)
{
    const flama_value *value = flama_value_get(object, name);
    return value && value->kind == FLAMA_KIND_STRING ? value->string
                                                     : (flama_string){0};
}

int flama_package__set_meta(flama_package_reader *reader, const char *text, size_t size)
{
    flama_package *package = reader->package;
    flama_string copy;
    if (copy_meta(package->arena, text, size, &copy) != 0)
        return flama_package__fail_memory(reader);
    flama_error why = {0};
    int rc = flama_json_decode(package->arena, copy.data, copy.size, NULL,
                               &package->meta, &why);
    if (rc == FLAMA_EMEMORY)
        return flama_package__fail_memory(reader);
    if (rc != 0)
        return flama_package__fail(reader, rc == FLAMA_ELIMIT ? rc : FLAMA_EFORMAT,
                                   "the meta: %s (line %u, column %u)", why.message,
                                   why.line, why.column);
    const flama_value *framework = flama_value_get(&package->meta, "framework");
    package->framework = get_text(framework, "lib");
    package->version = get_text(framework, "version");
    if (package->framework.data == NULL)
        return flama_package__fail(
            reader, FLAMA_EFORMAT,
            "the meta doesn't name the model's library (framework.lib)");
    if (package->version.data == NULL)
        package->version = FLAMA_STRING("");
    return 0;
}

/* Room for one more artifact. */
static int grow_artifacts(flama_package_reader *reader)
{
    size_t count = reader->package->artifact_count;
    if (count < reader->artifact_capacity)
        return 0;
    if (count >= FLAMA_PACKAGE_ARTIFACTS)
        return flama_package__fail(reader, FLAMA_ELIMIT, "more than %d artifacts",
                                   (int)FLAMA_PACKAGE_ARTIFACTS);
    size_t capacity = count ? count * 2 : 8;
    flama_artifact *grown =
        flama_arena_grow(reader->package->arena, reader->artifacts,
                         count * sizeof *grown, capacity * sizeof *grown);
    if (grown == NULL)
        return flama_package__fail_memory(reader);
    reader->artifacts = grown;
    reader->artifact_capacity = capacity;
    return 0;
}

int flama_package__add_artifact(flama_package_reader *reader, flama_string name,
                                const uint8_t *data, size_t size)
{
    flama_package *package = reader->package;
    const char *fault = flama_name_fault(name);
    if (fault)
        return flama_package__fail(reader, FLAMA_EFORMAT, "the name of artifact %zu %s",
                                   package->artifact_count + 1, fault);
    int rc = grow_artifacts(reader);
    if (rc != 0)
        return rc;
    char *copy = flama_arena_copy(package->arena, name.data, name.size);
    if (copy == NULL)
        return flama_package__fail_memory(reader);
    name.data = copy;
    void *there = NULL;
    if (flama_map_put(&reader->names, name, copy, &there) != 0)
        return flama_package__fail_memory(reader);
    if (there && there != copy)
        return flama_package__fail(reader, FLAMA_EFORMAT, "two artifacts named '%s'",
                                   copy);
    reader->artifacts[package->artifact_count++] = (flama_artifact){name, data, size};
    return 0;
}

static int set_manifest(flama_package_reader *reader)
{
    flama_package *package = reader->package;
    flama_builder builder;
    flama_array_begin(&builder, package->arena);
    for (size_t i = 0; i < package->artifact_count; i++)
        flama_array_add(&builder, flama_value_string(reader->artifacts[i].name));
    package->artifacts = reader->artifacts;
    if (flama_builder_end(&builder, &package->manifest) != 0)
        return flama_package__fail_memory(reader);
    return 0;
}

static bool begins(const flama_package_reader *reader, const char *magic, size_t length)
{
    return reader->size >= length && memcmp(reader->data, magic, length) == 0;
}

static int fail_unknown(flama_package_reader *reader)
{
    const uint8_t *data = reader->data;
    size_t size = reader->size;
    if (size == 0)
        return flama_package__fail(reader, FLAMA_EFORMAT, "the file is empty");
    if (begins(reader, "\0\0\0\0", 4))
        return flama_package__fail(reader, FLAMA_EFORMAT,
                                   "the file's header is blank: writing it was never "
                                   "finished; dump the model again");
    if (is_raw((const char *)data, size))
        return flama_package__fail(
            reader, FLAMA_EFORMAT,
            "this is a bare %s, not a model file that flama.dump writes",
            data[0] == 'P' ? "zip" : "pickle");
    char start[16] = "";
    for (size_t i = 0; i < size && i < 4; i++)
        snprintf(start + 3 * i, 4, " %02x", data[i]);
    return flama_package__fail(
        reader, FLAMA_EFORMAT,
        "not a model file: it begins with the bytes%s, as no version of Flama writes",
        start);
}

static int read_container(flama_package_reader *reader)
{
    flama_package *package = reader->package;
    if (begins(reader, "\0\0\0\1", 4)) {
        package->container = FLAMA_CONTAINER_V1;
        return flama_package__read_v1(reader);
    }
    if (begins(reader, "\0\0\0\2", 4)) {
        package->container = FLAMA_CONTAINER_V2;
        return flama_package__read_v2(reader);
    }
    package->container = FLAMA_CONTAINER_TAR;
    if (begins(reader, "\x1F\x8B", 2))
        return flama_package__read_tar(reader, FLAMA_CODEC_GZIP);
    if (begins(reader, "BZh", 3))
        return flama_package__read_tar(reader, FLAMA_CODEC_BZ2);
    if (begins(reader,
               "\xFD"
               "7zXZ",
               6))
        return flama_package__read_tar(reader, FLAMA_CODEC_XZ);
    if (reader->size > 262 && memcmp(reader->data + 257, "ustar", 5) == 0)
        return flama_package__read_tar(reader, FLAMA_CODEC_STORED);
    return fail_unknown(reader);
}

static int read_package(flama_package **out, const char *name, const void *data,
                        size_t size, const flama_package_limits *limits,
                        flama_error *err)
{
    owner *o = flama_calloc(1, sizeof *o);
    if (o == NULL)
        return flama_error__memory(err);
    flama_arena_init(&o->arena, 0);
    o->package.arena = &o->arena;
    flama_package_reader reader = {
        .package = &o->package,
        .name = name,
        .data = data,
        .size = size,
        .budget = limits && limits->expanded ? limits->expanded : default_expanded,
        .err = err};
    flama_map_init(&reader.names, &o->arena);
    int rc = read_container(&reader);
    if (rc == 0)
        rc = set_manifest(&reader);
    o->blobs = reader.blobs;
    if (rc != 0) {
        flama_package_free(&o->package);
        return rc;
    }
    *out = &o->package;
    return 0;
}

static size_t file_limit(const flama_package_limits *limits)
{
    return limits && limits->file ? limits->file : default_file;
}

int flama_package_read(flama_package **out, const void *data, size_t size,
                       const flama_package_limits *limits, flama_error *err)
{
    *out = NULL;
    if (size > file_limit(limits))
        return flama_error_set(err, FLAMA_ELIMIT,
                               "the model file has %zu bytes; the limit is %zu", size,
                               file_limit(limits));
    return read_package(out, NULL, data, size, limits, err);
}

static int fail_file(const char *path, flama_error *err)
{
    char why[128];
    return flama_error_set(err, FLAMA_EIO, "%s: %s", path,
                           strerror_r(errno, why, sizeof why));
}

/* Reads all of it. A map would be cheaper, and fatal when the file is cut meanwhile. */
static int read_descriptor(int fd, const char *path, size_t size, char *data,
                           flama_error *err)
{
    for (size_t at = 0; at < size;) {
        ssize_t got = read(fd, data + at, size - at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_file(path, err);
        if (got == 0)
            return flama_error_set(err, FLAMA_EIO,
                                   "%s: the file shrank while it was read", path);
        at += (size_t)got;
    }
    return 0;
}

static int check_file(int fd, const char *path, size_t limit, size_t *size,
                      flama_error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return fail_file(path, err);
    if (S_ISDIR(st.st_mode))
        return flama_error_set(err, FLAMA_EIO, "%s: a folder, not a file", path);
    if (!S_ISREG(st.st_mode))
        return flama_error_set(err, FLAMA_EIO, "%s: not a regular file", path);
    if ((uint64_t)st.st_size > limit)
        return flama_error_set(err, FLAMA_ELIMIT,
                               "%s: the file has %lld bytes; the limit is %zu", path,
                               (long long)st.st_size, limit);
    *size = (size_t)st.st_size;
    return 0;
}

int flama_package_open(flama_package **out, const char *path,
                       const flama_package_limits *limits, flama_error *err)
{
    *out = NULL;
    /* O_NONBLOCK: opening a pipe must not wait for its other end. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return fail_file(path, err);
    size_t size = 0;
    char *data = NULL;
    int rc = check_file(fd, path, file_limit(limits), &size, err);
    if (rc == 0 && (data = flama_malloc(size)) == NULL)
        rc = flama_error__memory(err);
    if (rc == 0)
        rc = read_descriptor(fd, path, size, data, err);
    close(fd);
    if (rc == 0)
        rc = read_package(out, path, data, size, limits, err);
    flama_free(data);
    return rc;
}
