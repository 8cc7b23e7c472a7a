"""Asks an app again and again, good and bad, and holds its memory to be steady: `python
steady.py COUNT`, with 100000 for the long check. First in this process, then over HTTP,
from connections that stay and such that leave."""

import asyncio
import gc
import http.client
import os
import subprocess
import sys
import tempfile

import pydantic
import typesystem
from flama import Flama, exceptions
from flama import http as answers

Exact = typesystem.Schema(fields={"input": typesystem.fields.Array()})
app = Flama()


class Model(pydantic.BaseModel):
    a: int
    b: list[float] = []


@app.get("/fail/{kind}/")
def fail(kind: str):
    raise {"value": ValueError, "base": BaseException}.get(kind, RuntimeError)(kind)


@app.get("/refuse/")
def refuse():
    raise exceptions.HTTPException(409, {"a": 1})


@app.get("/html/{n:int}/")
def html(n: int, request: answers.Request):
    return answers.HTMLResponse(f"<b>{n}</b>", headers={"x-a": request.method})


@app.post("/exact/")
def exact(data: Exact) -> Exact:
    return data


@app.post("/model/")
def model(data: Model) -> Model:
    return data


@app.post("/any/")
def anything(data: dict):
    return {"data": data, "text": "x" * 100}


DEEP = b'{"input":' + b"[" * 200 + b"]" * 200 + b"}"
REQUESTS = [
    ("GET", "/fail/value/", b"", 500),
    ("GET", "/fail/base/", b"", 500),
    ("GET", "/fail/other/", b"", 500),
    ("GET", "/refuse/", b"", 409),
    ("GET", "/html/7/", b"", 200),
    ("GET", "/html/x/", b"", 404),
    ("GET", "/nothing/", b"", 404),
    ("POST", "/exact/", b'{"input":[[1,2.5],[3,4]]}', 200),
    ("POST", "/exact/", b'{"input":5}', 400),
    ("POST", "/exact/", DEEP, None),
    ("POST", "/model/", b'{"a":"5","b":[1,"2"]}', 200),
    ("POST", "/model/", b'{"a":"x","b":{}}', 400),
    (
        "POST",
        "/any/",
        b'{"a":[1,null,"\xc3\xbc",{"b":1e300}],"c":' + b"9" * 50 + b"}",
        200,
    ),
    ("POST", "/any/", b'{"a":"\xff"}', 400),
    ("POST", "/any/", b'{"a":NaN}', None),
    ("POST", "/any/", b"{", 400),
]


def ask(core, count):
    answers = []
    for number in range(count):
        method, path, body, want = REQUESTS[number % len(REQUESTS)]
        core.dispatch(
            method, path, path, "", [], body, "", "http",
            lambda status, *_: answers.append(status),
        )  # fmt: skip
        status = answers.pop()
        assert want in (None, status) and status != 503, (path, body, status)


def memory(process="self"):
    """Bytes that are resident."""
    gc.collect()
    with open(f"/proc/{process}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@app.get("/later/")
async def later():
    await asyncio.sleep(0.0001)
    return "later"


@app.get("/parts/{n:int}/")
async def parts(n: int):
    return answers.StreamingResponse(f"{i}" for i in range(n))


def ask_over_http(port, count):
    """As above, with coroutines, streams, and every 50th time a client that leaves."""
    served = [*REQUESTS, ("GET", "/later/", b"", 200), ("GET", "/parts/2/", b"", 200)]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for number in range(count):
        method, path, body, want = served[number % len(served)]
        connection.request(method, path, body)
        if number % 50 == 49:
            connection.close()
            continue
        answer = connection.getresponse()
        answer.read()
        assert want in (None, answer.status), (path, body, answer.status)
    connection.close()


def serve_and_ask(count):
    words = [sys.executable, "-m", "flama", "run", f"{__file__}:app"]
    words += ["--server-port=0", "--server-no-access-log"]
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/log"
        with open(path, "w") as log:
            process = subprocess.Popen(words, stderr=log, stdout=log)
        try:
            port = None
            while port is None:
                assert process.poll() is None
                with open(path) as log:
                    port = next((w for w in log.read().split() if "http://" in w), None)
            port = int(port.rpartition(":")[2].strip("/"))
            ask_over_http(port, count // 5)
            before = memory(process.pid)
            ask_over_http(port, count)
            return memory(process.pid) - before
        finally:
            process.terminate()
            assert process.wait(60) == 0


def main(count):
    app._start()
    with tempfile.TemporaryFile() as log:
        printed = os.dup(2)
        os.dup2(log.fileno(), 2)  # the tracebacks of what fails
        ask(app._core, count // 5)
        before = memory()
        ask(app._core, count)
        grown = memory() - before
        os.dup2(printed, 2)
    print(f"{count} requests: {grown / 2**20:.1f} MiB more")
    assert grown < 4 * 2**20, grown
    grown = serve_and_ask(count)
    print(f"{count} requests over HTTP: {grown / 2**20:.1f} MiB more")
    assert grown < 4 * 2**20, grown


if __name__ == "__main__":
    main(int(sys.argv[1]))
