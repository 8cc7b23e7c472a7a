/* Model files as packages: their parts, without anything of them being run.
 *
 *     meta, payload, artifacts = read_package("iris.flm")      # or bytes
 *     write_package("iris.flm", 2, "zstd", meta, payload, [("notes.txt", b"...")])
 *
 * Reading and writing release the interpreter's lock. */
#include <string.h>

#include "core.h"
#include <flama/sys/package.h>

static PyObject *bytes_from(const void *data, size_t size)
{
    return PyBytes_FromStringAndSize(data, (Py_ssize_t)size);
}

static PyObject *artifacts_of(const flama_package *package)
{
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list && i < package->artifact_count; i++) {
        const flama_artifact *a = &package->artifacts[i];
        PyObject *pair =
            Py_BuildValue("NN", core_string(a->name), bytes_from(a->data, a->size));
        if (pair == NULL || PyList_Append(list, pair) != 0)
            Py_CLEAR(list);
        Py_XDECREF(pair);
    }
    return list;
}

static PyObject *parts_of(const flama_package *package)
{
    if (package->payload_kind != FLAMA_PAYLOAD_FILE) {
        PyErr_SetString(PyExc_NotImplementedError,
                        "the model is a folder, as language models are");
        return NULL;
    }
    return Py_BuildValue("NNN", core_value_to_python(&package->meta, true),
                         bytes_from(package->payload, package->payload_size),
                         artifacts_of(package));
}

/* The buffer of a bytes-like object, or the path of any other. */
static int open_source(PyObject *source, flama_package **out, flama_error *err)
{
    PyObject *path = NULL;
    Py_buffer view = {0};
    int rc;
    bool is_path = !PyObject_CheckBuffer(source);
    if (is_path ? !PyUnicode_FSConverter(source, &path)
                : PyObject_GetBuffer(source, &view, PyBUF_SIMPLE) != 0)
        return -1;
    Py_BEGIN_ALLOW_THREADS rc =
        is_path ? flama_package_open(out, PyBytes_AS_STRING(path), NULL, err)
                : flama_package_read(out, view.buf, (size_t)view.len, NULL, err);
    Py_END_ALLOW_THREADS if (is_path) Py_DECREF(path);
    else PyBuffer_Release(&view);
    if (rc != 0)
        core_raise(err);
    return rc ? -1 : 0;
}

PyObject *core_read_package(PyObject *module, PyObject *source)
{
    flama_error err = {0};
    flama_package *package = NULL;
    (void)module;
    if (open_source(source, &package, &err) != 0)
        return NULL;
    PyObject *parts = parts_of(package);
    flama_package_free(package);
    return parts;
}

static int read_artifacts(flama_arena *arena, PyObject *list, flama_package *out)
{
    Py_ssize_t count = PyList_GET_SIZE(list);
    flama_artifact *artifacts =
        flama_arena_calloc(arena, (size_t)count + 1, sizeof *artifacts);
    if (artifacts == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        const char *name, *data;
        Py_ssize_t name_size, size;
        if (!PyArg_ParseTuple(PyList_GET_ITEM(list, i), "s#y#", &name, &name_size,
                              &data, &size))
            return -1;
        artifacts[i].name = (flama_string){name, (size_t)name_size};
        artifacts[i].data = (const uint8_t *)data;
        artifacts[i].size = (size_t)size;
    }
    out->artifacts = artifacts;
    out->artifact_count = (size_t)count;
    return 0;
}

static bool find_compression(const char *name, flama_compression *out)
{
    static const struct {
        const char *name;
        flama_compression compression;
    } known[] = {{"bz2", FLAMA_COMPRESSION_BZ2},
                 {"lzma", FLAMA_COMPRESSION_LZMA},
                 {"zlib", FLAMA_COMPRESSION_ZLIB},
                 {"zstd", FLAMA_COMPRESSION_ZSTD}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].name, name) == 0) {
            *out = known[i].compression;
            return true;
        }
    PyErr_Format(PyExc_ValueError,
                 "there is no compression '%s': bz2, lzma, zlib or zstd", name);
    return false;
}

/* To the file, or as bytes when path is NULL. */
static PyObject *write_out(const flama_package *package, flama_compression compression,
                           const char *path, flama_arena *arena)
{
    flama_error err = {0};
    flama_string out = {NULL, 0};
    int rc;
    Py_BEGIN_ALLOW_THREADS rc =
        path ? flama_package_save(package, compression, path, &err)
             : flama_package_encode(package, compression, arena, &out, &err);
    Py_END_ALLOW_THREADS if (rc != 0) return core_raise(&err);
    return path ? Py_NewRef(Py_None) : bytes_from(out.data, out.size);
}

PyObject *core_write_package(PyObject *module, PyObject *args)
{
    PyObject *path, *meta, *artifacts, *bytes = NULL, *keep = NULL, *out = NULL;
    const char *name, *payload;
    Py_ssize_t payload_size;
    int protocol;
    flama_compression compression;
    (void)module;
    if (!PyArg_ParseTuple(args, "OisOy#O!", &path, &protocol, &name, &meta, &payload,
                          &payload_size, &PyList_Type, &artifacts) ||
        !find_compression(name, &compression) ||
        (path != Py_None && !PyUnicode_FSConverter(path, &bytes)))
        return NULL;
    flama_arena *arena = flama_arena_new(0);
    flama_package package = {.size = sizeof package,
                             .arena = arena,
                             .container = protocol == 1 ? FLAMA_CONTAINER_V1
                                                        : FLAMA_CONTAINER_V2,
                             .payload = (const uint8_t *)payload,
                             .payload_size = (size_t)payload_size};
    if (protocol != 1 && protocol != 2)
        PyErr_Format(PyExc_ValueError, "there is no protocol %d: 1 or 2", protocol);
    else if (arena == NULL)
        PyErr_NoMemory();
    else if (core_value_from_python(arena, meta, false, &keep, &package.meta) == 0 &&
             read_artifacts(arena, artifacts, &package) == 0)
        out = write_out(&package, compression, bytes ? PyBytes_AS_STRING(bytes) : NULL,
                        arena);
    Py_XDECREF(keep);
    Py_XDECREF(bytes);
    flama_arena_free(arena);
    return out;
}
