"""Every model file is served and answers what was recorded from the original.

Integers, booleans and strings must be equal, numbers within 1e-9 of the largest
magnitude of the answer (1e-5 for networks in float32). GET must give the recorded meta
and manifest as text, byte for byte.
"""

import functools
import itertools
import json
import math
from pathlib import Path

import pytest

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
PER_SERVER = 16

# Files that nothing runs yet, and what the refusal must name.
REFUSED = {"legacy_pytorch": "TorchScript"}


def golden(name):
    return json.loads((FIXTURES / "golden" / f"{name}.json").read_text())


def refusal(name):
    return REFUSED.get(name)


NAMES = sorted(path.stem for path in FIXTURES.glob("*.flm"))
SERVED = [name for name in NAMES if not refusal(name)]
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


def numbers(value):
    if isinstance(value, list):
        for item in value:
            yield from numbers(item)
    elif isinstance(value, float) and math.isfinite(value):
        yield abs(value)


def same(got, want, margin):
    if isinstance(want, list):
        return (
            isinstance(got, list)
            and len(got) == len(want)
            and all(same(g, w, margin) for g, w in zip(got, want, strict=True))
        )
    if isinstance(want, float):
        return isinstance(got, float) and abs(got - want) <= margin
    return type(got) is type(want) and got == want


def has_floats(value):
    return any(True for _ in numbers(value))


@pytest.mark.parametrize("name", SERVED)
def test_predict(server_of, name):
    gold = golden(name)
    answer = server_of(name).post(f"/{name}/predict/", {"input": gold["input"]})
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    got, want = answer.json["output"], gold["output"]
    sklearn = gold["inspect"]["meta"]["framework"]["lib"] == "sklearn"
    scale = max(numbers(want), default=0.0) or 1.0
    assert same(got, want, scale * (1e-9 if sklearn else 1e-5)), (got, want)
    if not has_floats(want):
        assert answer.text == gold["raw_body"]


@pytest.mark.parametrize("name", SERVED)
def test_inspect(server_of, name):
    answer = server_of(name).get(f"/{name}/")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    want = golden(name)["inspect"]
    manifest = list(want.get("manifest") or want.get("artifacts") or [])
    about = {"meta": want["meta"], "manifest": manifest}
    assert answer.text == json.dumps(about, separators=(",", ":"), ensure_ascii=False)


@pytest.mark.parametrize("name", [name for name in NAMES if refusal(name)])
def test_refused(flama, name):
    done = flama("serve", FIXTURES / f"{name}.flm", "--server-port", "0")
    assert done.returncode == 1
    assert f"{name}.flm" in done.stderr
    assert refusal(name) in done.stderr.replace(f"{name}.flm", "")
    assert len(done.stderr.strip().splitlines()) == 1
