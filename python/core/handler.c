/* Handler: a Python function as a handler of the core.
 *
 *     Handler(function, name, params, gives, on_error, owner=None, blocking=None,
 *             is_coroutine=False, file="", line=0, dump=None)
 *
 * `params` are tuples (name, type, optional, converter, in_query=False), the converter
 * None or a callable for the text or the body of the request; `dump` is a callable for
 * what the function returns; `blocking` says whether it is called in the pool of
 * threads, None leaves that to what its calls take. The core fills the parameters; here
 * they become Python objects, and the function is called with them by name, behind
 * `owner` if there is one. */
#include <stddef.h>
#include <time.h>

#include "core.h"

enum { MOST_PARAMS = 64 };

/* What waits in the inbox for the interpreter's thread. */
typedef struct begun {
    core_item item;
    const flama_handler *handler;
    const void *in;
    flama_call *call;
} begun;

static int run_begun(core_item *item)
{
    begun *b = (begun *)item;
    return core_handler_run(b->handler, b->in, b->call);
}

/* On a thread of the core, or the interpreter's: within the core without the lock, or,
 * for an error handler, within Python. */
static void begin(const flama_handler *handler, const void *in, flama_call *call)
{
    if (core_inside) {
        PyEval_RestoreThread(core_inside);
        PyThreadState *state = core_inside;
        core_inside = NULL;
        core_handler_run(handler, in, call);
        core_inside = state;
        PyEval_SaveThread();
        return;
    }
    begun *b = flama_call_alloc(call, sizeof *b);
    if (b == NULL) {
        flama_fail(call, FLAMA_EMEMORY, "%s", flama_error_text(FLAMA_EMEMORY));
        flama_call_finish(call, FLAMA_EMEMORY, NULL);
        return;
    }
    *b = (begun){{NULL, run_begun}, handler, in, call};
    core_deliver(&b->item);
}

/* Arguments. */

/* What was made of texts of a path or a query, which may be any bytes. */
static PyObject *of_texts(const char *name, PyObject *object)
{
    if (object || !PyErr_ExceptionMatches(PyExc_UnicodeDecodeError))
        return object;
    PyErr_Clear();
    flama_error err = {0};
    flama_error_set_at(&err, FLAMA_EBAD_REQUEST, name, "the text of '%s' is not UTF-8",
                       name);
    return core_raise(&err);
}

/* What an error handler is told: (exception, detail, allow). */
static PyObject *failure_of(const flama_failure *failure)
{
    PyObject *exception = core_exception(failure->error);
    PyObject *detail = exception ? core_value_to_python(&failure->detail, true) : NULL;
    if (detail == NULL) {
        Py_XDECREF(exception);
        return NULL;
    }
    return Py_BuildValue("NNN", exception, detail, core_string(failure->allow));
}

/* The parameter as an object, before its converter; NULL without an exception when it
 * is absent. */
static PyObject *object_of(const flama_param *param, const void *data, bool exact)
{
    const flama_type *type = param->type;
    if (data == NULL)
        return NULL;
    if (type == &flama_request_type)
        return core_request(data);
    if (type == &flama_failure_type)
        return failure_of(data);
    if (param->in_query)
        return of_texts(param->name,
                        core_value_to_python(*(const flama_array *)data, exact));
    if (type->as_value)
        return core_value_to_python(data, exact);
    switch (type->kind) {
    case FLAMA_TYPE_INTEGER:
        return PyLong_FromLongLong(*(const flama_integer *)data);
    case FLAMA_TYPE_NUMBER:
        return PyFloat_FromDouble(*(const flama_number *)data);
    case FLAMA_TYPE_BOOLEAN:
        return PyBool_FromLong(*(const flama_boolean *)data);
    default:
        return of_texts(param->name, core_string(*(const flama_string *)data));
    }
}

static int fill(const core_handler *h, const void *in, PyObject **arguments,
                PyObject **names)
{
    size_t count = 0;
    PyObject *request = NULL; /* what is left in its state is there for all */
    for (size_t i = 0; i < h->handler.param_count; i++) {
        const flama_param *param = &h->params[i];
        const void *data = *(void *const *)((const char *)in + param->offset);
        PyObject *converter = PyTuple_GET_ITEM(h->converters, (Py_ssize_t)i);
        bool asks_request = param->type == &flama_request_type;
        PyObject *object = asks_request && request
                               ? Py_NewRef(request)
                               : object_of(param, data, converter != Py_None);
        request = asks_request ? object : request;
        if (object && converter != Py_None)
            Py_SETREF(object, PyObject_CallOneArg(converter, object));
        arguments[count] = object;
        if (object)
            names[count++] = PyTuple_GET_ITEM(h->names, (Py_ssize_t)i);
        else if (PyErr_Occurred())
            break;
    }
    return (int)count;
}

/* The names of the parameters that are there. */
static PyObject *names_of(const core_handler *h, PyObject *const *names, size_t count)
{
    if (count == h->handler.param_count)
        return Py_NewRef(h->names);
    PyObject *tuple = PyTuple_New((Py_ssize_t)count);
    for (size_t i = 0; tuple && i < count; i++)
        PyTuple_SET_ITEM(tuple, (Py_ssize_t)i, Py_NewRef(names[i]));
    return tuple;
}

/* The call. */

/* The loop that runs on this thread, which is hidden from what is called next: a plain
 * function may call asyncio.run. NULL when there is none. */
static PyObject *hide_loop(void)
{
    if (core_hooks_now.running_loop == NULL)
        return NULL;
    PyObject *loop = PyObject_CallNoArgs(core_hooks_now.running_loop);
    PyObject *none = loop && loop != Py_None
                         ? PyObject_CallOneArg(core_hooks_now.set_running_loop, Py_None)
                         : NULL;
    if (none == NULL)
        Py_CLEAR(loop);
    Py_XDECREF(none);
    return loop;
}

static void show_loop(PyObject *loop)
{
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    PyObject *none = PyObject_CallOneArg(core_hooks_now.set_running_loop, loop);
    Py_XDECREF(none);
    Py_DECREF(loop);
    PyErr_Restore(type, value, trace);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* A function that blocks goes to the pool of threads once it has been seen to, twice
 * within a few calls: one may import something, or be kept waiting by the system. */
static void judge(core_handler *h, double seconds)
{
    static const double slow = 0.01;
    enum { CALLS = 8 };
    if (seconds < slow) {
        h->slowness -= h->slowness > 0;
        return;
    }
    h->in_pool = h->slowness > 0 && !h->stays;
    h->slowness = CALLS;
    if (h->in_pool)
        flama_log(FLAMA_LOG_INFO,
                  "the handler '%s' takes more than %d ms: from now on it is called in "
                  "the pool of threads (blocking=False keeps it where it is)",
                  h->handler.name, (int)(slow * 1000));
}

/* In a context of its own. */
static PyObject *call_here(core_handler *h, PyObject **stack, size_t count,
                           PyObject *names)
{
    PyObject *context = PyContext_CopyCurrent();
    if (context == NULL || PyContext_Enter(context) != 0) {
        Py_XDECREF(context);
        return NULL;
    }
    PyObject *loop = h->is_coroutine ? NULL : hide_loop();
    size_t positional = h->owner != NULL;
    double started = now();
    PyObject *result =
        PyErr_Occurred()
            ? NULL
            : PyObject_Vectorcall(h->function, stack + 1,
                                  positional | PY_VECTORCALL_ARGUMENTS_OFFSET,
                                  count ? names : NULL);
    if (loop) {
        judge(h, now() - started);
        show_loop(loop);
    }
    PyContext_Exit(context);
    Py_DECREF(context);
    return result;
}

/* As a coroutine that waits for a thread of the pool. */
static PyObject *call_in_pool(const core_handler *h, PyObject **stack, size_t count,
                              PyObject *names)
{
    PyObject *keywords = PyDict_New();
    for (size_t i = 0; keywords && i < count; i++)
        if (PyDict_SetItem(keywords, PyTuple_GET_ITEM(names, (Py_ssize_t)i),
                           stack[1 + i]) != 0)
            Py_CLEAR(keywords);
    PyObject *arguments = h->owner ? PyTuple_Pack(1, h->owner) : PyTuple_New(0);
    PyObject *coroutine = NULL;
    if (keywords && arguments)
        coroutine = PyObject_CallFunctionObjArgs(
            core_hooks_now.run_in_pool, h->function, arguments, keywords, NULL);
    Py_XDECREF(keywords);
    Py_XDECREF(arguments);
    return coroutine;
}

/* What runs on the interpreter's thread at the moment, for the watchdog. */
static struct running {
    const core_handler *handler;
    double since; /* seconds, time.monotonic's clock */
} running;

PyObject *core_handler_running(PyObject *module, PyObject *none)
{
    (void)module, (void)none;
    if (running.handler == NULL)
        Py_RETURN_NONE;
    return Py_BuildValue("(sd)", running.handler->handler.name, running.since);
}

static PyObject *call(core_handler *h, const void *in)
{
    /* One place before the arguments, which the vectorcall may write to. */
    PyObject *stack[MOST_PARAMS + 2], *present[MOST_PARAMS];
    stack[0] = NULL;
    stack[1] = h->owner;
    PyObject **arguments = stack + 1 + (h->owner != NULL);
    size_t count = (size_t)fill(h, in, arguments, present);
    PyObject *result = NULL;
    PyObject *names = PyErr_Occurred() ? NULL : names_of(h, present, count);
    if (names && h->in_pool && core_hooks_now.run_in_pool)
        result = call_in_pool(h, arguments - 1, count, names);
    else if (names)
        result = call_here(h, stack, count, names);
    Py_XDECREF(names);
    for (size_t i = 0; i < count; i++)
        Py_DECREF(arguments[i]);
    return result;
}

int core_handler_run(const flama_handler *handler, const void *in, flama_call *flama)
{
    core_handler *h = handler->ctx;
    Py_INCREF(h);
    struct running outer = running;
    running = (struct running){h, now()};
    PyObject *result = call(h, in);
    int rc = result && PyCoro_CheckExact(result)
                 ? core_task_start(h, flama, result, false)
                 : core_handler_end(h, flama, result, false);
    running = outer;
    Py_DECREF(h);
    return rc;
}

/* The end of a call. */

static void *copy_bytes(flama_arena *arena, PyObject *bytes, flama_string *out)
{
    char *data;
    Py_ssize_t size;
    out->data = NULL;
    if (PyBytes_AsStringAndSize(bytes, &data, &size) != 0)
        return NULL;
    out->data = flama_arena_copy(arena, data, (size_t)size);
    out->size = (size_t)size;
    return out->data ? (void *)out->data : PyErr_NoMemory();
}

static int add_headers(flama_call *flama, PyObject *headers)
{
    flama_exchange *x = flama_call_exchange(flama);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(headers); i++) {
        PyObject *pair = PyList_GET_ITEM(headers, i);
        flama_string name, value;
        if (!copy_bytes(x->arena, PyTuple_GetItem(pair, 0), &name) ||
            !copy_bytes(x->arena, PyTuple_GetItem(pair, 1), &value))
            return -1;
        int rc = flama_exchange_add_header(x, name, value);
        if (rc == FLAMA_EMEMORY)
            PyErr_NoMemory();
        else if (rc != 0)
            PyErr_Format(PyExc_ValueError, "'%s' can't be a header", name.data);
        if (rc != 0)
            return -1;
    }
    return 0;
}

/* The fields of the request that ask for a part: (Range, If-Range), each None where it
 * is not there; only GET has parts. */
static PyObject *parts_asked_for(const flama_request *request)
{
    static const char *const names[] = {"range", "if-range"};
    PyObject *both = PyTuple_New(2);
    for (Py_ssize_t i = 0; both && i < 2; i++) {
        const flama_string *field = request->method == FLAMA_GET
                                        ? flama_request_header(request, names[i])
                                        : NULL;
        PyObject *text =
            field ? PyUnicode_DecodeLatin1(field->data, (Py_ssize_t)field->size, NULL)
                  : Py_NewRef(Py_None);
        if (text)
            PyTuple_SET_ITEM(both, i, text);
        else
            Py_CLEAR(both);
    }
    return both;
}

/* Answers with a Response: its _answer(asked) gives status, content type, body (bytes,
 * or what a Stream asks) and headers. */
static int end_with_response(flama_call *flama, PyObject *response)
{
    PyObject *asked = parts_asked_for(&flama_call_exchange(flama)->request);
    PyObject *answer =
        asked ? PyObject_CallMethod(response, "_answer", "(O)", asked) : NULL;
    Py_XDECREF(asked);
    int status;
    PyObject *type, *body, *headers;
    flama_string content_type, content = {NULL, 0};
    if (answer == NULL)
        return -1;
    flama_arena *arena = flama_call_arena(flama);
    flama_stream *stream = NULL;
    int rc = -1;
    if (PyArg_ParseTuple(answer, "iSOO!", &status, &type, &body, &PyList_Type,
                         &headers) &&
        copy_bytes(arena, type, &content_type) && add_headers(flama, headers) == 0 &&
        (PyBytes_Check(body) ? copy_bytes(arena, body, &content) != NULL
                             : (stream = core_stream_new(body)) != NULL)) {
        flama_call_exchange(flama)->response.stream = stream;
        flama_call_answer(flama, status, content_type, content);
        rc = 0;
    }
    Py_DECREF(answer);
    return rc;
}

/* Answers with data. Without a promise None is the empty string, as it always was. */
static int end_with_value(const core_handler *h, flama_call *flama, PyObject *result)
{
    PyObject *keep = NULL;
    flama_value value = flama_value_text("");
    int rc = 0;
    if (result != Py_None || h->handler.gives->kind != FLAMA_TYPE_ANY)
        rc = core_value_from_python(flama_call_arena(flama), result, false, &keep,
                                    &value);
    if (rc == 0)
        flama_call_finish(flama, 0, &value);
    Py_XDECREF(keep);
    return rc;
}

static int end_with(core_handler *h, flama_call *flama, PyObject *result)
{
    int response = core_hooks_now.response
                       ? PyObject_IsInstance(result, core_hooks_now.response)
                       : 0;
    if (response < 0)
        return -1;
    if (response)
        return end_with_response(flama, result);
    if (h->dump == NULL)
        return end_with_value(h, flama, result);
    PyObject *data = PyObject_CallOneArg(h->dump, result);
    int rc = data ? end_with_value(h, flama, data) : -1;
    Py_XDECREF(data);
    return rc;
}

/* The exception that is set, with its traceback, no longer set. */
static PyObject *take_exception(void)
{
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    if (trace)
        PyException_SetTraceback(value, trace);
    Py_XDECREF(type);
    Py_XDECREF(trace);
    return value;
}

/* The exception is answered, and then raised again. */
static int end_and_leave(flama_call *flama)
{
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    flama_fail(flama, FLAMA_ECANCELLED, "the server is interrupted");
    flama_call_finish(flama, FLAMA_ECANCELLED, NULL);
    PyErr_Restore(type, value, trace);
    return -1;
}

static bool must_leave(void)
{
    return PyErr_ExceptionMatches(PyExc_KeyboardInterrupt) ||
           PyErr_ExceptionMatches(PyExc_SystemExit);
}

/* What on_error makes of the exception: a Response, a coroutine that gives one, or
 * None.
 */
static PyObject *ask_on_error(const core_handler *h, flama_call *flama,
                              PyObject *exception)
{
    PyObject *request = core_request(&flama_call_exchange(flama)->request);
    PyObject *reply =
        request ? PyObject_CallFunctionObjArgs(h->on_error, request, exception, NULL)
                : NULL;
    Py_XDECREF(request);
    return reply;
}

/* Ends the call with the exception that is set, by its own code. */
static int end_plainly(flama_call *flama)
{
    if (must_leave())
        return end_and_leave(flama);
    flama_call_give_up(flama, core_fail(flama, take_exception()));
    return 0;
}

/* Ends the call with what on_error makes of the exception, or with the exception. */
static int end_with_exception(core_handler *h, flama_call *flama)
{
    if (must_leave())
        return end_and_leave(flama);
    PyObject *exception = take_exception();
    PyObject *reply = ask_on_error(h, flama, exception);
    if (reply == NULL) { /* its own exception is the one to tell of */
        Py_DECREF(exception);
        return end_plainly(flama);
    }
    if (PyCoro_CheckExact(reply)) {
        Py_DECREF(exception);
        return core_task_start(h, flama, reply, true);
    }
    int rc = 0;
    if (reply == Py_None)
        flama_call_give_up(flama, core_fail(flama, Py_NewRef(exception)));
    else
        rc = end_with_response(flama, reply);
    Py_DECREF(reply);
    Py_DECREF(exception);
    return rc == 0 ? 0 : end_plainly(flama);
}

int core_handler_end(core_handler *h, flama_call *flama, PyObject *result, bool last)
{
    int rc = result ? end_with(h, flama, result) : -1;
    Py_XDECREF(result);
    if (rc == 0)
        return 0;
    return last ? end_plainly(flama) : end_with_exception(h, flama);
}

/* The type. */

static int take_param(core_handler *self, Py_ssize_t i, PyObject *tuple)
{
    PyObject *name, *converter;
    core_type *type;
    int optional, in_query = 0;
    if (!PyArg_ParseTuple(tuple, "UO!pO|p", &name, &core_type_type, &type, &optional,
                          &converter, &in_query))
        return -1;
    Py_INCREF(name); /* which an equal text may take the place of */
    PyUnicode_InternInPlace(&name);
    PyTuple_SET_ITEM(self->names, i, name);
    const char *text = PyUnicode_AsUTF8(name);
    if (text == NULL || PyList_Append(self->kept, name) != 0 ||
        PyList_Append(self->kept, (PyObject *)type) != 0)
        return -1;
    self->params[i] = (flama_param){.size = sizeof(flama_param),
                                    .type = type->type,
                                    .name = text,
                                    .offset = (size_t)(i + 1) * sizeof(void *),
                                    .optional = optional,
                                    .in_query = in_query};
    PyTuple_SET_ITEM(self->converters, i, Py_NewRef(converter));
    return 0;
}

static int take_params(core_handler *self, PyObject *params)
{
    Py_ssize_t count = PyList_GET_SIZE(params);
    if (count > MOST_PARAMS) {
        PyErr_Format(PyExc_ValueError, "a handler has at most %d parameters",
                     MOST_PARAMS);
        return -1;
    }
    self->params = PyMem_Calloc((size_t)count + 1, sizeof *self->params);
    self->names = PyTuple_New(count);
    self->converters = PyTuple_New(count);
    if (self->params == NULL || self->names == NULL || self->converters == NULL)
        return -1;
    int rc = 0;
    for (Py_ssize_t i = 0; rc == 0 && i < count; i++)
        rc = take_param(self, i, PyList_GET_ITEM(params, i));
    return rc;
}

static PyObject *or_null(PyObject *object)
{
    return object == Py_None ? NULL : Py_NewRef(object);
}

static PyObject *handler_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"function", "name",  "params",   "gives",
                            "on_error", "owner", "blocking", "is_coroutine",
                            "file",     "line",  "dump",     NULL};
    PyObject *function, *name, *params, *on_error,
        *owner = Py_None, *blocking = Py_None, *file = NULL, *dump = Py_None;
    core_type *gives;
    int line = 0, is_coroutine = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OUO!O!O|OOpUiO", names, &function,
                                     &name, &PyList_Type, &params, &core_type_type,
                                     &gives, &on_error, &owner, &blocking,
                                     &is_coroutine, &file, &line, &dump))
        return NULL;
    core_handler *self = (core_handler *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->function = Py_NewRef(function);
    self->on_error = Py_NewRef(on_error);
    self->owner = or_null(owner);
    self->is_coroutine = is_coroutine;
    self->stays = is_coroutine || blocking == Py_False;
    self->in_pool = !self->stays && blocking == Py_True;
    self->dump = or_null(dump);
    self->kept = file ? Py_BuildValue("[OOO]", name, gives, file)
                      : Py_BuildValue("[OO]", name, gives);
    if (self->kept == NULL || take_params(self, params) != 0) {
        Py_DECREF(self);
        return NULL;
    }
    self->handler = (flama_handler){.size = sizeof(flama_handler),
                                    .name = PyUnicode_AsUTF8(name),
                                    .file = file ? PyUnicode_AsUTF8(file) : "",
                                    .line = line,
                                    .gives = gives->type,
                                    .in_size = (size_t)(PyList_GET_SIZE(params) + 1) *
                                               sizeof(void *),
                                    .params = self->params,
                                    .param_count = (size_t)PyList_GET_SIZE(params),
                                    .begin = begin,
                                    .ctx = self};
    return (PyObject *)self;
}

static int handler_traverse(core_handler *self, visitproc visit, void *arg)
{
    Py_VISIT(self->function);
    Py_VISIT(self->owner);
    Py_VISIT(self->converters);
    Py_VISIT(self->on_error);
    Py_VISIT(self->dump);
    Py_VISIT(self->kept);
    return 0;
}

static int handler_clear(core_handler *self)
{
    Py_CLEAR(self->function);
    Py_CLEAR(self->owner);
    Py_CLEAR(self->converters);
    Py_CLEAR(self->on_error);
    Py_CLEAR(self->dump);
    Py_CLEAR(self->kept);
    return 0;
}

static void handler_dealloc(core_handler *self)
{
    PyObject_GC_UnTrack(self);
    handler_clear(self);
    Py_CLEAR(self->names);
    PyMem_Free(self->params);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

PyTypeObject core_handler_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "flama._core.Handler",
    .tp_doc = "A Python function that answers requests.",
    .tp_basicsize = sizeof(core_handler),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_new = handler_new,
    .tp_dealloc = (destructor)handler_dealloc,
    .tp_traverse = (traverseproc)handler_traverse,
    .tp_clear = (inquiry)handler_clear,
};
