/* HTTP's character classes, for the readers of heads and of chunked bodies. */
#ifndef FLAMA_HTTP_SYNTAX_H
#define FLAMA_HTTP_SYNTAX_H

#include <flama/base.h>

#include <stdbool.h>
#include <stddef.h>

/* A token's byte in lower case, 0 for a byte no token has (RFC 9110, 5.6.2). */
extern const unsigned char flama_http__token[256];

/* Flags of a byte. TARGET: it may stand in a request's target and means nothing there
 * but itself, which '?', '%' and '#' do. HOST: it may stand in a Host (RFC
 * 3986, 3.2.2). */
enum { FLAMA_HTTP_TARGET = 1, FLAMA_HTTP_HOST = 2 };
extern const unsigned char flama_http__class[256];

/* The value of a hexadecimal digit, or -1. */
static inline int flama_http__hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A byte that a field's value may have: no control byte but the tab. */
static inline bool flama_http__value_byte(char c)
{
    return ((unsigned char)c >= 0x20 && c != 0x7f) || c == '\t';
}

/* True for the name of a header that an answer may be given: a token, and none of those
 * by which the server frames the answer. */
bool flama_http__name_is_right(flama_string name);

/* True when every byte is one a field's value may have. */
bool flama_http__value_is_right(const char *text, size_t size);

#endif
