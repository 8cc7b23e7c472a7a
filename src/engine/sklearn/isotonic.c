/* Isotonic regression: a line through some points that never falls (or never rises). */
#include <math.h>

#include "engine/sklearn/families.h"

typedef enum outside { NOT_A_NUMBER, CLIP, RAISE } outside;

typedef struct isotonic {
    size_t count;
    const double *x, *y; /* x rises */
    double low, high;    /* where the line begins and ends */
    outside outside;
    bool single; /* computed in floats */
} isotonic;

/* The piece that v is in begins at point `low`. In floats scipy interpolates, which
 * takes a point to end a piece; else numpy does, which takes it to begin one. */
static size_t piece_of(const isotonic *m, double v)
{
    size_t low = 0, high = m->count - 1;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (m->single ? m->x[middle] < v : m->x[middle] <= v)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static double between(const isotonic *m, double v)
{
    if (m->count == 1)
        return m->y[0];
    if (v < m->x[0] || v > m->x[m->count - 1])
        return NAN;
    size_t i = piece_of(m, v);
    if (m->single) {
        float x = (float)m->x[i], y = (float)m->y[i];
        float slope = ((float)m->y[i + 1] - y) / ((float)m->x[i + 1] - x);
        return slope * ((float)v - x) + y;
    }
    if (v == m->x[i + 1])
        return m->y[i + 1];
    double slope = (m->y[i + 1] - m->y[i]) / (m->x[i + 1] - m->x[i]);
    return slope * (v - m->x[i]) + m->y[i];
}

static int check_outside(const flama_sk_estimator *self, flama_call *call, double v)
{
    const isotonic *m = self->model;
    if (m->outside != RAISE || m->count == 1)
        return 0;
    if (v < m->x[0])
        return flama_fail(call, FLAMA_EINPUT,
                          "A value (%g) in x_new is below the interpolation range's "
                          "minimum value (%g).",
                          v, m->x[0]);
    if (v > m->x[m->count - 1])
        return flama_fail(call, FLAMA_EINPUT,
                          "A value (%g) in x_new is above the interpolation range's "
                          "maximum value (%g).",
                          v, m->x[m->count - 1]);
    return 0;
}

static int values(const flama_sk_estimator *self, flama_call *call,
                  const flama_sk_matrix *x, double *out)
{
    const isotonic *m = self->model;
    for (size_t i = 0; i < x->rows; i++) {
        double v = m->single ? (double)(float)x->data[i] : x->data[i];
        if (m->outside == CLIP)
            v = v < m->low ? m->low : v > m->high ? m->high : v;
        int code = check_outside(self, call, v);
        if (code)
            return code;
        out[i] = between(m, v);
    }
    return 0;
}

static int predict(const flama_sk_estimator *self, flama_call *call,
                   const flama_sk_matrix *x, flama_sk_answer *out)
{
    double *y = flama_sk_numbers_new(call, self, x->rows, out);
    return y ? values(self, call, x, y) : FLAMA_EMEMORY;
}

static int transform(const flama_sk_estimator *self, flama_call *call,
                     const flama_sk_matrix *x, flama_sk_matrix *out)
{
    double *y = flama_sk_matrix_new(call, x->rows, 1, out);
    out->flat = true;
    return y ? values(self, call, x, y) : FLAMA_EMEMORY;
}

static const flama_sk_methods methods = {.predict = predict, .transform = transform};

FLAMA_SK_LOAD(isotonic)
{
    static const char *const rules[] = {"nan", "clip", "raise", NULL};
    isotonic *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL)
        return in->failed;
    m->count = FLAMA_SK_ANY;
    m->x = flama_sk_vector(in, self, "X_thresholds_", &m->count);
    m->y = flama_sk_vector(in, self, "y_thresholds_", &m->count);
    m->low = flama_sk_number(in, self, "X_min_");
    m->high = flama_sk_number(in, self, "X_max_");
    m->outside = (outside)flama_sk_choice(in, self, "out_of_bounds", rules);
    m->single = flama_sk_is_single(in, self, "X_thresholds_");
    if (in->failed == 0 && m->count == 0)
        flama_sk_damaged(in, "X_thresholds_", "is empty");
    out->model = m;
    out->methods = &methods;
    out->accepts = FLAMA_SK_FLAT | (m->single ? FLAMA_SK_FLOAT32 : 0u);
    out->features = 1;
    out->gives = FLAMA_SK_NUMBERS;
    out->columns = 1;
    out->cost = 40;
    return in->failed;
}
