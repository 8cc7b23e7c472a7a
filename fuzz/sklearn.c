/* Estimators out of changed pickles: what loads must also run, on zeros, large numbers
 * and missing ones. The mutator knows opcodes, so that most of what it makes is read.
 */
#include <flama.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/sklearn/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

enum { MOST_FEATURES = 1000, ROWS = 3 };

static void run_method(const void *model, const char *method)
{
    const flama_signature *signature = flama_sklearn_engine.signature(model, method);
    if (signature == NULL)
        return;
    int64_t wanted = signature->inputs[0].shape[1];
    size_t shape[2] = {ROWS, wanted < 0 ? 2 : (size_t)wanted};
    if (shape[1] > MOST_FEATURES)
        return;
    flama_call *call = flama_call_new();
    flama_tensor *tensor;
    void *data;
    if (flama_tensor_new(flama_call_arena(call), FLAMA_DTYPE_FLOAT64, 2, shape, &tensor,
                         &data, NULL) != 0)
        abort();
    for (size_t i = 0; i < tensor->count; i++)
        ((double *)data)[i] = i < shape[1] ? 0 : i < 2 * shape[1] ? 1e6 : NAN;
    flama_value input = flama_value_tensor(tensor), output;
    int code = flama_sklearn_engine.run(model, method, &input, &output, call);
    if (code != flama_call_error(call)->code)
        abort();
    tensor->count -= shape[1]; /* without the missing ones */
    tensor->shape[0]--;
    flama_call *again = flama_call_new();
    flama_string text;
    if (flama_sklearn_engine.run(model, method, &input, &output, again) == 0)
        flama_json_encode(flama_call_arena(again), &output, 0, &text, NULL);
    flama_call_free(again);
    flama_call_free(call);
}

/* The same of what is no rows of numbers: texts, objects, lists, labels. */
static void run_json(const void *model, const char *method)
{
    static const char *const requests[] = {
        "[\"\", \"the fox  and\\tthe DOG_2 ate 3.5 x\", \"\\u0391\\u03a3 \\u0130\","
        " \"\\ufdfa e\\u0301 \\ud83d\\ude00\"]",
        "[{\"size\": 1e300, \"city\": \"Bergen\", \"tags\": [\"a\"]},"
        " {\"size\": null, \"a\": true, \"a\": 2, \"\": \"\"}, {}]",
        "[[\"a\", \"b\"], [], [\"a\"]]",
        "[[[\"a\", 1.5], [\"b\", \"x\"]], []]",
        "[[1, 2], [3, null]]",
        "[[1, \"red\", null, true, 1e9], [0, \"\", 2, false, -1]]",
        "[true, 1, \"elm\", null]",
    };
    if (flama_sklearn_engine.signature(model, method) == NULL)
        return;
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        flama_call *call = flama_call_new();
        flama_value input, output;
        if (flama_json_decode(flama_call_arena(call), requests[i], strlen(requests[i]),
                              NULL, &input, NULL) != 0)
            abort();
        int code = flama_sklearn_engine.run(model, method, &input, &output, call);
        if (code != flama_call_error(call)->code)
            abort();
        flama_call_free(call);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const methods[] = {"predict", "predict_proba",
                                          "decision_function", "transform"};
    flama_engine_file file = {
        .size = sizeof file, .name = "fuzz", .payload = data, .payload_size = size};
    void *model = NULL;
    flama_error err = {0};
    if (flama_sklearn_engine.load(&file, &model, &err) != 0) {
        if (err.code == 0 || err.message[0] == '\0' || model)
            abort();
        return 0;
    }
    for (size_t i = 0; i < 4; i++) {
        run_method(model, methods[i]);
        run_json(model, methods[i]);
    }
    flama_sklearn_engine.free(model);
    return 0;
}

/* Bytes of an opcode's operand; for counted ones with the count, which is of `width`
 * bytes. */
static size_t operand(const uint8_t *p, size_t left, size_t *width)
{
    static const uint8_t counted[][2] = {{0x8c, 1}, {'X', 4},  {0x8d, 8}, {'C', 1},
                                         {'B', 4},  {0x8e, 8}, {0x96, 8}, {0x8a, 1}};
    static const uint8_t fixed[][2] = {{0x80, 1}, {'K', 1}, {'M', 2},
                                       {'J', 4},  {'G', 8}, {'h', 1},
                                       {'j', 4},  {'q', 1}, {'r', 4}};
    *width = 0;
    for (size_t i = 0; i < sizeof fixed / 2; i++)
        if (p[0] == fixed[i][0])
            return fixed[i][1];
    for (size_t i = 0; i < sizeof counted / 2; i++) {
        if (p[0] != counted[i][0] || left < 1u + counted[i][1])
            continue;
        uint64_t n = 0;
        memcpy(&n, p + 1, counted[i][1]);
        *width = counted[i][1];
        return *width + (n < left ? (size_t)n : left);
    }
    return 0;
}

/* Offsets of up to `max` opcodes. */
static size_t find_opcodes(const uint8_t *data, size_t size, size_t *at, size_t max)
{
    size_t count = 0, width;
    for (size_t i = 0; i < size && count < max;) {
        at[count++] = i;
        i += 1 + operand(data + i, size - i, &width);
    }
    return count;
}

/* Changes an integer, the bytes of an array, or what an opcode makes. */
static void change(uint8_t *p, size_t length, size_t width, unsigned random)
{
    static const uint8_t edges[] = {0, 1, 2, 3, 4, 5, 8, 0x7f, 0x80, 0xff};
    uint8_t edge = edges[random % sizeof edges];
    unsigned which = random / sizeof edges;
    if (length > 1 + width && which % 4)
        p[1 + width + which / 4 % (length - 1 - width)] = edge;
    else if (length > 1 && p[0] == 'K')
        p[1] = (uint8_t)(p[1] + (which % 8 < 4 ? 1 : -1));
    else if (length == 1 && memchr("N\x88\x89)]}", p[0], 6))
        p[0] = (uint8_t) "N\x88\x89)]}"[which % 6];
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    static size_t at[4096];
    size_t count = find_opcodes(data, size, at, 4096), width;
    if (count == 0 || seed % 8 == 0)
        return LLVMFuzzerMutate(data, size, max);
    size_t i = seed / 8 % count, from = at[i];
    size_t length = 1 + operand(data + from, size - from, &width);
    size_t j = seed / 64 % count;
    size_t other = at[j],
           other_length = 1 + operand(data + other, size - other, &width);
    bool fits = from + length <= size && other + other_length <= size;
    if (seed % 8 == 1 && fits && size - length + other_length <= max) {
        /* one opcode in place of another: strings, numbers and names change places */
        uint8_t *copy = malloc(other_length);
        memcpy(copy, data + other, other_length);
        memmove(data + from + other_length, data + from + length, size - from - length);
        memcpy(data + from, copy, other_length);
        free(copy);
        return size - length + other_length;
    }
    operand(data + from, size - from, &width);
    if (from + length <= size)
        change(data + from, length, width, seed / 64);
    return size;
}
