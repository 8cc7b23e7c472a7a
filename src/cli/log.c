#include "cli/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_SIZE 4096

typedef struct level {
    const char *option; /* as --server-log-level takes it */
    const char *name;
    int padding;        /* spaces after the colon: texts begin in one column */
    const char *colour; /* escape sequence */
} level;

static const level levels[] = {
    [FLAMA_LOG_TRACE] = {"trace", "TRACE", 4, "\033[34m"},
    [FLAMA_LOG_DEBUG] = {"debug", "DEBUG", 4, "\033[36m"},
    [FLAMA_LOG_INFO] = {"info", "INFO", 5, "\033[32m"},
    [FLAMA_LOG_WARNING] = {"warning", "WARNING", 2, "\033[33m"},
    [FLAMA_LOG_ERROR] = {"error", "ERROR", 4, "\033[31m"},
    [FLAMA_LOG_CRITICAL] = {"critical", "CRITICAL", 1, "\033[91m"},
};

static flama_log_level least_level = FLAMA_LOG_INFO;
static bool coloured;

size_t cli_escape(char *out, size_t size, const char *text, bool lines)
{
    size_t used = 0;
    for (; *text && used + 5 <= size; text++) {
        unsigned char c = (unsigned char)*text;
        bool control = (c < ' ' && c != '\t') || c == 0x7f;
        if (control && !(lines && c == '\n'))
            used += (size_t)snprintf(out + used, size - used, "\\x%02x", c);
        else
            out[used++] = *text;
    }
    out[used] = 0;
    return used;
}

static void write_all(const char *text, size_t size)
{
    while (size) {
        ssize_t done = write(STDERR_FILENO, text, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return;
        text += done;
        size -= (size_t)done;
    }
}

static void receive(void *ctx, flama_log_level at, const char *text)
{
    (void)ctx;
    const level *l = &levels[at];
    char line[LINE_SIZE];
    int head = snprintf(line, sizeof line, "%s%s%s:%*s", coloured ? l->colour : "",
                        l->name, coloured ? "\033[0m" : "", l->padding, "");
    size_t size = (size_t)head;
    size += cli_escape(line + size, sizeof line - size - 1, text, false);
    line[size++] = '\n';
    write_all(line, size);
}

void cli_log_start(const char *name, bool colors)
{
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (strcmp(levels[i].option, name) == 0)
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
