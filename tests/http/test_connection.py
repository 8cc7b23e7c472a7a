"""Connections: order, slow and vanishing clients, limits, sockets of every kind."""

import socket
import threading
import time

import pytest
from echo import HOST, Client, Echo, get, post
from server import wait_for

MANY = 1000


def in_background(function, *args):
    thread = threading.Thread(target=function, args=args)
    thread.start()
    return thread


def test_pipelined_answers_come_in_order():
    with Echo() as echo, echo.connect() as client:
        bodies = [b"x" * (i % 300) for i in range(MANY)]
        sender = in_background(client.send, b"".join(map(post, bodies)))
        for body in bodies:
            size, _ = client.answer()[2].split()
            assert int(size) == len(body)
        sender.join()
        assert echo.stop() == (MANY, 0, MANY)


def test_pipelined_answers_come_in_order_from_other_threads():
    with Echo() as echo, echo.connect() as client:
        sender = in_background(
            client.send, b"".join(get(f"/later/{i % 3}") + get() for i in range(200))
        )
        for _ in range(200):
            assert client.answer()[2] == b"later"
            assert client.answer()[2] == b"ok"
        sender.join()


def test_requests_from_many_connections():
    with Echo(threads=4) as echo:

        def work():
            with echo.connect() as client:
                for i in range(50):
                    assert client.ask(post(b"a" * i))[2].startswith(f"{i} ".encode())
                    done.append(client.ask(get("/later/1"))[2])

        done = []
        threads = [in_background(work) for _ in range(20)]
        for thread in threads:
            thread.join()
        assert done == [b"later"] * MANY


def test_a_head_must_come_in_time():
    with Echo(head=200) as echo, echo.connect() as client:
        client.send(get()[:-3])
        assert client.answer()[0] == 408
        assert client.ends()


def test_the_time_for_a_head_is_not_renewed_by_bytes():
    with Echo(head=300) as echo, echo.connect() as client:
        start = time.monotonic()
        try:
            for byte in get(headers=b"X: " + b"a" * 4000):
                client.send(bytes([byte]))
                time.sleep(0.02)
        except OSError:
            pass
        assert time.monotonic() - start < 30
        assert client.answer()[0] == 408


def test_a_silent_connection_is_closed():
    with Echo(head=100) as echo, echo.connect() as client:
        assert client.ends()


def test_a_body_must_go_on():
    with Echo(body=200) as echo, echo.connect() as client:
        client.send(post(b"hello")[:-1])
        assert client.answer()[0] == 408
        assert client.ends()


def test_a_slow_body_is_taken():
    with Echo(body=2000, head=300) as echo, echo.connect() as client:
        data = post(b"hello" * 3)
        client.send(data[:-15])
        for byte in data[-15:]:
            time.sleep(0.03)
            client.send(bytes([byte]))
        assert client.answer()[2].startswith(b"15 ")


def test_keep_alive_ends():
    with Echo(keep_alive=100) as echo, echo.connect() as client:
        assert client.ask(get())[0] == 200
        assert client.ends()


def test_a_client_that_does_not_read_is_cut():
    with Echo(write=200) as echo, echo.connect() as client:
        client.send(get("/size/50000000"))
        time.sleep(1)
        with pytest.raises((AssertionError, ConnectionError)):
            client.answer()
        assert echo.ask(get())[0] == 200


def test_a_client_that_reads_slowly_is_not():
    with Echo(write=500) as echo, echo.connect() as client:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        client.send(get("/size/20000000") + get())
        for _ in range(12):
            assert client.receive()
            time.sleep(0.1)
        assert len(client.answer()[2]) == 20000000
        assert client.answer()[2] == b"ok"


def test_an_answer_must_come_in_time():
    with Echo(request=100) as echo:
        with echo.connect() as client:
            client.send(get("/deaf/1500"))
            status, headers, body = client.answer()
            assert (status, headers["connection"]) == (504, "close")
            assert b'"status_code":504' in body
            assert client.ends()
        assert echo.ask(get())[0] == 200
        assert echo.stop() == (2, 1, 1)


def test_a_vanished_client_cancels():
    with Echo() as echo:
        for _ in range(10):
            with echo.connect() as client:
                client.send(get("/wait"))
        assert echo.ask(get())[0] == 200
        assert echo.stop()[:2] == (11, 10)


def test_a_reset_cancels():
    with Echo() as echo:
        with echo.connect() as client:
            client.send(get("/wait"))
            time.sleep(0.05)
            linger = b"\1\0\0\0\0\0\0\0"
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        assert echo.stop()[:2] == (1, 1)


def test_late_answers_to_vanished_clients_are_dropped():
    with Echo() as echo:
        for _ in range(10):
            with echo.connect() as client:
                client.send(get("/deaf/100") + get())
        time.sleep(0.3)
        assert echo.ask(get())[0] == 200


def test_a_client_may_end_its_side_first():
    with Echo() as echo, echo.connect() as client:
        client.send(get("/later/50") + post(b"hello") + get())
        client.socket.shutdown(socket.SHUT_WR)
        assert client.answer()[2] == b"later"
        assert client.answer()[2] == b"5 532"
        assert client.answer()[2] == b"ok"
        assert client.ends()


@pytest.mark.parametrize("size", [30000, 100000, 50000000])
def test_big_bodies(size):
    expected = f"{size} {size * 97}".encode()
    with Echo() as echo, echo.connect() as client:
        assert client.ask(post(b"a" * size))[2] == expected
        piece = b"%x\r\n" % (size // 10) + b"a" * (size // 10) + b"\r\n"
        head = b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
        client.send(head + piece * 10 + b"0\r\n\r\n")
        assert client.answer()[2] == expected
        assert client.is_open()


def test_a_body_over_the_limit_is_refused_before_it_comes():
    with Echo(max_body=1000) as echo:
        with echo.connect() as client:
            assert client.ask(post(b"a" * 1000))[0] == 200
            assert client.ask(post(b"a" * 1001)[:-1001])[0] == 413
            assert client.ends()
        with echo.connect() as client:
            head = b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
            assert client.ask(head + b"3e9\r\n")[0] == 413
            assert client.ends()


def test_a_refused_upload_still_sees_the_answer():
    """The client sends on while it is refused: its answer must not be lost."""
    with Echo(max_body=1000) as echo, echo.connect() as client:
        data = post(b"a" * 8000000)
        sender = in_background(client.send, data)
        assert client.answer()[0] == 413
        sender.join()


def test_continue_is_asked_for():
    expect = b"Expect: 100-continue\r\n"
    with Echo(max_body=1000) as echo:
        with echo.connect() as client:
            for _ in range(2):
                client.send(post(b"hello", expect)[:-5])
                assert client.answer()[0] == 100
                client.send(b"hello")
                assert client.answer()[2] == b"5 532"
        with echo.connect() as client:
            client.send(post(b"a" * 2000, expect)[:-2000])
            assert client.answer()[0] == 413


def test_more_connections_than_descriptors_wait():
    with Echo(descriptors=40, threads=1) as echo:
        clients = [echo.connect() for _ in range(60)]
        for client in clients:
            client.send(get())
        for client in clients:
            assert client.answer()[2] == b"ok"
            client.close()
        assert echo.ask(get())[0] == 200


def test_connections_are_limited():
    with Echo(max_connections=3) as echo:
        clients = [echo.connect() for _ in range(3)]
        for client in clients:
            assert client.ask(get())[0] == 200
        with echo.connect() as refused:
            assert refused.answer()[0] == 503
            assert refused.ends()
        clients[0].close()

        def free():
            with echo.connect() as client:
                client.send(get())
                return client.answer()[0] == 200

        wait_for(free)
        for client in clients[1:]:
            assert client.is_open()
            client.close()


def test_a_unix_socket(tmp_path):
    path = str(tmp_path / "flama.sock")
    with Echo(uds=path) as echo:
        assert echo.port == 0
        with echo.connect() as client:
            assert client.ask(post(b"hello"))[2] == b"5 532"
            assert client.ask(get("/request"))[2].splitlines()[3] == b""
        second = Echo(uds=path)
        assert "Address already in use" in second.failure()
        echo.process.kill()
        echo.process.wait()
    with Echo(uds=path) as echo:
        assert echo.ask(get())[2] == b"ok"
        echo.stop()
    assert not (tmp_path / "flama.sock").exists()


def test_an_inherited_socket_outlives_its_servers():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = listening.getsockname()
        for _ in range(2):
            number = listening.fileno()
            with Echo(fd=number, pass_fds=(number,)) as echo:
                assert echo.port == address[1]
                assert echo.ask(get())[2] == b"ok"
        with Client(address):
            pass


@pytest.mark.parametrize("threads", [1, 2])
def test_a_port_is_taken_once(threads):
    with Echo() as echo:
        second = Echo(port=echo.port, threads=threads)
        message = f"can't listen on 127.0.0.1:{echo.port}: Address already in use"
        assert second.failure() == message


def test_addresses_that_can_not_be_had():
    assert "can't listen on 192.0.2.1:0: " in Echo(host="192.0.2.1").failure()
    assert "can't listen on no.such.host.invalid:0: " in (
        Echo(host="no.such.host.invalid").failure()
    )
    assert "descriptor 0" in Echo(fd=0).failure()
    assert "not a port" in Echo(port=65536).failure()
    assert "'x' is neither" in Echo(trust="127.0.0.1,x").failure()


def test_every_interface():
    with Echo(host="") as echo:
        assert echo.ask(get())[2] == b"ok"
        with echo.connect() as client:
            told = client.ask(get("/request"))[2].splitlines()[3]
            assert told.startswith(b"127.0.0.1:")
        if socket.has_ipv6:
            with echo.connect("::1") as client:
                told = client.ask(get("/request"))[2].splitlines()[3]
                assert told.startswith(b"[::1]:")


FORWARDED = (
    b"X-Forwarded-For: 1.2.3.4, 9.9.9.9, 10.0.0.7\r\nX-Forwarded-Proto: https\r\n"
)


@pytest.mark.parametrize(
    ("trust", "client", "scheme"),
    [
        ("127.0.0.1", b"10.0.0.7:0", b"https"),
        ("127.0.0.0/8,10.0.0.0/8", b"9.9.9.9:0", b"https"),
        ("*", b"1.2.3.4:0", b"https"),
        ("10.0.0.0/8", b"127.0.0.1:", b"http"),
        (None, b"127.0.0.1:", b"http"),
    ],
)
def test_forwarded_headers(trust, client, scheme):
    with Echo(**({"trust": trust} if trust else {})) as echo:
        told = echo.ask(get("/request", FORWARDED))[2].splitlines()
        assert told[3].startswith(client)
        assert told[4] == scheme


def test_forwarded_nonsense_is_left_alone():
    with Echo(trust="*") as echo:
        for value in (b"", b"unknown", b"1.2.3.4, x", b",", b"999.1.1.1"):
            told = echo.ask(get("/request", b"X-Forwarded-For: " + value + b"\r\n"))[2]
            assert told.splitlines()[3].startswith(b"127.0.0.1:")
        told = echo.ask(get("/request", b"X-Forwarded-For: ::2\r\n"))[2]
        assert told.splitlines()[3] == b"[::2]:0"


def test_bare_answers():
    with Echo(bare=1) as echo:
        assert list(echo.ask(get())[1]) == ["content-length", "content-type"]
