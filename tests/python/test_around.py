"""Middleware, modules, mounted applications, exception handlers."""

import gzip

import pytest


@pytest.fixture(scope="module")
def server(run_app):
    return run_app("around:app")


@pytest.fixture(scope="module")
def python(run_app):
    return run_app("around:python")


@pytest.fixture(params=["app", "python"])
def either(request, server, python):
    return {"app": server, "python": python}[request.param]


def test_middleware_of_the_core(server):
    headers = {"origin": "https://a.example", "accept-encoding": "gzip"}
    answer = server.request("GET", "/schema/", headers=headers)
    assert b'"openapi":"3.1.0"' in gzip.decompress(answer.body)
    assert answer.headers["access-control-allow-origin"] == "https://a.example"
    assert len(answer.headers["x-request-id"]) == 36
    headers["access-control-request-method"] = "GET"
    answer = server.request("OPTIONS", "/count/", headers=headers)
    assert answer.status == 204
    assert answer.headers["access-control-allow-methods"] == "GET"


def test_asgi_middleware(python):
    answer = python.get("/child/hello/x/")
    assert (answer.status, answer.json) == (200, "child x")
    assert answer.headers["x-stamp"] == "outer"  # the last of two
    answer = python.get("/stopped/")
    assert (answer.status, answer.text) == (403, "stopped")
    assert python.get("/nothing/").json["detail"] == "Not Found"
    assert python.request("POST", "/count/").status == 405
    assert python.get("/schema/").json["openapi"] == "3.1.0"
    assert python.request("HEAD", "/count/").body == b""
    assert python.get("/").status == 404


def test_modules(either):
    assert either.get("/count/").json + 1 == either.get("/count/").json


def test_mounted_apps(either):
    assert either.get("/child/hello/x/").json == "child x"
    assert either.get("/child/nothing/").status == 404
    answer = either.request("POST", "/other/a/b?x=1", b"body")
    assert answer.text == "/other|/other/a/b|body!"
    assert either.get("/other").status == 200


@pytest.mark.parametrize(
    ("kind", "status", "text"),
    [
        ("key", 500, '{"key":"\'k\'"}'),
        ("slow", 503, "/fail/slow/ o"),
        ("tea", 200, "tea"),
        ("value", 500, "Internal Server Error"),
        ("twice", 500, "Internal Server Error"),
    ],
)
def test_exception_handlers(either, kind, status, text):
    answer = either.get(f"/fail/{kind}/")
    assert (answer.status, answer.text) == (status, text)


def test_order_of_events(run_app):
    assert "said: module child in out" in run_app("around:app").stop()


def test_bytes_that_are_no_text(either):
    """Paths, queries and bodies of any bytes: an answer, and no crash."""
    answer = either.get("/child/hello/%ff/")
    assert (answer.status, answer.text) in [
        (400, answer.text),
        (200, '"child \ufffd"'),  # as ASGI spells it
    ]
    answer = either.request("POST", "/other/%ff", b"\xff\x00")
    assert answer.status == 200
