/* The request as a handler sees it: a copy, for it may keep it. */
#include "core.h"

/* What is not UTF-8 in a path stays recognizable, as in file names. */
static PyObject *text(flama_string string)
{
    return PyUnicode_DecodeUTF8(string.data ? string.data : "", (Py_ssize_t)string.size,
                                "surrogateescape");
}

static PyObject *headers_of(const flama_request *request)
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
    return headers;
}

PyObject *core_request(const flama_request *request)
{
    return PyObject_CallFunction(
        core_hooks_now.request, "NNNNNy#NN", text(request->method_name),
        text(request->target), text(request->path), text(request->query),
        headers_of(request), request->body.data ? request->body.data : "",
        (Py_ssize_t)request->body.size, text(request->client), text(request->scheme));
}
