#include "base/report.h"

#include <string.h>

#include "base/arena.h"

void flama_report_init(flama_report *report, flama_arena *arena, size_t limit)
{
    *report = (flama_report){.arena = arena, .limit = limit};
}

static bool copy_into(flama_report *report, flama_report_item *item, const char *path,
                      const char *format, va_list args)
{
    const char *place = path ? path : "";
    char *copy = flama_arena_copy(report->arena, place, strlen(place));
    char *text = flama_arena_vformat(report->arena, format, args);
    if (copy == NULL || text == NULL)
        return false;
    item->path = (flama_string){copy, strlen(copy)};
    item->message = (flama_string){text, strlen(text)};
    return true;
}

static void add(flama_report *report, int code, bool warning, const char *path,
                const char *format, va_list args)
{
    if (report->limit && report->errors + report->warnings >= report->limit) {
        report->dropped++;
        return;
    }
    flama_report_item *item = flama_arena_calloc(report->arena, 1, sizeof *item);
    if (item == NULL || !copy_into(report, item, path, format, args)) {
        report->failed = true;
        return;
    }
    item->code = code;
    item->warning = warning;
    *(warning ? &report->warnings : &report->errors) += 1;
    if (report->last)
        report->last->next = item;
    else
        report->first = item;
    report->last = item;
}

void flama_report_add(flama_report *report, int code, const char *path,
                      const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(report, code, false, path, format, args);
    va_end(args);
}

void flama_report_warn(flama_report *report, const char *path, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(report, 0, true, path, format, args);
    va_end(args);
}

int flama_report_code(const flama_report *report)
{
    if (report->failed)
        return FLAMA_EMEMORY;
    for (const flama_report_item *i = report->first; i; i = i->next)
        if (!i->warning)
            return i->code;
    return 0;
}
