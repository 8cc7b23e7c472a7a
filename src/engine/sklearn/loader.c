#include "engine/sklearn/loader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "engine/sklearn/table.h"

enum { MAX_DEPTH = 32, MAX_EFFORT = 1 << 27, EFFORT_OF_ESTIMATOR = 4096 };

/* Versions whose layouts are known: 1.0 to 1.9. */
enum { OLDEST = 100, NEWEST = 109 };

int flama_sk_damaged(flama_sk_loader *in, const char *name, const char *format, ...)
{
    char text[300];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (in->failed == 0)
        in->failed = flama_error_set(in->err, FLAMA_EFORMAT, "%s.%s %s",
                                     in->name ? in->name : "model", name, text);
    return in->failed;
}

int flama_sk_refuse(flama_sk_loader *in, const char *format, ...)
{
    char text[300];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (in->failed == 0)
        in->failed = flama_error_set(in->err, FLAMA_EUNSUPPORTED, "%s %s",
                                     in->name ? in->name : "model", text);
    return in->failed;
}

void *flama_sk_new(flama_sk_loader *in, size_t count, size_t size)
{
    void *memory = in->failed ? NULL : flama_arena_calloc(in->arena, count, size);
    if (memory == NULL && in->failed == 0)
        in->failed = flama_error__memory(in->err);
    return memory;
}

/* Counts work that a pickle of shared nodes could ask for many times over. */
static bool spend(flama_sk_loader *in, size_t effort)
{
    if (in->failed == 0 && (effort > MAX_EFFORT || in->effort > MAX_EFFORT - effort))
        in->failed =
            flama_error_set(in->err, FLAMA_ELIMIT,
                            "the model is too large or repeats itself too often");
    in->effort += in->failed ? 0 : effort;
    return in->failed == 0;
}

const flama_pickle *flama_sk_find(flama_sk_loader *in, const flama_pickle *object,
                                  const char *name)
{
    size_t cost = 1;
    if (in->failed)
        return NULL;
    const flama_pickle *node = flama_pickle_attribute(object, name, &cost);
    if (!spend(in, cost) || node == NULL || node->kind == FLAMA_PICKLE_NONE)
        return NULL;
    return node;
}

const flama_pickle *flama_sk_get(flama_sk_loader *in, const flama_pickle *object,
                                 const char *name)
{
    const flama_pickle *node = flama_sk_find(in, object, name);
    if (node == NULL)
        flama_sk_damaged(in, name, "is missing: the model is damaged or not fitted");
    return node;
}

const flama_pickle *flama_sk_entry(flama_sk_loader *in, const flama_pickle *dict,
                                   const flama_pickle *key)
{
    if (in->failed || !spend(in, dict->count) || key->kind != FLAMA_PICKLE_STRING)
        return NULL;
    for (size_t i = dict->count; i >= 2; i -= 2) {
        const flama_pickle *k = dict->items[i - 2];
        if (k->kind == FLAMA_PICKLE_STRING && k->text.size == key->text.size &&
            memcmp(k->text.data, key->text.data, k->text.size) == 0)
            return dict->items[i - 1];
    }
    return NULL;
}

/* Scalars. */

static double as_number(flama_sk_loader *in, const flama_pickle *node, const char *name)
{
    double number = 0;
    if (node && !flama_numpy_number(node, &number))
        flama_sk_damaged(in, name, "is no number");
    return number;
}

static int64_t as_integer(flama_sk_loader *in, const flama_pickle *node,
                          const char *name)
{
    int64_t integer = 0;
    if (node && !flama_numpy_integer(node, &integer))
        flama_sk_damaged(in, name, "is no integer");
    return integer;
}

double flama_sk_number(flama_sk_loader *in, const flama_pickle *object,
                       const char *name)
{
    return as_number(in, flama_sk_get(in, object, name), name);
}

double flama_sk_number_or(flama_sk_loader *in, const flama_pickle *object,
                          const char *name, double otherwise)
{
    const flama_pickle *node = flama_sk_find(in, object, name);
    return node ? as_number(in, node, name) : otherwise;
}

int64_t flama_sk_integer(flama_sk_loader *in, const flama_pickle *object,
                         const char *name)
{
    return as_integer(in, flama_sk_get(in, object, name), name);
}

int64_t flama_sk_integer_or(flama_sk_loader *in, const flama_pickle *object,
                            const char *name, int64_t otherwise)
{
    const flama_pickle *node = flama_sk_find(in, object, name);
    return node ? as_integer(in, node, name) : otherwise;
}

bool flama_sk_flag(flama_sk_loader *in, const flama_pickle *object, const char *name)
{
    return flama_sk_integer(in, object, name) != 0;
}

bool flama_sk_flag_or(flama_sk_loader *in, const flama_pickle *object, const char *name,
                      bool otherwise)
{
    return flama_sk_integer_or(in, object, name, otherwise) != 0;
}

static size_t as_choice(flama_sk_loader *in, const flama_pickle *node, const char *name,
                        const char *const *names)
{
    if (node == NULL)
        return 0;
    for (size_t i = 0; names[i]; i++)
        if (flama_pickle_is_text(node, names[i]))
            return i;
    if (node->kind != FLAMA_PICKLE_STRING)
        flama_sk_refuse(in, "with a %s that is no name is not run", name);
    else
        flama_sk_refuse(in, "with %s=\"%.*s\" is not run", name,
                        node->text.size > 60 ? 60 : (int)node->text.size,
                        node->text.data);
    return 0;
}

size_t flama_sk_choice(flama_sk_loader *in, const flama_pickle *object,
                       const char *name, const char *const *names)
{
    return as_choice(in, flama_sk_get(in, object, name), name, names);
}

size_t flama_sk_choice_or(flama_sk_loader *in, const flama_pickle *object,
                          const char *name, const char *const *names, size_t otherwise)
{
    const flama_pickle *node = flama_sk_find(in, object, name);
    return node ? as_choice(in, node, name, names) : otherwise;
}

bool flama_sk_single_dtype(flama_sk_loader *in, const flama_pickle *object)
{
    const flama_pickle *dtype = flama_sk_find(in, object, "dtype");
    if (dtype == NULL || flama_pickle_is_global(dtype, "float64") ||
        flama_pickle_is_global(dtype, "float"))
        return false;
    if (!flama_pickle_is_global(dtype, "float32"))
        flama_sk_refuse(in, "with a dtype that is neither float32 nor float64 is not "
                            "run");
    return true;
}

/* Arrays. */

static bool read_array(flama_sk_loader *in, const flama_pickle *node, const char *name,
                       flama_numpy *out)
{
    *out = (flama_numpy){0};
    if (node == NULL || in->failed)
        return false;
    flama_error inner = {0};
    int code = flama_numpy_read(in->scratch, node, out, &inner);
    if (code == FLAMA_EUNSUPPORTED)
        flama_sk_refuse(in, "is not read: %s: %s", name, inner.message);
    else if (code == FLAMA_EMEMORY)
        in->failed = flama_error__memory(in->err);
    else if (code)
        flama_sk_damaged(in, name, "is damaged: %s", inner.message);
    return code == 0 && spend(in, out->count / 8);
}

flama_pickle *const *flama_sk_items(flama_sk_loader *in, const flama_pickle *object,
                                    const char *name, size_t *count)
{
    static flama_pickle *const nothing[1];
    const flama_pickle *node = flama_sk_get(in, object, name);
    flama_numpy array;
    *count = 0;
    if (node == NULL)
        return NULL;
    if (node->kind == FLAMA_PICKLE_LIST || node->kind == FLAMA_PICKLE_TUPLE) {
        *count = node->count;
        if (!spend(in, node->count))
            return NULL;
        return node->count ? node->items : nothing;
    }
    if (!flama_numpy_is(node) || !read_array(in, node, name, &array) ||
        array.kind != 'O') {
        flama_sk_damaged(in, name, "is no list");
        return NULL;
    }
    *count = array.count;
    return array.count ? array.items : nothing;
}

bool flama_sk_array(flama_sk_loader *in, const flama_pickle *object, const char *name,
                    flama_numpy *out)
{
    return read_array(in, flama_sk_get(in, object, name), name, out);
}

bool flama_sk_node_array(flama_sk_loader *in, const flama_pickle *node,
                         const char *name, flama_numpy *out)
{
    return read_array(in, node, name, out);
}

bool flama_sk_is_single(flama_sk_loader *in, const flama_pickle *object,
                        const char *name)
{
    flama_numpy array;
    return flama_sk_array(in, object, name, &array) && array.kind == 'f' &&
           array.item_size == 4;
}

/* Takes or checks a dimension. */
static bool fits(flama_sk_loader *in, const char *name, const char *what, size_t *want,
                 size_t have)
{
    if (*want == FLAMA_SK_ANY)
        *want = have;
    if (*want != have)
        flama_sk_damaged(in, name, "has %zu %s where %zu are expected", have, what,
                         *want);
    return in->failed == 0;
}

static const double *convert_doubles(flama_sk_loader *in, const flama_numpy *array,
                                     const char *name)
{
    flama_error inner = {0};
    double *out = flama_sk_new(in, array->count, sizeof *out);
    if (out && flama_numpy_doubles(array, NULL, out, &inner) != 0) {
        flama_sk_damaged(in, name, "is damaged: %s", inner.message);
        return NULL;
    }
    return out;
}

/* A list or tuple of numbers. */
static const double *list_vector(flama_sk_loader *in, const flama_pickle *node,
                                 const char *name, size_t *count)
{
    if (!spend(in, node->count) || !fits(in, name, "numbers", count, node->count))
        return NULL;
    double *out = flama_sk_new(in, node->count, sizeof *out);
    for (size_t i = 0; out && i < node->count; i++)
        if (!flama_numpy_number(node->items[i], &out[i])) {
            flama_sk_damaged(in, name, "holds something that is no number");
            return NULL;
        }
    return out;
}

/* Arrays that are really one row or column: all dimensions but one are 1. */
static bool is_line(const flama_numpy *array)
{
    unsigned longer = 0;
    for (unsigned i = 0; i < array->rank; i++)
        longer += array->shape[i] != 1;
    return longer <= 1;
}

static const double *node_vector(flama_sk_loader *in, const flama_pickle *node,
                                 const char *name, size_t *count, bool ravel)
{
    flama_numpy array;
    if (node == NULL)
        return NULL;
    if (node->kind == FLAMA_PICKLE_LIST || node->kind == FLAMA_PICKLE_TUPLE)
        return list_vector(in, node, name, count);
    if (ravel && !flama_numpy_is(node)) {
        double *one = flama_sk_new(in, 1, sizeof *one);
        if (one)
            *one = as_number(in, node, name);
        return fits(in, name, "numbers", count, 1) ? one : NULL;
    }
    if (!read_array(in, node, name, &array))
        return NULL;
    if (array.rank != 1 && !(ravel && is_line(&array))) {
        flama_sk_damaged(in, name, "has %u dimensions where 1 is expected", array.rank);
        return NULL;
    }
    if (!fits(in, name, "numbers", count, array.count))
        return NULL;
    return convert_doubles(in, &array, name);
}

const double *flama_sk_node_vector(flama_sk_loader *in, const flama_pickle *node,
                                   const char *name, size_t *count)
{
    return node_vector(in, node, name, count, false);
}

const double *flama_sk_vector(flama_sk_loader *in, const flama_pickle *object,
                              const char *name, size_t *count)
{
    return node_vector(in, flama_sk_get(in, object, name), name, count, false);
}

const double *flama_sk_ravel(flama_sk_loader *in, const flama_pickle *object,
                             const char *name, size_t *count)
{
    return node_vector(in, flama_sk_get(in, object, name), name, count, true);
}

const int64_t *flama_sk_node_integers(flama_sk_loader *in, const flama_pickle *node,
                                      const char *name, size_t *count)
{
    flama_numpy array;
    flama_error inner = {0};
    if (!read_array(in, node, name, &array))
        return NULL;
    if (array.rank != 1) {
        flama_sk_damaged(in, name, "has %u dimensions where 1 is expected", array.rank);
        return NULL;
    }
    if (!fits(in, name, "integers", count, array.count))
        return NULL;
    int64_t *out = flama_sk_new(in, array.count, sizeof *out);
    if (out && flama_numpy_integers(&array, NULL, out, &inner) != 0) {
        flama_sk_damaged(in, name, "is damaged: %s", inner.message);
        return NULL;
    }
    return out;
}

const int64_t *flama_sk_integers(flama_sk_loader *in, const flama_pickle *object,
                                 const char *name, size_t *count)
{
    return flama_sk_node_integers(in, flama_sk_get(in, object, name), name, count);
}

/* scipy.sparse: data, indices and indptr over rows (csr) or columns (csc), as dense. */

typedef struct sparse {
    const double *data;
    const int64_t *indices, *indptr;
    size_t count, lines, width; /* lines are rows of csr, columns of csc */
    bool by_column;
} sparse;

static bool is_sparse(const flama_pickle *node, bool *by_column)
{
    *by_column = flama_pickle_is_object(node, "csc_matrix") ||
                 flama_pickle_is_object(node, "csc_array");
    return *by_column || flama_pickle_is_object(node, "csr_matrix") ||
           flama_pickle_is_object(node, "csr_array");
}

static bool sparse_shape(flama_sk_loader *in, const flama_pickle *node,
                         const char *name, size_t *rows, size_t *cols)
{
    const flama_pickle *shape = flama_sk_get(in, node, "_shape");
    int64_t n[2] = {1, -1}; /* a line is one row */
    if (shape == NULL)
        return false;
    size_t rank = shape->kind == FLAMA_PICKLE_TUPLE ? shape->count : 0;
    bool read = rank == 1 || rank == 2;
    for (size_t i = 0; read && i < rank; i++)
        read = flama_numpy_integer(shape->items[i], &n[2 - rank + i]);
    if (!read || n[0] < 0 || n[1] < 0) {
        flama_sk_damaged(in, name, "has a damaged shape");
        return false;
    }
    return fits(in, name, "rows", rows, (size_t)n[0]) &&
           fits(in, name, "columns", cols, (size_t)n[1]);
}

static bool spread(const sparse *s, double *dense)
{
    for (size_t line = 0; line < s->lines; line++) {
        int64_t from = s->indptr[line], to = s->indptr[line + 1];
        if (from < 0 || to < from || (uint64_t)to > s->count)
            return false;
        for (int64_t i = from; i < to; i++) {
            uint64_t at = (uint64_t)s->indices[i];
            if (at >= s->width)
                return false;
            dense[s->by_column ? at * s->lines + line : line * s->width + at] +=
                s->data[i];
        }
    }
    return true;
}

static const double *sparse_matrix(flama_sk_loader *in, const flama_pickle *node,
                                   const char *name, size_t *rows, size_t *cols,
                                   bool by_column)
{
    sparse s = {.by_column = by_column, .count = FLAMA_SK_ANY};
    if (!sparse_shape(in, node, name, rows, cols))
        return NULL;
    s.lines = by_column ? *cols : *rows;
    s.width = by_column ? *rows : *cols;
    size_t pointers = s.lines + 1;
    s.data = flama_sk_vector(in, node, "data", &s.count);
    s.indices = flama_sk_integers(in, node, "indices", &s.count);
    s.indptr = flama_sk_integers(in, node, "indptr", &pointers);
    size_t cells;
    if (__builtin_mul_overflow(*rows, *cols, &cells) || !spend(in, cells / 8))
        return NULL;
    double *dense = flama_sk_new(in, cells, sizeof *dense);
    if (in->failed == 0 && !spread(&s, dense)) {
        flama_sk_damaged(in, name, "is a damaged sparse matrix");
        return NULL;
    }
    return in->failed ? NULL : dense;
}

const double *flama_sk_node_matrix(flama_sk_loader *in, const flama_pickle *node,
                                   const char *name, size_t *rows, size_t *cols)
{
    flama_numpy array;
    bool by_column;
    if (node == NULL)
        return NULL;
    if (is_sparse(node, &by_column))
        return sparse_matrix(in, node, name, rows, cols, by_column);
    if (!read_array(in, node, name, &array))
        return NULL;
    if (array.rank != 2) {
        flama_sk_damaged(in, name, "has %u dimensions where 2 are expected",
                         array.rank);
        return NULL;
    }
    if (!fits(in, name, "rows", rows, array.shape[0]) ||
        !fits(in, name, "columns", cols, array.shape[1]))
        return NULL;
    return convert_doubles(in, &array, name);
}

const double *flama_sk_matrix_get(flama_sk_loader *in, const flama_pickle *object,
                                  const char *name, size_t *rows, size_t *cols)
{
    return flama_sk_node_matrix(in, flama_sk_get(in, object, name), name, rows, cols);
}

static bool copy_strings(flama_sk_loader *in, flama_string *strings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        strings[i].data = flama_arena_copy(in->arena, strings[i].data, strings[i].size);
        if (strings[i].data == NULL) {
            in->failed = flama_error__memory(in->err);
            return false;
        }
    }
    return true;
}

static flama_string *array_strings(flama_sk_loader *in, const flama_numpy *array,
                                   const char *name)
{
    flama_error inner = {0};
    flama_string *out = flama_sk_new(in, array->count, sizeof *out);
    if (out == NULL)
        return NULL;
    if (flama_numpy_strings(in->scratch, array, out, &inner) != 0) {
        flama_sk_damaged(in, name, "is damaged: %s", inner.message);
        return NULL;
    }
    return copy_strings(in, out, array->count) ? out : NULL;
}

const flama_string *flama_sk_strings(flama_sk_loader *in, const flama_pickle *object,
                                     const char *name, size_t *count)
{
    flama_numpy array;
    if (!flama_sk_array(in, object, name, &array) ||
        !fits(in, name, "strings", count, array.count))
        return NULL;
    return array_strings(in, &array, name);
}

/* Class labels. */

/* What an array of objects holds: the kind of all its items as numpy would name it, or
 * 'O' when they differ. */
static char kind_of_objects(const flama_numpy *array)
{
    char kind = 0;
    for (size_t i = 0; i < array->count; i++) {
        flama_pickle_kind k = array->items[i]->kind;
        char one = k == FLAMA_PICKLE_STRING    ? 'U'
                   : k == FLAMA_PICKLE_BOOL    ? 'b'
                   : k == FLAMA_PICKLE_INTEGER ? 'i'
                   : k == FLAMA_PICKLE_FLOAT   ? 'f'
                                               : 'O';
        if (flama_pickle_is_object(array->items[i], "scalar"))
            one =
                'U'; /* numpy.str_; another scalar is refused when it is read as text */
        if (kind && one != kind)
            return 'O';
        kind = one;
    }
    return kind;
}

static bool fill_labels(flama_sk_loader *in, const flama_numpy *array, const char *name,
                        char kind, flama_tensor *out)
{
    flama_error inner = {0};
    int code = 0;
    if (kind == 'U' || kind == 'S') {
        out->dtype = FLAMA_DTYPE_STRING;
        out->data = array_strings(in, array, name);
    } else if (kind == 'f') {
        double *numbers = flama_sk_new(in, array->count, sizeof *numbers);
        out->dtype = FLAMA_DTYPE_FLOAT64;
        out->data = numbers;
        code = numbers ? flama_numpy_doubles(array, NULL, numbers, &inner) : 0;
    } else {
        int64_t *integers = flama_sk_new(in, array->count, sizeof *integers);
        out->dtype = FLAMA_DTYPE_INT64;
        out->data = integers;
        code = integers ? flama_numpy_integers(array, NULL, integers, &inner) : 0;
    }
    if (code)
        flama_sk_damaged(in, name, "is damaged: %s", inner.message);
    return in->failed == 0;
}

/* Booleans were read as integers: one byte each instead. */
static void narrow_to_bool(flama_tensor *tensor, int64_t *integers)
{
    uint8_t *bytes = (uint8_t *)integers;
    for (size_t i = 0; i < tensor->count; i++)
        bytes[i] = integers[i] != 0;
    tensor->dtype = FLAMA_DTYPE_BOOL;
}

const flama_tensor *flama_sk_node_labels(flama_sk_loader *in, const flama_pickle *node,
                                         const char *name)
{
    flama_numpy array;
    if (!read_array(in, node, name, &array))
        return NULL;
    flama_tensor *out = flama_sk_new(in, 1, sizeof *out);
    if (out == NULL)
        return NULL;
    if (array.rank != 1 || array.count == 0) {
        flama_sk_damaged(in, name, "is no list of labels");
        return NULL;
    }
    char kind = array.kind == 'O' ? kind_of_objects(&array) : array.kind;
    if (strchr("biufUS", kind) == NULL || kind == 0) {
        flama_sk_refuse(in,
                        "has labels in %s that are not all integers, booleans, "
                        "numbers or strings",
                        name);
        return NULL;
    }
    *out = (flama_tensor){.rank = 1, .shape = {array.count}, .count = array.count};
    if (!fill_labels(in, &array, name, kind, out))
        return NULL;
    if (kind == 'b')
        narrow_to_bool(out, (int64_t *)(uintptr_t)out->data);
    return out;
}

int flama_sk_classes(flama_sk_loader *in, const flama_pickle *object, const char *name,
                     flama_sk_estimator *out)
{
    const flama_pickle *node = flama_sk_get(in, object, name);
    if (node == NULL)
        return in->failed;
    bool several = node->kind == FLAMA_PICKLE_LIST;
    size_t count = several ? node->count : 1;
    if (count == 0 || !spend(in, count))
        return flama_sk_damaged(in, name, "is empty");
    const flama_tensor **classes = flama_sk_new(in, count, sizeof *classes);
    for (size_t i = 0; classes && i < count; i++)
        classes[i] = flama_sk_node_labels(in, several ? node->items[i] : node, name);
    for (size_t i = 1; in->failed == 0 && i < count; i++)
        if (classes[i]->dtype != classes[0]->dtype)
            return flama_sk_refuse(in, "has outputs with labels of different kinds");
    out->classes = classes;
    out->outputs = count;
    out->wide = several;
    out->gives = FLAMA_SK_LABELS;
    return in->failed;
}

/* Estimators. */

/* "1.9.1" as 109; 0 when it is nothing of that form. */
static unsigned version_number(flama_string text)
{
    unsigned major = 0, minor = 0;
    char copy[32] = "";
    if (text.size >= sizeof copy)
        return 0;
    memcpy(copy, text.data, text.size);
    if (sscanf(copy, "%4u.%4u", &major, &minor) != 2 || minor > 99)
        return 0;
    return major * 100 + minor;
}

/* An estimator without a version of its own is of the one it stands in. */
static void read_version(flama_sk_loader *in, const flama_pickle *object)
{
    const flama_pickle *node = flama_sk_find(in, object, "_sklearn_version");
    if (node == NULL && in->depth > 1)
        return;
    if (in->failed == 0 && (node == NULL || node->kind != FLAMA_PICKLE_STRING)) {
        flama_sk_refuse(in, "does not say which scikit-learn made it");
        return;
    }
    unsigned version = node ? version_number(node->text) : 0;
    if (in->failed == 0 && (version < OLDEST || version > NEWEST))
        flama_sk_refuse(in,
                        "was made by scikit-learn %.*s; the layouts of 1.0 to 1.9 are "
                        "known",
                        node->text.size > 30 ? 30 : (int)node->text.size,
                        node->text.data);
    in->version = version;
}

static void read_features(flama_sk_loader *in, const flama_pickle *object,
                          flama_sk_estimator *out)
{
    int64_t features = flama_sk_integer_or(in, object, "n_features_in_", 0);
    if (features < 0 || features > INT32_MAX)
        flama_sk_damaged(in, "n_features_in_", "is out of range");
    out->features = (size_t)features;
    if (flama_sk_find(in, object, "feature_names_in_")) {
        size_t count = features ? out->features : FLAMA_SK_ANY;
        out->feature_names = flama_sk_strings(in, object, "feature_names_in_", &count);
        out->features = count; /* some tell of their features by name only */
    }
}

static const flama_sk_class *class_of(const flama_pickle *object)
{
    if (object == NULL || object->kind != FLAMA_PICKLE_OBJECT)
        return NULL;
    const flama_sk_class *class = object->object->type->tag;
    return class->load ? class : NULL;
}

static flama_sk_estimator *load_as(flama_sk_loader *in, const flama_sk_class *class,
                                   const flama_pickle *object)
{
    flama_sk_estimator *out = flama_sk_new(in, 1, sizeof *out);
    in->name = class->name;
    read_version(in, object);
    if (out == NULL || in->failed)
        return NULL;
    *out = (flama_sk_estimator){
        .name = class->name, .version = in->version, .outputs = 1, .cost = 1000};
    read_features(in, object, out);
    int code = in->failed ? in->failed : class->load(in, object, out);
    if (code || in->failed)
        return NULL;
    bool cells = (out->accepts & FLAMA_SK_CELLS) && !(out->accepts & FLAMA_SK_PASSES);
    if (cells)
        out->takes = out->accepts & FLAMA_SK_ITEMS  ? FLAMA_SK_TAKES_ITEMS
                     : out->accepts & FLAMA_SK_FLAT ? FLAMA_SK_TAKES_TEXTS
                                                    : FLAMA_SK_TAKES_CELLS;
    /* What load let pass must be whole: all else relies on it. */
    bool labels = out->gives == FLAMA_SK_LABELS;
    if (out->methods == NULL || out->outputs == 0 || (labels && out->classes == NULL)) {
        flama_sk_refuse(in, "is incomplete");
        return NULL;
    }
    return out;
}

/* What stands where an estimator should is none that is known here. */
static void refuse_stranger(flama_sk_loader *in, const flama_pickle *object)
{
    if (in->depth == 0)
        flama_sk_refuse(in, "file holds no scikit-learn estimator");
    else if (object && object->kind == FLAMA_PICKLE_OBJECT)
        flama_sk_refuse(in, "holds a %.*s, which is no estimator known here",
                        (int)object->object->type->name.size,
                        object->object->type->name.data);
    else
        flama_sk_refuse(in, "holds something that is no estimator");
}

flama_sk_estimator *flama_sk_load(flama_sk_loader *in, const flama_pickle *object)
{
    const flama_sk_class *class = class_of(object);
    const char *name = in->name;
    unsigned version = in->version;
    if (!spend(in, EFFORT_OF_ESTIMATOR))
        return NULL;
    if (class == NULL) {
        refuse_stranger(in, object);
        return NULL;
    }
    if (in->depth == MAX_DEPTH) {
        flama_sk_refuse(in, "stands in more than %d estimators", MAX_DEPTH);
        return NULL;
    }
    in->depth++;
    flama_sk_estimator *out = load_as(in, class, object);
    in->depth--;
    in->name = name;
    in->version = version;
    return out;
}
