"""Voting, stacking and transformers beside one another."""

import numpy as np
import sklearn
from data import inputs, labels, named, probes, target
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    BaggingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

HAS_OUTPUT = "sparse_output" in OneHotEncoder().get_params()
DENSE = {"sparse_output" if HAS_OUTPUT else "sparse": False}
VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])


def classifiers():
    return [
        ("line", make_pipeline(StandardScaler(), LogisticRegression())),
        ("tree", DecisionTreeClassifier(max_depth=3, random_state=0)),
        ("bayes", GaussianNB()),
    ]


def regressors():
    return [
        ("line", Ridge()),
        ("tree", DecisionTreeRegressor(max_depth=3, random_state=0)),
        ("none", "drop"),
        ("pipe", make_pipeline(PCA(2), Ridge())),
    ]


def votes(x):
    for kind in ("int", "str", "bool", "far", "float"):
        for classes in (2,) if kind == "bool" else (2, 4):
            y = labels(x, classes)
            y = y if kind == "int" else named(y, kind)
            tag = f"{kind}-{classes}"
            yield f"soft-{tag}", VotingClassifier(classifiers(), voting="soft"), x, y
            yield f"hard-{tag}", VotingClassifier(classifiers()), x, y
    y = labels(x, 3)
    some = [*classifiers(), ("gone", "drop")]
    for voting in ("soft", "hard"):
        est = VotingClassifier(some, voting=voting, weights=[1, 0.5, 2.25, 9])
        yield f"{voting}-weights", est, x, y
        est = VotingClassifier(some, voting=voting, flatten_transform=False)
        yield f"{voting}-unflattened", est, x, y, dict(methods=["predict"])
    ridge = [("a", RidgeClassifier()), ("b", DecisionTreeClassifier(random_state=0))]
    yield "hard-no-proba", VotingClassifier(ridge), x, y
    yield "regressor", VotingRegressor(regressors()), x, target(x)
    est = VotingRegressor(regressors(), weights=[1, 2, 7, 0.5])
    yield "regressor-weights", est, x, target(x)
    bag = BaggingClassifier(VotingClassifier(classifiers()), 3, random_state=0)
    yield "bagged", bag, x, y
    features = dict(max_features=3, bootstrap_features=True, random_state=0)
    yield "bag-features", BaggingClassifier(GaussianNB(), 4, **features), x, y


def stacks(x):
    for kind in ("int", "str", "bool"):
        for classes in (2,) if kind == "bool" else (2, 4):
            y = labels(x, classes)
            y = y if kind == "int" else named(y, kind)
            for passthrough in (False, True):
                est = StackingClassifier(classifiers(), passthrough=passthrough, cv=3)
                yield f"{kind}-{classes}-{passthrough}", est, x, y
    y = labels(x, 3)
    plain = [("a", LogisticRegression()), ("b", RidgeClassifier()), ("c", "drop")]
    for method in ("auto", "predict", "decision_function"):
        for classes in (2, 3):
            est = StackingClassifier(plain, stack_method=method, cv=3)
            yield f"{method}-{classes}", est, x, labels(x, classes)
    est = StackingClassifier(
        classifiers(), RandomForestClassifier(4, random_state=0), cv=3
    )
    yield "forest", est, x, named(y)
    yield "ridge", StackingClassifier(classifiers(), RidgeClassifier(), cv=3), x, y
    if VERSION >= (1, 1):
        fitted = [(name, clf.fit(x, y)) for name, clf in classifiers()]
        est = StackingClassifier(fitted, cv="prefit")
        yield "prefit", est, x, y
    yield "regressor", StackingRegressor(regressors(), cv=3), x, target(x)
    est = StackingRegressor(regressors(), passthrough=True, cv=3)
    yield "regressor-passthrough", est, x, target(x)
    est = StackingRegressor(regressors(), DecisionTreeRegressor(random_state=0), cv=3)
    yield "regressor-tree", est, x, target(x)
    if VERSION >= (1, 2):
        for outputs in (2, 3):
            many = (target(x, outputs=outputs) > 0).astype(int)
            several = [
                ("a", KNeighborsClassifier()),
                ("b", DecisionTreeClassifier(max_depth=2, random_state=0)),
                ("c", MLPClassifier((4,), max_iter=9, random_state=0)),
            ]
            est = StackingClassifier(several, KNeighborsClassifier(), cv=3)
            yield f"multilabel-{outputs}", est, x, many, dict(methods=["predict"])


def unions(x):
    y = target(x)
    union = FeatureUnion([("scale", StandardScaler()), ("pca", PCA(2))])
    yield "plain", union, x, y
    weights = dict(transformer_weights={"pca": 0.5, "other": 3})
    union = FeatureUnion([("scale", StandardScaler()), ("pca", PCA(2))], **weights)
    yield "weights", union, x, y
    parts = [("scale", MinMaxScaler()), ("gone", "drop"), ("pca", PCA(2))]
    yield "drop", make_pipeline(FeatureUnion(parts), Ridge()), x, y
    if VERSION >= (1, 1):
        parts = [("all", "passthrough"), ("pca", PCA(2))]
        yield "passthrough", make_pipeline(FeatureUnion(parts), Ridge()), x, y
    inner = FeatureUnion([("a", MinMaxScaler()), ("b", union)])
    yield "nested", Pipeline([("u", inner), ("r", Ridge())]), x, y


def selections():
    scale = ("scale", StandardScaler())
    pca = ("pca", PCA(1))
    yield "lists", [(*scale, [0, 1]), (*pca, [3, 2])], {}
    yield "passthrough", [(*scale, [4, 1])], dict(remainder="passthrough")
    yield "remainder", [(*scale, [4, 1])], dict(remainder=MinMaxScaler())
    yield "slice", [(*scale, slice(0, 2)), (*pca, slice(2, None))], {}
    mask = [True, False, False, True, True]
    yield "mask", [(*scale, mask), (*pca, np.array(mask))], {}
    yield "negative", [(*scale, [-1, -2])], dict(remainder="passthrough")
    yield "drop", [(*scale, [0, 1]), ("gone", "drop", [2])], {}
    parts = [(*scale, [0, 1]), ("same", "passthrough", [2, 2])]
    yield "inline", parts, dict(remainder="drop")
    yield "overlap", [(*scale, [0, 1, 2]), (*pca, [0, 1, 2])], {}
    yield "empty", [(*scale, []), (*pca, [0, 1])], {}
    weights = dict(transformer_weights={"pca": 3})
    yield "weights", [(*scale, [0]), (*pca, [0, 1])], weights


def mixed(n=60, missing=False):
    rng = np.random.RandomState(4)
    table = np.empty((n, 5), dtype=object)
    table[:, 0] = rng.normal(size=n).tolist()
    table[:, 1] = rng.choice(["red", "green", "blue"], n)
    table[:, 2] = rng.randint(0, 9, n).tolist()
    table[:, 3] = rng.choice(["S", "M"], n)
    table[:, 4] = rng.choice([True, False], n).tolist()
    if missing:
        table[::7, 0] = None
        table[::5, 1] = None
    return table


def tables():
    encode = OneHotEncoder(handle_unknown="ignore")
    numbers = ("numbers", StandardScaler(), [0, 2])
    names = ("names", encode, [1, 3])
    yield "mixed", [numbers, names], {}, False
    yield "mixed-passthrough", [names], dict(remainder="passthrough"), False
    yield "mixed-dense", [numbers, names], dict(sparse_threshold=0), False
    filled = make_pipeline(SimpleImputer(), StandardScaler())
    parts = [("numbers", filled, [0, 2]), names]
    yield "mixed-missing", parts, {}, True


def frames():
    """Column transformers of data frames, which choose columns in pandas' ways."""
    try:
        import pandas as pd
    except ImportError:
        return
    frame = pd.DataFrame(mixed(), columns=list("abcde")).infer_objects()
    numbers = frame.select_dtypes(include="number").columns
    names = frame.columns.difference(numbers)
    encode = OneHotEncoder(handle_unknown="ignore", **DENSE)
    scale = StandardScaler()
    chosen = make_column_selector(dtype_include="number")
    for name, parts in (
        ("index", [("n", scale, numbers), ("s", encode, names)]),
        ("series", [("n", scale, pd.Series(["a", "c"])), ("s", encode, ["b"])]),
        ("mask", [("n", scale, frame.columns.isin(numbers))]),
        ("chosen", [("n", scale, chosen), ("s", encode, names)]),
        ("one", [("n", scale, pd.Index(["a"])), ("same", "passthrough", ["c"])]),
    ):
        yield name, ColumnTransformer(parts), frame
        whole = ColumnTransformer(parts, remainder="drop")
        if hasattr(whole, "set_output"):
            yield name + "-output", whole.set_output(transform="pandas"), frame


def cases():
    x = inputs()
    rows = probes(x)
    for name, est, x1, y, *more in votes(x):
        yield f"vote-{name}", est, x1, y, rows, *more
    for name, est, x1, y, *more in stacks(x):
        yield f"stack-{name}", est, x1, y, rows, *more
    for name, est, x1, y in unions(x):
        yield f"union-{name}", est, x1, y, rows
    for name, parts, options in selections():
        est = ColumnTransformer(parts, **options)
        yield f"columns-{name}", est, x, None, rows
        yield f"columns-{name}-ridge", make_pipeline(est, Ridge()), x, target(x), rows
    for name, est, frame in frames():
        ask = frame[:20]
        options = dict(ask=ask, sent=ask.to_numpy().tolist())
        yield f"frame-{name}", est, frame, None, None, options
        pipe = make_pipeline(est, Ridge())
        yield f"frame-{name}-ridge", pipe, frame, target(inputs(60)), None, options
    for name, parts, options, missing in tables():
        table = mixed(missing=missing)
        ask = [*table[:20].tolist(), [0.5, "grey", 3, "S", False]]
        est = ColumnTransformer(parts, **options)
        forest = RandomForestClassifier(4, random_state=0)
        y = labels(inputs(60), 3)
        yield f"columns-{name}", make_pipeline(est, forest), table, y, ask
        if not options.get("remainder"):  # else an array of objects
            yield f"columns-{name}-alone", est, table, None, ask
