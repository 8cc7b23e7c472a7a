/* What happens to a coroutine that a handler returned: a real Task runs it, started at
 * once, and the request is answered when it is done. */
#include "core.h"

/* The callback of a task that was not done at once. It owns the call. */
typedef struct completion {
    PyObject_HEAD core_handler *handler;
    PyObject *app;    /* keeps what the call stands on */
    flama_call *call; /* NULL: ended */
} completion;

static int end_with_task(core_handler *handler, flama_call *call, PyObject *task)
{
    return core_handler_end(handler, call, PyObject_CallMethod(task, "result", NULL));
}

static PyObject *completion_call(completion *self, PyObject *args, PyObject *kwargs)
{
    PyObject *task;
    (void)kwargs;
    if (!PyArg_ParseTuple(args, "O", &task))
        return NULL;
    flama_call *call = self->call;
    self->call = NULL;
    if (call && end_with_task(self->handler, call, task) != 0)
        return NULL;
    Py_RETURN_NONE;
}

/* A loop that was closed too early never calls it: the client still gets an answer. */
static void completion_dealloc(completion *self)
{
    if (self->call) {
        flama_fail(self->call, FLAMA_EUNAVAILABLE, "the server stops");
        flama_call_finish(self->call, FLAMA_EUNAVAILABLE, NULL);
    }
    Py_XDECREF(self->handler);
    Py_XDECREF(self->app);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

PyTypeObject core_completion_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "flama._core.Completion",
    .tp_basicsize = sizeof(completion),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_call = (ternaryfunc)completion_call,
    .tp_dealloc = (destructor)completion_dealloc,
};

static int wait_for(core_handler *handler, flama_call *call, PyObject *task)
{
    completion *c =
        (completion *)core_completion_type.tp_alloc(&core_completion_type, 0);
    if (c == NULL)
        return core_handler_end(handler, call, NULL);
    c->handler = (core_handler *)Py_NewRef(handler);
    c->app = Py_XNewRef((PyObject *)handler->app);
    c->call = call;
    PyObject *none = PyObject_CallMethod(task, "add_done_callback", "O", c);
    if (none == NULL) {
        c->call = NULL;
        Py_DECREF(c);
        return core_handler_end(handler, call, NULL);
    }
    Py_DECREF(none);
    Py_DECREF(c);
    return 0;
}

int core_task_start(core_handler *handler, flama_call *call, PyObject *coroutine)
{
    PyObject *task = NULL;
    if (core_hooks_now.spawn)
        task = PyObject_CallOneArg(core_hooks_now.spawn, coroutine);
    else
        PyErr_SetString(PyExc_RuntimeError, "no event loop runs an async handler");
    Py_DECREF(coroutine);
    PyObject *done = task ? PyObject_CallMethod(task, "done", NULL) : NULL;
    int rc;
    if (done == NULL)
        rc = core_handler_end(handler, call, NULL);
    else if (done == Py_True)
        rc = end_with_task(handler, call, task);
    else
        rc = wait_for(handler, call, task);
    Py_XDECREF(done);
    Py_XDECREF(task);
    return rc;
}
