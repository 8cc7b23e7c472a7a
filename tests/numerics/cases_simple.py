"""Naive Bayes, k-means, dummies."""

import numpy as np
from data import counts, inputs, labels, named, probes, target
from sklearn import naive_bayes
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.dummy import DummyClassifier, DummyRegressor


def cases():
    x = inputs()
    rows = probes(x)
    c = counts()
    for classes in (2, 3):
        for kind in ("str", "far"):
            y = named(labels(x, classes), kind)
            tag = f"{kind}-{classes}"
            gaussian = naive_bayes.GaussianNB()
            yield f"GaussianNB-{tag}", gaussian, x, y, rows
            gaussian = naive_bayes.GaussianNB(priors=[1 / classes] * classes)
            yield (
                f"GaussianNB-priors-{tag}",
                gaussian,
                x.astype("f4"),
                y,
                rows,
                dict(tolerance=1e-6),
            )
            for est in [
                naive_bayes.MultinomialNB(),
                naive_bayes.MultinomialNB(alpha=0.1, fit_prior=False),
                naive_bayes.ComplementNB(),
                naive_bayes.ComplementNB(norm=True),
                naive_bayes.BernoulliNB(),
                naive_bayes.BernoulliNB(binarize=1.5),
            ]:
                yield f"{est}-{tag}", est, c, y, c[:20] + 1
            bits = (c > 1).astype(float)
            est = naive_bayes.BernoulliNB(binarize=None)
            yield f"{est}-{tag}", est, bits, y, bits
            est = naive_bayes.CategoricalNB(min_categories=12)
            yield f"{est}-{tag}", est, c.astype(int), y, c[:30]
    est = naive_bayes.ComplementNB()
    yield "ComplementNB-one", est, c, np.zeros(len(c), int), c[:5]
    for n in (1, 2, 8):
        for est in (
            KMeans(n, n_init=2, random_state=0),
            MiniBatchKMeans(n, random_state=0),
        ):
            yield f"{type(est).__name__}-{n}", est, x, None, rows
    est = KMeans(3, algorithm="elkan", n_init=1, random_state=0)
    yield "KMeans-elkan", est, x, None, rows
    for kind in ("str", "bool", "float", "far"):
        y = named(labels(x, 2), kind)
        for strategy in ("prior", "most_frequent"):
            yield f"{strategy}-{kind}", DummyClassifier(strategy=strategy), x, y, rows
        est = DummyClassifier(strategy="constant", constant=[y[0].item()])
        yield f"constant-{kind}", est, x, y, rows
    many = np.stack([labels(x, 3), labels(x, 2, seed=2)], axis=1)
    yield "prior-many", DummyClassifier(), x, many, rows
    est = DummyClassifier(strategy="constant", constant=[2, 0])
    yield "constant-many", est, x, many, rows
    for strategy in ("uniform", "stratified"):
        for seed, classes in ((0, 2), (7, 3), (2**32 - 1, 17), (3, 1)):
            est = DummyClassifier(strategy=strategy, random_state=seed)
            y = np.arange(len(x)) % classes
            yield f"{strategy}-{classes}", est, x, y, rows
            y = np.where(np.arange(len(x)) % 10 == 0, y, 0)
            yield f"{strategy}-{classes}-rare", est, x, y, rows
        est = DummyClassifier(strategy=strategy, random_state=5)
        yield f"{strategy}-many", est, x, many, rows
        state = np.random.RandomState(0)
        est = DummyClassifier(strategy=strategy, random_state=state)
        yield f"{strategy}-state", est, x, many, rows, dict(refused=True)
    for est in [
        DummyRegressor(),
        DummyRegressor(strategy="median"),
        DummyRegressor(strategy="quantile", quantile=0.25),
        DummyRegressor(strategy="constant", constant=5),
        DummyRegressor(strategy="constant", constant=5.5),
    ]:
        yield str(est), est, x, target(x), rows
    yield "mean-many", DummyRegressor(), x, target(x, outputs=3), rows
