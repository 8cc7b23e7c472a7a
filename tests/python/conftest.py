"""Fixtures of the tests of the Python package; check.py says where it was built.

The package's extension may be built with sanitizers: then Python is started with their
library ahead of it ($PYTHON_PRELOAD), the tests' own Python as well as those that they
start.
"""

import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "http"))

from server import FIXTURES, start_python  # noqa: E402


@pytest.fixture(scope="module")
def run_app():
    """A function that serves tests/python/apps/NAME.py; all are stopped at the end."""
    running = []

    def started(target, *arguments, cwd=HERE / "apps", **environment):
        server = start_python(target, *arguments, cwd=cwd, **environment)
        running.append(server)
        return server

    yield started
    for server in running:
        server.stop()


@pytest.fixture(scope="session")
def fixtures():
    """The folder of the recorded model files."""
    return FIXTURES


@pytest.fixture(scope="session")
def python_env():
    """The environment of a Python that can import the package."""
    return {**os.environ, "LD_PRELOAD": os.environ.get("PYTHON_PRELOAD", "")}
