/* CalibratedClassifierCV: the mean of classifiers whose scores are made probabilities
 * by a curve a class (A. Niculescu-Mizil and R. Caruana 2005), or by one temperature
 * (C. Guo et al. 2017). */
#include <math.h>
#include <string.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/labels.h"
#include "engine/sklearn/meta.h"
#include "engine/sklearn/product.h"

typedef struct member {
    const flama_sk_estimator *estimator;
    flama_sk_estimator **curves;
    size_t count;            /* of curves */
    const uint32_t *classes; /* of the estimator, by the whole's */
    const double *beta;      /* temperature: no curves */
} member;

typedef struct calibrated {
    member *members;
    size_t count;
} calibrated;

/* What the curves are fitted on: decisions, else probabilities; one column of two. */
static int scores_of(const member *m, flama_call *call, const flama_sk_matrix *x,
                     flama_sk_matrix *out)
{
    const flama_sk_estimator *e = m->estimator;
    if (e->methods->decision_function)
        return flama_sk_decision_function(e, call, x, out);
    return e->classes[0]->count == 2 ? flama_sk_second_proba(e, call, x, out)
                                     : flama_sk_predict_proba(e, call, x, out);
}

/* By curves. */

static int apply_curve(const member *m, flama_call *call, const flama_sk_matrix *scores,
                       size_t i, size_t class, size_t classes, double *proba)
{
    flama_sk_matrix column, y;
    int code = flama_sk_take_columns(call, scores, &i, 1, &column);
    if (code == 0)
        code = flama_sk_predict_matrix(m->curves[i], call, &column, &y);
    for (size_t r = 0; code == 0 && r < y.rows; r++)
        proba[r * classes + class] = y.data[r];
    return code;
}

/* To a sum of 1: all alike when it is 0. */
static void normalize(double *p, size_t classes)
{
    double sum = 0;
    if (classes == 2) {
        p[0] = 1 - p[1];
        return;
    }
    for (size_t k = 0; k < classes; k++)
        sum += p[k];
    for (size_t k = 0; k < classes; k++)
        p[k] = sum == 0 ? 1 / (double)classes : p[k] / sum;
}

static int by_curves(const member *m, flama_call *call, const flama_sk_matrix *scores,
                     size_t classes, double *proba)
{
    memset(proba, 0, scores->rows * classes * sizeof *proba);
    size_t known = m->estimator->classes[0]->count;
    for (size_t i = 0; i < m->count && i < scores->cols && i < known; i++) {
        size_t class = classes == 2 ? 1 : m->classes[i];
        int code = apply_curve(m, call, scores, i, class, classes, proba);
        if (code)
            return code;
    }
    for (size_t r = 0; r < scores->rows; r++)
        normalize(proba + r * classes, classes);
    return 0;
}

/* By temperature. */

/* Whether the scores are probabilities, as scikit-learn guesses it: of all rows. */
static bool are_probabilities(const double *data, size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++) {
        double sum = 0;
        for (size_t c = 0; c < cols; c++) {
            double p = data[r * cols + c];
            if (!(p >= 0 && p <= 1))
                return false;
            sum += p;
        }
        if (fabs(sum - 1) > 1e-8 + 1e-5)
            return false;
    }
    return true;
}

/* What the logits of a row are made of: one decision, or a score a class. */
static void spread(const flama_sk_matrix *scores, size_t r, bool proba, double *out)
{
    if (scores->cols > 1)
        memcpy(out, scores->data + r * scores->cols, scores->cols * sizeof *out);
    else {
        double s = scores->data[r];
        out[0] = proba ? 1 - s : -s;
        out[1] = s;
    }
}

static void by_temperature(const member *m, const flama_sk_matrix *scores,
                           size_t classes, double *proba)
{
    bool given = m->estimator->methods->decision_function == NULL;
    size_t n = scores->rows * classes;
    for (size_t r = 0; r < scores->rows; r++)
        spread(scores, r, given, proba + r * classes);
    bool decided = scores->cols == 1 && !given;
    if (!decided && are_probabilities(proba, scores->rows, classes))
        for (size_t i = 0; i < n; i++)
            proba[i] = log(proba[i] + 1e-12);
    for (size_t i = 0; i < n; i++)
        proba[i] *= *m->beta;
    flama_sk_softmax(proba, scores->rows, classes);
}

static int run_member(const member *m, flama_call *call, const flama_sk_matrix *x,
                      size_t classes, double *proba)
{
    flama_sk_matrix scores;
    int code = scores_of(m, call, x, &scores);
    if (code)
        return code;
    if (m->beta && scores.cols != 1 && scores.cols != classes)
        return flama_fail(call, FLAMA_EINTERNAL, "%s gives %zu scores for %zu classes",
                          m->estimator->name, scores.cols, classes);
    if (m->beta)
        by_temperature(m, &scores, classes, proba);
    else
        code = by_curves(m, call, &scores, classes, proba);
    for (size_t i = 0; code == 0 && i < scores.rows * classes; i++)
        if (proba[i] > 1 && proba[i] <= 1 + 1e-5)
            proba[i] = 1;
    return code;
}

static int predict_proba(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const calibrated *model = self->model;
    size_t classes = self->classes[0]->count, n = x->rows * classes;
    double *mean = flama_sk_matrix_new(call, x->rows, classes, out);
    double *one = flama_sk_alloc(call, n, sizeof *one);
    if (mean == NULL || one == NULL)
        return FLAMA_EMEMORY;
    memset(mean, 0, n * sizeof *mean);
    for (size_t m = 0; m < model->count; m++) {
        int code = run_member(&model->members[m], call, x, classes, one);
        if (code)
            return code;
        for (size_t i = 0; i < n; i++)
            mean[i] += one[i];
    }
    for (size_t i = 0; i < n; i++)
        mean[i] /= (double)model->count;
    return 0;
}

static int predict(const flama_sk_estimator *self, flama_call *call,
                   const flama_sk_matrix *x, flama_sk_answer *out)
{
    flama_sk_matrix proba;
    int code = predict_proba(self, call, x, &proba);
    return code ? code : flama_sk_predict_largest(self, call, &proba, out);
}

static const flama_sk_methods methods = {.predict = predict,
                                         .predict_proba = predict_proba};

/* The classifier within must score as its curves need it. */
static void check_estimator(flama_sk_loader *in, const flama_sk_estimator *out,
                            const flama_sk_estimator *e)
{
    size_t classes = out->classes[0]->count;
    bool decides = e->methods->decision_function != NULL;
    if (!flama_sk_needs(in, e,
                        e->classes && e->gives == FLAMA_SK_LABELS && e->outputs == 1,
                        "one class a row") ||
        !flama_sk_needs(in, e, decides || e->methods->predict_proba, "scores"))
        return;
    size_t known = e->classes[0]->count;
    if (known < 2 || ((classes == 2) != (known == 2) && !(decides && classes > 2)))
        flama_sk_refuse(in, "has a classifier that saw %zu of %zu classes", known,
                        classes);
}

static void read_curves(flama_sk_loader *in, const flama_pickle *node, member *m)
{
    static const char *const kinds[] = {"sigmoid", "isotonic", "temperature", NULL};
    size_t kind = flama_sk_choice(in, node, "method", kinds);
    if (kind == 2) {
        flama_pickle *const *items = flama_sk_items(in, node, "calibrators", &m->count);
        double *beta = flama_sk_new(in, 1, sizeof *beta);
        if (in->failed == 0 && m->count == 0)
            flama_sk_damaged(in, "calibrators", "is empty");
        if (in->failed == 0)
            *beta = flama_sk_number(in, items[0], "beta_");
        m->beta = beta;
        return;
    }
    m->curves = flama_sk_load_list(in, node, "calibrators", &m->count);
    for (size_t i = 0; in->failed == 0 && i < m->count; i++)
        flama_sk_needs(in, m->curves[i],
                       flama_sk_is_numeric(m->curves[i]) &&
                           m->curves[i]->outputs == 1 && m->curves[i]->features == 1,
                       "one number for one");
}

static void read_member(flama_sk_loader *in, const flama_pickle *node,
                        const flama_sk_estimator *out, member *m)
{
    if (!flama_pickle_is_object(node, "_CalibratedClassifier")) {
        flama_sk_damaged(in, "calibrated_classifiers_", "holds something else");
        return;
    }
    bool older = flama_sk_find(in, node, "estimator") == NULL;
    m->estimator =
        flama_sk_load_attribute(in, node, older ? "base_estimator" : "estimator");
    read_curves(in, node, m);
    if (in->failed)
        return;
    check_estimator(in, out, m->estimator);
    /* Those of a temperature may be trained on the classes' indices instead. */
    if (in->failed == 0 && m->beta == NULL)
        m->classes =
            flama_sk_labels_within(in, m->estimator->classes[0], out->classes[0]);
}

FLAMA_SK_LOAD(calibrated)
{
    calibrated *model = flama_sk_new(in, 1, sizeof *model);
    if (model == NULL || flama_sk_classes(in, self, "classes_", out) != 0)
        return in->failed;
    if (out->outputs != 1 || out->classes[0]->count < 2)
        return flama_sk_damaged(in, "classes_", "are not two or more of one output");
    flama_pickle *const *items =
        flama_sk_items(in, self, "calibrated_classifiers_", &model->count);
    model->members = flama_sk_new(in, model->count, sizeof *model->members);
    if (in->failed == 0 && model->count == 0)
        flama_sk_damaged(in, "calibrated_classifiers_", "is empty");
    out->cost = 100;
    for (size_t i = 0; in->failed == 0 && i < model->count; i++) {
        read_member(in, items[i], out, &model->members[i]);
        if (in->failed == 0)
            out->cost += model->members[i].estimator->cost + 100;
    }
    if (in->failed)
        return in->failed;
    flama_sk_adopt_features(out, model->members[0].estimator);
    out->model = model;
    out->methods = &methods;
    out->accepts = FLAMA_SK_UNCHECKED;
    return 0;
}

/* The sigmoid curve: a number for a number. */

typedef struct sigmoid {
    double a, b;
} sigmoid;

static int predict_sigmoid(const flama_sk_estimator *self, flama_call *call,
                           const flama_sk_matrix *x, flama_sk_answer *out)
{
    const sigmoid *m = self->model;
    double *y = flama_sk_numbers_new(call, self, x->rows, out);
    for (size_t r = 0; y && r < x->rows; r++)
        y[r] = flama_sk_expit(-(m->a * x->data[r] + m->b));
    return y ? 0 : FLAMA_EMEMORY;
}

static const flama_sk_methods sigmoid_methods = {.predict = predict_sigmoid};

FLAMA_SK_LOAD(sigmoid_calibration)
{
    sigmoid *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL)
        return in->failed;
    m->a = flama_sk_number(in, self, "a_");
    m->b = flama_sk_number(in, self, "b_");
    out->model = m;
    out->methods = &sigmoid_methods;
    out->features = 1;
    out->accepts = FLAMA_SK_NAN | FLAMA_SK_INFINITE | FLAMA_SK_FLAT;
    out->cost = 30;
    return in->failed;
}
