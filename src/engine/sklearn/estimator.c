#include "engine/sklearn/estimator.h"

#include <math.h>
#include <stdio.h>

#include "base/error.h"

void flama_sk_place(const flama_sk_matrix *x, size_t cell, char *path, size_t size)
{
    size_t column = cell % x->cols;
    path[0] = '\0';
    if (x->is_input && x->flat && x->origin == NULL)
        snprintf(path, size, "$.input[%zu]", cell);
    else if (x->is_input)
        snprintf(path, size, "$.input[%zu][%zu]", cell / x->cols,
                 x->origin ? x->origin[column] : column);
}

void *flama_sk_alloc(flama_call *call, size_t count, size_t size)
{
    size_t bytes;
    void *memory = __builtin_mul_overflow(count, size, &bytes)
                       ? NULL
                       : flama_call_alloc(call, bytes);
    if (memory == NULL)
        flama_fail(call, FLAMA_EMEMORY, "%s", flama_error_text(FLAMA_EMEMORY));
    return memory;
}

/* rows * cols elements; SIZE_MAX, which no arena gives, when that is too much. */
static size_t cells(size_t rows, size_t cols)
{
    size_t n;
    return __builtin_mul_overflow(rows, cols, &n) ? SIZE_MAX : n;
}

double *flama_sk_matrix_new(flama_call *call, size_t rows, size_t cols,
                            flama_sk_matrix *out)
{
    double *data = flama_sk_alloc(call, cells(rows, cols), sizeof *data);
    *out = (flama_sk_matrix){.rows = rows, .cols = cols, .data = data};
    return data;
}

flama_value *flama_sk_cells_new(flama_call *call, size_t rows, size_t cols,
                                flama_sk_matrix *out)
{
    flama_value *data = flama_sk_alloc(call, cells(rows, cols), sizeof *data);
    *out = (flama_sk_matrix){.rows = rows, .cols = cols, .cells = data};
    return data;
}

static void *answer_new(flama_call *call, const flama_sk_estimator *self, size_t rows,
                        flama_sk_kind kind, size_t size, flama_sk_answer *out)
{
    *out = (flama_sk_answer){.kind = kind,
                             .rows = rows,
                             .cols = self->outputs,
                             .flat = !self->wide && self->outputs == 1,
                             .classes = self->classes};
    return flama_sk_alloc(call, cells(rows, self->outputs), size);
}

double *flama_sk_numbers_new(flama_call *call, const flama_sk_estimator *self,
                             size_t rows, flama_sk_answer *out)
{
    return out->numbers =
               answer_new(call, self, rows, FLAMA_SK_NUMBERS, sizeof(double), out);
}

int64_t *flama_sk_integers_new(flama_call *call, const flama_sk_estimator *self,
                               size_t rows, flama_sk_answer *out)
{
    return out->integers =
               answer_new(call, self, rows, FLAMA_SK_INTEGERS, sizeof(int64_t), out);
}

uint32_t *flama_sk_labels_new(flama_call *call, const flama_sk_estimator *self,
                              size_t rows, flama_sk_answer *out)
{
    return out->labels =
               answer_new(call, self, rows, FLAMA_SK_LABELS, sizeof(uint32_t), out);
}

size_t flama_sk_argmax(const double *numbers, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n && !isnan(numbers[best]); i++)
        if (numbers[i] > numbers[best] || isnan(numbers[i]))
            best = i;
    return best;
}

int flama_sk_predict_largest(const flama_sk_estimator *self, flama_call *call,
                             const flama_sk_matrix *scores, flama_sk_answer *out)
{
    uint32_t *labels = flama_sk_labels_new(call, self, scores->rows, out);
    if (labels == NULL)
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < scores->rows; i++)
        if (scores->flat)
            labels[i] = scores->data[i] > 0;
        else
            labels[i] = (uint32_t)flama_sk_argmax(scores->data + i * scores->cols,
                                                  scores->cols);
    return 0;
}
