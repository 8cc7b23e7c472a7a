"""What is made of kernels: Gaussian processes, kernel ridge, label propagation; and
isotonic regression."""

import warnings

import numpy as np
from data import counts, inputs, labels, named, probes, target
from sklearn import gaussian_process as gp
from sklearn.gaussian_process import kernels as k
from sklearn.isotonic import IsotonicRegression
from sklearn.kernel_ridge import KernelRidge
from sklearn.semi_supervised import LabelPropagation, LabelSpreading

warnings.filterwarnings("ignore", category=UserWarning)


def kernels():
    yield "rbf", k.RBF(2.0)
    yield "rbf-each", k.RBF([1.0, 2, 3, 4, 5])
    for nu in (0.5, 1.5, 2.5, np.inf, 0.7, 1.0, 3.0, 4.25):
        yield f"matern-{nu}", k.Matern(2.0, nu=nu)
    yield "matern-each", k.Matern([1.0, 2, 3, 4, 5], nu=2.5)
    yield "rational", k.RationalQuadratic(2.0, alpha=0.3)
    yield "sine", k.ExpSineSquared(2.0, periodicity=3.0)
    yield "dot", k.DotProduct(1.5)
    yield "power", k.DotProduct(1.5) ** 2
    yield "root", k.RBF(2.0) ** 0.5
    yield "sum", k.ConstantKernel(2.0) * k.RBF(2.0) + k.WhiteKernel(0.5)
    nested = k.Matern(2.0) * (k.RBF(3.0) + 0.5) + k.DotProduct() * k.RBF(1.0) ** 2
    yield "nested", nested
    for metric in ("linear", "rbf", "poly", "sigmoid", "laplacian", "cosine"):
        yield f"pairwise-{metric}", k.PairwiseKernel(gamma=0.1, metric=metric)
    power = dict(degree=2, coef0=0.5)
    kernel = k.PairwiseKernel(metric="poly", pairwise_kernels_kwargs=power)
    yield "pairwise-kwargs", kernel


def regressions(x, y, rows):
    fixed = dict(optimizer=None, alpha=0.5)
    for name, kernel in kernels():
        est = gp.GaussianProcessRegressor(kernel, **fixed)
        yield f"gpr-{name}", est, x, y, rows
    fitted = k.RBF(2.0) + k.WhiteKernel(1.0)
    est = gp.GaussianProcessRegressor(fitted, normalize_y=True, random_state=0)
    yield "gpr-normalized", est, x, y, rows
    yield "gpr-default", gp.GaussianProcessRegressor(alpha=0.1), x, y, rows
    noise = np.linspace(0.1, 1, len(x))
    est = gp.GaussianProcessRegressor(k.RBF(2.0), alpha=noise, optimizer=None)
    yield "gpr-noise", est, x, y, rows
    for outputs in (1, 3):
        for normalize in (False, True):
            est = gp.GaussianProcessRegressor(
                k.RBF(2.0), normalize_y=normalize, **fixed
            )
            name = f"gpr-outputs-{outputs}-{normalize}"
            yield name, est, x, target(x, outputs=outputs), rows


def classifications(x, rows):
    for name, kernel in kernels():
        est = gp.GaussianProcessClassifier(kernel, optimizer=None)
        yield f"gpc-{name}", est, x, labels(x, 2), rows
    for kind in ("str", "bool", "float", "far"):
        est = gp.GaussianProcessClassifier(random_state=0)
        yield f"gpc-{kind}", est, x, named(labels(x, 2), kind), rows
    est = gp.GaussianProcessClassifier(k.RBF(0.1), optimizer=None)
    far = x[:5] + 1e4  # equally likely of all classes
    yield "gpc-ties", est, x, labels(x, 3), far
    kernel = k.RBF(2.0) + k.DotProduct()
    for scheme in ("one_vs_rest", "one_vs_one"):
        for classes in (2, 4):
            est = gp.GaussianProcessClassifier(kernel, multi_class=scheme)
            options = dict(methods=["predict"]) if scheme == "one_vs_one" else {}
            y = named(labels(x, classes), "str")
            yield f"gpc-{scheme}-{classes}", est, x, y, rows, options


def ridges(x, y, rows):
    for kernel in ("linear", "rbf", "poly", "polynomial", "sigmoid", "laplacian"):
        est = KernelRidge(kernel=kernel, alpha=0.5)
        yield f"ridge-{kernel}", est, x / 3, y, rows / 3
        est = KernelRidge(kernel=kernel, gamma=0.05, degree=2.5, coef0=2)
        if kernel not in ("linear", "sigmoid"):
            yield f"ridge-{kernel}-options", est, abs(x) / 3, y, abs(rows) / 3
    yield "ridge-cosine", KernelRidge(kernel="cosine"), x, y, rows
    c = counts()
    few = np.vstack([c[:9], np.zeros((1, 5)), c[:3] * 10 + 0.5])
    for options in (
        dict(kernel="chi2", gamma=0.3),
        dict(kernel="additive_chi2", alpha=5),
    ):
        est = KernelRidge(**options)
        yield f"ridge-{options['kernel']}", est, c, y, few
        refused = dict(refused_rows=True)
        yield f"ridge-{options['kernel']}-negative", est, c, y, -c[:2] - 1, refused
    square = x @ x.T
    est = KernelRidge(kernel="precomputed")
    yield "ridge-precomputed", est, square, y, square[:5]
    yield "ridge-gp", KernelRidge(kernel=k.RBF(2.0) + k.Matern(1.0)), x, y, rows
    for outputs in (1, 3):
        est = KernelRidge(kernel="rbf")
        yield f"ridge-outputs-{outputs}", est, x, target(x, outputs=outputs), rows


def propagations(x, rows):
    y = labels(x, 3)
    y[::3] = -1
    for make in (LabelPropagation, LabelSpreading):
        for options in (
            dict(gamma=0.05, max_iter=50),
            dict(kernel="knn"),
            dict(kernel="knn", n_neighbors=3),
        ):
            name = f"{make.__name__}-{'-'.join(map(str, options.values()))}"
            yield name, make(**options), x, y, rows[:45]


def lines(x):
    points, y = x[:, 0], target(x)
    asked = np.append(np.linspace(points.min(), points.max(), 60), points[:20])
    wide = np.append(asked, [-1e3, 1e3])
    for options in (
        dict(),
        dict(increasing=False),
        dict(increasing="auto", y_min=-0.5, y_max=0.5),
    ):
        name = f"isotonic-{'-'.join(options)}"
        yield name, IsotonicRegression(**options), points, y, asked[:, None]
        est = IsotonicRegression(out_of_bounds="clip", **options)
        yield f"{name}-clip", est, points, y, wide[:, None]
        single = points.astype("f4")
        yield f"{name}-float32", est, single, y, wide[:, None], dict(tolerance=1e-6)
    est = IsotonicRegression(out_of_bounds="raise")
    refused = dict(refused_rows=True)
    yield "isotonic-raise", est, points, y, [[-1e3], [1e3]], refused
    yield "isotonic-raise-within", est, points, y, asked[:, None]
    est = IsotonicRegression()
    yield "isotonic-constant", est, points * 0 + 2, y, [[2.0]]


def cases():
    x = inputs()
    rows = probes(x)
    yield from regressions(x, target(x), rows)
    yield from classifications(x, rows)
    yield from ridges(x, target(x), rows)
    yield from propagations(x, rows)
    yield from lines(x)
