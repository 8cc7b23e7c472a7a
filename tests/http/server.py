"""Starts the real program and talks to it.

check.py names the program in $FLAMA and its build folder in $FLAMA_BUILD. Every server
started by a test is stopped with SIGTERM, and must then leave with exit code 0 and
without a sanitizer's report.
"""

import http.client
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures"
BUILD = Path(os.environ.get("FLAMA_BUILD", ROOT / "build-dev"))
FLAMA = os.environ.get("FLAMA", str(BUILD / "flama"))

PATIENCE = 60  # seconds for anything a test waits for; an answer is a matter of ms
REPORT = re.compile(r"(?:Address|Leak|Thread)Sanitizer|runtime error:|Undefined")
READY = re.compile(r"https?://[^\s/]+:(\d+)")


def wait_for(condition):
    """True once the condition holds; what it waits for are other processes."""
    limit = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < limit, "waited in vain"
        time.sleep(0.01)
    return True


@dataclass
class Answer:
    """One answer: status, header fields by lower-case name, body."""

    status: int
    headers: dict
    body: bytes

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Server:
    """A running `flama`; `output` collects what it prints."""

    process: subprocess.Popen
    output: list = field(default_factory=list)
    port: int = 0
    heard: threading.Condition = field(default_factory=threading.Condition)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def request(self, method, path, body=None, headers=None):
        connection = self.connect()
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            fields = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, fields, answer.read())
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.request("GET", path, headers=headers)

    def post(self, path, document):
        """Sends the document as JSON; text and bytes go as they are."""
        if not isinstance(document, str | bytes):
            document = json.dumps(document)
        return self.request(
            "POST", path, document, {"content-type": "application/json"}
        )

    def hears(self, pattern, times=1):
        """Waits until so many lines have matched; returns the last of them."""

        def lines():
            return [line for line in self.output if re.search(pattern, line)]

        with self.heard:
            enough = self.heard.wait_for(lambda: len(lines()) >= times, PATIENCE)
            assert enough, f"no {pattern!r} in\n" + "".join(self.output)
            return lines()[times - 1]

    def stop(self):
        """Ends the server as an operator does; returns what it printed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        self.reader.join(PATIENCE)
        printed = "".join(self.output)
        assert not REPORT.search(printed), printed
        assert code == 0, f"exit code {code}\n{printed}"
        return printed


def run_flama(*arguments, stdin=None, **environment):
    """Runs the program to its end: exit code, stdout, stderr."""
    done = subprocess.run(
        [FLAMA, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env={**os.environ, **environment},
        check=False,
    )
    assert not REPORT.search(done.stderr), done.stderr
    return done


def start(*arguments, **environment):
    """Starts `flama ARGUMENTS` on a port of the system's choice and waits till it says
    where it listens."""
    return start_program(FLAMA, *arguments, "--server-port", "0", **environment)


def start_python(target, *arguments, cwd=None, **environment):
    """Starts `python -m flama run TARGET`, whose extension may have sanitizers."""
    environment = {
        "LD_PRELOAD": os.environ.get("PYTHON_PRELOAD", ""),
        "ASAN_OPTIONS": "detect_leaks=0:exitcode=99",
        **environment,
    }
    words = [sys.executable, "-m", "flama", "run", target]
    return start_program(
        *words, *arguments, "--server-port", "0", cwd=cwd, **environment
    )


def keep(start):
    """The body of a fixture: a function that starts servers as `start` does; all are
    stopped at the end."""
    running = []

    def started(*arguments, **options):
        running.append(start(*arguments, **options))
        return running[-1]

    yield started
    for server in running:
        server.stop()


def start_program(*command, cwd=None, **environment):
    """The same with a program that says so as `flama` does."""
    process = subprocess.Popen(
        [*map(str, command)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={**os.environ, **environment},
        cwd=cwd,
    )
    server = Server(process)
    ready = queue.Queue()

    def read():
        for line in process.stdout:
            with server.heard:
                server.output.append(line)
                server.heard.notify_all()
            found = READY.search(line)
            if found and not server.port:
                server.port = int(found.group(1))
                ready.put(True)
        ready.put(False)

    server.reader = threading.Thread(target=read, daemon=True)
    server.reader.start()
    if not ready.get(timeout=PATIENCE):
        process.wait(PATIENCE)
        raise RuntimeError("not served: " + "".join(server.output))
    return server
