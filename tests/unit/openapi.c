/* openapi: the document of an app, the shapes of models in it. */
#include "test.h"

#include "schema/doc.h"
#include "schema/openapi.h"
#include "schema/shape.h"

FLAMA_SCHEMA(Input, (array, input, .description = "Model predict input"))
FLAMA_SCHEMA(Output, (array, output, .description = "Prediction output"))
FLAMA_SCHEMA(Part, (integer, id, .minimum = FLAMA_BOUND(1), .example = "5"))
FLAMA_SCHEMA(Whole, (list, Part, parts, .min_length = 1),
             (schema, Part, main, .nullable = true),
             (string, color, .choices = FLAMA_CHOICES("red", "green"),
              .default_value = "\"red\""),
             (number, share, .optional = true, .nullable = true,
              .exclusive_maximum = FLAMA_BOUND(0.5)),
             (string, code, .optional = true, .pattern = "^a", .max_length = 9,
              .format = "uuid", .description = "a code"),
             (any, extra, .optional = true))
FLAMA_TYPE(Page, integer, .minimum = FLAMA_BOUND(1), .description = "which page")

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

static const flama_schema *registered(const char *name, const flama_type *type)
{
    const flama_schema *schema = flama_registry_add(&registry, name, type, &report);
    assert_non_null(schema);
    return schema;
}

static flama_value built(const flama_operation *operations, size_t count)
{
    flama_openapi_info info = {"Flama", "0.1.0", "Fire up with the flame", NULL, NULL};
    flama_value out;
    assert_int_equal(
        flama_openapi_build(arena, &info, operations, count, &registry, &out), 0);
    return out;
}

/* A part of a value: "components/schemas/X", with "|" for a slash in a name. */
static const flama_value *at(const flama_value *value, const char *path)
{
    while (value && *path) {
        size_t size = strcspn(path, "/");
        char *name = flama_arena_copy(arena, path, size);
        for (char *c = name; *c; c++)
            if (*c == '|')
                *c = '/';
        value = flama_value_get(value, name);
        path += size + (path[size] == '/');
    }
    return value;
}

static void assert_json(const flama_value *value, const char *text)
{
    flama_string out;
    assert_non_null(value);
    assert_int_equal(flama_json_encode(arena, value, 0, &out, NULL), 0);
    assert_string_equal(out.data, text);
}

#define ERROR_RESPONSE                                                          \
    "{\"description\":\"Unexpected error.\",\"content\":{\"application/json\":" \
    "{\"schema\":{\"$ref\":\"#/components/schemas/flama.core.APIError\"}}}}"

static void the_document_is_the_originals(void **state)
{
    (void)state;
    const flama_operation operations[] = {
        {.path = "/", .method = "GET"},
        {.path = "/predict/",
         .method = "POST",
         .request = registered("flama.ml.PredictInput", &Input_type),
         .response = registered("flama.ml.PredictOutput", &Output_type)}};
    flama_value document = built(operations, 2);
    assert_json(
        &document,
        "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Flama\",\"version\":\"0.1.0\","
        "\"description\":\"Fire up with the flame\"},\"paths\":{\"/\":{\"get\":{"
        "\"responses\":{\"200\":{\"description\":\"Description not provided.\","
        "\"content\":{}},\"default\":" ERROR_RESPONSE "}}},\"/predict/\":{\"post\":{"
        "\"responses\":{\"200\":{\"description\":\"Description not provided.\","
        "\"content\":{\"application/json\":{\"schema\":{\"$ref\":"
        "\"#/components/schemas/"
        "flama.ml.PredictOutput\"}}}},\"default\":" ERROR_RESPONSE
        "},\"requestBody\":{\"content\":{\"application/json\":{\"schema\":{\"$ref\":"
        "\"#/components/schemas/flama.ml.PredictInput\"}}}}}}},\"components\":{"
        "\"schemas\":{\"flama.core.APIError\":{\"properties\":{\"status_code\":{"
        "\"description\":\"HTTP status code\",\"title\":\"status_code\","
        "\"type\":\"integer\"},\"detail\":{\"anyOf\":[{\"type\":\"string\"},{"
        "\"additionalProperties\":true,\"type\":\"object\"}],\"description\":"
        "\"Error detail\",\"title\":\"detail\"},\"error\":{\"anyOf\":[{\"type\":"
        "\"string\"},{\"type\":\"null\"}],\"description\":\"Exception or error type\","
        "\"title\":\"type\"}},\"required\":[\"status_code\",\"detail\",\"error\"],"
        "\"title\":\"APIError\",\"type\":\"object\"},\"flama.ml.PredictInput\":{"
        "\"properties\":{\"input\":{\"description\":\"Model predict input\","
        "\"items\":{},\"title\":\"input\",\"type\":\"array\"}},\"required\":[\"input\"]"
        ","
        "\"title\":\"PredictInput\",\"type\":\"object\"},\"flama.ml.PredictOutput\":{"
        "\"properties\":{\"output\":{\"description\":\"Prediction output\","
        "\"items\":{},\"title\":\"output\",\"type\":\"array\"}},"
        "\"required\":[\"output\"],\"title\":\"PredictOutput\",\"type\":\"object\"}},"
        "\"responses\":{},\"parameters\":{},\"examples\":{},\"requestBodies\":{},"
        "\"headers\":{},\"securitySchemes\":{},\"links\":{},\"callbacks\":{}}}");
}

static void documentation_is_merged(void **state)
{
    (void)state;
    flama_value doc;
    assert_int_equal(
        flama_doc_read(arena, "predict",
                       "tags:\n  - My ScikitLearn Model\nsummary: Run predict method.\n"
                       "responses:\n  200:\n    description: ML model prediction.\n"
                       "  404:\n    description: No such model.\n  default: Trouble.\n"
                       "x-more: [1]\n",
                       &doc, &report),
        0);
    const flama_operation operation = {.path = "/m/",
                                       .method = "POST",
                                       .doc = &doc,
                                       .tag = "not this",
                                       .response = registered("Y", &Output_type)};
    flama_value document = built(&operation, 1);
    assert_json(
        at(&document, "paths/|m|/post"),
        "{\"responses\":{\"200\":{\"description\":\"ML model prediction.\","
        "\"content\":{\"application/json\":{\"schema\":{\"$ref\":"
        "\"#/components/schemas/Y\"}}}},\"404\":{\"description\":\"No such model.\"},"
        "\"default\":{\"description\":\"Trouble.\"}},"
        "\"tags\":[\"My ScikitLearn Model\"],\"summary\":\"Run predict method.\","
        "\"x-more\":[1]}");
}

static void parameters_and_paths_are_described(void **state)
{
    (void)state;
    const flama_schema *page, *text;
    flama_schema_compile(&registry, &Page_type, &page, &report);
    flama_schema_compile(&registry, &flama_string_type, &text, &report);
    const flama_openapi_parameter parameters[] = {
        {.name = "id", .in = FLAMA_IN_PATH, .schema = text},
        {.name = "page", .in = FLAMA_IN_QUERY, .schema = page},
        {.name = "X-Key", .in = FLAMA_IN_HEADER, .schema = text, .required = true}};
    const flama_operation operations[] = {{.path = "/u/{id:str}/",
                                           .method = "GET",
                                           .tag = "Users",
                                           .parameters = parameters,
                                           .parameter_count = 3},
                                          {.path = "/", .method = "GET"},
                                          {.path = "/u/{id}/", .method = "DELETE"}};
    flama_value document = built(operations, 3);
    assert_int_equal(at(&document, "paths")->object.count, 2);
    assert_int_equal(at(&document, "paths/|u|{id}|")->object.count, 2);
    assert_json(at(&document, "paths/|u|{id}|/get/tags"), "[\"Users\"]");
    assert_json(at(&document, "paths/|u|{id}|/get/parameters"),
                "[{\"name\":\"id\",\"in\":\"path\",\"required\":true,"
                "\"schema\":{\"title\":\"id\",\"type\":\"string\"}},"
                "{\"name\":\"page\",\"in\":\"query\",\"description\":\"which page\","
                "\"required\":false,\"schema\":{\"description\":\"which page\","
                "\"minimum\":1,\"title\":\"page\",\"type\":\"integer\"}},"
                "{\"name\":\"X-Key\",\"in\":\"header\",\"required\":true,"
                "\"schema\":{\"title\":\"X-Key\",\"type\":\"string\"}}]");
}

static void schemas_are_json_schemas(void **state)
{
    (void)state;
    registered("Whole", &Whole_type);
    flama_value document = built(NULL, 0);
    assert_json(at(&document, "components/schemas/Part"),
                "{\"properties\":{\"id\":{\"examples\":[5],\"minimum\":1,"
                "\"title\":\"id\",\"type\":\"integer\"}},\"required\":[\"id\"],"
                "\"title\":\"Part\",\"type\":\"object\"}");
    assert_json(
        at(&document, "components/schemas/Whole/properties"),
        "{\"parts\":{\"items\":{\"$ref\":\"#/components/schemas/Part\"},"
        "\"minItems\":1,\"title\":\"parts\",\"type\":\"array\"},"
        "\"main\":{\"anyOf\":[{\"$ref\":\"#/components/schemas/Part\"},"
        "{\"type\":\"null\"}]},\"color\":{\"default\":\"red\","
        "\"enum\":[\"red\",\"green\"],\"title\":\"color\",\"type\":\"string\"},"
        "\"share\":{\"exclusiveMaximum\":0.5,\"title\":\"share\","
        "\"type\":[\"number\",\"null\"]},\"code\":{\"description\":\"a code\","
        "\"format\":\"uuid\",\"maxLength\":9,\"pattern\":\"^a\",\"title\":\"code\","
        "\"type\":\"string\"},\"extra\":{\"title\":\"extra\"}}");
    assert_json(at(&document, "components/schemas/Whole/required"),
                "[\"parts\",\"main\"]");
}

static const flama_port rows_of_four = {
    .name = "input", .dtype = FLAMA_DTYPE_FLOAT64, .rank = 2, .shape = {-1, 4}};
static const flama_port classes_out = {
    .name = "output", .dtype = FLAMA_DTYPE_INT64, .rank = 1, .shape = {-1}};

static void a_models_shape_is_a_component(void **state)
{
    (void)state;
    flama_string names[] = {FLAMA_STRING("a"), FLAMA_STRING("b"), FLAMA_STRING("c"),
                            FLAMA_STRING("d")};
    size_t three = 3;
    flama_tensor *classes;
    void *data;
    flama_tensor_new(arena, FLAMA_DTYPE_INT64, 1, &three, &classes, &data, NULL);
    memcpy(data, (int64_t[]){0, 1, 2}, 24);
    flama_value class_values = flama_value_tensor(classes);
    flama_signature signature = {.size = sizeof signature,
                                 .input_count = 1,
                                 .inputs = &rows_of_four,
                                 .output_count = 1,
                                 .outputs = &classes_out,
                                 .feature_name_count = 4,
                                 .feature_names = names,
                                 .classes = &class_values};
    flama_value in, example, out;
    assert_int_equal(flama_shape_of_input(arena, &signature, &in, &example), 0);
    assert_int_equal(flama_shape_of_output(arena, &signature, &out), 0);
    assert_json(&example, "{\"input\":[[0.0,0.0,0.0,0.0]]}");
    flama_operation operations[2] = {
        {.path = "/predict/",
         .method = "POST",
         .request = registered("flama.ml.PredictInput", &Input_type),
         .response = registered("flama.ml.PredictOutput", &Output_type),
         .shape_name = "my model",
         .request_shape = &in,
         .request_example = &example,
         .response_shape = &out}};
    operations[1] = operations[0];
    operations[1].path = "/other/";
    operations[1].response_shape = &in;
    flama_value document = built(operations, 2);
    assert_json(
        at(&document, "paths/|predict|/post/requestBody/content/application|json"),
        "{\"schema\":{\"$ref\":\"#/components/schemas/"
        "flama.ml.PredictInput.my_model\"},"
        "\"example\":{\"input\":[[0.0,0.0,0.0,0.0]]}}");
    assert_json(
        at(&document, "components/schemas/flama.ml.PredictInput.my_model"),
        "{\"properties\":{\"input\":{\"description\":\"Rows of 4 features: a, b, "
        "c, d\",\"items\":{\"items\":{\"type\":\"number\"},\"maxItems\":4,"
        "\"minItems\":4,\"type\":\"array\"},\"title\":\"input\","
        "\"type\":\"array\",\"x-feature-names\":[\"a\",\"b\",\"c\",\"d\"]}},"
        "\"required\":[\"input\"],\"title\":\"PredictInput\","
        "\"type\":\"object\"}");
    assert_json(
        at(&document, "components/schemas/flama.ml.PredictOutput.my_model/properties"),
        "{\"output\":{\"description\":\"Prediction output\",\"items\":{"
        "\"enum\":[0,1,2],\"type\":\"integer\"},\"title\":\"output\","
        "\"type\":\"array\"}}");
    /* The same shape is the same component, another is one of its own. */
    assert_null(at(&document, "components/schemas/flama.ml.PredictInput.my_model-2"));
    assert_non_null(
        at(&document, "components/schemas/flama.ml.PredictOutput.my_model-2"));
}

static void what_is_not_known_is_not_said(void **state)
{
    (void)state;
    flama_port ports[2] = {
        {.name = "a",
         .dtype = FLAMA_DTYPE_FLOAT32,
         .rank = 4,
         .shape = {-1, 28, 28, 1}},
        {.name = "b", .dtype = FLAMA_DTYPE_STRING, .rank = 2, .shape = {2, -1}}};
    flama_signature signature = {
        .size = sizeof signature, .input_count = 2, .inputs = ports};
    flama_value in, example, out;
    assert_int_equal(flama_shape_of_input(arena, &signature, &in, &example), 0);
    assert_int_equal(in.kind, FLAMA_KIND_NULL);
    assert_int_equal(flama_shape_of_output(arena, &signature, &out), 0);
    assert_int_equal(out.kind, FLAMA_KIND_NULL);
    signature.input_count = 1;
    assert_int_equal(flama_shape_of_input(arena, &signature, &in, &example), 0);
    assert_int_equal(example.kind, FLAMA_KIND_NULL); /* too large to show */
    assert_json(at(&in, "properties/input/items/minItems"), "28");
    signature.inputs = &ports[1];
    assert_int_equal(flama_shape_of_input(arena, &signature, &in, &example), 0);
    assert_json(&in, "{\"properties\":{\"input\":{\"items\":{\"items\":{},"
                     "\"type\":\"array\"},\"maxItems\":2,\"minItems\":2,"
                     "\"type\":\"array\"}}}");
}

static void without_memory_it_says_so(void **state)
{
    (void)state;
    registered("Whole", &Whole_type);
    flama_operation operation = {
        .path = "/a/", .method = "POST", .request = registered("X", &Input_type)};
    flama_member server = {FLAMA_STRING("servers"), flama_value_text("mine")};
    flama_value over = {.kind = FLAMA_KIND_OBJECT, .object = {&server, 1}};
    flama_openapi_info info = {"t", "1", "d", "/prefix", &over};
    int codes[2] = {0, 0};
    for (size_t limit = 0; limit < 30000; limit += 64) {
        flama_arena *small = flama_arena_new(limit + 1);
        flama_value out;
        int code = flama_openapi_build(small, &info, &operation, 1, &registry, &out);
        assert_true(code == 0 || code == FLAMA_EMEMORY);
        if (code == 0)
            assert_int_equal(flama_value_get(&out, "servers")->kind, FLAMA_KIND_STRING);
        codes[code == 0]++;
        flama_arena_free(small);
    }
    assert_true(codes[0] > 10 && codes[1] > 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_document_is_the_originals),      TEST(documentation_is_merged),
        TEST(parameters_and_paths_are_described), TEST(schemas_are_json_schemas),
        TEST(a_models_shape_is_a_component),      TEST(what_is_not_known_is_not_said),
        TEST(without_memory_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
