import warnings

import numpy as np
import sklearn
from data import inputs, labels, named, probes, target
from sklearn import feature_selection as fs
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer, MissingIndicator, SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeRegressor

warnings.simplefilter("ignore")
NAN = float("nan")
VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])


def short(est):
    return str(est).replace("\n", "").replace(" ", "")


def made(kind, **options):
    """The imputer, or nothing where this scikit-learn has no such option."""
    known = kind().get_params()
    return [kind(**options)] if options.keys() <= known.keys() else []


def with_gaps(x, seed=3, share=0.2):
    """x with NaN, and its rows as JSON with nulls."""
    gaps = np.random.RandomState(seed).uniform(size=x.shape) < share
    holes = np.where(gaps, np.nan, x)
    return holes, as_json(holes)


def as_json(x):
    return [[None if v != v else v for v in row] for row in x.tolist()]


def neighbors():
    for weights in ("uniform", "distance"):
        for n in (1, 3, 200):
            yield KNNImputer(n_neighbors=n, weights=weights)
    if VERSION >= (1, 3):  # before, rows that are whole got no indicator
        yield KNNImputer(add_indicator=True)
    yield from made(KNNImputer, keep_empty_features=True)


def iterative():
    for order in ("ascending", "descending", "roman", "arabic", "random"):
        yield IterativeImputer(imputation_order=order, random_state=0)
    for inner in (
        Ridge(),
        DecisionTreeRegressor(max_depth=4, random_state=0),
        KNeighborsRegressor(3),
        ExtraTreesRegressor(5, max_depth=3, random_state=0),
    ):
        yield IterativeImputer(inner, max_iter=3, random_state=0)
    yield IterativeImputer(n_nearest_features=2, random_state=0)
    yield IterativeImputer(min_value=-1, max_value=2, random_state=0)
    yield IterativeImputer(max_iter=0)
    yield IterativeImputer(add_indicator=True, initial_strategy="median")
    yield from made(IterativeImputer, keep_empty_features=True)
    yield IterativeImputer(skip_complete=True, random_state=0)


def selections():
    for score in (fs.f_classif, fs.mutual_info_classif):
        for k in (0, 1, 3, "all"):
            yield fs.SelectKBest(score, k=k)
        for percent in (0, 20, 40, 50, 75, 99, 100):
            yield fs.SelectPercentile(score, percentile=percent)
    for alpha in (1e-9, 0.01, 0.05, 0.5):
        yield fs.SelectFpr(alpha=alpha)
        yield fs.SelectFdr(alpha=alpha)
        yield fs.SelectFwe(alpha=alpha)
    for mode, value in (
        ("k_best", 2),
        ("k_best", "all"),
        ("percentile", 40),
        ("fpr", 0.1),
        ("fdr", 0.1),
        ("fwe", 0.1),
    ):
        yield fs.GenericUnivariateSelect(fs.f_classif, mode=mode, param=value)


def words():
    return np.array(
        [["ash", "b", 1], ["elm", NAN, 2], [NAN, "b", 3], ["elm", "c", NAN]] * 3,
        dtype=object,
    )


def of_words():
    """Imputers of strings: name, estimator, x, rows asked about."""
    w, rows = words(), [["ash", "b", 1], [NAN, NAN, NAN], ["oak", "z", 4.5]]
    for options in (
        dict(strategy="most_frequent"),
        dict(strategy="constant"),
        dict(strategy="constant", fill_value="gone"),
        dict(strategy="most_frequent", add_indicator=True),
        dict(strategy="most_frequent", missing_values="elm"),
    ):
        name = "-".join(str(v) for v in options.values())
        ask = np.array(rows, dtype=object)
        if options.get("missing_values"):
            w, ask = np.where(w != w, "elm", w), np.where(ask != ask, "elm", ask)
        yield name, SimpleImputer(**options), w, ask
    nothing = np.where(words() != words(), None, words())
    est = SimpleImputer(strategy="most_frequent", missing_values=None)
    yield "none", est, nothing, np.array([["ash", None, None]], dtype=object)


def cases():
    # Of rows that are equally near numpy takes what the processor makes it take: here
    # are none.
    x = inputs() + np.random.RandomState(2).normal(size=(90, 5)) / 100
    holes, _ = with_gaps(x)
    asked, _ = with_gaps(np.vstack([probes(x), x]) + 1e-3, seed=8)
    asked[3] = NAN
    options = dict(ask=asked, sent=as_json(asked))
    empty = holes.copy()
    empty[:, 2] = NAN
    for est in [*neighbors(), *iterative()]:
        yield short(est), est, holes, None, None, options
        yield short(est) + "-complete", est, x, None, None, options
        yield short(est) + "-empty", est, empty, None, None, options
        yield short(est) + "-whole-rows", est, holes, None, x
    for kind in (KNNImputer, IterativeImputer):
        filled = np.where(np.isnan(holes), -1, holes)
        est = kind(missing_values=-1)
        rows = np.where(np.isnan(asked), -1, asked)
        yield short(est), est, filled, None, rows
    est = IterativeImputer(sample_posterior=True)
    yield short(est), est, holes, None, None, dict(options, refused=True)
    for name, est, w, ask in of_words():
        yield f"words-{name}", est, w, None, None, dict(ask=ask, sent=as_json(ask))
    some = holes.copy()
    some[:, 1] = x[:, 1]
    new = dict(ask=[[1, NAN, 1, 1, 1]], sent=[[1, None, 1, 1, 1]], refused_rows=True)
    yield "indicator-new", MissingIndicator(), some, None, None, new
    est = MissingIndicator(error_on_new=False)
    yield "indicator-any", est, some, None, None, options
    y = labels(x)
    steps = [SimpleImputer(strategy="most_frequent"), OneHotEncoder()]
    pipe = make_pipeline(*steps, LogisticRegression())
    ask = words()
    answers = named(labels(inputs(12)), "str")
    yield "pipe-words", pipe, ask, answers, None, dict(ask=ask, sent=as_json(ask))
    pipe = make_pipeline(KNNImputer(), LogisticRegression())
    yield "pipe-neighbors", pipe, holes, y, None, options
    pipe = make_pipeline(IterativeImputer(random_state=0), Ridge())
    yield "pipe-iterative", pipe, holes, target(x), None, options
    yield from of_selection(x, y)


def of_selection(x, y):
    rows = probes(x)
    ties = np.hstack([x, x[:, :2], np.ones((len(x), 1))])
    for est in selections():
        yield short(est), est, x, y, rows
        yield short(est) + "-ties", est, ties, y, ties[:5]
    for score in (fs.f_regression, fs.mutual_info_regression, fs.r_regression):
        yield f"{score.__name__}", fs.SelectKBest(score, k=2), x, target(x), rows
    est = fs.SelectKBest(fs.chi2, k=2)
    yield "chi2", est, np.abs(x), y, np.abs(rows)
    for threshold in (0, 1.0, 5.0):
        est = fs.VarianceThreshold(threshold)
        yield short(est), est, ties, None, ties[:5]
    holes, gaps = with_gaps(x)
    yield "variance-gaps", est, holes, None, None, dict(ask=holes, sent=gaps)
    pipe = make_pipeline(fs.SelectKBest(k=3), LogisticRegression())
    yield "pipe-select", pipe, x, y, rows
