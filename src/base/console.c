#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <flama/base.h>

enum { LINE_SIZE = 4096 };

static const struct {
    const char *name;
    int padding;        /* spaces after the colon: texts begin in one column */
    const char *colour; /* escape sequence */
} levels[] = {
    [FLAMA_LOG_TRACE] = {"TRACE", 4, "\033[34m"},
    [FLAMA_LOG_DEBUG] = {"DEBUG", 4, "\033[36m"},
    [FLAMA_LOG_INFO] = {"INFO", 5, "\033[32m"},
    [FLAMA_LOG_WARNING] = {"WARNING", 2, "\033[33m"},
    [FLAMA_LOG_ERROR] = {"ERROR", 4, "\033[31m"},
    [FLAMA_LOG_CRITICAL] = {"CRITICAL", 1, "\033[91m"},
};

static bool coloured;

size_t flama_escape(char *out, size_t size, const char *text, bool lines)
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

static void receive(void *ctx, flama_log_level level, const char *text)
{
    (void)ctx;
    char line[LINE_SIZE];
    int head = snprintf(line, sizeof line, "%s%s%s:%*s",
                        coloured ? levels[level].colour : "", levels[level].name,
                        coloured ? "\033[0m" : "", levels[level].padding, "");
    size_t size = (size_t)head;
    size += flama_escape(line + size, sizeof line - size - 1, text, false);
    line[size++] = '\n';
    write_all(line, size);
}

void flama_log_to_stderr(flama_log_level least, bool colours)
{
    coloured = colours;
    flama_set_log(receive, NULL, least);
}
