#include "engine/sklearn/category.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

/* A number as a key of the map: its bytes, -0 being 0. */
static flama_string number_key(double *number)
{
    *number = *number == 0 ? 0 : *number;
    return (flama_string){(const char *)number, sizeof *number};
}

static void put(flama_sk_loader *in, flama_map *map, flama_string key, size_t index)
{
    if (flama_map_put(map, key, (void *)(uintptr_t)(index + 1), NULL) != 0)
        in->failed = flama_error__memory(in->err);
}

static void add_number(flama_sk_loader *in, flama_sk_categories *c, double number,
                       size_t index)
{
    if (isnan(number)) {
        c->nan = index;
        c->nan_is_last = index + 1 == c->count;
        return;
    }
    double *kept = flama_sk_new(in, 1, sizeof *kept);
    if (kept) {
        *kept = number;
        put(in, &c->numbers, number_key(kept), index);
    }
}

static void add_text(flama_sk_loader *in, flama_sk_categories *c, flama_string text,
                     size_t index)
{
    char *kept = flama_arena_copy(in->arena, text.data, text.size);
    if (kept == NULL)
        in->failed = flama_error__memory(in->err);
    else
        put(in, &c->texts, (flama_string){kept, text.size}, index);
}

/* An item of an array of objects. */
static void add_object(flama_sk_loader *in, flama_sk_categories *c, const char *name,
                       const flama_pickle *item, size_t index)
{
    double number;
    flama_numpy scalar;
    flama_string text;
    if (item->kind == FLAMA_PICKLE_NONE)
        c->none = index;
    else if (item->kind == FLAMA_PICKLE_STRING)
        add_text(in, c, item->text, index);
    else if (flama_numpy_number(item, &number))
        add_number(in, c, number, index);
    else if (flama_numpy_is(item) && flama_sk_node_array(in, item, name, &scalar) &&
             scalar.kind == 'U' && scalar.count == 1 &&
             flama_numpy_strings(in->scratch, &scalar, &text, NULL) == 0)
        add_text(in, c, text, index);
    else
        flama_sk_refuse(in, "has categories that are neither strings nor numbers");
}

static void add_array(flama_sk_loader *in, flama_sk_categories *c, const char *name,
                      const flama_numpy *array)
{
    flama_error inner = {0};
    int code = 0;
    if (array->kind == 'U') {
        flama_string *texts =
            flama_arena_calloc(in->scratch, array->count, sizeof *texts);
        code = texts ? flama_numpy_strings(in->scratch, array, texts, &inner)
                     : FLAMA_EMEMORY;
        for (size_t i = 0; code == 0 && in->failed == 0 && i < array->count; i++)
            add_text(in, c, texts[i], i);
    } else if (strchr("biuf", array->kind)) {
        double *numbers =
            flama_arena_calloc(in->scratch, array->count, sizeof *numbers);
        code =
            numbers ? flama_numpy_doubles(array, NULL, numbers, &inner) : FLAMA_EMEMORY;
        for (size_t i = 0; code == 0 && in->failed == 0 && i < array->count; i++)
            add_number(in, c, numbers[i], i);
    } else if (array->kind == 'O') {
        for (size_t i = 0; in->failed == 0 && i < array->count; i++)
            add_object(in, c, name, array->items[i], i);
    } else
        flama_sk_refuse(in, "has categories that are neither strings nor numbers");
    if (code == FLAMA_EMEMORY)
        in->failed = flama_error__memory(in->err);
    else if (code)
        flama_sk_damaged(in, name, "is damaged: %s", inner.message);
}

static void read_one(flama_sk_loader *in, const flama_pickle *node, const char *name,
                     flama_sk_categories *out)
{
    flama_numpy array;
    if (!flama_sk_node_array(in, node, name, &array))
        return;
    if (array.rank != 1 || array.count > INT32_MAX) {
        flama_sk_damaged(in, name, "holds something that is no list");
        return;
    }
    *out =
        (flama_sk_categories){.count = array.count, .none = SIZE_MAX, .nan = SIZE_MAX};
    flama_map_init(&out->texts, in->arena);
    flama_map_init(&out->numbers, in->arena);
    add_array(in, out, name, &array);
}

const flama_sk_categories *flama_sk_categories_read(flama_sk_loader *in,
                                                    const flama_pickle *object,
                                                    const char *name, size_t *features)
{
    size_t count;
    flama_pickle *const *arrays = flama_sk_items(in, object, name, &count);
    if (arrays && *features != FLAMA_SK_ANY && *features != count)
        flama_sk_damaged(in, name, "has %zu lists for %zu features", count, *features);
    flama_sk_categories *all = flama_sk_new(in, count, sizeof *all);
    for (size_t i = 0; in->failed == 0 && i < count; i++)
        read_one(in, arrays[i], name, &all[i]);
    *features = count;
    return in->failed ? NULL : all;
}

const flama_sk_categories *flama_sk_categories_read_one(flama_sk_loader *in,
                                                        const flama_pickle *object,
                                                        const char *name)
{
    flama_sk_categories *one = flama_sk_new(in, 1, sizeof *one);
    if (one)
        read_one(in, flama_sk_get(in, object, name), name, one);
    return in->failed ? NULL : one;
}

static size_t find(const flama_map *map, flama_string key)
{
    return (size_t)(uintptr_t)flama_map_get(map, key) - 1;
}

static size_t find_number(const flama_sk_categories *c, double number)
{
    return find(&c->numbers, number_key(&number));
}

/* None, or NaN; where only the other one is a category, that. */
static size_t find_missing(const flama_sk_categories *c, bool none)
{
    size_t first = none ? c->none : c->nan, second = none ? c->nan : c->none;
    return first != SIZE_MAX ? first : second;
}

size_t flama_sk_category_of(const flama_sk_categories *c, const flama_sk_matrix *x,
                            size_t cell)
{
    if (x->data) {
        double number = x->data[cell];
        return isnan(number) ? find_missing(c, x->is_input) : find_number(c, number);
    }
    const flama_value *v = &x->cells[cell];
    switch (v->kind) {
    case FLAMA_KIND_STRING:
        return find(&c->texts, v->string);
    case FLAMA_KIND_BOOL:
        return find_number(c, v->boolean);
    case FLAMA_KIND_INTEGER:
        return find_number(c, (double)v->integer);
    case FLAMA_KIND_NUMBER:
        return isnan(v->number) ? find_missing(c, false) : find_number(c, v->number);
    case FLAMA_KIND_NULL:
        return find_missing(c, true);
    default:
        return SIZE_MAX;
    }
}

/* At most 40 bytes of it, whole characters. */
static int shown_size(flama_string text)
{
    size_t n = text.size > 40 ? 40 : text.size;
    while (n > 0 && n < text.size && ((unsigned char)text.data[n] & 0xC0) == 0x80)
        n--;
    return (int)n;
}

int flama_sk_category_unknown(const flama_sk_estimator *self, flama_call *call,
                              const flama_sk_matrix *x, size_t cell)
{
    char text[64] = "None";
    double number = x->data ? x->data[cell] : 0;
    const flama_value *v = x->data ? NULL : &x->cells[cell];
    flama_value shown = v ? *v : flama_value_number(number);
    if (shown.kind == FLAMA_KIND_STRING)
        snprintf(text, sizeof text, "'%.*s'", shown_size(shown.string),
                 shown.string.data);
    else if (shown.kind == FLAMA_KIND_BOOL)
        snprintf(text, sizeof text, "%s", shown.boolean ? "True" : "False");
    else if (shown.kind == FLAMA_KIND_INTEGER)
        snprintf(text, sizeof text, "%lld", (long long)shown.integer);
    else if (shown.kind == FLAMA_KIND_NUMBER && !(isnan(shown.number) && x->is_input))
        snprintf(text, sizeof text, "%.12g", shown.number);
    return flama_sk_fail_cell(call, x, cell,
                              "Found unknown categories [%s] in column %zu during "
                              "transform: %s knows none such",
                              text, cell % x->cols, self->name);
}
