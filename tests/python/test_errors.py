"""Exception handlers see the errors of the core: routing, validation, models."""

import pytest


@pytest.fixture(scope="module")
def server(run_app):
    return run_app("errors:app")


NOT_JSON = b"{bad"
JSON = {"content-type": "application/json"}
REQUIRED = {"n": ["This field is required."]}
FEATURES = "X has 1 features, but MLPClassifier is expecting 4 features as input."


def ask(server, method, path, body=b"", headers=JSON):
    return server.request(method, path, body, headers=headers)


@pytest.mark.parametrize(
    ("method", "path", "body", "kind", "status", "detail", "by"),
    [
        ("GET", "/nothing/", b"", "NotFoundException", 404, "Not Found", "NotFound"),
        ("GET", "/number/x/", b"", "NotFoundException", 404, "Not Found", "NotFound"),
        ("PUT", "/zero/", b"", "MethodNotAllowedException", 405, "Method Not Allowed",
         "HTTPException"),
        ("GET", "/number/1/", b"", "ValidationError", 400, REQUIRED, "ValidationError"),
        ("POST", "/body/", b"[]", "ValidationError", 400, {"": ["Must be an object."]},
         "ValidationError"),
        ("POST", "/iris/predict/", b'{"input": [[1]]}', "HTTPException", 400, FEATURES,
         "HTTPException"),
        ("POST", "/mine/", b'{"input": [[1]]}', "HTTPException", 400, FEATURES,
         "HTTPException"),
    ],
)  # fmt: skip
def test_errors_of_the_core(server, method, path, body, kind, status, detail, by):
    for app, name in (("statuses", str(status)), ("classes", by)):
        answer = ask(server, method, f"/{app}{path}", body)
        assert answer.status == 418
        assert answer.json == {
            "by": name, "class": kind, "path": path, "status": status, "detail": detail,
        }  # fmt: skip

    answer = ask(server, method, f"/every{path}", body)
    assert (answer.status, answer.json["detail"]) == (status, detail)


def test_a_handler_of_all_is_for_what_has_no_status(server):
    told = ask(server, "GET", "/every/zero/").json
    assert (told["by"], told["class"]) == ("Exception", "ZeroDivisionError")
    assert ask(server, "GET", "/every/teapot/").status == 409


def test_bodies_that_are_not_read(server):
    answer = ask(server, "POST", "/statuses/body/", NOT_JSON)
    assert (answer.json["by"], answer.json["class"]) == ("400", "HTTPException")
    assert "line 1" in answer.json["detail"]
    answer = ask(
        server, "POST", "/statuses/body/", b"x", {"content-type": "text/plain"}
    )
    assert answer.json["by"] == "415"
    assert answer.json["detail"] == "Unsupported Media Type"


def test_what_handlers_raise(server):
    told = ask(server, "GET", "/classes/teapot/").json
    assert (told["by"], told["detail"]) == ("HTTPException", {"a": 1})
    assert ask(server, "GET", "/classes/value/").json["by"] == "ValueError"
    told = ask(server, "GET", "/classes/zero/").json
    assert (told["by"], told["class"]) == ("Exception", "ZeroDivisionError")
    told = ask(server, "GET", "/classes/nan/").json
    assert (told["class"], told["status"]) == ("SerializationError", 500)


def test_coroutines_and_data(server):
    answer = ask(server, "GET", "/late/nothing/")
    assert (answer.status, answer.json) == (
        404,
        {"later": "Not Found", "allowed": None},
    )
    answer = ask(server, "PUT", "/late/zero/")
    assert answer.status == 405
    assert answer.json == {
        "later": "Method Not Allowed", "allowed": ["GET", "HEAD", "OPTIONS"],
    }  # fmt: skip
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/nothing/"), ("PUT", "/zero/"), ("GET", "/zero/")]
)
def test_handlers_that_fail(server, method, path):
    answer = ask(server, method, f"/broken{path}")
    assert (answer.status, answer.text) == (500, "Internal Server Error")
    assert ask(server, "GET", "/seen/").status == 200


def test_mounted_apps_answer_for_themselves(server):
    answer = ask(server, "GET", "/plain/nothing/")
    assert answer.json == {
        "status_code": 404, "detail": "Not Found", "error": "HTTPException",
    }  # fmt: skip
    assert ask(server, "GET", "/nothing/").json["by"] == "outer"


def test_a_body_over_the_limit(run_app):
    """It is not taken: no handler is called but that of the error, and the connection
    ends."""
    server = run_app("errors:app", "--server-limit-body", "100")
    body, sentence = b"x" * 101, "The body is larger than this server takes."
    told = {"path": "/body/", "class": "HTTPException", "status": 413}
    for app, name in (("statuses", "413"), ("classes", "HTTPException")):
        answer = ask(server, "POST", f"/{app}/body/", body)
        assert answer.json == {**told, "by": name, "detail": sentence}
        assert (answer.status, answer.headers["connection"]) == (418, "close")
    answer = ask(server, "POST", "/statuses/body/", iter([body]))  # chunked
    assert answer.json["by"] == "413"
    answer = ask(server, "POST", "/plain/body/", body)
    assert (answer.status, answer.json["detail"]) == (413, sentence)
    assert ask(server, "POST", "/statuses/body/", b'{"a":1}').json == {"a": 1}
    server = run_app("stack:app", "--server-limit-body", "100")
    answer = ask(server, "POST", "/state/", body)
    assert (answer.status, answer.json) == (413, {"over": sentence})


def test_without_a_handler_nothing_is_asked(server):
    before = ask(server, "GET", "/seen/").json
    assert ask(server, "GET", "/plain/number/1/").json["detail"] == REQUIRED
    assert ask(server, "GET", "/late/number/1/").json["detail"] == REQUIRED
    assert ask(server, "OPTIONS", "/statuses/zero/").status == 204
    assert ask(server, "GET", "/seen/").json == before
