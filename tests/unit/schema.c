/* schema: descriptors, compiling, validation, the way out, the detail of an answer. */
#include "test.h"

#include "schema/schema.h"

FLAMA_SCHEMA(X, (array, input, .description = "rows to predict"),
             (integer, k, .optional = true, .minimum = FLAMA_BOUND(3)))
FLAMA_SCHEMA(Point, (number, x), (number, y, .optional = true))
FLAMA_SCHEMA(Path, (string, name, .max_length = 3), (list, Point, points),
             (schema, Point, start, .nullable = true))

typedef struct fixture {
    flama_arena *arena;
    flama_registry registry;
    flama_report report;
} fixture;

static int set_up(void **state)
{
    fixture *f = test_calloc(1, sizeof *f);
    f->arena = flama_arena_new(0);
    flama_registry_init(&f->registry, f->arena);
    flama_report_init(&f->report, f->arena, 100);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    flama_arena_free(f->arena);
    test_free(f);
    return 0;
}

static const flama_schema *compiled(fixture *f, const flama_type *type)
{
    const flama_schema *schema = NULL;
    assert_int_equal(flama_schema_compile(&f->registry, type, &schema, &f->report), 0);
    assert_non_null(schema);
    return schema;
}

static flama_value object1(fixture *f, const char *name, flama_value value)
{
    flama_builder b;
    flama_value out;
    flama_object_begin(&b, f->arena);
    flama_object_add(&b, name, value);
    assert_int_equal(flama_builder_end(&b, &out), 0);
    return out;
}

static void a_body_arrives_as_its_struct(void **state)
{
    fixture *f = *state;
    const flama_schema *schema = compiled(f, &X_type);
    size_t shape[] = {2, 2};
    flama_tensor *tensor;
    void *data;
    flama_tensor_new(f->arena, FLAMA_DTYPE_INT64, 2, shape, &tensor, &data, NULL);
    memset(data, 0, 32);
    flama_value body = object1(f, "input", flama_value_tensor(tensor));
    X x;
    assert_int_equal(flama_schema_validate(schema, &body, &x, f->arena, &f->report), 0);
    assert_ptr_equal(x.input->tensor, tensor);
    assert_false(x.has_k);
}

static void what_is_missing_is_said(void **state)
{
    fixture *f = *state;
    const flama_schema *schema = compiled(f, &X_type);
    X x;
    assert_int_equal(flama_schema_validate(schema, NULL, &x, f->arena, &f->report),
                     FLAMA_EVALIDATION);
    assert_string_equal(f->report.first->path.data, "input");
    assert_string_equal(f->report.first->message.data, "This field is required.");
    flama_value detail;
    assert_int_equal(flama_report_detail(&f->report, f->arena, &detail), 0);
    const flama_value *list = flama_value_get(&detail, "input");
    assert_int_equal(list->array.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_body_arrives_as_its_struct, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_missing_is_said, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
