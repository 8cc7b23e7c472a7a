/* The inbox of the interpreter's thread: threads of the core post work without the lock
 * and wake it through a descriptor, which its event loop watches; the loop then calls
 * drain. One for the process, made when first asked for. */
#include <errno.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core.h"

_Thread_local PyThreadState *core_inside;

static _Atomic(core_item *) newest;
static atomic_int descriptor = -1;

static void wake(void)
{
    const uint64_t one = 1;
    int fd = atomic_load(&descriptor);
    while (fd >= 0 && write(fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

void core_inbox_post(core_item *item)
{
    core_item *before = atomic_load(&newest);
    do
        item->next = before;
    while (!atomic_compare_exchange_weak(&newest, &before, item));
    if (before == NULL)
        wake();
}

static core_item *in_order(core_item *item)
{
    core_item *first = NULL;
    while (item) {
        core_item *next = item->next;
        item->next = first;
        first = item;
        item = next;
    }
    return first;
}

/* Runs what has been posted; what an interruption leaves is posted again. */
static PyObject *drain(PyObject *module, PyObject *none)
{
    (void)module, (void)none;
    uint64_t count;
    int fd = atomic_load(&descriptor), rc = 0;
    while (fd >= 0 && read(fd, &count, sizeof count) < 0 && errno == EINTR)
        ;
    core_item *item = in_order(atomic_exchange(&newest, NULL));
    while (item) {
        core_item *next = item->next;
        if (rc == 0)
            rc = item->run(item);
        else
            core_inbox_post(item);
        item = next;
    }
    if (rc != 0)
        return NULL;
    Py_RETURN_NONE;
}

/* Wakes a loop for what was posted before it watched. */
static PyObject *inbox_fileno(PyObject *module, PyObject *none)
{
    (void)module, (void)none;
    if (atomic_load(&descriptor) < 0) {
        int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        if (fd < 0)
            return PyErr_SetFromErrno(PyExc_OSError);
        atomic_store(&descriptor, fd);
    }
    wake();
    return PyLong_FromLong(atomic_load(&descriptor));
}

static PyMethodDef functions[] = {
    {"drain", drain, METH_NOARGS, "Runs what threads of the core have posted."},
    {"inbox_fileno", inbox_fileno, METH_NOARGS,
     "The descriptor that is readable when there is something to drain."},
    {0},
};

int core_inbox_init(PyObject *module)
{
    return PyModule_AddFunctions(module, functions);
}
