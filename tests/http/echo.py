"""Starts the echo server (echo_server.c) and talks to it over bare sockets."""

import os
import re
import resource
import signal
import socket
import subprocess

from server import BUILD, PATIENCE, REPORT

ECHO = os.environ.get("FLAMA_ECHO", str(BUILD / "tests" / "http" / "echo-server"))
COUNTS = re.compile(r"handled (\d+), cancelled (\d+), logged (\d+)")
HOST = b"Host: x\r\n"


def get(path="/", headers=b"", method="GET", version="HTTP/1.1"):
    return f"{method} {path} {version}\r\n".encode() + HOST + headers + b"\r\n"


def post(body, headers=b"", path="/"):
    length = f"Content-Length: {len(body)}\r\n".encode()
    return (
        f"POST {path} HTTP/1.1\r\n".encode() + HOST + length + headers + b"\r\n" + body
    )


class Client:
    """One connection; answers are read one by one."""

    def __init__(self, address):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        if family == socket.AF_INET and ":" in address[0]:
            family = socket.AF_INET6
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(address)
        if family != socket.AF_UNIX:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        """More bytes, or False at the end of the connection."""
        more = self.socket.recv(1 << 20)
        self.pending += more
        return bool(more)

    def answer(self, head_only=False):
        """(status, headers by name, body); fails when the connection ends before."""
        while b"\r\n\r\n" not in self.pending:
            assert self.receive(), f"cut in a head: {self.pending!r}"
        head, _, self.pending = self.pending.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        status = int(re.fullmatch(r"HTTP/1\.1 (\d{3}) .*", lines[0]).group(1))
        headers = dict(line.split(": ", 1) for line in lines[1:])
        if head_only or status in (100, 204, 304):
            return status, headers, b""
        size = int(headers["content-length"])
        while len(self.pending) < size:
            assert self.receive(), f"cut in a body: {len(self.pending)} of {size}"
        body, self.pending = self.pending[:size], self.pending[size:]
        return status, headers, body

    def ask(self, data):
        self.send(data)
        return self.answer()

    def ends(self):
        """True when the server closes without a further byte."""
        try:
            return not self.pending and not self.receive()
        except ConnectionResetError:
            return not self.pending

    def is_open(self):
        return self.ask(get("/request?still"))[0] == 200


class Echo:
    """A running echo server. Options are those of echo_server.c."""

    def __init__(self, descriptors=None, pass_fds=(), **options):
        def limit():
            if descriptors:
                resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

        options.setdefault("threads", 2)
        self.uds = options.get("uds")
        self.process = subprocess.Popen(
            [ECHO, *(f"{name}={value}" for name, value in options.items())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=limit,
            pass_fds=pass_fds,
        )
        line = self.process.stdout.readline()
        self.port = int(line.split()[1]) if line.startswith("port") else None

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process.returncode is None and kind is None:
            self.stop()
        elif self.process.poll() is None:
            self.process.kill()

    def connect(self, host="127.0.0.1"):
        return Client(self.uds or (host, self.port))

    def ask(self, data):
        with self.connect() as client:
            return client.ask(data)

    def signal(self):
        self.process.send_signal(signal.SIGTERM)

    def end(self):
        """Waits for the server's end: (handled, cancelled, logged)."""
        out, err = self.process.communicate(timeout=PATIENCE)
        assert not REPORT.search(err), err
        assert self.process.returncode == 0, err
        return tuple(map(int, COUNTS.search(out).groups()))

    def stop(self):
        self.signal()
        return self.end()

    def failure(self):
        """What a server that can't start says."""
        _, err = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 1
        return err.strip()
