"""Each layer, and whole models, against the Keras that is installed.

A model is built with random weights, saved as .keras, and both are asked for the same
rows: numbers within 1e-5 of the largest magnitude, integers and booleans equal.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import keras_layers
import keras_models
import keras_preprocessing
import numpy as np
import pytest

BATCHES = (1, 2, 33)
MARGIN = 1e-5


@pytest.fixture(scope="module")
def engine(engine_of):
    return engine_of("keras")


def randomize(model, seed=7):
    """Weights that are no zeros and ones, so that none can be left out or mixed up."""
    random = np.random.default_rng(seed)
    for weight in model.weights:
        if "seed" in weight.path or weight.dtype.startswith(("int", "uint")):
            continue
        shape = tuple(weight.shape)
        fan = max(1, int(np.prod(shape[:-1]))) if len(shape) > 1 else 4
        value = random.normal(size=shape) / np.sqrt(fan)
        if weight.name in ("moving_variance", "variance"):
            value = np.abs(value) + 0.5
        if weight.name in ("gamma", "scale"):
            value = value + 1
        weight.assign(value.astype("float32"))
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()


def rows_for(model, batch, maker=None, seed=3):
    random = np.random.default_rng(seed + batch)
    shape = model.inputs[0].shape
    size = (batch, *[5 if n is None else n for n in shape[1:]])
    if maker:
        return maker(random, size)
    return random.normal(size=size).astype("float32")


def flat(value):
    if isinstance(value, dict):
        return [x for key in sorted(value) for x in flat(value[key])]
    if isinstance(value, (list, tuple)):
        return [x for item in value for x in flat(item)]
    return [np.asarray(value)]


def gather(answer, want):
    """The engine's nested lists, one for each of Keras's arrays."""
    if isinstance(want, dict):
        assert set(answer) == set(want)
        return [x for key in sorted(want) for x in gather(answer[key], want[key])]
    if isinstance(want, (list, tuple)):
        assert len(answer) == len(want)
        return [x for a, w in zip(answer, want, strict=True) for x in gather(a, w)]
    return [answer]


def expected(model, rows):
    """What predict gives: batches of 32, joined."""
    parts = [model(rows[i : i + 32], training=False) for i in range(0, len(rows), 32)]
    return keras.tree.map_structure(lambda *p: np.concatenate(p), *parts)


def check(engine, path, model, rows):
    want = expected(model, rows)
    answer = engine.ask(path, "predict", rows.tolist())
    assert "output" in answer, answer
    got = gather(answer["output"], want)
    for g, w in zip(got, flat(want), strict=True):
        exact = not np.issubdtype(w.dtype, np.floating)
        g = np.array(g, dtype=w.dtype if exact else "float64")
        assert g.shape == w.shape
        if exact:
            assert (g == w).all()
        elif w.size:
            scale = np.abs(w).max() or 1.0
            worst = np.abs(g - w).max() / scale
            assert worst <= MARGIN, worst


@pytest.mark.parametrize("name", keras_preprocessing.CASES)
def test_layer(engine, name):
    keras.utils.set_random_seed(11)
    case = keras_preprocessing.CASES[name]
    model = case.build()
    randomize(model)
    path = engine.path(".keras")
    model.save(path)
    for batch in BATCHES:
        check(engine, path, model, rows_for(model, batch, case.rows))


@pytest.mark.parametrize("name", keras_models.MODELS)
def test_model(engine, name):
    keras.utils.set_random_seed(12)
    case = keras_models.MODELS[name]
    model = case.build()
    randomize(model)
    path = engine.path(".keras")
    model.save(path)
    for batch in case.batches:
        check(engine, path, model, rows_for(model, batch, case.rows))


@pytest.mark.parametrize("name", keras_layers.REFUSED)
def test_refused(engine, name):
    """What is not run is refused by a sentence that names it."""
    model, named = keras_layers.REFUSED[name]()
    path = engine.path(".keras")
    model.save(path)
    answer = engine.ask(path, "predict", [[0.0]])
    assert answer.get("code") in ("EUNSUPPORTED", "EFORMAT"), answer
    assert named in answer["error"]


def test_no_rows(engine):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    path = engine.path(".keras")
    model.save(path)
    assert engine.ask(path, "predict", [])["code"] == "EINPUT"


def test_wrong_input(engine):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    path = engine.path(".keras")
    model.save(path)
    for rows in ([[1, 2]], [1, 2, 3], [[1, 2, 3], [1]], [["a", "b", "c"]]):
        answer = engine.ask(path, "predict", rows)
        assert answer["code"] == "EINPUT"
    assert "(None, 3)" in engine.ask(path, "predict", [[1, 2]])["error"]
    assert "$.input[0][1]" in engine.ask(path, "predict", [[1, "b", 3]])["error"]
