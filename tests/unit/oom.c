/* Out of memory: a run that loads a model, starts an app and predicts is repeated, and
 * in the k-th turn the k-th allocation fails, alone or with all later ones. Each turn
 * must end in the right answer or a clean error, and give back all it took.
 *
 * malloc and its kin are wrapped by the linker, for the library and for the libraries
 * that are linked in statically here (libyaml, zstd and the other codecs). */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);
char *__wrap_strdup(const char *text);

static size_t calls;   /* allocations of this turn */
static size_t failing; /* the one that fails, 0: none */
static bool all_later; /* and every one after it */
static size_t live;    /* allocated and not freed */

static bool fails(void)
{
    calls++;
    return failing && (calls == failing || (all_later && calls > failing));
}

void *__wrap_malloc(size_t size)
{
    void *memory = fails() ? NULL : __real_malloc(size);
    live += memory != NULL;
    return memory;
}

void *__wrap_calloc(size_t count, size_t size)
{
    void *memory = fails() ? NULL : __real_calloc(count, size);
    live += memory != NULL;
    return memory;
}

void *__wrap_realloc(void *memory, size_t size)
{
    void *bigger = fails() ? NULL : __real_realloc(memory, size);
    live += bigger != NULL && memory == NULL;
    return bigger;
}

char *__wrap_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = __wrap_malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

void __wrap_free(void *memory)
{
    live -= memory != NULL;
    __real_free(memory);
}

/* An answer that came although memory failed is the right one, or says that it did. */
static void check(const flama_response *r, const char *body)
{
    if (r == NULL)
        return;
    if (r->status == 200 && body)
        assert_int_equal(r->body.size, strlen(body));
    if (r->status == 200 && body)
        assert_memory_equal(r->body.data, body, r->body.size);
    assert_true(r->status == 200 || r->status == 500 || r->status == 503);
}

/* One turn; true when every request got its answer. */
static bool turn(const char *file)
{
    char path[1024];
    snprintf(path, sizeof path, SOURCE_ROOT "/tests/fixtures/%s", file);
    bool good = false;
    flama_app *app = flama_app_new(NULL);
    if (app == NULL)
        return false;
    flama_models_add(app, "/", path, "model");
    if (flama_app_start(app) != 0)
        assert_non_null(flama_app_problem(app, 0, NULL));
    flama_client *client = flama_client_new(app);
    if (client) {
        check(flama_client_get(client, "/"), NULL);
        check(flama_client_get(client, "/schema/"), NULL);
        check(flama_client_get(client, "/docs/"), NULL);
        const flama_response *r = flama_client_post(
            client, "/predict/", "{\"input\": [[5.8, 2.8, 5.1, 2.4]]}");
        check(r, "{\"output\":[2]}");
        good = r && r->status == 200;
        r = flama_client_post(client, "/predict/", "{\"input\": [[5.8], [1, 2, 3]]}");
        assert_true(r == NULL || r->status >= 400);
        r = flama_client_post(client, "/predict/", "{\"input\": ");
        assert_true(r == NULL || r->status >= 400);
    }
    flama_client_free(client);
    flama_app_free(app);
    return good;
}

/* Repeats the run with each of its allocations failing; returns how many there are. */
static size_t run_all(const char *file)
{
    failing = 0;
    assert_true(turn(file)); /* what is made once a process is made now */
    calls = 0;
    assert_true(turn(file));
    size_t total = calls;
    for (size_t k = 1; k <= total; k++) {
        size_t before = live;
        calls = 0;
        failing = k;
        turn(file);
        failing = 0;
        assert_int_equal(live, before);
    }
    assert_true(turn(file));
    printf("%s: %zu allocations\n", file, total);
    return total;
}

static void one_allocation_fails(void **state)
{
    (void)state;
    static const char *const files[] = {
        "sklearn_model.flm",         "sklearn_model_v1_zlib.flm",
        "sklearn_model_v2_bz2.flm",  "sklearn_model_v1_lzma.flm",
        "sklearn_model_v2_zlib.flm", "legacy_sklearn_standard.flm"};
    all_later = false;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_true(run_all(files[i]) > 50);
}

static void all_allocations_fail_from_one_on(void **state)
{
    (void)state;
    all_later = true;
    assert_true(run_all("sklearn_model.flm") > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_allocation_fails),
        cmocka_unit_test(all_allocations_fail_from_one_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
