"""What the built-in routes answer: statuses, envelopes and texts as recorded."""

import json

import pytest

ROWS = [[5.8, 2.8, 5.1, 2.4], [6.0, 2.2, 4.0, 1.0]]
GOOD = json.dumps({"input": ROWS})
JSON = {"content-type": "application/json"}
ALLOW = {
    "/": {"GET", "HEAD", "OPTIONS"},
    "/predict/": {"POST", "OPTIONS"},
    "/schema/": {"GET", "HEAD", "OPTIONS"},
    "/docs/": {"GET", "HEAD", "OPTIONS"},
}


def envelope(status, detail, error="HTTPException"):
    return {"status_code": status, "detail": detail, "error": error}


REQUIRED = envelope(400, {"input": ["This field is required."]}, "ValidationError")
NOT_ARRAY = envelope(400, {"input": ["Must be an array."]}, "ValidationError")
NULL = envelope(400, {"input": ["May not be null."]}, "ValidationError")
NOT_OBJECT = envelope(400, {"": ["Must be an object."]}, "ValidationError")
NOT_FOUND = envelope(404, "Not Found")
NOT_ALLOWED = envelope(405, "Method Not Allowed")
UNSUPPORTED = envelope(415, "Unsupported Media Type")


@pytest.fixture(scope="module")
def server(serve, fixtures):
    return serve(fixtures / "sklearn_model.flm")


@pytest.fixture(scope="module")
def two(serve, fixtures):
    iris, digits = fixtures / "sklearn_model.flm", fixtures / "sk_str_logreg.flm"
    return serve(
        *("--model", f"file={iris},url=/one/,name=one"),
        *("--model", f"file={digits},url=/two,name=two"),
        *("--app-title", "T", "--app-version", "9.9", "--app-description", "D"),
    )


@pytest.mark.parametrize(
    ("body", "want"),
    [
        ("{}", REQUIRED),
        ("", REQUIRED),
        ('{"input": "abc"}', NOT_ARRAY),
        ('{"input": 5}', NOT_ARRAY),
        ('{"input": {}}', NOT_ARRAY),
        ('{"input": null}', NULL),
        ("[[1, 2, 3, 4]]", NOT_OBJECT),
        ('"text"', NOT_OBJECT),
    ],
)
def test_schema_errors(server, body, want):
    answer = server.request("POST", "/predict/", body, JSON)
    assert (answer.status, answer.json) == (400, want)
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("body", "output"),
    [
        (GOOD, [2, 1]),
        ('{"input": [[5.8, 2.8, 5.1, 2.4]], "zzz": 1}', [2]),
        ('{"input": [[1, 2, true, 4]]}', [2]),
        ('{"input": [[1, 2, 3, 4]], "input": [[5.8, 2.8, 5.1, 2.4]]}', [2]),
        (' \n{"input":\t[[5.8,2.8,5.1,2.4e0]]} ', [2]),
    ],
)
def test_predict(server, body, output):
    answer = server.request("POST", "/predict/", body, JSON)
    assert (answer.status, answer.json) == (200, {"output": output})


@pytest.mark.parametrize(
    "headers", [{}, {"content-type": ""}, {"content-type": "application/json; a=b"}]
)
def test_json_content_types(server, headers):
    answer = server.request("POST", "/predict/", GOOD, headers)
    assert (answer.status, answer.text) == (200, '{"output":[2,1]}')


def test_wrong_content_type(server):
    answer = server.request("POST", "/predict/", GOOD, {"content-type": "text/plain"})
    assert (answer.status, answer.json) == (415, UNSUPPORTED)


def test_form(server):
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = server.request("POST", "/predict/", "input=1", form)
    assert (answer.status, answer.json) == (400, NOT_ARRAY)
    answer = server.request("POST", "/predict/", "other=1", form)
    assert (answer.status, answer.json) == (400, REQUIRED)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ('{"input": [1,', "line 1 column 14 (char 13)"),
        ('{"input":\n [1, }', "line 2 column 6 (char 15)"),
        ('{"input": [[1,2,NaN,4]]}', "line 1 column 17 (char 16)"),
        ('{"input": [[1,2,-Infinity,4]]}', "(char 16)"),
        ('{"input": [[1]]} x', "line 1 column 18 (char 17)"),
        ("{'input': 1}", "line 1 column 2 (char 1)"),
    ],
)
def test_malformed_json(server, body, place):
    answer = server.request("POST", "/predict/", body, JSON)
    assert answer.status == 400
    assert answer.json["error"] == "HTTPException"
    assert answer.json["detail"].startswith("Malformed JSON")
    assert place in answer.json["detail"]


def test_body_that_is_not_utf8(server):
    answer = server.request("POST", "/predict/", b'{"input": "\xff"}', JSON)
    assert answer.status == 400
    assert "(char 11)" in answer.json["detail"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            '{"input": [[1, 2, 3]]}',
            ["X has 3 features, but MLPClassifier is expecting 4 features as input."],
        ),
        ('{"input": [["a", "b", "c", "d"]]}', ["$.input[0][0]"]),
        ('{"input": [["1", "2", "3", "4"]]}', ["$.input[0][0]"]),
        ('{"input": [[1, 2, 3, 4], [1]]}', ["$.input[1]"]),
        ('{"input": []}', ["Expected 2D array, got 1D array instead"]),
        ('{"input": [1, 2, 3, 4]}', ["Expected 2D array, got 1D array instead"]),
        ('{"input": [[[1, 2, 3, 4]]]}', ["Found array with dim 3", "$.input"]),
        ('{"input": [[1, 2, 3, 4], [1, 2, null, 4]]}', ["$.input[1][2]"]),
        ('{"input": [[1e400, 2, 3, 4]]}', ["infinity", "$.input[0][0]"]),
    ],
)
def test_rows_the_model_cannot_take(server, body, words):
    answer = server.request("POST", "/predict/", body, JSON)
    assert (answer.status, answer.json["error"]) == (400, "HTTPException")
    for word in words:
        assert word in answer.json["detail"]


@pytest.mark.parametrize(
    "path", ["/nope", "/predict", "/docs", "/schema", "/predict/x"]
)
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_not_found(server, path, accept):
    answer = server.get(path, accept=accept)
    assert (answer.status, answer.json) == (404, NOT_FOUND)


def test_predict_without_slash(server):
    answer = server.post("/predict", GOOD)
    assert (answer.status, answer.json) == (404, NOT_FOUND)
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/predict/"),
        ("PUT", "/predict/"),
        ("DELETE", "/"),
        ("POST", "/"),
        ("POST", "/schema/"),
        ("PATCH", "/docs/"),
        ("BREW", "/"),
    ],
)
def test_wrong_method(server, method, path):
    answer = server.request(method, path)
    assert (answer.status, answer.json) == (405, NOT_ALLOWED)
    assert set(answer.headers["allow"].split(", ")) == ALLOW[path]


@pytest.mark.parametrize("path", ["/", "/schema/", "/docs/"])
def test_head(server, path):
    head, get = server.request("HEAD", path), server.get(path)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(get.body))
    assert head.headers["content-type"] == get.headers["content-type"]


def test_head_of_predict(server):
    answer = server.request("HEAD", "/predict/")
    assert (answer.status, answer.body) == (405, b"")
    assert "POST" in answer.headers["allow"]


@pytest.mark.parametrize("path", ["/", "/predict/", "/schema/"])
def test_options(server, path):
    answer = server.request("OPTIONS", path)
    assert answer.status in (200, 204)
    assert answer.body == b""
    assert set(answer.headers["allow"].split(", ")) == ALLOW[path]


def test_headers(server):
    answer = server.get("/")
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["date"].endswith(" GMT")
    assert "server" in answer.headers


def test_two_models(two):
    assert two.post("/one/predict/", {"input": ROWS}).json == {"output": [2, 1]}
    answer = two.post("/two/predict/", {"input": ROWS})
    assert answer.text == '{"output":["virginica","versicolor"]}'
    assert two.get("/").status == 404
    assert two.get("/one/").json["meta"]["model"]["obj"] == "MLPClassifier"
    assert two.get("/one").status == 404
    assert two.get("/two").json["meta"]["model"]["obj"] == "LogisticRegression"
    info = two.get("/schema/").json["info"]
    assert info == {"title": "T", "version": "9.9", "description": "D"}


def test_keep_alive(server):
    connection = server.connect()
    for _ in range(100):
        connection.request("POST", "/predict/", GOOD, JSON)
        assert connection.getresponse().read() == b'{"output":[2,1]}'
    connection.close()
