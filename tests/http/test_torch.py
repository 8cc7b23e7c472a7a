"""What a PyTorch model can't take is answered in the words of the original."""

from pathlib import Path

import pytest

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"

REFUSED = [
    ([[1, 2, 3]], "Guard failed: x.size()[1] == 4"),
    ([[[1, 2, 3, 4]]], "Guard failed: x.size()[1] == 4"),
    ([[], []], "Guard failed: x.size()[1] == 4"),
    ([1, 2, 3, 4], "tuple index out of range"),
    ([], "tuple index out of range"),
    ([[1, 2, 3, 4], [1]], "expected sequence of length 4 at dim 1 (got 1)"),
    ([[1, 2, 3, 4], 1], "not a sequence"),
    ([["a", 1, 2, 3]], "too many dimensions 'str'"),
    ([[1, "b", 3, 4]], "must be real number, not str"),
    ([[1, None, 2, 3]], "must be real number, not NoneType"),
    ([[{}, 1, 2, 3]], "must be real number, not dict"),
    ([[1, [2], 3, 4]], "must be real number, not list"),
]


@pytest.fixture(scope="module")
def server(serve):
    return serve(str(FIXTURES / "pytorch_model.flm"))


@pytest.mark.parametrize("rows, sentence", REFUSED)
def test_refused(server, rows, sentence):
    answer = server.post("/predict/", {"input": rows})
    assert answer.status == 400
    assert answer.json["detail"] == sentence


def test_booleans_are_numbers(server):
    asked = [server.post("/predict/", {"input": [[v, 0, 1, 2]]}) for v in (True, 1)]
    assert asked[0].status == 200
    assert asked[0].json == asked[1].json


def test_what_is_not_finite_is_an_error(server):
    answer = server.post("/predict/", {"input": [[1e39, 0, 0, 0]]})
    assert answer.status == 500
