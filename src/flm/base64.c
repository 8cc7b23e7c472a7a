#include "flm/base64.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Beyond the 64 values: bits that no value has. */
enum { SPACE = 0x80, OTHER = 0xC0, LINE = 76 };

typedef struct base64_table {
    uint8_t value[256];
} base64_table;

static base64_table make_table(void)
{
    base64_table table;
    for (int c = 0; c < 256; c++)
        table.value[c] = OTHER;
    for (const char *c = " \t\r\n"; *c; c++)
        table.value[(uint8_t)*c] = SPACE;
    for (uint8_t i = 0; i < 64; i++)
        table.value[(uint8_t)alphabet[i]] = i;
    return table;
}

/* Whole groups of four up to the first other character; returns the groups' end. */
static size_t decode_groups(const base64_table *table, uint8_t *text, size_t size,
                            size_t from, size_t *made)
{
    const uint8_t *value = table->value;
    uint8_t *out = text + *made;
    while (size - from >= 4) {
        unsigned a = value[text[from]], b = value[text[from + 1]],
                 c = value[text[from + 2]], d = value[text[from + 3]];
        if ((a | b | c | d) & SPACE)
            break;
        unsigned bits = a << 18 | b << 12 | c << 6 | d;
        *out++ = (uint8_t)(bits >> 16);
        *out++ = (uint8_t)(bits >> 8);
        *out++ = (uint8_t)bits;
        from += 4;
    }
    *made = (size_t)(out - text);
    return from;
}

/* The last group has `have` characters and then padding, from `at` on. */
static int decode_end(const base64_table *table, uint8_t *text, size_t size, size_t at,
                      unsigned have, unsigned bits, size_t *made, flama_error *err)
{
    unsigned padding = 0;
    for (size_t i = at; i < size; i++) {
        if (text[i] == '=')
            padding++;
        else if (table->value[text[i]] != SPACE)
            return flama_error_set(err, FLAMA_EFORMAT,
                                   "base64 goes on after its end at byte %zu", i);
    }
    if (have == 0 && padding == 0)
        return 0;
    if (have < 2 || have + padding != 4)
        return flama_error_set(err, FLAMA_EFORMAT,
                               "base64 ends in the middle of a group");
    bits <<= 6 * (4 - have);
    text[(*made)++] = (uint8_t)(bits >> 16);
    if (have == 3)
        text[(*made)++] = (uint8_t)(bits >> 8);
    return 0;
}

int flama_base64_decode(char *data, size_t size, size_t *out, flama_error *err)
{
    const base64_table table = make_table();
    uint8_t *text = (uint8_t *)data;
    size_t made = 0, at = 0;
    unsigned have = 0, bits = 0;
    for (;; at++) {
        if (have == 0)
            at = decode_groups(&table, text, size, at, &made);
        if (at == size || text[at] == '=')
            break;
        uint8_t value = table.value[text[at]];
        if (value == SPACE)
            continue;
        if (value == OTHER)
            return flama_error_set(err, FLAMA_EFORMAT,
                                   "byte 0x%02x at %zu is not base64", text[at], at);
        bits = bits << 6 | value;
        if (++have == 4) {
            text[made++] = (uint8_t)(bits >> 16);
            text[made++] = (uint8_t)(bits >> 8);
            text[made++] = (uint8_t)bits;
            have = bits = 0;
        }
    }
    int rc = decode_end(&table, text, size, at, have, bits, &made, err);
    *out = made;
    return rc;
}

static void encode_group(const uint8_t *in, size_t left, char *out)
{
    unsigned bits = (unsigned)in[0] << 16;
    if (left > 1)
        bits |= (unsigned)in[1] << 8;
    if (left > 2)
        bits |= in[2];
    out[0] = alphabet[bits >> 18];
    out[1] = alphabet[bits >> 12 & 63];
    out[2] = left > 1 ? alphabet[bits >> 6 & 63] : '=';
    out[3] = left > 2 ? alphabet[bits & 63] : '=';
}

int flama_base64_encode(const void *data, size_t size, flama_buffer *out)
{
    const uint8_t *in = data;
    for (size_t at = 0; at < size;) {
        char line[LINE + 1];
        size_t length = 0;
        for (; length < LINE && at < size; at += 3, length += 4)
            encode_group(in + at, size - at, line + length);
        line[length++] = '\n';
        int rc = flama_buffer_append(out, line, length);
        if (rc != 0)
            return rc;
    }
    return 0;
}
