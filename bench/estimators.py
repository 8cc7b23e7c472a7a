"""estimators.py FOLDER PREDICT [NAME ...]: every estimator, natively, by scikit-learn,
and ensembles of trees by ONNX Runtime too.

Runs in the environment of bench/requirements.txt, on one thread. PREDICT is the program
of bench/predict.c. Prints lines like bench.py's: microseconds of one row and of 1000,
with the ratio of the other's time to the engine's. First an estimator of each family as
it is used, then all that those leave out, fitted as docs/estimators.md has them.
"""

import os

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[threads] = "1"

import itertools  # noqa: E402
import json  # noqa: E402
import statistics  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
import warnings  # noqa: E402
from pathlib import Path  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))
import numpy as np  # noqa: E402
from estimators import all_estimators, fitted  # noqa: E402
from forest import pack  # noqa: E402
from sklearn import (  # noqa: E402
    cluster,
    covariance,
    discriminant_analysis,
    dummy,
    ensemble,
    gaussian_process,
    isotonic,
    kernel_ridge,
    linear_model,
    mixture,
    naive_bayes,
    neighbors,
    neural_network,
    semi_supervised,
    svm,
    tree,
)
from sklearn.datasets import make_classification  # noqa: E402
from sklearn.gaussian_process.kernels import RBF, Matern  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

ROWS, FITTED, TURNS = 1000, 300, 5
ENSEMBLES = {"forest", "extra_trees", "forest_regressor", "boosting", "hist_boosting"}


def models():
    """(name, an estimator, what to fit it on: all, 500 rows, 5 columns, 1)."""
    common = dict(random_state=0)
    yield "linear", linear_model.Ridge(), "all"
    yield "logistic", linear_model.LogisticRegression(max_iter=300), "all"
    yield "sgd", linear_model.SGDClassifier(**common), "all"
    yield "glm", linear_model.PoissonRegressor(), "all"
    yield "ransac", linear_model.RANSACRegressor(**common), "all"
    yield "mlp", neural_network.MLPClassifier((64, 32), max_iter=30, **common), "all"
    yield "gaussian_nb", naive_bayes.GaussianNB(), "all"
    yield "bernoulli_nb", naive_bayes.BernoulliNB(), "all"
    yield "dummy", dummy.DummyClassifier(), "all"
    yield "kmeans", cluster.KMeans(8, n_init=1, **common), "all"
    yield "bisecting_kmeans", cluster.BisectingKMeans(8, **common), "all"
    yield "mean_shift", cluster.MeanShift(bandwidth=6.0), "some"
    yield "birch", cluster.Birch(threshold=2.0), "some"
    yield "affinity", cluster.AffinityPropagation(**common), "some"
    yield "tree", tree.DecisionTreeClassifier(**common), "all"
    yield "forest", ensemble.RandomForestClassifier(100, **common), "all"
    yield "extra_trees", ensemble.ExtraTreesClassifier(100, **common), "all"
    yield "forest_regressor", ensemble.RandomForestRegressor(100, **common), "all"
    yield "isolation_forest", ensemble.IsolationForest(**common), "all"
    yield "boosting", ensemble.GradientBoostingClassifier(**common), "all"
    yield "hist_boosting", ensemble.HistGradientBoostingClassifier(**common), "all"
    yield "adaboost", ensemble.AdaBoostClassifier(**common), "all"
    yield "bagging", ensemble.BaggingClassifier(**common), "all"
    yield "kd_tree", neighbors.KNeighborsClassifier(), "few"
    yield "brute", neighbors.KNeighborsClassifier(algorithm="brute"), "some"
    yield "radius", neighbors.RadiusNeighborsRegressor(12.0), "some"
    yield "nearest_centroid", neighbors.NearestCentroid(), "all"
    yield "local_outlier", neighbors.LocalOutlierFactor(novelty=True), "some"
    yield "svc", svm.SVC(), "some"
    yield "svc_linear", svm.SVC(kernel="linear"), "some"
    yield "svr", svm.SVR(), "some"
    yield "lda", discriminant_analysis.LinearDiscriminantAnalysis(), "all"
    yield "qda", discriminant_analysis.QuadraticDiscriminantAnalysis(), "all"
    yield "gaussian_mixture", mixture.GaussianMixture(4, **common), "all"
    yield "elliptic_envelope", covariance.EllipticEnvelope(**common), "all"
    yield "kernel_ridge", kernel_ridge.KernelRidge(kernel="rbf"), "some"
    fixed = dict(optimizer=None)
    gpr = gaussian_process.GaussianProcessRegressor
    yield "gp_rbf", gpr(RBF(3.0), alpha=0.1, **fixed), "some"
    yield "gp_matern", gpr(Matern(3.0), alpha=0.1, **fixed), "some"
    gpc = gaussian_process.GaussianProcessClassifier
    yield "gp_classifier", gpc(RBF(3.0), **fixed), "some"
    yield "label_spreading", semi_supervised.LabelSpreading(gamma=0.1), "some"
    yield "isotonic", isotonic.IsotonicRegression(out_of_bounds="clip"), "column"
    logistic = linear_model.LogisticRegression()
    yield "pipeline", make_pipeline(StandardScaler(), logistic), "all"


def microseconds(function, rows):
    """The median of some turns of calls."""
    turns = []
    function(rows)
    for _ in range(TURNS):
        repeat, started = 0, time.process_time_ns()
        while time.process_time_ns() - started < 50_000_000:
            function(rows)
            repeat += 1
        turns.append((time.process_time_ns() - started) / repeat / 1e3)
    return statistics.median(turns)


def native(folder, predict, model, method, rows):
    """(microseconds a call, the answer) of the engine."""
    rows = rows.tolist() if isinstance(rows, np.ndarray) else rows
    (folder / "model.flm").write_bytes(pack(model))
    (folder / "rows.json").write_text(json.dumps(rows))
    files = [folder / "model.flm", folder / "rows.json"]
    command = [predict, *files, str(TURNS), method]
    taken, answer = subprocess.check_output(command, text=True).split("\n", 1)
    return float(taken) / 1e3, np.array(json.loads(answer))


def plain(value):
    """An attribute of a graph's node, as the numbers that onnx takes."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, list):
        return [v if isinstance(v, (str, float)) else int(v) for v in value]
    return value


def onnx(model, width):
    """A function that runs the model's graph."""
    import onnxruntime
    from skl2onnx import to_onnx
    from skl2onnx.common import _container

    make = _container.make_node
    _container.make_node = lambda *args, **attributes: make(
        *args, **{name: plain(value) for name, value in attributes.items()}
    )

    example = np.zeros((1, width), np.float32)
    options = {"zipmap": False} if hasattr(model, "classes_") else None
    graph = to_onnx(model, example, options={id(model): options} if options else None)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = settings.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(graph.SerializeToString(), settings)
    first, name = session.get_outputs()[0].name, session.get_inputs()[0].name
    return lambda rows: session.run([first], {name: rows})[0]


def line(name, value, ratio="", target=""):
    shown = f"{ratio:.3g}" if ratio != "" else ""
    print(f"sklearn.{name},{value:.4g},us,{shown},{target}", flush=True)


def measure(folder, predict, name, model, x):
    """False when the answers differ."""
    runtime = onnx(model, x.shape[1]) if name in ENSEMBLES else None
    method = "predict" if hasattr(model, "predict") else "transform"
    theirs = getattr(model, method)
    for count, target in ((1, ">=100 x scikit-learn"), (ROWS, ">=1 x scikit-learn")):
        rows = x[:count]
        ours, answer = native(folder, predict, model, method, rows)
        wanted = theirs(rows)
        wanted = wanted.toarray() if hasattr(wanted, "toarray") else wanted
        if not np.allclose(np.array(answer, wanted.dtype), wanted, rtol=1e-9):
            print(f"{name}: the engine and scikit-learn differ", file=sys.stderr)
            return False
        line(f"{name}.{count}", ours, microseconds(theirs, rows) / ours, target)
        if runtime:
            single = rows.astype(np.float32)
            ratio = microseconds(runtime, single) / ours
            line(f"{name}.{count}", ours, ratio, ">=1 x onnxruntime")
    return True


def families(wanted):
    """(name, the fitted model, rows)."""
    x, y = make_classification(
        2000, 20, n_informative=10, n_redundant=0, n_classes=3, random_state=0
    )
    x = x.astype(np.float32).astype(float)  # what ONNX Runtime gets is the same
    for name, model, of in models():
        if wanted and name not in wanted:
            continue
        rows, target = (x[:500], y[:500]) if of == "some" else (x, y)
        rows = rows[:, :5] if of == "few" else rows[:, :1] if of == "column" else rows
        if of == "column":
            model.fit(rows[:, 0], x[:, 1])
        else:
            model.fit(rows, target)
        yield name, model, x[:, : rows.shape[1]]


def others(wanted):
    """The same of the estimators that no family has, but for who takes images."""
    known = {type(model) for _, model, _ in models()}
    for name, cls in all_estimators():
        served = hasattr(cls, "predict") or hasattr(cls, "transform")
        served = served and name != "PatchExtractor"
        if served and cls not in known and (not wanted or name in wanted):
            model, rows = fitted(name, cls, FITTED, 20, ROWS)
            if hasattr(model, "n_features"):  # hashed: not a million columns
                model.set_params(n_features=64)
            if any(hasattr(model, method) for method in ("predict", "transform")):
                numbers = isinstance(rows[0], list) and name != "MultiLabelBinarizer"
                yield name, model, np.array(rows) if numbers else rows


def main():
    folder, predict, *wanted = sys.argv[1:]
    warnings.simplefilter("ignore")
    alike = True
    for name, model, rows in itertools.chain(families(wanted), others(wanted)):
        alike = measure(Path(folder), predict, name, model, rows) and alike
    sys.exit(not alike)


if __name__ == "__main__":
    main()
