"""The engine under test, as a process that answers one line a question."""

import importlib.util
import json
import os
import pathlib
import pickle
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("FLAMA_BUILD", ROOT / "build-dev"))

if importlib.util.find_spec("sklearn") is None:
    collect_ignore = ["test_sklearn.py", "test_estimators.py"]


class Engine:
    """Asks run-pickle of the build folder for predictions."""

    def __init__(self, folder):
        program = BUILD / "tests/numerics/run-pickle"
        self.folder = folder
        self.process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.count = 0

    def dump(self, estimator, protocol=4):
        """A file with the pickled estimator."""
        self.count += 1
        path = self.folder / f"model{self.count}.pkl"
        path.write_bytes(pickle.dumps(estimator, protocol=protocol))
        return path

    def ask(self, path, method, rows):
        """{"output": ...} or {"error": ..., "code": ...}."""
        rows_path = self.folder / "rows.json"
        rows_path.write_text(json.dumps(rows))
        self.process.stdin.write(f"{path} {method} {rows_path}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the engine died"
        return json.loads(line)


@pytest.fixture(scope="session")
def engine(tmp_path_factory):
    return Engine(tmp_path_factory.mktemp("models"))
