from data import counts, inputs, labels, named, probes, target
from sklearn import linear_model, svm


def regressors():
    m = linear_model
    yield from [
        m.LinearRegression(),
        m.LinearRegression(fit_intercept=False),
        m.LinearRegression(positive=True),
        m.Ridge(),
        m.Ridge(alpha=0, solver="svd"),
        m.Ridge(solver="lsqr", fit_intercept=False),
        m.RidgeCV(),
        m.Lasso(),
        m.LassoCV(n_alphas=5)
        if "n_alphas" in m.LassoCV().get_params()
        else m.LassoCV(),
        m.ElasticNet(alpha=0.1),
        m.ElasticNetCV(),
        m.Lars(),
        m.LarsCV(),
        m.LassoLars(alpha=0.01),
        m.LassoLarsCV(),
        m.LassoLarsIC(),
        m.OrthogonalMatchingPursuit(),
        m.OrthogonalMatchingPursuitCV(),
        m.BayesianRidge(),
        m.ARDRegression(),
        m.HuberRegressor(),
        m.TheilSenRegressor(random_state=0, max_subpopulation=100),
        m.QuantileRegressor(alpha=0.01, solver="highs"),
        m.SGDRegressor(random_state=0),
        m.SGDRegressor(random_state=0, average=True, loss="huber"),
        m.PassiveAggressiveRegressor(random_state=0),
        svm.LinearSVR(random_state=0),
        svm.LinearSVR(random_state=0, fit_intercept=False),
    ]


def glms():
    m = linear_model
    yield from [
        m.PoissonRegressor(),
        m.GammaRegressor(),
        m.TweedieRegressor(power=1.5),
        m.TweedieRegressor(power=0),
        m.TweedieRegressor(power=0, link="log"),
        m.TweedieRegressor(power=2, link="log", fit_intercept=False),
    ]


def classifiers():
    m = linear_model
    yield from [
        m.LogisticRegression(),
        m.LogisticRegression(fit_intercept=False, C=10),
        m.LogisticRegression(penalty="l1", solver="saga", max_iter=50),
        m.LogisticRegressionCV(Cs=3, cv=3),
        m.RidgeClassifier(),
        m.RidgeClassifierCV(),
        m.SGDClassifier(random_state=0),
        m.SGDClassifier(random_state=0, loss="modified_huber"),
        m.SGDClassifier(random_state=0, loss="log_loss", average=True),
        m.SGDClassifier(random_state=0, loss="squared_error", penalty="elasticnet"),
        m.Perceptron(random_state=0),
        m.PassiveAggressiveClassifier(random_state=0),
        svm.LinearSVC(random_state=0),
        svm.LinearSVC(random_state=0, multi_class="crammer_singer"),
        svm.LinearSVC(random_state=0, fit_intercept=False),
    ]


def short(est):
    return str(est).replace("\n", "").replace(" ", "")


def cases():
    x = inputs()
    rows = probes(x)
    y = target(x)
    for est in regressors():
        yield short(est), est, x, y, rows
    for outputs in (1, 3):
        many = target(x, outputs=outputs)
        for est in [
            linear_model.LinearRegression(),
            linear_model.LinearRegression(fit_intercept=False),
            linear_model.Ridge(),
            linear_model.RidgeCV(),
            linear_model.Lasso(),
            linear_model.Lars(),
            linear_model.OrthogonalMatchingPursuit(),
            linear_model.MultiTaskLasso(),
            linear_model.MultiTaskElasticNet(),
        ]:
            yield f"{short(est)}-{outputs}", est, x, many, rows
    f32 = x.astype("float32")
    yield "Ridge-float32", linear_model.Ridge(), f32, y.astype("float32"), rows
    c = counts()
    yield "Ridge-int", linear_model.Ridge(), c.astype(int), y, probes(c)
    for est in glms():
        yield short(est), est, x / 10, abs(y) / 10 + 0.1, rows[:40] / 10
    for classes in (2, 3, 5):
        for est in classifiers():
            yield f"{short(est)}-{classes}", est, x, labels(x, classes), rows
    for kind in ("str", "object", "bool", "float", "far", "uint8"):
        for classes in (2,) if kind == "bool" else (2, 4):
            est = linear_model.LogisticRegression()
            y = named(labels(x, classes), kind)
            yield f"LogisticRegression-{kind}-{classes}", est, x, y, rows
    sgd = linear_model.SGDClassifier(random_state=0)
    after = dict(after=lambda fitted: fitted.sparsify())
    yield "SGDClassifier-sparsified", sgd, x, labels(x, 3), rows, after
    sgd = linear_model.SGDRegressor(random_state=0)
    yield "SGDRegressor-sparsified", sgd, x, target(x), rows, after
    for protocol in (2, 3, 5):
        est = linear_model.LogisticRegression()
        y = named(labels(x, 3))
        yield f"protocol-{protocol}", est, x, y, rows, dict(protocol=protocol)
    many = (target(x, outputs=3) > 0).astype(int)
    yield "RidgeClassifier-multilabel", linear_model.RidgeClassifier(), x, many, rows
