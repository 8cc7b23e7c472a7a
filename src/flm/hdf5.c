/* What is read of HDF5 (The HDF Group, "HDF5 File Format Specification"): superblock 0
 * and 1 with the groups of that time. Numbers are little-endian; all offsets count from
 * the start of the file; an offset of all ones is none.
 *
 * The file begins with its superblock:
 *     0    8  "\x89HDF\r\n\x1a\n"
 *     8    1  version, 0 or 1
 *     13   1  bytes of an offset (8), 14 1 of a length (8)
 *     24   8  base address (0); in version 1 all from here on 4 bytes later
 *     40   8  end of the file's data
 *     56  40  entry of the root group
 *
 * A symbol table entry, 40 bytes, is a name in a group:
 *     0    8  offset of the name in the group's heap
 *     8    8  offset of the object header
 *     16   4  1: 24 and 32 hold what a symbol table message would; 2: a soft link
 *
 * An object header is a list of messages:
 *     0    1  version (1)
 *     2    2  messages
 *     8    4  bytes of the first block of messages, which begins at 16
 * A message: 0 2 type, 2 2 bytes of its data, 4 1 flags, 8 its data. Read are
 *     1   dataspace: 0 1 version (1 or 2), 1 1 rank, 2 1 flags, then the dimensions, 8
 *         bytes each, from 8 (version 1) or 4 (version 2, where 3 1 is 0 for a scalar,
 *         1 for an array, 2 for nothing)
 *     3   datatype: 0 1 class and, above 4 bits, version, 1 3 flags, 4 4 bytes of an
 *         element, 8 properties. Class 0, integers: flag 0 big-endian, 3 signed. Class
 *         1, floats: flag 0 big-endian, byte 12 place and 13 bits of the exponent, 14
 *         place and 15 bits of the mantissa. Class 5, opaque, of 2 bytes: what h5py
 *         makes of bfloat16. Class 8, an enumeration (a boolean), has the datatype of
 *         its integers at 8.
 *     8   layout: 0 1 version (3 or 4), 1 1 class: 0 compact, 2 2 bytes, 4 the data; 1
 *         contiguous, 2 8 offset, 10 8 bytes
 *     11  filters: the data are compressed
 *     16  continuation: 0 8 offset of a further block, 8 8 its bytes
 *     17  symbol table: the object is a group; 0 8 its B-tree, 8 8 its heap
 *
 * A B-tree node: 0 4 "TREE", 4 1 type (0), 5 1 level, 6 2 entries, 24 keys and children
 * in turn, 8 bytes each: children of level 0 are symbol table nodes, 0 4 "SNOD", 4 1
 * version (1), 6 2 entries, 8 the entries. A heap: 0 4 "HEAP", 8 8 bytes of its data,
 * 24 8 their offset; names in it end with a zero byte. */
#include "flm/hdf5.h"

#include <string.h>

#include "base/error.h"

enum {
    HEADER = 16,
    MESSAGE = 8,
    ENTRY = 40,
    NODE = 24,
    HEAP = 32,
    DEPTH = 24,    /* of groups, and of trees */
    NAME = 255,    /* bytes of one name */
    BLOCKS = 64,   /* of one object header */
    DATASPACE = 1, /* types of messages */
    DATATYPE = 3,
    LAYOUT = 8,
    FILTERS = 11,
    CONTINUATION = 16,
    SYMBOLS = 17
};

/* A group to be read. */
typedef struct group {
    struct group *next;
    flama_string path;
    uint64_t tree;
    uint64_t heap;
    unsigned depth;
} group;

typedef struct reader {
    flama_arena *arena;
    const uint8_t *data;
    size_t size;
    flama_hdf5 *file;
    group *groups;
    size_t budget; /* entries and nodes that may still be met */
    flama_error *err;
} reader;

/* What an object's messages say. */
typedef struct object {
    bool is_group, has_space, has_type, has_layout, filtered, null;
    uint64_t tree, heap;
    flama_hdf5_array array;
    unsigned layout;
    uint64_t at, bytes;
    const uint8_t *compact;
} object;

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

static int damaged(const reader *in, uint64_t at, const char *what)
{
    return flama_error_set(in->err, FLAMA_EFORMAT, "damaged HDF5 file: %s at byte %llu",
                           what, (unsigned long long)at);
}

static int unsupported(const reader *in, flama_string path, const char *what)
{
    return flama_error_set(in->err, FLAMA_EUNSUPPORTED, "HDF5: '%.*s' %s",
                           (int)path.size, path.data, what);
}

/* The bytes at an offset, when there are as many. */
static const uint8_t *bytes_at(const reader *in, uint64_t at, uint64_t length)
{
    return at <= in->size && length <= in->size - at ? in->data + at : NULL;
}

/* Each entry and node has bytes of its own: a file that shows more of them than it has
 * room for leads in a circle. */
static int spend(reader *in, uint64_t at)
{
    if (in->budget == 0)
        return damaged(in, at, "a circle");
    in->budget--;
    return 0;
}

static int read_space(const reader *in, const uint8_t *p, size_t size, object *out)
{
    unsigned version = size >= 4 ? p[0] : 0, rank = size >= 4 ? p[1] : 0;
    size_t from = version == 1 ? 8 : 4;
    if ((version != 1 && version != 2) || rank > FLAMA_HDF5_RANK ||
        size < from + 8 * (size_t)rank)
        return damaged(in, (uint64_t)(p - in->data), "an unreadable dataspace");
    out->has_space = true;
    out->null = version == 2 && p[3] == 2;
    out->array.rank = rank;
    for (unsigned i = 0; i < rank; i++) {
        uint64_t dim = read_u64(p + from + 8 * i);
        if (dim > SIZE_MAX)
            return damaged(in, (uint64_t)(p - in->data), "too large a dimension");
        out->array.shape[i] = (size_t)dim;
    }
    return 0;
}

/* IEEE 754 half, single and double precision, and bfloat16, by where exponent and
 * mantissa stand. */
static bool known_float(const uint8_t *p, flama_hdf5_array *out)
{
    static const uint8_t layouts[][5] = {
        {2, 10, 5, 0, 10}, {4, 23, 8, 0, 23}, {8, 52, 11, 0, 52}, {2, 7, 8, 0, 7}};
    for (size_t i = 0; i < 4; i++)
        if (out->size == layouts[i][0] && memcmp(p + 12, layouts[i] + 1, 4) == 0) {
            out->brain = i == 3;
            return true;
        }
    return false;
}

static int read_type(const reader *in, const uint8_t *p, size_t size, object *out)
{
    flama_hdf5_array *array = &out->array;
    if (size < 8)
        return damaged(in, (uint64_t)(p - in->data), "an unreadable datatype");
    out->has_type = true;
    array->size = read_u32(p + 4);
    array->kind = FLAMA_HDF5_OTHER;
    unsigned class = p[0] & 15;
    if (class == 8 && size >= 16 && read_u32(p + 12) == array->size) {
        p += 8;
        size -= 8;
        class = p[0] & 15;
    }
    bool big_endian = p[1] & 1;
    unsigned n = array->size;
    if (class == 0 && size >= 12 && !big_endian &&
        (n == 1 || n == 2 || n == 4 || n == 8))
        array->kind = p[1] & 8 ? FLAMA_HDF5_SIGNED : FLAMA_HDF5_UNSIGNED;
    else if (class == 1 && size >= 20 && !big_endian && known_float(p, array))
        array->kind = FLAMA_HDF5_FLOAT;
    else if (class == 5 && n == 2) {
        array->kind = FLAMA_HDF5_FLOAT;
        array->brain = true;
    }
    return 0;
}

static int read_layout(const reader *in, const uint8_t *p, size_t size, object *out)
{
    if (size < 4 || p[0] < 3 || p[0] > 4)
        return damaged(in, (uint64_t)(p - in->data), "an unreadable layout");
    out->has_layout = true;
    out->layout = p[1];
    if (out->layout == 0) {
        out->bytes = read_u16(p + 2);
        out->compact = p + 4;
        if (out->bytes > size - 4)
            return damaged(in, (uint64_t)(p - in->data), "data without an end");
    } else if (out->layout == 1) {
        if (size < 18)
            return damaged(in, (uint64_t)(p - in->data), "an unreadable layout");
        out->at = read_u64(p + 2);
        out->bytes = read_u64(p + 10);
    }
    return 0;
}

typedef struct block {
    uint64_t at, size;
} block;

static int read_message(const reader *in, unsigned type, const uint8_t *p, size_t size,
                        object *out, block *blocks, size_t *block_count)
{
    switch (type) {
    case DATASPACE:
        return read_space(in, p, size, out);
    case DATATYPE:
        return read_type(in, p, size, out);
    case LAYOUT:
        return read_layout(in, p, size, out);
    case FILTERS:
        out->filtered = true;
        return 0;
    case CONTINUATION:
        if (size < 16 || *block_count == BLOCKS)
            return damaged(in, (uint64_t)(p - in->data), "an unreadable continuation");
        blocks[(*block_count)++] = (block){read_u64(p), read_u64(p + 8)};
        return 0;
    case SYMBOLS:
        if (size < 16)
            return damaged(in, (uint64_t)(p - in->data), "an unreadable symbol table");
        out->is_group = true;
        out->tree = read_u64(p);
        out->heap = read_u64(p + 8);
        return 0;
    default:
        return 0;
    }
}

static int read_block(reader *in, block b, object *out, block *blocks, size_t *count)
{
    const uint8_t *p = bytes_at(in, b.at, b.size);
    if (p == NULL)
        return damaged(in, b.at, "an object header beyond the end");
    for (uint64_t left = b.size; left >= MESSAGE;) {
        size_t size = read_u16(p + 2);
        int code = spend(in, (uint64_t)(p - in->data));
        if (code)
            return code;
        if (size > left - MESSAGE)
            return damaged(in, (uint64_t)(p - in->data), "a message without an end");
        if (p[4] & 2) /* shared: it is elsewhere */
            return damaged(in, (uint64_t)(p - in->data), "a shared message");
        code = read_message(in, read_u16(p), p + MESSAGE, size, out, blocks, count);
        if (code)
            return code;
        p += MESSAGE + size;
        left -= MESSAGE + size;
    }
    return 0;
}

static int read_object(reader *in, uint64_t at, object *out)
{
    block blocks[BLOCKS];
    size_t count = 0;
    const uint8_t *p = bytes_at(in, at, HEADER);
    *out = (object){0};
    if (p == NULL)
        return damaged(in, at, "no object header");
    if (p[0] != 1)
        return flama_error_set(in->err, FLAMA_EUNSUPPORTED,
                               "HDF5: the object header at byte %llu is of a version "
                               "that Keras does not write",
                               (unsigned long long)at);
    blocks[count++] = (block){at + HEADER, read_u32(p + 8)};
    for (size_t i = 0; i < count; i++) {
        int code = read_block(in, blocks[i], out, blocks, &count);
        if (code)
            return code;
    }
    return 0;
}

/* The array's bytes must be there, as many as type and shape make. */
static int place_array(const reader *in, uint64_t header, object *o)
{
    flama_hdf5_array *array = &o->array;
    uint64_t bytes = array->size;
    array->count = o->null ? 0 : 1;
    if (!o->has_space || !o->has_type || !o->has_layout)
        return damaged(in, header, "an object that is neither group nor array");
    if (o->filtered)
        return unsupported(in, array->path, "is compressed, as Keras never writes it");
    if (o->layout > 1)
        return unsupported(in, array->path, "is in chunks, as Keras never writes it");
    for (unsigned i = 0; i < array->rank; i++)
        if (__builtin_mul_overflow(array->count, array->shape[i], &array->count))
            return damaged(in, header, "an impossible shape");
    if (__builtin_mul_overflow(bytes, array->count, &bytes))
        return damaged(in, header, "an impossible shape");
    array->data = o->layout == 0 ? o->compact : in->data;
    if (bytes == 0)
        return 0;
    if (o->layout == 1)
        array->data = bytes_at(in, o->at, bytes);
    if (array->data == NULL || bytes > o->bytes)
        return damaged(in, header, "an array whose data are not there");
    return 0;
}

static int add_group(reader *in, flama_string path, const object *o, unsigned depth)
{
    group *g = flama_arena_alloc(in->arena, sizeof *g);
    if (g == NULL)
        return flama_error__memory(in->err);
    if (depth > DEPTH)
        return unsupported(in, path, "is nested too deep");
    *g = (group){in->groups, path, o->tree, o->heap, depth};
    in->groups = g;
    return 0;
}

static int add_object(reader *in, flama_string path, uint64_t at, unsigned depth)
{
    object o;
    int code = read_object(in, at, &o);
    if (code)
        return code;
    if (o.is_group)
        return add_group(in, path, &o, depth);
    o.array.path = path;
    code = place_array(in, at, &o);
    if (code)
        return code;
    flama_hdf5_array *array = flama_arena_alloc(in->arena, sizeof *array);
    void *there = NULL;
    if (array == NULL || flama_map_put(&in->file->arrays, path, array, &there) != 0)
        return flama_error__memory(in->err);
    *array = o.array;
    return there ? damaged(in, at, "a second array of one name") : 0;
}

/* The heap of a group's names. */
typedef struct names {
    const uint8_t *data;
    size_t size;
} names;

static int read_heap(const reader *in, uint64_t at, names *out)
{
    const uint8_t *p = bytes_at(in, at, HEAP);
    if (p == NULL || memcmp(p, "HEAP", 4) != 0)
        return damaged(in, at, "no heap of names");
    uint64_t size = read_u64(p + 8);
    out->data = bytes_at(in, read_u64(p + 24), size);
    out->size = (size_t)size;
    return out->data ? 0 : damaged(in, at, "a heap beyond the end");
}

static int read_entry(reader *in, const group *g, const names *heap, const uint8_t *p)
{
    uint64_t at = read_u64(p);
    size_t left = at < heap->size ? heap->size - (size_t)at : 0;
    const char *name = (const char *)heap->data + (left ? at : 0);
    size_t length = strnlen(name, left < NAME + 1 ? left : NAME + 1);
    if (left == 0 || length == left || length > NAME || length == 0 ||
        memchr(name, '/', length))
        return damaged(in, (uint64_t)(p - in->data), "an entry without a name");
    if (read_u32(p + 16) == 2)
        return unsupported(in, g->path, "holds a link");
    size_t size = g->path.size + (g->path.size ? 1 : 0) + length;
    char *path = flama_arena_alloc(in->arena, size);
    if (path == NULL)
        return flama_error__memory(in->err);
    if (g->path.size) {
        memcpy(path, g->path.data, g->path.size);
        path[g->path.size] = '/';
    }
    memcpy(path + size - length, name, length);
    return add_object(in, (flama_string){path, size}, read_u64(p + 8), g->depth + 1);
}

static int read_leaf(reader *in, const group *g, const names *heap, uint64_t at)
{
    const uint8_t *p = bytes_at(in, at, 8);
    if (p == NULL || memcmp(p, "SNOD", 4) != 0 || p[4] != 1)
        return damaged(in, at, "no symbol table node");
    unsigned count = read_u16(p + 6);
    int code = spend(in, at);
    if (code)
        return code;
    if (bytes_at(in, at + 8, (uint64_t)count * ENTRY) == NULL)
        return damaged(in, at, "a symbol table beyond the end");
    for (unsigned i = 0; i < count && code == 0; i++) {
        code = spend(in, at);
        if (code == 0)
            code = read_entry(in, g, heap, p + 8 + (size_t)i * ENTRY);
    }
    return code;
}

/* A node and what is below it; each level is one lower, so that no tree is deeper than
 * DEPTH. */
static int read_tree(reader *in, const group *g, const names *heap, uint64_t at,
                     unsigned level)
{
    const uint8_t *p = bytes_at(in, at, NODE);
    int code = spend(in, at);
    if (code)
        return code;
    if (p == NULL || memcmp(p, "TREE", 4) != 0 || p[4] != 0 || p[5] > level)
        return damaged(in, at, "no B-tree node");
    unsigned count = read_u16(p + 6), own = p[5];
    if (bytes_at(in, at + NODE, 8 + (uint64_t)count * 16) == NULL)
        return damaged(in, at, "a B-tree node beyond the end");
    for (unsigned i = 0; i < count && code == 0; i++) {
        uint64_t child = read_u64(p + NODE + 8 + (size_t)i * 16);
        if (own == 0)
            code = read_leaf(in, g, heap, child);
        else
            code = read_tree(in, g, heap, child, own - 1);
    }
    return code;
}

static int read_groups(reader *in)
{
    while (in->groups) {
        group *g = in->groups;
        names heap;
        in->groups = g->next;
        int code = read_heap(in, g->heap, &heap);
        if (code == 0)
            code = read_tree(in, g, &heap, g->tree, DEPTH);
        if (code)
            return code;
    }
    return 0;
}

int flama_hdf5_open(flama_arena *arena, const void *data, size_t size, flama_hdf5 *file,
                    flama_error *err)
{
    reader in = {.arena = arena,
                 .data = data,
                 .size = size,
                 .file = file,
                 .budget = size / MESSAGE,
                 .err = err};
    flama_map_init(&file->arrays, arena);
    const uint8_t *p = data;
    if (size < 100 || memcmp(p, "\x89HDF\r\n\x1a\n", 8) != 0)
        return flama_error_set(err, FLAMA_EFORMAT, "no HDF5 file");
    if (p[8] > 1 || p[13] != 8 || p[14] != 8)
        return flama_error_set(
            err, FLAMA_EUNSUPPORTED,
            "HDF5: superblock version %u with offsets of %u bytes is "
            "not what Keras writes",
            p[8], p[13]);
    p += p[8] == 1 ? 4 : 0;
    if (read_u64(p + 24) != 0 || read_u64(p + 40) > size)
        return damaged(&in, 24, "addresses that do not fit the file");
    object root;
    int code = read_object(&in, read_u64(p + 64), &root);
    if (code == 0 && !root.is_group)
        code = damaged(&in, 64, "no root group");
    if (code == 0)
        code = add_group(&in, (flama_string){"", 0}, &root, 0);
    return code ? code : read_groups(&in);
}

const flama_hdf5_array *flama_hdf5_find(const flama_hdf5 *file, flama_string path)
{
    return flama_map_get(&file->arrays, path);
}

/* A number of 16 bits as one of 32: exponent and mantissa moved, subnormals made
 * normal. */
static float half(unsigned bits)
{
    uint32_t sign = (uint32_t)(bits & 0x8000) << 16, exponent = bits >> 10 & 31;
    uint32_t mantissa = bits & 0x3FF, word;
    float out;
    if (exponent == 0) {
        out = (float)mantissa * 0x1p-24f;
        return sign ? -out : out;
    }
    word = sign | (exponent == 31 ? 0xFFu : exponent + 112) << 23 | mantissa << 13;
    memcpy(&out, &word, sizeof out);
    return out;
}

static float float_at(const flama_hdf5_array *array, size_t i)
{
    const uint8_t *p = array->data + i * array->size;
    uint32_t word = array->brain ? (uint32_t)read_u16(p) << 16 : 0;
    float single;
    double wide;
    if (array->size == 2 && !array->brain)
        return half(read_u16(p));
    if (array->size == 8) {
        memcpy(&wide, p, sizeof wide);
        return (float)wide;
    }
    memcpy(&single, array->brain ? (const void *)&word : p, sizeof single);
    return single;
}

static int64_t integer_at(const flama_hdf5_array *array, size_t i)
{
    const uint8_t *p = array->data + i * array->size;
    bool is_signed = array->kind == FLAMA_HDF5_SIGNED;
    switch (array->size) {
    case 1:
        return is_signed ? (int8_t)*p : *p;
    case 2:
        return is_signed ? (int16_t)read_u16(p) : (int64_t)read_u16(p);
    case 4:
        return is_signed ? (int32_t)read_u32(p) : (int64_t)read_u32(p);
    default:
        return (int64_t)read_u64(p);
    }
}

static int no_numbers(const flama_hdf5_array *array, flama_error *err)
{
    return flama_error_set(err, FLAMA_EUNSUPPORTED, "HDF5: '%.*s' holds no numbers",
                           (int)array->path.size, array->path.data);
}

int flama_hdf5_floats(const flama_hdf5_array *array, float *out, flama_error *err)
{
    if (array->kind == FLAMA_HDF5_OTHER)
        return no_numbers(array, err);
    if (array->kind != FLAMA_HDF5_FLOAT)
        for (size_t i = 0; i < array->count; i++)
            out[i] = (float)integer_at(array, i);
    else if (array->size == 4)
        memcpy(out, array->data, array->count * 4);
    else
        for (size_t i = 0; i < array->count; i++)
            out[i] = float_at(array, i);
    return 0;
}

int flama_hdf5_integers(const flama_hdf5_array *array, int64_t *out, flama_error *err)
{
    if (array->kind != FLAMA_HDF5_SIGNED && array->kind != FLAMA_HDF5_UNSIGNED)
        return no_numbers(array, err);
    for (size_t i = 0; i < array->count; i++)
        out[i] = integer_at(array, i);
    return 0;
}
