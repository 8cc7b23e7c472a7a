/* Writes the table of powers.h as C source to standard output. Runs on the machine that
 * builds. A power of ten and the power of five of the same exponent differ by a factor
 * of two to some power, so only powers of five are computed: 5^n as a long number, its
 * top 128 bits for the positive exponents, 2^b / 5^n for the negative ones. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "json/powers.h"

enum { LIMBS = 26 }; /* 832 bits: 5^342 has 795, and one more for a remainder */

typedef struct big {
    uint32_t limb[LIMBS]; /* least significant first */
} big;

static void multiply(big *b, uint32_t factor)
{
    uint64_t carry = 0;
    for (int i = 0; i < LIMBS; i++) {
        carry += (uint64_t)b->limb[i] * factor;
        b->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

static bool subtract_if_not_less(big *a, const big *b)
{
    big difference;
    int64_t borrow = 0;
    for (int i = 0; i < LIMBS; i++) {
        borrow += (int64_t)a->limb[i] - b->limb[i];
        difference.limb[i] = (uint32_t)borrow;
        borrow >>= 32;
    }
    if (borrow < 0)
        return false;
    *a = difference;
    return true;
}

static int bit_of(const big *b, int index)
{
    return index < 0 ? 0 : (int)(b->limb[index / 32] >> (index % 32) & 1);
}

static int bit_length(const big *b)
{
    int n = LIMBS * 32;
    while (n > 0 && !bit_of(b, n - 1))
        n--;
    return n;
}

static void push_bit(flama_power *power, int bit)
{
    power->high = power->high << 1 | power->low >> 63;
    power->low = power->low << 1 | (uint64_t)bit;
}

static flama_power top_bits(const big *five)
{
    flama_power power = {0, 0};
    int length = bit_length(five);
    for (int i = 1; i <= 128; i++)
        push_bit(&power, bit_of(five, length - i));
    return power;
}

/* Long division, bit by bit; never exact, so rounding up adds one. */
static flama_power reciprocal(const big *five)
{
    flama_power power = {0, 0};
    int length = bit_length(five);
    big rest = {{0}};
    rest.limb[length / 32] = (uint32_t)1 << (length % 32);
    for (int i = 0; i < 128; i++) {
        push_bit(&power, subtract_if_not_less(&rest, five));
        multiply(&rest, 2);
    }
    power.high += ++power.low == 0;
    return power;
}

int main(void)
{
    static flama_power table[FLAMA_POWER_MAX - FLAMA_POWER_MIN + 1];
    big five = {{1}};
    for (int n = 0; n <= -FLAMA_POWER_MIN; n++, multiply(&five, 5)) {
        if (n <= FLAMA_POWER_MAX)
            table[n - FLAMA_POWER_MIN] = top_bits(&five);
        if (n > 0)
            table[-n - FLAMA_POWER_MIN] = reciprocal(&five);
    }
    printf(
        "#include \"json/powers.h\"\n\nconst flama_power flama_json__powers[] = {\n");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        printf("    {0x%016llx, 0x%016llx},\n", (unsigned long long)table[i].high,
               (unsigned long long)table[i].low);
    printf("};\n");
    return ferror(stdout) != 0;
}
