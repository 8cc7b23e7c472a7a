"""The loop that the interpreter's thread shares with the core: connections that move to
it, and what happens to them while Python is stuck."""

import socket
import threading

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


def test_a_stuck_handler_holds_no_client(run_app):
    """Its own client, one whose coroutine waits on the same loop, and native routes."""
    server = run_app("plain:app", "--server-timeout-request", "1")
    answers = {}

    def wait(path, connection):
        answers[path] = ask(connection, path)[0]

    moved = {path: server.connect() for path in ("/forever/", "/stuck/")}
    threads = []
    for path, connection in moved.items():
        assert ask(connection, "/hello/x/")[0] == 200
        threads.append(threading.Thread(target=wait, args=(path, connection)))
        threads[-1].start()
        if path == "/forever/":  # what comes once Python is stuck is not read
            server.hears("/forever/ waits")
    for thread in threads:
        thread.join(20)
    assert answers == {"/forever/": 504, "/stuck/": 504}
    assert server.get("/iris/").status == 200
    kill(server)


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
