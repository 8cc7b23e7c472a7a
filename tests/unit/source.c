/* source: what a compiler's rule names, digests, and files that are watched. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/app.h"
#include "app/source/cache.h"
#include "app/source/depend.h"
#include "app/source/files.h"
#include "app/source/make.h"
#include "net/watch.h"

static void a_rule_names_its_files(void **state)
{
    (void)state;
    flama_arena *arena = flama_arena_new(0);
    flama_string text = flama_depend_start(
        FLAMA_STRING("app: a.c \\\n  /x/b.h with\\ blank.h $$c.h \\#d.h C:e.h\n"));
    static const char *const names[] = {"a.c",  "/x/b.h", "with blank.h",
                                        "$c.h", "#d.h",   "C:e.h"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_string_equal(flama_depend_next(arena, &text), names[i]);
    assert_null(flama_depend_next(arena, &text));
    assert_int_equal(flama_depend_start(FLAMA_STRING("no rule")).size, 0);
    flama_arena_free(arena);
}

/* The vectors of draft-eastlake-fnv, section "FNV-1a 128". */
static void digests_are_fnv_1a_of_128_bits(void **state)
{
    (void)state;
    flama_arena *arena = flama_arena_new(0);
    flama_digest digest = flama_digest_begin();
    assert_string_equal(flama_digest_text(digest, arena),
                        "6c62272e07bb014262b821756295c58d");
    flama_digest_add(&digest, "a", 1);
    assert_string_equal(flama_digest_text(digest, arena),
                        "d228cb696f1a8caf78912b704e4a8964");
    digest = flama_digest_begin();
    flama_digest_add(&digest, "foobar", 6);
    assert_string_equal(flama_digest_text(digest, arena),
                        "343e1662793c64bf6f0d3597ba446f18");
    flama_arena_free(arena);
}

static void words_are_parted_by_blanks(void **state)
{
    (void)state;
    flama_files files = {.arena = flama_arena_new(0)};
    flama_files_add_words(&files, "  -O2\t-DX=\"y z\"\n");
    flama_files_add_words(&files, NULL);
    flama_files_add(&files, "last one");
    assert_int_equal(files.count, 4);
    assert_string_equal(files.items[1], "-DX=\"y");
    assert_string_equal(files.items[3], "last one");
    assert_null(files.items[4]);
    assert_false(files.failed);
    flama_arena_free(files.arena);
}

typedef struct watching {
    flama_loop *loop;
    flama_watch *watch;
    const char *path;
    int changes;
} watching;

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* Changes the file once more, and then ends. */
static void on_changed(void *ctx)
{
    watching *w = ctx;
    if (++w->changes == 1)
        write_file(w->path, "third, longer");
    else if (w->changes == 2)
        unlink(w->path);
    else
        flama_loop_stop(w->loop);
}

static void woken(void *ctx)
{
    watching *w = ctx;
    write_file(w->path, "second");
}

static void changes_of_files_are_told(void **state)
{
    (void)state;
    char folder[] = "/tmp/flama-watch-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/file", folder);
    write_file(path, "first");
    watching w = {.path = path};
    flama_error err = {0};
    assert_int_equal(flama_loop_new(&w.loop, woken, &w, &err), 0);
    assert_int_equal(flama_watch_new(&w.watch, w.loop, 5, on_changed, &w, &err), 0);
    const char *const files[] = {path, "/tmp/flama-watch-nowhere/file"};
    assert_int_equal(flama_watch_files(w.watch, files, 2, 0, &err), 0);
    flama_loop_wake(w.loop);
    flama_loop_run(w.loop);
    assert_int_equal(w.changes, 3);
    flama_watch_free(w.watch);
    flama_loop_free(w.loop);
    rmdir(folder);
}

/* A file that was changed while the app was made counts as changed at once. */
static void a_change_since_then_is_told(void **state)
{
    (void)state;
    char path[] = "/tmp/flama-watch-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    watching w = {.path = path, .changes = 2};
    flama_error err = {0};
    const char *const files[] = {path};
    assert_int_equal(flama_loop_new(&w.loop, woken, &w, &err), 0);
    assert_int_equal(flama_watch_new(&w.watch, w.loop, 5, on_changed, &w, &err), 0);
    assert_int_equal(flama_watch_files(w.watch, files, 1, 1, &err), 0);
    flama_loop_run(w.loop);
    assert_int_equal(w.changes, 3);
    flama_watch_free(w.watch);
    flama_loop_free(w.loop);
    unlink(path);
}

static void copy_file(const char *from, const char *to)
{
    char block[65536];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_true(in && out);
    size_t size = fread(block, 1, sizeof block, in);
    assert_int_equal(fwrite(block, 1, size, out), size);
    fclose(in);
    fclose(out);
}

static flama_app *make_of_two(void *ctx, const flama_app_def *def)
{
    assert_null(def);
    flama_app *app = flama_app_new(NULL);
    flama_models_add(app, "/a/", ctx, "first");
    flama_models_add(app, "/b/", SOURCE_ROOT "/examples/iris.flm", "second");
    return app;
}

/* While the app from before is there, as it is when a server reloads. */
static void models_that_did_not_change_stay_loaded(void **state)
{
    (void)state;
    char path[] = "/tmp/flama-model-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    copy_file(SOURCE_ROOT "/examples/sklearn_model.flm", path);
    const flama_source source = {
        .size = sizeof source, .make = make_of_two, .ctx = path};
    flama_made before, same, changed;
    flama_error err = {0};
    assert_int_equal(flama_make(&before, &source, NULL, true, &err), 0);
    assert_int_equal(flama_make(&same, &source, NULL, true, &err), 0);
    copy_file(SOURCE_ROOT "/tests/fixtures/sk_linear_regression.flm", path);
    assert_int_equal(flama_make(&changed, &source, NULL, true, &err), 0);
    for (int i = 0; i < 2; i++)
        assert_ptr_equal(before.app->resources[i]->model,
                         same.app->resources[i]->model);
    assert_ptr_not_equal(before.app->resources[0]->model,
                         changed.app->resources[0]->model);
    assert_ptr_equal(before.app->resources[1]->model, changed.app->resources[1]->model);
    assert_int_equal(before.files.count, 2);
    assert_string_equal(before.files.items[0], path);
    flama_made_free(&before);
    flama_made_free(&same);
    flama_made_free(&changed);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_names_its_files),
        cmocka_unit_test(digests_are_fnv_1a_of_128_bits),
        cmocka_unit_test(words_are_parted_by_blanks),
        cmocka_unit_test(changes_of_files_are_told),
        cmocka_unit_test(a_change_since_then_is_told),
        cmocka_unit_test(models_that_did_not_change_stay_loaded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
