/* Writing model files: what all containers share. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <flama/json.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "flm/name.h"
#include "flm/reader.h"

/* A tar has other codecs than the protocols. */
static bool find_codec(flama_container container, flama_compression compression,
                       flama_codec *out)
{
    if (!flama_package__codec(compression, out))
        return false;
    if (container != FLAMA_CONTAINER_TAR)
        return true;
    if (compression == FLAMA_COMPRESSION_LZMA)
        *out = FLAMA_CODEC_XZ;
    if (compression == FLAMA_COMPRESSION_ZLIB)
        *out = FLAMA_CODEC_GZIP;
    return compression != FLAMA_COMPRESSION_ZSTD;
}

static int check_artifacts(const flama_package *package, flama_arena *arena,
                           flama_error *err)
{
    flama_map names;
    flama_map_init(&names, arena);
    if (package->artifact_count > FLAMA_PACKAGE_ARTIFACTS)
        return flama_error_set(err, FLAMA_EARGUMENT, "more than %d artifacts",
                               (int)FLAMA_PACKAGE_ARTIFACTS);
    for (size_t i = 0; i < package->artifact_count; i++) {
        const flama_artifact *artifact = &package->artifacts[i];
        const char *fault = flama_name_fault(artifact->name);
        if (fault)
            return flama_error_set(err, FLAMA_EARGUMENT, "the name of artifact %zu %s",
                                   i + 1, fault);
        void *there = NULL;
        if (flama_map_put(&names, artifact->name, (void *)artifact, &there) != 0)
            return flama_error__memory(err);
        if (there && there != artifact)
            return flama_error_set(err, FLAMA_EARGUMENT, "two artifacts named '%.*s'",
                                   (int)artifact->name.size, artifact->name.data);
    }
    return 0;
}

static int check_package(const flama_package *package, flama_arena *arena,
                         flama_error *err)
{
    const flama_value *framework = flama_value_get(&package->meta, "framework");
    const flama_value *lib = flama_value_get(framework, "lib");
    if (lib == NULL || lib->kind != FLAMA_KIND_STRING)
        return flama_error_set(
            err, FLAMA_EARGUMENT,
            "the meta doesn't name the model's library (framework.lib)");
    if (package->payload_size == 0)
        return flama_error_set(err, FLAMA_EARGUMENT, "the model is empty");
    if (package->payload_kind == FLAMA_PAYLOAD_FOLDER &&
        package->container != FLAMA_CONTAINER_V2)
        return flama_error_set(err, FLAMA_EARGUMENT,
                               "only protocol 2 can hold a model of several files");
    return check_artifacts(package, arena, err);
}

static int write_container(const flama_package *package, flama_codec codec,
                           flama_string meta, flama_buffer *out, flama_error *err)
{
    switch (package->container) {
    case FLAMA_CONTAINER_TAR:
        return flama_package__write_tar(package, codec, meta, out, err);
    case FLAMA_CONTAINER_V1:
        return flama_package__write_v1(package, codec, meta, out, err);
    case FLAMA_CONTAINER_V2:
        return flama_package__write_v2(package, codec, meta, out, err);
    }
    return flama_error_set(err, FLAMA_EARGUMENT, "no such container");
}

int flama_package_write(const flama_package *package, flama_compression compression,
                        flama_buffer *out, flama_error *err)
{
    flama_codec codec;
    if (!find_codec(package->container, compression, &codec))
        return flama_error_set(err, FLAMA_EARGUMENT,
                               "this container has no such compression");
    flama_arena arena;
    flama_arena_init(&arena, 0);
    flama_string meta;
    int rc = check_package(package, &arena, err);
    if (rc == 0)
        rc = flama_json_encode(&arena, &package->meta, 0, &meta, err);
    if (rc == 0)
        rc = write_container(package, codec, meta, out, err);
    flama_arena_fini(&arena);
    return rc;
}

int flama_package_encode(const flama_package *package, flama_compression compression,
                         flama_arena *arena, flama_string *out, flama_error *err)
{
    flama_buffer data;
    flama_buffer_init_arena(&data, arena, SIZE_MAX);
    int rc = flama_package_write(package, compression, &data, err);
    if (rc == 0)
        *out = (flama_string){data.data, data.size};
    return rc;
}

static int fail_file(const char *path, flama_error *err)
{
    char why[128];
    return flama_error_set(err, FLAMA_EIO, "%s: %s", path,
                           strerror_r(errno, why, sizeof why));
}

static int write_descriptor(int fd, const char *path, const flama_buffer *data,
                            flama_error *err)
{
    for (size_t at = 0; at < data->size;) {
        ssize_t done = write(fd, data->data + at, data->size - at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return fail_file(path, err);
        at += (size_t)done;
    }
    return fsync(fd) == 0 ? 0 : fail_file(path, err);
}

/* Writes beside the path, then renames: nobody sees half a model. */
static int replace_file(const char *path, const flama_buffer *data, flama_error *err)
{
    flama_arena arena;
    flama_arena_init(&arena, 0);
    char *beside = flama_arena_format(&arena, "%s.%ld-%llx", path, (long)getpid(),
                                      (unsigned long long)flama_clock_now());
    int fd = -1, rc = 0;
    if (beside == NULL)
        rc = flama_error__memory(err);
    else if ((fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)) < 0)
        rc = fail_file(path, err);
    if (rc == 0)
        rc = write_descriptor(fd, path, data, err);
    if (fd >= 0 && close(fd) != 0 && rc == 0)
        rc = fail_file(path, err);
    if (rc == 0 && rename(beside, path) != 0)
        rc = fail_file(path, err);
    if (rc != 0 && fd >= 0)
        unlink(beside);
    flama_arena_fini(&arena);
    return rc;
}

int flama_package_save(const flama_package *package, flama_compression compression,
                       const char *path, flama_error *err)
{
    flama_buffer data;
    flama_buffer_init(&data, SIZE_MAX);
    int rc = flama_package_write(package, compression, &data, err);
    if (rc == 0)
        rc = replace_file(path, &data, err);
    flama_buffer_fini(&data);
    return rc;
}
