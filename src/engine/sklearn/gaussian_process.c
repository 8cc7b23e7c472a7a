/* Gaussian processes (C. Rasmussen and C. Williams, Gaussian Processes for Machine
 * Learning, 2006): regression by algorithm 2.1, classification by 3.2. */
#include <math.h>
#include <string.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/gp_kernel.h"
#include "engine/sklearn/product.h"

/* Working memory of one row: the kernel's values and what it needs itself. */
typedef struct work {
    double *values, *scratch, *solved;
} work;

static int work_new(flama_call *call, size_t count, size_t scratch, work *out)
{
    out->values = flama_sk_alloc(call, count, sizeof(double));
    out->solved = flama_sk_alloc(call, count, sizeof(double));
    out->scratch = flama_sk_alloc(call, scratch, sizeof(double));
    return out->values && out->solved && out->scratch ? 0 : FLAMA_EMEMORY;
}

/* Regression. */

typedef struct regression {
    size_t count;
    const flama_sk_gp_kernel *kernel;
    const double *alpha;         /* count x outputs */
    const double *mean, *spread; /* outputs: of the targets */
} regression;

static int predict_number(const flama_sk_estimator *self, flama_call *call,
                          const flama_sk_matrix *x, flama_sk_answer *out)
{
    const regression *m = self->model;
    size_t outputs = self->outputs;
    double *y = flama_sk_numbers_new(call, self, x->rows, out);
    work w;
    if (y == NULL ||
        work_new(call, m->count, flama_sk_gp_kernel_scratch(m->kernel), &w) != 0)
        return FLAMA_EMEMORY;
    int code = flama_sk_gp_kernel_check(m->kernel, call, x);
    for (size_t i = 0; code == 0 && i < x->rows; i++, y += outputs) {
        if (i % 64 == 63 && flama_call_cancelled(call))
            return flama_call_stopped(call);
        flama_sk_gp_kernel_values(m->kernel, x->data + i * x->cols, w.scratch,
                                  w.values);
        flama_sk_product(w.values, 1, m->count, m->alpha, outputs, NULL, y);
        for (size_t k = 0; k < outputs; k++)
            y[k] = m->spread[k] * y[k] + m->mean[k];
    }
    return code;
}

static const flama_sk_methods regressor = {.predict = predict_number};

/* alpha_: a number a row, or a row of them. One column is flat since 1.1. */
static const double *read_alpha(flama_sk_loader *in, const flama_pickle *self,
                                size_t count, flama_sk_estimator *out)
{
    flama_numpy array;
    size_t outputs = FLAMA_SK_ANY;
    if (!flama_sk_array(in, self, "alpha_", &array))
        return NULL;
    if (array.rank == 1)
        return flama_sk_vector(in, self, "alpha_", &count);
    const double *alpha = flama_sk_matrix_get(in, self, "alpha_", &count, &outputs);
    if (alpha && outputs == 0)
        flama_sk_damaged(in, "alpha_", "is empty");
    out->outputs = in->failed ? 1 : outputs;
    out->wide = out->outputs > 1 || in->version < 101;
    return alpha;
}

/* One number for all targets, or one a target. */
static const double *read_targets(flama_sk_loader *in, const flama_pickle *self,
                                  const char *name, size_t outputs)
{
    size_t count = FLAMA_SK_ANY;
    const double *given = flama_sk_ravel(in, self, name, &count);
    double *out = flama_sk_new(in, outputs, sizeof *out);
    if (in->failed == 0 && count != 1 && count != outputs)
        flama_sk_damaged(in, name, "has %zu numbers for %zu targets", count, outputs);
    for (size_t k = 0; in->failed == 0 && k < outputs; k++)
        out[k] = given[count == 1 ? 0 : k];
    return out;
}

FLAMA_SK_LOAD(gaussian_process_regressor)
{
    size_t count = FLAMA_SK_ANY;
    size_t features = out->features ? out->features : FLAMA_SK_ANY;
    regression *m = flama_sk_new(in, 1, sizeof *m);
    const double *rows = flama_sk_matrix_get(in, self, "X_train_", &count, &features);
    if (in->failed == 0 && (count == 0 || features == 0))
        flama_sk_damaged(in, "X_train_", "is empty");
    if (in->failed)
        return in->failed;
    m->count = count;
    m->kernel = flama_sk_gp_kernel_read(in, self, "kernel_", rows, count, features);
    m->alpha = read_alpha(in, self, count, out);
    m->mean = read_targets(in, self, "_y_train_mean", out->outputs);
    m->spread = read_targets(in, self, "_y_train_std", out->outputs);
    if (in->failed)
        return in->failed;
    out->model = m;
    out->methods = &regressor;
    out->features = features;
    out->gives = FLAMA_SK_NUMBERS;
    out->cost = 50 + flama_sk_gp_kernel_cost(m->kernel);
    return in->failed;
}

/* Classification: Laplace's approximation for two classes, several of which are joined
 * to classify more. */

typedef struct laplace {
    size_t count;
    const flama_sk_gp_kernel *kernel;
    const double *residuals; /* labels less their probabilities */
    const double *roots;     /* of W */
    const double *lower;     /* L: count x count */
} laplace;

typedef enum scheme { BINARY, ONE_VS_REST, ONE_VS_ONE } scheme;

typedef struct classification {
    scheme scheme;
    size_t classes, models, most; /* most: rows that any model was fitted on */
    size_t scratch;
    bool last_of_equals; /* before 1.8 the last of equal probabilities won */
    bool definite;       /* all kernels are */
    const laplace *model;
} classification;

static double latent_mean(const laplace *m, const double *x, const work *w)
{
    flama_sk_gp_kernel_values(m->kernel, x, w->scratch, w->values);
    return flama_sk_dot(w->values, m->residuals, m->count);
}

/* After latent_mean: what is left of the prior's variance. L v = W^1/2 k, forward. */
static double latent_variance(const laplace *m, const double *x, const work *w)
{
    double *v = w->solved;
    for (size_t i = 0; i < m->count; i++) {
        const double *row = m->lower + i * m->count;
        v[i] = (m->roots[i] * w->values[i] - flama_sk_dot(row, v, i)) / row[i];
    }
    return flama_sk_gp_kernel_self(m->kernel, x) - flama_sk_dot(v, v, m->count);
}

/* The logistic function averaged over the latent value, as five error functions: C.
 * Williams and D. Barber, Bayesian classification with Gaussian processes, 1998,
 * appendix A. */
static const double lambda[] = {0.41, 0.4, 0.37, 0.44, 0.39};
static const double weight[] = {-1854.8214151, 3516.89893646, 221.29346712,
                                128.12323805, -2010.49422654};

static double averaged(double mean, double variance)
{
    double alpha = 1 / (2 * variance), sum = 0, weights = 0;
    for (int i = 0; i < 5; i++) {
        double slope = sqrt(alpha / (alpha + lambda[i] * lambda[i]));
        sum += weight[i] * (sqrt(M_PI / alpha) * erf(lambda[i] * mean * slope) /
                            (2 * sqrt(variance * 2 * M_PI)));
        weights += weight[i];
    }
    return sum + 0.5 * weights;
}

/* The same in other words, which take a variance of 0 too. */
static double bound(double mean, double variance)
{
    double sum = 0;
    for (int i = 0; i < 5; i++)
        sum += 0.5 * weight[i] *
               (1 +
                erf(lambda[i] * mean / sqrt(1 + 2 * variance * lambda[i] * lambda[i])));
    return sum;
}

static double probability(const laplace *m, const double *x, const work *w)
{
    double mean = latent_mean(m, x, w);
    return averaged(mean, latent_variance(m, x, w));
}

/* Votes of all pairs. Returns the class with most of them, or `classes` when several
 * have as many. */
static size_t vote(const classification *m, const double *x, const work *w,
                   double *votes)
{
    size_t pair = 0, best, equal = 0;
    memset(votes, 0, m->classes * sizeof *votes);
    for (size_t i = 0; i < m->classes; i++)
        for (size_t j = i + 1; j < m->classes; j++, pair++)
            votes[latent_mean(&m->model[pair], x, w) > 0 ? j : i]++;
    best = flama_sk_argmax(votes, m->classes);
    for (size_t i = 0; i < m->classes; i++)
        equal += votes[i] == votes[best];
    return equal == 1 ? best : m->classes;
}

/* Of votes, with a bit, less than half a vote, of how sure they are. */
static size_t surest(const classification *m, const double *x, const work *w,
                     double *sure, double *votes)
{
    size_t pair = 0, best = vote(m, x, w, votes);
    if (best < m->classes)
        return best;
    memset(sure, 0, m->classes * sizeof *sure);
    for (size_t i = 0; i < m->classes; i++)
        for (size_t j = i + 1; j < m->classes; j++, pair++) {
            double p = probability(&m->model[pair], x, w);
            sure[i] -= p;
            sure[j] += p;
        }
    for (size_t i = 0; i < m->classes; i++)
        votes[i] += sure[i] / (3 * (fabs(sure[i]) + 1));
    return flama_sk_argmax(votes, m->classes);
}

/* Bounds of a probability, without solving for the variance v. That is not more than
 * the prior's, less |W^1/2 k|^2 at most, for B = L L' is not less than the identity.
 * And the averaged function comes nearer to half the sum of its weights as v grows, so
 * that the ends of v bound it. For its slope in v is -m / sqrt(pi) S(m^2, 2 v) at a
 * mean of m,
 *
 *     S(r^2, u) = sum of weight (c + u)^(-3/2) exp(-r^2 / (c + u)), c = 1 / lambda^2.
 *
 * Each term is, but for the same factor, the density of a normal distribution in three
 * dimensions with a variance of (c + u) / 2: S(., u) is S(., 0) blurred by another, and
 * positive when that is. S(x, 0) exp(0.37^2 x) is over 0.03 at steps of 0.004 from 0 to
 * 161, its slope below 12; beyond, the term of 0.37 outweighs those below 0: a test
 * goes through it. */
static void probability_bounds(const laplace *m, const double *x, const work *w,
                               double *low, double *high)
{
    double mean = latent_mean(m, x, w), taken = 0;
    double most = flama_sk_gp_kernel_self(m->kernel, x);
    for (size_t i = 0; i < m->count; i++)
        taken += m->roots[i] * w->values[i] * (m->roots[i] * w->values[i]);
    double near = bound(mean, most), far = bound(mean, fmax(most - taken, 0));
    *low = fmin(near, far);
    *high = most > 0 ? fmax(near, far) : INFINITY; /* of 0 it is not averaged */
}

/* The class whose probability is the largest for sure, or `classes`. */
static size_t surely_largest(const classification *m, const double *x, const work *w,
                             double *low, double *high)
{
    static const double rounding = 1e-9;
    for (size_t c = 0; c < m->classes; c++)
        probability_bounds(&m->model[c], x, w, &low[c], &high[c]);
    size_t best = flama_sk_argmax(low, m->classes);
    for (size_t c = 0; c < m->classes; c++)
        if (c != best && !(high[c] + rounding < low[best]))
            return m->classes;
    return best;
}

/* Of one against the rest. */
static size_t largest(const classification *m, const double *x, const work *w,
                      double *scores)
{
    size_t best = m->classes;
    double most = -INFINITY;
    if (m->definite)
        best = surely_largest(m, x, w, scores, scores + m->classes);
    if (best < m->classes)
        return best;
    for (size_t c = 0; c < m->classes; c++) {
        double p = probability(&m->model[c], x, w);
        if (p > most || (m->last_of_equals && p == most)) {
            most = p;
            best = c;
        }
    }
    return best < m->classes ? best : 0;
}

/* Of one model, or of several by 2 * classes numbers of memory. */
static size_t label_of(const classification *m, const double *x, const work *w,
                       double *scores)
{
    if (m->scheme == BINARY)
        return latent_mean(m->model, x, w) > 0;
    if (m->scheme == ONE_VS_REST)
        return largest(m, x, w, scores);
    return surest(m, x, w, scores, scores + m->classes);
}

static int check_kernels(const classification *m, flama_call *call,
                         const flama_sk_matrix *x)
{
    int code = 0;
    for (size_t k = 0; code == 0 && k < m->models; k++)
        code = flama_sk_gp_kernel_check(m->model[k].kernel, call, x);
    return code;
}

static int predict_label(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_answer *out)
{
    const classification *m = self->model;
    uint32_t *labels = flama_sk_labels_new(call, self, x->rows, out);
    double *scores = flama_sk_alloc(call, 2 * m->classes, sizeof *scores);
    work w;
    if (labels == NULL || scores == NULL ||
        work_new(call, m->most, m->scratch, &w) != 0)
        return FLAMA_EMEMORY;
    int code = check_kernels(m, call, x);
    for (size_t i = 0; code == 0 && i < x->rows; i++) {
        if (i % 16 == 15 && flama_call_cancelled(call))
            return flama_call_stopped(call);
        labels[i] = (uint32_t)label_of(m, x->data + i * x->cols, &w, scores);
    }
    return code;
}

static void row_probabilities(const classification *m, const double *x, const work *w,
                              double *p)
{
    double sum = 0;
    if (m->scheme == BINARY) {
        p[1] = probability(m->model, x, w);
        p[0] = 1 - p[1];
        return;
    }
    for (size_t c = 0; c < m->classes; c++)
        sum += p[c] = probability(&m->model[c], x, w);
    for (size_t c = 0; c < m->classes; c++)
        p[c] /= sum;
}

static int probabilities(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const classification *m = self->model;
    double *p = flama_sk_matrix_new(call, x->rows, m->classes, out);
    work w;
    if (p == NULL || work_new(call, m->most, m->scratch, &w) != 0)
        return FLAMA_EMEMORY;
    int code = check_kernels(m, call, x);
    for (size_t i = 0; code == 0 && i < x->rows; i++) {
        if (i % 16 == 15 && flama_call_cancelled(call))
            return flama_call_stopped(call);
        row_probabilities(m, x->data + i * x->cols, &w, p + i * m->classes);
    }
    return code;
}

static const flama_sk_methods classifier = {.predict = predict_label,
                                            .predict_proba = probabilities};
static const flama_sk_methods voter = {.predict = predict_label};

static void read_laplace(flama_sk_loader *in, const flama_pickle *self, size_t features,
                         laplace *m)
{
    m->count = FLAMA_SK_ANY;
    const double *rows =
        flama_sk_matrix_get(in, self, "X_train_", &m->count, &features);
    const double *labels = flama_sk_vector(in, self, "y_train_", &m->count);
    const double *p = flama_sk_vector(in, self, "pi_", &m->count);
    m->roots = flama_sk_vector(in, self, "W_sr_", &m->count);
    m->lower = flama_sk_matrix_get(in, self, "L_", &m->count, &m->count);
    double *residuals = in->failed ? NULL : flama_sk_new(in, m->count, sizeof(double));
    for (size_t i = 0; residuals && i < m->count; i++)
        residuals[i] = labels[i] - p[i];
    m->residuals = residuals;
    m->kernel = in->failed ? NULL
                           : flama_sk_gp_kernel_read(in, self, "kernel_", rows,
                                                     m->count, features);
}

/* base_estimator_ is the model itself, or holds a list of them. */
static void read_models(flama_sk_loader *in, const flama_pickle *self, size_t features,
                        classification *m)
{
    const flama_pickle *base = flama_sk_get(in, self, "base_estimator_");
    flama_pickle *const *items = NULL;
    size_t count = 1, pairs = m->classes * (m->classes - 1) / 2;
    m->models = m->scheme == BINARY ? 1 : m->scheme == ONE_VS_ONE ? pairs : m->classes;
    if (base && m->scheme != BINARY)
        items = flama_sk_items(in, base, "estimators_", &count);
    if (in->failed == 0 && count != m->models)
        flama_sk_damaged(in, "base_estimator_", "holds %zu estimators for %zu classes",
                         count, m->classes);
    laplace *models = in->failed ? NULL : flama_sk_new(in, m->models, sizeof *models);
    m->definite = true;
    for (size_t k = 0; in->failed == 0 && k < m->models; k++) {
        read_laplace(in, items ? items[k] : base, features, &models[k]);
        if (in->failed)
            return;
        size_t scratch = flama_sk_gp_kernel_scratch(models[k].kernel);
        m->most = models[k].count > m->most ? models[k].count : m->most;
        m->scratch = scratch > m->scratch ? scratch : m->scratch;
        m->definite = m->definite && flama_sk_gp_kernel_definite(models[k].kernel);
    }
    m->model = models;
}

FLAMA_SK_LOAD(gaussian_process_classifier)
{
    static const char *const schemes[] = {"one_vs_rest", "one_vs_one", NULL};
    classification *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL || flama_sk_classes(in, self, "classes_", out))
        return in->failed;
    m->classes = out->classes[0]->count;
    if (out->outputs != 1 || m->classes < 2 || m->classes > UINT16_MAX)
        return flama_sk_damaged(in, "classes_", "has %zu labels", m->classes);
    size_t given = flama_sk_choice(in, self, "multi_class", schemes);
    m->last_of_equals = out->version < 108;
    m->scheme = m->classes == 2 ? BINARY : given ? ONE_VS_ONE : ONE_VS_REST;
    read_models(in, self, out->features ? out->features : FLAMA_SK_ANY, m);
    out->model = m;
    out->methods = m->scheme == ONE_VS_ONE ? &voter : &classifier;
    out->cost =
        100 + (double)m->models * (double)m->most * (10 + 0.3 * (double)m->most);
    return in->failed;
}
