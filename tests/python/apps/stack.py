"""Middleware with hooks, and what it shares with handlers."""

from flama import Component, Flama, exceptions, http, types
from flama.middleware import (
    BaseHTTPMiddleware,
    CorrelationIdMiddleware,
    TrustedHostMiddleware,
)


class Hooks(BaseHTTPMiddleware):
    async def before(self, request):
        request.state.user = f"from {request.path}?{request.query}"
        if request.path == "/stopped/":
            return http.JSONResponse({"stopped": True}, 418)

    async def after(self, request, response):
        response.headers["x-after"] = f"{response.status_code} {request.state.user}"
        if request.path == "/cookies/":
            response.status_code = 202
            response.set_cookie("c", "3")
        return response

    async def error(self, request, exc):
        return http.JSONResponse({"failed": str(exc)}, 502)


class Fails:
    """An ASGI middleware that has a session, and fails for one path."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["path"] == "/fails/":
            raise RuntimeError("inside")
        scope["session"] = {"n": 1}
        await self.app(scope, receive, send)


class Seen:
    def __init__(self, name):
        self.name = name


class SeenComponent(Component):
    def resolve(self, request: http.Request) -> Seen:
        request.state.seen = True
        return Seen(request.state.get("user"))


app = Flama(
    components=[SeenComponent()],
    middleware=[
        TrustedHostMiddleware(["127.0.0.1", "*.b.test", "www.c.test", "[::1]"]),
        CorrelationIdMiddleware(),
        Hooks(),
        Fails,
    ],
)
app.add_exception_handler(KeyError, lambda request, why: {"key": why.args[0]})
app.add_exception_handler(413, lambda request, why: {"over": why.detail})


@app.get("/state/")
def state(request: http.Request, seen: Seen, its: http.State):
    return [request.state.user, seen.name, request.state.seen, its is request.state]


@app.post("/body/")
def body(request: http.Request, data: types.Body):
    return [len(data), request.correlation_id, request.session]


@app.get("/raises/{how}/{n:int}/")
async def raises(how: str, n: int, request: http.Request):
    assert request.app is app
    assert request.path_params == {"how": how, "n": n}
    if how == "key":
        raise KeyError(n)
    if how == "status":
        raise exceptions.HTTPException(410, "gone")
    return 1 // n


@app.get("/raises-here/")
def raises_here():
    raise RuntimeError("here")


@app.get("/cookies/")
def cookies():
    response = http.JSONResponse({"a": 1})
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    return response


bare = Flama(components=[SeenComponent()])


@bare.get("/state/")
def shared(seen: Seen, request: http.Request):
    return [seen.name, request.state.seen, hasattr(request.state, "user")]


class Sees:
    """An ASGI middleware that is told of what passes it."""

    seen = ()

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        try:
            await self.app(scope, receive, send)
        except Exception as why:
            Sees.seen += (repr(why),)
            raise


through = Flama(middleware=[Sees])


@through.get("/raises/")
def raises_through():
    what_it_says = "of the handler"
    raise RuntimeError(what_it_says)


@through.get("/seen/")
def seen_by_middleware():
    return Sees.seen


mounts = Flama()
mounts.mount("/below", through, "below")
mounts.mount("/plain", bare, "plain")
mounts.add_get("/seen/", seen_by_middleware)


@mounts.get("/where/")
def where():
    names = ("below:seen_by_middleware", "plain:shared")
    return [mounts.resolve_url(name) for name in names]
