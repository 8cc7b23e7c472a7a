import numpy as np
import sklearn
from data import inputs, labels, named, probes, target
from sklearn import ensemble, linear_model, tree
from sklearn.dummy import DummyClassifier, DummyRegressor

VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
BASE = "estimator" if VERSION >= (1, 2) else "base_estimator"
KINDS = ("str", "object", "bool", "float", "far", "uint8")


def short(est):
    return "".join(str(est).split())


def grid(seed=0):
    """Inputs on a grid, so that splits fall on multiples of 1/4 exactly."""
    return np.round(inputs(240, seed=seed) * 2) / 2


def edges(x):
    """Rows on the splits, beside them by more and by less than a float tells, and rows
    of huge and tiny numbers."""
    rng = np.random.RandomState(5)
    on = rng.randint(-12, 12, size=(30, x.shape[1])) / 4
    rows = [on, on + 1e-12, on - 1e-12, on * (1 + 2e-8), on * (1 - 2e-8), on + 1e-5]
    rows += [
        np.full((1, x.shape[1]), v) for v in (3e38, -3e38, 1e-310, -1e-45, 16777217)
    ]
    return np.vstack([probes(x), *rows])


def holes(rows, seed=3, share=0.3):
    """The same rows with missing cells, as lists."""
    gone = np.random.RandomState(seed).rand(*rows.shape) < share
    gone[0] = True
    return [
        [None if g else v for v, g in zip(*row)] for row in zip(rows.tolist(), gone)
    ]


def pierced(x, seed=4):
    """x with missing cells."""
    x = x.copy()
    x[np.random.RandomState(seed).rand(*x.shape) < 0.15] = np.nan
    return x


def two_labels(x):
    return np.column_stack([labels(x, 4), labels(x, 2, seed=2)])


def tree_classifiers():
    entropies = ("entropy", "log_loss") if VERSION >= (1, 1) else ("entropy",)
    for criterion in ("gini", *entropies):
        yield dict(criterion=criterion)
    yield dict(max_depth=3)
    yield dict(max_leaf_nodes=7)
    yield dict(class_weight="balanced", max_depth=5)
    yield dict(min_samples_leaf=9, splitter="random")
    yield dict(ccp_alpha=0.01)
    yield dict(min_impurity_decrease=1.0)


def tree_regressors():
    for criterion in ("squared_error", "friedman_mse", "absolute_error", "poisson"):
        yield dict(criterion=criterion, max_depth=6)
    yield dict()
    yield dict(max_leaf_nodes=9)
    yield dict(splitter="random", min_samples_leaf=4)


def trees():
    x = grid()
    rows = edges(x)
    for kw in tree_classifiers():
        for n in (2, 5):
            est = tree.DecisionTreeClassifier(random_state=0, **kw)
            yield f"{short(est)}-{n}", est, x, labels(x, n), rows
    for kw in tree_regressors():
        est = tree.DecisionTreeRegressor(random_state=0, **kw)
        yield short(est), est, x, abs(target(x)), rows
        yield f"{short(est)}-2d", est, x, abs(target(x, outputs=3)), rows
    for n in (2, 4):
        est = tree.ExtraTreeClassifier(random_state=0)
        yield f"extra-{n}", est, x, labels(x, n), rows
    yield "extra-reg", tree.ExtraTreeRegressor(random_state=0), x, target(x), rows
    for kind in KINDS:
        y = named(labels(x, 2 if kind == "bool" else 4), kind)
        yield kind, tree.DecisionTreeClassifier(max_depth=4), x, y, rows
    est = tree.DecisionTreeClassifier(max_depth=4)
    yield "two-labels", est, x, two_labels(x), rows
    yield "two-names", est, x, named(two_labels(x)), rows
    yield "column", tree.DecisionTreeRegressor(), x, target(x, outputs=1), rows
    yield "one-class", tree.DecisionTreeClassifier(), x, np.ones(len(x), int), rows
    yield "40-classes", tree.DecisionTreeClassifier(), x, np.arange(len(x)) % 40, rows
    for protocol in (2, 5):
        options = dict(protocol=protocol)
        yield f"protocol-{protocol}", est, x, labels(x, 3), rows, options
    if VERSION >= (1, 4):
        signs = [1, -1, 0, 0, 1]
        est = tree.DecisionTreeRegressor(monotonic_cst=signs)
        yield "monotonic", est, x, target(x), rows


def forests():
    x = grid()
    rows = edges(x)
    common = dict(n_estimators=13, random_state=0)
    for kind in ("RandomForest", "ExtraTrees"):
        classifier = getattr(ensemble, f"{kind}Classifier")
        regressor = getattr(ensemble, f"{kind}Regressor")
        for n in (2, 5):
            for kw in (
                dict(),
                dict(max_depth=3, class_weight="balanced"),
                dict(max_leaf_nodes=6, criterion="entropy", bootstrap=True),
            ):
                est = classifier(**common, **kw)
                yield f"{short(est)}-{n}", est, x, labels(x, n), rows
        est = classifier(n_estimators=200, random_state=0)
        yield f"{kind}-200", est, x, labels(x, 3), rows
        for kw in tree_regressors():
            if "splitter" not in kw:
                est = regressor(**common, **kw)
                yield short(est), est, x, abs(target(x)), rows
        yield f"{kind}-2d", regressor(**common), x, target(x, outputs=3), rows
        yield f"{kind}-column", regressor(**common), x, target(x, outputs=1)[:, 0], rows
        yield f"{kind}-two-labels", classifier(**common), x, two_labels(x), rows
        yield f"{kind}-names", classifier(**common), x, named(labels(x, 5)), rows
        yield f"{kind}-one", classifier(n_estimators=1), x, labels(x, 3), rows


def missing():
    x = pierced(grid())
    rows = holes(edges(grid()))
    y = labels(grid(), 3)
    number = target(grid())
    common = dict(n_estimators=9, random_state=0)
    if VERSION >= (1, 3):
        yield "nan-tree", tree.DecisionTreeClassifier(max_depth=6), x, y, rows
        yield "nan-unseen", tree.DecisionTreeClassifier(max_depth=6), grid(), y, rows
        yield "nan-reg", tree.DecisionTreeRegressor(random_state=0), x, number, rows
        est = ensemble.AdaBoostClassifier(n_estimators=5, random_state=0)
        yield "nan-adaboost", est, grid(), y, rows
        est = ensemble.BaggingClassifier(
            n_estimators=5, max_features=0.6, random_state=0
        )
        yield "nan-bagging", est, x, y, rows
    if VERSION >= (1, 4):
        yield "nan-forest", ensemble.RandomForestClassifier(**common), x, y, rows
        yield (
            "nan-forest-reg",
            ensemble.RandomForestRegressor(**common),
            x,
            number,
            rows,
        )
    if VERSION >= (1, 6):
        yield "nan-extra", tree.ExtraTreeClassifier(random_state=0), x, y, rows
        yield "nan-extras", ensemble.ExtraTreesRegressor(**common), x, number, rows
        yield "nan-isolation", ensemble.IsolationForest(**common), grid(), None, rows
        est = ensemble.RandomTreesEmbedding(5, random_state=0)
        yield "nan-embedding", est, x, None, rows
    boosting = ensemble.HistGradientBoostingClassifier(max_iter=8, min_samples_leaf=4)
    yield "nan-hist", boosting, x, y, rows
    yield "nan-hist-unseen", boosting, grid(), y, rows
    est = ensemble.HistGradientBoostingRegressor(max_iter=20, min_samples_leaf=2)
    yield "nan-hist-reg", est, x, number, rows


def refused_rows():
    """Models that take no missing values: every row with one must be refused."""
    x, y = grid(), labels(grid(), 3)
    rows = holes(x[:5])
    options = dict(refused_rows=True)
    estimators = [ensemble.GradientBoostingClassifier(n_estimators=2)]
    if VERSION < (1, 3):
        estimators += [ensemble.AdaBoostClassifier(n_estimators=2)]
        estimators += [tree.DecisionTreeClassifier(), ensemble.BaggingClassifier()]
    if VERSION < (1, 4):
        estimators += [ensemble.RandomForestRegressor(n_estimators=2)]
    if VERSION < (1, 6):
        estimators += [tree.ExtraTreeRegressor(), ensemble.IsolationForest()]
        estimators += [tree.DecisionTreeRegressor(splitter="random")]
    if VERSION < (1, 9):
        estimators += [tree.DecisionTreeRegressor(criterion="absolute_error")]
    if (1, 4) <= VERSION < (1, 9):
        estimators += [tree.DecisionTreeRegressor(monotonic_cst=[1, 0, 0, 0, 0])]
    for est in estimators:
        yield f"refuses-{short(est)}", est, x, y, rows, options
        if not isinstance(est, ensemble.IsolationForest) or VERSION < (1, 6):
            yield f"large-{short(est)}", est, x, y, [[1e39] * 5], options


def boosting():
    x = grid()
    rows = edges(x)
    common = dict(n_estimators=12, random_state=0)
    for loss in ("squared_error", "absolute_error", "huber", "quantile"):
        for kw in (dict(), dict(init="zero", subsample=0.7), dict(max_leaf_nodes=5)):
            est = ensemble.GradientBoostingRegressor(loss=loss, **common, **kw)
            yield short(est), est, x, target(x), rows
    likelihood = "log_loss" if VERSION >= (1, 1) else "deviance"
    for n in (2, 3, 5):
        for kw in (
            dict(),
            dict(init="zero"),
            dict(learning_rate=0.8, max_depth=5, max_features=2),
            dict(init=DummyClassifier(strategy="prior")),
            dict(init=ensemble.RandomForestClassifier(n_estimators=3, random_state=0)),
            dict(init=tree.DecisionTreeClassifier(max_depth=2)),
        ):
            est = ensemble.GradientBoostingClassifier(loss=likelihood, **common, **kw)
            yield f"{short(est)}-{n}", est, x, labels(x, n), rows
    for kw in (dict(), dict(init="zero"), dict(init=DummyClassifier(strategy="prior"))):
        est = ensemble.GradientBoostingClassifier(loss="exponential", **common, **kw)
        yield short(est), est, x, labels(x, 2), rows
    for init in (
        DummyRegressor(strategy="quantile", quantile=0.3),
        tree.DecisionTreeRegressor(max_depth=2),
        ensemble.RandomForestRegressor(n_estimators=3, random_state=0),
    ):
        est = ensemble.GradientBoostingRegressor(init=init, **common)
        yield short(est), est, x, target(x), rows
    est = ensemble.GradientBoostingClassifier(n_iter_no_change=2, random_state=0)
    yield "boosting-stopped", est, x, labels(x, 3), rows
    for kind in KINDS:
        y = named(labels(x, 2 if kind == "bool" else 4), kind)
        yield (
            f"boosting-{kind}",
            ensemble.GradientBoostingClassifier(**common),
            x,
            y,
            rows,
        )
    even = np.arange(len(x)) % 2
    est = ensemble.GradientBoostingClassifier(n_estimators=3)
    yield "boosting-tie", est, np.zeros_like(x), even, rows


def hist_regressors():
    losses = ["squared_error", "absolute_error", "poisson"]
    losses += ["quantile"] if VERSION >= (1, 1) else []
    losses += ["gamma"] if VERSION >= (1, 3) else []
    for loss in losses:
        kw = dict(quantile=0.7) if loss == "quantile" else {}
        yield ensemble.HistGradientBoostingRegressor(loss=loss, max_iter=15, **kw)
    yield ensemble.HistGradientBoostingRegressor(max_iter=30, max_leaf_nodes=4)
    yield ensemble.HistGradientBoostingRegressor(max_iter=30, early_stopping=True)
    yield ensemble.HistGradientBoostingRegressor(
        monotonic_cst=[1, 0, -1, 0, 0], max_iter=9
    )
    yield ensemble.HistGradientBoostingRegressor(
        max_depth=2, l2_regularization=1, max_bins=9
    )


def hist():
    x = grid()
    rows = edges(x)
    for est in hist_regressors():
        yield short(est), est, x, abs(target(x)) + 0.1, rows
        smooth = inputs(240)
        yield (
            f"{short(est)}-smooth",
            est,
            smooth,
            abs(target(smooth)) + 0.1,
            probes(smooth),
        )
    for n in (2, 3, 5):
        for kw in (dict(), dict(learning_rate=0.9, max_leaf_nodes=5)):
            est = ensemble.HistGradientBoostingClassifier(max_iter=10, **kw)
            yield f"{short(est)}-{n}", est, x, labels(x, n), rows
    for kind in KINDS:
        y = named(labels(x, 2 if kind == "bool" else 4), kind)
        est = ensemble.HistGradientBoostingClassifier(max_iter=5)
        yield f"hist-{kind}", est, x, y, rows
    est = ensemble.HistGradientBoostingClassifier(max_iter=5)
    yield "hist-tie", est, np.zeros_like(x), np.arange(len(x)) % 2, rows


def categories():
    """Features that are codes, some with missing values, asked about known, unknown and
    odd cells."""
    rng = np.random.RandomState(7)
    codes = [0, 1, 2, 3, 5, 8, 13, 44, 200, 254]
    x = np.column_stack([inputs(300), rng.choice(codes, 300), rng.choice(3, 300)])
    x = x[:, [0, 5, 1, 6, 2]]
    y = np.sin(x[:, 1] * 3) * 3 + x[:, 3] * x[:, 0] + x[:, 2] * 0.1
    x[rng.rand(300) < 0.1, 1] = np.nan
    odd = [
        -1,
        -0.5,
        0.5,
        13.9,
        255,
        256,
        257,
        300,
        -300,
        1e10,
        2147483653.0,
        5000000003.0,
    ]
    rows = x[:60].copy()
    rows[12 : 12 + len(odd), 1] = odd
    rows[30:40, 3] = [3, 4, 7, -2, 0.5, 99, 1, 2, 0, 1e9]
    lists = [[None if np.isnan(v) else v for v in row] for row in rows.tolist()]
    for kw in (dict(), dict(max_leaf_nodes=4), dict(learning_rate=0.7)):
        common = dict(
            categorical_features=[1, 3], max_iter=12, min_samples_leaf=5, **kw
        )
        est = ensemble.HistGradientBoostingRegressor(**common)
        yield f"codes-{short(est)}", est, x, y, lists
        est = ensemble.HistGradientBoostingClassifier(**common)
        yield f"codes-{short(est)}", est, x, (y > 0).astype(int) + (y > 2), lists


def named_categories():
    """Categories with names, from a data frame; asked about lists, as requests are."""
    try:
        import pandas as pd
    except ImportError:
        return
    rng = np.random.RandomState(8)
    x = inputs(240)
    frame = pd.DataFrame(x[:, :2], columns=["a", "b"])
    frame.insert(1, "color", rng.choice(["red", "blue", "été", "green"], 240))
    frame.insert(3, "size", rng.choice([10, 20, 30], 240))
    y = (frame["color"] == "blue") * 3 + x[:, 0] + frame["size"] / 10
    frame.loc[::9, "color"] = None
    frame["color"] = frame["color"].astype("category")
    frame["size"] = frame["size"].astype("category")
    rows = [[v if v == v else None for v in row] for row in frame[:40].values.tolist()]
    rows += [[0.5, "mauve", 0.1, 20], [None, "", 0.1, 10], [0.5, None, 0.1, 15]]
    rows += [[1, "red", 2, None], [True, "blue", 1, 30]]
    est = ensemble.HistGradientBoostingRegressor(
        categorical_features="from_dtype", max_iter=10, min_samples_leaf=5
    )
    yield "names-reg", est, frame, y.to_numpy(), rows
    est = ensemble.HistGradientBoostingClassifier(
        categorical_features="from_dtype", max_iter=10, min_samples_leaf=5
    )
    yield "names", est, frame, named(np.digitize(y, [1, 3])), rows
    numbers = [[0.5, 1, 0.1, 20], [0.5, 2.5, 0.1, 10]]
    yield "names-asked-numbers", est, frame, np.digitize(y, [1, 3]), numbers


def isolation():
    x = grid()
    rows = edges(x)[:-5]
    for kw in (
        dict(),
        dict(max_samples=50, contamination=0.1),
        dict(max_features=0.5),
        dict(max_features=2, bootstrap=True, contamination=0.05),
        dict(max_samples=2),
        dict(n_estimators=1),
    ):
        est = ensemble.IsolationForest(**{"n_estimators": 20, "random_state": 0, **kw})
        yield short(est), est, x, None, rows
    for n in (101, 201):  # one of the rows is itself the threshold
        for trees in (2, 30):
            kw = dict(n_estimators=trees, max_samples=50, random_state=n)
            est = ensemble.IsolationForest(contamination=0.1, **kw)
            yield f"threshold-{n}-{trees}", est, inputs(n), None, inputs(n)


def adaboost():
    x = grid()
    rows = edges(x)[:-5]
    algorithms = [dict(algorithm="SAMME")] if VERSION < (1, 6) else [dict()]
    algorithms += [dict(algorithm="SAMME.R")] if VERSION < (1, 6) else []
    for algorithm in algorithms:
        for n in (2, 3, 5):
            for base in (
                None,
                tree.DecisionTreeClassifier(max_depth=3),
                linear_model.LogisticRegression(),
            ):
                kw = {BASE: base, "n_estimators": 9, "random_state": 0, **algorithm}
                est = ensemble.AdaBoostClassifier(**kw)
                yield f"{short(est)}-{n}", est, x, labels(x, n), rows
    for kind in KINDS:
        y = named(labels(x, 2 if kind == "bool" else 4), kind)
        est = ensemble.AdaBoostClassifier(n_estimators=5, random_state=0)
        yield f"adaboost-{kind}", est, x, y, rows
    est = ensemble.AdaBoostClassifier(n_estimators=5, random_state=0)
    yield "adaboost-perfect", est, x, (x[:, 0] > 0).astype(int), rows
    for loss in ("linear", "square", "exponential"):
        for base in (
            None,
            tree.DecisionTreeRegressor(max_depth=2),
            linear_model.LinearRegression(),
        ):
            kw = {BASE: base, "n_estimators": 15, "random_state": 0, "loss": loss}
            est = ensemble.AdaBoostRegressor(**kw)
            yield short(est), est, x, target(x), rows


def bagging():
    x = grid()
    rows = edges(x)[:-5]
    common = dict(n_estimators=6, random_state=0)
    some = dict(max_features=0.6, bootstrap_features=True)
    for n in (2, 4):
        for base in (
            None,
            linear_model.LogisticRegression(),
            linear_model.Perceptron(random_state=0),
            tree.DecisionTreeClassifier(max_depth=2),
        ):
            for kw in (dict(), dict(max_features=0.6), some, dict(max_samples=9)):
                est = ensemble.BaggingClassifier(**{BASE: base}, **common, **kw)
                yield f"{short(est)}-{n}", est, x, labels(x, n), rows
    for base in (
        None,
        linear_model.Ridge(),  # a feature twice would be noise to LinearRegression
        ensemble.ExtraTreesRegressor(3),
    ):
        for kw in (dict(), dict(max_features=0.6), some):
            est = ensemble.BaggingRegressor(**{BASE: base}, **common, **kw)
            yield short(est), est, x, target(x), rows
    est = ensemble.BaggingRegressor(**common)
    yield "bagging-2d", est, x, target(x, outputs=2), rows
    for kind in KINDS:
        y = named(labels(x, 2 if kind == "bool" else 4), kind)
        yield f"bagging-{kind}", ensemble.BaggingClassifier(**common), x, y, rows


def cases():
    for part in (
        trees,
        forests,
        missing,
        refused_rows,
        boosting,
        hist,
        categories,
        isolation,
        adaboost,
        bagging,
    ):
        yield from part()
    if VERSION >= (1, 4):
        yield from named_categories()
