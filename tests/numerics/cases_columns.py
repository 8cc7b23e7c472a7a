import numpy as np
from data import counts, inputs, labels, probes, target
from sklearn import preprocessing
from sklearn.linear_model import Ridge
from sklearn.naive_bayes import CategoricalNB, MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, QuantileTransformer


def short(est):
    return str(est).replace("\n", "").replace(" ", "")


def made(kind, **options):
    """The transformer, or nothing where this scikit-learn has no such option."""
    known = kind().get_params()
    return [kind(**options)] if options.keys() <= known.keys() else []


def discretizers():
    for encode in ("ordinal", "onehot", "onehot-dense"):
        for strategy in ("uniform", "quantile", "kmeans"):
            yield KBinsDiscretizer(4, encode=encode, strategy=strategy)
    yield KBinsDiscretizer([2, 3, 4, 5, 6], encode="onehot-dense", strategy="uniform")
    yield from made(KBinsDiscretizer, n_bins=3, dtype=np.float32, encode="ordinal")


def splines():
    for beyond in ("constant", "linear", "continue", "periodic"):
        for degree in (0, 1, 2, 3, 5):
            for knots in ("uniform", "quantile"):
                for options in ({}, {"include_bias": False}, {"sparse_output": True}):
                    yield from made(
                        preprocessing.SplineTransformer,
                        extrapolation=beyond,
                        degree=degree,
                        knots=knots,
                        n_knots=7,
                        **options,
                    )


def quantiles():
    for output in ("uniform", "normal"):
        for count in (1, 2, 10, 90):
            yield QuantileTransformer(n_quantiles=count, output_distribution=output)


def cases():
    x = inputs()
    ties = x.copy()
    ties[:60, 1] = 2.0
    ties[:, 4] = 7
    rows = np.vstack([probes(x), ties[:5], ties.max(axis=0), ties.min(axis=0)])
    for est in discretizers():
        yield short(est), est, x, None, rows
        yield short(est) + "-ties", est, ties, None, rows
        yield short(est) + "-counts", est, counts(), None, rows.round()
    edges = KBinsDiscretizer(4, encode="ordinal", strategy="uniform")
    grid = np.linspace(-1, 3, 9).reshape(-1, 1)
    yield "edges", edges, grid, None, np.vstack([grid, grid - 1e-9, grid + 1e-9])
    for est in quantiles():
        yield short(est), est, x, None, rows
        yield short(est) + "-ties", est, ties, None, rows
        yield short(est) + "-counts", est, counts(), None, rows.round()
    near = np.vstack([x.min(axis=0) + d for d in (-1e-6, -1e-8, 1e-8, 1e-6)])
    est = QuantileTransformer(n_quantiles=20, output_distribution="normal")
    yield "quantile-bounds", est, x, None, near
    far = np.linspace(0, 1, 1001).reshape(-1, 1)
    est = QuantileTransformer(n_quantiles=1001, output_distribution="normal")
    yield "quantile-normal", est, far, None, far[1:-1] + 1e-5
    for standardize in (True, False):
        power = preprocessing.PowerTransformer
        est = power(standardize=standardize)
        yield short(est), est, x, None, rows
        yield short(est) + "-ties", est, ties, None, rows
        yield short(est) + "-counts", est, counts(), None, counts(seed=7)
        est = power("box-cox", standardize=standardize)
        yield short(est), est, np.exp(x / 5), None, np.exp(rows / 500)
        zero = [[1, 1, 0, 1, 1], [1, -2.5, 1, 1, 1]]
        refused = dict(refused_rows=True)
        yield short(est) + "-zero", est, np.exp(x / 5), None, zero, refused
    holes = x.copy()
    holes[::3, 1] = np.nan
    holes[::4, 2] = np.nan
    for est in splines():
        sky = rows
        if est.degree == 0 and est.extrapolation == "constant":
            sky = x[:40]  # scikit-learn itself fails above the last knot
        yield short(est), est, x, None, sky
        yield short(est) + "-ties", est, ties, None, x[:40]
        # Sparse, scikit-learn sets missing values of the first column only to zero.
        if hasattr(est, "handle_missing") and not est.sparse_output:
            skip = preprocessing.SplineTransformer(
                **{**est.get_params(), "handle_missing": "zeros"}
            )
            sent = [[None if np.isnan(v) else v for v in row] for row in holes.tolist()]
            options = dict(ask=holes, sent=sent)
            yield short(skip), skip, holes, None, None, options
    est = preprocessing.SplineTransformer(extrapolation="error")
    yield short(est), est, x, None, x[:30]
    outside = probes(x)[-8:-5]
    yield short(est) + "-outside", est, x, None, outside, dict(refused_rows=True)
    y = labels(x)
    yield "pipe-bins", make_pipeline(KBinsDiscretizer(3), MultinomialNB()), x, y, rows
    ordinal = KBinsDiscretizer(3, encode="ordinal", strategy="uniform")
    yield "pipe-ordinal", make_pipeline(ordinal, CategoricalNB()), x, y, rows
    pipe = make_pipeline(QuantileTransformer(n_quantiles=30), Ridge())
    yield "pipe-quantile", pipe, x, target(x), rows
    pipe = make_pipeline(preprocessing.SplineTransformer(), Ridge())
    yield "pipe-spline", pipe, x, target(x), rows
