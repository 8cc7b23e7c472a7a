/* A member is a header of 512 bytes, its data, and zeros up to the next multiple of
 * 512. The header, as far as it matters here:
 *
 *     0    100  name, NUL-terminated unless it fills the field
 *     124   12  size: octal digits, then NUL or space; or, when the first bit is set, a
 *               big-endian number in the other bits (GNU)
 *     148    8  checksum: octal; the sum of all header bytes, these eight as spaces
 *     156    1  type: '0' or NUL a regular file, 'x' pax records for the next member,
 *               'L' a long name for the next member (GNU)
 *     257    6  "ustar\0" (POSIX) or "ustar " (GNU)
 *     345  155  prefix (POSIX): a folder to stand before name
 *
 * Pax records are "LENGTH KEY=VALUE\n", the length in decimal and of the whole record;
 * "path" and "size" stand for the header's. A block of zeros ends the archive. */
#include "flm/tar.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

enum {
    BLOCK = 512,
    NAME = 0,
    NAME_SIZE = 100,
    MODE = 100,
    UID = 108,
    GID = 116,
    SIZE = 124,
    MTIME = 136,
    CHECKSUM = 148,
    TYPE = 156,
    MAGIC = 257,
    PREFIX = 345,
    PREFIX_SIZE = 155,
    LONG = 1 << 20 /* the most that a long name or pax records may take */
};

/* What stands before a member and holds for it. */
typedef struct extension {
    flama_string path; /* data == NULL: none */
    uint64_t size;
    bool has_size;
} extension;

static bool parse_octal(const uint8_t *field, size_t length, uint64_t *out)
{
    size_t i = 0;
    uint64_t number = 0;
    while (i < length && field[i] == ' ')
        i++;
    size_t first = i;
    for (; i < length && field[i] >= '0' && field[i] <= '7'; i++)
        number = number << 3 | (unsigned)(field[i] - '0');
    *out = number;
    return i > first && (i == length || field[i] == 0 || field[i] == ' ');
}

static bool parse_size(const uint8_t *field, uint64_t *out)
{
    if ((field[0] & 0x80) == 0)
        return parse_octal(field, 12, out);
    uint64_t number = 0;
    for (size_t i = 0; i < 12; i++) {
        if (number >> 56)
            return false;
        number = number << 8 | (i ? field[i] : field[i] & 0x7Fu);
    }
    *out = number;
    return true;
}

static unsigned checksum(const uint8_t *header)
{
    unsigned sum = 8 * ' ';
    for (size_t i = 0; i < BLOCK; i++)
        if (i < CHECKSUM || i >= CHECKSUM + 8)
            sum += header[i];
    return sum;
}

static bool is_zero(const uint8_t *block)
{
    for (size_t i = 0; i < BLOCK; i++)
        if (block[i])
            return false;
    return true;
}

/* The header at tar->at, checked; 1, 0 at the end mark. */
static int read_header(const flama_tar *tar, uint64_t *size, flama_error *err)
{
    size_t left = tar->size - tar->at;
    if (left < BLOCK)
        return flama_error_set(err, FLAMA_EFORMAT,
                               "the tar breaks off at byte %zu without an end mark",
                               tar->size);
    const uint8_t *header = tar->data + tar->at;
    if (is_zero(header))
        return 0;
    uint64_t sum;
    if (!parse_octal(header + CHECKSUM, 8, &sum) || sum != checksum(header) ||
        memcmp(header + MAGIC, "ustar", 5) != 0)
        return flama_error_set(err, FLAMA_EFORMAT, "damaged tar header at byte %zu",
                               tar->at);
    if (!parse_size(header + SIZE, size))
        return flama_error_set(err, FLAMA_EFORMAT,
                               "the tar header at byte %zu has no valid size", tar->at);
    return 1;
}

/* The `size` bytes after the header at tar->at; moves beyond them. */
static int take_data(flama_tar *tar, uint64_t size, const uint8_t **out,
                     flama_error *err)
{
    size_t left = tar->size - tar->at - BLOCK;
    if (size > left)
        return flama_error_set(
            err, FLAMA_EFORMAT,
            "member %zu of the tar says %llu bytes at byte %zu, but only %zu are left",
            tar->number, (unsigned long long)size, tar->at + BLOCK, left);
    *out = tar->data + tar->at + BLOCK;
    size_t padding = (BLOCK - (size_t)size % BLOCK) % BLOCK;
    tar->at += BLOCK + (size_t)size + (padding < left - size ? padding : left - size);
    return 0;
}

static bool parse_decimal(flama_string text, uint64_t *out)
{
    uint64_t number = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned digit = (unsigned)(text.data[i] - '0');
        if (digit > 9 || __builtin_mul_overflow(number, 10u, &number) ||
            __builtin_add_overflow(number, digit, &number))
            return false;
    }
    *out = number;
    return text.size > 0;
}

static bool use_record(flama_string key, flama_string value, extension *ext)
{
    if (key.size == 4 && memcmp(key.data, "path", 4) == 0)
        ext->path = value;
    if (key.size == 4 && memcmp(key.data, "size", 4) == 0) {
        ext->has_size = true;
        return parse_decimal(value, &ext->size);
    }
    return key.size < 10 || memcmp(key.data, "GNU.sparse", 10) != 0;
}

static bool parse_pax(const char *text, size_t size, extension *ext)
{
    while (size) {
        const char *space = memchr(text, ' ', size < 20 ? size : 20);
        uint64_t length;
        if (space == NULL ||
            !parse_decimal((flama_string){text, (size_t)(space - text)}, &length) ||
            length > size || length < (size_t)(space - text) + 2 ||
            text[length - 1] != '\n')
            return false;
        const char *end = text + length - 1;
        const char *key = space + 1;
        const char *equals = memchr(key, '=', (size_t)(end - key));
        if (equals == NULL)
            return false;
        flama_string value = {equals + 1, (size_t)(end - equals - 1)};
        if (!use_record((flama_string){key, (size_t)(equals - key)}, value, ext))
            return false;
        text += length;
        size -= (size_t)length;
    }
    return true;
}

/* A header of type 'x' or 'L'. */
static int read_extension(flama_tar *tar, uint8_t type, uint64_t size, extension *ext,
                          flama_error *err)
{
    size_t at = tar->at;
    const uint8_t *data;
    if (size > LONG)
        return flama_error_set(err, FLAMA_EFORMAT,
                               "the tar header at byte %zu has too long a name", at);
    int rc = take_data(tar, size, &data, err);
    if (rc != 0)
        return rc;
    if (type == 'L')
        ext->path = (flama_string){(const char *)data,
                                   strnlen((const char *)data, (size_t)size)};
    else if (!parse_pax((const char *)data, (size_t)size, ext))
        return flama_error_set(err, FLAMA_EFORMAT, "bad pax header at byte %zu", at);
    return 0;
}

static const char *type_name(uint8_t type)
{
    switch (type) {
    case '1':
        return "a link";
    case '2':
        return "a symbolic link";
    case '3':
    case '4':
        return "a device";
    case '5':
        return "a folder";
    case '6':
        return "a pipe";
    default:
        return "of an unknown type";
    }
}

static int read_name(const flama_tar *tar, const uint8_t *header, const extension *ext,
                     flama_string *out, flama_error *err)
{
    *out = ext->path;
    if (out->data)
        return 0;
    const char *name = (const char *)header + NAME;
    size_t name_size = strnlen(name, NAME_SIZE);
    const char *prefix = (const char *)header + PREFIX;
    size_t prefix_size = strnlen(prefix, PREFIX_SIZE);
    *out = (flama_string){name, name_size};
    if (prefix_size == 0 || memcmp(header + MAGIC, "ustar", 6) != 0)
        return 0;
    char *whole = flama_arena_format(tar->arena, "%.*s/%.*s", (int)prefix_size, prefix,
                                     (int)name_size, name);
    if (whole == NULL)
        return flama_error__memory(err);
    *out = (flama_string){whole, strlen(whole)};
    return 0;
}

int flama_tar_next(flama_tar *tar, flama_tar_member *out, flama_error *err)
{
    extension ext = {0};
    tar->number++;
    for (;;) {
        uint64_t size = 0;
        int rc = read_header(tar, &size, err);
        if (rc <= 0)
            return rc;
        const uint8_t *header = tar->data + tar->at;
        uint8_t type = header[TYPE];
        if (type == 'x' || type == 'L') {
            rc = read_extension(tar, type, size, &ext, err);
            if (rc != 0)
                return rc;
            continue;
        }
        if (type != '0' && type != 0)
            return flama_error_set(
                err, FLAMA_EFORMAT,
                "member %zu of the tar is %s; only regular files belong there",
                tar->number, type_name(type));
        rc = read_name(tar, header, &ext, &out->name, err);
        if (rc == 0)
            rc = take_data(tar, ext.has_size ? ext.size : size, &out->data, err);
        out->size = (size_t)(ext.has_size ? ext.size : size);
        return rc == 0 ? 1 : rc;
    }
}

static int add_zeros(flama_buffer *out, size_t size)
{
    int rc = flama_buffer_reserve(out, size);
    if (rc == 0 && size) {
        memset(out->data + out->size, 0, size);
        out->size += size;
    }
    return rc;
}

static int add_header(flama_buffer *out, char type, flama_string name, size_t size)
{
    uint8_t header[BLOCK] = {0};
    memcpy(header + NAME, name.data, name.size < NAME_SIZE ? name.size : NAME_SIZE);
    memcpy(header + MODE, "0000644", 7);
    memcpy(header + UID, "0000000", 7);
    memcpy(header + GID, "0000000", 7);
    memcpy(header + MTIME, "00000000000", 11);
    header[TYPE] = (uint8_t)type;
    memcpy(header + MAGIC, "ustar\00000", 8);
    if (size >> 33 == 0) {
        snprintf((char *)header + SIZE, 12, "%011zo", size);
    } else {
        header[SIZE] = 0x80;
        for (size_t i = 0; i < 8; i++)
            header[SIZE + 4 + i] = (uint8_t)((uint64_t)size >> (56 - 8 * i));
    }
    snprintf((char *)header + CHECKSUM, 8, "%06o", checksum(header));
    header[CHECKSUM + 7] = ' ';
    return flama_buffer_append(out, header, BLOCK);
}

static int add_data(flama_buffer *out, const void *data, size_t size)
{
    int rc = flama_buffer_append(out, data, size);
    return rc ? rc : add_zeros(out, (BLOCK - size % BLOCK) % BLOCK);
}

static bool is_short_ascii(flama_string name)
{
    for (size_t i = 0; i < name.size; i++)
        if ((unsigned char)name.data[i] >= 0x80)
            return false;
    return name.size <= NAME_SIZE;
}

/* A record's length counts its own digits. */
static int add_path(flama_buffer *out, flama_string name)
{
    char start[32];
    size_t length = name.size + sizeof " path=\n" - 1;
    size_t digits = 1;
    for (size_t ten = 10; length + digits >= ten; ten *= 10)
        digits++;
    length += digits;
    int start_size = snprintf(start, sizeof start, "%zu path=", length);
    int rc = add_header(out, 'x', FLAMA_STRING("././@PaxHeader"), length);
    if (rc == 0)
        rc = flama_buffer_append(out, start, (size_t)start_size);
    if (rc == 0)
        rc = flama_buffer_append(out, name.data, name.size);
    if (rc == 0)
        rc = flama_buffer_append(out, "\n", 1);
    return rc ? rc : add_zeros(out, (BLOCK - length % BLOCK) % BLOCK);
}

int flama_tar_add(flama_buffer *out, flama_string name, const void *data, size_t size)
{
    int rc = is_short_ascii(name) ? 0 : add_path(out, name);
    if (rc == 0)
        rc = add_header(out, '0', name, size);
    return rc ? rc : add_data(out, data, size);
}

int flama_tar_end(flama_buffer *out)
{
    enum { RECORD = 20 * BLOCK };
    int rc = add_zeros(out, 2 * BLOCK);
    return rc ? rc : add_zeros(out, (RECORD - out->size % RECORD) % RECORD);
}
