"""Nearest neighbours of every search and metric, on data with ties too."""

import numpy as np
import sklearn
from data import counts, inputs, labels, named, probes, target
from sklearn import neighbors as nb
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def ties(n=90, features=3, seed=0):
    """Points of a small grid, many of them twice."""
    return np.random.RandomState(seed).randint(0, 4, size=(n, features)).astype(float)


def searches():
    for algorithm in ("kd_tree", "ball_tree", "brute"):
        for leaf in (5, 30):
            yield dict(algorithm=algorithm, leaf_size=leaf)
        for p in (1, 3, 1.5, np.inf):
            yield dict(algorithm=algorithm, p=p, leaf_size=8)


def metrics(features):
    rng = np.random.RandomState(3)
    a = rng.normal(size=(features, features))
    vi = a @ a.T + np.eye(features)
    yield dict(metric="seuclidean", metric_params=dict(V=np.arange(1.0, features + 1)))
    yield dict(metric="mahalanobis", metric_params=dict(VI=vi))
    for metric in ("canberra", "braycurtis", "hamming", "chebyshev", "cityblock"):
        yield dict(metric=metric)


def spread(n_neighbors):
    for weights in ("uniform", "distance"):
        yield dict(n_neighbors=n_neighbors, weights=weights)


def name_of(options):
    return "-".join(f"{k}={v}" for k, v in options.items() if k != "metric_params")


def both(x, rows, options, radius, tag, **more):
    """The classifier and the regressor, by number and by radius."""
    y = labels(x, 4)
    t = target(x)
    name = f"{tag}-{name_of(options)}"
    for share in spread(5):
        full = dict(options, **share)
        who = f"{share['weights']}-{name}"
        yield f"KNC-{who}", nb.KNeighborsClassifier(**full), x, y, rows, more
        yield f"KNR-{who}", nb.KNeighborsRegressor(**full), x, t, rows, more
        full = dict(options, weights=share["weights"], radius=radius)
        est = nb.RadiusNeighborsClassifier(outlier_label=3, **full)
        yield f"RNC-{who}", est, x, y, rows, more
        est = nb.RadiusNeighborsRegressor(**full)
        yield f"RNR-{who}", est, x, t, x[:20] + 1e-3, more


def cases():
    x = inputs()
    rows = probes(x)
    shifted = rows + 0.01  # Euclidean brute force is not exact at no distance
    grid = ties()
    grid_rows = np.vstack([grid[:30], grid[:20] + 0.5])
    for options in searches():
        yield from both(x, shifted, options, 6.0, "data")
        if options["algorithm"] != "brute":
            yield from both(grid, grid_rows, options, 1.0, "grid")
    # Which of those as far away count was numpy's to say by brute force before 1.1, and
    # for hamming before 1.5: argpartition has no order of its own.
    version = sklearn.__version__[:3]
    exact = version >= "1.1"
    for options in searches() if exact else []:
        if options["algorithm"] == "brute" and options.get("p", 2) in (2, 1, np.inf):
            yield from both(grid, grid_rows, options, 1.0, "grid")
    for options in metrics(5):
        for algorithm in ("ball_tree", "brute"):
            full = dict(options, algorithm=algorithm)
            hamming = (options.get("metric"), algorithm) == ("hamming", "brute")
            if version >= "1.5" or not hamming:
                yield from both(x, shifted, full, 3.0, "metric")
    for metric in ("cosine", "correlation", "sqeuclidean"):
        full = dict(metric=metric, algorithm="brute")
        if metric == "sqeuclidean" and not hasattr(nb, "VALID_METRICS"):
            continue
        yield from both(x, shifted[:45], full, 0.3, "metric")
    est = nb.KNeighborsClassifier(
        metric="minkowski", metric_params=dict(w=[1, 2, 3, 4, 5.0])
    )
    yield "KNC-weighted-minkowski", est, x, labels(x), shifted
    globe = np.random.RandomState(5).uniform(-1.5, 1.5, size=(60, 2))
    for algorithm in ("ball_tree", "brute"):
        full = dict(metric="haversine", algorithm=algorithm)
        yield from both(globe, globe[:20] + 0.1, full, 0.5, "globe")
    bits = (counts(features=7) > 2).astype(float)
    bits[:, 0] = 1  # of no truth at all two rows are no number apart
    for metric in ("jaccard", "dice", "rogerstanimoto", "russellrao", "sokalsneath"):
        est = nb.KNeighborsRegressor(
            90, metric=metric, algorithm="ball_tree", weights="distance"
        )
        yield f"KNR-{metric}", est, bits, target(x), bits[:30]
    est = nb.KNeighborsRegressor(
        90, metric="yule", algorithm="brute", weights="distance"
    )
    yield "KNR-yule", est, bits, target(x), bits[:30]
    est = nb.KNeighborsRegressor(metric="correlation")
    equal = [[2.0] * 5]
    yield "KNR-equal", est, x, target(x), equal, dict(refused_rows=True, only_here=True)
    for kind in ("str", "object", "bool", "float", "far"):
        y = named(labels(x, 2), kind)
        yield f"KNC-{kind}", nb.KNeighborsClassifier(), x, y, rows
        y0 = y[0].item() if hasattr(y[0], "item") else y[0]
        if kind != "float":
            est = nb.RadiusNeighborsClassifier(4.0, outlier_label=y0)
            yield f"RNC-{kind}", est, x, y, rows
    y = named(labels(x, 3), "str")
    est = nb.RadiusNeighborsClassifier(4.0, outlier_label="none")
    yield "RNC-other-label", est, x, y, rows, dict(methods=["predict"])
    for weights in ("uniform", "distance"):
        for algorithm in ("kd_tree", "brute"):
            for label in ("most_frequent", 101, 1, 0):
                y = named(labels(x, 3), "far") if label == 101 else labels(x, 3)
                est = nb.RadiusNeighborsClassifier(
                    4.0, outlier_label=label, algorithm=algorithm, weights=weights
                )
                yield f"RNC-outlier-{label}-{algorithm}-{weights}", est, x, y, shifted
    for label in (1, 0, 3):
        for algorithm in ("kd_tree", "brute"):
            for p in (1, 2):
                options = dict(outlier_label=label, algorithm=algorithm, p=p)
                est = nb.RadiusNeighborsClassifier(1.0, **options)
                est = make_pipeline(StandardScaler(), est)
                yield f"RNC-array-{name_of(options)}", est, x, labels(x, 3) + 1, rows
    many = np.stack([labels(x, 3), labels(x, 2, seed=2)], axis=1)
    for weights in ("uniform", "distance"):
        est = nb.KNeighborsClassifier(4, weights=weights)
        yield f"KNC-many-{weights}", est, x, many, rows
        est = nb.RadiusNeighborsClassifier(4.0, weights=weights, outlier_label=[2, 0])
        yield f"RNC-many-{weights}", est, x, many, rows
        for outputs in (1, 3):
            t = target(x, outputs=outputs)
            yield (
                f"KNR-{outputs}-{weights}",
                nb.KNeighborsRegressor(4, weights=weights),
                x,
                t,
                rows,
            )
            est = nb.RadiusNeighborsRegressor(40.0, weights=weights)
            yield f"RNR-{outputs}-{weights}", est, x, t, x[:20]
    yield "KNR-int", nb.KNeighborsRegressor(3), x, labels(x, 5), rows
    yield "KNR-float32", nb.KNeighborsRegressor(3), x, target(x).astype("f4"), rows
    big = inputs(700, features=2)
    yield "KNC-big", nb.KNeighborsClassifier(7), big, labels(big, 5), probes(big)
    wide = np.random.RandomState(0).normal(size=(300, 20))
    yield "KNC-wide", nb.KNeighborsClassifier(7), wide, labels(wide, 5), wide[:40] + 0.1
    for options in (dict(), dict(metric="manhattan"), dict(shrink_threshold=0.3)):
        for classes in (2, 4):
            est = nb.NearestCentroid(**options)
            yield f"NC-{classes}-{name_of(options)}", est, x, labels(x, classes), rows
    if "priors" in nb.NearestCentroid().get_params():
        for priors in ("empirical", [0.1, 0.6, 0.3]):
            for metric in ("euclidean", "manhattan"):
                est = nb.NearestCentroid(priors=priors, metric=metric)
                y = (labels(x, 5) + 1) // 2
                yield f"NC-{metric}-{str(priors)[:3]}", est, x, y, rows
    for options in (
        dict(),
        dict(algorithm="brute"),
        dict(p=1, n_neighbors=7, contamination=0.1),
    ):
        est = nb.LocalOutlierFactor(novelty=True, **options)
        yield f"LOF-{name_of(options)}", est, x, None, rows
    est = nb.LocalOutlierFactor(novelty=False)
    yield "LOF-no-novelty", est, x, None, rows, dict(refused=True)
