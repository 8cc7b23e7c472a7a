/* Requests that come from Python: of the test client, and of an ASGI server. Each is an
 * exchange of the core; its answer is handed to a callable on the interpreter's thread,
 * at once when the app answers at once. */
#include <string.h>

#include "core.h"

typedef struct request {
    flama_exchange base;
    core_item item; /* brings the answer to the interpreter's thread */
    PyObject *app;
    PyObject *on_answer;
    bool done;  /* while it was dispatched, without the lock */
    bool *gone; /* set when it is freed while it is dispatched, or NULL */
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

static int answered(core_item *item)
{
    request *r = (request *)((char *)item - offsetof(request, item));
    const flama_response *response = &r->base.response;
    PyObject *headers = headers_of(response->headers, response->header_count);
    PyObject *none = headers
                         ? PyObject_CallFunction(r->on_answer, "iNNN", response->status,
                                                 bytes(response->content_type), headers,
                                                 bytes(response->body))
                         : NULL;
    Py_DECREF(r->on_answer);
    Py_DECREF(r->app);
    if (r->gone)
        *r->gone = true;
    flama_arena_free(r->base.arena);
    Py_XDECREF(none);
    return none ? 0 : -1;
}

static void respond(flama_exchange *exchange)
{
    request *r = (request *)exchange;
    if (core_inside)
        r->done = true;
    else if (!PyGILState_Check())
        core_inbox_post(&r->item);
    else if (answered(&r->item) != 0)
        PyErr_WriteUnraisable(NULL);
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
    bool gone = false;
    r->gone = &gone;
    r->app = Py_NewRef((PyObject *)app);
    Py_INCREF(r->on_answer);
    core_inside = PyEval_SaveThread();
    flama_app_dispatch(app->app, &r->base);
    PyThreadState *state = core_inside;
    core_inside = NULL;
    PyEval_RestoreThread(state);
    if (!gone)
        r->gone = NULL;
    if (!gone && r->done && answered(&r->item) != 0)
        return NULL;
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}
