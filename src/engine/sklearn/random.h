/* Random numbers as numpy.random.RandomState draws them. One thread a generator. */
#ifndef FLAMA_SKLEARN_RANDOM_H
#define FLAMA_SKLEARN_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The Mersenne Twister (M. Matsumoto, T. Nishimura, 1998: MT19937). */
enum { FLAMA_SK_RANDOM_WORDS = 624 };

typedef struct flama_sk_random {
    uint32_t words[FLAMA_SK_RANDOM_WORDS];
    size_t next; /* the word to draw */
} flama_sk_random;

/* As RandomState(seed). */
void flama_sk_random_seed(flama_sk_random *r, uint32_t seed);

/* As randint(count), count > 0: each index below it is as likely. */
uint32_t flama_sk_random_index(flama_sk_random *r, uint32_t count);

/* The index that multinomial(1, shares) marks. Shares of 0 to 1, count > 0. */
size_t flama_sk_random_choice(flama_sk_random *r, const double *shares, size_t count);

#endif
