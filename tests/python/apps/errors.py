"""Exception handlers: what they see of the core's errors."""

import asyncio

from flama import Flama, exceptions, http
from flama.models import MLModel

seen = []
model = MLModel("sklearn_model.flm")


def told(name):
    """A handler that tells what it was given."""

    def handler(request, exception):
        seen.append(name)
        return http.JSONResponse(
            {
                "by": name,
                "class": type(exception).__name__,
                "path": request.path,
                "status": getattr(exception, "status_code", None),
                "detail": getattr(exception, "detail", str(exception)),
            },
            418,
        )

    return handler


def make(handlers, **options):
    app = Flama(**options)
    for key, handler in handlers.items():
        app.add_exception_handler(key, handler)

    @app.get("/number/{id:int}/")
    def number(id: int, n: int):
        return {"number": id + n}

    @app.post("/body/")
    def body(data: dict):
        return data

    @app.get("/zero/")
    def zero():
        return 1 / 0

    @app.get("/value/")
    def value():
        raise ValueError("no good")

    @app.get("/nan/")
    def nan():
        return {"a": float("nan")}

    @app.get("/teapot/")
    def teapot():
        raise exceptions.HTTPException(409, {"a": 1}, headers={"x-a": "b"})

    app.models.add_model("/iris/", model, "iris")

    @app.post("/mine/")
    def mine(data: dict):
        return model.predict(data["input"])

    return app


async def later(request, exception):
    await asyncio.sleep(0)
    return {"later": exception.detail, "allowed": getattr(exception, "allowed", None)}


def fails(request, exception):
    raise RuntimeError("the handler fails")


async def fails_later(request, exception):
    await asyncio.sleep(0)
    raise exceptions.HTTPException(418)


statuses = make({status: told(str(status)) for status in (400, 404, 405, 413, 415)})
classes = make(
    {
        exceptions.NotFoundException: told("NotFound"),
        exceptions.HTTPException: told("HTTPException"),
        exceptions.ValidationError: told("ValidationError"),
        ValueError: told("ValueError"),
        Exception: told("Exception"),
    }
)
every = make({Exception: told("Exception")})
late = make({404: later, 405: later})
broken = make({404: fails, 405: fails_later, ZeroDivisionError: fails})

app = Flama()
app.add_exception_handler(404, told("outer"))
for name, one in {
    "statuses": statuses, "classes": classes, "every": every, "late": late,
    "broken": broken, "plain": make({}),
}.items():  # fmt: skip
    app.mount(f"/{name}", one)


@app.get("/seen/")
def seen_():
    return seen
