/* Requests that come from Python: of the test client, and of an ASGI server. Each is an
 * exchange of the core; its answer is handed to a callable on the interpreter's thread,
 * at once when the app answers at once. */
#include <string.h>

#include "core.h"

typedef struct request {
    flama_exchange base;
    core_item item; /* brings the answer to the interpreter's thread */
    PyObject *app;
    PyObject *on_answer; /* then on_piece, while a piece of a stream is asked for */
    struct core_body *body;
    bool done;                    /* while it was dispatched, without the lock */
    struct core_pending *pending; /* until it is answered */
} request;

static PyObject *bytes(flama_string text)
{
    return PyBytes_FromStringAndSize(text.data, (Py_ssize_t)text.size);
}

static PyObject *headers_of(const flama_header *headers, size_t count)
{
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list && i < count; i++) {
        PyObject *name = bytes(headers[i].name), *value = bytes(headers[i].value);
        PyObject *pair = name && value ? PyTuple_Pack(2, name, value) : NULL;
        Py_XDECREF(name);
        Py_XDECREF(value);
        if (pair == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, (Py_ssize_t)i, pair);
    }
    return list;
}

static void request_free(request *r)
{
    flama_stream_end(&r->base);
    Py_XDECREF(r->on_answer);
    Py_DECREF(r->app);
    flama_arena_free(r->base.arena);
}

/* Pending: a request until it is answered. */
typedef struct core_pending {
    PyObject_HEAD request *request; /* NULL: answered */
} core_pending;

static PyObject *pending_cancel(core_pending *self, PyObject *none)
{
    (void)none;
    if (self->request)
        flama_exchange_cancel(&self->request->base);
    Py_RETURN_NONE;
}

static PyMethodDef pending_methods[] = {
    {"cancel", (PyCFunction)pending_cancel, METH_NOARGS,
     "Nobody waits for the answer any more."},
    {0},
};

static void pending_dealloc(core_pending *self)
{
    Py_TYPE(self)->tp_free((PyObject *)self);
}

PyTypeObject core_pending_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "flama._core.Pending",
    .tp_doc = "A request that is not answered yet.",
    .tp_basicsize = sizeof(core_pending),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_dealloc = (destructor)pending_dealloc,
    .tp_methods = pending_methods,
};

/* Calls back, which is done once. */
static int call_back(request *r, PyObject *arguments)
{
    PyObject *callback = r->on_answer;
    r->on_answer = NULL;
    PyObject *none = arguments ? PyObject_CallObject(callback, arguments) : NULL;
    Py_DECREF(callback);
    Py_XDECREF(arguments);
    Py_XDECREF(none);
    return none ? 0 : -1;
}

/* Body: the pieces of a streamed answer, which owns the request. While a piece is asked
 * for it is held once more. */
typedef struct core_body {
    PyObject_HEAD request *request;
    bool closed;
} core_body;

static int pushed(core_item *item)
{
    request *r = (request *)((char *)item - offsetof(request, item));
    core_body *body = r->body;
    int rc = 0;
    if (body->closed)
        flama_stream_end(&r->base);
    else
        rc = call_back(
            r, Py_BuildValue("(Ni)", bytes(r->base.piece), (int)r->base.piece_kind));
    Py_DECREF(body);
    return rc;
}

static PyObject *body_next(core_body *self, PyObject *on_piece)
{
    request *r = self->request;
    if (r->on_answer || self->closed) {
        PyErr_SetString(PyExc_RuntimeError, self->closed
                                                ? "the body is closed"
                                                : "a piece is asked for already");
        return NULL;
    }
    r->on_answer = Py_NewRef(on_piece);
    Py_INCREF(self);
    r->base.response.stream->next(r->base.response.stream, &r->base);
    Py_RETURN_NONE;
}

static PyObject *body_close(core_body *self, PyObject *none)
{
    (void)none;
    self->closed = true;
    flama_exchange_cancel(&self->request->base);
    if (self->request->on_answer == NULL) /* else the piece that is asked for does */
        flama_stream_end(&self->request->base);
    Py_RETURN_NONE;
}

static void body_dealloc(core_body *self)
{
    if (self->request)
        request_free(self->request);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyObject *body_length(core_body *self, void *none)
{
    const flama_stream *stream = self->request->base.response.stream;
    (void)none;
    return PyLong_FromUnsignedLongLong(stream ? stream->length : 0);
}

static PyGetSetDef body_getters[] = {
    {"length", (getter)body_length, NULL, "Of all pieces together; 0: not known.",
     NULL},
    {0},
};

static PyMethodDef body_methods[] = {
    {"next", (PyCFunction)body_next, METH_O,
     "next(on_piece): asks for a piece, which on_piece(bytes, kind) gets."},
    {"close", (PyCFunction)body_close, METH_NOARGS, "No piece is wanted any more."},
    {0},
};

PyTypeObject core_body_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "flama._core.Body",
    .tp_doc = "A body in pieces that Python takes.",
    .tp_basicsize = sizeof(core_body),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_dealloc = (destructor)body_dealloc,
    .tp_methods = body_methods,
    .tp_getset = body_getters,
};

/* The body of the answer: bytes, or a Body. */
static PyObject *body_of(request *r)
{
    if (r->base.response.stream == NULL)
        return bytes(r->base.response.body);
    r->body = (core_body *)core_body_type.tp_alloc(&core_body_type, 0);
    if (r->body) {
        r->body->request = r;
        r->item.run = pushed;
    }
    return (PyObject *)r->body;
}

static int answered(core_item *item)
{
    request *r = (request *)((char *)item - offsetof(request, item));
    const flama_response *response = &r->base.response;
    r->pending->request = NULL;
    Py_CLEAR(r->pending);
    PyObject *body = body_of(r);
    PyObject *headers = headers_of(response->headers, response->header_count);
    PyObject *kind = bytes(response->content_type);
    PyObject *arguments =
        body && headers && kind
            ? Py_BuildValue("(iOOO)", response->status, kind, headers, body)
            : NULL;
    Py_XDECREF(kind);
    Py_XDECREF(headers);
    bool owned = r->body != NULL;
    int rc = call_back(r, arguments);
    Py_XDECREF(body);
    if (!owned)
        request_free(r);
    return rc;
}

static void respond(flama_exchange *exchange)
{
    request *r = (request *)exchange;
    if (core_inside)
        r->done = true;
    else
        core_deliver(&r->item);
}

static const flama_transport transport = {.size = sizeof transport, .respond = respond};

/* Reading what Python gives, into the arena. */

static const struct {
    const char *name;
    flama_http_method method;
} methods[] = {{"GET", FLAMA_GET},        {"HEAD", FLAMA_HEAD},
               {"POST", FLAMA_POST},      {"PUT", FLAMA_PUT},
               {"PATCH", FLAMA_PATCH},    {"DELETE", FLAMA_DELETE},
               {"OPTIONS", FLAMA_OPTIONS}};

static flama_http_method method_of(const char *name)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(methods[i].name, name) == 0)
            return methods[i].method;
    return FLAMA_OTHER_METHOD;
}

static int copy(flama_arena *arena, const char *data, Py_ssize_t size,
                flama_string *out)
{
    out->data = flama_arena_copy(arena, data, (size_t)size);
    out->size = (size_t)size;
    if (out->data == NULL)
        PyErr_NoMemory();
    return out->data ? 0 : -1;
}

static int copy_bytes(flama_arena *arena, PyObject *object, flama_string *out)
{
    char *data;
    Py_ssize_t size;
    return PyBytes_AsStringAndSize(object, &data, &size) != 0
               ? -1
               : copy(arena, data, size, out);
}

static int copy_headers(request *r, PyObject *list)
{
    Py_ssize_t count = PyList_GET_SIZE(list);
    flama_header *headers =
        flama_arena_calloc(r->base.arena, (size_t)count + 1, sizeof *headers);
    if (headers == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *name, *value;
        if (!PyArg_ParseTuple(PyList_GET_ITEM(list, i), "SS", &name, &value) ||
            copy_bytes(r->base.arena, name, &headers[i].name) != 0 ||
            copy_bytes(r->base.arena, value, &headers[i].value) != 0)
            return -1;
    }
    r->base.request.headers = headers;
    r->base.request.header_count = (size_t)count;
    return 0;
}

static int read_request(request *r, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"method", "target", "path",   "query",     "headers",
                            "body",   "client", "scheme", "on_answer", NULL};
    struct text {
        const char *data;
        Py_ssize_t size;
    } method, target, path, query, body, client, scheme;
    PyObject *headers;
    flama_request *q = &r->base.request;
    flama_arena *arena = r->base.arena;
    if (!PyArg_ParseTupleAndKeywords(
            args, kwargs, "s#s#s#s#O!y#s#s#O", names, &method.data, &method.size,
            &target.data, &target.size, &path.data, &path.size, &query.data,
            &query.size, &PyList_Type, &headers, &body.data, &body.size, &client.data,
            &client.size, &scheme.data, &scheme.size, &r->on_answer) ||
        copy(arena, method.data, method.size, &q->method_name) != 0 ||
        copy(arena, target.data, target.size, &q->target) != 0 ||
        copy(arena, path.data, path.size, &q->path) != 0 ||
        copy(arena, query.data, query.size, &q->query) != 0 ||
        copy(arena, body.data, body.size, &q->body) != 0 ||
        copy(arena, client.data, client.size, &q->client) != 0 ||
        copy(arena, scheme.data, scheme.size, &q->scheme) != 0)
        return -1;
    q->method = method_of(q->method_name.data);
    return copy_headers(r, headers);
}

PyObject *core_app_dispatch(core_app *app, PyObject *args, PyObject *kwargs)
{
    flama_arena *arena = flama_arena_new(0);
    request *r = arena ? flama_arena_calloc(arena, 1, sizeof *r) : NULL;
    if (r == NULL) {
        flama_arena_free(arena);
        return PyErr_NoMemory();
    }
    r->base.transport = &transport;
    r->base.arena = arena;
    r->item.run = answered;
    if (read_request(r, args, kwargs) != 0) {
        flama_arena_free(arena);
        return NULL;
    }
    core_pending *pending =
        (core_pending *)core_pending_type.tp_alloc(&core_pending_type, 0);
    if (pending == NULL) {
        flama_arena_free(arena);
        return NULL;
    }
    pending->request = r;
    r->pending = (core_pending *)Py_NewRef(pending);
    r->app = Py_NewRef((PyObject *)app);
    Py_INCREF(r->on_answer);
    core_inside = PyEval_SaveThread();
    flama_app_dispatch(app->app, &r->base);
    PyThreadState *state = core_inside;
    core_inside = NULL;
    PyEval_RestoreThread(state);
    if (pending->request && r->done && answered(&r->item) != 0)
        Py_CLEAR(pending);
    if (PyErr_Occurred())
        Py_CLEAR(pending);
    return (PyObject *)pending;
}
