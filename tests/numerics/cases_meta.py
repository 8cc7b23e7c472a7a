"""Calibration, thresholds, many classes or outputs of estimators of one, selection by
an estimator, transformed targets."""

import numpy as np
import sklearn
from data import inputs, labels, named, probes, target
from scipy.sparse import csr_matrix
from sklearn import feature_selection as fs
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    ExtraTreesClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import (
    ElasticNet,
    Lasso,
    LinearRegression,
    LogisticRegression,
    Ridge,
    RidgeClassifier,
)
from sklearn.metrics import f1_score, make_scorer
from sklearn.multiclass import (
    OneVsOneClassifier,
    OneVsRestClassifier,
    OutputCodeClassifier,
)
from sklearn.multioutput import (
    ClassifierChain,
    MultiOutputClassifier,
    MultiOutputRegressor,
    RegressorChain,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])


def line():
    return make_pipeline(StandardScaler(), LogisticRegression())


def tree():
    return DecisionTreeClassifier(max_depth=3, random_state=0)


def svc():
    return LinearSVC(random_state=0)


def kinds(x):
    """Labels: of two and more classes, of all types."""
    for kind in ("int", "str", "bool", "far"):
        for classes in (2,) if kind == "bool" else (2, 4):
            y = labels(x, classes)
            yield f"{kind}-{classes}", y if kind == "int" else named(y, kind)


def calibrated(x):
    methods = ["sigmoid", "isotonic"] + ["temperature"] * (VERSION >= (1, 8))
    for tag, y in kinds(x):
        for method in methods:
            for name, est in (("line", line()), ("tree", tree()), ("svc", svc())):
                full = CalibratedClassifierCV(est, method=method, cv=3)
                yield f"{method}-{name}-{tag}", full, x, y
    y = labels(x, 3)
    for method in methods:
        one = CalibratedClassifierCV(GaussianNB(), method=method, cv=3, ensemble=False)
        yield f"{method}-one", one, x, y
        if VERSION >= (1, 6):
            from sklearn.frozen import FrozenEstimator

            for classes in (2, 3):
                y = labels(x, classes)
                frozen = FrozenEstimator(GaussianNB().fit(x[:50], y[:50]))
                full = CalibratedClassifierCV(frozen, method=method)
                yield f"{method}-frozen-{classes}", full, x, y


def thresholds(x):
    if VERSION < (1, 5):
        return
    from sklearn.model_selection import (
        FixedThresholdClassifier,
        TunedThresholdClassifierCV,
    )

    for tag, y in kinds(x):
        if not tag.endswith("2"):
            continue
        low = y.min() if y.dtype.kind != "U" else sorted(set(y))[0]
        low = low.item() if hasattr(low, "item") else low
        for name, est in (("line", line()), ("svc", svc()), ("tree", tree())):
            yield f"fixed-{name}-{tag}", FixedThresholdClassifier(est), x, y
            full = FixedThresholdClassifier(est, threshold=0.2, pos_label=low)
            yield f"fixed-low-{name}-{tag}", full, x, y
            yield f"tuned-{name}-{tag}", TunedThresholdClassifierCV(est, cv=3), x, y
        scorer = make_scorer(f1_score, pos_label=low)
        full = TunedThresholdClassifierCV(line(), scoring=scorer, cv=3)
        yield f"tuned-f1-{tag}", full, x, y
    y = labels(x, 2)
    full = TunedThresholdClassifierCV(line(), scoring="f1", cv=3)
    yield "tuned-one", full, x, y
    response = dict(response_method="decision_function")
    full = FixedThresholdClassifier(line(), threshold=-0.3, **response)
    yield "fixed-decision", full, x, y


def multiclass(x):
    for tag, y in kinds(x):
        for name, est in (("line", line()), ("tree", tree()), ("svc", svc())):
            yield f"rest-{name}-{tag}", OneVsRestClassifier(est), x, y
            yield f"one-{name}-{tag}", OneVsOneClassifier(est), x, y
            if y.dtype.kind != "b":
                full = OutputCodeClassifier(est, code_size=3, random_state=0)
                yield f"code-{name}-{tag}", full, x, y
        yield f"rest-reg-{tag}", OneVsRestClassifier(LinearRegression()), x, y
        yield f"rest-svc-{tag}", OneVsRestClassifier(SVC()), x, y
    many = (target(x, outputs=3) > 0).astype(int)
    for name, est in (("line", line()), ("tree", tree()), ("svc", svc())):
        yield f"rest-many-{name}", OneVsRestClassifier(est), x, many
    many[:, 1] = 1
    yield "rest-many-constant", OneVsRestClassifier(tree()), x, many


def outputs(x):
    for kind in ("int", "str", "bool"):
        parts = [labels(x, 2), labels(x, 2 if kind == "bool" else 4, seed=2)]
        if kind != "int":
            parts = [named(part, kind) for part in parts]
        y = np.stack(parts, axis=1)
        for name, est in (("line", line()), ("tree", tree()), ("svc", svc())):
            yield f"classifier-{name}-{kind}", MultiOutputClassifier(est), x, y
    t = target(x, outputs=3)
    yield "regressor", MultiOutputRegressor(SVR()), x, t
    yield "regressor-one", MultiOutputRegressor(Ridge()), x, t[:, :1]
    many = (t > 0).astype(int)
    for order in (None, [2, 0, 1]):
        tag = "ordered" if order else "plain"
        for name, est in (("line", line()), ("tree", tree()), ("svc", svc())):
            chain = ClassifierChain(est, order=order, random_state=0)
            yield f"chain-{name}-{tag}", chain, x, many
        chain = RegressorChain(DecisionTreeRegressor(max_depth=3), order=order)
        yield f"chain-regressor-{tag}", chain, x, t
        if VERSION >= (1, 5):
            for method in (
                "predict_proba",
                "decision_function",
                "predict_log_proba",
            ):
                chain = ClassifierChain(line(), order=order, chain_method=method)
                yield f"chain-{method}-{tag}", chain, x, many


def targets(x):
    y = np.abs(target(x)) + 1
    many = np.abs(target(x, outputs=2)) + 1
    T = TransformedTargetRegressor
    pairs = dict(log=(np.log, np.exp), log1p=(np.log1p, np.expm1))
    for name, (func, back) in pairs.items():
        yield name, T(Ridge(), func=func, inverse_func=back), x, y
        yield f"{name}-many", T(Ridge(), func=func, inverse_func=back), x, many
    for scaler in (StandardScaler(), MinMaxScaler((1, 3)), RobustScaler()):
        name = type(scaler).__name__
        yield name, T(Ridge(), transformer=scaler), x, y
        yield f"{name}-many", T(Ridge(), transformer=scaler), x, many
        yield f"{name}-column", T(Ridge(), transformer=scaler), x, many[:, :1]
    yield "none", T(DecisionTreeRegressor(max_depth=3)), x, y


def selectors(x):
    y = labels(x, 3)
    t = target(x)
    forest = RandomForestClassifier(5, random_state=0)
    line = LogisticRegression()
    for name, est in (("line", line), ("forest", forest), ("svc", svc())):
        yield f"rfe-{name}", fs.RFE(est, n_features_to_select=2), x, named(y)
        yield f"rfecv-{name}", fs.RFECV(est, cv=3), x, y
    yield "rfe-ridge", fs.RFE(Ridge(), step=2), x, t
    pick = fs.SequentialFeatureSelector(Ridge(), n_features_to_select=2, cv=2)
    yield "sequential", make_pipeline(pick, Ridge()), x, t
    S = fs.SelectFromModel
    extra = ExtraTreesClassifier(6, random_state=0)
    for name, est in (
        ("line", LogisticRegression()),
        ("l1", LogisticRegression(penalty="l1", solver="liblinear")),
        ("ridge", RidgeClassifier()),
        ("forest", forest),
        ("extra", extra),
        ("tree", tree()),
        ("adaboost", AdaBoostClassifier(n_estimators=5, random_state=0)),
        ("line-svc", SVC(kernel="linear")),
    ):
        yield f"from-{name}", S(est), x, y
        for threshold in ("median", "1.25*mean", 0.1, -np.inf):
            yield f"from-{name}-{threshold}", S(est, threshold=threshold), x, y
        yield f"from-{name}-max", S(est, max_features=2, threshold=-np.inf), x, y
    for order in (2, np.inf, -np.inf, 0, 3):
        yield f"from-norm-{order}", S(LogisticRegression(), norm_order=order), x, y
    two = labels(x, 2)
    yield "from-line-svc-two", S(SVC(kernel="linear")), x, two
    sparse = S(SVC(kernel="linear"), importance_getter="coef_")
    yield "from-line-svc-sparse", sparse, csr_matrix(x.round()), y
    few = GradientBoostingRegressor(n_estimators=7, max_depth=2, random_state=0)
    for name, est in (
        ("boosting", few),
        ("forest", RandomForestRegressor(4, random_state=0)),
        ("lasso", Lasso(0.5)),
        ("net", ElasticNet(0.5)),
        ("net-l1", ElasticNet(0.5, l1_ratio=1)),
        ("svr", SVR(kernel="linear")),
        ("adaboost", AdaBoostRegressor(n_estimators=3, random_state=0)),
    ):
        yield f"from-reg-{name}", make_pipeline(S(est), Ridge()), x, t


def cases():
    x = inputs()
    rows = probes(x)
    groups = dict(
        calibrated=calibrated,
        threshold=thresholds,
        many=multiclass,
        outputs=outputs,
        target=targets,
        select=selectors,
    )
    for group, make in groups.items():
        for name, est, x1, y in make(x):
            ask = x if group == "target" else rows
            yield f"{group}-{name}", est, x1, y, ask
