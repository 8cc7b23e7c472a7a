"""Fixtures of the tests that run the real program; see server.py."""

import pytest
from server import BUILD, FIXTURES, run_flama, start


@pytest.fixture(scope="module")
def serve():
    """A function that starts a server; all are stopped when the module is done."""
    running = []

    def started(*arguments, **environment):
        server = start("serve", *arguments, **environment)
        running.append(server)
        return server

    yield started
    for server in running:
        server.stop()


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """Where apps of this session are compiled."""
    return str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def run_app(cache):
    """A function that starts `flama run`; all are stopped when the module is done."""
    running = []

    def started(*arguments, **environment):
        server = start("run", *arguments, XDG_CACHE_HOME=cache, **environment)
        running.append(server)
        return server

    yield started
    for server in running:
        server.stop()


@pytest.fixture(scope="session")
def flama():
    """Runs the program to its end."""
    return run_flama


@pytest.fixture(scope="session")
def fixtures():
    """The folder of the recorded model files."""
    return FIXTURES


@pytest.fixture(scope="session")
def build_folder():
    """Where a test may leave something to look at."""
    return BUILD
