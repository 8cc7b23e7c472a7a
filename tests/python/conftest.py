"""Fixtures of the tests of the Python package; check.py says where it was built.

The package's extension may be built with sanitizers: then Python is started with their
library ahead of it ($PYTHON_PRELOAD), the tests' own Python as well as those that they
start.
"""

import functools
import os
import subprocess
import sys
from pathlib import Path

import pytest
from server import keep, start_python

APPS = Path(__file__).resolve().parent / "apps"


@pytest.fixture(scope="module")
def run_app():
    """A function that serves tests/python/apps/NAME.py."""
    yield from keep(functools.partial(start_python, cwd=APPS))


@pytest.fixture(scope="session")
def python_env():
    """The environment of a Python that can import the package; what the interpreter
    itself leaks at its end does not count."""
    return {
        **os.environ,
        "LD_PRELOAD": os.environ.get("PYTHON_PRELOAD", ""),
        "ASAN_OPTIONS": "detect_leaks=0:exitcode=99",
    }


@pytest.fixture(scope="session")
def run_python(python_env):
    """A function that runs such a Python with these words to its end, with variables of
    the environment beside its own; gives what subprocess.run does."""

    def run(*words, timeout, cwd=None, **variables):
        return subprocess.run(
            [sys.executable, *words],
            capture_output=True,
            text=True,
            timeout=timeout,
            cwd=cwd,
            env={**python_env, **variables},
            check=False,
        )

    return run
