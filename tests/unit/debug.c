/* debug: texts become HTML that shows them and nothing else, pages stay within their
 * size whatever they show, and backtraces get their names. */
#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <flama/sys/face.h>

#include "app/debug/crash.h"
#include "app/debug/parts.h"

#define THIS_FILE SOURCE_ROOT "/tests/unit/debug.c"

static flama_arena *arena;

/* The library's memory: the k-th allocation can be made to fail. */
static size_t calls, failing, live;

static void *allocate(void *ctx, size_t size)
{
    (void)ctx;
    void *memory = ++calls == failing ? NULL : malloc(size);
    live += memory != NULL;
    return memory;
}

static void *reallocate(void *ctx, void *memory, size_t size)
{
    (void)ctx;
    void *bigger = ++calls == failing ? NULL : realloc(memory, size);
    live += bigger != NULL && memory == NULL;
    return bigger;
}

static void release(void *ctx, void *memory)
{
    (void)ctx;
    live -= memory != NULL;
    free(memory);
}

static const flama_allocator allocator = {.size = sizeof allocator,
                                          .allocate = allocate,
                                          .reallocate = reallocate,
                                          .release = release};

static int begin(void **state)
{
    (void)state;
    flama_set_allocator(&allocator);
    arena = flama_arena_new(0);
    return arena == NULL;
}

static int finish(void **state)
{
    (void)state;
    flama_arena_free(arena);
    return 0;
}

static const char *shown(const char *text, size_t size)
{
    flama_html html;
    flama_html_init(&html, arena, 100000);
    flama_html_text(&html, (flama_string){text, size});
    flama_html_put(&html, "");
    assert_int_equal(html.code, 0);
    return flama_arena_copy(arena, html.buffer.data, html.buffer.size);
}

#define assert_shown(text, expected) \
    assert_string_equal(shown(text, sizeof(text) - 1), expected)

static void text_is_escaped(void **state)
{
    (void)state;
    assert_shown("plain \xc3\xa9 \xf0\x9f\x94\xa5\n\t",
                 "plain \xc3\xa9 \xf0\x9f\x94\xa5\n\t");
    assert_shown("<script>a&b</script>", "&lt;script&gt;a&amp;b&lt;/script&gt;");
    assert_shown("\" onclick='x'", "&quot; onclick=&#39;x&#39;");
    assert_shown("a\0b\x1b[31m\x7f", "a\\x00b\\x1b[31m\\x7f");
    assert_shown("\xff\xc3(\xed\xa0\x80", "\\xff\\xc3(\\xed\\xa0\\x80");
    assert_shown("\xe2\x80\xae\xe2\x81\xa6\xef\xbb\xbf\xc2\x85",
                 "\\u202e\\u2066\\ufeff\\u0085");
}

static void a_part_is_cut_where_its_room_ends(void **state)
{
    (void)state;
    flama_html html;
    flama_html_init(&html, arena, 1000);
    flama_html_part(&html, 12);
    assert_true(flama_html_room(&html));
    flama_html_format(&html, "%s", "ab<<<<<<");
    assert_int_equal(html.buffer.size, 2 + 2 * 4 + 3);
    assert_memory_equal(html.buffer.data, "ab&lt;&lt;\xe2\x80\xa6", 13);
    assert_false(flama_html_room(&html));
    flama_html_part(&html, 12);
    assert_true(flama_html_room(&html));
    assert_int_equal(html.code, 0);
}

static bool wants(const char *accept, bool debug)
{
    flama_app *app = flama_app_new(
        &(flama_app_options){.size = sizeof(flama_app_options), .debug = debug});
    const flama_header header = {FLAMA_STRING("accept"), {accept, strlen(accept)}};
    const flama_request request = {.headers = &header, .header_count = 1};
    bool wanted = flama_debug_wanted(app, &request);
    flama_app_free(app);
    return wanted;
}

static void only_who_accepts_html_gets_a_page(void **state)
{
    (void)state;
    assert_true(wants("text/html", true));
    assert_true(wants("application/json;q=0.3 , Text/HTML;charset=utf-8;q=0.9", true));
    assert_false(wants("text/html", false));
    assert_false(wants("*/*", true));
    assert_false(wants("text/*, application/json", true));
    assert_false(wants("text/htmlx", true));
    assert_false(wants("text/html;q=0", true));
    assert_false(wants("text/html; q=0.000, */*", true));
    assert_false(wants("", true));
    assert_false(wants(",;,", true));
}

static flama_string text_of(size_t size, char c)
{
    char *text = flama_arena_alloc(arena, size);
    memset(text, c, size);
    return (flama_string){text, size};
}

/* A request as large as the server takes it, of characters that grow six-fold. */
static flama_request large_request(size_t header_count)
{
    flama_header *headers = flama_arena_calloc(arena, header_count, sizeof *headers);
    for (size_t i = 0; i < header_count; i++)
        headers[i] = (flama_header){text_of(100, 'h'), text_of(16000, '"')};
    return (flama_request){.method_name = FLAMA_STRING("GET"),
                           .target = text_of(16000, '\''),
                           .path = text_of(16000, '"'),
                           .headers = headers,
                           .header_count = header_count,
                           .body = text_of(1 << 20, '"'),
                           .client = FLAMA_STRING("127.0.0.1:1")};
}

static void a_page_stays_small(void **state)
{
    (void)state;
    flama_frame frames[192];
    for (size_t i = 0; i < 192; i++)
        frames[i] = (flama_frame){.address = i,
                                  .function = "\"function\"",
                                  .file = THIS_FILE,
                                  .line = (int)i + 1,
                                  .module = "m"};
    const flama_frames all = {frames, 192, true};
    flama_report report;
    flama_report_init(&report, arena, 0);
    for (size_t i = 0; i < 1000; i++)
        flama_report_add(&report, FLAMA_EVALIDATION, "\"\"\"", "\"\"\"\"\"\"\"\"\"\"");
    flama_error error = {
        .code = FLAMA_EINTERNAL, .file = THIS_FILE, .function = "f", .source_line = 60};
    memset(error.message, '"', sizeof error.message - 1);
    flama_request request = large_request(100);
    const flama_debug_failure failure = {.request = &request,
                                         .report = &report,
                                         .frames = &all,
                                         .status = 500,
                                         .name = "EINTERNAL",
                                         .title = "t",
                                         .error = &error};
    flama_string page;
    assert_int_equal(flama_debug_failure_page(arena, &failure, &page), 0);
    assert_in_range(page.size, 50000, 150 * 1000);
    assert_non_null(memmem(page.data, page.size, "</html>\n", 8));
    flama_arena *small = flama_arena_new(60000);
    assert_int_equal(flama_debug_failure_page(small, &failure, &page), FLAMA_EMEMORY);
    flama_arena_free(small);
}

static const char *source(const char *path, int line)
{
    flama_html html;
    flama_html_init(&html, arena, 100000);
    flama_debug__source(&html, path, line);
    return flama_arena_copy(arena, html.buffer.data, html.buffer.size);
}

static void the_source_is_shown_or_it_is_said_why_not(void **state)
{
    (void)state;
    assert_non_null(
        strstr(source(THIS_FILE, 1), "data-n=\"1\">/* debug: texts become"));
    assert_non_null(strstr(source(THIS_FILE, 1), "data-n=\"6\">"));
    assert_null(strstr(source(THIS_FILE, 1), "data-n=\"7\">"));
    assert_null(strstr(source(THIS_FILE, 1 << 30), "data-n"));
    assert_non_null(strstr(source("/nowhere/<x>.c", 3),
                           "can't be shown: /nowhere/&lt;x&gt;.c: No such file"));
    assert_non_null(strstr(source("/dev/zero", 3), "not a regular file"));
    assert_non_null(strstr(source("/", 3), "not a regular file"));
}

static __attribute__((noinline)) int failing_function(flama_call *call)
{
    int line = __LINE__ + 1;
    flama_fail(call, FLAMA_EINTERNAL, "failed");
    return line;
}

static void a_backtrace_names_static_functions(void **state)
{
    (void)state;
    flama_call *call = flama_call_new();
    flama_backtrace trace = {0};
    call->trace = &trace;
    int line = failing_function(call);
    flama_call_free(call);
    assert_true(trace.count > 2 && !trace.exact);
    flama_frames frames;
    assert_int_equal(flama_symbols_find(arena, getpid(), &trace, &frames), 0);
    assert_true(frames.count >= trace.count);
    flama_dwarf *dwarf = flama_symbols__dwarf_begin(getpid());
    flama_symbols__dwarf_end(dwarf);
    if (dwarf == NULL)
        return; /* built without libdw */
    assert_string_equal(frames.items[0].function, "failing_function");
    assert_int_equal(frames.items[0].line, line);
    assert_non_null(strstr(frames.items[0].file, "tests/unit/debug.c"));
    assert_string_equal(frames.items[1].function, "a_backtrace_names_static_functions");
}

static void without_libdw_there_are_dynamic_names(void **state)
{
    (void)state;
    flama_frame items[2];
    flama_frame_list list = {arena, items, 0, 2};
    flama_symbols__plain(&list, (const char *)(uintptr_t)&getpid, true);
    flama_symbols__plain(&list, (const void *)16, true);
    flama_symbols__plain(&list, (const void *)16, true);
    assert_int_equal(list.count, 2);
    assert_non_null(strstr(items[0].module, ".so"));
    assert_null(items[1].module);
    assert_int_equal(items[1].address, 16);
}

/* The record comes from a process that has gone wrong. */
static void a_record_of_a_crash_is_not_trusted(void **state)
{
    (void)state;
    static flama_crash crash;
    flama_request request;
    assert_false(flama_crash_request(&crash, arena, &request));
    atomic_store(&crash.requested, true);
    memcpy(crash.text, "GET/pathnamevalue", 17);
    crash.parts[FLAMA_CRASH_METHOD] = (flama_crash_part){0, 3};
    crash.parts[FLAMA_CRASH_PATH] = (flama_crash_part){3, 5};
    crash.parts[FLAMA_CRASH_PARTS] = (flama_crash_part){8, 4};
    crash.parts[FLAMA_CRASH_PARTS + 1] = (flama_crash_part){12, 5};
    crash.header_count = 1;
    assert_true(flama_crash_request(&crash, arena, &request));
    assert_memory_equal(request.path.data, "/path", 5);
    assert_int_equal(request.headers[0].value.size, 5);
    crash.parts[FLAMA_CRASH_PARTS + 1].size = UINT32_MAX;
    assert_false(flama_crash_request(&crash, arena, &request));
    crash.parts[FLAMA_CRASH_PARTS + 1] = (flama_crash_part){FLAMA_CRASH_TEXT + 1, 0};
    assert_false(flama_crash_request(&crash, arena, &request));
    crash.parts[FLAMA_CRASH_PARTS + 1] = (flama_crash_part){FLAMA_CRASH_TEXT, 0};
    assert_true(flama_crash_request(&crash, arena, &request));
    crash.header_count = FLAMA_CRASH_HEADERS + 1;
    assert_false(flama_crash_request(&crash, arena, &request));
    crash.header_count = SIZE_MAX;
    assert_false(flama_crash_request(&crash, arena, &request));
}

static void a_crash_is_named(void **state)
{
    (void)state;
    static flama_crash crash = {
        .signal = SIGSEGV, .reason = SEGV_MAPERR, .address = 0x10};
    assert_string_equal(flama_crash_text(&crash, arena),
                        "invalid memory reference at 0x10");
    crash.stack = 0x7fff0000;
    crash.address = 0x7fff0000 - 64;
    assert_string_equal(flama_crash_text(&crash, arena), "the stack is at its end");
    crash.reason = SI_KERNEL;
    crash.address = 0;
    assert_non_null(strstr(flama_crash_text(&crash, arena), "wild address"));
    crash.reason = SI_USER;
    assert_string_equal(flama_crash_text(&crash, arena), "sent by a process");
    crash.signal = SIGABRT;
    assert_non_null(strstr(flama_crash_text(&crash, arena), "gave itself up"));
    crash.signal = 12345;
    assert_non_null(flama_crash_text(&crash, arena));
    assert_string_equal(flama_crash_name(SIGBUS), "SIGBUS");
    assert_string_equal(flama_crash_name(-1), "a signal");
}

FLAMA_HANDLER(fail, flama_string)
{
    return flama_fail(call, FLAMA_EINTERNAL, "failed");
}

/* As the face of another language fails. */
static void begin_failing(const flama_handler *handler, const void *in,
                          flama_call *call)
{
    (void)handler, (void)in;
    int code = flama_call_fail(call, FLAMA_EINTERNAL, NULL, NULL, 0, NULL, "raised");
    flama_call_add_frame(
        call, &(flama_face_frame){"inner<module>", THIS_FILE, 1, "x = <b>\ny = 2"});
    flama_call_add_frame(call, &(flama_face_frame){"Raised from <i>", NULL, -1, NULL});
    for (int i = 0; i < 100; i++)
        flama_call_add_frame(call, &(flama_face_frame){"outer", NULL, i, NULL});
    flama_call_finish(call, code, NULL);
}

static const flama_response *get_html(flama_client *client, const char *target)
{
    static const flama_header header = {FLAMA_STRING("accept"),
                                        FLAMA_STRING("text/html")};
    return flama_client_send(client, "GET", target, &header, 1, FLAMA_STRING(""));
}

static void mounted_apps_are_in_debug_mode_too(void **state)
{
    (void)state;
    flama_app *app = flama_app_new(
        &(flama_app_options){.size = sizeof(flama_app_options), .debug = true});
    flama_app *child = flama_app_new(NULL);
    static const flama_method method = {"/fail", FLAMA_GET, .handler = &fail};
    flama_add_route(child, &method);
    flama_mount_app(app, "/sub", child);
    flama_client *client = flama_client_new(app);
    const flama_response *response = get_html(client, "/sub/fail");
    assert_int_equal(response->status, 500);
    assert_non_null(memmem(response->body.data, response->body.size, "fail_body", 9));
    response = get_html(client, "/sub/none?x");
    assert_int_equal(response->status, 404);
    const flama_string page = response->body;
    assert_non_null(memmem(page.data, page.size, "path /sub/none<", 15));
    assert_non_null(memmem(page.data, page.size, "href=\"/sub/fail\"", 16));
    assert_non_null(memmem(page.data, page.size, "href=\"/docs/\"", 13));
    flama_client_free(client);
    flama_app_free(app);
}

static void a_face_adds_frames_of_its_own(void **state)
{
    (void)state;
    static const flama_handler handler = {.size = sizeof handler,
                                          .name = "raising",
                                          .gives = &flama_any_type,
                                          .in_size = sizeof(void *),
                                          .begin = begin_failing};
    static const flama_method method = {"/", FLAMA_GET, .handler = &handler};
    for (int debug = 0; debug < 2; debug++) {
        flama_app *app = flama_app_new(&(flama_app_options){
            .size = sizeof(flama_app_options), .debug = debug == 1});
        flama_add_route(app, &method);
        flama_client *client = flama_client_new(app);
        const flama_response *response = get_html(client, "/");
        const flama_string page = response->body;
        assert_int_equal(response->status, 500);
        assert_int_equal(memmem(page.data, page.size, ">inner&lt;module&gt;<", 21) != 0,
                         debug);
        assert_int_equal(memmem(page.data, page.size, "/* debug: texts", 15) != 0,
                         debug);
        assert_int_equal(
            memmem(page.data, page.size, ">x = &lt;b&gt;\ny = 2<", 21) != 0, debug);
        assert_int_equal(
            memmem(page.data, page.size, ">Raised from &lt;i&gt;<", 23) != 0, debug);
        flama_client_free(client);
        flama_app_free(app);
    }
}

/* A page of a failure and a 404; true when both came. */
static bool make_pages(void)
{
    flama_arena *own = flama_arena_new(0);
    flama_app *app = flama_app_new(
        &(flama_app_options){.size = sizeof(flama_app_options), .debug = true});
    flama_client *client = app ? flama_client_new(app) : NULL;
    const flama_frame frame = {
        .address = 1, .function = "f", .file = THIS_FILE, .line = 1, .module = "m"};
    const flama_frames frames = {&frame, 1, false};
    const flama_error error = {.code = FLAMA_EINTERNAL, .message = "failed"};
    const flama_request request = {.method_name = FLAMA_STRING("GET"),
                                   .target = FLAMA_STRING("/")};
    const flama_debug_failure failure = {.request = &request,
                                         .frames = &frames,
                                         .status = 500,
                                         .name = "EINTERNAL",
                                         .title = "t",
                                         .error = &error};
    flama_string page;
    bool good = own && flama_debug_failure_page(own, &failure, &page) == 0;
    const flama_response *r = client ? get_html(client, "/none") : NULL;
    assert_true(r == NULL || r->status == 404 || r->status == 500 || r->status == 503);
    good = good && r && r->status == 404 &&
           memmem(r->body.data, r->body.size, "</html>", 7) != NULL;
    flama_client_free(client);
    flama_app_free(app);
    flama_arena_free(own);
    return good;
}

static void without_memory_there_is_another_answer(void **state)
{
    (void)state;
    assert_true(make_pages());
    size_t failed = 0;
    for (size_t k = 1;; k++) {
        size_t before = live;
        calls = 0;
        failing = k;
        bool good = make_pages();
        size_t made = calls;
        failing = 0;
        assert_int_equal(live, before);
        failed += !good;
        if (made < k)
            break;
    }
    assert_true(failed >= 6);
    assert_true(make_pages());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_escaped),
        cmocka_unit_test(a_part_is_cut_where_its_room_ends),
        cmocka_unit_test(only_who_accepts_html_gets_a_page),
        cmocka_unit_test(a_page_stays_small),
        cmocka_unit_test(the_source_is_shown_or_it_is_said_why_not),
        cmocka_unit_test(a_backtrace_names_static_functions),
        cmocka_unit_test(without_libdw_there_are_dynamic_names),
        cmocka_unit_test(a_record_of_a_crash_is_not_trusted),
        cmocka_unit_test(a_crash_is_named),
        cmocka_unit_test(mounted_apps_are_in_debug_mode_too),
        cmocka_unit_test(a_face_adds_frames_of_its_own),
        cmocka_unit_test(without_memory_there_is_another_answer),
    };
    return cmocka_run_group_tests(tests, begin, finish);
}
