/* Numbers as text, for every module that reads or prints them. No state, no locale, any
 * thread. Printing a double is flama_json_print_number of <flama/json.h>. */
#ifndef FLAMA_JSON_NUMBER_H
#define FLAMA_JSON_NUMBER_H

#include <float.h>

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

static inline bool flama_json__is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* The quick way for the numbers that most rows hold, as in 5.1 or -0.25: at most seven
 * digits with a point among them and no exponent. NULL when the text may be anything
 * else, or is close to its end. Exact as Clinger's way is: both factors are. */
static inline const char *flama_json__read_short(const char *text, const char *end,
                                                 double *out)
{
    static const double scale[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7};
    enum { DIGITS = 7, LONGEST = 1 + DIGITS + 1 };
    if (end - text <= LONGEST || FLT_EVAL_METHOD != 0 ||
        (flama_json__is_digit(text[7]) && flama_json__is_digit(text[8])))
        return NULL;
    bool negative = *text == '-';
    const char *first = text + negative, *p = first;
    int mantissa = 0;
    for (; flama_json__is_digit(*p) && p - first < DIGITS; p++)
        mantissa = mantissa * 10 + (*p - '0');
    const char *point = p++;
    if (*point != '.' || point == first || (*first == '0' && point - first > 1))
        return NULL;
    for (; flama_json__is_digit(*p) && p - first <= DIGITS; p++)
        mantissa = mantissa * 10 + (*p - '0');
    if (p - point < 2 || flama_json__is_digit(*p) || (*p | 0x20) == 'e')
        return NULL;
    double number = (double)mantissa / scale[p - point - 1];
    *out = negative ? -number : number;
    return p;
}

/* Prints an integer, at most 20 bytes, no NUL; returns the length. */
size_t flama_json__print_integer(char *out, int64_t integer);

#endif
