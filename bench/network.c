/* network FRAMEWORK PAYLOAD INPUT.json: the CPU time an engine takes for the rows, in
 * nanoseconds: the median of nine turns. PAYLOAD is what a model file holds:
 * a .keras, a .pt2. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <flama.h>

#include "engine/registry.h"

enum { TURNS = 9 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static char *read_whole(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL || fseek(f, 0, SEEK_END) != 0)
        return NULL;
    *size = (size_t)ftell(f);
    rewind(f);
    char *data = malloc(*size + 1);
    if (data != NULL && fread(data, 1, *size, f) != *size)
        return NULL;
    fclose(f);
    return data;
}

static const flama_engine_type *find_engine(const flama_engine_file *file)
{
    for (size_t i = 0; flama_engines[i]; i++)
        if (flama_engines[i]->accepts(file, NULL) == 0)
            return flama_engines[i];
    return NULL;
}

/* Nanoseconds a call: repeated until a turn lasts a tenth of a second. */
static double one_turn(const flama_engine_type *engine, const void *model,
                       flama_call *call, const flama_value *rows)
{
    for (long repeat = 1;; repeat *= 2) {
        double start = now();
        for (long i = 0; i < repeat; i++) {
            flama_value out;
            flama_call_reset(call);
            if (engine->run(model, "predict", rows, &out, call) != 0)
                return -1;
        }
        double taken = now() - start;
        if (taken > 1e8)
            return taken / (double)repeat;
    }
}

int main(int argc, char **argv)
{
    flama_error err = {0};
    flama_value rows;
    size_t size = 0;
    void *model = NULL;
    flama_arena *arena = flama_arena_new(0);
    flama_call *call = flama_call_new();
    if (argc != 4)
        return 2;
    flama_engine_file file = {.size = sizeof file,
                              .name = argv[2],
                              .framework = {argv[1], strlen(argv[1])},
                              .version = {"", 0}};
    char *payload = read_whole(argv[2], &file.payload_size);
    char *text = read_whole(argv[3], &size);
    const flama_engine_type *engine = find_engine(&file);
    file.payload = (const uint8_t *)payload;
    if (payload == NULL || text == NULL || engine == NULL ||
        flama_json_decode(arena, text, size, NULL, &rows, &err) != 0 ||
        engine->load(&file, &model, &err) != 0) {
        fprintf(stderr, "%s: %s\n", argv[2], err.message);
        return 1;
    }
    double turns[TURNS];
    for (int i = 0; i < TURNS; i++)
        turns[i] = one_turn(engine, model, call, &rows);
    qsort(turns, TURNS, sizeof turns[0], by_size);
    printf("%.0f\n", turns[TURNS / 2]);
    engine->free(model);
    flama_call_free(call);
    flama_arena_free(arena);
    free(payload);
    free(text);
    return 0;
}
