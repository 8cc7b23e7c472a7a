#include "flm/numpy.h"

#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/half.h"

enum { MAX_FIELDS = 64, MAX_ITEM = 1 << 24 };

static int damaged(flama_error *err, const char *what)
{
    return flama_error_set(err, FLAMA_EFORMAT, "damaged numpy array: %s", what);
}

/* The part of a type that one field or a plain array has. */
typedef struct element {
    char kind;
    bool swapped;
    size_t size;
} element;

static size_t digits(flama_string text, size_t from)
{
    size_t n = 0;
    for (size_t i = from; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || n > MAX_ITEM)
            return SIZE_MAX;
        n = n * 10 + (size_t)(text.data[i] - '0');
    }
    return n;
}

static bool known_size(element type)
{
    size_t n = type.size;
    switch (type.kind) {
    case 'b':
        return n == 1;
    case 'i':
    case 'u':
        return n == 1 || n == 2 || n == 4 || n == 8;
    case 'f':
        return n == 2 || n == 4 || n == 8;
    case 'U':
        return n % 4 == 0 && n <= MAX_ITEM;
    case 'S':
    case 'V':
        return n <= MAX_ITEM;
    default:
        return n == 8;
    }
}

/* The i-th item of a dtype's state, or NULL. */
static const flama_pickle *state_item(const flama_pickle *dtype, size_t i)
{
    const flama_pickle *state = dtype->object->state;
    if (state == NULL || state->kind != FLAMA_PICKLE_TUPLE || i >= state->count)
        return NULL;
    return state->items[i];
}

static int read_element(const flama_pickle *dtype, element *out, flama_error *err)
{
    const flama_pickle *code = flama_pickle_argument(dtype, 0);
    if (!flama_pickle_is_object(dtype, "dtype") || code == NULL ||
        code->kind != FLAMA_PICKLE_STRING || code->text.size < 2)
        return damaged(err, "its dtype is not spelled as numpy does");
    out->kind = code->text.data[0];
    out->size = digits(code->text, 1) * (out->kind == 'U' ? 4 : 1);
    out->swapped = flama_pickle_is_text(state_item(dtype, 1), ">");
    if (strchr("biufcmMOSUV", out->kind) == NULL)
        return flama_error_set(
            err, FLAMA_EUNSUPPORTED, "a numpy array of dtype %.*s is not read",
            code->text.size > 20 ? 20 : (int)code->text.size, code->text.data);
    const flama_pickle *subarray = state_item(dtype, 2);
    if (subarray && subarray->kind != FLAMA_PICKLE_NONE)
        return flama_error_set(err, FLAMA_EUNSUPPORTED,
                               "a numpy dtype of arrays within an array is not read");
    if (strchr("cmM", out->kind) == NULL && !known_size(*out))
        return flama_error_set(
            err, FLAMA_EUNSUPPORTED, "a numpy array of dtype %.*s is not read",
            code->text.size > 20 ? 20 : (int)code->text.size, code->text.data);
    return 0;
}

/* One entry of a structured dtype: (dtype, offset) under the name. */
static int read_field(const flama_pickle *name, const flama_pickle *value,
                      size_t item_size, flama_numpy_field *out, flama_error *err)
{
    element type;
    if (name->kind != FLAMA_PICKLE_STRING || value->kind != FLAMA_PICKLE_TUPLE ||
        value->count < 2 || value->items[1]->kind != FLAMA_PICKLE_INTEGER)
        return damaged(err, "a field of its dtype");
    int code = read_element(value->items[0], &type, err);
    if (code)
        return code;
    uint64_t offset = (uint64_t)value->items[1]->integer;
    if (type.size > item_size || offset > item_size - type.size)
        return damaged(err, "a field outside of its item");
    *out = (flama_numpy_field){name->text, type.kind, type.swapped, type.size,
                               (size_t)offset};
    return 0;
}

static int read_fields(flama_arena *arena, const flama_pickle *dtype, flama_numpy *out,
                       flama_error *err)
{
    const flama_pickle *fields = state_item(dtype, 4);
    if (fields == NULL || fields->kind != FLAMA_PICKLE_DICT ||
        fields->count > 2 * MAX_FIELDS)
        return damaged(err, "its dtype has no fields, or too many");
    flama_numpy_field *list =
        flama_arena_alloc(arena, fields->count / 2 * sizeof *list);
    if (list == NULL)
        return flama_error__memory(err);
    for (size_t i = 0; i < fields->count; i += 2) {
        int code = read_field(fields->items[i], fields->items[i + 1], out->item_size,
                              &list[i / 2], err);
        if (code)
            return code;
    }
    out->fields = list;
    out->field_count = fields->count / 2;
    return 0;
}

static int read_dtype(flama_arena *arena, const flama_pickle *dtype, flama_numpy *out,
                      flama_error *err)
{
    element type;
    int code = read_element(dtype, &type, err);
    if (code)
        return code;
    out->kind = type.kind;
    out->swapped = type.swapped;
    out->item_size = type.size;
    return type.kind == 'V' ? read_fields(arena, dtype, out, err) : 0;
}

static int read_shape(const flama_pickle *shape, flama_numpy *out, flama_error *err)
{
    flama_pickle one = {0};
    flama_pickle *items[1] = {&one};
    flama_pickle single = {.kind = FLAMA_PICKLE_TUPLE, .items = items, .count = 1};
    if (shape->kind == FLAMA_PICKLE_INTEGER) {
        one = *shape;
        shape = &single;
    }
    if (shape->kind != FLAMA_PICKLE_TUPLE || shape->count > FLAMA_MAX_RANK)
        return damaged(err, "its shape");
    out->rank = (unsigned)shape->count;
    out->count = 1;
    for (unsigned i = 0; i < out->rank; i++) {
        const flama_pickle *n = shape->items[i];
        if (n->kind != FLAMA_PICKLE_INTEGER || n->integer < 0 ||
            __builtin_mul_overflow(out->count, (size_t)n->integer, &out->count))
            return damaged(err, "its shape");
        out->shape[i] = (size_t)n->integer;
    }
    return 0;
}

/* The elements themselves: bytes, or a list when they are objects. */
static int read_data(flama_arena *arena, const flama_pickle *data, flama_numpy *out,
                     flama_error *err)
{
    flama_string bytes;
    size_t size;
    if (out->kind == 'O') {
        if (data->kind != FLAMA_PICKLE_LIST || data->count != out->count)
            return damaged(err, "as many objects as its shape says are expected");
        out->items = data->items;
        return 0;
    }
    if (out->item_size == 0 && out->count > MAX_ITEM)
        return damaged(err, "too many items of no size");
    int code = flama_pickle_bytes(arena, data, &bytes, err);
    if (code)
        return code;
    if (__builtin_mul_overflow(out->count, out->item_size, &size) || size != bytes.size)
        return damaged(err, "its data are not as long as its shape says");
    out->data = (const uint8_t *)bytes.data;
    return 0;
}

static int read_reconstructed(flama_arena *arena, const flama_pickle *node,
                              flama_numpy *out, flama_error *err)
{
    const flama_pickle *state = node->object->state;
    if (state == NULL || state->kind != FLAMA_PICKLE_TUPLE || state->count != 5 ||
        state->items[3]->kind != FLAMA_PICKLE_BOOL)
        return damaged(err, "its state");
    int code = read_shape(state->items[1], out, err);
    if (code == 0)
        code = read_dtype(arena, state->items[2], out, err);
    if (code)
        return code;
    /* numpy writes the objects of an array in C order whatever the array's own is. */
    out->fortran = state->items[3]->boolean && out->kind != 'O';
    return read_data(arena, state->items[4], out, err);
}

static int read_frombuffer(flama_arena *arena, const flama_pickle *node,
                           flama_numpy *out, flama_error *err)
{
    const flama_pickle *args = node->object->args;
    if (args->count < 4)
        return damaged(err, "its arguments");
    bool c_order = flama_pickle_is_text(args->items[3], "C");
    out->fortran = flama_pickle_is_text(args->items[3], "F");
    if (!c_order && !out->fortran)
        return flama_error_set(err, FLAMA_EUNSUPPORTED,
                               "a numpy array with its axes permuted is not read");
    int code = read_shape(args->items[2], out, err);
    if (code == 0)
        code = read_dtype(arena, args->items[1], out, err);
    if (code == 0 && out->kind == 'O')
        code = damaged(err, "objects in a buffer");
    return code ? code : read_data(arena, args->items[0], out, err);
}

static int read_scalar(flama_arena *arena, const flama_pickle *node, flama_numpy *out,
                       flama_error *err)
{
    const flama_pickle *args = node->object->args;
    if (args->count < 2)
        return damaged(err, "a scalar without data");
    out->count = 1;
    int code = read_dtype(arena, args->items[0], out, err);
    if (code)
        return code;
    if (out->kind == 'O')
        return damaged(err, "a scalar that is an object");
    return read_data(arena, args->items[1], out, err);
}

bool flama_numpy_is(const flama_pickle *node)
{
    return flama_pickle_is_object(node, "_reconstruct") ||
           flama_pickle_is_object(node, "_frombuffer") ||
           flama_pickle_is_object(node, "scalar");
}

int flama_numpy_read(flama_arena *arena, const flama_pickle *node, flama_numpy *out,
                     flama_error *err)
{
    *out = (flama_numpy){0};
    if (flama_pickle_is_object(node, "_reconstruct"))
        return read_reconstructed(arena, node, out, err);
    if (flama_pickle_is_object(node, "_frombuffer"))
        return read_frombuffer(arena, node, out, err);
    if (flama_pickle_is_object(node, "scalar"))
        return read_scalar(arena, node, out, err);
    return flama_error_set(err, FLAMA_EFORMAT, "a numpy array is expected here");
}

/* Position in the data of the i-th element in C order. */
static size_t place(const flama_numpy *array, size_t i)
{
    if (!array->fortran || array->rank < 2)
        return i;
    size_t stride = array->count, at = 0;
    for (unsigned axis = array->rank; axis-- > 0;) {
        size_t n = array->shape[axis];
        stride /= n;
        at += i % n * stride;
        i /= n;
    }
    return at;
}

static uint64_t load(const uint8_t *p, size_t size, bool swapped)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < size; i++)
        bits |= (uint64_t)p[i] << 8 * (swapped ? size - 1 - i : i);
    return bits;
}

static int64_t sign_extended(uint64_t bits, size_t size)
{
    unsigned unused = 64 - 8 * (unsigned)size;
    return (int64_t)(bits << unused) >> unused;
}

static double as_double(const uint8_t *p, element type)
{
    uint64_t bits = load(p, type.size, type.swapped);
    double number;
    float single;
    uint32_t low = (uint32_t)bits;
    switch (type.kind) {
    case 'b':
        return bits != 0;
    case 'i':
        return (double)sign_extended(bits, type.size);
    case 'u':
        return (double)bits;
    }
    if (type.size == 2)
        return (double)flama_float16_widen((uint16_t)bits);
    if (type.size == 4) {
        memcpy(&single, &low, sizeof single);
        return single;
    }
    memcpy(&number, &bits, sizeof number);
    return number;
}

static bool as_integer(const uint8_t *p, element type, int64_t *out)
{
    uint64_t bits = load(p, type.size, type.swapped);
    if (type.kind == 'b')
        *out = bits != 0;
    else
        *out = type.kind == 'i' ? sign_extended(bits, type.size) : (int64_t)bits;
    return type.kind != 'u' || *out >= 0;
}

static element chosen(const flama_numpy *array, const flama_numpy_field *field)
{
    if (field)
        return (element){field->kind, field->swapped, field->size};
    return (element){array->kind, array->swapped, array->item_size};
}

static bool is_little_endian_doubles(const flama_numpy *array, element type)
{
    bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
    return little && type.kind == 'f' && type.size == 8 && !type.swapped &&
           !array->fortran && array->item_size == 8;
}

int flama_numpy_doubles(const flama_numpy *array, const flama_numpy_field *field,
                        double *out, flama_error *err)
{
    element type = chosen(array, field);
    size_t offset = field ? field->offset : 0;
    if (type.kind == 'O') {
        for (size_t i = 0; i < array->count; i++)
            if (!flama_numpy_number(array->items[i], &out[i]))
                return damaged(err, "an array of numbers holds something else");
        return 0;
    }
    if (memchr("biuf", type.kind, 4) == NULL)
        return damaged(err, "numbers are expected");
    if (is_little_endian_doubles(array, type)) {
        if (array->count)
            memcpy(out, array->data, array->count * sizeof *out);
        return 0;
    }
    for (size_t i = 0; i < array->count; i++)
        out[i] =
            as_double(array->data + place(array, i) * array->item_size + offset, type);
    return 0;
}

int flama_numpy_integers(const flama_numpy *array, const flama_numpy_field *field,
                         int64_t *out, flama_error *err)
{
    element type = chosen(array, field);
    size_t offset = field ? field->offset : 0;
    if (type.kind == 'O') {
        for (size_t i = 0; i < array->count; i++)
            if (!flama_numpy_integer(array->items[i], &out[i]))
                return damaged(err, "an array of integers holds something else");
        return 0;
    }
    if (memchr("biu", type.kind, 3) == NULL)
        return damaged(err, "integers are expected");
    for (size_t i = 0; i < array->count; i++)
        if (!as_integer(array->data + place(array, i) * array->item_size + offset, type,
                        &out[i]))
            return damaged(err, "an integer that does not fit 64 bits");
    return 0;
}

const flama_numpy_field *flama_numpy_field_get(const flama_numpy *array,
                                               const char *name)
{
    size_t size = strlen(name);
    for (size_t i = 0; i < array->field_count; i++)
        if (array->fields[i].name.size == size &&
            memcmp(array->fields[i].name.data, name, size) == 0)
            return &array->fields[i];
    return NULL;
}

static size_t put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3F));
    out[0] = (char)((0xF00 >> n & 0xFF) | c);
    return n;
}

/* A U item: UTF-32, padded with zeros. */
static int decode_utf32(flama_arena *arena, const uint8_t *p, size_t size, bool swapped,
                        flama_string *out, flama_error *err)
{
    size_t n = size / 4, length = 0;
    while (n && load(p + 4 * (n - 1), 4, swapped) == 0)
        n--;
    char *text = flama_arena_alloc(arena, 4 * n + 1);
    if (text == NULL)
        return flama_error__memory(err);
    for (size_t i = 0; i < n; i++) {
        uint64_t c = load(p + 4 * i, 4, swapped);
        if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
            return damaged(err, "a character outside of Unicode");
        length += put_utf8(text + length, (uint32_t)c);
    }
    *out = (flama_string){text, length};
    return 0;
}

/* An S item: bytes, padded with zeros; only ASCII has one meaning as text. */
static int decode_ascii(const uint8_t *p, size_t size, flama_string *out,
                        flama_error *err)
{
    while (size && p[size - 1] == 0)
        size--;
    for (size_t i = 0; i < size; i++)
        if (p[i] >= 0x80)
            return damaged(err, "byte strings that are not ASCII");
    *out = (flama_string){(const char *)p, size};
    return 0;
}

static int string_at(flama_arena *arena, const flama_numpy *array, size_t i,
                     flama_string *out, flama_error *err)
{
    if (array->kind == 'O') {
        const flama_pickle *item = array->items[i];
        flama_numpy scalar;
        if (item->kind == FLAMA_PICKLE_STRING) {
            *out = item->text;
            return 0;
        }
        if (!flama_pickle_is_object(item, "scalar") ||
            flama_numpy_read(arena, item, &scalar, NULL) != 0 ||
            strchr("US", scalar.kind) == NULL)
            return damaged(err, "an array of strings holds something else");
        return string_at(arena, &scalar, 0, out, err);
    }
    const uint8_t *p = array->data + place(array, i) * array->item_size;
    if (array->kind == 'U')
        return decode_utf32(arena, p, array->item_size, array->swapped, out, err);
    return decode_ascii(p, array->item_size, out, err);
}

int flama_numpy_strings(flama_arena *arena, const flama_numpy *array, flama_string *out,
                        flama_error *err)
{
    if (memchr("OUS", array->kind, 3) == NULL)
        return damaged(err, "strings are expected");
    for (size_t i = 0; i < array->count; i++) {
        int code = string_at(arena, array, i, &out[i], err);
        if (code)
            return code;
    }
    return 0;
}

/* A scalar, or an array of one element, of a plain kind. */
static bool single(flama_arena *arena, const flama_pickle *node, flama_numpy *out)
{
    return flama_numpy_is(node) && flama_numpy_read(arena, node, out, NULL) == 0 &&
           out->count == 1 && memchr("biuf", out->kind, 4) != NULL;
}

/* Reading a scalar takes memory only when protocol 2 spells its bytes as text. */
enum { SCALAR_LIMIT = 1 << 16 };

bool flama_numpy_number(const flama_pickle *node, double *out)
{
    if (node == NULL)
        return false;
    if (node->kind == FLAMA_PICKLE_BOOL)
        *out = node->boolean;
    else if (node->kind == FLAMA_PICKLE_INTEGER)
        *out = (double)node->integer;
    else if (node->kind == FLAMA_PICKLE_FLOAT)
        *out = node->number;
    else {
        flama_arena arena;
        flama_numpy array;
        flama_arena_init(&arena, SCALAR_LIMIT);
        bool ok = single(&arena, node, &array) &&
                  flama_numpy_doubles(&array, NULL, out, NULL) == 0;
        flama_arena_fini(&arena);
        return ok;
    }
    return true;
}

bool flama_numpy_integer(const flama_pickle *node, int64_t *out)
{
    if (node == NULL)
        return false;
    if (node->kind == FLAMA_PICKLE_BOOL)
        *out = node->boolean;
    else if (node->kind == FLAMA_PICKLE_INTEGER)
        *out = node->integer;
    else {
        flama_arena arena;
        flama_numpy array;
        flama_arena_init(&arena, SCALAR_LIMIT);
        bool ok = single(&arena, node, &array) &&
                  flama_numpy_integers(&array, NULL, out, NULL) == 0;
        flama_arena_fini(&arena);
        return ok;
    }
    return true;
}
