"""The loop that the interpreter's thread shares with the core: connections that move to
it, and what happens to them while Python is stuck."""

import socket
import time

import pytest
from server import wait_for


@pytest.fixture(scope="module")
def server(run_app):
    return run_app("plain:app")


def ask(connection, path):
    """(status, body) of a request on a connection that stays."""
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read()


def kill(server):
    server.process.kill()
    server.process.wait(30)
    server.stop = lambda: None


def test_a_connection_is_served_on_after_it_moved(server):
    native = server.get("/iris/").body
    connections = [server.connect() for _ in range(20)]
    for turn in range(5):
        for number, connection in enumerate(connections):
            if (turn + number) % 2:
                assert ask(connection, "/iris/") == (200, native)
            else:
                text = b'{"text":"hello %d"}' % number
                assert ask(connection, f"/hello/{number}/") == (200, text)
    for connection in connections:
        connection.close()


def test_bytes_that_wait_move_along(server):
    paths = ["/hello/a/", "/iris/", "/hello/b/", "/task/", "/hello/c/"]
    text = "".join(f"GET {path} HTTP/1.1\r\nhost: x\r\n\r\n" for path in paths)
    text += "GET /hello/end/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), 60) as connection:
        connection.sendall(text[:-30].encode())
        received = connection.recv(65536)
        connection.sendall(text[-30:].encode())
        while piece := connection.recv(65536):
            received += piece
    assert received.count(b"HTTP/1.1 200 OK") == 6
    order = [received.index(b"hello %s" % who) for who in (b"a", b"b", b"c", b"end")]
    assert order == sorted(order)


def stuck(run_app, timeout):
    """A server whose interpreter is stuck, and connections that its thread's loop has,
    the first of which waits for the handler that never returns."""
    server = run_app("plain:app", "--server-timeout-request", timeout)
    moved = [server.connect() for _ in range(4)]
    for connection in moved:
        assert ask(connection, "/hello/x/")[0] == 200
    moved[0].request("GET", "/stuck/")
    server.hears("/stuck/ runs")
    return server, moved


def test_a_stuck_handler_holds_no_native_route(run_app):
    """On no connection: the time of a request is far longer than the answers take."""
    server, (_, *moved) = stuck(run_app, "120")
    body = server.get("/iris/").body
    for _ in range(3):
        for connection in moved:
            assert ask(connection, "/iris/") == (200, body)
    moved[0].request("GET", "/hello/x/")  # which waits for Python
    text = b"GET /iris/ HTTP/1.1\r\nhost: x\r\n\r\n"
    moved[1].sock.sendall(text * 3)
    received = b""
    while received.count(body) < 3:
        received += moved[1].sock.recv(65536)
    moved[2].sock.sendall(text[:20])
    moved[2].sock.shutdown(socket.SHUT_WR)
    assert moved[2].sock.recv(1) == b""  # a client that leaves
    kill(server)


def test_a_stuck_handler_holds_no_client(run_app):
    """Neither its own, nor those whose requests come when it is stuck."""
    server, moved = stuck(run_app, "1")
    started = time.monotonic()
    for connection in moved[1:]:
        connection.request("GET", "/hello/x/")
    for connection in moved:
        answer = connection.getresponse()
        assert (answer.status, answer.headers["connection"]) == (504, "close")
        answer.read()
    assert time.monotonic() - started < 10
    assert ask(server.connect(), "/iris/")[0] == 200
    kill(server)


def test_a_coroutine_that_waits_while_python_is_stuck(run_app):
    server = run_app("plain:app", "--server-timeout-request", "1")
    waiting, connection = server.connect(), server.connect()
    for each in (waiting, connection):
        assert ask(each, "/hello/x/")[0] == 200
    waiting.request("GET", "/forever/")
    server.hears("/forever/ waits")
    connection.request("GET", "/stuck/")
    assert waiting.getresponse().status == 504
    assert connection.getresponse().status == 504
    kill(server)


def test_python_goes_on_with_what_came_while_it_was_away(run_app):
    """Requests that were read in its stead, answered in their order."""
    server = run_app("plain:app", "--server-timeout-request", "120")
    moved = [server.connect() for _ in range(6)]
    for connection in moved:
        assert ask(connection, "/hello/x/")[0] == 200
    for _ in range(5):
        moved[0].request("GET", "/thread/?seconds=0.1")
        for number, connection in enumerate(moved[1:]):
            connection.request("GET", f"/hello/{number}/")
        assert moved[0].getresponse().read() == b"true"
        for number, connection in enumerate(moved[1:]):
            assert connection.getresponse().read() == b'{"text":"hello %d"}' % number
    server.stop()


def test_a_handler_that_returns_too_late_ends_nothing(run_app):
    server = run_app("plain:app", "--server-timeout-request", "0.3")
    connection = server.connect()
    assert ask(connection, "/hello/x/")[0] == 200
    assert ask(connection, "/sleep/1.5/")[0] == 504
    assert ask(server.connect(), "/sleep/0/") in ((200, b"0.0"), (504, b""))
    server.hears("has run for over")
    while ask(server.connect(), "/sleep/0/")[0] != 200:
        pass
    server.stop()


def test_clients_that_come_and_go(server):
    """Connections that end while they move."""
    for cut in range(0, 60, 7):
        for _ in range(5):
            with socket.create_connection(("127.0.0.1", server.port)) as connection:
                text = b"GET /hello/x/ HTTP/1.1\r\nhost: x\r\n\r\n" * 2
                connection.sendall(text[: len(text) - cut])
    assert server.get("/hello/x/").status == 200


def test_a_handler_that_blocks_goes_to_the_pool(server):
    assert server.get("/may-block/?seconds=0.02").json is True
    for _ in range(8):
        assert server.get("/may-block/").json is True  # once is no habit
    assert server.get("/may-block/?seconds=0.02").json is True
    assert server.get("/may-block/?seconds=0.02").json is True
    assert server.get("/may-block/").json is False
    assert server.get("/may-block/").json is False
    server.hears("the handler 'may_block' takes more than 10 ms: from now on")
    assert "".join(server.output).count("'may_block' takes more") == 1


def test_where_a_handler_runs_is_decided_by_hand(server):
    assert server.get("/own-thread/").json is False
    for _ in range(3):
        assert server.get("/thread/?seconds=0.02").json is True


def test_a_coroutine_is_cancelled_when_nobody_waits(run_app):
    server = run_app("plain:app", "--server-timeout-request", "0.5")
    connection = server.connect()
    assert ask(connection, "/forever/")[0] == 504
    assert wait_for(lambda: server.get("/cancelled/").json == ["forever"])
    for moved in (False, True):
        connection = server.connect()
        if moved:
            assert ask(connection, "/hello/x/")[0] == 200
        connection.request("GET", "/forever/")
        connection.close()
    assert wait_for(lambda: server.get("/cancelled/").json == ["forever"] * 3)
    printed = server.stop()
    assert "Traceback" not in printed
