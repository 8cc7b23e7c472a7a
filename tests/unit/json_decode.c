/* The JSON decoder: what it builds, what it refuses and where, which arrays are
 * tensors. */
#include "test.h"

#include <math.h>
#include <stdio.h>
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

/* From a heap block of just that size, which lives until the arena goes. */
static int decode(const char *text, size_t size, flama_value *out, flama_error *err)
{
    char *exact = flama_arena_alloc(arena, size);
    memcpy(exact, text, size);
    return flama_json_decode(arena, exact, size, NULL, out, err);
}

static flama_value value_of(const char *text)
{
    flama_value value = {0};
    flama_error err = {0};
    if (decode(text, strlen(text), &value, &err) != 0)
        fail_msg("%s: %s", text, err.message);
    return value;
}

static const flama_tensor *tensor_of(const char *text)
{
    flama_value value = value_of(text);
    if (value.kind != FLAMA_KIND_TENSOR)
        fail_msg("%s is no tensor", text);
    return value.tensor;
}

static void scalars_decode(void **state)
{
    (void)state;
    assert_int_equal(value_of(" null\n").kind, FLAMA_KIND_NULL);
    assert_true(value_of("true").boolean);
    assert_false(value_of("false").boolean);
    assert_int_equal(value_of("-12").integer, -12);
    assert_int_equal(value_of("-0").kind, FLAMA_KIND_INTEGER);
    assert_true(value_of("1.0").kind == FLAMA_KIND_NUMBER);
    assert_true(value_of("1e400").number == INFINITY);
    flama_value huge = value_of("123456789012345678901");
    assert_int_equal(huge.kind, FLAMA_KIND_NUMBER);
    assert_string_equal(huge.digits, "123456789012345678901");
    assert_null(value_of("1.5").digits);
}

static void strings_decode(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *bytes;
        size_t size;
    } cases[] = {
        {"\"\"", "", 0},
        {"\"plain text\"", "plain text", 10},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 8},
        {"\"a\\u0000b\"", "a\0b", 3},
        {"\"\\u00e9\\u00E9\\u20ac\"", "\xC3\xA9\xC3\xA9\xE2\x82\xAC", 7},
        {"\"\\ud83d\\ude00!\"", "\xF0\x9F\x98\x80!", 5},
        {"\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\x7F\"",
         "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\x7F", 10},
        {"\"\xEF\xBF\xBF\xF4\x8F\xBF\xBF\xED\x9F\xBF\"",
         "\xEF\xBF\xBF\xF4\x8F\xBF\xBF\xED\x9F\xBF", 10},
        {"\"12345678\\n12345678\\n\"", "12345678\n12345678\n", 18},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        flama_value value = value_of(cases[i].text);
        assert_int_equal(value.kind, FLAMA_KIND_STRING);
        assert_int_equal(value.string.size, cases[i].size);
        assert_memory_equal(value.string.data, cases[i].bytes, cases[i].size);
    }
}

static void objects_keep_order_and_the_last_of_a_name_counts(void **state)
{
    (void)state;
    flama_value value = value_of("{ \"b\" : 1 , \"a\" : {} , \"b\" : [true] }");
    assert_int_equal(value.object.count, 3);
    assert_memory_equal(value.object.members[1].name.data, "a", 1);
    assert_int_equal(value.object.members[1].value.object.count, 0);
    assert_int_equal(flama_value_get(&value, "b")->kind, FLAMA_KIND_ARRAY);
}

static void errors_name_the_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "Expecting value: line 1 column 1 (char 0)"},
        {"  ", "Expecting value: line 1 column 3 (char 2)"},
        {"{\"input\": [1,", "Expecting value: line 1 column 14 (char 13)"},
        {"[1,]", "Expecting value: line 1 column 4 (char 3)"},
        {"[[1,2],]", "Expecting value: line 1 column 8 (char 7)"},
        {"[", "Expecting value: line 1 column 2 (char 1)"},
        {"]", "Expecting value: line 1 column 1 (char 0)"},
        {"tru", "Expecting value: line 1 column 1 (char 0)"},
        {"[1,nul]", "Expecting value: line 1 column 4 (char 3)"},
        {"-", "Expecting value: line 1 column 1 (char 0)"},
        {"[[-x]]", "Expecting value: line 1 column 3 (char 2)"},
        {"+1", "Expecting value: line 1 column 1 (char 0)"},
        {".5", "Expecting value: line 1 column 1 (char 0)"},
        {"\xC3\xA9", "Expecting value: line 1 column 1 (char 0)"},
        {"[\n1,\nx]", "Expecting value: line 3 column 1 (char 5)"},
        {"{\"\xC3\xA9\":\n\"\xC3\xA9\" x}",
         "Expecting ',' delimiter: line 2 column 5 (char 10)"},
        {"{",
         "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"},
        {"{1:2}",
         "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"},
        {"{\"a\":1, }",
         "Expecting property name enclosed in double quotes: line 1 column 9 (char 8)"},
        {"{\"a\"", "Expecting ':' delimiter: line 1 column 5 (char 4)"},
        {"{\"a\" 1}", "Expecting ':' delimiter: line 1 column 6 (char 5)"},
        {"{\"a\":1", "Expecting ',' delimiter: line 1 column 7 (char 6)"},
        {"[1 2]", "Expecting ',' delimiter: line 1 column 4 (char 3)"},
        {"[01]", "Expecting ',' delimiter: line 1 column 3 (char 2)"},
        {"[1.]", "Expecting ',' delimiter: line 1 column 3 (char 2)"},
        {"[[1,2],[3,4]", "Expecting ',' delimiter: line 1 column 13 (char 12)"},
        {"[\"a\"", "Expecting ',' delimiter: line 1 column 5 (char 4)"},
        {"01", "Extra data: line 1 column 2 (char 1)"},
        {"1 2", "Extra data: line 1 column 3 (char 2)"},
        {"{} x", "Extra data: line 1 column 4 (char 3)"},
        {"\"abc", "Unterminated string starting at: line 1 column 1 (char 0)"},
        {"[\"\\", "Unterminated string starting at: line 1 column 2 (char 1)"},
        {"\"a\nb\"", "Invalid control character at: line 1 column 3 (char 2)"},
        {"\"12345678\x1F\"", "Invalid control character at: line 1 column 10 (char 9)"},
        {"\"\\x\"", "Invalid \\escape: line 1 column 2 (char 1)"},
        {"\"\\u12G4\"", "Invalid \\uXXXX escape: line 1 column 3 (char 2)"},
        {"\"\\u123", "Invalid \\uXXXX escape: line 1 column 3 (char 2)"},
        {"\"\\ud800\"",
         "Unpaired surrogate in \\uXXXX escape: line 1 column 2 (char 1)"},
        {"\"a\\udc00\"",
         "Unpaired surrogate in \\uXXXX escape: line 1 column 3 (char 2)"},
        {"\"\\ud800\\u0041\"",
         "Unpaired surrogate in \\uXXXX escape: line 1 column 2 (char 1)"},
        {"\"\x80\"", "Invalid UTF-8: line 1 column 2 (char 1)"},
        {"\"\xC0\x80\"", "Invalid UTF-8: line 1 column 2 (char 1)"},
        {"\"\xC3\"", "Invalid UTF-8: line 1 column 2 (char 1)"},
        {"\"\xC3", "Invalid UTF-8: line 1 column 2 (char 1)"},
        {"\"\xE0\x80\x80\"", "Invalid UTF-8: line 1 column 2 (char 1)"},
        {"\"\xED\xA0\x80\"", "Invalid UTF-8: line 1 column 2 (char 1)"},
        {"\"\xF0\x80\x80\x80\"", "Invalid UTF-8: line 1 column 2 (char 1)"},
        {"\"\xF4\x90\x80\x80\"", "Invalid UTF-8: line 1 column 2 (char 1)"},
        {"\"\xF5\x80\x80\x80\"", "Invalid UTF-8: line 1 column 2 (char 1)"},
        {"\"\xE2\x82\"", "Invalid UTF-8: line 1 column 2 (char 1)"},
        {"\xEF\xBB\xBF{}",
         "Unexpected UTF-8 byte order mark: line 1 column 1 (char 0)"},
        {"NaN", "NaN is not a JSON value: line 1 column 1 (char 0)"},
        {"[[1,2],[3,NaN]]", "NaN is not a JSON value: line 1 column 11 (char 10)"},
        {"[Infinity]", "Infinity is not a JSON value: line 1 column 2 (char 1)"},
        {"[1,-Infinity]", "-Infinity is not a JSON value: line 1 column 4 (char 3)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        flama_value value;
        flama_error err = {0};
        int rc = decode(cases[i].text, strlen(cases[i].text), &value, &err);
        assert_int_equal(rc, FLAMA_EJSON);
        assert_memory_equal(err.message, "Malformed JSON. ", 16);
        assert_string_equal(err.message + 16, cases[i].message);
    }
}

static void an_error_has_its_place_in_numbers_too(void **state)
{
    (void)state;
    flama_value value;
    flama_error err = {0};
    decode("[\"\xC3\xA9\",\n  \"\xC3\xA9\" x]", 16, &value, &err);
    assert_int_equal(err.offset, 14);
    assert_int_equal(err.line, 2);
    assert_int_equal(err.column, 7);
    decode("x", 1, &value, &err);
    assert_int_equal(err.offset, 14);
    assert_int_equal(decode("x", 1, &value, NULL), FLAMA_EJSON);
    assert_int_equal(decode("1\0", 2, &value, NULL), FLAMA_EJSON);
}

static void a_table_of_numbers_is_a_tensor(void **state)
{
    (void)state;
    const flama_tensor *t = tensor_of("[[1, 2, 3], [4, 5, 6]]");
    assert_int_equal(t->dtype, FLAMA_DTYPE_INT64);
    assert_int_equal(t->rank, 2);
    assert_int_equal(t->shape[0], 2);
    assert_int_equal(t->shape[1], 3);
    assert_int_equal(t->count, 6);
    for (int64_t i = 0; i < 6; i++)
        assert_int_equal(((const int64_t *)t->data)[i], i + 1);
    assert_memory_equal(t->text.data, "[[1, 2, 3], [4, 5, 6]]", 22);
    assert_int_equal(t->text.size, 22);
    assert_int_equal(tensor_of("[7]")->rank, 1);
    assert_int_equal(tensor_of("[[[[[[[[[[[[[[[[7]]]]]]]]]]]]]]]]")->rank, 16);
}

static void one_float_makes_the_tensor_floating(void **state)
{
    (void)state;
    static const double expected[] = {1, -2, 0, 2.5, 4};
    const flama_tensor *t = tensor_of(" [ 1 , -2 , -0 , 2.5 , 4 ] ");
    assert_int_equal(t->dtype, FLAMA_DTYPE_FLOAT64);
    assert_memory_equal(t->data, expected, sizeof expected);
    assert_int_equal(t->text.size, 25);
    t = tensor_of("[1, 9223372036854775808]");
    assert_int_equal(t->dtype, FLAMA_DTYPE_FLOAT64);
    assert_true(((const double *)t->data)[1] == 9223372036854775808.0);
    t = tensor_of("[-9223372036854775808, 9223372036854775807]");
    assert_int_equal(t->dtype, FLAMA_DTYPE_INT64);
    assert_true(isinf(((const double *)tensor_of("[1e400]")->data)[0]));
}

static void nulls_are_nan_and_remembered(void **state)
{
    (void)state;
    const flama_tensor *t = tensor_of("[[1,2],[3,null],[null,4]]");
    assert_int_equal(t->dtype, FLAMA_DTYPE_FLOAT64);
    assert_int_equal(t->nulls, 2);
    assert_int_equal(t->first_null, 3);
    assert_true(isnan(((const double *)t->data)[3]));
    assert_true(((const double *)t->data)[5] == 4);
    assert_int_equal(tensor_of("[null,1]")->first_null, 0);
    flama_value value = value_of("[[null,null],[null,null],[null,null]]");
    assert_int_equal(value.kind, FLAMA_KIND_ARRAY);
    assert_int_equal(value.array.count, 3);
    assert_int_equal(value.array.items[2].array.count, 2);
    assert_int_equal(value.array.items[2].array.items[1].kind, FLAMA_KIND_NULL);
}

/* Spells what a value is built of, a tensor by its type and shape; returns the end. */
static char *sketch(const flama_value *value, char *p)
{
    static const char letters[] = "nbIN\"";
    bool array = value->kind == FLAMA_KIND_ARRAY;
    if (value->kind == FLAMA_KIND_TENSOR) {
        *p++ = value->tensor->dtype == FLAMA_DTYPE_INT64 ? 'i' : 'd';
        for (unsigned i = 0; i < value->tensor->rank; i++)
            p += snprintf(p, 16, "%zu", value->tensor->shape[i]);
        return p;
    }
    if (value->kind < FLAMA_KIND_ARRAY) {
        *p++ = letters[value->kind];
        return p;
    }
    *p++ = array ? '[' : '{';
    for (size_t i = 0; i < (array ? value->array.count : value->object.count); i++) {
        if (i > 0)
            *p++ = ' ';
        p = sketch(array ? &value->array.items[i] : &value->object.members[i].value, p);
    }
    *p++ = array ? ']' : '}';
    return p;
}

static void whether_an_array_is_a_tensor_depends_on_its_own_text(void **state)
{
    (void)state;
    static const struct {
        const char *text, *sketch;
    } cases[] = {
        {"[]", "[]"},
        {"[[],[]]", "[[] []]"},
        {"[[1],[]]", "[i1 []]"},
        {"[[],[1]]", "[[] i1]"},
        {"[1,\"a\"]", "[I \"]"},
        {"[true,1]", "[b I]"},
        {"[1,null,false]", "[I n b]"},
        {"[1,{}]", "[I {}]"},
        {"[1,[2]]", "[I i1]"},
        {"[[1],2]", "[i1 I]"},
        {"[[1,2],[3]]", "[i2 i1]"},
        {"[[1],[2,3]]", "[i1 i2]"},
        {"[[1,2],[3.5,4],[5]]", "[i2 d2 i1]"},
        {"[[[1],[2]],[[3],[4]],[[5]]]", "[i21 i21 i11]"},
        {"[[[1],[2]],[[3,4],[5,6]]]", "[i21 i22]"},
        {"[[[1],[2]],[[3],[4],[5]]]", "[i21 i31]"},
        {"[[[1,2]],[[3,4]],[5,6]]", "[i12 i12 i2]"},
        {"[[[1,2]],[3,4]]", "[i12 i2]"},
        {"[[1,2],[[3,4]]]", "[i2 i12]"},
        {"[[[1]],[[2]],[[3],[\"x\"]],[[4]]]", "[i11 i11 [i1 [\"]] i11]"},
        {"[[[1,2],[3,\"x\"]],[[1.5]]]", "[[i2 [I \"]] d11]"},
        {"[[null],[1,2]]", "[[n] i2]"},
        {"[[[null],[null]],[[1],[2,3]]]", "[[[n] [n]] [i1 i2]]"},
        {"[[1,2],[3,4],\"x\",[5,6]]", "[i2 i2 \" i2]"},
        {"[[[[1]],[[2]]],[[[3]],[[4],[5]]]]", "[i211 [i11 i21]]"},
        {"[[[1],[]],[[2],[3]]]", "[[i1 []] i21]"},
        {"{\"a\":[1,{\"b\":[2.5,[3]]}]}", "{[I {[N i1]}]}"},
        {"[[[[[[[[[[[[[[[[[[7]]]]]]]]]]]]]]]]]]", "[[i1111111111111111]]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[256];
        flama_value value = value_of(cases[i].text);
        *sketch(&value, out) = '\0';
        if (strcmp(out, cases[i].sketch) != 0)
            fail_msg("%s is %s, not %s", cases[i].text, out, cases[i].sketch);
    }
}

/* Long enough to leave the scratch room, turn floating late, and grow several times. */
static void a_long_tensor_grows(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    char *text = malloc(COUNT * 12 + 16), *p = text;
    *p++ = '[';
    for (int i = 0; i < COUNT; i++)
        p += snprintf(p, 12, i < COUNT / 2 ? "%d," : "%d.25,", i);
    p[-1] = ']';
    *p = '\0';
    const flama_tensor *t = tensor_of(text);
    assert_int_equal(t->count, COUNT);
    for (int i = 0; i < COUNT; i++)
        assert_true(((const double *)t->data)[i] == i + (i < COUNT / 2 ? 0 : 0.25));
    memcpy(p - 1, ",[1]]", 6);
    flama_value value = value_of(text);
    assert_int_equal(value.array.count, COUNT + 1);
    assert_int_equal(value.array.items[COUNT].kind, FLAMA_KIND_TENSOR);
    free(text);
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    enum { DEEP = 100000 };
    char *text = malloc(DEEP);
    flama_value value;
    flama_error err = {0};
    for (size_t i = 0; i < DEEP; i++)
        text[i] = '[';
    assert_int_equal(flama_json_decode(arena, text, DEEP, NULL, &value, &err),
                     FLAMA_ELIMIT);
    assert_string_equal(err.message,
                        "JSON nested too deeply: line 1 column 65 (char 64)");
    assert_int_equal(err.offset, 64);
    memset(text + 64, ']', 64);
    assert_int_equal(flama_json_decode(arena, text, 128, NULL, &value, NULL), 0);
    text[64] = '1';
    memset(text + 65, ']', 64);
    assert_int_equal(flama_json_decode(arena, text, 129, NULL, &value, NULL), 0);
    flama_json_limits limits = {sizeof limits, 2};
    assert_int_equal(flama_json_decode(arena, "[[1]]", 5, &limits, &value, NULL), 0);
    assert_int_equal(flama_json_decode(arena, "[[[1]]]", 7, &limits, &value, NULL),
                     FLAMA_ELIMIT);
    assert_int_equal(
        flama_json_decode(arena, "{\"a\":{\"b\":{}}}", 14, &limits, &value, NULL),
        FLAMA_ELIMIT);
    limits.depth = SIZE_MAX;
    memset(text, '[', DEEP);
    assert_int_equal(flama_json_decode(arena, text, DEEP, &limits, &value, NULL),
                     FLAMA_ELIMIT);
    free(text);
}

/* Nests made to fail a try late, at every level: done in an instant, or never. */
static void hostile_nests_take_linear_time(void **state)
{
    (void)state;
    enum { SIZE = 1 << 20 };
    static const struct {
        const char *head, *body, *tail;
    } cases[] = {
        {"[[[[[[[[[[[[[[[[", "1,", "\"x\"]]]]]]]]]]]]]]]]"},
        {"[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]],[[[[[[[[[[[[[[[", "1,", "1]]]]]]]]]]]]]]]]"},
        {"[[[[[[[[[[[[[[[", "[1],", "[1,1]]]]]]]]]]]]]]]]"},
        {"[", "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]],[1]],", "1]"},
        {"[", "[[[[[[[[[[[[[[[1],[\"x\"]]]]]]]]]]]]]]],", "1]"},
        {"[1", ",[1,[1,[1,[1,[1,[1,[1,[1,\"x\"]]]]]]]]", "]"},
        {"[", "                                 ",
         "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]"},
        {"[[[[[[[[[[[[[[[[[[[[", "    ", "[[[[[[[[[\"x\"]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"},
    };
    char *text = malloc(SIZE + 256);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t body = strlen(cases[i].body);
        char *p = text + strlen(cases[i].head);
        memcpy(text, cases[i].head, strlen(cases[i].head));
        for (; p < text + SIZE; p += body)
            memcpy(p, cases[i].body, body);
        memcpy(p, cases[i].tail, strlen(cases[i].tail));
        flama_arena *own = flama_arena_new(0);
        flama_value value;
        flama_error err = {0};
        size_t size = (size_t)(p - text) + strlen(cases[i].tail);
        if (flama_json_decode(own, text, size, NULL, &value, &err) != 0)
            fail_msg("case %zu: %s", i, err.message);
        flama_arena_free(own);
    }
    free(text);
}

static void running_out_of_memory_is_told(void **state)
{
    (void)state;
    static const char text[] =
        "{\"a\":[[1,2],[3,4.5]],\"b\":[\"\\n\",123456789012345678901,[1,[2]]],"
        "\"c\":[[null]],\"d\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,"
        "22,"
        "23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,"
        "49,50,51,52,53,54,55,56,57,58,59,60,61,62,63,64,65,66,67,68,69,70]}";
    flama_value value;
    int rc = FLAMA_EMEMORY;
    size_t limit = 0;
    while (rc != 0) {
        flama_arena *small = flama_arena_new(limit += 16);
        flama_error err = {0};
        rc = flama_json_decode(small, text, sizeof text - 1, NULL, &value, &err);
        assert_true(rc == 0 || (rc == FLAMA_EMEMORY && err.code == FLAMA_EMEMORY));
        flama_arena_free(small);
        assert_true(limit < 100000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars_decode),
        cmocka_unit_test(strings_decode),
        cmocka_unit_test(objects_keep_order_and_the_last_of_a_name_counts),
        cmocka_unit_test(errors_name_the_place),
        cmocka_unit_test(an_error_has_its_place_in_numbers_too),
        cmocka_unit_test(a_table_of_numbers_is_a_tensor),
        cmocka_unit_test(one_float_makes_the_tensor_floating),
        cmocka_unit_test(nulls_are_nan_and_remembered),
        cmocka_unit_test(whether_an_array_is_a_tensor_depends_on_its_own_text),
        cmocka_unit_test(a_long_tensor_grows),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(hostile_nests_take_linear_time),
        cmocka_unit_test(running_out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
