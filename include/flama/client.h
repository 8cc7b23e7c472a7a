/* The test client: requests through an app without a socket, for unit tests.
 *
 *     flama_client *client = flama_client_new(app);
 *     const flama_response *r = flama_client_post(client, "/predict/", "{...}");
 *     assert(r->status == 200);
 *
 * The client borrows the app and starts it. It belongs to one thread at a time; an
 * answer lives until the next request of the same client. */
#ifndef FLAMA_CLIENT_H
#define FLAMA_CLIENT_H

#include <flama/app.h>
#include <flama/response.h>

FLAMA_BEGIN_DECLS

typedef struct flama_client flama_client;

/* A client of an app, or NULL without memory. An app that is not set up right answers
 * every request with 500. */
FLAMA_API flama_client *flama_client_new(flama_app *app);
FLAMA_API void flama_client_free(flama_client *client); /* NULL is fine */

/* One request: "GET", "/path/?query=1", header_count headers with names in lower case,
 * and a body. Waits for the answer, of a stream for all of it; NULL without memory, for
 * a broken target, or when the stream breaks off. */
FLAMA_API const flama_response *
flama_client_send(flama_client *client, const char *method, const char *target,
                  const flama_header *headers, size_t header_count, flama_string body);

/* GET, and POST of JSON text. */
FLAMA_API const flama_response *flama_client_get(flama_client *client,
                                                 const char *target);
FLAMA_API const flama_response *flama_client_post(flama_client *client,
                                                  const char *target, const char *json);

FLAMA_END_DECLS

#endif
