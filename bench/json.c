/* JSON against jansson (where it was found) and printf: each turn runs every candidate
 * once, the median of the turns counts. Prints name,value,unit,ratio,target as bench.py
 * does; the ratio is to the other way of doing the same, above 1 when this library is
 * quicker. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <flama.h>

#include "base/arena.h"

#ifdef HAVE_JANSSON
#include <jansson.h>
#endif

enum { TURNS = 15, COLUMNS = 30, ROWS = 1000, CELL = 40 /* bytes of text at most */ };

typedef struct job {
    char *text;
    size_t size;
    size_t cells;
    size_t repeat; /* so that one turn takes long enough to measure */
    flama_value value;
    flama_arena arena;
    char *out;
} job;

static volatile double sink;

static double random_unit(void)
{
    static uint64_t state = 88172645463325252;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (double)(state >> 11) / 9007199254740992.0;
}

/* {"input": [[...], ...]}, each number printed by that format. */
static job make_job(size_t rows, size_t columns, const char *format)
{
    job j = {.cells = rows * columns};
    j.text = malloc(j.cells * CELL + CELL);
    j.out = malloc(j.cells * CELL + CELL);
    char *p = j.text;
    p += snprintf(p, CELL, "{\"input\": [");
    for (size_t i = 0; i < j.cells; i++) {
        p += snprintf(p, CELL, i % columns ? ", " : i ? ", [" : "[");
        p += snprintf(p, CELL, format, (random_unit() - 0.3) * 20);
        if (i % columns == columns - 1)
            *p++ = ']';
    }
    p += snprintf(p, CELL, "]}");
    j.size = (size_t)(p - j.text);
    j.repeat = 2000000 / j.size + 1;
    flama_arena_init(&j.arena, 0);
    return j;
}

static void free_job(job *j)
{
    flama_arena_fini(&j->arena);
    free(j->text);
    free(j->out);
}

static void flama_decodes(job *j)
{
    flama_value value;
    flama_arena_reset(&j->arena);
    if (flama_json_decode(&j->arena, j->text, j->size, NULL, &value, NULL) != 0)
        abort();
    const flama_value *input = flama_value_get(&value, "input");
    sink = ((const double *)input->tensor->data)[input->tensor->count - 1];
}

#ifdef HAVE_JANSSON
static void jansson_decodes(job *j)
{
    json_t *root = json_loadb(j->text, j->size, JSON_DECODE_INT_AS_REAL, NULL);
    json_t *input = json_object_get(root, "input"), *row, *cell;
    double *data = malloc(j->cells * sizeof *data), *p = data;
    size_t r, c;
    json_array_foreach(input, r, row) json_array_foreach(row, c, cell) *p++ =
        json_real_value(cell);
    sink = p[-1];
    free(data);
    json_decref(root);
}
#endif

static void flama_prints(job *j)
{
    flama_string out;
    flama_arena_reset(&j->arena);
    if (flama_json_encode(&j->arena, &j->value, 0, &out, NULL) != 0)
        abort();
    sink = out.data[out.size - 1];
}

static void printf_prints(job *j)
{
    const double *data = j->value.tensor->data;
    char *p = j->out;
    for (size_t i = 0; i < j->cells; i++)
        p += snprintf(p, CELL, i ? ",%.17g" : "%.17g", data[i]);
    sink = p[-1];
}

/* A request's worth: decode the body, build the answer, print it. */
static void flama_answers(job *j)
{
    static const int64_t label = 2;
    static const flama_tensor labels = {.dtype = FLAMA_DTYPE_INT64,
                                        .rank = 1,
                                        .shape = {1},
                                        .count = 1,
                                        .data = &label};
    flama_builder answer;
    flama_value value;
    flama_string out;
    flama_decodes(j);
    flama_object_begin(&answer, &j->arena);
    flama_object_add(&answer, "output", flama_value_tensor(&labels));
    if (flama_builder_end(&answer, &value) != 0 ||
        flama_json_encode(&j->arena, &value, 0, &out, NULL) != 0)
        abort();
    sink = out.data[out.size - 1];
}

static double seconds_of(void (*run)(job *), job *j)
{
    struct timespec start, end;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    for (size_t i = 0; i < j->repeat; i++)
        run(j);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    double seconds = (double)(end.tv_sec - start.tv_sec) +
                     (double)(end.tv_nsec - start.tv_nsec) / 1e9;
    return seconds / (double)j->repeat;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The medians of two candidates in rotation; `other` may be NULL. */
static void measure(const char *name, job *j, void (*own)(job *), void (*other)(job *),
                    const char *target)
{
    double times[2][TURNS];
    for (int turn = 0; turn < TURNS; turn++) {
        times[0][turn] = seconds_of(own, j);
        times[1][turn] = other ? seconds_of(other, j) : 0;
    }
    for (int i = 0; i < 2; i++)
        qsort(times[i], TURNS, sizeof(double), compare_doubles);
    double median = times[0][TURNS / 2];
    printf("json.%s,%.3f,us,", name, median * 1e6);
    if (other)
        printf("%.2f", times[1][TURNS / 2] / median);
    printf(",%s\n", other ? target : "");
}

static void decode_case(const char *name, size_t rows, size_t columns,
                        const char *format, const char *target)
{
    job j = make_job(rows, columns, format);
#ifdef HAVE_JANSSON
    measure(name, &j, flama_decodes, jansson_decodes, target);
#else
    measure(name, &j, flama_decodes, NULL, target);
#endif
    free_job(&j);
}

/* Prints what that text decodes to, without the text: as a model's output. */
static void print_case(const char *name, const char *format)
{
    job j = make_job(ROWS, 10, format);
    flama_arena *arena = flama_arena_new(0);
    flama_value value;
    if (flama_json_decode(arena, j.text, j.size, NULL, &value, NULL) != 0)
        abort();
    flama_tensor tensor = *flama_value_get(&value, "input")->tensor;
    tensor.text = (flama_string){NULL, 0};
    j.value = flama_value_tensor(&tensor);
    measure(name, &j, flama_prints, printf_prints, ">=4");
    flama_arena_free(arena);
    free_job(&j);
}

int main(void)
{
    decode_case("decode_17_digits", ROWS, COLUMNS, "%.17g", ">=12");
    decode_case("decode_4_decimals", ROWS, COLUMNS, "%.4f", "");
    decode_case("decode_row_of_30", 1, COLUMNS, "%.17g", "");
    decode_case("decode_row_of_4", 1, 4, "%.1f", "");
    print_case("print_17_digits", "%.17g");
    print_case("print_4_decimals", "%.4f");
    job small = make_job(1, 4, "%.1f");
    measure("decode_and_answer", &small, flama_answers, NULL, "");
    free_job(&small);
    return 0;
}
