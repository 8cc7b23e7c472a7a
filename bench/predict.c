/* predict MODEL.flm INPUT.json [TURNS [METHOD]]: how long one call of the model's
 * method (predict) takes in this process, by the CPU time it takes: a machine is never
 * alone. INPUT.json holds the rows. Prints the nanoseconds of the median of nine turns
 * (or so many), and the answer, so that it can be checked. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <flama.h>

enum { MOST_TURNS = 9 };

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
    char *text = malloc(*size + 1);
    if (text != NULL && fread(text, 1, *size, f) != *size)
        return NULL;
    fclose(f);
    return text;
}

/* Nanoseconds a call: repeated until a turn lasts a tenth of a second. */
static double one_turn(flama_model *model, flama_call *call, const char *method,
                       const flama_value *rows)
{
    for (long repeat = 1;; repeat *= 2) {
        const flama_value *out;
        double start = now();
        for (long i = 0; i < repeat; i++) {
            flama_call_reset(call);
            if (flama_model_run(model, call, method, rows, &out) != 0)
                return -1;
        }
        double taken = now() - start;
        if (taken > 1e8)
            return taken / (double)repeat;
    }
}

int main(int argc, char **argv)
{
    mallopt(M_MMAP_THRESHOLD, 8 << 20); /* as the program, src/cli/main.c, has it */
    mallopt(M_TRIM_THRESHOLD, 16 << 20);
    flama_error err = {0};
    flama_model *model = NULL;
    size_t size;
    char *text = argc >= 3 ? read_whole(argv[2], &size) : NULL;
    long count = argc > 3 ? strtol(argv[3], NULL, 10) : MOST_TURNS;
    const char *method = argc > 4 ? argv[4] : "predict";
    flama_arena *arena = flama_arena_new(0);
    flama_call *call = flama_call_new();
    flama_value rows;
    if (count < 1 || count > MOST_TURNS || text == NULL || arena == NULL ||
        call == NULL || flama_json_decode(arena, text, size, NULL, &rows, &err) != 0 ||
        flama_model_open(&model, argv[1], &err) != 0) {
        fprintf(stderr, "usage: predict MODEL.flm INPUT.json [TURNS [METHOD]] %s\n",
                err.message);
        return 1;
    }
    double turns[MOST_TURNS];
    for (long i = 0; i < count; i++)
        turns[i] = one_turn(model, call, method, &rows);
    qsort(turns, (size_t)count, sizeof turns[0], by_size);

    const flama_value *out = NULL;
    flama_string shown;
    flama_call_reset(call);
    if (flama_model_run(model, call, method, &rows, &out) != 0 ||
        flama_json_encode(arena, out, 0, &shown, &err) != 0) {
        fprintf(stderr, "%s%s\n", flama_call_error(call)->message, err.message);
        return 1;
    }
    printf("%.0f\n%.*s\n", turns[count / 2], (int)shown.size, shown.data);
    flama_call_free(call);
    flama_arena_free(arena);
    flama_model_unref(model);
    free(text);
    return 0;
}
