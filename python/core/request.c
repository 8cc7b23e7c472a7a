/* The request as a handler sees it: a copy, for it may keep it. */
#include "core.h"

PyObject *core_request(const flama_request *request)
{
    PyObject *headers = PyList_New((Py_ssize_t)request->header_count);
    for (size_t i = 0; headers && i < request->header_count; i++) {
        const flama_header *h = &request->headers[i];
        PyObject *pair = Py_BuildValue("(y#y#)", h->name.data, (Py_ssize_t)h->name.size,
                                       h->value.data, (Py_ssize_t)h->value.size);
        if (pair == NULL)
            Py_CLEAR(headers);
        else
            PyList_SET_ITEM(headers, (Py_ssize_t)i, pair);
    }
    if (headers == NULL)
        return NULL;
    return PyObject_CallFunction(
        core_hooks_now.request, "s#s#s#s#Ny#s#s#", request->method_name.data,
        (Py_ssize_t)request->method_name.size, request->target.data,
        (Py_ssize_t)request->target.size, request->path.data,
        (Py_ssize_t)request->path.size, request->query.data,
        (Py_ssize_t)request->query.size, headers, request->body.data,
        (Py_ssize_t)request->body.size, request->client.data,
        (Py_ssize_t)request->client.size, request->scheme.data,
        (Py_ssize_t)request->scheme.size);
}
