#include "engine/sklearn/table.h"

#include <string.h>

#include "engine/sklearn/families.h"

/* A line a class. Private modules have been the home of classes since 0.22. */
static const flama_sk_class estimators[] = {
    /* linear.c */
    {"sklearn.linear_model._base", "LinearRegression", flama_sk_load_linear_regressor},
    {"sklearn.linear_model._ridge", "Ridge", flama_sk_load_linear_regressor},
    {"sklearn.linear_model._ridge", "RidgeCV", flama_sk_load_linear_regressor},
    {"sklearn.linear_model._coordinate_descent", "Lasso",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._coordinate_descent", "LassoCV",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._coordinate_descent", "ElasticNet",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._coordinate_descent", "ElasticNetCV",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._coordinate_descent", "MultiTaskLasso",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._coordinate_descent", "MultiTaskLassoCV",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._coordinate_descent", "MultiTaskElasticNet",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._coordinate_descent", "MultiTaskElasticNetCV",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._least_angle", "Lars", flama_sk_load_linear_regressor},
    {"sklearn.linear_model._least_angle", "LarsCV", flama_sk_load_linear_regressor},
    {"sklearn.linear_model._least_angle", "LassoLars", flama_sk_load_linear_regressor},
    {"sklearn.linear_model._least_angle", "LassoLarsCV",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._least_angle", "LassoLarsIC",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._omp", "OrthogonalMatchingPursuit",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._omp", "OrthogonalMatchingPursuitCV",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._bayes", "BayesianRidge", flama_sk_load_linear_regressor},
    {"sklearn.linear_model._bayes", "ARDRegression", flama_sk_load_linear_regressor},
    {"sklearn.linear_model._huber", "HuberRegressor", flama_sk_load_linear_regressor},
    {"sklearn.linear_model._theil_sen", "TheilSenRegressor",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._quantile", "QuantileRegressor",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._stochastic_gradient", "SGDRegressor",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._passive_aggressive", "PassiveAggressiveRegressor",
     flama_sk_load_linear_regressor},
    {"sklearn.svm._classes", "LinearSVR", flama_sk_load_linear_regressor},
    {"sklearn.linear_model._glm.glm", "PoissonRegressor", flama_sk_load_glm},
    {"sklearn.linear_model._glm.glm", "GammaRegressor", flama_sk_load_glm},
    {"sklearn.linear_model._glm.glm", "TweedieRegressor", flama_sk_load_glm},
    {"sklearn.linear_model._logistic", "LogisticRegression", flama_sk_load_logistic},
    {"sklearn.linear_model._logistic", "LogisticRegressionCV", flama_sk_load_logistic},
    {"sklearn.linear_model._ridge", "RidgeClassifier", flama_sk_load_linear_classifier},
    {"sklearn.linear_model._ridge", "RidgeClassifierCV",
     flama_sk_load_linear_classifier},
    {"sklearn.linear_model._stochastic_gradient", "SGDClassifier",
     flama_sk_load_sgd_classifier},
    {"sklearn.linear_model._perceptron", "Perceptron", flama_sk_load_linear_classifier},
    {"sklearn.linear_model._passive_aggressive", "PassiveAggressiveClassifier",
     flama_sk_load_linear_classifier},
    {"sklearn.svm._classes", "LinearSVC", flama_sk_load_linear_classifier},

    /* mlp.c */
    {"sklearn.neural_network._multilayer_perceptron", "MLPClassifier",
     flama_sk_load_mlp_classifier},
    {"sklearn.neural_network._multilayer_perceptron", "MLPRegressor",
     flama_sk_load_mlp_regressor},

    /* pipeline.c */
    {"sklearn.pipeline", "Pipeline", flama_sk_load_pipeline},
};

enum { ESTIMATORS = sizeof estimators / sizeof *estimators };

static bool same(const char *text, flama_string s)
{
    return strlen(text) == s.size && memcmp(text, s.data, s.size) == 0;
}

const void *flama_sk_class_find(const void *ctx, flama_string module, flama_string name)
{
    (void)ctx;
    for (size_t i = 0; i < ESTIMATORS; i++)
        if (same(estimators[i].name, name) && same(estimators[i].module, module))
            return &estimators[i];
    for (const flama_sk_class *c = flama_sk_data; c->name; c++)
        if (same(c->name, name) && same(c->module, module))
            return c;
    return NULL;
}

const flama_sk_class *flama_sk_class_at(size_t i)
{
    return i < ESTIMATORS ? &estimators[i] : NULL;
}
