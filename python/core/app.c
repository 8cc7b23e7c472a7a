/* App: an app of the core.
 *
 * Set up by one thread; what is wrong is told by `start`, all of it. The descriptors
 * that its routes are made of are kept as long as the app. */
#include <stddef.h>

#include "core.h"

static const char *text_or_null(PyObject *object)
{
    return object && object != Py_None ? PyUnicode_AsUTF8(object) : NULL;
}

static PyObject *app_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"title",     "version", "description", "schema", "docs",
                            "root_path", "debug",   "openapi",     NULL};
    flama_app_options options = {.size = sizeof options};
    int debug = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|$zzzzzzpz", names, &options.title,
                                     &options.version, &options.description,
                                     &options.schema, &options.docs, &options.root_path,
                                     &debug, &options.openapi))
        return NULL;
    options.debug = debug;
    core_app *self = (core_app *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->kept = PyList_New(0);
    self->app = flama_app_new(&options);
    if (self->app == NULL)
        PyErr_NoMemory();
    if (self->app == NULL || self->kept == NULL)
        Py_CLEAR(self);
    return (PyObject *)self;
}

/* Memory that lives as long as the app. */
static void *keep_memory(core_app *self, size_t size)
{
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
    void *memory = bytes ? PyBytes_AS_STRING(bytes) : NULL;
    if (bytes && PyList_Append(self->kept, bytes) != 0)
        memory = NULL;
    Py_XDECREF(bytes);
    return memory;
}

static int keep(core_app *self, PyObject *object)
{
    return object == Py_None ? 0 : PyList_Append(self->kept, object);
}

static int may_change(core_app *self)
{
    if (!self->started)
        return 0;
    PyErr_SetString(PyExc_RuntimeError, "the app has started: set it up before");
    return -1;
}

static PyObject *app_add_schema(core_app *self, PyObject *args)
{
    PyObject *name;
    core_type *type;
    if (may_change(self) != 0 ||
        !PyArg_ParseTuple(args, "UO!", &name, &core_type_type, &type) ||
        keep(self, (PyObject *)type) != 0 || keep(self, name) != 0)
        return NULL;
    const char *text = PyUnicode_AsUTF8(name);
    if (text == NULL)
        return NULL;
    flama_app_add_schema(self->app, text, type->type);
    Py_RETURN_NONE;
}

/* (path, methods, name, handler, doc, undocumented) into *out, with what it points to
 * kept. */
static int read_method(core_app *self, PyObject *tuple, flama_method *out)
{
    PyObject *path, *name, *doc;
    core_handler *handler;
    unsigned methods;
    int undocumented = 0;
    if (!PyArg_ParseTuple(tuple, "UIOO!O|p", &path, &methods, &name, &core_handler_type,
                          &handler, &doc, &undocumented) ||
        keep(self, path) != 0 || keep(self, name) != 0 || keep(self, doc) != 0 ||
        keep(self, (PyObject *)handler) != 0)
        return -1;
    handler->app = self;
    *out = (flama_method){.path = text_or_null(path),
                          .methods = methods,
                          .name = text_or_null(name),
                          .handler = &handler->handler,
                          .doc = text_or_null(doc),
                          .undocumented = undocumented};
    return PyErr_Occurred() ? -1 : 0;
}

static PyObject *app_add_route(core_app *self, PyObject *args)
{
    flama_method *method = keep_memory(self, sizeof *method);
    if (may_change(self) != 0 || method == NULL || read_method(self, args, method) != 0)
        return NULL;
    flama_add_route(self->app, method);
    Py_RETURN_NONE;
}

static int read_methods(core_app *self, PyObject *list, flama_resource_def *def)
{
    Py_ssize_t count = PyList_GET_SIZE(list);
    flama_method *methods = keep_memory(self, ((size_t)count + 1) * sizeof *methods);
    int rc = methods ? 0 : -1;
    for (Py_ssize_t i = 0; rc == 0 && i < count; i++)
        rc = read_method(self, PyList_GET_ITEM(list, i), &methods[i]);
    def->methods = methods;
    def->method_count = (size_t)count;
    return rc;
}

static PyObject *app_add_resource(core_app *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"path",          "name", "verbose_name", "methods", "model",
                            "model_methods", NULL};
    PyObject *path, *name, *verbose_name, *methods, *model = Py_None;
    PyObject *further = Py_None;
    if (may_change(self) != 0 ||
        !PyArg_ParseTupleAndKeywords(args, kwargs, "UUOO!|OO", names, &path, &name,
                                     &verbose_name, &PyList_Type, &methods, &model,
                                     &further))
        return NULL;
    if (model != Py_None && !PyObject_TypeCheck(model, &core_model_type)) {
        PyErr_SetString(PyExc_TypeError, "model is a Model or None");
        return NULL;
    }
    flama_resource_def *def = keep_memory(self, sizeof *def);
    if (def == NULL || keep(self, path) != 0 || keep(self, name) != 0 ||
        keep(self, verbose_name) != 0 || keep(self, model) != 0 ||
        keep(self, further) != 0)
        return NULL;
    *def = (flama_resource_def){
        .size = sizeof *def,
        .name = text_or_null(name),
        .verbose_name = text_or_null(verbose_name),
        .model = model == Py_None ? NULL : ((core_model *)model)->model,
        .model_methods = text_or_null(further)};
    const char *at = text_or_null(path);
    if (read_methods(self, methods, def) != 0 || PyErr_Occurred())
        return NULL;
    flama_add_resource(self->app, at, def);
    Py_RETURN_NONE;
}

/* The problems of one kind as a list of sentences. */
static PyObject *problems(const core_app *self, bool warnings)
{
    PyObject *list = PyList_New(0);
    const char *text;
    bool warning;
    for (size_t i = 0; list && (text = flama_app_problem(self->app, i, &warning));
         i++) {
        PyObject *sentence = warning == warnings ? PyUnicode_FromString(text) : NULL;
        if (sentence && PyList_Append(list, sentence) != 0)
            Py_CLEAR(list);
        Py_XDECREF(sentence);
        if (PyErr_Occurred())
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *app_start(core_app *self, PyObject *none)
{
    (void)none;
    self->started = true;
    int rc = flama_app_start(self->app);
    PyObject *errors = problems(self, false), *warnings = problems(self, true);
    PyObject *both = errors && warnings ? PyTuple_Pack(2, errors, warnings) : NULL;
    Py_XDECREF(errors);
    Py_XDECREF(warnings);
    (void)rc; /* the problems say the same */
    return both;
}

static PyObject *app_add_cors(core_app *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"origins",     "methods", "headers", "expose",
                            "credentials", "max_age", NULL};
    flama_cors_options options = {.size = sizeof options};
    int credentials = 0;
    if (may_change(self) != 0 ||
        !PyArg_ParseTupleAndKeywords(args, kwargs, "|$zzzzpI", names, &options.origins,
                                     &options.methods, &options.headers,
                                     &options.expose, &credentials, &options.max_age))
        return NULL;
    options.credentials = credentials;
    flama_add_cors(self->app, &options);
    Py_RETURN_NONE;
}

static PyObject *app_add_gzip(core_app *self, PyObject *args)
{
    Py_ssize_t minimum;
    if (may_change(self) != 0 || !PyArg_ParseTuple(args, "n", &minimum))
        return NULL;
    flama_add_gzip(self->app, minimum > 0 ? (size_t)minimum : 0);
    Py_RETURN_NONE;
}

static PyObject *app_add_request_id(core_app *self, PyObject *none)
{
    (void)none;
    if (may_change(self) != 0)
        return NULL;
    flama_add_request_id(self->app);
    Py_RETURN_NONE;
}

static PyObject *app_on_error(core_app *self, PyObject *args)
{
    int which;
    core_handler *handler;
    if (may_change(self) != 0 ||
        !PyArg_ParseTuple(args, "iO!", &which, &core_handler_type, &handler) ||
        keep(self, (PyObject *)handler) != 0)
        return NULL;
    handler->app = self;
    flama_on_error(self->app, which, &handler->handler);
    Py_RETURN_NONE;
}

static PyObject *app_mount(core_app *self, PyObject *args)
{
    PyObject *path;
    core_app *child;
    if (may_change(self) != 0 ||
        !PyArg_ParseTuple(args, "UO!", &path, &core_app_type, &child))
        return NULL;
    if (child == self || child->parent || child->started) {
        PyErr_SetString(PyExc_ValueError,
                        "an app is mounted once, before it starts, below another");
        return NULL;
    }
    const char *text = PyUnicode_AsUTF8(path);
    if (text == NULL || keep(self, path) != 0 || keep(self, (PyObject *)child) != 0)
        return NULL;
    child->parent = Py_NewRef((PyObject *)self);
    child->started = true;
    flama_mount_app(self->app, text, child->app);
    Py_RETURN_NONE;
}

/* Pairs of name and text, up to a NULL, in `pairs`, which has room for them. */
static int read_values(PyObject *values, const char **pairs)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    size_t n = 0;
    while (PyDict_Next(values, &at, &key, &value)) {
        pairs[n] = PyUnicode_Check(key) ? PyUnicode_AsUTF8(key) : NULL;
        pairs[n + 1] = PyUnicode_Check(value) ? PyUnicode_AsUTF8(value) : NULL;
        if (pairs[n] == NULL || pairs[n + 1] == NULL) {
            PyErr_SetString(PyExc_TypeError, "values are texts by name");
            return -1;
        }
        n += 2;
    }
    pairs[n] = NULL;
    return 0;
}

static PyObject *app_resolve(core_app *self, PyObject *args)
{
    const char *name, *url = NULL;
    PyObject *values, *result = NULL;
    if (!PyArg_ParseTuple(args, "sO!", &name, &PyDict_Type, &values))
        return NULL;
    flama_error err = {0};
    flama_arena *arena = flama_arena_new(0);
    const char **pairs =
        PyMem_Calloc(2 * (size_t)PyDict_GET_SIZE(values) + 1, sizeof *pairs);
    if (arena == NULL || pairs == NULL)
        PyErr_NoMemory();
    else if (read_values(values, pairs) == 0)
        result = flama_app_resolve(self->app, arena, name, pairs, &url, &err) == 0
                     ? PyUnicode_FromString(url)
                     : core_raise(&err);
    PyMem_Free(pairs);
    flama_arena_free(arena);
    return result;
}

static int app_traverse(core_app *self, visitproc visit, void *arg)
{
    Py_VISIT(self->kept);
    Py_VISIT(self->parent);
    return 0;
}

/* A mounted app is freed with the one it is mounted below. */
static int app_clear(core_app *self)
{
    if (self->parent == NULL)
        flama_app_free(self->app);
    self->app = NULL;
    Py_CLEAR(self->parent);
    Py_CLEAR(self->kept);
    return 0;
}

static void app_dealloc(core_app *self)
{
    PyObject_GC_UnTrack(self);
    app_clear(self);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyMethodDef methods[] = {
    {"add_schema", (PyCFunction)app_add_schema, METH_VARARGS,
     "add_schema(name, type): makes a schema known."},
    {"add_route", (PyCFunction)app_add_route, METH_VARARGS,
     "add_route(path, methods, name, handler, doc): adds a route."},
    {"add_resource", (PyCFunction)(void (*)(void))app_add_resource,
     METH_VARARGS | METH_KEYWORDS,
     "add_resource(path, name, verbose_name, methods, model=None): `methods` are "
     "tuples "
     "as add_route takes."},
    {"add_cors", (PyCFunction)(void (*)(void))app_add_cors,
     METH_VARARGS | METH_KEYWORDS,
     "add_cors(origins, methods, headers, expose, credentials, max_age): cross-origin "
     "requests."},
    {"add_gzip", (PyCFunction)app_add_gzip, METH_VARARGS,
     "add_gzip(minimum): compresses answers of at least so many bytes."},
    {"add_request_id", (PyCFunction)app_add_request_id, METH_NOARGS,
     "Answers carry x-request-id."},
    {"on_error", (PyCFunction)app_on_error, METH_VARARGS,
     "on_error(code, handler): has errors of the core answered by a handler."},
    {"mount", (PyCFunction)app_mount, METH_VARARGS,
     "mount(path, app): serves another app below a path."},
    {"resolve", (PyCFunction)app_resolve, METH_VARARGS,
     "resolve(name, values): the URL of a route of a started app."},
    {"start", (PyCFunction)app_start, METH_NOARGS,
     "Compiles the app: (errors, warnings), a sentence each."},
    {"serve", (PyCFunction)(void (*)(void))core_app_serve, METH_VARARGS | METH_KEYWORDS,
     "serve(descriptor, options): begins to serve, with this thread's turns; the "
     "port."},
    {"turn", (PyCFunction)core_app_turn, METH_O,
     "turn(milliseconds): serves so long, or until a handler has run. True when the "
     "descriptor is readable, None when serving has ended."},
    {"stop", (PyCFunction)core_app_stop, METH_NOARGS, "Ends serving, gracefully."},
    {"dispatch", (PyCFunction)(void (*)(void))core_app_dispatch,
     METH_VARARGS | METH_KEYWORDS,
     "dispatch(method, target, path, query, headers, body, client, scheme, on_answer): "
     "one request through the app; gives a Pending."},
    {0},
};

PyTypeObject core_app_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "flama._core.App",
    .tp_doc = "An app of the core.",
    .tp_basicsize = sizeof(core_app),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_new = app_new,
    .tp_dealloc = (destructor)app_dealloc,
    .tp_traverse = (traverseproc)app_traverse,
    .tp_clear = (inquiry)app_clear,
    .tp_methods = methods,
};
