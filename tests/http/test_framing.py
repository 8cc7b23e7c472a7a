"""What is a request and where it ends: whole, and one byte a send."""

import json
import threading

import pytest
from echo import HOST, Echo, get, post

OPEN, CLOSED = True, False
CL5 = b"Content-Length: 5\r\n"
TE = b"Transfer-Encoding: chunked\r\n"
ABC = b"3\r\nabc\r\n0\r\n\r\n"
HELLO = b"5 532"  # length and sum of bytes


GET = get()


def raw(headers, body=b"", start=b"POST / HTTP/1.1\r\n", behind=GET):
    """A POST as given, and a request behind it that must not be answered when the first
    one is refused."""
    return start + HOST + headers + b"\r\n" + body + behind


def lines(text, headers=HOST):
    return text + b"\r\n" + headers + b"\r\n"


# name, bytes, answers (a status, or a body that comes with 200), connection afterwards
CASES = [
    ("three GETs", get() * 3, [b"ok"] * 3, OPEN),
    ("POST and GET", post(b"hello") + get(), [HELLO, b"ok"], OPEN),
    ("POST", post(b"hello"), [HELLO], OPEN),
    ("POST without a body", raw(b"", behind=b""), [b"0 0"], OPEN),
    ("chunked", raw(TE, b"5\r\nhello\r\n3\r\nabc\r\n0\r\n\r\n"),
     [b"8 826", b"ok"], OPEN),
    ("extension, trailer", raw(TE, b"5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n"),
     [HELLO, b"ok"], OPEN),
    ("Expect: 100-continue", raw(b"Expect: 100-continue\r\n" + CL5, b"hello"),
     [HELLO, b"ok"], OPEN),
    ("unknown Expect", raw(b"Expect: foo\r\n" + CL5, b"hello"), [417], CLOSED),
    ("a blank line before", b"\r\n" + get(), [b"ok"], OPEN),
    ("8 KB header", get(headers=b"X: " + b"a" * 8000 + b"\r\n"), [b"ok"], OPEN),
    ("64 KB header", get(headers=b"X: " + b"a" * 65000 + b"\r\n"), [431], CLOSED),
    ("endless header", get(headers=b"X: " + b"a" * 4000000)[:-4], [431], CLOSED),
    ("2000 headers", get(headers=b"A: b\r\n" * 2000), [431], CLOSED),
    ("101 headers", get(headers=b"A: b\r\n" * 100), [431], CLOSED),
    ("100 headers", get(headers=b"A: b\r\n" * 99), [b"ok"], OPEN),
    ("lengths that differ", raw(CL5 + b"Content-Length: 6\r\n", b"hello!"),
     [400], CLOSED),
    ("equal lengths", raw(CL5 + CL5, b"hello"), [400], CLOSED),
    ("length 5, 5", raw(b"Content-Length: 5, 5\r\n", b"hello"), [400], CLOSED),
    ("length +5", raw(b"Content-Length: +5\r\n", b"hello"), [400], CLOSED),
    ("length -5", raw(b"Content-Length: -5\r\n", b"hello"), [400], CLOSED),
    ("length 5x", raw(b"Content-Length: 5x\r\n", b"hello"), [400], CLOSED),
    ("length 0x5", raw(b"Content-Length: 0x5\r\n", b"hello"), [400], CLOSED),
    ("length over 64 bits", raw(b"Content-Length: 18446744073709551621\r\n", b"hello"),
     [413], CLOSED),
    ("length and chunked", raw(CL5 + TE, ABC), [400], CLOSED),
    ("chunked and length", raw(TE + CL5, ABC), [400], CLOSED),
    ("xchunked", raw(b"Transfer-Encoding: xchunked\r\n", b"hello"), [501], CLOSED),
    ("xchunked and length", raw(b"Transfer-Encoding: xchunked\r\n" + CL5, b"hello"),
     [400], CLOSED),
    ("identity and length", raw(b"Transfer-Encoding: identity\r\n" + CL5, b"hello"),
     [400], CLOSED),
    ("gzip, chunked", raw(b"Transfer-Encoding: gzip, chunked\r\n", ABC), [501], CLOSED),
    ("chunked, identity", raw(b"Transfer-Encoding: chunked, identity\r\n", ABC),
     [501], CLOSED),
    ("chunked twice", raw(TE + TE, ABC), [400], CLOSED),
    ("space before the colon", raw(b"Transfer-Encoding : chunked\r\n" + CL5, b"hello"),
     [400], CLOSED),
    ("chunked in HTTP/1.0", raw(TE, ABC, b"POST / HTTP/1.0\r\n"), [400], CLOSED),
    ("chunk size over 64 bits", raw(TE, b"10000000000000005\r\nhello\r\n0\r\n\r\n"),
     [413], CLOSED),
    ("chunk size 0x5", raw(TE, b"0x5\r\nhello\r\n0\r\n\r\n"), [400], CLOSED),
    ("chunk without its end", raw(TE, b"5\r\nhelloXX0\r\n\r\n"), [400], CLOSED),
    ("bare LF", get().replace(b"\r\n", b"\n"), [400], CLOSED),
    ("bare CR in a header", get(headers=b"A: b\rC: d\r\n"), [400], CLOSED),
    ("NUL in a header", get(headers=b"A: b\0c\r\n"), [400], CLOSED),
    ("folded header", raw(b"Content-Length:\r\n 5\r\n", b"hello"), [400], CLOSED),
    ("no Host", lines(b"GET / HTTP/1.1", b""), [400], CLOSED),
    ("two Hosts", lines(b"GET / HTTP/1.1", HOST + HOST), [400], CLOSED),
    ("absolute form", lines(b"GET http://h/ HTTP/1.1"), [b"ok"], OPEN),
    ("HTTP/1.0", lines(b"GET / HTTP/1.0", b""), [b"ok"], CLOSED),
    ("HTTP/1.0 kept", lines(b"GET / HTTP/1.0", b"Connection: keep-alive\r\n"),
     [b"ok"], OPEN),
    ("Connection: close", get(headers=b"Connection: close\r\n") + GET, [b"ok"], CLOSED),
    ("HTTP/9.9", lines(b"GET / HTTP/9.9"), [505], CLOSED),
    ("a TLS hello", b"\x16\x03\x01\x02\x00\x01garbage", [400], CLOSED),
    ("header without a colon", get(headers=b"foo\r\n"), [400], CLOSED),
    ("space in the path", lines(b"GET /a b HTTP/1.1"), [400], CLOSED),
    ("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0", [505], CLOSED),
    ("bad escape", get("/%zz"), [400], CLOSED),
    ("encoded NUL", get("/a%00"), [400], CLOSED),
]  # fmt: skip


@pytest.fixture(scope="module")
def echo():
    with Echo() as server:
        yield server


def send(client, data, split):
    """A refused client may be cut off before it has said everything."""
    pieces = [data]
    if split and len(data) < 70000:
        pieces = [data[i : i + 1] for i in range(len(data))]
    try:
        for piece in pieces:
            client.send(piece)
    except OSError:
        pass


@pytest.mark.parametrize("split", [False, True], ids=["whole", "split"])
@pytest.mark.parametrize(
    ("data", "answers", "state"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_case(echo, data, answers, state, split):
    with echo.connect() as client:
        sender = threading.Thread(target=send, args=(client, data, split))
        sender.start()
        for expected in answers:
            status, headers, body = client.answer()
            if status == 100:
                status, headers, body = client.answer()
            if isinstance(expected, bytes):
                assert (status, body) == (200, expected)
                continue
            assert status == expected
            assert headers["connection"] == "close"
            assert headers["content-type"] == "application/json"
            told = json.loads(body)
            assert told["status_code"] == status
            assert told["error"] == "HTTPException"
            assert told["detail"].endswith(".")
        sender.join()
        assert client.is_open() if state == OPEN else client.ends()


def test_head_has_the_length_and_no_body(echo):
    with echo.connect() as client:
        client.send(get(method="HEAD") + get("/size/5"))
        status, headers, _ = client.answer(head_only=True)
        assert (status, headers["content-length"]) == (200, "2")
        assert client.answer()[2] == b"xxxxx"


@pytest.mark.parametrize("status", [204, 304])
def test_statuses_without_a_body(echo, status):
    with echo.connect() as client:
        client.send(get(f"/status/{status}"))
        answer = client.answer()
        assert answer[0] == status
        assert "content-length" not in answer[1]
        assert client.is_open()


def test_an_answer_without_a_status_is_500(echo):
    assert echo.ask(get("/status/77"))[0] == 500


def test_the_request_is_told_as_sent(echo):
    with echo.connect() as client:
        port = client.socket.getsockname()[1]
        head = b"X-Up: \t v w \r\nEmpty:\r\n"
        _, _, body = client.ask(get("/request/a%20%2Fb%C3%A9?q=%20&r", head))
    assert body.decode().splitlines() == [
        "GET",
        "/request/a /bé",
        "q=%20&r",
        f"127.0.0.1:{port}",
        "http",
        "host=x",
        "x-up=v w",
        "empty=",
    ]


def test_headers_of_an_answer(echo):
    _, headers, _ = echo.ask(get("/header/some%20value"))
    assert list(headers) == [
        *("date", "server", "content-length", "content-type", "x-test"),
    ]
    assert headers["server"] == "flama"
    assert headers["x-test"] == "some value"


def test_a_header_can_not_split_an_answer(echo):
    _, headers, body = echo.ask(get("/header/a%0D%0Aset-cookie:%20b"))
    assert body == b"header"
    assert "x-test" not in headers
    assert "set-cookie" not in headers
