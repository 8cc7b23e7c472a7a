/* Objects as numbers: DictVectorizer, and FeatureHasher, which takes lists of names or
 * of pairs too. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "engine/sklearn/counter.h"
#include "engine/sklearn/families.h"
#include "engine/sklearn/input.h"

typedef enum shape { OBJECTS, PAIRS, NAMES } shape;

typedef struct records {
    shape shape;
    flama_map vocabulary; /* column + 1 of each name, when it does not hash */
    size_t hashed;        /* number of columns, when it does */
    bool alternate_sign;
    bool single;            /* numbers are floats */
    flama_string separator; /* of a name and its text */
} records;

/* One request's way through its items. */
typedef struct reading {
    const records *model;
    const flama_sk_matrix *x;
    flama_sk_counter counter;
} reading;

static int add_number(reading *r, flama_string name, double value)
{
    const records *m = r->model;
    value = m->single ? (double)(float)value : value;
    if (m->hashed)
        return flama_sk_counter_add_hashed(&r->counter, name, m->hashed,
                                           m->alternate_sign, value);
    uintptr_t column = (uintptr_t)flama_map_get(&m->vocabulary, name);
    return column ? flama_sk_counter_add(&r->counter, column - 1, value) : 0;
}

static int add_text(reading *r, flama_string name, flama_string text)
{
    flama_string separator = r->model->separator;
    flama_string both = {.size = name.size + separator.size + text.size};
    char *joined = flama_sk_alloc(r->counter.call, 1, both.size + 1);
    if (joined == NULL)
        return FLAMA_EMEMORY;
    memcpy(joined, name.data, name.size);
    memcpy(joined + name.size, separator.data, separator.size);
    memcpy(joined + name.size + separator.size, text.data, text.size);
    both.data = joined;
    return add_number(r, both, 1);
}

static int unsupported(const reading *r, flama_string name, const flama_value *value)
{
    return flama_sk_fail_cell(
        r->counter.call, r->x, r->counter.row, "Unsupported value (%s) for '%.*s'",
        flama_kind_name(value->kind), name.size > 40 ? 40 : (int)name.size, name.data);
}

/* The value of a name: a number, or a text, which makes a name of its own. */
static int add_value(reading *r, flama_string name, const flama_value *value)
{
    switch (value->kind) {
    case FLAMA_KIND_STRING:
        return add_text(r, name, value->string);
    case FLAMA_KIND_BOOL:
        return add_number(r, name, value->boolean);
    case FLAMA_KIND_INTEGER:
        return add_number(r, name, (double)value->integer);
    case FLAMA_KIND_NUMBER:
        return add_number(r, name, value->number);
    case FLAMA_KIND_NULL:
        return r->model->hashed ? unsupported(r, name, value)
                                : add_number(r, name, NAN);
    default:
        return unsupported(r, name, value);
    }
}

/* The same; where nothing is hashed a list of texts is each of them. */
static int add_member(reading *r, const flama_member *member)
{
    const flama_value *value = &member->value;
    int code = 0;
    if (value->kind != FLAMA_KIND_ARRAY || r->model->hashed)
        return add_value(r, member->name, value);
    for (size_t i = 0; code == 0 && i < value->array.count; i++) {
        const flama_value *text = &value->array.items[i];
        code = text->kind == FLAMA_KIND_STRING ? add_text(r, member->name, text->string)
                                               : unsupported(r, member->name, text);
    }
    return code;
}

static int expect(const reading *r, const char *wanted)
{
    return flama_sk_fail_cell(r->counter.call, r->x, r->counter.row,
                              "%s is expected here", wanted);
}

/* Of equal names the last one counts. */
static int add_object(reading *r, const flama_value *item)
{
    flama_map seen;
    int code = 0;
    if (item->kind != FLAMA_KIND_OBJECT)
        return expect(r, "An object of names and values");
    flama_map_init(&seen, flama_call_arena(r->counter.call));
    for (size_t i = item->object.count; code == 0 && i-- > 0;) {
        const flama_member *member = &item->object.members[i];
        void *there = NULL;
        if (flama_map_put(&seen, member->name, (void *)(uintptr_t)1, &there) != 0)
            return flama_fail(r->counter.call, FLAMA_EMEMORY, "%s",
                              flama_error_text(FLAMA_EMEMORY));
        code = there ? 0 : add_member(r, member);
    }
    return code;
}

/* A list of names, or of pairs of a name and a value. */
static int add_list(reading *r, const flama_value *item)
{
    bool pairs = r->model->shape == PAIRS;
    int code = 0;
    if (item->kind != FLAMA_KIND_ARRAY)
        return expect(r, pairs ? "A list of [name, value]" : "A list of names");
    for (size_t i = 0; code == 0 && i < item->array.count; i++) {
        const flama_value *one = &item->array.items[i];
        size_t length = pairs && one->kind == FLAMA_KIND_ARRAY ? one->array.count : 0;
        const flama_value *name = length == 2 ? &one->array.items[0] : one;
        if (pairs != (length == 2) || name->kind != FLAMA_KIND_STRING)
            return expect(r, pairs ? "A list of [name, value]" : "A list of names");
        code = pairs ? add_value(r, name->string, &one->array.items[1])
                     : add_number(r, name->string, 1);
    }
    return code;
}

static int transform(const flama_sk_estimator *self, flama_call *call,
                     const flama_sk_matrix *x, flama_sk_matrix *out)
{
    reading r = {.model = self->model, .x = x};
    int code = flama_sk_counter_init(&r.counter, call, x->rows);
    for (size_t i = 0; code == 0 && i < x->rows; i++) {
        flama_value number = flama_value_null(); /* of a list of numbers */
        const flama_value *item = x->cells ? &x->cells[i] : &number;
        code = r.model->shape == OBJECTS ? add_object(&r, item) : add_list(&r, item);
        if (code == 0)
            code = flama_sk_counter_next(&r.counter);
    }
    return code ? code : flama_sk_counter_end(&r.counter, self->columns, out);
}

static const flama_sk_methods methods = {.transform = transform};

static records *new_records(flama_sk_loader *in, const flama_pickle *self,
                            flama_sk_estimator *out)
{
    records *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL)
        return NULL;
    m->single = flama_sk_single_dtype(in, self);
    m->separator = (flama_string){"=", 1};
    out->model = m;
    out->methods = &methods;
    out->accepts = FLAMA_SK_NAN | FLAMA_SK_CELLS | FLAMA_SK_FLAT | FLAMA_SK_ITEMS;
    out->features = 0;
    out->cost = 2000;
    return in->failed ? NULL : m;
}

FLAMA_SK_LOAD(feature_hasher)
{
    static const char *const shapes[] = {"dict", "pair", "string", NULL};
    records *m = new_records(in, self, out);
    int64_t columns = flama_sk_integer(in, self, "n_features");
    size_t which = flama_sk_choice(in, self, "input_type", shapes);
    if (m == NULL || in->failed)
        return in->failed;
    if (columns < 1 || columns > INT32_MAX)
        return flama_sk_damaged(in, "n_features", "is out of range");
    m->shape = (shape)which;
    m->hashed = (size_t)columns;
    m->alternate_sign = flama_sk_flag_or(in, self, "alternate_sign", true);
    out->columns = m->hashed;
    return in->failed;
}

FLAMA_SK_LOAD(dict_vectorizer)
{
    records *m = new_records(in, self, out);
    const flama_pickle *separator = flama_sk_get(in, self, "separator");
    if (m == NULL || in->failed)
        return in->failed;
    if (separator->kind != FLAMA_PICKLE_STRING)
        return flama_sk_damaged(in, "separator", "is no text");
    m->separator = separator->text;
    m->separator.data =
        flama_arena_copy(in->arena, separator->text.data, separator->text.size);
    if (m->separator.data == NULL)
        return in->failed = flama_error__memory(in->err);
    out->columns = flama_sk_vocabulary_read(in, flama_sk_get(in, self, "vocabulary_"),
                                            &m->vocabulary);
    return in->failed;
}
