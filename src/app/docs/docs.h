/* The documentation page: an HTML page of ours and the files it loads.
 *
 * The files are Swagger UI 5 (Apache License 2.0, its text is "LICENSE.txt" among them)
 * and the few lines that start it, inside the program, compressed. A program built
 * without Swagger UI has the page say so. Constants: any thread. */
#ifndef FLAMA_APP_DOCS_DOCS_H
#define FLAMA_APP_DOCS_DOCS_H

#include <flama/arena.h>
#include <flama/error.h>

typedef struct flama_asset {
    const char *name; /* "swagger-ui.css" */
    const char *content_type;
    const char *etag; /* of the plain bytes, in quotes */
    const uint8_t *gzip;
    size_t gzip_size;
    size_t size; /* of the plain bytes */
} flama_asset;

/* What the page needs of a Content-Security-Policy: nothing from elsewhere, no script
 * in the page. Swagger UI sets styles on its elements. */
#define FLAMA_DOCS_POLICY                                                             \
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "       \
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; " \
    "frame-ancestors 'none'"

/* The file of that name, or NULL. */
const flama_asset *flama_docs_asset(const char *name);

/* The i-th file, NULL after the last. */
const flama_asset *flama_docs_asset_at(size_t i);

/* Its plain bytes, for a client that takes no gzip. 0 or FLAMA_EMEMORY. */
int flama_docs_inflate(const flama_asset *asset, flama_arena *arena, flama_string *out);

/* The page: `title` of the app, `base` the path that the files are served under
 * ("/docs/", with its slash), `schema` the path of the OpenAPI document. 0 or
 * FLAMA_EMEMORY. */
int flama_docs_page(flama_arena *arena, const char *title, const char *base,
                    const char *schema, flama_string *out);

/* The files, up to one without a name; written by embed.py when the program is built.
 */
extern const flama_asset flama_docs__assets[];

#endif
