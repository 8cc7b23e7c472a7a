#include "app/docs/docs.h"

#include <string.h>
#include <zlib.h>

#include "base/alloc.h"

static const char full_page[] =
    "<!doctype html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>%s</title>\n"
    "<link rel=\"icon\" href=\"%sfavicon.png\">\n"
    "<link rel=\"stylesheet\" href=\"%sswagger-ui.css\">\n"
    "<link rel=\"stylesheet\" href=\"%sdocs.css\">\n"
    "<script src=\"%sswagger-ui-bundle.js\" defer></script>\n"
    "<script src=\"%sdocs.js\" defer></script>\n"
    "</head>\n"
    "<body>\n"
    "<main id=\"docs\" data-schema=\"%s\"></main>\n"
    "<footer>Shown by Swagger UI, under the <a href=\"%sLICENSE.txt\">Apache License "
    "2.0</a>. The document: <a href=\"%s\">OpenAPI</a>.</footer>\n"
    "</body>\n"
    "</html>\n";

static const char bare_page[] =
    "<!doctype html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>%s</title>\n"
    "<link rel=\"stylesheet\" href=\"%sdocs.css\">\n"
    "</head>\n"
    "<body class=\"bare\">\n"
    "<h1>%s</h1>\n"
    "<p>This program was built without the files of its documentation page. Build it "
    "with network access once, so that they can be fetched.</p>\n"
    "<p>What the API takes and gives is in its <a href=\"%s\">OpenAPI "
    "document</a>.</p>\n"
    "</body>\n"
    "</html>\n";

const flama_asset *flama_docs_asset_at(size_t i)
{
    for (size_t k = 0; k <= i; k++)
        if (flama_docs__assets[k].name == NULL)
            return NULL;
    return &flama_docs__assets[i];
}

const flama_asset *flama_docs_asset(const char *name)
{
    for (const flama_asset *a = flama_docs__assets; a->name; a++)
        if (strcmp(a->name, name) == 0)
            return a;
    return NULL;
}

static void *take(void *opaque, unsigned count, unsigned size)
{
    (void)opaque;
    return flama_calloc(count, size);
}

static void release(void *opaque, void *memory)
{
    (void)opaque;
    flama_free(memory);
}

int flama_docs_inflate(const flama_asset *asset, flama_arena *arena, flama_string *out)
{
    char *plain = flama_arena_alloc(arena, asset->size);
    if (plain == NULL)
        return FLAMA_EMEMORY;
    z_stream stream = {.zalloc = take,
                       .zfree = release,
                       .next_in = (z_const Bytef *)asset->gzip,
                       .avail_in = (uInt)asset->gzip_size,
                       .next_out = (Bytef *)plain,
                       .avail_out = (uInt)asset->size};
    if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK)
        return FLAMA_EMEMORY;
    int ended = inflate(&stream, Z_FINISH);
    inflateEnd(&stream);
    *out = (flama_string){plain, asset->size};
    return ended == Z_STREAM_END ? 0 : FLAMA_EMEMORY;
}

/* The text as it may stand in HTML and between quotes there; NULL without memory. */
static const char *escape(flama_arena *arena, const char *text)
{
    char *out = flama_arena_alloc(arena, 6 * strlen(text) + 1), *to = out;
    for (; out && *text; text++) {
        const char *entity = *text == '&'    ? "&amp;"
                             : *text == '<'  ? "&lt;"
                             : *text == '>'  ? "&gt;"
                             : *text == '"'  ? "&quot;"
                             : *text == '\'' ? "&#39;"
                                             : NULL;
        size_t size = entity ? strlen(entity) : 1;
        memcpy(to, entity ? entity : text, size);
        to += size;
    }
    if (out)
        *to = '\0';
    return out;
}

int flama_docs_page(flama_arena *arena, const char *title, const char *base,
                    const char *schema, flama_string *out)
{
    const char *t = escape(arena, title), *b = escape(arena, base),
               *s = escape(arena, schema);
    if (t == NULL || b == NULL || s == NULL)
        return FLAMA_EMEMORY;
    bool full = flama_docs_asset("swagger-ui-bundle.js") != NULL;
    char *page = full ? flama_arena_format(arena, full_page, t, b, b, b, b, b, s, b, s)
                      : flama_arena_format(arena, bare_page, t, b, t, s);
    if (page == NULL)
        return FLAMA_EMEMORY;
    *out = (flama_string){page, strlen(page)};
    return 0;
}
