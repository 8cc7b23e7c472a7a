"""Bodies in pieces."""

import asyncio
import time

from flama import Flama, http

app = Flama()
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


@app.get("/closed/")
def what_was_closed():
    return closed


@app.get("/made/")
def how_many_were_made():
    return made[0]


@app.get("/clear/")
def clear():
    closed.clear()
