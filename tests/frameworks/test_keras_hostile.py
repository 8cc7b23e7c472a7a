"""Keras archives that are damaged or lie: each is refused by a sentence. Needs no
framework: the weights are those of the fuzz corpus."""

import io
import json
import zipfile
from pathlib import Path

import pytest

CORPUS = Path(__file__).resolve().parents[2] / "fuzz" / "corpus" / "keras"


@pytest.fixture(scope="module")
def engine(engine_of):
    return engine_of("keras")


def parts(name):
    """config.json and model.weights.h5 of a model of the fuzz corpus."""
    config, _, weights = (CORPUS / name).read_bytes().partition(b"\0")
    return json.loads(config), weights


def archive(config, weights, version="3.15.1", without=None, files=()):
    members = {
        "metadata.json": json.dumps({"keras_version": version}).encode(),
        "config.json": json.dumps(config).encode(),
        "model.weights.h5": weights,
        **dict(files),
    }
    members.pop(without, None)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, data in members.items():
            made.writestr(name, data)
    return out.getvalue()


def changed(name, change, **more):
    config, weights = parts(name)
    change(config["config"])
    return archive(config, weights, **more)


def set_field(index, field, value):
    def change(config):
        config["layers"][index]["config"][field] = value

    return change


def wait_for_itself(config):
    config["layers"][1]["inbound_nodes"][0]["args"] = [
        {
            "class_name": "__keras_tensor__",
            "config": {"keras_history": [config["layers"][1]["name"], 0, 0]},
        }
    ]


def rename(index, name):
    def change(config):
        config["layers"][index]["class_name"] = name

    return change


def forget_arguments(index):
    def change(config):
        config["layers"][index]["inbound_nodes"] = [{"args": [], "kwargs": {}}]

    return change


def deepen(config):
    keras = {"module": "keras.layers"}
    inner = {**keras, "class_name": "Dense", "config": {"units": 1}}
    for _ in range(40):
        inner = {**keras, "class_name": "Sequential", "config": {"layers": [inner]}}
    config["layers"].append(inner)


def nothing(_config):
    pass


def vocabulary(lines):
    """A vocabulary that stands in a file of its own."""
    name = "assets/layers/integer_lookup/vocabulary.txt"
    return changed(
        "lookup", set_field(1, "vocabulary", None), files={name: lines}.items()
    )


CASES = {
    "no zip": (b"PK\3\4 and no more", "zip"),
    "no config": (changed("dense", nothing, without="config.json"), "config.json"),
    "no weights": (changed("dense", nothing, without="model.weights.h5"), "weights"),
    "Keras 2": (changed("dense", nothing, version="2.15.0"), "2.15.0"),
    "Keras 4": (changed("dense", nothing, version="4.0.0"), "4.0.0"),
    "no HDF5": (archive(parts("dense")[0], b"\0" * 200), "HDF5"),
    "cut HDF5": (archive(parts("dense")[0], parts("dense")[1][:900]), "HDF5"),
    "other units": (changed("dense", set_field(1, "units", 9)), "dense"),
    "huge units": (changed("dense", set_field(1, "units", 1 << 60)), "units"),
    "negative units": (changed("dense", set_field(1, "units", -4)), "units"),
    "no units": (changed("dense", set_field(1, "units", None)), "units"),
    "no width": (changed("embedding", set_field(1, "output_dim", None)), "output_dim"),
    "units of NaN": (changed("dense", set_field(1, "units", [None])), "units"),
    "policy": (changed("dense", set_field(1, "dtype", "mixed_half")), "mixed_half"),
    "no policy": (changed("dense", set_field(1, "dtype", {"config": []})), "policy"),
    "activation": (changed("dense", set_field(1, "activation", "evil")), "evil"),
    "class": (changed("dense", rename(1, "Evil")), "Evil"),
    "lambda": (changed("dense", rename(1, "Lambda")), "Lambda"),
    "no stride": (changed("conv", set_field(1, "strides", [0, 0])), "window"),
    "wide": (changed("conv", set_field(1, "dilation_rate", [1 << 40, 1])), "window"),
    "groups": (changed("conv", set_field(1, "groups", 3)), "groups"),
    "no query": (changed("attention_axes", forget_arguments(1)), "too few"),
    "flat": (
        changed("attention_axes", set_field(0, "batch_shape", [None, 4])),
        "axis 2 of 2",
    ),
    "axes": (
        changed("attention_axes", set_field(1, "attention_axes", [9])),
        "axis 9",
    ),
    "circle": (changed("nested", wait_for_itself), "wait for each other"),
    "too deep": (changed("dense", deepen), "many"),
    "input": (changed("dense", set_field(0, "batch_shape", [None, -7])), "shape"),
    "large input": (
        changed("dense", set_field(0, "batch_shape", [None, 1 << 62])),
        "shape",
    ),
    "no vocabulary": (
        changed("lookup", set_field(1, "vocabulary", None)),
        "vocabulary",
    ),
    "words": (vocabulary(b"4\ntwo\n7"), "no integers"),
    "empty line": (vocabulary(b"4\n\n7"), "no integers"),
    "long vocabulary": (vocabulary(b"1\n" * (1 << 17)), "too long"),
    "long token": (vocabulary(b"4" * 99), "token that is too large"),
    "token twice": (vocabulary(b"4\n7\n4"), "4 twice"),
    "no layers": (changed("dense", lambda c: c["layers"].clear()), "layers"),
}


@pytest.mark.parametrize("name", CASES)
def test_refused(engine, name):
    data, named = CASES[name]
    path = engine.path(".keras")
    path.write_bytes(data)
    answer = engine.ask(path, "predict", [[0.0, 1.0, 2.0]])
    assert answer.get("code") in ("EFORMAT", "EUNSUPPORTED", "ELIMIT"), answer
    assert named in answer["error"]


def test_unchanged(engine):
    path = engine.path(".keras")
    path.write_bytes(archive(*parts("dense")))
    rows = engine.ask(path, "predict", [[0.0, 1.0, 2.0]])["output"]
    assert sum(rows[0]) == pytest.approx(1)


def test_vocabulary(engine):
    path = engine.path(".keras")
    path.write_bytes(vocabulary(b"0\n-1\n-1\n7\n-4\n"))
    answer = engine.ask(path, "predict", [[7, -4, 0, 6]])["output"]
    assert answer[0] == [[3, 4, 0, 1]]
