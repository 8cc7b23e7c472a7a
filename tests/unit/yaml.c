/* yaml: scalars, limits, places of mistakes; documentation of endpoints. */
#include "test.h"

#include <stdio.h>

#include "schema/doc.h"
#include "schema/yaml.h"

static flama_arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = flama_arena_new(0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    flama_arena_free(arena);
    return 0;
}

static flama_value decoded(const char *text)
{
    flama_error err = {0};
    flama_value out;
    int code = flama_yaml_decode(arena, text, strlen(text), &out, &err);
    if (code != 0)
        print_error("%u:%u %s\n", err.line, err.column, err.message);
    assert_int_equal(code, 0);
    return out;
}

static void scalars_follow_the_core_schema(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        flama_kind kind;
        double number;
    } cases[] = {
        {"null", FLAMA_KIND_NULL, 0},
        {"~", FLAMA_KIND_NULL, 0},
        {"true", FLAMA_KIND_BOOL, 1},
        {"False", FLAMA_KIND_BOOL, 0},
        {"yes", FLAMA_KIND_STRING, 0},
        {"12", FLAMA_KIND_INTEGER, 12},
        {"-7", FLAMA_KIND_INTEGER, -7},
        {"+3", FLAMA_KIND_INTEGER, 3},
        {"0x1F", FLAMA_KIND_INTEGER, 31},
        {"0o17", FLAMA_KIND_INTEGER, 15},
        {"012", FLAMA_KIND_INTEGER, 12},
        {"1.5", FLAMA_KIND_NUMBER, 1.5},
        {".5", FLAMA_KIND_NUMBER, 0.5},
        {"1e3", FLAMA_KIND_NUMBER, 1000},
        {"5.", FLAMA_KIND_NUMBER, 5},
        {"1.2.3", FLAMA_KIND_STRING, 0},
        {"1e", FLAMA_KIND_STRING, 0},
        {"0x", FLAMA_KIND_STRING, 0},
        {"-", FLAMA_KIND_STRING, 0},
        {".", FLAMA_KIND_STRING, 0},
        {"'12'", FLAMA_KIND_STRING, 0},
        {"!!str 12", FLAMA_KIND_STRING, 0},
        {"99999999999999999999", FLAMA_KIND_NUMBER, 1e20},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[64];
        snprintf(text, sizeof text, "[%s]", cases[i].text);
        flama_value list = decoded(text);
        const flama_value *v = &list.array.items[0];
        if (v->kind != cases[i].kind)
            print_error("%s is %s\n", cases[i].text, flama_kind_name(v->kind));
        assert_int_equal(v->kind, cases[i].kind);
        double number = v->kind == FLAMA_KIND_BOOL      ? v->boolean
                        : v->kind == FLAMA_KIND_INTEGER ? (double)v->integer
                        : v->kind == FLAMA_KIND_NUMBER  ? v->number
                                                        : 0;
        assert_true(number == cases[i].number);
    }
}

static void documents_nest(void **state)
{
    (void)state;
    flama_value v =
        decoded("tags:\n  - A\n  - [b, {c: d}]\n200:\n  text: |\n    x\n    y\n");
    assert_int_equal(v.object.count, 2);
    assert_int_equal(flama_value_get(&v, "tags")->array.count, 2);
    const flama_value *text = flama_value_get(flama_value_get(&v, "200"), "text");
    assert_string_equal(text->string.data, "x\ny\n");
    assert_int_equal(decoded("").kind, FLAMA_KIND_NULL);
    assert_int_equal(decoded("# only a comment\n").kind, FLAMA_KIND_NULL);
}

static void mistakes_have_a_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int code;
        unsigned line, column;
        const char *message;
    } cases[] = {
        {"a: [1, 2\nb: 3", FLAMA_EFORMAT, 2, 2, "did not find expected"},
        {"a: &x 1\nb: *x", FLAMA_EFORMAT, 2, 4, "aliases"},
        {"a: !!int 5", FLAMA_EFORMAT, 1, 4, "tags"},
        {"a: 1\nb: 2\na: 3", FLAMA_EFORMAT, 3, 1, "twice"},
        {"? [x]\n: y", FLAMA_EFORMAT, 1, 3, "key"},
        {"a: .inf", FLAMA_EFORMAT, 1, 4, "finite"},
        {"a: 1e999", FLAMA_EFORMAT, 1, 4, "finite"},
        {"a\n--- \nb", FLAMA_EFORMAT, 2, 1, "more than one"},
        {"a: \"\xff\"", FLAMA_EFORMAT, 0, 0, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        flama_error err = {0};
        flama_value out;
        int code =
            flama_yaml_decode(arena, cases[i].text, strlen(cases[i].text), &out, &err);
        assert_int_equal(code, cases[i].code);
        if (strstr(err.message, cases[i].message) == NULL)
            print_error("%s\n", err.message);
        assert_non_null(strstr(err.message, cases[i].message));
        if (cases[i].line) {
            assert_int_equal(err.line, cases[i].line);
            assert_int_equal(err.column, cases[i].column);
        }
    }
}

static void depth_and_size_have_limits(void **state)
{
    (void)state;
    char deep[100];
    flama_error err = {0};
    flama_value out;
    memset(deep, '[', sizeof deep);
    assert_int_equal(flama_yaml_decode(arena, deep, sizeof deep, &out, &err),
                     FLAMA_ELIMIT);
    assert_int_equal(err.column, FLAMA_YAML_DEPTH + 1);
    char *large = test_calloc(FLAMA_YAML_SIZE + 1, 1);
    assert_int_equal(flama_yaml_decode(arena, large, FLAMA_YAML_SIZE + 1, &out, NULL),
                     FLAMA_ELIMIT);
    test_free(large);
}

/* The doc of handler "h"; the messages of the report, each with a line end, in *said.
 */
static flama_value documented(const char *text, int *code, char *said, size_t size)
{
    flama_report report;
    flama_report_init(&report, arena, 0);
    flama_value out = flama_value_null();
    *code = flama_doc_read(arena, "h", text, &out, &report);
    said[0] = '\0';
    for (const flama_report_item *i = report.first; i; i = i->next)
        snprintf(said + strlen(said), size - strlen(said), "%s\n", i->message.data);
    return out;
}

static void assert_text(const flama_value *object, const char *name, const char *text)
{
    const flama_value *value = flama_value_get(object, name);
    assert_non_null(value);
    assert_int_equal(value->kind, FLAMA_KIND_STRING);
    assert_int_equal(value->string.size, strlen(text));
    assert_memory_equal(value->string.data, text, strlen(text));
}

static void a_docstring_is_an_operation(void **state)
{
    (void)state;
    int code;
    char said[500];
    flama_value doc =
        documented("\n        tags:\n            - My Model\n"
                   "        summary:\n            Run it.\n"
                   "        description:\n            More: no: x\n        "
                   "responses:\n            200:\n"
                   "                description: Done.\n        ",
                   &code, said, sizeof said);
    assert_string_equal(said, "the doc of h is not good YAML at line 7, column 21: "
                              "mapping values are not allowed in this context\n");
    assert_int_equal(code, FLAMA_ESETUP);
    doc =
        documented("tags:\n  - My Model\nsummary:\n  Run it.\n"
                   "responses:\n  200:\n    description: Done.\n  404: No such row.\n",
                   &code, said, sizeof said);
    assert_string_equal(said, "");
    assert_text(&doc, "summary", "Run it.");
    const flama_value *responses = flama_value_get(&doc, "responses");
    assert_text(flama_value_get(responses, "200"), "description", "Done.");
    assert_text(flama_value_get(responses, "404"), "description", "No such row.");
}

static void indentation_of_docstrings_goes(void **state)
{
    (void)state;
    int code;
    char said[500];
    flama_value doc = documented("summary: A\n        tags:\n          - t\n        ",
                                 &code, said, sizeof said);
    assert_string_equal(said, "");
    assert_text(&doc, "summary", "A");
    doc = documented("summary:\n  Just text.", &code, said, sizeof said);
    assert_text(&doc, "summary", "Just text.");
    doc = documented("tags: one", &code, said, sizeof said);
    assert_int_equal(flama_value_get(&doc, "tags")->array.count, 1);
}

static void plain_text_is_the_description(void **state)
{
    (void)state;
    int code;
    char said[500];
    flama_value doc = documented("\n  Predicts: a lot.\n\n    Indented.\n  ", &code,
                                 said, sizeof said);
    assert_int_equal(code, 0);
    assert_text(&doc, "description", "Predicts: a lot.\n\n  Indented.");
    doc = documented("  \n ", &code, said, sizeof said);
    assert_int_equal(doc.object.count, 0);
}

static void what_is_wrong_in_a_doc_is_said(void **state)
{
    (void)state;
    int code;
    char said[500];
    documented("summary: [a]\ntags:\n  - {a: b}\nresponses: 5\n", &code, said,
               sizeof said);
    assert_int_equal(code, FLAMA_ESETUP);
    assert_string_equal(
        said, "the doc of h: summary must be text\n"
              "the doc of h: each of tags must be text\n"
              "the doc of h: responses must be a mapping from status codes\n");
    documented("responses:\n  abc:\n    description: x\n  200: [1]\n", &code, said,
               sizeof said);
    assert_string_equal(
        said, "the doc of h: responses must be a mapping from status codes\n"
              "the doc of h: each of responses must be a mapping with a description\n");
    documented("summary: a\nsumary: b\n", &code, said, sizeof said);
    assert_int_equal(code, 0);
    assert_string_equal(said, "the doc of h: sumary is no key of an operation\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(scalars_follow_the_core_schema), TEST(documents_nest),
        TEST(mistakes_have_a_place),          TEST(depth_and_size_have_limits),
        TEST(a_docstring_is_an_operation),    TEST(indentation_of_docstrings_goes),
        TEST(plain_text_is_the_description),  TEST(what_is_wrong_in_a_doc_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
