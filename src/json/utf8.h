/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing over U+10FFFF. */
#ifndef FLAMA_JSON_UTF8_H
#define FLAMA_JSON_UTF8_H

#include <endian.h>
#include <string.h>

#include <flama/base.h>

/* The length of the valid sequence that starts at p < end, or 0. */
static inline size_t flama_utf8__length(const char *text, const char *end)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t left = (size_t)(end - text);
    if (p[0] < 0x80)
        return 1;
    if (p[0] < 0xC2 || p[0] > 0xF4)
        return 0;
    size_t length = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    if (left < length)
        return 0;
    unsigned char least = p[0] == 0xE0 ? 0xA0 : p[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char most = p[0] == 0xED ? 0x9F : p[0] == 0xF4 ? 0x8F : 0xBF;
    if (p[1] < least || p[1] > most)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

/* How many bytes from p on a JSON string holds as they are: ASCII without quote,
 * backslash and controls. */
static inline size_t flama_utf8__plain(const char *text, const char *end)
{
    const uint64_t ones = 0x0101010101010101, tops = ones << 7;
    const char *p = text;
    for (; end - p >= 8; p += 8) {
        uint64_t chunk;
        memcpy(&chunk, p, 8);
        chunk = le64toh(chunk);
        uint64_t quote = chunk ^ ones * '"', slash = chunk ^ ones * '\\';
        /* A byte that is over 0x7F or less than what is subtracted gets its top bit;
         * those above it may lie. */
        uint64_t others =
            (chunk | (chunk - ones * ' ') | (quote - ones) | (slash - ones)) & tops;
        if (others)
            return (size_t)(p - text) + (size_t)__builtin_ctzll(others) / 8;
    }
    while (p < end && (unsigned char)(*p - ' ') < 0x60 && *p != '"' && *p != '\\')
        p++;
    return (size_t)(p - text);
}

#endif
