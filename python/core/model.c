/* Model: a model file, opened by one of the core's engines, else by its framework.
 *
 *     model = Model("iris.flm", trust=False)
 *     model.run("predict", [[5.1, 3.5, 1.4, 0.2]])
 *
 * Opening and running release the interpreter's lock. Any thread. */
#include "core.h"

static PyObject *model_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"path", "trust", NULL};
    PyObject *path;
    int trust = false;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O&|$p", names,
                                     PyUnicode_FSConverter, &path, &trust))
        return NULL;
    flama_error err = {0};
    flama_model *model = NULL;
    int rc;
    Py_BEGIN_ALLOW_THREADS rc = flama_model_open_with(&model, PyBytes_AS_STRING(path),
                                                      core_framework(trust), &err);
    Py_END_ALLOW_THREADS Py_DECREF(path);
    if (rc != 0)
        return core_raise(&err);
    core_model *self = (core_model *)type->tp_alloc(type, 0);
    if (self == NULL)
        flama_model_unref(model);
    else
        self->model = model;
    return (PyObject *)self;
}

static void model_dealloc(core_model *self)
{
    flama_model_unref(self->model);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

/* One spare call: a prediction makes and frees no arena. */
static flama_call *spare;

static flama_call *take_call(void)
{
    flama_call *call = spare ? spare : flama_call_new();
    spare = NULL;
    if (call == NULL)
        PyErr_NoMemory();
    return call;
}

static void give_call(flama_call *call)
{
    if (spare) {
        flama_call_free(call);
        return;
    }
    flama_call_reset(call);
    spare = call;
}

static PyObject *run(flama_model *model, flama_call *call, const char *method,
                     PyObject *input)
{
    PyObject *keep = NULL, *result = NULL;
    flama_value value;
    const flama_value *out = NULL;
    if (core_value_from_python(flama_call_arena(call), input, true, &keep, &value) ==
        0) {
        int rc;
        Py_BEGIN_ALLOW_THREADS rc = flama_model_run(model, call, method, &value, &out);
        Py_END_ALLOW_THREADS result = rc == 0 ? core_value_to_python(out, true)
                                              : core_raise(flama_call_error(call));
    }
    Py_XDECREF(keep);
    return result;
}

static PyObject *model_run(core_model *self, PyObject *args)
{
    const char *method;
    PyObject *input;
    if (!PyArg_ParseTuple(args, "sO", &method, &input))
        return NULL;
    flama_call *call = take_call();
    if (call == NULL)
        return NULL;
    PyObject *result = run(self->model, call, method, input);
    give_call(call);
    return result;
}

static PyObject *model_inspect(core_model *self, PyObject *none)
{
    (void)none;
    return core_value_to_python(flama_model_inspect(self->model), true);
}

static PyObject *model_engine(core_model *self, void *none)
{
    (void)none;
    return PyUnicode_FromString(flama_model_engine(self->model));
}

static PyMethodDef methods[] = {
    {"run", (PyCFunction)model_run, METH_VARARGS,
     "run(method, input): what a method of the model gives for these rows."},
    {"inspect", (PyCFunction)model_inspect, METH_NOARGS, "What the file says."},
    {0},
};

static PyGetSetDef getters[] = {
    {"engine", (getter)model_engine, NULL, "What runs it.", NULL},
    {0},
};

PyTypeObject core_model_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "flama._core.Model",
    .tp_doc = "A model file, opened by one of the core's engines.",
    .tp_basicsize = sizeof(core_model),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = model_new,
    .tp_dealloc = (destructor)model_dealloc,
    .tp_methods = methods,
    .tp_getset = getters,
};
