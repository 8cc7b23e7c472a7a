"""Middleware: what stands around all of an application.

Cross-origin requests, compression and request ids are the core's own; an application
that has no other middleware still answers its models' routes without Python. Any other
class is an ASGI middleware: `cls(app, **options)`, called with scope, receive and send.
"""

from flama import _core, http

__all__ = [
    "CORSMiddleware",
    "CompressionMiddleware",
    "GZipMiddleware",
    "Middleware",
    "RequestIDMiddleware",
]


class Middleware:
    """A middleware: `Middleware(cls, **options)`, of an ASGI middleware's class; or a
    class derived from this one, whose `__call__(scope, receive, send)` finds the
    application that it stands around in `self.app`.
    """

    app = None

    def __init__(self, middleware=None, **options):
        self.middleware = middleware
        self.options = options

    @property
    def is_native(self):
        """Whether it is the core's."""
        return hasattr(self, "add_to")

    @classmethod
    def of(cls, given, **options):
        """A middleware of what an application is given: one, or a class."""
        if isinstance(given, Middleware):
            given, options = given.middleware or given, given.options
        if isinstance(given, Middleware):
            return given
        is_ours = isinstance(given, type) and issubclass(given, Middleware)
        return given(**options) if is_ours else Middleware(given, **options)

    def around(self, app):
        """What is called in place of the application."""
        if self.middleware is not None:
            return self.middleware(app, **self.options)
        self.app = app
        return self


def _text(value):
    return value if isinstance(value, str) else ", ".join(value)


class CORSMiddleware(Middleware):
    """Cross-origin requests (the Fetch standard's CORS protocol)."""

    def __init__(
        self,
        *,
        allow_origins=(),
        allow_methods=("GET",),
        allow_headers=(),
        allow_credentials=False,
        expose_headers=(),
        max_age=600,
    ):
        super().__init__()
        every = "GET, POST, PUT, PATCH, DELETE"
        self.given = {
            "origins": ",".join(
                [allow_origins] if isinstance(allow_origins, str) else allow_origins
            ),
            "methods": every if "*" in allow_methods else _text(allow_methods),
            "headers": None if "*" in allow_headers else _text(allow_headers) or None,
            "credentials": allow_credentials,
            "expose": _text(expose_headers) or None,
            "max_age": max_age,
        }

    def add_to(self, core):
        """Adds it to an app of the core."""
        core.add_cors(**self.given)


class GZipMiddleware(Middleware):
    """Compresses answers for clients that take gzip."""

    def __init__(self, minimum_size=1024):
        super().__init__()
        self.minimum_size = minimum_size

    def add_to(self, core):
        """Adds it to an app of the core."""
        core.add_gzip(self.minimum_size)


class CompressionMiddleware(GZipMiddleware):
    """The newer name of GZipMiddleware."""

    def __init__(self, minimum_size=500):
        super().__init__(minimum_size)


class RequestIDMiddleware(Middleware):
    """Answers carry x-request-id."""

    def add_to(self, core):
        """Adds it to an app of the core."""
        core.add_request_id()


class Answered(http.Response):
    """What an ASGI application sent."""

    def __init__(self, status, headers, body):
        self.status_code = status
        self.fields = [(bytes(name), bytes(value)) for name, value in headers]
        self.body = body

    def _answer(self):
        kind, fields = b"", []
        for name, value in self.fields:
            if name.lower() == b"content-type":
                kind = value
            elif name.lower() != b"content-length":
                fields.append((name, value))
        return self.status_code, kind, self.body, fields


class Through:
    """The handler of requests that an ASGI application answers.

    Parameters
    ----------
    application : callable
    root : str, optional
        The path that it is mounted below.
    """

    def __init__(self, application, root=""):
        import flama.asgi

        self.application = application
        self.root = root
        self.scope_of = flama.asgi.scope_of

    async def __call__(self, request):
        """Sends the request through, and waits for the whole answer."""
        import asyncio

        from flama.asgi import receiving

        sent, chunks, over = [], [], asyncio.Event()
        receive = receiving(await request.body(), over)

        async def send(message):
            if message["type"] == "http.response.start":
                sent.append(message)
            elif message["type"] == "http.response.body":
                chunks.append(bytes(message.get("body", b"")))
                if not message.get("more_body"):
                    over.set()

        await self.application(self.scope_of(request, self.root), receive, send)
        if not sent:
            raise RuntimeError("the ASGI application ended without an answer")
        start = sent[0]
        return Answered(start["status"], start.get("headers", []), b"".join(chunks))

    def add_to(self, core, on_error):
        """Has everything below the root answered by the application."""
        params = [("request", _core.types["request"], False, None)]
        kind = _core.Type("any", "any")
        handler = _core.Handler(self, "asgi", params, kind, on_error, is_coroutine=True)
        for path in (self.root, self.root + "/", self.root + "/{rest:path}"):
            if path:
                core.add_route(path, 255, None, handler, None)


def surround(app, middleware):
    """An app of the core that sends all requests through ASGI middleware, the first
    outermost."""

    async def stack(scope, receive, send):
        from flama.asgi import respond

        await respond(app._core, scope, receive, send)

    for one in reversed(middleware):
        stack = one.around(stack)
    outer = _core.App(schema="", docs="")
    Through(stack).add_to(outer, app._answer_exception)
    errors, _ = outer.start()
    if errors:
        raise RuntimeError(errors)
    return outer
