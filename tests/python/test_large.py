"""Large bodies: rows that are made when they are looked at are lists in all they do."""

import json
import random

import pytest
from server import FIXTURES

ROWS = 120
random.seed(3)
MATRICES = {
    "floats": [[random.random() for _ in range(30)] for _ in range(ROWS)],
    "integers": [[random.randrange(-9, 9) for _ in range(30)] for _ in range(ROWS)],
    "mixed": [[i, i + 0.5, -0.0, 10**16, 1e16] * 6 for i in range(ROWS)],
    "beyond": [[2**70, 1.5, 2**63] * 10 for i in range(ROWS)],
}


@pytest.fixture(scope="module")
def server(run_app):
    return run_app("large:app")


def small_and_large(server, name, body):
    large = server.post(f"/do/{name}/", body)
    plain = server.post(f"/plain/{name}/", body)
    return large, plain


@pytest.mark.parametrize("matrix", MATRICES)
def test_rows_do_what_lists_do(server, matrix):
    body = json.dumps({"input": MATRICES[matrix]})
    assert server.post("/kind/", body).json == "Rows"
    wrong = []
    for name in server.get("/names/").json:
        large, plain = small_and_large(server, name, body)
        if name == "row-held":  # a list has no rows behind its back
            held = large.json["result"]
            assert held[1:4] == [30, True, True]
            assert repr(held[4]) == repr(MATRICES[matrix][0])
        elif (large.status, large.text) != (plain.status, plain.text):
            wrong.append((name, large.text[:200], plain.text[:200]))
    assert wrong == []


def test_small_bodies_and_those_with_holes_are_lists(server):
    assert server.post("/kind/", {"input": [[1, 2]] * 900}).json == "list"
    assert server.post("/kind/", {"input": [[1, None]] * 2000}).json == "list"
    assert server.post("/kind/", {"input": [[1, "a"]] * 2000}).json == "list"
    assert server.post("/kind/", {"input": [1.5] * 5000}).json == "list"
    assert server.post("/kind/", {"input": [[[1.5]] * 50] * 50}).json == "Rows"


def test_models_take_the_numbers_or_what_became_of_them(server):
    golden = json.loads((FIXTURES / "golden" / "sk_logreg_binary.json").read_text())
    rows = (golden["input"] * 100)[:100]
    before, untouched, after = server.post("/predict/", {"input": rows}).json
    assert untouched
    assert after == [before[1], *before[1:]]


def test_rows_outlive_their_request(server):
    server.post("/keep/", {"input": MATRICES["mixed"]})
    for _ in range(3):
        server.post("/kind/", {"input": MATRICES["floats"]})
    assert repr(server.get("/kept/").json) == repr(MATRICES["mixed"][-1])
