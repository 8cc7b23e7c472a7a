/* schema: descriptors, compiling, validation, the way out, the detail of an answer. */
#include "test.h"

#include <math.h>
#include <stdio.h>

#include "schema/describe.h"
#include "schema/schema.h"

FLAMA_SCHEMA(X, (array, input, .description = "rows to predict"),
             (integer, k, .optional = true, .minimum = FLAMA_BOUND(3)))

FLAMA_SCHEMA(Point, (number, x), (number, y, .optional = true))
FLAMA_SCHEMA(Path, (string, name, .max_length = 3), (list, Point, points),
             (schema, Point, start, .nullable = true),
             (list, flama_number, weights, .optional = true, .max_length = 3))
FLAMA_SCHEMA(Tree, (string, label, .default_value = "\"leaf\""),
             (list, Tree, children, .optional = true))

FLAMA_SCHEMA(Scalars, (integer, i, .optional = true), (number, n, .optional = true),
             (boolean, b, .optional = true), (string, s, .optional = true),
             (any, a, .optional = true), (object, o, .optional = true),
             (integer, d, .default_value = "7"),
             (integer, nullable, .optional = true, .nullable = true))

FLAMA_SCHEMA(Ruled, (integer, even, .optional = true, .enumeration = "[2, 4, 6]"),
             (string, color, .optional = true,
              .choices = FLAMA_CHOICES("red", "green")),
             (number, share, .optional = true, .exclusive_minimum = FLAMA_BOUND(0),
              .maximum = FLAMA_BOUND(1.5)),
             (string, code, .optional = true, .pattern = "^[a-z]+$"),
             (string, evil, .optional = true, .pattern = "^(a+)+$"),
             (string, word, .optional = true, .min_length = 1, .max_length = 3),
             (string, two, .optional = true, .min_length = 2),
             (array, pair, .optional = true, .min_length = 2, .max_length = 2),
             (array, some, .optional = true, .min_length = 1),
             (array, few, .optional = true, .max_length = 2))

FLAMA_TYPE(Row, array, .items = &flama_number_type, .min_length = 2, .max_length = 2)
FLAMA_TYPE(Label, string, .min_length = 2)
FLAMA_TYPE(Page, integer, .minimum = FLAMA_BOUND(1))
FLAMA_SCHEMA(Items, (array, numbers, .optional = true, .items = &flama_number_type),
             (array, integers, .optional = true, .items = &flama_integer_type),
             (array, strings, .optional = true, .items = &flama_string_type),
             (array, rows, .optional = true, .items = &Row_type),
             (array, points, .optional = true, .items = &Point_type),
             (list, Row, kept, .optional = true),
             (list, Label, labels, .optional = true),
             (list, flama_any, mixed, .optional = true),
             (list, flama_integer, counts, .optional = true))

FLAMA_SCHEMA(Formats, (string, date, .optional = true, .format = "date"),
             (string, time, .optional = true, .format = "time"),
             (string, at, .optional = true, .format = "date-time"),
             (string, email, .optional = true, .format = "email"),
             (string, uuid, .optional = true, .format = "uuid"),
             (string, uri, .optional = true, .format = "uri"),
             (string, ipv4, .optional = true, .format = "ipv4"),
             (string, ipv6, .optional = true, .format = "ipv6"),
             (string, other, .optional = true, .format = "color"))

static flama_arena *arena;
static flama_registry registry;
static flama_report report;

static int set_up(void **state)
{
    (void)state;
    arena = flama_arena_new(0);
    flama_registry_init(&registry, arena);
    flama_report_init(&report, arena, 100);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    flama_arena_free(arena);
    return 0;
}

static const flama_schema *compiled(const flama_type *type)
{
    const flama_schema *schema = NULL;
    int code = flama_schema_compile(&registry, type, &schema, &report);
    if (code != 0 && report.first)
        print_error("%s\n", report.first->message.data);
    assert_int_equal(code, 0);
    assert_non_null(schema);
    return schema;
}

static flama_value json(const char *text)
{
    flama_error err = {0};
    flama_value out;
    int code = flama_json_decode(arena, text, strlen(text), NULL, &out, &err);
    if (code != 0)
        print_error("%s\n", err.message);
    assert_int_equal(code, 0);
    return out;
}

static const char *printed(const flama_value *value)
{
    flama_string out;
    assert_int_equal(flama_json_encode(arena, value, 0, &out, NULL), 0);
    return out.data;
}

/* The detail of the answer to that body, "" when it is right; fills out. */
static const char *answer(const flama_type *type, const char *body, void *out)
{
    flama_value value = json(body), detail;
    flama_report said;
    flama_report_init(&said, arena, 20);
    int code = flama_schema_validate(compiled(type), &value, out, arena, &said);
    if (code == 0) {
        assert_null(said.first);
        return "";
    }
    assert_int_equal(code, FLAMA_EVALIDATION);
    assert_int_equal(flama_report_detail(&said, arena, &detail), 0);
    return printed(&detail);
}

typedef struct answer_case {
    const flama_type *type;
    const char *body;
    const char *detail;
} answer_case;

static void run_cases(const answer_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *detail = answer(cases[i].type, cases[i].body, NULL);
        if (strcmp(detail, cases[i].detail) != 0)
            print_error("%s\n", cases[i].body);
        assert_string_equal(detail, cases[i].detail);
    }
}

#define RUN_CASES(cases) run_cases(cases, sizeof cases / sizeof *cases)

static void mistakes_are_said_as_the_original_does(void **state)
{
    (void)state;
    static const answer_case cases[] = {
        {&X_type, "{\"input\": [[1, 2]], \"more\": 5}", ""},
        {&X_type, "{\"input\": []}", ""},
        {&X_type, "{}", "{\"input\":[\"This field is required.\"]}"},
        {&X_type, "{\"input\": \"x\"}", "{\"input\":[\"Must be an array.\"]}"},
        {&X_type, "{\"input\": 5, \"k\": 1}",
         "{\"input\":[\"Must be an array.\"],"
         "\"k\":[\"Must be greater than or equal to 3.\"]}"},
        {&X_type, "{\"input\": null}", "{\"input\":[\"May not be null.\"]}"},
        {&X_type, "[1, 2]", "{\"\":[\"Must be an object.\"]}"},
        {&X_type, "null", "{\"\":[\"May not be null.\"]}"},
        {&Scalars_type, "{\"i\": \"5\", \"n\": true, \"b\": 1, \"s\": 5, \"o\": []}",
         "{\"i\":[\"Must be a number.\"],\"n\":[\"Must be a number.\"],"
         "\"b\":[\"Must be a boolean.\"],\"s\":[\"Must be a string.\"],"
         "\"o\":[\"Must be an object.\"]}"},
        {&Scalars_type, "{\"i\": 5.5, \"n\": 1e400}",
         "{\"i\":[\"Must be an integer.\"],\"n\":[\"Must be finite.\"]}"},
        {&Scalars_type, "{\"i\": 1e30}",
         "{\"i\":[\"Must be an integer of 64 bits.\"]}"},
        {&Scalars_type, "{\"i\": 3.0, \"nullable\": null, \"a\": null}", ""},
    };
    RUN_CASES(cases);
}

static void rules_hold(void **state)
{
    (void)state;
    static const answer_case cases[] = {
        {&Ruled_type, "{\"even\": 4, \"color\": \"red\", \"share\": 1.5}", ""},
        {&Ruled_type, "{\"even\": 5, \"color\": \"blue\"}",
         "{\"even\":[\"Not a valid choice.\"],\"color\":[\"Not a valid choice.\"]}"},
        {&Ruled_type, "{\"share\": 0}", "{\"share\":[\"Must be greater than 0.\"]}"},
        {&Ruled_type, "{\"share\": 2}",
         "{\"share\":[\"Must be less than or equal to 1.5.\"]}"},
        {&Ruled_type, "{\"code\": \"ab\"}", ""},
        {&Ruled_type, "{\"code\": \"a1\"}",
         "{\"code\":[\"Must match the pattern /^[a-z]+$/.\"]}"},
        {&Ruled_type, "{\"evil\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"}",
         "{\"evil\":[\"Takes too long to match the pattern /^(a+)+$/.\"]}"},
        {&Ruled_type, "{\"word\": \"\xC3\xA9t\xC3\xA9\"}", ""},
        {&Ruled_type, "{\"word\": \"\"}", "{\"word\":[\"Must not be blank.\"]}"},
        {&Ruled_type, "{\"word\": \"long\"}",
         "{\"word\":[\"Must have no more than 3 characters.\"]}"},
        {&Ruled_type, "{\"two\": \"a\"}",
         "{\"two\":[\"Must have at least 2 characters.\"]}"},
        {&Ruled_type, "{\"pair\": [1], \"some\": [], \"few\": [1, 2, 3]}",
         "{\"pair\":[\"Must have 2 items.\"],\"some\":[\"Must not be empty.\"],"
         "\"few\":[\"Must have no more than 2 items.\"]}"},
    };
    RUN_CASES(cases);
}

static void places_nest(void **state)
{
    (void)state;
    static const answer_case cases[] = {
        {&Path_type, "{\"name\": \"a\", \"points\": [{\"x\": 1}], \"start\": null}",
         ""},
        {&Path_type,
         "{\"name\": \"a\", \"points\": [{}, 5, {\"x\": \"1\"}], \"start\": {}}",
         "{\"points\":{\"0\":{\"x\":[\"This field is required.\"]},"
         "\"1\":[\"Must be an object.\"],\"2\":{\"x\":[\"Must be a number.\"]}},"
         "\"start\":{\"x\":[\"This field is required.\"]}}"},
        {&Items_type, "{\"points\": [{\"x\": 1}, {\"x\": null}]}",
         "{\"points\":{\"1\":{\"x\":[\"May not be null.\"]}}}"},
        {&Tree_type, "{\"children\": [{\"children\": [{\"label\": 5}]}]}",
         "{\"children\":{\"0\":{\"children\":{\"0\":{\"label\":"
         "[\"Must be a string.\"]}}}}}"},
    };
    RUN_CASES(cases);
}

static void arrays_of_numbers_are_checked(void **state)
{
    (void)state;
    static const answer_case cases[] = {
        {&Items_type, "{\"numbers\": [1, 2.5], \"integers\": [1, 2]}", ""},
        {&Items_type, "{\"integers\": [1.0, 2.0]}", ""},
        {&Items_type, "{\"integers\": [1, 2.5]}",
         "{\"integers\":{\"1\":[\"Must be an integer.\"]}}"},
        {&Items_type, "{\"numbers\": [1, null, 2]}",
         "{\"numbers\":{\"1\":[\"May not be null.\"]}}"},
        {&Items_type, "{\"numbers\": [1, 1e999]}",
         "{\"numbers\":{\"1\":[\"Must be finite.\"]}}"},
        {&Items_type, "{\"numbers\": [1, true]}",
         "{\"numbers\":{\"1\":[\"Must be a number.\"]}}"},
        {&Items_type, "{\"numbers\": [[1, 2], [3, 4]]}",
         "{\"numbers\":{\"0\":[\"Must be a number.\"],\"1\":[\"Must be a number.\"]}}"},
        {&Items_type, "{\"strings\": [1]}",
         "{\"strings\":{\"0\":[\"Must be a string.\"]}}"},
        {&Items_type, "{\"rows\": [[1, 2], [3, 4], [5, 6]]}", ""},
        {&Items_type, "{\"rows\": [[1, 2], [3, null]]}",
         "{\"rows\":{\"1\":{\"1\":[\"May not be null.\"]}}}"},
        {&Items_type, "{\"rows\": [[1, 2, 3], [4, 5, 6]]}",
         "{\"rows\":{\"0\":[\"Must have 2 items.\"],\"1\":[\"Must have 2 items.\"]}}"},
        {&Items_type, "{\"rows\": [[1, 2], [3]]}",
         "{\"rows\":{\"1\":[\"Must have 2 items.\"]}}"},
        {&Items_type, "{\"rows\": [[[1], [2]]]}",
         "{\"rows\":{\"0\":{\"0\":[\"Must be a number.\"],"
         "\"1\":[\"Must be a number.\"]}}}"},
        {&Items_type, "{\"labels\": [\"ab\", \"a\"]}",
         "{\"labels\":{\"1\":[\"Must have at least 2 characters.\"]}}"},
    };
    RUN_CASES(cases);
}

static void formats_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *field, *good, *bad, *sentence;
    } cases[] = {
        {"date", "2024-02-29", "2023-02-29", "Must be a valid date format."},
        {"date", "0001-01-01", "2024-13-01", "Must be a valid date format."},
        {"date", "1999-12-31", "24-01-01", "Must be a valid date format."},
        {"time", "17:45:07.872049", "24:00:00", "Must be a valid time format."},
        {"time", "17:45:07Z", "17:45", "Must be a valid time format."},
        {"at", "2024-01-02T03:04:05+01:00", "2024-01-02T03:04",
         "Must be a valid datetime format."},
        {"at", "2024-01-02 03:04:05.5", "2024-01-02T03:04:05+1",
         "Must be a valid datetime format."},
        {"email", "a.b@example.org", "a.b@example", "Must be a valid email format."},
        {"email", "a+b@x.y", "a@b@c d.org", "Must be a valid email format."},
        {"email", "a_@x-y.z", ".a@x.y", "Must be a valid email format."},
        {"uuid", "acb6cba2-5b26-5c93-80c1-f4ceb6662ef9",
         "acb6cba2-5b26-5c93-80c1-f4ceb6662ef", "Must be a valid UUID format."},
        {"uri", "https://flama.dev/a?b#c", "//flama.dev", "Must be a real URL."},
        {"uri", "urn:x", "http://a b", "Must be a real URL."},
        {"ipv4", "127.0.0.1", "127.0.0.256", "Must be a valid IP format."},
        {"ipv6", "::1", "::g", "Must be a valid IP format."},
        {"other", "anything", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char body[200], detail[200];
        snprintf(body, sizeof body, "{\"%s\": \"%s\"}", cases[i].field, cases[i].good);
        assert_string_equal(answer(&Formats_type, body, NULL), "");
        if (cases[i].bad == NULL)
            continue;
        snprintf(body, sizeof body, "{\"%s\": \"%s\"}", cases[i].field, cases[i].bad);
        snprintf(detail, sizeof detail, "{\"%s\":[\"%s\"]}", cases[i].field,
                 cases[i].sentence);
        assert_string_equal(answer(&Formats_type, body, NULL), detail);
        snprintf(body, sizeof body, "{\"%s\": \"\"}", cases[i].field);
        assert_string_equal(answer(&Formats_type, body, NULL), detail);
    }
}

static void a_body_arrives_as_its_struct(void **state)
{
    (void)state;
    X x;
    assert_string_equal(answer(&X_type, "{\"input\": [[1, 2], [3, 4]]}", &x), "");
    assert_int_equal(x.input->kind, FLAMA_KIND_TENSOR);
    assert_int_equal(x.input->tensor->shape[0], 2);
    assert_false(x.has_k);

    Scalars s;
    assert_string_equal(answer(&Scalars_type,
                               "{\"i\": 5, \"n\": 2, \"b\": true, \"s\": \"\", "
                               "\"a\": null, \"o\": {\"k\": 1}, \"nullable\": null}",
                               &s),
                        "");
    assert_true(s.has_i && s.i == 5);
    assert_true(s.has_n && s.n == 2.0);
    assert_true(s.has_b && s.b);
    assert_non_null(s.s.data);
    assert_int_equal(s.a->kind, FLAMA_KIND_NULL);
    assert_int_equal(flama_value_get(s.o, "k")->integer, 1);
    assert_true(s.has_d && s.d == 7);
    assert_false(s.has_nullable);

    assert_string_equal(answer(&Scalars_type, "{\"d\": 8}", &s), "");
    assert_false(s.has_i || s.has_n || s.has_b);
    assert_null(s.s.data);
    assert_null(s.a);
    assert_null(s.o);
    assert_int_equal(s.d, 8);
}

static void nested_structs_and_lists_are_filled(void **state)
{
    (void)state;
    Path p;
    assert_string_equal(answer(&Path_type,
                               "{\"name\": \"abc\", \"points\": [{\"x\": 1}, "
                               "{\"x\": 2, \"y\": 3}], \"start\": {\"x\": 9}, "
                               "\"weights\": [1, 2]}",
                               &p),
                        "");
    assert_int_equal(p.points.count, 2);
    assert_true(p.points.items[1].x == 2 && p.points.items[1].y == 3);
    assert_false(p.points.items[0].has_y);
    assert_true(p.start->x == 9);
    assert_int_equal(p.weights.count, 2);
    assert_true(p.weights.items[0] == 1.0 && p.weights.items[1] == 2.0);

    Items items;
    assert_string_equal(answer(&Items_type,
                               "{\"kept\": [[1, 2], [3, 4]], \"mixed\": [1, 2], "
                               "\"labels\": [\"ab\"], \"counts\": [3.0, 4.0]}",
                               &items),
                        "");
    assert_int_equal(((const int64_t *)items.kept.items[1]->tensor->data)[1], 4);
    assert_int_equal(items.mixed.items[1]->integer, 2);
    assert_memory_equal(items.labels.items[0].data, "ab", 2);
    assert_int_equal(items.counts.items[1], 4);

    Tree t;
    assert_string_equal(
        answer(&Tree_type, "{\"children\": [{\"label\": \"a\"}, {}]}", &t), "");
    assert_memory_equal(t.children.items[1].label.data, "leaf", 4);
}

static void depth_has_a_limit(void **state)
{
    (void)state;
    /* Deeper than JSON may be: built by hand. */
    flama_value body = json("{}");
    for (int i = 0; i < 100; i++) {
        flama_builder list, object;
        flama_array_begin(&list, arena);
        flama_array_add(&list, body);
        flama_builder_end(&list, &body);
        flama_object_begin(&object, arena);
        flama_object_add(&object, "children", body);
        flama_builder_end(&object, &body);
    }
    Tree t;
    assert_int_equal(
        flama_schema_validate(compiled(&Tree_type), &body, &t, arena, &report),
        FLAMA_EVALIDATION);
    assert_string_equal(report.first->message.data,
                        "Must not be nested more than 64 deep.");
}

static void a_report_has_a_limit(void **state)
{
    (void)state;
    flama_value body = json("{\"numbers\": [\"a\", \"b\", \"c\", \"d\"]}");
    flama_report small;
    flama_report_init(&small, arena, 2);
    assert_int_equal(
        flama_schema_validate(compiled(&Items_type), &body, NULL, arena, &small),
        FLAMA_EVALIDATION);
    assert_int_equal(small.errors, 2);
}

static void parameters_are_read_from_text(void **state)
{
    (void)state;
    static const struct {
        const flama_type *type;
        const char *text, *message;
        double number;
    } cases[] = {
        {&Page_type, "5", "", 5},
        {&Page_type, "0", "Must be greater than or equal to 1.", 0},
        {&Page_type, "x", "Must be a number.", 0},
        {&Page_type, "5.5", "Must be an integer.", 0},
        {&Page_type, " 5", "Must be a number.", 0},
        {&Page_type, "", "Must be a number.", 0},
        {&flama_number_type, "-2.5e1", "", -25},
        {&flama_number_type, "0x10", "Must be a number.", 0},
        {&flama_number_type, "inf", "Must be a number.", 0},
        {&flama_number_type, "1e999", "Must be a number.", 0},
        {&flama_boolean_type, "True", "", 1},
        {&flama_boolean_type, "0", "", 0},
        {&flama_boolean_type, "maybe", "Must be a boolean.", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        union {
            flama_integer integer;
            flama_number number;
            flama_boolean boolean;
        } out;
        flama_report said;
        flama_report_init(&said, arena, 10);
        flama_string text = {cases[i].text, strlen(cases[i].text)};
        int code = flama_schema_validate_texts(compiled(cases[i].type), "page", &text,
                                               1, &out, arena, &said);
        if (cases[i].message[0]) {
            assert_int_equal(code, FLAMA_EVALIDATION);
            assert_string_equal(said.first->message.data, cases[i].message);
            assert_string_equal(said.first->path.data, "page");
            continue;
        }
        assert_int_equal(code, 0);
        double number = cases[i].type == &flama_number_type    ? out.number
                        : cases[i].type == &flama_boolean_type ? (double)out.boolean
                                                               : (double)out.integer;
        assert_true(number == cases[i].number);
    }
}

/* What the struct becomes: JSON, or "! " and the detail. */
static const char *served(const flama_type *type, const void *in)
{
    flama_value value, detail;
    flama_report said;
    flama_report_init(&said, arena, 20);
    int code = flama_schema_serialize(compiled(type), in, &value, arena, &said);
    if (code == 0)
        return printed(&value);
    assert_int_equal(code, FLAMA_ESERIALIZATION);
    assert_int_equal(flama_report_detail(&said, arena, &detail), 0);
    return flama_arena_format(arena, "! %s", printed(&detail));
}

static void structs_become_answers(void **state)
{
    (void)state;
    const Point points[] = {{.x = 1}, {.x = 2, .y = 3, .has_y = true}};
    const double weights[] = {0.5, 1};
    Path p = {
        .name = FLAMA_STRING("abc"), .points = {points, 2}, .weights = {weights, 2}};
    assert_string_equal(
        served(&Path_type, &p),
        "{\"name\":\"abc\",\"points\":[{\"x\":1.0},{\"x\":2.0,\"y\":3.0}],"
        "\"start\":null,\"weights\":[0.5,1.0]}");
    p.points.items = NULL;
    p.weights.items = NULL;
    p.start = &points[0];
    assert_string_equal(served(&Path_type, &p), "{\"name\":\"abc\",\"points\":[],"
                                                "\"start\":{\"x\":1.0}}");
    Scalars s = {.i = 5, .b = true, .has_b = true};
    assert_string_equal(served(&Scalars_type, &s), "{\"b\":true,\"d\":7}");
    flama_value list = json("[1, 2]");
    flama_array out = &list;
    assert_string_equal(served(&flama_array_type, &out), "[1,2]");
}

static void broken_promises_are_said(void **state)
{
    (void)state;
    X x = {0};
    assert_string_equal(served(&X_type, &x),
                        "! {\"input\":[\"This field is required.\"]}");
    flama_value text = flama_value_text("x");
    x = (X){.input = &text, .has_k = true, .k = 1};
    assert_string_equal(served(&X_type, &x),
                        "! {\"input\":[\"Must be an array.\"],"
                        "\"k\":[\"Must be greater than or equal to 3.\"]}");
    Point nan_point = {.x = NAN};
    assert_string_equal(served(&Point_type, &nan_point),
                        "! {\"x\":[\"Must be finite.\"]}");
    flama_object none = NULL;
    assert_string_equal(served(&flama_object_type, &none),
                        "! {\"\":[\"May not be null.\"]}");
    const double weights[] = {1, 2, 3, 4};
    Path p = {.name = FLAMA_STRING("abcd"), .weights = {weights, 4}};
    assert_string_equal(served(&Path_type, &p),
                        "! {\"name\":[\"Must have no more than 3 characters.\"],"
                        "\"weights\":[\"Must have no more than 3 items.\"]}");
    Tree loop[2] = {0};
    loop[0].children.items = loop[1].children.items = loop;
    loop[0].children.count = loop[1].children.count = 2;
    assert_non_null(
        strstr(served(&Tree_type, &loop[0]), "Must not be nested more than 64"));
}

static void expect_mistake(const flama_type *type, const char *sentence)
{
    const flama_schema *schema;
    flama_report said;
    flama_report_init(&said, arena, 10);
    assert_int_not_equal(flama_schema_compile(&registry, type, &schema, &said), 0);
    assert_int_equal(flama_report_code(&said), FLAMA_ESETUP);
    if (strcmp(said.first->message.data, sentence) != 0)
        print_error("%s\n", said.first->message.data);
    assert_string_equal(said.first->message.data, sentence);
}

FLAMA_SCHEMA(BadPattern, (string, s, .pattern = "(a"))
FLAMA_SCHEMA(BadDefault, (integer, i, .default_value = "\"x\""))
FLAMA_SCHEMA(BadText, (integer, i, .default_value = "{"))
FLAMA_SCHEMA(BadEnumeration, (integer, i, .enumeration = "5"))
FLAMA_SCHEMA(BadFit, (integer, i, .pattern = "x"))
FLAMA_SCHEMA(BadBounds,
             (integer, i, .minimum = FLAMA_BOUND(2), .maximum = FLAMA_BOUND(1)))

static void mistakes_in_schemas_are_said(void **state)
{
    (void)state;
    expect_mistake(
        &BadPattern_type,
        "schema BadPattern, field s: the pattern /(a/ does not compile: missing "
        "closing parenthesis at character 3");
    expect_mistake(&BadDefault_type, "schema BadDefault, field i: its default does not "
                                     "fit: Must be a number.");
    expect_mistake(&BadEnumeration_type,
                   "schema BadEnumeration, field i: its enumeration "
                   "must be an array of plain values");
    expect_mistake(&BadFit_type,
                   "schema BadFit, field i: pattern, format and choices are "
                   "for strings only");
    expect_mistake(&BadBounds_type,
                   "schema BadBounds, field i: minimum is over maximum");
    flama_type opaque = {
        .size = sizeof opaque, .name = "Thing", .kind = FLAMA_TYPE_OPAQUE};
    expect_mistake(&opaque, "Thing is not data, so nothing can be checked against it");
    const flama_field odd = {.size = sizeof odd, .name = "odd", .type = &opaque};
    const flama_type inner = {.size = sizeof inner,
                              .name = "Inner",
                              .kind = FLAMA_TYPE_SCHEMA,
                              .instance_size = sizeof(void *),
                              .fields = &odd,
                              .field_count = 1};
    const flama_field whole = {.size = sizeof whole,
                               .name = "inner",
                               .type = &inner,
                               .default_value = "{\"odd\": 1}"};
    const flama_type outer = {.size = sizeof outer,
                              .name = "Outer",
                              .kind = FLAMA_TYPE_SCHEMA,
                              .instance_size = sizeof(void *),
                              .fields = &whole,
                              .field_count = 1};
    expect_mistake(&outer, "schema Inner, field odd: Thing is not data, so nothing can "
                           "be checked against it");
    const flama_schema *schema;
    assert_int_equal(flama_schema_compile(&registry, &BadText_type, &schema, &report),
                     FLAMA_ESETUP);
    assert_non_null(strstr(report.first->message.data, "its default is not good JSON"));
}

static void descriptors_can_be_made_at_run_time(void **state)
{
    (void)state;
    char name[] = "a/b~c";
    flama_field fields[] = {
        {.size = sizeof(flama_field), .name = name, .type = &flama_integer_type},
        {.size = sizeof(flama_field), .name = "b", .type = NULL},
        {.size = sizeof(flama_field), .name = "", .type = &flama_any_type},
        {.size = sizeof(flama_field), .name = name, .type = &flama_any_type}};
    flama_type type = {.size = sizeof type,
                       .name = "Made",
                       .kind = FLAMA_TYPE_SCHEMA,
                       .instance_size = 8,
                       .fields = fields,
                       .field_count = 1};
    flama_type broken = type;
    broken.name = "Broken";
    broken.field_count = 4;
    assert_null(flama_registry_add(&registry, "Broken", &broken, &report));
    assert_int_equal(report.errors, 3);
    assert_string_equal(report.first->message.data,
                        "schema Broken, field b: it has no type");
    assert_string_equal(report.last->message.data,
                        "schema Broken: there are two fields a/b~c");

    const flama_schema *schema = compiled(&type);
    memset(name, 'x', sizeof name - 1); /* the schema has its own copy */
    flama_value body = json("{\"a/b~c\": \"5\"}"), detail;
    flama_report said;
    flama_report_init(&said, arena, 5);
    flama_schema_validate(schema, &body, NULL, arena, &said);
    assert_string_equal(said.first->path.data, "a~1b~0c");
    flama_report_detail(&said, arena, &detail);
    assert_string_equal(printed(&detail), "{\"a/b~c\":[\"Must be a number.\"]}");
}

static void the_registry_knows_names(void **state)
{
    (void)state;
    const flama_schema *path =
        flama_registry_add(&registry, "Path", &Path_type, &report);
    assert_non_null(path);
    assert_ptr_equal(flama_registry_find(&registry, &Path_type), path);
    assert_null(flama_registry_find(&registry, &Point_type)); /* only met inside */
    assert_non_null(flama_registry_add(&registry, "Point", &Point_type, &report));
    assert_non_null(flama_registry_find(&registry, &Point_type));
    assert_null(report.first);

    assert_non_null(flama_registry_add(&registry, "Path", &Path_type, &report));
    assert_true(report.last->warning);
    assert_string_equal(report.last->message.data, "schema Path is registered twice");
    assert_null(flama_registry_add(&registry, "Path", &X_type, &report));
    assert_string_equal(report.last->message.data,
                        "the name Path is taken by another schema");
    assert_null(flama_registry_add(&registry, "Weg", &Path_type, &report));
    assert_string_equal(report.last->message.data,
                        "schema Weg is already known as Path");
    assert_null(flama_registry_add(&registry, "a b", &X_type, &report));
    assert_null(flama_registry_add(&registry, "Row", &Row_type, &report));
    assert_string_equal(report.last->message.data, "Row is not a schema");
}

static void what_the_handler_checks_passes_as_it_came(void **state)
{
    (void)state;
    static flama_type open = {.size = sizeof open,
                              .name = "Open",
                              .kind = FLAMA_TYPE_SCHEMA,
                              .instance_size = sizeof(void *),
                              .as_value = true,
                              .document = "{\"type\": \"array\"}"};
    const flama_field rules = {.size = sizeof rules, .items = &open};
    flama_type list = {.size = sizeof list,
                       .name = "list",
                       .kind = FLAMA_TYPE_ARRAY,
                       .instance_size = sizeof(void *),
                       .as_value = true,
                       .rules = &rules};
    const char *const bodies[] = {"null", "[1,[2]]", "{\"a\":null}", "5"};
    const flama_schema *one = compiled(&open), *many = compiled(&list);
    flama_value out;
    for (size_t i = 0; i < 4; i++) {
        flama_value body = json(bodies[i]);
        assert_int_equal(
            flama_schema_convert(one, FLAMA_EVALIDATION, &body, &out, arena, &report),
            0);
        assert_string_equal(printed(&out), bodies[i]);
    }
    flama_value rows = json("[[1,2],[3,4]]");
    assert_int_equal(
        flama_schema_convert(many, FLAMA_EVALIDATION, &rows, &out, arena, &report), 0);
    assert_string_equal(printed(&out), "[[1,2],[3,4]]");
    assert_int_equal(flama_schema__describe_shape(arena, one->shape, &out), 0);
    assert_string_equal(printed(&out), "{\"type\":\"array\"}");

    const flama_type wrong[] = {
        {.size = sizeof *wrong,
         .name = "W0",
         .kind = FLAMA_TYPE_SCHEMA,
         .as_value = 1,
         .document = "[1]"},
        {.size = sizeof *wrong,
         .name = "W1",
         .kind = FLAMA_TYPE_SCHEMA,
         .as_value = 1,
         .document = "{"},
        {.size = sizeof *wrong,
         .name = "W2",
         .kind = FLAMA_TYPE_SCHEMA,
         .document = "{}"},
    };
    for (size_t i = 0; i < 3; i++) {
        const flama_schema *none;
        assert_int_equal(flama_schema_compile(&registry, &wrong[i], &none, &report),
                         FLAMA_ESETUP);
    }
}

static void without_memory_it_says_so(void **state)
{
    (void)state;
    const flama_schema *schema = compiled(&Path_type);
    flama_value body = json("{\"name\": 5, \"points\": [{\"x\": 1}, {}]}");
    int codes[2] = {0, 0};
    for (size_t limit = 0; limit < 8000; limit += 16) {
        flama_arena *small = flama_arena_new(limit + 1);
        flama_report said;
        flama_report_init(&said, small, 10);
        Path p;
        int code = flama_schema_validate(schema, &body, &p, small, &said);
        assert_true(code == FLAMA_EMEMORY || code == FLAMA_EVALIDATION);
        codes[code == FLAMA_EVALIDATION]++;
        flama_arena_free(small);

        small = flama_arena_new(limit + 1);
        flama_registry other;
        flama_registry_init(&other, small);
        flama_report_init(&said, small, 10);
        const flama_schema *made;
        code = flama_schema_compile(&other, &Ruled_type, &made, &said);
        assert_true(code == FLAMA_EMEMORY || code == 0);
        flama_arena_free(small);
    }
    assert_true(codes[0] > 5 && codes[1] > 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(mistakes_are_said_as_the_original_does),
        TEST(rules_hold),
        TEST(places_nest),
        TEST(arrays_of_numbers_are_checked),
        TEST(formats_are_checked),
        TEST(a_body_arrives_as_its_struct),
        TEST(nested_structs_and_lists_are_filled),
        TEST(depth_has_a_limit),
        TEST(a_report_has_a_limit),
        TEST(parameters_are_read_from_text),
        TEST(structs_become_answers),
        TEST(broken_promises_are_said),
        TEST(mistakes_in_schemas_are_said),
        TEST(descriptors_can_be_made_at_run_time),
        TEST(the_registry_knows_names),
        TEST(what_the_handler_checks_passes_as_it_came),
        TEST(without_memory_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
