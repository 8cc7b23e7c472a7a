/* Characters as Python's str knows them: of the Python that the library was built with.
 * Any thread. */
#ifndef FLAMA_SKLEARN_UNICODE_H
#define FLAMA_SKLEARN_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of unicode_data.c, which unicode_make.py prints; for the functions below. */
extern const uint16_t flama_sk__unicode_places[];
extern const uint8_t flama_sk__unicode_blocks[][256];
extern const size_t flama_sk__unicode_lower_count;
extern const uint32_t flama_sk__unicode_lower[][2];
extern const size_t flama_sk__unicode_decomposed_count;
extern const uint32_t flama_sk__unicode_decomposed[][3];
extern const uint32_t flama_sk__unicode_parts[];

enum {
    FLAMA_SK_WORD = 1,      /* \w of a regular expression */
    FLAMA_SK_SPACE = 2,     /* \s, and what str.split splits at */
    FLAMA_SK_COMBINING = 4, /* a mark on the character before */
    FLAMA_SK_CASED = 8,
    FLAMA_SK_IGNORABLE = 16 /* skipped when looking for a cased one */
};

static inline unsigned flama_sk_unicode(uint32_t c)
{
    return flama_sk__unicode_blocks[flama_sk__unicode_places[c >> 8]][c & 0xFF];
}

/* Reads UTF-8, which must be valid, into `out` (as many as there are bytes at most):
 * the number of characters. */
size_t flama_sk_utf8_read(const char *text, size_t size, uint32_t *out);

/* Writes a character, 1 to 4 bytes: how many. */
size_t flama_sk_utf8_write(uint32_t c, char *out);

/* str.lower: n characters into `out`, which has room for 2 n; how many there are. */
size_t flama_sk_lower(const uint32_t *text, size_t n, uint32_t *out);

/* The compatibility decomposition of a character: at most FLAMA_SK_PARTS into `out`,
 * marks in the order of the tables; how many. */
#define FLAMA_SK_PARTS 18
size_t flama_sk_decompose(uint32_t c, uint32_t *out);

#endif
