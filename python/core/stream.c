/* Stream: a body in pieces that Python gives.
 *
 * It asks its source, an object with the methods asked(stream), gone() and
 * ended(): `asked` is to be answered by one push, `gone` says that nobody waits for it
 * any more, `ended` that nothing more will be asked for. Its `length` is that of all
 * pieces together, 0 where it is not known. */
#include "core.h"

typedef struct core_stream {
    PyObject_HEAD flama_stream base;
    flama_cancel cancel;
    core_item asked;
    core_item gone;
    core_item ended;
    flama_exchange *exchange; /* while it waits for a piece */
    PyObject *source;         /* until it has ended */
    PyObject *piece;          /* that the exchange has */
} core_stream;

#define STREAM_OF(pointer, member) \
    ((core_stream *)((char *)(pointer)-offsetof(core_stream, member)))

/* At once on a thread that has the lock, else on the interpreter's. */
void core_deliver(core_item *item)
{
    if (!PyGILState_Check())
        core_inbox_post(item);
    else if (item->run(item) != 0)
        PyErr_WriteUnraisable(NULL);
}

static int tell(core_stream *s, const char *method, PyObject *argument)
{
    PyObject *none = argument ? PyObject_CallMethod(s->source, method, "O", argument)
                              : PyObject_CallMethod(s->source, method, NULL);
    Py_XDECREF(none);
    return none ? 0 : -1;
}

static void next(flama_stream *stream, flama_exchange *exchange)
{
    core_stream *s = STREAM_OF(stream, base);
    s->exchange = exchange;
    core_deliver(&s->asked);
}

/* Until the push, or what `cancel` brings, the stream is held once more. */
static int run_asked(core_item *item)
{
    core_stream *s = STREAM_OF(item, asked);
    Py_INCREF(s);
    Py_CLEAR(s->piece);
    flama_exchange_on_cancel(s->exchange, &s->cancel);
    return tell(s, "asked", (PyObject *)s);
}

static void on_cancel(flama_cancel *cancel)
{
    core_deliver(&STREAM_OF(cancel, cancel)->gone);
}

static int run_gone(core_item *item)
{
    core_stream *s = STREAM_OF(item, gone);
    int rc = s->source ? tell(s, "gone", NULL) : 0;
    Py_DECREF(s);
    return rc;
}

static void end(flama_stream *stream)
{
    core_deliver(&STREAM_OF(stream, base)->ended);
}

static int run_ended(core_item *item)
{
    core_stream *s = STREAM_OF(item, ended);
    int rc = tell(s, "ended", NULL);
    Py_CLEAR(s->source); /* which may hold the stream */
    Py_DECREF(s);
    return rc;
}

static PyObject *push(core_stream *s, PyObject *args)
{
    PyObject *piece;
    int kind;
    if (!PyArg_ParseTuple(args, "Si", &piece, &kind))
        return NULL;
    flama_exchange *exchange = s->exchange;
    if (exchange == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "no piece is asked for");
        return NULL;
    }
    Py_XSETREF(s->piece, Py_NewRef(piece));
    s->exchange = NULL;
    if (flama_exchange_on_cancel(exchange, NULL))
        Py_DECREF(s);
    flama_stream_push(
        exchange,
        (flama_string){PyBytes_AS_STRING(piece), (size_t)PyBytes_GET_SIZE(piece)},
        (flama_piece)kind);
    Py_RETURN_NONE;
}

flama_stream *core_stream_new(PyObject *source)
{
    core_stream *s = (core_stream *)core_stream_type.tp_alloc(&core_stream_type, 0);
    if (s == NULL)
        return NULL;
    s->base = (flama_stream){sizeof s->base, next, end, 0};
    s->cancel.run = on_cancel;
    s->asked.run = run_asked;
    s->gone.run = run_gone;
    s->ended.run = run_ended;
    s->source = Py_NewRef(source);
    PyObject *length = PyObject_GetAttrString(source, "length");
    s->base.length = length ? PyLong_AsUnsignedLongLong(length) : 0;
    Py_XDECREF(length);
    if (PyErr_Occurred()) {
        Py_DECREF(s);
        return NULL;
    }
    return &s->base;
}

static void stream_dealloc(core_stream *s)
{
    Py_XDECREF(s->source);
    Py_XDECREF(s->piece);
    Py_TYPE(s)->tp_free((PyObject *)s);
}

static PyMethodDef stream_methods[] = {
    {"push", (PyCFunction)push, METH_VARARGS,
     "push(bytes, kind): the piece that was asked for."},
    {0},
};

PyTypeObject core_stream_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "flama._core.Stream",
    .tp_doc = "A body in pieces that Python gives.",
    .tp_basicsize = sizeof(core_stream),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_dealloc = (destructor)stream_dealloc,
    .tp_methods = stream_methods,
};
