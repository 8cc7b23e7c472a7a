/* Compressed answers: gzip, for clients that take it. */
#include <string.h>
#include <zlib.h>

#include "app/app.h"

enum { GZIP_WINDOW = 15 + 16, MEMORY_LEVEL = 8, DEFAULT_MINIMUM = 1024 };

typedef struct gzip {
    size_t minimum;
} gzip;

static bool has_header(const flama_response *response, const char *name)
{
    for (size_t i = 0; i < response->header_count; i++)
        if (response->headers[i].name.size == strlen(name) &&
            memcmp(response->headers[i].name.data, name, strlen(name)) == 0)
            return true;
    return false;
}

/* Whether accept-encoding names gzip, and not to refuse it ("gzip;q=0"). */
static bool taken(const flama_exchange *x)
{
    const flama_string *accept = flama_request_header(&x->request, "accept-encoding");
    const char *word = accept ? memmem(accept->data, accept->size, "gzip", 4) : NULL;
    if (word == NULL)
        return false;
    size_t left = accept->size - (size_t)(word - accept->data) - 4;
    if (left < 4 || memcmp(word + 4, ";q=0", 4) != 0)
        return true;
    for (const char *p = word + 8; p < accept->data + accept->size && *p != ','; p++)
        if (*p >= '1' && *p <= '9')
            return true;
    return false;
}

/* The body compressed into the exchange's arena; false when that fails or is no gain.
 */
static bool compress_body(flama_exchange *x, flama_string *out)
{
    flama_string body = x->response.body;
    z_stream z = {0};
    if (body.size > UINT32_MAX / 2 ||
        deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    size_t room = deflateBound(&z, (uLong)body.size);
    Bytef *packed = flama_arena_alloc(x->arena, room);
    int rc = Z_MEM_ERROR;
    if (packed) {
        z.next_in = (Bytef *)(uintptr_t)body.data;
        z.avail_in = (uInt)body.size;
        z.next_out = packed;
        z.avail_out = (uInt)room;
        rc = deflate(&z, Z_FINISH);
    }
    *out = (flama_string){(char *)packed, z.total_out};
    deflateEnd(&z);
    return rc == Z_STREAM_END && out->size < body.size;
}

static void after(void *ctx, flama_exchange *x)
{
    const gzip *g = ctx;
    flama_string packed;
    if (x->response.body.size < g->minimum ||
        has_header(&x->response, "content-encoding"))
        return;
    flama_exchange_add_header(x, FLAMA_STRING("vary"), FLAMA_STRING("accept-encoding"));
    if (taken(x) && compress_body(x, &packed) &&
        flama_exchange_add_header(x, FLAMA_STRING("content-encoding"),
                                  FLAMA_STRING("gzip")) == 0)
        x->response.body = packed;
}

void flama_add_gzip(flama_app *app, size_t minimum)
{
    gzip *g = flama_arena_calloc(app->arena, 1, sizeof *g);
    if (g == NULL) {
        app->report.failed = true;
        return;
    }
    g->minimum = minimum ? minimum : DEFAULT_MINIMUM;
    flama_add_middleware(app, &(flama_middleware){.size = sizeof(flama_middleware),
                                                  .name = "gzip",
                                                  .ctx = g,
                                                  .after = after});
}
