/* base: arena, buffer, map, error, report, call. */
#include "test.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "base/call.h"
#include "base/map.h"
#include "base/report.h"

static void arena_aligns_and_keeps_contents(void **state)
{
    (void)state;
    flama_arena *arena = flama_arena_new(0);
    char *small = flama_arena_copy(arena, "abc", 3);
    for (int i = 0; i < 1000; i++) {
        char *p = flama_arena_alloc(arena, (size_t)i * 7);
        assert_int_equal((uintptr_t)p % 16, 0);
        memset(p, i, (size_t)i * 7);
    }
    assert_string_equal(small, "abc");
    flama_arena_free(arena);
}

static void arena_stops_at_its_limit(void **state)
{
    (void)state;
    flama_arena *arena = flama_arena_new(1000);
    assert_non_null(flama_arena_alloc(arena, 500));
    assert_null(flama_arena_alloc(arena, 501));
    assert_null(flama_arena_alloc(arena, SIZE_MAX));
    assert_null(flama_arena_calloc(arena, SIZE_MAX / 2, 3));
    flama_arena_free(arena);
}

static void arena_grows_the_last_allocation_in_place(void **state)
{
    (void)state;
    flama_arena *arena = flama_arena_new(0);
    char *p = flama_arena_alloc(arena, 10);
    memcpy(p, "0123456789", 10);
    assert_ptr_equal(flama_arena_grow(arena, p, 10, 200), p);
    flama_arena_alloc(arena, 1);
    char *moved = flama_arena_grow(arena, p, 200, 400);
    assert_ptr_not_equal(moved, p);
    assert_memory_equal(moved, "0123456789", 10);
    flama_arena_free(arena);
}

static void arena_reset_reuses_a_block(void **state)
{
    (void)state;
    flama_arena arena;
    flama_arena_init(&arena, 0);
    void *first = flama_arena_alloc(&arena, 16);
    flama_arena_alloc(&arena, 100000);
    flama_arena_reset(&arena);
    assert_int_equal(arena.used, 0);
    assert_ptr_equal(flama_arena_alloc(&arena, 16), first);
    flama_arena_fini(&arena);
}

static void buffer_grows_to_its_maximum(void **state)
{
    (void)state;
    flama_buffer buffer;
    flama_buffer_init(&buffer, 1000);
    char bytes[600] = {1};
    assert_int_equal(flama_buffer_append(&buffer, bytes, 600), 0);
    assert_int_equal(flama_buffer_append(&buffer, bytes, 401), FLAMA_ELIMIT);
    assert_int_equal(flama_buffer_append(&buffer, bytes, 400), 0);
    assert_int_equal(buffer.size, 1000);
    flama_buffer_fini(&buffer);
}

static void map_finds_what_was_put(void **state)
{
    (void)state;
    flama_arena *arena = flama_arena_new(0);
    flama_map map;
    flama_map_init(&map, arena);
    assert_null(flama_map_get(&map, FLAMA_STRING("key0")));
    for (uintptr_t i = 1; i <= 1000; i++) {
        char *key = flama_arena_format(arena, "key%zu", (size_t)i);
        assert_int_equal(
            flama_map_put(&map, (flama_string){key, strlen(key)}, (void *)i, NULL), 0);
    }
    assert_int_equal((uintptr_t)flama_map_get(&map, FLAMA_STRING("key777")), 777);
    assert_null(flama_map_get(&map, FLAMA_STRING("key0")));
    void *there;
    flama_map_put(&map, FLAMA_STRING("key5"), &map, &there);
    assert_int_equal((uintptr_t)there, 5);
    flama_arena_free(arena);
}

static void the_first_error_wins(void **state)
{
    (void)state;
    flama_error err = {0};
    assert_int_equal(flama_error_set(&err, FLAMA_EIO, "no %s", "file"), FLAMA_EIO);
    assert_int_equal(flama_error_set(&err, FLAMA_EJSON, "later"), FLAMA_EJSON);
    assert_int_equal(err.code, FLAMA_EIO);
    assert_string_equal(err.message, "no file");
    assert_int_equal(flama_error_set(NULL, FLAMA_EIO, "x"), FLAMA_EIO);
    assert_int_equal(flama_error_status(FLAMA_EVALIDATION), 400);
    assert_int_equal(flama_error_status(-9999), 500);
}

static void messages_are_cut_at_whole_characters(void **state)
{
    (void)state;
    char text[1000];
    for (size_t i = 0; i + 2 < sizeof text; i += 2)
        memcpy(text + i, "\xC3\xA9", 3);
    flama_error err = {0};
    flama_error_set(&err, FLAMA_EIO, "%s", text);
    assert_int_equal(strlen(err.message), 398);
    flama_error_clear(&err);
    flama_error_set(&err, FLAMA_EIO, "a%s", text);
    assert_int_equal(strlen(err.message), 399);
}

static void a_report_keeps_all_in_order(void **state)
{
    (void)state;
    flama_arena *arena = flama_arena_new(0);
    flama_report report;
    flama_report_init(&report, arena, 3);
    flama_report_warn(&report, NULL, "w");
    flama_report_add(&report, FLAMA_EVALIDATION, "a", "first %d", 1);
    flama_report_add(&report, FLAMA_EVALIDATION, "b", "second");
    flama_report_add(&report, FLAMA_EVALIDATION, "c", "third");
    assert_int_equal(report.errors, 2);
    assert_int_equal(report.dropped, 1);
    assert_int_equal(flama_report_code(&report), FLAMA_EVALIDATION);
    assert_string_equal(report.first->next->message.data, "first 1");
    flama_arena_free(arena);
}

static void a_failed_call_says_where(void **state)
{
    (void)state;
    flama_call *call = flama_call_new();
    int line = __LINE__ + 1;
    assert_int_equal(flama_fail_at(call, FLAMA_EINPUT, "$.input", "bad"), FLAMA_EINPUT);
    const flama_error *err = flama_call_error(call);
    assert_int_equal(err->source_line, line);
    assert_string_equal(err->path, "$.input");
    flama_call_reset(call);
    assert_int_equal(flama_call_error(call)->code, 0);
    flama_call_free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_aligns_and_keeps_contents),
        cmocka_unit_test(arena_stops_at_its_limit),
        cmocka_unit_test(arena_grows_the_last_allocation_in_place),
        cmocka_unit_test(arena_reset_reuses_a_block),
        cmocka_unit_test(buffer_grows_to_its_maximum),
        cmocka_unit_test(map_finds_what_was_put),
        cmocka_unit_test(the_first_error_wins),
        cmocka_unit_test(messages_are_cut_at_whole_characters),
        cmocka_unit_test(a_report_keeps_all_in_order),
        cmocka_unit_test(a_failed_call_says_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
