/* flama._core: what the files of the extension module share.
 *
 * Everything here is called with the interpreter's lock held, but where a function says
 * otherwise. Functions that return int give 0, or -1 with a Python exception set; those
 * that return an object give a new reference, or NULL with an exception set. One file
 * holds one type; the types of the core's own data are borrowed from its headers. */
#ifndef FLAMA_CORE_H
#define FLAMA_CORE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <flama.h>
#include <flama/sys/engine.h>
#include <flama/sys/face.h>

/* What flama's Python files hand over when they are imported (module.c). */
typedef struct core_hooks {
    PyObject *encode;           /* object of a foreign type -> one that JSON knows */
    PyObject *request;          /* makes the Request of a handler */
    PyObject *response;         /* the class of answers made by hand */
    PyObject *running_loop;     /* asyncio._get_running_loop */
    PyObject *set_running_loop; /* asyncio._set_running_loop */
    PyObject *rows;             /* the class of large matrices, a RowsBase */
    PyObject *spawn;            /* coroutine -> a Task, started at once */
    PyObject *run_in_pool;      /* (function, arguments, names) -> coroutine */
    PyObject *frames;           /* exception -> what the debug page shows of it */
    PyObject *load_model;       /* (framework, payload, trust) -> rows -> predictions */
} core_hooks;

extern core_hooks core_hooks_now;

/* Errors (errors.c): the exception of an error of the core; the second raises it and
 * gives NULL always. */
PyObject *core_exception(const flama_error *err);
PyObject *core_raise(const flama_error *err);

/* The call fails as the exception says: that of the core by its own code, another as
 * FLAMA_EINTERNAL. Takes the exception. */
int core_fail(flama_call *call, PyObject *exception);

/* The same with the exception that is set, which is cleared. */
int core_fail_set(flama_call *call);

int core_errors_init(PyObject *module);

/* Values (value_out.c, value_in.c). What is made of an object borrows its strings: it
 * is good as long as the object and *keep (a list, made when needed; start with NULL)
 * are. `exact`: lists only, also for large matrices. `for_model`: integers among floats
 * are floats, None a missing number. */
PyObject *core_value_to_python(const flama_value *value, bool exact);
PyObject *core_tensor_to_python(const flama_tensor *tensor);
int core_value_from_python(flama_arena *arena, PyObject *object, bool for_model,
                           PyObject **keep, flama_value *out);

/* A matrix that is made a list when it is looked at (rows.c). Its numbers while nobody
 * has, borrowed, else NULL; NULL for any other object. */
PyObject *core_rows_new(const flama_tensor *tensor);
const flama_tensor *core_rows_tensor(PyObject *object);
extern PyTypeObject core_rows_type;
int core_rows_init(PyObject *module);

/* A str, empty for no data. */
PyObject *core_string(flama_string text);

/* Types (type.c): a flama_type, the core's or built here. */
typedef struct core_type {
    PyObject_HEAD const flama_type *type; /* NULL until a declared one is defined */
    flama_type own;
    flama_field *fields;
    PyObject *kept; /* list: the strings and types that the descriptor points to */
} core_type;

extern PyTypeObject core_type_type;
int core_types_init(PyObject *module);

typedef struct core_app core_app;

/* Handlers (handler.c): a Python function as a flama_handler. */
typedef struct core_handler {
    PyObject_HEAD flama_handler handler;
    flama_param *params;
    PyObject *function;
    PyObject *owner;      /* first argument, or NULL */
    PyObject *names;      /* of the parameters */
    PyObject *converters; /* tuple: callable or None for each parameter */
    PyObject *dump;       /* what it returned -> data for JSON, or NULL */
    PyObject *on_error;   /* request, exception -> a Response, or None */
    PyObject *kept;
    bool is_coroutine; /* the function is `async def` */
    bool stays;        /* is never called in the pool of threads */
    bool in_pool;      /* is called there */
    unsigned slowness; /* of the last calls that were not */
    core_app *app;     /* that it was added to, borrowed */
} core_handler;

extern PyTypeObject core_handler_type;

/* Runs the function for a call that was begun, and sees to its end. -1 only for what
 * must end the interpreter's loop (KeyboardInterrupt, SystemExit). */
int core_handler_run(const flama_handler *handler, const void *in, flama_call *call);

/* The name of the handler whose function runs, and since when; or None. */
PyObject *core_handler_running(PyObject *module, PyObject *none);

/* Ends the call with what the function returned (which is taken), or, for NULL, with
 * the exception that is set, of which on_error is asked unless this is the `last` word.
 * As above. */
int core_handler_end(core_handler *handler, flama_call *call, PyObject *result,
                     bool last);

/* Coroutines (task.c): goes on with one that a handler or on_error returned, which is
 * taken. */
int core_task_start(core_handler *handler, flama_call *call, PyObject *coroutine,
                    bool last);
extern PyTypeObject core_completion_type;

/* The inbox (inbox.c): work for the interpreter's thread, from within a turn of its
 * loop or from other threads, without the lock. An item belongs to whoever posts it,
 * until it has run. */
typedef struct core_item {
    struct core_item *next;
    int (*run)(struct core_item *item); /* with the lock; as core_handler_run */
} core_item;

void core_inbox_post(core_item *item);

/* Runs what has been posted. */
int core_inbox_drain(void);

/* Whose turns end when something is posted; NULL: nobody's. */
void core_inbox_wakes(flama_serving *serving);
bool core_served(void);

/* Runs the item at once on a thread that has the lock, else posts it. */
void core_deliver(core_item *item);

/* Streams (stream.c): a body in pieces, from an object with the methods that stream.c
 * names. The transport ends it. */
flama_stream *core_stream_new(PyObject *source);
extern PyTypeObject core_stream_type;

/* The interpreter's state while its thread is in the core without the lock; else NULL.
 * What is posted there may as well be run there. */
extern _Thread_local PyThreadState *core_inside;

/* Models (model.c). */
typedef struct core_model {
    PyObject_HEAD flama_model *model;
} core_model;

extern PyTypeObject core_model_type;

/* The engine that runs models by their own framework (framework.c); trusting, it may
 * run code of the file to load it. */
const flama_engine_type *core_framework(bool trust);

/* Model files in parts (package.c). */
PyObject *core_read_package(PyObject *module, PyObject *source);
PyObject *core_write_package(PyObject *module, PyObject *args);

/* Apps (app.c), how they are served (server.c), and exchanges of a transport written in
 * Python (dispatch.c). */
struct core_app {
    PyObject_HEAD flama_app *app;
    PyObject *kept;   /* list: what the app's descriptors point to */
    PyObject *parent; /* the App that it is mounted below, and freed with, or NULL */
    bool started;
    flama_serving *serving; /* or NULL */
};

extern PyTypeObject core_app_type;

int core_server_init(PyObject *module);
PyObject *core_app_serve(core_app *app, PyObject *args, PyObject *kwargs);
PyObject *core_app_turn(core_app *app, PyObject *timeout);
PyObject *core_app_stop(core_app *app, PyObject *none);
PyObject *core_app_dispatch(core_app *app, PyObject *args, PyObject *kwargs);
extern PyTypeObject core_body_type;
extern PyTypeObject core_pending_type;

/* Where a handler's request is to be seen from Python. */
PyObject *core_request(const flama_request *request);

#endif
