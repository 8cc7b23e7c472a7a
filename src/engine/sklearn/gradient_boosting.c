#include <float.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "engine/sklearn/families.h"
#include "engine/sklearn/product.h"
#include "engine/sklearn/tree_reader.h"

/* GradientBoostingClassifier and GradientBoostingRegressor: a first guess, then for
 * each class (one for two classes, one for a regressor) a sum of trees, each shrunk by
 * the learning rate. */

typedef enum guess { ZERO, NUMBER, LOGIT, HALF_LOGIT, LOGS, CENTRED_LOGS } guess;

typedef struct boosting {
    flama_sk_trees *sets; /* one for each column of the raw prediction */
    size_t columns;
    flama_sk_estimator *init; /* NULL: the first guess is 0 */
    guess guess;
    double margin; /* probabilities of the guess are kept so far from 0 and 1 */
    bool exponential;
} boosting;

static double clipped(double p, double margin)
{
    return p < margin ? margin : p > 1 - margin ? 1 - margin : p;
}

static void guess_logs(const boosting *model, const double *p, double *out)
{
    double mean = 0;
    for (size_t k = 0; k < model->columns; k++)
        mean += out[k] = log(clipped(p[k], model->margin));
    mean /= (double)model->columns;
    for (size_t k = 0; k < model->columns && model->guess == CENTRED_LOGS; k++)
        out[k] -= mean;
}

static int guess_classes(const boosting *model, flama_call *call,
                         const flama_sk_matrix *x, double *raw)
{
    flama_sk_matrix proba;
    int code = flama_sk_predict_proba(model->init, call, x, &proba);
    if (code)
        return code;
    for (size_t r = 0; r < x->rows; r++) {
        const double *p = proba.data + r * proba.cols;
        double second = clipped(p[1], model->margin);
        if (model->guess == LOGIT || model->guess == HALF_LOGIT)
            raw[r] = log(second / (1 - second)) * (model->guess == LOGIT ? 1 : 0.5);
        else
            guess_logs(model, p, raw + r * model->columns);
    }
    return 0;
}

static int guess_number(const boosting *model, flama_call *call,
                        const flama_sk_matrix *x, double *raw)
{
    flama_sk_answer answer;
    int code = flama_sk_predict(model->init, call, x, &answer);
    for (size_t r = 0; code == 0 && r < x->rows; r++)
        raw[r] = answer.kind == FLAMA_SK_INTEGERS ? (double)answer.integers[r]
                                                  : answer.numbers[r];
    return code;
}

/* The input as the library hands it to the first guess: rounded to float32. */
static int narrow(flama_call *call, const flama_sk_matrix *x, flama_sk_matrix *out)
{
    double *data = flama_sk_matrix_new(call, x->rows, x->cols, out);
    for (size_t i = 0; data && i < x->rows * x->cols; i++)
        data[i] = (float)x->data[i];
    out->finite = x->finite;
    return data ? 0 : FLAMA_EMEMORY;
}

static int first_guess(const boosting *model, flama_call *call,
                       const flama_sk_matrix *x, double *raw)
{
    flama_sk_matrix narrowed;
    if (model->guess == ZERO) {
        memset(raw, 0, x->rows * model->columns * sizeof *raw);
        return 0;
    }
    int code = narrow(call, x, &narrowed);
    if (code)
        return code;
    return model->guess == NUMBER ? guess_number(model, call, &narrowed, raw)
                                  : guess_classes(model, call, &narrowed, raw);
}

static int raw_prediction(const boosting *model, flama_call *call,
                          const flama_sk_matrix *x, double *raw)
{
    int code = first_guess(model, call, x, raw);
    return code ? code
                : flama_sk_trees_run(model->sets, model->columns, call, x, raw,
                                     model->columns);
}

static int decision_function(const flama_sk_estimator *self, flama_call *call,
                             const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const boosting *model = self->model;
    double *raw = flama_sk_matrix_new(call, x->rows, model->columns, out);
    out->flat = model->columns == 1;
    return raw ? raw_prediction(model, call, x, raw) : FLAMA_EMEMORY;
}

static int predict_proba(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const boosting *model = self->model;
    flama_sk_matrix raw;
    int code = decision_function(self, call, x, &raw);
    double *data = (double *)(uintptr_t)raw.data;
    for (size_t r = 0; code == 0 && model->exponential && r < x->rows; r++)
        data[r] *= 2;
    return code ? code : flama_sk_score_probabilities(call, &raw, out);
}

/* Before 1.4 the largest probability, later the largest raw prediction; 0 counts as the
 * second of two classes then. */
static int predict_labels(const flama_sk_estimator *self, flama_call *call,
                          const flama_sk_matrix *x, flama_sk_answer *out)
{
    flama_sk_matrix scores;
    int code = self->version < 104 ? predict_proba(self, call, x, &scores)
                                   : decision_function(self, call, x, &scores);
    if (code)
        return code;
    if (!scores.flat)
        return flama_sk_predict_largest(self, call, &scores, out);
    uint32_t *labels = flama_sk_labels_new(call, self, x->rows, out);
    for (size_t r = 0; labels && r < x->rows; r++)
        labels[r] = scores.data[r] >= 0;
    return labels ? 0 : FLAMA_EMEMORY;
}

static int predict_numbers(const flama_sk_estimator *self, flama_call *call,
                           const flama_sk_matrix *x, flama_sk_answer *out)
{
    double *raw = flama_sk_numbers_new(call, self, x->rows, out);
    return raw ? raw_prediction(self->model, call, x, raw) : FLAMA_EMEMORY;
}

static const flama_sk_methods classifier = {.predict = predict_labels,
                                            .predict_proba = predict_proba,
                                            .decision_function = decision_function};
static const flama_sk_methods regressor = {.predict = predict_numbers};

/* A leaf holds what it adds: shrunk already, which rounds as the library does. */
static int fill(flama_sk_loader *in, const void *ctx, flama_sk_tree *tree, double *out)
{
    const double *rate = ctx;
    if (tree->outputs != 1 || tree->classes != 1)
        return flama_sk_damaged(in, "estimators_",
                                "holds trees that are no regressors");
    for (size_t i = 0; i < tree->count; i++)
        out[i] = *rate * tree->values[i];
    return 0;
}

/* Set k of the stages * columns trees. */
static int read_set(flama_sk_loader *in, const flama_numpy *trees, size_t k,
                    double rate, size_t features, flama_sk_trees *out)
{
    size_t stages = trees->shape[0], columns = trees->shape[1];
    const flama_pickle **list = flama_arena_calloc(in->scratch, stages, sizeof *list);
    if (list == NULL)
        return in->failed = flama_error__memory(in->err);
    for (size_t i = 0; i < stages; i++)
        list[i] = trees->items[i * columns + k];
    *out = (flama_sk_trees){.features = features, .width = 1};
    return flama_sk_trees_read(in, list, stages, fill, &rate, out);
}

static int read_trees(flama_sk_loader *in, const flama_pickle *self,
                      flama_sk_estimator *out, boosting *model)
{
    flama_numpy trees;
    size_t features, outputs;
    double rate = flama_sk_number(in, self, "learning_rate");
    if (!flama_sk_array(in, self, "estimators_", &trees))
        return in->failed;
    if (trees.kind != 'O' || trees.rank != 2 || trees.count == 0 ||
        trees.shape[1] != model->columns)
        return flama_sk_damaged(in, "estimators_", "is no table of stages and classes");
    if (flama_sk_tree_shape(in, trees.items[0], &features, &outputs) != 0)
        return in->failed;
    if (out->features && out->features != features)
        return flama_sk_damaged(in, "estimators_", "holds trees of other features");
    out->features = features;
    model->sets = flama_sk_new(in, model->columns, sizeof *model->sets);
    for (size_t k = 0; k < model->columns && in->failed == 0; k++)
        read_set(in, &trees, k, rate, features, &model->sets[k]);
    return in->failed;
}

/* The estimator of the first guess must give what is read of it. */
static int check_init(flama_sk_loader *in, const boosting *model, size_t classes)
{
    const flama_sk_estimator *init = model->init;
    if (model->guess == NUMBER) {
        if (init->methods->predict == NULL || init->gives == FLAMA_SK_LABELS ||
            init->outputs != 1)
            return flama_sk_refuse(in, "with init_ %s is not run", init->name);
    } else if (init->methods->predict_proba == NULL || init->classes == NULL ||
               init->outputs != 1 || init->classes[0]->count != classes)
        return flama_sk_refuse(in, "with init_ %s is not run", init->name);
    return 0;
}

static int read_init(flama_sk_loader *in, const flama_pickle *self,
                     flama_sk_estimator *out, boosting *model)
{
    const flama_pickle *init = flama_sk_get(in, self, "init_");
    size_t classes = out->classes ? out->classes[0]->count : 0;
    if (init == NULL || flama_pickle_is_text(init, "zero"))
        return in->failed;
    model->margin = in->version < 108 ? FLT_EPSILON : DBL_EPSILON;
    model->init = flama_sk_load(in, init);
    if (model->init == NULL)
        return in->failed;
    if (classes == 0)
        model->guess = NUMBER;
    else if (classes == 2)
        model->guess = model->exponential ? HALF_LOGIT : LOGIT;
    else
        model->guess = in->version < 104 ? LOGS : CENTRED_LOGS;
    return check_init(in, model, classes);
}

static int load(flama_sk_loader *in, const flama_pickle *self, flama_sk_estimator *out,
                boosting *model)
{
    if (read_trees(in, self, out, model) != 0 || read_init(in, self, out, model) != 0)
        return in->failed;
    out->model = model;
    out->accepts = FLAMA_SK_FLOAT32;
    out->cost = flama_sk_trees_cost(model->sets, model->columns) +
                (model->init ? model->init->cost : 0);
    return 0;
}

FLAMA_SK_LOAD(boosting_classifier)
{
    static const char *const losses[] = {"log_loss", "deviance", "exponential", NULL};
    boosting *model = flama_sk_new(in, 1, sizeof *model);
    if (model == NULL || flama_sk_classes(in, self, "classes_", out) != 0)
        return in->failed;
    size_t classes = out->classes[0]->count;
    if (out->outputs != 1 || classes < 2)
        return flama_sk_damaged(in, "classes_", "has fewer than two classes");
    model->columns = classes == 2 ? 1 : classes;
    model->exponential = flama_sk_choice(in, self, "loss", losses) == 2;
    out->methods = &classifier;
    return in->failed ? in->failed : load(in, self, out, model);
}

FLAMA_SK_LOAD(boosting_regressor)
{
    boosting *model = flama_sk_new(in, 1, sizeof *model);
    if (model == NULL)
        return in->failed;
    model->columns = 1;
    out->methods = &regressor;
    return load(in, self, out, model);
}
