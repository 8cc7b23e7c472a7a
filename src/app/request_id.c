/* x-request-id: a name for each exchange, for logs on both sides. */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "app/app.h"

#define NAME "x-request-id"

enum { LONGEST = 128, UUID_SIZE = 36 };

static bool usable(const flama_string *id)
{
    if (id == NULL || id->size == 0 || id->size > LONGEST)
        return false;
    for (size_t i = 0; i < id->size; i++)
        if (id->data[i] <= ' ' || id->data[i] > '~')
            return false;
    return true;
}

/* A UUID of version 4 (RFC 9562), or false when the system gives no random bytes. */
static bool make_uuid(char *out)
{
    unsigned char b[16];
    if (getrandom(b, sizeof b, 0) != sizeof b)
        return false;
    b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
    snprintf(out, UUID_SIZE + 1,
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
             b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11],
             b[12], b[13], b[14], b[15]);
    return true;
}

static void after(void *ctx, flama_exchange *x)
{
    (void)ctx;
    const flama_string *sent = flama_request_header(&x->request, NAME);
    if (usable(sent)) {
        flama_exchange_add_header(x, FLAMA_STRING(NAME), *sent);
        return;
    }
    char *id = flama_arena_alloc(x->arena, UUID_SIZE + 1);
    if (id && make_uuid(id))
        flama_exchange_add_header(x, FLAMA_STRING(NAME), (flama_string){id, UUID_SIZE});
}

void flama_add_request_id(flama_app *app)
{
    flama_add_middleware(app, &(flama_middleware){.size = sizeof(flama_middleware),
                                                  .name = "request id",
                                                  .after = after});
}
