/* The head of a request, read whole, in two parts and byte by byte: the same must come
 * out. The bytes move between calls, as they may. */
#include <stdlib.h>
#include <string.h>

#include "http/parser.h"

enum { FIELDS = 16 };

static const flama_http_limits limits = {
    .max_head = 512, .max_headers = FIELDS, .max_body = 1000};

typedef struct outcome {
    flama_http_head head;
    flama_http_field fields[FIELDS];
    flama_http_step step;
} outcome;

/* A copy of exactly that size, so that ASan sees a byte too many. */
static flama_http_step read_prefix(flama_http_head *head, const uint8_t *data,
                                   size_t size)
{
    char *copy = malloc(size ? size : 1);
    memcpy(copy, data, size);
    flama_http_step step = flama_http_head_read(head, &limits, copy, size);
    if (step == FLAMA_HTTP_DONE && head->path_escaped) {
        char *path = malloc(head->path.size);
        flama_http_unescape(path, copy + head->path.begin, head->path.size);
        free(path);
    }
    free(copy);
    return step;
}

static void read_in_steps(outcome *out, const uint8_t *data, size_t size, size_t first,
                          size_t step)
{
    memset(out, 0, sizeof *out);
    flama_http_head_init(&out->head, out->fields);
    for (size_t have = first;; have += step) {
        if (have > size)
            have = size;
        out->step = read_prefix(&out->head, data, have);
        if (out->step != FLAMA_HTTP_MORE || have == size)
            break;
    }
    out->head.fields = NULL;
    out->head.scanned = 0;
}

static void compare(const outcome *a, const outcome *b)
{
    const flama_http_head *x = &a->head, *y = &b->head;
    if (a->step != b->step || x->status != y->status || x->detail != y->detail ||
        x->size != y->size || x->field_count != y->field_count)
        abort();
    if (a->step != FLAMA_HTTP_DONE)
        return;
    if (memcmp(a->fields, b->fields, sizeof a->fields) != 0 || x->method != y->method ||
        x->path.begin != y->path.begin || x->path.size != y->path.size ||
        x->query.begin != y->query.begin || x->query.size != y->query.size ||
        x->content_length != y->content_length || x->chunked != y->chunked ||
        x->keep_alive != y->keep_alive || x->expects_continue != y->expects_continue)
        abort();
}

/* What every head that is taken must have. */
static void check(const outcome *a, size_t size)
{
    const flama_http_head *head = &a->head;
    if (a->step == FLAMA_HTTP_BAD && (head->status < 400 || head->detail == NULL))
        abort();
    if (a->step == FLAMA_HTTP_DONE &&
        (head->size > size || head->size > limits.max_head ||
         (head->chunked && head->content_length)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1024)
        return 0;
    size_t split = 0;
    for (size_t i = 0; i < size; i++)
        split = (split * 31 + data[i]) % (size + 1);
    outcome whole, parts, bytes;
    read_in_steps(&whole, data, size, size, 1);
    read_in_steps(&parts, data, size, split, size + 1);
    read_in_steps(&bytes, data, size, 0, 1);
    compare(&whole, &parts);
    compare(&whole, &bytes);
    check(&whole, size);
    return 0;
}
