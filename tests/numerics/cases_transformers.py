import numpy as np
from data import inputs, labels, named, probes, target
from sklearn import decomposition, impute, preprocessing
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline


def with_gaps(x, seed=3, share=0.2):
    """Rows of JSON with nulls, and the same as an array with NaN."""
    gaps = np.random.RandomState(seed).uniform(size=x.shape) < share
    holes = np.where(gaps, np.nan, x)
    return holes, [[None if np.isnan(v) else v for v in row] for row in holes.tolist()]


def scalers():
    p = preprocessing
    yield from [
        p.StandardScaler(),
        p.StandardScaler(with_mean=False),
        p.StandardScaler(with_std=False),
        p.StandardScaler(with_mean=False, with_std=False),
        p.MinMaxScaler(),
        p.MinMaxScaler((-2, 5), clip=True),
        p.MaxAbsScaler(),
        p.RobustScaler(),
        p.RobustScaler(quantile_range=(5, 95), with_centering=False),
        p.RobustScaler(with_scaling=False),
        p.RobustScaler(unit_variance=True),
        p.Normalizer(),
        p.Normalizer("l1"),
        p.Normalizer("max"),
        p.Binarizer(),
        p.Binarizer(threshold=1.5),
    ]


def polynomials():
    for degree in (0, 1, 2, 3, 4, (2, 3), (0, 2), (3, 3)):
        for interaction_only in (False, True):
            for include_bias in (False, True):
                if degree in (0, (0, 0)) and not include_bias:
                    continue
                yield preprocessing.PolynomialFeatures(
                    degree, interaction_only=interaction_only, include_bias=include_bias
                )


def imputers():
    for strategy in ("mean", "median", "most_frequent", "constant"):
        for add_indicator in (False, True):
            yield impute.SimpleImputer(strategy=strategy, add_indicator=add_indicator)
    yield impute.SimpleImputer(strategy="constant", fill_value=-7.5)


def short(est):
    return str(est).replace("\n", "").replace(" ", "")


def cases():
    x = inputs()
    rows = probes(x)
    constant = x.copy()
    constant[:, 2] = 4
    for est in scalers():
        yield short(est), est, x, None, rows
        yield short(est) + "-constant", est, constant, None, rows
        yield short(est) + "-float32", est, x.astype("f4"), None, rows
    holes, gaps = with_gaps(x)
    for est in list(scalers())[:11]:
        yield short(est) + "-missing", est, holes, None, rows
    for est in polynomials():
        yield short(est), est, x, None, rows[:45]
    for est in imputers():
        yield short(est), est, holes, None, rows, dict(ask=holes, sent=gaps)
        some = holes.copy()
        some[:, 1] = x[:, 1]
        yield short(est) + "-some", est, some, None, rows, dict(ask=holes, sent=gaps)
        some[:, 3] = np.nan
        yield short(est) + "-empty", est, some, None, rows, dict(ask=holes, sent=gaps)
    est = impute.SimpleImputer(missing_values=-1)
    yield "SimpleImputer-number", est, np.where(np.isnan(holes), -1, x), None, rows
    if "keep_empty_features" in est.get_params():
        est = impute.SimpleImputer(keep_empty_features=True)
        yield short(est), est, some, None, rows, dict(ask=holes, sent=gaps)
    for est in (impute.MissingIndicator(), impute.MissingIndicator(features="all")):
        yield short(est), est, holes, None, rows, dict(ask=holes, sent=gaps)
    d = decomposition
    for est in [
        d.PCA(),
        d.PCA(2),
        d.PCA(3, whiten=True),
        d.PCA(0.9),
        d.PCA(2, svd_solver="randomized", random_state=0),
        d.PCA(2, svd_solver="arpack", random_state=0, whiten=True),
        d.IncrementalPCA(3),
        d.IncrementalPCA(3, whiten=True, batch_size=30),
        d.TruncatedSVD(3, random_state=0),
    ]:
        yield short(est), est, x + 100, None, rows + 100
        loose = dict(tolerance=1e-6)
        yield short(est) + "-float32", est, x.astype("f4"), None, rows, loose
    standard = preprocessing.StandardScaler
    yield "pipe-1", make_pipeline(standard(), LogisticRegression()), x, labels(x), rows
    y = named(labels(x, 4))
    steps = [impute.SimpleImputer(), standard(), d.PCA(3), LogisticRegression()]
    pipe = make_pipeline(*steps)
    yield "pipe-2", pipe, holes, y, rows, dict(ask=holes, sent=gaps)
    pipe = make_pipeline("passthrough", preprocessing.PolynomialFeatures(), Ridge())
    yield "pipe-3", pipe, x, target(x), rows
    pipe = make_pipeline(standard(), make_pipeline(d.PCA(3), standard()), "passthrough")
    yield "pipe-4", pipe, x, None, rows
