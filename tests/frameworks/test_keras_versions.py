"""Files that older versions of Keras 3 saved, with what these answered. Needs no
framework."""

import json
from pathlib import Path

import numpy as np
import pytest

FILES = sorted(Path(__file__).parents[1].glob("fixtures/keras-*/*.keras"))
MARGIN = 1e-5


@pytest.fixture(scope="module")
def engine(engine_of):
    return engine_of("keras")


def arrays(output):
    if isinstance(output, dict):
        return [x for name in sorted(output) for x in arrays(output[name])]
    try:
        return [np.array(output, "float64")]
    except ValueError:  # of several outputs
        return [x for each in output for x in arrays(each)]


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_version(engine, path):
    case = json.loads(path.with_suffix(".json").read_text())
    answer = engine.ask(path, "predict", case["rows"])
    assert "output" in answer, answer
    got, want = arrays(answer["output"]), arrays(case["output"])
    assert len(got) == len(want)
    for g, w in zip(got, want, strict=True):
        assert g.shape == w.shape
        assert np.abs(g - w).max() <= MARGIN * np.abs(w).max()


def test_there_are_files():
    versions = {path.parent.name.removeprefix("keras-") for path in FILES}
    assert versions == {"3.0.5", "3.3.3", "3.6.0", "3.9.2", "3.12.4"}
