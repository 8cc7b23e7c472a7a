/* Rows: a large matrix of a request as a list that is not built before somebody looks.
 *
 * RowsBase is a list that holds one stand-in for each row. Its Python subclass
 * (rows.py) has every method of list call _fill first, which puts lists of numbers in
 * their place; a model takes the numbers without that. Code in C that reads the list's
 * array by itself meets the stand-ins, which behave as the lists they stand for. All
 * share one `matrix`, a copy of the request's numbers: it may outlive the request. */
#include <string.h>

#include "core.h"

typedef struct matrix {
    PyObject_HEAD flama_tensor tensor; /* its data and text are in `memory` */
    char *memory;
    PyObject *lists; /* all rows, once one has been looked at */
} matrix;

typedef struct row {
    PyObject_HEAD matrix *of;
    Py_ssize_t index;
} row;

static void matrix_dealloc(matrix *self)
{
    Py_XDECREF(self->lists);
    PyMem_Free(self->memory);
    PyObject_Free(self);
}

static PyTypeObject matrix_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "flama._core.Matrix",
    .tp_basicsize = sizeof(matrix),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_dealloc = (destructor)matrix_dealloc,
};

static matrix *matrix_new(const flama_tensor *tensor)
{
    matrix *self = PyObject_New(matrix, &matrix_type);
    size_t size = tensor->count * flama_dtype_size(tensor->dtype);
    size_t text = tensor->text.data ? tensor->text.size : 0;
    if (self == NULL)
        return NULL;
    self->tensor = *tensor;
    self->lists = NULL;
    self->memory = PyMem_Malloc(size + text + 1);
    if (self->memory == NULL) {
        Py_DECREF(self);
        PyErr_NoMemory();
        return NULL;
    }
    memcpy(self->memory, tensor->data, size);
    self->tensor.data = self->memory;
    if (tensor->text.data) {
        memcpy(self->memory + size, tensor->text.data, text);
        self->tensor.text.data = self->memory + size;
    }
    return self;
}

/* All rows as lists, borrowed. */
static PyObject *lists_of(matrix *self)
{
    if (self->lists == NULL)
        self->lists = core_tensor_to_python(&self->tensor);
    return self->lists;
}

/* A stand-in hands everything on to the list. */

static PyObject *list_of(PyObject *self)
{
    PyObject *lists = lists_of(((row *)self)->of);
    return lists ? PyList_GET_ITEM(lists, ((row *)self)->index) : NULL;
}

static void row_dealloc(row *self)
{
    Py_DECREF(self->of);
    PyObject_Free(self);
}

static Py_ssize_t row_length(PyObject *self)
{
    return (Py_ssize_t)((row *)self)->of->tensor.shape[1];
}

static PyObject *row_item(PyObject *self, Py_ssize_t i)
{
    PyObject *list = list_of(self);
    return list ? PySequence_GetItem(list, i) : NULL;
}

static PyObject *row_subscript(PyObject *self, PyObject *key)
{
    PyObject *list = list_of(self);
    return list ? PyObject_GetItem(list, key) : NULL;
}

static int row_assign(PyObject *self, PyObject *key, PyObject *value)
{
    PyObject *list = list_of(self);
    if (list == NULL)
        return -1;
    return value ? PyObject_SetItem(list, key, value) : PyObject_DelItem(list, key);
}

static int row_contains(PyObject *self, PyObject *value)
{
    PyObject *list = list_of(self);
    return list ? PySequence_Contains(list, value) : -1;
}

static PyObject *row_iterate(PyObject *self)
{
    PyObject *list = list_of(self);
    return list ? PyObject_GetIter(list) : NULL;
}

static PyObject *row_compare(PyObject *self, PyObject *other, int how)
{
    PyObject *list = list_of(self);
    return list ? PyObject_RichCompare(list, other, how) : NULL;
}

static PyObject *row_repr(PyObject *self)
{
    PyObject *list = list_of(self);
    return list ? PyObject_Repr(list) : NULL;
}

/* Its __class__ too: it is a list to isinstance. */
static PyObject *row_attribute(PyObject *self, PyObject *name)
{
    PyObject *list = list_of(self);
    return list ? PyObject_GetAttr(list, name) : NULL;
}

static PySequenceMethods row_sequence = {
    .sq_length = row_length, .sq_item = row_item, .sq_contains = row_contains};
static PyMappingMethods row_mapping = {.mp_length = row_length,
                                       .mp_subscript = row_subscript,
                                       .mp_ass_subscript = row_assign};

static PyTypeObject row_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "flama._core.Row",
    .tp_basicsize = sizeof(row),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_dealloc = (destructor)row_dealloc,
    .tp_as_sequence = &row_sequence,
    .tp_as_mapping = &row_mapping,
    .tp_iter = row_iterate,
    .tp_richcompare = row_compare,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_repr = row_repr,
    .tp_getattro = row_attribute,
};

/* The list. */

typedef struct rows {
    PyListObject list;
    matrix *of; /* NULL once it is filled */
} rows;

static PyObject *stand_ins(matrix *of)
{
    Py_ssize_t count = (Py_ssize_t)of->tensor.shape[0];
    PyObject *tuple = PyTuple_New(count);
    for (Py_ssize_t i = 0; tuple && i < count; i++) {
        row *one = PyObject_New(row, &row_type);
        if (one == NULL) {
            Py_CLEAR(tuple);
            break;
        }
        one->of = (matrix *)Py_NewRef((PyObject *)of);
        one->index = i;
        PyTuple_SET_ITEM(tuple, i, (PyObject *)one);
    }
    return tuple;
}

PyObject *core_rows_new(const flama_tensor *tensor)
{
    PyObject *self = PyObject_CallNoArgs(core_hooks_now.rows);
    matrix *of = self ? matrix_new(tensor) : NULL;
    PyObject *tuple = of ? stand_ins(of) : NULL;
    if (tuple == NULL || PyList_SetSlice(self, 0, 0, tuple) != 0)
        Py_CLEAR(self);
    else
        ((rows *)self)->of = (matrix *)Py_NewRef((PyObject *)of);
    Py_XDECREF(tuple);
    Py_XDECREF(of);
    return self;
}

const flama_tensor *core_rows_tensor(PyObject *object)
{
    if (!PyObject_TypeCheck(object, &core_rows_type) || !((rows *)object)->of)
        return NULL;
    const matrix *of = ((rows *)object)->of;
    return of->lists ? NULL : &of->tensor; /* somebody may have changed a row */
}

/* Puts the lists in the place of the stand-ins. */
static PyObject *rows_fill(rows *self, PyObject *none)
{
    (void)none;
    matrix *of = self->of;
    if (of == NULL)
        Py_RETURN_NONE;
    PyObject *lists = lists_of(of);
    if (lists == NULL)
        return NULL;
    self->of = NULL; /* before anything can call back */
    int rc = PyList_SetSlice((PyObject *)self, 0, PyList_GET_SIZE(self), lists);
    Py_DECREF(of);
    if (rc != 0)
        return NULL;
    Py_RETURN_NONE;
}

/* (bytes, format, shape) of the numbers, a copy; None once it is filled. */
static PyObject *rows_cells(rows *self, PyObject *none)
{
    (void)none;
    const flama_tensor *t = core_rows_tensor((PyObject *)self);
    if (t == NULL)
        Py_RETURN_NONE;
    PyObject *shape = PyTuple_New(t->rank);
    for (unsigned i = 0; shape && i < t->rank; i++)
        PyTuple_SET_ITEM(shape, i, PyLong_FromSize_t(t->shape[i]));
    if (shape == NULL)
        return NULL;
    Py_ssize_t size = (Py_ssize_t)(t->count * flama_dtype_size(t->dtype));
    PyObject *cells = PyByteArray_FromStringAndSize(t->data, size);
    return Py_BuildValue("(NsN)", cells,
                         t->dtype == FLAMA_DTYPE_INT64 ? "int64" : "float64", shape);
}

static void rows_dealloc(rows *self)
{
    Py_CLEAR(self->of);
    PyList_Type.tp_dealloc((PyObject *)self);
}

static PyMethodDef methods[] = {
    {"_fill", (PyCFunction)rows_fill, METH_NOARGS, "Makes it a list as any other."},
    {"_cells", (PyCFunction)rows_cells, METH_NOARGS,
     "The numbers: (bytearray, type, shape), or None once it is filled."},
    {0},
};

PyTypeObject core_rows_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "flama._core.RowsBase",
    .tp_doc = "A list of rows that are made when they are looked at.",
    .tp_basicsize = sizeof(rows),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_dealloc = (destructor)rows_dealloc,
    .tp_methods = methods,
};

int core_rows_init(PyObject *module)
{
    core_rows_type.tp_base = &PyList_Type;
    if (PyType_Ready(&matrix_type) != 0 || PyType_Ready(&row_type) != 0 ||
        PyType_Ready(&core_rows_type) != 0)
        return -1;
    return PyModule_AddObjectRef(module, "RowsBase", (PyObject *)&core_rows_type);
}
