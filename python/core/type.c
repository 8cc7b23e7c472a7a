/* Type: a descriptor of data, one of the core's or built from a description.
 *
 *     Type("Point", "schema", fields=[{"name": "x", "type": types["number"]}])
 *     Type("Page", "integer", rules={"minimum": 1})
 *
 * A field is a dict of flama_field's members by their names; texts that are JSON there
 * are JSON texts here. Built types keep values as values. A schema that contains itself
 * is made without fields, which `define` then sets, or `document` with the JSON text of
 * a JSON Schema when the core is not to check it. */
#include <stddef.h>
#include <string.h>

#include "core.h"

static const char *const kind_names[] = {"opaque",  "resource", "any",     "array",
                                         "object",  "string",   "integer", "number",
                                         "boolean", "schema"};

/* Parameters are C values; what a body holds stays a value. */
static int set_kind(flama_type *type, const char *name)
{
    static const size_t sizes[] = {[FLAMA_TYPE_STRING] = sizeof(flama_string),
                                   [FLAMA_TYPE_INTEGER] = sizeof(flama_integer),
                                   [FLAMA_TYPE_NUMBER] = sizeof(flama_number),
                                   [FLAMA_TYPE_BOOLEAN] = sizeof(flama_boolean),
                                   [FLAMA_TYPE_SCHEMA] = 0};
    for (size_t i = FLAMA_TYPE_ANY; i < sizeof kind_names / sizeof *kind_names; i++)
        if (strcmp(kind_names[i], name) == 0) {
            type->kind = (flama_type_kind)i;
            type->as_value = sizes[i] == 0;
            type->instance_size = sizes[i] ? sizes[i] : sizeof(flama_value *);
            return 0;
        }
    PyErr_Format(PyExc_ValueError, "'%s' is no kind of type", name);
    return -1;
}

/* The UTF-8 of a str that the type keeps. */
static const char *kept_text(core_type *self, PyObject *text)
{
    const char *bytes = PyUnicode_AsUTF8(text);
    return bytes && PyList_Append(self->kept, text) == 0 ? bytes : NULL;
}

static int set_text(core_type *self, PyObject *value, const char **out)
{
    *out = kept_text(self, value);
    return *out ? 0 : -1;
}

static int set_type(core_type *self, PyObject *value, const flama_type **out)
{
    if (!PyObject_TypeCheck(value, &core_type_type)) {
        PyErr_SetString(PyExc_TypeError, "a field's type is a Type");
        return -1;
    }
    *out = ((core_type *)value)->type;
    return PyList_Append(self->kept, value);
}

static int set_bool(PyObject *value, bool *out)
{
    int truth = PyObject_IsTrue(value);
    *out = truth > 0;
    return truth < 0 ? -1 : 0;
}

static int set_bound(PyObject *value, flama_bound *out)
{
    out->value = PyFloat_AsDouble(value);
    out->set = true;
    return PyErr_Occurred() ? -1 : 0;
}

static int set_size(PyObject *value, size_t *out)
{
    *out = PyLong_AsSize_t(value);
    return PyErr_Occurred() ? -1 : 0;
}

enum setter { TEXT, TYPE, BOOL, BOUND, SIZE };

static const struct member {
    const char *name;
    enum setter setter;
    size_t offset;
} members[] = {
#define MEMBER(setter, name)                       \
    {                                              \
#name, setter, offsetof(flama_field, name) \
    }
    MEMBER(TEXT, name),
    MEMBER(TYPE, type),
    MEMBER(BOOL, many),
    MEMBER(BOOL, optional),
    MEMBER(BOOL, nullable),
    MEMBER(TEXT, description),
    MEMBER(TEXT, default_value),
    MEMBER(TEXT, example),
    MEMBER(TEXT, enumeration),
    MEMBER(BOUND, minimum),
    MEMBER(BOUND, maximum),
    MEMBER(BOUND, exclusive_minimum),
    MEMBER(BOUND, exclusive_maximum),
    MEMBER(SIZE, min_length),
    MEMBER(SIZE, max_length),
    MEMBER(TEXT, pattern),
    MEMBER(TEXT, format),
    MEMBER(TYPE, items),
#undef MEMBER
};

static int set_member(core_type *self, flama_field *field, const struct member *member,
                      PyObject *value)
{
    void *slot = (char *)field + member->offset;
    switch (member->setter) {
    case TEXT:
        return set_text(self, value, slot);
    case TYPE:
        return set_type(self, value, slot);
    case BOOL:
        return set_bool(value, slot);
    case BOUND:
        return set_bound(value, slot);
    case SIZE:
        break;
    }
    return set_size(value, slot);
}

/* Reads a dict; None stands for a member that is not there. */
static int read_field(core_type *self, PyObject *dict, flama_field *field)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    field->size = sizeof *field;
    if (!PyDict_Check(dict)) {
        PyErr_SetString(PyExc_TypeError, "a field is a dict");
        return -1;
    }
    while (PyDict_Next(dict, &at, &key, &value)) {
        const char *name = PyUnicode_AsUTF8(key);
        size_t i = 0, count = sizeof members / sizeof *members;
        while (name && i < count && strcmp(members[i].name, name) != 0)
            i++;
        if (name && i == count)
            PyErr_Format(PyExc_TypeError, "a field has no member '%s'", name);
        if (name == NULL || i == count ||
            (value != Py_None && set_member(self, field, &members[i], value) != 0))
            return -1;
    }
    return 0;
}

static int take_fields(core_type *self, PyObject *fields)
{
    PyObject *list = PySequence_List(fields);
    Py_ssize_t count = list ? PyList_GET_SIZE(list) : 0;
    int rc = list ? 0 : -1;
    PyMem_Free(self->fields);
    self->fields = PyMem_Calloc((size_t)count + 1, sizeof *self->fields);
    if (self->fields == NULL)
        rc = -1;
    for (Py_ssize_t i = 0; rc == 0 && i < count; i++)
        rc = read_field(self, PyList_GET_ITEM(list, i), &self->fields[i]);
    self->own.fields = self->fields;
    self->own.field_count = (size_t)count;
    Py_XDECREF(list);
    return rc;
}

static int type_init(core_type *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"name", "kind", "fields", "rules", "description", NULL};
    PyObject *name, *fields = NULL, *rules = NULL, *description = Py_None;
    const char *kind;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "Us|OOO", names, &name, &kind,
                                     &fields, &rules, &description))
        return -1;
    Py_XSETREF(self->kept, PyList_New(0));
    self->own = (flama_type){.size = sizeof self->own};
    self->type = &self->own;
    if (self->kept == NULL || set_kind(&self->own, kind) != 0 ||
        set_text(self, name, &self->own.name) != 0 ||
        (description != Py_None &&
         set_text(self, description, &self->own.description) != 0))
        return -1;
    if (fields && take_fields(self, fields) != 0)
        return -1;
    if (rules == NULL || rules == Py_None)
        return 0;
    self->fields = PyMem_Calloc(1, sizeof *self->fields);
    self->own.rules = self->fields;
    return self->fields ? read_field(self, rules, self->fields) : -1;
}

static PyObject *type_define(core_type *self, PyObject *fields)
{
    if (self->type != &self->own || self->own.kind != FLAMA_TYPE_SCHEMA) {
        PyErr_SetString(PyExc_TypeError, "only a schema is defined by its fields");
        return NULL;
    }
    if (take_fields(self, fields) != 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *type_document(core_type *self, PyObject *text)
{
    if (self->type != &self->own || self->own.kind != FLAMA_TYPE_SCHEMA ||
        !PyUnicode_Check(text)) {
        PyErr_SetString(PyExc_TypeError, "a schema is documented by a text");
        return NULL;
    }
    if (set_text(self, text, &self->own.document) != 0)
        return NULL;
    Py_RETURN_NONE;
}

static int type_traverse(core_type *self, visitproc visit, void *arg)
{
    Py_VISIT(self->kept);
    return 0;
}

static int type_clear(core_type *self)
{
    Py_CLEAR(self->kept);
    return 0;
}

static void type_dealloc(core_type *self)
{
    PyObject_GC_UnTrack(self);
    type_clear(self);
    PyMem_Free(self->fields);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyObject *type_name(core_type *self, void *none)
{
    (void)none;
    return PyUnicode_FromString(self->type ? self->type->name : "");
}

static PyObject *type_kind(core_type *self, void *none)
{
    (void)none;
    return PyUnicode_FromString(kind_names[self->type ? self->type->kind : 0]);
}

static PyGetSetDef getters[] = {
    {"name", (getter)type_name, NULL, "Its name.", NULL},
    {"kind", (getter)type_kind, NULL, "Its kind: \"schema\", \"integer\" ...", NULL},
    {0},
};

static PyMethodDef methods[] = {
    {"define", (PyCFunction)type_define, METH_O, "Sets the fields of a schema."},
    {"document", (PyCFunction)type_document, METH_O,
     "Has a schema documented by a JSON Schema (a text), and not checked."},
    {0},
};

PyTypeObject core_type_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "flama._core.Type",
    .tp_doc = "What a parameter, a body or an answer must be.",
    .tp_basicsize = sizeof(core_type),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_new = PyType_GenericNew,
    .tp_init = (initproc)type_init,
    .tp_dealloc = (destructor)type_dealloc,
    .tp_traverse = (traverseproc)type_traverse,
    .tp_clear = (inquiry)type_clear,
    .tp_methods = methods,
    .tp_getset = getters,
};

/* The core's own types, by the names they have in `types`. */
static const struct {
    const char *name;
    const flama_type *type;
} builtin[] = {
    {"string", &flama_string_type},       {"integer", &flama_integer_type},
    {"number", &flama_number_type},       {"boolean", &flama_boolean_type},
    {"request", &flama_request_type},     {"header", &flama_header_value_type},
    {"cookie", &flama_cookie_value_type}, {"failure", &flama_failure_type},
};

int core_types_init(PyObject *module)
{
    if (PyType_Ready(&core_type_type) != 0 ||
        PyModule_AddObjectRef(module, "Type", (PyObject *)&core_type_type) != 0)
        return -1;
    PyObject *all = PyDict_New();
    for (size_t i = 0; all && i < sizeof builtin / sizeof *builtin; i++) {
        core_type *type = (core_type *)core_type_type.tp_alloc(&core_type_type, 0);
        if (type)
            type->type = builtin[i].type;
        if (type == NULL ||
            PyDict_SetItemString(all, builtin[i].name, (PyObject *)type) != 0)
            Py_CLEAR(all);
        Py_XDECREF(type);
    }
    int rc = all ? PyModule_AddObjectRef(module, "types", all) : -1;
    Py_XDECREF(all);
    return rc;
}
