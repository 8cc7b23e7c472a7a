#include "flm/name.h"

#include <string.h>

/* The length of the UTF-8 sequence at s, or 0 (Unicode 15, table 3-7). */
static size_t sequence(const unsigned char *s, size_t left)
{
    if (s[0] < 0x80)
        return 1;
    size_t length = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    if (s[0] < 0xC2 || s[0] > 0xF4 || length > left)
        return 0;
    unsigned char low = s[0] == 0xE0 ? 0xA0 : s[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char high = s[0] == 0xED ? 0x9F : s[0] == 0xF4 ? 0x8F : 0xBF;
    if (s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

static bool is_utf8(flama_string text)
{
    const unsigned char *s = (const unsigned char *)text.data;
    for (size_t i = 0, length; i < text.size; i += length)
        if ((length = sequence(s + i, text.size - i)) == 0)
            return false;
    return true;
}

static const char *part_fault(const char *part, size_t size)
{
    if (size == 0)
        return "has an empty part";
    if (size == 1 && part[0] == '.')
        return "has a part \".\"";
    if (size == 2 && memcmp(part, "..", 2) == 0)
        return "has a part \"..\"";
    return NULL;
}

const char *flama_name_fault(flama_string name)
{
    if (name.size == 0)
        return "is empty";
    if (name.size > FLAMA_NAME_MAXIMUM)
        return "is too long";
    for (size_t i = 0; i < name.size; i++)
        if ((unsigned char)name.data[i] < 0x20 || name.data[i] == 0x7F)
            return "has a control character";
    if (memchr(name.data, '\\', name.size))
        return "has a backslash";
    if (!is_utf8(name))
        return "is not UTF-8";
    if (name.data[0] == '/')
        return "is an absolute path";
    const char *end = name.data + name.size;
    for (const char *part = name.data; part;) {
        const char *slash = memchr(part, '/', (size_t)(end - part));
        const char *fault = part_fault(part, (size_t)((slash ? slash : end) - part));
        if (fault)
            return fault;
        part = slash ? slash + 1 : NULL;
    }
    return NULL;
}
