#include "http/answer.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "http/syntax.h"

enum { DATE_SIZE = 37, DIGITS = 20 };

typedef struct status_line {
    int status;
    flama_string text;
} status_line;

#define LINE(status, reason)                                      \
    {                                                             \
        status,                                                   \
        {                                                         \
            "HTTP/1.1 " #status " " reason "\r\n",                \
                sizeof("HTTP/1.1 " #status " " reason "\r\n") - 1 \
        }                                                         \
    }

static const status_line status_lines[] = {
    LINE(200, "OK"),
    LINE(201, "Created"),
    LINE(202, "Accepted"),
    LINE(204, "No Content"),
    LINE(206, "Partial Content"),
    LINE(301, "Moved Permanently"),
    LINE(302, "Found"),
    LINE(303, "See Other"),
    LINE(304, "Not Modified"),
    LINE(307, "Temporary Redirect"),
    LINE(308, "Permanent Redirect"),
    LINE(400, "Bad Request"),
    LINE(401, "Unauthorized"),
    LINE(403, "Forbidden"),
    LINE(404, "Not Found"),
    LINE(405, "Method Not Allowed"),
    LINE(406, "Not Acceptable"),
    LINE(408, "Request Timeout"),
    LINE(409, "Conflict"),
    LINE(410, "Gone"),
    LINE(411, "Length Required"),
    LINE(412, "Precondition Failed"),
    LINE(413, "Content Too Large"),
    LINE(414, "URI Too Long"),
    LINE(415, "Unsupported Media Type"),
    LINE(416, "Range Not Satisfiable"),
    LINE(417, "Expectation Failed"),
    LINE(422, "Unprocessable Content"),
    LINE(429, "Too Many Requests"),
    LINE(431, "Request Header Fields Too Large"),
    LINE(500, "Internal Server Error"),
    LINE(501, "Not Implemented"),
    LINE(502, "Bad Gateway"),
    LINE(503, "Service Unavailable"),
    LINE(504, "Gateway Timeout"),
    LINE(505, "HTTP Version Not Supported"),
};

/* A status without a line of its own gets the reason that the standard lets it have:
 * none. */
static flama_string line_of(int status, char own[static 16])
{
    for (size_t i = 0; i < sizeof status_lines / sizeof status_lines[0]; i++)
        if (status_lines[i].status == status)
            return status_lines[i].text;
    int size = snprintf(own, 16, "HTTP/1.1 %03d \r\n", status);
    return (flama_string){own, (size_t)size};
}

/* The date. */

static void write_date(char *to, int64_t second)
{
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t now = (time_t)second;
    struct tm t;
    char line[128];
    gmtime_r(&now, &t);
    snprintf(line, sizeof line, "date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n",
             days[t.tm_wday], t.tm_mday, months[t.tm_mon], t.tm_year + 1900, t.tm_hour,
             t.tm_min, t.tm_sec);
    memcpy(to, line, DATE_SIZE);
}

int flama_http_answer_prepare(flama_http_worker *worker)
{
    flama_http_server *server = worker->server;
    size_t date = server->options.no_date_header ? 0 : DATE_SIZE;
    worker->common_size = date + server->common.size;
    worker->common = flama_arena_alloc(&server->arena, worker->common_size);
    if (worker->common == NULL)
        return FLAMA_EMEMORY;
    worker->second = -1;
    if (server->common.size)
        memcpy(worker->common + date, server->common.data, server->common.size);
    return 0;
}

static flama_string common_of(flama_http_worker *worker)
{
    int64_t now = (int64_t)time(NULL);
    if (now != worker->second && !worker->server->options.no_date_header) {
        worker->second = now;
        write_date(worker->common, now);
    }
    return (flama_string){worker->common, worker->common_size};
}

/* The head. */

static char *put(char *to, const void *data, size_t size)
{
    if (size)
        memcpy(to, data, size);
    return to + size;
}

static char *put_string(char *to, flama_string s)
{
    return put(to, s.data, s.size);
}

#define PUT(to, literal) put((to), (literal), sizeof(literal) - 1)

static char *put_number(char *to, size_t number)
{
    char digits[DIGITS];
    size_t i = DIGITS;
    do {
        digits[--i] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    return put(to, digits + i, DIGITS - i);
}

static bool is_framing(flama_string name)
{
    static const char *const names[] = {"content-length", "transfer-encoding",
                                        "connection", "keep-alive"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i]) == name.size &&
            memcmp(names[i], name.data, name.size) == 0)
            return true;
    return false;
}

/* A header that could break the framing is left out, whoever set it. */
static char *put_header(char *to, const flama_header *header)
{
    char *start = to;
    for (size_t i = 0; i < header->name.size; i++) {
        *to = (char)flama_http__token[(unsigned char)header->name.data[i]];
        if (*to++ == 0)
            return start;
    }
    flama_string name = {start, header->name.size};
    if (name.size == 0 || is_framing(name) ||
        !flama_http__value_is_right(header->value.data, header->value.size)) {
        flama_log(FLAMA_LOG_WARNING, "an answer's header is left out");
        return start;
    }
    to = PUT(to, ": ");
    to = put_string(to, header->value);
    return PUT(to, "\r\n");
}

static size_t room_for(const flama_response *response, flama_string line,
                       flama_string common)
{
    size_t room = line.size + common.size + response->content_type.size + 128;
    for (size_t i = 0; i < response->header_count; i++)
        room += response->headers[i].name.size + response->headers[i].value.size + 4;
    return room;
}

static char *put_connection(char *to, const flama_http_exchange *exchange, bool last)
{
    if (last)
        return PUT(to, "connection: close\r\n");
    return exchange->minor ? to : PUT(to, "connection: keep-alive\r\n");
}

static void check_response(flama_response *response)
{
    if (response->status < 200 || response->status > 599) {
        flama_log(FLAMA_LOG_ERROR, "an answer's status is %d", response->status);
        response->status = 500;
    }
    if (!flama_http__value_is_right(response->content_type.data,
                                    response->content_type.size))
        response->content_type.size = 0;
}

void flama_http_answer(flama_http_worker *worker, flama_http_exchange *exchange,
                       bool last, flama_string *head, flama_string *body)
{
    flama_response *response = &exchange->base.response;
    check_response(response);
    char own[16];
    bool empty = response->status == 204 || response->status == 304;
    bool silent = empty || exchange->base.request.method == FLAMA_HEAD;
    exchange->streaming = response->stream && !silent;
    exchange->left = flama_http_exchange_length(exchange);
    flama_string line = line_of(response->status, own);
    flama_string common = common_of(worker);
    char *start = flama_arena_alloc(&exchange->arena, room_for(response, line, common));
    *head = (flama_string){start, 0};
    if (start == NULL)
        return;
    char *to = put_string(put_string(start, line), common);
    if (response->stream && exchange->left == 0) {
        if (exchange->minor && !empty)
            to = PUT(to, "transfer-encoding: chunked\r\n");
    } else if (!empty) {
        to = put_number(PUT(to, "content-length: "),
                        response->stream ? exchange->left : response->body.size);
        to = PUT(to, "\r\n");
    }
    if (response->content_type.size) {
        to = put_string(PUT(to, "content-type: "), response->content_type);
        to = PUT(to, "\r\n");
    }
    for (size_t i = 0; i < response->header_count; i++)
        to = put_header(to, &response->headers[i]);
    to = PUT(put_connection(to, exchange, last), "\r\n");
    head->size = (size_t)(to - start);
    *body = response->body;
    if (silent)
        body->size = 0;
}

size_t flama_http_refusal(flama_http_worker *worker, char *to, size_t room, int status,
                          const char *detail)
{
    char own[16], json[512];
    flama_string line = line_of(status, own);
    flama_string common = common_of(worker);
    int json_size =
        snprintf(json, sizeof json,
                 "{\"status_code\":%d,\"detail\":\"%s\",\"error\":\"HTTPException\"}",
                 status, detail);
    int size = snprintf(to, room,
                        "%.*s%.*scontent-length: %d\r\ncontent-type: application/json"
                        "\r\nconnection: close\r\n\r\n%s",
                        (int)line.size, line.data, (int)common.size, common.data,
                        json_size, json);
    return size < 0 ? 0 : (size_t)size < room ? (size_t)size : room - 1;
}
