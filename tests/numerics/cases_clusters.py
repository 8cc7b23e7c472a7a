"""Clusters that rows can be put into."""

import numpy as np
from data import inputs, probes
from sklearn import cluster


def blobs(n=90, features=5, seed=4):
    rng = np.random.RandomState(seed)
    centres = rng.normal(size=(4, features)) * 6
    return centres[rng.randint(4, size=n)] + rng.normal(size=(n, features))


def cases():
    for tag, x in (("data", inputs()), ("blobs", blobs())):
        rows = probes(x)
        for options in (dict(), dict(bandwidth=5.0), dict(bandwidth=2, bin_seeding=1)):
            yield (
                f"shift-{tag}-{'-'.join(options)}",
                cluster.MeanShift(**options),
                x,
                None,
                rows,
            )
        for options in (dict(), dict(damping=0.9, preference=-50), dict(max_iter=1)):
            est = cluster.AffinityPropagation(random_state=0, **options)
            yield f"affinity-{tag}-{'-'.join(options)}", est, x, None, rows
        for options in (dict(), dict(n_clusters=None), dict(threshold=2.0)):
            est = cluster.Birch(**options)
            yield f"birch-{tag}-{'-'.join(options)}", est, x, None, rows
        if hasattr(cluster, "BisectingKMeans"):
            for n in (1, 2, 7):
                for strategy in ("biggest_inertia", "largest_cluster"):
                    est = cluster.BisectingKMeans(
                        n, random_state=0, bisecting_strategy=strategy
                    )
                    yield f"bisecting-{tag}-{strategy}-{n}", est, x, None, rows
    x = inputs()
    est = cluster.AffinityPropagation(affinity="precomputed", random_state=0)
    square = -((x[:, None] - x[None]) ** 2).sum(axis=2)
    yield "affinity-precomputed", est, square, None, square[:2], dict(refused=True)
