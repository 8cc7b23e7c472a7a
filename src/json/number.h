/* Numbers as text, for every module that reads or prints them. No state, no locale, any
 * thread. Printing a double is flama_json_print_number of <flama/json.h>. */
#ifndef FLAMA_JSON_NUMBER_H
#define FLAMA_JSON_NUMBER_H

#include <flama/json.h>

typedef enum flama_number_kind {
    FLAMA_NUMBER_INTEGER, /* no fraction, no exponent, fits int64 */
    FLAMA_NUMBER_HUGE,    /* no fraction, no exponent, does not fit */
    FLAMA_NUMBER_FLOAT
} flama_number_kind;

/* One number; `number` is the nearest double for every kind (infinite when there is
 * none), `integer` holds for FLAMA_NUMBER_INTEGER only. */
typedef struct flama_json_number {
    flama_number_kind kind;
    int64_t integer;
    double number;
} flama_json_number;

/* Reads the longest number by JSON's grammar that starts at text; never looks at or
 * beyond end. Returns the first byte after it, or NULL when no number starts there: a
 * whole text is a number when the result is `end`. */
const char *flama_json__read_number(const char *text, const char *end,
                                    flama_json_number *out);

/* Prints an integer, at most 20 bytes, no NUL; returns the length. */
size_t flama_json__print_integer(char *out, int64_t integer);

#endif
