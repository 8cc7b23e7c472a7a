/* Scalers: each column by itself, or each row by its norm. */
#include <math.h>

#include "engine/sklearn/families.h"

/* x -> (x - shift) / divide * multiply + add, a column each; then into [low, high] when
 * clip is set. A step that a scaler does not have changes nothing. */
typedef struct scaler {
    const double *shift, *divide, *multiply, *add;
    bool clip;
    double low, high;
} scaler;

static int scale(const flama_sk_estimator *self, flama_call *call,
                 const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const scaler *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, x->cols, out);
    if (y == NULL)
        return FLAMA_EMEMORY;
    for (size_t r = 0; r < x->rows; r++) {
        const double *from = x->data + r * x->cols;
        double *to = y + r * x->cols;
        for (size_t c = 0; c < x->cols; c++)
            to[c] = (from[c] - m->shift[c]) / m->divide[c] * m->multiply[c] + m->add[c];
    }
    for (size_t i = 0; m->clip && i < x->rows * x->cols; i++)
        y[i] = y[i] < m->low ? m->low : y[i] > m->high ? m->high : y[i];
    return 0;
}

static int scale_back(const flama_sk_estimator *self, flama_call *call,
                      const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const scaler *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, x->cols, out);
    for (size_t i = 0; y && i < x->rows * x->cols; i++) {
        size_t c = i % x->cols;
        y[i] = (x->data[i] - m->add[c]) / m->multiply[c] * m->divide[c] + m->shift[c];
    }
    return y ? 0 : FLAMA_EMEMORY;
}

static const flama_sk_methods scaling = {.transform = scale,
                                         .inverse_transform = scale_back};

static scaler *new_scaler(flama_sk_loader *in, flama_sk_estimator *out)
{
    scaler *m = flama_sk_new(in, 1, sizeof *m);
    double *zeros = flama_sk_new(in, out->features, sizeof *zeros);
    double *ones = flama_sk_new(in, out->features, sizeof *ones);
    out->model = m;
    out->methods = &scaling;
    out->accepts = FLAMA_SK_NAN;
    out->columns = out->features;
    out->cost = 20 + 5 * (double)out->features;
    if (out->features == 0)
        flama_sk_damaged(in, "n_features_in_", "is missing");
    if (in->failed)
        return NULL;
    for (size_t i = 0; i < out->features; i++)
        ones[i] = 1;
    *m = (scaler){.shift = zeros, .divide = ones, .multiply = ones, .add = zeros};
    return m;
}

FLAMA_SK_LOAD(standard_scaler)
{
    scaler *m = new_scaler(in, out);
    if (m && flama_sk_flag(in, self, "with_mean"))
        m->shift = flama_sk_vector(in, self, "mean_", &out->features);
    if (m && flama_sk_flag(in, self, "with_std"))
        m->divide = flama_sk_vector(in, self, "scale_", &out->features);
    return in->failed;
}

FLAMA_SK_LOAD(robust_scaler)
{
    scaler *m = new_scaler(in, out);
    if (m && flama_sk_flag(in, self, "with_centering"))
        m->shift = flama_sk_vector(in, self, "center_", &out->features);
    if (m && flama_sk_flag(in, self, "with_scaling"))
        m->divide = flama_sk_vector(in, self, "scale_", &out->features);
    return in->failed;
}

FLAMA_SK_LOAD(min_max_scaler)
{
    scaler *m = new_scaler(in, out);
    size_t two = 2;
    if (m == NULL)
        return in->failed;
    m->multiply = flama_sk_vector(in, self, "scale_", &out->features);
    m->add = flama_sk_vector(in, self, "min_", &out->features);
    m->clip = flama_sk_flag_or(in, self, "clip", false);
    const double *range = flama_sk_vector(in, self, "feature_range", &two);
    m->low = range ? range[0] : 0;
    m->high = range ? range[1] : 1;
    return in->failed;
}

FLAMA_SK_LOAD(max_abs_scaler)
{
    scaler *m = new_scaler(in, out);
    if (m == NULL)
        return in->failed;
    m->divide = flama_sk_vector(in, self, "scale_", &out->features);
    m->clip = flama_sk_flag_or(in, self, "clip", false);
    m->low = -1;
    m->high = 1;
    return in->failed;
}

/* Rows by their norm. */

typedef enum norm { L1, L2, MAX } norm;

static double norm_of(norm kind, const double *row, size_t n)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++) {
        double v = fabs(row[j]);
        if (kind == MAX)
            sum = v > sum ? v : sum;
        else
            sum += kind == L1 ? v : v * v;
    }
    return kind == L2 ? sqrt(sum) : sum;
}

static int normalize(const flama_sk_estimator *self, flama_call *call,
                     const flama_sk_matrix *x, flama_sk_matrix *out)
{
    norm kind = *(const norm *)self->model;
    double *y = flama_sk_matrix_new(call, x->rows, x->cols, out);
    if (y == NULL)
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < x->rows; i++) {
        const double *row = x->data + i * x->cols;
        double n = norm_of(kind, row, x->cols);
        for (size_t j = 0; j < x->cols; j++)
            y[i * x->cols + j] = n == 0 ? row[j] : row[j] / n;
    }
    return 0;
}

static const flama_sk_methods normalizing = {.transform = normalize};

FLAMA_SK_LOAD(normalizer)
{
    static const char *const norms[] = {"l1", "l2", "max", NULL};
    norm *kind = flama_sk_new(in, 1, sizeof *kind);
    if (kind)
        *kind = (norm)flama_sk_choice(in, self, "norm", norms);
    out->model = kind;
    out->methods = &normalizing;
    out->columns = out->features;
    return in->failed;
}

/* 0 or 1. */

static int binarize(const flama_sk_estimator *self, flama_call *call,
                    const flama_sk_matrix *x, flama_sk_matrix *out)
{
    double threshold = *(const double *)self->model;
    double *y = flama_sk_matrix_new(call, x->rows, x->cols, out);
    for (size_t i = 0; y && i < x->rows * x->cols; i++)
        y[i] = x->data[i] > threshold;
    return y ? 0 : FLAMA_EMEMORY;
}

static const flama_sk_methods binarizing = {.transform = binarize};

FLAMA_SK_LOAD(binarizer)
{
    double *threshold = flama_sk_new(in, 1, sizeof *threshold);
    if (threshold)
        *threshold = flama_sk_number(in, self, "threshold");
    out->model = threshold;
    out->methods = &binarizing;
    out->columns = out->features;
    return in->failed;
}
