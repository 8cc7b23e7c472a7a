"""Routes of every kind: where parameters come from, and what may be answered."""

import asyncio
import contextvars
import datetime
import decimal
import enum
import sys
import threading
import time
import uuid

from flama import Component, Flama, exceptions, http

app = Flama(
    title="Plain",
    version="1.2.3",
    description="Routes of every kind",
    openapi={"info": {"title": "not this one"}},
)
seen = contextvars.ContextVar("seen", default="nobody")
events = []
cancelled = []


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Settings:
    factor = 3


class SettingsComponent(Component):
    def resolve(self) -> Settings:
        return Settings()


class Scaled(int):
    pass


class ScaledComponent(Component):
    async def resolve(self, settings: Settings, amount: int) -> Scaled:
        await asyncio.sleep(0)
        return Scaled(settings.factor * amount)


app.add_component(SettingsComponent())
app.add_component(ScaledComponent())


@app.on_event("startup")
async def begin():
    events.append("startup")


@app.on_event("shutdown")
def end():
    print("events:", *events, "shutdown", flush=True)


@app.get("/hello/{name}/")
def hello(name: str, times: int = 1, loud: bool = False):
    """
    summary: Say hello
    tags:
      - greetings
    """
    text = " ".join([f"hello {name}"] * times)
    return {"text": text.upper() if loud else text}


@app.get("/needs/")
def needs(a: int, b: float):
    return {"a": a, "b": b}


@app.get("/kinds/{id:uuid}/")
def kinds(
    id: uuid.UUID,
    day: datetime.date,
    when: "datetime.datetime",
    price: decimal.Decimal,
    colour: Colour = Colour.BLUE,
    maybe: int | None = None,
):
    return {
        "types": [type(v).__name__ for v in (id, day, when, price, colour, maybe)],
        "values": [id, day, when, price, colour, maybe],
    }


@app.post("/echo/")
def echo(data: dict):
    return data


@app.post("/slow/")
async def slow(data: dict):
    await asyncio.sleep(0.02)
    return data


@app.get("/task/")
async def task():
    if sys.version_info < (3, 11):  # noqa: UP036 (the package takes 3.10)
        return [1, 2, asyncio.current_task() is not None]
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        one = group.create_task(asyncio.sleep(0, 1))
        two = group.create_task(asyncio.sleep(0.001, 2))
    return [one.result(), two.result(), asyncio.current_task() is not None]


@app.get("/context/{name}/")
async def context(name: str):
    before = seen.get()
    seen.set(name)
    await asyncio.sleep(0)
    return [before, seen.get()]


@app.get("/plain-context/{name}/")
def plain_context(name: str):
    before = seen.get()
    seen.set(name)
    return [before, seen.get()]


@app.get("/own-loop/")
def own_loop():
    return asyncio.run(asyncio.sleep(0, "ran"))


@app.get("/scaled/{amount:int}/")
def scaled(value: Scaled, settings: Settings, amount: int, unit: str = "m"):
    return {"value": value, "factor": settings.factor, "amount": amount, "unit": unit}


@app.get("/request/")
def request(request: http.Request):
    return {
        "method": request.method,
        "path": request.path,
        "query": request.query_params,
        "agent": request.headers["User-Agent"],
    }


@app.get("/answer/{kind}/")
async def answer(kind: str):
    odd = http.PlainTextResponse("x")
    odd.headers["a b"] = "c"
    return {
        "none": None,
        "text": "text",
        "number": 5,
        "mixed": [1, 2.5, None, True, "ü", {"a": (1, 2)}],
        "floats": [[1.0, 2.5], [1e-7, 1e16]],
        "big": 2**70,
        "set": {"s": {1}},
        "date": datetime.date(2020, 1, 2),
        "keys": {2: "a", None: "b", True: "c", 1.5: "d"},
        "html": http.HTMLResponse("<b>ü</b>", 201, {"X-A": "1"}),
        "plain": http.PlainTextResponse("plain"),
        "json": http.JSONResponse({"a": 1}, status_code=202),
        "redirect": http.RedirectResponse("/hello/ü x/"),
        "nan": {"a": [1.0, float("nan")]},
        "object": object(),
        "surrogate": "\ud800",
        "header": odd,
    }[kind]


@app.get("/loop/")
def loop():
    data = []
    data.append(data)
    return data


@app.get("/fail/{kind}/")
async def fail(kind: str, wait: bool = False):
    if wait:
        await asyncio.sleep(0.001)
    if kind == "teapot":
        raise exceptions.HTTPException(418, {"a": 1}, headers={"x-why": "tea"})
    if kind == "validation":
        raise exceptions.ValidationError({"a": ["wrong"]})
    if kind == "cancelled":
        raise asyncio.CancelledError
    if kind == "recursion":
        return await fail(kind)
    if kind == "odd":
        raise type("Odd", (Exception,), {"__str__": lambda self: 1 / 0})
    raise RuntimeError("boom")


@app.get("/sync-fail/{kind}/")
def sync_fail(kind: str):
    if kind == "generator":
        raise StopIteration
    raise {"key": KeyError("k"), "base": BaseException("b"), "none": None}[kind]


@app.get("/stuck/")
def stuck():
    print("/stuck/ runs", flush=True)
    while not events[1:]:
        pass
    return "free"


@app.get("/forever/")
async def forever():
    print("/forever/ waits", flush=True)
    try:
        await asyncio.sleep(1000)
    except asyncio.CancelledError:
        cancelled.append("forever")
        raise


@app.get("/cancelled/")
def what_was_cancelled():
    return cancelled


@app.get("/sleep/{seconds:float}/")
def sleep(seconds: float):
    time.sleep(seconds)
    return seconds


@app.get("/thread/", blocking=False)
def thread(seconds: float = 0):
    time.sleep(seconds)
    return threading.get_ident() == threading.main_thread().ident


@app.get("/own-thread/", blocking=True)
def own_thread():
    return threading.get_ident() == threading.main_thread().ident


@app.get("/may-block/")
def may_block(seconds: float = 0):
    time.sleep(seconds)
    return threading.get_ident() == threading.main_thread().ident


@app.get("/free/")
def free():
    events.append("freed")


@app.get("/leave/")
def leave():
    sys.exit(3)


@app.route("/both/", methods=["GET", "DELETE"], name="both")
def both():
    return "both"


app.models.add_model("/iris/", "sklearn_model.flm", "iris")
