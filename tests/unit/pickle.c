/* flm: the pickle reader and the arrays in pickles. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "flm/numpy.h"

/* A pickle as a string literal, without its NUL. */
#define PICKLE(text) ((flama_string){(text), sizeof(text) - 1})

static const void *allow_none(const void *ctx, flama_string module, flama_string name)
{
    (void)ctx;
    (void)module;
    (void)name;
    return NULL;
}

static const void *allow_all(const void *ctx, flama_string module, flama_string name)
{
    (void)module;
    (void)name;
    return ctx;
}

static const flama_pickle *read_ok(flama_arena *arena, flama_string pickle)
{
    const flama_pickle *root = NULL;
    flama_error err = {0};
    if (flama_pickle_read(arena, pickle.data, pickle.size, allow_all, "", &root, &err))
        fail_msg("%s", err.message);
    return root;
}

/* Reading must end with that code and a sentence that has `text` in it. */
static void refuse(flama_string pickle, flama_pickle_find find, int code,
                   const char *text)
{
    const flama_pickle *root;
    flama_error err = {0};
    flama_arena *arena = flama_arena_new(64 << 20);
    char *copy = malloc(pickle.size ? pickle.size : 1); /* exact, for ASan */
    memcpy(copy, pickle.data, pickle.size);
    int rc = flama_pickle_read(arena, copy, pickle.size, find, "", &root, &err);
    if (rc != code || strstr(err.message, text) == NULL)
        fail_msg("%d %s: not %d %s", rc, err.message, code, text);
    free(copy);
    flama_arena_free(arena);
}

static void names_must_be_allowed(void **state)
{
    (void)state;
    static const struct {
        flama_string pickle;
        const char *name;
    } attacks[] = {
        /* posix.system("id") */
        {PICKLE("\x80\x04\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x85R."),
         "posix.system"},
        /* the same, spelled as protocol 2 does */
        {PICKLE("\x80\x02"
                "cos\nsystem\nX\x02\0\0\0id\x85R."),
         "os.system"},
        {PICKLE("\x80\x04\x8c\x08"
                "builtins\x8c\x04"
                "eval\x93\x8c\x01"
                "1\x85R."),
         "builtins.eval"},
        /* getattr(getattr(x, ...), ...) */
        {PICKLE("\x80\x04\x8c\x08"
                "builtins\x8c\x07getattr\x93\x94h\0N\x8c\x01"
                "a\x86R\x8c\x01"
                "b\x86R."),
         "builtins.getattr"},
        /* hidden in a list in a dict */
        {PICKLE("\x80\x04}\x8c\x01"
                "a](K\x01\x8c\x0asubprocess\x8c\x05Popen\x93"
                "es."),
         "subprocess.Popen"},
        /* the module by way of the memo */
        {PICKLE("\x80\x04\x8c\x05posix\x94"
                "0h\0\x8c\x05"
                "popen\x93."),
         "posix.popen"},
    };
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++)
        refuse(attacks[i].pickle, allow_none, FLAMA_EUNSUPPORTED, attacks[i].name);
}

static void damage_is_told(void **state)
{
    (void)state;
    static const struct {
        flama_string pickle;
        int code;
        const char *text;
    } cases[] = {
        {PICKLE(""), FLAMA_EFORMAT, "not a pickle"},
        {PICKLE("hello"), FLAMA_EFORMAT, "not a pickle"},
        {PICKLE("\x80\x01."), FLAMA_EUNSUPPORTED, "protocol 1"},
        {PICKLE("\x80\x06."), FLAMA_EUNSUPPORTED, "protocol 6"},
        {PICKLE("\x80\x04."), FLAMA_EFORMAT, "stack"},
        {PICKLE("\x80\x04N"), FLAMA_EFORMAT, "too early"},
        {PICKLE("\x80\x04NN."), FLAMA_EFORMAT, "left on the stack"},
        {PICKLE("\x80\x04N.N"), FLAMA_EFORMAT, "follows the end"},
        {PICKLE("\x80\x04("), FLAMA_EFORMAT, "too early"},
        {PICKLE("\x80\x04t."), FLAMA_EFORMAT, "no mark"},
        {PICKLE("\x80\x04(\x85."), FLAMA_EFORMAT, "too little"},
        {PICKLE("\x80\x04h\x05."), FLAMA_EFORMAT, "memo entry"},
        {PICKLE("\x80\x04Nq\x05."), FLAMA_EFORMAT, "out of order"},
        {PICKLE("\x80\x04\x94."), FLAMA_EFORMAT, "nothing on the stack"},
        {PICKLE("\x80\x04NNa."), FLAMA_EFORMAT, "no list"},
        {PICKLE("\x80\x04](K\x01u."), FLAMA_EFORMAT, "key without a value"},
        {PICKLE("\x80\x04](K\x01K\x02u."), FLAMA_EFORMAT, "no dict"},
        {PICKLE("\x80\x04N}b."), FLAMA_EFORMAT, "no object"},
        {PICKLE("\x80\x04NNR."), FLAMA_EUNSUPPORTED, "calls the result"},
        {PICKLE("\x80\x04NN\x93."), FLAMA_EFORMAT, "name that is no string"},
        {PICKLE("\x80\x04\x8c\x02\xff\xff."), FLAMA_EFORMAT, "UTF-8"},
        {PICKLE("\x80\x04\x8c\x03\xed\xa0\x80."), FLAMA_EFORMAT, "UTF-8"},
        {PICKLE("\x80\x04\x8c\xff."), FLAMA_EFORMAT, "too early"},
        {PICKLE("\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\xff."), FLAMA_EFORMAT,
         "too early"},
        {PICKLE("\x80\x04\x8b\xff\xff\xff\xff."), FLAMA_EFORMAT, "too early"},
        {PICKLE("\x80\x04\x95\xff\0\0\0\0\0\0\0N."), FLAMA_EFORMAT, "frame"},
        {PICKLE("\x80\x04\xee."), FLAMA_EFORMAT, "unknown opcode 0xee at byte 2"},
        {PICKLE("\x80\x02"
                "cno end"),
         FLAMA_EFORMAT, "without an end"},
        {PICKLE("\x80\x04PX\n."), FLAMA_EUNSUPPORTED, "persistent id"},
        {PICKLE("\x80\x04NQ."), FLAMA_EUNSUPPORTED, "persistent id"},
        {PICKLE("\x80\x04(ios\nsystem\n."), FLAMA_EUNSUPPORTED, "protocol 0"},
        {PICKLE("\x80\x04\x82\x01."), FLAMA_EUNSUPPORTED, "extension registry"},
        {PICKLE("\x80\x05\x97."), FLAMA_EUNSUPPORTED, "buffer"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refuse(cases[i].pickle, allow_all, cases[i].code, cases[i].text);
}

/* Calling what a call gave, or a string, is not even written down. */
static void only_names_are_called(void **state)
{
    (void)state;
    refuse(PICKLE("\x80\x04\x8c\x01m\x8c\x01n\x93)R)R."), allow_all, FLAMA_EUNSUPPORTED,
           "calls the result");
    refuse(PICKLE("\x80\x04\x8c\x01m\x8c\x01n\x93]R."), allow_all, FLAMA_EFORMAT,
           "no tuple");
    refuse(PICKLE("\x80\x04\x8c\x01m\x8c\x01n\x93)R}b}b."), allow_all, FLAMA_EFORMAT,
           "second state");
}

static flama_string repeated(flama_arena *arena, const char *start, const char *part,
                             size_t part_size, size_t times, const char *end)
{
    size_t head = strlen(start), tail = strlen(end);
    char *text = flama_arena_alloc(arena, head + part_size * times + tail);
    memcpy(text, start, head);
    for (size_t i = 0; i < times; i++)
        memcpy(text + head + i * part_size, part, part_size);
    memcpy(text + head + part_size * times, end, tail);
    return (flama_string){text, head + part_size * times + tail};
}

static void depth_and_counts_are_bounded(void **state)
{
    (void)state;
    flama_arena *arena = flama_arena_new(0);
    refuse(repeated(arena, "\x80\x04", "(", 1, 100000, "."), allow_all, FLAMA_ELIMIT,
           "containers deep");
    refuse(repeated(arena, "\x80\x04\x8c\x01m\x94\x8c\x01n\x94", "h\0h\x01\x93", 5,
                    5000, "."),
           allow_all, FLAMA_ELIMIT, "classes and functions");
    refuse(repeated(arena, "\x80\x04", "]", 1, 4000000, "."), allow_all, FLAMA_EMEMORY,
           "memory");
    /* a tuple in a tuple in a tuple: no recursion, so no limit of its own */
    flama_arena *small = flama_arena_new(0);
    read_ok(small, repeated(arena, "\x80\x04N", "\x85", 1, 100000, "."));
    flama_arena_free(small);
    flama_arena_free(arena);
}

static void cycles_are_data(void **state)
{
    (void)state;
    flama_arena *arena = flama_arena_new(0);
    const flama_pickle *list = read_ok(arena, PICKLE("\x80\x04]\x94h\0a."));
    assert_ptr_equal(list->items[0], list);
    const flama_pickle *object =
        read_ok(arena, PICKLE("\x80\x04\x8c\x01m\x8c\x01n\x93)\x81\x94h\0b."));
    assert_ptr_equal(object->object->state, object);
    assert_null(flama_pickle_attribute(object, "x", NULL));
    flama_arena_free(arena);
}

/* (None, True, -2, 2**70, 1.5, "é", b"z", {1.5}, {"a": 3}) */
static void values_are_read(void **state)
{
    (void)state;
    flama_arena *arena = flama_arena_new(0);
    const flama_pickle *root =
        read_ok(arena, PICKLE("\x80\x04(N\x88J\xfe\xff\xff\xff\x8a\x09\0\0\0\0\0\0\0\0@"
                              "G\x3f\xf8\0\0\0\0\0\0\x8c\x02\xc3\xa9"
                              "C\x01z\x8f(G\x3f\xf8\0\0\0\0\0\0\x90}\x8c\x01"
                              "aK\x03st."));
    flama_pickle **item = root->items;
    assert_int_equal(root->kind, FLAMA_PICKLE_TUPLE);
    assert_int_equal(root->count, 9);
    assert_int_equal(item[0]->kind, FLAMA_PICKLE_NONE);
    assert_true(item[1]->boolean);
    assert_int_equal(item[2]->integer, -2);
    assert_int_equal(item[3]->kind, FLAMA_PICKLE_BIGINT);
    assert_int_equal(item[3]->text.size, 9);
    assert_true(item[4]->number == 1.5);
    assert_true(flama_pickle_is_text(item[5], "é"));
    assert_memory_equal(item[6]->text.data, "z", 1);
    assert_int_equal(item[7]->kind, FLAMA_PICKLE_SET);
    assert_int_equal(item[7]->count, 1);
    assert_int_equal(flama_pickle_entry(item[8], "a")->integer, 3);
    assert_null(flama_pickle_entry(item[8], "b"));
    flama_arena_free(arena);
}

/* Arrays: files that numpy wrote, in protocols 2, 4 and 5. */

typedef struct opened {
    flama_arena *arena;
    flama_numpy array;
    double numbers[8];
} opened;

static opened open_array(const char *name, int protocol)
{
    opened o = {.arena = flama_arena_new(0)};
    char path[512];
    snprintf(path, sizeof path, "%s/fuzz/corpus/pickle/%s-%d.pkl", SOURCE_ROOT, name,
             protocol);
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        fail_msg("no file %s", path);
    char *data = flama_arena_alloc(o.arena, 4096);
    size_t size = fread(data, 1, 4096, f);
    fclose(f);
    const flama_pickle *root = read_ok(o.arena, (flama_string){data, size});
    flama_error err = {0};
    if (flama_numpy_read(o.arena, root, &o.array, &err) != 0)
        fail_msg("%s: %s", path, err.message);
    assert_true(o.array.count <= 8);
    if (strchr("biuf", o.array.kind))
        assert_int_equal(flama_numpy_doubles(&o.array, NULL, o.numbers, &err), 0);
    return o;
}

static const int protocols[] = {2, 4, 5};

static void arrays_of_numbers_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        unsigned rank;
        size_t count;
        double numbers[6];
    } cases[] = {
        {"int", 2, 6, {0, 1, 2, 3, 4, 5}},
        {"big-endian", 1, 3, {0, 1, 2}},
        {"fortran", 2, 6, {0, 0.5, 1, 1.5, 2, 2.5}},
        {"half", 1, 3, {1.5, -0.25, INFINITY}},
        {"bool", 1, 2, {1, 0}},
        {"scalar", 0, 1, {2.5}},
        {"empty", 2, 0, {0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t p = 0; p < 3; p++) {
            opened o = open_array(cases[i].name, protocols[p]);
            assert_int_equal(o.array.rank, cases[i].rank);
            assert_int_equal(o.array.count, cases[i].count);
            for (size_t k = 0; k < cases[i].count; k++)
                assert_true(o.numbers[k] == cases[i].numbers[k]);
            flama_arena_free(o.arena);
        }
}

static void arrays_of_text_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t count;
        const char *texts[3];
    } cases[] = {{"text", 3, {"ash", "cédre", "𝄞"}},
                 {"bytes", 2, {"ash", "elm"}},
                 {"objects", 2, {"ash", "elm"}}};
    for (size_t i = 0; i < 3; i++)
        for (size_t p = 0; p < 3; p++) {
            opened o = open_array(cases[i].name, protocols[p]);
            flama_string texts[3];
            assert_int_equal(o.array.count, cases[i].count);
            assert_int_equal(flama_numpy_strings(o.arena, &o.array, texts, NULL), 0);
            for (size_t k = 0; k < cases[i].count; k++) {
                assert_int_equal(texts[k].size, strlen(cases[i].texts[k]));
                assert_memory_equal(texts[k].data, cases[i].texts[k], texts[k].size);
            }
            assert_int_equal(flama_numpy_doubles(&o.array, NULL, o.numbers, NULL),
                             FLAMA_EFORMAT);
            flama_arena_free(o.arena);
        }
}

static void structured_arrays_are_read(void **state)
{
    (void)state;
    for (size_t p = 0; p < 3; p++) {
        opened o = open_array("structured", protocols[p]);
        int64_t left[2];
        double value[2];
        assert_int_equal(flama_numpy_integers(&o.array,
                                              flama_numpy_field_get(&o.array, "left"),
                                              left, NULL),
                         0);
        assert_int_equal(flama_numpy_doubles(&o.array,
                                             flama_numpy_field_get(&o.array, "value"),
                                             value, NULL),
                         0);
        assert_int_equal(left[1], -1);
        assert_true(value[0] == 2.5 && value[1] == -0.5);
        assert_null(flama_numpy_field_get(&o.array, "none"));
        flama_arena_free(o.arena);
    }
}

/* An array whose parts do not fit together. */
static void refuse_array(flama_string pickle, const char *text)
{
    flama_arena *arena = flama_arena_new(64 << 20);
    const flama_pickle *root = read_ok(arena, pickle);
    flama_numpy array;
    flama_error err = {0};
    int rc = flama_numpy_read(arena, root, &array, &err);
    if (rc != FLAMA_EFORMAT && rc != FLAMA_EUNSUPPORTED)
        fail_msg("%d, not refused: %s", rc, text);
    if (strstr(err.message, text) == NULL)
        fail_msg("%s: not %s", err.message, text);
    flama_arena_free(arena);
}

#define ARRAY "\x80\x04\x8c\x01m\x8c\x0c_reconstruct\x93)R(K\x01"
#define DTYPE(code)     \
    "\x8c\x01m\x8c\x05" \
    "dtype\x93\x8c\x02" code "\x85R"

static void damaged_arrays_are_refused(void **state)
{
    (void)state;
    refuse_array(PICKLE(ARRAY "K\x02\x85" DTYPE("f8") "\x89"
                                                      "C\x08"
                                                      "12345678tb."),
                 "not as long");
    refuse_array(PICKLE(ARRAY
                        "J\xff\xff\xff\x7fJ\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x87" DTYPE(
                            "f8") "\x89"
                                  "C\0tb."),
                 "shape");
    refuse_array(PICKLE(ARRAY "J\xff\xff\xff\xff\x85" DTYPE("f8") "\x89"
                                                                  "C\0tb."),
                 "shape");
    refuse_array(PICKLE(ARRAY "J\xff\xff\xff\x7f\x85" DTYPE("S0") "\x89"
                                                                  "C\0tb."),
                 "no size");
    refuse_array(PICKLE(ARRAY "K\x01\x85" DTYPE("f3") "\x89"
                                                      "C\x03"
                                                      "123tb."),
                 "f3");
    refuse_array(PICKLE(ARRAY "K\x01\x85" DTYPE("q8") "\x89"
                                                      "C\x08"
                                                      "12345678tb."),
                 "q8");
    refuse_array(PICKLE(ARRAY "K\x01\x85N\x89"
                              "C\0tb."),
                 "dtype");
    refuse_array(PICKLE(ARRAY "K\x02\x85" DTYPE("O8") "\x89]tb."), "objects");
    refuse_array(PICKLE(ARRAY "K\x01\x85" DTYPE("V8") "\x89"
                                                      "C\x08"
                                                      "12345678tb."),
                 "fields");
    refuse_array(PICKLE("\x80\x04\x8c\x01m\x8c\x0c_reconstruct\x93)R."), "state");
    refuse_array(PICKLE("\x80\x04N."), "expected");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_must_be_allowed),
        cmocka_unit_test(damage_is_told),
        cmocka_unit_test(only_names_are_called),
        cmocka_unit_test(depth_and_counts_are_bounded),
        cmocka_unit_test(cycles_are_data),
        cmocka_unit_test(values_are_read),
        cmocka_unit_test(arrays_of_numbers_are_read),
        cmocka_unit_test(arrays_of_text_are_read),
        cmocka_unit_test(structured_arrays_are_read),
        cmocka_unit_test(damaged_arrays_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
