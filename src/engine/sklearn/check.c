#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "engine/sklearn/estimator.h"
#include "engine/sklearn/input.h"
#include "engine/sklearn/sparse.h"

/* The input's checks in the order of scikit-learn's check_array: kind of cells, a
 * feature at least, finite numbers, and then the number of features. */

int flama_sk_fail_cell(flama_call *call, const flama_sk_matrix *x, size_t cell,
                       const char *format, ...)
{
    char text[300], path[64] = "";
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (!x->is_input)
        return flama_fail(call, FLAMA_EINPUT, "%s.", text);
    flama_sk_place(x, cell, path, sizeof path);
    return flama_fail_at(call, FLAMA_EINPUT, path, "%s (%s).", text, path);
}

static int refuse_cell(const flama_sk_estimator *self, flama_call *call,
                       const flama_sk_matrix *x, size_t cell)
{
    if (isnan(x->data[cell]))
        return flama_sk_fail_cell(call, x, cell,
                                  "Input X contains NaN: %s takes no missing values",
                                  self->name);
    return flama_sk_fail_cell(
        call, x, cell, "Input X contains infinity or a value too large for dtype('%s')",
        self->accepts & FLAMA_SK_FLOAT32 ? "float32" : "float64");
}

/* Whether all are finite, told by a sum as numpy does it: it is not when one is not. */
static bool sum_is_finite(const double *data, size_t n)
{
    double sums[8] = {0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; k++)
            sums[k] += data[i + k];
    for (; i < n; i++)
        sums[0] += data[i];
    double sum = 0;
    for (size_t k = 0; k < 8; k++)
        sum += sums[k];
    return isfinite(sum);
}

/* Beyond it rounding to float gives infinity. */
static const double float_limit = 0x1.ffffffp+127;

static int check_finite(const flama_sk_estimator *self, flama_call *call,
                        const flama_sk_matrix *x, flama_sk_matrix *checked)
{
    size_t n = x->rows * x->cols;
    bool narrow = self->accepts & FLAMA_SK_FLOAT32;
    if (!narrow && (x->finite || sum_is_finite(x->data, n))) {
        checked->finite = true;
        return 0;
    }
    bool all = true;
    for (size_t i = 0; i < n; i++) {
        double v = x->data[i];
        bool large = isinf(v) || (narrow && fabs(v) >= float_limit);
        all = all && isfinite(v);
        if ((isnan(v) && !(self->accepts & FLAMA_SK_NAN)) ||
            (large && !(self->accepts & FLAMA_SK_INFINITE)))
            return refuse_cell(self, call, x, i);
    }
    checked->finite = all;
    return 0;
}

/* x, perhaps as numbers, and what is learnt of it on the way, to *checked. */
static int check_all(const flama_sk_estimator *self, flama_call *call,
                     const flama_sk_matrix *x, flama_sk_matrix *checked)
{
    *checked = *x;
    if (x->flat && !(self->accepts & FLAMA_SK_FLAT))
        return flama_fail_at(call, FLAMA_EINPUT, x->is_input ? "$.input" : "",
                             "Expected 2D array, got 1D array instead: $.input must be "
                             "a list of rows, each a list of values.");
    if (x->sparse && !(self->accepts & FLAMA_SK_SPARSE)) {
        int code = flama_sk_dense(call, self->name, x, checked);
        if (code)
            return code;
    }
    if (x->cells && !(self->accepts & FLAMA_SK_CELLS)) {
        int code = flama_sk_cells_to_numbers(call, self->name, x, checked);
        if (code)
            return code;
    }
    if (x->rows == 0)
        return flama_fail(call, FLAMA_EINPUT,
                          "Found array with 0 sample(s) (shape=(0, %zu)) while a "
                          "minimum of 1 is required by %s.",
                          x->cols, self->name);
    if (x->cols == 0 && self->features)
        return flama_fail(call, FLAMA_EINPUT,
                          "Found array with 0 feature(s) (shape=(%zu, 0)) while a "
                          "minimum of 1 is required by %s.",
                          x->rows, self->name);
    if (checked->data) {
        int code = check_finite(self, call, checked, checked);
        if (code)
            return code;
    }
    if (self->features && x->cols != self->features)
        return flama_fail(call, FLAMA_EINPUT,
                          "X has %zu features, but %s is expecting %zu features as "
                          "input.",
                          x->cols, self->name, self->features);
    return 0;
}

/* Makes *x what the method is given: the same, or `checked`. */
static int check(const flama_sk_estimator *self, flama_call *call,
                 const flama_sk_matrix **x, flama_sk_matrix *checked)
{
    if (flama_call_cancelled(call))
        return flama_call_stopped(call);
    if (self->accepts & FLAMA_SK_UNCHECKED)
        return 0;
    int code = check_all(self, call, *x, checked);
    *x = checked;
    return code;
}

static int no_method(const flama_sk_estimator *self, flama_call *call,
                     const char *method)
{
    return flama_fail(call, FLAMA_ENOT_FOUND, "%s has no method %s", self->name,
                      method);
}

int flama_sk_predict(const flama_sk_estimator *self, flama_call *call,
                     const flama_sk_matrix *x, flama_sk_answer *out)
{
    flama_sk_matrix checked;
    if (self->methods->predict == NULL)
        return no_method(self, call, "predict");
    int code = check(self, call, &x, &checked);
    return code ? code : self->methods->predict(self, call, x, out);
}

int flama_sk_predict_proba(const flama_sk_estimator *self, flama_call *call,
                           const flama_sk_matrix *x, flama_sk_matrix *out)
{
    flama_sk_matrix checked;
    if (self->methods->predict_proba == NULL)
        return no_method(self, call, "predict_proba");
    int code = check(self, call, &x, &checked);
    return code ? code : self->methods->predict_proba(self, call, x, out);
}

int flama_sk_decision_function(const flama_sk_estimator *self, flama_call *call,
                               const flama_sk_matrix *x, flama_sk_matrix *out)
{
    flama_sk_matrix checked;
    if (self->methods->decision_function == NULL)
        return no_method(self, call, "decision_function");
    int code = check(self, call, &x, &checked);
    return code ? code : self->methods->decision_function(self, call, x, out);
}

int flama_sk_transform(const flama_sk_estimator *self, flama_call *call,
                       const flama_sk_matrix *x, flama_sk_matrix *out)
{
    flama_sk_matrix checked;
    if (self->methods->transform == NULL)
        return no_method(self, call, "transform");
    int code = check(self, call, &x, &checked);
    return code ? code : self->methods->transform(self, call, x, out);
}

int flama_sk_inverse_transform(const flama_sk_estimator *self, flama_call *call,
                               const flama_sk_matrix *x, flama_sk_matrix *out)
{
    if (self->methods->inverse_transform == NULL)
        return no_method(self, call, "inverse_transform");
    return self->methods->inverse_transform(self, call, x, out);
}
