"""docs/estimators.md says what the engine does with the newest scikit-learn."""

import importlib.util
import os
import pathlib

import pytest
import sklearn

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("FLAMA_BUILD", ROOT / "build-dev"))
NEWEST = "1.9"


@pytest.mark.skipif(
    not sklearn.__version__.startswith(NEWEST), reason="the page is of the newest"
)
def test_page_is_up_to_date():
    path = ROOT / "scripts" / "estimators.py"
    spec = importlib.util.spec_from_file_location("estimators", path)
    estimators = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(estimators)
    program = BUILD / "tests" / "numerics" / "run-pickle"
    written = estimators.page(program)
    assert estimators.PAGE.read_text() == written, f"run {path} {program}"
