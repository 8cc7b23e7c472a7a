/* Maps whose products are about a kernel: RBFSampler, SkewedChi2Sampler,
 * AdditiveChi2Sampler, PolynomialCountSketch. */
#include <math.h>
#include <string.h>

#include "engine/kernels/kernels.h"
#include "engine/sklearn/families.h"
#include "engine/sklearn/product.h"

/* Cosines of random projections. */
typedef struct cosines {
    const double *weights; /* features x columns */
    const double *offsets;
    double scale;
    bool skewed; /* of the logarithm of x + skewedness */
    double skewedness;
} cosines;

/* The logarithms; NULL when the call has failed. */
static const double *take_logarithms(const cosines *m, flama_call *call,
                                     const flama_sk_matrix *x)
{
    double *y = flama_sk_alloc(call, x->rows * x->cols, sizeof *y);
    for (size_t i = 0; y && i < x->rows * x->cols; i++) {
        if (x->data[i] <= -m->skewedness) {
            flama_sk_fail_cell(call, x, i,
                               "X may not contain entries smaller than -skewedness");
            return NULL;
        }
        y[i] = x->data[i] + m->skewedness;
    }
    if (y)
        flama_kernels_get()->log_f64(y, x->rows * x->cols);
    return y;
}

static int transform_cosines(const flama_sk_estimator *self, flama_call *call,
                             const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const cosines *m = self->model;
    const double *rows = m->skewed ? take_logarithms(m, call, x) : x->data;
    double *y = flama_sk_matrix_new(call, x->rows, self->columns, out);
    if (y == NULL || rows == NULL)
        return flama_call_error(call)->code;
    int code = flama_sk_product_many(call, rows, x->rows, x->cols, m->weights,
                                     self->columns, m->offsets, y);
    if (code == 0)
        flama_kernels_get()->cos_f64(y, x->rows * self->columns);
    for (size_t i = 0; code == 0 && i < x->rows * self->columns; i++)
        y[i] *= m->scale;
    return code;
}

static const flama_sk_methods cosine_methods = {.transform = transform_cosines};

static cosines *read_cosines(flama_sk_loader *in, const flama_pickle *self,
                             flama_sk_estimator *out)
{
    cosines *m = flama_sk_new(in, 1, sizeof *m);
    size_t columns = FLAMA_SK_ANY,
           features = out->features ? out->features : FLAMA_SK_ANY;
    const double *weights =
        flama_sk_matrix_get(in, self, "random_weights_", &features, &columns);
    const double *offsets = flama_sk_vector(in, self, "random_offset_", &columns);
    double components = flama_sk_number(in, self, "n_components");
    if (in->failed == 0 && features == 0)
        flama_sk_damaged(in, "random_weights_", "is empty");
    if (in->failed)
        return NULL;
    *m = (cosines){
        .weights = weights, .offsets = offsets, .scale = sqrt(2 / components)};
    out->model = m;
    out->methods = &cosine_methods;
    out->features = features;
    out->columns = columns;
    out->cost = 30 + (double)columns * (15 + 0.5 * (double)features);
    return m;
}

FLAMA_SK_LOAD(rbf_sampler)
{
    read_cosines(in, self, out);
    return in->failed;
}

FLAMA_SK_LOAD(skewed_chi2_sampler)
{
    cosines *m = read_cosines(in, self, out);
    if (m == NULL)
        return in->failed;
    m->skewed = true;
    m->skewedness = flama_sk_number(in, self, "skewedness");
    return in->failed;
}

/* A. Vedaldi and A. Zisserman, Efficient additive kernels via explicit feature maps,
 * 2011. */
typedef struct additive {
    size_t steps;
    double interval;
    const double *factors; /* steps: of the root of x */
} additive;

/* Sets the columns of one row: the first of each feature, then for each step those of
 * its cosines and those of its sines. `logs`: room for a row. */
static void map_row(const additive *m, const double *x, size_t cols, double *logs,
                    double *y)
{
    const flama_kernels *kernels = flama_kernels_get();
    for (size_t j = 0; j < cols; j++) {
        y[j] = sqrt(x[j]) * m->factors[0];
        logs[j] = x[j] == 0 ? 1 : x[j];
    }
    kernels->log_f64(logs, cols);
    for (size_t k = 1; k < m->steps; k++) {
        double *waves = y + (2 * k - 1) * cols, at = (double)k * m->interval;
        for (size_t j = 0; j < cols; j++)
            waves[j] = waves[cols + j] = at * logs[j];
        kernels->cos_f64(waves, cols);
        kernels->sin_f64(waves + cols, cols);
        for (size_t j = 0; j < 2 * cols; j++)
            waves[j] *= sqrt(x[j % cols]) * m->factors[k];
    }
}

static int transform_additive(const flama_sk_estimator *self, flama_call *call,
                              const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const additive *m = self->model;
    size_t columns = x->cols * (2 * m->steps - 1);
    double *y = flama_sk_matrix_new(call, x->rows, columns, out);
    double *logs = flama_sk_alloc(call, x->cols, sizeof *logs);
    if (y == NULL || logs == NULL)
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < x->rows * x->cols; i++)
        if (x->data[i] < 0)
            return flama_sk_fail_cell(call, x, i,
                                      "Negative values in data passed to X");
    for (size_t r = 0; r < x->rows; r++)
        map_row(m, x->data + r * x->cols, x->cols, logs, y + r * columns);
    return 0;
}

static const flama_sk_methods additive_methods = {.transform = transform_additive};

/* The interval that was chosen is an attribute of its own before 1.3. */
FLAMA_SK_LOAD(additive_chi2_sampler)
{
    static const double usual[] = {0.8, 0.5, 0.4};
    additive *m = flama_sk_new(in, 1, sizeof *m);
    int64_t steps = flama_sk_integer(in, self, "sample_steps");
    double interval = flama_sk_number_or(in, self, "sample_interval_", NAN);
    if (isnan(interval))
        interval = flama_sk_number_or(in, self, "sample_interval", NAN);
    if (in->failed)
        return in->failed;
    if (steps < 1 || steps > 1000 || (isnan(interval) && steps > 3))
        return flama_sk_damaged(in, "sample_steps", "is out of range");
    m->steps = (size_t)steps;
    m->interval = isnan(interval) ? usual[steps - 1] : interval;
    double *factors = flama_sk_new(in, m->steps, sizeof *factors);
    for (size_t k = 0; factors && k < m->steps; k++)
        factors[k] =
            sqrt((k ? 2 : 1) * m->interval / cosh(M_PI * (double)k * m->interval));
    m->factors = factors;
    out->model = m;
    out->methods = &additive_methods;
    out->columns = out->features * (2 * m->steps - 1);
    out->cost = 30 + 10 * (double)out->columns;
    return in->failed;
}

/* Count sketches: a feature adds to one place of each, or takes away. The answer is
 * their circular convolution, which scikit-learn takes by Fourier transforms (N. Pham
 * and R. Pagh, Fast and scalable polynomial kernels via explicit feature maps, 2013).
 */
typedef struct sketch {
    size_t degree;
    size_t inputs; /* features, and one for coef0 when that is not 0 */
    size_t size;
    const size_t *places; /* degree x inputs */
    const double *signs;
    double factor; /* of the features */
    double last;   /* the input after them */
} sketch;

/* sums (zero before): `from` convolved with the sketch of a row. */
static void convolve(const sketch *m, size_t degree, const double *x,
                     const double *from, double *sums)
{
    const size_t *places = m->places + degree * m->inputs;
    const double *signs = m->signs + degree * m->inputs;
    for (size_t j = 0; j < m->inputs; j++) {
        double v = signs[j] * x[j];
        size_t place = places[j];
        for (size_t i = 0; i < m->size - place; i++)
            sums[i + place] += v * from[i];
        for (size_t i = m->size - place; i < m->size; i++)
            sums[i + place - m->size] += v * from[i];
    }
}

static int transform_sketch(const flama_sk_estimator *self, flama_call *call,
                            const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const sketch *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, m->size, out);
    double *row = flama_sk_alloc(call, m->inputs, sizeof *row);
    double *from = flama_sk_alloc(call, m->size, sizeof *from);
    if (y == NULL || row == NULL || from == NULL)
        return FLAMA_EMEMORY;
    for (size_t r = 0; r < x->rows; r++, y += m->size) {
        for (size_t j = 0; j < m->inputs; j++)
            row[j] = j < x->cols ? m->factor * x->data[r * x->cols + j] : m->last;
        memset(y, 0, m->size * sizeof *y);
        y[0] = 1;
        for (size_t d = 0; d < m->degree; d++) {
            memcpy(from, y, m->size * sizeof *y);
            memset(y, 0, m->size * sizeof *y);
            convolve(m, d, row, from, y);
        }
    }
    return 0;
}

static const flama_sk_methods sketch_methods = {.transform = transform_sketch};

FLAMA_SK_LOAD(polynomial_count_sketch)
{
    sketch *m = flama_sk_new(in, 1, sizeof *m);
    size_t degree = FLAMA_SK_ANY, inputs = FLAMA_SK_ANY;
    const double *places =
        flama_sk_matrix_get(in, self, "indexHash_", &degree, &inputs);
    const double *signs = flama_sk_matrix_get(in, self, "bitHash_", &degree, &inputs);
    double gamma = flama_sk_number(in, self, "gamma");
    double coef0 = flama_sk_number(in, self, "coef0");
    int64_t size = flama_sk_integer(in, self, "n_components");
    if (in->failed)
        return in->failed;
    if (size < 1 || size > INT32_MAX || out->features == 0 ||
        inputs != out->features + (coef0 != 0))
        return flama_sk_damaged(in, "indexHash_", "does not go with the features");
    size_t *kept = flama_sk_new(in, degree * inputs, sizeof *kept);
    for (size_t i = 0; kept && i < degree * inputs; i++) {
        if (!(places[i] >= 0 && places[i] < (double)size))
            return flama_sk_damaged(in, "indexHash_", "is out of range");
        kept[i] = (size_t)places[i];
    }
    if (in->failed)
        return in->failed;
    *m = (sketch){degree, inputs, (size_t)size, kept, signs, sqrt(gamma), sqrt(coef0)};
    out->model = m;
    out->methods = &sketch_methods;
    out->columns = m->size;
    out->cost = 30 + 0.5 * (double)(degree * inputs) * (double)m->size;
    return 0;
}
