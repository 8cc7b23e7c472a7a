#include "http/parser.h"

#include <endian.h>
#include <string.h>
#include <strings.h>

#include "http/method.h"
#include "http/syntax.h"

enum {
    SEEN_BLANK =
        1, /* one empty line before the request line is let pass: RFC 9112, 2.2 */
    SEEN_REQUEST = 2,
    SEEN_HOST = 4,
    SEEN_LENGTH = 8,
    SEEN_ENCODING = 16,
    SEEN_CLOSE = 32,
    SEEN_KEEP_ALIVE = 64,
    SEEN_EXPECT = 128,
    SEEN_BAD_EXPECT = 256
};

enum { MAX_METHOD = 32 };

void flama_http_head_init(flama_http_head *head, flama_http_field *fields)
{
    *head = (flama_http_head){.fields = fields};
}

static flama_http_step refuse(flama_http_head *head, int status, const char *detail)
{
    head->status = status;
    head->detail = detail;
    return FLAMA_HTTP_BAD;
}

static flama_http_step bad(flama_http_head *head, const char *detail)
{
    return refuse(head, 400, detail);
}

static flama_http_span span(const char *data, const char *begin, const char *end)
{
    return (flama_http_span){(uint32_t)(begin - data), (uint32_t)(end - begin)};
}

static bool equal(const char *text, size_t size, const char *word)
{
    return size == strlen(word) && strncasecmp(text, word, size) == 0;
}

/* The request line. */

static flama_http_step read_version(flama_http_head *head, const char *text,
                                    size_t size)
{
    if (size != 8 || memcmp(text, "HTTP/", 5) != 0 || text[6] != '.' ||
        (unsigned)(text[5] - '0') > 9 || (unsigned)(text[7] - '0') > 9)
        return bad(head, "The request line does not end with an HTTP version.");
    if (text[5] != '1' || text[7] > '1')
        return refuse(head, 505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.");
    head->minor = text[7] == '1';
    return FLAMA_HTTP_DONE;
}

static bool host_is_right(const char *text, size_t size)
{
    size_t i = 0;
    while (i < size && flama_http__class[(unsigned char)text[i]] & FLAMA_HTTP_HOST)
        i++;
    return i == size;
}

/* "http://host/path" names the same as "/path". NULL when it is not right. */
static const char *after_authority(const char *text, const char *end)
{
    size_t size = (size_t)(end - text);
    size_t scheme = size > 7 && strncasecmp(text, "http://", 7) == 0    ? 7
                    : size > 8 && strncasecmp(text, "https://", 8) == 0 ? 8
                                                                        : 0;
    const char *p = text + scheme;
    while (p < end && *p != '/' && *p != '?')
        p++;
    size_t host = (size_t)(p - text) - scheme;
    return scheme && host && host_is_right(text + scheme, host) ? p : NULL;
}

/* To the end of the target, the first byte that can't be in it. NULL when a percent
 * sign of the path is not right. */
static const char *scan_target(flama_http_head *head, const char *p, const char **query)
{
    for (;;) {
        while (flama_http__class[(unsigned char)*p] & FLAMA_HTTP_TARGET)
            p++;
        if (*p == '?' && *query == NULL) {
            *query = p + 1;
        } else if (*p == '%' && *query == NULL) {
            if (flama_http__hex(p[1]) < 0 || flama_http__hex(p[2]) < 0 ||
                (p[1] == '0' && p[2] == '0'))
                return NULL;
            head->path_escaped = true;
        } else if (*p != '?' && *p != '%') {
            return p;
        }
        p++;
    }
}

static flama_http_step check_target(flama_http_head *head, const char *data,
                                    const char *query, const char *end)
{
    const char *text = data + head->target.begin;
    const char *path = text;
    bool whole_server =
        head->method == FLAMA_OPTIONS && equal(text, head->target.size, "*");
    if (*text != '/' && !whole_server)
        path = after_authority(text, end);
    if (path == NULL)
        return bad(head, "The request target is neither a path nor an http URL.");
    head->path = span(data, path, query ? query - 1 : end);
    head->query = query ? span(data, query, end) : span(data, end, end);
    return FLAMA_HTTP_DONE;
}

/* `end` points to the CR, which ends every loop. */
static flama_http_step read_request_line(flama_http_head *head, const char *data,
                                         const char *line, const char *end)
{
    const char *p = line;
    while (flama_http__token[(unsigned char)*p])
        p++;
    if (p == line || p - line > MAX_METHOD || *p != ' ')
        return bad(head, "The request line does not begin with a method.");
    head->method_name = span(data, line, p);
    head->method = flama_http_method_of(line, (size_t)(p - line));
    const char *target = ++p, *query = NULL;
    p = scan_target(head, target, &query);
    if (p == NULL)
        return bad(head, "The path has a percent sign without two hexadecimal digits, "
                         "or an encoded zero byte.");
    if (p == target || *p != ' ')
        return bad(head, "The request line has no target, or one with bytes that must "
                         "be percent-encoded.");
    head->target = span(data, target, p);
    flama_http_step step = read_version(head, p + 1, (size_t)(end - p - 1));
    return step == FLAMA_HTTP_DONE ? check_target(head, data, query, p) : step;
}

/* The headers. */

static flama_http_step read_length(flama_http_head *head, const char *value,
                                   size_t size)
{
    if (head->seen & SEEN_LENGTH)
        return bad(head, "There is more than one Content-Length.");
    head->seen |= SEEN_LENGTH;
    uint64_t length = 0;
    bool over = false;
    for (size_t i = 0; i < size; i++) {
        unsigned digit = (unsigned)(value[i] - '0');
        if (digit > 9)
            return bad(head, "The Content-Length is not a number.");
        over = over || __builtin_mul_overflow(length, 10u, &length) ||
               __builtin_add_overflow(length, digit, &length);
    }
    if (size == 0)
        return bad(head, "The Content-Length is empty.");
    head->content_length = over ? UINT64_MAX : length;
    return FLAMA_HTTP_DONE;
}

static flama_http_step read_encoding(flama_http_head *head, const char *value,
                                     size_t size)
{
    if (head->seen & SEEN_ENCODING)
        return bad(head, "There is more than one Transfer-Encoding.");
    head->seen |= SEEN_ENCODING;
    head->chunked = equal(value, size, "chunked");
    return FLAMA_HTTP_DONE;
}

static flama_http_step read_host(flama_http_head *head, const char *value, size_t size)
{
    if (head->seen & SEEN_HOST)
        return bad(head, "There is more than one Host.");
    head->seen |= SEEN_HOST;
    if (!host_is_right(value, size))
        return bad(head, "The Host is not a host and a port.");
    return FLAMA_HTTP_DONE;
}

static void read_connection(flama_http_head *head, const char *value, size_t size)
{
    const char *end = value + size;
    while (value < end) {
        const char *comma = memchr(value, ',', (size_t)(end - value));
        const char *next = comma ? comma : end;
        const char *last = next;
        while (value < last && (*value == ' ' || *value == '\t'))
            value++;
        while (last > value && (last[-1] == ' ' || last[-1] == '\t'))
            last--;
        if (equal(value, (size_t)(last - value), "close"))
            head->seen |= SEEN_CLOSE;
        else if (equal(value, (size_t)(last - value), "keep-alive"))
            head->seen |= SEEN_KEEP_ALIVE;
        value = next + 1;
    }
}

static flama_http_step read_known(flama_http_head *head, const char *name,
                                  size_t name_size, const char *value, size_t size)
{
    switch (name_size) {
    case 4:
        if (memcmp(name, "host", 4) == 0)
            return read_host(head, value, size);
        break;
    case 6:
        if (memcmp(name, "expect", 6) == 0)
            head->seen |=
                equal(value, size, "100-continue") ? SEEN_EXPECT : SEEN_BAD_EXPECT;
        break;
    case 10:
        if (memcmp(name, "connection", 10) == 0)
            read_connection(head, value, size);
        break;
    case 14:
        if (memcmp(name, "content-length", 14) == 0)
            return read_length(head, value, size);
        break;
    case 17:
        if (memcmp(name, "transfer-encoding", 17) == 0)
            return read_encoding(head, value, size);
        break;
    default:
        break;
    }
    return FLAMA_HTTP_DONE;
}

/* The top bit of each byte of `word` that lies in first..last, all below 0x80. */
static uint64_t within(uint64_t word, unsigned char first, unsigned char last)
{
    const uint64_t ones = 0x0101010101010101u, tops = ones * 0x80;
    uint64_t low = word & ~tops;
    return (low + ones * (0x80u - first)) & ~(low + ones * (0x7Fu - last)) & ~word &
           tops;
}

/* Puts a name's letters in lower case eight at a time, as far as letters and hyphens
 * go. Returns where it stopped; at the end, within the last seven bytes. */
static char *lower_words(char *p, const char *end)
{
    const uint64_t tops = 0x8080808080808080u;
    while (end - p >= 8) {
        uint64_t word;
        memcpy(&word, p, sizeof word);
        word = le64toh(word);
        uint64_t lower = word | within(word, 'A', 'Z') >> 2;
        uint64_t other = ~(within(lower, 'a', 'z') | within(lower, '-', '-')) & tops;
        unsigned good = other ? (unsigned)__builtin_ctzll(other) / 8 : 8;
        uint64_t kept = good < 8 ? UINT64_MAX << (8 * good) : 0;
        word = htole64((word & kept) | (lower & ~kept));
        memcpy(p, &word, sizeof word);
        p += good;
        if (good < 8)
            break;
    }
    return p;
}

static flama_http_step read_field(flama_http_head *head,
                                  const flama_http_limits *limits, char *data,
                                  char *line, const char *end)
{
    if (*line == ' ' || *line == '\t')
        return bad(head, "A header is folded over two lines.");
    char *p = lower_words(line, end);
    const unsigned char *table = flama_http__token;
    for (unsigned char lower; (lower = table[(unsigned char)*p]) != 0; p++)
        *p = (char)lower;
    if (p == line || *p != ':')
        return bad(head, "A header has no name followed by a colon.");
    if (head->field_count == limits->max_headers)
        return refuse(head, 431, "The request has too many headers.");
    const char *value = p + 1;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    if (!flama_http__value_is_right(value, (size_t)(end - value)))
        return bad(head, "A header has a control byte in its value.");
    head->fields[head->field_count++] =
        (flama_http_field){span(data, line, p), span(data, value, end)};
    return read_known(head, line, (size_t)(p - line), value, (size_t)(end - value));
}

/* The whole. */

static flama_http_step check_framing(flama_http_head *head)
{
    if (head->seen & SEEN_ENCODING) {
        if (head->seen & SEEN_LENGTH)
            return bad(head,
                       "There are both a Content-Length and a Transfer-Encoding.");
        if (!head->minor)
            return bad(head, "There is a Transfer-Encoding in HTTP/1.0.");
        if (!head->chunked)
            return refuse(head, 501, "The only Transfer-Encoding taken is chunked.");
    }
    return FLAMA_HTTP_DONE;
}

static flama_http_step finish(flama_http_head *head)
{
    if (head->minor && !(head->seen & SEEN_HOST))
        return bad(head, "There is no Host.");
    flama_http_step step = check_framing(head);
    if (step != FLAMA_HTTP_DONE)
        return step;
    if (head->minor && (head->seen & SEEN_BAD_EXPECT))
        return refuse(head, 417, "The only expectation met is 100-continue.");
    head->expects_continue = head->minor && (head->seen & SEEN_EXPECT);
    head->keep_alive =
        !(head->seen & SEEN_CLOSE) && (head->minor || (head->seen & SEEN_KEEP_ALIVE));
    return FLAMA_HTTP_DONE;
}

/* One line without its CR LF. MORE: the head goes on after it. */
static flama_http_step read_line(flama_http_head *head, const flama_http_limits *limits,
                                 char *data, char *line, char *end)
{
    flama_http_step step;
    if (!(head->seen & SEEN_REQUEST)) {
        if (line == end && !(head->seen & SEEN_BLANK)) {
            head->seen |= SEEN_BLANK;
            return FLAMA_HTTP_MORE;
        }
        head->seen |= SEEN_REQUEST;
        step = read_request_line(head, data, line, end);
    } else if (line == end) {
        return finish(head);
    } else {
        step = read_field(head, limits, data, line, end);
    }
    return step == FLAMA_HTTP_DONE ? FLAMA_HTTP_MORE : step;
}

/* What is not HTTP at all, a TLS hello say, may never send a line's end. */
static bool begins_badly(const flama_http_head *head, const char *data, size_t size)
{
    char c = size > head->line ? data[head->line] : '\r';
    return c != '\r' && c != '\n' && !flama_http__token[(unsigned char)c];
}

flama_http_step flama_http_head_read(flama_http_head *head,
                                     const flama_http_limits *limits, char *data,
                                     size_t size)
{
    size_t within = size < limits->max_head ? size : limits->max_head;
    for (;;) {
        if (!(head->seen & SEEN_REQUEST) && begins_badly(head, data, within))
            return bad(head, "The request line does not begin with a method.");
        char *end = memchr(data + head->scanned, '\n', within - head->scanned);
        if (end == NULL)
            break;
        char *line = data + head->line;
        if (end == line || end[-1] != '\r')
            return bad(head, "A line ends without a carriage return.");
        flama_http_step step = read_line(head, limits, data, line, end - 1);
        head->line = head->scanned = head->size = (size_t)(end - data) + 1;
        if (step != FLAMA_HTTP_MORE)
            return step;
    }
    head->scanned = within;
    if (within == limits->max_head)
        return refuse(head, 431, "The request line and the headers are too long.");
    return FLAMA_HTTP_MORE;
}

size_t flama_http_unescape(char *to, const char *text, size_t size)
{
    char *out = to;
    const char *end = text + size;
    while (text < end) {
        if (*text == '%') {
            *out++ = (char)(flama_http__hex(text[1]) * 16 + flama_http__hex(text[2]));
            text += 3;
        } else {
            *out++ = *text++;
        }
    }
    return (size_t)(out - to);
}
