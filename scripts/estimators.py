#!/usr/bin/env python3
"""Writes docs/estimators.md: what the native engine does with each estimator.

    estimators.py [BUILD]

Every estimator of scikit-learn's all_estimators() is fitted, pickled, and handed to the
engine of a build with tests (build-dev), which is asked for each method.
What it says is the page. tests/numerics/test_estimators.py holds the page to it.
"""

import pickle
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import sklearn
from sklearn.experimental import (
    enable_halving_search_cv,  # noqa: F401, all_estimators() lists what it enables
    enable_iterative_imputer,  # noqa: F401
)
from sklearn.utils import all_estimators

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from engine import BUILD, Engine  # noqa: E402

PAGE = ROOT / "docs" / "estimators.md"
METHODS = ["predict", "predict_proba", "decision_function", "transform"]

HEAD = """# Estimators

What the native engine does with each estimator of scikit-learn {version}, fitted with
its defaults (a model of a model with a simple one in it). `scripts/estimators.py` wrote
this page, a test holds it to the engine. Models of scikit-learn 1.0 to 1.9 are read.

An estimator that is native can still be refused for what it holds: a function of the
user's own (a metric, a kernel, an analyzer), an option that is not known here. The
refusal names it.

"""


def inner(kind):
    """A simple estimator to put into another."""
    from sklearn.linear_model import LinearRegression, LogisticRegression

    return LinearRegression() if kind == "regressor" else LogisticRegression()


def arguments(name, cls, columns=4):
    """What the constructor asks for."""
    kind = getattr(cls, "_estimator_type", None) or (
        "regressor" if "Regressor" in name else "classifier"
    )
    scaler = ("scale", sklearn.preprocessing.StandardScaler())
    steps = {
        "ColumnTransformer": dict(transformers=[(*scaler, [0, 1])]),
        "FeatureUnion": dict(transformer_list=[scaler]),
        "Pipeline": dict(steps=[scaler, ("last", inner(kind))]),
        "SparseCoder": dict(dictionary=np.eye(columns)),
        "GridSearchCV": dict(estimator=inner(kind), param_grid={}),
        "RandomizedSearchCV": dict(
            estimator=inner(kind), param_distributions={}, n_iter=1
        ),
        "HalvingGridSearchCV": dict(
            estimator=inner(kind), param_grid={"fit_intercept": [True, False]}
        ),
        "HalvingRandomSearchCV": dict(
            estimator=inner(kind),
            param_distributions={"fit_intercept": [True, False]},
            n_candidates=2,
        ),
        "LocalOutlierFactor": dict(novelty=True),
        "SelfTrainingClassifier": dict(estimator=inner(kind)),
        "DictionaryLearning": dict(max_iter=20),
        "GaussianRandomProjection": dict(n_components=2),
        "SparseRandomProjection": dict(n_components=2),
    }
    if name in steps:
        return steps[name]
    if name.startswith(("Voting", "Stacking")):
        return dict(estimators=[("a", inner(kind)), ("b", inner(kind))])
    required = getattr(cls, "_required_parameters", None)
    return dict(estimator=inner(kind)) if required != [] and needs(cls) else {}


def needs(cls):
    """Whether an estimator must be given."""
    try:
        cls()
    except TypeError:
        return True
    return False


def data(name, count=60, columns=4, asked=2):
    """What to fit the estimator on, and some rows to ask about."""
    rng = np.random.RandomState(0)
    x = rng.poisson(3, size=(count, columns)).astype(float)
    rows = np.resize(x, (asked, columns))
    y = rng.permutation(np.arange(count) % 3)
    text = ["red ash", "elm", "red elm", "fig tree"]
    if name in ("CountVectorizer", "TfidfVectorizer", "HashingVectorizer"):
        return text * (count // 4), None, (text * asked)[:asked]
    if name == "DictVectorizer":
        return [{"a": 1.0, "b": 2.0}] * 4, None, [{"a": 1.0}] * asked
    if name == "FeatureHasher":
        return [{"a": 1.0}] * 4, None, [{"a": 1.0}] * asked
    if name in ("LabelEncoder", "LabelBinarizer"):
        return y, None, np.resize(y, asked).tolist()
    if name == "MultiLabelBinarizer":
        return [[1, 2], [3]], None, ([[1], [2]] * asked)[:asked]
    if name == "KernelCenterer":
        return x @ x.T, None, (rows @ x.T).tolist()
    if name == "IsotonicRegression":
        return x[:, 0], y, rows[:, :1].tolist()
    if name.startswith("MultiOutput") or name in ("RegressorChain", "ClassifierChain"):
        y = np.stack([y % 2, (y + 1) // 2], axis=1)
    elif name.startswith(("MultiTask", "CCA", "PLS")):
        y = np.stack([y, y * 0.5 + rng.normal(size=count)], axis=1)
    elif name.endswith("ThresholdClassifier") or name == "TunedThresholdClassifierCV":
        y = y % 2
    elif name in ("GammaRegressor", "PoissonRegressor", "TweedieRegressor"):
        y = y + 1.0
    return x, y, rows.tolist()


def fitted(name, cls, count=60, columns=4, asked=2):
    """(the fitted estimator, some rows)."""
    estimator = cls(**arguments(name, cls, columns))
    if "random_state" in estimator.get_params(deep=False):
        estimator.set_params(random_state=0)
    x, y, rows = data(name, count, columns, asked)
    return (estimator.fit(x) if y is None else estimator.fit(x, y)), rows


def row(engine, name, cls):
    """(name, what it gives natively, why not)."""
    estimator, rows = fitted(name, cls)
    path = engine.path(".pkl")
    path.write_bytes(pickle.dumps(estimator))
    native, why = [], ""
    for method in METHODS:
        answer = engine.ask(path, method, rows)
        if "output" in answer:
            native.append(method)
        elif answer["code"] not in ("ENOT_FOUND", "EINPUT"):
            why = answer["error"]
    if not native and not why:
        why = "takes no rows"
    return name, native, "" if native else why.split(",")[0]


def page(build):
    """The text of docs/estimators.md, as this engine and this scikit-learn have it."""
    rows, nothing = [], []
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        engine = Engine("sklearn", folder, build)
        for name, cls in all_estimators():
            if not any(hasattr(cls, m) for m in ("predict", "transform")):
                nothing.append(name)
            else:
                rows.append(row(engine, name, cls))
        engine.close()
    native = sum(1 for _, methods, _ in rows if methods)
    text = HEAD.format(version=".".join(sklearn.__version__.split(".")[:2]))
    text += f"{native} of {len(rows)} are native.\n\n"
    text += "| estimator | native | refused |\n|---|---|---|\n"
    for name, methods, why in rows:
        text += f"| {name} | {', '.join(methods)} | {why} |\n"
    text += "\nThese predict and transform nothing new, so that there is nothing to "
    text += "serve:\n" + ", ".join(nothing) + ".\n"
    return text


if __name__ == "__main__":
    PAGE.write_text(page(sys.argv[1] if len(sys.argv) > 1 else BUILD))
