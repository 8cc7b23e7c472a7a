#include "engine/sklearn/sparse.h"

#include <string.h>

#include "engine/sklearn/product.h"

/* Numbers that a sparse matrix may become: 256 MiB of them. */
enum { MAX_DENSE = 1 << 25 };

int flama_sk_sparse_set(flama_call *call, size_t rows, size_t cols,
                        const flama_sk_sparse *parts, flama_sk_matrix *out)
{
    flama_sk_sparse *kept = flama_sk_alloc(call, 1, sizeof *kept);
    if (kept == NULL)
        return FLAMA_EMEMORY;
    *kept = *parts;
    *out = (flama_sk_matrix){.rows = rows, .cols = cols, .sparse = kept};
    return 0;
}

int flama_sk_sparse_values(flama_call *call, const flama_sk_matrix *x,
                           const double *values, flama_sk_matrix *out)
{
    flama_sk_sparse parts = {x->sparse->starts, x->sparse->columns, values};
    return flama_sk_sparse_set(call, x->rows, x->cols, &parts, out);
}

size_t flama_sk_sparse_count(const flama_sk_matrix *x)
{
    return x->sparse->starts[x->rows];
}

int flama_sk_dense(flama_call *call, const char *name, const flama_sk_matrix *x,
                   flama_sk_matrix *out)
{
    size_t cells;
    if (__builtin_mul_overflow(x->rows, x->cols, &cells) || cells > MAX_DENSE)
        return flama_fail(call, FLAMA_ELIMIT,
                          "%s takes no sparse rows, and %zu rows of %zu columns are "
                          "over the limit of %d numbers: send fewer rows at a time.",
                          name, x->rows, x->cols, MAX_DENSE);
    double *y = flama_sk_matrix_new(call, x->rows, x->cols, out);
    if (y == NULL)
        return FLAMA_EMEMORY;
    memset(y, 0, cells * sizeof *y);
    for (size_t r = 0; r < x->rows; r++)
        for (size_t i = x->sparse->starts[r]; i < x->sparse->starts[r + 1]; i++)
            y[r * x->cols + x->sparse->columns[i]] = x->sparse->values[i];
    return 0;
}

void flama_sk_sparse_product(const flama_sk_matrix *x, const double *weights,
                             size_t outputs, const double *bias, double *out)
{
    if (x->sparse == NULL) {
        flama_sk_product(x->data, x->rows, x->cols, weights, outputs, bias, out);
        return;
    }
    const flama_sk_sparse *s = x->sparse;
    for (size_t r = 0; r < x->rows; r++, out += outputs) {
        memset(out, 0, outputs * sizeof *out);
        for (size_t i = s->starts[r]; i < s->starts[r + 1]; i++) {
            const double *w = weights + s->columns[i] * outputs;
            for (size_t j = 0; j < outputs; j++)
                out[j] += s->values[i] * w[j];
        }
        for (size_t j = 0; bias && j < outputs; j++)
            out[j] += bias[j];
    }
}

/* Appends a row of a part to columns and values, from column `at` on. */
static size_t append(const flama_sk_matrix *part, size_t row, size_t at, size_t n,
                     uint32_t *columns, double *values)
{
    const flama_sk_sparse *s = part->sparse;
    for (size_t i = s ? s->starts[row] : 0; s && i < s->starts[row + 1]; i++) {
        columns[n] = (uint32_t)(at + s->columns[i]);
        values[n++] = s->values[i];
    }
    for (size_t c = 0; s == NULL && c < part->cols; c++) {
        columns[n] = (uint32_t)(at + c);
        values[n++] = part->data[row * part->cols + c];
    }
    return n;
}

int flama_sk_sparse_side_by_side(flama_call *call, const flama_sk_matrix *parts,
                                 size_t count, size_t rows, flama_sk_matrix *out)
{
    size_t cols = 0, total = 0;
    for (size_t i = 0; i < count; i++) {
        cols += parts[i].cols;
        total +=
            parts[i].sparse ? flama_sk_sparse_count(&parts[i]) : rows * parts[i].cols;
    }
    size_t *starts = flama_sk_alloc(call, rows + 1, sizeof *starts), n = 0;
    uint32_t *columns = flama_sk_alloc(call, total, sizeof *columns);
    double *values = flama_sk_alloc(call, total, sizeof *values);
    if (starts == NULL || columns == NULL || values == NULL)
        return FLAMA_EMEMORY;
    for (size_t r = 0; r < rows; r++) {
        starts[r] = n;
        for (size_t i = 0, at = 0; i < count; at += parts[i++].cols)
            n = append(&parts[i], r, at, n, columns, values);
    }
    starts[rows] = n;
    flama_sk_sparse whole = {starts, columns, values};
    return flama_sk_sparse_set(call, rows, cols, &whole, out);
}
