"""Answers of every kind, what a request holds, and what is done after it."""

import asyncio
import pathlib

from flama import Flama, exceptions, http
from flama.background import BackgroundProcessTask, BackgroundTasks

app = Flama(title="Answers", debug=False)
done = []


def write(path, text):
    pathlib.Path(path).write_text(text)


async def parts():
    for part in ["a", b"b", "ü"]:
        await asyncio.sleep(0.001)
        yield part


async def events():
    yield "one\ntwo"
    yield http.ServerSentEvent({"a": 1}, event="tick", id="7", retry=10)


async def broken():
    yield "a"
    raise RuntimeError("the stream broke")


@app.get("/answer/{kind}/")
async def answer(kind: str):
    match kind:
        case "file":
            return http.FileResponse(__file__, filename="äpp.py")
        case "missing":
            return http.FileResponse("/nowhere/at/all")
        case "stream":
            return http.StreamingResponse(parts(), media_type="text/plain")
        case "plain-stream":
            return http.StreamingResponse(iter(["x", b"y"]), 202, {"x-a": "1"})
        case "events":
            return http.ServerSentEventResponse(events())
        case "broken":
            return http.StreamingResponse(broken())
        case "error":
            return http.APIErrorResponse("taken", 409, KeyError("k"))
    response = http.JSONResponse({})
    response.set_cookie("a", "b c", max_age=5, httponly=True)
    response.delete_cookie("old")
    return response


@app.post("/request/")
async def request(request: http.Request):
    body = await request.body()
    return {
        "method": request.method,
        "url": request.url,
        "cookies": request.cookies,
        "size": len(body),
        "stream": b"".join([part async for part in request.stream()]) == body,
    }


@app.post("/form/")
async def form(request: http.Request):
    return {
        name: value
        if isinstance(value, str)
        else [value.filename, value.content_type, list(await value.read())]
        for name, value in (await request.form()).items()
    }


@app.post("/later/")
def later(path: str, process: bool = False):
    tasks = BackgroundTasks()
    if process:
        tasks.tasks.append(BackgroundProcessTask(write, path, "process"))
    else:
        tasks.add_task("thread", write, path, "thread")
        tasks.add_task("thread", note)
    return http.JSONResponse(len(done), background=tasks)


async def note():
    await asyncio.sleep(0.01)
    done.append(1)


@app.get("/raise/{name}/")
def raise_(name: str):
    given = {
        "HTTPException": (404,),
        "MethodNotAllowedException": ("/x/", "GET", {"POST"}),
    }
    raise getattr(exceptions, name)(*given.get(name, ()))


@app.on_event("startup")
async def begin():
    done.clear()


@app.on_event("shutdown")
async def end():
    done.append("shutdown")
