#include "http/syntax.h"

#include <stdint.h>
#include <string.h>

/* clang-format off */
const unsigned char flama_http__token[256] = {
    [0x20] = 0, '!', 0, '#', '$', '%', '&', '\'', 0, 0, '*', '+', 0, '-', '.', 0,
    [0x30] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 0, 0, 0, 0, 0, 0,
    [0x40] = 0, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    [0x50] = 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 0, 0, 0, '^', '_',
    [0x60] = '`', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    [0x70] = 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 0, '|', 0, '~', 0,
};
/* clang-format on */

/* Eight bytes a step: true when one of them is below 0x20 or is 0x7f. */
static bool has_control(const char *text)
{
    uint64_t word;
    memcpy(&word, text, sizeof word);
    const uint64_t ones = 0x0101010101010101u;
    uint64_t low = (word - ones * 0x20) & ~word;
    uint64_t del = word ^ (ones * 0x7f);
    return ((low | ((del - ones) & ~del)) & (ones * 0x80)) != 0;
}

bool flama_http__value_is_right(const char *text, size_t size)
{
    size_t i = 0;
    while (i < size) {
        if (size - i >= 8 && !has_control(text + i)) {
            i += 8;
            continue;
        }
        size_t stop = size - i < 8 ? size : i + 8;
        for (; i < stop; i++)
            if (!flama_http__value_byte(text[i]))
                return false;
    }
    return true;
}
