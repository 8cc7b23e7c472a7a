/* Graphs of torch.export: what loads must also run, on inputs of several sizes. An
 * input is the texts of an archive (the graph, the configs of weights and constants),
 * divided by NUL; the zip around them, and the weights' bytes, are made here, so that
 * checksums hold. The mutator changes numbers, names and whole pieces of the JSON. */
#include <flama.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "engine/torch/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

enum {
    WEIGHTS = 40,
    WEIGHT_SIZE = 8192,
    MEMBERS = WEIGHTS + 8,
    MOST = 1 << 20,
    DEAREST = 100000000 /* nanoseconds a row may take to be run here */
};

typedef struct archive {
    uint8_t *data;
    size_t size;
    struct {
        char name[64];
        uint32_t at, size, crc;
    } members[MEMBERS];
    size_t count;
} archive;

static void put(archive *a, uint64_t number, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        a->data[a->size++] = (uint8_t)(i < 8 ? number >> 8 * i : 0);
}

/* A local header, or one of the directory. */
static void put_header(archive *a, size_t i, bool central)
{
    size_t length = strlen(a->members[i].name);
    put(a, central ? 0x02014b50 : 0x04034b50, 4);
    put(a, 0, central ? 12 : 10); /* versions, flags, method, time */
    put(a, a->members[i].crc, 4);
    put(a, a->members[i].size, 4);
    put(a, a->members[i].size, 4);
    put(a, length, 2);
    put(a, 0, central ? 12 : 2); /* extra; comment, disk, attributes */
    if (central)
        put(a, a->members[i].at, 4);
    memcpy(a->data + a->size, a->members[i].name, length);
    a->size += length;
}

static void add(archive *a, const char *name, const uint8_t *data, size_t size)
{
    size_t i = a->count++;
    strncpy(a->members[i].name, name, sizeof a->members[i].name - 1);
    a->members[i].at = (uint32_t)a->size;
    a->members[i].size = (uint32_t)size;
    a->members[i].crc = (uint32_t)crc32(0, data, (unsigned)size);
    put_header(a, i, false);
    memcpy(a->data + a->size, data, size);
    a->size += size;
}

static void finish(archive *a)
{
    size_t start = a->size;
    for (size_t i = 0; i < a->count; i++)
        put_header(a, i, true);
    size_t length = a->size - start;
    put(a, 0x06054b50, 4);
    put(a, 0, 4);
    put(a, a->count, 2);
    put(a, a->count, 2);
    put(a, length, 4);
    put(a, start, 4);
    put(a, 0, 2);
}

/* Bytes that are small numbers as floats, and small as integers of any size. */
static void fill_weight(uint8_t *data)
{
    for (size_t i = 0; i < WEIGHT_SIZE / 4; i++) {
        float v = (float)(i % 7) / 8 - 0.25f;
        uint32_t integer = (uint32_t)(i % 3 == 0);
        memcpy(data + 4 * i, i < WEIGHT_SIZE / 8 ? (void *)&v : (void *)&integer, 4);
    }
}

static void make_archive(archive *a, const uint8_t *data, size_t size)
{
    static const char *const texts[] = {
        "archive/models/model.json", "archive/data/weights/model_weights_config.json",
        "archive/data/constants/model_constants_config.json"};
    uint8_t weight[WEIGHT_SIZE];
    char name[64];
    add(a, "archive/archive_format", (const uint8_t *)"pt2", 3);
    for (size_t i = 0; i < 3; i++) {
        const uint8_t *end = memchr(data, 0, size);
        size_t length = end ? (size_t)(end - data) : size;
        if (length)
            add(a, texts[i], data, length);
        data += length + (end != NULL);
        size -= length + (end != NULL);
    }
    fill_weight(weight);
    for (int i = 0; i < WEIGHTS; i++) {
        bool constant = i % 2;
        snprintf(name, sizeof name, "archive/data/%s_%d",
                 constant ? "constants/tensor" : "weights/weight", i / 2);
        add(a, name, weight, sizeof weight);
    }
    finish(a);
}

static void run_model(const void *model, size_t batch)
{
    const flama_port *port = &flama_torch_engine.signature(model, "predict")->inputs[0];
    flama_call *call = flama_call_new();
    size_t shape[FLAMA_MAX_RANK], count = 1;
    flama_tensor *tensor;
    flama_value output;
    flama_string text;
    void *data;
    for (unsigned i = 0; i < port->rank; i++) {
        shape[i] = port->shape[i] < 0 ? (i ? 4 : batch) : (size_t)port->shape[i];
        if (shape[i] > 4096 || count > 65536)
            goto out;
        count *= shape[i];
    }
    if (flama_tensor_new(flama_call_arena(call), FLAMA_DTYPE_FLOAT64, port->rank, shape,
                         &tensor, &data, NULL) != 0)
        abort();
    for (size_t i = 0; i < tensor->count; i++)
        ((double *)data)[i] = (double)(i % 11) / 4 - 1;
    flama_value input = flama_value_tensor(tensor);
    int code = flama_torch_engine.run(model, "predict", &input, &output, call);
    if (code != flama_call_error(call)->code)
        abort();
    if (code == 0)
        flama_json_encode(flama_call_arena(call), &output, 0, &text, NULL);
out:
    flama_call_free(call);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *model = NULL;
    flama_error err = {0};
    if (size > MOST)
        return 0;
    archive a = {.data = malloc(size + MEMBERS * 400 + WEIGHTS * WEIGHT_SIZE)};
    if (a.data == NULL)
        return 0;
    make_archive(&a, data, size);
    flama_engine_file file = {
        .size = sizeof file, .name = "fuzz", .payload = a.data, .payload_size = a.size};
    int code = flama_torch_engine.load(&file, &model, &err);
    free(a.data);
    if (code != 0) {
        if (err.code == 0 || err.message[0] == '\0' || model)
            abort();
        return 0;
    }
    if (flama_torch_engine.cost(model, "predict") < DEAREST)
        for (size_t batch = 0; batch < 4; batch++)
            run_model(model, batch);
    flama_torch_engine.free(model);
    return 0;
}

/* The mutator. */

static uint64_t state;

static size_t below(size_t n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return n ? (size_t)(state >> 33) % n : 0;
}

/* Replaces data[at..at + old) by size bytes; what does not fit stays as it was. */
static size_t replace(uint8_t *data, size_t all, size_t max, size_t at, size_t old,
                      const char *with, size_t size)
{
    if (all - old + size > max)
        return all;
    memmove(data + at + size, data + at + old, all - at - old);
    memcpy(data + at, with, size);
    return all - old + size;
}

static bool is_digit(uint8_t c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '.';
}

/* The next number from `at`; its length, 0 without one. */
static size_t find_number(const uint8_t *data, size_t size, size_t *at)
{
    size_t end;
    while (*at < size && !(is_digit(data[*at]) && *at && strchr(" :[,", data[*at - 1])))
        (*at)++;
    for (end = *at; end < size && is_digit(data[end]);)
        end++;
    return end - *at;
}

/* The next text between quotes, without them. */
static size_t find_text(const uint8_t *data, size_t size, size_t *at)
{
    size_t end;
    while (*at < size && data[*at] != '"')
        (*at)++;
    for (end = *at + 1; end < size && data[end] != '"';)
        end++;
    (*at)++;
    return end < size ? end - *at : 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    static const char *const numbers[] = {
        "0",  "1",    "-1",         "2",     "3",  "7",   "8",
        "13", "1024", "4294967296", "1e308", "-2", "0.5", "9223372036854775807"};
    state = seed * 2654435761u + 1;
    size_t kind = below(8), at = below(size), length, other, its;
    if (size == 0 || kind == 0)
        return LLVMFuzzerMutate ? LLVMFuzzerMutate(data, size, max) : size;
    if (kind < 4) {
        const char *number = numbers[below(sizeof numbers / sizeof *numbers)];
        length = find_number(data, size, &at);
        return length ? replace(data, size, max, at, length, number, strlen(number))
                      : size;
    }
    length = find_text(data, size, &at);
    other = below(size);
    its = find_text(data, size, &other);
    if (length == 0 || its == 0 || its > 512)
        return size;
    char copy[512];
    memcpy(copy, data + other, its);
    return replace(data, size, max, at, length, copy, its);
}
