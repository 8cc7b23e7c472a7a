"""Every model file by `add_model`: see tests/http/golden.py. None needs its framework
but TorchScript, which tests/frameworks/test_script.py runs."""

import golden
import pytest

SERVED = [name for name in golden.NAMES if name != "legacy_pytorch"]


@pytest.fixture(scope="module")
def server(run_app):
    return run_app("models:app")


@pytest.mark.parametrize("name", SERVED)
def test_answers(server, name):
    golden.check_predict(server, name)
    golden.check_inspect(server, name)
