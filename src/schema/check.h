/* The one check that validation and serialization share. Private to src/schema. */
#ifndef FLAMA_SCHEMA_CHECK_H
#define FLAMA_SCHEMA_CHECK_H

#include "schema/schema.h"

/* What the member of a list looks like: FLAMA_MEMBER_list. */
typedef struct flama_list {
    const void *items;
    size_t count;
} flama_list;

/* One check under way. */
typedef struct flama_check {
    flama_arena *arena;
    flama_report *report;
    int code; /* FLAMA_EVALIDATION or FLAMA_ESERIALIZATION */
    unsigned depth;
} flama_check;

/* A place in the data: a member's name or an item's index, and where that is. The whole
 * is NULL. */
typedef struct flama_place {
    const struct flama_place *up;
    flama_string name; /* data == NULL: an index */
    size_t index;
} flama_place;

/* Adds a sentence to the report. Cheap once the report is full. */
void flama_check__wrong(flama_check *check, const flama_place *at, const char *format,
                        ...) FLAMA_PRINTF(3, 4);

/* True when nobody would see a further mistake: the check can end. */
bool flama_check__full(const flama_check *check);

/* Checks *value and fills `out` (or NULL) with the C value in place. */
void flama_check__value(flama_check *check, const flama_schema *schema,
                        const flama_value *value, const flama_place *at, void *out);

/* Checks the number of items; false after a mistake. */
bool flama_check__length(flama_check *check, const flama_schema *schema, size_t count,
                         const flama_place *at);

/* Checks a number against the bounds. */
void flama_check__bounds(flama_check *check, const flama_schema *schema, double number,
                         const flama_place *at);

/* Checks the items of a tensor; when `list` is given, it has room for them. */
void flama_check__tensor(flama_check *check, const flama_schema *schema,
                         const flama_tensor *tensor, const flama_place *at, void *list);

/* The element at flat index i; NaN in a tensor with nulls is null. */
flama_value flama_check__cell(const flama_tensor *tensor, size_t i);

/* Ends a check: its code, 0 without mistakes. */
int flama_check__end(const flama_check *check, size_t errors_before);

#endif
