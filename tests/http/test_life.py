"""Starting, limits, the log and a graceful stop, seen from outside."""

import http.client
import signal
import socket
import subprocess
import threading

import pytest
from server import FLAMA, PATIENCE, REPORT, start

ROW = '{"input": [[5.8, 2.8, 5.1, 2.4]]}'
ANSWER = b'{"output":[2]}'
JSON = {"content-type": "application/json"}


@pytest.fixture
def iris(fixtures):
    return fixtures / "sklearn_model.flm"


def predict_head(size):
    return (
        "POST /predict/ HTTP/1.1\r\nHost: x\r\ncontent-type: application/json\r\n"
        f"content-length: {size}\r\n\r\n"
    ).encode()


def connected(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)


def read_all(connection):
    """What comes until the server closes."""
    got = b""
    while more := connection.recv(65536):
        got += more
    return got


def test_stop_answers_what_is_in_flight(iris):
    server = start("serve", iris)
    half, rest = ROW[:10].encode(), ROW[10:].encode()
    with connected(server) as busy, connected(server) as idle:
        idle.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(65536).startswith(b"HTTP/1.1 200 ")
        busy.sendall(predict_head(len(ROW)))
        busy.sendall(half)
        server.get("/")  # another answer: the half request was read before
        server.process.send_signal(signal.SIGTERM)
        assert read_all(idle) == b""
        busy.sendall(rest)
        answer = read_all(busy)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close" in head.lower()
    assert body == ANSWER
    server.stop()


def test_sigint_stops_too(iris):
    server = start("serve", iris)
    server.process.send_signal(signal.SIGINT)
    server.stop()


def test_nothing_is_lost_under_load(iris):
    """Requests go on while the server is told to stop: on a connection that it took,
    each gets a whole answer."""
    server = start("serve", iris, "--server-workers", "2")
    lost, answered = [], []

    def client():
        while True:
            connection = server.connect()
            try:
                connection.request("POST", "/predict/", ROW, JSON)
                answered.append(connection.getresponse().read() == ANSWER)
            except http.client.HTTPException as problem:
                lost.append(repr(problem))
            except OSError:  # refused, or reset before it was accepted
                return
            finally:
                connection.close()

    clients = [threading.Thread(target=client) for _ in range(4)]
    for each in clients:
        each.start()
    while len(answered) < 200:
        server.get("/")
    server.stop()
    for each in clients:
        each.join(PATIENCE)
    assert lost == []
    assert all(answered)


@pytest.mark.parametrize("workers", ["1", "4"])
def test_workers(iris, workers):
    server = start("serve", iris, "--server-workers", workers)
    for _ in range(20):
        assert server.post("/predict/", ROW).body == ANSWER
    server.stop()


def test_web_concurrency(iris):
    server = start("serve", iris, WEB_CONCURRENCY="3")
    assert server.post("/predict/", ROW).body == ANSWER
    server.stop()


def test_body_limit(iris):
    server = start("serve", iris, "--server-limit-body", "64")
    assert server.post("/predict/", ROW).body == ANSWER
    answer = server.post("/predict/", ROW + " " * 64)
    assert answer.status == 413
    assert answer.json["status_code"] == 413
    server.stop()


def test_limit_max_requests(iris):
    server = start(
        *("serve", iris, "--server-workers", "1", "--server-limit-max-requests", "3")
    )
    for _ in range(3):
        assert server.get("/").status == 200
    server.process.wait(PATIENCE)
    server.stop()


def test_access_log(iris):
    server = start("serve", iris)
    server.get("/?a=b")
    server.post("/predict/", "{}")
    printed = server.stop()
    assert '"GET /?a=b HTTP/1.1" 200' in printed
    assert '"POST /predict/ HTTP/1.1" 400' in printed


def test_no_access_log(iris):
    server = start("serve", iris, "--server-no-access-log")
    server.get("/")
    assert '"GET / HTTP/1.1"' not in server.stop()


def test_own_headers(iris):
    server = start(
        *("serve", iris, "--server-headers", "X-Place: here"),
        *("--server-no-server-header", "--server-no-date-header"),
    )
    answer = server.get("/")
    assert answer.headers["x-place"] == "here"
    assert not {"server", "date"} & set(answer.headers)
    server.stop()


def test_unix_socket(iris, tmp_path):
    path = tmp_path / "s"
    process = subprocess.Popen(
        [FLAMA, "serve", iris, "--server-uds", path], stderr=subprocess.PIPE, text=True
    )
    said = process.stderr.readline()
    assert str(path) in said
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(str(path))
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert read_all(connection).startswith(b"HTTP/1.1 200 ")
    process.terminate()
    rest = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == 0
    assert not REPORT.search(rest)


def test_inherited_socket(iris):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        process = subprocess.Popen(
            [FLAMA, "serve", iris, "--server-fd", str(listener.fileno())],
            pass_fds=[listener.fileno()],
            stderr=subprocess.PIPE,
            text=True,
        )
        process.stderr.readline()
        connection = socket.create_connection(listener.getsockname(), PATIENCE)
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert read_all(connection).startswith(b"HTTP/1.1 200 ")
        connection.close()
        process.terminate()
        rest = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == 0
    assert not REPORT.search(rest)


def test_port_in_use(flama, iris):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = flama("serve", iris, "--server-port", port)
    assert done.returncode == 1
    assert str(port) in done.stderr
    assert "in use" in done.stderr


def test_missing_file(flama):
    done = flama("serve", "nowhere.flm")
    assert done.returncode == 1
    assert "nowhere.flm" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("part", [0, 1, 15, 16, 39, 40, 500, 0.5, 0.99])
@pytest.mark.parametrize("name", ["sklearn_model", "legacy_sklearn_standard"])
def test_truncated_file(flama, fixtures, tmp_path, name, part):
    whole = (fixtures / f"{name}.flm").read_bytes()
    size = int(part * len(whole)) if isinstance(part, float) else part
    damaged = tmp_path / "damaged.flm"
    damaged.write_bytes(whole[:size])
    done = flama("serve", damaged, "--server-port", "0")
    assert done.returncode == 1
    assert "damaged.flm" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_one_bad_file_starts_nothing(flama, fixtures, iris, tmp_path):
    bad = tmp_path / "bad.flm"
    bad.write_bytes(b"not a model file, but long enough to look at")
    done = flama(
        "serve",
        *("--model", f"file={iris},url=/a/,name=first"),
        *("--model", f"file={bad},url=/b/,name=second"),
    )
    assert done.returncode == 1
    assert "bad.flm" in done.stderr


def test_two_models_on_one_path(flama, iris):
    done = flama(
        "serve",
        *("--model", f"file={iris},url=/a/,name=first"),
        *("--model", f"file={iris},url=/a/,name=second"),
    )
    assert done.returncode == 1
    assert "/a/" in done.stderr
