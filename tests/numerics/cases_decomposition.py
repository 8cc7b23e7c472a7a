import numpy as np
from data import counts, inputs, labels, probes, target
from sklearn import (
    cluster,
    cross_decomposition,
    decomposition,
    ensemble,
    kernel_approximation,
    manifold,
    neighbors,
    neural_network,
    random_projection,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KernelCenterer


def short(est):
    return str(est).replace("\n", "").replace(" ", "")


def projections():
    d, r = decomposition, random_projection
    yield from [
        d.TruncatedSVD(2, algorithm="arpack", random_state=0),
        d.PCA(n_components="mle", svd_solver="full"),
        d.FastICA(3, random_state=0),
        d.FastICA(3, whiten=False, random_state=0),
        d.FactorAnalysis(2, random_state=0),
        d.FactorAnalysis(3, rotation="varimax", random_state=0),
        d.SparsePCA(3, random_state=0),
        d.MiniBatchSparsePCA(3, alpha=0.1, random_state=0),
        r.GaussianRandomProjection(3, random_state=0),
        r.SparseRandomProjection(3, random_state=0),
        r.SparseRandomProjection(4, density=1, dense_output=True, random_state=0),
        neural_network.BernoulliRBM(6, n_iter=3, random_state=0),
    ]


def of_kernels():
    d, k = decomposition, kernel_approximation
    for kernel in ("linear", "poly", "rbf", "sigmoid", "cosine"):
        for gamma in (None, 0.2):
            yield d.KernelPCA(3, kernel=kernel, gamma=gamma, coef0=0.5, degree=2)
            # Of a linear kernel of 5 features more components would be noise.
            n = 5 if kernel == "linear" else 8
            yield k.Nystroem(kernel, gamma=gamma, n_components=n, random_state=0)
    yield d.KernelPCA(kernel="rbf", gamma=0.01)
    yield k.Nystroem("laplacian", gamma=0.1, n_components=90, random_state=0)
    yield k.RBFSampler(random_state=0)
    yield k.RBFSampler(gamma=0.3, n_components=7, random_state=0)


def of_counts():
    k = kernel_approximation
    for steps in (1, 2, 3):
        yield k.AdditiveChi2Sampler(sample_steps=steps)
    yield k.AdditiveChi2Sampler(sample_steps=5, sample_interval=0.3)
    yield k.SkewedChi2Sampler(skewedness=0.5, n_components=9, random_state=0)
    yield k.Nystroem("chi2", n_components=6, gamma=0.5, random_state=0)
    yield k.Nystroem("additive_chi2", n_components=6, random_state=0)


def sketches():
    for degree in (1, 2, 4):
        for coef0 in (0, 1.5):
            for n in (1, 7, 100):
                yield kernel_approximation.PolynomialCountSketch(
                    degree=degree, coef0=coef0, n_components=n, random_state=0
                )


def pools():
    for function in (np.mean, np.max, np.min, np.median, np.sum):
        yield cluster.FeatureAgglomeration(3, pooling_func=function)
    yield cluster.FeatureAgglomeration(2, linkage="average")


def squares():
    """Partial least squares, for one target and for several."""
    c = cross_decomposition
    for scale in (True, False):
        yield c.PLSRegression(2, scale=scale), 1
        yield c.PLSRegression(3, scale=scale), 2
        yield c.PLSCanonical(2, scale=scale), 2
        yield c.PLSCanonical(2, scale=scale, algorithm="svd"), 3
        yield c.CCA(2, scale=scale), 2
        yield c.PLSSVD(2, scale=scale), 2


def made(kind, **options):
    """The transformer, or nothing where this scikit-learn has no such option."""
    known = kind().get_params()
    return [kind(**options)] if options.keys() <= known.keys() else []


def topics():
    d = decomposition
    for n in (1, 3):
        yield from made(d.LatentDirichletAllocation, n_components=n, random_state=0)
        for options in (
            dict(),
            dict(alpha_W=0.01, l1_ratio=0.5),
            dict(init="random", tol=1e-6, max_iter=500),
            dict(solver="mu"),
            dict(solver="mu", alpha_W=0.01, l1_ratio=0.3, max_iter=55),
            dict(solver="mu", beta_loss="kullback-leibler"),
            dict(solver="mu", beta_loss=1, alpha_W=0.01, l1_ratio=0.3, max_iter=95),
        ):
            yield from made(d.NMF, n_components=n, random_state=0, **options)
        if hasattr(d, "MiniBatchNMF"):
            yield d.MiniBatchNMF(n, random_state=0)
            yield d.MiniBatchNMF(n, random_state=0, alpha_W=0.01, l1_ratio=0.5)
            yield d.MiniBatchNMF(n, random_state=0, beta_loss="kullback-leibler")
    yield d.LatentDirichletAllocation(
        4, learning_method="online", doc_topic_prior=0.3, random_state=0
    )


def dictionaries():
    """(name, sparse coder); near-equal atoms make some rows stop early."""
    d = decomposition
    for options in (
        dict(),
        dict(n_components=8, transform_n_nonzero_coefs=3),
        dict(n_components=8, transform_n_nonzero_coefs=8, split_sign=True),
        dict(transform_algorithm="threshold"),
        dict(transform_algorithm="threshold", transform_alpha=0.1, split_sign=True),
        dict(transform_algorithm="threshold", positive_code=True, alpha=0.2),
    ):
        yield d.DictionaryLearning(max_iter=5, random_state=0, **options)
        yield d.MiniBatchDictionaryLearning(random_state=0, **options)
    atoms = np.random.RandomState(0).normal(size=(12, 5))
    atoms[7] = atoms[3]
    atoms[8] = atoms[3] + 1e-9
    atoms /= np.sqrt((atoms**2).sum(axis=1, keepdims=True))
    for most in (1, 4, 12):
        yield d.SparseCoder(atoms, transform_n_nonzero_coefs=most)
    yield d.SparseCoder(atoms, transform_algorithm="threshold", transform_alpha=0.5)


def by_neighbors():
    m, n = manifold, neighbors
    yield m.Isomap(n_components=2)
    yield m.Isomap(n_neighbors=12, n_components=3, metric="manhattan")
    yield from made(m.Isomap, n_neighbors=None, radius=12.0)
    yield m.LocallyLinearEmbedding(random_state=0)
    yield m.LocallyLinearEmbedding(n_neighbors=9, n_components=3, reg=0.1)
    yield m.LocallyLinearEmbedding(
        n_neighbors=12, method="modified", neighbors_algorithm="brute"
    )
    for mode in ("distance", "connectivity"):
        yield n.KNeighborsTransformer(mode=mode, n_neighbors=4)
        yield n.RadiusNeighborsTransformer(mode=mode, radius=6.0)
    yield n.KNeighborsTransformer(metric="manhattan", algorithm="ball_tree")
    yield ensemble.RandomTreesEmbedding(10, random_state=0)
    yield ensemble.RandomTreesEmbedding(3, max_depth=None, random_state=0)
    yield ensemble.RandomTreesEmbedding(4, max_leaf_nodes=7, sparse_output=False)


def cases():
    x = inputs()
    y = labels(x)
    rows = probes(x)
    for est in [*projections(), *of_kernels(), *sketches(), *pools()]:
        # Of one row alone SparsePCA gives no matrix.
        more = dict(whole="SparsePCA" in short(est))
        yield short(est), est, x, None, rows, more
        loose = dict(more, tolerance=1e-5)
        yield short(est) + "-float32", est, x.astype("f4"), None, rows, loose
    positive = np.abs(x)
    for est in of_counts():
        yield short(est), est, positive, None, np.abs(rows)
        if "additive" not in short(est):
            refused = [[1, 1, -7, 1, 1]]
            yield (
                short(est) + "-less",
                est,
                positive,
                None,
                refused,
                dict(refused_rows=True),
            )
    for est in by_neighbors():
        near = x + np.random.RandomState(3).normal(size=x.shape) / 50
        yield short(est), est, near, None, rows[:45] + 1e-3
    whole = counts(features=8)
    asked = np.vstack([counts(30, 8, seed=5), np.eye(8) * 50])
    for est in topics():
        yield short(est), est, whole, None, asked
        less = [[1, 1, -1, 1, 1, 1, 1, 1]]
        refused = dict(refused_rows=True, only_here="Mini" in short(est))
        yield short(est) + "-less", est, whole, None, less, refused
    est = decomposition.SparsePCA(3, ridge_alpha=0, random_state=0)
    yield "sparse-ridge", est, x, None, rows, dict(refused=True)
    est = decomposition.NMF(2, solver="mu", beta_loss=1.5, max_iter=5)
    yield "nmf-loss", est, whole, None, asked, dict(refused=True)
    for i, est in enumerate(dictionaries()):
        yield f"dictionary-{i}", est, x, None, rows
    for algorithm in ("lars", "lasso_cd", "lasso_lars"):
        est = decomposition.SparseCoder(np.eye(5), transform_algorithm=algorithm)
        yield f"dictionary-{algorithm}", est, x, None, rows, dict(refused=True)
    for est, outputs in squares():
        goal = target(x, outputs=outputs)
        yield f"{short(est)}-{outputs}", est, x, goal, rows
        if outputs == 1:
            yield f"{short(est)}-flat", est, x, goal[:, 0], rows
    est = neighbors.NeighborhoodComponentsAnalysis(2, random_state=0, max_iter=20)
    yield short(est), est, x, y, rows
    kernel, asked = x @ x.T / 10, rows @ x.T / 10
    yield "centerer", KernelCenterer(), kernel, None, asked
    est = decomposition.KernelPCA(3, kernel="precomputed")
    yield short(est), est, kernel, None, asked
    last = LogisticRegression()
    for est in (
        decomposition.FastICA(3, random_state=0),
        kernel_approximation.Nystroem(n_components=20, random_state=0),
        random_projection.SparseRandomProjection(3, random_state=0),
    ):
        yield f"pipe-{short(est)}", make_pipeline(est, last), x, y, rows
    pipe = make_pipeline(decomposition.KernelPCA(3, kernel="rbf"), Ridge())
    yield "pipe-kernel", pipe, x, target(x), rows
