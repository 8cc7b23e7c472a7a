#include "http/syntax.h"

#include <stdint.h>
#include <string.h>

/* clang-format off */
const unsigned char flama_http__token[256] = {
    [0x20] = 0, '!', 0, '#', '$', '%', '&', '\'',
    [0x28] = 0, 0, '*', '+', 0, '-', '.', 0,
    [0x30] = '0', '1', '2', '3', '4', '5', '6', '7',
    [0x38] = '8', '9', 0, 0, 0, 0, 0, 0,
    [0x40] = 0, 'a', 'b', 'c', 'd', 'e', 'f', 'g',
    [0x48] = 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    [0x50] = 'p', 'q', 'r', 's', 't', 'u', 'v', 'w',
    [0x58] = 'x', 'y', 'z', 0, 0, 0, '^', '_',
    [0x60] = '`', 'a', 'b', 'c', 'd', 'e', 'f', 'g',
    [0x68] = 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    [0x70] = 'p', 'q', 'r', 's', 't', 'u', 'v', 'w',
    [0x78] = 'x', 'y', 'z', 0, '|', 0, '~', 0,
};

/* Which bytes a target and a Host may have, as flags. */
#define T FLAMA_HTTP_TARGET
#define H FLAMA_HTTP_HOST | T
const unsigned char flama_http__class[256] = {
    [0x20] = 0, H, T, 0, H, FLAMA_HTTP_HOST, H, H,
    [0x28] = H, H, H, H, H, H, H, T,
    [0x30] = H, H, H, H, H, H, H, H,
    [0x38] = H, H, H, H, T, H, T, 0,
    [0x40] = T, H, H, H, H, H, H, H,
    [0x48] = H, H, H, H, H, H, H, H,
    [0x50] = H, H, H, H, H, H, H, H,
    [0x58] = H, H, H, H, T, H, T, H,
    [0x60] = T, H, H, H, H, H, H, H,
    [0x68] = H, H, H, H, H, H, H, H,
    [0x70] = H, H, H, H, H, H, H, H,
    [0x78] = H, H, H, T, T, T, H, 0,
};
/* clang-format on */

/* True when one of eight bytes is below 0x20 or is 0x7f. */
static bool has_control(const char *text)
{
    uint64_t word;
    memcpy(&word, text, sizeof word);
    const uint64_t ones = 0x0101010101010101u;
    uint64_t del = word ^ (ones * 0x7f);
    return (((word - ones * 0x20) & ~word & (ones * 0x80)) |
            ((del - ones) & ~del & (ones * 0x80))) != 0;
}

static bool each_is_right(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!flama_http__value_byte(text[i]))
            return false;
    return true;
}

/* Eight bytes a step, the last ones overlapping; a tab sends it the slow way. */
bool flama_http__value_is_right(const char *text, size_t size)
{
    if (size < 8)
        return each_is_right(text, size);
    bool control = has_control(text + size - 8);
    for (size_t i = 0; i + 8 < size; i += 8)
        control |= has_control(text + i);
    return !control || each_is_right(text, size);
}

bool flama_http__name_is_right(flama_string name)
{
    static const char *const framing[] = {"content-length", "transfer-encoding",
                                          "connection"};
    for (size_t i = 0; i < name.size; i++)
        if (!flama_http__token[(unsigned char)name.data[i]])
            return false;
    for (size_t i = 0; i < sizeof framing / sizeof *framing; i++)
        if (strlen(framing[i]) == name.size &&
            strncasecmp(framing[i], name.data, name.size) == 0)
            return false;
    return name.size > 0;
}
