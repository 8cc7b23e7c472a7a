"""Classes and mixtures of Gaussians, and boundaries of one."""

import numpy as np
from data import inputs, labels, named, probes, target
from sklearn import covariance, discriminant_analysis, linear_model, mixture


def lda(**options):
    return discriminant_analysis.LinearDiscriminantAnalysis(**options)


def discriminants():
    yield "lda", lda()
    yield "lda-priors", lda(priors=[0.7, 0.2, 0.1])
    yield "lda-one", lda(n_components=1)
    for solver in ("lsqr", "eigen"):
        yield f"lda-{solver}", lda(solver=solver)
        yield f"lda-{solver}-auto", lda(solver=solver, shrinkage="auto")
        yield f"lda-{solver}-half", lda(solver=solver, shrinkage=0.5)
        estimator = covariance.OAS(store_precision=False)
        yield f"lda-{solver}-oas", lda(solver=solver, covariance_estimator=estimator)
    qda = discriminant_analysis.QuadraticDiscriminantAnalysis
    yield "qda", qda()
    yield "qda-reg", qda(reg_param=0.3, store_covariance=True)
    yield "qda-priors", qda(priors=[0.7, 0.2, 0.1])
    if "solver" in qda().get_params():
        yield "qda-eigen", qda(solver="eigen", shrinkage="auto")


def mixtures():
    bayesian = mixture.BayesianGaussianMixture
    prior = "dirichlet_distribution"
    for kind in ("full", "tied", "diag", "spherical"):
        for n in (1, 3):
            shared = dict(n_components=n, covariance_type=kind, random_state=0)
            yield f"gmm-{kind}-{n}", mixture.GaussianMixture(**shared)
            yield f"bgm-{kind}-{n}", bayesian(**shared)
            est = bayesian(weight_concentration_prior_type=prior, **shared)
            yield f"bgm-{kind}-{n}-distribution", est


def cases():
    x = inputs()
    rows = probes(x)
    near = rows[:45]
    for name, est in discriminants():
        methods = ["predict", "predict_proba", "decision_function", "transform"]
        options = dict(methods=methods[:3] if "lsqr" in name else methods)
        yield name, est, x, labels(x, 3), rows, options
    for classes in (2, 5):
        for kind in ("str", "float"):
            y = named(labels(x, classes), kind)
            yield f"lda-{classes}-{kind}", lda(), x, y, rows
            est = discriminant_analysis.QuadraticDiscriminantAnalysis()
            yield f"qda-{classes}-{kind}", est, x, y, rows
    doubled = np.hstack([x, x[:, :1]])
    yield "lda-doubled", lda(), doubled, labels(x), probes(doubled)
    f32 = x.astype("f4")
    tolerance = dict(tolerance=1e-5)
    yield "lda-float32", lda(), f32, labels(x), rows, tolerance
    for name, est in mixtures():
        yield name, est, x, None, near
        yield f"{name}-far", est, x, None, rows, dict(methods=["predict"])
    for options in (
        dict(),
        dict(assume_centered=True, contamination=0.3),
        dict(store_precision=False),
    ):
        est = covariance.EllipticEnvelope(random_state=0, **options)
        yield f"envelope-{'-'.join(options)}", est, x, None, rows
    est = covariance.EllipticEnvelope(random_state=0)  # a row is itself the threshold
    yield "envelope-threshold", est, inputs(101, 2), None, inputs(101, 2)
    if hasattr(linear_model, "SGDOneClassSVM"):
        for options in (dict(), dict(nu=0.1, average=True), dict(fit_intercept=False)):
            est = linear_model.SGDOneClassSVM(random_state=0, **options)
            yield f"plane-{'-'.join(options)}", est, x, None, rows
        est = linear_model.SGDOneClassSVM(random_state=0)
        after = dict(after=lambda fitted: fitted.sparsify())
        yield "plane-sparsified", est, x, None, rows, after
    line = target(x)
    for options in (dict(), dict(max_trials=5, min_samples=20, loss="squared_error")):
        est = linear_model.RANSACRegressor(random_state=0, **options)
        yield f"ransac-{'-'.join(options)}", est, x, line, rows
    est = linear_model.RANSACRegressor(random_state=0)
    yield "ransac-many", est, x, target(x, outputs=2), rows
