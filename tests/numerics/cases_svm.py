"""Support vector machines of every kernel."""

from data import inputs, labels, named, probes, target
from scipy.sparse import csr_matrix
from sklearn import svm

KERNELS = [
    dict(kernel="linear"),
    dict(kernel="rbf"),
    dict(kernel="rbf", gamma="auto"),
    dict(kernel="rbf", gamma=0.5),
    dict(kernel="poly"),
    dict(kernel="poly", degree=2, coef0=1.5, gamma=0.1),
    dict(kernel="poly", degree=0),
    dict(kernel="sigmoid", gamma=0.01, coef0=0.5),
]


def name_of(options):
    return "-".join(f"{k}={v}" for k, v in options.items())


def cases():
    x = inputs()
    rows = probes(x)
    for kernel in KERNELS:
        tag = name_of(kernel)
        for classes in (2, 3, 5):
            y = labels(x, classes)
            yield f"SVC-{classes}-{tag}", svm.SVC(**kernel), x, y, rows
            if kernel.get("degree") != 0:
                yield f"NuSVC-{classes}-{tag}", svm.NuSVC(nu=0.2, **kernel), x, y, rows
        yield f"SVR-{tag}", svm.SVR(**kernel), x, target(x), rows
        yield f"NuSVR-{tag}", svm.NuSVR(**kernel), x, target(x), rows
        yield f"OneClassSVM-{tag}", svm.OneClassSVM(nu=0.3, **kernel), x, None, rows
    for classes in (2, 4):
        y = labels(x, classes)
        for options in (
            dict(decision_function_shape="ovo"),
            dict(break_ties=True),
            dict(probability=True, random_state=0),
            dict(probability=True, kernel="linear", random_state=0, C=0.1),
            dict(class_weight="balanced", C=10),
        ):
            yield f"SVC-{classes}-{name_of(options)}", svm.SVC(**options), x, y, rows
        est = svm.NuSVC(nu=0.1, probability=True, random_state=0)
        yield f"NuSVC-proba-{classes}", est, x, y, rows
        for kernel in ("linear", "rbf", "poly"):
            sparse = csr_matrix(x.round())
            yield (
                f"SVC-sparse-{kernel}-{classes}",
                svm.SVC(kernel=kernel),
                sparse,
                y,
                rows,
            )
            est = svm.SVC(kernel=kernel, probability=True, random_state=0)
            yield f"SVC-sparse-proba-{kernel}-{classes}", est, sparse, y, rows
    yield "SVR-sparse", svm.SVR(), csr_matrix(x.round()), target(x), rows
    yield "OneClassSVM-sparse", svm.OneClassSVM(), csr_matrix(x.round()), None, rows
    for kind in ("str", "object", "bool", "float", "far"):
        y = named(labels(x, 2), kind)
        yield f"SVC-{kind}", svm.SVC(), x, y, rows
    square, asked = x @ x.T, rows @ x.T
    for kind in (svm.SVC, svm.NuSVC, svm.SVR, svm.OneClassSVM):
        y = target(x) if kind is svm.SVR else labels(x)
        est = kind(kernel="precomputed")
        yield f"{kind.__name__}-precomputed", est, square, y, asked
    for kind in (svm.SVR, svm.NuSVR):  # without a support vector
        yield f"{kind.__name__}-none", kind(), x, target(x) * 0, rows
    yield "SVC-none", svm.SVC(tol=2.5), x, labels(x), rows
    refused = svm.SVC(break_ties=True, decision_function_shape="ovo")
    yield "SVC-ties-ovo", refused, x, labels(x), rows, dict(refused=True)
