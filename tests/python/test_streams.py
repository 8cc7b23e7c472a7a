"""Bodies in pieces, as they go over the wire."""

import contextlib
import http.client
import socket
import time

import pytest
from server import PATIENCE, wait_for


@pytest.fixture(scope="module")
def server(run_app):
    return run_app("streams:app")


@pytest.fixture(scope="module", params=["app", "around"])
def either(request, run_app):
    """As it is, and with an ASGI middleware around all."""
    return run_app(f"streams:{request.param}")


def raw(server, request):
    """A connection that has sent a request."""
    connection = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
    connection.sendall(request)
    return connection


@pytest.mark.parametrize("kind", ["later", "plain"])
@pytest.mark.parametrize("count", [0, 1, 20])
def test_pieces(server, kind, count):
    connection = server.connect()
    for _ in range(3):  # the connection stays, and moves
        connection.request("GET", f"/{kind}/{count}/")
        answer = connection.getresponse()
        assert answer.getheader("transfer-encoding") == "chunked"
        assert answer.getheader("content-length") is None
        assert answer.getheader("content-type") == "text/plain; charset=utf-8"
        assert answer.read() == b"".join(b"%d\n" % n for n in range(count))
    connection.close()


def test_events(server):
    answer = server.get("/events/")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.text == (
        'data: {"number":0}\n\ndata: {"number":1}\n\ndata: {"number":2}\n\n'
        "id: 7\nevent: end\ndata: a\ndata: b\n\n"
    )


def test_head_and_old_clients(server):
    answer = server.request("HEAD", "/later/3/")
    assert (answer.status, answer.body) == (200, b"")
    with raw(server, b"GET /later/3/ HTTP/1.0\r\n\r\n") as connection:
        received = b""
        while piece := connection.recv(65536):
            received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"connection: close" in head and b"chunked" not in head
    assert body == b"0\n1\n2\n"


def get(path):
    return b"GET %s HTTP/1.1\r\nhost: x\r\n\r\n" % path.encode()


@pytest.mark.parametrize("path", ["/waits/", "/foreign/waits/"])
def test_a_piece_is_sent_before_the_next_is_made_and_leaving_cancels(either, path):
    either.get("/clear/")
    with raw(either, get(path)) as connection:
        received = b""
        while b"5\r\nfirst\r\n" not in received:
            received += connection.recv(65536)
        assert either.get("/closed/").json == []
    assert wait_for(lambda: either.get("/closed/").json == ["cancelled"])


@pytest.mark.parametrize("path", ["/hangs/", "/foreign/hangs/"])
def test_leaving_cancels_what_has_not_answered(either, path):
    either.get("/clear/")
    with raw(either, get(path)):
        assert wait_for(lambda: either.get("/entered/").json == ["hangs"])
        assert either.get("/closed/").json == []
    assert wait_for(lambda: either.get("/closed/").json == ["hangs"])


@pytest.mark.parametrize("path", ["/endless/", "/foreign/endless/"])
def test_no_more_is_made_than_the_client_takes(either, path):
    either.get("/clear/")
    begun = either.get("/made/").json
    with raw(either, get(path)):
        before = begun
        while (made := either.get("/made/").json) != before or made == begun:
            before = made
            time.sleep(0.3)
        assert made - begun < 1000  # 64 MiB; sockets hold less
    assert wait_for(lambda: "endless" in either.get("/closed/").json)


def test_what_a_foreign_application_streams(either):
    answer = either.get("/foreign/all/")
    assert (answer.status, answer.text) == (201, "firstlast")
    connection = either.connect()
    connection.request("GET", "/foreign/breaks/")
    answer = connection.getresponse()
    with pytest.raises(http.client.IncompleteRead) as cut:
        answer.read()
    assert cut.value.partial == b"first"


@pytest.mark.parametrize(
    ("path", "whole"), [("/foreign/9/", b"firstlast"), ("/sized/6/", b"abcdef")]
)
def test_a_length_that_is_known(either, path, whole):
    with contextlib.closing(either.connect()) as connection:
        for method in ("GET", "HEAD", "GET"):  # on one connection
            connection.request(method, path)
            answer = connection.getresponse()
            assert answer.headers["content-length"] == str(len(whole))
            assert answer.headers["transfer-encoding"] is None
            assert answer.read() == (whole if method == "GET" else b"")


@pytest.mark.parametrize(
    "path", ["/foreign/8/", "/foreign/10/", "/sized/5/", "/sized/7/"]
)
def test_a_length_that_is_wrong(server, path):
    """The client sees it cut off, and never more than was said."""
    with raw(server, get(path)) as connection:
        received = b""
        while piece := connection.recv(65536):
            received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    said = int(path.strip("/").rpartition("/")[2])
    assert b"content-length: %d" % said in head
    assert len(body) < said


def test_a_length_in_an_old_protocol(server):
    text = b"GET /sized/6/ HTTP/1.0\r\nconnection: keep-alive\r\n\r\n"
    with raw(server, text * 2) as connection:
        received = b""
        while received.count(b"abcdef") < 2:
            received += connection.recv(65536)
    assert received.count(b"content-length: 6") == 2
    assert b"connection: close" not in received


def test_a_stream_that_fails_is_cut_off(server):
    connection = server.connect()
    connection.request("GET", "/breaks/")
    answer = connection.getresponse()
    with pytest.raises(http.client.IncompleteRead) as cut:
        answer.read()
    assert cut.value.partial == b"good"
    assert "ValueError: no more" in server.hears("ValueError: no more")


def test_clients_that_leave(server):
    request = b"GET /later/50/ HTTP/1.1\r\nhost: x\r\n\r\n"
    for _ in range(30):
        raw(server, request).close()
        with raw(server, request) as connection:
            connection.recv(10)
    assert server.get("/later/2/").text == "0\n1\n"


@pytest.mark.parametrize("module", ["httpx", "none"])
def test_in_process(run_python, module):
    script = """
import sys
if "none" in sys.argv: sys.modules["httpx"] = None
sys.path.insert(0, "apps")
import streams
from flama.client import Client
with Client(app=streams.app) as client:
    assert client.get("/later/3/").text == "0\\n1\\n2\\n"
    assert client.get("/plain/2/").text == "0\\n1\\n"
    assert client.get("/events/").text.startswith("data: ")
    assert client.head("/later/3/").content == b""
    assert streams.closed[:2] == ["later", "plain"], streams.closed
print("good")
"""
    done = run_python(
        "-c", script, module, timeout=PATIENCE, cwd=__file__.rpartition("/")[0]
    )
    assert done.stdout == "good\n", done.stderr
