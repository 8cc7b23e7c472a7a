/* docs: the documentation page and its files. */
#include "test.h"

#include "app/docs/docs.h"

static void files_inflate_to_their_size(void **state)
{
    (void)state;
    flama_arena *arena = flama_arena_new(0);
    size_t count = 0;
    for (const flama_asset *a; (a = flama_docs_asset_at(count)); count++) {
        flama_string plain;
        assert_int_equal(flama_docs_inflate(a, arena, &plain), 0);
        assert_int_equal(plain.size, a->size);
        assert_true(a->gzip[0] == 0x1f && a->gzip[1] == 0x8b);
        assert_ptr_equal(flama_docs_asset(a->name), a);
        assert_int_equal(a->etag[0], '"');
    }
    assert_true(count == 2 || count == 6);
    assert_null(flama_docs_asset("../docs.js"));
    assert_null(flama_docs_asset(""));
    flama_arena_free(arena);
}

static void the_page_names_its_files(void **state)
{
    (void)state;
    flama_arena *arena = flama_arena_new(0);
    flama_string page;
    assert_int_equal(
        flama_docs_page(arena, "A <b> & \"c\"", "/v1/docs/", "/v1/schema/", &page), 0);
    assert_non_null(
        strstr(page.data, "<title>A &lt;b&gt; &amp; &quot;c&quot;</title>"));
    assert_non_null(strstr(page.data, "href=\"/v1/docs/docs.css\""));
    assert_non_null(strstr(page.data, "\"/v1/schema/\""));
    assert_null(strstr(page.data, "<b>"));
    assert_null(strstr(page.data, "//"));
    if (flama_docs_asset("swagger-ui-bundle.js"))
        assert_non_null(strstr(page.data, "/v1/docs/LICENSE.txt"));
    else
        assert_non_null(strstr(page.data, "built without"));
    flama_arena_free(arena);
}

static void without_memory_it_says_so(void **state)
{
    (void)state;
    flama_arena *arena = flama_arena_new(64);
    flama_string out;
    assert_int_equal(flama_docs_page(arena, "t", "/docs/", "/schema/", &out),
                     FLAMA_EMEMORY);
    const flama_asset *asset = flama_docs_asset("docs.js");
    assert_int_equal(flama_docs_inflate(asset, arena, &out), FLAMA_EMEMORY);
    flama_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_inflate_to_their_size),
        cmocka_unit_test(the_page_names_its_files),
        cmocka_unit_test(without_memory_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
