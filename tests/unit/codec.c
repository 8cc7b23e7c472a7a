/* flm: what model files are made of: codecs, base64, names. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "flm/base64.h"
#include "flm/codec.h"
#include "flm/name.h"

/* Codecs */

static const struct {
    flama_codec codec;
    bool repeats;
} all_codecs[] = {{FLAMA_CODEC_BZ2, true},  {FLAMA_CODEC_LZMA, false},
                  {FLAMA_CODEC_XZ, true},   {FLAMA_CODEC_ZLIB, false},
                  {FLAMA_CODEC_GZIP, true}, {FLAMA_CODEC_DEFLATE, false},
                  {FLAMA_CODEC_ZSTD, true}};
enum { CODECS = sizeof all_codecs / sizeof *all_codecs };

static flama_buffer pack(flama_codec codec, const void *data, size_t size)
{
    flama_buffer out;
    flama_buffer_init(&out, 1 << 22);
    assert_int_equal(flama_codec_compress(codec, data, size, &out, NULL), 0);
    return out;
}

static int unpack(flama_codec codec, const void *data, size_t size, size_t maximum,
                  flama_buffer *out, flama_error *err)
{
    flama_buffer_init(out, maximum);
    *err = (flama_error){0};
    return flama_codec_decompress(codec, data, size, out, err);
}

static void codecs_bring_bytes_back(void **state)
{
    (void)state;
    enum { SIZE = 300000 };
    uint8_t *data = malloc(SIZE);
    for (uint32_t i = 0; i < SIZE; i++)
        data[i] = i < SIZE / 2 ? 7 : (uint8_t)(i * 2654435761u >> 24);
    static const size_t sizes[] = {0, 1, 1000, SIZE};
    for (size_t c = 0; c < CODECS; c++) {
        for (size_t i = 0; i < 4; i++) {
            flama_codec codec = all_codecs[c].codec;
            flama_buffer packed = pack(codec, data, sizes[i]), out;
            flama_error err;
            if (unpack(codec, packed.data, packed.size, sizes[i], &out, &err) != 0)
                fail_msg("%s", err.message);
            assert_int_equal(out.size, sizes[i]);
            if (sizes[i])
                assert_memory_equal(out.data, data, sizes[i]);
            flama_buffer_fini(&out);
            flama_buffer_fini(&packed);
        }
    }
    free(data);
}

static void decompression_stops_at_its_limit(void **state)
{
    (void)state;
    enum { SIZE = 3000000 };
    uint8_t *zeros = calloc(1, SIZE);
    for (size_t c = 0; c < CODECS; c++) {
        flama_codec codec = all_codecs[c].codec;
        flama_buffer packed = pack(codec, zeros, SIZE), out;
        flama_error err;
        assert_int_equal(unpack(codec, packed.data, packed.size, 0, &out, &err),
                         FLAMA_ELIMIT);
        assert_int_equal(unpack(codec, packed.data, packed.size, SIZE - 1, &out, &err),
                         FLAMA_ELIMIT);
        assert_true(out.capacity <= SIZE - 1);
        assert_non_null(strstr(err.message, "over 2999999 bytes come out"));
        flama_buffer_fini(&out);
        flama_buffer_fini(&packed);
    }
    free(zeros);
}

static void early_ends_and_late_ones_are_told_apart(void **state)
{
    (void)state;
    for (size_t c = 0; c < CODECS; c++) {
        flama_codec codec = all_codecs[c].codec;
        flama_buffer packed = pack(codec, "some text, some text", 20), out;
        flama_error err;
        for (size_t size = 0; size < packed.size; size++) {
            assert_int_equal(unpack(codec, packed.data, size, 100, &out, &err),
                             FLAMA_EFORMAT);
            if (strstr(err.message, "breaks off after") == NULL)
                fail_msg("%s at %zu", err.message, size);
            flama_buffer_fini(&out);
        }
        size_t whole = packed.size;
        flama_buffer_append(&packed, "xyz", 3);
        assert_int_equal(unpack(codec, packed.data, packed.size, 100, &out, &err),
                         FLAMA_EFORMAT);
        char text[64];
        snprintf(text, sizeof text, "ends at byte %zu, but 3 bytes follow", whole);
        if (strstr(err.message, text) == NULL)
            fail_msg("%s", err.message);
        flama_buffer_fini(&out);
        flama_buffer_fini(&packed);
    }
}

static void streams_in_a_row(void **state)
{
    (void)state;
    for (size_t c = 0; c < CODECS; c++) {
        flama_codec codec = all_codecs[c].codec;
        flama_buffer packed = pack(codec, "abc", 3), out;
        assert_int_equal(flama_codec_compress(codec, "def", 3, &packed, NULL), 0);
        flama_error err;
        int rc = unpack(codec, packed.data, packed.size, 100, &out, &err);
        assert_int_equal(rc, all_codecs[c].repeats ? 0 : FLAMA_EFORMAT);
        if (rc == 0)
            assert_memory_equal(out.data, "abcdef", 6);
        flama_buffer_fini(&out);
        flama_buffer_fini(&packed);
    }
}

static void a_giant_window_is_refused(void **state)
{
    (void)state;
    /* .lzma with a dictionary of 4 GiB - 1; a zstd frame with a window of 2 GiB. */
    static const char lzma[] = "\x5D\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF";
    static const char zstd[] = "\x28\xB5\x2F\xFD\x00\xA8\x01\x00\x00";
    flama_buffer out;
    flama_error err;
    assert_int_equal(unpack(FLAMA_CODEC_LZMA, lzma, sizeof lzma, 100, &out, &err),
                     FLAMA_ELIMIT);
    assert_non_null(strstr(err.message, "too large a window"));
    flama_buffer_fini(&out);
    assert_int_equal(unpack(FLAMA_CODEC_ZSTD, zstd, sizeof zstd, 100, &out, &err),
                     FLAMA_ELIMIT);
    flama_buffer_fini(&out);
}

/* Base64 */

static void base64_both_ways(void **state)
{
    (void)state;
    uint8_t data[300];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 37);
    for (size_t size = 0; size <= sizeof data; size++) {
        flama_buffer text;
        flama_buffer_init(&text, 1000);
        assert_int_equal(flama_base64_encode(data, size, &text), 0);
        size_t made;
        assert_int_equal(flama_base64_decode(text.data, text.size, &made, NULL), 0);
        assert_int_equal(made, size);
        if (size)
            assert_memory_equal(text.data, data, size);
        flama_buffer_fini(&text);
    }
}

static void base64_that_is_no_good(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"QUJ", "in the middle of a group"},
        {"Q", "in the middle of a group"},
        {"=", "in the middle of a group"},
        {"QQ=", "in the middle of a group"},
        {"QUI==", "in the middle of a group"},
        {"QQ==QQ==", "after its end at byte 4"},
        {"QU-B", "byte 0x2d at 2"},
        {"QUJD\xC3QUJ", "byte 0xc3 at 4"},
        {"QUJD=", "in the middle of a group"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[16];
        size_t size = strlen(cases[i].text), made;
        memcpy(text, cases[i].text, size);
        flama_error err = {0};
        assert_int_equal(flama_base64_decode(text, size, &made, &err), FLAMA_EFORMAT);
        if (strstr(err.message, cases[i].error) == NULL)
            fail_msg("%s: %s", cases[i].text, err.message);
    }
    char spaced[] = " Q\nU\tJ\rD QQ = =\n";
    size_t made;
    assert_int_equal(flama_base64_decode(spaced, strlen(spaced), &made, NULL), 0);
    assert_int_equal(made, 4);
    assert_memory_equal(spaced, "ABCA", 4);
}

/* Names */

static void names_that_stay_in_their_folder(void **state)
{
    (void)state;
    static const char *const good[] = {
        "a", "a/b", "...", "..a", ".hidden", "a b", "\xC3\xBC/\xF0\x9F\x94\xA5"};
    static const char *const bad[] = {"",
                                      "/a",
                                      "a/",
                                      "a//b",
                                      "..",
                                      "../a",
                                      "a/../b",
                                      "a/..",
                                      "a/.",
                                      "./a",
                                      "a\\b",
                                      "a\nb",
                                      "a\x7F",
                                      "\xC3",
                                      "\xFF",
                                      "\xC0\x80",
                                      "\xED\xA0\x80",
                                      "\xF4\x90\x80\x80",
                                      "\xE0\x80\x80"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_null(flama_name_fault((flama_string){good[i], strlen(good[i])}));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_non_null(flama_name_fault((flama_string){bad[i], strlen(bad[i])}));
    assert_non_null(flama_name_fault((flama_string){"a\0b", 3}));
    char *giant = malloc(FLAMA_NAME_MAXIMUM + 1);
    memset(giant, 'x', FLAMA_NAME_MAXIMUM + 1);
    assert_null(flama_name_fault((flama_string){giant, FLAMA_NAME_MAXIMUM}));
    assert_non_null(flama_name_fault((flama_string){giant, FLAMA_NAME_MAXIMUM + 1}));
    free(giant);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codecs_bring_bytes_back),
        cmocka_unit_test(decompression_stops_at_its_limit),
        cmocka_unit_test(early_ends_and_late_ones_are_told_apart),
        cmocka_unit_test(streams_in_a_row),
        cmocka_unit_test(a_giant_window_is_refused),
        cmocka_unit_test(base64_both_ways),
        cmocka_unit_test(base64_that_is_no_good),
        cmocka_unit_test(names_that_stay_in_their_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
