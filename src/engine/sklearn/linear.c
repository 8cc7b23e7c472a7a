/* Linear models: X @ coef_.T + intercept_, and what is made of it. */
#include <math.h>
#include <string.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/product.h"
#include "engine/sklearn/sparse.h"

typedef enum probability {
    NORMALIZED_EXPIT, /* of each class, divided by their sum */
    SOFTMAX,
    SOFTMAX_OF_TWO, /* of -score and score: a multinomial model of two classes */
    MODIFIED_HUBER
} probability;

/* weights: features x outputs. */
typedef struct linear {
    size_t features, outputs;
    const double *weights;
    const double *bias;
    bool flat;
    bool log_link;
    probability probability;
} linear;

/* intercept_: one number for all outputs, or one an output. */
static const double *read_bias(flama_sk_loader *in, const flama_pickle *self,
                               size_t outputs)
{
    size_t count = FLAMA_SK_ANY;
    const double *given = flama_sk_ravel(in, self, "intercept_", &count);
    double *bias = flama_sk_new(in, outputs, sizeof *bias);
    if (in->failed)
        return NULL;
    if (count != 1 && count != outputs) {
        flama_sk_damaged(in, "intercept_", "has %zu numbers for %zu outputs", count,
                         outputs);
        return NULL;
    }
    for (size_t i = 0; i < outputs; i++)
        bias[i] = given[count == 1 ? 0 : i];
    return bias;
}

/* coef_ as features x outputs: a 1-d one has one output and makes answers flat, and so
 * does one row when it is sparse. */
static linear *read_linear(flama_sk_loader *in, const flama_pickle *self,
                           flama_sk_estimator *out)
{
    const flama_pickle *coef = flama_sk_get(in, self, "coef_");
    size_t features = out->features ? out->features : FLAMA_SK_ANY, outputs = 1;
    linear *model = flama_sk_new(in, 1, sizeof *model);
    flama_numpy array;
    if (model == NULL || coef == NULL)
        return NULL;
    model->flat = flama_numpy_is(coef) && flama_sk_array(in, self, "coef_", &array) &&
                  array.rank == 1;
    if (model->flat)
        model->weights = flama_sk_vector(in, self, "coef_", &features);
    else {
        outputs = FLAMA_SK_ANY;
        const double *rows =
            flama_sk_matrix_get(in, self, "coef_", &outputs, &features);
        double *weights =
            rows ? flama_sk_new(in, outputs * features, sizeof *weights) : NULL;
        if (weights)
            flama_sk_transpose(rows, outputs, features, weights);
        model->weights = weights;
        model->flat = !flama_numpy_is(coef) && outputs == 1;
    }
    if (in->failed == 0 && (features == 0 || outputs == 0))
        flama_sk_damaged(in, "coef_", "is empty");
    model->features = features;
    model->outputs = outputs;
    model->bias = in->failed ? NULL : read_bias(in, self, outputs);
    out->model = model;
    out->features = in->failed ? 0 : features;
    out->accepts |= FLAMA_SK_SPARSE;
    out->cost = 20 + 0.5 * (double)features * (double)outputs;
    return in->failed ? NULL : model;
}

/* Regressors. */

static int predict_number(const flama_sk_estimator *self, flama_call *call,
                          const flama_sk_matrix *x, flama_sk_answer *out)
{
    const linear *m = self->model;
    double *y = flama_sk_numbers_new(call, self, x->rows, out);
    if (y == NULL)
        return FLAMA_EMEMORY;
    flama_sk_sparse_product(x, m->weights, m->outputs, m->bias, y);
    for (size_t i = 0; m->log_link && i < x->rows * m->outputs; i++)
        y[i] = exp(y[i]);
    return 0;
}

static const flama_sk_methods regressor = {.predict = predict_number};

FLAMA_SK_LOAD(linear_regressor)
{
    linear *model = read_linear(in, self, out);
    if (model == NULL)
        return in->failed;
    out->methods = &regressor;
    out->gives = FLAMA_SK_NUMBERS;
    out->outputs = model->outputs;
    out->wide = !model->flat;
    return 0;
}

/* Poisson and gamma regression have the log link; Tweedie's depends. */
FLAMA_SK_LOAD(glm)
{
    static const char *const links[] = {"log", "identity", "auto", NULL};
    int code = flama_sk_load_linear_regressor(in, self, out);
    if (code)
        return code;
    linear *model = (linear *)(uintptr_t)out->model;
    size_t link = 0;
    if (strcmp(in->name, "TweedieRegressor") == 0) {
        link = flama_sk_choice(in, self, "link", links);
        if (link == 2)
            link = flama_sk_number(in, self, "power") <= 0;
    }
    model->log_link = link == 0;
    return in->failed;
}

/* Classifiers. */

static int scores(const flama_sk_estimator *self, flama_call *call,
                  const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const linear *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, m->outputs, out);
    if (y == NULL)
        return FLAMA_EMEMORY;
    flama_sk_sparse_product(x, m->weights, m->outputs, m->bias, y);
    out->flat = m->outputs == 1;
    return 0;
}

static int predict_label(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_answer *out)
{
    flama_sk_matrix score;
    int code = scores(self, call, x, &score);
    return code ? code : flama_sk_predict_largest(self, call, &score, out);
}

/* Several labels a row, each there or not. */
static int predict_indicator(const flama_sk_estimator *self, flama_call *call,
                             const flama_sk_matrix *x, flama_sk_answer *out)
{
    flama_sk_matrix score;
    int64_t *y = flama_sk_integers_new(call, self, x->rows, out);
    int code = y ? scores(self, call, x, &score) : FLAMA_EMEMORY;
    for (size_t i = 0; code == 0 && i < x->rows * self->outputs; i++)
        y[i] = score.data[i] > 0;
    return code;
}

/* Divides a row by its sum; a row of zeros becomes uniform. */
static void normalize(double *row, size_t n)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += row[j];
    for (size_t j = 0; j < n; j++)
        row[j] = sum == 0 ? 1 / (double)n : row[j] / sum;
}

static double huber_probability(double score)
{
    double clipped = score < -1 ? -1 : score > 1 ? 1 : score;
    return (clipped + 1) / 2;
}

/* Probabilities of two classes out of one score. */
static void two_classes(probability rule, double score, double *out)
{
    if (rule == SOFTMAX_OF_TWO) {
        out[0] = -score;
        out[1] = score;
        flama_sk_softmax(out, 1, 2);
        return;
    }
    double p =
        rule == MODIFIED_HUBER ? huber_probability(score) : flama_sk_expit(score);
    out[0] = 1 - p;
    out[1] = p;
}

static void several_classes(probability rule, double *row, size_t n)
{
    if (rule == SOFTMAX) {
        flama_sk_softmax(row, 1, n);
        return;
    }
    for (size_t j = 0; j < n; j++)
        row[j] =
            rule == MODIFIED_HUBER ? huber_probability(row[j]) : flama_sk_expit(row[j]);
    normalize(row, n);
}

static int probabilities(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const linear *m = self->model;
    flama_sk_matrix score;
    int code = scores(self, call, x, &score);
    if (code)
        return code;
    double *data = (double *)(uintptr_t)score.data;
    if (!score.flat) {
        for (size_t i = 0; i < x->rows; i++)
            several_classes(m->probability, data + i * m->outputs, m->outputs);
        *out = score;
        return 0;
    }
    double *p = flama_sk_matrix_new(call, x->rows, 2, out);
    for (size_t i = 0; p && i < x->rows; i++)
        two_classes(m->probability, data[i], p + 2 * i);
    return p ? 0 : FLAMA_EMEMORY;
}

static const flama_sk_methods classifier = {.predict = predict_label,
                                            .decision_function = scores};
static const flama_sk_methods probabilistic = {.predict = predict_label,
                                               .predict_proba = probabilities,
                                               .decision_function = scores};
static const flama_sk_methods indicator = {.predict = predict_indicator,
                                           .decision_function = scores};

/* A score a class; one score is for the second of two. */
static linear *read_classifier(flama_sk_loader *in, const flama_pickle *self,
                               const flama_pickle *holder, flama_sk_estimator *out)
{
    linear *model = read_linear(in, self, out);
    if (model == NULL || flama_sk_classes(in, holder, "classes_", out))
        return NULL;
    size_t classes = out->classes[0]->count;
    if (out->outputs != 1 || classes != (model->outputs == 1 ? 2 : model->outputs)) {
        flama_sk_damaged(in, "classes_", "has %zu labels for %zu rows of coef_",
                         classes, model->outputs);
        return NULL;
    }
    out->methods = &classifier;
    return model;
}

/* RidgeClassifier keeps its classes in a label binarizer, and may have several labels.
 */
static bool is_multilabel(flama_sk_loader *in, const flama_pickle *binarizer)
{
    const flama_pickle *type = flama_sk_find(in, binarizer, "y_type_");
    return flama_pickle_is_text(type, "multilabel-indicator");
}

FLAMA_SK_LOAD(linear_classifier)
{
    const flama_pickle *binarizer = flama_sk_find(in, self, "_label_binarizer");
    if (binarizer && is_multilabel(in, binarizer)) {
        linear *model = read_linear(in, self, out);
        out->methods = &indicator;
        out->gives = FLAMA_SK_INTEGERS;
        out->outputs = model ? model->outputs : 1;
        out->wide = true;
        return in->failed;
    }
    read_classifier(in, self, binarizer ? binarizer : self, out);
    return in->failed;
}

/* Until 1.7 multi_class chose between one model a class and one for all; since then
 * there is one for all. */
static probability logistic_rule(flama_sk_loader *in, const flama_pickle *self,
                                 size_t classes)
{
    static const char *const rules[] = {"multinomial", "auto", "deprecated",
                                        "ovr",         "warn", NULL};
    enum { MULTINOMIAL, AUTO, DEPRECATED, ABSENT = 9 };
    size_t rule = flama_sk_choice_or(in, self, "multi_class", rules, ABSENT);
    const flama_pickle *solver = flama_sk_find(in, self, "solver");
    if (rule == MULTINOMIAL)
        return classes == 2 ? SOFTMAX_OF_TWO : SOFTMAX;
    bool whole = rule == AUTO || rule == DEPRECATED || rule == ABSENT;
    if (whole && classes > 2 && !flama_pickle_is_text(solver, "liblinear"))
        return SOFTMAX;
    return NORMALIZED_EXPIT;
}

FLAMA_SK_LOAD(logistic)
{
    linear *model = read_classifier(in, self, self, out);
    if (model == NULL)
        return in->failed;
    model->probability = logistic_rule(in, self, out->classes[0]->count);
    out->methods = &probabilistic;
    return in->failed;
}

FLAMA_SK_LOAD(sgd_classifier)
{
    linear *model = read_classifier(in, self, self, out);
    const flama_pickle *loss = flama_sk_find(in, self, "loss");
    if (model == NULL)
        return in->failed;
    bool huber = flama_pickle_is_text(loss, "modified_huber");
    model->probability = huber ? MODIFIED_HUBER : NORMALIZED_EXPIT;
    if (huber || flama_pickle_is_text(loss, "log_loss") ||
        flama_pickle_is_text(loss, "log"))
        out->methods = &probabilistic;
    return in->failed;
}
