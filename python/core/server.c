/* Serving: the core's loops run on threads of their own, which never take the
 * interpreter's lock; what they have for Python comes through the inbox. */
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "core.h"

/* One run of a server. Holds references to all that its options point to. */
typedef struct core_server {
    core_item ready;
    core_item ended;
    core_app *app;
    PyObject *kwargs;
    PyObject *on_ready;
    PyObject *on_end;
    flama_run_options options;
    char **headers;
    pthread_t thread;
    int port;
    int code;
    flama_error err;
} core_server;

static core_server *server_of(core_item *item, size_t offset)
{
    return (core_server *)((char *)item - offset);
}

static int report(PyObject *callback, PyObject *argument)
{
    PyObject *none = argument ? PyObject_CallOneArg(callback, argument) : NULL;
    Py_XDECREF(argument);
    Py_XDECREF(none);
    return none ? 0 : -1;
}

static int tell_ready(core_item *item)
{
    core_server *s = server_of(item, offsetof(core_server, ready));
    return report(s->on_ready, PyLong_FromLong(s->port));
}

static void server_free(core_server *s)
{
    Py_XDECREF(s->kwargs);
    Py_XDECREF(s->on_ready);
    Py_XDECREF(s->on_end);
    Py_XDECREF(s->app);
    PyMem_Free(s->headers);
    PyMem_Free(s);
}

/* The exception of an error, or None. */
static PyObject *outcome(const core_server *s)
{
    PyObject *type, *value, *trace;
    if (s->code == 0)
        Py_RETURN_NONE;
    core_raise(&s->err);
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    Py_XDECREF(type);
    Py_XDECREF(trace);
    return value;
}

static int tell_ended(core_item *item)
{
    core_server *s = server_of(item, offsetof(core_server, ended));
    pthread_join(s->thread, NULL);
    s->app->server = NULL;
    int rc = report(s->on_end, outcome(s));
    server_free(s);
    return rc;
}

/* On the core's thread, without the lock. */
static void on_ready(void *ctx, const char *address, int port)
{
    core_server *s = ctx;
    (void)address;
    s->port = port;
    core_inbox_post(&s->ready);
}

static void *serve(void *arg)
{
    core_server *s = arg;
    s->code = flama_app_run(s->app->app, &s->options, &s->err);
    core_inbox_post(&s->ended);
    return NULL;
}

/* Signals are for the interpreter's thread. */
static int start_thread(core_server *s)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&s->thread, NULL, serve, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc == 0)
        return 0;
    PyErr_Format(PyExc_OSError, "can't start a thread: %s", strerror(rc));
    return -1;
}

static int read_headers(core_server *s, PyObject *headers)
{
    Py_ssize_t count = PyList_GET_SIZE(headers);
    s->headers = PyMem_Calloc((size_t)count + 1, sizeof *s->headers);
    if (s->headers == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < count; i++) {
        s->headers[i] = (char *)PyUnicode_AsUTF8(PyList_GET_ITEM(headers, i));
        if (s->headers[i] == NULL)
            return -1;
    }
    s->options.headers = (const char *const *)s->headers;
    s->options.header_count = (size_t)count;
    return 0;
}

static int read_options(core_server *s, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"on_ready",
                            "on_end",
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
    flama_run_options *o = &s->options;
    PyObject *headers = NULL;
    int access_log = 1, proxy = 0, server_header = 1, date_header = 1;
    unsigned long long requests = 0;
    Py_ssize_t body = 0, head = 0;
    o->fd = -1;
    if (!PyArg_ParseTupleAndKeywords(
            args, kwargs, "OO|$zizIIppzppO!IKnnIIII", names, &s->on_ready, &s->on_end,
            &o->host, &o->port, &o->uds, &o->fd, &o->workers, &access_log, &proxy,
            &o->forwarded_allow_ips, &server_header, &date_header, &PyList_Type,
            &headers, &o->limit_concurrency, &requests, &body, &head, &o->backlog,
            &o->timeout_keep_alive, &o->timeout_request, &o->timeout_stop)) {
        s->on_ready = s->on_end = NULL;
        return -1;
    }
    Py_INCREF(s->on_ready);
    Py_INCREF(s->on_end);
    o->size = sizeof *o;
    o->use_fd = o->fd >= 0;
    o->no_access_log = !access_log;
    o->proxy_headers = proxy;
    o->no_server_header = !server_header;
    o->no_date_header = !date_header;
    o->limit_max_requests = requests;
    o->limit_body = body > 0 ? (size_t)body : 0;
    o->limit_head = head > 0 ? (size_t)head : 0;
    o->no_signals = true;
    o->ready = on_ready;
    o->ready_ctx = s;
    return headers ? read_headers(s, headers) : 0;
}

PyObject *core_app_serve(core_app *app, PyObject *args, PyObject *kwargs)
{
    if (app->server) {
        PyErr_SetString(PyExc_RuntimeError, "the app is being served already");
        return NULL;
    }
    core_server *s = PyMem_Calloc(1, sizeof *s);
    if (s == NULL)
        return PyErr_NoMemory();
    s->ready.run = tell_ready;
    s->ended.run = tell_ended;
    s->app = (core_app *)Py_NewRef((PyObject *)app);
    s->kwargs = Py_XNewRef(kwargs);
    if (read_options(s, args, kwargs) != 0 || start_thread(s) != 0) {
        server_free(s);
        return NULL;
    }
    app->server = s;
    Py_RETURN_NONE;
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
