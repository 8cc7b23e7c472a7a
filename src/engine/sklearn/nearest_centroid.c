/* NearestCentroid: the class whose centre is nearest, or whose discriminant score,
 * which weighs in how frequent classes are, is largest. */
#include <math.h>
#include <string.h>

#include "engine/sklearn/distance.h"
#include "engine/sklearn/families.h"
#include "engine/sklearn/product.h"

typedef struct centroids {
    flama_sk_distance distance;
    size_t classes;
    const double *centres;    /* classes x features */
    const double *log_priors; /* NULL: made before there were any */
    const double *deviations; /* features */
    const double *scaled;     /* centres over the deviations */
    bool uniform;             /* all classes are as frequent */
} centroids;

static int predict_nearest(const flama_sk_estimator *self, flama_call *call,
                           const flama_sk_matrix *x, flama_sk_answer *out)
{
    const centroids *m = self->model;
    uint32_t *labels = flama_sk_labels_new(call, self, x->rows, out);
    for (size_t i = 0; labels && i < x->rows; i++) {
        double least = INFINITY;
        labels[i] = 0;
        for (size_t c = 0; c < m->classes; c++) {
            double d = flama_sk_distance_reduced(&m->distance, x->data + i * x->cols,
                                                 m->centres + c * x->cols);
            if (d < least) {
                least = d;
                labels[i] = (uint32_t)c;
            }
        }
    }
    return labels ? 0 : FLAMA_EMEMORY;
}

static int scores(const flama_sk_estimator *self, flama_call *call,
                  const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const centroids *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, m->classes, out);
    double *row = flama_sk_alloc(call, x->cols, sizeof *row);
    if (y == NULL || row == NULL)
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < x->rows; i++) {
        for (size_t j = 0; j < x->cols; j++) {
            double v = x->data[i * x->cols + j];
            row[j] = m->deviations[j] != 0 ? v / m->deviations[j] : v;
        }
        for (size_t c = 0; c < m->classes; c++) {
            double d = flama_sk_distance_full(
                &m->distance,
                flama_sk_distance_reduced(&m->distance, row, m->scaled + c * x->cols));
            y[i * m->classes + c] = -(d * d) + 2 * m->log_priors[c];
        }
    }
    return 0;
}

static int predict(const flama_sk_estimator *self, flama_call *call,
                   const flama_sk_matrix *x, flama_sk_answer *out)
{
    const centroids *m = self->model;
    flama_sk_matrix y;
    if (m->log_priors == NULL || m->uniform)
        return predict_nearest(self, call, x, out);
    int code = scores(self, call, x, &y);
    return code ? code : flama_sk_predict_largest(self, call, &y, out);
}

static int decision_function(const flama_sk_estimator *self, flama_call *call,
                             const flama_sk_matrix *x, flama_sk_matrix *out)
{
    int code = scores(self, call, x, out);
    return code ? code : flama_sk_score_difference(call, out);
}

static int probabilities(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    int code = scores(self, call, x, out);
    if (code == 0)
        flama_sk_softmax((double *)(uintptr_t)out->data, out->rows, out->cols);
    return code;
}

static const flama_sk_methods labels_only = {.predict = predict};
static const flama_sk_methods all_methods = {.predict = predict,
                                             .predict_proba = probabilities,
                                             .decision_function = decision_function};

/* What scores need, which scikit-learn has had since 1.6. */
static void read_priors(flama_sk_loader *in, const flama_pickle *self, centroids *m)
{
    size_t features = m->distance.features;
    const double *priors = flama_sk_vector(in, self, "class_prior_", &m->classes);
    m->deviations = flama_sk_vector(in, self, "within_class_std_dev_", &features);
    double *logs = flama_sk_new(in, m->classes, sizeof *logs);
    double *scaled = flama_sk_new(in, m->classes * features, sizeof *scaled);
    if (in->failed)
        return;
    double even = 1 / (double)m->classes;
    m->uniform = true;
    for (size_t c = 0; c < m->classes; c++) {
        m->uniform = m->uniform && fabs(priors[c] - even) <= 1e-8 + 1e-5 * even;
        logs[c] = log(priors[c]);
    }
    for (size_t i = 0; i < m->classes * features; i++) {
        double deviation = m->deviations[i % features];
        scaled[i] = deviation != 0 ? m->centres[i] / deviation : m->centres[i];
    }
    m->log_priors = logs;
    m->scaled = scaled;
}

FLAMA_SK_LOAD(nearest_centroid)
{
    centroids *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL || flama_sk_classes(in, self, "classes_", out))
        return in->failed;
    size_t features = out->features ? out->features : FLAMA_SK_ANY;
    m->classes = out->classes[0]->count;
    m->centres = flama_sk_matrix_get(in, self, "centroids_", &m->classes, &features);
    if (in->failed == 0 && (features == 0 || out->outputs != 1))
        flama_sk_damaged(in, "centroids_", "is empty");
    if (in->failed ||
        flama_sk_distance_read(in, self, "metric", NULL, features, &m->distance))
        return in->failed;
    if (in->version >= 106)
        read_priors(in, self, m);
    bool scored = m->log_priors && m->distance.metric == FLAMA_SK_EUCLIDEAN;
    out->methods = scored ? &all_methods : &labels_only;
    out->model = m;
    out->features = features;
    if (m->distance.metric == FLAMA_SK_NAN_EUCLIDEAN)
        out->accepts |= FLAMA_SK_NAN;
    out->cost = 20 + 1.0 * (double)m->classes * (double)features;
    return in->failed;
}
