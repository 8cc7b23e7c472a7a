"""Random data the cases are fitted on, small and always the same."""

import numpy as np

FEATURES = 5


def inputs(n=90, features=FEATURES, seed=0):
    rng = np.random.RandomState(seed)
    x = rng.normal(size=(n, features)) * [1, 3, 0.2, 10, 1][:features] + rng.normal(
        size=features
    )
    x[: n // 3, 0] = np.round(x[: n // 3, 0])
    return x


def counts(n=90, features=FEATURES, seed=0):
    """Features that are small counts."""
    return np.random.RandomState(seed).poisson(2, size=(n, features)).astype(float)


def target(x, seed=1, outputs=None):
    """A number (or several) for each row."""
    rng = np.random.RandomState(seed)
    w = rng.normal(size=(x.shape[1], outputs or 1))
    y = x @ w + rng.normal(size=(len(x), outputs or 1))
    return y if outputs else y[:, 0]


def labels(x, classes=3, seed=1):
    """One of so many integers for each row, each of them there."""
    score = target(x, seed)
    edges = np.quantile(score, np.linspace(0, 1, classes + 1)[1:-1])
    return np.searchsorted(edges, score)


def named(y, kind="str"):
    """Integer labels as labels of another kind."""
    names = {
        "str": np.array(["ash", "birch", "cédre", "elm", "fig"]),
        "object": np.array(["ash", "birch", "cédre", "elm", "fig"], dtype=object),
        "bool": np.array([False, True]),
        "float": np.array([-1.0, 0.0, 2.0, 3.0, 4.0]),
        "far": np.array([-7, 3, 100, 101, 5000]),
        "uint8": np.array([1, 3, 7, 8, 255], dtype=np.uint8),
    }
    return names[kind][y]


def probes(x, n=40, seed=9):
    """Rows to predict: some of x, some around it, some far away, zeros, integers."""
    rng = np.random.RandomState(seed)
    rows = [
        x[:n],
        x[:5] + rng.normal(size=(5, x.shape[1])),
        x[:3] * 1e3,
        -x[:3] * 1e3,
        np.zeros((1, x.shape[1])),
        np.round(x[:4]),
    ]
    return np.vstack(rows)
