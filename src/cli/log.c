#include "cli/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_SIZE 2100

typedef struct level {
    const char *name;
    const char *head;   /* padded to ten columns */
    const char *colour; /* escape sequence */
} level;

static const level levels[] = {
    [FLAMA_LOG_TRACE] = {"trace", "TRACE:    ", "\033[34m"},
    [FLAMA_LOG_DEBUG] = {"debug", "DEBUG:    ", "\033[36m"},
    [FLAMA_LOG_INFO] = {"info", "INFO:     ", "\033[32m"},
    [FLAMA_LOG_WARNING] = {"warning", "WARNING:  ", "\033[33m"},
    [FLAMA_LOG_ERROR] = {"error", "ERROR:    ", "\033[31m"},
    [FLAMA_LOG_CRITICAL] = {"critical", "CRITICAL: ", "\033[91m"},
};

static flama_log_level least_level = FLAMA_LOG_INFO;
static bool coloured;

typedef struct line {
    char text[LINE_SIZE + 8];
    size_t size;
} line;

static void put(line *out, const char *text)
{
    size_t size = strlen(text);
    if (out->size + size > LINE_SIZE)
        return;
    memcpy(out->text + out->size, text, size);
    out->size += size;
}

static void put_safe(line *out, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        char escaped[8] = {*text};
        if ((c < ' ' && c != '\t') || c == 0x7f)
            snprintf(escaped, sizeof escaped, "\\x%02x", c);
        put(out, escaped);
    }
}

static void write_line(const line *out)
{
    const char *text = out->text;
    size_t left = out->size;
    while (left) {
        ssize_t done = write(STDERR_FILENO, text, left);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return;
        text += done;
        left -= (size_t)done;
    }
}

static void receive(void *ctx, flama_log_level at, const char *text)
{
    (void)ctx;
    line out = {.size = 0};
    size_t name = strcspn(levels[at].head, ":");
    if (coloured) {
        put(&out, levels[at].colour);
        memcpy(out.text + out.size, levels[at].head, name);
        out.size += name;
        put(&out, "\033[0m");
        put(&out, levels[at].head + name);
    } else {
        put(&out, levels[at].head);
    }
    put_safe(&out, text);
    out.text[out.size++] = '\n';
    write_line(&out);
}

void cli_log_start(const char *name, bool colors)
{
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (strcmp(levels[i].name, name) == 0)
            least_level = (flama_log_level)i;
    coloured = colors;
    flama_set_log(receive, NULL, least_level);
}

void cli_log(flama_log_level at, const char *format, ...)
{
    if (at < least_level)
        return;
    char text[LINE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    receive(NULL, at, text);
}
