#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "json/encoder.h"
#include "json/number.h"
#include "json/utf8.h"

enum { INDENT = 4 };

static int put_value(flama_encoder *e, const flama_value *value);

size_t flama_encoder__separator_size(const flama_encoder *e)
{
    return 2 + (e->flags & FLAMA_JSON_PRETTY ? INDENT * e->level : 0);
}

static char *put_line(const flama_encoder *e, char *out)
{
    *out++ = '\n';
    memset(out, ' ', INDENT * e->level);
    return out + INDENT * e->level;
}

char *flama_encoder__separate(const flama_encoder *e, char *out, bool first)
{
    if (!first)
        *out++ = ',';
    if (e->flags & FLAMA_JSON_PRETTY)
        return put_line(e, out);
    if (!first && e->flags & FLAMA_JSON_SPACED)
        *out++ = ' ';
    return out;
}

int flama_encoder__item(flama_encoder *e, bool first)
{
    char *out = flama_encoder__room(e, flama_encoder__separator_size(e));
    if (out == NULL)
        return FLAMA_EMEMORY;
    e->out.size += (size_t)(flama_encoder__separate(e, out, first) - out);
    return 0;
}

int flama_encoder__open(flama_encoder *e, char bracket)
{
    if (e->level == FLAMA_JSON_DEPTH_MAX)
        return FLAMA_ELIMIT;
    e->level++;
    return flama_encoder__put(e, &bracket, 1);
}

int flama_encoder__close(flama_encoder *e, char bracket, bool empty)
{
    e->level--;
    char *out = flama_encoder__room(e, flama_encoder__separator_size(e)), *end = out;
    if (out == NULL)
        return FLAMA_EMEMORY;
    if (!empty && e->flags & FLAMA_JSON_PRETTY)
        end = put_line(e, out);
    *end++ = bracket;
    e->out.size += (size_t)(end - out);
    return 0;
}

/* When there is no room for the whole path its outer part is left off. */
static void prepend(flama_encoder *e, const char *text, size_t size)
{
    size_t room = e->path_at;
    size_t kept = size < room ? size : room;
    e->path_at -= kept;
    if (kept)
        memcpy(e->path + e->path_at, text + size - kept, kept);
}

void flama_encoder__at_index(flama_encoder *e, size_t index)
{
    char step[32] = "[";
    size_t size = 1 + flama_json__print_integer(step + 1, (int64_t)index);
    step[size++] = ']';
    prepend(e, step, size);
}

void flama_encoder__at_name(flama_encoder *e, flama_string name)
{
    prepend(e, name.data, name.size);
    prepend(e, ".", 1);
}

int flama_encoder__refuse(flama_encoder *e, double number)
{
    e->reason = isnan(number) ? "nan" : number < 0 ? "-inf" : "inf";
    return FLAMA_ENONFINITE;
}

int flama_encoder__number(flama_encoder *e, double number)
{
    if (!isfinite(number))
        return flama_encoder__refuse(e, number);
    char *out = flama_encoder__room(e, FLAMA_JSON_NUMBER_SIZE);
    if (out == NULL)
        return FLAMA_EMEMORY;
    e->out.size += flama_json_print_number(out, number);
    return 0;
}

int flama_encoder__integer(flama_encoder *e, int64_t integer)
{
    char *out = flama_encoder__room(e, FLAMA_JSON_NUMBER_SIZE);
    if (out == NULL)
        return FLAMA_EMEMORY;
    e->out.size += flama_json__print_integer(out, integer);
    return 0;
}

/* An ASCII byte that can't stand in a string as it is; returns the end. */
static char *put_escaped(char *out, char c)
{
    static const char bytes[] = "\"\\\b\f\n\r\t", names[] = "\"\\bfnrt";
    const char *known = c ? strchr(bytes, c) : NULL;
    *out++ = '\\';
    if (known) {
        *out++ = names[known - bytes];
        return out;
    }
    memcpy(out, "u00", 3);
    out[3] = (char)('0' + (c >> 4));
    out[4] = "0123456789abcdef"[c & 15];
    return out + 5;
}

int flama_encoder__string(flama_encoder *e, flama_string string)
{
    enum { ROOM = 8 }; /* for one character or escape, and the closing quote */
    if (string.size > SIZE_MAX - ROOM)
        return FLAMA_EMEMORY;
    char *out = flama_encoder__room(e, string.size + ROOM);
    if (out == NULL)
        return FLAMA_EMEMORY;
    *out = '"';
    e->out.size++;
    for (const char *p = string.data, *end = p + string.size; p < end;) {
        size_t plain = flama_utf8__plain(p, end);
        out = flama_encoder__room(e, plain + ROOM);
        if (out == NULL)
            return FLAMA_EMEMORY;
        memcpy(out, p, plain);
        out += plain;
        p += plain;
        if (p < end && (*p & 0x80) == 0) {
            out = put_escaped(out, *p++);
        } else if (p < end) {
            size_t length = flama_utf8__length(p, end);
            if (length == 0)
                return FLAMA_ESERIALIZATION;
            memcpy(out, p, length);
            out += length;
            p += length;
        }
        e->out.size = (size_t)(out - e->out.data);
    }
    return flama_encoder__put(e, "\"", 1);
}

static int put_array(flama_encoder *e, const flama_value *array)
{
    size_t count = array->array.count;
    int rc = flama_encoder__open(e, '[');
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = flama_encoder__item(e, i == 0);
        if (rc == 0)
            rc = put_value(e, &array->array.items[i]);
        if (rc != 0)
            flama_encoder__at_index(e, i);
    }
    return rc == 0 ? flama_encoder__close(e, ']', count == 0) : rc;
}

static int put_member(flama_encoder *e, const flama_member *member, bool first)
{
    bool spaced = e->flags & (FLAMA_JSON_SPACED | FLAMA_JSON_PRETTY);
    int rc = flama_encoder__item(e, first);
    if (rc == 0)
        rc = flama_encoder__string(e, member->name);
    if (rc == 0)
        rc = flama_encoder__put(e, ": ", spaced ? 2 : 1);
    if (rc == 0)
        rc = put_value(e, &member->value);
    if (rc != 0)
        flama_encoder__at_name(e, member->name);
    return rc;
}

static int compare_names(flama_string a, flama_string b)
{
    size_t size = a.size < b.size ? a.size : b.size;
    int order = size ? memcmp(a.data, b.data, size) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

/* By name; of one name, in the order of the document. */
static int compare_members(const void *a, const void *b)
{
    const flama_member *x = *(const flama_member *const *)a;
    const flama_member *y = *(const flama_member *const *)b;
    int order = compare_names(x->name, y->name);
    return order ? order : (x > y) - (x < y);
}

static int put_sorted(flama_encoder *e, const flama_value *object)
{
    size_t count = object->object.count;
    const flama_member **sorted = flama_calloc(count, sizeof(flama_member *));
    if (sorted == NULL)
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < count; i++)
        sorted[i] = &object->object.members[i];
    qsort(sorted, count, sizeof *sorted, compare_members);
    int rc = 0;
    bool first = true;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        if (i + 1 < count && compare_names(sorted[i]->name, sorted[i + 1]->name) == 0)
            continue;
        rc = put_member(e, sorted[i], first);
        first = false;
    }
    flama_free(sorted);
    return rc;
}

static int put_object(flama_encoder *e, const flama_value *object)
{
    size_t count = object->object.count;
    int rc = flama_encoder__open(e, '{');
    if (rc == 0 && count > 1 && e->flags & FLAMA_JSON_SORTED)
        rc = put_sorted(e, object);
    else
        for (size_t i = 0; rc == 0 && i < count; i++)
            rc = put_member(e, &object->object.members[i], i == 0);
    return rc == 0 ? flama_encoder__close(e, '}', count == 0) : rc;
}

static int put_value(flama_encoder *e, const flama_value *value)
{
    switch (value->kind) {
    case FLAMA_KIND_NULL:
        return flama_encoder__put(e, "null", 4);
    case FLAMA_KIND_BOOL:
        return value->boolean ? flama_encoder__put(e, "true", 4)
                              : flama_encoder__put(e, "false", 5);
    case FLAMA_KIND_INTEGER:
        return flama_encoder__integer(e, value->integer);
    case FLAMA_KIND_NUMBER:
        return value->digits
                   ? flama_encoder__put(e, value->digits, strlen(value->digits))
                   : flama_encoder__number(e, value->number);
    case FLAMA_KIND_STRING:
        return flama_encoder__string(e, value->string);
    case FLAMA_KIND_ARRAY:
        return put_array(e, value);
    case FLAMA_KIND_OBJECT:
        return put_object(e, value);
    case FLAMA_KIND_TENSOR:
        return flama_encoder__tensor(e, value->tensor);
    }
    return FLAMA_EINTERNAL;
}

static int fail(flama_encoder *e, int code, flama_error *err)
{
    char path[sizeof e->path + 1];
    size_t size = sizeof e->path - e->path_at;
    path[0] = '$';
    memcpy(path + 1, e->path + e->path_at, size);
    path[size + (size < sizeof e->path)] = '\0';
    switch (code) {
    case FLAMA_EMEMORY:
        return flama_error__memory(err);
    case FLAMA_ENONFINITE:
        return flama_error_set_at(
            err, code, path,
            "Out of range float values are not JSON compliant: %s is %s", path,
            e->reason);
    case FLAMA_ESERIALIZATION:
        return flama_error_set_at(err, code, path, "The string %s is not UTF-8", path);
    case FLAMA_ELIMIT:
        return flama_error_set(err, code, "The value is nested deeper than %d levels",
                               FLAMA_JSON_DEPTH_MAX);
    default:
        return flama_error_set(err, code, "A value of no known kind");
    }
}

int flama_json_encode(flama_arena *arena, const flama_value *value, unsigned flags,
                      flama_string *out, flama_error *err)
{
    flama_encoder e;
    e.flags = flags;
    e.level = 0;
    e.reason = "";
    e.path_at = sizeof e.path;
    flama_buffer_init_arena(&e.out, arena, SIZE_MAX / 2);
    int rc = put_value(&e, value);
    if (rc == 0)
        rc = flama_encoder__put(&e, "", 1);
    if (rc != 0)
        return fail(&e, rc, err);
    *out = (flama_string){e.out.data, e.out.size - 1};
    return 0;
}
