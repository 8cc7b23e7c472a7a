"""Middleware with hooks, and what it shares with handlers: apps/stack.py."""

import pytest


@pytest.fixture(scope="module")
def server(run_app):
    return run_app("stack:app")


def test_what_middleware_leaves_in_the_state(server):
    answer = server.get("/state/?a=%20")
    user = "from /state/?a=%20"
    assert (answer.status, answer.json) == (200, [user, user, True, True])
    assert answer.headers["x-after"] == f"200 {user}"


def test_components_share_the_request_with_the_handler(run_app):
    assert run_app("stack:bare").get("/state/").json == [None, True, False]


def test_an_answer_before_the_application(server):
    answer = server.get("/stopped/")
    assert (answer.status, answer.json) == (418, {"stopped": True})
    assert "x-after" not in answer.headers


def test_changing_an_answer(server):
    connection = server.connect()
    connection.request("GET", "/cookies/")
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (202, b'{"a":1}')
    cookies = [text.partition(";")[0] for text in answer.headers.get_all("set-cookie")]
    assert cookies == ["a=1", "b=2", "c=3"]
    connection.close()


def test_errors_of_asgi_applications(server):
    answer = server.get("/fails/")
    assert (answer.status, answer.json) == (502, {"failed": "inside"})


def test_errors_of_handlers(server):
    """Middleware sees what nothing inside answers."""
    answer = server.get("/raises/zero/0/")
    assert (answer.status, answer.json["failed"][:16]) == (502, "integer division")
    answer = server.get("/raises-here/")
    assert (answer.status, answer.json) == (502, {"failed": "here"})
    assert server.get("/raises/key/2/").json == {"key": 2}
    answer = server.get("/raises/status/2/")
    assert (answer.status, answer.json["detail"]) == (410, "gone")
    assert answer.headers["x-after"].startswith("410 ")
    assert server.get("/raises/no/1/").json == 1
    assert "Traceback" not in "".join(server.output)


def test_errors_that_nothing_answers(run_app):
    server = run_app("stack:through")
    answer = server.get("/raises/")
    assert (answer.status, answer.text) == (500, "Internal Server Error")
    server.hears("RuntimeError: of the handler")
    assert server.get("/seen/").json == ["RuntimeError('of the handler')"]
    assert "".join(server.output).count("Traceback") == 1


def test_middleware_of_a_mounted_application(run_app):
    server = run_app("stack:mounts")
    assert server.get("/below/raises/").status == 500
    seen = ["RuntimeError('of the handler')"]
    assert server.get("/below/seen/").json == seen
    assert server.get("/seen/").json == seen
    assert server.get("/where/").json == ["/below/seen/", "/plain/state/"]
    documented = list(server.get("/schema/").json["paths"])
    assert documented == ["/seen/", "/where/", "/plain/state/"]


def test_the_debug_page_through_middleware(run_app):
    server = run_app("stack:through", "--app-debug")
    answer = server.get("/raises/", accept="text/html")
    assert answer.status == 500
    for text in ("RuntimeError", "of the handler", "stack.py", "what_it_says"):
        assert text in answer.text
    assert server.get("/raises/").text == "Internal Server Error"
    assert server.get("/nowhere/", accept="text/html").status == 404


def test_correlation_ids(server):
    answer = server.request("POST", "/body/", b"abc", {"x-correlation-id": "me"})
    assert answer.json == [3, "me", {"n": 1}]
    assert answer.headers["x-correlation-id"] == "me"
    answer = server.request("POST", "/body/", b"")
    assert len(answer.headers["x-correlation-id"]) == 32
    assert answer.json == [0, answer.headers["x-correlation-id"], {"n": 1}]


@pytest.mark.parametrize(
    ("host", "status", "location"),
    [
        ("127.0.0.1:80", 200, None),
        ("[::1]:80", 200, None),
        ("X.B.test", 200, None),
        ("b.test", 307, "http://www.b.test/state/?a=1"),
        ("evil.test", 400, None),
        ("xb.test", 400, None),
        ("c.test:81", 307, "http://www.c.test:81/state/?a=1"),
    ],
)
def test_trusted_hosts(server, host, status, location):
    answer = server.get("/state/?a=1", host=host)
    assert (answer.status, answer.headers.get("location")) == (status, location)
    if status == 400:
        assert answer.text == "Invalid host header"
