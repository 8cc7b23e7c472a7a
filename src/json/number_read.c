#include "json/number.h"

#include <endian.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "json/powers.h"

/* 19 digits always fit 64 bits. No double lies so close to the middle of two others
 * that digits after the 768th matter, except by not being zero. */
enum { WORD_DIGITS = 19, SLOW_DIGITS = 800 };

/* Beyond any text's length, so that cutting an exponent there changes nothing. */
#define EXPONENT_MAX INT64_C(100000000000000000)

/* A number longer than a word: the span of its digits, with a point somewhere among
 * them, and the power of ten that goes with them as an integer. */
typedef struct span {
    const char *first;
    const char *last;
    int64_t exponent;
} span;

static const uint64_t small_powers[] = {1,      10,      100,      1000,     10000,
                                        100000, 1000000, 10000000, 100000000};

/* The number whose eight decimal digits are the bytes of `digits`, first digit lowest.
 */
static inline uint64_t eight_digits(uint64_t digits)
{
    digits = (digits * (1 + (10 << 8)) >> 8) & 0x00FF00FF00FF00FF;
    digits = (digits * (1 + (100 << 16)) >> 16) & 0x0000FFFF0000FFFF;
    return digits * (1 + (UINT64_C(10000) << 32)) >> 32;
}

/* Reads digits, eight at a time while eight bytes are there, behind those already in
 * *mantissa; it wraps when they are too many. */
static inline const char *read_digits(const char *p, const char *end,
                                      uint64_t *mantissa)
{
    uint64_t m = *mantissa;
    while (end - p >= 8) {
        uint64_t chunk;
        memcpy(&chunk, p, 8);
        chunk = le64toh(chunk) ^ 0x3030303030303030;
        /* The lowest byte that is no digit gets its top bit; those above may lie. */
        uint64_t others = ((chunk + 0x7676767676767676) | chunk) & 0x8080808080808080;
        if (others) {
            unsigned n = (unsigned)__builtin_ctzll(others) / 8;
            *mantissa = m * small_powers[n] + eight_digits(chunk << 8 << (56 - 8 * n));
            return p + n;
        }
        m = m * 100000000 + eight_digits(chunk);
        p += 8;
    }
    for (; p < end && flama_json__is_digit(*p); p++)
        m = m * 10 + (uint64_t)(*p - '0');
    *mantissa = m;
    return p;
}

/* w * 10^q as the bits of the nearest double; UINT64_MAX where 128 bits can't decide.
 * Lemire, "Number Parsing at a Gigabyte per Second", 2021, section 5. w is not 0. */
static uint64_t nearest_bits(uint64_t w, int64_t q)
{
    if (q < FLAMA_POWER_MIN)
        return 0;
    if (q > DBL_MAX_10_EXP)
        return (uint64_t)0x7FF << 52;
    int shift = __builtin_clzll(w);
    w <<= shift;
    const flama_power *power = flama_json__power((int)q);
    unsigned __int128 product = (unsigned __int128)w * power->high;
    if (((product >> 64) & 0x1FF) == 0x1FF)
        product += (unsigned __int128)w * power->low >> 64;
    uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
    if (low == UINT64_MAX && (q < -27 || q > FLAMA_POWER_EXACT))
        return UINT64_MAX;
    int top = (int)(high >> 63);
    uint64_t m = high >> (top + 9); /* 54 bits: one more than a double, for rounding */
    int64_t exponent = ((q * 217706) >> 16) + 64 + 1022 + top - shift;
    if (exponent <= 0) {
        if (exponent <= -63)
            return 0;
        m >>= 1 - exponent;
        return (m + (m & 1)) >>
               1; /* rounding up to the smallest normal fits as it is */
    }
    bool half = low <= 1 && q >= -4 && q <= 23 && (m & 3) == 1;
    if (half && m << (top + 9) == high)
        m &= ~(uint64_t)1;
    m = (m + (m & 1)) >> 1;
    if (m >> 53) {
        m >>= 1;
        exponent++;
    }
    if (exponent >= 0x7FF)
        return (uint64_t)0x7FF << 52;
    return (uint64_t)exponent << 52 | (m & (((uint64_t)1 << 52) - 1));
}

static double double_of(uint64_t bits)
{
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

/* Copies at most `room` digits without the leading zeros; returns how many there are,
 * and in *rest whether one left out is not zero. */
static size_t significant(const span *s, char *out, size_t room, bool *rest)
{
    size_t count = 0;
    *rest = false;
    for (const char *p = s->first; p < s->last; p++) {
        if (*p == '.' || (count == 0 && *p == '0'))
            continue;
        if (count < room)
            out[count] = *p;
        else
            *rest |= *p != '0';
        count++;
    }
    return count;
}

/* The C library's answer, for the few numbers that nothing quicker decides. */
__attribute__((cold)) static double read_slowly(const span *s)
{
    char text[SLOW_DIGITS + 32];
    bool rest;
    size_t count = significant(s, text, SLOW_DIGITS, &rest), kept = count;
    int64_t exponent = s->exponent;
    if (count > SLOW_DIGITS) {
        kept = SLOW_DIGITS;
        exponent += (int64_t)(count - kept);
        if (rest) {
            text[kept++] = '1';
            exponent--;
        }
    }
    text[kept++] = 'e';
    kept += flama_json__print_integer(text + kept, exponent);
    text[kept] = '\0';
    /* All-C locales are static objects: nothing is allocated here. */
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    double number = strtod_l(text, NULL, c);
    freelocale(c);
    return number;
}

/* Tries with the first 19 digits: what follows them is less than one more of the last.
 */
__attribute__((cold)) static double read_long(const span *s)
{
    char text[WORD_DIGITS];
    bool rest;
    uint64_t mantissa = 0;
    size_t count = significant(s, text, WORD_DIGITS, &rest);
    size_t kept = count < WORD_DIGITS ? count : WORD_DIGITS;
    if (count == 0)
        return 0.0;
    read_digits(text, text + kept, &mantissa);
    int64_t exponent = s->exponent + (int64_t)(count - kept);
    uint64_t bits = nearest_bits(mantissa, exponent);
    if (bits == UINT64_MAX || (rest && nearest_bits(mantissa + 1, exponent) != bits))
        return read_slowly(s);
    return double_of(bits);
}

/* mantissa * 10^s->exponent. */
static inline double magnitude(const span *s, uint64_t mantissa)
{
    static const double exact[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    int64_t exponent = s->exponent;
    /* Both factors exact, one rounding: Clinger, 1990. */
    if (FLT_EVAL_METHOD == 0 && mantissa <= (uint64_t)1 << 53 && exponent >= -22 &&
        exponent <= 22)
        return exponent < 0 ? (double)mantissa / exact[-exponent]
                            : (double)mantissa * exact[exponent];
    if (mantissa == 0)
        return 0.0;
    uint64_t bits = nearest_bits(mantissa, exponent);
    return bits == UINT64_MAX ? read_slowly(s) : double_of(bits);
}

/* Adds the exponent that stands behind an e to *exponent; NULL when there is none. */
static const char *read_exponent(const char *p, const char *end, int64_t *exponent)
{
    bool negative = p < end && *p == '-';
    int64_t value = 0;
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (p == end || !flama_json__is_digit(*p))
        return NULL;
    for (; p < end && flama_json__is_digit(*p); p++)
        if (value < EXPONENT_MAX)
            value = value * 10 + (*p - '0');
    *exponent += negative ? -value : value;
    return p;
}

/* Whether the digits without leading zeros fit a word; 0.00123... has many of those. */
static inline bool fits_word(const span *s, const char *point)
{
    if (s->last - s->first - (s->last > point) <= WORD_DIGITS)
        return true;
    if (*s->first != '0')
        return false;
    const char *p = point + 1;
    while (p < s->last && *p == '0')
        p++;
    return s->last - p <= WORD_DIGITS;
}

static void set_integer(flama_json_number *out, const span *s, uint64_t mantissa,
                        bool negative)
{
    bool fits = s->last - s->first <= WORD_DIGITS;
    if (fits && mantissa <= (uint64_t)INT64_MAX + negative) {
        out->kind = FLAMA_NUMBER_INTEGER;
        out->integer = (int64_t)(negative ? 0 - mantissa : mantissa);
        out->number = (double)out->integer;
    } else {
        double number = fits ? (double)mantissa : read_long(s);
        out->kind = FLAMA_NUMBER_HUGE;
        out->number = negative ? -number : number;
    }
}

const char *flama_json__read_number(const char *text, const char *end,
                                    flama_json_number *out)
{
    bool negative = text < end && *text == '-';
    const char *p = text + negative;
    if (p == end || !flama_json__is_digit(*p))
        return NULL;
    uint64_t mantissa = (uint64_t)(*p - '0');
    span s = {.first = p++};
    if (mantissa)
        while (p < end && flama_json__is_digit(*p))
            mantissa = mantissa * 10 + (uint64_t)(*p++ - '0');
    const char *point = p;
    if (end - p >= 2 && *p == '.' && flama_json__is_digit(p[1])) {
        p = read_digits(p + 1, end, &mantissa);
        s.exponent = point + 1 - p;
    }
    s.last = p;
    if (p < end && (*p | 0x20) == 'e') {
        const char *after = read_exponent(p + 1, end, &s.exponent);
        p = after ? after : p;
    }
    if (p == point) {
        set_integer(out, &s, mantissa, negative);
        return p;
    }
    double number = fits_word(&s, point) ? magnitude(&s, mantissa) : read_long(&s);
    out->kind = FLAMA_NUMBER_FLOAT;
    out->number = negative ? -number : number;
    return p;
}
