/* Python objects as values of the core: what json.dumps takes, arrays by the buffer
 * protocol, and by the `encode` hook whatever else flama gives a meaning. */
#include <math.h>
#include <string.h>

#include "core.h"

typedef struct reader {
    flama_arena *arena;
    bool for_model;
    PyObject **keep;
    unsigned depth;
} reader;

static int read_object(reader *r, PyObject *object, flama_value *out);

static int no_memory(void)
{
    PyErr_NoMemory();
    return -1;
}

/* Holds a reference to what the value borrows from; takes the object. */
static int keep(reader *r, PyObject *object)
{
    if (object && *r->keep == NULL)
        *r->keep = PyList_New(0);
    int rc = object && *r->keep ? PyList_Append(*r->keep, object) : -1;
    Py_XDECREF(object);
    return rc;
}

static int read_text(PyObject *object, flama_string *out)
{
    Py_ssize_t size;
    out->data = PyUnicode_AsUTF8AndSize(object, &size);
    out->size = (size_t)size;
    return out->data ? 0 : -1;
}

static int read_integer(reader *r, PyObject *object, flama_value *out)
{
    int overflow;
    long long integer = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow == 0) {
        *out = flama_value_integer(integer);
        return integer == -1 && PyErr_Occurred() ? -1 : 0;
    }
    PyObject *text = PyLong_Type.tp_repr(object);
    double number = PyLong_AsDouble(object);
    if (number == -1.0 && PyErr_Occurred()) {
        PyErr_Clear();
        number = overflow > 0 ? INFINITY : -INFINITY;
    }
    flama_string digits;
    if (text == NULL || read_text(text, &digits) != 0) {
        Py_XDECREF(text);
        return -1;
    }
    *out = flama_value_number(number);
    out->digits = digits.data;
    return keep(r, text);
}

/* Rectangular lists of numbers. */

typedef struct numbers {
    unsigned rank;
    size_t shape[FLAMA_MAX_RANK];
    size_t count;
    bool floats; /* the cells are doubles, else int64 */
    size_t done;
    size_t nulls;
    size_t first_null;
    union {
        double *doubles;
        int64_t *integers;
        void *cells;
    };
} numbers;

static bool is_sequence(PyObject *object)
{
    return PyList_Check(object) || PyTuple_Check(object);
}

/* The shape by the first items; false when they say that it is no tensor. */
static bool guess_shape(PyObject *object, numbers *n)
{
    n->count = 1;
    while (is_sequence(object)) {
        size_t length = (size_t)PySequence_Fast_GET_SIZE(object);
        if (n->rank == FLAMA_MAX_RANK || length == 0 ||
            n->count > SIZE_MAX / 16 / length)
            return false;
        n->shape[n->rank++] = length;
        n->count *= length;
        object = PySequence_Fast_GET_ITEM(object, 0);
    }
    return PyFloat_Check(object) || PyLong_CheckExact(object) || object == Py_None;
}

static void make_floats(numbers *n)
{
    for (size_t i = 0; i < n->done && !n->floats; i++)
        n->doubles[i] = (double)n->integers[i];
    n->floats = true;
}

static bool add_float(const reader *r, numbers *n, double number)
{
    if (!n->floats && n->done > 0 && !r->for_model)
        return false; /* [1, 2.5] is to be printed as it is */
    make_floats(n);
    n->doubles[n->done++] = number;
    return true;
}

static bool add_integer(const reader *r, numbers *n, PyObject *object)
{
    int overflow;
    long long integer = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (!r->for_model && (overflow || n->floats))
        return false;
    if (overflow) {
        double number = PyLong_AsDouble(object);
        if (number == -1.0 && PyErr_Occurred()) {
            PyErr_Clear();
            number = overflow > 0 ? INFINITY : -INFINITY;
        }
        return add_float(r, n, number);
    }
    if (n->floats)
        n->doubles[n->done++] = (double)integer;
    else
        n->integers[n->done++] = integer;
    return true;
}

static bool add_null(const reader *r, numbers *n)
{
    if (!r->for_model)
        return false;
    if (n->nulls++ == 0)
        n->first_null = n->done;
    return add_float(r, n, NAN);
}

static bool add_cell(const reader *r, numbers *n, PyObject *object)
{
    if (PyFloat_Check(object))
        return add_float(r, n, PyFloat_AS_DOUBLE(object));
    if (PyLong_CheckExact(object))
        return add_integer(r, n, object);
    return object == Py_None && add_null(r, n);
}

static bool add_all(const reader *r, numbers *n, PyObject *object, unsigned axis)
{
    if (axis == n->rank)
        return add_cell(r, n, object);
    if (!is_sequence(object) ||
        (size_t)PySequence_Fast_GET_SIZE(object) != n->shape[axis])
        return false;
    PyObject **items = PySequence_Fast_ITEMS(object);
    for (size_t i = 0; i < n->shape[axis]; i++)
        if (!add_all(r, n, items[i], axis + 1))
            return false;
    return true;
}

/* 1 when the sequence is a tensor, 0 when it is not. No Python code runs meanwhile. */
static int read_numbers(reader *r, PyObject *object, flama_value *out)
{
    numbers n = {0};
    if (!guess_shape(object, &n))
        return 0;
    flama_tensor *tensor;
    if (flama_tensor_new(r->arena, FLAMA_DTYPE_FLOAT64, n.rank, n.shape, &tensor,
                         &n.cells, NULL) != 0)
        return no_memory();
    if (!add_all(r, &n, object, 0) || n.nulls == n.count)
        return 0;
    tensor->dtype = n.floats ? FLAMA_DTYPE_FLOAT64 : FLAMA_DTYPE_INT64;
    tensor->nulls = n.nulls;
    tensor->first_null = n.first_null;
    *out = flama_value_tensor(tensor);
    return 1;
}

static int read_sequence(reader *r, PyObject *object, flama_value *out)
{
    int rc = read_numbers(r, object, out);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    PyObject *items = PySequence_Tuple(object); /* nothing changes a copy */
    if (items == NULL || keep(r, items) != 0)
        return -1;
    flama_builder array;
    flama_array_begin(&array, r->arena);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(items); i++) {
        flama_value item;
        if (read_object(r, PyTuple_GET_ITEM(items, i), &item) != 0)
            return -1;
        flama_array_add(&array, item);
    }
    return flama_builder_end(&array, out) == 0 ? 0 : no_memory();
}

/* A member's name as json.dumps spells it. */
static int read_name(reader *r, PyObject *key, flama_string *out)
{
    PyObject *text;
    if (PyUnicode_Check(key))
        return read_text(key, out);
    if (key == Py_None)
        text = PyUnicode_FromString("null");
    else if (PyBool_Check(key))
        text = PyUnicode_FromString(key == Py_True ? "true" : "false");
    else if (PyLong_Check(key) || PyFloat_Check(key))
        text = PyObject_Repr(key);
    else
        text = PyObject_Str(key);
    if (text == NULL || read_text(text, out) != 0) {
        Py_XDECREF(text);
        return -1;
    }
    return keep(r, text);
}

static int read_dict(reader *r, PyObject *dict, flama_value *out)
{
    PyObject *items = PyDict_Items(dict); /* nothing changes a copy */
    if (items == NULL)
        return -1;
    flama_builder object;
    flama_object_begin(&object, r->arena);
    int rc = 0;
    for (Py_ssize_t i = 0; rc == 0 && i < PyList_GET_SIZE(items); i++) {
        PyObject *pair = PyList_GET_ITEM(items, i);
        flama_string name;
        flama_value value;
        rc = read_name(r, PyTuple_GET_ITEM(pair, 0), &name);
        if (rc == 0)
            rc = read_object(r, PyTuple_GET_ITEM(pair, 1), &value);
        if (rc == 0)
            flama_object_add_string(&object, name, value);
    }
    if (rc == 0)
        rc = keep(r, items);
    else
        Py_DECREF(items);
    if (rc == 0 && flama_builder_end(&object, out) != 0)
        rc = no_memory();
    return rc;
}

/* Arrays by the buffer protocol. */

static const struct format {
    char letter;
    flama_dtype dtype;
} formats[] = {
    {'?', FLAMA_DTYPE_BOOL},    {'b', FLAMA_DTYPE_INT64}, {'B', FLAMA_DTYPE_INT64},
    {'h', FLAMA_DTYPE_INT64},   {'H', FLAMA_DTYPE_INT64}, {'i', FLAMA_DTYPE_INT64},
    {'I', FLAMA_DTYPE_INT64},   {'l', FLAMA_DTYPE_INT64}, {'L', FLAMA_DTYPE_INT64},
    {'q', FLAMA_DTYPE_INT64},   {'Q', FLAMA_DTYPE_INT64}, {'f', FLAMA_DTYPE_FLOAT32},
    {'d', FLAMA_DTYPE_FLOAT64},
};

/* The format of a view's cells, or NULL when the core has no such type. */
static const struct format *format_of(const Py_buffer *view)
{
    const char *format = view->format ? view->format : "B";
    if (*format == '@' || *format == '=' || *format == '<')
        format++; /* little-endian, as this machine is */
    for (size_t i = 0; format[1] == '\0' && i < sizeof formats / sizeof *formats; i++)
        if (formats[i].letter == *format)
            return &formats[i];
    return NULL;
}

/* Sign-extends what is shorter than 8 bytes. */
static int64_t integer_at(const char *cell, Py_ssize_t size, bool is_signed)
{
    uint64_t bits = 0;
    memcpy(&bits, cell, (size_t)size);
    uint64_t sign = UINT64_C(1) << (8 * size - 1);
    return (int64_t)(is_signed && size < 8 ? (bits ^ sign) - sign : bits);
}

static void copy_cell(const Py_buffer *view, const struct format *format,
                      const char *cell, char **out)
{
    size_t size = flama_dtype_size(format->dtype);
    if (format->dtype == FLAMA_DTYPE_INT64)
        *(int64_t *)*out =
            integer_at(cell, view->itemsize, strchr("bhilq", format->letter) != NULL);
    else
        memcpy(*out, cell, size);
    *out += size;
}

static void copy_cells(const Py_buffer *view, const struct format *format,
                       const char *from, int axis, char **out)
{
    if (axis == view->ndim) {
        copy_cell(view, format, from, out);
        return;
    }
    for (Py_ssize_t i = 0; i < view->shape[axis]; i++)
        copy_cells(view, format, from + i * view->strides[axis], axis + 1, out);
}

/* 1 when the view's type is known, 0 when not. */
static int read_view(reader *r, const Py_buffer *view, flama_value *out)
{
    const struct format *format = format_of(view);
    size_t shape[FLAMA_MAX_RANK] = {0};
    if (format == NULL || view->ndim > FLAMA_MAX_RANK || view->len == 0)
        return 0;
    for (int i = 0; i < view->ndim; i++)
        shape[i] = (size_t)view->shape[i];
    flama_tensor *tensor;
    void *cells;
    if (flama_tensor_new(r->arena, format->dtype, (unsigned)view->ndim, shape, &tensor,
                         &cells, NULL) != 0)
        return no_memory();
    if (PyBuffer_IsContiguous(view, 'C') &&
        (size_t)view->itemsize == flama_dtype_size(format->dtype)) {
        memcpy(cells, view->buf, (size_t)view->len);
    } else {
        char *to = cells;
        copy_cells(view, format, view->buf, 0, &to);
    }
    for (size_t i = 0; format->letter == 'L' || format->letter == 'Q'; i++)
        if (i == tensor->count)
            break;
        else if (((int64_t *)cells)[i] < 0)
            return 0; /* beyond int64: one by one, as Python's integers */
    *out = flama_value_tensor(tensor);
    return 1;
}

/* A tensor without dimensions is the number itself. */
static void unwrap(flama_value *value)
{
    const flama_tensor *t = value->tensor;
    if (t->rank > 0)
        return;
    if (t->dtype == FLAMA_DTYPE_INT64)
        *value = flama_value_integer(*(const int64_t *)t->data);
    else if (t->dtype == FLAMA_DTYPE_BOOL)
        *value = flama_value_bool(*(const uint8_t *)t->data);
    else if (t->dtype == FLAMA_DTYPE_FLOAT32)
        *value = flama_value_number((double)*(const float *)t->data);
    else
        *value = flama_value_number(*(const double *)t->data);
}

static int read_buffer(reader *r, PyObject *object, flama_value *out)
{
    Py_buffer view;
    if (!PyObject_CheckBuffer(object) || PyBytes_Check(object) ||
        PyByteArray_Check(object))
        return 0;
    if (PyObject_GetBuffer(object, &view, PyBUF_FORMAT | PyBUF_STRIDES) != 0) {
        PyErr_Clear();
        return 0;
    }
    int rc = read_view(r, &view, out);
    PyBuffer_Release(&view);
    if (rc == 1)
        unwrap(out);
    return rc;
}

/* What flama's Python files make of a type that JSON does not know. */
static int read_encoded(reader *r, PyObject *object, flama_value *out)
{
    PyObject *plain = core_hooks_now.encode
                          ? PyObject_CallOneArg(core_hooks_now.encode, object)
                          : NULL;
    if (plain == NULL) {
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_TypeError, "Object of type %s is not JSON serializable",
                         Py_TYPE(object)->tp_name);
        return -1;
    }
    if (read_object(r, plain, out) == 0)
        return keep(r, plain);
    Py_DECREF(plain);
    return -1;
}

static int read_compound(reader *r, PyObject *object, flama_value *out)
{
    const flama_tensor *rows = core_rows_tensor(object);
    if (rows) {
        *out = flama_value_tensor(rows);
        return 0;
    }
    if (is_sequence(object))
        return read_sequence(r, object, out);
    if (PyDict_Check(object))
        return read_dict(r, object, out);
    int rc = read_buffer(r, object, out);
    return rc == 0 ? read_encoded(r, object, out) : rc < 0 ? -1 : 0;
}

static int read_object(reader *r, PyObject *object, flama_value *out)
{
    if (object == Py_None) {
        *out = flama_value_null();
        return 0;
    }
    if (PyBool_Check(object)) {
        *out = flama_value_bool(object == Py_True);
        return 0;
    }
    if (PyFloat_Check(object)) {
        *out = flama_value_number(PyFloat_AS_DOUBLE(object));
        return 0;
    }
    if (PyLong_Check(object))
        return read_integer(r, object, out);
    if (PyUnicode_Check(object)) {
        out->kind = FLAMA_KIND_STRING;
        return read_text(object, &out->string);
    }
    if (r->depth == FLAMA_JSON_DEPTH_MAX) {
        PyErr_SetString(PyExc_ValueError, "data nested too deep, or within itself");
        return -1;
    }
    r->depth++;
    int rc = read_compound(r, object, out);
    r->depth--;
    return rc;
}

int core_value_from_python(flama_arena *arena, PyObject *object, bool for_model,
                           PyObject **keep, flama_value *out)
{
    reader r = {arena, for_model, keep, 0};
    return read_object(&r, object, out);
}
