/* Discriminant analysis: classes are Gaussians, of one covariance (linear) or of their
 * own (quadratic). */
#include <math.h>
#include <string.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/product.h"

/* Linear: the classifier is a product; transform is another one. */

typedef struct lda {
    size_t scores;         /* one a class, or one for two classes */
    const double *weights; /* features x scores */
    const double *bias;
    size_t components;       /* 0: no transform */
    const double *axes;      /* features x components */
    const double *projected; /* components: what the mean becomes, negated; or NULL */
} lda;

static int lda_scores(const flama_sk_estimator *self, flama_call *call,
                      const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const lda *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, m->scores, out);
    if (y == NULL)
        return FLAMA_EMEMORY;
    out->flat = m->scores == 1;
    return flama_sk_product_many(call, x->data, x->rows, x->cols, m->weights, m->scores,
                                 m->bias, y);
}

static int lda_predict(const flama_sk_estimator *self, flama_call *call,
                       const flama_sk_matrix *x, flama_sk_answer *out)
{
    flama_sk_matrix y;
    int code = lda_scores(self, call, x, &y);
    return code ? code : flama_sk_predict_largest(self, call, &y, out);
}

static int lda_probabilities(const flama_sk_estimator *self, flama_call *call,
                             const flama_sk_matrix *x, flama_sk_matrix *out)
{
    flama_sk_matrix y;
    int code = lda_scores(self, call, x, &y);
    return code ? code : flama_sk_score_probabilities(call, &y, out);
}

static int lda_transform(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const lda *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, m->components, out);
    if (y == NULL)
        return FLAMA_EMEMORY;
    return flama_sk_product_many(call, x->data, x->rows, x->cols, m->axes,
                                 m->components, m->projected, y);
}

static const flama_sk_methods lda_classifier = {.predict = lda_predict,
                                                .predict_proba = lda_probabilities,
                                                .decision_function = lda_scores};
static const flama_sk_methods lda_methods = {.predict = lda_predict,
                                             .predict_proba = lda_probabilities,
                                             .decision_function = lda_scores,
                                             .transform = lda_transform};

static void read_lda_axes(flama_sk_loader *in, const flama_pickle *self, bool centred,
                          size_t features, lda *m)
{
    size_t found = FLAMA_SK_ANY;
    const double *all = flama_sk_matrix_get(in, self, "scalings_", &features, &found);
    int64_t most = flama_sk_integer(in, self, "_max_components");
    if (in->failed == 0 && most < 0)
        flama_sk_damaged(in, "_max_components", "is negative");
    if (in->failed)
        return;
    size_t n = (uint64_t)most < found ? (size_t)most : found;
    double *axes = flama_sk_new(in, features * n, sizeof *axes);
    for (size_t j = 0; axes && j < features && n; j++)
        memcpy(axes + j * n, all + j * found, n * sizeof *axes);
    m->axes = axes;
    m->components = n;
    if (!centred)
        return;
    const double *mean = flama_sk_vector(in, self, "xbar_", &features);
    double *projected = flama_sk_new(in, n, sizeof *projected);
    for (size_t j = 0; in->failed == 0 && j < features; j++)
        for (size_t k = 0; k < n; k++)
            projected[k] -= mean[j] * axes[j * n + k];
    m->projected = projected;
}

static void read_lda(flama_sk_loader *in, const flama_pickle *self, size_t classes,
                     flama_sk_estimator *out, lda *m)
{
    size_t features = out->features ? out->features : FLAMA_SK_ANY;
    m->scores = classes == 2 ? 1 : classes;
    const double *rows = flama_sk_matrix_get(in, self, "coef_", &m->scores, &features);
    m->bias = flama_sk_vector(in, self, "intercept_", &m->scores);
    if (in->failed == 0 && features == 0)
        flama_sk_damaged(in, "coef_", "is empty");
    if (in->failed)
        return;
    double *weights = flama_sk_new(in, m->scores * features, sizeof *weights);
    if (weights)
        flama_sk_transpose(rows, m->scores, features, weights);
    m->weights = weights;
    out->features = features;
}

FLAMA_SK_LOAD(lda)
{
    static const char *const solvers[] = {"svd", "eigen", "lsqr", NULL};
    enum { SVD, LSQR = 2 };
    lda *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL || flama_sk_classes(in, self, "classes_", out))
        return in->failed;
    if (out->outputs != 1 || out->classes[0]->count < 2)
        return flama_sk_damaged(in, "classes_", "has less than two labels");
    read_lda(in, self, out->classes[0]->count, out, m);
    size_t solver = flama_sk_choice(in, self, "solver", solvers);
    if (in->failed == 0 && solver != LSQR)
        read_lda_axes(in, self, solver == SVD, out->features, m);
    out->model = m;
    out->methods = m->components ? &lda_methods : &lda_classifier;
    out->columns = m->components;
    out->cost = 20 + 0.5 * (double)out->features * (double)m->scores;
    return in->failed;
}

/* Quadratic: -1/2 (|(x - mean) rotation / sqrt(scaling)|^2 + log det) + log prior. */

typedef struct gaussian {
    const double *mean; /* features */
    size_t rank;
    const double *axes; /* features x rank */
    double constant;    /* log prior - log det / 2 */
} gaussian;

typedef struct qda {
    size_t classes, most; /* most: the largest rank */
    gaussian *gaussians;
} qda;

/* Scores of one class, `classes` apart; centred and turned have a row for each of x's.
 */
static int class_scores(const gaussian *g, flama_call *call, const flama_sk_matrix *x,
                        double *centred, double *turned, size_t classes, double *y)
{
    size_t n = x->cols;
    for (size_t i = 0; i < x->rows; i++)
        for (size_t j = 0; j < n; j++)
            centred[i * n + j] = x->data[i * n + j] - g->mean[j];
    int code = flama_sk_product_many(call, centred, x->rows, n, g->axes, g->rank, NULL,
                                     turned);
    for (size_t i = 0; code == 0 && i < x->rows; i++, turned += g->rank)
        y[i * classes] = g->constant - 0.5 * flama_sk_dot(turned, turned, g->rank);
    return code;
}

static int qda_scores(const flama_sk_estimator *self, flama_call *call,
                      const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const qda *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, m->classes, out);
    double *centred = flama_sk_alloc(call, x->rows * x->cols, sizeof *centred);
    double *turned = flama_sk_alloc(call, x->rows * m->most, sizeof *turned);
    int code = y && centred && turned ? 0 : FLAMA_EMEMORY;
    for (size_t c = 0; code == 0 && c < m->classes; c++)
        code =
            class_scores(&m->gaussians[c], call, x, centred, turned, m->classes, y + c);
    return code;
}

static int qda_predict(const flama_sk_estimator *self, flama_call *call,
                       const flama_sk_matrix *x, flama_sk_answer *out)
{
    flama_sk_matrix y;
    int code = qda_scores(self, call, x, &y);
    return code ? code : flama_sk_predict_largest(self, call, &y, out);
}

static int qda_probabilities(const flama_sk_estimator *self, flama_call *call,
                             const flama_sk_matrix *x, flama_sk_matrix *out)
{
    int code = qda_scores(self, call, x, out);
    if (code == 0)
        flama_sk_softmax((double *)(uintptr_t)out->data, out->rows, out->cols);
    return code;
}

static int qda_decision(const flama_sk_estimator *self, flama_call *call,
                        const flama_sk_matrix *x, flama_sk_matrix *out)
{
    int code = qda_scores(self, call, x, out);
    return code ? code : flama_sk_score_difference(call, out);
}

static const flama_sk_methods qda_methods = {.predict = qda_predict,
                                             .predict_proba = qda_probabilities,
                                             .decision_function = qda_decision};

static void read_gaussian(flama_sk_loader *in, const flama_pickle *rotation,
                          const flama_pickle *scaling, size_t features, gaussian *g)
{
    g->rank = FLAMA_SK_ANY;
    const double *given =
        flama_sk_node_matrix(in, rotation, "rotations_", &features, &g->rank);
    const double *scales = flama_sk_node_vector(in, scaling, "scalings_", &g->rank);
    double *axes =
        in->failed ? NULL : flama_sk_new(in, features * g->rank, sizeof *axes);
    for (size_t k = 0; axes && k < g->rank; k++) {
        g->constant -= 0.5 * log(scales[k]);
        for (size_t j = 0; j < features; j++)
            axes[j * g->rank + k] = given[j * g->rank + k] / sqrt(scales[k]);
    }
    g->axes = axes;
}

static void read_gaussians(flama_sk_loader *in, const flama_pickle *self,
                           size_t features, qda *m)
{
    size_t rotations, scalings;
    flama_pickle *const *rotation = flama_sk_items(in, self, "rotations_", &rotations);
    flama_pickle *const *scaling = flama_sk_items(in, self, "scalings_", &scalings);
    const double *means =
        flama_sk_matrix_get(in, self, "means_", &m->classes, &features);
    const double *priors = flama_sk_vector(in, self, "priors_", &m->classes);
    if (in->failed == 0 && (rotations != m->classes || scalings != m->classes))
        flama_sk_damaged(in, "rotations_", "are not one a class");
    for (size_t c = 0; in->failed == 0 && c < m->classes; c++) {
        gaussian *g = &m->gaussians[c];
        g->mean = means + c * features;
        read_gaussian(in, rotation[c], scaling[c], features, g);
        g->constant += log(priors[c]);
        m->most = in->failed == 0 && g->rank > m->most ? g->rank : m->most;
    }
}

FLAMA_SK_LOAD(qda)
{
    qda *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL || flama_sk_classes(in, self, "classes_", out))
        return in->failed;
    m->classes = out->classes[0]->count;
    if (out->outputs != 1 || m->classes < 2 || out->features == 0)
        return flama_sk_damaged(in, "classes_", "has less than two labels");
    m->gaussians = flama_sk_new(in, m->classes, sizeof *m->gaussians);
    read_gaussians(in, self, out->features, m);
    out->model = m;
    out->methods = &qda_methods;
    out->cost = 50 + 0.5 * (double)out->features * (double)m->most * (double)m->classes;
    return in->failed;
}
