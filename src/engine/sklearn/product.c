#include "engine/sklearn/product.h"

#include <math.h>
#include <string.h>

#include "engine/kernels/gemm.h"
#include "engine/kernels/kernels.h"

double flama_sk_dot(const double *a, const double *b, size_t n)
{
    if (n >= 64)
        return flama_dot_f64(a, b, n);
    double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        s0 += a[i] * b[i];
        s1 += a[i + 1] * b[i + 1];
        s2 += a[i + 2] * b[i + 2];
        s3 += a[i + 3] * b[i + 3];
    }
    for (; i < n; i++)
        s0 += a[i] * b[i];
    return (s0 + s2) + (s1 + s3);
}

void flama_sk_product(const double *x, size_t rows, size_t inputs,
                      const double *weights, size_t outputs, const double *bias,
                      double *out)
{
    for (size_t r = 0; r < rows; r++) {
        const double *row = x + r * inputs;
        double *sums = out + r * outputs;
        if (outputs == 1)
            sums[0] = flama_sk_dot(row, weights, inputs);
        else {
            memset(sums, 0, outputs * sizeof *sums);
            flama_kernels_get()->combine_f64(row, weights, inputs, outputs, outputs,
                                             sums);
        }
        for (size_t j = 0; bias && j < outputs; j++)
            sums[j] += bias[j];
    }
}

/* What is smaller is done before a block is packed. */
enum { BLOCK_ROWS = 8, BLOCK_COLUMNS = 4, BLOCK_WORK = 4096 };

static bool is_large(size_t rows, size_t inputs, size_t outputs)
{
    return rows >= BLOCK_ROWS && outputs >= BLOCK_COLUMNS &&
           (double)rows * (double)inputs * (double)outputs >= BLOCK_WORK;
}

static flama_gemm_f64 as_gemm(const double *x, size_t rows, size_t inputs,
                              const double *weights, size_t outputs, double *out)
{
    return (flama_gemm_f64){.m = rows,
                            .n = outputs,
                            .k = inputs,
                            .a = {.data = x, .row = inputs, .column = 1},
                            .b = {.data = weights, .row = outputs, .column = 1},
                            .c = out,
                            .stride = outputs};
}

static size_t block_room(size_t rows, size_t inputs, size_t outputs)
{
    if (!is_large(rows, inputs, outputs))
        return 0;
    flama_gemm_f64 product = as_gemm(NULL, rows, inputs, NULL, outputs, NULL);
    return flama_gemm_scratch_f64(&product);
}

size_t flama_sk_product_room(size_t rows, size_t block, size_t inputs, size_t outputs)
{
    size_t whole = block_room(rows < block ? rows : block, inputs, outputs);
    size_t rest = block_room(rows % block, inputs, outputs);
    return whole > rest ? whole : rest;
}

void flama_sk_product_within(void *room, const double *x, size_t rows, size_t inputs,
                             const double *weights, size_t outputs, const double *bias,
                             double *out)
{
    if (!is_large(rows, inputs, outputs)) {
        flama_sk_product(x, rows, inputs, weights, outputs, bias, out);
        return;
    }
    flama_gemm_f64 product = as_gemm(x, rows, inputs, weights, outputs, out);
    product.column_bias = bias;
    flama_gemm_f64_run(&product, room);
}

int flama_sk_product_many(flama_call *call, const double *x, size_t rows, size_t inputs,
                          const double *weights, size_t outputs, const double *bias,
                          double *out)
{
    size_t size = block_room(rows, inputs, outputs);
    void *room = size ? flama_sk_alloc(call, size, 1) : NULL;
    if (size && room == NULL)
        return FLAMA_EMEMORY;
    flama_sk_product_within(room, x, rows, inputs, weights, outputs, bias, out);
    return 0;
}

void flama_sk_transpose(const double *weights, size_t outputs, size_t inputs,
                        double *out)
{
    for (size_t i = 0; i < outputs; i++)
        for (size_t k = 0; k < inputs; k++)
            out[k * outputs + i] = weights[i * inputs + k];
}

void flama_sk_softmax(double *data, size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++) {
        double *row = data + r * cols, max = row[0];
        for (size_t j = 1; j < cols; j++)
            max = row[j] > max ? row[j] : max;
        for (size_t j = 0; j < cols; j++)
            row[j] -= max;
    }
    flama_kernels_get()->exp_f64(data, rows * cols);
    for (size_t r = 0; r < rows; r++) {
        double *row = data + r * cols, sum = 0;
        for (size_t j = 0; j < cols; j++)
            sum += row[j];
        for (size_t j = 0; j < cols; j++)
            row[j] /= sum;
    }
}

int flama_sk_score_difference(flama_call *call, flama_sk_matrix *scores)
{
    if (scores->cols != 2)
        return 0;
    const double *both = scores->data;
    double *y = flama_sk_matrix_new(call, scores->rows, 1, scores);
    for (size_t i = 0; y && i < scores->rows; i++)
        y[i] = both[2 * i + 1] - both[2 * i];
    scores->flat = true;
    return y ? 0 : FLAMA_EMEMORY;
}

double flama_sk_expit(double v)
{
    return 1 / (1 + exp(-v));
}

int flama_sk_score_probabilities(flama_call *call, const flama_sk_matrix *scores,
                                 flama_sk_matrix *out)
{
    double *p =
        flama_sk_matrix_new(call, scores->rows, scores->flat ? 2 : scores->cols, out);
    if (p == NULL)
        return FLAMA_EMEMORY;
    if (!scores->flat) {
        memcpy(p, scores->data, out->rows * out->cols * sizeof *p);
        flama_sk_softmax(p, out->rows, out->cols);
        return 0;
    }
    for (size_t r = 0; r < out->rows; r++) {
        p[2 * r + 1] = flama_sk_expit(scores->data[r]);
        p[2 * r] = 1 - p[2 * r + 1];
    }
    return 0;
}
