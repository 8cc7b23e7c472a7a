"""Answers that can't be, and files in parts."""

import pathlib

from flama import Flama, exceptions, http

app = Flama()

BAD = {
    "number": lambda: http.StreamingResponse(5),
    "status": lambda: http.Response("x", 99),
    "high": lambda: http.Response("x", 600),
    "body": lambda: http.Response("x", 204),
    "stream": lambda: http.StreamingResponse(["x"], 304),
    "value": lambda: http.Response("x", headers={"x-a": "a\r\nb: c"}),
    "name": lambda: http.Response("x", headers={"x a": "b"}),
    "media": lambda: http.Response("x", media_type="text/plain\r\nx: y"),
}


@app.get("/bad/{kind}/")
def bad(kind: str):
    try:
        return repr(BAD[kind]())
    except (TypeError, ValueError) as why:
        return f"{type(why).__name__}: {why}"


@app.get("/raised/{kind}/")
def raised(kind: str):
    return BAD[kind]()


@app.get("/late/")
def late():
    response = http.PlainTextResponse("x")
    response.headers["x-late"] = "a\nb"
    return response


@app.get("/unchanged/")
def unchanged():
    raise exceptions.HTTPException(304, headers={"etag": '"a"'})


@app.get("/file/")
def letters():
    return http.FileResponse(pathlib.Path(__file__).with_name("letters.txt"))


@app.get("/comment/")
def comment():
    return http.ServerSentEventResponse([http.ServerSentEvent("a", comment="still")])
