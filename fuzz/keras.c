/* Keras models out of changed config.json and weights: what loads must also run. The
 * input is the configuration, a zero byte, and model.weights.h5; the archive around
 * them is made here, so that checksums fit. The mutator knows JSON's tokens, so that
 * most of what it makes is still read. */
#include <flama.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "engine/keras/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

enum { ROWS = 3, OPEN = 4, MOST_ELEMENTS = 20000, MOST_NANOSECONDS = 2000000 };

typedef struct writer {
    uint8_t *data;
    size_t size;
} writer;

static void put(writer *w, size_t bytes, uint64_t number)
{
    for (size_t i = 0; i < bytes; i++)
        w->data[w->size++] = (uint8_t)(number >> 8 * i);
}

static void put_bytes(writer *w, const void *data, size_t size)
{
    if (size)
        memcpy(w->data + w->size, data, size);
    w->size += size;
}

typedef struct member {
    const char *name;
    const void *data;
    size_t size;
    size_t at;
} member;

static void put_member(writer *w, member *m, bool in_directory)
{
    size_t length = strlen(m->name);
    if (!in_directory)
        m->at = w->size;
    put_bytes(w, in_directory ? "PK\1\2" : "PK\3\4", 4);
    put(w, in_directory ? 2 : 0, 20);
    put(w, 2, 20);
    put(w, 8, 0); /* flags, method, time */
    put(w, 4, crc32_z(0, m->data, m->size));
    put(w, 4, m->size);
    put(w, 4, m->size);
    put(w, 2, length);
    put(w, 2, 0);
    if (in_directory) {
        put(w, 2, 0);
        put(w, 8, 0); /* disk, attributes */
        put(w, 4, m->at);
    }
    put_bytes(w, m->name, length);
    if (!in_directory)
        put_bytes(w, m->data, m->size);
}

/* A stored archive of the three members, on the heap. */
static writer make_archive(const uint8_t *data, size_t size)
{
    static const char metadata[] = "{\"keras_version\": \"3.15.1\"}";
    const uint8_t *end = memchr(data, 0, size);
    size_t config = end ? (size_t)(end - data) : size;
    size_t rest = end ? size - config - 1 : 0;
    member members[] = {{"metadata.json", metadata, sizeof metadata - 1, 0},
                        {"config.json", data, config, 0},
                        {"model.weights.h5", data + size - rest, rest, 0}};
    writer w = {.data = malloc(size + 1024)};
    for (size_t i = 0; i < 3; i++)
        put_member(&w, &members[i], false);
    size_t directory = w.size;
    for (size_t i = 0; i < 3; i++)
        put_member(&w, &members[i], true);
    size_t length = w.size - directory;
    put_bytes(&w, "PK\5\6", 4);
    put(&w, 4, 0);
    put(&w, 2, 3);
    put(&w, 2, 3);
    put(&w, 4, length);
    put(&w, 4, directory);
    put(&w, 2, 0);
    return w;
}

static void run_once(const void *model, unsigned rank, const size_t *shape, double step)
{
    flama_call *call = flama_call_new();
    flama_tensor *tensor;
    void *data;
    if (flama_tensor_new(flama_call_arena(call), FLAMA_DTYPE_FLOAT64, rank, shape,
                         &tensor, &data, NULL) != 0)
        abort();
    for (size_t i = 0; i < tensor->count; i++)
        ((double *)data)[i] = step * (double)(i % 5);
    flama_value input = flama_value_tensor(tensor), output;
    flama_string text;
    int code = flama_keras_engine.run(model, "predict", &input, &output, call);
    if (code != flama_call_error(call)->code)
        abort();
    if (code == 0)
        flama_json_encode(flama_call_arena(call), &output, 0, &text, NULL);
    flama_call_free(call);
}

static void run_model(const void *model)
{
    const flama_signature *signature = flama_keras_engine.signature(model, "predict");
    const flama_port *port = &signature->inputs[0];
    size_t shape[FLAMA_MAX_RANK] = {ROWS}, count = ROWS;
    for (unsigned i = 1; i < port->rank; i++) {
        shape[i] = port->shape[i] < 0 ? OPEN : (size_t)port->shape[i];
        if (shape[i] > MOST_ELEMENTS || (count *= shape[i]) > MOST_ELEMENTS)
            return;
    }
    if (flama_keras_engine.cost(model, "predict") > MOST_NANOSECONDS)
        return;
    run_once(model, port->rank, shape, 1);
    run_once(model, port->rank, shape, -1e9);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    writer archive = make_archive(data, size);
    flama_engine_file file = {.size = sizeof file,
                              .name = "fuzz",
                              .payload = archive.data,
                              .payload_size = archive.size};
    void *model = NULL;
    flama_error err = {0};
    int code = flama_keras_engine.load(&file, &model, &err);
    free(archive.data);
    if (code != 0) {
        if (err.code == 0 || err.message[0] == '\0' || model)
            abort();
        return 0;
    }
    run_model(model);
    flama_keras_engine.free(model);
    return 0;
}

/* Tokens of JSON: strings, numbers, words. */
typedef struct token {
    size_t at, size;
} token;

static size_t find_tokens(const uint8_t *text, size_t size, token *out, size_t most)
{
    size_t count = 0;
    for (size_t i = 0; i < size && text[i] && count < most;) {
        size_t from = i;
        if (text[i] == '"') {
            for (i++; i < size && text[i] && text[i] != '"'; i++)
                ;
            i++;
        } else if (strchr("-0123456789", text[i])) {
            while (i < size && text[i] && strchr("-+.0123456789eE", text[i]))
                i++;
        } else if (text[i] >= 'a' && text[i] <= 'z') {
            while (i < size && text[i] >= 'a' && text[i] <= 'z')
                i++;
        } else {
            i++;
            continue;
        }
        if (i <= size)
            out[count++] = (token){from, i - from};
    }
    return count;
}

static size_t replace(uint8_t *data, size_t size, size_t max, token t, const void *with,
                      size_t length)
{
    uint8_t copy[256];
    if (length > sizeof copy || size - t.size + length > max)
        return size;
    memcpy(copy, with, length);
    memmove(data + t.at + length, data + t.at + t.size, size - t.at - t.size);
    memcpy(data + t.at, copy, length);
    return size - t.size + length;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    static token tokens[8192];
    static const char *const values[] = {"0",    "1",     "-1",   "2",    "3",
                                         "null", "true",  "7",    "[]",   "{}",
                                         "1e9",  "false", "[-1]", "0.5",  "1048576",
                                         "-2",   "[2,1]", "64",   "\"\"", "[1,2,3]"};
    size_t count = find_tokens(data, size, tokens, 8192);
    if (count == 0 || seed % 16 == 0)
        return LLVMFuzzerMutate(data, size, max);
    token t = tokens[seed / 16 % count];
    if (seed % 16 < 9) {
        const char *value = values[seed / 1024 % (sizeof values / sizeof *values)];
        if (data[t.at] == '"')
            t = tokens[(seed / 16 + 1) % count];
        return replace(data, size, max, t, value, strlen(value));
    }
    token other = tokens[seed / 4096 % count];
    return replace(data, size, max, t, data + other.at, other.size);
}
