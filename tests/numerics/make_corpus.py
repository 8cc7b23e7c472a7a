"""Writes small pickles for the fuzz targets: make_corpus.py FUZZ_CORPUS_FOLDER [CASES].

CASES names modules with the cases to take, cases_linear for one; all when not given.
Frames are left out of them: their lengths would not survive what a fuzzer changes.
"""

import importlib
import itertools
import pickle
import pickletools
import sys
import warnings
from pathlib import Path

import numpy as np

LARGEST = 12000


def without_frames(data):
    """The pickle without its FRAME opcodes."""
    places = [(op.name, at) for op, _, at in pickletools.genops(data)]
    places.append(("END", len(data)))
    parts = [
        data[at:after]
        for (name, at), (_, after) in itertools.pairwise(places)
        if name != "FRAME"
    ]
    return b"".join(parts)


def arrays():
    point = np.dtype([("left", "<i8"), ("value", ">f4"), ("flag", "u1")])
    yield "int", np.arange(6).reshape(2, 3)
    yield "big-endian", np.arange(3, dtype=">i2")
    yield "fortran", np.asfortranarray(np.arange(6, dtype="f4").reshape(2, 3) / 2)
    yield "half", np.array([1.5, -0.25, np.inf], dtype="f2")
    yield "bool", np.array([True, False])
    yield "text", np.array(["ash", "cédre", "𝄞"])
    yield "bytes", np.array([b"ash", b"elm"])
    yield "objects", np.array(["ash", "elm"], dtype=object)
    yield "structured", np.array([(1, 2.5, 1), (-1, -0.5, 0)], dtype=point)
    yield "scalar", np.float64(2.5)
    yield "empty", np.zeros((0, 3))
    yield "mixed", {"a": [1, -2, 1 << 70, None], "b": {1.5, "x"}, "c": (True, b"z")}


def write_arrays(folder):
    for name, value in arrays():
        for protocol in (2, 4, 5):
            data = without_frames(pickle.dumps(value, protocol=protocol))
            (folder / f"{name}-{protocol}.pkl").write_bytes(data)


def fit_small(estimator, x, y):
    """Fits it on few rows, and on few columns where it takes them."""
    rows = x[:30]
    try:
        few = rows[:, :3]
        return estimator.fit(*([few] if y is None else [few, y[:30]]))
    except (ValueError, IndexError, TypeError):
        return estimator.fit(*([rows] if y is None else [rows, y[:30]]))


def write_models(folder, modules):
    """One of each class among the numeric tests' cases: the smallest."""
    smallest = {}
    for module in modules:
        for _, estimator, x, y, *_ in importlib.import_module(module).cases():
            try:
                fit_small(estimator, x, y)
            except (ValueError, IndexError, TypeError):
                continue
            data = without_frames(pickle.dumps(estimator, protocol=4))
            name = type(estimator).__name__
            if len(data) < min(LARGEST, len(smallest.get(name, b"x" * LARGEST))):
                smallest[name] = data
    for name, data in smallest.items():
        (folder / f"{name}.pkl").write_bytes(data)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    root = Path(sys.argv[1])
    found = sorted(path.stem for path in Path(__file__).parent.glob("cases_*.py"))
    for name in ("pickle", "sklearn"):
        (root / name).mkdir(parents=True, exist_ok=True)
    write_arrays(root / "pickle")
    write_models(root / "sklearn", sys.argv[2:] or found)
