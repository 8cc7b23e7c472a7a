/* The engine behind the engines: what none of the core's runs is run by its own
 * framework, in this process, by flama/models/frameworks.py.
 *
 * An instance is what the `load_model` hook gave: a function from rows to predictions.
 * The core calls from threads without the interpreter's lock, and each takes it. */
#include <string.h>

#include "core.h"
#include <flama/json.h>

enum { COST = 2000 * 1000 }; /* nanoseconds: never on a loop's thread */

static int accepts(const flama_engine_file *file, flama_error *why)
{
    (void)file, (void)why;
    return core_hooks_now.load_model ? 0 : FLAMA_ENOT_FOUND;
}

/* The exception that is set, as the reason of a refusal. */
static int refuse(flama_error *err)
{
    flama_call *call = flama_call_new();
    if (call == NULL)
        return err->code = FLAMA_EMEMORY;
    core_fail_set(call);
    *err = *flama_call_error(call);
    flama_call_free(call);
    return err->code = FLAMA_EUNSUPPORTED;
}

static int load(const flama_engine_file *file, bool trust, void **instance,
                flama_error *err)
{
    PyGILState_STATE state = PyGILState_Ensure();
    *instance = PyObject_CallFunction(
        core_hooks_now.load_model, "s#y#O", file->framework.data,
        (Py_ssize_t)file->framework.size, (const char *)file->payload,
        (Py_ssize_t)file->payload_size, trust ? Py_True : Py_False);
    int rc = *instance ? 0 : refuse(err);
    PyGILState_Release(state);
    return rc;
}

static int load_trusted(const flama_engine_file *file, void **instance,
                        flama_error *err)
{
    return load(file, true, instance, err);
}

static int load_careful(const flama_engine_file *file, void **instance,
                        flama_error *err)
{
    return load(file, false, instance, err);
}

static const flama_signature *signature(const void *instance, const char *method)
{
    static const flama_port input = {.name = "input", .dtype = FLAMA_DTYPE_FLOAT64};
    static const flama_port output = {.name = "output", .dtype = FLAMA_DTYPE_FLOAT64};
    static const flama_signature predict = {.size = sizeof predict,
                                            .input_count = 1,
                                            .inputs = &input,
                                            .output_count = 1,
                                            .outputs = &output};
    (void)instance;
    return strcmp(method, "predict") == 0 ? &predict : NULL;
}

/* A copy in the call's arena, which the Python object can go before. */
static int copy_out(PyObject *result, flama_value *out, flama_call *call)
{
    flama_arena *arena = flama_call_arena(call);
    flama_error err = {0};
    flama_value value;
    flama_string text;
    PyObject *keep = NULL;
    if (core_value_from_python(arena, result, false, &keep, &value) != 0)
        return core_fail_set(call);
    int rc = flama_json_encode(arena, &value, 0, &text, &err);
    if (rc == 0)
        rc = flama_json_decode(arena, text.data, text.size, NULL, out, &err);
    Py_XDECREF(keep);
    return rc ? flama_fail(call, rc, "%s", err.message) : 0;
}

static int run(const void *instance, const char *method, const flama_value *inputs,
               flama_value *outputs, flama_call *call)
{
    (void)method;
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *rows = core_value_to_python(inputs, true);
    PyObject *result =
        rows ? PyObject_CallOneArg((PyObject *)(uintptr_t)instance, rows) : NULL;
    int rc = result ? copy_out(result, outputs, call) : core_fail_set(call);
    Py_XDECREF(rows);
    Py_XDECREF(result);
    PyGILState_Release(state);
    return rc;
}

static uint64_t cost(const void *instance, const char *method)
{
    (void)instance, (void)method;
    return COST;
}

static void free_instance(void *instance)
{
    if (instance == NULL || !Py_IsInitialized())
        return;
    PyGILState_STATE state = PyGILState_Ensure();
    Py_DECREF((PyObject *)instance);
    PyGILState_Release(state);
}

#define ENGINE(how)                                                                   \
    {                                                                                 \
        .size = sizeof(flama_engine_type), .api_version = FLAMA_ENGINE_API,           \
        .name = "framework", .accepts = accepts, .load = how, .signature = signature, \
        .run = run, .cost = cost, .free = free_instance                               \
    }

static const flama_engine_type careful = ENGINE(load_careful);
static const flama_engine_type trusting = ENGINE(load_trusted);

const flama_engine_type *core_framework(bool trust)
{
    return trust ? &trusting : &careful;
}
