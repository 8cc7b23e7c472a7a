"""Fixtures of the tests that run the real program; see server.py."""

import functools

import pytest
from server import BUILD, keep, run_flama, start


@pytest.fixture(scope="module")
def serve():
    """A function that starts `flama serve`."""
    yield from keep(functools.partial(start, "serve"))


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """Where apps of this session are compiled."""
    return str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def run_app(cache):
    """A function that starts `flama run`."""
    yield from keep(functools.partial(start, "run", XDG_CACHE_HOME=cache))


@pytest.fixture(scope="session")
def flama():
    """Runs the program to its end."""
    return run_flama


@pytest.fixture(scope="session")
def build_folder():
    """Where a test may leave something to look at."""
    return BUILD
