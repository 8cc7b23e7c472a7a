/* The scikit-learn engine against what scikit-learn itself answered: every fixture that
 * has a recorded answer. */
#include "test.h"

#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "engine/model.h"
#include "engine/sklearn/engine.h"

/* Numbers agree to this, relative to the largest of the answer. */
static const double tolerance = 1e-9;

static flama_buffer read_file(const char *path)
{
    flama_buffer out;
    flama_buffer_init(&out, 1 << 26);
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        fail_msg("no file %s", path);
    char chunk[4096];
    for (size_t got; (got = fread(chunk, 1, sizeof chunk, f));)
        assert_int_equal(flama_buffer_append(&out, chunk, got), 0);
    fclose(f);
    return out;
}

/* Any value as a flat list of scalars, with the shape spelled in front of each list. */
static void flatten(const flama_value *value, flama_builder *out)
{
    if (value->kind == FLAMA_KIND_ARRAY) {
        flama_array_add(out, flama_value_integer((int64_t)value->array.count));
        for (size_t i = 0; i < value->array.count; i++)
            flatten(&value->array.items[i], out);
        return;
    }
    if (value->kind != FLAMA_KIND_TENSOR) {
        flama_array_add(out, *value);
        return;
    }
    const flama_tensor *t = value->tensor;
    size_t inner = t->rank == 2 ? t->shape[1] : 1;
    flama_array_add(out, flama_value_integer((int64_t)t->shape[0]));
    for (size_t i = 0; i < t->count; i++) {
        if (t->rank == 2 && i % inner == 0)
            flama_array_add(out, flama_value_integer((int64_t)inner));
        if (t->dtype == FLAMA_DTYPE_INT64)
            flama_array_add(out, flama_value_integer(((const int64_t *)t->data)[i]));
        else if (t->dtype == FLAMA_DTYPE_BOOL)
            flama_array_add(out, flama_value_bool(((const uint8_t *)t->data)[i]));
        else if (t->dtype == FLAMA_DTYPE_STRING)
            flama_array_add(out,
                            flama_value_string(((const flama_string *)t->data)[i]));
        else
            flama_array_add(out, flama_value_number(((const double *)t->data)[i]));
    }
}

static flama_value flat(flama_arena *arena, const flama_value *value)
{
    flama_builder list;
    flama_value out;
    flama_array_begin(&list, arena);
    flatten(value, &list);
    assert_int_equal(flama_builder_end(&list, &out), 0);
    return out;
}

static double as_number(const flama_value *v)
{
    return v->kind == FLAMA_KIND_INTEGER ? (double)v->integer : v->number;
}

static double largest(const flama_value *list)
{
    double scale = 0;
    for (size_t i = 0; i < list->array.count; i++)
        if (list->array.items[i].kind == FLAMA_KIND_NUMBER)
            scale = fmax(scale, fabs(list->array.items[i].number));
    return scale != 0 ? scale : 1;
}

static bool same(const flama_value *got, const flama_value *want, double scale)
{
    if (want->kind == FLAMA_KIND_NUMBER || got->kind == FLAMA_KIND_NUMBER)
        return (got->kind == FLAMA_KIND_NUMBER || got->kind == FLAMA_KIND_INTEGER) &&
               (want->kind == FLAMA_KIND_NUMBER || want->kind == FLAMA_KIND_INTEGER) &&
               fabs(as_number(got) - as_number(want)) <= tolerance * scale;
    if (got->kind != want->kind)
        return false;
    if (want->kind == FLAMA_KIND_STRING)
        return got->string.size == want->string.size &&
               memcmp(got->string.data, want->string.data, got->string.size) == 0;
    return want->kind == FLAMA_KIND_BOOL ? got->boolean == want->boolean
                                         : got->integer == want->integer;
}

/* NULL, or what is wrong. */
static const char *compare(flama_arena *arena, const flama_value *got,
                           const flama_value *want)
{
    flama_value g = flat(arena, got), w = flat(arena, want);
    if (g.array.count != w.array.count)
        return flama_arena_format(arena, "%zu values, not %zu", g.array.count,
                                  w.array.count);
    for (size_t i = 0; i < g.array.count; i++)
        if (!same(&g.array.items[i], &w.array.items[i], largest(&w)))
            return flama_arena_format(arena, "value %zu is %.17g, not %.17g", i,
                                      as_number(&g.array.items[i]),
                                      as_number(&w.array.items[i]));
    return NULL;
}

static const char *check_model(flama_arena *arena, flama_model *model,
                               const flama_value *golden)
{
    flama_call *call = flama_call_new();
    const flama_value *output;
    const char *wrong;
    if (flama_model_predict(model, call, flama_value_get(golden, "input"), &output) !=
        0)
        wrong = flama_arena_format(arena, "%s", flama_call_error(call)->message);
    else
        wrong = compare(arena, output, flama_value_get(golden, "output"));
    flama_call_free(call);
    return wrong;
}

/* What check_fixture gives for a model that is refused, by name, and not run. */
static const char refused[] = "refused";

/* NULL, or what is wrong with that fixture. */
static const char *check_fixture(flama_arena *arena, const char *path)
{
    const char *name = strrchr(path, '/') + 1;
    flama_buffer text =
        read_file(flama_arena_format(arena, "%s/tests/fixtures/golden/%.*s.json",
                                     SOURCE_ROOT, (int)(strlen(name) - 4), name));
    flama_value golden;
    flama_model *model = NULL;
    flama_error err = {0};
    const char *wrong;
    if (flama_json_decode(arena, text.data, text.size, NULL, &golden, &err) != 0 ||
        flama_model_open(&model, path, &err) != 0)
        wrong = err.code == FLAMA_EUNSUPPORTED
                    ? refused
                    : flama_arena_format(arena, "%s", err.message);
    else
        wrong = check_model(arena, model, &golden);
    flama_model_unref(model);
    flama_buffer_fini(&text);
    return wrong;
}

static void fixtures_answer_as_recorded(void **state)
{
    (void)state;
    static const char *const patterns[] = {"sk_*", "sklearn_*", "legacy_sklearn_*"};
    size_t failed = 0, passed = 0, skipped = 0;
    for (size_t p = 0; p < 3; p++) {
        char pattern[512];
        glob_t found;
        snprintf(pattern, sizeof pattern, "%s/tests/fixtures/%s.flm", SOURCE_ROOT,
                 patterns[p]);
        assert_int_equal(glob(pattern, 0, NULL, &found), 0);
        for (size_t i = 0; i < found.gl_pathc; i++) {
            flama_arena *arena = flama_arena_new(0);
            const char *wrong = check_fixture(arena, found.gl_pathv[i]);
            if (wrong == refused) {
                skipped++;
                wrong = NULL;
            } else if (wrong)
                print_error("%s: %s\n", strrchr(found.gl_pathv[i], '/') + 1, wrong);
            failed += wrong != NULL;
            passed += wrong == NULL;
            flama_arena_free(arena);
        }
        globfree(&found);
    }
    print_message("%zu fixtures right, %zu wrong, %zu of them refused by name\n",
                  passed - skipped, failed, skipped);
    assert_int_equal(failed, 0);
}

/* Rows that the model can't take: the sentence begins like this and names the place. */
static void bad_rows_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *rows, *message, *path;
    } cases[] = {
        {"[[1, 2, 3]]",
         "X has 3 features, but MLPClassifier is expecting 4 features as input.", ""},
        {"[[1, 2, 3, \"a\"]]", "$.input[0][3] is a string, and MLPClassifier takes",
         "$.input[0][3]"},
        {"[[\"1\", \"2\", \"3\", \"4\"]]", "$.input[0][0] is a string",
         "$.input[0][0]"},
        {"[[1, 2, 3, 4], [1]]", "$.input[1] has 1 values where $.input[0] has 4",
         "$.input[1]"},
        {"[[1, 2, 3, 4], 5]", "$.input[1] is no list", "$.input[1]"},
        {"[[1, 2, 3, [4]]]", "$.input[0][3] is an array", "$.input[0][3]"},
        {"[[1, 2, 3, {}]]", "$.input[0][3] is an object", "$.input[0][3]"},
        {"[]", "Expected 2D array, got 1D array instead", "$.input"},
        {"[1, 2, 3, 4]", "Expected 2D array, got 1D array instead", "$.input"},
        {"[1, \"a\"]", "Expected 2D array, got 1D array instead", "$.input"},
        {"5", "$.input is no list", "$.input"},
        {"[[[1, 2, 3, 4]]]", "Found array with dim 3", "$.input"},
        {"[[]]", "Found array with 0 feature(s) (shape=(1, 0))", ""},
        {"[[1, 2, 3, 4], [1, 2, null, 4]]",
         "Input X contains NaN: MLPClassifier takes no missing values ($.input[1][2])",
         "$.input[1][2]"},
        {"[[1, 2, 3, 1e400]]",
         "Input X contains infinity or a value too large for dtype('float64') "
         "($.input[0][3])",
         "$.input[0][3]"},
    };
    flama_model *model;
    flama_error err = {0};
    int rc =
        flama_model_open(&model, SOURCE_ROOT "/tests/fixtures/sklearn_model.flm", &err);
    assert_int_equal(rc, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        flama_call *call = flama_call_new();
        flama_value rows;
        const flama_value *out;
        assert_int_equal(flama_json_decode(flama_call_arena(call), cases[i].rows,
                                           strlen(cases[i].rows), NULL, &rows, &err),
                         0);
        assert_int_equal(flama_model_predict(model, call, &rows, &out), FLAMA_EINPUT);
        const flama_error *why = flama_call_error(call);
        if (strncmp(why->message, cases[i].message, strlen(cases[i].message)) != 0)
            fail_msg("%s: %s", cases[i].rows, why->message);
        assert_string_equal(why->path, cases[i].path);
        flama_call_free(call);
    }
    flama_model_unref(model);
}

static void signatures_tell_what_is_known(void **state)
{
    (void)state;
    flama_model *model;
    flama_error err = {0};
    assert_int_equal(
        flama_model_open(&model, SOURCE_ROOT "/tests/fixtures/sklearn_model.flm", &err),
        0);
    const flama_signature *s = flama_model_signature(model, "predict");
    assert_int_equal(s->inputs[0].shape[0], -1);
    assert_int_equal(s->inputs[0].shape[1], 4);
    assert_int_equal(s->outputs[0].dtype, FLAMA_DTYPE_INT64);
    assert_int_equal(s->outputs[0].rank, 1);
    assert_int_equal(s->classes->tensor->count, 3);
    assert_int_equal(flama_model_signature(model, "predict_proba")->outputs[0].shape[1],
                     3);
    assert_null(flama_model_signature(model, "transform"));
    assert_null(flama_model_signature(model, "fit"));
    flama_model_unref(model);
}

/* Pickles made by hand. */

#define PICKLE(text) ((flama_string){(text), sizeof(text) - 1})
#define PIPELINE "\x80\x04\x8c\x10sklearn.pipeline\x8c\x08Pipeline\x93)\x81\x94"
#define VERSION(text) "\x8c\x10_sklearn_version\x8c\x05" text

static void refuse_pickle(flama_string pickle, int code, const char *text)
{
    void *instance = NULL;
    flama_error err = {0};
    flama_engine_file file = {.size = sizeof file,
                              .name = "model",
                              .payload = (const uint8_t *)pickle.data,
                              .payload_size = pickle.size};
    int rc = flama_sklearn_engine.load(&file, &instance, &err);
    assert_null(instance);
    if (rc != code || strstr(err.message, text) == NULL)
        fail_msg("%d %s: not %d %s", rc, err.message, code, text);
}

static void hostile_models_are_refused(void **state)
{
    (void)state;
    /* a call among the attributes */
    refuse_pickle(PICKLE(PIPELINE
                         "}(\x8c\x05steps\x8c\x05posix\x8c\x06system\x93\x8c\x02"
                         "id\x85Rub."),
                  FLAMA_EUNSUPPORTED, "posix.system");
    /* a name that the module has, but that is no class of the table */
    refuse_pickle(PICKLE("\x80\x04\x8c\x10sklearn.pipeline\x8c\x05parse\x93)R."),
                  FLAMA_EUNSUPPORTED, "sklearn.pipeline.parse");
    refuse_pickle(PICKLE("\x80\x04\x8c\x0dsklearn.utils\x8c\x08os.popen\x93)R."),
                  FLAMA_EUNSUPPORTED, "sklearn.utils.os.popen");
    /* a pipeline that is its own step */
    refuse_pickle(PICKLE(PIPELINE "}(\x8c\x05steps]\x8c\x01"
                                  "a\x68\0\x86"
                                  "a" VERSION("1.9.1") "ub."),
                  FLAMA_EUNSUPPORTED, "stands in more than 32");
    /* and no estimator at all */
    refuse_pickle(PICKLE("\x80\x04}."), FLAMA_EUNSUPPORTED,
                  "no scikit-learn estimator");
    refuse_pickle(PICKLE("\x80\x04\x8c\x05numpy\x8c\x05"
                         "dtype\x93)R."),
                  FLAMA_EUNSUPPORTED, "no scikit-learn estimator");
    refuse_pickle(PICKLE("not a pickle"), FLAMA_EFORMAT, "not a pickle");
}

static void unknown_versions_are_refused(void **state)
{
    (void)state;
    refuse_pickle(PICKLE(PIPELINE "}(" VERSION("2.0.0") "ub."), FLAMA_EUNSUPPORTED,
                  "made by scikit-learn 2.0.0");
    refuse_pickle(PICKLE(PIPELINE "}(" VERSION("1.10.") "ub."), FLAMA_EUNSUPPORTED,
                  "1.0 to 1.9 are known");
    refuse_pickle(PICKLE(PIPELINE "}(" VERSION("0.24.") "ub."), FLAMA_EUNSUPPORTED,
                  "made by scikit-learn 0.24");
    refuse_pickle(PICKLE(PIPELINE "}(" VERSION("abcde") "ub."), FLAMA_EUNSUPPORTED,
                  "made by scikit-learn abcde");
    refuse_pickle(PICKLE(PIPELINE "}b."), FLAMA_EUNSUPPORTED, "does not say");
    refuse_pickle(PICKLE(PIPELINE "}(" VERSION("1.9.1") "ub."), FLAMA_EFORMAT,
                  "Pipeline.steps is missing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixtures_answer_as_recorded),
        cmocka_unit_test(bad_rows_are_refused),
        cmocka_unit_test(signatures_tell_what_is_known),
        cmocka_unit_test(hostile_models_are_refused),
        cmocka_unit_test(unknown_versions_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
