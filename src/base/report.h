/* A report: every mistake of a start-up or of a validation, not just the first. */
#ifndef FLAMA_BASE_REPORT_H
#define FLAMA_BASE_REPORT_H

#include <flama/arena.h>
#include <flama/error.h>

typedef struct flama_report_item {
    struct flama_report_item *next;
    int code;
    bool warning;
    flama_string path; /* "input", "" for the whole */
    flama_string message;
} flama_report_item;

/* Items in the order they were added, in the arena. `dropped` counts those beyond
 * `limit`; `failed` says that memory ran out and the list is not complete. */
typedef struct flama_report {
    flama_arena *arena;
    flama_report_item *first;
    flama_report_item *last;
    size_t errors;
    size_t warnings;
    size_t dropped;
    size_t limit;
    bool failed;
} flama_report;

/* An empty report of at most `limit` items (0: no limit). */
void flama_report_init(flama_report *report, flama_arena *arena, size_t limit);

/* Adds an error or a warning; `path` is copied and may be NULL. */
void flama_report_add(flama_report *report, int code, const char *path,
                      const char *format, ...) FLAMA_PRINTF(4, 5);
void flama_report_warn(flama_report *report, const char *path, const char *format, ...)
    FLAMA_PRINTF(3, 4);

/* The first error's code, FLAMA_EMEMORY when the report failed, or 0. */
int flama_report_code(const flama_report *report);

#endif
