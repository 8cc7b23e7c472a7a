"""Every model file is served by the program: see golden.py."""

import functools
import itertools

import golden
import pytest
from server import FIXTURES

PER_SERVER = 16

# Files that nothing runs yet, and what the refusal must name.
REFUSED = {"legacy_pytorch": "TorchScript"}

SERVED = [name for name in golden.NAMES if name not in REFUSED]
GROUPS = [SERVED[i : i + PER_SERVER] for i in range(0, len(SERVED), PER_SERVER)]


@pytest.fixture(scope="module")
def server_of(serve):
    """The server of a file's group, started when first asked for."""

    @functools.cache
    def start(group):
        spec = "file={0}.flm,url=/{1}/,name={1}"
        models = [("--model", spec.format(FIXTURES / n, n)) for n in GROUPS[group]]
        try:
            return serve(*itertools.chain(*models))
        except RuntimeError as problem:
            return problem

    def find(name):
        server = start(SERVED.index(name) // PER_SERVER)
        if isinstance(server, RuntimeError):
            pytest.fail(str(server))
        return server

    return find


@pytest.mark.parametrize("name", SERVED)
def test_predict(server_of, name):
    golden.check_predict(server_of(name), name)


@pytest.mark.parametrize("name", SERVED)
def test_inspect(server_of, name):
    golden.check_inspect(server_of(name), name)


@pytest.mark.parametrize(("name", "reason"), REFUSED.items())
def test_refused(flama, name, reason):
    done = flama("serve", FIXTURES / f"{name}.flm", "--server-port", "0")
    assert done.returncode == 1
    assert f"{name}.flm" in done.stderr
    assert reason in done.stderr.replace(f"{name}.flm", "")
    assert len(done.stderr.strip().splitlines()) == 1
