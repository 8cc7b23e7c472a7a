/* The JSON encoder: spelling, spacing, tensors of every type, what it refuses. */
#include "test.h"

#include <math.h>
#include <stdlib.h>

static flama_arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = flama_arena_new(0);
    return arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    flama_arena_free(arena);
    return 0;
}

static const char *text_of(flama_value value, unsigned flags)
{
    flama_string out = {"", 0};
    flama_error err = {0};
    if (flama_json_encode(arena, &value, flags, &out, &err) != 0)
        fail_msg("%s", err.message);
    assert_int_equal(out.data[out.size], '\0');
    return out.data;
}

static flama_value value_of(const char *text)
{
    flama_value value = {0};
    assert_int_equal(flama_json_decode(arena, text, strlen(text), NULL, &value, NULL),
                     0);
    return value;
}

static void what_was_decoded_prints_as_python_prints_it(void **state)
{
    (void)state;
    static const struct {
        const char *text, *printed;
    } cases[] = {
        {"null", "null"},
        {"[true, false]", "[true,false]"},
        {"-12", "-12"},
        {"-0", "0"},
        {"1e2", "100.0"},
        {"123456789012345678901", "123456789012345678901"},
        {"[1, 2.5]", "[1,2.5]"},
        {"[1, 2.50, 1E5, -0, -0.0, null, 1e-7]", "[1,2.5,100000.0,0,-0.0,null,1e-07]"},
        {"[0.1, 123456789012345678901234567890]",
         "[0.1,123456789012345678901234567890]"},
        {"[ [1 ,2] , [3 ,\n4] ]", "[[1,2],[3,4]]"},
        {"[[1,2],[3,4.0]]", "[[1,2],[3,4.0]]"},
        {"[]", "[]"},
        {"[[], {}]", "[[],{}]"},
        {"{\"b\": 1, \"a\": [\"x\"]}", "{\"b\":1,\"a\":[\"x\"]}"},
        {"\"\\u00e9\\/\\u0000\\u001F\\b\\f\\n\\r\\t\\\"\\\\\x7F\"",
         "\"\xC3\xA9/\\u0000\\u001f\\b\\f\\n\\r\\t\\\"\\\\\x7F\""},
        {"\"\\ud83d\\ude00 \xE2\x82\xAC\"", "\"\xF0\x9F\x98\x80 \xE2\x82\xAC\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(text_of(value_of(cases[i].text), 0), cases[i].printed);
}

static void flags_choose_the_spacing(void **state)
{
    (void)state;
    flama_value value = value_of("{\"b\":[[1,2],[3,4.5]],\"a\":{},\"c\":[\"x\",[]]}");
    assert_string_equal(text_of(value, FLAMA_JSON_SPACED),
                        "{\"b\": [[1, 2], [3, 4.5]], \"a\": {}, \"c\": [\"x\", []]}");
    assert_string_equal(text_of(value, FLAMA_JSON_SORTED),
                        "{\"a\":{},\"b\":[[1,2],[3,4.5]],\"c\":[\"x\",[]]}");
    assert_string_equal(text_of(value, FLAMA_JSON_PRETTY | FLAMA_JSON_SORTED),
                        "{\n"
                        "    \"a\": {},\n"
                        "    \"b\": [\n"
                        "        [\n"
                        "            1,\n"
                        "            2\n"
                        "        ],\n"
                        "        [\n"
                        "            3,\n"
                        "            4.5\n"
                        "        ]\n"
                        "    ],\n"
                        "    \"c\": [\n"
                        "        \"x\",\n"
                        "        []\n"
                        "    ]\n"
                        "}");
}

static void sorting_keeps_the_last_of_a_name(void **state)
{
    (void)state;
    flama_value value =
        value_of("{\"b\":1,\"\":2,\"b\":3,\"aa\":4,\"a\":5,\"\xC3\xA9\":6,\"b\":7}");
    assert_string_equal(text_of(value, FLAMA_JSON_SORTED),
                        "{\"\":2,\"a\":5,\"aa\":4,\"b\":7,\"\xC3\xA9\":6}");
}

static flama_value tensor(flama_dtype dtype, unsigned rank, const size_t *shape,
                          const void *data)
{
    flama_tensor *t;
    void *room;
    assert_int_equal(flama_tensor_new(arena, dtype, rank, shape, &t, &room, NULL), 0);
    if (t->count)
        memcpy(room, data, t->count * flama_dtype_size(dtype));
    return flama_value_tensor(t);
}

static void tensors_of_every_type_print(void **state)
{
    (void)state;
    const size_t shape[] = {2, 2}, empty[] = {2, 0};
    flama_value doubles =
        tensor(FLAMA_DTYPE_FLOAT64, 2, shape, (double[]){1, 0.5, -0.0, 1e16});
    assert_string_equal(text_of(doubles, 0), "[[1.0,0.5],[-0.0,1e+16]]");
    assert_string_equal(text_of(doubles, FLAMA_JSON_SPACED),
                        "[[1.0, 0.5], [-0.0, 1e+16]]");
    assert_string_equal(text_of(doubles, FLAMA_JSON_PRETTY),
                        "[\n    [\n        1.0,\n        0.5\n    ],\n"
                        "    [\n        -0.0,\n        1e+16\n    ]\n]");
    assert_string_equal(
        text_of(tensor(FLAMA_DTYPE_FLOAT32, 1, shape, (float[]){0.1f, 3}), 0),
        "[0.10000000149011612,3.0]");
    assert_string_equal(
        text_of(tensor(FLAMA_DTYPE_INT64, 1, shape, (int64_t[]){INT64_MIN, 7}), 0),
        "[-9223372036854775808,7]");
    assert_string_equal(
        text_of(tensor(FLAMA_DTYPE_BOOL, 1, shape, (uint8_t[]){1, 0}), 0),
        "[true,false]");
    flama_string strings[] = {FLAMA_STRING("a\n"), FLAMA_STRING("")};
    assert_string_equal(text_of(tensor(FLAMA_DTYPE_STRING, 1, shape, strings), 0),
                        "[\"a\\n\",\"\"]");
    assert_string_equal(text_of(tensor(FLAMA_DTYPE_FLOAT64, 2, empty, NULL), 0),
                        "[[],[]]");
    assert_string_equal(
        text_of(tensor(FLAMA_DTYPE_FLOAT64, 0, NULL, (double[]){2.5}), 0), "2.5");
}

/* More cells than room is made for at once. */
static void a_long_tensor_prints_and_reads_back(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    double *data = calloc(COUNT, sizeof *data);
    for (int i = 0; i < COUNT; i++)
        data[i] = -1.0 / (i + 3) * (i % 7 ? 1e-300 : 1);
    const size_t shape[] = {2, COUNT / 2};
    flama_value value = tensor(FLAMA_DTYPE_FLOAT64, 2, shape, data);
    for (unsigned flags = 0; flags < 8; flags++) {
        flama_value again = value_of(text_of(value, flags));
        assert_int_equal(again.tensor->count, COUNT);
        assert_memory_equal(again.tensor->data, data, COUNT * sizeof *data);
    }
    free(data);
}

static void a_number_that_is_none_is_named_by_its_place(void **state)
{
    (void)state;
    double data[] = {1, 2, 3, 4, 5, 6, 7, 8};
    static const struct {
        size_t cell;
        double number;
        const char *path, *message;
    } cases[] = {
        {3, NAN, "$.output[1][0][3]",
         "Out of range float values are not JSON compliant: $.output[1][0][3] is nan"},
        {4, INFINITY, "$.output[1][1][0]",
         "Out of range float values are not JSON compliant: $.output[1][1][0] is inf"},
        {7, -INFINITY, "$.output[1][1][3]",
         "Out of range float values are not JSON compliant: $.output[1][1][3] is -inf"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double cells[8];
        memcpy(cells, data, sizeof cells);
        cells[cases[i].cell] = cases[i].number;
        flama_builder array, object;
        flama_value list, value;
        flama_array_begin(&array, arena);
        flama_array_add(&array, flama_value_null());
        flama_array_add(&array,
                        tensor(FLAMA_DTYPE_FLOAT64, 2, (size_t[]){2, 4}, cells));
        assert_int_equal(flama_builder_end(&array, &list), 0);
        flama_object_begin(&object, arena);
        flama_object_add(&object, "output", list);
        assert_int_equal(flama_builder_end(&object, &value), 0);
        flama_string out;
        flama_error err = {0};
        assert_int_equal(flama_json_encode(arena, &value, 0, &out, &err),
                         FLAMA_ENONFINITE);
        assert_string_equal(err.path, cases[i].path);
        assert_string_equal(err.message, cases[i].message);
    }
    flama_value alone = flama_value_number(NAN);
    flama_string out;
    flama_error err = {0};
    assert_int_equal(flama_json_encode(arena, &alone, 0, &out, &err), FLAMA_ENONFINITE);
    assert_string_equal(err.path, "$");
}

static void infinity_in_a_decoded_tensor_is_refused_too(void **state)
{
    (void)state;
    flama_value value = value_of("{\"a\":[1,null,1e400]}");
    flama_string out;
    flama_error err = {0};
    assert_int_equal(flama_json_encode(arena, &value, 0, &out, &err), FLAMA_ENONFINITE);
    assert_string_equal(err.path, "$.a[2]");
}

static void a_long_path_keeps_its_end(void **state)
{
    (void)state;
    char name[201];
    memset(name, 'n', 200);
    name[200] = '\0';
    flama_builder object;
    flama_value value;
    flama_object_begin(&object, arena);
    flama_object_add(&object, name, flama_value_number(INFINITY));
    assert_int_equal(flama_builder_end(&object, &value), 0);
    flama_string out;
    flama_error err = {0};
    assert_int_equal(flama_json_encode(arena, &value, 0, &out, &err), FLAMA_ENONFINITE);
    assert_int_equal(err.path[0], '$');
    assert_int_equal(err.path[strlen(err.path) - 1], 'n');
}

static void a_string_that_is_not_utf8_is_refused(void **state)
{
    (void)state;
    flama_builder object;
    flama_value value;
    flama_object_begin(&object, arena);
    flama_object_add(&object, "name", flama_value_text("12345678\xFF"));
    assert_int_equal(flama_builder_end(&object, &value), 0);
    flama_string out;
    flama_error err = {0};
    assert_int_equal(flama_json_encode(arena, &value, 0, &out, &err),
                     FLAMA_ESERIALIZATION);
    assert_string_equal(err.path, "$.name");
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    flama_value *levels = calloc(FLAMA_JSON_DEPTH_MAX + 1, sizeof *levels);
    levels[0] = (flama_value){.kind = FLAMA_KIND_ARRAY};
    for (int i = 1; i <= FLAMA_JSON_DEPTH_MAX; i++) {
        levels[i].kind = FLAMA_KIND_ARRAY;
        levels[i].array.items = &levels[i - 1];
        levels[i].array.count = 1;
    }
    flama_string out;
    flama_error err = {0};
    flama_value *top = &levels[FLAMA_JSON_DEPTH_MAX];
    assert_int_equal(flama_json_encode(arena, top - 1, 0, &out, &err), 0);
    assert_int_equal(out.size, 2 * FLAMA_JSON_DEPTH_MAX);
    assert_int_equal(flama_json_encode(arena, top, 0, &out, &err), FLAMA_ELIMIT);
    free(levels);
}

static void running_out_of_memory_is_told(void **state)
{
    (void)state;
    flama_value value = value_of("{\"b\":[\"x\\n\",true,null,12345678901234567890],"
                                 "\"a\":[[1,2.5],[null,4]],\"c\":[1,2,3]}");
    for (unsigned flags = 0; flags < 8; flags++) {
        int rc = FLAMA_EMEMORY;
        for (size_t limit = 16; rc != 0; limit += 16) {
            flama_arena *small = flama_arena_new(limit);
            flama_string out;
            flama_error err = {0};
            rc = flama_json_encode(small, &value, flags, &out, &err);
            assert_true(rc == 0 || (rc == FLAMA_EMEMORY && err.code == rc));
            flama_arena_free(small);
            assert_true(limit < 100000);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_decoded_prints_as_python_prints_it),
        cmocka_unit_test(flags_choose_the_spacing),
        cmocka_unit_test(sorting_keeps_the_last_of_a_name),
        cmocka_unit_test(tensors_of_every_type_print),
        cmocka_unit_test(a_long_tensor_prints_and_reads_back),
        cmocka_unit_test(a_number_that_is_none_is_named_by_its_place),
        cmocka_unit_test(infinity_in_a_decoded_tensor_is_refused_too),
        cmocka_unit_test(a_long_path_keeps_its_end),
        cmocka_unit_test(a_string_that_is_not_utf8_is_refused),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(running_out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
