/* Serving: the interpreter's thread turns a loop of the core between the steps of its
 * own event loop (flama_serving); the core's other threads never take the lock. */
#include "core.h"

/* The texts of the headers, which the list keeps; memory that the caller frees. */
static int read_headers(PyObject *list, const char ***out)
{
    Py_ssize_t count = PyList_GET_SIZE(list);
    *out = PyMem_Calloc((size_t)count + 1, sizeof **out);
    if (*out == NULL)
        PyErr_NoMemory();
    for (Py_ssize_t i = 0; *out && i < count; i++) {
        (*out)[i] = PyUnicode_AsUTF8(PyList_GET_ITEM(list, i));
        if ((*out)[i] == NULL)
            return -1;
    }
    return *out ? 0 : -1;
}

static int read_options(flama_run_options *o, int *descriptor, const char ***texts,
                        PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"descriptor",
                            "host",
                            "port",
                            "uds",
                            "fd",
                            "threads",
                            "access_log",
                            "proxy_headers",
                            "forwarded_allow_ips",
                            "server_header",
                            "date_header",
                            "headers",
                            "limit_concurrency",
                            "limit_max_requests",
                            "limit_body",
                            "limit_head",
                            "backlog",
                            "timeout_keep_alive",
                            "timeout_request",
                            "timeout_stop",
                            NULL};
    PyObject *headers = NULL;
    int access_log = 1, proxy = 0, server_header = 1, date_header = 1;
    unsigned long long requests = 0;
    Py_ssize_t body = 0, head = 0;
    *o = (flama_run_options){.size = sizeof *o, .fd = -1};
    if (!PyArg_ParseTupleAndKeywords(
            args, kwargs, "i|$zizIIppzppO!IKnnIIII", names, descriptor, &o->host,
            &o->port, &o->uds, &o->fd, &o->workers, &access_log, &proxy,
            &o->forwarded_allow_ips, &server_header, &date_header, &PyList_Type,
            &headers, &o->limit_concurrency, &requests, &body, &head, &o->backlog,
            &o->timeout_keep_alive, &o->timeout_request, &o->timeout_stop) ||
        (headers && read_headers(headers, texts) != 0))
        return -1;
    o->use_fd = o->fd >= 0;
    o->no_access_log = !access_log;
    o->proxy_headers = proxy;
    o->no_server_header = !server_header;
    o->no_date_header = !date_header;
    o->headers = *texts;
    o->header_count = headers ? (size_t)PyList_GET_SIZE(headers) : 0;
    o->limit_max_requests = requests;
    o->limit_body = body > 0 ? (size_t)body : 0;
    o->limit_head = head > 0 ? (size_t)head : 0;
    return 0;
}

PyObject *core_app_serve(core_app *app, PyObject *args, PyObject *kwargs)
{
    flama_run_options options;
    const char **headers = NULL;
    int descriptor, port, rc = -1;
    flama_error err = {0};
    if (core_served()) {
        PyErr_SetString(PyExc_RuntimeError, "this process serves an app already");
        return NULL;
    }
    if (read_options(&options, &descriptor, &headers, args, kwargs) == 0) {
        rc = flama_serving_begin(&app->serving, app->app, &options, descriptor, &port,
                                 &err);
        if (rc != 0)
            core_raise(&err);
    }
    PyMem_Free(headers);
    if (rc != 0)
        return NULL;
    core_inbox_wakes(app->serving);
    Py_INCREF(app);
    return PyLong_FromLong(port);
}

/* Runs what a turn has brought, which ends a server that has ended. */
PyObject *core_app_turn(core_app *app, PyObject *timeout)
{
    bool goes_on, readable;
    long milliseconds = PyLong_AsLong(timeout);
    if (milliseconds == -1 && PyErr_Occurred())
        return NULL;
    Py_BEGIN_ALLOW_THREADS goes_on =
        flama_serving_turn(app->serving, (int)milliseconds, &readable);
    Py_END_ALLOW_THREADS if (!goes_on)
    {
        core_inbox_wakes(NULL);
        Py_BEGIN_ALLOW_THREADS flama_serving_end(app->serving);
        Py_END_ALLOW_THREADS app->serving = NULL;
        Py_DECREF(app);
    }
    if (core_inbox_drain() != 0)
        return NULL;
    if (!goes_on)
        Py_RETURN_NONE;
    return PyBool_FromLong(readable);
}

/* listen(host, port, uds, fd, backlog): a socket for processes that serve on it. */
static PyObject *listen_once(PyObject *module, PyObject *args)
{
    flama_run_options options = {.size = sizeof options};
    flama_error err = {0};
    int fd, port;
    (void)module;
    if (!PyArg_ParseTuple(args, "ziziI", &options.host, &options.port, &options.uds,
                          &options.fd, &options.backlog))
        return NULL;
    options.use_fd = options.fd >= 0;
    if (flama_run_listen(&options, &fd, &port, &err) != 0)
        return core_raise(&err);
    return Py_BuildValue("(ii)", fd, port);
}

static PyMethodDef functions[] = {
    {"listen", listen_once, METH_VARARGS,
     "listen(host, port, uds, fd, backlog): a listening socket for workers to inherit, "
     "and its port."},
    {0},
};

int core_server_init(PyObject *module)
{
    return PyModule_AddFunctions(module, functions);
}

PyObject *core_app_stop(core_app *app, PyObject *none)
{
    (void)none;
    flama_app_stop(app->app);
    Py_RETURN_NONE;
}
