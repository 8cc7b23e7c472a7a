"""A crash of the user's code in debug mode: it is told, and the server comes back."""

import http.client
import os
import re
import signal
import socket
import subprocess

import pytest
from server import BUILD, PATIENCE, ROOT, start, start_program

APP = BUILD / "tests" / "http" / "debug-app"
SOURCE = (ROOT / "tests" / "http" / "debug_app.c").read_text().splitlines()
HTML = {"accept": "text/html"}
READY = r"serving at http"
AGAIN = "starting the app again"
CRASHES = {
    "null": ("dereference", "SIGSEGV, invalid memory reference at 0x0"),
    "abort": ("give_itself_up", "SIGABRT, the program gave itself up"),
    "divide": ("divide", "SIGFPE, arithmetic that has no result"),
    "overflow": ("overflow", "SIGSEGV, the stack is at its end"),
}


def line_of(crash):
    return next(i for i, s in enumerate(SOURCE, 1) if f"the crash: {crash} " in s)


@pytest.fixture
def server():
    server = start_program(APP)
    yield server
    server.stop()


@pytest.mark.parametrize("crash", CRASHES)
@pytest.mark.parametrize("where", ["crash", "pool"])
def test_a_crash_is_told_and_the_server_comes_back(server, where, crash):
    function, reason = CRASHES[crash]
    answer = server.get(f"/{where}/{crash}/")
    assert (answer.status, answer.text) == (500, "Internal Server Error")
    assert answer.headers["connection"] == "close"
    said = server.hears("the app crashed while")
    assert f"answered GET /{where}/{crash}/: {reason}" in said
    frame = server.hears(rf"#\d+ {function} at ")
    assert re.search(rf"debug_app\.c:{line_of(crash)}$", frame.strip()) or (
        crash == "overflow" and "debug_app.c" in frame
    )
    server.hears(AGAIN)
    assert server.get("/hello/").json == {"text": "hello"}
    server.hears(READY, 2)


def test_an_app_that_asks_for_debug_itself_is_supervised(run_app):
    server = run_app(ROOT / "tests" / "http" / "debug_app.c:app")
    assert server.get("/crash/null/").status == 500
    server.hears(AGAIN)
    assert server.get("/hello/").json == {"text": "hello"}


def test_a_browser_gets_the_page_of_the_crash(server):
    attack = "<script>alert(1)</script>"
    answer = server.request("POST", f"/crash/null/?{attack}", attack, HTML)
    assert answer.status == 500
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert int(answer.headers["content-length"]) == len(answer.body) < 150_000
    text = answer.text
    assert "SIGSEGV" in text
    assert "The app crashed: invalid memory reference at 0x0" in text
    assert '<code class="function">dereference</code>' in text
    assert f'<mark class="line" data-n="{line_of("null")}">' in text
    assert "POST" in text
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 2
    assert text.count("<script>") == 1
    assert server.get("/hello/").status == 200


def test_other_connections_are_closed_without_an_answer(server):
    waiting, idle = server.connect(), server.connect()
    idle.request("GET", "/hello/")
    assert idle.getresponse().read() == b'{"text":"hello"}'
    waiting.request("GET", "/wait/")
    server.hears("waiting")
    assert server.get("/crash/null/").status == 500
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        waiting.getresponse()
    assert idle.sock.recv(1) == b""
    assert server.get("/hello/").status == 200


def test_clients_wait_while_the_server_is_replaced(server):
    """The supervisor holds the sockets: nobody is turned away meanwhile."""
    for number in range(3):
        assert server.get("/crash/abort/").status == 500
        assert server.get("/hello/").status == 200
        server.hears(AGAIN, number + 1)


def test_several_crashes_at_once(server):
    clients = [server.connect() for _ in range(8)]
    for client in clients:
        client.request("GET", "/pool/null/")
    ended = []
    for client in clients:
        try:
            ended.append(client.getresponse().status)
        except (http.client.RemoteDisconnected, ConnectionResetError):
            ended.append(None)
    assert 500 in ended
    assert set(ended) <= {500, None}
    assert server.get("/hello/").status == 200


def test_a_crash_before_it_serves_is_the_end():
    done = subprocess.run(
        [APP],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env={**os.environ, "CRASH_AT_START": "1"},
        check=False,
    )
    assert done.returncode == 1
    assert "the app crashed: SIGSEGV" in done.stderr
    assert re.search(r"#0 dereference at /\S+/debug_app\.c:\d+\n", done.stderr)
    assert "crashed before it served: it is not started again" in done.stderr
    assert AGAIN not in done.stderr


def test_crashes_without_end_have_one():
    done = subprocess.run(
        [APP],
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
        env={**os.environ, "CRASH_AT_ONCE": "1"},
        check=False,
    )
    assert done.returncode == 1
    assert "in a row within a second of its start: it is not started again" in (
        done.stderr
    )
    assert done.stderr.count(AGAIN) >= 9


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_stop_it_gracefully(number):
    server = start_program(APP)
    assert server.get("/hello/").status == 200
    server.process.send_signal(number)
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port))


def test_a_stop_after_a_crash():
    server = start_program(APP)
    assert server.get("/crash/null/").status == 500
    server.stop()


def test_a_crash_while_it_stops_is_told():
    server = start_program(APP, CRASH_AT_STOP="1")
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(PATIENCE) == 1
    server.reader.join(PATIENCE)
    server.hears("the app crashed: SIGSEGV")
    server.hears(r"#1 crash_at_stop at .*debug_app\.c:\d+$")
    assert AGAIN not in "".join(server.output)


def test_the_server_ends_with_its_supervisor():
    server = start_program(APP)
    server.process.kill()
    server.reader.join(PATIENCE)  # the end of the output: no process is left
    assert not server.reader.is_alive()


def test_the_program_serves_under_a_supervisor(fixtures):
    server = start("serve", fixtures / "sklearn_model.flm", "--app-debug")
    children = f"/proc/{server.process.pid}/task/{server.process.pid}/children"
    with open(children) as file:
        (child,) = file.read().split()
    os.kill(int(child), signal.SIGSEGV)
    server.hears("the app crashed: SIGSEGV")
    server.hears("serving sklearn_model.flm", 2)
    rows = {"input": [[5.8, 2.8, 5.1, 2.4]]}
    assert server.post("/predict/", rows).json == {"output": [2]}
    server.stop()


RELOADED = """
#include <flama.h>
static int read_from(const volatile int *nowhere) { return *nowhere; }
FLAMA_HANDLER(word, flama_string) { *out = FLAMA_STRING("first"); return 0; }
FLAMA_HANDLER(fail, flama_string) { return flama_fail(call, FLAMA_EINTERNAL, "no"); }
FLAMA_HANDLER(crash, flama_string) { return read_from(NULL); }
FLAMA_APP(app)
{
    FLAMA_ROUTE(app, "/word/", FLAMA_GET, .handler = &word);
    FLAMA_ROUTE(app, "/fail/", FLAMA_GET, .handler = &fail);
    FLAMA_ROUTE(app, "/crash/", FLAMA_GET, .handler = &crash);
}
"""


def test_reloading_and_crashing_go_together(run_app, tmp_path):
    source = tmp_path / "app.c"
    source.write_text(RELOADED)
    reload = ("--server-reload", "--server-reload-delay", "0.02")
    server = run_app(f"{source}:app", "--app-debug", *reload)
    page = server.get("/fail/", **HTML).text
    assert '<mark class="line" data-n="5">' in page
    assert '<code class="function">fail_body</code>' in page
    assert server.get("/crash/").status == 500
    assert f"{source}:3" in server.hears(r"#0 read_from")
    assert server.get("/word/").json == "first"
    (tmp_path / "new.c").write_text("\n\n" + RELOADED.replace("first", "second"))
    os.replace(tmp_path / "new.c", source)
    server.hears("Reloaded in")
    assert server.get("/word/").json == "second"
    assert '<mark class="line" data-n="7">' in server.get("/fail/", **HTML).text
    assert server.get("/crash/").status == 500
    assert f"{source}:5" in server.hears(r"#0 read_from", 2)
    assert server.get("/word/").json == "second"


def test_without_debug_there_is_one_process(serve, fixtures):
    server = serve(fixtures / "sklearn_model.flm")
    children = f"/proc/{server.process.pid}/task/{server.process.pid}/children"
    with open(children) as file:
        assert file.read() == ""
