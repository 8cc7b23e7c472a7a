/* The one place where errors of the core become exceptions, and the other way round.
 *
 * Each code of the table is a class, flama._core.EINPUT and so on, that is a CoreError
 * and the table's Python exception. */
#include "core.h"

static PyObject *core_error; /* the class of all */
static struct {
    int code;
    PyObject *type;
} classes[] = {
#define ROW(name, number, status, envelope, exception, text) {FLAMA_E##name, NULL},
    FLAMA_ERRORS(ROW)
#undef ROW
};

enum { CLASSES = sizeof classes / sizeof *classes };

static PyObject *class_of(int code)
{
    for (size_t i = 0; i < CLASSES; i++)
        if (classes[i].code == code)
            return classes[i].type;
    return class_of(FLAMA_EINTERNAL);
}

static int set(PyObject *exception, const char *name, PyObject *value)
{
    int rc = value ? PyObject_SetAttrString(exception, name, value) : -1;
    Py_XDECREF(value);
    return rc;
}

PyObject *core_exception(const flama_error *err)
{
    PyObject *exception = PyObject_CallFunction(class_of(err->code), "s", err->message);
    if (exception && set(exception, "path", PyUnicode_FromString(err->path)) != 0)
        Py_CLEAR(exception);
    return exception;
}

PyObject *core_raise(const flama_error *err)
{
    PyObject *exception = core_exception(err);
    if (exception)
        PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
    Py_XDECREF(exception);
    return NULL;
}

static int code_of(PyObject *exception)
{
    for (size_t i = 0; i < CLASSES; i++)
        if (PyErr_GivenExceptionMatches(exception, classes[i].type))
            return classes[i].code;
    return FLAMA_EINTERNAL;
}

/* The text of an attribute, or of the object itself (name NULL); "" without one. */
static PyObject *text_of(PyObject *object, const char *name)
{
    PyObject *value =
        name ? PyObject_GetAttrString(object, name) : PyObject_Str(object);
    if (value == NULL || !PyUnicode_Check(value)) {
        PyErr_Clear();
        Py_XDECREF(value);
        return PyUnicode_FromString("");
    }
    return value;
}

static const char *bytes_of(PyObject *text)
{
    const char *bytes = text ? PyUnicode_AsUTF8(text) : NULL;
    if (bytes == NULL)
        PyErr_Clear();
    return bytes ? bytes : "";
}

/* The frames of the exception, for the debug page. What goes wrong with that is the
 * page's loss. */
static void add_frames(flama_call *call, PyObject *exception)
{
    if (core_hooks_now.frames == NULL || !flama_call_wants_frames(call))
        return;
    PyObject *list = PyObject_CallOneArg(core_hooks_now.frames, exception);
    for (Py_ssize_t i = 0; list && PyList_Check(list) && i < PyList_GET_SIZE(list);
         i++) {
        flama_face_frame frame;
        if (!PyArg_ParseTuple(PyList_GET_ITEM(list, i), "sziz", &frame.function,
                              &frame.file, &frame.line, &frame.locals))
            break;
        flama_call_add_frame(call, &frame);
    }
    Py_XDECREF(list);
    if (PyErr_Occurred())
        PyErr_WriteUnraisable(core_hooks_now.frames);
}

int core_fail(flama_call *call, PyObject *exception)
{
    int code = code_of(exception);
    PyObject *text = text_of(exception, NULL);
    PyObject *path = code == FLAMA_EINTERNAL ? NULL : text_of(exception, "path");
    const char *kind = code == FLAMA_EINTERNAL ? Py_TYPE(exception)->tp_name : "";
    flama_call_fail(call, code, *bytes_of(path) ? bytes_of(path) : NULL, NULL, 0, NULL,
                    "%s%s%s", kind, *kind ? ": " : "", bytes_of(text));
    if (code == FLAMA_EINTERNAL)
        add_frames(call, exception);
    Py_XDECREF(text);
    Py_XDECREF(path);
    Py_DECREF(exception);
    return code;
}

int core_fail_set(flama_call *call)
{
    PyObject *type, *exception, *trace;
    PyErr_Fetch(&type, &exception, &trace);
    PyErr_NormalizeException(&type, &exception, &trace);
    Py_XDECREF(type);
    Py_XDECREF(trace);
    return core_fail(call, exception);
}

/* "ValueError" among the built-in ones. */
static PyObject *builtin(const char *name)
{
    PyObject *builtins = PyEval_GetBuiltins();
    PyObject *type = builtins ? PyDict_GetItemString(builtins, name) : NULL;
    return type ? type : PyExc_RuntimeError;
}

static int add_class(PyObject *module, size_t i)
{
    int code = classes[i].code;
    char name[64];
    PyOS_snprintf(name, sizeof name, "flama._core.%s", flama_error_name(code));
    PyObject *bases = PyTuple_Pack(2, core_error, builtin(flama_error_exception(code)));
    PyObject *type = bases ? PyErr_NewException(name, bases, NULL) : NULL;
    Py_XDECREF(bases);
    if (type == NULL || set(type, "code", PyLong_FromLong(code)) != 0 ||
        set(type, "status_code", PyLong_FromLong(flama_error_status(code))) != 0 ||
        set(type, "error", PyUnicode_FromString(flama_error_envelope(code))) != 0)
        return -1;
    classes[i].type = type;
    return PyModule_AddObjectRef(module, flama_error_name(code), type);
}

int core_errors_init(PyObject *module)
{
    core_error = PyErr_NewExceptionWithDoc(
        "flama._core.CoreError",
        "What the core refused. `path` names the place in the input, or is empty.",
        NULL, NULL);
    if (core_error == NULL || PyModule_AddObjectRef(module, "CoreError", core_error))
        return -1;
    for (size_t i = 0; i < CLASSES; i++)
        if (add_class(module, i) != 0)
            return -1;
    return 0;
}
