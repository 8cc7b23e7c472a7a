"""What stands around handlers: middleware, modules, mounts, exception handlers."""

import contextlib

from flama import Flama, Middleware, Module, exceptions, http
from flama.middleware import CORSMiddleware, GZipMiddleware, RequestIDMiddleware

said = []


class Counter(Module):
    name = "counter"

    def __init__(self):
        self.count = 0

    async def on_startup(self):
        said.append("module")

    async def on_shutdown(self):
        print("said:", *said, flush=True)


@contextlib.asynccontextmanager
async def lifespan(app):
    said.append("in")
    yield
    said.append("out")


class Stamp:
    """Adds a header, and answers some requests itself."""

    def __init__(self, app, text):
        self.app = app
        self.text = text.encode()

    async def __call__(self, scope, receive, send):
        if scope["path"] == "/stopped/":
            start = {"type": "http.response.start", "status": 403, "headers": []}
            await send(start)
            await send({"type": "http.response.body", "body": b"stopped"})
            return

        async def stamped(message):
            if message["type"] == "http.response.start":
                message["headers"].append((b"x-stamp", self.text))
            await send(message)

        await self.app(scope, receive, stamped)


async def other(scope, receive, send):
    """An ASGI application of somebody else's."""
    body = (await receive()).get("body", b"")
    text = f"{scope['root_path']}|{scope['path']}|".encode() + body
    start = {
        "type": "http.response.start",
        "status": 200,
        "headers": [(b"content-type", b"text/plain")],
    }
    await send(start)
    await send({"type": "http.response.body", "body": text, "more_body": True})
    await send({"type": "http.response.body", "body": b"!"})


def make(*middleware, **options):
    app = Flama(
        modules=[Counter()], middleware=middleware, lifespan=lifespan, **options
    )
    app.add_exception_handler(KeyError, lambda request, why: {"key": str(why)})

    @app.get("/count/")
    def count():
        app.counter.count += 1
        return app.counter.count

    @app.get("/fail/{kind}/")
    async def fail(kind: str):
        raise {
            "key": KeyError("k"),
            "value": ValueError("v"),
            "slow": OSError("o"),
            "tea": exceptions.HTTPException(418),
            "twice": TypeError("t"),
        }[kind]

    async def slow(request, why):
        return http.PlainTextResponse(f"{request.path} {why}", 503)

    async def twice(request, why):
        raise why

    app.add_exception_handler(OSError, slow)
    app.add_exception_handler(TypeError, twice)
    app.add_exception_handler(418, lambda request, why: http.PlainTextResponse("tea"))

    child = Flama()

    @child.get("/hello/{name}/")
    def hello(name: str):
        return f"child {name}"

    @child.on_event("startup")
    def start():
        said.append("child")

    app.mount("/child", child)
    app.mount("/other", other)
    return app


app = make(
    Middleware(CORSMiddleware, allow_origins=["https://a.example"]),
    Middleware(GZipMiddleware, minimum_size=1),
    RequestIDMiddleware,
)
python = make(Middleware(Stamp, text="outer"), Middleware(Stamp, text="inner"))
