"""What the page's app is held to, in C and in Python: it answers as Flama did, but for
what docs/differs.md says."""

import json
import re

import pytest
from server import FIXTURES

CASES = json.loads((FIXTURES / "page" / "answers.json").read_text())
NAMES = [case["name"] for case in CASES]
CLOCK = re.compile(r'"date":"\d{4}-\d\d-\d\d","time":"\d\d:\d\d:\d\d(\.\d+)?"')

# docs/differs.md: OPTIONS works, and a failure of the rows names the cell, with status
# 400 through a method of one's own too. What of the sentence is promised stands here.
ALLOWED = {"14_options": "GET, HEAD, OPTIONS", "14b_options_predict": "OPTIONS, POST"}
SENTENCES = {
    "07_invalid_json": "Malformed JSON. Expecting value: line 1 column 14 (char 13)",
    "wrong_features": "X has 3 features, but MLPClassifier is expecting 4 features as",
    "strings": "$.input[0][0] is a string",
    "ragged": "$.input[1] has 1 values where $.input[0] has 4",
    "empty": "Expected 2D array, got 1D array instead: $.input",
    "1d": "Expected 2D array, got 1D array instead: $.input",
    "null_cell": "$.input[0][2]",
    "nan": "NaN is not a JSON value: line 1 column 17",
    "numeric_strings": "$.input[0][0] is a string",
    "huge": "$.input[0][0]",
    "22c_tf_features": "$.input has shape (1, 3)",
    "22d_tf_strings": "$.input[0][0] is a string",
    "27tf_c_ragged": "$.input[1] doesn't have as many values as those before it",
    "27tf_d_empty": "$.input has shape (0,)",
    "27tf_e_1d": "$.input has shape (4,)",
    "27tf_f_null_cell": "$.input holds null",
    "27tf_g_nan": "NaN is not a JSON value: line 1 column 17",
}


def sentence(case):
    """What the refusal is to say, for a case that is answered differently. What PyTorch
    says comes behind the place."""
    name = case["name"]
    if "pytorch" in case["path"] and case["status"] == 400:
        return json.loads(case["answer"])["detail"]
    if name.startswith(("15", "25")) or name == "26pt_g_nan":
        return SENTENCES.get(re.sub(r"^\d+(pt)?_?[a-j]?_", "", name))
    return SENTENCES.get(name)


def close(got, recorded):
    """Numbers of float32 as near as the order of additions lets them be."""
    got, recorded = (json.loads(text)["output"] for text in (got, recorded))
    return len(got) == len(recorded) and all(
        row == pytest.approx(other, abs=1e-5 * max(map(abs, other)))
        for row, other in zip(got, recorded, strict=True)
    )


def check_answer(app, case):
    """One request of the recorded ones."""
    body = case["body"].encode() if case["body"] is not None else None
    got = app.request(case["method"], case["path"], body, case["headers"])
    if case["name"] in ALLOWED:
        assert (got.status, got.body) == (204, b"")
        assert sorted(got.headers["allow"].split(", ")) == sorted(
            ALLOWED[case["name"]].split(", ")
        )
        return
    if sentence(case):
        assert got.status == 400
        assert sentence(case) in got.json["detail"]
        assert got.json["error"] == "HTTPException"
        return
    assert got.status == case["status"]
    networks = ("/pytorch_model/", "/tensorflow_model/")
    if case["path"].startswith(networks) and case["answer"].startswith('{"output":'):
        assert close(got.text, case["answer"])
        return
    assert CLOCK.sub("", got.text) == CLOCK.sub("", case["answer"])
    assert bool(CLOCK.search(got.text)) == bool(CLOCK.search(case["answer"]))
    assert got.headers.get("content-type") == case["type"]
    if case["method"] == "HEAD":
        assert int(got.headers["content-length"]) > 0


def operations(document, path):
    """The operations of a path, without what 2.2.2 left out of the built-in ones."""
    return {
        method: {
            key: operation.get(key)
            for key in ("tags", "summary", "description", "requestBody", "responses")
        }
        for method, operation in document["paths"][path].items()
    }


def check_document(app):
    """The methods of the page's resources stand in the document as Flama wrote them."""
    ours = app.get("/schema/").json
    theirs = json.loads((FIXTURES / "page" / "schema.json").read_text())
    assert ours["info"] == theirs["info"]
    for path in theirs["paths"]:
        assert operations(ours, path) == operations(theirs, path)
    for name in ("X", "Y"):
        assert (
            ours["components"]["schemas"][name]["required"]
            == (theirs["components"]["schemas"][name]["required"])
        )
