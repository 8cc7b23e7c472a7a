#include <flama/base.h>

#include <stdarg.h>
#include <stdio.h>

static flama_log_function receiver;
static void *receiver_ctx;
static flama_log_level least_level;

void flama_set_log(flama_log_function function, void *ctx, flama_log_level least)
{
    receiver = function;
    receiver_ctx = ctx;
    least_level = least;
}

bool flama_log_wanted(flama_log_level level)
{
    return receiver && level >= least_level;
}

void flama_log(flama_log_level level, const char *format, ...)
{
    if (!flama_log_wanted(level))
        return;
    char line[2001];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    receiver(receiver_ctx, level, line);
}
