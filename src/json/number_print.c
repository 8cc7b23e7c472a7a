#include "json/number.h"

#include <math.h>
#include <string.h>

#include "json/powers.h"

/* A positive number in decimal: digits * 10^exponent. */
typedef struct decimal {
    uint64_t digits;
    int exponent;
} decimal;

static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                            "25262728293031323334353637383940414243444546474849"
                            "50515253545556575859606162636465666768697071727374"
                            "75767778798081828384858687888990919293949596979899";

static inline unsigned count_digits(uint64_t n)
{
    static const uint64_t powers[] = {0,
                                      UINT64_C(10),
                                      UINT64_C(100),
                                      UINT64_C(1000),
                                      UINT64_C(10000),
                                      UINT64_C(100000),
                                      UINT64_C(1000000),
                                      UINT64_C(10000000),
                                      UINT64_C(100000000),
                                      UINT64_C(1000000000),
                                      UINT64_C(10000000000),
                                      UINT64_C(100000000000),
                                      UINT64_C(1000000000000),
                                      UINT64_C(10000000000000),
                                      UINT64_C(100000000000000),
                                      UINT64_C(1000000000000000),
                                      UINT64_C(10000000000000000),
                                      UINT64_C(100000000000000000),
                                      UINT64_C(1000000000000000000),
                                      UINT64_C(10000000000000000000)};
    unsigned bits = 64 - (unsigned)__builtin_clzll(n | 1);
    unsigned guess = bits * 1233 >> 12; /* bits * log10(2) */
    return guess + 1 - (n < powers[guess]);
}

/* Writes n into exactly `count` bytes. */
static inline void put_digits(char *out, uint64_t n, unsigned count)
{
    char *p = out + count;
    while (n >= 100) {
        p -= 2;
        memcpy(p, pairs + n % 100 * 2, 2);
        n /= 100;
    }
    if (n >= 10)
        memcpy(p - 2, pairs + n * 2, 2);
    else
        p[-1] = (char)('0' + n);
}

size_t flama_json__print_integer(char *out, int64_t integer)
{
    uint64_t n = (uint64_t)integer;
    size_t sign = integer < 0;
    if (sign) {
        *out = '-';
        n = 0 - n;
    }
    unsigned count = count_digits(n);
    put_digits(out + sign, n, count);
    return sign + count;
}

/* The top 64 bits of g * n / 2^64, with the last bit set when anything was cut off. */
static inline uint64_t round_to_odd(flama_power g, uint64_t n)
{
    unsigned __int128 product =
        (unsigned __int128)g.high * n + ((unsigned __int128)g.low * n >> 64);
    return (uint64_t)(product >> 64) | ((uint64_t)product > 1);
}

/* The shortest decimal that reads back as c * 2^q, of several the nearest. Giulietti,
 * "The Schubfach way to render doubles", 2020, sections 8 and 9. `even` lets the ends
 * of the rounding interval count as inside; `narrow` says that the double below is only
 * half as far away as the one above. */
static decimal shortest(uint64_t c, int q, bool even, bool narrow)
{
    int k = (q * 1262611 - (narrow ? 524031 : 0)) >> 22;
    int h = q + ((-k * 1741647) >> 19) + 1;
    flama_power g = *flama_json__power(-k);
    g.low += -k > FLAMA_POWER_EXACT;
    uint64_t below = round_to_odd(g, (4 * c - (narrow ? 1 : 2)) << h);
    uint64_t value = round_to_odd(g, 4 * c << h);
    uint64_t above = round_to_odd(g, (4 * c + 2) << h);
    below += !even;
    above -= !even;
    uint64_t s = value / 4;
    if (s >= 10) {
        uint64_t tens = s / 10;
        bool down = below <= 40 * tens, up = 40 * tens + 40 <= above;
        if (down != up)
            return (decimal){tens + up, k + 1};
    }
    bool down = below <= 4 * s, up = 4 * s + 4 <= above;
    if (down == up) {
        uint64_t middle = 4 * s + 2;
        up = value > middle || (value == middle && (s & 1));
    }
    return (decimal){s + up, k};
}

static inline decimal without_zeros(decimal d)
{
    if (d.digits % 100000000 == 0) {
        d.digits /= 100000000;
        d.exponent += 8;
    }
    if (d.digits % 10000 == 0) {
        d.digits /= 10000;
        d.exponent += 4;
    }
    if (d.digits % 100 == 0) {
        d.digits /= 100;
        d.exponent += 2;
    }
    if (d.digits % 10 == 0) {
        d.digits /= 10;
        d.exponent += 1;
    }
    return d;
}

static size_t put_scientific(char *out, decimal d, unsigned count)
{
    int exponent = d.exponent + (int)count - 1;
    put_digits(out + 1, d.digits, count);
    out[0] = out[1];
    size_t n = 1;
    if (count > 1) {
        out[1] = '.';
        n += count;
    }
    out[n++] = 'e';
    out[n++] = exponent < 0 ? '-' : '+';
    unsigned size = (unsigned)(exponent < 0 ? -exponent : exponent);
    if (size >= 100)
        out[n++] = (char)('0' + size / 100);
    memcpy(out + n, pairs + size % 100 * 2, 2);
    return n + 2;
}

/* The spelling of Python's repr: plain from 1e-4 to below 1e16. */
static size_t put_decimal(char *out, decimal d)
{
    unsigned count = count_digits(d.digits);
    int before = (int)count + d.exponent; /* digits before the point */
    if (before < -3 || before > 16)
        return put_scientific(out, d, count);
    if (before <= 0) {
        memcpy(out, "0.0000", 6);
        put_digits(out + 2 - before, d.digits, count);
        return 2 + (size_t)-before + count;
    }
    if (d.exponent >= 0) {
        put_digits(out, d.digits, count);
        memset(out + count, '0', (size_t)d.exponent);
        memcpy(out + before, ".0", 2);
        return (size_t)before + 2;
    }
    put_digits(out + 1, d.digits, count);
    memmove(out, out + 1, (size_t)before);
    out[before] = '.';
    return count + 1;
}

size_t flama_json_print_number(char *out, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    size_t sign = bits >> 63;
    *out = '-';
    out += sign;
    uint64_t fraction = bits & (((uint64_t)1 << 52) - 1);
    int exponent = (int)(bits >> 52 & 0x7FF);
    double size = fabs(number);
    if (size < 9007199254740992.0 && size == (double)(uint64_t)size) {
        unsigned count = count_digits((uint64_t)size);
        put_digits(out, (uint64_t)size, count);
        memcpy(out + count, ".0", 2);
        return sign + count + 2;
    }
    uint64_t c = exponent ? fraction | (uint64_t)1 << 52 : fraction;
    int q = (exponent ? exponent : 1) - 1075;
    decimal d = shortest(c, q, c % 2 == 0, fraction == 0 && exponent > 1);
    return sign + put_decimal(out, without_zeros(d));
}
