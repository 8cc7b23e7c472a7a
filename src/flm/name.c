#include "flm/name.h"

#include <string.h>

#include "json/utf8.h"

static bool is_utf8(flama_string text)
{
    const char *end = text.data + text.size;
    for (const char *p = text.data; p < end;) {
        size_t length = flama_utf8__length(p, end);
        if (length == 0)
            return false;
        p += length;
    }
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
