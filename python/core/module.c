/* The module flama._core. It belongs to the interpreter's main thread: the hooks that
 * flama's Python files hand over are the process's. */
#include "core.h"

core_hooks core_hooks_now;

static PyObject *set_hooks(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {
        "encode",           "request",    "response", "running_loop",
        "set_running_loop", "rows",       "spawn",    "run_in_pool",
        "frames",           "load_model", NULL};
    core_hooks now = core_hooks_now;
    (void)module;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|$OOOOOOOOOO", names, &now.encode,
                                     &now.request, &now.response, &now.running_loop,
                                     &now.set_running_loop, &now.rows, &now.spawn,
                                     &now.run_in_pool, &now.frames, &now.load_model))
        return NULL;
    PyObject **old = (PyObject **)&core_hooks_now, **new = (PyObject **)&now;
    for (size_t i = 0; i < sizeof now / sizeof *new; i++) {
        Py_XINCREF(new[i]);
        Py_XSETREF(old[i], new[i]);
    }
    Py_RETURN_NONE;
}

static PyObject *log_line(PyObject *module, PyObject *args)
{
    int level;
    const char *text;
    (void)module;
    if (!PyArg_ParseTuple(args, "is", &level, &text))
        return NULL;
    flama_log((flama_log_level)level, "%s", text);
    Py_RETURN_NONE;
}

static PyObject *log_to_stderr(PyObject *module, PyObject *args)
{
    int level, colours;
    (void)module;
    if (!PyArg_ParseTuple(args, "ip", &level, &colours))
        return NULL;
    flama_log_to_stderr((flama_log_level)level, colours);
    Py_RETURN_NONE;
}

/* JSON text of an object, printed as answers are. */
static PyObject *dumps(PyObject *module, PyObject *object)
{
    (void)module;
    flama_arena *arena = flama_arena_new(0);
    if (arena == NULL)
        return PyErr_NoMemory();
    PyObject *keep = NULL, *text = NULL;
    flama_value value;
    flama_string out;
    flama_error err = {0};
    if (core_value_from_python(arena, object, false, &keep, &value) == 0)
        text = flama_json_encode(arena, &value, 0, &out, &err) == 0
                   ? PyBytes_FromStringAndSize(out.data, (Py_ssize_t)out.size)
                   : core_raise(&err);
    Py_XDECREF(keep);
    flama_arena_free(arena);
    return text;
}

static PyMethodDef functions[] = {
    {"dumps", dumps, METH_O, "dumps(object): its JSON text, as answers have it."},
    {"set_hooks", (PyCFunction)(void (*)(void))set_hooks, METH_VARARGS | METH_KEYWORDS,
     "Hands over what the core calls in flama's Python files."},
    {"running", core_handler_running, METH_NOARGS,
     "running(): (name, since) of the handler that holds the interpreter, or None."},
    {"log", log_line, METH_VARARGS, "log(level, text): one line to the log."},
    {"read_package", core_read_package, METH_O,
     "read_package(path or bytes): (meta, payload, [(name, bytes of an artifact)])."},
    {"write_package", core_write_package, METH_VARARGS,
     "write_package(path, protocol, compression, meta, payload, artifacts): writes a "
     "model file, or for the path None gives its bytes."},
    {"log_to_stderr", log_to_stderr, METH_VARARGS,
     "log_to_stderr(least, colours): sends the log to standard error."},
    {0},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "flama._core", .m_doc = "The core of flama.",
    .m_size = -1,          .m_methods = functions,
};

static int add_type(PyObject *module, const char *name, PyTypeObject *type)
{
    return PyType_Ready(type) != 0
               ? -1
               : PyModule_AddObjectRef(module, name, (PyObject *)type);
}

PyMODINIT_FUNC PyInit__core(void);

PyMODINIT_FUNC PyInit__core(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (module == NULL || core_errors_init(module) != 0 ||
        core_types_init(module) != 0 || core_server_init(module) != 0 ||
        core_rows_init(module) != 0 ||
        add_type(module, "Handler", &core_handler_type) != 0 ||
        add_type(module, "Stream", &core_stream_type) != 0 ||
        add_type(module, "Body", &core_body_type) != 0 ||
        add_type(module, "Pending", &core_pending_type) != 0 ||
        add_type(module, "Completion", &core_completion_type) != 0 ||
        add_type(module, "Model", &core_model_type) != 0 ||
        add_type(module, "App", &core_app_type) != 0 ||
        PyModule_AddStringConstant(module, "version", flama_version()) != 0)
        Py_CLEAR(module);
    return module;
}
