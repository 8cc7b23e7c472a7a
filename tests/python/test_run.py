"""`flama run`: options, workers, reloading, signals."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from server import FLAMA, PATIENCE, start_program, start_python, wait_for

APPS = Path(__file__).resolve().parent / "apps"
APP = """
import os
from flama import Flama

app = Flama()

@app.get("/pid/")
def pid():
    return [os.getpid(), {version}]

@app.get("/die/")
def die():
    os.abort()
"""


@pytest.fixture
def app(tmp_path):
    """A folder with an app whose source can be written anew."""

    def write(version):
        (tmp_path / "small.py").write_text(APP.format(version=version))

    write(1)
    write.folder = tmp_path
    return write


def test_workers_are_processes(run_app, app):
    server = run_app("small:app", "--server-workers", "2", cwd=app.folder)
    seen = set()

    def ask():
        seen.add(server.get("/pid/").json[0])
        return len(seen) == 2

    assert wait_for(ask)
    assert server.process.pid not in seen


def test_a_worker_that_dies_is_replaced(run_app, app):
    server = run_app("small:app", "--server-workers", "2", cwd=app.folder)
    before = server.get("/pid/").json[0]
    os.kill(before, signal.SIGKILL)
    assert wait_for(lambda: "another starts" in "".join(server.output))
    for _ in range(20):
        assert server.get("/pid/").json[0] != before


def test_workers_do_not_outlive_their_supervisor(app):
    server = start_python("small:app", "--server-workers", "2", cwd=app.folder)
    worker = os.pidfd_open(server.get("/pid/").json[0])
    try:
        server.process.kill()
        server.process.wait()
        ended, _, _ = select.select([worker], [], [], 30)
        assert ended == [worker]
    finally:
        os.close(worker)


CACHES = {"PYTHONDONTWRITEBYTECODE": ""}  # compiled sources are kept, as by default


def test_reload(run_app, app):
    server = run_app("small:app", "--server-reload", cwd=app.folder, **CACHES)
    first, version = server.get("/pid/").json
    assert version == 1
    app(2)
    assert wait_for(lambda: server.get("/pid/").json[1] == 2)
    assert server.get("/pid/").json[0] != first
    (app.folder / "small.py").write_text("syntax error")
    assert wait_for(lambda: "did not start" in "".join(server.output))
    assert server.get("/pid/").json[1] == 2  # the one from before goes on
    app(3)
    assert wait_for(lambda: server.get("/pid/").json[1] == 3)


def test_no_request_is_lost_while_it_reloads(run_app, app):
    server = run_app("small:app", "--server-reload", cwd=app.folder, **CACHES)
    versions = []
    app(2)
    assert wait_for(
        lambda: versions.append(server.get("/pid/").json[1]) or versions[-1] == 2
    )
    assert set(versions) == {1, 2}


def test_a_script_that_runs_itself(python_env, app):
    for options in ("", ", server_reload=True", ", server_workers=2"):
        script = app.folder / "script.py"
        script.write_text(
            APP.format(version=7) + "\nimport flama\n\nif __name__ == '__main__':\n"
            f"    flama.run(flama_app='__main__:app', server_port=0{options})\n"
        )
        server = start_program(
            sys.executable,
            script,
            LD_PRELOAD=python_env["LD_PRELOAD"],
            ASAN_OPTIONS="detect_leaks=0:exitcode=99",
        )
        try:
            assert server.get("/pid/").json[1] == 7
        finally:
            server.stop()


def test_ctrl_c(run_app):
    server = run_app("plain:app")
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(PATIENCE) == 0


def test_ctrl_c_twice_leaves_a_handler_that_never_returns(run_app):
    server = run_app("plain:app")
    connection = server.connect()
    connection.request("GET", "/stuck/")
    server.hears("/stuck/ runs")
    server.process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    assert server.process.poll() is None  # it is given time
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(PATIENCE) not in (None, 99)
    server.stop = lambda: None
    connection.close()


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["plain:app", "--server-port", "x"], 2, "'x' is not a valid int"),
        (["plain:app", "--server-port", "-5"], 2, "not between 0 and 65,535"),
        (["plain:app", "--server-workers", "9999"], 2, "not between 1 and 1,024"),
        (["plain:app", "--server-backlog", "-1"], 2, "not between 1 and 65,535"),
        (["plain:app", "--server-timeout-request", "nan"], 2, "not between 0.001"),
        (["plain:app", "--server-timeout-keep-alive", "1e400"], 2, "not between"),
        (["plain:app", "--server-loop", "uvloop"], 2, "is not supported"),
        (["plain:app", "--server-ws-ping-timeout", "3"], 2, "is not supported"),
        (["plain:app", "--server-ssl-ciphers", "x"], 2, "is not supported"),
        (["plain:app", "--server-log-level", "loud"], 2, "is not one of trace, debug"),
        (["plain:nothing"], 1, "'plain' has no 'nothing'"),
        (["nothing:app"], 1, "no module 'nothing'"),
        (["plain"], 1, "names no app"),
        (["plain:app", "--server-host", "256.0.0.1"], 1, "256.0.0.1"),
    ],
)
def test_what_can_not_be_run(run_python, words, code, text):
    done = run_python("-m", "flama", "run", *words, timeout=PATIENCE, cwd=APPS)
    assert (done.returncode, text in done.stderr) == (code, True), done.stderr


def test_the_program_hands_python_apps_over(python_env):
    """`flama run MODULE:APP` with the options as they are."""
    server = start_program(
        FLAMA, "run", "plain:app", "--app-debug", "--server-port", "0",
        cwd=APPS,
        VIRTUAL_ENV=sys.prefix,
        LD_PRELOAD=python_env["LD_PRELOAD"],
        ASAN_OPTIONS="detect_leaks=0:exitcode=99",
    )  # fmt: skip
    try:
        assert server.get("/hello/x/").json == {"text": "hello x"}
    finally:
        server.stop()


def test_variables(run_app):
    server = run_app("plain:app", SERVER_ACCESS_LOG="false", FLAMA_APP_DEBUG="true")
    server.get("/hello/x/")
    assert "GET /hello/x/" not in server.stop()


def test_the_options_are_the_programs(run_python, tmp_path):
    """Those of the program's own servers, with their defaults or the core's (falsy)."""
    config = tmp_path / "full.json"
    words = [FLAMA, "start", "--create-config", "full", str(config)]
    subprocess.run(words, check=True, timeout=PATIENCE)
    script = (
        "import json; from flama.settings import OPTIONS;"
        "print(json.dumps({one.key: one.default for one in OPTIONS}))"
    )
    done = run_python("-c", script, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    ours = json.loads(done.stdout)
    for name, default in json.loads(config.read_text())["server"].items():
        own = ours.pop(f"server_{name}")
        assert own == default or own in (None, 0, -1), name


def test_a_file_of_variables(run_app, tmp_path):
    path = tmp_path / "env"
    path.write_text("# words\n\nexport SERVER_ACCESS_LOG='false'\nA_B=1\n")
    server = run_app("plain:app", "--server-env-file", path)
    server.get("/hello/x/")
    assert "GET /hello/x/" not in server.stop()
    server = run_app("plain:app", "--server-env-file", path, SERVER_ACCESS_LOG="true")
    server.get("/hello/x/")
    assert "GET /hello/x/" in server.stop()


def test_a_wrong_file_of_variables(run_python, tmp_path):
    path = tmp_path / "env"
    for text, why in (
        ("A=1\nB\n", f"'{path}' line 2 is not NAME=VALUE."),
        (None, path),
    ):
        path.unlink(missing_ok=True)
        if text:
            path.write_text(text)
        words = ["plain:app", "--server-env-file", str(path)]
        done = run_python("-m", "flama", "run", *words, timeout=PATIENCE, cwd=APPS)
        assert (done.returncode, str(why) in done.stderr) == (2, True), done.stderr


def test_the_example(run_app):
    """examples/hello.py, whose lines are the README's."""
    examples = APPS.parents[2] / "examples"
    source = (examples / "hello.py").read_text()
    readme = (examples.parent / "README.md").read_text()
    assert source.split('"""\n\n', 1)[1] in readme
    server = run_app("hello:app", cwd=examples)
    assert server.get("/hello/ana/?times=2").json == {"text": "hello ana hello ana"}
    answer = server.post("/iris/predict/", {"input": [[5.8, 2.8, 5.1, 2.4]]})
    assert answer.json == {"output": [2]}
