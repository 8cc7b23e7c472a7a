"""Answers made by hand: what can't be one is told; files go out in parts."""

import pytest


@pytest.fixture(scope="module")
def server(run_app):
    return run_app("responses:app")


VALUE = "'a\\r\\nb: c': it has a line's end or another control character"
MEDIA = "'text/plain\\r\\nx: y; charset=utf-8': it has a line's end or another"
PARTS = "what gives its parts, an iterable or an asynchronous one, not int"
BAD = {
    "number": f"TypeError: StreamingResponse takes {PARTS}",
    "status": "ValueError: an answer's status is 200 to 599, not 99",
    "high": "ValueError: an answer's status is 200 to 599, not 600",
    "body": "ValueError: HTTP has no body with the status 204",
    "stream": "ValueError: HTTP has no body with the status 304",
    "value": f"ValueError: the header 'x-a' can't be {VALUE}",
    "name": "ValueError: 'x a' can't be the name of a header",
    "media": f"ValueError: the header 'content-type' can't be {MEDIA}",
}


@pytest.mark.parametrize("kind", BAD)
def test_answers_that_can_not_be(server, kind):
    text = BAD[kind]
    assert server.get(f"/bad/{kind}/").json.startswith(text)
    answer = server.get(f"/raised/{kind}/")
    assert (answer.status, answer.text) == (500, "Internal Server Error")
    assert server.hears(text.partition("\\")[0])


def test_a_header_set_later(server):
    assert server.get("/late/").status == 500
    assert server.hears("the header 'x-late' can't be")


def test_an_exception_without_a_body(server):
    answer = server.get("/unchanged/")
    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers["etag"] == '"a"'


@pytest.mark.parametrize(
    ("asked", "status", "body", "place"),
    [
        (None, 200, b"abcdefghij", None),
        ("bytes=0-0", 206, b"a", "bytes 0-0/10"),
        ("bytes=3-5", 206, b"def", "bytes 3-5/10"),
        ("bytes=7-", 206, b"hij", "bytes 7-9/10"),
        ("bytes=-2", 206, b"ij", "bytes 8-9/10"),
        ("bytes=8-99", 206, b"ij", "bytes 8-9/10"),
        ("bytes=0-9", 200, b"abcdefghij", None),
        ("bytes=-99", 200, b"abcdefghij", None),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=5-3", 200, b"abcdefghij", None),
        ("bytes=-", 200, b"abcdefghij", None),
        ("bytes=0-1,3-4", 200, b"abcdefghij", None),
        ("bytes=" + "9" * 40 + "-", 200, b"abcdefghij", None),
        ("letters=0-1", 200, b"abcdefghij", None),
    ],
)
def test_files_in_parts(server, asked, status, body, place):
    answer = server.request("GET", "/file/", headers={"range": asked} if asked else {})
    assert (answer.status, answer.body) == (status, body)
    assert answer.headers.get("content-range") == place
    assert answer.headers["accept-ranges"] == "bytes"


def test_parts_of_another_version(server):
    whole = server.get("/file/")
    for name, status in (
        (whole.headers["etag"], 206),
        (whole.headers["last-modified"], 206),
        ('"other"', 200),
    ):
        headers = {"range": "bytes=0-1", "if-range": name}
        assert server.request("GET", "/file/", headers=headers).status == status
    head = server.request("HEAD", "/file/", headers={"range": "bytes=0-1"})
    assert (head.status, head.headers["content-length"]) == (200, "10")


def test_comments_of_events(server):
    assert server.get("/comment/").text == ": still\ndata: a\n\n"
