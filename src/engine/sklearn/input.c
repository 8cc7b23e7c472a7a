#include "engine/sklearn/input.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/sklearn/sparse.h"

static int not_rows(flama_call *call, unsigned dimensions)
{
    return flama_fail_at(
        call, FLAMA_EINPUT, "$.input",
        "Found array with dim %u: $.input must be a list of rows, each "
        "a list of values.",
        dimensions);
}

/* The i-th element of a tensor of numbers. */
static double tensor_number(const flama_tensor *tensor, size_t i)
{
    switch (tensor->dtype) {
    case FLAMA_DTYPE_BOOL:
        return ((const uint8_t *)tensor->data)[i];
    case FLAMA_DTYPE_INT64:
        return (double)((const int64_t *)tensor->data)[i];
    case FLAMA_DTYPE_FLOAT32:
        return ((const float *)tensor->data)[i];
    default:
        return ((const double *)tensor->data)[i];
    }
}

static void tensor_numbers(const flama_tensor *tensor, double *out)
{
    for (size_t i = 0; i < tensor->count; i++)
        out[i] = tensor_number(tensor, i);
}

static int read_tensor(flama_call *call, const flama_tensor *tensor,
                       flama_sk_matrix *out)
{
    if (tensor->rank != 1 && tensor->rank != 2)
        return not_rows(call, tensor->rank);
    if (tensor->dtype == FLAMA_DTYPE_STRING)
        return flama_fail_at(call, FLAMA_EINPUT, "$.input",
                             "tensors of strings are "
                             "not taken as rows.");
    *out = (flama_sk_matrix){.rows = tensor->shape[0],
                             .cols = tensor->rank == 2 ? tensor->shape[1] : 1,
                             .data = tensor->data,
                             .flat = tensor->rank == 1,
                             .is_input = true};
    if (tensor->dtype == FLAMA_DTYPE_FLOAT64)
        return 0;
    double *data = flama_sk_alloc(call, tensor->count, sizeof *data);
    if (data == NULL)
        return FLAMA_EMEMORY;
    tensor_numbers(tensor, data);
    out->data = data;
    out->finite = tensor->dtype != FLAMA_DTYPE_FLOAT32;
    return 0;
}

size_t flama_sk_row_length(const flama_value *row)
{
    if (row->kind == FLAMA_KIND_ARRAY)
        return row->array.count;
    if (row->kind == FLAMA_KIND_TENSOR && row->tensor->rank >= 1)
        return row->tensor->shape[0];
    return SIZE_MAX;
}

static int check_row(flama_call *call, const flama_value *rows, size_t i)
{
    const flama_value *row = &rows->array.items[i];
    char path[64];
    size_t length = flama_sk_row_length(row),
           first = flama_sk_row_length(&rows->array.items[0]);
    snprintf(path, sizeof path, "$.input[%zu]", i);
    if (length == SIZE_MAX)
        return flama_fail_at(call, FLAMA_EINPUT, path,
                             "%s is no list: $.input must be a list of rows, each a "
                             "list of values.",
                             path);
    if (row->kind == FLAMA_KIND_TENSOR && row->tensor->rank > 1)
        return not_rows(call, row->tensor->rank + 1);
    if (length != first)
        return flama_fail_at(call, FLAMA_EINPUT, path,
                             "%s has %zu values where $.input[0] has %zu: every row "
                             "needs as many.",
                             path, length, first);
    return 0;
}

flama_value flama_sk_row_cell(const flama_value *row, size_t i)
{
    if (row->kind == FLAMA_KIND_ARRAY)
        return row->array.items[i];
    const flama_tensor *t = row->tensor;
    double number = t->dtype == FLAMA_DTYPE_STRING ? 0 : tensor_number(t, i);
    switch (t->dtype) {
    case FLAMA_DTYPE_STRING:
        return flama_value_string(((const flama_string *)t->data)[i]);
    case FLAMA_DTYPE_BOOL:
        return flama_value_bool(number != 0);
    case FLAMA_DTYPE_INT64:
        return flama_value_integer(((const int64_t *)t->data)[i]);
    default:
        /* JSON has no NaN: it stands for null. */
        return isnan(number) ? flama_value_null() : flama_value_number(number);
    }
}

/* A cell as a number; false for a string. null is a missing number. */
static bool cell_number(const flama_value *cell, double *out)
{
    switch (cell->kind) {
    case FLAMA_KIND_NULL:
        *out = NAN;
        return true;
    case FLAMA_KIND_BOOL:
        *out = cell->boolean;
        return true;
    case FLAMA_KIND_INTEGER:
        *out = (double)cell->integer;
        return true;
    case FLAMA_KIND_NUMBER:
        *out = cell->number;
        return true;
    default:
        *out = 0;
        return false;
    }
}

static int not_a_cell(flama_call *call, const flama_sk_matrix *x, size_t i)
{
    char path[64];
    flama_sk_place(x, i, path, sizeof path);
    return flama_fail_at(call, FLAMA_EINPUT, path,
                         "%s is an %s: a row's values must be numbers, strings, "
                         "booleans or null.",
                         path, flama_kind_name(x->cells[i].kind));
}

/* Copies the cells of rows, or of a list that is itself one column; *numbers says
 * whether all of them are. */
static int collect(flama_call *call, const flama_value *rows, const flama_sk_matrix *x,
                   flama_value *cells, bool *numbers)
{
    double unused;
    *numbers = true;
    for (size_t i = 0; i < x->rows * x->cols; i++) {
        const flama_value *row = &rows->array.items[i / x->cols];
        cells[i] = x->flat ? *row : flama_sk_row_cell(row, i % x->cols);
        if (cells[i].kind >= FLAMA_KIND_ARRAY)
            return not_a_cell(call, x, i);
        *numbers = cell_number(&cells[i], &unused) && *numbers;
    }
    return 0;
}

static int read_array(flama_call *call, const flama_value *rows, flama_sk_matrix *out)
{
    size_t count = rows->array.count, cells;
    bool numbers;
    *out = (flama_sk_matrix){.rows = count, .cols = 1, .flat = true, .is_input = true};
    if (count == 0) { /* no rows, or no numbers */
        out->data = flama_sk_alloc(call, 1, sizeof *out->data);
        return out->data ? 0 : FLAMA_EMEMORY;
    }
    if (flama_sk_row_length(&rows->array.items[0]) != SIZE_MAX) {
        for (size_t i = 0; i < count; i++) {
            int code = check_row(call, rows, i);
            if (code)
                return code;
        }
        out->flat = false;
        out->cols = flama_sk_row_length(&rows->array.items[0]);
    }
    if (__builtin_mul_overflow(count, out->cols, &cells))
        return flama_fail(call, FLAMA_ELIMIT, "$.input is too large");
    flama_value *all = flama_sk_alloc(call, cells, sizeof *all);
    if (all == NULL)
        return FLAMA_EMEMORY;
    out->cells = all;
    int code = collect(call, rows, out, all, &numbers);
    if (code || !numbers)
        return code;
    flama_sk_matrix cells_only = *out;
    return flama_sk_cells_to_numbers(call, "", &cells_only, out);
}

static int not_a_list(flama_call *call, const char *wanted)
{
    return flama_fail_at(call, FLAMA_EINPUT, "$.input",
                         "$.input is no list: a list of %s is expected.", wanted);
}

int flama_sk_matrix_read(flama_call *call, const flama_value *rows,
                         flama_sk_matrix *out)
{
    if (rows->kind == FLAMA_KIND_TENSOR)
        return read_tensor(call, rows->tensor, out);
    if (rows->kind == FLAMA_KIND_ARRAY)
        return read_array(call, rows, out);
    return not_a_list(call, "rows");
}

/* A tensor's rows, each a tensor of its own. */
static const flama_value *tensor_rows(flama_call *call, const flama_tensor *all)
{
    size_t count = all->shape[0], step = count ? all->count / count : 0;
    flama_value *rows = flama_sk_alloc(call, count, sizeof *rows);
    flama_tensor *tensors = flama_sk_alloc(call, count, sizeof *tensors);
    if (rows == NULL || tensors == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        tensors[i] = (flama_tensor){.dtype = all->dtype,
                                    .rank = all->rank - 1,
                                    .count = step,
                                    .data = (const char *)all->data +
                                            i * step * flama_dtype_size(all->dtype)};
        memcpy(tensors[i].shape, all->shape + 1,
               tensors[i].rank * sizeof *tensors[i].shape);
        rows[i] = flama_value_tensor(&tensors[i]);
    }
    return rows;
}

int flama_sk_items_read(flama_call *call, const flama_value *items,
                        flama_sk_matrix *out)
{
    *out = (flama_sk_matrix){.cols = 1, .flat = true, .is_input = true};
    if (items->kind == FLAMA_KIND_ARRAY) {
        out->rows = items->array.count;
        out->cells = items->array.items;
        return 0;
    }
    if (items->kind != FLAMA_KIND_TENSOR || items->tensor->rank == 0)
        return not_a_list(call, "items");
    if (items->tensor->rank == 1)
        return read_tensor(call, items->tensor, out);
    out->rows = items->tensor->shape[0];
    out->cells = tensor_rows(call, items->tensor);
    return out->cells ? 0 : FLAMA_EMEMORY;
}

int flama_sk_cells_to_numbers(flama_call *call, const char *name,
                              const flama_sk_matrix *x, flama_sk_matrix *out)
{
    size_t n = x->rows * x->cols;
    double *data = flama_sk_alloc(call, n, sizeof *data);
    if (data == NULL)
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < n; i++)
        if (!cell_number(&x->cells[i], &data[i])) {
            char path[64];
            flama_sk_place(x, i, path, sizeof path);
            return flama_fail_at(call, FLAMA_EINPUT, path,
                                 "%s is a string, and %s takes numbers.",
                                 x->is_input ? path : "A cell", name);
        }
    *out = *x;
    out->cells = NULL;
    out->data = data;
    return 0;
}

int flama_sk_numbers_to_cells(flama_call *call, const flama_sk_matrix *x,
                              flama_sk_matrix *out)
{
    flama_value *cells = flama_sk_cells_new(call, x->rows, x->cols, out);
    if (cells == NULL)
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < x->rows * x->cols; i++)
        cells[i] =
            isnan(x->data[i]) ? flama_value_null() : flama_value_number(x->data[i]);
    out->flat = x->flat;
    out->is_input = x->is_input;
    return 0;
}

/* Answers. */

/* A tensor of data that stays where it is. */
static int tensor_value(flama_call *call, flama_dtype dtype, bool flat, size_t rows,
                        size_t cols, const void *data, flama_value *out)
{
    flama_tensor *tensor = flama_sk_alloc(call, 1, sizeof *tensor);
    if (tensor == NULL)
        return FLAMA_EMEMORY;
    /* Not as a whole: the many sizes that it could have are slow to set to 0. */
    tensor->dtype = dtype;
    tensor->rank = flat ? 1 : 2;
    tensor->shape[0] = rows;
    tensor->shape[1] = cols;
    tensor->count = rows * cols;
    tensor->data = data;
    tensor->text = (flama_string){0};
    tensor->nulls = tensor->first_null = 0;
    *out = (flama_value){.kind = FLAMA_KIND_TENSOR, .tensor = tensor};
    return 0;
}

/* Column c of the labels, into a tensor of the classes' dtype. Strings are copied: the
 * answer may outlive the model. */
static int fill_column(flama_call *call, const flama_sk_answer *answer, size_t c,
                       void *data)
{
    const flama_tensor *classes = answer->classes[c];
    for (size_t r = 0; r < answer->rows; r++) {
        size_t i = r * answer->cols + c, label = answer->labels[i];
        if (classes->dtype == FLAMA_DTYPE_STRING) {
            flama_string s = ((const flama_string *)classes->data)[label];
            s.data = flama_arena_copy(flama_call_arena(call), s.data, s.size);
            if (s.data == NULL)
                return flama_fail(call, FLAMA_EMEMORY, "%s",
                                  flama_error_text(FLAMA_EMEMORY));
            ((flama_string *)data)[i] = s;
        } else if (classes->dtype == FLAMA_DTYPE_BOOL)
            ((uint8_t *)data)[i] = ((const uint8_t *)classes->data)[label];
        else if (classes->dtype == FLAMA_DTYPE_INT64)
            ((int64_t *)data)[i] = ((const int64_t *)classes->data)[label];
        else
            ((double *)data)[i] = ((const double *)classes->data)[label];
    }
    return 0;
}

static int labels_value(flama_call *call, const flama_sk_answer *answer,
                        flama_value *out)
{
    flama_dtype dtype = answer->classes[0]->dtype;
    size_t rows = answer->rows, cols = answer->cols;
    void *data = flama_sk_alloc(call, rows * cols, flama_dtype_size(dtype));
    int code = data ? 0 : FLAMA_EMEMORY;
    for (size_t c = 0; code == 0 && c < cols; c++)
        code = fill_column(call, answer, c, data);
    return code ? code : tensor_value(call, dtype, answer->flat, rows, cols, data, out);
}

int flama_sk_answer_value(flama_call *call, const flama_sk_answer *answer,
                          flama_value *out)
{
    size_t rows = answer->rows, cols = answer->cols;
    switch (answer->kind) {
    case FLAMA_SK_LABELS:
        return labels_value(call, answer, out);
    case FLAMA_SK_INTEGERS:
        return tensor_value(call, FLAMA_DTYPE_INT64, answer->flat, rows, cols,
                            answer->integers, out);
    default:
        return tensor_value(call, FLAMA_DTYPE_FLOAT64, answer->flat, rows, cols,
                            answer->numbers, out);
    }
}

/* Cells as lists of lists. */
static int cells_value(flama_call *call, const flama_sk_matrix *m, flama_value *out)
{
    flama_value *rows = flama_sk_alloc(call, m->rows, sizeof *rows);
    if (rows == NULL)
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < m->rows; i++) {
        rows[i] = (flama_value){.kind = FLAMA_KIND_ARRAY};
        rows[i].array.items = m->cells + i * m->cols;
        rows[i].array.count = m->cols;
    }
    *out = (flama_value){.kind = FLAMA_KIND_ARRAY};
    out->array.items = rows;
    out->array.count = m->rows;
    return 0;
}

int flama_sk_matrix_value(flama_call *call, const flama_sk_matrix *matrix,
                          flama_value *out)
{
    flama_sk_matrix dense;
    if (matrix->cells)
        return cells_value(call, matrix, out);
    if (matrix->sparse) {
        int code = flama_sk_dense(call, "An answer", matrix, &dense);
        if (code)
            return code;
        matrix = &dense;
    }
    return tensor_value(call, FLAMA_DTYPE_FLOAT64, matrix->flat, matrix->rows,
                        matrix->cols, matrix->data, out);
}
