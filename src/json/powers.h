/* Powers of ten in 128 bits, for reading and printing numbers. The table is made by
 * powers_make.c when the library is built; constant, any thread.
 *
 * 10^k lies between 0 and 2^128 times a power of two that puts the top bit into
 * `high`. From 0 to FLAMA_POWER_EXACT the value is exact, above it is rounded down,
 * below 0 it is rounded up: what Lemire's reader needs. Schubfach wants it rounded up
 * everywhere, which is one more in `low` above FLAMA_POWER_EXACT. */
#ifndef FLAMA_JSON_POWERS_H
#define FLAMA_JSON_POWERS_H

#include <stdint.h>

enum { FLAMA_POWER_MIN = -342, FLAMA_POWER_MAX = 324, FLAMA_POWER_EXACT = 55 };

typedef struct flama_power {
    uint64_t high, low;
} flama_power;

extern const flama_power flama_json__powers[FLAMA_POWER_MAX - FLAMA_POWER_MIN + 1];

static inline const flama_power *flama_json__power(int k)
{
    return &flama_json__powers[k - FLAMA_POWER_MIN];
}

#endif
