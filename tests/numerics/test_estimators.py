"""docs/estimators.md says what the engine does with the newest scikit-learn."""

import importlib.util

import pytest
import sklearn

from engine import BUILD, ROOT

NEWEST = "1.9"


@pytest.mark.skipif(
    not sklearn.__version__.startswith(NEWEST), reason="the page is of the newest"
)
def test_page_is_up_to_date():
    path = ROOT / "scripts" / "estimators.py"
    spec = importlib.util.spec_from_file_location("estimators", path)
    estimators = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(estimators)
    written = estimators.page(BUILD)
    assert estimators.PAGE.read_text() == written, f"run {path} {BUILD}"
