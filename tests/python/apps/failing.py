"""Handlers that fail, in debug mode."""

import asyncio

from flama import Flama

app = Flama(title="Failing", debug=True)


def inner(number):
    return 1 / number  # the line that fails


@app.get("/plain/")
def plain():
    return inner(0)


@app.get("/later/")
async def later():
    await asyncio.sleep(0.001)
    return inner(0)


@app.get("/deep/")
def deep(count: int = 500):
    return deep(count - 1) if count else inner(0)


@app.get("/generated/")
def generated():
    exec(compile("raise KeyError('<script>')", "<generated & more>", "exec"))


class Unshown:
    """Has no repr."""

    def __repr__(self):
        raise OSError("no repr")


class Wide:
    """Its repr is as wide as it is strange."""

    def __repr__(self):
        return "<script>\0\ud800\n" + "w" * 1000


def convert(text):
    unshown, wide, many = Unshown(), Wide(), list(range(1000))  # noqa: F841
    try:
        return {}[text]
    except KeyError as why:
        raise ValueError(f"no {text}") from why


@app.get("/chain/")
def chain():
    secret = "local of chain"
    try:
        return convert("key")
    except ValueError:
        return len(secret) + None


@app.get("/loop/")
def loop():
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first
    raise first


@app.get("/variables/")
def variables():
    exec("\n".join(f"v{n} = 'x' * 10000" for n in range(100)) + "\n1 / 0")


@app.get("/any/{name}/")
async def any_(name: str):
    kinds = {
        "base": BaseException,
        "group": lambda text: ExceptionGroup(text, [ValueError("a"), OSError("b")]),
        "memory": MemoryError,
        "generator": GeneratorExit,
        "stop": StopAsyncIteration,
        "assertion": AssertionError,
        "unicode": lambda text: UnicodeDecodeError("utf-8", b"\xff", 0, 1, text),
        "cancelled": asyncio.CancelledError,
        "timeout": TimeoutError,
        "surrogate": lambda text: RuntimeError("\ud800" + text),
        "huge": lambda text: RuntimeError(text * 1_000_000),
        "odd": type("Odd", (Exception,), {"__str__": lambda self: 1 / 0}),
        "no-text": type("NoText", (Exception,), {"__str__": lambda self: None}),
    }
    raise kinds[name]("wrong")
