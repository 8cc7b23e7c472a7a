"""Bodies in pieces."""

import asyncio
import time

from flama import Flama, http

app = Flama()
entered = []
closed = []
made = [0]  # parts of the endless one


@app.get("/later/{count:int}/")
async def later(count: int):
    async def parts():
        try:
            for number in range(count):
                yield f"{number}\n"
                await asyncio.sleep(0.001)
        finally:
            closed.append("later")

    return http.StreamingResponse(parts(), media_type="text/plain")


@app.get("/plain/{count:int}/")
def plain(count: int):
    def parts():
        try:
            for number in range(count):
                yield f"{number}\n"
                time.sleep(0.001)
        finally:
            closed.append("plain")

    return http.StreamingResponse(parts(), media_type="text/plain")


@app.get("/sized/{length:int}/")
def sized(length: int):
    told = {"content-length": str(length)}
    return http.StreamingResponse([b"abc", b"", b"def"], headers=told)


@app.get("/events/")
async def events():
    async def parts():
        for number in range(3):
            yield {"number": number}
        yield http.ServerSentEvent("a\nb", event="end", id="7")

    return http.ServerSentEventResponse(parts())


@app.get("/waits/")
async def waits():
    async def parts():
        try:
            yield b"first"
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            closed.append("cancelled")
            raise

    return http.StreamingResponse(parts())


@app.get("/endless/")
async def endless():
    async def parts():
        try:
            while True:
                made[0] += 1
                yield b"x" * 65536
        finally:
            closed.append("endless")

    return http.StreamingResponse(parts())


@app.get("/breaks/")
async def breaks():
    async def parts():
        yield b"good"
        raise ValueError("no more")

    return http.StreamingResponse(parts())


@app.get("/hangs/")
async def hangs():
    entered.append("hangs")
    try:
        await asyncio.sleep(1000)
    finally:
        closed.append("hangs")


async def foreign(scope, receive, send):
    """An ASGI application of somebody else's, with a stream of its own."""
    kind = scope["path"].rstrip("/").rpartition("/")[2]
    entered.append(kind)
    start = {"type": "http.response.start", "status": 201, "headers": []}
    piece = {"type": "http.response.body", "body": b"first", "more_body": True}
    try:
        if kind == "hangs":
            await asyncio.sleep(1000)
        if kind.isdecimal():  # the length that it says
            start["headers"] = [(b"Content-Length", kind.encode())]
        if kind.isdecimal() and scope["method"] == "HEAD":
            await send(start)
            await send({"type": "http.response.body"})
            return
        await send(start)
        await send(piece)
        if kind == "breaks":
            raise ValueError("no more")
        while kind == "endless":
            made[0] += 1
            await send({**piece, "body": b"x" * 65536})
        if kind == "waits":
            await asyncio.sleep(1000)
        await send({"type": "http.response.body", "body": b"last"})
    except asyncio.CancelledError:
        closed.append("cancelled" if kind == "waits" else kind)
        raise


class Untouched:
    """A middleware that lets all through."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)


app.mount("/foreign", foreign)


@app.get("/entered/")
def what_was_entered():
    return entered


@app.get("/closed/")
def what_was_closed():
    return closed


@app.get("/made/")
def how_many_were_made():
    return made[0]


@app.get("/clear/")
def clear():
    closed.clear()
    entered.clear()


around = Flama(routes=app.routes, middleware=[Untouched])
