/* flm: model files of every container, read and written. */
#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <flama/json.h>

#include "base/arena.h"
#include "flm/base64.h"
#include "flm/codec.h"
#include "flm/name.h"
#include "flm/package.h"
#include "flm/tar.h"

/* Test files are small; a limit that they keep makes a runaway cheap. */
static const flama_package_limits limits = {
    .size = sizeof limits, .file = 1 << 22, .expanded = 1 << 24};

static flama_buffer read_file(const char *path)
{
    flama_buffer out;
    flama_buffer_init(&out, 1 << 22);
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        fail_msg("no file %s", path);
    char chunk[4096];
    for (size_t got; (got = fread(chunk, 1, sizeof chunk, f));)
        assert_int_equal(flama_buffer_append(&out, chunk, got), 0);
    fclose(f);
    return out;
}

static const char *fixture(const char *name, const char *end)
{
    static char path[512];
    snprintf(path, sizeof path, "tests/fixtures/%s%s", name, end);
    return path;
}

static flama_package *read_bytes(const void *data, size_t size)
{
    flama_package *package = NULL;
    flama_error err = {0};
    if (flama_package_read(&package, data, size, &limits, &err) != 0)
        fail_msg("%s", err.message);
    return package;
}

/* Reading must fail with that code and a sentence that has `text` in it. An exact copy
 * lets ASan see a read beyond the end. */
static void refuse(const void *data, size_t size, int code, const char *text)
{
    flama_package *package = NULL;
    flama_error err = {0};
    uint8_t *copy = malloc(size ? size : 1);
    memcpy(copy, data, size);
    int rc = flama_package_read(&package, copy, size, &limits, &err);
    free(copy);
    assert_int_equal(rc, code);
    assert_null(package);
    if (strstr(err.message, text) == NULL)
        fail_msg("'%s' has no '%s'", err.message, text);
}

static flama_value decode(flama_arena *arena, const char *text)
{
    flama_value value;
    assert_int_equal(flama_json_decode(arena, text, strlen(text), NULL, &value, NULL),
                     0);
    return value;
}

static flama_string encode(flama_arena *arena, const flama_value *value)
{
    flama_string text;
    assert_int_equal(flama_json_encode(arena, value, FLAMA_JSON_SPACED, &text, NULL),
                     0);
    return text;
}

static void assert_same_json(flama_arena *arena, const flama_value *a,
                             const flama_value *b)
{
    assert_string_equal(encode(arena, a).data, encode(arena, b).data);
}

static void assert_text(flama_string text, const char *expected)
{
    assert_int_equal(text.size, strlen(expected));
    assert_memory_equal(text.data, expected, text.size);
}

/* Fixtures */

/* The golden files hold what Flama answered at GET /. */
static void check_golden(const char *name, const flama_package *package)
{
    flama_buffer text = read_file(fixture(name, ".json"));
    flama_arena *arena = flama_arena_new(0);
    flama_value golden;
    flama_error err = {0};
    if (flama_json_decode(arena, text.data, text.size, NULL, &golden, &err) != 0)
        fail_msg("%s: %s", name, err.message);
    const flama_value *inspect = flama_value_get(&golden, "inspect");
    assert_same_json(arena, &package->meta, flama_value_get(inspect, "meta"));
    const flama_value *manifest = flama_value_get(inspect, "manifest");
    if (manifest)
        assert_same_json(arena, &package->manifest, manifest);
    flama_arena_free(arena);
    flama_buffer_fini(&text);
}

static bool check_fixture(const char *file)
{
    char name[256], golden[300];
    const char *dot = strrchr(file, '.');
    if (dot == NULL || strcmp(dot, ".flm") != 0)
        return false;
    snprintf(name, sizeof name, "%.*s", (int)(dot - file), file);
    snprintf(golden, sizeof golden, "golden/%s", name);
    flama_package *package;
    flama_error err = {0};
    if (flama_package_open(&package, fixture(name, ".flm"), NULL, &err) != 0)
        fail_msg("%s", err.message);
    bool sklearn = package->framework.data[0] == 's';
    if (sklearn)
        assert_memory_equal(package->payload, "\x80\4\x95", 3);
    else
        assert_memory_equal(package->payload, "PK\3\4", 4);
    if (sklearn)
        assert_int_equal(package->payload[package->payload_size - 1], '.');
    check_golden(golden, package);
    flama_package_free(package);
    return true;
}

static void every_fixture_opens_as_recorded(void **state)
{
    (void)state;
    DIR *folder = opendir(fixture("", ""));
    int count = 0;
    for (struct dirent *e; (e = readdir(folder));)
        count += check_fixture(e->d_name);
    closedir(folder);
    assert_true(count >= 90);
}

static void artifacts_come_out(void **state)
{
    (void)state;
    flama_package *package;
    assert_int_equal(flama_package_open(&package,
                                        fixture("sklearn_model_v2_artifacts", ".flm"),
                                        NULL, NULL),
                     0);
    assert_int_equal(package->container, FLAMA_CONTAINER_V2);
    assert_int_equal(package->artifact_count, 2);
    const flama_artifact *a = package->artifacts;
    assert_string_equal(a[0].name.data, "readme.txt");
    assert_int_equal(a[0].size, 15);
    assert_memory_equal(a[0].data, "hello artifact\n", 15);
    assert_string_equal(a[1].name.data, "data.json");
    flama_package_free(package);
}

static void the_old_container_has_a_manifest_too(void **state)
{
    (void)state;
    flama_package *package;
    assert_int_equal(flama_package_open(&package,
                                        fixture("legacy_sklearn_standard", ".flm"),
                                        NULL, NULL),
                     0);
    assert_int_equal(package->container, FLAMA_CONTAINER_TAR);
    assert_string_equal(encode(package->arena, &package->manifest).data,
                        "[\"readme.txt\"]");
    assert_text(package->framework, "sklearn");
    flama_package_free(package);
}

/* Files that are no good */

static const char *const small_fixtures[] = {"sk_dummy", "sk_ridge"};

static void every_truncation_is_refused(void **state)
{
    (void)state;
    for (size_t f = 0; f < 2; f++) {
        flama_buffer file = read_file(fixture(small_fixtures[f], ".flm"));
        for (size_t size = 0; size < file.size; size++)
            refuse(file.data, size, FLAMA_EFORMAT, "");
        flama_buffer_fini(&file);
    }
}

static void a_truncated_archive_is_refused(void **state)
{
    (void)state;
    flama_buffer file = read_file(fixture("legacy_sklearn_standard", ".flm"));
    for (size_t size = 0; size < file.size; size += size < 64 ? 1 : 997)
        refuse(file.data, size, FLAMA_EFORMAT, "");
    flama_buffer_fini(&file);
}

/* A flipped byte is an error or changes what comes out; it never does harm. */
static void flipped_bytes_do_no_harm(void **state)
{
    (void)state;
    flama_buffer file = read_file(fixture("sk_dummy", ".flm"));
    for (size_t at = 0; at < file.size; at++) {
        flama_package *package = NULL;
        flama_error err = {0};
        char flip = (char)(1 << at % 8);
        file.data[at] = (char)(file.data[at] ^ flip);
        int rc = flama_package_read(&package, file.data, file.size, &limits, &err);
        assert_true((rc == 0) == (package != NULL));
        assert_true(rc == 0 || err.message[0]);
        flama_package_free(package);
        file.data[at] = (char)(file.data[at] ^ flip);
    }
    flama_buffer_fini(&file);
}

/* sk_dummy.flm: 791 bytes; meta 251 at 40, artifacts 5 at 291, model 495 at 296. */
static void sizes_that_lie_are_named(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t value;
        const char *text;
    } lies[] = {
        {7, 9, "unknown compression 9 at byte 4"},
        {15, 8, "the header says that 776 bytes follow byte 16, but 775 do"},
        {16, 1,
         "section 'meta' says 72057594037928187 bytes at byte 40, but only 751 "
         "are left"},
        {31, 6, "section 'model' says 495 bytes at byte 297, but only 494 are left"},
        {39, 0xEE, "the sections end at byte 790, but the file has 791 bytes"},
        {40, 5, "section 'meta' has the unknown compression 5 at byte 40"},
        {40, 1, "section 'meta' at byte 41: damaged bz2 data near byte"},
        {40, 3, "section 'meta' at byte 41: damaged zlib data near byte"},
        {40, 255, "the meta: "},
        {295, 1, "1 artifacts don't fit into the 0 bytes at byte 296"},
        {297, 2, "section 'model' has no known kind at byte 297"},
        {296, 255, "the model: byte 0x28 at 0 is not base64"},
    };
    flama_buffer file = read_file(fixture("sk_dummy", ".flm"));
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        char kept = file.data[lies[i].at];
        file.data[lies[i].at] = (char)lies[i].value;
        refuse(file.data, file.size, FLAMA_EFORMAT, lies[i].text);
        file.data[lies[i].at] = kept;
    }
    flama_buffer_fini(&file);
}

static void strangers_are_recognized(void **state)
{
    (void)state;
    refuse("", 0, FLAMA_EFORMAT, "the file is empty");
    refuse("PK\3\4....", 8, FLAMA_EFORMAT, "a bare zip");
    refuse("\x80\4.", 3, FLAMA_EFORMAT, "a bare pickle");
    refuse("\0\0\0\3....", 8, FLAMA_EFORMAT, "begins with the bytes 00 00 00 03");
    refuse("x", 1, FLAMA_EFORMAT, "begins with the bytes 78,");
    refuse("\0\0\0\0{", 5, FLAMA_EFORMAT, "writing it was never finished");
    refuse("\0\0\0\2\0\0", 6, FLAMA_EFORMAT, "takes 40 bytes, but there are only 6");
}

static void limits_hold(void **state)
{
    (void)state;
    flama_buffer file = read_file(fixture("sk_dummy", ".flm"));
    flama_package *package;
    flama_error err = {0};
    flama_package_limits few = {.file = 790};
    assert_int_equal(flama_package_read(&package, file.data, file.size, &few, &err),
                     FLAMA_ELIMIT);
    few = (flama_package_limits){.expanded = 900};
    flama_error_clear(&err);
    assert_int_equal(flama_package_read(&package, file.data, file.size, &few, &err),
                     FLAMA_ELIMIT);
    assert_non_null(strstr(err.message, "section 'model'"));
    flama_buffer_fini(&file);
}

static void refuse_path(const char *path, const char *text)
{
    flama_package *package;
    flama_error err = {0};
    assert_int_equal(flama_package_open(&package, path, NULL, &err), FLAMA_EIO);
    if (strstr(err.message, text) == NULL)
        fail_msg("'%s' has no '%s'", err.message, text);
}

static void paths_that_are_no_files(void **state)
{
    (void)state;
    refuse_path("/nowhere/at/all.flm", "/nowhere/at/all.flm: No such file");
    refuse_path("/", "a folder, not a file");
    refuse_path("/dev/null", "not a regular file");
    char path[] = "/tmp/flama-test-XXXXXX";
    close(mkstemp(path));
    flama_package *package;
    flama_error err = {0};
    assert_int_equal(flama_package_open(&package, path, NULL, &err), FLAMA_EFORMAT);
    assert_non_null(strstr(err.message, path));
    assert_non_null(strstr(err.message, "the file is empty"));
    chmod(path, 0);
    if (geteuid() != 0)
        refuse_path(path, "Permission denied");
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    refuse_path(path, "not a regular file");
    unlink(path);
}

/* Written and read back */

static const char small_meta[] =
    "{\"framework\":{\"lib\":\"sklearn\",\"version\":\"1.5\"},\"x\":\"\xC3\xBC\"}";

static flama_package sample(flama_arena *arena, flama_container container)
{
    static uint8_t payload[5000] = {0x80, 4};
    static uint8_t big[70000];
    for (size_t i = 2; i < sizeof payload; i++)
        payload[i] = (uint8_t)(i * i >> 3);
    static const flama_artifact artifacts[] = {
        {{"empty", 5}, (const uint8_t *)"", 0},
        {{"\xE2\x98\x83.txt", 7}, (const uint8_t *)"snow", 4},
        {{"sub/dir/big", 11}, big, sizeof big},
        {{"0123456789012345678901234567890123456789012345678901234567890123456789"
          "0123456789012345678901234567890123456789",
          110},
         (const uint8_t *)"long",
         4},
    };
    return (flama_package){.container = container,
                           .meta = decode(arena, small_meta),
                           .payload = payload,
                           .payload_size = sizeof payload,
                           .artifacts = artifacts,
                           .artifact_count = 4};
}

static void assert_same_package(flama_arena *arena, const flama_package *a,
                                const flama_package *b)
{
    assert_int_equal(a->container, b->container);
    assert_same_json(arena, &a->meta, &b->meta);
    assert_int_equal(a->payload_size, b->payload_size);
    assert_memory_equal(a->payload, b->payload, a->payload_size);
    assert_int_equal(a->artifact_count, b->artifact_count);
    for (size_t i = 0; i < a->artifact_count; i++) {
        const flama_artifact *x = &a->artifacts[i], *y = &b->artifacts[i];
        assert_int_equal(x->name.size, y->name.size);
        assert_memory_equal(x->name.data, y->name.data, x->name.size);
        assert_int_equal(x->size, y->size);
        if (x->size)
            assert_memory_equal(x->data, y->data, x->size);
    }
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    flama_arena *arena = flama_arena_new(0);
    for (flama_container c = FLAMA_CONTAINER_TAR; c <= FLAMA_CONTAINER_V2; c++) {
        for (flama_compression z = FLAMA_COMPRESSION_BZ2; z <= FLAMA_COMPRESSION_ZSTD;
             z++) {
            flama_package package = sample(arena, c);
            flama_buffer file;
            flama_error err = {0};
            flama_buffer_init(&file, 1 << 20);
            int rc = flama_package_write(&package, z, &file, &err);
            if (c == FLAMA_CONTAINER_TAR && z == FLAMA_COMPRESSION_ZSTD) {
                assert_int_equal(rc, FLAMA_EARGUMENT);
                continue;
            }
            if (rc != 0)
                fail_msg("%s", err.message);
            flama_package *again = read_bytes(file.data, file.size);
            assert_same_package(arena, &package, again);
            assert_text(again->framework, "sklearn");
            assert_text(again->version, "1.5");
            flama_package_free(again);
            flama_buffer_fini(&file);
        }
    }
    flama_arena_free(arena);
}

/* As Flama 2.2 writes it: characters counted instead of bytes. */
static void a_name_counted_in_characters(void **state)
{
    (void)state;
    flama_arena *arena = flama_arena_new(0);
    for (flama_container c = FLAMA_CONTAINER_V1; c <= FLAMA_CONTAINER_V2; c++) {
        flama_package package = sample(arena, c);
        flama_buffer file;
        flama_buffer_init(&file, 1 << 20);
        assert_int_equal(
            flama_package_write(&package, FLAMA_COMPRESSION_ZLIB, &file, NULL), 0);
        char *name = memmem(file.data, file.size, "\xE2\x98\x83.txt", 7);
        assert_non_null(name);
        assert_int_equal(name[-9], 7);
        name[-9] = 5;
        flama_package *again = read_bytes(file.data, file.size);
        assert_same_package(arena, &package, again);
        flama_package_free(again);
        name[-9] = 4;
        refuse(file.data, file.size, FLAMA_EFORMAT, "artifact ");
        flama_buffer_fini(&file);
    }
    flama_arena_free(arena);
}

/* Memory that runs out: the allocation after `left` more fails, and all that follow. */

static size_t left;

static void *scarce_allocate(void *ctx, size_t size)
{
    (void)ctx;
    return left && left-- ? malloc(size) : NULL;
}

static void *scarce_reallocate(void *ctx, void *memory, size_t size)
{
    (void)ctx;
    return left && left-- ? realloc(memory, size) : NULL;
}

static void scarce_release(void *ctx, void *memory)
{
    (void)ctx;
    free(memory);
}

static const flama_allocator scarce = {sizeof scarce, NULL, scarce_allocate,
                                       scarce_reallocate, scarce_release};

static int scarce_write(const flama_package *package, flama_buffer *file, size_t spend)
{
    flama_buffer_fini(file);
    left = spend;
    flama_set_allocator(&scarce);
    int rc = flama_package_write(package, FLAMA_COMPRESSION_ZLIB, file, NULL);
    flama_set_allocator(NULL);
    return rc;
}

static int scarce_read(const flama_buffer *file, size_t spend)
{
    flama_package *package;
    left = spend;
    flama_set_allocator(&scarce);
    int rc = flama_package_read(&package, file->data, file->size, &limits, NULL);
    flama_package_free(package);
    flama_set_allocator(NULL);
    return rc;
}

static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    flama_arena *arena = flama_arena_new(0);
    for (flama_container c = FLAMA_CONTAINER_TAR; c <= FLAMA_CONTAINER_V2; c++) {
        flama_package package = sample(arena, c);
        flama_buffer file;
        flama_buffer_init(&file, 1 << 20);
        package.artifact_count = 2;
        size_t spend = 0;
        while (scarce_write(&package, &file, spend) == FLAMA_EMEMORY)
            spend++;
        assert_in_range(spend, 10, 100);
        for (flama_compression z = FLAMA_COMPRESSION_BZ2; z < FLAMA_COMPRESSION_ZSTD;
             z++) {
            flama_buffer_fini(&file);
            assert_int_equal(flama_package_write(&package, z, &file, NULL), 0);
            spend = 0;
            while (scarce_read(&file, spend) == FLAMA_EMEMORY)
                spend++;
            assert_in_range(spend, 5, 100);
            assert_int_equal(scarce_read(&file, spend), 0);
        }
        flama_buffer_fini(&file);
    }
    flama_arena_free(arena);
}

static void a_saved_file_opens(void **state)
{
    (void)state;
    char path[] = "/tmp/flama-test-XXXXXX";
    close(mkstemp(path));
    flama_arena *arena = flama_arena_new(0);
    flama_package package = sample(arena, FLAMA_CONTAINER_V2), *again;
    flama_error err = {0};
    assert_int_equal(flama_package_save(&package, FLAMA_COMPRESSION_ZSTD, path, NULL),
                     0);
    assert_int_equal(flama_package_open(&again, path, NULL, NULL), 0);
    assert_same_package(arena, &package, again);
    flama_package_free(again);
    unlink(path);
    assert_int_equal(flama_package_save(&package, FLAMA_COMPRESSION_ZSTD,
                                        "/nowhere/at/all.flm", &err),
                     FLAMA_EIO);
    flama_arena_free(arena);
}

static void what_could_not_be_read_is_not_written(void **state)
{
    (void)state;
    flama_arena *arena = flama_arena_new(0);
    flama_buffer file;
    flama_buffer_init(&file, 1 << 20);
    flama_package package = sample(arena, FLAMA_CONTAINER_V1);
    package.payload_kind = FLAMA_PAYLOAD_FOLDER;
    assert_int_equal(flama_package_write(&package, FLAMA_COMPRESSION_BZ2, &file, NULL),
                     FLAMA_EARGUMENT);
    package = sample(arena, FLAMA_CONTAINER_V1);
    package.meta = decode(arena, "{}");
    assert_int_equal(flama_package_write(&package, FLAMA_COMPRESSION_BZ2, &file, NULL),
                     FLAMA_EARGUMENT);
    flama_artifact bad[] = {{{"a", 1}, NULL, 0}, {{"a", 1}, NULL, 0}};
    package = sample(arena, FLAMA_CONTAINER_V1);
    package.artifacts = bad;
    package.artifact_count = 2;
    assert_int_equal(flama_package_write(&package, FLAMA_COMPRESSION_BZ2, &file, NULL),
                     FLAMA_EARGUMENT);
    bad[1].name = (flama_string){"../a", 4};
    assert_int_equal(flama_package_write(&package, FLAMA_COMPRESSION_BZ2, &file, NULL),
                     FLAMA_EARGUMENT);
    flama_buffer_fini(&file);
    flama_arena_free(arena);
}

/* The archive of 1.x, member by member */

static void add_model(flama_buffer *tar, const char *json)
{
    flama_buffer packed;
    flama_buffer_init(&packed, 1 << 16);
    flama_codec_compress(FLAMA_CODEC_ZLIB, json, strlen(json), &packed, NULL);
    flama_tar_add(tar, FLAMA_STRING("model"), packed.data, packed.size);
    flama_buffer_fini(&packed);
}

static const char envelope[] = "{\"model\": \"gAQu\\n\", \"meta\": {\"framework\": "
                               "{\"lib\": \"sklearn\"}, \"stop\": [Infinity, "
                               "-Infinity, NaN, \"NaN\", \"\\\"Infinity\"]}}";

static void refuse_tar(flama_buffer *tar, const char *text)
{
    flama_tar_end(tar);
    refuse(tar->data, tar->size, FLAMA_EFORMAT, text);
    flama_buffer_fini(tar);
}

static void an_infinite_parameter_becomes_a_string(void **state)
{
    (void)state;
    flama_buffer tar;
    flama_buffer_init(&tar, 1 << 16);
    add_model(&tar, envelope);
    flama_tar_end(&tar);
    flama_package *package = read_bytes(tar.data, tar.size);
    const flama_value *stop = flama_value_get(&package->meta, "stop");
    assert_string_equal(
        encode(package->arena, stop).data,
        "[\"Infinity\", \"-Infinity\", \"NaN\", \"NaN\", \"\\\"Infinity\"]");
    assert_int_equal(package->payload_size, 3);
    assert_memory_equal(package->payload, "\x80\4.", 3);
    assert_int_equal(package->version.size, 0);
    flama_package_free(package);
    flama_buffer_fini(&tar);
}

static void envelopes_that_are_no_good(void **state)
{
    (void)state;
    static const struct {
        const char *json, *text;
    } cases[] = {
        {"", "malformed JSON near byte 0"},
        {"[]", "malformed JSON near byte 0"},
        {"{\"model\": \"x", "malformed JSON near byte 12"},
        {"{\"model\": \"x\\", "malformed JSON near byte"},
        {"{\"model\": \"gAQu\"}", "no \"meta\""},
        {"{\"meta\": {}}", "no \"model\""},
        {"{\"meta\": {}, \"model\": 1}", "no \"model\""},
        {"{\"meta\": {]}, \"model\": \"\"}", "malformed JSON near byte 12"},
        {"{\"meta\": {\"a\" 1}, \"model\": \"\"}", "the meta: "},
        {"{\"meta\": {}}}", "malformed JSON near byte 12"},
        {"{\"meta\": {}, \"model\": \"gAQu\"}", "framework.lib"},
        {"{\"meta\": {\"framework\":{\"lib\":\"x\"}}, \"model\": \"g\\u0041Qu\"}",
         "\"model\" is not base64"},
        {"{\"meta\": {\"framework\":{\"lib\":\"x\"}}, \"model\": \"\"}",
         "the model is empty"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        flama_buffer tar;
        flama_buffer_init(&tar, 1 << 16);
        add_model(&tar, cases[i].json);
        refuse_tar(&tar, cases[i].text);
    }
}

/* An archive of a good model and one member of that name; *at is where the member's
 * header is. */
static flama_buffer archive(const char *name, size_t *at)
{
    flama_buffer tar;
    flama_buffer_init(&tar, 1 << 16);
    add_model(&tar, envelope);
    *at = tar.size;
    flama_tar_add(&tar, (flama_string){name, strlen(name)}, "abc", 3);
    return tar;
}

static void set_header(flama_buffer *tar, size_t at, size_t field, const char *text,
                       size_t size)
{
    uint8_t *header = (uint8_t *)tar->data + at;
    memcpy(header + field, text, size);
    memset(header + 148, ' ', 8);
    unsigned sum = 0;
    for (size_t i = 0; i < 512; i++)
        sum += header[i];
    snprintf((char *)header + 148, 8, "%06o", sum);
}

static void members_that_are_no_good(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
    } names[] = {
        {"artifacts/../x", "the name of artifact 1 has a part \"..\""},
        {"artifacts//x", "the name of artifact 1 is an absolute path"},
        {"artifacts/a\\b", "the name of artifact 1 has a backslash"},
        {"other", "member 2 of the tar is neither"},
        {"artifacts/", "member 2 of the tar is neither"},
        {"model", "two members 'model'"},
    };
    size_t at;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        flama_buffer tar = archive(names[i].name, &at);
        refuse_tar(&tar, names[i].text);
    }
    flama_buffer tar = archive("artifacts/x", &at);
    flama_tar_add(&tar, FLAMA_STRING("artifacts/x"), "", 0);
    refuse_tar(&tar, "two artifacts named 'x'");
    flama_buffer_init(&tar, 1 << 16);
    flama_tar_add(&tar, FLAMA_STRING("artifacts/x"), "", 0);
    refuse_tar(&tar, "no member 'model'");
    flama_buffer_init(&tar, 1 << 16);
    flama_tar_add(&tar, FLAMA_STRING("model"), "", 0);
    refuse_tar(&tar, "Flama 1.x loses models under 8 KiB");
}

static void headers_that_are_no_good(void **state)
{
    (void)state;
    static const struct {
        size_t field;
        const char *value;
        size_t size;
        const char *text;
    } cases[] = {
        {156, "2", 1, "member 2 of the tar is a symbolic link"},
        {156, "5", 1, "member 2 of the tar is a folder"},
        {156, "S", 1, "of an unknown type"},
        {257, "x", 1, "damaged tar header at byte 1024"},
        {124, "00000000008\0", 12, "the tar header at byte 1024 has no valid size"},
        {124, "77777777777\0", 12, "member 2 of the tar says 8589934591 bytes"},
        {124, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 12,
         "has no valid size"},
        {124, "\x80\0\0\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 12,
         "says 18446744073709551615 bytes at byte 1536, but only"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t at;
        flama_buffer tar = archive("artifacts/x", &at);
        set_header(&tar, at, cases[i].field, cases[i].value, cases[i].size);
        refuse_tar(&tar, cases[i].text);
    }
    size_t at;
    flama_buffer tar = archive("artifacts/x", &at);
    tar.data[at]++;
    refuse_tar(&tar, "damaged tar header at byte 1024");
    tar = archive("artifacts/x", &at);
    refuse(tar.data, tar.size, FLAMA_EFORMAT, "without an end mark");
    flama_buffer_fini(&tar);
}

static void large_and_long_tar_fields(void **state)
{
    (void)state;
    size_t at;
    flama_buffer tar = archive("artifacts/x", &at);
    set_header(&tar, at, 124, "\x80\0\0\0\0\0\0\0\0\0\0\3", 12);
    set_header(&tar, at, 0, "x\0\0\0\0\0\0\0\0\0\0", 11);
    set_header(&tar, at, 345, "artifacts/sub", 13);
    flama_tar_add(&tar, FLAMA_STRING("././@LongLink"), "artifacts/y\0", 12);
    set_header(&tar, at + 1024, 156, "L", 1);
    flama_tar_add(&tar, FLAMA_STRING("cut off"), "abc", 3);
    flama_tar_add(&tar, FLAMA_STRING("pax"), "20 path=artifacts/z\n10 size=1\n", 30);
    set_header(&tar, at + 3072, 156, "x", 1);
    flama_tar_add(&tar, FLAMA_STRING("cut off"), "abc", 3);
    flama_tar_end(&tar);
    flama_package *package = read_bytes(tar.data, tar.size);
    assert_string_equal(encode(package->arena, &package->manifest).data,
                        "[\"sub/x\", \"y\", \"z\"]");
    assert_int_equal(package->artifacts[0].size, 3);
    assert_int_equal(package->artifacts[2].size, 1);
    flama_package_free(package);
    flama_buffer_fini(&tar);
}

static void pax_records_that_are_no_good(void **state)
{
    (void)state;
    static const char *const records[] = {"x",
                                          "5 a=b",
                                          "99 path=x\n",
                                          "4 a\n\n",
                                          "9 size=x\n",
                                          "3 a=bc\n\n",
                                          "18446744073709551616 a=b\n",
                                          "20 GNU.sparse.map=0\n"};
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        size_t at;
        flama_buffer tar = archive("artifacts/x", &at);
        flama_tar_add(&tar, FLAMA_STRING("pax"), records[i], strlen(records[i]));
        set_header(&tar, at + 1024, 156, "x", 1);
        refuse_tar(&tar, "bad pax header at byte 2048");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fixture_opens_as_recorded),
        cmocka_unit_test(artifacts_come_out),
        cmocka_unit_test(the_old_container_has_a_manifest_too),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(a_truncated_archive_is_refused),
        cmocka_unit_test(flipped_bytes_do_no_harm),
        cmocka_unit_test(sizes_that_lie_are_named),
        cmocka_unit_test(strangers_are_recognized),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(paths_that_are_no_files),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(a_name_counted_in_characters),
        cmocka_unit_test(memory_may_run_out_anywhere),
        cmocka_unit_test(a_saved_file_opens),
        cmocka_unit_test(what_could_not_be_read_is_not_written),
        cmocka_unit_test(an_infinite_parameter_becomes_a_string),
        cmocka_unit_test(envelopes_that_are_no_good),
        cmocka_unit_test(members_that_are_no_good),
        cmocka_unit_test(headers_that_are_no_good),
        cmocka_unit_test(large_and_long_tar_fields),
        cmocka_unit_test(pax_records_that_are_no_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
