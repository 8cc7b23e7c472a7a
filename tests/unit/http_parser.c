/* http: the reader of heads and of chunked bodies, the input that joins them. Every
 * case is read whole, then split at every byte, and must come out the same. */
#include "test.h"

#include <stdlib.h>

#include "http/chunked.h"
#include "http/input.h"

enum { FIELDS = 8 };

static const flama_http_limits limits = {
    .max_head = 400, .max_headers = FIELDS, .max_body = 1000};

#define HOST "Host: x\r\n"

/* Status 0: taken. */
static const struct {
    const char *head;
    int status;
} heads[] = {
    {"GET / HTTP/1.1\r\n" HOST "\r\n", 0},
    {"\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 0},
    {"\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET / HTTP/1.0\r\n\r\n", 0},
    {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 0},
    {"GET / HTTP/1.1\r\n" HOST "A:b\r\nC: \t d e \t\r\n\r\n", 0},
    {"GET / HTTP/1.1\r\n" HOST "A: \xc3\xa9t\xc3\xa9\r\n\r\n", 0},
    {"FROBNICATE / HTTP/1.1\r\n" HOST "\r\n", 0},
    {"OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 0},
    {"GET http://h/ HTTP/1.1\r\n" HOST "\r\n", 0},
    {"GET http://h?q HTTP/1.1\r\n" HOST "\r\n", 0},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 1000\r\n\r\n", 0},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 0},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: CHUNKED\r\n\r\n", 0},
    {"POST / HTTP/1.1\r\n" HOST "Expect: 100-Continue\r\n\r\n", 0},
    {"POST / HTTP/1.0\r\nExpect: magic\r\n\r\n", 0},
    /* the request line */
    {"\x16\x03\x01", 400},
    {" GET / HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET\r\n\r\n", 400},
    {"GET /\r\n\r\n", 400},
    {"GET  / HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET /  HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET / HTTP/1.1 \r\n" HOST "\r\n", 400},
    {"GET /a b HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET / HTTP/1.10\r\n" HOST "\r\n", 400},
    {"GET / http/1.1\r\n" HOST "\r\n", 400},
    {"GET / HTTP/1.x\r\n" HOST "\r\n", 400},
    {"GET / HTTP/1.2\r\n" HOST "\r\n", 505},
    {"GET / HTTP/2.0\r\n" HOST "\r\n", 505},
    {"PRI * HTTP/2.0\r\n\r\n", 505},
    {"G(T / HTTP/1.1\r\n" HOST "\r\n", 400},
    {"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG / HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET /\x01 HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET /\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET /a#b HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET a HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET * HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET http:// HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET http://a@b/ HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET ftp://h/ HTTP/1.1\r\n" HOST "\r\n", 400},
    {"CONNECT h:80 HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET /%2 HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET /%zz HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET /% HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET /a%00b HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET /?%zz HTTP/1.1\r\n" HOST "\r\n", 0},
    /* lines and headers */
    {"GET / HTTP/1.1\n" HOST "\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" HOST "\n", 400},
    {"GET / HTTP/1.1\r\n" HOST "A: b\rC: d\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" HOST "A: b\x01\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" HOST "A: a long enough value\x7f\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" HOST "A: a long enough\tvalue\r\n\r\n", 0},
    {"GET / HTTP/1.1\r\n" HOST " folded: x\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" HOST "A: b\r\n\tc\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" HOST "A : b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" HOST ": b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" HOST "foo\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" HOST "f\xc3: b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400},
    {"GET / HTTP/1.0\r\n" HOST HOST "\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" HOST "A:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\n\r\n", 0},
    {"GET / HTTP/1.1\r\n" HOST "A:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\n\r\n",
     431},
    /* framing */
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999x\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: +5\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: -5\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 5 5\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 5, 5\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\n" HOST
     "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
     400},
    {"POST / HTTP/1.1\r\n" HOST
     "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
     400},
    {"POST / HTTP/1.1\r\n" HOST
     "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
     400},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n", 501},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding:\r\n\r\n", 501},
    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\n" HOST "Expect: magic\r\n\r\n", 417},
};

typedef struct outcome {
    flama_http_head head;
    flama_http_field fields[FIELDS];
    flama_http_step step;
} outcome;

/* Reads data[0..first), then ever one byte more; each time from memory of that size. */
static outcome read_head(const char *data, size_t size, size_t first)
{
    outcome out = {0};
    flama_http_head_init(&out.head, out.fields);
    for (size_t have = first; have <= size; have++) {
        char *copy = malloc(have ? have : 1);
        memcpy(copy, data, have);
        out.step = flama_http_head_read(&out.head, &limits, copy, have);
        free(copy);
        if (out.step != FLAMA_HTTP_MORE)
            break;
    }
    return out;
}

static void assert_same(const outcome *a, const outcome *b)
{
    assert_int_equal(a->step, b->step);
    assert_int_equal(a->head.status, b->head.status);
    assert_ptr_equal(a->head.detail, b->head.detail);
    assert_int_equal(a->head.size, b->head.size);
    assert_int_equal(a->head.field_count, b->head.field_count);
    assert_memory_equal(a->fields, b->fields, sizeof a->fields);
    assert_memory_equal(&a->head.path, &b->head.path, sizeof a->head.path);
    assert_memory_equal(&a->head.query, &b->head.query, sizeof a->head.query);
}

static void heads_are_taken_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        const char *text = heads[i].head;
        outcome whole = read_head(text, strlen(text), strlen(text));
        if (whole.head.status != heads[i].status || whole.step == FLAMA_HTTP_MORE)
            fail_msg("%d, not %d, for:\n%s", whole.head.status, heads[i].status, text);
        for (size_t first = 0; first < strlen(text); first++) {
            outcome split = read_head(text, strlen(text), first);
            assert_same(&whole, &split);
        }
    }
}

static void a_long_head_is_refused_at_its_limit(void **state)
{
    (void)state;
    char text[500];
    memset(text, 'a', sizeof text);
    memcpy(text, "GET /", 5);
    assert_int_equal(read_head(text, 399, 399).step, FLAMA_HTTP_MORE);
    assert_int_equal(read_head(text, 400, 400).head.status, 431);
    assert_int_equal(read_head(text, 500, 500).head.status, 431);
    const char end[] = " HTTP/1.1\r\nHost: x\r\n\r\n";
    memcpy(text + 400 - strlen(end), end, strlen(end));
    assert_int_equal(read_head(text, 400, 400).step, FLAMA_HTTP_DONE);
}

static void assert_text(const char *text, flama_http_span span, const char *expected)
{
    assert_int_equal(span.size, strlen(expected));
    assert_memory_equal(text + span.begin, expected, span.size);
}

static void a_head_is_taken_apart(void **state)
{
    (void)state;
    char text[] =
        "PUT /a%20b/c?d=%20&e HTTP/1.1\r\nHOST: x:1\r\nX-Long-Name: \t a b \r\n"
        "Connection: foo , Close\r\nContent-Length: 12\r\n\r\nrest";
    flama_http_field fields[FIELDS];
    flama_http_head head;
    flama_http_head_init(&head, fields);
    assert_int_equal(flama_http_head_read(&head, &limits, text, strlen(text)),
                     FLAMA_HTTP_DONE);
    assert_int_equal(head.method, FLAMA_PUT);
    assert_text(text, head.method_name, "PUT");
    assert_text(text, head.target, "/a%20b/c?d=%20&e");
    assert_text(text, head.path, "/a%20b/c");
    assert_text(text, head.query, "d=%20&e");
    assert_true(head.path_escaped);
    assert_int_equal(head.field_count, 4);
    assert_text(text, fields[0].name, "host");
    assert_text(text, fields[1].name, "x-long-name");
    assert_text(text, fields[1].value, "a b");
    assert_int_equal(head.content_length, 12);
    assert_false(head.keep_alive);
    assert_int_equal(head.size, strlen(text) - 4);
    char path[16];
    assert_int_equal(flama_http_unescape(path, text + head.path.begin, head.path.size),
                     6);
    assert_memory_equal(path, "/a b/c", 6);
}

static const struct {
    const char *text;
    const char *body; /* NULL: refused */
    int status;
    size_t left; /* bytes behind the end */
} chunked[] = {
    {"0\r\n\r\n", "", 0, 0},
    {"5\r\nhello\r\n0\r\n\r\n", "hello", 0, 0},
    {"5\r\nhello\r\n3\r\nabc\r\n0\r\n\r\nGET", "helloabc", 0, 3},
    {"00005;a=\"b\tc\"\r\nhello\r\n000\r\nX: y\r\nZ:\r\n\r\nx", "hello", 0, 1},
    {"A\r\n0123456789\r\n0\r\n\r\n", "0123456789", 0, 0},
    {"0x5\r\nhello\r\n0\r\n\r\n", NULL, 400, 0},
    {"\r\nhello\r\n", NULL, 400, 0},
    {";\r\n", NULL, 400, 0},
    {"5 \r\nhello\r\n0\r\n\r\n", NULL, 400, 0},
    {"5\nhello\r\n0\r\n\r\n", NULL, 400, 0},
    {"5\r\nhelloXX0\r\n\r\n", NULL, 400, 0},
    {"5\r\nhello\n0\r\n\r\n", NULL, 400, 0},
    {"-5\r\nhello\r\n", NULL, 400, 0},
    {"5;a\x01\r\nhello\r\n", NULL, 400, 0},
    {"10000000000000005\r\nhello", NULL, 413, 0},
    {"00000000000000005\r\nhello", NULL, 400, 0},
    {"FFFFFFFFFFFFFFFF\r\nhello", NULL, 413, 0},
    {"3e9\r\n", NULL, 413, 0},
    {"5\r\nhello\r\n3E4\r\n", NULL, 413, 0},
    {"0\r\n x\r\n\r\n", NULL, 400, 0},
    {"0\r\nX : y\r\n\r\n", NULL, 400, 0},
    {"0\r\nfoo\r\n\r\n", NULL, 400, 0},
    {"0\r\nX: y\n\r\n", NULL, 400, 0},
    {"0\r\n\rx", NULL, 400, 0},
};

typedef struct chunked_outcome {
    flama_http_step step;
    size_t used;
    size_t size;
    char body[64];
    int status;
} chunked_outcome;

static void feed_chunks(flama_http_chunks *chunks, chunked_outcome *out,
                        const char *data, size_t size)
{
    for (size_t at = 0; at < size && out->step == FLAMA_HTTP_MORE;) {
        size_t used;
        flama_string run;
        out->step = flama_http_chunks_read(chunks, data + at, size - at, &used, &run);
        at += used;
        out->used += used;
        memcpy(out->body + out->size, run.data, run.size);
        out->size += run.size;
    }
    out->status = chunks->status;
}

static void chunked_bodies_are_read_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof chunked / sizeof chunked[0]; i++) {
        const char *text = chunked[i].text;
        for (size_t split = 0; split <= strlen(text); split++) {
            flama_http_chunks chunks;
            chunked_outcome out = {0};
            flama_http_chunks_init(&chunks, &limits);
            feed_chunks(&chunks, &out, text, split);
            feed_chunks(&chunks, &out, text + split, strlen(text) - split);
            if (out.status != chunked[i].status)
                fail_msg("%d, not %d, for:\n%s", out.status, chunked[i].status, text);
            if (chunked[i].body == NULL)
                continue;
            assert_int_equal(out.step, FLAMA_HTTP_DONE);
            assert_int_equal(strlen(text) - out.used, chunked[i].left);
            assert_int_equal(out.size, strlen(chunked[i].body));
            assert_memory_equal(out.body, chunked[i].body, out.size);
        }
    }
}

static void extensions_and_trailers_are_bounded(void **state)
{
    (void)state;
    char text[1000];
    for (int trailer = 0; trailer < 2; trailer++) {
        flama_http_chunks chunks;
        chunked_outcome out = {0};
        memset(text, 'a', sizeof text);
        memcpy(text, trailer ? "0\r\n" : "1;a", 3);
        flama_http_chunks_init(&chunks, &limits);
        feed_chunks(&chunks, &out, text, sizeof text);
        assert_int_equal(out.status, 431);
        assert_true(out.used < limits.max_head + 8);
    }
}

/* The input: several requests, whatever the pieces they come in. */

static const char stream[] =
    "GET /1 HTTP/1.1\r\n" HOST "\r\n"
    "POST /2 HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello"
    "POST /3 HTTP/1.1\r\n" HOST
    "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    "GET /%344 HTTP/1.1\r\n" HOST "\r\n"
    "POST /5 HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n"
    "BAD\r\n\r\n";

static const struct {
    const char *path;
    const char *body;
} requests[] = {{"/1", ""}, {"/2", "hello"}, {"/3", "abcde"}, {"/44", ""}, {"/5", ""}};

static void assert_string(flama_string s, const char *expected)
{
    assert_int_equal(s.size, strlen(expected));
    assert_memory_equal(s.data, expected, s.size);
}

static void put_bytes(flama_http_input *input, const char *bytes, size_t size)
{
    flama_string room = flama_http_input_room(input);
    assert_true(room.size > 0);
    size_t first = size < room.size ? size : room.size;
    memcpy((char *)room.data, bytes, first);
    flama_http_input_took(input, first);
    if (first < size)
        put_bytes(input, bytes + first, size - first);
}

static void read_stream(flama_http_input *input, flama_http_exchanges *spare,
                        size_t piece)
{
    size_t count = 0;
    flama_http_step step = FLAMA_HTTP_MORE;
    for (size_t at = 0; at < strlen(stream) && step != FLAMA_HTTP_BAD; at += piece) {
        size_t size = strlen(stream) - at < piece ? strlen(stream) - at : piece;
        put_bytes(input, stream + at, size);
        while ((step = flama_http_input_read(input)) == FLAMA_HTTP_DONE) {
            flama_http_exchange *exchange = input->exchange;
            assert_string(exchange->base.request.path, requests[count].path);
            assert_string(exchange->base.request.body, requests[count].body);
            count++;
            flama_http_input_next(input);
            flama_http_exchange_give(spare, exchange);
        }
    }
    assert_int_equal(step, FLAMA_HTTP_BAD);
    assert_int_equal(count, 5);
    flama_http_input_clear(input);
}

static void an_input_reads_requests_in_any_pieces(void **state)
{
    (void)state;
    flama_http_exchanges spare = {0};
    flama_http_input *input = flama_http_input_new(&limits, &spare);
    for (size_t piece = 1; piece <= strlen(stream); piece++)
        read_stream(input, &spare, piece);
    flama_http_input_free(input);
    assert_int_equal(spare.count, 1);
    flama_http_exchange_free(spare.first);
}

static void an_answer_takes_no_header_that_breaks_it(void **state)
{
    (void)state;
    flama_arena *arena = flama_arena_new(0);
    flama_exchange exchange = {.arena = arena};
    const flama_string bad[] = {FLAMA_STRING("a\r\nb: c"), FLAMA_STRING("a\nb"),
                                FLAMA_STRING("a\0b"),
                                FLAMA_STRING("long enough \r end")};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(
            flama_exchange_add_header(&exchange, FLAMA_STRING("a"), bad[i]),
            FLAMA_EARGUMENT);
    assert_int_equal(
        flama_exchange_add_header(&exchange, FLAMA_STRING("a b"), FLAMA_STRING("c")),
        FLAMA_EARGUMENT);
    for (int i = 0; i < 20; i++)
        assert_int_equal(flama_exchange_add_header(&exchange, FLAMA_STRING("allow"),
                                                   FLAMA_STRING("GET")),
                         0);
    assert_int_equal(exchange.response.header_count, 20);
    assert_string(exchange.response.headers[19].value, "GET");
    flama_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_are_taken_or_refused),
        cmocka_unit_test(a_long_head_is_refused_at_its_limit),
        cmocka_unit_test(a_head_is_taken_apart),
        cmocka_unit_test(chunked_bodies_are_read_or_refused),
        cmocka_unit_test(extensions_and_trailers_are_bounded),
        cmocka_unit_test(an_input_reads_requests_in_any_pieces),
        cmocka_unit_test(an_answer_takes_no_header_that_breaks_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
