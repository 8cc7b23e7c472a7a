/* Values of the core as Python objects: exactly what json.loads would make of the text
 * they came from. */
#include <math.h>
#include <string.h>

#include "core.h"

enum { LARGE = 2000 }; /* numbers: a list of as many takes 35 us */

PyObject *core_string(flama_string text)
{
    return PyUnicode_DecodeUTF8(text.data ? text.data : "", (Py_ssize_t)text.size,
                                NULL);
}

/* A walk over a tensor's cells in order. `text` stands before the next number when the
 * tensor was decoded: it tells an integer from a float among floats. */
typedef struct walk {
    const flama_tensor *tensor;
    size_t next;
    const char *text;
    const char *end;
} walk;

/* The next number or null of the text. */
static flama_string next_token(walk *w)
{
    while (w->text < w->end && strchr("[], \t\r\n", *w->text))
        w->text++;
    const char *start = w->text;
    while (w->text < w->end && !strchr("[], \t\r\n", *w->text))
        w->text++;
    return (flama_string){start, (size_t)(w->text - start)};
}

/* Python converts 4300 digits, unless told otherwise: more are the client's mistake. */
static PyObject *integer_of(const char *digits)
{
    PyObject *integer = PyLong_FromString(digits, NULL, 10);
    if (integer == NULL && PyErr_ExceptionMatches(PyExc_ValueError)) {
        flama_error err = {.code = FLAMA_EBAD_REQUEST,
                           .message = "an integer has more digits than Python reads"};
        PyErr_Clear();
        return core_raise(&err);
    }
    return integer;
}

static PyObject *long_integer(flama_string digits)
{
    char *text = PyMem_Malloc(digits.size + 1);
    if (text == NULL)
        return PyErr_NoMemory();
    memcpy(text, digits.data, digits.size);
    text[digits.size] = '\0';
    PyObject *integer = integer_of(text);
    PyMem_Free(text);
    return integer;
}

static PyObject *float_cell(walk *w, double number)
{
    if (w->text) {
        flama_string token = next_token(w);
        if (token.size && token.data[0] == 'n')
            Py_RETURN_NONE;
        if (memchr(token.data, '.', token.size) == NULL &&
            memchr(token.data, 'e', token.size) == NULL &&
            memchr(token.data, 'E', token.size) == NULL)
            return fabs(number) < 0x1p53 ? PyLong_FromDouble(number)
                                         : long_integer(token);
    } else if (w->tensor->nulls && isnan(number)) {
        Py_RETURN_NONE;
    }
    return PyFloat_FromDouble(number);
}

static PyObject *cell(walk *w)
{
    const flama_tensor *t = w->tensor;
    size_t i = w->next++;
    switch (t->dtype) {
    case FLAMA_DTYPE_BOOL:
        return PyBool_FromLong(((const uint8_t *)t->data)[i]);
    case FLAMA_DTYPE_INT64:
        return PyLong_FromLongLong(((const int64_t *)t->data)[i]);
    case FLAMA_DTYPE_FLOAT32:
        return float_cell(w, (double)((const float *)t->data)[i]);
    case FLAMA_DTYPE_FLOAT64:
        return float_cell(w, ((const double *)t->data)[i]);
    case FLAMA_DTYPE_STRING:
        break;
    }
    return core_string(((const flama_string *)t->data)[i]);
}

static PyObject *dimension(walk *w, unsigned axis)
{
    if (axis == w->tensor->rank)
        return cell(w);
    Py_ssize_t count = (Py_ssize_t)w->tensor->shape[axis];
    PyObject *list = PyList_New(count);
    for (Py_ssize_t i = 0; list && i < count; i++) {
        PyObject *item = dimension(w, axis + 1);
        if (item == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, i, item);
    }
    return list;
}

PyObject *core_tensor_to_python(const flama_tensor *tensor)
{
    walk w = {.tensor = tensor};
    if (tensor->text.data && tensor->dtype == FLAMA_DTYPE_FLOAT64) {
        w.text = tensor->text.data;
        w.end = w.text + tensor->text.size;
    }
    return dimension(&w, 0);
}

static PyObject *from_array(const flama_value *value, bool exact)
{
    PyObject *list = PyList_New((Py_ssize_t)value->array.count);
    for (size_t i = 0; list && i < value->array.count; i++) {
        PyObject *item = core_value_to_python(&value->array.items[i], exact);
        if (item == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, (Py_ssize_t)i, item);
    }
    return list;
}

static PyObject *from_object(const flama_value *value, bool exact)
{
    PyObject *dict = PyDict_New();
    for (size_t i = 0; dict && i < value->object.count; i++) {
        const flama_member *member = &value->object.members[i];
        PyObject *name = core_string(member->name);
        PyObject *item = name ? core_value_to_python(&member->value, exact) : NULL;
        if (item == NULL || PyDict_SetItem(dict, name, item) != 0)
            Py_CLEAR(dict);
        Py_XDECREF(name);
        Py_XDECREF(item);
    }
    return dict;
}

static bool is_large(const flama_tensor *tensor)
{
    return tensor->count > LARGE && tensor->rank > 1 && tensor->nulls == 0 &&
           core_hooks_now.rows;
}

PyObject *core_value_to_python(const flama_value *value, bool exact)
{
    PyObject *out = NULL;
    switch (value->kind) {
    case FLAMA_KIND_NULL:
        Py_RETURN_NONE;
    case FLAMA_KIND_BOOL:
        return PyBool_FromLong(value->boolean);
    case FLAMA_KIND_INTEGER:
        return PyLong_FromLongLong(value->integer);
    case FLAMA_KIND_NUMBER:
        return value->digits ? integer_of(value->digits)
                             : PyFloat_FromDouble(value->number);
    case FLAMA_KIND_STRING:
        return core_string(value->string);
    default:
        break;
    }
    if (Py_EnterRecursiveCall(" while reading JSON"))
        return NULL;
    if (value->kind == FLAMA_KIND_TENSOR)
        out = exact || !is_large(value->tensor) ? core_tensor_to_python(value->tensor)
                                                : core_rows_new(value->tensor);
    else if (value->kind == FLAMA_KIND_ARRAY)
        out = from_array(value, exact);
    else
        out = from_object(value, exact);
    Py_LeaveRecursiveCall();
    return out;
}
