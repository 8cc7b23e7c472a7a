/* What happens to a coroutine that a handler returned: a real Task runs it, started at
 * once, and the request is answered when it is done. */
#include <stddef.h>

#include "core.h"

/* The callback of a task that was not done at once. It owns the call. */
typedef struct completion {
    PyObject_HEAD core_handler *handler;
    PyObject *app;    /* keeps what the call stands on */
    flama_call *call; /* NULL: ended */
    bool last;
} completion;

/* What cancels a task whose client has gone, or whose time is over: the exchange's
 * until it is taken back, or has come to the interpreter's thread. */
typedef struct canceller {
    flama_cancel cancel;
    core_item item;
    PyObject *task; /* a weak reference */
} canceller;

static void canceller_free(canceller *c)
{
    Py_XDECREF(c->task);
    PyMem_RawFree(c);
}

static int cancel_task(core_item *item)
{
    canceller *c = (canceller *)((char *)item - offsetof(canceller, item));
    PyObject *task = PyObject_CallNoArgs(c->task);
    PyObject *none = NULL;
    if (task)
        none = task == Py_None ? Py_NewRef(task)
                               : PyObject_CallMethod(task, "cancel", NULL);
    Py_XDECREF(task);
    canceller_free(c);
    Py_XDECREF(none);
    return none ? 0 : -1;
}

static void on_cancel(flama_cancel *cancel)
{
    core_deliver(&((canceller *)cancel)->item);
}

static int watch_client(flama_call *call, PyObject *task)
{
    canceller *c = PyMem_RawCalloc(1, sizeof *c);
    if (c == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    c->cancel.run = on_cancel;
    c->item.run = cancel_task;
    c->task = PyWeakref_NewRef(task, NULL);
    if (c->task == NULL) {
        canceller_free(c);
        return -1;
    }
    flama_exchange_on_cancel(flama_call_exchange(call), &c->cancel);
    return 0;
}

static void forget_client(flama_call *call)
{
    flama_cancel *cancel = flama_exchange_on_cancel(flama_call_exchange(call), NULL);
    if (cancel)
        canceller_free((canceller *)cancel);
}

/* One that was cancelled because nobody waits has nothing to say. */
static int end_with_task(core_handler *handler, flama_call *call, PyObject *task,
                         bool last)
{
    PyObject *cancelled = PyObject_CallMethod(task, "cancelled", NULL);
    if (cancelled == NULL)
        return core_handler_end(handler, call, NULL, last);
    Py_DECREF(cancelled); /* True or False */
    if (cancelled == Py_True && flama_call_cancelled(call)) {
        flama_call_finish(call, flama_call_stopped(call), NULL);
        return 0;
    }
    PyObject *result = PyObject_CallMethod(task, "result", NULL);
    return core_handler_end(handler, call, result, last);
}

static PyObject *completion_call(completion *self, PyObject *args, PyObject *kwargs)
{
    PyObject *task;
    (void)kwargs;
    if (!PyArg_ParseTuple(args, "O", &task))
        return NULL;
    flama_call *call = self->call;
    self->call = NULL;
    if (call)
        forget_client(call);
    if (call && end_with_task(self->handler, call, task, self->last) != 0)
        return NULL;
    Py_RETURN_NONE;
}

/* A loop that was closed too early never calls it: the client still gets an answer. */
static void completion_dealloc(completion *self)
{
    if (self->call) {
        forget_client(self->call);
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

static int wait_for(core_handler *handler, flama_call *call, PyObject *task, bool last)
{
    completion *c =
        (completion *)core_completion_type.tp_alloc(&core_completion_type, 0);
    if (c == NULL)
        return core_handler_end(handler, call, NULL, last);
    c->handler = (core_handler *)Py_NewRef(handler);
    c->app = Py_XNewRef((PyObject *)handler->app);
    c->call = call;
    c->last = last;
    PyObject *none = watch_client(call, task) == 0
                         ? PyObject_CallMethod(task, "add_done_callback", "O", c)
                         : NULL;
    if (none == NULL) {
        forget_client(call);
        c->call = NULL;
        Py_DECREF(c);
        return core_handler_end(handler, call, NULL, last);
    }
    Py_DECREF(none);
    Py_DECREF(c);
    return 0;
}

int core_task_start(core_handler *handler, flama_call *call, PyObject *coroutine,
                    bool last)
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
        rc = core_handler_end(handler, call, NULL, last);
    else if (done == Py_True)
        rc = end_with_task(handler, call, task, last);
    else
        rc = wait_for(handler, call, task, last);
    Py_XDECREF(done);
    Py_XDECREF(task);
    return rc;
}
