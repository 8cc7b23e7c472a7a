/* A zip archive is read from its end. Numbers are little-endian.
 *
 * End of central directory, the last 22 bytes and a comment:
 *     0    4  "PK\5\6"
 *     4    2  this disk (0)
 *     6    2  disk of the directory (0)
 *     8    2  entries on this disk
 *     10   2  entries
 *     12   4  bytes of the directory
 *     16   4  offset of the directory
 *     20   2  bytes of the comment
 * When one of the last numbers is all ones, a zip64 locator of 20 bytes stands before
 * it: 0    4  "PK\6\7" 4    4  disk (0) 8    8  offset of the zip64 end record 16   4
 * disks (1; 0 is seen, too) and there: 0    4  "PK\6\6" 4    8  bytes that follow 16 4
 * this disk (0) 20   4  disk of the directory (0) 24   8  entries on this disk 32   8
 * entries 40   8  bytes of the directory 48   8  offset of the directory
 *
 * An entry of the directory:
 *     0    4  "PK\1\2"
 *     8    2  flags: bits 0, 6, 13 encrypted, bit 5 a patch
 *     10   2  method: 0 stored, 8 deflated
 *     16   4  CRC-32
 *     20   4  packed size
 *     24   4  size
 *     28   2  bytes of the name, 30 2 of the extra field, 32 2 of the comment
 *     34   2  disk (0)
 *     42   4  offset of the local header
 *     46      name, extra field, comment
 * Extra field 1 holds 8-byte numbers for those of size, packed size and offset that are
 * all ones. The local header has 30 bytes, "PK\3\4", flags at 6, method at 8, lengths
 * of its name and extra field at 26 and 28; the data follow them. The directory is
 * believed, and the local header must not contradict it. */
#include "flm/zip.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/error.h"
#include "flm/codec.h"
#include "flm/name.h"

enum {
    END = 22,
    LOCATOR = 20,
    END64 = 56,
    ENTRY = 46,
    LOCAL = 30,
    COMMENT_MAXIMUM = 0xFFFF,
    ENTRY_MAXIMUM = 1 << 20,
    ENCRYPTED = 1 << 0,
    PATCH = 1 << 5,
    STRONG = 1 << 6,
    MASKED = 1 << 13,
    DEFLATED = 8,
    RATIO = 1032 /* deflate packs no better (zlib technical notes) */
};

/* Where the directory is. */
typedef struct directory {
    uint64_t count;
    uint64_t count_here;
    uint64_t size;
    uint64_t at;
    uint64_t end;   /* offset of the record that follows it */
    uint32_t disks; /* all disk numbers, or-ed */
} directory;

/* What a directory entry says, before it is checked. */
typedef struct claim {
    unsigned flags;
    unsigned method;
    uint32_t crc;
    uint64_t packed;
    uint64_t size;
    uint64_t header;
    unsigned disk;
    flama_string name;
    const uint8_t *extra;
    size_t extra_size;
} claim;

static unsigned read_u16(const uint8_t *p)
{
    return (unsigned)p[0] | (unsigned)p[1] << 8;
}

static uint32_t read_u32(const uint8_t *p)
{
    return read_u16(p) | (uint32_t)read_u16(p + 2) << 16;
}

static uint64_t read_u64(const uint8_t *p)
{
    return read_u32(p) | (uint64_t)read_u32(p + 4) << 32;
}

static bool is_at(const flama_zip *zip, uint64_t at, size_t length, const char *magic)
{
    return at <= zip->size && length <= zip->size - at &&
           memcmp(zip->data + at, magic, 4) == 0;
}

/* The end record, whose comment reaches to the archive's last byte. */
static bool find_end(const flama_zip *zip, size_t *out)
{
    if (zip->size < END)
        return false;
    size_t last = zip->size - END;
    size_t first = last > COMMENT_MAXIMUM ? last - COMMENT_MAXIMUM : 0;
    for (size_t at = last + 1; at-- > first;) {
        if (is_at(zip, at, END, "PK\5\6") &&
            read_u16(zip->data + at + 20) == last - at) {
            *out = at;
            return true;
        }
    }
    return false;
}

static int read_end64(const flama_zip *zip, size_t locator, directory *dir,
                      flama_error *err)
{
    const uint8_t *p = zip->data + locator;
    uint64_t at = read_u64(p + 8);
    if (at > locator || !is_at(zip, at, END64, "PK\6\6") ||
        read_u64(zip->data + at + 4) != locator - at - 12)
        return flama_error_set(err, FLAMA_EFORMAT,
                               "the zip64 locator at byte %zu points to no end record",
                               locator);
    dir->disks = read_u32(p + 4) | (read_u32(p + 16) > 1);
    p = zip->data + at;
    dir->disks |= read_u32(p + 16) | read_u32(p + 20);
    dir->count_here = read_u64(p + 24);
    dir->count = read_u64(p + 32);
    dir->size = read_u64(p + 40);
    dir->at = read_u64(p + 48);
    dir->end = at;
    return 0;
}

static int find_directory(const flama_zip *zip, directory *dir, flama_error *err)
{
    size_t at;
    if (!find_end(zip, &at))
        return flama_error_set(err, FLAMA_EFORMAT,
                               "no zip archive, or one that breaks off: it has no end "
                               "record");
    const uint8_t *p = zip->data + at;
    *dir = (directory){.disks = read_u16(p + 4) | read_u16(p + 6),
                       .count_here = read_u16(p + 8),
                       .count = read_u16(p + 10),
                       .size = read_u32(p + 12),
                       .at = read_u32(p + 16),
                       .end = at};
    bool big =
        dir->count == UINT16_MAX || dir->size == UINT32_MAX || dir->at == UINT32_MAX;
    if (at >= LOCATOR && is_at(zip, at - LOCATOR, LOCATOR, "PK\6\7"))
        return read_end64(zip, at - LOCATOR, dir, err);
    if (big)
        return flama_error_set(err, FLAMA_EFORMAT, "the zip64 end record is missing");
    return 0;
}

static int check_directory(const directory *dir, flama_error *err)
{
    if (dir->disks || dir->count_here != dir->count)
        return flama_error_set(err, FLAMA_EUNSUPPORTED,
                               "the zip is one of several disks");
    if (dir->at > dir->end || dir->size != dir->end - dir->at)
        return flama_error_set(
            err, FLAMA_EFORMAT,
            "the zip's directory says %llu bytes at byte %llu, but ends at byte %llu",
            (unsigned long long)dir->size, (unsigned long long)dir->at,
            (unsigned long long)dir->end);
    if (dir->count > dir->size / ENTRY)
        return flama_error_set(err, FLAMA_EFORMAT,
                               "%llu entries don't fit into the zip's directory",
                               (unsigned long long)dir->count);
    if (dir->count > ENTRY_MAXIMUM)
        return flama_error_set(err, FLAMA_ELIMIT, "the zip has over %d members",
                               (int)ENTRY_MAXIMUM);
    return 0;
}

/* Replaces a number that is all ones by the next one of the zip64 field. */
static bool widen(uint64_t *number, const uint8_t **field, size_t *left)
{
    if (*number != UINT32_MAX)
        return true;
    if (*left < 8)
        return false;
    *number = read_u64(*field);
    *field += 8;
    *left -= 8;
    return true;
}

static bool read_extra(claim *c)
{
    const uint8_t *p = c->extra;
    size_t left = c->extra_size;
    while (left >= 4) {
        unsigned id = read_u16(p);
        size_t length = read_u16(p + 2);
        p += 4;
        left -= 4;
        if (length > left)
            break;
        if (id == 1)
            return widen(&c->size, &p, &length) && widen(&c->packed, &p, &length) &&
                   widen(&c->header, &p, &length);
        p += length;
        left -= length;
    }
    return c->size != UINT32_MAX && c->packed != UINT32_MAX && c->header != UINT32_MAX;
}

/* The entry at *at, which moves behind it. */
static int read_claim(const flama_zip *zip, const directory *dir, size_t *at, claim *c,
                      flama_error *err)
{
    size_t left = (size_t)dir->end - *at;
    const uint8_t *p = zip->data + *at;
    size_t name = 0, extra = 0, comment = 0;
    if (left >= ENTRY) {
        name = read_u16(p + 28);
        extra = read_u16(p + 30);
        comment = read_u16(p + 32);
    }
    if (left < ENTRY || memcmp(p, "PK\1\2", 4) != 0 ||
        name + extra + comment > left - ENTRY)
        return flama_error_set(err, FLAMA_EFORMAT, "damaged zip directory at byte %zu",
                               *at);
    *c = (claim){.flags = read_u16(p + 8),
                 .method = read_u16(p + 10),
                 .crc = read_u32(p + 16),
                 .packed = read_u32(p + 20),
                 .size = read_u32(p + 24),
                 .disk = read_u16(p + 34),
                 .header = read_u32(p + 42),
                 .name = {(const char *)p + ENTRY, name},
                 .extra = p + ENTRY + name,
                 .extra_size = extra};
    if (!read_extra(c))
        return flama_error_set(err, FLAMA_EFORMAT,
                               "the zip entry at byte %zu lacks its zip64 sizes", *at);
    *at += ENTRY + name + extra + comment;
    return 0;
}

static int check_claim(const claim *c, size_t number, flama_error *err)
{
    const char *fault = flama_name_fault(c->name);
    if (fault)
        return flama_error_set(err, FLAMA_EFORMAT, "the name of zip member %zu %s",
                               number, fault);
    int length = (int)c->name.size;
    const char *name = c->name.data;
    if (c->flags & (ENCRYPTED | STRONG | MASKED))
        return flama_error_set(err, FLAMA_EUNSUPPORTED, "'%.*s' is encrypted", length,
                               name);
    if (c->disk)
        return flama_error_set(err, FLAMA_EUNSUPPORTED, "'%.*s' is on another disk",
                               length, name);
    if ((c->method != 0 && c->method != DEFLATED) || c->flags & PATCH)
        return flama_error_set(err, FLAMA_EUNSUPPORTED,
                               "'%.*s' is compressed by the unknown method %u", length,
                               name, c->method);
    if (c->method == 0 && c->size != c->packed)
        return flama_error_set(err, FLAMA_EFORMAT,
                               "'%.*s' is stored, but its two sizes differ", length,
                               name);
    if (c->size / RATIO > c->packed)
        return flama_error_set(err, FLAMA_EFORMAT,
                               "'%.*s' says it unpacks from %llu to %llu bytes, more "
                               "than deflate can",
                               length, name, (unsigned long long)c->packed,
                               (unsigned long long)c->size);
    return 0;
}

/* The local header agrees with the claim, and the data end before the directory. */
static int locate(const flama_zip *zip, const directory *dir, const claim *c,
                  flama_zip_entry *out, flama_error *err)
{
    const uint8_t *p = NULL;
    uint64_t at = 0, end = dir->at;
    if (c->header <= end && end - c->header >= LOCAL) {
        p = zip->data + c->header;
        at = c->header + LOCAL + c->name.size + read_u16(p + 28);
    }
    bool there = p && at <= end && memcmp(p, "PK\3\4", 4) == 0 &&
                 read_u16(p + 8) == c->method &&
                 ((read_u16(p + 6) ^ c->flags) & (ENCRYPTED | STRONG | MASKED)) == 0 &&
                 read_u16(p + 26) == c->name.size &&
                 memcmp(p + LOCAL, c->name.data, c->name.size) == 0;
    if (!there)
        return flama_error_set(
            err, FLAMA_EFORMAT, "'%.*s' has no such local header at byte %llu",
            (int)c->name.size, c->name.data, (unsigned long long)c->header);
    if (c->packed > end - at)
        return flama_error_set(
            err, FLAMA_EFORMAT,
            "'%.*s' says %llu bytes at byte %llu, but only %llu are left",
            (int)c->name.size, c->name.data, (unsigned long long)c->packed,
            (unsigned long long)at, (unsigned long long)(end - at));
    *out = (flama_zip_entry){.name = c->name,
                             .at = (size_t)at,
                             .packed = (size_t)c->packed,
                             .size = (size_t)c->size,
                             .crc = c->crc,
                             .deflated = c->method == DEFLATED,
                             .header = (size_t)c->header};
    return 0;
}

static bool is_folder(const claim *c)
{
    return c->name.size && c->name.data[c->name.size - 1] == '/' && c->size == 0 &&
           c->packed == 0;
}

static int add_entry(flama_zip *zip, const directory *dir, const claim *c,
                     size_t number, flama_error *err)
{
    flama_zip_entry *entry = &zip->entries[zip->count];
    int rc = check_claim(c, number, err);
    if (rc == 0)
        rc = locate(zip, dir, c, entry, err);
    if (rc != 0)
        return rc;
    void *there = NULL;
    if (flama_map_put(&zip->names, entry->name, entry, &there) != 0)
        return flama_error__memory(err);
    if (there && there != entry)
        return flama_error_set(err, FLAMA_EFORMAT, "the zip has two members '%.*s'",
                               (int)c->name.size, c->name.data);
    zip->count++;
    return 0;
}

static int read_entries(flama_zip *zip, const directory *dir, flama_error *err)
{
    zip->entries =
        flama_arena_calloc(zip->arena, (size_t)dir->count, sizeof *zip->entries);
    if (zip->entries == NULL)
        return flama_error__memory(err);
    size_t at = (size_t)dir->at;
    for (size_t i = 0; i < dir->count; i++) {
        claim c = {0};
        int rc = read_claim(zip, dir, &at, &c, err);
        if (rc == 0 && !is_folder(&c))
            rc = add_entry(zip, dir, &c, i + 1, err);
        if (rc != 0)
            return rc;
    }
    if (at != dir->end)
        return flama_error_set(err, FLAMA_EFORMAT,
                               "the zip's entries end at byte %zu, its directory at "
                               "byte %zu",
                               at, (size_t)dir->end);
    return 0;
}

static int by_header(const void *a, const void *b)
{
    const flama_zip_entry *x = *(const flama_zip_entry *const *)a;
    const flama_zip_entry *y = *(const flama_zip_entry *const *)b;
    return (x->header > y->header) - (x->header < y->header);
}

/* Members that share bytes make an archive whose contents are far larger than itself.
 */
static int check_overlaps(const flama_zip *zip, flama_error *err)
{
    const flama_zip_entry **sorted =
        flama_arena_calloc(zip->arena, zip->count, sizeof *sorted);
    if (sorted == NULL)
        return flama_error__memory(err);
    for (size_t i = 0; i < zip->count; i++)
        sorted[i] = &zip->entries[i];
    if (zip->count)
        qsort(sorted, zip->count, sizeof *sorted, by_header);
    for (size_t i = 1; i < zip->count; i++) {
        const flama_zip_entry *before = sorted[i - 1], *entry = sorted[i];
        if (before->at + before->packed > entry->header)
            return flama_error_set(err, FLAMA_EFORMAT, "'%.*s' and '%.*s' overlap",
                                   (int)before->name.size, before->name.data,
                                   (int)entry->name.size, entry->name.data);
    }
    return 0;
}

int flama_zip_open(flama_arena *arena, const void *data, size_t size, flama_zip *zip,
                   flama_error *err)
{
    *zip = (flama_zip){.arena = arena, .data = data, .size = size};
    flama_map_init(&zip->names, arena);
    directory dir = {0};
    int rc = find_directory(zip, &dir, err);
    if (rc == 0)
        rc = check_directory(&dir, err);
    if (rc == 0)
        rc = read_entries(zip, &dir, err);
    return rc ? rc : check_overlaps(zip, err);
}

const flama_zip_entry *flama_zip_find(const flama_zip *zip, flama_string name)
{
    return flama_map_get(&zip->names, name);
}

static int unpack(const flama_zip *zip, const flama_zip_entry *entry,
                  const uint8_t **out, flama_error *err)
{
    flama_buffer buffer;
    flama_error why = {0};
    flama_buffer_init_arena(&buffer, zip->arena, entry->size);
    int rc = flama_buffer_reserve(&buffer, entry->size);
    if (rc != 0)
        return flama_error__memory(err);
    rc = flama_codec_decompress(FLAMA_CODEC_DEFLATE, zip->data + entry->at,
                                entry->packed, &buffer, &why);
    if (rc == FLAMA_EMEMORY)
        return flama_error__memory(err);
    if (rc == FLAMA_EFORMAT)
        return flama_error_set(err, rc, "'%.*s': %s", (int)entry->name.size,
                               entry->name.data, why.message);
    if (rc != 0 || buffer.size != entry->size)
        return flama_error_set(err, FLAMA_EFORMAT,
                               "'%.*s' unpacks to %s than the %zu bytes it says",
                               (int)entry->name.size, entry->name.data,
                               rc ? "more" : "fewer", entry->size);
    *out = buffer.data ? (const uint8_t *)buffer.data : zip->data;
    return 0;
}

int flama_zip_get(const flama_zip *zip, const flama_zip_entry *entry,
                  const uint8_t **out, flama_error *err)
{
    *out = zip->data + entry->at;
    int rc = entry->deflated ? unpack(zip, entry, out, err) : 0;
    if (rc == 0 && crc32_z(0, *out, entry->size) != entry->crc)
        return flama_error_set(err, FLAMA_EFORMAT, "'%.*s' doesn't have its CRC",
                               (int)entry->name.size, entry->name.data);
    return rc;
}
