/* Support vector machines, as libsvm decides (C.-C. Chang and C.-J. Lin, LIBSVM: a
 * library for support vector machines, 2011). */
#include <math.h>
#include <string.h>

#include "engine/kernels/gemm.h"
#include "engine/sklearn/families.h"
#include "engine/sklearn/near.h"
#include "engine/sklearn/product.h"
#include "engine/sklearn/svm.h"

typedef enum kernel { LINEAR, POLY, RBF, SIGMOID, PRECOMPUTED } kernel;

typedef struct svm {
    kernel kernel;
    double gamma, coef0;
    int64_t degree;
    size_t vectors, features;
    flama_sk_near points;     /* RBF */
    const int64_t *columns;   /* PRECOMPUTED: of each vector, where its value is */
    const double *transposed; /* the others: features x vectors */

    /* Of classes the vectors stand together, those of class i from start[i] on. */
    size_t classes; /* 0: regression, novelty */
    const size_t *start;
    size_t decisions;   /* classes * (classes - 1) / 2, or 1 */
    const double *dual; /* (classes - 1) x vectors, or 1 x vectors */
    const double *intercept;
    const double *prob_a, *prob_b; /* decisions, or NULL */
    bool ovr, break_ties;
} svm;

static double whole_power(double base, int64_t times)
{
    double out = 1;
    for (; times > 0; times /= 2) {
        if (times % 2 == 1)
            out *= base;
        base *= base;
    }
    return out;
}

/* The kernel of x with each support vector. */
static void kernel_values(const svm *m, const double *x, double *out)
{
    if (m->kernel == RBF) {
        flama_sk_near_ends(&m->points, x, &(flama_near_end){.p = m->gamma}, out);
        return;
    }
    if (m->kernel == PRECOMPUTED) {
        for (size_t i = 0; i < m->vectors; i++)
            out[i] = x[m->columns[i]];
        return;
    }
    flama_sk_product(x, 1, m->features, m->transposed, m->vectors, NULL, out);
    for (size_t i = 0; m->kernel == POLY && i < m->vectors; i++)
        out[i] = whole_power(m->gamma * out[i] + m->coef0, m->degree);
    for (size_t i = 0; m->kernel == SIGMOID && i < m->vectors; i++)
        out[i] = tanh(m->gamma * out[i] + m->coef0);
}

/* One value for each pair of classes: positive for the first of them. */
static void decide(const svm *m, const double *values, double *out)
{
    if (m->classes == 0) {
        out[0] = flama_dot_f64(m->dual, values, m->vectors) + m->intercept[0];
        return;
    }
    size_t pair = 0;
    for (size_t i = 0; i < m->classes; i++)
        for (size_t j = i + 1; j < m->classes; j++, pair++) {
            const double *of_i = m->dual + (j - 1) * m->vectors;
            const double *of_j = m->dual + i * m->vectors;
            size_t a = m->start[i], b = m->start[j];
            double sum = flama_dot_f64(of_i + a, values + a, m->start[i + 1] - a) +
                         flama_dot_f64(of_j + b, values + b, m->start[j + 1] - b);
            out[pair] = sum + m->intercept[pair];
        }
}

/* rows x decisions. */
static int decisions(const flama_sk_estimator *self, flama_call *call,
                     const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const svm *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, m->decisions, out);
    double *values = flama_sk_alloc(call, m->vectors, sizeof *values);
    if (y == NULL || values == NULL)
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < x->rows; i++) {
        if (i % 64 == 63 && flama_call_cancelled(call))
            return flama_call_stopped(call);
        kernel_values(m, x->data + i * x->cols, values);
        decide(m, values, y + i * m->decisions);
    }
    return 0;
}

/* Classifiers. */

/* One against the rest: votes, and a bit of how sure they are. */
static void one_against_rest(const svm *m, const double *pairs, double *out)
{
    for (size_t i = 0; i < m->classes; i++) {
        double sure = 0, votes = 0;
        for (size_t j = 0; j < m->classes; j++) {
            size_t a = i < j ? i : j, b = i < j ? j : i;
            if (a == b)
                continue;
            double d = pairs[a * (2 * m->classes - a - 1) / 2 + b - a - 1];
            sure += i == a ? d : -d;
            votes += i == a ? !(d < 0) : d < 0;
        }
        out[i] = votes + sure / (3 * (fabs(sure) + 1));
    }
}

static int decision_function(const flama_sk_estimator *self, flama_call *call,
                             const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const svm *m = self->model;
    flama_sk_matrix pairs;
    int code = decisions(self, call, x, &pairs);
    *out = pairs;
    if (code || (m->classes > 2 && !m->ovr))
        return code;
    size_t cols = m->classes > 2 ? m->classes : 1;
    double *y = flama_sk_matrix_new(call, x->rows, cols, out);
    out->flat = cols == 1;
    for (size_t i = 0; y && i < x->rows; i++)
        if (cols > 1)
            one_against_rest(m, pairs.data + i * m->decisions, y + i * cols);
        else
            y[i] = m->classes == 2 ? -pairs.data[i] : pairs.data[i];
    return y ? 0 : FLAMA_EMEMORY;
}

/* The class that wins most pairs, the first of equals. */
static uint32_t winner(const svm *m, const double *pairs, size_t *votes)
{
    size_t best = 0;
    memset(votes, 0, m->classes * sizeof *votes);
    for (size_t i = 0; i < m->classes; i++)
        for (size_t j = i + 1; j < m->classes; j++)
            votes[*pairs++ > 0 ? i : j]++;
    for (size_t i = 1; i < m->classes; i++)
        best = votes[i] > votes[best] ? i : best;
    return (uint32_t)best;
}

static int predict_label(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_answer *out)
{
    const svm *m = self->model;
    flama_sk_matrix y;
    bool largest = m->break_ties && m->classes > 2;
    int code =
        largest ? decision_function(self, call, x, &y) : decisions(self, call, x, &y);
    if (code || largest)
        return code ? code : flama_sk_predict_largest(self, call, &y, out);
    uint32_t *labels = flama_sk_labels_new(call, self, x->rows, out);
    size_t *votes = flama_sk_alloc(call, m->classes, sizeof *votes);
    if (labels == NULL || votes == NULL)
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < x->rows; i++)
        labels[i] = winner(m, y.data + i * m->decisions, votes);
    return 0;
}

/* Probabilities: those of each pair by Platt's sigmoid, joined by the second method of
 * T.-F. Wu, C.-J. Lin and R. C. Weng, Probability estimates for multi-class
 * classification by pairwise coupling, 2004, iterated as libsvm does. */

static double pair_probability(double decision, double a, double b)
{
    double v = decision * a + b;
    double p = v >= 0 ? exp(-v) / (1 + exp(-v)) : 1 / (1 + exp(v));
    return fmin(fmax(p, 1e-7), 1 - 1e-7);
}

/* r and q are k x k, qp is k: memory to work in. r[i][j] is i's probability against j.
 */
typedef struct coupling {
    size_t k;
    double *r, *q, *qp;
} coupling;

static void coupling_matrix(const coupling *c)
{
    size_t k = c->k;
    for (size_t t = 0; t < k; t++) {
        double sum = 0;
        for (size_t j = 0; j < k; j++)
            if (j != t) {
                sum += c->r[j * k + t] * c->r[j * k + t];
                c->q[t * k + j] = -c->r[j * k + t] * c->r[t * k + j];
            }
        c->q[t * k + t] = sum;
    }
}

/* One round over the classes; pqp is p' Q p. */
static void coupling_round(const coupling *c, double pqp, double *p)
{
    size_t k = c->k;
    for (size_t t = 0; t < k; t++) {
        double own = c->q[t * k + t], diff = (pqp - c->qp[t]) / own, scale = 1 + diff;
        p[t] += diff;
        pqp = (pqp + diff * (diff * own + 2 * c->qp[t])) / scale / scale;
        for (size_t j = 0; j < k; j++) {
            c->qp[j] = (c->qp[j] + diff * c->q[t * k + j]) / scale;
            p[j] /= scale;
        }
    }
}

static void couple(const coupling *c, double *p)
{
    size_t k = c->k, rounds = k > 100 ? k : 100;
    coupling_matrix(c);
    for (size_t t = 0; t < k; t++)
        p[t] = 1 / (double)k;
    for (size_t round = 0; round < rounds; round++) {
        double pqp = 0, error = 0;
        for (size_t t = 0; t < k; t++) {
            c->qp[t] = 0;
            for (size_t j = 0; j < k; j++)
                c->qp[t] += c->q[t * k + j] * p[j];
            pqp += p[t] * c->qp[t];
        }
        for (size_t t = 0; t < k; t++)
            error = fmax(error, fabs(c->qp[t] - pqp));
        if (error < 0.005 / (double)k)
            break;
        coupling_round(c, pqp, p);
    }
}

static void pair_probabilities(const svm *m, const double *pairs, double *r)
{
    size_t k = m->classes, pair = 0;
    for (size_t i = 0; i < k; i++)
        for (size_t j = i + 1; j < k; j++, pair++) {
            double p = pair_probability(pairs[pair], m->prob_a[pair], m->prob_b[pair]);
            r[i * k + j] = p;
            r[j * k + i] = 1 - p;
        }
}

static int probabilities(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const svm *m = self->model;
    size_t k = m->classes;
    flama_sk_matrix pairs;
    int code = decisions(self, call, x, &pairs);
    if (code)
        return code;
    double *p = flama_sk_matrix_new(call, x->rows, k, out);
    coupling c = {.k = k,
                  .r = flama_sk_alloc(call, k * k, sizeof(double)),
                  .q = flama_sk_alloc(call, k * k, sizeof(double)),
                  .qp = flama_sk_alloc(call, k, sizeof(double))};
    if (p == NULL || c.r == NULL || c.q == NULL || c.qp == NULL)
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < x->rows; i++) {
        pair_probabilities(m, pairs.data + i * m->decisions, c.r);
        couple(&c, p + i * k);
    }
    return 0;
}

static const flama_sk_methods classifier = {.predict = predict_label,
                                            .decision_function = decision_function};
static const flama_sk_methods probabilistic = {.predict = predict_label,
                                               .predict_proba = probabilities,
                                               .decision_function = decision_function};

/* Regression and novelty. */

static int predict_number(const flama_sk_estimator *self, flama_call *call,
                          const flama_sk_matrix *x, flama_sk_answer *out)
{
    flama_sk_matrix y;
    double *numbers = flama_sk_numbers_new(call, self, x->rows, out);
    int code = numbers ? decisions(self, call, x, &y) : FLAMA_EMEMORY;
    if (code == 0)
        memcpy(numbers, y.data, x->rows * sizeof *numbers);
    return code;
}

static int predict_side(const flama_sk_estimator *self, flama_call *call,
                        const flama_sk_matrix *x, flama_sk_answer *out)
{
    flama_sk_matrix y;
    int64_t *sides = flama_sk_integers_new(call, self, x->rows, out);
    int code = sides ? decisions(self, call, x, &y) : FLAMA_EMEMORY;
    for (size_t i = 0; code == 0 && i < x->rows; i++)
        sides[i] = y.data[i] > 0 ? 1 : -1;
    return code;
}

static const flama_sk_methods regressor = {.predict = predict_number};
static const flama_sk_methods novelty = {.predict = predict_side,
                                         .decision_function = decision_function};

/* Reading. */

static void read_kernel(flama_sk_loader *in, const flama_pickle *self, svm *m)
{
    static const char *const kernels[] = {"linear",  "poly",        "rbf",
                                          "sigmoid", "precomputed", NULL};
    m->kernel = (kernel)flama_sk_choice(in, self, "kernel", kernels);
    m->gamma = flama_sk_number(in, self, "_gamma");
    m->coef0 = flama_sk_number(in, self, "coef0");
    m->degree = m->kernel == POLY ? flama_sk_integer(in, self, "degree") : 0;
    if (m->degree < 0)
        flama_sk_damaged(in, "degree", "is negative");
}

/* A row has a column for each training row, support vector or not. */
static void read_columns(flama_sk_loader *in, const flama_pickle *self, svm *m)
{
    m->columns = flama_sk_integers(in, self, "support_", &m->vectors);
    for (size_t i = 0; in->failed == 0 && i < m->vectors; i++)
        if (m->columns[i] < 0 || m->features == FLAMA_SK_ANY ||
            (uint64_t)m->columns[i] >= m->features)
            flama_sk_damaged(in, "support_", "is out of range");
}

/* Keeps the support vectors in the form that the kernel wants. */
static void read_vectors(flama_sk_loader *in, const flama_pickle *self, svm *m)
{
    if (m->kernel == PRECOMPUTED) {
        read_columns(in, self, m);
        return;
    }
    const double *rows =
        flama_sk_matrix_get(in, self, "support_vectors_", &m->vectors, &m->features);
    if (in->failed == 0 && m->features == 0)
        flama_sk_refuse(in, "has no features");
    if (in->failed)
        return;
    if (m->kernel == RBF) {
        flama_sk_near_new(in, rows, m->vectors, m->features, &m->points);
        return;
    }
    double *transposed = flama_sk_new(in, m->vectors * m->features, sizeof *transposed);
    if (transposed)
        flama_sk_transpose(rows, m->vectors, m->features, transposed);
    m->transposed = transposed;
}

static svm *read_svm(flama_sk_loader *in, const flama_pickle *self, size_t classes,
                     flama_sk_estimator *out)
{
    svm *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL)
        return NULL;
    m->vectors = FLAMA_SK_ANY;
    m->features = out->features ? out->features : FLAMA_SK_ANY;
    m->classes = classes;
    m->decisions = classes ? classes * (classes - 1) / 2 : 1;
    size_t rows = classes ? classes - 1 : 1;
    read_kernel(in, self, m);
    read_vectors(in, self, m);
    m->dual = flama_sk_matrix_get(in, self, "_dual_coef_", &rows, &m->vectors);
    m->intercept = flama_sk_vector(in, self, "_intercept_", &m->decisions);
    if (in->failed)
        return NULL;
    out->model = m;
    out->features = m->features;
    out->cost = 50 + (double)m->vectors *
                         (0.4 * (double)m->features + (m->kernel == LINEAR ? 1 : 10));
    return m;
}

const size_t *flama_sk_svm_starts(flama_sk_loader *in, const flama_pickle *self,
                                  size_t classes, size_t vectors)
{
    size_t sum = 0;
    const int64_t *counts = flama_sk_integers(in, self, "_n_support", &classes);
    size_t *start = flama_sk_new(in, classes + 1, sizeof *start);
    for (size_t i = 0; in->failed == 0 && i < classes; i++) {
        if (counts[i] < 0 || (uint64_t)counts[i] > vectors - sum)
            flama_sk_damaged(in, "_n_support", "is more than the support vectors");
        sum += (size_t)counts[i];
        start[i + 1] = sum;
    }
    if (in->failed == 0 && sum != vectors)
        flama_sk_damaged(in, "_n_support", "is less than the support vectors");
    return in->failed ? NULL : start;
}

/* Platt's parameters are empty arrays when there are none. */
static void read_probability(flama_sk_loader *in, const flama_pickle *self, svm *m)
{
    size_t a = FLAMA_SK_ANY;
    const flama_pickle *asked = flama_sk_find(in, self, "probability");
    if (asked == NULL || flama_pickle_is_text(asked, "deprecated") ||
        !flama_sk_flag(in, self, "probability"))
        return;
    const double *given = flama_sk_vector(in, self, "_probA", &a);
    if (in->failed || a == 0)
        return;
    m->prob_b = flama_sk_vector(in, self, "_probB", &m->decisions);
    if (in->failed == 0 && a != m->decisions)
        flama_sk_damaged(in, "_probA", "has %zu numbers for %zu pairs of classes", a,
                         m->decisions);
    m->prob_a = given;
}

FLAMA_SK_LOAD(svm_classifier)
{
    static const char *const shapes[] = {"ovr", "ovo", NULL};
    if (flama_sk_classes(in, self, "classes_", out))
        return in->failed;
    size_t classes = out->classes[0]->count;
    if (out->outputs != 1 || classes < 2 || classes > UINT16_MAX)
        return flama_sk_damaged(in, "classes_", "has %zu labels", classes);
    svm *m = read_svm(in, self, classes, out);
    if (m == NULL)
        return in->failed;
    m->start = flama_sk_svm_starts(in, self, classes, m->vectors);
    m->ovr = flama_sk_choice(in, self, "decision_function_shape", shapes) == 0;
    if (m->classes > 2 && !m->ovr)
        out->decisions = m->decisions;
    m->break_ties = flama_sk_flag_or(in, self, "break_ties", false);
    if (m->break_ties && !m->ovr)
        flama_sk_refuse(in, "can't break ties with decision_function_shape=\"ovo\"");
    read_probability(in, self, m);
    out->methods = m->prob_a ? &probabilistic : &classifier;
    return in->failed;
}

FLAMA_SK_LOAD(svm_regressor)
{
    read_svm(in, self, 0, out);
    out->methods = &regressor;
    out->gives = FLAMA_SK_NUMBERS;
    return in->failed;
}

FLAMA_SK_LOAD(one_class_svm)
{
    read_svm(in, self, 0, out);
    out->methods = &novelty;
    out->gives = FLAMA_SK_INTEGERS;
    return in->failed;
}
