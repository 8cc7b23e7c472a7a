"""TorchScript, which runs code of the file and so needs trust, by PyTorch itself."""

import sys

import golden
import pytest
from server import ROOT, start_program


@pytest.fixture(scope="module")
def server(ours):
    server = start_program(
        sys.executable, "-m", "flama", "run", "models:app", "--server-port", "0",
        cwd=ROOT / "tests" / "python" / "apps", **ours,
    )  # fmt: skip
    yield server
    server.stop()


def test_answers(server):
    golden.check_predict(server, "legacy_pytorch")
    golden.check_inspect(server, "legacy_pytorch")
