#include "engine/sklearn/unicode.h"

size_t flama_sk_utf8_read(const char *text, size_t size, uint32_t *out)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t n = 0;
    for (size_t i = 0; i < size;) {
        unsigned char c = p[i];
        size_t length = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
        if (length > size - i)
            break;
        uint32_t code = length == 1 ? c : c & (0xFFu >> (length + 1));
        for (size_t k = 1; k < length; k++)
            code = code << 6 | (p[i + k] & 0x3Fu);
        out[n++] = code > 0x10FFFF ? 0xFFFD : code;
        i += length;
    }
    return n;
}

size_t flama_sk_utf8_write(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t k = length; k-- > 1; c >>= 6)
        out[k] = (char)(0x80 | (c & 0x3F));
    out[0] = (char)(0xF00u >> length | c);
    return length;
}

static uint32_t lower(uint32_t c)
{
    size_t from = 0, n = flama_sk__unicode_lower_count;
    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    while (n > 1) {
        size_t half = n / 2;
        if (flama_sk__unicode_lower[from + half][0] <= c) {
            from += half;
            n -= half;
        } else
            n = half;
    }
    const uint32_t *pair = flama_sk__unicode_lower[from];
    return pair[0] == c ? pair[1] : c;
}

enum {
    CAPITAL_SIGMA = 0x3A3,
    SMALL_SIGMA = 0x3C3,
    FINAL_SIGMA = 0x3C2,
    DOTTED_I = 0x130,
    DOT_ABOVE = 0x307
};

/* Whether a sigma ends a word: a cased character before it and none after. */
static bool ends_word(const uint32_t *text, size_t n, size_t i)
{
    size_t before = i, after = i + 1;
    while (before > 0 && flama_sk_unicode(text[before - 1]) & FLAMA_SK_IGNORABLE)
        before--;
    while (after < n && flama_sk_unicode(text[after]) & FLAMA_SK_IGNORABLE)
        after++;
    return before > 0 && flama_sk_unicode(text[before - 1]) & FLAMA_SK_CASED &&
           !(after < n && flama_sk_unicode(text[after]) & FLAMA_SK_CASED);
}

size_t flama_sk_lower(const uint32_t *text, size_t n, uint32_t *out)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] == CAPITAL_SIGMA)
            out[count++] = ends_word(text, n, i) ? FINAL_SIGMA : SMALL_SIGMA;
        else if (text[i] == DOTTED_I) {
            out[count++] = 'i';
            out[count++] = DOT_ABOVE;
        } else
            out[count++] = lower(text[i]);
    }
    return count;
}

/* Hangul syllables are made of parts by a rule (The Unicode Standard, 3.12). */
static size_t decompose_syllable(uint32_t c, uint32_t *out)
{
    uint32_t i = c - 0xAC00, trail = i % 28;
    out[0] = 0x1100 + i / 588;
    out[1] = 0x1161 + i % 588 / 28;
    out[2] = 0x11A7 + trail;
    return trail ? 3 : 2;
}

size_t flama_sk_decompose(uint32_t c, uint32_t *out)
{
    size_t from = 0, n = flama_sk__unicode_decomposed_count;
    if (c >= 0xAC00 && c < 0xD7A4)
        return decompose_syllable(c, out);
    while (n > 1) {
        size_t half = n / 2;
        if (flama_sk__unicode_decomposed[from + half][0] <= c) {
            from += half;
            n -= half;
        } else
            n = half;
    }
    const uint32_t *row = flama_sk__unicode_decomposed[from];
    out[0] = c;
    if (c < 0x80 || row[0] != c)
        return 1;
    for (uint32_t i = 0; i < row[2]; i++)
        out[i] = flama_sk__unicode_parts[row[1] + i];
    return row[2];
}
