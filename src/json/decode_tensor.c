/* Rectangular arrays of numbers, read without a tree.
 *
 * An array is tried as a tensor once, numbers going straight into one growing run.
 * Where it turns out to be none, its text is read again as a plain array; what keeps a
 * hostile nest from multiplying that work:
 *  - The brackets an array begins with are counted once. If no number or null follows,
 *    or more than FLAMA_MAX_RANK of them, all (or the outer ones) are plain without a
 * try.
 *  - A failed try bans just those of its open arrays that can't be tensors by what they
 *    hold so far. The closed arrays inside are tensors for certain, so reading them
 * again succeeds; an open one that isn't banned has had nothing but its first row read.
 * So no byte is read more than three times, and whether an array is a tensor depends on
 * its own text only. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "json/decoder.h"
#include "json/number.h"

#define UNKNOWN SIZE_MAX

typedef struct tensor {
    flama_decoder *decoder;
    const char *p;
    union {
        void *data;
        int64_t *integers;
        double *numbers;
    };
    bool floating; /* data are numbers, no longer integers */
    size_t count;
    size_t capacity;
    size_t nulls;
    size_t first_null;
    unsigned rank;
    unsigned level;                    /* of the innermost open array */
    size_t shape[FLAMA_MAX_RANK];      /* UNKNOWN until one of that level has closed */
    size_t done[FLAMA_MAX_RANK];       /* items of the open array of that level */
    const char *start[FLAMA_MAX_RANK]; /* its bracket */
} tensor;

/* Moves the cells into room of the arena that a failed try has left. */
static void take_spare(tensor *t)
{
    flama_decoder *d = t->decoder;
    memcpy(d->spare, t->data, t->count * sizeof(double));
    t->data = d->spare;
    t->capacity = d->spare_capacity;
    d->spare = NULL;
}

/* Room for more: as many numbers as the rest of the text would hold at the length they
 * had so far, at least half as many again, and no more than fit between commas. */
static int grow(tensor *t)
{
    flama_decoder *d = t->decoder;
    bool first = t->data == d->scratch;
    if (first && d->spare) {
        take_spare(t);
        return 0;
    }
    size_t read = (size_t)(t->p - t->start[0]), left = (size_t)(d->end - t->p);
    size_t more = (size_t)((double)left / (double)read * 1.02 * (double)t->count) + 16;
    more = more > t->count / 2 ? more : t->count / 2;
    more = more < left / 2 + 1 ? more : left / 2 + 1;
    size_t bytes, used = t->count * sizeof(double);
    if (__builtin_mul_overflow(t->count + more, sizeof(double), &bytes))
        return flama_error__memory(d->err);
    void *data = first ? flama_arena_alloc(d->arena, bytes)
                       : flama_arena_grow(d->arena, t->data, used, bytes);
    if (data == NULL)
        return flama_error__memory(d->err);
    if (first)
        memcpy(data, t->data, used);
    t->data = data;
    t->capacity = t->count + more;
    return 0;
}

static void widen(tensor *t)
{
    for (size_t i = 0; i < t->count; i++) {
        double number = (double)t->integers[i];
        memcpy(&t->numbers[i], &number, sizeof number);
    }
    t->floating = true;
}

static bool read_null(tensor *t)
{
    if (t->decoder->end - t->p < 4 || memcmp(t->p, "null", 4) != 0)
        return false;
    if (!t->floating)
        widen(t);
    if (t->nulls++ == 0)
        t->first_null = t->count;
    t->numbers[t->count++] = NAN;
    t->p += 4;
    return true;
}

static inline bool read_cell(tensor *t)
{
    flama_json_number number;
    const char *p = flama_json__read_short(t->p, t->decoder->end, &number.number);
    if (p)
        number.kind = FLAMA_NUMBER_FLOAT;
    else
        p = flama_json__read_number(t->p, t->decoder->end, &number);
    if (p == NULL)
        return read_null(t);
    t->p = p;
    if (!t->floating) {
        if (number.kind == FLAMA_NUMBER_INTEGER) {
            t->integers[t->count++] = number.integer;
            return true;
        }
        widen(t);
    }
    t->numbers[t->count++] = number.number;
    return true;
}

static inline char next_byte(tensor *t)
{
    t->p = flama_decoder__skip(t->p, t->decoder->end);
    return t->p < t->decoder->end ? *t->p : '\0';
}

/* The array of `level` differs from its siblings: bans the open arrays above it that
 * hold a closed one, or hold an array that does. */
static int ban_ragged(tensor *t, unsigned level)
{
    flama_decoder *d = t->decoder;
    unsigned count = 0;
    for (unsigned i = 0; i < level; i++)
        if (t->done[i])
            count = i + 1;
    memcpy(d->banned, t->start, count * sizeof *t->start);
    d->banned_at = 0;
    d->banned_count = count;
    return 0;
}

/* No number at p: an item of the innermost open array that differs from the ones before
 * if it is an array or a number; else no tensor can hold it. */
static int ban_item(tensor *t)
{
    char c = next_byte(t);
    bool other = c == '[' || c == '-' || (c >= '0' && c <= '9') || c == 'n';
    if (other)
        return ban_ragged(t, t->level + 1);
    for (unsigned i = 0; i <= t->level; i++)
        t->done[i] = 1;
    return ban_ragged(t, t->level + 1);
}

/* Reads the cells of an innermost array up to its closing bracket. 1, 0 when it is none
 * of numbers, or FLAMA_EMEMORY. */
static int read_row(tensor *t)
{
    size_t *done = &t->done[t->level], width = t->shape[t->level];
    if (next_byte(t) == ']')
        return 1;
    for (;;) {
        if (t->count == t->capacity) {
            int rc = grow(t);
            if (rc != 0)
                return rc;
        }
        if (!read_cell(t))
            return ban_item(t);
        ++*done;
        char c = next_byte(t);
        if (c == ']')
            return 1;
        if (c != ',')
            return ban_item(t);
        if (*done == width)
            return ban_ragged(t, t->level);
        t->p++;
        next_byte(t);
    }
}

/* Opens arrays down to the innermost level. */
static int descend(tensor *t)
{
    while (t->level + 1 < t->rank) {
        if (next_byte(t) == ']' && t->done[t->level] == 0)
            return ban_ragged(t, t->level);
        if (next_byte(t) != '[')
            return ban_item(t);
        t->level++;
        t->done[t->level] = 0;
        t->start[t->level] = t->p++;
    }
    return 1;
}

/* At a closing bracket: closes arrays until a comma asks for the next item. *whole when
 * the outermost is closed. */
static int ascend(tensor *t, bool *whole)
{
    for (;;) {
        unsigned level = t->level;
        if (t->shape[level] == UNKNOWN)
            t->shape[level] = t->done[level];
        else if (t->shape[level] != t->done[level])
            return ban_ragged(t, level);
        t->p++;
        *whole = level == 0;
        if (*whole)
            return 1;
        t->level = --level;
        t->done[level]++;
        char c = next_byte(t);
        if (c == ']')
            continue;
        if (c != ',')
            return ban_item(t);
        if (t->done[level] == t->shape[level])
            return ban_ragged(t, level);
        t->p++;
        return 1;
    }
}

/* Reads it all: 1, 0 when it is no tensor, or a negative code. */
static int read_cells(tensor *t)
{
    bool whole = false;
    int rc = 1;
    while (rc > 0 && !whole) {
        rc = descend(t);
        if (rc > 0)
            rc = read_row(t);
        if (rc > 0)
            rc = ascend(t, &whole);
    }
    return rc;
}

/* Arrays of that shape, of nulls: there is no number to give it a type. */
static int nulls_only(tensor *t, unsigned level, flama_value *out)
{
    flama_builder array;
    flama_array_begin(&array, t->decoder->arena);
    for (size_t i = 0; i < t->shape[level]; i++) {
        flama_value item = flama_value_null();
        if (level + 1 < t->rank && nulls_only(t, level + 1, &item) != 0)
            break;
        flama_array_add(&array, item);
    }
    int rc = array.count == t->shape[level] ? 0 : FLAMA_EMEMORY;
    return rc == 0 ? flama_builder_end(&array, out)
                   : flama_error__memory(t->decoder->err);
}

static int finish(tensor *t, flama_value *out)
{
    flama_decoder *d = t->decoder;
    if (t->nulls == t->count)
        return nulls_only(t, 0, out);
    void *data = t->data;
    size_t bytes = t->count * sizeof(double);
    if (data == d->scratch && (data = flama_arena_alloc(d->arena, bytes)) != NULL)
        memcpy(data, t->data, bytes);
    flama_tensor *result = flama_arena_alloc(d->arena, sizeof *result);
    if (data == NULL || result == NULL)
        return flama_error__memory(d->err);
    *result =
        (flama_tensor){.dtype = t->floating ? FLAMA_DTYPE_FLOAT64 : FLAMA_DTYPE_INT64,
                       .rank = t->rank,
                       .count = t->count,
                       .data = data,
                       .text = {t->start[0], (size_t)(t->p - t->start[0])},
                       .nulls = t->nulls,
                       .first_null = t->first_null};
    memcpy(result->shape, t->shape, t->rank * sizeof *t->shape);
    *out = flama_value_tensor(result);
    return 0;
}

/* Counts the brackets from p on: the rank to try, or 0 with d->plain set. */
static unsigned rank_to_try(flama_decoder *d)
{
    const char *p = d->p;
    size_t brackets = 0, room = d->depth_limit - d->depth;
    while (p < d->end && *p == '[' && brackets <= room) {
        brackets++;
        p = flama_decoder__skip(p + 1, d->end);
    }
    char c = p < d->end ? *p : '\0';
    bool number = c == '-' || (c >= '0' && c <= '9') || c == 'n';
    if (brackets > room || !number)
        d->plain = brackets;
    else if (brackets > FLAMA_MAX_RANK)
        d->plain = brackets - FLAMA_MAX_RANK;
    return d->plain ? 0 : (unsigned)brackets;
}

static bool is_plain(flama_decoder *d)
{
    if (d->banned_at < d->banned_count && d->banned[d->banned_at] == d->p) {
        d->banned_at++;
        return true;
    }
    if (d->plain == 0)
        return false;
    d->plain--;
    return true;
}

int flama_decoder__tensor(flama_decoder *d, flama_value *out)
{
    if (is_plain(d))
        return 0;
    unsigned rank = rank_to_try(d);
    if (rank == 0) {
        d->plain--;
        return 0;
    }
    tensor t;
    t.decoder = d;
    t.p = d->p + 1;
    t.data = d->scratch;
    t.capacity = FLAMA_DECODER_SCRATCH;
    t.floating = false;
    t.count = t.nulls = t.first_null = 0;
    t.rank = rank;
    t.level = 0;
    t.start[0] = d->p;
    t.done[0] = 0;
    for (unsigned i = 0; i < rank; i++)
        t.shape[i] = UNKNOWN;
    int rc = read_cells(&t);
    if (rc <= 0) {
        if (rc == 0 && d->banned_count)
            d->banned_at = 1; /* the caller reads the outermost now */
        if (t.data != d->scratch) {
            d->spare = t.data;
            d->spare_capacity = t.capacity;
        }
        return rc;
    }
    rc = finish(&t, out);
    d->p = t.p;
    return rc == 0 ? 1 : rc;
}
