/* QuantileTransformer and PowerTransformer: columns towards a distribution. */
#include <float.h>
#include <math.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/normal.h"
#include "engine/sklearn/product.h"

/* Quantiles. */

typedef struct quantiles {
    size_t count;
    const double *references; /* count, ascending: shares of the training data */
    const double *values;     /* count for each feature, ascending */
    const double *negated;    /* the same backwards and negated, as are these: */
    const double *negated_references;
    bool normal;
} quantiles;

/* As numpy.interp: at equal xs the last one counts. */
static double interpolate(double x, const double *xs, const double *ys, size_t n)
{
    size_t from = 0, count = n;
    while (count > 0) {
        size_t half = count / 2;
        if (xs[from + half] <= x) {
            from += half + 1;
            count -= half + 1;
        } else
            count = half;
    }
    if (from == 0)
        return ys[0];
    size_t j = from - 1;
    if (j == n - 1 || xs[j] == x)
        return ys[j];
    double slope = (ys[j + 1] - ys[j]) / (xs[j + 1] - xs[j]);
    return slope * (x - xs[j]) + ys[j];
}

/* Numbers that are nearer to the ends count as the ends. */
static const double bounds_threshold = 1e-7;

static double transform_quantile(const quantiles *m, size_t feature, double x)
{
    const double *values = m->values + feature * m->count;
    double low = values[0], high = values[m->count - 1];
    double margin = m->normal ? bounds_threshold : 0;
    bool under = m->normal ? x - margin < low : x == low;
    bool over = m->normal ? x + margin > high : x == high;
    if (isnan(x))
        return x;
    /* The mean of both directions: between equal quantiles that is the middle. */
    double up = interpolate(x, values, m->references, m->count);
    double down = interpolate(-x, m->negated + feature * m->count,
                              m->negated_references, m->count);
    double y = under ? 0 : over ? 1 : 0.5 * (up - down);
    if (!m->normal)
        return y;
    double least = flama_sk_normal_quantile(bounds_threshold - DBL_EPSILON);
    double most = flama_sk_normal_quantile(1 - (bounds_threshold - DBL_EPSILON));
    y = flama_sk_normal_quantile(y);
    return y < least ? least : y > most ? most : y;
}

static int transform_quantiles(const flama_sk_estimator *self, flama_call *call,
                               const flama_sk_matrix *x, flama_sk_matrix *out)
{
    double *y = flama_sk_matrix_new(call, x->rows, x->cols, out);
    for (size_t i = 0; y && i < x->rows * x->cols; i++)
        y[i] = transform_quantile(self->model, i % x->cols, x->data[i]);
    return y ? 0 : FLAMA_EMEMORY;
}

static double invert_quantile(const quantiles *m, size_t feature, double x)
{
    const double *values = m->values + feature * m->count;
    double p = m->normal ? 0.5 * erfc(-x / M_SQRT2) : x;
    double margin = m->normal ? bounds_threshold : 0;
    if (isnan(p))
        return p;
    if (m->normal ? p - margin < 0 : p == 0)
        return values[0];
    if (m->normal ? p + margin > 1 : p == 1)
        return values[m->count - 1];
    return interpolate(p, m->references, values, m->count);
}

static int invert_quantiles(const flama_sk_estimator *self, flama_call *call,
                            const flama_sk_matrix *x, flama_sk_matrix *out)
{
    double *y = flama_sk_matrix_new(call, x->rows, x->cols, out);
    for (size_t i = 0; y && i < x->rows * x->cols; i++)
        y[i] = invert_quantile(self->model, i % x->cols, x->data[i]);
    return y ? 0 : FLAMA_EMEMORY;
}

static const flama_sk_methods quantile_methods = {
    .transform = transform_quantiles, .inverse_transform = invert_quantiles};

/* n ascending numbers, backwards and negated. */
static const double *negate(const double *numbers, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = -numbers[n - 1 - i];
    return out;
}

FLAMA_SK_LOAD(quantile_transformer)
{
    static const char *const outputs[] = {"uniform", "normal", NULL};
    quantiles *m = flama_sk_new(in, 1, sizeof *m);
    size_t count = FLAMA_SK_ANY,
           features = out->features ? out->features : FLAMA_SK_ANY;
    const double *references = flama_sk_vector(in, self, "references_", &count);
    const double *rows = flama_sk_matrix_get(in, self, "quantiles_", &count, &features);
    bool normal = flama_sk_choice(in, self, "output_distribution", outputs) == 1;
    if (in->failed)
        return in->failed;
    if (count == 0 || features == 0)
        return flama_sk_damaged(in, "quantiles_", "is empty");
    double *values = flama_sk_new(in, count * features, sizeof *values);
    double *negated = flama_sk_new(in, count * features, sizeof *negated);
    double *back = flama_sk_new(in, count, sizeof *back);
    if (in->failed)
        return in->failed;
    flama_sk_transpose(rows, count, features, values);
    for (size_t f = 0; f < features; f++)
        negate(values + f * count, count, negated + f * count);
    *m = (quantiles){
        count, references, values, negated, negate(references, count, back), normal};
    out->model = m;
    out->methods = &quantile_methods;
    out->accepts = FLAMA_SK_NAN;
    out->features = features;
    out->columns = features;
    out->cost = 20 + 60 * (double)features;
    return in->failed;
}

/* Powers. */

typedef struct powers {
    const double *lambdas; /* a feature each, as what follows */
    const double *means;   /* NULL: not standardized */
    const double *scales;
    bool box_cox;
} powers;

/* (x^lambda - 1) / lambda, log(x) at 0; the last form where x^lambda overflows. */
static double box_cox(double x, double lambda)
{
    double power = lambda * log(x);
    if (fabs(lambda) < 1e-19)
        return log(x);
    if (power < 709.78)
        return expm1(power) / lambda;
    return copysign(1, lambda) * exp(power - log(fabs(lambda))) - 1 / lambda;
}

/* I.-K. Yeo and R. Johnson, A new family of power transformations, 2000. */
static double yeo_johnson(double x, double lambda)
{
    if (x >= 0)
        return fabs(lambda) < DBL_EPSILON ? log1p(x)
                                          : expm1(lambda * log1p(x)) / lambda;
    double other = 2 - lambda;
    return fabs(other) > DBL_EPSILON ? -expm1(other * log1p(-x)) / other : -log1p(-x);
}

static int transform_powers(const flama_sk_estimator *self, flama_call *call,
                            const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const powers *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, x->cols, out);
    if (y == NULL)
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < x->rows * x->cols; i++) {
        size_t f = i % x->cols;
        double v = x->data[i], lambda = m->lambdas[f];
        if (m->box_cox && v <= 0)
            return flama_sk_fail_cell(call, x, i,
                                      "The Box-Cox transformation can only be applied "
                                      "to strictly positive data");
        v = isnan(v) ? v : m->box_cox ? box_cox(v, lambda) : yeo_johnson(v, lambda);
        y[i] = m->means ? (v - m->means[f]) / m->scales[f] : v;
    }
    return 0;
}

static double invert_box_cox(double y, double lambda)
{
    return lambda == 0 ? exp(y) : exp(log1p(lambda * y) / lambda);
}

static double invert_yeo_johnson(double y, double lambda)
{
    double other = 2 - lambda;
    if (y >= 0)
        return fabs(lambda) < DBL_EPSILON ? exp(y) - 1
                                          : pow(y * lambda + 1, 1 / lambda) - 1;
    return fabs(other) > DBL_EPSILON ? 1 - pow(1 - other * y, 1 / other) : 1 - exp(-y);
}

static int invert_powers(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const powers *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, x->cols, out);
    if (y == NULL)
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < x->rows * x->cols; i++) {
        size_t f = i % x->cols;
        double v = m->means ? x->data[i] * m->scales[f] + m->means[f] : x->data[i];
        y[i] = m->box_cox ? invert_box_cox(v, m->lambdas[f])
                          : invert_yeo_johnson(v, m->lambdas[f]);
    }
    return 0;
}

static const flama_sk_methods power_methods = {.transform = transform_powers,
                                               .inverse_transform = invert_powers};

FLAMA_SK_LOAD(power_transformer)
{
    static const char *const names[] = {"yeo-johnson", "box-cox", NULL};
    powers *m = flama_sk_new(in, 1, sizeof *m);
    size_t features = out->features ? out->features : FLAMA_SK_ANY;
    if (m == NULL)
        return in->failed;
    m->box_cox = flama_sk_choice(in, self, "method", names) == 1;
    m->lambdas = flama_sk_vector(in, self, "lambdas_", &features);
    if (flama_sk_flag(in, self, "standardize")) {
        const flama_pickle *scaler = flama_sk_get(in, self, "_scaler");
        m->means = scaler ? flama_sk_vector(in, scaler, "mean_", &features) : NULL;
        m->scales = scaler ? flama_sk_vector(in, scaler, "scale_", &features) : NULL;
    }
    if (in->failed == 0 && features == 0)
        flama_sk_damaged(in, "lambdas_", "is empty");
    out->model = m;
    out->methods = &power_methods;
    out->accepts = FLAMA_SK_NAN;
    out->features = features;
    out->columns = features;
    out->cost = 20 + 40 * (double)features;
    return in->failed;
}
