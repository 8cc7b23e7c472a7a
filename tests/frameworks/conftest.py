"""The engine under test, as a process that answers one line a question.

These tests run with the Python environment of a framework (scripts/check.py makes it),
so they import nothing but that framework, numpy and pytest.
"""

import importlib.util
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("FLAMA_BUILD", ROOT / "build-dev"))

collect_ignore = [
    f"test_{name}.py"
    for name, package in (
        ("keras", "keras"),
        ("torch", "torch"),
        ("round_trip", "flama"),
    )
    if importlib.util.find_spec(package) is None
]


class Engine:
    """Asks run-model of a build folder for predictions."""

    def __init__(self, folder, framework):
        self.folder, self.framework = folder, framework
        self.process = subprocess.Popen(
            [BUILD / "tests/frameworks/run-model"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.count = 0

    def path(self, suffix):
        """A file name of its own for each model: the one before stays loaded."""
        self.count += 1
        return self.folder / f"model{self.count}{suffix}"

    def ask(self, path, rows):
        """{"output": ...} or {"error": ..., "code": ...}."""
        rows_path = self.folder / "rows.json"
        rows_path.write_text(json.dumps(rows))
        self.process.stdin.write(f"{self.framework} {path} {rows_path}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the engine died"
        return json.loads(line)


@pytest.fixture(scope="session")
def engine_of(tmp_path_factory):
    """Makes the engine of a framework."""
    return lambda name: Engine(tmp_path_factory.mktemp(name), name)
