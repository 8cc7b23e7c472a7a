#include "engine/sklearn/random.h"

#include <math.h>

enum { WORDS = FLAMA_SK_RANDOM_WORDS, MIDDLE = 397 };

void flama_sk_random_seed(flama_sk_random *r, uint32_t seed)
{
    r->words[0] = seed;
    for (uint32_t i = 1; i < WORDS; i++)
        r->words[i] = 1812433253U * (r->words[i - 1] ^ (r->words[i - 1] >> 30)) + i;
    r->next = WORDS;
}

static void refill(flama_sk_random *r)
{
    for (size_t i = 0; i < WORDS; i++) {
        uint32_t bits =
            (r->words[i] & 0x80000000U) | (r->words[(i + 1) % WORDS] & 0x7fffffffU);
        r->words[i] =
            r->words[(i + MIDDLE) % WORDS] ^ (bits >> 1) ^ (bits % 2 ? 0x9908b0dfU : 0);
    }
    r->next = 0;
}

static uint32_t draw(flama_sk_random *r)
{
    if (r->next == WORDS)
        refill(r);
    uint32_t y = r->words[r->next++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680U;
    y ^= (y << 15) & 0xefc60000U;
    return y ^ (y >> 18);
}

/* In [0, 1), 53 bits of it. */
static double draw_share(flama_sk_random *r)
{
    double high = draw(r) >> 5, low = draw(r) >> 6;
    return (high * 67108864 + low) / 9007199254740992;
}

uint32_t flama_sk_random_index(flama_sk_random *r, uint32_t count)
{
    uint32_t mask = count - 1, index = 0;
    for (int shift = 1; shift < 32; shift *= 2)
        mask |= mask >> shift;
    if (mask)
        do
            index = draw(r) & mask;
        while (index >= count);
    return index;
}

/* binomial(1, p): the inversion of its distribution, for the rarer of both outcomes. */
static bool draw_flip(flama_sk_random *r, double p)
{
    double rare = p > 0.5 ? 1 - p : p, common = exp(log1p(-rare)), share;
    if (p == 0)
        return false;
    do
        share = draw_share(r);
    while (share - common > rare * common / (1 - rare));
    return (share > common) == (p <= 0.5);
}

size_t flama_sk_random_choice(flama_sk_random *r, const double *shares, size_t count)
{
    double left = 1;
    for (size_t i = 0; i + 1 < count; i++) {
        if (draw_flip(r, shares[i] / left))
            return i;
        left -= shares[i];
    }
    return count - 1;
}
