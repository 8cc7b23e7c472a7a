#include <flama/error.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

struct row {
    const char *name, *envelope, *exception, *text;
    int status;
};

#define ROW(name, number, status, envelope, exception, text) \
    [number] = {"E" #name, envelope, exception, text, status},
static const struct row rows[] = {[0] = {"OK", "", "", "no error", 200},
                                  FLAMA_ERRORS(ROW)};

static const struct row *row_of(int code)
{
    if (code > 0 || code <= -(int)(sizeof rows / sizeof *rows))
        code = FLAMA_EINTERNAL;
    return &rows[-code];
}

const char *flama_error_name(int code)
{
    return row_of(code)->name;
}

const char *flama_error_text(int code)
{
    return row_of(code)->text;
}

int flama_error_status(int code)
{
    return row_of(code)->status;
}

const char *flama_error_envelope(int code)
{
    return row_of(code)->envelope;
}

const char *flama_error_exception(int code)
{
    return row_of(code)->exception;
}

void flama_error_clear(flama_error *err)
{
    if (err)
        err->code = 0;
}

/* Shortens text that filled its room to whole UTF-8 characters. */
static void trim_utf8(char *text, size_t room)
{
    size_t n = strlen(text);
    if (n + 1 < room)
        return;
    size_t lead = n;
    while (lead > 0 && n - lead < 4 && ((unsigned char)text[lead - 1] & 0xC0) == 0x80)
        lead--;
    if (lead == 0)
        return;
    unsigned char c = (unsigned char)text[lead - 1];
    size_t length = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    if (lead - 1 + length > n)
        text[lead - 1] = '\0';
}

int flama_error__vset(flama_error *err, int code, const char *path, const char *format,
                      va_list args)
{
    if (err == NULL || err->code != 0)
        return code;
    err->code = code;
    err->line = err->column = 0;
    err->source_line = 0;
    err->offset = SIZE_MAX;
    err->file = err->function = NULL;
    snprintf(err->path, sizeof err->path, "%s", path ? path : "");
    trim_utf8(err->path, sizeof err->path);
    vsnprintf(err->message, sizeof err->message, format, args);
    trim_utf8(err->message, sizeof err->message);
    return code;
}

int flama_error_set(flama_error *err, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    flama_error__vset(err, code, NULL, format, args);
    va_end(args);
    return code;
}

int flama_error_set_at(flama_error *err, int code, const char *path, const char *format,
                       ...)
{
    va_list args;
    va_start(args, format);
    flama_error__vset(err, code, path, format, args);
    va_end(args);
    return code;
}

int flama_error__memory(flama_error *err)
{
    return flama_error_set(err, FLAMA_EMEMORY, "%s", flama_error_text(FLAMA_EMEMORY));
}
