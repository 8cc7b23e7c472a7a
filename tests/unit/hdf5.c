/* hdf5: files that h5py wrote, whole and damaged. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "flm/hdf5.h"

typedef struct opened {
    flama_arena *arena;
    char *data;
    size_t size;
    flama_hdf5 file;
    flama_error err;
    int code;
} opened;

/* A copy of exactly its size, so that ASan sees what reads beyond. */
static opened open_bytes(const char *data, size_t size)
{
    opened o = {.arena = flama_arena_new(0), .data = malloc(size ? size : 1)};
    memcpy(o.data, data, size);
    o.size = size;
    o.code = flama_hdf5_open(o.arena, o.data, size, &o.file, &o.err);
    return o;
}

static void close_file(opened *o)
{
    flama_arena_free(o->arena);
    free(o->data);
}

static char *read_corpus(const char *name, size_t *size)
{
    char path[512];
    snprintf(path, sizeof path, "%s/fuzz/corpus/hdf5/%s", SOURCE_ROOT, name);
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        fail_msg("no file %s", path);
    char *data = malloc(1 << 16);
    *size = fread(data, 1, 1 << 16, f);
    fclose(f);
    return data;
}

static opened open_corpus(const char *name)
{
    size_t size;
    char *data = read_corpus(name, &size);
    opened o = open_bytes(data, size);
    free(data);
    return o;
}

static const flama_hdf5_array *find(const opened *o, const char *path)
{
    const flama_hdf5_array *array =
        flama_hdf5_find(&o->file, (flama_string){path, strlen(path)});
    if (array == NULL)
        fail_msg("nothing at %s (%s)", path, o->err.message);
    return array;
}

static void check_floats(const opened *o, const char *path, size_t count,
                         const float *want)
{
    float got[8];
    const flama_hdf5_array *array = find(o, path);
    assert_int_equal(array->count, count);
    assert_int_equal(flama_hdf5_floats(array, got, NULL), 0);
    for (size_t i = 0; i < count; i++)
        assert_true(got[i] == want[i] || (isnan(got[i]) && isnan(want[i])));
}

static void check_integer(const opened *o, const char *path, int64_t want)
{
    int64_t got[8];
    assert_int_equal(flama_hdf5_integers(find(o, path), got, NULL), 0);
    assert_true(got[0] == want);
}

static void every_type_is_read(void **state)
{
    (void)state;
    opened o = open_corpus("types");
    const flama_hdf5_array *matrix = find(&o, "layers/dense/vars/0");
    assert_int_equal(matrix->rank, 2);
    assert_int_equal(matrix->shape[0], 2);
    assert_int_equal(matrix->shape[1], 3);
    check_floats(&o, "layers/dense/vars/0", 6, (float[]){1.5f, -2, 3, 4, 5, 6});
    check_floats(&o, "layers/dense/vars/half", 6,
                 (float[]){1.5f, -0.25f, INFINITY, 0x1p-24f, -0.0f, NAN});
    check_floats(&o, "layers/dense/vars/double", 2, (float[]){0.1f, INFINITY});
    check_floats(&o, "layers/dense/vars/brain", 2, (float[]){1.5f, -3});
    check_floats(&o, "layers/dense/vars/scalar", 1, (float[]){2.5f});
    check_floats(&o, "layers/dense/vars/empty", 0, NULL);
    check_floats(&o, "layers/dense/vars/byte", 2, (float[]){-1, 127});
    check_integer(&o, "layers/dense/vars/byte", -1);
    check_integer(&o, "layers/dense/vars/word", 40000);
    check_integer(&o, "layers/dense/vars/int", -70000);
    check_integer(&o, "layers/dense/vars/long", -(INT64_C(1) << 40));
    check_integer(&o, "layers/dense/vars/bool", 1);
    close_file(&o);
}

static void what_is_no_number_is_told(void **state)
{
    (void)state;
    opened o = open_corpus("types");
    float number;
    int64_t integer;
    flama_error err = {0};
    int code = flama_hdf5_floats(find(&o, "layers/dense/vars/text"), &number, &err);
    assert_int_equal(code, FLAMA_EUNSUPPORTED);
    assert_non_null(strstr(err.message, "vars/text"));
    code = flama_hdf5_floats(find(&o, "layers/dense/vars/big"), &number, NULL);
    assert_int_equal(code, FLAMA_EUNSUPPORTED);
    code = flama_hdf5_integers(find(&o, "layers/dense/vars/0"), &integer, NULL);
    assert_int_equal(code, FLAMA_EUNSUPPORTED);
    assert_null(flama_hdf5_find(&o.file, (flama_string){"layers", 6}));
    close_file(&o);
}

/* 40 names are more than one symbol table node holds. */
static void large_groups_are_read(void **state)
{
    (void)state;
    opened o = open_corpus("many");
    assert_int_equal(o.file.arrays.count, 40);
    for (int i = 0; i < 40; i++) {
        char path[16];
        snprintf(path, sizeof path, "g/%d", i);
        check_floats(&o, path, 2, (float[]){(float)i, (float)i});
    }
    close_file(&o);
}

static void data_in_the_header_are_read(void **state)
{
    (void)state;
    opened o = open_corpus("compact");
    check_floats(&o, "a", 3, (float[]){1, 2, 3});
    close_file(&o);
}

static void what_keras_never_writes_is_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"chunks", "in chunks"},
                                           {"packed", "compressed"},
                                           {"latest", "superblock version 3"},
                                           {"link", "holds a link"},
                                           {"loop", "nested too deep"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        opened o = open_corpus(cases[i][0]);
        if (o.code != FLAMA_EUNSUPPORTED || !strstr(o.err.message, cases[i][1]))
            fail_msg("%s: %d %s", cases[i][0], o.code, o.err.message);
        close_file(&o);
    }
}

/* Every byte changed to several others, and the file cut off anywhere: it opens, or
 * there is a sentence; ASan watches. */
static void damage_is_survived(void **state)
{
    (void)state;
    size_t size;
    char *data = read_corpus("compact", &size);
    for (size_t i = 0; i < size; i++) {
        static const uint8_t others[] = {0, 1, 0x7f, 0xff};
        char was = data[i];
        for (size_t k = 0; k < sizeof others; k++) {
            data[i] = (char)others[k];
            opened o = open_bytes(data, size);
            assert_true((o.code == 0) == (o.err.message[0] == '\0'));
            close_file(&o);
        }
        data[i] = was;
        opened o = open_bytes(data, i);
        assert_int_not_equal(o.code, 0);
        close_file(&o);
    }
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_read),
        cmocka_unit_test(what_is_no_number_is_told),
        cmocka_unit_test(large_groups_are_read),
        cmocka_unit_test(data_in_the_header_are_read),
        cmocka_unit_test(what_keras_never_writes_is_refused),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
