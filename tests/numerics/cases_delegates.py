"""Estimators that hand all on to another one, and functions of numpy."""

import numpy as np
import scipy.stats
from data import inputs, labels, named, probes, target
from sklearn.ensemble import RandomForestClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
    ShuffleSplit,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.svm import SVC

FUNCTIONS = [
    (np.log1p, np.expm1),
    (np.sqrt, np.square),
    (np.abs, None),
    (np.exp2, np.log2),
    (np.sign, np.negative),
    (np.arctan, np.tan),
    (np.sinh, np.arcsinh),
    (np.tanh, np.arctanh),
    (np.cbrt, np.floor),
    (np.rint, np.trunc),
    (np.radians, np.rad2deg),
    (np.nan_to_num, None),
    (None, None),
]


def searches(x, y):
    grid = {"C": [0.1, 1, 10]}
    clf = LogisticRegression()
    yield "grid", GridSearchCV(clf, grid, cv=3)
    yield "grid-f1", GridSearchCV(clf, grid, scoring=make_scorer(f1_score), cv=3)
    scoring = ["accuracy", "f1"]
    yield "grid-many", GridSearchCV(clf, grid, scoring=scoring, refit="f1", cv=3)
    split = ShuffleSplit(3, random_state=0)
    yield "grid-cluster", GridSearchCV(clf, grid, scoring="v_measure_score", cv=3)
    yield "grid-svc", GridSearchCV(SVC(), grid, cv=split)
    some = {"C": scipy.stats.loguniform(0.1, 10)}
    search = RandomizedSearchCV(clf, some, n_iter=3, random_state=0)
    yield "random", search
    some = {"C": scipy.stats.uniform(0.1, 10)}
    many = {"C": scipy.stats.expon(), "max_iter": scipy.stats.randint(50, 100)}
    yield "random-int", RandomizedSearchCV(clf, many, n_iter=3, random_state=0)
    random = np.random.RandomState(0)
    yield "random-state", RandomizedSearchCV(clf, some, n_iter=3, random_state=random)
    pipe = make_pipeline(StandardScaler(), clf)
    grid = {"logisticregression__C": [0.1, 1]}
    yield "grid-pipeline", GridSearchCV(pipe, grid, cv=3)
    grid = {"C": [0.1, 1, 10]}
    yield "halving", HalvingGridSearchCV(clf, grid, random_state=0)
    yield "halving-random", HalvingRandomSearchCV(clf, some, random_state=0)


def cases():
    x = inputs()
    rows = probes(x)
    for kind in ("int", "str", "bool"):
        y = labels(x, 2) if kind == "int" else named(labels(x, 2), kind)
        for name, est in searches(x, y):
            if kind == "int" or "f1" not in str(est.scoring):
                yield f"{name}-{kind}", est, x, y, rows
    y = named(labels(x, 4))
    forest = RandomForestClassifier(5, random_state=0)
    yield "grid-forest", GridSearchCV(forest, {"max_depth": [2, 3]}, cv=3), x, y, rows
    ridge = GridSearchCV(Ridge(), {"alpha": [1, 2]}, cv=3)
    yield "grid-ridge", ridge, x, target(x), rows
    yield "grid-ridge-outputs", ridge, x, target(x, outputs=3), rows
    nested = GridSearchCV(ridge, {"estimator__alpha": [1, 5]}, cv=3)
    yield "grid-grid", nested, x, target(x), rows
    lazy = GridSearchCV(Ridge(), {"alpha": [1, 2]}, cv=3, refit=False)
    yield "grid-no-refit", lazy, x, target(x), rows, dict(refused=True)
    some = labels(x, 3)
    some[::3] = -1
    for kwargs in (dict(), dict(criterion="k_best")):
        est = SelfTrainingClassifier(LogisticRegression(), **kwargs)
        yield f"self-training-{len(kwargs)}", est, x, some, rows
    try:
        from sklearn.frozen import FrozenEstimator
    except ImportError:
        pass
    else:
        frozen = FrozenEstimator(LogisticRegression().fit(x, labels(x, 3)))
        yield "frozen", frozen, x, labels(x, 3), rows
        frozen = FrozenEstimator(StandardScaler().fit(x))
        yield "frozen-step", make_pipeline(frozen, Ridge()), x, target(x), rows
    small = np.abs(x) / 20
    for func, back in FUNCTIONS:
        est = FunctionTransformer(func, back, check_inverse=False)
        name = getattr(func, "__name__", "none")
        ask = np.abs(rows) / 20
        if func:  # scikit-learn itself would give the list back
            yield f"function-{name}", est, small, None, ask
        est = FunctionTransformer(func, validate=True)
        est = make_pipeline(est, Ridge())
        yield f"function-{name}-pipeline", est, small, target(x), ask
    pipe = make_pipeline(StandardScaler(), "passthrough", Ridge(), memory="cache")
    est = make_pipeline(StandardScaler(), None, Ridge())
    yield "pipeline-none", est, x, target(x), rows
    pipe.memory = None
    after = dict(after=lambda fitted: fitted.set_params(memory="cache"))
    yield "pipeline-memory", pipe, x, target(x), rows, after
    for func, arguments in (
        (np.clip, dict(a_min=0, a_max=1)),
        (np.clip, dict(a_min=None, a_max=0.5)),
        (np.round, dict()),
        (np.around, dict(decimals=2)),
        (np.round, dict(decimals=-1)),
        (np.nan_to_num, dict(nan=2.0, posinf=9)),
    ):
        est = FunctionTransformer(func, kw_args=arguments)
        name = f"function-{func.__name__}-{'-'.join(map(str, arguments.values()))}"
        yield name, est, x, None, rows
    est = FunctionTransformer(np.round, kw_args=dict(out=None))
    yield "function-arguments", est, x, None, rows, dict(refused=True)
    words = np.array([["red"], ["red ash"], ["elm"]] * 10)
    steps = FunctionTransformer(np.ravel), CountVectorizer(), LogisticRegression()
    yield "function-ravel", make_pipeline(*steps), words, labels(x[:30], 2), words
