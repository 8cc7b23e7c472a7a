/* Runs payloads of models for the tests against the libraries that made them. Reads
 * lines "FRAMEWORK PAYLOAD METHOD ROWS.json" from the standard input and answers each
 * with a line of JSON: {"output": ...} or {"error": "...", "code": "EINPUT"}. The
 * method "describe" gives what inspect prints of the engine. The payload of the line
 * before stays loaded. */
#include <flama.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/registry.h"

static char *read_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL || fseek(f, 0, SEEK_END) != 0)
        return NULL;
    *size = (size_t)ftell(f);
    rewind(f);
    char *data = malloc(*size + 1);
    if (data == NULL || fread(data, 1, *size, f) != *size)
        abort();
    fclose(f);
    return data;
}

/* One line of JSON: the member and, for an error, its code. */
static void answer(flama_arena *arena, const char *name, flama_value value,
                   const char *code)
{
    flama_builder object;
    flama_value all;
    flama_string text;
    flama_error err = {0};
    flama_object_begin(&object, arena);
    flama_object_add(&object, name, value);
    if (code)
        flama_object_add(&object, "code", flama_value_text(code));
    if (flama_builder_end(&object, &all) != 0)
        abort();
    if (flama_json_encode(arena, &all, 0, &text, &err) != 0)
        printf("{\"error\": \"%s\", \"code\": \"%s\"}\n", err.message,
               flama_error_name(err.code));
    else
        printf("%s\n", text.data);
    fflush(stdout);
}

typedef struct model {
    char path[1024];
    const flama_engine_type *engine;
    void *instance;
} model;

static int use_model(model *m, const char *framework, const char *path,
                     flama_error *err)
{
    if (m->instance && strcmp(m->path, path) == 0)
        return 0;
    if (m->instance)
        m->engine->free(m->instance);
    m->instance = NULL;
    flama_engine_file file = {.size = sizeof file,
                              .name = path,
                              .framework = {framework, strlen(framework)},
                              .version = {"", 0}};
    for (size_t i = 0; flama_engines[i]; i++)
        if (flama_engines[i]->accepts(&file, NULL) == 0)
            m->engine = flama_engines[i];
    char *data = read_file(path, &file.payload_size);
    if (data == NULL || m->engine == NULL)
        return flama_error_set(err, FLAMA_EIO, "can't read %s", path);
    file.payload = (const uint8_t *)data;
    int code = m->engine->load(&file, &m->instance, err);
    free(data);
    snprintf(m->path, sizeof m->path, "%s", path);
    return code;
}

static int describe(const model *m, flama_arena *arena, flama_value *out)
{
    flama_builder object;
    flama_object_begin(&object, arena);
    m->engine->describe(m->instance, &object);
    return flama_builder_end(&object, out);
}

/* {"shape": [0, 3]}: rows as JSON has none, but callers in C do. */
static int empty_rows(flama_call *call, flama_value *rows, flama_error *err)
{
    const flama_value *sizes = flama_value_get(rows, "shape");
    size_t shape[FLAMA_MAX_RANK];
    flama_tensor *tensor;
    void *data;
    unsigned rank = (unsigned)sizes->tensor->shape[0];
    for (unsigned i = 0; i < rank; i++)
        shape[i] = (size_t)((const int64_t *)sizes->tensor->data)[i];
    int code = flama_tensor_new(flama_call_arena(call), FLAMA_DTYPE_FLOAT64, rank,
                                shape, &tensor, &data, err);
    if (code == 0)
        *rows = flama_value_tensor(tensor);
    return code;
}

static int run(model *m, flama_call *call, const char *method, const char *rows_path,
               flama_value *out, flama_error *err)
{
    size_t size;
    flama_value rows;
    char *read = read_file(rows_path, &size);
    if (read == NULL)
        return flama_error_set(err, FLAMA_EIO, "can't read %s", rows_path);
    /* Strings of the answer may lie in it. */
    char *text = flama_arena_copy(flama_call_arena(call), read, size);
    free(read);
    int code = flama_json_decode(flama_call_arena(call), text, size, NULL, &rows, err);
    if (code == 0 && rows.kind == FLAMA_KIND_OBJECT)
        code = empty_rows(call, &rows, err);
    if (code == 0 && m->engine->signature(m->instance, method) == NULL)
        code = flama_error_set(err, FLAMA_ENOT_FOUND, "no method %s", method);
    if (code == 0) {
        code = m->engine->run(m->instance, method, &rows, out, call);
        *err = *flama_call_error(call);
    }
    return code;
}

int main(void)
{
    char line[4096];
    model m = {0};
    while (fgets(line, sizeof line, stdin)) {
        char *save = NULL, *framework = strtok_r(line, " \n", &save);
        char *path = strtok_r(NULL, " \n", &save);
        char *method = strtok_r(NULL, " \n", &save);
        char *rows = strtok_r(NULL, " \n", &save);
        if (rows == NULL)
            return 1;
        flama_call *call = flama_call_new();
        flama_arena *arena = flama_call_arena(call);
        flama_error err = {0};
        flama_value output;
        int code = use_model(&m, framework, path, &err);
        if (code == 0 && strcmp(method, "describe") == 0)
            code = describe(&m, arena, &output);
        else if (code == 0)
            code = run(&m, call, method, rows, &output, &err);
        if (code)
            answer(arena, "error", flama_value_text(err.message),
                   flama_error_name(err.code));
        else
            answer(arena, "output", output, NULL);
        flama_call_free(call);
    }
    if (m.instance)
        m.engine->free(m.instance);
    return 0;
}
