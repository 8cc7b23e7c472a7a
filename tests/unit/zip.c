/* zip: archives made here, good and bad. */
#include "test.h"

#include <stdlib.h>

#include <zlib.h>

#include "base/arena.h"
#include "flm/codec.h"
#include "flm/zip.h"

/* A member to be; the fields after `data` are lies, 0 for none. */
typedef struct member {
    const char *name;
    const char *data;
    bool deflated;
    bool zip64;
    unsigned flags;
    unsigned method;
    uint32_t size;   /* in the directory */
    uint32_t packed; /* in the directory */
    uint32_t crc;
    uint32_t header;
    const char *local_name;
} member;

/* What the end records say that isn't so. */
typedef struct ending {
    bool zip64;
    unsigned disk;
    unsigned more_entries;
    uint32_t more_size;
    uint32_t more_at;
    const char *comment;
} ending;

typedef struct maker {
    flama_buffer out;
    flama_buffer directory;
    unsigned count;
} maker;

static void put(flama_buffer *out, size_t bytes, uint64_t number)
{
    uint8_t le[8];
    for (size_t i = 0; i < 8; i++)
        le[i] = (uint8_t)(number >> 8 * i);
    assert_int_equal(flama_buffer_append(out, le, bytes), 0);
}

static void put_text(flama_buffer *out, const char *text)
{
    assert_int_equal(flama_buffer_append(out, text, strlen(text)), 0);
}

static void begin(maker *m)
{
    flama_buffer_init(&m->out, 1 << 20);
    flama_buffer_init(&m->directory, 1 << 20);
    m->count = 0;
}

static void put_entry(maker *m, const member *in, uint32_t packed, uint32_t header)
{
    flama_buffer *d = &m->directory;
    uint32_t size = in->size ? in->size : (uint32_t)strlen(in->data);
    uint32_t crc = (uint32_t)crc32(0, (const Bytef *)in->data, (uInt)strlen(in->data));
    packed = in->packed ? in->packed : packed;
    header = in->header ? in->header : header;
    put_text(d, "PK\1\2");
    put(d, 4, 20 | 20 << 16);
    put(d, 2, in->flags);
    put(d, 2, in->method ? in->method : in->deflated ? 8 : 0);
    put(d, 4, 0);
    put(d, 4, in->crc ? in->crc : crc);
    put(d, 4, in->zip64 ? UINT32_MAX : packed);
    put(d, 4, in->zip64 ? UINT32_MAX : size);
    put(d, 2, strlen(in->name));
    put(d, 2, in->zip64 ? 5 + 4 + 24 : 0);
    put(d, 2, 3);
    put(d, 8, 0);
    put(d, 4, in->zip64 ? UINT32_MAX : header);
    put_text(d, in->name);
    if (in->zip64) {
        put(d, 4, 0x7777 | 1 << 16); /* another field first */
        put(d, 1, 0);
        put(d, 4, 1 | 24 << 16);
        put(d, 8, size);
        put(d, 8, packed);
        put(d, 8, header);
    }
    put_text(d, "com");
    m->count++;
}

static void add(maker *m, member in)
{
    flama_buffer packed, *out = &m->out;
    flama_buffer_init(&packed, 1 << 20);
    flama_codec codec = in.deflated ? FLAMA_CODEC_DEFLATE : FLAMA_CODEC_STORED;
    assert_int_equal(
        flama_codec_compress(codec, in.data, strlen(in.data), &packed, NULL), 0);
    put_entry(m, &in, (uint32_t)packed.size, (uint32_t)out->size);
    const char *name = in.local_name ? in.local_name : in.name;
    put_text(out, "PK\3\4");
    put(out, 2, 20);
    put(out, 2, in.flags);
    put(out, 2, in.method ? in.method : in.deflated ? 8 : 0);
    put(out, 8, 0);
    put(out, 8, 0);
    put(out, 2, strlen(name));
    put(out, 2, 2);
    put_text(out, name);
    put_text(out, "ex");
    flama_buffer_append(out, packed.data, packed.size);
    flama_buffer_fini(&packed);
}

static void put_end64(maker *m, const ending *e, size_t at)
{
    flama_buffer *out = &m->out;
    size_t end64 = out->size;
    put_text(out, "PK\6\6");
    put(out, 8, 44);
    put(out, 4, 0);
    put(out, 8, 0);
    put(out, 8, m->count);
    put(out, 8, m->count + e->more_entries);
    put(out, 8, m->directory.size + e->more_size);
    put(out, 8, at + e->more_at);
    put_text(out, "PK\6\7");
    put(out, 4, 0);
    put(out, 8, end64);
    put(out, 4, 1);
}

static void finish(maker *m, ending e)
{
    flama_buffer *out = &m->out;
    size_t at = out->size;
    flama_buffer_append(out, m->directory.data, m->directory.size);
    if (e.zip64)
        put_end64(m, &e, at);
    put_text(out, "PK\5\6");
    put(out, 2, e.disk);
    put(out, 2, 0);
    put(out, 2, e.zip64 ? UINT16_MAX : m->count);
    put(out, 2, e.zip64 ? UINT16_MAX : m->count + e.more_entries);
    put(out, 4, e.zip64 ? UINT32_MAX : m->directory.size + e.more_size);
    put(out, 4, e.zip64 ? UINT32_MAX : at + e.more_at);
    const char *comment = e.comment ? e.comment : "";
    put(out, 2, strlen(comment));
    put_text(out, comment);
    flama_buffer_fini(&m->directory);
}

static void check_member(const flama_zip *zip, const char *name, const char *data)
{
    const flama_zip_entry *entry =
        flama_zip_find(zip, (flama_string){name, strlen(name)});
    assert_non_null(entry);
    const uint8_t *got;
    flama_error err = {0};
    if (flama_zip_get(zip, entry, &got, &err) != 0)
        fail_msg("%s", err.message);
    assert_int_equal(entry->size, strlen(data));
    assert_memory_equal(got, data, entry->size);
}

/* Opens an exact copy of the archive, so that ASan sees a read beyond its end, and gets
 * every member. */
static int try_all(const void *data, size_t size, flama_error *err)
{
    flama_arena *arena = flama_arena_new(1 << 20);
    uint8_t *copy = malloc(size ? size : 1);
    memcpy(copy, data, size);
    flama_zip zip;
    int rc = flama_zip_open(arena, copy, size, &zip, err);
    for (size_t i = 0; rc == 0 && i < zip.count; i++) {
        const uint8_t *out;
        rc = flama_zip_get(&zip, &zip.entries[i], &out, err);
    }
    free(copy);
    flama_arena_free(arena);
    return rc;
}

static void refuse(maker *m, ending e, int code, const char *text)
{
    flama_error err = {0};
    finish(m, e);
    assert_int_equal(try_all(m->out.data, m->out.size, &err), code);
    if (strstr(err.message, text) == NULL)
        fail_msg("'%s' has no '%s'", err.message, text);
    flama_buffer_fini(&m->out);
}

static void refuse_member(member in, int code, const char *text)
{
    maker m;
    begin(&m);
    add(&m, (member){.name = "first", .data = "1"});
    add(&m, in);
    refuse(&m, (ending){0}, code, text);
}

static const char long_text[] =
    "the quick brown fox jumps over the lazy dog, the quick brown fox jumps over it";

static void good_archive(maker *m, ending e, bool zip64)
{
    begin(m);
    add(m, (member){.name = "dir/", .data = ""});
    add(m, (member){.name = "dir/stored", .data = "abc", .zip64 = zip64});
    add(m,
        (member){
            .name = "deflated", .data = long_text, .deflated = true, .zip64 = zip64});
    add(m, (member){.name = "empty", .data = ""});
    add(m, (member){.name = "deflated empty", .data = "", .deflated = true});
    finish(m, e);
}

static void members_come_out(void **state)
{
    (void)state;
    static const ending endings[] = {
        {0}, {.zip64 = true}, {.comment = "a PK\5\6 comment"}};
    for (size_t i = 0; i < 6; i++) {
        maker m;
        good_archive(&m, endings[i / 2], i % 2);
        flama_arena *arena = flama_arena_new(0);
        flama_zip zip;
        flama_error err = {0};
        if (flama_zip_open(arena, m.out.data, m.out.size, &zip, &err) != 0)
            fail_msg("%s", err.message);
        assert_int_equal(zip.count, 4);
        assert_int_equal(zip.entries[0].name.size, 10);
        check_member(&zip, "dir/stored", "abc");
        check_member(&zip, "deflated", long_text);
        check_member(&zip, "empty", "");
        check_member(&zip, "deflated empty", "");
        assert_null(flama_zip_find(&zip, FLAMA_STRING("dir/")));
        assert_null(flama_zip_find(&zip, FLAMA_STRING("store")));
        flama_arena_free(arena);
        flama_buffer_fini(&m.out);
    }
}

static void an_empty_archive_is_good(void **state)
{
    (void)state;
    maker m;
    begin(&m);
    finish(&m, (ending){0});
    assert_int_equal(try_all(m.out.data, m.out.size, NULL), 0);
    flama_buffer_fini(&m.out);
}

static void damage_does_no_harm(void **state)
{
    (void)state;
    maker m;
    good_archive(&m, (ending){.zip64 = true}, true);
    for (size_t size = 0; size < m.out.size; size++)
        assert_int_equal(try_all(m.out.data, size, NULL), FLAMA_EFORMAT);
    for (size_t bit = 0; bit < m.out.size * 8; bit++) {
        char flip = (char)(1 << bit % 8);
        flama_error err = {0};
        m.out.data[bit / 8] = (char)(m.out.data[bit / 8] ^ flip);
        int rc = try_all(m.out.data, m.out.size, &err);
        assert_true(rc == 0 || err.message[0]);
        m.out.data[bit / 8] = (char)(m.out.data[bit / 8] ^ flip);
    }
    flama_buffer_fini(&m.out);
}

static void members_that_are_no_good(void **state)
{
    (void)state;
    refuse_member((member){.name = "../x", .data = ""}, FLAMA_EFORMAT,
                  "the name of zip member 2 has a part \"..\"");
    refuse_member((member){.name = "/x", .data = ""}, FLAMA_EFORMAT,
                  "is an absolute path");
    refuse_member((member){.name = "x/", .data = "abc"}, FLAMA_EFORMAT,
                  "has an empty part");
    refuse_member((member){.name = "first", .data = ""}, FLAMA_EFORMAT,
                  "two members 'first'");
    refuse_member((member){.name = "x", .data = "", .flags = 1}, FLAMA_EUNSUPPORTED,
                  "'x' is encrypted");
    refuse_member((member){.name = "x", .data = "", .method = 14}, FLAMA_EUNSUPPORTED,
                  "'x' is compressed by the unknown method 14");
    refuse_member((member){.name = "x", .data = "abc", .crc = 7}, FLAMA_EFORMAT,
                  "'x' doesn't have its CRC");
    refuse_member((member){.name = "x", .data = "", .local_name = "y"}, FLAMA_EFORMAT,
                  "'x' has no such local header at byte 38");
    refuse_member((member){.name = "x", .data = "", .header = 1000}, FLAMA_EFORMAT,
                  "'x' has no such local header at byte 1000");
}

static void sizes_that_lie(void **state)
{
    (void)state;
    refuse_member((member){.name = "x", .data = "abc", .size = 4}, FLAMA_EFORMAT,
                  "'x' is stored, but its two sizes differ");
    refuse_member((member){.name = "x", .data = "abc", .size = 4, .packed = 4},
                  FLAMA_EFORMAT, "'x' says 4 bytes at byte 71, but only 3 are left");
    refuse_member((member){.name = "x", .data = long_text, .deflated = true, .size = 9},
                  FLAMA_EFORMAT, "'x' unpacks to more than the 9 bytes it says");
    refuse_member(
        (member){.name = "x", .data = long_text, .deflated = true, .size = 99},
        FLAMA_EFORMAT, "'x' unpacks to fewer than the 99 bytes it says");
    refuse_member(
        (member){.name = "x", .data = long_text, .deflated = true, .packed = 9},
        FLAMA_EFORMAT, "'x': deflate data breaks off after 9 bytes");
    refuse_member((member){.name = "x", .data = "a", .deflated = true, .size = 1 << 30},
                  FLAMA_EFORMAT, "more than deflate can");
    refuse_member((member){.name = "x", .data = "a", .size = UINT32_MAX}, FLAMA_EFORMAT,
                  "lacks its zip64 sizes");
}

static void directories_that_are_no_good(void **state)
{
    (void)state;
    static const struct {
        ending end;
        int code;
        const char *text;
    } cases[] = {
        {{.disk = 1}, FLAMA_EUNSUPPORTED, "one of several disks"},
        {{.more_entries = 1}, FLAMA_EUNSUPPORTED, "one of several disks"},
        {{.more_size = 1}, FLAMA_EFORMAT, "the zip's directory says"},
        {{.more_at = 1}, FLAMA_EFORMAT, "the zip's directory says"},
        {{.zip64 = true, .more_at = 1}, FLAMA_EFORMAT, "the zip's directory says"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        maker m;
        begin(&m);
        add(&m, (member){.name = "x", .data = "abc"});
        refuse(&m, cases[i].end, cases[i].code, cases[i].text);
    }
    flama_error err = {0};
    assert_int_equal(try_all("PK\3\4", 4, &err), FLAMA_EFORMAT);
    assert_non_null(strstr(err.message, "it has no end record"));
}

/* Two names for the same bytes: how a small archive becomes a large one. */
static void shared_bytes_are_refused(void **state)
{
    (void)state;
    maker m;
    begin(&m);
    add(&m, (member){.name = "a", .data = "abc"});
    put_entry(&m, &(member){.name = "a2", .data = "abc"}, 3, 0);
    refuse(&m, (ending){0}, FLAMA_EFORMAT, "has no such local header");

    begin(&m);
    put_text(&m.out, "PK\3\4");
    put(&m.out, 8, 0);
    put(&m.out, 8, 0);
    put(&m.out, 6, 0);
    put(&m.out, 4, 1);
    put_text(&m.out, "a");
    add(&m, (member){.name = "b", .data = "abc"});
    put_entry(&m, &(member){.name = "a", .data = "PK\3\4"}, 4, 0);
    refuse(&m, (ending){0}, FLAMA_EFORMAT, "'a' and 'b' overlap");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_come_out),
        cmocka_unit_test(an_empty_archive_is_good),
        cmocka_unit_test(damage_does_no_harm),
        cmocka_unit_test(members_that_are_no_good),
        cmocka_unit_test(sizes_that_lie),
        cmocka_unit_test(directories_that_are_no_good),
        cmocka_unit_test(shared_bytes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
