"""The application as an ASGI callable, under other servers and frameworks."""

from pathlib import Path

import pytest
from server import PATIENCE

APPS = Path(__file__).resolve().parent / "apps"


@pytest.fixture
def script(run_python):
    """Runs a script in a Python of its own; gives what it prints."""

    def run(text):
        done = run_python("-c", text, timeout=PATIENCE, cwd=APPS)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return run


def test_httpx(script):
    lines = script(
        """
import asyncio, httpx
from plain import app

async def main():
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        print((await client.get("/hello/ana/?times=2")).json())
        print((await client.get("/hello/a%20b/")).json())
        print((await client.get("/needs/")).status_code)
        body = {"a": [[1, 2.5]], "b": None}
        print((await client.post("/slow/", json=body)).json() == body)
        all = await asyncio.gather(
            *(client.post("/slow/", json={"i": i}) for i in range(20)))
        print([a.json()["i"] for a in all] == list(range(20)))
        rows = {"input": [[5.8, 2.8, 5.1, 2.4]]}
        print((await client.post("/iris/predict/", json=rows)).json())
        answer = await client.get("/answer/html/")
        print(answer.status_code, answer.headers["content-type"], answer.text)
        print((await client.get("/fail/runtime/")).text)
        print((await client.get("/task/")).json())
        print((await client.get("/schema/")).json()["info"]["title"])

asyncio.run(main())
"""
    )
    assert lines == [
        "{'text': 'hello ana hello ana'}",
        "{'text': 'hello a b'}",
        "400",
        "True",
        "True",
        "{'output': [2]}",
        "201 text/html; charset=utf-8 <b>ü</b>",
        "Internal Server Error",
        "[1, 2, True]",
        "Plain",
    ]


def test_lifespan_and_starlette_mount(script):
    lines = script(
        """
import contextlib
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient
import around

with TestClient(around.app) as client:
    print(client.get("/count/").json())
print(around.said)
outer = Starlette(routes=[Mount("/below", around.python)])
client = TestClient(outer)
print(client.get("/below/child/hello/x/").json())
answer = client.get("/below/count/")
print(answer.json(), answer.headers["x-stamp"])
print(client.head("/below/count/").text == "")
"""
    )
    assert lines == [
        "1",
        "said: module child in out",
        "['module', 'child', 'in', 'out']",
        "child x",
        "1 inner, outer",
        "True",
    ]


def test_a_start_that_fails(script):
    lines = script(
        """
import asyncio
from flama import Flama

app = Flama()

@app.get("/x/")
def x(untyped): ...

async def main():
    sent = []
    async def receive(): return {"type": "lifespan.startup"}
    async def send(message): sent.append(message)
    await app({"type": "lifespan"}, receive, send)
    print(sent[0]["type"], "parameter 'untyped'" in sent[0]["message"])

asyncio.run(main())
"""
    )
    assert lines == ["lifespan.startup.failed True"]


def test_uvicorn(script):
    lines = script(
        """
import asyncio, httpx, uvicorn
from plain import app, events

async def main():
    config = uvicorn.Config(app, port=0, log_level="error")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        print((await client.get("/hello/x/")).json(), events)
        print((await client.head("/hello/x/")).headers["content-length"])
    server.should_exit = True
    await task

asyncio.run(main())
"""
    )
    assert lines == [
        "{'text': 'hello x'} ['startup']",
        "18",
        "events: startup shutdown",
    ]


def test_streams_and_clients_that_leave_under_uvicorn(script):
    """Pieces come one by one, and leaving cancels what has or has not answered."""
    lines = script(
        """
import asyncio, uvicorn
from streams import app, around, closed, entered

async def until(condition):
    while not condition():
        await asyncio.sleep(0.01)

async def ask(port, path, until):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET " + path + b" HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n")
    await until(reader)
    writer.close()

async def try_all(app):
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    for part in (b"/", b"/foreign/"):
        entered.clear(), closed.clear()
        await ask(port, part + b"hangs/", lambda reader: until(lambda: entered))
        await until(lambda: closed)
        print(entered, closed)
        closed.clear()
        await ask(port, part + b"waits/", lambda reader: reader.readuntil(b"first"))
        await until(lambda: closed)
        print(closed)
    server.should_exit = True
    await task

async def main():
    await try_all(app)
    await try_all(around)

asyncio.run(asyncio.wait_for(main(), 60))
"""
    )
    assert lines == ["['hangs'] ['hangs']", "['cancelled']"] * 4
