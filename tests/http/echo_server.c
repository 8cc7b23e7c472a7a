/* A server for the tests of the HTTP layer: what it does is in the path.
 *
 *     echo-server port=0 threads=2 keep_alive=500 ...
 *
 * It prints "port N" once it listens, and when stopped by SIGTERM or SIGINT "handled N,
 * cancelled N, logged N".
 *
 *     POST /constant   42 bytes, always the same
 *     POST             the length of the body and its sum of bytes
 *     GET /            "ok"
 *     GET /request     method, path, query, client, scheme and headers as lines
 *     GET /size/N      N bytes
 *     GET /status/N    an answer of that status
 *     GET /header/V    the header "x-test: V", refused ones aside
 *     GET /later/N     "later", from another thread after N milliseconds
 *     GET /wait        from another thread, once the client is gone
 *     GET /deaf/N      likewise after N milliseconds, whatever happens to the client */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <flama.h>

#include "http/server.h"
#include "net/pool.h"

static flama_http_server *server;
static flama_pool *pool;
static atomic_size_t handled, cancelled, logged;

static const flama_string plain = {"text/plain; charset=utf-8", 25};

static const flama_string constant = {"{\"output\":[0.123456789,0.987654321,42.00]}",
                                      42};

static void answer(flama_exchange *exchange, int status, const char *text)
{
    flama_string body = {text, strlen(text)};
    flama_exchange_respond(exchange, status, plain, body);
}

static void answer_body(flama_exchange *exchange)
{
    flama_string body = exchange->request.body;
    unsigned long sum = 0;
    for (size_t i = 0; i < body.size; i++)
        sum += (unsigned char)body.data[i];
    answer(exchange, 200,
           flama_arena_format(exchange->arena, "%zu %lu", body.size, sum));
}

static void answer_request(flama_exchange *exchange)
{
    const flama_request *r = &exchange->request;
    char *text = flama_arena_alloc(exchange->arena, 65536);
    FILE *f = fmemopen(text, 65536, "w");
    fprintf(f, "%.*s\n%.*s\n%.*s\n%.*s\n%.*s\n", (int)r->method_name.size,
            r->method_name.data, (int)r->path.size, r->path.data, (int)r->query.size,
            r->query.data, (int)r->client.size, r->client.data, (int)r->scheme.size,
            r->scheme.data);
    for (size_t i = 0; i < r->header_count; i++)
        fprintf(f, "%.*s=%.*s\n", (int)r->headers[i].name.size, r->headers[i].name.data,
                (int)r->headers[i].value.size, r->headers[i].value.data);
    fclose(f);
    answer(exchange, 200, text);
}

static void answer_size(flama_exchange *exchange, size_t size)
{
    char *body = flama_arena_alloc(exchange->arena, size);
    memset(body, 'x', size);
    flama_exchange_respond(exchange, 200, plain, (flama_string){body, size});
}

static void sleep_ms(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static long number_behind(flama_string path, size_t prefix)
{
    char text[32] = {0};
    size_t size = path.size - prefix < 31 ? path.size - prefix : 31;
    memcpy(text, path.data + prefix, size);
    return strtol(text, NULL, 10);
}

static bool begins(flama_string text, const char *prefix)
{
    return text.size >= strlen(prefix) &&
           memcmp(text.data, prefix, strlen(prefix)) == 0;
}

static void work(void *arg)
{
    flama_exchange *exchange = arg;
    flama_string path = exchange->request.path;
    if (begins(path, "/later/"))
        sleep_ms(number_behind(path, 7));
    else if (begins(path, "/deaf/"))
        sleep_ms(number_behind(path, 6));
    else
        while (!atomic_load(&exchange->cancelled))
            sleep_ms(2);
    if (atomic_load(&exchange->cancelled))
        atomic_fetch_add(&cancelled, 1);
    answer(exchange, 200, "later");
}

static void handle(void *ctx, flama_exchange *exchange)
{
    (void)ctx;
    flama_string path = exchange->request.path;
    atomic_fetch_add(&handled, 1);
    if (exchange->too_large) {
        flama_exchange_respond(
            exchange, 413, FLAMA_STRING("application/json"),
            FLAMA_STRING("{\"status_code\":413,\"detail\":\"Too large.\","
                         "\"error\":\"HTTPException\"}"));
    } else if (begins(path, "/constant")) {
        flama_exchange_respond(exchange, 200, plain, constant);
    } else if (exchange->request.method == FLAMA_POST) {
        answer_body(exchange);
    } else if (begins(path, "/request")) {
        answer_request(exchange);
    } else if (begins(path, "/size/")) {
        answer_size(exchange, (size_t)number_behind(path, 6));
    } else if (begins(path, "/status/")) {
        answer(exchange, (int)number_behind(path, 8), "status");
    } else if (begins(path, "/header/")) {
        flama_string value = {path.data + 8, path.size - 8};
        flama_exchange_add_header(exchange, FLAMA_STRING("X-Test"), value);
        answer(exchange, 200, "header");
    } else if (begins(path, "/later/") || begins(path, "/wait") ||
               begins(path, "/deaf/")) {
        if (flama_pool_submit(pool, work, exchange) != 0)
            answer(exchange, 503, "full");
    } else {
        answer(exchange, 200, "ok");
    }
}

static void log_access(void *ctx, const flama_exchange *exchange)
{
    (void)ctx;
    (void)exchange;
    atomic_fetch_add(&logged, 1);
}

static void on_signal(int number)
{
    (void)number;
    flama_http_server_stop(server);
}

static void print_log(void *ctx, flama_log_level level, const char *line)
{
    (void)ctx;
    fprintf(stderr, "%d %s\n", (int)level, line);
}

static bool set_number(flama_http_options *o, const char *name, unsigned long value)
{
    const struct {
        const char *name;
        unsigned *field;
    } fields[] = {{"threads", &o->threads},     {"head", &o->head_timeout},
                  {"body", &o->body_timeout},   {"keep_alive", &o->keep_alive_timeout},
                  {"write", &o->write_timeout}, {"request", &o->request_timeout},
                  {"stop", &o->stop_timeout},   {"backlog", &o->backlog}};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (strcmp(name, fields[i].name) == 0) {
            *fields[i].field = (unsigned)value;
            return true;
        }
    if (strcmp(name, "port") == 0)
        o->port = (int)value;
    else if (strcmp(name, "fd") == 0)
        o->fd = (int)value;
    else if (strcmp(name, "max_head") == 0)
        o->max_head = value;
    else if (strcmp(name, "max_headers") == 0)
        o->max_headers = value;
    else if (strcmp(name, "max_body") == 0)
        o->max_body = value;
    else if (strcmp(name, "max_connections") == 0)
        o->max_connections = value;
    else if (strcmp(name, "max_requests") == 0)
        o->max_requests = value;
    else
        return false;
    return true;
}

static bool set_option(flama_http_options *options, char *text)
{
    char *value = strchr(text, '=');
    if (value == NULL)
        return false;
    *value++ = '\0';
    if (strcmp(text, "host") == 0)
        options->host = value;
    else if (strcmp(text, "uds") == 0)
        options->uds = value;
    else if (strcmp(text, "trust") == 0) {
        options->proxy_headers = true;
        options->forwarded_allow_ips = value;
    } else if (strcmp(text, "bare") == 0)
        options->no_date_header = options->no_server_header = true;
    else
        return set_number(options, text, strtoul(value, NULL, 10));
    return true;
}

static int serve(const flama_http_options *options)
{
    flama_error err = {0};
    int rc = flama_http_server_new(&server, options, handle, NULL, &err);
    if (rc == 0) {
        signal(SIGTERM, on_signal);
        signal(SIGINT, on_signal);
        printf("port %d\n", flama_http_server_port(server));
        fflush(stdout);
        rc = flama_http_server_run(server, &err);
        signal(SIGTERM, SIG_IGN);
        signal(SIGINT, SIG_IGN);
        flama_http_server_free(server);
    }
    if (rc != 0)
        fprintf(stderr, "%s\n", err.message);
    return rc == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    flama_http_options options = {.fd = -1, .access_log = log_access};
    for (int i = 1; i < argc; i++)
        if (!set_option(&options, argv[i])) {
            fprintf(stderr, "no such option: %s\n", argv[i]);
            return 2;
        }
    flama_set_log(print_log, NULL, FLAMA_LOG_WARNING);
    if (flama_pool_new(&pool, 64, 0, NULL) != 0)
        return 1;
    int rc = serve(&options);
    flama_pool_free(pool);
    printf("handled %zu, cancelled %zu, logged %zu\n", handled, cancelled, logged);
    return rc;
}
