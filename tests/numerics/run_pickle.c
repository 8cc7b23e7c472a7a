/* Runs pickled estimators for the numeric tests. Reads lines "PICKLE METHOD ROWS.json"
 * from the standard input and answers each with a line of JSON: {"output": ...} or
 * {"error": "...", "code": "EINPUT"}. The pickle of the line before stays loaded. */
#include <flama.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/sklearn/engine.h"

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

static void answer(flama_arena *arena, flama_value object)
{
    flama_string text;
    flama_error err = {0};
    if (flama_json_encode(arena, &object, 0, &text, &err) != 0)
        printf("{\"error\": \"%s\", \"code\": \"%s\"}\n", err.message,
               flama_error_name(err.code));
    else
        printf("%s\n", text.data);
    fflush(stdout);
}

static void answer_error(flama_arena *arena, const flama_error *err)
{
    flama_builder object;
    flama_value value = flama_value_null();
    flama_object_begin(&object, arena);
    flama_object_add(&object, "error", flama_value_text(err->message));
    flama_object_add(&object, "code", flama_value_text(flama_error_name(err->code)));
    flama_builder_end(&object, &value);
    answer(arena, value);
}

typedef struct model {
    char path[1024];
    void *instance;
} model;

static int use_model(model *m, const char *path, flama_error *err)
{
    if (m->instance && strcmp(m->path, path) == 0)
        return 0;
    flama_sklearn_engine.free(m->instance);
    m->instance = NULL;
    flama_engine_file file = {.size = sizeof file, .name = path};
    char *data = read_file(path, &file.payload_size);
    if (data == NULL)
        return flama_error_set(err, FLAMA_EIO, "can't read %s", path);
    file.payload = (const uint8_t *)data;
    int code = flama_sklearn_engine.load(&file, &m->instance, err);
    free(data);
    snprintf(m->path, sizeof m->path, "%s", path);
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
    if (code == 0 && flama_sklearn_engine.signature(m->instance, method) == NULL)
        code = flama_error_set(err, FLAMA_ENOT_FOUND, "no method %s", method);
    if (code == 0) {
        code = flama_sklearn_engine.run(m->instance, method, &rows, out, call);
        *err = *flama_call_error(call);
    }
    return code;
}

int main(void)
{
    char line[4096];
    model m = {0};
    while (fgets(line, sizeof line, stdin)) {
        char *save = NULL, *path = strtok_r(line, " \n", &save);
        char *method = strtok_r(NULL, " \n", &save);
        char *rows = strtok_r(NULL, " \n", &save);
        if (rows == NULL)
            return 1;
        flama_call *call = flama_call_new();
        flama_error err = {0};
        flama_value output;
        int code = use_model(&m, path, &err);
        if (code == 0)
            code = run(&m, call, method, rows, &output, &err);
        if (code)
            answer_error(flama_call_arena(call), &err);
        else {
            flama_builder object;
            flama_value value;
            flama_object_begin(&object, flama_call_arena(call));
            flama_object_add(&object, "output", output);
            flama_builder_end(&object, &value);
            answer(flama_call_arena(call), value);
        }
        flama_call_free(call);
    }
    flama_sklearn_engine.free(m.instance);
    return 0;
}
